//! The guichet territorial: axe 3, volet 1, themes 1 to 3. The table of its rules; what each does is in the files beside and in
//! [`axe3`](super::axe3).

mod amount;
mod carrier;
mod control;
#[cfg(test)]
mod tests;

use super::axe3::{decision, project, spending};
use super::expenses::{Policy, Treatment, exclusions};
use super::parameters::ParameterName::{
    DrawingRight, EquipmentAlertShare, PopulationThreshold, ProjectEndLatest, ProjectEndPriority, ResultsWithinMonths,
    V1ExceptionRate, V1LargeRate, V1SmallRate,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Information, Priority, Review};

const PROGRAMMES: &[Programme] = &[Programme::Axe3V1];
const MANAGEMENT: &str = "Modalités de gestion du volet 1 de l’axe 3";
const DEPARTEMENT: &str = "Modalités de gestion du volet 1 de l’axe 3, rôle des préfectures de département";
const STEPS: &str = "Axe 3, principales étapes";

/// Every nature that is not excluded is eligible here, "other" included.
const OTHER: Treatment = Treatment::Eligible;

/// The rules of themes 1 to 3.
pub(super) static RULES: RuleSet = RuleSet {
    programmes: PROGRAMMES,
    rules: TABLE,
    eligible_expenses: amount::eligible_expenses,
    computed: |inquiry| amount::ceiling(inquiry).ok()?.amount,
};

const fn rule(
    id: &'static str,
    kind: crate::domain::verdict::RuleKind,
    title: &'static str,
    passage: Passage,
    parameters: &'static [super::ParameterName],
    check: fn(&mut super::inquiry::Inquiry<'_>) -> super::rule::Outcome,
) -> Rule {
    Rule { id, version: 2, kind, programmes: PROGRAMMES, title, passage, parameters, check }
}

const fn passage(part: &'static str, quotes: &'static [&'static str]) -> Passage {
    Passage { part, quotes }
}

static TABLE: &[Rule] = &[
    rule(
        "A3V1-01",
        Blocking,
        "Demande d’une collectivité ou d’un groupement",
        passage("Introduction", &["le volet 1 est ouvert à toutes les collectivités"]),
        &[],
        carrier::collectivite,
    ),
    rule(
        "A3V1-02",
        Blocking,
        "Une des trois premières thématiques",
        passage(MANAGEMENT, &["Les éléments ci-dessous concernent les trois premières thématiques du volet 1"]),
        &[],
        carrier::theme,
    ),
    rule(
        "A3V1-03",
        Blocking,
        "Projet non engagé",
        passage(MANAGEMENT, &["Les projets déjà engagés ne seront pas retenus."]),
        &[],
        project::not_engaged,
    ),
    rule(
        "A3V1-04",
        Blocking,
        "Projet achevé à temps",
        passage(STEPS, &["Les projets doivent être achevés au plus tard au 31 octobre 2022"]),
        &[ProjectEndLatest],
        project::completed_in_time,
    ),
    rule(
        "A3V1-05",
        Priority,
        "Projet achevé tôt",
        passage(
            MANAGEMENT,
            &[
                "seront privilégiés les projets mûrs, prêts à démarrer et dont le cycle de réalisation se termine avant la fin de l'année 2021 ou dont la date de fin de réalisation est fixée au plus tard à fin octobre 2022",
            ],
        ),
        &[ProjectEndPriority, ProjectEndLatest],
        project::end_priority,
    ),
    rule(
        "A3V1-06",
        Review,
        "Dépenses exclues écartées",
        passage(
            MANAGEMENT,
            &[
                "Les dépenses non éligibles sont la masse salariale et les achats de licences logicielles d'éditeurs (hors Union européenne).",
            ],
        ),
        &[],
        |inquiry| exclusions(inquiry, Policy { equipment: Treatment::Eligible, other: OTHER, not_before: None }),
    ),
    rule(
        "A3V1-07",
        Review,
        "Équipement accessoire et utile",
        passage(
            MANAGEMENT,
            &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet et qu'il ait pour utilité l'amélioration de l'accessibilité numérique pour les citoyens ou la formation numérique des agents de la collectivité.",
            ],
        ),
        &[EquipmentAlertShare],
        |inquiry| spending::equipment(inquiry, OTHER),
    ),
    rule(
        "A3V1-08",
        Review,
        "Dépenses postérieures au comité",
        passage(
            MANAGEMENT,
            &["La date de début d'éligibilité des dépenses est celle du comité de validation du projet."],
        ),
        &[],
        |inquiry| spending::from_committee(inquiry, OTHER),
    ),
    rule(
        "A3V1-09",
        Amount,
        "Montant maximal selon la population",
        passage(
            DEPARTEMENT,
            &[
                "le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :",
                "pour les collectivités jusqu’à 15 000 habitants : 100% du coût total prévisionnel",
                "pour les collectivités et groupements de collectivités au-delà de 15 000 habitants : 50% du coût total prévisionnel et, à titre exceptionnel, 80% du coût total prévisionnel pour les projets de transformation numérique ayant un impact concret dans la relation avec l’usager",
            ],
        ),
        &[PopulationThreshold, V1SmallRate, V1LargeRate, V1ExceptionRate],
        amount::maximum,
    ),
    rule(
        "A3V1-10",
        Control,
        "Montant accordé dans la limite du maximum",
        passage(
            DEPARTEMENT,
            &["le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :"],
        ),
        &[PopulationThreshold, V1SmallRate, V1LargeRate, V1ExceptionRate],
        control::granted,
    ),
    rule(
        "A3V1-11",
        Control,
        "Droit de tirage du département respecté",
        passage(DEPARTEMENT, &["Chaque préfeture de département bénéficie d’un droit de tirage de 297 000 €"]),
        &[DrawingRight],
        control::drawing_right,
    ),
    rule(
        "A3V1-12",
        Control,
        "Région informée avant la notification",
        passage(
            DEPARTEMENT,
            &[
                "Avant notification au porteur de projets par la préfeture de département, cette dernière informe le niveau régional du ou des projets retenus",
            ],
        ),
        &[],
        control::region_informed,
    ),
    rule(
        "A3V1-13",
        Priority,
        "Effet sur la vie quotidienne des citoyens",
        passage(
            MANAGEMENT,
            &[
                "La priorité est accordée aux projets ayant un effet sur la vie quotidienne des citoyens et sur leurs relations avec l'administration locale.",
            ],
        ),
        &[],
        carrier::daily_life,
    ),
    rule(
        "A3V1-14",
        Priority,
        "Petite ou moyenne collectivité",
        passage("Introduction", &["privilégiant les petites et moyennes collectivités"]),
        &[],
        carrier::small,
    ),
    rule(
        "A3V1-15",
        Review,
        "Projet réalisé dans un département doté",
        passage(STEPS, &["Par les préfetures de département (lieu de réalisation du projet)."]),
        &[DrawingRight],
        carrier::place,
    ),
    rule(
        "A3V1-16",
        Review,
        "Besoin non couvert par les axes 1 et 2",
        passage(
            "Axe 3, présentation",
            &[
                "L'enveloppe financière doit permettre de répondre à des besoins non couverts par les axes 1 et 2 de l'enveloppe FITN7.",
            ],
        ),
        &[],
        carrier::not_covered,
    ),
    rule(
        "A3V1-17",
        Control,
        "Ordre de la décision et des paiements",
        passage(
            DEPARTEMENT,
            &[
                "Les conventions de subventionnement sont établies par les préfetures de département",
                "Les préfetures de département procèdent au paiement des subventions aux bénéficiaires.",
            ],
        ),
        &[],
        decision::order_of_things,
    ),
    rule(
        "A3V1-18",
        Information,
        "Résultats attendus",
        passage("Introduction", &["produire des résultats concrets sous 18 mois"]),
        &[ResultsWithinMonths],
        project::results_expected,
    ),
];
