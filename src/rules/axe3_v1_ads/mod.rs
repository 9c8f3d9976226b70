//! Démat.ADS: axe 3, volet 1, theme 4. The table of its rules; what each does is in the files beside.

mod amount;
mod carrier;
mod communes;
mod control;
mod spending;
mod territory;
#[cfg(test)]
mod tests;

use super::parameters::ParameterName::{
    AdsBase, AdsCapShare, AdsDeadline, AdsDeadlineDay, AdsEnvelope, AdsMaxCommunes, AdsPerCommune,
    AutonomousCommuneCountsAsAttached, ElectronicProcessingThreshold, ElectronicReceptionFrom,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Information, Review};

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
    computed: amount::computed,
};

static TABLE: &[Rule] = &[
    Rule {
        id: "ADS-01",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Demande portée par un centre instructeur ou une commune autonome",
        passage: Passage {
            part: THEME_4,
            quotes: &["C'est le centre instructeur ou la commune autonome qui porte la demande d'aide financière."],
        },
        parameters: &[],
        check: carrier::carrier,
    },
    Rule {
        id: "ADS-02",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Dépôt avant la date limite",
        passage: Passage { part: THEME_4, quotes: &["est à déposer avant le 31 octobre 2021"] },
        parameters: &[AdsDeadline, AdsDeadlineDay],
        check: carrier::deadline,
    },
    Rule {
        id: "ADS-03",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Factures jointes",
        passage: Passage {
            part: THEME_4,
            quotes: &["un court formulaire et les factures en justification des dépenses engagées"],
        },
        parameters: &[],
        check: carrier::invoices,
    },
    Rule {
        id: "ADS-04",
        version: 2,
        kind: Blocking,
        programmes: PROGRAMMES,
        title: "Dépenses éligibles",
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "Les dépenses peuvent porter sur :",
                "l'acquisition d'un logiciel permettant de répondre aux obligations de la loi Elan",
                "le recours à des prestations d'assistance à la maîtrise d'ouvrage ou à la maîtrise d'œuvre pour le cadrage, la conduite du projet, les paramétrages, la conduite du changement, la formation, ou toute autre opération technico-fonctionnelle associée au déploiement",
            ],
        },
        parameters: &[],
        check: spending::eligible,
    },
    Rule {
        id: "ADS-05",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Dépenses exclues écartées",
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "les dépenses non éligibles sont la masse salariale, les achats de licences logicielles d'éditeurs (hors Union européenne) et l'achat d'équipements et de matériels",
            ],
        },
        parameters: &[],
        check: spending::exclusions,
    },
    Rule {
        id: "ADS-06",
        version: 2,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant du barème",
        passage: Passage { part: REGION, quotes: SCALE },
        parameters: &[AdsBase, AdsPerCommune, AdsMaxCommunes, AutonomousCommuneCountsAsAttached],
        check: amount::by_scale,
    },
    Rule {
        id: "ADS-07",
        version: 2,
        kind: Amount,
        programmes: PROGRAMMES,
        title: "Montant plafonné aux dépenses éligibles",
        passage: Passage {
            part: REGION,
            quotes: &["financer une partie des coûts portés par les collectivités territoriales"],
        },
        parameters: &[AdsBase, AdsPerCommune, AdsMaxCommunes, AutonomousCommuneCountsAsAttached, AdsCapShare],
        check: amount::capped,
    },
    Rule {
        id: "ADS-08",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Communes rattachées à un seul centre instructeur",
        passage: Passage {
            part: REGION,
            quotes: &["augmenté de 400€ par commune rattachée (guichet unique) à un centre instructeur"],
        },
        parameters: &[],
        check: communes::attachment,
    },
    Rule {
        id: "ADS-09",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Une seule demande par centre instructeur",
        passage: Passage { part: REGION, quotes: &["un montant de 4000€ par centre instructeur"] },
        parameters: &[],
        check: territory::single,
    },
    Rule {
        id: "ADS-10",
        version: 2,
        kind: Review,
        programmes: PROGRAMMES,
        title: "Demandeur situé dans la région",
        passage: Passage {
            part: THEME_4,
            quotes: &["Ce formulaire est à transmettre à l'interlocuteur défini au niveau départemental."],
        },
        parameters: &[],
        check: territory::in_region,
    },
    Rule {
        id: "ADS-11",
        version: 2,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Montant accordé dans la limite du montant calculé",
        passage: Passage { part: REGION, quotes: SCALE },
        parameters: &[AdsBase, AdsPerCommune, AdsMaxCommunes, AutonomousCommuneCountsAsAttached, AdsCapShare],
        check: control::granted,
    },
    Rule {
        id: "ADS-12",
        version: 2,
        kind: Control,
        programmes: PROGRAMMES,
        title: "Enveloppe régionale respectée",
        passage: Passage {
            part: REGION,
            quotes: &["une enveloppe de crédits est dédiée à chaque préfecture de région"],
        },
        parameters: &[AdsEnvelope],
        check: control::envelope,
    },
    Rule {
        id: "ADS-13",
        version: 2,
        kind: Information,
        programmes: PROGRAMMES,
        title: "Obligations des communes au 1er janvier 2022",
        passage: Passage {
            part: THEME_4,
            quotes: &[
                "A partir du 1er janvier 2022, toutes les communes devront être en mesure de recevoir sous forme électronique les demandes d'autorisation d'urbanisme. Celles de plus de 3500 habitants devront également assurer leur instruction sous forme dématérialisée.",
            ],
        },
        parameters: &[ElectronicReceptionFrom, ElectronicProcessingThreshold],
        check: communes::obligations,
    },
];
