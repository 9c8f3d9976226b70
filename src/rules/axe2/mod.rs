//! Axe 2: the three national calls, and the continuous guichet for `FranceConnect` and national APIs. Two tables of rules; what
//! each does is in `checks`.

mod checks;
#[cfg(test)]
mod tests;

use super::parameters::ParameterName::{
    self, Axe2Call, Axe2Population, Axe2Rate, FcApiAmount, FcApiDeadline, FcApiEnvelope,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{self, Amount, Blocking, Control, Review};

const CALL_PROGRAMMES: &[Programme] = &[Programme::Axe2V1, Programme::Axe2V2, Programme::Axe2V3];
const CONTINUOUS_PROGRAMMES: &[Programme] = &[Programme::Axe2V4];
const AXE_2: &str = "Axe 2, présentation";
const VOLET_4: &str = "Axe 2, volet 4";
const RATE: &[&str] = &["Le financement des projets est à hauteur de 50% du coût total."];

/// Volets 1 to 3.
pub(super) static CALLS: RuleSet = RuleSet {
    programmes: CALL_PROGRAMMES,
    rules: CALL_TABLE,
    eligible_expenses: |_| None,
    computed: |inquiry| checks::share_of_cost(inquiry).ok()?.amount,
};

/// Volet 4.
pub(super) static CONTINUOUS: RuleSet = RuleSet {
    programmes: CONTINUOUS_PROGRAMMES,
    rules: CONTINUOUS_TABLE,
    eligible_expenses: |_| None,
    computed: |inquiry| checks::per_funding(inquiry).ok()?.amount,
};

const fn rule(
    id: &'static str,
    kind: RuleKind,
    programmes: &'static [Programme],
    title: &'static str,
    passage: Passage,
    parameters: &'static [ParameterName],
    check: fn(&mut super::inquiry::Inquiry<'_>) -> super::rule::Outcome,
) -> Rule {
    Rule { id, version: 2, kind, programmes, title, passage, parameters, check }
}

const fn passage(part: &'static str, quotes: &'static [&'static str]) -> Passage {
    Passage { part, quotes }
}

static CALL_TABLE: &[Rule] = &[
    rule(
        "A2-01",
        Blocking,
        CALL_PROGRAMMES,
        "Taille du territoire",
        passage(
            AXE_2,
            &[
                "Il comprend quatre volets destinés aux collectivités ou aux groupements de collectivités couvrant au moins un département ou une population de 500 000 habitants.",
            ],
        ),
        &[Axe2Population],
        checks::size,
    ),
    rule(
        "A2-02",
        Blocking,
        CALL_PROGRAMMES,
        "Dépôt pendant un appel à projets",
        passage(
            AXE_2,
            &[
                "1: Ouverture 25 janvier 2021, clôture 28 mai 2021",
                "2: Ouverture début juillet 2021, clôture novembre 2021",
                "3: Ouverture début janvier 2022, clôture mai 2022",
            ],
        ),
        &[Axe2Call],
        checks::call,
    ),
    rule("A2-03", Amount, CALL_PROGRAMMES, "Montant du financement", passage(AXE_2, RATE), &[Axe2Rate], |inquiry| {
        Ok(checks::share_of_cost(inquiry)?.finding)
    }),
    rule(
        "A2-04",
        Control,
        CALL_PROGRAMMES,
        "Montant accordé dans la limite du financement",
        passage(AXE_2, RATE),
        &[Axe2Rate],
        |inquiry| super::grant::within(inquiry, checks::share_of_cost),
    ),
];

static CONTINUOUS_TABLE: &[Rule] = &[
    rule(
        "A2V4-01",
        Blocking,
        CONTINUOUS_PROGRAMMES,
        "Dépôt avant la clôture du guichet",
        passage(VOLET_4, &["Les candidatures sont ouvertes en continu, jusqu'au 30 septembre 2022"]),
        &[FcApiDeadline],
        checks::deadline,
    ),
    rule(
        "A2V4-02",
        Review,
        CONTINUOUS_PROGRAMMES,
        "Un financement par service",
        passage(
            VOLET_4,
            &[
                "dans la limite de 2 financements (FranceConnect et API) à hauteur de 5 000€ par collectivité ou structure de mutualisation",
            ],
        ),
        &[],
        checks::one_of_each,
    ),
    rule(
        "A2V4-03",
        Amount,
        CONTINUOUS_PROGRAMMES,
        "Montant du financement",
        passage(VOLET_4, &["à hauteur de 5 000€ par collectivité ou structure de mutualisation"]),
        &[FcApiAmount],
        |inquiry| Ok(checks::per_funding(inquiry)?.finding),
    ),
    rule(
        "A2V4-04",
        Review,
        CONTINUOUS_PROGRAMMES,
        "Cahier des charges simplifié",
        passage(VOLET_4, &["L'éligibilité est conditionnée au respect d'un cahier des charges simplifié"]),
        &[],
        checks::specification,
    ),
    rule(
        "A2V4-05",
        Control,
        CONTINUOUS_PROGRAMMES,
        "Enveloppe disponible",
        passage(VOLET_4, &["dans la limite de l'enveloppe disponible"]),
        &[FcApiEnvelope],
        checks::envelope,
    ),
];
