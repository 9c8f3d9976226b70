//! Laboratoires d'innovation territoriale: axe 3, volet 2. The table of its rules; what each does is in `checks` and in
//! [`axe3`](super::axe3).

mod checks;
#[cfg(test)]
mod tests;

use super::axe3::{decision, project, spending};
use super::expenses::{Policy, Treatment, exclusions};
use super::parameters::ParameterName::{
    CommitteeMonths, EquipmentAlertShare, ProjectEndLatest, ProjectEndPriority, V2Envelope, V2Rate,
};
use super::rule::{Passage, Rule, RuleSet};
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{self, Amount, Blocking, Control, Priority, Review};

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
    computed: |inquiry| checks::ceiling(inquiry).ok()?.amount,
};

const fn rule(
    id: &'static str,
    kind: RuleKind,
    title: &'static str,
    passage: Passage,
    parameters: &'static [super::ParameterName],
    check: fn(&mut super::inquiry::Inquiry<'_>) -> super::rule::Outcome,
) -> Rule {
    Rule { id, version: 2, kind, programmes: PROGRAMMES, title, passage, parameters, check }
}

const fn passage(part: &'static str, quotes: &'static [&'static str]) -> Passage {
    Passage { part, quotes }
}

static TABLE: &[Rule] = &[
    rule(
        "A3V2-01",
        Blocking,
        "Projet soutenu par un laboratoire",
        passage(
            VOLET_2,
            &[
                "Les projets portés par les collectivités territoriales sont soutenus par un laboratoire d'innovation territoriale",
            ],
        ),
        &[],
        checks::lab,
    ),
    rule(
        "A3V2-02",
        Blocking,
        "Projet non engagé",
        passage(VOLET_2, &["Au titre du volet 2 de l'axe 3, les projets déjà engagés ne seront pas retenus."]),
        &[],
        project::not_engaged,
    ),
    rule(
        "A3V2-03",
        Blocking,
        "Projet achevé à temps",
        passage(STEPS, &["Les projets doivent être achevés au plus tard au 31 octobre 2022"]),
        &[ProjectEndLatest],
        project::completed_in_time,
    ),
    rule(
        "A3V2-04",
        Priority,
        "Projet achevé tôt",
        passage(
            VOLET_2,
            &[
                "seront privilégiés les projets mûrs, prêts à démarrer et dont le cycle de réalisation se termine avant la fin de l'année 2021 ou dont la date de fin de réalisation est fixée au plus tard à fin octobre 2022",
            ],
        ),
        &[ProjectEndPriority, ProjectEndLatest],
        project::end_priority,
    ),
    rule(
        "A3V2-05",
        Priority,
        "Projet inscrit dans un contrat avec l’État",
        passage(
            VOLET_2,
            &[
                "Les projets qui entrent dans le champ d'une démarche contractuelle avec l'Etat",
                "sont à privilégier. Ce dispositif concernerait les contrats déjà signés mais non encore financés en totalité mais également les contrats en cours d'élaboration",
            ],
        ),
        &[],
        checks::state_contract,
    ),
    rule(
        "A3V2-06",
        Review,
        "Dépenses admises",
        passage(
            VOLET_2,
            &[
                "Prestations intellectuelles liées à l'ingénierie en coordination et animation des projets de design",
                "Outils numériques",
                "Formations spécifiques à l'innovation",
                "Les dépenses non éligibles sont la masse salariale et les achats de licences logicielles d'éditeurs (hors Union européenne).",
            ],
        ),
        &[],
        |inquiry| exclusions(inquiry, Policy { equipment: Treatment::Eligible, other: OTHER, not_before: None }),
    ),
    rule(
        "A3V2-07",
        Review,
        "Équipement accessoire, dépenses postérieures au comité",
        passage(
            VOLET_2,
            &[
                "L'achat d'équipement informatique est éligible à condition qu'il ne constitue pas la principale finalité du projet",
                "La date de début d'éligibilité des dépenses est celle du comité de validation du projet.",
            ],
        ),
        &[EquipmentAlertShare],
        |inquiry| {
            let equipment = super::rule::settle(spending::equipment(inquiry, OTHER));
            Ok(equipment.and(super::rule::settle(spending::from_committee(inquiry, OTHER))))
        },
    ),
    rule(
        "A3V2-08",
        Amount,
        "Montant maximal",
        passage(MANAGEMENT, &["Le taux de financement accordé est au maximum de 80% du coût total prévisionnel"]),
        &[V2Rate],
        |inquiry| Ok(checks::ceiling(inquiry)?.finding),
    ),
    rule(
        "A3V2-09",
        Control,
        "Montant accordé et enveloppe respectés",
        passage(STEPS, &["Volet 2 de l'axe 3 (200 000€ pour l'Ile-de-France)"]),
        &[V2Rate, V2Envelope],
        checks::granted_and_envelope,
    ),
    rule(
        "A3V2-10",
        Control,
        "Décision du comité de sélection",
        passage(
            MANAGEMENT,
            &[
                "un comité de sélection se réunira tous les 2 mois pour valider les projets. Pour l'année 2021, il se réunira en juillet et en octobre.",
            ],
        ),
        &[CommitteeMonths],
        checks::committee,
    ),
    rule(
        "A3V2-11",
        Control,
        "Avis de la préfecture de département",
        passage(MANAGEMENT, &["la préfecture de région recueillera l'avis des préfectures de département"]),
        &[],
        checks::opinion,
    ),
    rule(
        "A3V2-12",
        Review,
        "Demande d’une collectivité",
        passage(
            "Axe 3, présentation",
            &[
                "services publics assurés par des collectivités territoriales, quelle que soit leur taille, dès lors qu'ils sont portés ou impliquent des laboratoires d'innovation territoriale",
            ],
        ),
        &[],
        checks::collectivite,
    ),
    rule(
        "A3V2-13",
        Review,
        "Cadre du projet",
        passage(
            VOLET_2,
            &[
                "soit d'un projet d'innovation au bénéfice de la collectivité co-contractante",
                "soit d'un projet commun à plusieurs acteurs publics",
            ],
        ),
        &[],
        checks::framework,
    ),
    rule(
        "A3V2-14",
        Control,
        "Ordre de la décision et des paiements",
        passage(
            MANAGEMENT,
            &[
                "Après validation des projets par le comité de sélection, la préfecture de région notifie l'accord au porteur de projet. Une convention est conclue entre le bénéficiaire et le préfet de région",
            ],
        ),
        &[],
        decision::order_of_things,
    ),
];
