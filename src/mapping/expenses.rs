//! The lines of expenses out of the rows of a repetition. No line is lost: what cannot be read in it is left out of
//! it with a remark.

use std::collections::BTreeMap;

use crate::domain::champ::{Champ, ChampValue, RepetitionRow};
use crate::domain::fact::{ExpenseLine, FactValue};

use super::answer::code;
use super::config::{Name, Values};
use super::locate::{Column, Found};
use super::read::{Refusal, rows};
use super::scalar;
use super::vocabulary::Vocabulary;

/// The lines, in the order of the form; rows with nothing in them are dropped.
///
/// # Errors
/// Blank when there is no line, or a champ that is no repetition.
pub(super) fn lines(
    found: &Found<'_>,
    columns: &BTreeMap<&'static str, Name>,
    values: &BTreeMap<&'static str, Values>,
    remarks: &mut Vec<String>,
) -> Result<FactValue, Refusal> {
    let rows = rows(found.champ)?;
    let columns: BTreeMap<&str, Column> = columns.iter().map(|(key, name)| (*key, found.column(name))).collect();
    let faults: Vec<String> = columns.values().filter_map(|column| column.fault(rows)).collect();
    let misplaced = !faults.is_empty();
    remarks.extend(faults);
    let filled = (1..).zip(rows).filter(|(_, row)| !is_empty(row));
    let lines: Vec<ExpenseLine> = filled
        .map(|(number, row)| {
            Line { number, row, columns: &columns, values, remarks, withheld: false, misplaced }.read()
        })
        .collect();
    if lines.is_empty() { Err(Refusal::Blank) } else { Ok(FactValue::Expenses(lines)) }
}

/// Nothing was answered in the row. A box left unticked is no answer: it is never blank.
fn is_empty(row: &RepetitionRow) -> bool {
    row.champs.iter().all(|champ| champ.value.is_blank() || champ.value == ChampValue::Checkbox(false))
}

struct Line<'l, 'a> {
    number: usize,
    row: &'a RepetitionRow,
    columns: &'l BTreeMap<&'static str, Column<'a, 'l>>,
    values: &'l BTreeMap<&'static str, Values>,
    remarks: &'l mut Vec<String>,
    /// DS did not give a part of it.
    withheld: bool,
    /// The mapping designates a part of it badly.
    misplaced: bool,
}

impl<'a> Line<'_, 'a> {
    fn read(mut self) -> ExpenseLine {
        let nature_text = self.cell("nature").and_then(|cell| scalar::text(cell.champ).ok()).unwrap_or_default();
        let nature = self.coded("nature", Vocabulary::Nature);
        let origin = self.coded("origin", Vocabulary::Origin);
        // An unknown nature speaks for itself in the line, when it has a text.
        let nature = if nature_text.is_empty() { self.note("nature", nature) } else { nature.ok() };
        let amount = self.remarked("amount", "montant", scalar::amount);
        let origin = self.note("origine", origin);
        let date = self.remarked("date", "date", scalar::date);
        ExpenseLine {
            row_id: Some(self.row.id.clone()),
            nature,
            nature_text,
            amount,
            origin,
            date,
            withheld: self.withheld,
            misplaced: self.misplaced,
        }
    }

    fn cell(&self, column: &str) -> Option<Found<'a>> {
        self.columns.get(column).and_then(|column| column.in_row(self.row))
    }

    fn coded(&self, column: &str, vocabulary: Vocabulary) -> Result<String, Refusal> {
        let cell = self.cell(column).ok_or(Refusal::Blank)?;
        code(&cell, vocabulary, self.values.get(column).unwrap_or(&Values::default()))
    }

    fn remarked<T>(&mut self, column: &str, called: &str, read: fn(&Champ) -> Result<T, Refusal>) -> Option<T> {
        let cell = self.cell(column)?;
        self.note(called, read(cell.champ))
    }

    fn note<T>(&mut self, called: &str, read: Result<T, Refusal>) -> Option<T> {
        self.withheld |= matches!(read, Err(Refusal::NotGiven(_)));
        self.misplaced |= matches!(read, Err(Refusal::Misplaced(_)));
        if let Err(Refusal::Unreadable(reason) | Refusal::NotGiven(reason) | Refusal::Misplaced(reason)) = &read {
            self.remarks.push(format!("ligne {}, {called} : {reason}", self.number));
        }
        read.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactName;
    use crate::domain::money::Cents;
    use crate::mapping::fixtures::{champ, choice, read, row, text};
    use jiff::civil::date;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    const FIELDS: &str = r#"
        [expenses]
        champ = "Dépenses"
        columns = { nature = "Nature", amount = "Montant HT", origin = "Éditeur", date = "Date" }
        values = { nature = { "Achat de logiciel" = "software" }, origin = { "Ici" = "eu" } }
    "#;

    fn line(id: &str, nature: ChampValue, amount: ChampValue, origin: ChampValue, day: ChampValue) -> RepetitionRow {
        let champs =
            [("n", "Nature", nature), ("m", "Montant HT", amount), ("e", "Éditeur", origin), ("d", "Date", day)];
        row(id, champs.map(|(id, label, value)| champ(id, label, value)).into())
    }

    fn lines_of(rows: Vec<RepetitionRow>) -> (Option<Vec<ExpenseLine>>, Vec<String>) {
        let subject = read(FIELDS, None, vec![champ("r", "Dépenses", ChampValue::Rows(rows))]);
        let remarks = subject.facts.remarks.iter().map(|remark| remark.message.clone()).collect();
        (subject.facts.expenses().map(<[_]>::to_vec), remarks)
    }

    #[test]
    fn a_line_is_read_column_by_column() {
        let day = ChampValue::Date(date(2021, 9, 3));
        let (lines, remarks) = lines_of(vec![
            line("1", choice("Achat de logiciel"), ChampValue::Decimal(Decimal::new(52_504, 1)), choice("ici"), day),
            line("2", ChampValue::Blank, ChampValue::Blank, ChampValue::Blank, ChampValue::Blank),
            line("3", choice("Formation"), text("-400,50 €"), choice("Hors UE"), text("04/09/2021")),
        ]);
        let lines = lines.unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[0],
            ExpenseLine {
                row_id: Some("1".into()),
                nature: Some("software".into()),
                nature_text: "Achat de logiciel".into(),
                amount: Some(Cents(525_040)),
                origin: Some("eu".into()),
                date: Some(date(2021, 9, 3)),
                withheld: false,
                misplaced: false,
            }
        );
        assert_eq!((lines[1].nature.as_deref(), lines[1].amount), (Some("training"), Some(Cents(-40_050))));
        assert_eq!(lines[1].origin.as_deref(), Some("non_eu"));
        assert!(remarks.is_empty(), "{remarks:?}");
    }

    #[test]
    fn what_cannot_be_read_leaves_the_line_and_a_remark() {
        let (lines, remarks) = lines_of(vec![line("1", choice("Divers"), text("douze"), choice("Lune"), text("hier"))]);
        let lines = lines.unwrap();
        assert_eq!(
            (lines[0].nature.as_deref(), lines[0].nature_text.as_str(), lines[0].amount),
            (None, "Divers", None)
        );
        assert_eq!(remarks.len(), 3, "{remarks:?}");
        assert!(remarks[0].starts_with("ligne 1, montant") && !remarks.concat().contains("douze"));
    }

    #[test]
    fn a_column_that_is_badly_designated_is_no_fault_of_the_line() {
        let twice = |id: &str| {
            let blank = || ChampValue::Blank;
            let mut line = line(id, choice("Formation"), text("100"), blank(), blank());
            line.champs.push(champ("t", "Montant HT", text("120")));
            line
        };
        let of_another_kind = line("1", choice("Formation"), ChampValue::YesNo(true), choice("Ici"), ChampValue::Blank);
        for rows in [vec![twice("1"), twice("2")], vec![of_another_kind]] {
            let (lines, remarks) = lines_of(rows);
            let lines = lines.unwrap();
            assert!(lines.iter().all(|line| line.misplaced && !line.withheld && line.amount.is_none()), "{lines:?}");
            assert_eq!(remarks.len(), 1, "{remarks:?}");
        }
        let odd = ChampValue::Other { reason: "type inconnu".to_owned() };
        let (lines, _) = lines_of(vec![line("1", choice("Formation"), odd, choice("Ici"), ChampValue::Blank)]);
        assert!(lines.unwrap().iter().all(|line| line.withheld && !line.misplaced));
    }

    #[test]
    fn rows_without_an_answer_are_a_blank_champ() {
        let unticked = row("1", vec![champ("x", "Neuf", ChampValue::Checkbox(false))]);
        assert_eq!(lines_of(vec![unticked]).0, None);
        let other_column = row("1", vec![champ("x", "Fournisseur", text("Y"))]);
        assert_eq!(lines_of(vec![other_column]).0.map(|lines| lines.len()), Some(1));
    }

    proptest! {
        #[test]
        fn no_line_is_lost(amounts in proptest::collection::vec("\\PC{1,8}", 1..20)) {
            let rows: Vec<RepetitionRow> = (0..).zip(&amounts).map(|(number, amount): (usize, _)| {
                line(&number.to_string(), choice("Logiciel"), text(amount), ChampValue::Blank, ChampValue::Blank)
            }).collect();
            let (lines, _) = lines_of(rows);
            prop_assert_eq!(lines.map(|lines| lines.len()), Some(amounts.len()));
        }
    }

    #[test]
    fn a_champ_that_is_no_repetition_is_unreadable() {
        let subject = read(FIELDS, None, vec![champ("r", "Dépenses", text("12 €"))]);
        assert!(subject.facts.get(FactName::Expenses).unwrap_err().to_string().contains("bloc répétable"));
    }
}
