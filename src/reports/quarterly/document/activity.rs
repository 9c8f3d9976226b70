//! Dossiers by state and theme, and how long they wait for a decision.

use super::make::{grouped, heading, note, numbers, row, table, words};
use super::words::{NONE, number};
use crate::domain::dossier::DossierState;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::blocks::{Block, Column, Group, Row, RowCell, RowKind};
use crate::reports::quarterly::{Activity, Durations, QuarterlyReport, Spread, States, Waits};

pub(super) fn activity(report: &QuarterlyReport) -> Vec<Block> {
    if report.activities.is_empty() {
        return vec![super::make::paragraph("Aucun dossier déposé à la date d’arrêté.")];
    }
    let mut blocks = vec![heading(2, None, "Dossiers par état et par thème"), states(report)];
    if decided_since(report) > 0 {
        blocks.push(note(SINCE));
    }
    blocks.push(statuses(report));
    blocks.push(heading(2, Some("delais"), "Délais de traitement"));
    blocks.extend(durations(report));
    blocks
}

/// What is said of what waited at the end, and was read later.
const SINCE: &str = "En attente, décidé depuis : dossier qui attendait une décision à la date d’arrêté et qui a été décidé ensuite, avant d’être lu pour la \
    première fois. Il compte parmi les demandes en attente, dans aucun des états décidés.";

/// How many dossiers that waited at the end were decided since.
fn decided_since(report: &QuarterlyReport) -> usize {
    report.activities.iter().map(|activity| activity.states.decided_since).sum()
}

fn states(report: &QuarterlyReport) -> Block {
    let mut columns = vec![words("Programme ou thème", 4), numbers("Déposés", 1), numbers("dont ce trimestre", 1)];
    columns.extend(DossierState::KNOWN.iter().map(|state| numbers(&super::words::capital(state.label()), 1)));
    let has_since = decided_since(report) > 0;
    if has_since {
        columns.push(numbers("En attente, décidé depuis", 1));
    }
    let has_other = report.activities.iter().any(|activity| activity.states.other > 0);
    if has_other {
        columns.push(numbers("Autre état", 1));
    }
    let line = |kind: RowKind, name: String, in_quarter: String, states: &States| {
        let mut cells = vec![name, number(states.all()), in_quarter];
        cells.extend(states.known.map(number));
        cells.extend(has_since.then(|| number(states.decided_since)));
        cells.extend(has_other.then(|| number(states.other)));
        Row { kind, cells: cells.into_iter().map(RowCell::plain).collect() }
    };
    let programmes = report.activities.iter().map(|activity| {
        let in_quarter = number(activity.filed_in_quarter);
        line(RowKind::Plain, activity.programme.label().to_owned(), in_quarter, &activity.states)
    });
    let themes = report.activities.iter().filter(|activity| activity.programme == Programme::Axe3V1);
    let themes = themes.flat_map(|activity| &activity.themes);
    let themes = themes.map(|(theme, states)| line(RowKind::Plain, theme.label(), NONE.to_owned(), states));
    grouped(
        "Dossiers par programme, par thème et par état",
        Some("Le premier groupe a une ligne par programme, le second répartit ceux du volet 1 par thème."),
        columns,
        vec![
            Group { heading: Some("Par programme".to_owned()), rows: programmes.collect() },
            Group { heading: Some("Axe 3, volet 1, par thème".to_owned()), rows: themes.collect() },
        ],
    )
}

fn statuses(report: &QuarterlyReport) -> Block {
    let mut columns = vec![words("Programme", 4)];
    columns.extend(Status::ALL.map(|status| numbers(&super::words::capital(status.label()), 1)));
    let line = |activity: &Activity| {
        let mut cells = vec![activity.programme.label().to_owned()];
        cells.extend(activity.by_status.map(number));
        Row { kind: RowKind::Plain, cells: cells.into_iter().map(RowCell::plain).collect() }
    };
    table("Avis des règles, par programme", columns, report.activities.iter().map(line).collect())
}

fn durations(report: &QuarterlyReport) -> Vec<Block> {
    let columns: Vec<Column> = vec![
        words("Programme", 4),
        numbers("Décisions", 1),
        numbers("Médiane, en jours", 1),
        numbers("90 % en au plus, en jours", 1),
        numbers("Ce trimestre", 1),
        numbers("Médiane, en jours", 1),
        numbers("90 % en au plus, en jours", 1),
    ];
    let rows = |waits: fn(&Durations) -> &Waits| -> Vec<Row> {
        let measured = report.durations.iter().filter(|one| waits(one).ever.count() > 0);
        measured
            .map(|one| {
                let Waits { ever, in_quarter } = waits(one);
                let [all, median, ninetieth] = spread(ever);
                let [now, median_now, ninetieth_now] = spread(in_quarter);
                let name = one.programme.label().to_owned();
                row(RowKind::Plain, [name, all, median, ninetieth, now, median_now, ninetieth_now])
            })
            .collect()
    };
    let (decided, dropped) = (rows(|one| &one.decided), rows(|one| &one.dropped));
    if decided.is_empty() && dropped.is_empty() {
        return vec![super::make::paragraph("Aucune décision à la date d’arrêté.")];
    }
    let unmeasured: usize = report.durations.iter().map(|one| one.unmeasured).sum();
    let mut blocks = vec![grouped(
        "Jours entre le dépôt et la décision sur DS",
        Some(
            "Les trois premières colonnes de nombres portent sur toutes les décisions, les trois dernières sur celles du trimestre. Les dossiers classés sans suite sont à part.",
        ),
        columns,
        vec![
            Group { heading: Some("Acceptés ou refusés".to_owned()), rows: decided },
            Group { heading: Some("Classés sans suite".to_owned()), rows: dropped },
        ],
    )];
    blocks.push(note(
        "Médiane : la moitié des décisions ont été prises en ce nombre de jours au plus ; de même pour neuf sur dix. Ce sont des durées constatées : entre deux d’entre elles, un tableur donnerait leur moyenne. Jours entiers, de date à date, à Paris. Aucun \
         délai n’est calculé par agent.",
    ));
    if unmeasured > 0 {
        blocks.push(note(format!(
            "{} sans date de décision utilisable : hors de ces délais.",
            counted(unmeasured, "dossier clos", "dossiers clos")
        )));
    }
    blocks
}

fn spread(spread: &Spread) -> [String; 3] {
    let days = |percent| spread.percentile(percent).map_or_else(|| NONE.to_owned(), |days| number(days as usize));
    [number(spread.count()), days(50), days(90)]
}
