//! The dossier around its champs.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::bounds;
use super::champ;
use super::hash::hash_of;
use super::object::{Object, Unreadable};
use super::tree::Tree;
use crate::domain::champ::{Champ, ChampKind};
use crate::domain::dossier::{
    Applicant, Attestation, Dossier, DossierNumber, DossierSection, LegalEntity, Opinion, ProcedureNumber, is_number,
};

/// Why a text is not a dossier. None of its content is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not JSON, or not an object.
    #[error("JSON illisible (ligne {line}, colonne {column})")]
    Json {
        /// Where reading stopped, from 1.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// Deeper than any dossier is.
    #[error("des données imbriquées bien plus profondément que dans aucun dossier")]
    TooDeep,
    /// Larger than any dossier is.
    #[error("un dossier bien plus volumineux que ce qui est accepté")]
    TooLarge,
    /// A part that no dossier can do without is missing.
    #[error("il manque « {0} » au dossier")]
    Missing(&'static str),
    /// Such a part is there, but is not what it should be.
    #[error("« {0} » est illisible dans le dossier")]
    Unreadable(&'static str),
}

/// The lists of a dossier, which are never null.
const SECTIONS: [(&str, DossierSection); 3] = [
    ("champs", DossierSection::Champs(ChampKind::Champ)),
    ("annotations", DossierSection::Champs(ChampKind::Annotation)),
    ("avis", DossierSection::Opinions),
];

/// Reads a dossier. Only its number, its state and its dates can make it fail.
///
/// # Errors
/// [`DecodeError`].
pub fn decode(json: &str) -> Result<Dossier, DecodeError> {
    dossier(&object(&Tree::of(json)?)?)
}

/// A dossier as it arrived: all that is wanted of its text, which is taken apart once.
#[derive(Debug)]
pub struct Arrived {
    /// The dossier.
    pub dossier: Dossier,
    /// Names its content: see [`content_hash`](super::content_hash).
    pub content_hash: [u8; 32],
    /// The démarche that DS says it is of; none where it does not say.
    pub procedure: Option<ProcedureNumber>,
}

/// Reads a dossier that has just arrived.
///
/// # Errors
/// As [`decode`] and [`content_hash`](super::content_hash).
pub fn arrived(json: &str) -> Result<Arrived, DecodeError> {
    let tree = Tree::of(json)?;
    let object = object(&tree)?;
    let demarche = object.object("demarche").ok().flatten();
    Ok(Arrived {
        dossier: dossier(&object)?,
        content_hash: hash_of(&tree)?,
        procedure: demarche.and_then(|demarche| demarche.integer("number").ok().flatten()),
    })
}

fn object<'a>(tree: &'a Tree<'a>) -> Result<Object<'a>, DecodeError> {
    Object::of(tree).ok_or(DecodeError::Json { line: 1, column: 1 })
}

fn dossier(object: &Object<'_>) -> Result<Dossier, DecodeError> {
    let needed = |key| object.instant(key)?.ok_or(DecodeError::Missing(key));
    let (champs, annotations) = (champs(object, "champs"), champs(object, "annotations"));
    bounds::check_champs(champs.iter().chain(&annotations))?;
    Ok(Dossier {
        number: object.integer("number")?.filter(|number| is_number(*number)).ok_or(DecodeError::Missing("number"))?,
        state: object.text("state")?.ok_or(DecodeError::Missing("state"))?.into(),
        archived: object.flag("archived").ok().flatten(),
        deposited_at: needed("dateDepot")?,
        updated_at: needed("dateDerniereModification")?,
        instructed_at: object.instant("datePassageEnInstruction")?,
        treated_at: object.instant("dateTraitement")?,
        motivation: object.text_or_none("motivation"),
        group: object.object("groupeInstructeur").ok().flatten().and_then(|group| group.text_or_none("label")),
        applicant: applicant(object),
        champs,
        annotations,
        opinions: list(object, "avis").iter().filter_map(opinion).collect(),
        labels: labels(object),
        attestation: attestation(object),
        not_given: SECTIONS.into_iter().filter(|(key, _)| object.member(key).is_none()).map(|(_, part)| part).collect(),
    })
}

/// The number alone, of a dossier that cannot be decoded. The rest of it is passed over, whatever it is.
#[must_use]
pub fn number(json: &str) -> Option<DossierNumber> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    members.get("number")?.get().trim_matches('"').parse().ok().filter(|number| is_number(*number))
}

fn champs(object: &Object<'_>, key: &'static str) -> Vec<Champ> {
    champ::read_all(list(object, key))
}

fn list<'a>(object: &Object<'a>, key: &'static str) -> &'a [Tree<'a>] {
    object.list(key).ok().flatten().unwrap_or_default()
}

fn applicant(dossier: &Object<'_>) -> Applicant {
    let Ok(Some(demandeur)) = dossier.object("demandeur") else {
        return Applicant::Unknown { type_name: String::new() };
    };
    let type_name = demandeur.type_name().unwrap_or_default();
    let siret = demandeur.text_or_none("siret");
    match (type_name.as_str(), siret) {
        ("PersonneMorale", Some(siret)) => Applicant::LegalEntity(Box::new(legal_entity(&demandeur, siret))),
        ("PersonneMoraleIncomplete", Some(siret)) => Applicant::Incomplete { siret },
        ("PersonnePhysique", _) => {
            let names = ["civilite", "prenom", "nom"].into_iter().filter_map(|key| demandeur.text_or_none(key));
            Applicant::Person { name: names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ") }
        }
        _ => Applicant::Unknown { type_name },
    }
}

fn legal_entity(entity: &Object<'_>, siret: String) -> LegalEntity {
    let part = |key| entity.object(key).ok().flatten();
    let company = part("entreprise");
    let of_company = |key| company.as_ref().and_then(|company| company.text_or_none(key));
    let address = part("address");
    let of_address = |key| address.as_ref().and_then(|address| address.text_or_none(key));
    LegalEntity {
        siret,
        name: entity_name(entity),
        legal_form_code: of_company("formeJuridiqueCode"),
        legal_form: of_company("formeJuridique"),
        city_code: of_address("cityCode").filter(|code| !code.is_empty()),
        department_code: of_address("departmentCode").filter(|code| !code.is_empty()),
        address: address.as_ref().and_then(address_line),
    }
}

/// Raison sociale, else the title of the association, else the commercial name.
pub(super) fn entity_name(entity: &Object<'_>) -> Option<String> {
    let name = |part: &'static str, key| {
        let part = entity.object(part).ok().flatten()?;
        part.text_or_none(key).filter(|name| !name.trim().is_empty())
    };
    name("entreprise", "raisonSociale")
        .or_else(|| name("association", "titre"))
        .or_else(|| name("entreprise", "nomCommercial"))
}

/// An address in one line.
pub(super) fn address_line(address: &Object<'_>) -> Option<String> {
    address.text_or_none("label").filter(|label| !label.trim().is_empty())
}

/// An answer is recorded when there is a text or a yes/no; its date says nothing (API facts, 5.11).
fn opinion(tree: &Tree<'_>) -> Option<Opinion> {
    let avis = Object::of(tree)?;
    let has_text = avis.text_or_none("reponse").is_some_and(|answer| !answer.trim().is_empty());
    let has_choice = matches!(avis.flag("questionAnswer"), Ok(Some(_)));
    Some(Opinion { asked_at: avis.instant("dateQuestion").ok().flatten()?, answered: has_text || has_choice })
}

/// One that has no name leaves them all unknown: what is shown must be all that there is.
fn labels(dossier: &Object<'_>) -> Option<Vec<String>> {
    let labels = dossier.list("labels").ok().flatten()?;
    labels.iter().map(|label| Object::of(label)?.text_or_none("name")).collect()
}

/// Null is none yet; missing is not known.
fn attestation(dossier: &Object<'_>) -> Option<Attestation> {
    if !dossier.has("attestation") {
        return None;
    }
    Some(match dossier.object("attestation").ok()? {
        None => Attestation::NotMade,
        Some(file) => Attestation::Made {
            created_at: file.instant("createdAt").ok().flatten(),
            checksum: file.text_or_none("checksum"),
        },
    })
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json { line: error.line(), column: error.column() }
    }
}

impl From<Unreadable> for DecodeError {
    fn from(Unreadable { key }: Unreadable) -> Self {
        Self::Unreadable(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dossier::DossierState;
    use serde_json::{Value, json};

    fn minimal() -> Value {
        json!({
            "number": 12, "state": "en_instruction",
            "dateDepot": "2021-09-01T10:00:00+02:00", "dateDerniereModification": "2021-09-03T12:33:00+02:00"
        })
    }

    fn with(key: &str, value: Value) -> Value {
        let mut dossier = minimal();
        dossier[key] = value;
        dossier
    }

    fn read(dossier: &Value) -> Dossier {
        decode(&dossier.to_string()).unwrap()
    }

    #[test]
    fn number_state_and_dates_are_enough() {
        let dossier = read(&minimal());
        assert_eq!(dossier.number, 12);
        assert_eq!(dossier.state, DossierState::EnInstruction);
        assert_eq!(dossier.updated_at.to_string(), "2021-09-03T10:33:00Z");
        assert_eq!(dossier.applicant, Applicant::Unknown { type_name: String::new() });
        assert!(dossier.champs.is_empty() && dossier.treated_at.is_none() && dossier.archived.is_none());
        assert_eq!(dossier.not_given.len(), 3, "champs, annotations, opinions");
        assert_eq!(read(&with("avis", json!([]))).not_given.len(), 2);
    }

    #[test]
    fn without_number_state_or_dates_it_is_not_a_dossier() {
        for key in ["number", "state", "dateDepot", "dateDerniereModification"] {
            let text = with(key, Value::Null).to_string();
            assert!(matches!(decode(&text), Err(DecodeError::Missing(missing)) if missing == key), "{key}");
            assert_eq!(number(&text), (key != "number").then_some(12), "{key}");
        }
        let bad = with("dateTraitement", json!("hier"));
        assert_eq!(decode(&bad.to_string()), Err(DecodeError::Unreadable("dateTraitement")));
        assert!(matches!(decode("[]"), Err(DecodeError::Json { .. })));
    }

    #[test]
    fn one_that_arrives_is_decoded_and_hashed_as_it_will_be_when_it_is_stored() {
        let text = with("demarche", json!({"number": 41})).to_string();
        let arrived = arrived(&text).unwrap();
        assert_eq!(Ok(arrived.dossier), decode(&text));
        assert_eq!(Ok(arrived.content_hash), crate::raw::content_hash(&text));
        assert_eq!(arrived.procedure, Some(41));
        assert_eq!(super::arrived(&minimal().to_string()).unwrap().procedure, None);
        let half = with("motivation", json!("x")).to_string().replace("\"x\"", r#""\ud800""#);
        assert!(decode(&half).is_ok() && super::arrived(&half).is_err(), "half a character names no content");
    }

    #[test]
    fn an_unknown_state_is_kept() {
        assert_eq!(read(&with("state", json!("en_orbite"))).state, DossierState::Other("en_orbite".to_owned()));
    }

    #[test]
    fn the_applicant_is_of_one_of_the_kinds_that_ds_has() {
        let applicant = |value| read(&with("demandeur", value)).applicant;
        assert_eq!(
            applicant(json!({"__typename": "PersonneMoraleIncomplete", "siret": "21750001600019"})),
            Applicant::Incomplete { siret: "21750001600019".to_owned() }
        );
        assert_eq!(
            applicant(json!({"__typename": "PersonnePhysique", "civilite": null, "prenom": "Ada", "nom": "Lovelace"})),
            Applicant::Person { name: "Ada Lovelace".to_owned() }
        );
        assert_eq!(applicant(json!({"__typename": "Robot"})), Applicant::Unknown { type_name: "Robot".to_owned() });
        let entity = json!({
            "__typename": "PersonneMorale", "siret": "21750001600019",
            "address": {"label": "1 place", "cityCode": "75056", "departmentCode": null},
            "entreprise": {"raisonSociale": "", "nomCommercial": "Nom", "formeJuridique": "Commune", "formeJuridiqueCode": "7210"},
            "association": null
        });
        let Applicant::LegalEntity(entity) = applicant(entity) else { panic!("a legal entity") };
        assert_eq!(entity.name.as_deref(), Some("Nom"));
        assert_eq!(entity.legal_form_code.as_deref(), Some("7210"));
        assert_eq!((entity.city_code.as_deref(), entity.department_code), (Some("75056"), None));
    }

    #[test]
    fn an_opinion_is_answered_by_what_it_says_not_by_its_date() {
        let opinions = read(&with(
            "avis",
            json!([
                {"dateQuestion": "2021-09-02T10:00:00+02:00", "dateReponse": "2021-09-02T10:00:00+02:00", "questionAnswer": null, "reponse": null},
                {"dateQuestion": "2021-09-02T10:00:00+02:00", "questionAnswer": null, "reponse": " "},
                {"dateQuestion": "2021-09-02T10:00:00+02:00", "questionAnswer": false, "reponse": null},
                {"dateQuestion": "2021-09-02T10:00:00+02:00", "questionAnswer": null, "reponse": "favorable"}
            ]),
        ))
        .opinions;
        assert_eq!(opinions.iter().map(|opinion| opinion.answered).collect::<Vec<_>>(), [false, false, true, true]);
    }

    #[test]
    fn labels_are_known_all_or_not_at_all() {
        let labels = |value| read(&with("labels", value)).labels;
        let both = json!([{"id": "1", "name": "Complet", "color": "green_menthe"}, {"name": "Urgent"}]);
        assert_eq!(labels(both), Some(vec!["Complet".to_owned(), "Urgent".to_owned()]));
        assert_eq!(labels(json!([])), Some(Vec::new()));
        for unknown in [json!(null), json!("Complet"), json!([{"id": "1"}, {"name": "Urgent"}]), json!([null])] {
            assert_eq!(labels(unknown), None);
        }
        assert_eq!(read(&minimal()).labels, None);
    }

    #[test]
    fn no_attestation_is_not_an_unknown_one() {
        let attestation = |value| read(&with("attestation", value)).attestation;
        let made = Attestation::Made {
            created_at: Some("2021-09-03T10:33:00Z".parse().unwrap()),
            checksum: Some("x==".to_owned()),
        };
        assert_eq!(attestation(json!({"checksum": "x==", "createdAt": "2021-09-03T12:33:00+02:00"})), Some(made));
        assert_eq!(attestation(json!({})), Some(Attestation::Made { created_at: None, checksum: None }));
        assert_eq!(attestation(json!(null)), Some(Attestation::NotMade));
        assert_eq!(attestation(json!("oui")), None);
        assert_eq!(read(&minimal()).attestation, None);
    }

    #[test]
    fn errors_quote_nothing_of_the_dossier() {
        let text = r#"{"number": 1, "motivation": "Jeanne Martin" "#;
        assert!(!decode(text).unwrap_err().to_string().contains("Jeanne"));
    }
}
