//! Axe 3, volet 2: the laboratoires d'innovation territoriale ([V2]).

use super::{
    AGREEMENT, COMMITTEE, EJ, ENGAGED, EVALUATED_ON, EXPENSES, GRANTED, NOTIFIED, PAID, PAID_ON, REPORT_ON, SUPPORTS,
    Template,
};
use crate::domain::programme::Programme;
use crate::sandbox::world::{Kind, Question};

pub(super) const LABORATOIRES: Template = Template {
    number: 41_003,
    programme: Programme::Axe3V2,
    title: "[Démonstration] Laboratoires d’innovation territoriale",
    share: 8,
    champs: CHAMPS,
    annotations: ANNOTATIONS,
    fields_toml: include_str!("axe3_v2.toml"),
};

const CHAMPS: &[Question] = &[
    Question::side("Le projet et son laboratoire", Kind::HeaderSection),
    Question::new("project_title", "Nom du projet", Kind::Text).required(),
    Question::new("project_summary", "Présentation", Kind::Textarea).required(),
    Question::new("lab", "Laboratoire qui soutient le projet", Kind::Text),
    Question::new("project_framework", "Le projet est mené", Kind::DropDownList)
        .options(&["Pour la collectivité qui contracte", "En commun avec d’autres acteurs publics"]),
    Question::new("state_contract", "Contrat avec l’État dans lequel le projet s’inscrit", Kind::Text),
    Question::side("Numéro de ce contrat", Kind::Formatted),
    Question::side("Référence dans le catalogue des laboratoires", Kind::Referentiel),
    Question::side("Établissement scolaire partenaire", Kind::AnnuaireEducation),
    Question::side("Lien avec les Jeux (COJO)", Kind::Cojo),
    Question::side("Commune du laboratoire", Kind::Commune),
    Question::new("project_departement", "Département du projet", Kind::Departement),
    Question::new("already_engaged", "Des dépenses sont-elles déjà engagées ?", Kind::YesNo),
    Question::new("project_start", "Début des travaux", Kind::Date),
    Question::new("project_end", "Fin des travaux", Kind::Date),
    Question::new("target_users", "Usagers visés", Kind::IntegerNumber),
    Question::new("total_cost", "Budget total (€)", Kind::DecimalNumber).required(),
    Question::new("requested_amount", "Aide demandée (€)", Kind::DecimalNumber).required(),
    Question::new("expenses", "Postes de dépense", Kind::Repetition).columns(EXPENSES),
    Question::new("equipment_purpose", "Usage du matériel", Kind::DropDownList).options(&[
        "Accessibilité",
        "Formation",
        "Autre",
    ]),
    Question::new("support_wanted", "Accompagnement attendu", Kind::MultipleDropDownList).options(&SUPPORTS),
    Question::new("feedback", "Ce que vous souhaitez nous dire", Kind::Textarea),
    Question::new("documents", "Budget détaillé", Kind::PieceJustificative),
];

const ANNOTATIONS: &[Question] = &[
    Question::side("Comité de sélection", Kind::HeaderSection),
    COMMITTEE,
    GRANTED,
    NOTIFIED,
    AGREEMENT,
    EJ,
    ENGAGED,
    PAID,
    PAID_ON,
    REPORT_ON,
    EVALUATED_ON,
];
