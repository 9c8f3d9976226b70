//! Démat.ADS: "un court formulaire et les factures" ([T4]).

use super::{AGREEMENT, COMMITTEE, EJ, ENGAGED, EXPENSES, GRANTED, NOTIFIED, PAID, PAID_ON, SUPPORTS, Template};
use crate::domain::programme::Programme;
use crate::sandbox::world::{Kind, Question};

pub(super) const DEMAT_ADS: Template = Template {
    number: 41_001,
    programme: Programme::Axe3V1Ads,
    title: "[Démonstration] France Relance – Démat.ADS en Île-de-France",
    share: 56,
    champs: CHAMPS,
    annotations: ANNOTATIONS,
    fields_toml: include_str!("ads.toml"),
};

/// The two kinds of applicant.
pub const APPLICANT_TYPES: [&str; 2] =
    ["Un centre instructeur mutualisé", "Une commune autonome (elle instruit pour elle-même)"];

const CHAMPS: &[Question] = &[
    Question::side("Le demandeur", Kind::HeaderSection),
    Question::side("Cette aide est versée une seule fois par centre instructeur.", Kind::Explication),
    Question::new("applicant_type", "Vous représentez", Kind::DropDownList).required().options(&APPLICANT_TYPES),
    Question::side("Établissement qui recevra l’aide, s’il est différent", Kind::Siret),
    Question::side("Téléphone du service instructeur", Kind::Phone),
    Question::side("Adresse électronique du service instructeur", Kind::Email),
    Question::new("attached_communes", "Communes pour lesquelles vous instruisez", Kind::Repetition).columns(&[
        Question::new("attached_commune", "Commune rattachée", Kind::Commune).required(),
        Question::new("attached_since", "Rattachée depuis le", Kind::Date),
    ]),
    Question::side("Périmètre du service instructeur", Kind::Carte),
    Question::new("deeds", "Nombre d’actes instruits en 2020", Kind::IntegerNumber),
    Question::side("Les dépenses", Kind::HeaderSection),
    Question::new("expenses", "Dépenses réalisées", Kind::Repetition).columns(EXPENSES),
    Question::new("invoices", "Factures acquittées", Kind::PieceJustificative).required(),
    Question::new("platau", "Votre logiciel est-il raccordé à PLAT’AU ?", Kind::YesNo),
    Question::new("platau_on", "Raccordement à PLAT’AU prévu le", Kind::Datetime),
    Question::side("Coordonnées bancaires (IBAN)", Kind::Iban),
    Question::new("support_wanted", "Accompagnement attendu", Kind::MultipleDropDownList).options(&SUPPORTS),
    Question::new("feedback", "Remarques et retour d’expérience", Kind::Textarea),
    Question::side("J’atteste l’exactitude des informations", Kind::Checkbox).required(),
];

const ANNOTATIONS: &[Question] = &[
    Question::side("Instruction par l’UDEAT", Kind::HeaderSection),
    COMMITTEE,
    GRANTED,
    NOTIFIED,
    AGREEMENT,
    EJ,
    ENGAGED,
    PAID,
    PAID_ON,
    Question::side("Autre dossier du même demandeur", Kind::DossierLink),
    Question::side("Notes d’instruction", Kind::Textarea),
];
