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
    envelope: None,
};

/// Volet 4.
pub(super) static CONTINUOUS: RuleSet = RuleSet {
    programmes: CONTINUOUS_PROGRAMMES,
    rules: CONTINUOUS_TABLE,
    eligible_expenses: |_| None,
    computed_by: "A2V4-03",
    computed: |inquiry| checks::per_funding(inquiry).ok()?.amount,
    acceptance: "A2V4-08",
    envelope: Some("A2V4-05"),
};

static CALL_TABLE: &[Rule] = &[
    Rule {
        id: "A2-01",
        version: 4,
        kind: Blocking,
        programmes: CALL_PROGRAMMES,
        title: "Taille du territoire",
        statement: "Le demandeur couvre au moins un département ou compte la population minimale.",
        interpretation: Some(
            "Le guide ne dit pas si « couvrant » vaut pour une collectivité seule, ni quelle population compter : la plus élevée, municipale ou totale, est retenue.",
        ),
        passages: &[Passage {
            part: AXE_2,
            quotes: &[
                "Il comprend quatre volets destinés aux collectivités ou aux groupements de collectivités couvrant au moins un département ou une population de 500 000 habitants.",
            ],
        }],
        verdicts: &[
            (
                Met,
                "le demandeur est un département, une région ou un groupement qui compte toutes les communes d’un département ; ou une commune ou un groupement dont la population, municipale ou totale, atteint la population minimale",
            ),
            (
                NotMet,
                "le demandeur est un groupement qui ne couvre pas un département et n’atteint pas la population minimale ; ou une entreprise, une association ou un particulier",
            ),
            (
                ToReview,
                "le demandeur est une commune seule, en dessous de la population minimale ; un syndicat, un service de l’État, un autre établissement public ou d’une nature inconnue ; ou sa population, absente des tables, n’est que déclarée",
            ),
        ],
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
        interpretation: Some(
            "Le guide dit « début juillet », « novembre », « début janvier » et « mai » sans jour : les périodes laissées à un agent sont celles du paramètre « appel à projets ».",
        ),
        passages: &[Passage {
            part: AXE_2,
            quotes: &[
                "1: Ouverture 25 janvier 2021, clôture 28 mai 2021",
                "2: Ouverture début juillet 2021, clôture novembre 2021",
                "3: Ouverture début janvier 2022, clôture mai 2022",
            ],
        }],
        verdicts: &[
            (Met, "le dossier est déposé un jour où un appel à projets est ouvert"),
            (NotMet, "il est déposé un jour où aucun ne l’est"),
            (
                ToReview,
                "il est déposé au début ou à la fin d’un appel, dans une période dont le guide ne donne pas le jour",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[deposit(Axe2Call)],
        check: checks::call,
    },
    Rule {
        id: "A2-03",
        version: 3,
        kind: Amount,
        programmes: CALL_PROGRAMMES,
        title: "Montant du financement",
        statement: "Le financement est une part du coût total.",
        interpretation: Some(
            "Le guide ne dit pas l’arrondi : une part d’un montant est arrondie au centime inférieur.",
        ),
        passages: &[Passage { part: AXE_2, quotes: RATE }],
        verdicts: &[
            (
                Met,
                "le coût total est connu : le montant est la part de ce coût que donne le taux, arrondie au centime inférieur",
            ),
            (ToReview, "le coût total manque, est illisible ou négatif"),
        ],
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
        interpretation: None,
        passages: &[Passage { part: AXE_2, quotes: RATE }],
        verdicts: &[
            (Met, "le montant accordé ne dépasse pas le montant calculé (A2-03)"),
            (NotMet, "il le dépasse"),
            (
                ToReview,
                "le dossier est accepté sans montant accordé connu, ou le montant accordé est négatif ou illisible, ou le calcul laisse un doute qui peut changer l’avis",
            ),
            (NotApplicable, "rien n’est accordé : aucun montant accordé, ou dossier refusé ou classé sans suite"),
        ],
        needs: &[Need::of(&[FactName::GrantedAmount]), Need::of(&[FactName::TotalCost])],
        considers: &[],
        parameters: &[deposit(Axe2Rate)],
        check: |inquiry| super::grant::within(inquiry, checks::share_of_cost),
    },
    acceptance::rule(
        "A2-05",
        1,
        CALL_PROGRAMMES,
        &[Passage { part: AXE_2, quotes: &["Il comprend quatre volets destinés aux collectivités"] }],
    ),
];

static CONTINUOUS_TABLE: &[Rule] = &[
    Rule {
        id: "A2V4-01",
        version: 3,
        kind: Blocking,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Dépôt avant la clôture du guichet",
        statement: "Le dossier est déposé au plus tard le jour de la clôture.",
        interpretation: Some(
            "Le guide ne dit pas à quelle heure : le jour de la clôture est compris, à l’heure de Paris.",
        ),
        passages: &[Passage {
            part: VOLET_4,
            quotes: &["Les candidatures sont ouvertes en continu, jusqu'au 30 septembre 2022"],
        }],
        verdicts: &[
            (Met, "le dossier est déposé au plus tard le jour de la clôture, à l’heure de Paris"),
            (NotMet, "il est déposé après"),
            (ToReview, "la date de clôture n’a pas de valeur au jour du dépôt : dossier déposé avant le lancement"),
        ],
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
        interpretation: Some(
            "Une même collectivité ou structure de mutualisation est reconnue à son SIREN, parmi les demandes en cours.",
        ),
        passages: &[Passage {
            part: VOLET_4,
            quotes: &[
                "dans la limite de 2 financements (FranceConnect et API) à hauteur de 5 000€ par collectivité ou structure de mutualisation",
            ],
        }],
        verdicts: &[
            (Met, "aucune autre demande en cours du même SIREN ne porte sur le même service"),
            (
                ToReview,
                "une autre demande en cours du même SIREN porte sur le même service, ou sur un service qui n’est pas connu ; ou le service ou le SIRET de ce dossier n’est pas connu",
            ),
            (NotApplicable, "le dossier est refusé, classé sans suite ou retiré"),
        ],
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
        interpretation: Some(
            "La phrase du guide peut aussi se lire : ce montant pour les deux services ensemble. Il est compté pour chaque financement.",
        ),
        passages: &[Passage {
            part: VOLET_4,
            quotes: &["à hauteur de 5 000€ par collectivité ou structure de mutualisation"],
        }],
        verdicts: &[
            (Met, "le montant fixe est calculé pour ce financement"),
            (ToReview, "le montant n’a pas de valeur au jour du dépôt : dossier déposé hors de la période du guichet"),
        ],
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
        interpretation: None,
        passages: &[Passage {
            part: VOLET_4,
            quotes: &["L'éligibilité est conditionnée au respect d'un cahier des charges simplifié"],
        }],
        verdicts: &[(
            ToReview,
            "toujours : un agent vérifie que le cahier des charges simplifié, qui n’est pas dans le guide, est respecté",
        )],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::specification,
    },
    Rule {
        id: "A2V4-05",
        version: 5,
        kind: Control,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Enveloppe disponible",
        statement: "Les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe, si elle est renseignée.",
        interpretation: Some(
            "Le guide ne dit pas quel dossier porte un dépassement : les attributions s’ajoutent dans l’ordre des décisions.",
        ),
        passages: &[Passage { part: VOLET_4, quotes: &["dans la limite de l'enveloppe disponible"] }],
        verdicts: &[
            (
                Met,
                "les attributions, dans l’ordre des décisions et jusqu’à ce dossier compris, tiennent dans l’enveloppe",
            ),
            (
                NotMet,
                "leur somme la dépasse : l’écart est porté par le dossier qui franchit la limite et par ceux qui le suivent",
            ),
            (ToReview, "une attribution sans montant empêche de conclure"),
            (NotApplicable, "l’enveloppe n’est pas renseignée, ou le dossier n’est pas accepté"),
        ],
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
        interpretation: None,
        passages: &[Passage {
            part: VOLET_4,
            quotes: &["à hauteur de 5 000€ par collectivité ou structure de mutualisation"],
        }],
        verdicts: &[
            (Met, "le montant accordé ne dépasse pas le montant du financement (A2V4-03)"),
            (NotMet, "il le dépasse"),
            (
                ToReview,
                "le dossier est accepté sans montant accordé connu, ou le montant accordé est négatif ou illisible, ou le calcul laisse un doute qui peut changer l’avis",
            ),
            (NotApplicable, "rien n’est accordé : aucun montant accordé, ou dossier refusé ou classé sans suite"),
        ],
        needs: &[Need::of(&[FactName::GrantedAmount])],
        considers: &[],
        parameters: &[deposit(FcApiAmount)],
        check: checks::granted,
    },
    Rule {
        id: "A2V4-07",
        version: 2,
        kind: Blocking,
        programmes: CONTINUOUS_PROGRAMMES,
        title: "Demande d’une collectivité ou d’un groupement",
        statement: "Le demandeur est une collectivité territoriale ou un groupement de collectivités ; le seuil de population du chapeau de l’axe 2 n’est pas appliqué.",
        interpretation: Some(
            "Le seuil du chapeau de l’axe 2, dit de quatre volets, n’est pas appliqué ici : le volet 4 est ouvert à tous « les collectivités et les groupements de collectivités ».",
        ),
        passages: &[Passage {
            part: VOLET_4,
            quotes: &["un guichet auquel les collectivités et les groupements de collectivités pourront candidater"],
        }],
        verdicts: &[
            (Met, "le demandeur est une commune, un département, une région ou un groupement de collectivités"),
            (NotMet, "le demandeur est une entreprise, une association ou un particulier"),
            (
                ToReview,
                "le demandeur est un syndicat, un GIP, un service de l’État ou un autre établissement public, qui peut être une structure de mutualisation, ou sa nature n’est pas connue",
            ),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: checks::collectivite,
    },
    acceptance::rule(
        "A2V4-08",
        1,
        CONTINUOUS_PROGRAMMES,
        &[Passage {
            part: VOLET_4,
            quotes: &["L'éligibilité est conditionnée au respect d'un cahier des charges simplifié"],
        }],
    ),
];
