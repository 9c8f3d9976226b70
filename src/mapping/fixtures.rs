//! Champs, forms and dossiers for the tests of this room.

use jiff::Timestamp;

use crate::domain::champ::{Champ, ChampKind, ChampValue, RepetitionRow};
use crate::domain::dossier::{Applicant, Dossier, DossierState};
use crate::domain::form::{Descriptor, Form};
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

use super::config::{ChampRef, Name};
use super::locate::{FoldedForm, Found};
use super::{Context, ProcedureMapping, subject};

pub(super) fn champ(id: &str, label: &str, value: ChampValue) -> Champ {
    Champ {
        id: id.to_owned(),
        descriptor_id: id.to_owned(),
        label: label.to_owned(),
        type_name: "TextChamp".to_owned(),
        display: None,
        value,
    }
}

pub(super) fn text(text: &str) -> ChampValue {
    ChampValue::Text(text.to_owned())
}

pub(super) fn choice(text: &str) -> ChampValue {
    ChampValue::Choice(text.to_owned())
}

pub(super) fn row(id: &str, champs: Vec<Champ>) -> RepetitionRow {
    RepetitionRow { id: id.to_owned(), champs }
}

pub(super) fn descriptor(id: &str, label: &str, kind: &str) -> Descriptor {
    Descriptor {
        id: id.to_owned(),
        label: label.to_owned(),
        type_name: format!("{kind}ChampDescriptor"),
        required: false,
        options: Vec::new(),
        columns: Vec::new(),
    }
}

pub(super) fn list(id: &str, label: &str, kind: &str, options: &[&str]) -> Descriptor {
    Descriptor { options: options.iter().map(|option| (*option).to_owned()).collect(), ..descriptor(id, label, kind) }
}

pub(super) fn repetition(id: &str, label: &str, columns: Vec<Descriptor>) -> Descriptor {
    Descriptor { columns, ..descriptor(id, label, "Repetition") }
}

pub(super) fn place(label: &str) -> ChampRef {
    ChampRef { kind: ChampKind::Champ, name: Name::label(label) }
}

pub(super) fn found(champ: &Champ) -> Found<'_> {
    Found { kind: ChampKind::Champ, champ, descriptor: None }
}

pub(super) fn dossier(champs: Vec<Champ>, annotations: Vec<Champ>) -> Dossier {
    Dossier {
        number: 1,
        state: DossierState::EnConstruction,
        archived: Some(false),
        deposited_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        instructed_at: None,
        treated_at: None,
        motivation: None,
        group: None,
        applicant: Applicant::Unknown { type_name: "Rien".to_owned() },
        champs,
        annotations,
        opinions: Vec::new(),
        labels: None,
        attestation: None,
        not_given: Vec::new(),
    }
}

pub(super) fn mapping(fields: &str) -> ProcedureMapping {
    toml::from_str(fields).unwrap()
}

/// A dossier with these champs, read with this mapping.
pub(super) fn read(fields: &str, form: Option<&Form>, champs: Vec<Champ>) -> Subject {
    let form = form.cloned().map(FoldedForm::from);
    let context =
        Context { procedure: 7, programme: Programme::Axe3V1, mapping: &mapping(fields), form: form.as_ref() };
    subject(&context, &dossier(champs, Vec::new()), None)
}
