//! The dossier around its champs.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::champ;
use super::object::{Object, Unreadable};
use crate::domain::champ::Champ;
use crate::domain::dossier::{Applicant, Dossier, DossierNumber, DossierState, LegalEntity, Opinion};

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
    /// A part that no dossier can do without is missing.
    #[error("il manque « {0} » au dossier")]
    Missing(&'static str),
    /// Such a part is there, but is not what it should be.
    #[error("« {0} » est illisible dans le dossier")]
    Unreadable(&'static str),
}

/// What tells a dossier from another, and whether it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub number: DossierNumber,
    /// `dateDerniereModification`, whole seconds.
    pub updated_at: Timestamp,
    /// First deposit.
    pub deposited_at: Timestamp,
    /// Where it stands.
    pub state: DossierState,
}

/// Reads a dossier. Only its number, its state and its dates can make it fail.
///
/// # Errors
/// [`DecodeError`].
pub fn decode(json: &str) -> Result<Dossier, DecodeError> {
    let object = Object::open(json)?;
    let Identity { number, updated_at, deposited_at, state } = identity_of(&object)?;
    Ok(Dossier {
        number,
        state,
        archived: object.read("archived").ok().flatten().unwrap_or_default(),
        deposited_at,
        updated_at,
        instructed_at: object.instant("datePassageEnInstruction")?,
        treated_at: object.instant("dateTraitement")?,
        motivation: object.text_or_none("motivation"),
        group: object.object("groupeInstructeur").ok().flatten().and_then(|group| group.text_or_none("label")),
        applicant: applicant(&object),
        champs: champs(&object, "champs"),
        annotations: champs(&object, "annotations"),
        opinions: list(&object, "avis").into_iter().filter_map(|avis| opinion(avis.get())).collect(),
    })
}

/// Reads only what tells a dossier from another.
///
/// # Errors
/// [`DecodeError`].
pub fn identity(json: &str) -> Result<Identity, DecodeError> {
    identity_of(&Object::open(json)?)
}

fn identity_of(object: &Object<'_>) -> Result<Identity, DecodeError> {
    Ok(Identity {
        number: object.integer("number")?.ok_or(DecodeError::Missing("number"))?,
        updated_at: object
            .instant("dateDerniereModification")?
            .ok_or(DecodeError::Missing("dateDerniereModification"))?,
        deposited_at: object.instant("dateDepot")?.ok_or(DecodeError::Missing("dateDepot"))?,
        state: object.text("state")?.ok_or(DecodeError::Missing("state"))?.into(),
    })
}

fn champs(object: &Object<'_>, key: &'static str) -> Vec<Champ> {
    champ::read_all(&list(object, key))
}

fn list<'a>(object: &Object<'a>, key: &'static str) -> Vec<&'a RawValue> {
    object.list(key).ok().flatten().unwrap_or_default()
}

fn applicant(dossier: &Object<'_>) -> Applicant {
    let Ok(Some(demandeur)) = dossier.object("demandeur") else {
        return Applicant::Unknown { type_name: String::new() };
    };
    let type_name = demandeur.text_or_none("__typename").unwrap_or_default();
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
pub fn entity_name(entity: &Object<'_>) -> Option<String> {
    let name = |part: &'static str, key| {
        let part = entity.object(part).ok().flatten()?;
        part.text_or_none(key).filter(|name| !name.trim().is_empty())
    };
    name("entreprise", "raisonSociale")
        .or_else(|| name("association", "titre"))
        .or_else(|| name("entreprise", "nomCommercial"))
}

/// An address in one line.
pub fn address_line(address: &Object<'_>) -> Option<String> {
    address.text_or_none("label").filter(|label| !label.trim().is_empty())
}

/// An answer is recorded when there is a text or a yes/no; its date says nothing (API facts, 5.11).
fn opinion(json: &str) -> Option<Opinion> {
    let avis = Object::open(json).ok()?;
    let has_text = avis.text_or_none("reponse").is_some_and(|answer| !answer.trim().is_empty());
    let has_choice = matches!(avis.read::<bool>("questionAnswer"), Ok(Some(_)));
    Some(Opinion { asked_at: avis.instant("dateQuestion").ok().flatten()?, answered: has_text || has_choice })
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
