//! The guichet territorial: axe 3, volet 1, themes 1 to 3. The table of its rules; what each does is in the files beside and in
//! [`axe3`](super::axe3).

mod amount;
mod carrier;
mod control;
#[cfg(test)]
mod tests;

use super::acceptance;
use super::axe3::{decision, project, spending};
use super::expenses::{Policy, Treatment, exclusions};
use super::grounds::{ACCEPTED, EQUIPMENT, Need, decision, deposit};
use super::parameters::ParameterName::{
    DrawingRight, EquipmentAlertShare, PopulationThreshold, ProjectEndLatest, ProjectEndPriority, ResultsWithinMonths,
    V1ExceptionRate, V1LargeRate, V1SmallRate,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Information, Priority, Review};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};

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
    computed_by: "A3V1-09",
    computed: |inquiry| amount::ceiling(inquiry).ok()?.amount,
    acceptance: "A3V1-19",
};

static TABLE: &[Rule] = &[
    Rule {
        id: "A3V1-01",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Demande d’une collectivité ou d’un groupement",
        statement: "Le demandeur est une collectivité territoriale ou un groupement de collectivités.",
        passage: Passage { part: "Introduction", quotes: &["le volet 1 est ouvert à toutes les collectivités"] },
        can_give: &[Met, NotMet, ToReview],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: carrier::collectivite,
    },
    Rule {
        id: "A3V1-02",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Une des trois premières thématiques",
        statement: "Le projet relève d’une thématique, et d’une seule, parmi les trois premières.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["Les éléments ci-dessous concernent les trois premières thématiques du volet 1"],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::Theme])],
        considers: &[],
        parameters: &[],
        check: carrier::theme,
    },
    Rule {
        id: "A3V1-03",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet non engagé",
        statement: "Le projet n’était pas engagé au jour du dépôt : ni déclaré tel, ni commencé, ni aucune dépense antérieure.",
        passage: Passage { part: MANAGEMENT, quotes: &["Les projets déjà engagés ne seront pas retenus."] },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::AlreadyEngaged, FactName::ProjectStart])],
        considers: &[FactName::Expenses],
        parameters: &[],
        check: project::not_engaged,
    },
    Rule {
        id: "A3V1-04",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet achevé à temps",
        statement: "Le projet s’achève au plus tard à la date limite.",
        passage: Passage {
            part: STEPS, quotes: &["Les projets doivent être achevés au plus tard au 31 octobre 2022"]
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::ProjectEnd])],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ProjectEndLatest)],
        check: project::completed_in_time,
    },
    Rule {
        id: "A3V1-05",
        version: 2,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet achevé tôt",
        statement: "Le projet est prioritaire s’il s’achève avant la fin de l’année (priorité 1) ou à la date limite au plus tard (priorité 2).",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "seront privilégiés les projets mûrs, prêts à démarrer et dont le cycle de réalisation se termine avant la fin de l'année 2021 ou dont la date de fin de réalisation est fixée au plus tard à fin octobre 2022",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::ProjectEnd])],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ProjectEndPriority), deposit(ProjectEndLatest)],
        check: project::end_priority,
    },
    Rule {
        id: "A3V1-06",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses exclues écartées",
        statement: "La masse salariale et les licences d’éditeurs hors Union européenne sont écartées ; aucune ligne ne reste douteuse, et il reste une dépense éligible.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "Les dépenses non éligibles sont la masse salariale et les achats de licences logicielles d'éditeurs (hors Union européenne).",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::Expenses])],
        considers: &[FactName::EligibleExpenses, FactName::EquipmentPurpose, FactName::CommitteeDate],
        parameters: &[],
        check: |inquiry| {
            let whole = spending::policy(inquiry, OTHER);
            let policy = Policy { equipment: Treatment::Eligible, other: OTHER, not_before: None };
            exclusions(inquiry, policy, Some(whole))
        },
    },
    Rule {
        id: "A3V1-07",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Équipement accessoire et utile",
        statement: "L’équipement sert l’accessibilité numérique ou la formation des agents et n’est pas la principale finalité du projet ; sinon il est écarté.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet et qu'il ait pour utilité l'amélioration de l'accessibilité numérique pour les citoyens ou la formation numérique des agents de la collectivité.",
            ],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::Expenses]), Need::when(EQUIPMENT, &[FactName::EquipmentPurpose])],
        considers: &[FactName::EligibleExpenses, FactName::CommitteeDate],
        parameters: &[deposit(EquipmentAlertShare)],
        check: |inquiry| spending::equipment(inquiry, OTHER),
    },
    Rule {
        id: "A3V1-08",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses postérieures au comité",
        statement: "Les dépenses comptent à partir du jour du comité de validation : les lignes antérieures sont écartées, un projet commencé avant est à vérifier.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["La date de début d'éligibilité des dépenses est celle du comité de validation du projet."],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::CommitteeDate])],
        considers: &[
            FactName::ProjectStart,
            FactName::Expenses,
            FactName::EligibleExpenses,
            FactName::EquipmentPurpose,
        ],
        parameters: &[],
        check: |inquiry| spending::from_committee(inquiry, OTHER),
    },
    Rule {
        id: "A3V1-09",
        version: 4,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant maximal selon la population",
        statement: "Le montant maximal est une part du coût total prévisionnel, selon la population du demandeur, sans dépasser les dépenses éligibles.",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &[
                "le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :",
                "pour les collectivités jusqu’à 15 000 habitants : 100% du coût total prévisionnel",
                "pour les collectivités et groupements de collectivités au-delà de 15 000 habitants : 50% du coût total prévisionnel et, à titre exceptionnel, 80% du coût total prévisionnel pour les projets de transformation numérique ayant un impact concret dans la relation avec l’usager",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::TotalCost])],
        considers: &[
            FactName::Population,
            FactName::RateException,
            FactName::Theme,
            FactName::Expenses,
            FactName::EligibleExpenses,
            FactName::EquipmentPurpose,
            FactName::CommitteeDate,
        ],
        parameters: &[
            deposit(PopulationThreshold),
            deposit(V1SmallRate),
            deposit(V1LargeRate),
            deposit(V1ExceptionRate),
        ],
        check: amount::maximum,
    },
    Rule {
        id: "A3V1-10",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé dans la limite du maximum",
        statement: "Le montant accordé ne dépasse pas le montant maximal ; un taux exceptionnel n’est enregistré que pour la thématique 3.",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &["le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :"],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount]), Need::of(&[FactName::TotalCost])],
        considers: &[
            FactName::Population,
            FactName::RateException,
            FactName::Theme,
            FactName::Expenses,
            FactName::EligibleExpenses,
            FactName::EquipmentPurpose,
            FactName::CommitteeDate,
        ],
        parameters: &[
            deposit(PopulationThreshold),
            deposit(V1SmallRate),
            deposit(V1LargeRate),
            deposit(V1ExceptionRate),
        ],
        check: control::granted,
    },
    Rule {
        id: "A3V1-11",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Droit de tirage du département respecté",
        statement: "Les attributions du département, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans son droit de tirage.",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &["Chaque préfeture de département bénéficie d’un droit de tirage de 297 000 €"],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[FactName::ProjectDepartement, FactName::CommitteeDate],
        parameters: &[decision(DrawingRight)],
        check: control::drawing_right,
    },
    Rule {
        id: "A3V1-12",
        version: 2,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Région informée avant la notification",
        statement: "La région est informée avant le jour où la décision est notifiée au demandeur (à défaut, acceptée sur DS).",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &[
                "Avant notification au porteur de projets par la préfeture de département, cette dernière informe le niveau régional du ou des projets retenus",
            ],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::RegionInformedOn])],
        considers: &[FactName::NotifiedOn],
        parameters: &[],
        check: control::region_informed,
    },
    Rule {
        id: "A3V1-13",
        version: 2,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Effet sur la vie quotidienne des citoyens",
        statement: "Un projet de la thématique 3 est prioritaire ; pour les autres, un agent juge de l’effet sur la vie quotidienne.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "La priorité est accordée aux projets ayant un effet sur la vie quotidienne des citoyens et sur leurs relations avec l'administration locale.",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::Theme])],
        considers: &[],
        parameters: &[],
        check: carrier::daily_life,
    },
    Rule {
        id: "A3V1-14",
        version: 2,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Petite ou moyenne collectivité",
        statement: "Un agent dit si le demandeur est une petite ou moyenne collectivité : sa population est montrée, le guide ne donne pas de seuil.",
        passage: Passage { part: "Introduction", quotes: &["privilégiant les petites et moyennes collectivités"] },
        can_give: &[ToReview],
        needs: &[],
        considers: &[FactName::Population],
        parameters: &[],
        check: carrier::small,
    },
    Rule {
        id: "A3V1-15",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Projet réalisé dans un département doté",
        statement: "Le projet est réalisé dans un seul département, desservi et doté d’un droit de tirage.",
        passage: Passage {
            part: STEPS,
            quotes: &["Par les préfetures de département (lieu de réalisation du projet)."],
        },
        can_give: &[Met, ToReview],
        needs: &[],
        considers: &[FactName::ProjectDepartement],
        parameters: &[deposit(DrawingRight)],
        check: carrier::place,
    },
    Rule {
        id: "A3V1-16",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Besoin non couvert par les axes 1 et 2",
        statement: "La même collectivité n’a pas d’autre demande en cours dans l’axe 2, le volet 2 ou Démat.ADS.",
        passage: Passage {
            part: "Axe 3, présentation",
            quotes: &[
                "L'enveloppe financière doit permettre de répondre à des besoins non couverts par les axes 1 et 2 de l'enveloppe FITN7.",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: carrier::not_covered,
    },
    Rule {
        id: "A3V1-17",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Ordre de la décision et des paiements",
        statement: "Commission, notification, convention et paiement se suivent ; le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé.",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &[
                "Les conventions de subventionnement sont établies par les préfetures de département",
                "Les préfetures de département procèdent au paiement des subventions aux bénéficiaires.",
            ],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::when(ACCEPTED, &[FactName::CommitteeDate])],
        considers: &[
            FactName::NotifiedOn,
            FactName::AgreementOn,
            FactName::PaidOn,
            FactName::GrantedAmount,
            FactName::EngagedAmount,
            FactName::PaidAmount,
        ],
        parameters: &[],
        check: decision::order_of_things,
    },
    Rule {
        id: "A3V1-18",
        version: 2,
        kind: Information,
        programmes: PROGRAMMES,
        title: "Résultats attendus",
        statement: "Jour auquel des résultats sont attendus, compté depuis le début du projet, à défaut depuis le dépôt.",
        passage: Passage { part: "Introduction", quotes: &["produire des résultats concrets sous 18 mois"] },
        can_give: &[Met],
        needs: &[],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ResultsWithinMonths)],
        check: project::results_expected,
    },
    Rule {
        id: "A3V1-19",
        version: 1,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        passage: Passage {
            part: DEPARTEMENT,
            quotes: &["L’instruction doit être réalisée conformément aux conditions d’éligibilité"],
        },
        can_give: &[Met, NotMet, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: acceptance::against_no_blocking_rule,
    },
];
