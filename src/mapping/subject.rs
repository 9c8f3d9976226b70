//! A dossier as the rules see it: who asks, where it stands, and its facts.

use crate::domain::dossier::{Dossier, DossierSection, ProcedureNumber, Removal};
use crate::domain::fact::{Facts, Remark};
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

use super::applicant::applicant_profile;
use super::config::ProcedureMapping;
use super::locate::{FoldedForm, Locator};
use super::read::read;

/// What a dossier is read with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The number of the démarche.
    pub procedure: ProcedureNumber,
    /// The programme of the démarche.
    pub programme: Programme,
    /// Where the facts are.
    pub mapping: &'a ProcedureMapping,
    /// The active form, when it is known.
    pub form: Option<&'a FoldedForm>,
}

/// Reads a dossier. Total: whatever the dossier holds, there is a subject, whose facts say what could not be read.
#[must_use]
pub fn subject(context: &Context<'_>, dossier: &Dossier, removed: Option<Removal>) -> Subject {
    Subject {
        number: dossier.number,
        procedure: context.procedure,
        programme: context.programme,
        state: dossier.state.clone(),
        deposited_at: dossier.deposited_at,
        updated_at: dossier.updated_at,
        treated_at: dossier.treated_at,
        removed,
        applicant: applicant_profile(dossier),
        facts: facts(context, dossier),
        opinion_given: opinion_given(dossier),
        opinions_withheld: dossier.not_given.contains(&DossierSection::Opinions),
        erased: false,
    }
}

fn facts(context: &Context<'_>, dossier: &Dossier) -> Facts {
    let locator = Locator::new(context.form, dossier);
    let mut facts = Facts::default();
    for (fact, field) in &context.mapping.fields {
        let mut remarks = Vec::new();
        facts.set(*fact, read(*fact, field, &locator, &mut remarks));
        facts.remarks.extend(remarks.into_iter().map(|message| Remark { fact: *fact, message }));
    }
    facts
}

/// One answered opinion is enough; none asked for, or none given by DS, says nothing.
fn opinion_given(dossier: &Dossier) -> Option<bool> {
    (!dossier.opinions.is_empty()).then(|| dossier.opinions.iter().any(|opinion| opinion.answered))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::{AddressValue, AttachedFile, Champ, ChampKind, ChampValue, CommuneValue};
    use crate::domain::dossier::Opinion;
    use crate::domain::fact::{Absence, FactName, FactValue};
    use crate::domain::form::{Descriptor, Form};
    use crate::mapping::fixtures::{
        champ, choice, descriptor, dossier, list, mapping, read as read_dossier, row, text,
    };
    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    fn fact(fields: &str, form: Option<&Form>, value: ChampValue, fact: FactName) -> Result<FactValue, Absence> {
        let subject = read_dossier(fields, form, vec![champ("x", "X", value)]);
        subject.facts.get(fact).map(|fact| fact.value.clone()).map_err(Clone::clone)
    }

    fn form_with(descriptor: Descriptor) -> Form {
        Form { champs: vec![descriptor], annotations: vec![] }
    }

    #[test]
    fn choices_are_read_by_values_by_code_and_by_plain_name() {
        let fields = r#"applicant_type = { champ = "X", values = { "Centre mutualisé" = "centre_instructeur" } }"#;
        let read = |value| fact(fields, None, value, FactName::ApplicantType);
        for answer in ["CENTRE MUTUALISE", "centre_instructeur", "Service instructeur"] {
            assert_eq!(read(choice(answer)), Ok(FactValue::Choice("centre_instructeur".to_owned())), "{answer}");
        }
        let linked = ChampValue::LinkedChoice { primary: "Commune autonome".to_owned(), secondary: "77".to_owned() };
        assert_eq!(read(linked), Ok(FactValue::Choice("commune_autonome".to_owned())));
        assert!(matches!(
            read(ChampValue::Choices(vec!["Centre mutualisé".into(), "Commune autonome".into()])),
            Err(Absence::Unreadable { .. })
        ));
    }

    #[test]
    fn one_unknown_choice_makes_a_set_unreadable() {
        let fields = r#"theme = { champ = "X", values = { "Expert" = "1" } }"#;
        let read = |choices: &[&str]| {
            let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
            fact(fields, None, ChampValue::Choices(choices), FactName::Theme)
        };
        let set = |codes: &[&str]| Ok(FactValue::Choices(codes.iter().map(|code| (*code).to_owned()).collect()));
        assert_eq!(read(&["Expert", "Thème 2"]), set(&["1", "2"]));
        assert_eq!(read(&["Démat.ADS"]), set(&["4"]), "filed on the wrong form: a rule sends it to the right one");
        assert!(matches!(read(&["Expert", "Autre chose"]), Err(Absence::Unreadable { .. })));
        assert_eq!(fact(fields, None, text("expert, 3"), FactName::Theme), set(&["1", "3"]));
    }

    #[test]
    fn only_choices_of_the_form_are_quoted() {
        let form = form_with(list("x", "X", "DropDownList", &["Peut-être"]));
        let reason =
            |value, form| match fact(r#"already_engaged = { champ = "X" }"#, form, value, FactName::AlreadyEngaged) {
                Err(Absence::Unreadable { reason, .. }) => reason,
                other => panic!("{other:?}"),
            };
        assert!(reason(choice("Peut-être"), Some(&form)).contains("« Peut-être »"));
        for (value, form) in
            [(choice("Mme Dupont"), Some(&form)), (choice("Mme Dupont"), None), (text("Mme Dupont"), Some(&form))]
        {
            assert!(!reason(value, form).contains("Dupont"));
        }
    }

    #[test]
    fn yes_and_no_come_in_many_ways() {
        let fields = r#"already_engaged = { champ = "X", values = { "Pas encore" = false } }"#;
        for (value, expected) in [
            (ChampValue::YesNo(true), true),
            (ChampValue::Checkbox(false), false),
            (choice("Oui"), true),
            (text("NON"), false),
            (choice("pas encore"), false),
        ] {
            assert_eq!(fact(fields, None, value, FactName::AlreadyEngaged), Ok(FactValue::YesNo(expected)));
        }
        let blank = fact(fields, None, ChampValue::Blank, FactName::AlreadyEngaged);
        assert_eq!(blank, Err(Absence::Blank { label: "X".to_owned() }));
    }

    #[test]
    fn a_hidden_champ_is_blank_and_an_unknown_one_is_not_on_the_form() {
        let form = form_with(descriptor("y", "Y", "Text"));
        let shown = vec![champ("x", "X", ChampValue::Blank)];
        let facts = read_dossier("ej = { champ = \"Y\" }\nlab = { champ = \"Z\" }", Some(&form), shown).facts;
        assert_eq!(facts.get(FactName::Ej), Err(&Absence::Blank { label: "Y".to_owned() }));
        assert_eq!(facts.get(FactName::Lab), Err(&Absence::NotOnForm { wanted: "Z".to_owned() }));
        assert_eq!(facts.get(FactName::Feedback), Err(&Absence::NotMapped));
    }

    #[test]
    fn a_fault_of_the_configuration_is_told_from_what_ds_did_not_give() {
        let two = || vec![champ("c", "Ville", text("77186")), champ("n", "Note", text("rien"))];
        let rows = || ChampValue::Rows(vec![row("1", two()), row("2", two())]);
        let two_columns = || {
            let twins = vec![champ("c", "Ville", text("77186")), champ("n", "VILLE", text("77001"))];
            ChampValue::Rows(vec![row("1", twins)])
        };
        let expenses = r#"expenses = { champ = "X", columns = { amount = "Montant" } }"#;
        let communes = r#"attached_communes = { champ = "X" }"#;
        for (fields, name, value, reason) in [
            (communes, FactName::AttachedCommunes, rows(), "plusieurs colonnes"),
            (
                r#"attached_communes = { champ = "X", column = "ville" }"#,
                FactName::AttachedCommunes,
                two_columns(),
                "plusieurs colonnes portent le libellé « ville »",
            ),
            (r#"invoices = { champ = "X" }"#, FactName::Invoices, rows(), "bloc répétable"),
            (r#"invoices = { champ = "X" }"#, FactName::Invoices, text("F-1"), "type Text"),
            (r#"total_cost = { champ = "X" }"#, FactName::TotalCost, ChampValue::YesNo(true), "ne peut pas donner"),
            (expenses, FactName::Expenses, text("12 €"), "n’est pas un bloc répétable"),
        ] {
            let absence = fact(fields, None, value, name).unwrap_err();
            assert!(
                absence.hides_an_answer() && matches!(absence, Absence::Misplaced { .. }),
                "{fields} : {absence:?}"
            );
            let said = absence.to_string();
            assert!(said.contains(reason) && said.contains("« X » est mal désigné dans la configuration"), "{said}");
        }
        let scores = r#"scores = { annotation = "X", columns = { portage = "P" } }"#;
        for (fields, name) in [
            (communes, FactName::AttachedCommunes),
            (expenses, FactName::Expenses),
            (r#"total_cost = { champ = "X" }"#, FactName::TotalCost),
            (&scores.replace("annotation", "champ"), FactName::Scores),
        ] {
            let odd = ChampValue::Other { reason: "type inconnu".to_owned() };
            let absence = fact(fields, None, odd, name).unwrap_err();
            assert!(absence.to_string().contains("à relire sur DS : type inconnu"), "{absence:?}");
        }
    }

    #[test]
    fn files_of_all_rows_are_gathered() {
        let file = |name: &str| AttachedFile {
            filename: name.to_owned(),
            content_type: "application/pdf".to_owned(),
            byte_size: 1,
            checksum: "x".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
            virus_scan: "safe".to_owned(),
        };
        let cell = |name| champ("f", "Pièce", ChampValue::Files(vec![file(name)]));
        let rows =
            ChampValue::Rows(vec![row("1", vec![cell("a.pdf")]), row("2", vec![]), row("3", vec![cell("b.pdf")])]);
        let read = fact(r#"invoices = { champ = "X", column = "pièce" }"#, None, rows, FactName::Invoices);
        assert!(matches!(read, Ok(FactValue::Files(files)) if files.len() == 2));
    }

    #[test]
    fn one_answered_opinion_is_enough() {
        let mapping = mapping("");
        let context = Context { procedure: 7, programme: Programme::Axe3V2, mapping: &mapping, form: None };
        let given = |answers: &[bool]| {
            let opinion = |answered: &bool| Opinion { asked_at: Timestamp::UNIX_EPOCH, answered: *answered };
            let opinions = answers.iter().map(opinion).collect();
            subject(&context, &Dossier { opinions, ..dossier(vec![], vec![]) }, None).opinion_given
        };
        assert_eq!((given(&[]), given(&[false]), given(&[false, true])), (None, Some(false), Some(true)));
    }

    #[test]
    fn opinions_that_ds_did_not_give_are_not_taken_for_none() {
        let mapping = mapping("");
        let context = Context { procedure: 7, programme: Programme::Axe3V2, mapping: &mapping, form: None };
        let read = |not_given: Vec<DossierSection>| {
            subject(&context, &Dossier { not_given, ..dossier(vec![], vec![]) }, None).opinions_withheld
        };
        assert!(read(vec![DossierSection::Opinions]));
        assert!(!read(vec![DossierSection::Champs(ChampKind::Annotation)]));
    }

    fn any_value() -> impl Strategy<Value = ChampValue> {
        let words = || "\\PC{0,12}|[0-9]{1,6}(,[0-9]{1,3})?|[0-3][0-9]/[01][0-9]/20[0-9]{2}|77186|oui|logiciel";
        let leaf = prop_oneof![
            Just(ChampValue::Blank),
            Just(ChampValue::Ornament),
            words().prop_map(ChampValue::Text),
            any::<bool>().prop_map(ChampValue::Checkbox),
            any::<bool>().prop_map(ChampValue::YesNo),
            any::<i64>().prop_map(ChampValue::Integer),
            (any::<i64>(), 0_u32..28).prop_map(|(digits, scale)| ChampValue::Decimal(Decimal::new(digits, scale))),
            (-9999_i16..=9999, 1_i8..=12).prop_map(|(year, month)| ChampValue::Date(date(year, month, 1))),
            any::<i32>().prop_map(|second| ChampValue::Datetime(Timestamp::constant(i64::from(second), 0))),
            words().prop_map(ChampValue::Choice),
            prop::collection::vec(words(), 0..4).prop_map(ChampValue::Choices),
            (words(), words()).prop_map(|(primary, secondary)| ChampValue::LinkedChoice { primary, secondary }),
            (words(), words()).prop_map(|(code, name)| ChampValue::Commune(CommuneValue { code, name })),
            (words(), words()).prop_map(|(code, name)| ChampValue::Coded { code, name }),
            (words(), prop::option::of(words())).prop_map(|(label, city_code)| {
                ChampValue::Address(AddressValue { label, city_code, department_code: None })
            }),
            (words(), prop::option::of(words())).prop_map(|(siret, name)| ChampValue::Siret { siret, name }),
            Just(ChampValue::Files(vec![])),
            words().prop_map(|reason| ChampValue::Other { reason }),
        ];
        leaf.prop_recursive(2, 16, 4, |inner| {
            let champs = prop::collection::vec(("[abc]", "[ABC]", inner), 0..4);
            let rows = prop::collection::vec(("[0-9]", champs), 0..4);
            rows.prop_map(|rows| {
                let cells = |cells: Vec<(String, String, ChampValue)>| {
                    cells.into_iter().map(|(id, label, value)| champ(&id, &label, value)).collect::<Vec<Champ>>()
                };
                ChampValue::Rows(rows.into_iter().map(|(id, champs)| row(&id, cells(champs))).collect())
            })
        })
    }

    /// Every fact in the same champ, with columns wherever they are possible.
    fn everything() -> String {
        let field = |fact: &FactName| {
            match fact.code() {
            "expenses" => "expenses = { champ = \"X\", columns = { nature = \"A\", amount = \"B\", origin = \"C\", date = \"A\" } }".to_owned(),
            "scores" => "scores = { champ = \"X\", columns = { portage = \"A\" } }".to_owned(),
            code @ ("invoices" | "theme" | "project_departement") => format!("{code} = {{ champ = \"X\", column = \"A\" }}"),
            code => format!("{code} = {{ champ = \"X\" }}"),
        }
        };
        FactName::ALL.iter().map(field).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #[test]
        fn whatever_the_champ_holds_every_fact_is_read_or_explained(value in any_value(), with_form in any::<bool>()) {
            let form = form_with(descriptor("x", "X", "Text"));
            let facts = read_dossier(&everything(), with_form.then_some(&form), vec![champ("x", "X", value.clone())]).facts;
            for name in FactName::ALL {
                prop_assert_ne!(facts.get(*name), Err(&Absence::NotMapped));
                if value.is_blank() && value != ChampValue::Ornament {
                    prop_assert_eq!(facts.get(*name), Err(&Absence::Blank { label: "X".to_owned() }));
                }
            }
        }
    }
}
