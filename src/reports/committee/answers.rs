//! What a committee’s workbook says once it is filled in. Nothing is guessed: whatever cannot be read is told with its place.

use std::io::{Read, Seek, SeekFrom};

use calamine::Data;
use jiff::civil::Date;

use super::form::{ANSWERS, CARRIER, DECISIONS, LISTED, NUMBER, REFERENCE, SUMS};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::period::Sitting;
use crate::domain::text::{fold, quoted};
use crate::reports::WorkbookFormat;
use crate::reports::reread::{self, around, rows};

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
    /// Who asks, as the row says beside its number; nothing where that was taken out.
    pub carrier: String,
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
    /// The dossiers whose rows were taken out.
    pub taken_out: Vec<DossierNumber>,
}

/// Why a workbook cannot be used, in French.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is no workbook of a committee.
    #[error("ce n’est pas un classeur de comité fait ici : {0}")]
    NotOurs(String),
    /// Cells that cannot be taken as they are, each with its place.
    #[error("{}", .0.join("\n"))]
    Cells(Vec<String>),
}

/// Reads an ODS workbook.
///
/// # Errors
/// [`Unusable`]: all that is wrong, at once.
pub fn read(mut content: impl Read + Seek) -> Result<Answers, Unusable> {
    let not_ours = |why: &str| Unusable::NotOurs(why.to_owned());
    // A cell of « 50 % » holds a half: nobody grants fifty cents.
    let has_percentages =
        around(WorkbookFormat::Ods, &mut content).is_some_and(|around| around.has_percentages(DECISIONS));
    content.seek(SeekFrom::Start(0)).map_err(|_| not_ours("il ne se lit pas comme un classeur ODS"))?;
    let mut reading = Reading::default();
    let whole = rows(WorkbookFormat::Ods, content, &mut |sheet, at, row| {
        reading.take(sheet, at.saturating_add(1), row);
        Some(())
    });
    if whole.is_none() {
        return Err(not_ours("il ne se lit pas comme un classeur ODS"));
    }
    let Reading { sitting, columns, listed, decided, left, mut wrong, .. } = reading;
    let sitting = sitting.ok_or_else(|| not_ours("sa référence manque (feuille « Notice »)"))?;
    if columns.is_none() {
        return Err(not_ours("sa feuille « Décisions » manque, ou n’a plus ses titres de colonnes"));
    }
    let shown: Vec<DossierNumber> =
        decided.iter().map(|(_, answer)| answer.dossier).chain(left.iter().map(|(_, number)| *number)).collect();
    let rows = decided.iter().map(|(row, answer)| (*row, answer.dossier)).chain(left.iter().copied());
    wrong.extend(rows.filter(|(_, number)| !listed.contains(number)).map(|(row, number)| {
        (row, format!("ligne {row} : le dossier {number} a été ajouté, il n’est pas de ceux que ce classeur présente"))
    }));
    if has_percentages {
        let why = format!("feuille « {DECISIONS} » : un pourcentage n’est pas un montant, écrivez-le en euros");
        wrong.push((0, why));
    }
    if !wrong.is_empty() {
        wrong.sort_by_key(|(row, _)| *row);
        return Err(Unusable::Cells(wrong.into_iter().map(|(_, why)| why).collect()));
    }
    Ok(Answers {
        sitting,
        decided: decided.into_iter().map(|(_, answer)| answer).collect(),
        left: left.into_iter().map(|(_, number)| number).collect(),
        taken_out: listed.into_iter().filter(|number| !shown.contains(number)).collect(),
    })
}

#[derive(Default)]
struct Reading {
    sitting: Option<Sitting>,
    /// Where the number, the decision, the amount and the date stand.
    columns: Option<[usize; 4]>,
    /// Where the carrier stands.
    carrier: Option<usize>,
    /// The dossiers that the workbook was made for.
    listed: Vec<DossierNumber>,
    /// With their rows, as what follows.
    decided: Vec<(u32, Answer)>,
    left: Vec<(u32, DossierNumber)>,
    wrong: Vec<(u32, String)>,
}

impl Reading {
    fn take(&mut self, sheet: &str, row: u32, cells: &[Data]) {
        if sheet == DECISIONS {
            return self.take_answer(row, cells);
        }
        let [name, value, ..] = cells else { return };
        match text(name).as_str() {
            REFERENCE => self.sitting = text(value).parse().ok(),
            LISTED => {
                self.listed
                    .extend(text(value).split(',').filter_map(|number| number.trim().parse::<DossierNumber>().ok()));
            }
            _ => {}
        }
    }

    fn take_answer(&mut self, row: u32, cells: &[Data]) {
        let Some(columns) = self.columns else {
            let place = |name: &str| cells.iter().position(|cell| text(cell) == name);
            self.carrier = place(CARRIER);
            let [decision, amount, date] = ANSWERS.map(place);
            self.columns = place(NUMBER)
                .zip(decision)
                .zip(amount.zip(date))
                .map(|((number, decision), (amount, date))| [number, decision, amount, date]);
            return;
        };
        let [number, decision, amount, date] = columns.map(|column| cells.get(column).unwrap_or(&Data::Empty));
        let name = text(number);
        // Sums, and notes that somebody wrote beside the rows.
        let is_note = cells.iter().skip(1).all(is_blank) && name.parse::<DossierNumber>().is_err();
        if is_note || SUMS.contains(&name.as_str()) {
            return;
        }
        let Ok(dossier) = name.parse::<DossierNumber>() else {
            self.wrong.push((row, format!("ligne {row} : {} n’est pas un numéro de dossier", quoted(&name))));
            return;
        };
        let is_twice = self.decided.iter().any(|(_, one)| one.dossier == dossier)
            || self.left.iter().any(|(_, number)| *number == dossier);
        if is_twice {
            self.wrong.push((row, format!("ligne {row} : le dossier {dossier} est deux fois dans le classeur")));
            return;
        }
        if [decision, amount, date].into_iter().all(is_blank) {
            self.left.push((row, dossier));
            return;
        }
        let on = if is_blank(date) { Ok(None) } else { day(date).map(Some) };
        match (decided(&text(decision), amount), on) {
            (Ok(decision), Ok(on)) => {
                let carrier = self.carrier.and_then(|column| cells.get(column)).map(text).unwrap_or_default();
                self.decided.push((row, Answer { row, dossier, carrier, decision, on }));
            }
            (decision, on) => {
                let wrong = decision.err().into_iter().chain(on.err());
                self.wrong.extend(wrong.map(|why| (row, format!("ligne {row}, dossier {dossier} : {why}"))));
                // Said once: a row that is wrong is not one that was left out.
                self.left.push((row, dossier));
            }
        }
    }
}

fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}

fn is_blank(cell: &Data) -> bool {
    text(cell).is_empty()
}

/// What stands in the columns of the decision and of the amount.
fn decided(word: &str, amount: &Data) -> Result<Decision, String> {
    let given = if is_blank(amount) { None } else { Some(money(amount)?) };
    match (fold(word).as_str(), given) {
        ("accorde" | "accordee" | "accepte" | "acceptee", Some(amount)) => Ok(Decision::Granted(amount)),
        ("accorde" | "accordee" | "accepte" | "acceptee", None) => Err("accordé, sans montant".to_owned()),
        ("refuse" | "refusee", None) => Ok(Decision::Refused),
        ("ajourne" | "ajournee", None) => Ok(Decision::PutOff),
        ("refuse" | "refusee" | "ajourne" | "ajournee", Some(amount)) => {
            Err(format!("un montant ({amount}) sur un dossier qui n’est pas accordé"))
        }
        ("", _) => Err("la décision manque, à côté d’un montant ou d’une date".to_owned()),
        _ => Err(format!("{} n’est pas une décision : accordé, refusé ou ajourné", quoted(word))),
    }
}

/// From a billion euros on, a spreadsheet may hold another number than the one that was typed.
const TOO_MUCH: Cents = Cents(100_000_000_000);

/// A positive amount in euros, with its cents at most.
fn money(cell: &Data) -> Result<Cents, String> {
    let amount = match cell {
        Data::String(text) => Cents::parse_french(text).ok(),
        cell => reread::amount(cell),
    };
    if let Some(amount) = amount
        && amount >= TOO_MUCH
    {
        return Err(format!("{} dépasse ce qu’un comité accorde : vérifiez ce montant", quoted(&text(cell))));
    }
    amount.filter(|amount| amount.is_positive()).ok_or_else(|| match cell {
        _ if amount == Some(Cents::ZERO) => {
            "un montant de 0 € : un dossier accordé a un montant, un autre est refusé ou ajourné".to_owned()
        }
        // A formula that was not rounded, whose cell shows the cents alone.
        Data::Float(value) if value.is_sign_positive() => {
            format!("{} a plus de deux décimales : arrondissez ce montant au centime", text(cell).replace('.', ","))
        }
        cell => format!("{} n’est pas un montant en euros, comme 12 500,50", quoted(&text(cell))),
    })
}

/// A day, as spreadsheets keep it or as a person types it.
fn day(cell: &Data) -> Result<Date, String> {
    let said = text(cell);
    let typed = || {
        let mut parts = said.split('/').map(|part| part.trim().parse::<i16>().ok());
        let (day, month, year) = (parts.next()??, parts.next()??, parts.next()??);
        let is_over = parts.next().is_none() && year >= 1_000;
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|_| is_over)
    };
    let iso = || said.get(..10)?.parse::<Date>().ok().filter(|_| matches!(said.as_bytes().get(10), None | Some(b'T')));
    iso().or_else(typed).ok_or_else(|| format!("{} n’est pas une date en entier, comme 12/10/2021", quoted(&said)))
}
