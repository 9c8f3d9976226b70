//! A first mapping out of the live form, as a commented fragment of configuration for a person to read again.

mod assign;
mod fragment;
mod guess;

use crate::domain::fact::{FactName, FactType};
use crate::domain::form::Form;
use crate::domain::programme::Programme;

use super::locate::catalogue;
use assign::assign;
pub(super) use assign::is_proposable;
use fragment::Fragment;

/// What a form suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// `[procedures.fields]` with comments, in TOML. It parses as a [`super::ProcedureMapping`] in which [`super::check()`] finds
    /// no error.
    pub fragment: String,
    /// The facts that a champ gives beyond doubt: live in the fragment.
    pub sure: Vec<FactName>,
    /// The facts that a person must look at first: comments of the fragment, with the reason.
    pub doubtful: Vec<FactName>,
    /// The facts of the programme that no champ seems to give.
    pub missing: Vec<FactName>,
}

/// What the form of a démarche suggests for the facts of its programme: the champ of each, named by its id with its label
/// beside it. Only what its wording and its kind leave no doubt of is live: a wrong amount is worse than none.
#[must_use]
pub fn propose(form: &Form, programme: Programme) -> Proposal {
    let catalogue = catalogue(form);
    let facts: Vec<FactName> =
        FactName::ALL.iter().copied().filter(|fact| fact.programmes().contains(&programme)).collect();
    let choices = assign(&facts, &catalogue);
    let sure_mark = choices.marks.values().any(|mark| mark.doubt.is_none());
    let is_sure = |fact: &FactName| match fact {
        FactName::Scores => sure_mark,
        fact => choices.sure.contains_key(fact),
    };
    let is_doubtful = |fact: &FactName| match fact {
        FactName::Scores => !sure_mark && !choices.marks.is_empty(),
        fact => choices.doubtful.contains_key(fact),
    };
    // The total stands in for the lines, and the lines for the total.
    let stands_in = |fact: &FactName| match fact {
        FactName::EligibleExpenses => choices.sure.contains_key(&FactName::Expenses),
        FactName::Expenses => choices.sure.contains_key(&FactName::EligibleExpenses),
        _ => false,
    };
    let missing = facts.iter().filter(|fact| !is_sure(fact) && !is_doubtful(fact) && !stands_in(fact));
    let missing: Vec<FactName> = missing.copied().collect();
    let mut fragment = Fragment::default();
    fragment.comment("Proposition établie d’après le formulaire : à relire, chaque association est une supposition.");
    fragment.comment("Un identifiant (id) désigne le champ même renommé ; le libellé n’est là que pour le lecteur.");
    fragment.line("[procedures.fields]");
    for (fact, choice) in choices.sure.iter().filter(|(fact, _)| fact.fact_type() != FactType::Expenses) {
        fragment.plain(*fact, choice);
    }
    fragment.doubtful(&choices);
    fragment.unmapped(missing.iter().copied());
    if let Some(choice) = choices.sure.get(&FactName::Expenses) {
        fragment.expenses(choice.descriptor);
    }
    if !choices.marks.is_empty() {
        fragment.scores(&choices.marks);
    }
    let shown = choices.sure.values().chain(choices.doubtful.values().flatten()).chain(choices.marks.values());
    let shown: Vec<&str> = shown.map(|candidate| candidate.descriptor.id.as_str()).collect();
    fragment.unused(&catalogue, &shown);
    Proposal {
        fragment: fragment.into_text(),
        sure: facts.iter().copied().filter(|fact| is_sure(fact)).collect(),
        doubtful: facts.iter().copied().filter(|fact| is_doubtful(fact)).collect(),
        missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::form::Descriptor;
    use crate::mapping::fixtures::{descriptor, list, repetition};
    use crate::mapping::{ProcedureMapping, Severity, check};
    use proptest::prelude::*;

    fn form() -> Form {
        Form {
            champs: vec![
                descriptor("h", "Communes rattachées", "HeaderSection"),
                list(
                    "t",
                    "Vous déposez en tant que",
                    "DropDownList",
                    &["Centre instructeur mutualisé", "Commune autonome", "Ni l’un ni l’autre"],
                ),
                repetition(
                    "c",
                    "Communes rattachées",
                    vec![descriptor("c1", "Commune", "Commune"), descriptor("c2", "Note", "Text")],
                ),
                descriptor("f", "Factures acquittées", "PieceJustificative"),
                repetition(
                    "e",
                    "Dépenses, \"détail\"",
                    vec![
                        list("n", "Nature de la dépense", "DropDownList", &["Logiciel", "Formation", "Divers"]),
                        descriptor("m", "Montant HT", "DecimalNumber"),
                        list("o", "Éditeur", "DropDownList", &["Union européenne", "Hors Union européenne"]),
                        descriptor("d", "Date de la facture", "Date"),
                    ],
                ),
                descriptor("x", "Courriel\nde contact", "Email"),
            ],
            annotations: vec![
                descriptor("g", "Montant accordé", "DecimalNumber"),
                descriptor("p", "Montant payé", "DecimalNumber"),
                descriptor("k", "Date de la commission", "Date"),
                descriptor("q", "Note impact", "IntegerNumber"),
                descriptor("r", "Note impact direct", "IntegerNumber"),
            ],
        }
    }

    fn parsed(fragment: &str) -> ProcedureMapping {
        #[derive(serde::Deserialize)]
        struct Procedures {
            procedures: Fields,
        }
        #[derive(serde::Deserialize)]
        struct Fields {
            fields: ProcedureMapping,
        }
        toml::from_str::<Procedures>(fragment).unwrap_or_else(|error| panic!("{error}\n{fragment}")).procedures.fields
    }

    #[test]
    fn the_proposal_for_a_plain_form_is_the_one_a_person_would_write() {
        insta::assert_snapshot!(propose(&form(), Programme::Axe3V1Ads).fragment);
    }

    #[test]
    fn each_mark_goes_to_its_criterion() {
        let fragment = propose(&form(), Programme::Axe3V1).fragment;
        assert!(
            fragment.contains("impact = { id = \"q\"") && fragment.contains("impact_direct = { id = \"r\""),
            "{fragment}"
        );
    }

    /// One line of `labels.txt`.
    struct Label {
        line: &'static str,
        form: Form,
        expected: &'static str,
    }

    fn labels() -> Vec<Label> {
        let lines = include_str!("labels.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines
            .map(|line| {
                let parts: Vec<&str> = line.split(" | ").collect();
                let [section, kind, label, expected] = parts[..] else { panic!("{line}") };
                let described = described("x", label, kind);
                let form = match section {
                    "champ" => Form { champs: vec![described], annotations: Vec::new() },
                    "annotation" => Form { champs: Vec::new(), annotations: vec![described] },
                    _ => panic!("{line}"),
                };
                Label { line, form, expected }
            })
            .collect()
    }

    /// `Kind`, `Kind [choice; …]` or `Repetition {label: kind, …}`.
    fn described(id: &str, label: &str, kind: &str) -> Descriptor {
        if let Some(columns) = kind.strip_prefix("Repetition {").and_then(|kind| kind.strip_suffix('}')) {
            let columns = columns.split(", ").enumerate().map(|(at, column)| {
                let (label, kind) = column.split_once(": ").unwrap();
                described(&format!("x{at}"), label, kind)
            });
            return repetition(id, label, columns.collect());
        }
        let (kind, options) = kind.split_once(" [").unwrap_or((kind, "]"));
        let options: Vec<&str> =
            options.trim_end_matches(']').split("; ").filter(|option| !option.is_empty()).collect();
        list(id, label, kind, &options)
    }

    #[test]
    fn labels_of_real_forms_give_their_fact_and_never_another() {
        let (mut wrong, mut missed) = (Vec::new(), Vec::new());
        for Label { line, form, expected } in labels() {
            let (fact, doubtful) = expected.strip_suffix(" ?").map_or((expected, false), |fact| (fact, true));
            let fact = fact.parse::<FactName>().ok();
            assert!(fact.is_some() || ["-", "no"].contains(&expected), "{line}");
            for programme in Programme::ALL {
                let proposal = propose(&form, programme);
                let of_programme = fact.filter(|fact| fact.programmes().contains(&programme));
                let sure: Vec<FactName> = of_programme.into_iter().filter(|_| !doubtful).collect();
                let looked_at: Vec<FactName> = of_programme.into_iter().filter(|_| doubtful).collect();
                if proposal.sure.iter().any(|found| !sure.contains(found)) {
                    wrong.push(format!("{line} : {:?} ({programme})", proposal.sure));
                } else if proposal.sure != sure || (expected != "no" && proposal.doubtful != looked_at) {
                    let (sure, doubtful) = (&proposal.sure, &proposal.doubtful);
                    missed.push(format!("{line} : {sure:?}, doubtful {doubtful:?} ({programme})"));
                }
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
    }

    /// The lines of a fact that a person takes the mark off.
    fn uncommented(fragment: &str) -> impl Iterator<Item = (&str, &str)> {
        let lines = fragment.lines().filter_map(|line| line.strip_prefix("# ")?.rsplit_once("  # "));
        lines.filter(|(line, _)| !line.contains('…') && line.contains(" = { id = "))
    }

    #[test]
    fn a_check_doubts_what_a_proposal_doubts_and_nothing_else() {
        let doubtful = |fields: &ProcedureMapping, form: &Form, programme| -> Vec<String> {
            let findings = check(fields, form, programme).into_iter();
            findings.filter(|finding| finding.mend.contains("choisissez un autre champ")).map(|it| it.message).collect()
        };
        let (mut sure, mut doubted) = (0, 0);
        for Label { line, form, .. } in labels() {
            for programme in Programme::ALL {
                let proposal = propose(&form, programme);
                let found = doubtful(&parsed(&proposal.fragment), &form, programme);
                assert_eq!(found, Vec::<String>::new(), "{line}");
                sure += proposal.sure.len();
                for (fact, reason) in uncommented(&proposal.fragment) {
                    let name: FactName = fact.split(' ').next().unwrap().parse().unwrap();
                    let of_wording = reason.starts_with("le libellé");
                    if of_wording
                        && !matches!(name.fact_type(), FactType::Text | FactType::Choice(_) | FactType::Choices(_))
                    {
                        let found = doubtful(&parsed(&format!("[procedures.fields]\n{fact}")), &form, programme);
                        assert!(found.len() == 1 && found[0].contains(reason), "{line}: {reason}: {found:?}");
                        doubted += 1;
                    }
                }
            }
        }
        assert!(sure > 300 && doubted > 100, "{sure} {doubted}");
    }

    #[test]
    fn what_is_doubtful_is_a_line_to_take_the_mark_off_with_its_reason() {
        let form = Form {
            champs: vec![
                list("t", "Type de demandeur", "DropDownList", &["Commune", "Syndicat", "Service mutualisé ?"]),
                descriptor("a", "Communes \"rattachées\"", "Textarea"),
                repetition(
                    "e",
                    "Dépenses",
                    vec![descriptor("m", "Montant", "DecimalNumber"), descriptor("o", "Éditeur", "Text")],
                ),
            ],
            annotations: vec![
                descriptor("g", "Montant accordé (HT)", "DecimalNumber"),
                descriptor("h", "Montant accordé (TTC)", "DecimalNumber"),
                descriptor("p", "Montant versé en 2022", "DecimalNumber"),
                descriptor("j", "N° engagement juridique", "IntegerNumber"),
                descriptor("k", "Nom et qualité du signataire", "Text"),
            ],
        };
        let fragment = propose(&form, Programme::Axe3V1Ads).fragment;
        insta::assert_snapshot!(fragment);
    }

    #[test]
    fn a_box_is_not_given_the_choices_of_a_list() {
        let columns =
            vec![list("n", "Nature du montant", "YesNo", &["Logiciel"]), descriptor("m", "Montant", "DecimalNumber")];
        let form = Form { champs: vec![repetition("e", "Dépenses", columns)], annotations: Vec::new() };
        let fragment = propose(&form, Programme::Axe3V1).fragment;
        let (line, _) = uncommented(&fragment).next().unwrap();
        assert!(line.starts_with("expenses = ") && line.contains("nature = ") && !line.contains("Logiciel"), "{line}");
        assert_eq!(
            check(&parsed(&format!("[procedures.fields]\n{line}")), &form, Programme::Axe3V1)
                .iter()
                .filter(|it| it.severity == Severity::Error)
                .count(),
            0
        );
    }

    fn any_descriptor() -> impl Strategy<Value = Descriptor> {
        let kind = prop::sample::select(vec![
            "Text",
            "DropDownList",
            "MultipleDropDownList",
            "LinkedDropDownList",
            "YesNo",
            "Checkbox",
            "DecimalNumber",
            "IntegerNumber",
            "Date",
            "PieceJustificative",
            "Commune",
            "Departement",
            "HeaderSection",
            "EngagementJuridique",
            "DuFutur",
        ]);
        let words = prop::sample::select(vec![
            "Montant",
            "accordé",
            "demandé",
            "Dépenses",
            "Factures",
            "Communes",
            "Thème",
            "Date",
            "de",
            "fin",
            "début",
            "Nature",
            "Éditeur",
            "projet",
            "Note",
            "impact",
            "\"",
            "\\",
            "\n",
            "#",
            "\u{7f}",
            "engagé",
            "Département",
            "service",
        ]);
        let label = prop::collection::vec(words, 0..4).prop_map(|words| words.join(" "));
        let option = prop::sample::select(vec![
            "Oui",
            "Non",
            "Logiciel",
            "logiciel",
            "Formation",
            "1 - Expert",
            "2",
            "Autre",
            "",
            "Hors UE",
            "\"x\"",
            "a\tb",
            "--Titre--",
        ]);
        let options = prop::collection::vec(option, 0..5);
        (kind, label, options).prop_map(|(kind, label, options)| list("", &label, kind, &options))
    }

    /// A block that says to be of expenses, with columns of whatever kind.
    fn any_expenses() -> impl Strategy<Value = Descriptor> {
        let label = prop::sample::select(vec!["Nature", "Montant", "Éditeur", "Date", "Nature du montant"]);
        let column =
            (label, any_descriptor()).prop_map(|(label, column)| Descriptor { label: label.to_owned(), ..column });
        prop::collection::vec(column, 0..5).prop_map(|columns| repetition("", "Dépenses", columns))
    }

    fn any_form() -> impl Strategy<Value = Form> {
        let repeated = (any_descriptor(), prop::collection::vec(any_descriptor(), 0..4));
        let repeated = repeated.prop_map(|(outer, columns)| repetition("", &outer.label, columns));
        let item = prop_oneof![6 => any_descriptor(), 1 => repeated, 1 => any_expenses()];
        let section = prop::collection::vec(item, 0..10);
        (section.clone(), section).prop_map(|(champs, annotations)| {
            let mut form = Form { champs, annotations };
            let mut next = 0..;
            let mut number = |descriptor: &mut Descriptor| descriptor.id = format!("Q2{}=", next.next().unwrap_or(0));
            for descriptor in form.champs.iter_mut().chain(&mut form.annotations) {
                number(descriptor);
                descriptor.columns.iter_mut().for_each(&mut number);
            }
            form
        })
    }

    proptest! {
        #[test]
        fn every_proposal_is_a_mapping_without_error(form in any_form(), programme in prop::sample::select(Programme::ALL.to_vec())) {
            let fragment = propose(&form, programme).fragment;
            let findings = check(&parsed(&fragment), &form, programme);
            let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
            prop_assert!(errors.is_empty(), "{errors:#?}\n{fragment}");
            // Each doubtful line, once the mark is off, is right as well.
            for line in fragment.lines().filter_map(|line| line.strip_prefix("# ")) {
                if FactName::ALL.iter().any(|fact| line.starts_with(&format!("{fact} = ")) && !line.contains('…')) {
                    let findings = check(&parsed(&format!("[procedures.fields]\n{line}")), &form, programme);
                    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
                    prop_assert!(errors.is_empty(), "{errors:#?}\n{line}");
                }
            }
        }
    }
}
