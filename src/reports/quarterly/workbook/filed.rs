//! The sheets that count dossiers: by state, by theme, by how long they waited, and how the counts follow from each other.

use super::{FIRST, Sheet, values};
use crate::domain::dossier::DossierState;
use crate::domain::programme::Programme;
use crate::domain::verdict::{Status, Who};
use crate::reports::Cell;
use crate::reports::quarterly::{Durations, QuarterlyReport, Reckoning, Spread, States};
use crate::reports::sheets::{Area, Formula, Tone, Value};

pub(super) fn activity(report: &QuarterlyReport) -> Sheet<'_> {
    let mut headings = vec!["Programme", "Intitulé", "Déposés avant", "Ce trimestre", "Ensemble"];
    headings.extend(states());
    headings.extend(Status::ALL.map(Status::label));
    headings.extend(Who::ALL.map(Who::heading));
    let rows = (FIRST..).zip(&report.activities).map(|(row, activity)| {
        let of = |column| Area::cell(column, row);
        let mut cells = values([Cell::text(activity.programme.short_label()), Cell::text(activity.programme.label())]);
        cells.extend(values([activity.filed_before, activity.filed_in_quarter].map(Cell::count)));
        cells.push(Value::computed(Formula::Sum(vec![of(2), of(3)]), Cell::count(activity.filed())));
        cells.extend(by_state(&activity.states));
        cells.extend(values(activity.by_status.map(Cell::count)));
        cells.extend(values(activity.lacking.map(Cell::count)));
        (Tone::Plain, cells)
    });
    Sheet {
        name: "Dossiers déposés",
        title: "Dossiers par programme : état, avis des règles, ce qui manque aux dossiers vivants selon qui doit agir",
        widths: vec![14, 48, 10, 12, 10, 13, 13, 10, 10, 10, 12, 10, 10, 12, 12, 12, 12, 14, 12],
        headings,
        rows: Box::new(rows),
    }
}

/// The heading of what waited at the end of the period, and was read later.
const SINCE: &str = "en attente, décidé depuis";

fn states() -> impl Iterator<Item = &'static str> {
    DossierState::KNOWN.iter().map(DossierState::label).chain([SINCE, "autre état"])
}

fn by_state(states: &States) -> Vec<Value> {
    values(states.known.into_iter().chain([states.decided_since, states.other]).map(Cell::count))
}

pub(super) fn themes(report: &QuarterlyReport) -> Sheet<'_> {
    let themes = report.activities.iter().flat_map(|activity| &activity.themes);
    let rows = themes.map(|(theme, states)| {
        let mut cells = values([Cell::text(theme.label()), Cell::count(states.all())]);
        cells.extend(by_state(states));
        (Tone::Plain, cells)
    });
    Sheet {
        name: "Thèmes",
        title: "Dossiers du volet 1 par thème et par état",
        headings: ["Thème", "Déposés"].into_iter().chain(states()).collect(),
        widths: vec![44, 10, 13, 13, 10, 10, 10, 12, 10],
        rows: Box::new(rows),
    }
}

pub(super) fn durations(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.durations.iter().flat_map(|durations| {
        let Durations { programme, decided, dropped, unmeasured } = durations;
        let line = |how: &str, ever: &Spread, now: &Spread, unmeasured: Cell| {
            let mut cells = vec![Cell::text(programme.label()), Cell::text(how)];
            for spread in [ever, now] {
                let days = |percent| spread.percentile(percent).map_or(Cell::Empty, |days| Cell::Integer(days.into()));
                cells.extend([Cell::count(spread.count()), days(50), days(90)]);
            }
            cells.push(unmeasured);
            (Tone::Plain, values(cells))
        };
        [
            line("acceptés ou refusés", &decided.ever, &decided.in_quarter, Cell::count(*unmeasured)),
            line("classés sans suite", &dropped.ever, &dropped.in_quarter, Cell::Empty),
        ]
    });
    Sheet {
        name: "Délais",
        title: "Jours entre le dépôt et la décision sur DS, de date à date, à Paris",
        headings: vec![
            "Programme",
            "Décision",
            "Décisions",
            "Médiane",
            "90ᵉ centile",
            "Ce trimestre",
            "Médiane du trimestre",
            "90ᵉ centile du trimestre",
            "Clos sans date utilisable",
        ],
        widths: vec![48, 22, 11, 11, 11, 11, 11, 13, 13],
        rows: Box::new(rows),
    }
}

pub(super) fn reckonings(report: &QuarterlyReport) -> Sheet<'_> {
    let row = |(row, reckoning): (u32, &Reckoning)| {
        let count = reckoning.count;
        let of = |column| Formula::Of(Area::cell(column, row));
        let mut cells = values([Cell::text(reckoning.programme.map_or("Ensemble", Programme::label))]);
        cells.extend(values([count.filed(), count.removed, count.excluded, count.unreadable].map(Cell::count)));
        cells
            .push(Value::computed(Formula::Less(Box::new(of(1)), vec![of(2), of(3), of(4)]), Cell::count(count.shown)));
        cells.extend(values([reckoning.apart.map_or(Cell::Empty, Cell::count)]));
        cells.push(match reckoning.requests() {
            Some(requests) => Value::computed(Formula::Less(Box::new(of(5)), vec![of(6)]), Cell::count(requests)),
            None => Cell::Empty.into(),
        });
        (if reckoning.programme.is_some() { Tone::Plain } else { Tone::Strong }, cells)
    };
    Sheet {
        name: "Décompte",
        title: "Décompte des dossiers : des dépôts aux demandes que comptent les crédits",
        headings: vec![
            "Programme",
            "Déposés à la date d’arrêté",
            "− retirés de DS, non acceptés",
            "− écartés par un agent",
            "− illisibles",
            "= dossiers du rapport",
            "− hors du périmètre des crédits, ou lieu à préciser",
            "= demandes comptées",
        ],
        widths: vec![48, 14, 14, 14, 11, 14, 20, 14],
        rows: Box::new((FIRST..).zip(&report.reckonings).map(row)),
    }
}
