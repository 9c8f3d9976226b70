//! How the rows of a form look, with the ids by which `fitn correct` names them, and what people corrected beside what was read.

use unicode_width::UnicodeWidthStr;

use super::paper::{Paper, hang};
use crate::desk::{FormCell, FormRow};
use crate::domain::fact::{Correction, ExpenseLine, FactName};
use crate::domain::instant::french_date;
use crate::domain::subject::Subject;
use crate::domain::text::{QUOTED, quoted, shortened};

/// What stands for what DS does not say.
pub(super) const EMPTY: &str = "(vide sur DS)";

/// Every correction, beside what was read.
pub(super) fn corrections(out: &mut Paper, subject: &Subject) {
    for Correction { target, original, value, by, dropped } in &subject.facts.corrections {
        let read = original.as_deref().map_or_else(|| EMPTY.to_owned(), quoted);
        let value = quoted(value);
        let said = if *dropped {
            format!("{target} : {value} ne compte plus, le champ corrigé a changé sur DS")
        } else {
            format!("{target} : {value} au lieu de {read}")
        };
        hang(out, "  - ", &said);
        hang(out, "    par ", by);
    }
}

/// Every row, as the form shows it and as it is read.
pub(super) fn rows(out: &mut Paper, rows: &[FormRow], subject: &Subject) {
    let mut last = None;
    for FormRow { fact, row_id, cells } in rows {
        if last.replace(*fact) != Some(*fact) {
            let column = if *fact == FactName::Expenses { ".COLONNE" } else { "" };
            hang(out, "  ", &format!("{} : --fact {fact}{column} --row LIGNE", fact.label()));
        }
        let cells: Vec<String> = cells
            .iter()
            .map(|FormCell { label, value }| format!("{} : {}", shortened(label, QUOTED), shortened(value, QUOTED)))
            .collect();
        let cells = cells.join(" ; ");
        let head = format!("    {row_id}  ");
        if head.width() + cells.width() <= out.width().columns() {
            hang(out, &head, &cells);
        } else {
            hang(out, "    ", row_id);
            hang(out, "      ", &cells);
        }
        let lines = subject.facts.expenses().filter(|_| *fact == FactName::Expenses).unwrap_or_default();
        if let Some(line) = lines.iter().find(|line| line.row_id.as_ref() == Some(row_id)) {
            hang(out, "      compte pour : ", &read(line));
        }
    }
}

/// By column, as `--value` would say it.
fn read(line: &ExpenseLine) -> String {
    let columns = [
        ("nature", line.nature.clone()),
        ("amount", line.amount.map(|amount| amount.to_string())),
        ("origin", line.origin.clone()),
        ("date", line.date.map(french_date)),
    ];
    let said = columns.map(|(column, value)| format!("{column} = {}", value.as_deref().unwrap_or("(rien)")));
    said.join(", ")
}
