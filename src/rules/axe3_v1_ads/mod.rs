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
};

static TABLE: &[Rule] = &[
    Rule {
        id: "ADS-01",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Demande portée par un centre instructeur ou une commune autonome",
        statement: "Un centre instructeur, avec ses communes rattachées, ou une commune autonome, sans commune rattachée, porte la demande.",
        passage: Passage {
            part: THEME_4,
            quotes: &["C'est le centre instructeur ou la commune autonome qui porte la demande d'aide financière."],
        },
        can_give: &[Met, ToReview],
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
        passage: Passage { part: THEME_4, quotes: &["est à déposer avant le 31 octobre 2021"] },
        can_give: &[Met, NotMet, ToReview],
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
        passage: Passage {
            part: THEME_4,
            quotes: &["un court formulaire et les factures en justification des dépenses engagées"],
        },
        can_give: &[Met, NotMet, ToReview],
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
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "Les dépenses peuvent porter sur :",
                "l'acquisition d'un logiciel permettant de répondre aux obligations de la loi Elan",
                "le recours à des prestations d'assistance à la maîtrise d'ouvrage ou à la maîtrise d'œuvre pour le cadrage, la conduite du projet, les paramétrages, la conduite du changement, la formation, ou toute autre opération technico-fonctionnelle associée au déploiement",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
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
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "les dépenses non éligibles sont la masse salariale, les achats de licences logicielles d'éditeurs (hors Union européenne) et l'achat d'équipements et de matériels",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::Expenses])],
        considers: &[FactName::EligibleExpenses],
        parameters: &[],
        check: spending::exclusions,
    },
    Rule {
        id: "ADS-06",
        version: 2,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant du barème",
        statement: "Le barème donne un montant par centre instructeur, augmenté pour chaque commune rattachée connue, comptée une fois, dans la limite d’un nombre de communes.",
        passage: Passage { part: REGION, quotes: SCALE },
        can_give: &[Met, ToReview],
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
        version: 2,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant plafonné aux dépenses éligibles",
        statement: "Le montant est celui du barème, sans dépasser la part des dépenses éligibles que la préfecture a réglée.",
        passage: Passage {
            part: REGION,
            quotes: &["financer une partie des coûts portés par les collectivités territoriales"],
        },
        can_give: &[Met, ToReview, NotApplicable],
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
        version: 3,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Communes rattachées à un seul centre instructeur",
        statement: "Chaque commune rattachée existe, n’est listée qu’une fois et ne figure dans aucune autre demande en cours ; une commune autonome n’est rattachée à personne.",
        passage: Passage {
            part: REGION,
            quotes: &["augmenté de 400€ par commune rattachée (guichet unique) à un centre instructeur"],
        },
        can_give: &[Met, ToReview, NotApplicable],
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
        passage: Passage { part: REGION, quotes: &["un montant de 4000€ par centre instructeur"] },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: territory::single,
    },
    Rule {
        id: "ADS-10",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Demandeur situé dans la région",
        statement: "Le demandeur se trouve dans un département desservi, Paris compris.",
        passage: Passage {
            part: THEME_4,
            quotes: &["Ce formulaire est à transmettre à l'interlocuteur défini au niveau départemental."],
        },
        can_give: &[Met, ToReview],
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
        passage: Passage { part: REGION, quotes: SCALE },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
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
        version: 3,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Enveloppe régionale respectée",
        statement: "Les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe de la région, si elle est réglée.",
        passage: Passage {
            part: REGION,
            quotes: &["une enveloppe de crédits est dédiée à chaque préfecture de région"],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[FactName::CommitteeDate],
        parameters: &[decision(AdsEnvelope)],
        check: control::envelope,
    },
    Rule {
        id: "ADS-13",
        version: 2,
        kind: Information,
        programmes: PROGRAMMES,
        title: "Obligations des communes au 1er janvier 2022",
        statement: "Rappel de ce que la loi demande aux communes du dossier, et liste de celles qui dépassent le seuil d’habitants.",
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "A partir du 1er janvier 2022, toutes les communes devront être en mesure de recevoir sous forme électronique les demandes d'autorisation d'urbanisme. Celles de plus de 3500 habitants devront également assurer leur instruction sous forme dématérialisée.",
            ],
        },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::ApplicantType]), Need::of(&[FactName::AttachedCommunes])],
        considers: &[],
        parameters: &[deposit(ElectronicReceptionFrom), deposit(ElectronicProcessingThreshold)],
        check: communes::obligations,
    },
    Rule {
        id: "ADS-14",
        version: 1,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        passage: Passage {
            part: REGION,
            quotes: &["Les demandes de subvention sont instruites par les préfectures de département"],
        },
        can_give: &[Met, NotMet, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: acceptance::against_no_blocking_rule,
    },
];
