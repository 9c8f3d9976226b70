//! Axe 2: three calls that share their questions, and the continuous guichet of volet 4 ([A2]).

use super::{COMMITTEE, EJ, ENGAGED, GRANTED, NOTIFIED, PAID, SUPPORTS, Template};
use crate::domain::programme::Programme;
use crate::sandbox::world::{Kind, Question};

const CALL_FIELDS: &str = include_str!("axe2.toml");

pub(super) const DEMATERIALISATION: Template = Template {
    number: 41_004,
    programme: Programme::Axe2V1,
    title: "[Démonstration] Appel à projets « dématérialiser une démarche »",
    share: 3,
    champs: CALL,
    annotations: CALL_ANNOTATIONS,
    fields_toml: CALL_FIELDS,
};

pub(super) const DONNEES: Template = Template {
    number: 41_005,
    programme: Programme::Axe2V2,
    title: "[Démonstration] Appel à projets « utiliser la donnée »",
    share: 3,
    champs: CALL,
    annotations: CALL_ANNOTATIONS,
    fields_toml: CALL_FIELDS,
};

pub(super) const COOPERATION: Template = Template {
    number: 41_006,
    programme: Programme::Axe2V3,
    title: "[Démonstration] Appel à projets « coopérer grâce au numérique »",
    share: 3,
    champs: CALL,
    annotations: CALL_ANNOTATIONS,
    fields_toml: CALL_FIELDS,
};

pub(super) const FRANCE_CONNECT: Template = Template {
    number: 41_007,
    programme: Programme::Axe2V4,
    title: "[Démonstration] FranceConnect et API nationales",
    share: 3,
    champs: CONNECTION,
    annotations: CONNECTION_ANNOTATIONS,
    fields_toml: include_str!("axe2_v4.toml"),
};

const CALL: &[Question] = &[
    Question::side("Votre candidature", Kind::HeaderSection),
    Question::new("project_title", "Titre de la candidature", Kind::Text).required(),
    Question::new("project_summary", "Résumé de la candidature", Kind::Textarea).required(),
    Question::side("Collectivités associées (nombre)", Kind::Number),
    Question::new("population", "Population couverte", Kind::IntegerNumber),
    Question::new("total_cost", "Coût complet du projet (€)", Kind::DecimalNumber).required(),
    Question::new("requested_amount", "Financement sollicité (€)", Kind::DecimalNumber).required(),
    Question::side("Identifiant CAF", Kind::Cnaf),
    Question::side("Numéro fiscal", Kind::Dgfip),
    Question::side("Identifiant Pôle emploi", Kind::PoleEmploi),
    Question::side("Identifiant de l’enseignement supérieur", Kind::Mesri),
    Question::new("support_wanted", "Accompagnement attendu", Kind::MultipleDropDownList).options(&SUPPORTS),
    Question::new("documents", "Dossier de candidature", Kind::PieceJustificative).required(),
];

const CALL_ANNOTATIONS: &[Question] =
    &[Question::side("Jury national", Kind::HeaderSection), COMMITTEE, GRANTED, NOTIFIED, EJ, ENGAGED, PAID];

const CONNECTION: &[Question] = &[
    Question::new("service", "Service à raccorder", Kind::DropDownList)
        .required()
        .options(&["FranceConnect", "API Entreprise ou API Particulier"]),
    Question::new("project_title", "Nom du téléservice", Kind::Text).required(),
    Question::new("total_cost", "Coût du raccordement (€)", Kind::DecimalNumber),
    Question::new("documents", "Attestation de raccordement", Kind::PieceJustificative),
];

const CONNECTION_ANNOTATIONS: &[Question] = &[COMMITTEE, GRANTED, NOTIFIED, EJ, ENGAGED, PAID];
