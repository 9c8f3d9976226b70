//! The guichet territorial: axe 3, volet 1, themes 1 to 3. The table of its rules; what each does is in the files beside and in
//! [`axe3`](super::axe3).

mod amount;
mod carrier;
pub mod control;
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
const PRESENTATION: &str = "Axe 3, présentation";
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
    envelope: Some("A3V1-11"),
};

static TABLE: &[Rule] = &[
    Rule {
        id: "A3V1-01",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Demande d’une collectivité ou d’un groupement",
        statement: "Le demandeur est une collectivité territoriale ou un groupement de collectivités.",
        interpretation: Some(
            "« Toutes les collectivités » : le guide ne dit rien des syndicats, des pôles, des CCAS ni des autres établissements publics ; un agent en juge.",
        ),
        passages: &[Passage { part: "Introduction", quotes: &["le volet 1 est ouvert à toutes les collectivités"] }],
        verdicts: &[
            (Met, "le demandeur est une commune, un département, une région ou un groupement de collectivités"),
            (NotMet, "le demandeur est une entreprise, une association, un service de l’État ou un particulier"),
            (
                ToReview,
                "le demandeur est un syndicat, un pôle (PETR), un CCAS ou un autre établissement public local, ou sa nature n’est pas connue",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: carrier::collectivite,
    },
    Rule {
        id: "A3V1-02",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Une des trois premières thématiques",
        statement: "Le projet relève d’une thématique, et d’une seule, parmi les trois premières.",
        interpretation: Some(
            "Le guide ne dit pas qu’un projet relève d’une seule thématique : plusieurs sont à faire préciser, le taux et la priorité en dépendent.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &["Les éléments ci-dessous concernent les trois premières thématiques du volet 1"],
        }],
        verdicts: &[
            (Met, "une seule thématique est choisie, parmi les trois premières"),
            (
                ToReview,
                "aucune ou plusieurs thématiques sont choisies, ou c’est Démat.ADS : dossier à réorienter vers le formulaire Démat.ADS",
            ),
        ],
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
        interpretation: Some(
            "L’engagement s’apprécie au jour du dépôt, à l’heure de Paris : le guide ne dit pas à quel jour.",
        ),
        passages: &[Passage { part: MANAGEMENT, quotes: &["Les projets déjà engagés ne seront pas retenus."] }],
        verdicts: &[
            (
                Met,
                "le projet n’est pas déclaré engagé et commence le jour du dépôt ou après ; ou, sans date de début, il est déclaré non engagé",
            ),
            (NotMet, "le demandeur déclare le projet engagé, quelles que soient les dates"),
            (
                ToReview,
                "le projet commence avant le dépôt, ou une dépense porte une date antérieure au dépôt, même s’il est déclaré non engagé ; ou ni l’un ni l’autre fait n’est connu",
            ),
        ],
        needs: &[Need::of(&[FactName::AlreadyEngaged, FactName::ProjectStart])],
        considers: &[FactName::Expenses],
        parameters: &[],
        check: project::not_engaged,
    },
    Rule {
        id: "A3V1-04",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet achevé à temps",
        statement: "Le projet s’achève au plus tard à la date limite.",
        interpretation: Some(
            "Le guide ne dit pas quelle date de fin est invraisemblable : avant le début du projet, avant 2021 ou après 2031, elle est tenue pour une erreur de saisie.",
        ),
        passages: &[Passage {
            part: STEPS,
            quotes: &["Les projets doivent être achevés au plus tard au 31 octobre 2022"],
        }],
        verdicts: &[
            (Met, "le projet s’achève au plus tard à la date limite"),
            (NotMet, "il s’achève après"),
            (
                ToReview,
                "la date de fin manque, est illisible ou n’est pas plausible (avant le début du projet, avant 2021, après 2031)",
            ),
        ],
        needs: &[Need::of(&[FactName::ProjectEnd])],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ProjectEndLatest)],
        check: project::completed_in_time,
    },
    Rule {
        id: "A3V1-05",
        version: 3,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet achevé tôt",
        statement: "Le projet est prioritaire s’il s’achève avant la fin de l’année (priorité 1) ou à la date limite au plus tard (priorité 2).",
        interpretation: Some(
            "« Mûrs, prêts à démarrer » : cela ne se lit dans aucun fait : l’instructeur le dit. Le guide ne dit pas quelle date de fin est invraisemblable : avant le début du projet, avant 2021 ou après 2031, elle est tenue pour une erreur de saisie.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "seront privilégiés les projets mûrs, prêts à démarrer et dont le cycle de réalisation se termine avant la fin de l'année 2021 ou dont la date de fin de réalisation est fixée au plus tard à fin octobre 2022",
            ],
        }],
        verdicts: &[
            (
                Met,
                "le projet s’achève au plus tard à la date de fin prioritaire (priorité 1) ou à la date limite (priorité 2)",
            ),
            (NotMet, "il s’achève après la date limite"),
            (ToReview, "la date de fin manque, est illisible ou n’est pas plausible"),
        ],
        needs: &[Need::of(&[FactName::ProjectEnd])],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ProjectEndPriority), deposit(ProjectEndLatest)],
        check: project::end_priority,
    },
    Rule {
        id: "A3V1-06",
        version: 4,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses exclues écartées",
        statement: "La masse salariale et les licences d’éditeurs hors Union européenne sont écartées ; aucune ligne ne reste douteuse, et il reste une dépense éligible.",
        interpretation: Some(
            "« Éditeurs (hors Union européenne) » : l’origine est celle de l’éditeur, et ne compte que pour un logiciel. Une ligne douteuse reste hors du calcul jusqu’à ce qu’un agent décide. Toute nature que le guide n’exclut pas est éligible, y compris celles que le formulaire appelle autres.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "Les dépenses non éligibles sont la masse salariale et les achats de licences logicielles d'éditeurs (hors Union européenne).",
            ],
        }],
        verdicts: &[
            (Met, "aucune ligne n’est douteuse ; les lignes exclues, listées, sortent des dépenses éligibles"),
            (
                NotMet,
                "aucune dépense éligible ne reste, toutes conditions réunies (exclusions, équipement, date du comité)",
            ),
            (
                ToReview,
                "une ligne est douteuse (logiciel d’origine inconnue, nature inconnue, montant absent) ; le détail des dépenses n’est pas connu ; ou, toutes conditions réunies, les dépenses éligibles, avoirs déduits, sont nulles ou négatives",
            ),
        ],
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
        interpretation: Some(
            "Le guide ne dit pas à partir de quelle part l’équipement devient « la principale finalité » : le seuil d’alerte est un réglage.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet et qu'il ait pour utilité l'amélioration de l'accessibilité numérique pour les citoyens ou la formation numérique des agents de la collectivité.",
            ],
        }],
        verdicts: &[
            (
                Met,
                "l’équipement sert l’accessibilité ou la formation et ne dépasse pas le seuil d’alerte ; ou il sert autre chose, et ses lignes sortent des dépenses éligibles",
            ),
            (
                ToReview,
                "la finalité de l’équipement n’est pas renseignée, sa part des dépenses dépasse le seuil d’alerte, une de ses lignes n’a pas de montant, ou le détail des dépenses n’est pas connu",
            ),
            (NotApplicable, "aucune ligne d’équipement"),
        ],
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
        interpretation: Some("Une ligne sans date est conservée."),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &["La date de début d'éligibilité des dépenses est celle du comité de validation du projet."],
        }],
        verdicts: &[
            (
                Met,
                "la date du comité est connue et le projet ne commence pas avant ; les lignes datées d’avant le comité, listées, sortent des dépenses éligibles",
            ),
            (
                ToReview,
                "le projet commence avant le comité ; le dossier est accepté sans date de comité connue ; ou une date nécessaire est illisible ; ou des lignes sans date côtoient des lignes antérieures au comité, ou le début du projet manque pour en juger",
            ),
            (
                NotApplicable,
                "le comité ne s’est pas prononcé : sa date n’est pas renseignée et le dossier n’est pas accepté",
            ),
        ],
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
        version: 6,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant maximal selon la population",
        statement: "Le montant maximal est une part du coût total prévisionnel, selon la population du demandeur, sans dépasser les dépenses éligibles.",
        interpretation: Some(
            "« Habitants » : la population municipale de la commune ou du groupement qui a le SIREN du demandeur, celle des tables l’emportant sur celle déclarée. Le guide réserve le taux plein aux « collectivités » : un groupement sous le seuil est vérifié. Un taux exceptionnel n’est appliqué qu’à la thématique 3. Le guide ne dit ni l’arrondi, ni qu’un maximum ne dépasse pas les dépenses éligibles : une part d’un montant est arrondie au centime inférieur, et les dépenses exclues ne sont pas financées.",
        ),
        passages: &[Passage {
            part: DEPARTEMENT,
            quotes: &[
                "le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :",
                "pour les collectivités jusqu’à 15 000 habitants : 100% du coût total prévisionnel",
                "pour les collectivités et groupements de collectivités au-delà de 15 000 habitants : 50% du coût total prévisionnel et, à titre exceptionnel, 80% du coût total prévisionnel pour les projets de transformation numérique ayant un impact concret dans la relation avec l’usager",
            ],
        }],
        verdicts: &[
            (
                Met,
                "le maximum est calculé sans doute : taux plein jusqu’au seuil de population compris, taux réduit au-delà, taux exceptionnel au-delà pour la thématique 3 quand l’exception est enregistrée ; part du coût total prévisionnel, arrondie au centime inférieur, sans dépasser les dépenses éligibles quand le formulaire les demande",
            ),
            (
                ToReview,
                "le coût total, la population ou les dépenses ne sont pas connus, ou une ligne de dépense est douteuse et le montant en dépend ; le demandeur est de ceux que A3V1-01 refuse ; les populations municipale, totale et déclarée sont de part et d’autre du seuil ; le demandeur n’est pas dans les tables ; c’est un groupement qui ne dépasse pas le seuil ; ou l’exception est illisible, ou sa thématique inconnue",
            ),
        ],
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
        version: 4,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé dans la limite du maximum",
        statement: "Le montant accordé ne dépasse pas le montant maximal ; un taux exceptionnel n’est enregistré que pour la thématique 3.",
        interpretation: None,
        passages: &[Passage {
            part: DEPARTEMENT,
            quotes: &[
                "le taux de financement des projets peut varier selon le nombre d’habitants et atteindre :",
                "pour les collectivités jusqu’à 15 000 habitants : 100% du coût total prévisionnel",
                "pour les collectivités et groupements de collectivités au-delà de 15 000 habitants : 50% du coût total prévisionnel et, à titre exceptionnel, 80% du coût total prévisionnel pour les projets de transformation numérique ayant un impact concret dans la relation avec l’usager",
            ],
        }],
        verdicts: &[
            (Met, "le montant accordé ne dépasse pas le montant maximal (A3V1-09)"),
            (NotMet, "il le dépasse ; ou un taux exceptionnel est enregistré pour la thématique 1 ou 2"),
            (
                ToReview,
                "le dossier est accepté sans montant accordé connu, ou le montant accordé est négatif ou illisible, ou le calcul laisse un doute qui peut changer l’avis ; ou un taux exceptionnel est enregistré sans que la thématique soit connue",
            ),
            (NotApplicable, "rien n’est accordé : aucun montant accordé, ou dossier refusé ou classé sans suite"),
        ],
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
        version: 4,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Droit de tirage du département respecté",
        statement: "Les attributions du département, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans son droit de tirage.",
        interpretation: Some(
            "Le guide ne dit pas quel dossier porte un dépassement : les attributions s’ajoutent dans l’ordre des décisions.",
        ),
        passages: &[
            Passage {
                part: DEPARTEMENT,
                quotes: &["Chaque préfeture de département bénéficie d’un droit de tirage de 297 000 €"],
            },
            Passage { part: STEPS, quotes: &["soit 297 000€ par département (hors Paris)"] },
        ],
        verdicts: &[
            (
                Met,
                "les attributions du département, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans son droit de tirage au jour de la décision",
            ),
            (
                NotMet,
                "leur somme le dépasse : l’écart est porté par le dossier qui franchit la limite et par ceux qui le suivent ; ou le département n’a pas de droit de tirage",
            ),
            (
                ToReview,
                "une attribution est sans montant, ou le département d’un projet n’est pas tranché, et l’avis peut en dépendre",
            ),
            (NotApplicable, "le dossier n’est pas accepté, ou relève d’une autre préfecture"),
        ],
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
        interpretation: Some(
            "Sans date de notification, l’acceptation sur DS en tient lieu : DS en écrit au demandeur. Le même jour ne dit pas l’ordre : un agent vérifie.",
        ),
        passages: &[Passage {
            part: DEPARTEMENT,
            quotes: &[
                "Avant notification au porteur de projets par la préfeture de département, cette dernière informe le niveau régional du ou des projets retenus",
            ],
        }],
        verdicts: &[
            (Met, "la région est informée un jour antérieur à celui de la notification"),
            (NotMet, "elle l’est après, ou l’annotation de sa date est au formulaire et vide"),
            (
                ToReview,
                "elle l’est le même jour, ou avant le dépôt ; l’annotation n’est pas associée ou illisible ; ou la date de notification d’un dossier accepté n’est pas connue",
            ),
            (NotApplicable, "la décision n’est pas notifiée, ou le projet n’est pas retenu"),
        ],
        needs: &[Need::of(&[FactName::RegionInformedOn])],
        considers: &[FactName::NotifiedOn],
        parameters: &[],
        check: control::region_informed,
    },
    Rule {
        id: "A3V1-13",
        version: 3,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Effet sur la vie quotidienne des citoyens",
        statement: "Un projet de la thématique 3 est prioritaire ; pour les autres, un agent juge de l’effet sur la vie quotidienne.",
        interpretation: Some(
            "La thématique 3, « ayant un impact concret dans la relation à l'utilisateur », est tenue pour avoir cet effet.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "La priorité est accordée aux projets ayant un effet sur la vie quotidienne des citoyens et sur leurs relations avec l'administration locale.",
            ],
        }],
        verdicts: &[
            (Met, "le projet relève de la seule thématique 3"),
            (
                ToReview,
                "il relève d’une autre thématique : l’instructeur juge ; de plusieurs, ou d’aucune qui soit connue : la thématique est à compléter ou à faire préciser, l’instructeur juge ensuite",
            ),
        ],
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
        interpretation: Some("Le guide ne dit pas jusqu’à quelle population une collectivité est petite ou moyenne."),
        passages: &[Passage {
            part: "Introduction", quotes: &["privilégiant les petites et moyennes collectivités"]
        }],
        verdicts: &[(ToReview, "toujours : la population est montrée, l’instructeur juge")],
        needs: &[],
        considers: &[FactName::Population],
        parameters: &[],
        check: carrier::small,
    },
    Rule {
        id: "A3V1-15",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Projet réalisé dans un département doté",
        statement: "Le projet est réalisé dans un seul département, desservi et doté d’un droit de tirage.",
        interpretation: Some(
            "À défaut du département du projet, celui du demandeur est retenu, s’il n’agit que dans un seul.",
        ),
        passages: &[Passage {
            part: STEPS,
            quotes: &["Par les préfetures de département (lieu de réalisation du projet)."],
        }],
        verdicts: &[
            (Met, "le projet est réalisé dans un seul département, desservi et doté d’un droit de tirage"),
            (
                ToReview,
                "il est réalisé dans plusieurs départements, dans un département sans droit de tirage, hors de la région, ou dans un lieu qui n’est pas connu",
            ),
        ],
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
        interpretation: Some(
            "Le guide nomme les axes 1 et 2 : le volet 2 et Démat.ADS sont signalés en plus. Les demandes de l’axe 1 ne sont pas sur DS et ne sont pas vérifiées.",
        ),
        passages: &[Passage {
            part: PRESENTATION,
            quotes: &[
                "L'enveloppe financière doit permettre de répondre à des besoins non couverts par les axes 1 et 2 de l'enveloppe FITN7.",
            ],
        }],
        verdicts: &[
            (
                Met,
                "aucune demande en cours du même SIREN dans l’axe 2, le volet 2 ou Démat.ADS, sur les seules démarches suivies",
            ),
            (
                ToReview,
                "une demande en cours du même SIREN y est connue (les numéros sont donnés) : le besoin est à comparer ; ou le SIRET n’est pas connu",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: carrier::not_covered,
    },
    Rule {
        id: "A3V1-17",
        version: 4,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Ordre de la décision et des paiements",
        statement: "Commission, notification, convention et paiement se suivent ; le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé.",
        interpretation: Some(
            "Le guide nomme ces étapes dans cet ordre ; que le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé, n’y est pas écrit.",
        ),
        passages: &[Passage {
            part: DEPARTEMENT,
            quotes: &[
                "Chaque préfeture de département met en place une commission ad hoc pour la sélection des projets",
                "Avant notification au porteur de projets par la préfeture de département",
                "Les conventions de subventionnement sont établies par les préfetures de département",
                "Les préfetures de département procèdent au paiement des subventions aux bénéficiaires.",
            ],
        }],
        verdicts: &[
            (Met, "les dates et les montants enregistrés se suivent dans l’ordre"),
            (
                NotMet,
                "la notification précède la commission, ou le paiement la convention ; le montant payé dépasse l’engagé, ou l’engagé l’accordé ; un paiement est enregistré sur un dossier refusé ou classé sans suite ; ou le dossier est accepté, l’annotation de la commission étant vide",
            ),
            (
                ToReview,
                "une de ces dates précède le dépôt ; la convention et le paiement portent le même jour ; la convention ou le paiement précède la commission, ou le paiement la notification ; ou une date ou un montant nécessaire n’est pas associé ou est illisible",
            ),
            (NotApplicable, "aucune décision n’est enregistrée"),
        ],
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
        interpretation: Some(
            "« Sous 18 mois » : comptés depuis le début du projet, à défaut depuis le dépôt ; le guide ne dit pas depuis quel jour.",
        ),
        passages: &[Passage { part: "Introduction", quotes: &["produire des résultats concrets sous 18 mois"] }],
        verdicts: &[
            (Met, "la date attendue est calculée et montrée"),
            (ToReview, "elle ne peut pas être calculée : le délai n’a pas de valeur au jour du dépôt"),
        ],
        needs: &[],
        considers: &[FactName::ProjectStart],
        parameters: &[deposit(ResultsWithinMonths)],
        check: project::results_expected,
    },
    acceptance::rule(
        "A3V1-19",
        1,
        PROGRAMMES,
        &[Passage {
            part: DEPARTEMENT,
            quotes: &["L’instruction doit être réalisée conformément aux conditions d’éligibilité"],
        }],
    ),
];
