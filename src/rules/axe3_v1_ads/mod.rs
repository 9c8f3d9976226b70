//! Démat.ADS: axe 3, volet 1, theme 4. The table of its rules; what each does is in the files beside.

mod amount;
mod carrier;
mod communes;
mod control;
mod spending;
mod territory;
#[cfg(test)]
mod tests;

use super::acceptance;
use super::grounds::{CENTRE, Need, decision, deposit};
use super::parameters::ParameterName::{
    AdsBase, AdsCapShare, AdsDeadline, AdsDeadlineDay, AdsEnvelope, AdsMaxCommunes, AdsPerCommune,
    AutonomousCommuneCountsAsAttached, ElectronicProcessingThreshold, ElectronicReceptionFrom,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Information, Review};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};

const PROGRAMMES: &[Programme] = &[Programme::Axe3V1Ads];
const THEME_4: &str = "Axe 3, volet 1, thématique 4 (dématérialisation des demandes d’autorisation d’urbanisme)";
const REGION: &str = "Modalités de gestion du volet 1 de l’axe 3, rôle de la préfecture de la région";

const SCALE: &[&str] = &[
    "un montant de 4000€ par centre instructeur",
    "augmenté de 400€ par commune rattachée (guichet unique) à un centre instructeur, pour un maximum de 30 communes rattachées",
];

/// The rules of Démat.ADS.
pub(super) static RULES: RuleSet = RuleSet {
    programmes: PROGRAMMES,
    rules: TABLE,
    eligible_expenses: amount::eligible_expenses,
    computed_by: "ADS-07",
    computed: amount::computed,
    acceptance: "ADS-14",
    envelope: Some("ADS-12"),
};

static TABLE: &[Rule] = &[
    Rule {
        id: "ADS-01",
        version: 3,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Demande portée par un centre instructeur ou une commune autonome",
        statement: "Un centre instructeur, avec ses communes rattachées, ou une commune autonome, sans commune rattachée, porte la demande.",
        interpretation: Some(
            "Le guide parle des communes rattachées d’un centre sans dire qu’il en faut, ni qu’une commune autonome n’en a pas : l’un et l’autre sont vérifiés.",
        ),
        passages: &[Passage {
            part: THEME_4,
            quotes: &["C'est le centre instructeur ou la commune autonome qui porte la demande d'aide financière."],
        }],
        verdicts: &[
            (
                Met,
                "un centre instructeur qui déclare au moins une commune rattachée ; ou une commune autonome qui n’en déclare aucune",
            ),
            (
                ToReview,
                "un centre sans commune rattachée ; une commune autonome qui en déclare, ou dont le demandeur n’est pas une commune ; un service de l’État, une entreprise, une association ou un particulier ; ou le type de demandeur ou la liste des communes n’est pas connu",
            ),
        ],
        needs: &[Need::of(&[FactName::ApplicantType]), Need::of(&[FactName::AttachedCommunes])],
        considers: &[],
        parameters: &[],
        check: carrier::carrier,
    },
    Rule {
        id: "ADS-02",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Dépôt avant la date limite",
        statement: "La demande est déposée avant la date limite, au jour de Paris ; le jour même de la date limite, selon le réglage de la préfecture.",
        interpretation: Some(
            "« Avant le 31 octobre 2021 » ne dit pas si ce jour est compris : la préfecture le dit par un réglage.",
        ),
        passages: &[Passage { part: THEME_4, quotes: &["est à déposer avant le 31 octobre 2021"] }],
        verdicts: &[
            (
                Met,
                "la demande est déposée avant la date limite, à l’heure de Paris ; ou ce jour même, si le réglage l’admet",
            ),
            (NotMet, "elle est déposée après ; ou ce jour même, si le réglage l’exclut"),
            (ToReview, "elle est déposée ce jour même, et le réglage ne tranche pas"),
        ],
        needs: &[],
        considers: &[],
        parameters: &[deposit(AdsDeadline), deposit(AdsDeadlineDay)],
        check: carrier::deadline,
    },
    Rule {
        id: "ADS-03",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Factures jointes",
        statement: "Au moins un fichier est joint au titre des factures ; tant que le dossier est en construction, on les demande.",
        interpretation: Some(
            "Le guide ne dit pas quand l’absence de factures devient un refus : c’est le passage en instruction. Qu’un fichier soit une facture, l’instructeur le vérifie.",
        ),
        passages: &[Passage {
            part: THEME_4,
            quotes: &["un court formulaire et les factures en justification des dépenses engagées"],
        }],
        verdicts: &[
            (Met, "au moins un fichier est joint au titre des factures"),
            (NotMet, "aucun ne l’est, et le dossier est en instruction ou décidé"),
            (
                ToReview,
                "aucun ne l’est, et le dossier est en construction (pièces à demander) ou dans un état inconnu ; ou le champ des factures n’est pas associé",
            ),
        ],
        needs: &[Need::of(&[FactName::Invoices])],
        considers: &[],
        parameters: &[],
        check: carrier::invoices,
    },
    Rule {
        id: "ADS-04",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Dépenses éligibles",
        statement: "Une dépense au moins est admise avec certitude : logiciel d’un éditeur de l’Union européenne, prestation ou formation.",
        interpretation: Some("Le raccordement à PLAT’AU n’est pas une condition : le guide dit « notamment »."),
        passages: &[Passage {
            part: THEME_4,
            quotes: &[
                "les dépenses qui participent à l'adaptation des systèmes d'informations d'une collectivité ou d'un centre instructeur au processus matérialisé de réception et d'instruction notamment via un raccordement des outils de l'Etat",
                "Les dépenses peuvent porter sur :",
                "l'acquisition d'un logiciel permettant de répondre aux obligations de la loi Elan",
                "le recours à des prestations d'assistance à la maîtrise d'ouvrage ou à la maîtrise d'œuvre pour le cadrage, la conduite du projet, les paramétrages, la conduite du changement, la formation, ou toute autre opération technico-fonctionnelle associée au déploiement",
            ],
        }],
        verdicts: &[
            (Met, "une ligne au moins est éligible avec certitude, avoirs déduits"),
            (NotMet, "toutes les lignes sont exclues avec certitude"),
            (
                ToReview,
                "aucune ligne n’est éligible avec certitude et une au moins est douteuse ; les avoirs annulent les lignes éligibles ; ou le détail des dépenses n’est pas connu",
            ),
        ],
        needs: &[Need::of(&[FactName::Expenses])],
        considers: &[FactName::EligibleExpenses],
        parameters: &[],
        check: spending::eligible,
    },
    Rule {
        id: "ADS-05",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses exclues écartées",
        statement: "La masse salariale, les licences d’éditeurs hors Union européenne et les équipements sont écartés ; aucune ligne ne reste douteuse.",
        interpretation: Some(
            "« Éditeurs (hors Union européenne) » : l’origine est celle de l’éditeur, et ne compte que pour un logiciel. Une ligne douteuse reste hors du calcul jusqu’à ce qu’un agent décide.",
        ),
        passages: &[Passage {
            part: THEME_4,
            quotes: &[
                "les dépenses non éligibles sont la masse salariale, les achats de licences logicielles d'éditeurs (hors Union européenne) et l'achat d'équipements et de matériels",
            ],
        }],
        verdicts: &[
            (Met, "aucune ligne n’est douteuse ; les lignes exclues, listées, sortent des dépenses éligibles"),
            (
                ToReview,
                "une ligne est douteuse (logiciel d’origine inconnue, nature inconnue ou « autre », montant absent) ; le détail des dépenses n’est pas connu ; ou les avoirs dépassent les dépenses",
            ),
        ],
        needs: &[Need::of(&[FactName::Expenses])],
        considers: &[FactName::EligibleExpenses],
        parameters: &[],
        check: spending::exclusions,
    },
    Rule {
        id: "ADS-06",
        version: 3,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant du barème",
        statement: "Le barème donne un montant par centre instructeur, augmenté pour chaque commune rattachée connue, comptée une fois, dans la limite d’un nombre de communes.",
        interpretation: Some(
            "Le guide ne chiffre que le centre instructeur : une commune autonome, qui instruit pour elle-même, reçoit le même montant ; un réglage la compte en plus comme rattachée à elle-même. Le guide renvoie au cahier des charges pour le détail.",
        ),
        passages: &[
            Passage { part: REGION, quotes: SCALE },
            Passage {
                part: THEME_4,
                quotes: &[
                    "Le détail de cette règle est explicité dans le cahier des charges publié sur le site du ministère de la transformation et de la fonction publique.",
                ],
            },
        ],
        verdicts: &[
            (
                Met,
                "le type de demandeur est connu et, pour un centre, une commune rattachée au moins est reconnue et aucune n’est douteuse : le barème donne le montant",
            ),
            (
                ToReview,
                "le type de demandeur ou la liste des communes n’est pas connu ; aucune commune n’est reconnue ; une ligne ne désigne pas une commune des tables (absente, ou arrondissement : elle n’est pas comptée) et le montant peut en dépendre ; ou une commune autonome ne semble pas être une commune",
            ),
        ],
        needs: &[Need::of(&[FactName::ApplicantType]), Need::when(CENTRE, &[FactName::AttachedCommunes])],
        considers: &[],
        parameters: &[
            deposit(AdsBase),
            deposit(AdsPerCommune),
            deposit(AdsMaxCommunes),
            deposit(AutonomousCommuneCountsAsAttached),
        ],
        check: amount::by_scale,
    },
    Rule {
        id: "ADS-07",
        version: 3,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant plafonné aux dépenses éligibles",
        statement: "Le montant est celui du barème, sans dépasser la part des dépenses éligibles que la préfecture a renseignée.",
        interpretation: Some(
            "« Une partie des coûts » : le montant ne dépasse pas les dépenses éligibles, ou la part qu’en fixe un réglage. Le guide ne dit pas si elles sont hors taxes : le montant du formulaire est repris tel quel.",
        ),
        passages: &[Passage {
            part: REGION,
            quotes: &["financer une partie des coûts portés par les collectivités territoriales"],
        }],
        verdicts: &[
            (
                Met,
                "le plus petit du montant du barème (ADS-06) et de la part retenue des dépenses éligibles est calculé sans doute",
            ),
            (
                ToReview,
                "le montant peut dépendre d’un doute sur le barème ou sur une ligne de dépense qu’aucun agent n’a tranché, ou les dépenses éligibles ne sont pas connues (le montant ne peut alors pas être calculé)",
            ),
            (NotApplicable, "le plafond est désactivé : le montant du barème est retenu"),
        ],
        needs: &[
            Need::of(&[FactName::ApplicantType]),
            Need::when(CENTRE, &[FactName::AttachedCommunes]),
            Need::of(&[FactName::Expenses, FactName::EligibleExpenses]),
        ],
        considers: &[],
        parameters: &[
            deposit(AdsBase),
            deposit(AdsPerCommune),
            deposit(AdsMaxCommunes),
            deposit(AutonomousCommuneCountsAsAttached),
            deposit(AdsCapShare),
        ],
        check: amount::capped,
    },
    Rule {
        id: "ADS-08",
        version: 4,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Communes rattachées à un seul centre instructeur",
        statement: "Chaque commune rattachée existe, n’est listée qu’une fois et ne figure dans aucune autre demande en cours ; une commune autonome n’est rattachée à personne.",
        interpretation: Some(
            "Contrôle de la préfecture, que le guide ne demande pas en ces termes : il ne rend jamais une demande non éligible.",
        ),
        passages: &[Passage {
            part: REGION,
            quotes: &["augmenté de 400€ par commune rattachée (guichet unique) à un centre instructeur"],
        }],
        verdicts: &[
            (
                Met,
                "les communes rattachées existent, sont distinctes et ne figurent dans aucune autre demande en cours ; ou la commune autonome n’est rattachée à aucun centre",
            ),
            (
                ToReview,
                "une commune est absente des tables, un arrondissement est listé, une commune l’est deux fois, rattachée dans une autre demande en cours ou y demande l’aide comme autonome ; le centre se compte lui-même ; une commune autonome est listée par un centre, ou n’est pas connue ; ou le type de demandeur ou la liste n’est pas connu",
            ),
            (
                NotApplicable,
                "aucune commune rattachée n’est déclarée ; ou le dossier est refusé, classé sans suite ou retiré",
            ),
        ],
        needs: &[Need::of(&[FactName::ApplicantType]), Need::of(&[FactName::AttachedCommunes])],
        considers: &[],
        parameters: &[],
        check: communes::attachment,
    },
    Rule {
        id: "ADS-09",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Une seule demande par centre instructeur",
        statement: "Aucune autre demande Démat.ADS en cours ne porte le même SIRET ni le même SIREN.",
        interpretation: Some(
            "Contrôle de la préfecture, que le guide ne demande pas en ces termes. Une « agence territoriale » peut être un centre instructeur : même SIREN, autre SIRET n’est pas un doublon certain.",
        ),
        passages: &[
            Passage { part: REGION, quotes: &["un montant de 4000€ par centre instructeur"] },
            Passage {
                part: THEME_4,
                quotes: &[
                    "centre instructeur mutualisé (établissement public de coopération intercommunale, agence territoriale..)",
                ],
            },
        ],
        verdicts: &[
            (Met, "aucune autre demande Démat.ADS en cours n’a le même SIRET ni le même SIREN"),
            (
                ToReview,
                "une autre a le même SIRET (doublon probable) ou le même SIREN (agences distinctes ?) ; ou le SIRET n’est pas connu",
            ),
            (NotApplicable, "le dossier est refusé, classé sans suite ou retiré"),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: territory::single,
    },
    Rule {
        id: "ADS-10",
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Demandeur situé dans la région",
        statement: "Le demandeur se trouve dans un département desservi, qu’il ait ou non un droit de tirage.",
        interpretation: Some(
            "Le guide dit à qui transmettre le formulaire, non ce que devient celui d’une autre région.",
        ),
        passages: &[Passage {
            part: THEME_4,
            quotes: &["Ce formulaire est à transmettre à l'interlocuteur défini au niveau départemental."],
        }],
        verdicts: &[
            (Met, "le demandeur se trouve dans un département desservi, qu’il ait ou non un droit de tirage"),
            (
                ToReview,
                "il se trouve ailleurs (le dossier, qui relève d’une autre préfecture, est montré à part et hors des sommes), ou dans un département qui n’est pas connu",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: territory::in_region,
    },
    Rule {
        id: "ADS-11",
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé dans la limite du montant calculé",
        statement: "Le montant accordé ne dépasse pas le montant calculé.",
        interpretation: None,
        passages: &[Passage { part: REGION, quotes: SCALE }],
        verdicts: &[
            (Met, "le montant accordé ne dépasse pas le montant calculé (ADS-07)"),
            (NotMet, "il le dépasse"),
            (
                ToReview,
                "le dossier est accepté sans montant accordé connu, ou le montant accordé est négatif ou illisible, ou le calcul laisse un doute qui peut changer l’avis",
            ),
            (NotApplicable, "rien n’est accordé : aucun montant accordé, ou dossier refusé ou classé sans suite"),
        ],
        needs: &[
            Need::of(&[FactName::GrantedAmount]),
            Need::of(&[FactName::ApplicantType]),
            Need::when(CENTRE, &[FactName::AttachedCommunes]),
            Need::of(&[FactName::Expenses, FactName::EligibleExpenses]),
        ],
        considers: &[],
        parameters: &[
            deposit(AdsBase),
            deposit(AdsPerCommune),
            deposit(AdsMaxCommunes),
            deposit(AutonomousCommuneCountsAsAttached),
            deposit(AdsCapShare),
        ],
        check: control::granted,
    },
    Rule {
        id: "ADS-12",
        version: 5,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Enveloppe régionale respectée",
        statement: "Les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe de la région, si elle est renseignée.",
        interpretation: Some(
            "Le guide ne dit pas quel dossier porte un dépassement : les attributions s’ajoutent dans l’ordre des décisions.",
        ),
        passages: &[Passage {
            part: REGION,
            quotes: &["une enveloppe de crédits est dédiée à chaque préfecture de région"],
        }],
        verdicts: &[
            (
                Met,
                "les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe",
            ),
            (
                NotMet,
                "leur somme la dépasse : l’écart est porté par le dossier qui franchit la limite et par ceux qui le suivent",
            ),
            (ToReview, "une attribution sans montant, ou dont le lieu n’est pas tranché, empêche de conclure"),
            (
                NotApplicable,
                "l’enveloppe n’est pas renseignée, le dossier n’est pas accepté, ou il relève d’une autre préfecture",
            ),
        ],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[FactName::CommitteeDate],
        parameters: &[decision(AdsEnvelope)],
        check: control::envelope,
    },
    Rule {
        id: "ADS-13",
        version: 3,
        kind: Information,
        programmes: PROGRAMMES,
        title: "Obligations des communes au 1ᵉʳ janvier 2022",
        statement: "Rappel de ce que la loi demande aux communes du dossier, et liste de celles qui dépassent le seuil d’habitants.",
        interpretation: Some("« Habitants » : la population municipale des tables."),
        passages: &[Passage {
            part: THEME_4,
            quotes: &[
                "A partir du 1er janvier 2022, toutes les communes devront être en mesure de recevoir sous forme électronique les demandes d'autorisation d'urbanisme. Celles de plus de 3500 habitants devront également assurer leur instruction sous forme dématérialisée.",
            ],
        }],
        verdicts: &[
            (Met, "les communes du dossier qui dépassent le seuil d’habitants sont nommées"),
            (ToReview, "le type de demandeur, la liste des communes ou la commune autonome n’est pas connu"),
        ],
        needs: &[Need::of(&[FactName::ApplicantType]), Need::of(&[FactName::AttachedCommunes])],
        considers: &[],
        parameters: &[deposit(ElectronicReceptionFrom), deposit(ElectronicProcessingThreshold)],
        check: communes::obligations,
    },
    acceptance::rule(
        "ADS-14",
        1,
        PROGRAMMES,
        &[Passage {
            part: REGION,
            quotes: &["Les demandes de subvention sont instruites par les préfectures de département"],
        }],
    ),
];
