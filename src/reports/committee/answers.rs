//! What a committee’s workbook says once it is filled in. Nothing is guessed: whatever cannot be read is told with its place.

use std::io::{Read, Seek};

use calamine::Data;
use jiff::civil::Date;

use super::form::{ANSWERS, NUMBER, REFERENCE, SHEET};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::period::Sitting;
use crate::domain::text::{fold, quoted};
use crate::reports::WorkbookFormat;
use crate::reports::reread::{self, rows};

/// What was decided of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// With its amount.
    Granted(Cents),
    /// Refused.
    Refused,
    /// Put off.
    PutOff,
}

/// A row that was filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The row, as spreadsheets count them.
    pub row: u32,
    /// The dossier.
    pub dossier: DossierNumber,
    /// What was decided.
    pub decision: Decision,
    /// The day of the committee.
    pub on: Option<Date>,
}

/// A workbook, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The committee that it is about.
    pub sitting: Sitting,
    /// The rows that were filled in.
    pub decided: Vec<Answer>,
    /// The dossiers whose rows were left blank.
    pub left: Vec<DossierNumber>,
}

/// Why a workbook cannot be used, in French.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no workbook of a committee.
    #[error("ce n’est pas un classeur de comité fait ici : {0}")]
    NotOurs(&'static str),
    /// Cells that cannot be read, each with its place.
    #[error("{}", .0.join(" ; "))]
    Cells(Vec<String>),
}

/// Reads an ODS workbook.
///
/// # Errors
/// [`Unusable`]: all that is wrong, at once.
pub fn read(content: impl Read + Seek) -> Result<Answers, Unusable> {
    let mut reading = Reading::default();
    let whole = rows(WorkbookFormat::Ods, content, &mut |sheet, at, row| {
        reading.take(sheet, at + 1, row);
        Some(())
    });
    if whole.is_none() {
        return Err(Unusable::NotOurs("il ne peut pas être lu comme un classeur ODS"));
    }
    let sitting = reading.sitting.ok_or(Unusable::NotOurs("sa référence manque (feuille « Notice »)"))?;
    if reading.columns.is_none() {
        return Err(Unusable::NotOurs("sa feuille « Décisions » manque, ou n’a plus ses titres de colonnes"));
    }
    if !reading.wrong.is_empty() {
        return Err(Unusable::Cells(reading.wrong));
    }
    Ok(Answers { sitting, decided: reading.decided, left: reading.left })
}

#[derive(Default)]
struct Reading {
    sitting: Option<Sitting>,
    /// Where the number, the decision, the amount and the date stand.
    columns: Option<[usize; 4]>,
    decided: Vec<Answer>,
    left: Vec<DossierNumber>,
    wrong: Vec<String>,
}

impl Reading {
    fn take(&mut self, sheet: &str, at: u32, row: &[Data]) {
        let text = |cell: &Data| cell.to_string();
        if let [name, value, ..] = row
            && text(name) == REFERENCE
        {
            self.sitting = text(value).trim().parse().ok();
        }
        if sheet != SHEET {
            return;
        }
        let Some(columns) = self.columns else {
            let place = |name: &str| row.iter().position(|cell| text(cell).trim() == name);
            let [decision, amount, date] = ANSWERS.map(place);
            self.columns = place(NUMBER)
                .zip(decision)
                .zip(amount.zip(date))
                .map(|((number, decision), (amount, date))| [number, decision, amount, date]);
            return;
        };
        let [number, decision, amount, date] = columns.map(|column| row.get(column).unwrap_or(&Data::Empty));
        let is_blank = |cell: &Data| text(cell).trim().is_empty();
        if row.iter().all(is_blank) {
            return;
        }
        let Some(dossier) = whole_number(number) else {
            self.wrong.push(format!("ligne {at} : {} n’est pas un numéro de dossier", quoted(&text(number))));
            return;
        };
        if self.decided.iter().any(|one| one.dossier == dossier) || self.left.contains(&dossier) {
            self.wrong.push(format!("ligne {at} : le dossier {dossier} est deux fois dans le classeur"));
            return;
        }
        if [decision, amount, date].into_iter().all(is_blank) {
            self.left.push(dossier);
            return;
        }
        let on = if is_blank(date) { Ok(None) } else { day(date).map(Some) };
        match (decided(&text(decision), amount), on) {
            (Ok(decision), Ok(on)) => self.decided.push(Answer { row: at, dossier, decision, on }),
            (decision, on) => {
                let wrong = decision.err().into_iter().chain(on.err());
                self.wrong.extend(wrong.map(|why| format!("ligne {at}, dossier {dossier} : {why}")));
            }
        }
    }
}

/// What stands in the columns of the decision and of the amount.
fn decided(word: &str, amount: &Data) -> Result<Decision, String> {
    let given = match amount {
        cell if cell.to_string().trim().is_empty() => None,
        cell => Some(money(cell)?),
    };
    match (fold(word).as_str(), given) {
        ("accorde" | "accordee" | "accepte", Some(amount)) => Ok(Decision::Granted(amount)),
        ("accorde" | "accordee" | "accepte", None) => Err("accordé, sans montant".to_owned()),
        ("refuse" | "refusee", None) => Ok(Decision::Refused),
        ("ajourne" | "ajournee", None) => Ok(Decision::PutOff),
        ("refuse" | "refusee" | "ajourne" | "ajournee", Some(amount)) => {
            Err(format!("un montant ({amount}) sur un dossier qui n’est pas accordé"))
        }
        ("", _) => Err("la décision manque, à côté d’un montant ou d’une date".to_owned()),
        _ => Err(format!("{} n’est pas une décision : accordé, refusé ou ajourné", quoted(word))),
    }
}

/// A positive amount in euros, with its cents at most.
fn money(cell: &Data) -> Result<Cents, String> {
    let said = cell.to_string();
    let unfit = || format!("{} n’est pas un montant en euros, comme 12 500,50", quoted(&said));
    let amount = match cell {
        Data::String(text) => Cents::parse_french(text).ok(),
        cell => reread::amount(cell),
    };
    amount.filter(|amount| amount.is_positive()).ok_or_else(unfit)
}

fn day(cell: &Data) -> Result<Date, String> {
    let said = cell.to_string();
    let typed = || {
        let mut parts = said.trim().split('/').map(|part| part.parse::<i16>().ok());
        let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    let iso = said.get(..10).and_then(|date| date.parse::<Date>().ok());
    iso.or_else(typed).ok_or_else(|| format!("{} n’est pas une date, comme 12/10/2021", quoted(&said)))
}

fn whole_number(cell: &Data) -> Option<DossierNumber> {
    cell.to_string().trim().parse().ok()
}
