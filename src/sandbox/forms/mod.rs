//! The forms that the stand-in serves, one file a programme, each with the mapping that fits it.
//!
//! Labels are made up: they are nobody's real form, and differ on purpose from what a mapping might guess. Between them the
//! forms hold every type of descriptor and of champ.

mod ads;
mod axe2;
mod axe3_v1;
mod axe3_v2;

use super::world::{Kind, Question};
use crate::domain::programme::Programme;

/// A démarche before it has dossiers.
#[derive(Debug)]
pub struct Template {
    /// Its number.
    pub number: i64,
    /// The programme.
    pub programme: Programme,
    /// Its title.
    pub title: &'static str,
    /// Its share of the dossiers, out of a hundred.
    pub share: usize,
    /// The public questions.
    pub champs: &'static [Question],
    /// The private ones.
    pub annotations: &'static [Question],
    /// `[procedures.fields]`, as TOML.
    pub fields_toml: &'static str,
}

/// Every démarche, by number.
pub const TEMPLATES: [Template; 7] = [
    ads::DEMAT_ADS,
    axe3_v1::GUICHET,
    axe3_v2::LABORATOIRES,
    axe2::DEMATERIALISATION,
    axe2::DONNEES,
    axe2::COOPERATION,
    axe2::FRANCE_CONNECT,
];

/// The natures of an expense, as all forms list them.
pub const NATURES: [&str; 6] =
    ["Logiciel", "Prestation de services", "Formation", "Matériel et équipement", "Masse salariale", "Autre dépense"];
/// Where a publisher is, as all forms list it.
pub const ORIGINS: [&str; 3] = ["Union européenne", "Hors Union européenne", "Sans objet"];
/// The support that one may ask for, as all forms list it.
pub const SUPPORTS: [&str; 3] = ["Expertise numérique", "Formation des agents", "Laboratoire d’innovation"];

const EXPENSES: &[Question] = &[
    Question::new("expense_nature", "Nature de la dépense", Kind::DropDownList).options(&NATURES),
    Question::new("expense_subject", "Objet", Kind::Text),
    Question::new("expense_amount", "Montant en euros", Kind::DecimalNumber).required(),
    Question::new("expense_origin", "Siège de l’éditeur", Kind::DropDownList).options(&ORIGINS),
    Question::new("expense_date", "Date de la facture ou du devis", Kind::Date),
];

const GRANTED: Question = Question::new("granted_amount", "Subvention attribuée (€)", Kind::DecimalNumber);
const ENGAGED: Question = Question::new("engaged_amount", "Montant engagé dans Chorus (€)", Kind::DecimalNumber);
const PAID: Question = Question::new("paid_amount", "Montant versé (€)", Kind::DecimalNumber);
const COMMITTEE: Question = Question::new("committee_date", "Passage en commission le", Kind::Date);
const REGION_INFORMED: Question = Question::new("region_informed_on", "Préfecture de région informée le", Kind::Date);
const NOTIFIED: Question = Question::new("notified_on", "Lettre de notification du", Kind::Date);
const AGREEMENT: Question = Question::new("agreement_on", "Convention signée le", Kind::Date);
const PAID_ON: Question = Question::new("paid_on", "Versement du", Kind::Date);
const EJ: Question = Question::new("ej", "N° d’engagement juridique", Kind::EngagementJuridique);
const REPORT_ON: Question = Question::new("activity_report_on", "Bilan d’activité reçu le", Kind::Date);
const EVALUATED_ON: Question = Question::new("evaluated_on", "Évaluation faite le", Kind::Date);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactName;
    use std::collections::BTreeSet;

    fn kinds(questions: &[Question], seen: &mut BTreeSet<&'static str>) {
        for question in questions {
            seen.insert(question.kind.descriptor());
            kinds(question.columns, seen);
        }
    }

    #[test]
    fn every_type_of_descriptor_is_on_some_form() {
        let mut seen = BTreeSet::new();
        for template in &TEMPLATES {
            kinds(template.champs, &mut seen);
            kinds(template.annotations, &mut seen);
        }
        let missing: Vec<_> =
            Kind::ALL.iter().map(|kind| kind.descriptor()).filter(|name| !seen.contains(name)).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn every_programme_has_its_form_and_the_shares_add_up() {
        let programmes: BTreeSet<_> = TEMPLATES.iter().map(|template| template.programme).collect();
        assert_eq!(programmes.len(), Programme::ALL.len());
        assert_eq!(TEMPLATES.iter().map(|template| template.share).sum::<usize>(), 100);
    }

    #[test]
    fn lists_carry_their_choices_and_labels_are_unique() {
        for template in &TEMPLATES {
            let mut labels = BTreeSet::new();
            let all = template.champs.iter().chain(template.annotations);
            for question in all.flat_map(|question| std::iter::once(question).chain(question.columns)) {
                assert!(labels.insert(question.label), "{} : {}", template.number, question.label);
                let list =
                    matches!(question.kind, Kind::DropDownList | Kind::MultipleDropDownList | Kind::LinkedDropDownList);
                assert_eq!(list, !question.options.is_empty(), "{}", question.label);
                assert_eq!(question.kind == Kind::Repetition, !question.columns.is_empty(), "{}", question.label);
            }
        }
    }

    /// Looks for a label, or a choice, that the mapping names.
    fn names(question: &Question, text: &str) -> bool {
        question.label == text
            || question.options.contains(&text)
            || question.columns.iter().any(|column| names(column, text))
    }

    #[test]
    fn each_mapping_names_facts_of_its_programme_and_what_its_form_has() {
        for template in &TEMPLATES {
            let table: toml::Table = template.fields_toml.parse().unwrap();
            let fields = table["procedures"]["fields"].as_table().unwrap();
            for (name, field) in fields {
                let fact: FactName = name.parse().unwrap();
                assert!(fact.programmes().contains(&template.programme), "{name}");
                let questions = match (field.get("champ"), field.get("annotation").or(field.get("annotations"))) {
                    (Some(_), None) => template.champs,
                    (None, Some(_)) => template.annotations,
                    _ => panic!("{name} : champ ou annotation ?"),
                };
                let mut texts: Vec<&str> = Vec::new();
                gather(field, &mut texts);
                for text in texts {
                    assert!(questions.iter().any(|question| names(question, text)), "{name} : {text}");
                }
            }
        }
    }

    /// The texts of a field that name something on the form: labels, and the left-hand sides of values.
    fn gather<'a>(field: &'a toml::Value, texts: &mut Vec<&'a str>) {
        for (key, value) in field.as_table().unwrap() {
            match (key.as_str(), value) {
                ("champ" | "annotation" | "column", value) => texts.push(value.as_str().unwrap()),
                ("columns" | "annotations", toml::Value::Table(columns)) => {
                    texts.extend(columns.values().map(|v| v.as_str().unwrap()));
                }
                ("values", toml::Value::Table(values)) => {
                    for (key, value) in values {
                        match value {
                            toml::Value::Table(inner) => texts.extend(inner.keys().map(String::as_str)),
                            _ => texts.push(key),
                        }
                    }
                }
                (other, _) => panic!("{other}"),
            }
        }
    }
}
