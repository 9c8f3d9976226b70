//! Laboratoires d'innovation territoriale: axe 3, volet 2. The table of its rules; what each does is in `checks` and in
//! [`axe3`](super::axe3).

mod checks;
#[cfg(test)]
mod tests;

use super::acceptance;
use super::axe3::{decision, project, spending};
use super::expenses::{Policy, Treatment, exclusions};
use super::grounds::{ACCEPTED, EQUIPMENT, Need, decision, deposit};
use super::parameters::ParameterName::{
    CommitteeMonths, EquipmentAlertShare, ProjectEndLatest, ProjectEndPriority, V2Committees, V2Envelope, V2Rate,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Priority, Review};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};

const PROGRAMMES: &[Programme] = &[Programme::Axe3V2];
const VOLET_2: &str = "Axe 3, volet 2";
const MANAGEMENT: &str = "Modalités de gestion du volet 2 de l’axe 3, rôle de la préfecture de région";
const STEPS: &str = "Axe 3, principales étapes";

/// The guide lists what is eligible; "other" is for a person.
const OTHER: Treatment = Treatment::Doubtful("nature « autre »");

/// The rules of volet 2.
pub(super) static RULES: RuleSet = RuleSet {
    programmes: PROGRAMMES,
    rules: TABLE,
    eligible_expenses: checks::eligible_expenses,
    computed_by: "A3V2-08",
    computed: |inquiry| checks::ceiling(inquiry).ok()?.amount,
    acceptance: "A3V2-16",
};

static TABLE: &[Rule] = &[
    Rule {
        id: "A3V2-01",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet soutenu par un laboratoire",
        statement: "Un laboratoire d’innovation territoriale porte ou soutient le projet ; à défaut, la préfecture de région met en relation.",
        passage: Passage {
            part: VOLET_2,
            quotes: &[
                "Les projets portés par les collectivités territoriales sont soutenus par un laboratoire d'innovation territoriale",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::Lab])],
        considers: &[],
        parameters: &[],
        check: checks::lab,
    },
    Rule {
        id: "A3V2-02",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet non engagé",
        statement: "Le projet n’était pas engagé au jour du dépôt : ni déclaré tel, ni commencé, ni aucune dépense antérieure.",
        passage: Passage {
            part: VOLET_2,
            quotes: &["Au titre du volet 2 de l'axe 3, les projets déjà engagés ne seront pas retenus."],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::AlreadyEngaged, FactName::ProjectStart])],
        considers: &[FactName::Expenses],
        parameters: &[],
        check: project::not_engaged,
    },
    Rule {
        id: "A3V2-03",
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
        id: "A3V2-04",
        version: 2,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet achevé tôt",
        statement: "Le projet est prioritaire s’il s’achève avant la fin de l’année (priorité 1) ou à la date limite au plus tard (priorité 2).",
        passage: Passage {
            part: VOLET_2,
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
        id: "A3V2-05",
        version: 3,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet inscrit dans un contrat avec l’État",
        statement: "Un projet inscrit dans un contrat avec l’État est prioritaire ; si le contrat est en préparation, le soutien est proposé par le préfet.",
        passage: Passage {
            part: VOLET_2,
            quotes: &[
                "Les projets qui entrent dans le champ d'une démarche contractuelle avec l'Etat",
                "sont à privilégier. Ce dispositif concernerait les contrats déjà signés mais non encore financés en totalité mais également les contrats en cours d'élaboration",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[Need::of(&[FactName::StateContract])],
        considers: &[],
        parameters: &[],
        check: checks::state_contract,
    },
    Rule {
        id: "A3V2-06",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses admises",
        statement: "Les dépenses sont des prestations intellectuelles, des outils numériques ou des formations ; masse salariale et licences d’éditeurs hors Union européenne sont écartées.",
        passage: Passage {
            part: VOLET_2,
            quotes: &[
                "Prestations intellectuelles liées à l'ingénierie en coordination et animation des projets de design",
                "Outils numériques",
                "Formations spécifiques à l'innovation",
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
        id: "A3V2-07",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Équipement accessoire, dépenses postérieures au comité",
        statement: "L’équipement est accessoire et utile, et les dépenses comptent à partir du jour du comité de validation.",
        passage: Passage {
            part: VOLET_2,
            quotes: &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet",
                "La date de début d'éligibilité des dépenses est celle du comité de validation du projet.",
            ],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::Expenses]), Need::when(EQUIPMENT, &[FactName::EquipmentPurpose])],
        considers: &[FactName::EligibleExpenses, FactName::CommitteeDate, FactName::ProjectStart],
        parameters: &[deposit(EquipmentAlertShare)],
        check: |inquiry| {
            let equipment = super::rule::settle(spending::equipment(inquiry, OTHER));
            Ok(equipment.and(super::rule::settle(spending::from_committee(inquiry, OTHER))))
        },
    },
    Rule {
        id: "A3V2-08",
        version: 2,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant maximal",
        statement: "Le montant maximal est une part du coût total prévisionnel, sans dépasser les dépenses éligibles.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["Le taux de financement accordé est au maximum de 80% du coût total prévisionnel"],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::TotalCost])],
        considers: &[
            FactName::Expenses,
            FactName::EligibleExpenses,
            FactName::EquipmentPurpose,
            FactName::CommitteeDate,
        ],
        parameters: &[deposit(V2Rate)],
        check: |inquiry| Ok(checks::ceiling(inquiry)?.finding),
    },
    Rule {
        id: "A3V2-09",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé et enveloppe respectés",
        statement: "Le montant accordé ne dépasse pas le montant maximal, et les attributions tiennent dans l’enveloppe de la région.",
        passage: Passage { part: STEPS, quotes: &["Volet 2 de l'axe 3 (200 000€ pour l'Ile-de-France)"] },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount]), Need::of(&[FactName::TotalCost])],
        considers: &[
            FactName::ProjectDepartement,
            FactName::Expenses,
            FactName::EligibleExpenses,
            FactName::EquipmentPurpose,
            FactName::CommitteeDate,
        ],
        parameters: &[deposit(V2Rate), decision(V2Envelope)],
        check: checks::granted_and_envelope,
    },
    Rule {
        id: "A3V2-10",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Décision du comité de sélection",
        statement: "Un dossier accepté a été validé par le comité de sélection, dans un mois où il se réunit.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "un comité de sélection se réunira tous les 2 mois pour valider les projets. Pour l'année 2021, il se réunira en juillet et en octobre.",
            ],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::CommitteeDate])],
        considers: &[],
        parameters: &[decision(CommitteeMonths), decision(V2Committees)],
        check: checks::committee,
    },
    Rule {
        id: "A3V2-11",
        version: 2,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Avis de la préfecture de département",
        statement: "L’avis de la préfecture de département est rendu avant la décision.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["la préfecture de région recueillera l'avis des préfectures de département"],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::opinion,
    },
    Rule {
        id: "A3V2-12",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Demande d’une collectivité",
        statement: "Le demandeur est une collectivité ou un groupement, quelle que soit sa taille, et non un laboratoire.",
        passage: Passage {
            part: "Axe 3, présentation",
            quotes: &[
                "services publics assurés par des collectivités territoriales, quelle que soit leur taille, dès lors qu'ils sont portés ou impliquent des laboratoires d'innovation territoriale",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::collectivite,
    },
    Rule {
        id: "A3V2-13",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Cadre du projet",
        statement: "Le projet bénéficie à la collectivité co-contractante ou il est commun à plusieurs acteurs publics.",
        passage: Passage {
            part: VOLET_2,
            quotes: &[
                "soit d'un projet d'innovation au bénéfice de la collectivité co-contractante",
                "soit d'un projet commun à plusieurs acteurs publics",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::ProjectFramework])],
        considers: &[],
        parameters: &[],
        check: checks::framework,
    },
    Rule {
        id: "A3V2-14",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Ordre de la décision et des paiements",
        statement: "Commission, notification, convention et paiement se suivent ; le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &[
                "Après validation des projets par le comité de sélection, la préfecture de région notifie l'accord au porteur de projet. Une convention est conclue entre le bénéficiaire et le préfet de région",
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
        id: "A3V2-15",
        version: 1,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Projet réalisé dans la région",
        statement: "Le projet est réalisé dans les départements desservis, à défaut le demandeur s’y trouve.",
        passage: Passage { part: STEPS, quotes: &["Volet 2 de l'axe 3 (200 000€ pour l'Ile-de-France)"] },
        can_give: &[Met, ToReview],
        needs: &[],
        considers: &[FactName::ProjectDepartement],
        parameters: &[],
        check: checks::in_region,
    },
    Rule {
        id: "A3V2-16",
        version: 1,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["L'instruction est réalisée conformément aux conditions d'éligibilité"],
        },
        can_give: &[Met, NotMet, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: acceptance::against_no_blocking_rule,
    },
    Rule {
        id: "A3V2-17",
        version: 1,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Une seule demande du volet 2 par demandeur",
        statement: "Aucune autre demande du volet 2 en cours ne porte le même SIRET.",
        passage: Passage {
            part: MANAGEMENT,
            quotes: &["sont instruits dès leur dépôt jusqu'à épuisement des crédits"],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::single,
    },
];
