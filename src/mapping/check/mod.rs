//! A mapping against the live form: what no longer fits, and the mend.
//!
//! An error is what the form cannot give: a champ, a column or a code out of reach. What merely stays unread, or
//! serves dossiers of an older revision only, is a warning.

mod checker;
mod options;

use crate::domain::fact::FactName;
use crate::domain::form::Form;
use crate::domain::programme::Programme;

use super::config::ProcedureMapping;
use super::locate::catalogue;
use checker::Checker;

/// How much a defect matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The mapping names what the form does not have: the fact will be missing.
    Error,
    /// The mapping works, but something stays unread.
    Warning,
}

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defect {
    /// How much it matters.
    pub severity: Severity,
    /// The fact concerned.
    pub fact: FactName,
    /// What does not fit, in French, naming the champ.
    pub message: String,
    /// What to do about it, in French.
    pub mend: String,
}

/// Holds a mapping against the form of its procedure. The errors come first, then the facts in the order of the
/// documentation.
#[must_use]
pub fn check(mapping: &ProcedureMapping, form: &Form, programme: Programme) -> Vec<Defect> {
    let form = catalogue(form);
    let mut defects = Vec::new();
    for (fact, field) in &mapping.fields {
        let mut checker = Checker { form: &form, fact: *fact, defects: &mut defects };
        checker.field(field);
        checker.programme(programme);
    }
    defects.sort_by_key(|defect| (defect.severity, defect.fact));
    defects
}

/// The facts of a programme that the mapping places nowhere, in the order of the documentation. Whether that matters is for the
/// rules to say.
pub fn unmapped(mapping: &ProcedureMapping, programme: Programme) -> impl Iterator<Item = FactName> {
    let of_programme = FactName::ALL.iter().copied().filter(move |fact| fact.programmes().contains(&programme));
    of_programme.filter(|fact| !mapping.fields.contains_key(fact) && !has_alternative(*fact, mapping))
}

/// The expenses are known by their lines or by their total.
fn has_alternative(fact: FactName, mapping: &ProcedureMapping) -> bool {
    match fact {
        FactName::Expenses => mapping.fields.contains_key(&FactName::EligibleExpenses),
        FactName::EligibleExpenses => mapping.fields.contains_key(&FactName::Expenses),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::{descriptor, list, mapping, repetition};

    fn form() -> Form {
        Form {
            champs: vec![
                list("t", "Vous déposez en tant que", "DropDownList", &["Centre", "Commune autonome", "Autre"]),
                descriptor("f", "Factures", "PieceJustificative"),
                repetition(
                    "c",
                    "Communes rattachées",
                    vec![descriptor("c1", "Commune", "Commune"), descriptor("c2", "Note", "Text")],
                ),
                repetition(
                    "e",
                    "Dépenses",
                    vec![
                        list("n", "Nature", "DropDownList", &["Logiciel", "Divers"]),
                        descriptor("m", "Montant HT", "DecimalNumber"),
                        descriptor("m2", "Montant TTC", "DecimalNumber"),
                    ],
                ),
                descriptor("d1", "Double", "Text"),
                descriptor("d2", "DOUBLE", "Text"),
            ],
            annotations: vec![descriptor("g", "Montant accordé", "DecimalNumber")],
        }
    }

    fn of(fields: &str, fact: FactName) -> Vec<(Severity, String)> {
        let defects = check(&mapping(fields), &form(), Programme::Axe3V1Ads);
        let defects = defects.into_iter().filter(|defect| defect.fact == fact);
        defects.map(|defect| (defect.severity, format!("{} → {}", defect.message, defect.mend))).collect()
    }

    #[test]
    fn each_fault_is_found_and_mended() {
        use FactName as F;
        for (fields, fact, severity, said) in [
            (r#"invoices = { champ = "Facture" }"#, F::Invoices, Severity::Error, "vouliez-vous dire « Factures »"),
            (r#"invoices = { annotation = "Factures" }"#, F::Invoices, Severity::Error, "écrivez champ = \"Factures\""),
            (
                r#"granted_amount = { champ = "montant accorde" }"#,
                F::GrantedAmount,
                Severity::Error,
                "écrivez annotation",
            ),
            (r#"invoices = { id = "old", champ = "Factures" }"#, F::Invoices, Severity::Error, "id = \"f\""),
            (
                r#"invoices = { id = "f", champ = "Devis" }"#,
                F::Invoices,
                Severity::Warning,
                "s’appelle maintenant « Factures »",
            ),
            (r#"invoices = { champ = "Double" }"#, F::Invoices, Severity::Error, "d1, d2"),
            (r#"granted_amount = { champ = "Factures" }"#, F::GrantedAmount, Severity::Error, "pièce justificative"),
            (
                r#"theme = { champ = "Vous déposez en tant que" }"#,
                F::Theme,
                Severity::Warning,
                "ne sert pas au programme",
            ),
            (
                r#"attached_communes = { champ = "Communes rattachées", column = "Ville" }"#,
                F::AttachedCommunes,
                Severity::Error,
                "« Commune », « Note »",
            ),
            (r#"invoices = { champ = "Factures", column = "x" }"#, F::Invoices, Severity::Warning, "sans effet"),
            (
                r#"attached_communes = { champ = "Commune" }"#,
                F::AttachedCommunes,
                Severity::Error,
                "écrivez champ = \"Communes rattachées\" et column = \"Commune\"",
            ),
            (r#"invoices = { champ = "Communes rattachées" }"#, F::Invoices, Severity::Error, "ajoutez column"),
            (
                r#"expenses = { champ = "Dépenses", columns = { amount = "Montant H.T." } }"#,
                F::Expenses,
                Severity::Error,
                "« Montant HT »",
            ),
            (
                r#"expenses = { champ = "Dépenses", columns = { amount = "Montant HT" } }"#,
                F::Expenses,
                Severity::Warning,
                "colonne nature",
            ),
            (
                r#"expenses = { champ = "Dépenses", columns = { nature = "Nature" } }"#,
                F::Expenses,
                Severity::Warning,
                "choix sans code : « Divers »",
            ),
            (
                r#"expenses = { champ = "Factures", columns = { nature = "Nature" } }"#,
                F::Expenses,
                Severity::Error,
                "bloc répétable",
            ),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "Centr" = "centre_instructeur" } }"#,
                F::ApplicantType,
                Severity::Error,
                "« Centre »",
            ),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "Ville" = "commune_autonome" } }"#,
                F::ApplicantType,
                Severity::Warning,
                "anciens dossiers",
            ),
        ] {
            let found = of(fields, fact);
            assert!(
                found.iter().any(|(level, text)| *level == severity && text.contains(said)),
                "{fields}\n{found:#?}"
            );
        }
    }

    #[test]
    fn a_pair_that_would_falsify_in_silence_is_a_warning() {
        let form = Form {
            champs: vec![
                descriptor("r", "Taux de subvention sollicité", "DecimalNumber"),
                descriptor("p", "Je m’engage à ne pas démarrer", "YesNo"),
                descriptor("c", "EPCI dont est membre la commune", "Text"),
                list(
                    "t",
                    "Vous êtes",
                    "DropDownList",
                    &["Syndicat de communes", "Commune autonome", "Service instructeur"],
                ),
                repetition(
                    "e",
                    "Dépenses",
                    vec![
                        list("n", "Nature", "DropDownList", &["Logiciel"]),
                        descriptor("m", "Prix unitaire", "DecimalNumber"),
                        list("o", "Origine", "DropDownList", &["UE"]),
                    ],
                ),
            ],
            annotations: vec![
                descriptor("j", "N° engagement juridique", "IntegerNumber"),
                descriptor("k", "Remise", "Text"),
                descriptor("d", "Nombre de jours avant notification", "Text"),
            ],
        };
        let said = |fields: &str, programme: Programme| -> Vec<String> {
            let defects = check(&mapping(fields), &form, programme);
            assert!(defects.iter().all(|defect| defect.severity == Severity::Warning), "{defects:#?}");
            defects.into_iter().map(|defect| defect.message).collect()
        };
        for (fields, expected) in [
            (r#"granted_amount = { id = "j" }"#, "« N° engagement juridique » annonce un numéro ou une référence"),
            (r#"granted_amount = { annotation = "Remise" }"#, "n’annonce pas un montant"),
            (r#"requested_amount = { id = "r" }"#, "annonce un taux"),
            (r#"already_engaged = { id = "p" }"#, "annonce un engagement ou une attestation"),
            (r#"notified_on = { id = "d" }"#, "annonce un nombre de quelque chose"),
            (
                r#"expenses = { id = "e", columns = { nature = "Nature", amount = "Prix unitaire", origin = "Origine" } }"#,
                "dit « unitaire »",
            ),
        ] {
            let found = said(fields, Programme::Axe3V1);
            assert!(found.len() == 1 && found[0].contains(expected), "{fields} : {found:#?}");
        }
        let communes = said(r#"attached_communes = { id = "c" }"#, Programme::Axe3V1Ads);
        assert!(communes.len() == 1 && communes[0].contains("dit « epci »"), "{communes:#?}");
        let syndicat = r#"applicant_type = { id = "t", values = { "Syndicat de communes" = "commune_autonome" } }"#;
        let syndicat = said(syndicat, Programme::Axe3V1Ads);
        assert_eq!(syndicat, ["values : « Syndicat de communes » ne dit sans doute pas « commune_autonome »"]);
        let turned = r#"already_engaged = { id = "p", values = { "oui" = "non", "non" = "oui" } }"#;
        assert_eq!(said(turned, Programme::Axe3V1), Vec::<String>::new(), "a person has read the question");
    }

    #[test]
    fn a_champ_that_says_another_fact_is_told_with_that_fact() {
        let form = Form {
            champs: vec![],
            annotations: vec![
                descriptor("g", "Subvention attribuée (€)", "DecimalNumber"),
                descriptor("v", "Versement du", "Date"),
                descriptor("o", "Colonne 7", "Date"),
            ],
        };
        let said = |fields: &str| -> Vec<String> {
            let defects = check(&mapping(fields), &form, Programme::Axe3V1Ads).into_iter();
            defects.map(|defect| defect.message).collect()
        };
        let engaged = said(r#"engaged_amount = { annotation = "Subvention attribuée (€)" }"#);
        assert!(
            engaged.len() == 1 && engaged[0].contains("annonce plutôt : ") && engaged[0].contains("granted_amount"),
            "{engaged:?}"
        );
        let committee = said(r#"committee_date = { annotation = "Versement du" }"#);
        assert!(committee.len() == 1 && committee[0].contains("paid_on"), "{committee:?}");
        for good in [
            r#"granted_amount = { annotation = "Subvention attribuée (€)" }"#,
            r#"paid_on = { annotation = "Versement du" }"#,
            r#"committee_date = { annotation = "Colonne 7" }"#,
        ] {
            assert_eq!(said(good), Vec::<String>::new(), "{good}");
        }
    }

    #[test]
    fn nothing_is_suggested_that_a_proposal_refuses() {
        let form = Form {
            champs: vec![
                descriptor("p", "J’atteste que le projet n’est pas engagé", "Checkbox"),
                descriptor("q", "Le projet n’a-t-il pas encore commencé ?", "YesNo"),
                descriptor("r", "Taux de subvention demandé (%)", "DecimalNumber"),
                descriptor("t", "Montant accordé", "DecimalNumber"),
                list("v", "Vous êtes", "DropDownList", &["Commune", "Centre instructeur d’un EPCI", "Autres"]),
                repetition(
                    "e",
                    "Dépenses",
                    vec![
                        descriptor("m1", "Nombre d’unités", "IntegerNumber"),
                        descriptor("m2", "Montant (justificatif)", "PieceJustificative"),
                        descriptor("m3", "Montants TTC", "DecimalNumber"),
                    ],
                ),
            ],
            annotations: vec![
                descriptor("d", "Montant désengagé", "DecimalNumber"),
                descriptor("x", "Taux exceptionnel refusé", "YesNo"),
                descriptor("c", "Date de la commissions", "Date"),
            ],
        };
        let mend = |fields: &str| {
            let defects = check(&mapping(fields), &form, Programme::Axe3V1);
            defects.into_iter().find(|defect| defect.severity == Severity::Error).map(|defect| defect.mend).unwrap()
        };
        for fields in [
            r#"already_engaged = { champ = "Le projet est-il engagé ?" }"#,
            r#"already_engaged = { champ = "Le projet a-t-il commencé ?" }"#,
            r#"project_departement = { champ = "Où le projet est-il engagé" }"#,
            r#"requested_amount = { champ = "Taux de subvention demandé" }"#,
            r#"paid_amount = { annotation = "Montant engagé" }"#,
            r#"rate_exception = { annotation = "Taux exceptionnel" }"#,
            // Of the same name, but the applicant’s.
            r#"granted_amount = { annotation = "Montant accordé" }"#,
            r#"eligible_expenses = { champ = "Montants TTC" }"#,
        ] {
            assert!(mend(fields).starts_with("retirez ce fait"), "{fields}: {}", mend(fields));
        }
        let asked = mend(r#"expenses = { champ = "Dépenses", columns = { amount = "Montant" } }"#);
        assert_eq!(asked, "choisissez parmi : « Montants TTC »");
        assert!(
            mend(r#"committee_date = { annotation = "Date de commission" }"#).contains("« Date de la commissions »")
        );
        let answers = r#"applicant_type = { champ = "Vous êtes", values = { "Centre instructeur" = "commune_autonome", "Commune" = "centre_instructeur" } }"#;
        assert!(!mend(answers).contains("Commune"), "{}", mend(answers));
    }

    #[test]
    fn a_label_nests_no_guillemets_and_is_copied_whole() {
        let block = "Communes « membres »";
        let kinds = list("t", "Vous êtes « le demandeur »", "DropDownList", &["Centre « mutualisé »", "Autre"]);
        let columns = vec![descriptor("c1", "Ville « INSEE »", "Text"), descriptor("c2", "Note", "Text")];
        let files = descriptor("f", "Factures « acquittées »", "PieceJustificative");
        let form = Form { champs: vec![kinds, repetition("c", block, columns), files], annotations: vec![] };
        let said = |fields: &str| -> (String, String) {
            let mut defects = check(&mapping(fields), &form, Programme::Axe3V1Ads).into_iter();
            let defect = defects.next().unwrap();
            (defect.message, defect.mend)
        };
        for (fields, message, mend) in [
            (
                r#"attached_communes = { champ = "Communes « membres »" }"#,
                "le bloc « Communes “membres” » a des colonnes",
                "« Ville « INSEE » », « Note »",
            ),
            (
                r#"attached_communes = { champ = "Communes « membres »", column = "« Villes »" }"#,
                "le bloc « Communes “membres” » n’a pas de colonne « “Villes” »",
                "« Ville « INSEE » »",
            ),
            (
                r#"attached_communes = { id = "c", champ = "Communes « liées »", column = "Note" }"#,
                "« Communes “liées” » s’appelle maintenant « Communes “membres” »",
                "écrivez champ = \"Communes « membres »\"",
            ),
            (
                r#"invoices = { champ = "Factures « acquittée »" }"#,
                "pas de champ « Factures “acquittée” »",
                "« Factures « acquittées » »",
            ),
            (
                r#"applicant_type = { id = "t", values = { "Centre « X »" = "centre_instructeur" } }"#,
                "« Vous êtes “le demandeur” » n’a pas de choix « Centre “X” »",
                "« Centre « mutualisé » »",
            ),
        ] {
            let (message_said, mend_said) = said(fields);
            assert!(message_said.contains(message), "{fields}\n{message_said}");
            assert!(mend_said.contains(mend), "{fields}\n{mend_said}");
        }
    }

    #[test]
    fn what_is_placed_nowhere_is_told_once() {
        let mapping = mapping(r#"eligible_expenses = { champ = "Double" }"#);
        let facts: Vec<FactName> = unmapped(&mapping, Programme::Axe3V1Ads).collect();
        assert!(facts.contains(&FactName::Invoices) && !facts.contains(&FactName::Theme), "{facts:?}");
        assert!(!facts.contains(&FactName::Expenses), "the total stands in for the lines");
    }

    #[test]
    fn a_mapping_that_fits_has_no_finding_for_its_facts() {
        for (fields, fact) in [
            (r#"invoices = { champ = "FACTURES" }"#, FactName::Invoices),
            (r#"granted_amount = { annotation = "Montant accordé" }"#, FactName::GrantedAmount),
            (r#"attached_communes = { champ = "Communes rattachées" }"#, FactName::AttachedCommunes),
            (
                r#"attached_communes = { champ = "Communes rattachées", column = "Commune" }"#,
                FactName::AttachedCommunes,
            ),
            (
                r#"applicant_type = { champ = "Vous déposez en tant que", values = { "centre" = "centre_instructeur", "autre" = "commune_autonome" } }"#,
                FactName::ApplicantType,
            ),
        ] {
            assert_eq!(of(fields, fact), [], "{fields}");
        }
        assert_eq!(of(r#"eligible_expenses = { champ = "Double" }"#, FactName::Expenses), []);
    }
}
