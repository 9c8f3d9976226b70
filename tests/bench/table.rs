//! The figures as people read them: one table, and what missed its goal.

use std::fmt::Write as _;

use fitn_connector::domain::text::grouped;

use super::operations::{Figures, OPERATIONS, Operation, bytes, duration};
use super::story::Measured;

/// How large the database may be beside what was received, in tenths.
const SHARE_GOAL: u64 = 8;

/// Follows a figure that missed its goal.
const MISSED: &str = " ✗";

/// The number of dossiers for which everything is shown, where it was measured.
const SHOWN_WHOLE: usize = 10_000;

/// The whole table, as Markdown, its columns aligned.
pub fn markdown(all: &[Measured]) -> String {
    let Some(whole) = all.iter().find(|measured| measured.dossiers == SHOWN_WHOLE).or(all.last()) else {
        return String::new();
    };
    let number = |measured: &Measured| grouped(measured.dossiers as u64);
    let mut head = vec!["opération".to_owned(), "but".to_owned()];
    head.extend(all.iter().map(|measured| format!("{} dossiers", number(measured))));
    head.extend(["plancher", "durée", "requêtes", "reçu"].map(|word| format!("{word} ({})", number(whole))));
    let mut rows = vec![head];
    for operation in OPERATIONS {
        if all.iter().any(|measured| measured.figures.contains_key(operation.name)) {
            rows.push(row(operation, all, whole));
        }
    }
    let mut size = vec!["taille de la base, par dossier".to_owned(), String::new()];
    size.extend(all.iter().map(|measured| {
        let each = measured.database_bytes / u64::try_from(measured.dossiers).unwrap_or(1).max(1);
        format!("{} · {}", bytes(measured.database_bytes), bytes(each))
    }));
    size.extend([const { String::new() }; 4]);
    rows.push(size);
    let mut share = vec!["taille de la base, pour un octet reçu de DS".to_owned(), format!("≤ 0,{SHARE_GOAL}")];
    share.extend(all.iter().map(|measured| {
        let hundredths = measured.database_bytes * 100 / measured.dossiers_bytes.max(1);
        marked(format!("{},{:02}", hundredths / 100, hundredths % 100), hundredths <= SHARE_GOAL * 10)
    }));
    share.extend([const { String::new() }; 4]);
    rows.push(share);
    aligned(&rows)
}

fn row(operation: &Operation, all: &[Measured], whole: &Measured) -> Vec<String> {
    let mut cells = vec![operation.label.to_owned(), operation.goal.text()];
    cells.extend(all.iter().map(|measured| {
        let figures = measured.figures.get(operation.name);
        figures.map_or("—".to_owned(), |figures| cell(operation, figures, measured.dossiers))
    }));
    let floor = operation.floor.and_then(|floor| whole.figures.get(floor.name()));
    cells.push(floor.map(|floor| duration(floor.cpu_us)).unwrap_or_default());
    let figures = whole.figures.get(operation.name);
    cells.push(
        figures.and_then(|figures| Some((figures, figures.wall_us?))).map_or(String::new(), |(figures, wall)| {
            marked(duration(wall), operation.goal.is_wall_met(figures, floor))
        }),
    );
    cells.extend(match figures.filter(|figures| figures.requests > 0) {
        Some(figures) => {
            let is_met = operation.goal.are_requests_met(figures, whole.procedures);
            [marked(grouped(figures.requests), is_met), bytes(figures.received_bytes)]
        }
        None => [const { String::new() }; 2],
    });
    cells
}

fn cell(operation: &Operation, figures: &Figures, dossiers: usize) -> String {
    let goal = operation.goal;
    let mut text = marked(duration(figures.cpu_us), goal.is_cpu_met(figures, dossiers));
    if let Some(peak) = figures.peak_kib {
        let _ = write!(text, " · {}", marked(bytes(peak * 1_024), goal.is_peak_met(figures, dossiers)));
    }
    if figures.later_grants > 0 {
        let _ = write!(text, " ({} suivants)", grouped(figures.later_grants));
    }
    text
}

fn marked(figure: String, is_met: bool) -> String {
    if is_met { figure } else { format!("**{figure}{MISSED}**") }
}

/// Which goals were missed, and for how many dossiers.
pub fn legend(all: &[Measured]) -> String {
    let mut goals = 0;
    let mut missed = 0;
    let mut said: Vec<String> = Vec::new();
    for operation in OPERATIONS.iter().filter(|operation| !operation.goal.is_free()) {
        let mut sizes: Vec<String> = Vec::new();
        for measured in all {
            let Some(figures) = measured.figures.get(operation.name) else { continue };
            let floor = operation.floor.and_then(|floor| measured.figures.get(floor.name()));
            goals += 1;
            if !operation.goal.is_met(figures, floor, measured.dossiers, measured.procedures) {
                missed += 1;
                sizes.push(grouped(measured.dossiers as u64));
            }
        }
        if !sizes.is_empty() {
            said.push(format!("{} ({} dossiers)", operation.label, sizes.join(", ")));
        }
    }
    match said.as_slice() {
        [] => format!("Les {goals} buts mesurés sont tenus."),
        said => format!("Buts manqués (✗), {missed} sur {goals} : {}.", said.join(" ; ")),
    }
}

/// A Markdown table whose columns are as wide as their widest cell.
fn aligned(rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut out = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(out, "| {cell:<width$} ");
        }
        out.push_str("|\n");
        if index == 0 {
            for width in &widths {
                let _ = write!(out, "|-{:-<width$}-", "");
            }
            out.push_str("|\n");
        }
    }
    out
}
