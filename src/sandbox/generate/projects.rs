//! Dossiers of axes 2 and 3: projects, with a cost, a calendar and a share asked for.

use fastrand::Rng;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::draft::{Draft, Line, amount, day_after, day_between, working_hour};
use super::places::{Body, Places};
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::sandbox::world::{Procedure, Value};
use crate::territory;

/// Projects by theme: title, and what it buys first.
const PROJECTS: [[(&str, usize, &str); 4]; 3] = [
    [
        ("Schéma directeur du numérique", 1, "Étude et schéma directeur"),
        ("Diagnostic des services en ligne de la commune", 1, "Diagnostic"),
        ("Accompagnement au déploiement d’une gestion électronique des documents", 1, "Conduite du changement"),
        ("Étude d’usage des transports à la demande", 1, "Étude de données"),
    ],
    [
        ("Évaluation et certification des compétences numériques des agents", 2, "Sessions d’évaluation"),
        ("Ateliers numériques pour les agents des services techniques", 2, "Ateliers de formation"),
        ("Parcours de formation « L’agent augmenté »", 2, "Ingénierie pédagogique"),
        ("Plateforme de formation en ligne des agents", 0, "Abonnement à une plateforme"),
    ],
    [
        ("Portail citoyen et démarches en ligne", 0, "Portail citoyen"),
        ("Budget participatif numérique", 0, "Plateforme de participation"),
        ("Modernisation de l’accueil téléphonique", 1, "Refonte du serveur vocal"),
        ("Application mobile de la ville", 0, "Application mobile"),
    ],
];
const LABS: [&str; 4] = ["Lab’AU (fictif)", "La Fabrique francilienne (fictive)", "Labo mobile 77 (fictif)", ""];
const FRAMEWORKS: [&str; 3] = ["Contrat de relance et de transition écologique", "", "Contrat de ville"];

/// A dossier just filed.
pub fn draft<'a>(procedure: &'a Procedure, number: i64, places: &mut Places, rng: &'a mut Rng) -> Option<Draft<'a>> {
    let body = carrier(procedure.programme, places)?;
    let (first, last) = window(procedure.programme);
    let day = day_between(rng, first, last);
    let at = working_hour(rng, day);
    let mut draft = Draft::filed(procedure, number, at, body.company()?, rng);
    let theme = draft.rng.usize(..3);
    let (title, nature, subject) = PROJECTS[theme][draft.rng.usize(..4)];
    draft.set("project_title", Value::Text(title.to_owned()));
    draft.set("project_summary", Value::Text(format!("{title} : un projet mené avec les habitants et les agents.")));
    draft.choose("theme", theme);
    draft.set("population", Value::Integer(body.population()));
    calendar(&mut draft, day);
    money(&mut draft, nature, subject, body.population());
    if let Some(seat) = body.seat()
        && let Some(departement) = territory::departement(seat.departement)
    {
        draft.set("project_departement", Value::Coded(departement.code.to_owned(), departement.name.to_owned()));
    }
    let (users, agents) = (draft.rng.i64(200..20_000), draft.rng.i64(5..150));
    draft.set("target_users", Value::Integer(users));
    if theme == 1 {
        draft.set("agents_trained", Value::Integer(agents));
    }
    laboratory(&mut draft);
    let service = draft.rng.usize(..2);
    draft.choose("service", service);
    draft.attach("documents", "devis", 2);
    Some(draft)
}

/// The calls of axe 2 want départements or half a million inhabitants: the largest there are.
fn carrier(programme: Programme, places: &mut Places) -> Option<Body> {
    match programme {
        Programme::Axe2V1 | Programme::Axe2V2 | Programme::Axe2V3 => {
            let drawn: Vec<Body> = (0..40).filter_map(|_| places.carrier()).collect();
            drawn.into_iter().max_by_key(|body| body.population())
        }
        _ => places.carrier(),
    }
}

/// When dossiers of a programme were filed (guide, [A2] for the calls).
const fn window(programme: Programme) -> (Date, Date) {
    match programme {
        Programme::Axe2V1 => (date(2021, 1, 25), date(2021, 5, 28)),
        Programme::Axe2V2 => (date(2021, 7, 12), date(2021, 10, 29)),
        Programme::Axe2V3 => (date(2022, 1, 17), date(2022, 4, 29)),
        Programme::Axe2V4 => (date(2021, 3, 1), date(2022, 3, 31)),
        Programme::Axe3V2 => (date(2021, 3, 15), date(2021, 9, 24)),
        Programme::Axe3V1 | Programme::Axe3V1Ads => (date(2021, 2, 15), date(2021, 10, 15)),
    }
}

fn calendar(draft: &mut Draft, filed: Date) {
    let engaged = draft.rng.u8(..12) == 0;
    draft.set("already_engaged", Value::Bool(engaged));
    let start = day_after(filed, draft.rng.i64(70..130));
    let end = day_after(start, draft.rng.i64(60..300));
    draft.set("project_start", Value::Date(start));
    draft.set("project_end", Value::Date(end));
}

fn money(draft: &mut Draft, nature: usize, subject: &'static str, population: i64) {
    let mut lines = vec![line(draft, nature, subject, 6_000..24_000)];
    lines.push(line(draft, 1, "Accompagnement", 1_500..8_000));
    if draft.rng.u8(..3) == 0 {
        lines.push(line(draft, 3, "Tablettes d’accueil", 800..3_000));
        let purpose = draft.rng.usize(..3);
        draft.choose("equipment_purpose", purpose);
    } else {
        draft.hide("equipment_purpose");
    }
    draft.expenses(&lines);
    let total: Cents = lines.iter().map(|line| line.amount).sum();
    draft.set("total_cost", Value::Decimal(total));
    draft
        .set("requested_amount", Value::Decimal(total.share_rounded_down(rate(draft.procedure.programme, population))));
}

fn line(draft: &mut Draft, nature: usize, subject: &'static str, euros: std::ops::Range<i64>) -> Line {
    let on = day_after(paris_date(draft.dossier.deposited_at), draft.rng.i64(90..150));
    let origin = if nature == 0 { 0 } else { 2 };
    Line { nature, subject, amount: amount(draft.rng, euros), origin: Some(origin), on }
}

/// The share that the guide allows ([M1-dép], [M2], [A2]).
fn rate(programme: Programme, population: i64) -> Decimal {
    match programme {
        Programme::Axe3V1 if population <= 15_000 => Decimal::ONE,
        Programme::Axe3V2 => Decimal::new(8, 1),
        _ => Decimal::new(5, 1),
    }
}

fn laboratory(draft: &mut Draft) {
    let (lab, contract) = (LABS[draft.rng.usize(..LABS.len())], FRAMEWORKS[draft.rng.usize(..FRAMEWORKS.len())]);
    for (key, text) in [("lab", lab), ("state_contract", contract)] {
        if !text.is_empty() {
            draft.set(key, Value::Text(text.to_owned()));
        }
    }
    let framework = draft.rng.usize(..2);
    draft.choose("project_framework", framework);
}

/// What an agent would grant: what was asked for.
pub fn grant(draft: &Draft) -> Cents {
    if draft.procedure.programme == Programme::Axe2V4 {
        return Cents::euros(5_000);
    }
    let field = draft.procedure.field("requested_amount");
    match field.and_then(|field| draft.dossier.answers.get(&field.stable_id)).map(|answer| &answer.value) {
        Some(Value::Decimal(amount)) => *amount,
        _ => Cents::ZERO,
    }
}
