//! Axe 3, volet 1: the guichet territorial, themes 1 to 3 ([M1]).

use super::{
    AGREEMENT, COMMITTEE, EJ, ENGAGED, EVALUATED_ON, EXPENSES, GRANTED, NOTIFIED, PAID, PAID_ON, REGION_INFORMED,
    REPORT_ON, SUPPORTS, Template,
};
use crate::domain::programme::Programme;
use crate::sandbox::world::{Kind, Question};

pub(super) const GUICHET: Template = Template {
    number: 41_002,
    programme: Programme::Axe3V1,
    title: "[Démonstration] Guichet territorial – transformation numérique des collectivités",
    share: 24,
    champs: CHAMPS,
    annotations: ANNOTATIONS,
    fields_toml: include_str!("axe3_v1.toml"),
};

const CHAMPS: &[Question] = &[
    Question::side("Le porteur", Kind::HeaderSection),
    Question::side("Civilité du représentant légal", Kind::Civilite),
    Question::side("Pièce d’identité du représentant légal", Kind::TitreIdentite),
    Question::side("Adresse du service porteur", Kind::Address),
    Question::side("Intercommunalité de rattachement", Kind::Epci),
    Question::side("Association partenaire (RNA)", Kind::Rna),
    Question::side("Fondation partenaire (RNF)", Kind::Rnf),
    Question::new("population", "Nombre d’habitants", Kind::IntegerNumber),
    Question::side("Le projet", Kind::HeaderSection),
    Question::new("project_title", "Intitulé du projet", Kind::Text).required(),
    Question::new("project_summary", "Le projet en quelques lignes", Kind::Textarea).required(),
    Question::new("theme", "Thématique du projet", Kind::DropDownList).required().options(&[
        "1 – Accompagnement par un expert du numérique",
        "2 – Formation des agents au numérique",
        "3 – Relation avec l’usager",
    ]),
    Question::side("Politique publique concernée", Kind::LinkedDropDownList).options(&[
        "--Vie quotidienne--",
        "État civil",
        "Restauration scolaire",
        "--Territoire--",
        "Mobilités",
        "Urbanisme",
    ]),
    Question::new("project_departement", "Département où le projet est réalisé", Kind::Departement).required(),
    Question::side("Région", Kind::Region),
    Question::side("Pays", Kind::Pays),
    Question::new("already_engaged", "Le projet est-il déjà engagé ?", Kind::YesNo).required(),
    Question::new("project_start", "Démarrage prévu le", Kind::Date),
    Question::new("project_end", "Achèvement prévu le", Kind::Date),
    Question::new("target_users", "Nombre d’usagers concernés", Kind::IntegerNumber),
    Question::new("agents_trained", "Nombre d’agents formés", Kind::IntegerNumber),
    Question::side("Le financement", Kind::HeaderSection),
    Question::new("total_cost", "Coût total prévisionnel (€)", Kind::DecimalNumber).required(),
    Question::new("requested_amount", "Subvention demandée (€)", Kind::DecimalNumber).required(),
    Question::new("expenses", "Plan de dépenses", Kind::Repetition).columns(EXPENSES),
    Question::new("equipment_purpose", "Si vous achetez du matériel, à quoi servira-t-il ?", Kind::DropDownList)
        .options(&["Accessibilité numérique des citoyens", "Formation numérique des agents", "Autre usage"]),
    Question::new("documents", "Devis", Kind::PieceJustificative),
    Question::new("support_wanted", "Accompagnement attendu", Kind::MultipleDropDownList).options(&SUPPORTS),
    Question::new("feedback", "Remarques et retour d’expérience", Kind::Textarea),
    Question::side("Je m’engage à fournir un bilan d’activité", Kind::Checkbox).required(),
];

const ANNOTATIONS: &[Question] = &[
    Question::side("Commission départementale", Kind::HeaderSection),
    COMMITTEE,
    Question::new("rate_exception", "Taux exceptionnel de 80 % accordé", Kind::YesNo),
    GRANTED,
    REGION_INFORMED,
    NOTIFIED,
    AGREEMENT,
    EJ,
    ENGAGED,
    PAID,
    PAID_ON,
    REPORT_ON,
    EVALUATED_ON,
    Question::new("score_portage", "Note : portage", Kind::IntegerNumber),
    Question::new("score_impact", "Note : impact", Kind::IntegerNumber),
];
