//! How the rows of a form look, with the ids by which `fitn correct` names them, and what people corrected beside what was read.

use unicode_width::UnicodeWidthStr;

use super::paper::{Paper, hang};
use crate::desk::{FormCell, FormRow};
use crate::domain::fact::{Correction, ExpenseLine, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::domain::text::{QUOTED, quoted, shortened};

/// What stands for what DS does not say.
pub(super) const EMPTY: &str = "(vide sur DS)";

/// Every correction, beside what was read.
pub(super) fn corrections(out: &mut Paper, subject: &Subject) {
    for Correction { target, original, value, by, dropped } in &subject.facts.corrections {
        let in_words = |text: &str| quoted(if target.column.is_some() { code_label(text) } else { text });
        let read = original.as_deref().map_or_else(|| EMPTY.to_owned(), in_words);
        let value = in_words(value);
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
        let cells: Vec<String> =
            cells.iter().map(|cell| format!("{} : {}", shortened(&cell.label, QUOTED), answer(cell))).collect();
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

/// By column: the value, and between brackets its code where `--value` expects one.
fn read(line: &ExpenseLine) -> String {
    let coded = |code: &Option<String>| code.as_deref().map(|code| format!("{} ({code})", code_label(code)));
    let columns = [
        ("nature", coded(&line.nature)),
        ("montant (amount)", line.amount.map(|amount| amount.to_string())),
        ("éditeur (origin)", coded(&line.origin)),
        ("date", line.date.map(french_date)),
    ];
    let said = columns.map(|(column, value)| format!("{column} : {}", value.as_deref().unwrap_or("(rien)")));
    said.join(" ; ")
}

/// The codes of natures and of origins in words.
pub(super) fn code_label(code: &str) -> &str {
    match code {
        "software" => "logiciel",
        "services" => "prestations",
        "training" => "formation",
        "equipment" => "matériel",
        "payroll" => "masse salariale",
        "other" => "autre",
        "eu" => "Union européenne",
        "non_eu" => "hors Union européenne",
        "none" => "sans éditeur",
        code => code,
    }
}

/// An answer of the form as people write it.
fn answer(FormCell { value, is_decimal, .. }: &FormCell) -> String {
    match Cents::parse(value) {
        Ok(number) if *is_decimal => number.to_string().trim_end_matches(['€', '\u{a0}']).to_owned(),
        _ => shortened(value, QUOTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::{NATURES, ORIGINS};

    #[test]
    fn decimals_of_ds_are_shown_as_people_write_them() {
        let shown =
            |value: &str, is_decimal| answer(&FormCell { label: String::new(), value: value.to_owned(), is_decimal });
        let amount = Cents::euros(8_526).to_string();
        assert!(amount.starts_with(&shown("8526.0", true)) && shown("8526.0", true).ends_with("526,00"));
        // Finer than a cent, it stays as it is; a text is never touched.
        assert_eq!((shown("1.2345", true), shown("8526.0", false)), ("1.2345".to_owned(), "8526.0".to_owned()));
    }

    #[test]
    fn every_code_has_its_words() {
        assert!(NATURES.iter().chain(&ORIGINS).all(|code| code_label(code) != *code));
    }
}
