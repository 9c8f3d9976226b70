//! Dossiers, and what is left of removed ones.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use jiff::Timestamp;

use super::applicant::applicant;
use super::champ::champs;
use super::demarche::{DemarcheDescriptor, group, label};
use super::failure::Failure;
use super::record::{Record, Resolved, datetime, objects, or_null, typed_id};
use super::view::View;
use crate::domain::dossier::DossierState;
use crate::sandbox::world::{Dossier, Procedure, Tombstone};

/// A dossier, with the démarche whose form it is shown on.
#[derive(Debug)]
pub struct DossierObject<'w> {
    /// What the resolvers share.
    pub view: View<'w>,
    /// The dossier.
    pub dossier: &'w Dossier,
    /// Its démarche.
    pub procedure: &'w Procedure,
}

fn instant<'a>(at: Option<Timestamp>) -> ResolvedValue<'a> {
    ResolvedValue::Leaf(or_null(at.map(datetime)))
}

impl DossierObject<'_> {
    fn traitements(&self) -> ResolvedValue<'_> {
        let number = self.dossier.number;
        objects(self.dossier.treatments.iter().enumerate().map(move |(index, treatment)| {
            Record::new(
                "Traitement",
                [
                    ("id", typed_id("Traitement", format_args!("{number}{index:02}")).into()),
                    ("event", treatment.event.into()),
                    ("dateTraitement", datetime(treatment.at)),
                    ("motivation", or_null(treatment.motivation.as_deref())),
                ],
            )
        }))
    }

    fn avis(&self) -> ResolvedValue<'_> {
        let number = self.dossier.number;
        objects(self.dossier.opinions.iter().enumerate().map(move |(index, opinion)| {
            // `dateReponse` is the record's last change, answered or not (API facts, 5.11).
            let answered_at = opinion.answer.as_ref().map_or(opinion.asked_at, |(at, _)| *at);
            Record::new(
                "Avis",
                [
                    ("id", typed_id("Avis", format_args!("{number}{index:02}")).into()),
                    ("dateQuestion", datetime(opinion.asked_at)),
                    ("dateReponse", datetime(answered_at)),
                    ("questionAnswer", or_null(None::<bool>)),
                    ("reponse", or_null(opinion.answer.as_ref().map(|(_, text)| text.as_str()))),
                ],
            )
        }))
    }
}

impl ObjectValue for DossierObject<'_> {
    fn type_name(&self) -> &'static str {
        "Dossier"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self { view, dossier, procedure } = *self;
        let hidden = move |id| dossier.hidden_questions.contains(&id);
        Ok(match info.field_name() {
            "id" => ResolvedValue::leaf(typed_id("Dossier", dossier.number)),
            "number" => ResolvedValue::leaf(dossier.number),
            "state" => ResolvedValue::leaf(dossier.state.code()),
            "archived" => ResolvedValue::leaf(dossier.archived),
            "dateDepot" => instant(Some(dossier.deposited_at)),
            "datePassageEnConstruction" => instant(Some(dossier.constructed_at)),
            "datePassageEnInstruction" => instant(dossier.instructed_at),
            "dateTraitement" => instant(dossier.treated_at),
            "dateExpiration" | "dateDerniereCorrectionEnAttente" | "motivationAttachment" => ResolvedValue::null(),
            "dateDerniereModification" => instant(Some(dossier.updated_at)),
            "dateDerniereModificationChamps" => instant(Some(dossier.champs_at)),
            "dateDerniereModificationAnnotations" => instant(Some(dossier.annotations_at)),
            "dateSuppressionParUsager" => instant(dossier.hidden_by_user),
            "dateSuppressionParAdministration" => {
                instant(dossier.hidden_by_administration.as_ref().map(|hiding| hiding.at))
            }
            "motivation" => ResolvedValue::Leaf(or_null(dossier.motivation.as_deref())),
            "attestation" => {
                ResolvedValue::nullable_object(dossier.attestation.as_ref().map(|file| view.signer.file(file)))
            }
            "connectionUsager" => ResolvedValue::leaf("password"),
            "prefilled" | "deposeParUnTiers" => ResolvedValue::leaf(false),
            "demandeur" => match &dossier.applicant {
                Some(found) => applicant(view, dossier.number, found)?,
                None => {
                    return Err(Failure::InvalidNull { object: "Dossier", field: "demandeur".to_owned() }.into());
                }
            },
            "demarche" => ResolvedValue::object(DemarcheDescriptor(view, procedure)),
            "groupeInstructeur" => match procedure.groups.iter().find(|found| found.number == dossier.group) {
                Some(found) => ResolvedValue::object(group(found)),
                None => {
                    return Err(
                        Failure::InvalidNull { object: "Dossier", field: "groupeInstructeur".to_owned() }.into()
                    );
                }
            },
            "labels" => {
                let put_on = procedure.labels.iter().enumerate().filter(|(_, (name, _))| dossier.labels.contains(name));
                objects(put_on.map(move |(index, named)| label(procedure.number, index, named)))
            }
            "traitements" => self.traitements(),
            "avis" => self.avis(),
            "champs" => champs(view, &procedure.champs, &dossier.answers, None, dossier.deposited_at, hidden),
            "annotations" => champs(view, &procedure.annotations, &dossier.answers, None, dossier.deposited_at, hidden),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

/// An erased dossier.
#[must_use]
pub fn deleted(tombstone: &Tombstone) -> Record {
    removed(tombstone.id, tombstone.number, &tombstone.state, tombstone.deleted_at, tombstone.reason)
}

/// A dossier in the bin. Its id is made of its own number: it may equal that of an erased one (API facts, 3.8).
#[must_use]
pub fn pending(dossier: &Dossier) -> Option<Record> {
    let administration = dossier.hidden_by_administration.as_ref();
    let shown = administration.map(|hiding| hiding.at).or(dossier.hidden_by_user)?;
    let reason = administration.map_or("user_request", |hiding| hiding.reason);
    Some(removed(dossier.number, dossier.number, &dossier.state, shown, reason))
}

fn removed(id: i64, number: i64, state: &DossierState, at: Timestamp, reason: &'static str) -> Record {
    Record::new(
        "DeletedDossier",
        [
            ("id", typed_id("DeletedDossier", id).into()),
            ("number", number.into()),
            ("state", state.code().into()),
            ("dateSupression", datetime(at)),
            ("reason", reason.into()),
        ],
    )
}
