//! Axe 2: the three national calls, and the continuous guichet for `FranceConnect` and national APIs. Two tables of rules; what
//! each does is in `checks`.

mod checks;
#[cfg(test)]
mod tests;

use super::acceptance;
use super::grounds::{Need, decision, deposit};
use super::parameters::ParameterName::{Axe2Call, Axe2Population, Axe2Rate, FcApiAmount, FcApiDeadline, FcApiEnvelope};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Amount, Blocking, Control, Review};
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};

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
    computed_by: "A2-03",
    computed: |inquiry| checks::share_of_cost(inquiry).ok()?.amount,
    acceptance: "A2-05",
};

/// Volet 4.
pub(super) static CONTINUOUS: RuleSet = RuleSet {
    programmes: CONTINUOUS_PROGRAMMES,
    rules: CONTINUOUS_TABLE,
    eligible_expenses: |_| None,
    computed_by: "A2V4-03",
    computed: |inquiry| checks::per_funding(inquiry).ok()?.amount,
    acceptance: "A2V4-08",
};

static CALL_TABLE: &[Rule] = &[
    Rule {
        id: "A2-01",
        version: 3,
        kind: Blocking,
        programmes: CALL_PROGRAMMES,
        title: "Taille du territoire",
        statement: "Le demandeur couvre au moins un département ou compte la population minimale.",
        passage: Passage {
            part: AXE_2,
            quotes: &[
                "Il comprend quatre volets destinés aux collectivités ou aux groupements de collectivités couvrant au moins un département ou une population de 500 000 habitants.",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[],
        considers: &[FactName::Population],
        parameters: &[deposit(Axe2Population)],
        check: checks::size,
    },
    Rule {
        id: "A2-02",
        version: 2,
        kind: Blocking,
        programmes: CALL_PROGRAMMES,
        title: "Dépôt pendant un appel à projets",
        statement: "Le dossier est déposé pendant un appel à projets ; les bords dont le guide ne donne pas le jour sont à vérifier.",
        passage: Passage {
            part: AXE_2,
            quotes: &[
                "1: Ouverture 25 janvier 2021, clôture 28 mai 2021",
                "2: Ouverture début juillet 2021, clôture novembre 2021",
                "3: Ouverture début janvier 2022, clôture mai 2022",
            ],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[],
        considers: &[],
        parameters: &[deposit(Axe2Call)],
        check: checks::call,
    },
    Rule {
        id: "A2-03",
        version: 2,
        kind: Amount,
        programmes: CALL_PROGRAMMES,
        title: "Montant du financement",
        statement: "Le financement est une part du coût total.",
        passage: Passage { part: AXE_2, quotes: RATE },
        can_give: &[Met, ToReview],
        needs: &[Need::of(&[FactName::TotalCost])],
        considers: &[],
        parameters: &[deposit(Axe2Rate)],
        check: |inquiry| Ok(checks::share_of_cost(inquiry)?.finding),
    },
    Rule {
        id: "A2-04",
        version: 3,
        kind: Control,
        programmes: CALL_PROGRAMMES,
        title: "Montant accordé dans la limite du financement",
        statement: "Le montant accordé ne dépasse pas le financement calculé.",
        passage: Passage { part: AXE_2, quotes: RATE },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount]), Need::of(&[FactName::TotalCost])],
        considers: &[],
        parameters: &[deposit(Axe2Rate)],
        check: |inquiry| super::grant::within(inquiry, checks::share_of_cost),
    },
    Rule {
        id: "A2-05",
        version: 1,
        kind: Control,
        programmes: CALL_PROGRAMMES,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        passage: Passage { part: AXE_2, quotes: &["Il comprend quatre volets destinés aux collectivités"] },
        can_give: &[Met, NotMet, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: acceptance::against_no_blocking_rule,
    },
];

static CONTINUOUS_TABLE: &[Rule] = &[
    Rule {
        id: "A2V4-01",
        version: 2,
        kind: Blocking,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Dépôt avant la clôture du guichet",
        statement: "Le dossier est déposé au plus tard le jour de la clôture.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["Les candidatures sont ouvertes en continu, jusqu'au 30 septembre 2022"],
        },
        can_give: &[Met, NotMet],
        needs: &[],
        considers: &[],
        parameters: &[deposit(FcApiDeadline)],
        check: checks::deadline,
    },
    Rule {
        id: "A2V4-02",
        version: 2,
        kind: Review,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Un financement par service",
        statement: "La même collectivité ne demande qu’un financement par service, FranceConnect ou API.",
        passage: Passage {
            part: VOLET_4,
            quotes: &[
                "dans la limite de 2 financements (FranceConnect et API) à hauteur de 5 000€ par collectivité ou structure de mutualisation",
            ],
        },
        can_give: &[Met, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::Service])],
        considers: &[],
        parameters: &[],
        check: checks::one_of_each,
    },
    Rule {
        id: "A2V4-03",
        version: 2,
        kind: Amount,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Montant du financement",
        statement: "Chaque financement est d’un montant fixe.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["à hauteur de 5 000€ par collectivité ou structure de mutualisation"],
        },
        can_give: &[Met],
        needs: &[],
        considers: &[],
        parameters: &[deposit(FcApiAmount)],
        check: |inquiry| Ok(checks::per_funding(inquiry)?.finding),
    },
    Rule {
        id: "A2V4-04",
        version: 2,
        kind: Review,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Cahier des charges simplifié",
        statement: "Un agent vérifie que le projet respecte le cahier des charges simplifié.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["L'éligibilité est conditionnée au respect d'un cahier des charges simplifié"],
        },
        can_give: &[ToReview],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::specification,
    },
    Rule {
        id: "A2V4-05",
        version: 3,
        kind: Control,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Enveloppe disponible",
        statement: "Les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe, si elle est réglée.",
        passage: Passage { part: VOLET_4, quotes: &["dans la limite de l'enveloppe disponible"] },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[FactName::CommitteeDate],
        parameters: &[decision(FcApiEnvelope)],
        check: checks::envelope,
    },
    Rule {
        id: "A2V4-06",
        version: 1,
        kind: Control,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Montant accordé dans la limite du financement",
        statement: "Le montant accordé ne dépasse pas le montant fixe du financement.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["à hauteur de 5 000€ par collectivité ou structure de mutualisation"],
        },
        can_give: &[Met, NotMet, ToReview, NotApplicable],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[],
        parameters: &[deposit(FcApiAmount)],
        check: checks::granted,
    },
    Rule {
        id: "A2V4-07",
        version: 1,
        kind: Blocking,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Demande d’une collectivité ou d’un groupement",
        statement: "Le demandeur est une collectivité territoriale ou un groupement de collectivités ; le seuil de population du chapeau de l’axe 2 n’est pas appliqué.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["un guichet auquel les collectivités et les groupements de collectivités pourront candidater"],
        },
        can_give: &[Met, NotMet, ToReview],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::collectivite,
    },
    Rule {
        id: "A2V4-08",
        version: 1,
        kind: Control,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        passage: Passage {
            part: VOLET_4,
            quotes: &["L'éligibilité est conditionnée au respect d'un cahier des charges simplifié"],
        },
        can_give: &[Met, NotMet, NotApplicable],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: acceptance::against_no_blocking_rule,
    },
];
