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
const PRESENTATION: &str = "Axe 3, présentation";
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
    envelope: Some("A3V2-09"),
};

static TABLE: &[Rule] = &[
    Rule {
        id: "A3V2-01",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Projet soutenu par un laboratoire",
        statement: "Un laboratoire d’innovation territoriale porte ou soutient le projet ; à défaut, la préfecture de région met en relation.",
        interpretation: Some(
            "Jusqu’au passage en instruction, répondre qu’il n’y a aucun laboratoire ne rend pas le dossier non éligible, puisque la préfecture de région met en relation.",
        ),
        passages: &[
            Passage {
                part: PRESENTATION,
                quotes: &["dès lors qu'ils sont portés ou impliquent des laboratoires d'innovation territoriale"],
            },
            Passage {
                part: VOLET_2,
                quotes: &[
                    "Les projets portés par les collectivités territoriales sont soutenus par un laboratoire d'innovation territoriale",
                ],
            },
            Passage {
                part: MANAGEMENT,
                quotes: &[
                    "La préfecture de région met en relation les porteurs de projets avec les laboratoires d'innovation territoriale implantés en Ile-de-France",
                ],
            },
        ],
        verdicts: &[
            (Met, "un laboratoire est nommé"),
            (NotMet, "le demandeur répond qu’il n’y en a aucun, et le dossier est en instruction ou décidé"),
            (
                ToReview,
                "rien n’est répondu, la réponse ne nomme pas un laboratoire avec certitude (« sans objet », « à définir »…), ou « aucun » alors que le dossier est en construction : la préfecture de région met en relation, tant que le dossier n’est pas accepté",
            ),
        ],
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
        interpretation: Some(
            "L’engagement s’apprécie au jour du dépôt, à l’heure de Paris : le guide ne dit pas à quel jour.",
        ),
        passages: &[Passage {
            part: VOLET_2,
            quotes: &["Au titre du volet 2 de l'axe 3, les projets déjà engagés ne seront pas retenus."],
        }],
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
        id: "A3V2-03",
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
        id: "A3V2-04",
        version: 3,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet achevé tôt",
        statement: "Le projet est prioritaire s’il s’achève avant la fin de l’année (priorité 1) ou à la date limite au plus tard (priorité 2).",
        interpretation: Some(
            "« Mûrs, prêts à démarrer » : cela ne se lit dans aucun fait : l’instructeur le dit. Le guide ne dit pas quelle date de fin est invraisemblable : avant le début du projet, avant 2021 ou après 2031, elle est tenue pour une erreur de saisie.",
        ),
        passages: &[Passage {
            part: VOLET_2,
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
        id: "A3V2-05",
        version: 3,
        kind: Priority,
        programmes: PROGRAMMES,
        title: "Projet inscrit dans un contrat avec l’État",
        statement: "Un projet inscrit dans un contrat avec l’État est prioritaire ; si le contrat est en préparation, le soutien est proposé par le préfet.",
        interpretation: Some(
            "Seule une réponse qui dit les deux, la signature et le financement, rend le projet prioritaire sans qu’un agent la lise.",
        ),
        passages: &[Passage {
            part: VOLET_2,
            quotes: &[
                "Les projets qui entrent dans le champ d'une démarche contractuelle avec l'Etat (contrat de transition écologique, contrat local de sécurité, contrat de convergence et de transformation, contrat de pays, etc.) sont à privilégier. Ce dispositif concernerait les contrats déjà signés mais non encore financés en totalité mais également les contrats en cours d'élaboration",
                "pour les contrats signés, les collectivités pourraient présenter une demande de financement sur la base du contrat, sans plus de formalité",
                "pour les contrats en cours d'élaboration, les préfets pourront proposer le soutien du FITN s'ils l'estiment pertinent",
            ],
        }],
        verdicts: &[
            (
                Met,
                "la réponse dit un contrat avec l’État signé et non encore financé en totalité : aucune autre pièce n’est à demander",
            ),
            (NotMet, "le demandeur répond qu’il n’y en a aucun"),
            (
                ToReview,
                "le contrat est en cours d’élaboration (le soutien est proposé par le préfet) ; la réponse ne dit pas s’il est signé ni s’il est financé (« oui », « Contrat de ville ») ; ou rien n’est répondu",
            ),
        ],
        needs: &[Need::of(&[FactName::StateContract])],
        considers: &[],
        parameters: &[],
        check: checks::state_contract,
    },
    Rule {
        id: "A3V2-06",
        version: 4,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses admises",
        statement: "Les dépenses sont des prestations intellectuelles, des outils numériques ou des formations ; masse salariale et licences d’éditeurs hors Union européenne sont écartées.",
        interpretation: Some(
            "« Éditeurs (hors Union européenne) » : l’origine est celle de l’éditeur, et ne compte que pour un logiciel. Une ligne douteuse reste hors du calcul jusqu’à ce qu’un agent décide. La liste du guide nomme ce qui est éligible : une autre nature est vérifiée par un agent.",
        ),
        passages: &[Passage {
            part: VOLET_2,
            quotes: &[
                "Prestations intellectuelles liées à l'ingénierie en coordination et animation des projets de design",
                "Outils numériques",
                "Formations spécifiques à l'innovation",
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
                "une ligne est douteuse (logiciel d’origine inconnue, nature inconnue ou « autre », montant absent) ; le détail des dépenses n’est pas connu ; ou, toutes conditions réunies, les dépenses éligibles, avoirs déduits, sont nulles ou négatives",
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
        id: "A3V2-07",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Équipement accessoire, dépenses postérieures au comité",
        statement: "L’équipement est accessoire et utile, et les dépenses comptent à partir du jour du comité de validation.",
        interpretation: Some(
            "Le guide ne dit pas à partir de quelle part l’équipement devient « la principale finalité » : le seuil d’alerte est un réglage. Une ligne sans date est conservée.",
        ),
        passages: &[Passage {
            part: VOLET_2,
            quotes: &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet et qu'il ait pour utilité l'amélioration de l'accessibilité numérique pour les citoyens ou la formation numérique des agents de la collectivité. La date de début d'éligibilité des dépenses est celle du comité de validation du projet.",
            ],
        }],
        verdicts: &[
            (
                Met,
                "l’équipement est accessoire et utile, ou ses lignes sont écartées, et rien ne précède le comité que les lignes datées d’avant, qui sortent des dépenses éligibles",
            ),
            (
                ToReview,
                "la finalité de l’équipement n’est pas renseignée, ou sa part des dépenses dépasse le seuil d’alerte ; le projet commence avant le comité ; le dossier est accepté sans date de comité connue ; ou une date nécessaire est illisible ; ou le détail des dépenses n’est pas connu",
            ),
            (NotApplicable, "ni ligne d’équipement, ni comité qui se soit prononcé"),
        ],
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
        version: 4,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant maximal",
        statement: "Le montant maximal est une part du coût total prévisionnel, sans dépasser les dépenses éligibles.",
        interpretation: Some(
            "Le guide ne dit ni l’arrondi, ni qu’un maximum ne dépasse pas les dépenses éligibles : une part d’un montant est arrondie au centime inférieur, et les dépenses exclues ne sont pas financées.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &["Le taux de financement accordé est au maximum de 80% du coût total prévisionnel"],
        }],
        verdicts: &[
            (
                Met,
                "le maximum est calculé sans doute : part du coût total prévisionnel, arrondie au centime inférieur, sans dépasser les dépenses éligibles quand le formulaire les demande",
            ),
            (
                ToReview,
                "le coût total manque, est illisible ou négatif ; une ligne de dépense est douteuse et le montant en dépend ; ou les dépenses demandées ne sont pas connues",
            ),
        ],
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
        version: 5,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé et enveloppe respectés",
        statement: "Le montant accordé ne dépasse pas le montant maximal, et les attributions tiennent dans l’enveloppe de la région.",
        interpretation: Some(
            "Le guide ne dit pas quel dossier porte un dépassement : les attributions s’ajoutent dans l’ordre des décisions.",
        ),
        passages: &[
            Passage {
                part: MANAGEMENT,
                quotes: &[
                    "Les montants des subventions allouées sont décidés au niveau régional. Le taux de financement accordé est au maximum de 80% du coût total prévisionnel",
                ],
            },
            Passage { part: STEPS, quotes: &["Volet 2 de l'axe 3 (200 000€ pour l'Ile-de-France)"] },
        ],
        verdicts: &[
            (
                Met,
                "le montant accordé ne dépasse pas le montant maximal (A3V2-08) et, pour un dossier accepté, les attributions jusqu’à lui compris tiennent dans l’enveloppe",
            ),
            (
                NotMet,
                "le montant accordé dépasse le maximum ; ou la somme des attributions dépasse l’enveloppe, ce que portent le dossier qui franchit la limite et ceux qui le suivent",
            ),
            (
                ToReview,
                "le dossier est accepté sans montant accordé connu, ou le montant accordé est négatif ou illisible, ou le calcul laisse un doute qui peut changer l’avis ; ou une attribution sans montant, ou dont le lieu n’est pas tranché, empêche de conclure sur l’enveloppe",
            ),
            (NotApplicable, "rien n’est accordé : aucun montant accordé, ou dossier refusé ou classé sans suite"),
        ],
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
        interpretation: Some(
            "Le guide ne donne de mois que pour 2021 : au-delà, toute date convient, sauf si la préfecture fixe les sessions.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "un comité de sélection se réunira tous les 2 mois pour valider les projets. Pour l'année 2021, il se réunira en juillet et en octobre.",
            ],
        }],
        verdicts: &[
            (Met, "la date du comité est connue et, si ses sessions ou ses mois sont fixés pour ce jour, en est une"),
            (NotMet, "le dossier est accepté, et l’annotation de la date du comité est au formulaire et vide"),
            (
                ToReview,
                "la date n’est pas dans un mois ou une session fixés ; ou elle n’est pas associée, ou illisible",
            ),
            (
                NotApplicable,
                "le comité ne s’est pas prononcé : sa date n’est pas renseignée et le dossier n’est pas accepté",
            ),
        ],
        needs: &[Need::of(&[FactName::CommitteeDate])],
        considers: &[],
        parameters: &[decision(CommitteeMonths), decision(V2Committees)],
        check: checks::committee,
    },
    Rule {
        id: "A3V2-11",
        version: 4,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Avis de la préfecture de département",
        statement: "L’avis de la préfecture de département est rendu avant la décision.",
        interpretation: Some(
            "Ni qui a rendu l’avis ni quand ne sont lus sur DS : l’instructeur voit qu’il vient de la préfecture de département et qu’il précède la décision.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "En fonction du lieu de réalisation et de la nature du projet, la préfecture de région recueillera l'avis des préfectures de département",
            ],
        }],
        verdicts: &[
            (Met, "un avis est rendu sur DS"),
            (
                ToReview,
                "la décision est prise sans avis rendu sur DS : l’avis de la préfecture du département du projet, qu’il ait ou non un droit de tirage au volet 1, est à vérifier ; ou DS n’a pas donné les avis : ils sont à relire",
            ),
            (NotApplicable, "le dossier n’est ni accepté ni refusé"),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::opinion,
    },
    Rule {
        id: "A3V2-12",
        version: 4,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Demande d’une collectivité",
        statement: "Le demandeur est une collectivité ou un groupement, quelle que soit sa taille, et non un laboratoire.",
        interpretation: Some("Un laboratoire est reconnu à son nom."),
        passages: &[Passage {
            part: PRESENTATION,
            quotes: &[
                "services publics assurés par des collectivités territoriales, quelle que soit leur taille, dès lors qu'ils sont portés ou impliquent des laboratoires d'innovation territoriale",
            ],
        }],
        verdicts: &[
            (
                Met,
                "le demandeur est une commune, un département, une région ou un groupement de collectivités, quelle que soit sa taille",
            ),
            (
                ToReview,
                "il semble être lui-même un laboratoire, est d’une autre nature, ou sa nature n’est pas connue : un agent vérifie quelle collectivité porte le projet",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::collectivite,
    },
    Rule {
        id: "A3V2-13",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Cadre du projet",
        statement: "Le projet bénéficie à la collectivité co-contractante ou il est commun à plusieurs acteurs publics.",
        interpretation: None,
        passages: &[Passage {
            part: VOLET_2,
            quotes: &[
                "soit d'un projet d'innovation au bénéfice de la collectivité co-contractante",
                "soit d'un projet commun à plusieurs acteurs publics",
            ],
        }],
        verdicts: &[
            (Met, "le formulaire dit l’un des deux cadres"),
            (ToReview, "il ne le dit pas : à compléter là où il le demande, à l’instructeur de le dire sinon"),
        ],
        needs: &[Need::of(&[FactName::ProjectFramework])],
        considers: &[],
        parameters: &[],
        check: checks::framework,
    },
    Rule {
        id: "A3V2-14",
        version: 4,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Ordre de la décision et des paiements",
        statement: "Commission, notification, convention et paiement se suivent ; le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé.",
        interpretation: Some(
            "Le guide nomme ces étapes dans cet ordre ; que le montant payé ne dépasse pas l’engagé, ni l’engagé l’accordé, n’y est pas écrit.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &[
                "Après validation des projets par le comité de sélection, la préfecture de région notifie l'accord au porteur de projet. Une convention est conclue entre le bénéficiaire et le préfet de région",
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
        id: "A3V2-15",
        version: 1,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Projet réalisé dans la région",
        statement: "Le projet est réalisé dans les départements desservis, à défaut le demandeur s’y trouve.",
        interpretation: Some("À défaut du département du projet, celui du demandeur."),
        passages: &[Passage { part: STEPS, quotes: &["Volet 2 de l'axe 3 (200 000€ pour l'Ile-de-France)"] }],
        verdicts: &[
            (Met, "le projet, à défaut le demandeur, est dans la région desservie"),
            (ToReview, "il est ailleurs, en partie ailleurs, ou son département n’est pas connu"),
        ],
        needs: &[],
        considers: &[FactName::ProjectDepartement],
        parameters: &[],
        check: checks::in_region,
    },
    acceptance::rule(
        "A3V2-16",
        1,
        PROGRAMMES,
        &[Passage {
            part: MANAGEMENT,
            quotes: &["L'instruction est réalisée conformément aux conditions d'éligibilité"],
        }],
    ),
    Rule {
        id: "A3V2-17",
        version: 1,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Une seule demande du volet 2 par demandeur",
        statement: "Aucune autre demande du volet 2 en cours ne porte le même SIRET.",
        interpretation: Some(
            "Le guide ne dit rien de plusieurs demandes d’un même demandeur : c’est un contrôle de la région.",
        ),
        passages: &[Passage {
            part: MANAGEMENT,
            quotes: &["sont instruits dès leur dépôt jusqu'à épuisement des crédits"],
        }],
        verdicts: &[
            (Met, "aucune autre demande en cours du volet 2 ne porte le même SIRET"),
            (ToReview, "une autre demande en cours le porte, ou le SIRET n’est pas connu"),
            (NotApplicable, "le dossier n’est pas une demande en cours"),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::single,
    },
];
