//! The pack as a workbook to fill in: one row a dossier that waits, with room for the decision, its amount and its date.
//! [`super::answers`] reads it back.

use std::io::{Seek, Write};

use super::{Pack, Request};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::paris_date;
use crate::domain::period::Sitting;
use crate::reports::sheets::{self, Layout, Line, Paper, Properties, Tone, Value};
use crate::reports::{Cell, ReportError, WorkbookFormat};

/// The sheet to fill in.
pub(super) const SHEET: &str = "Décisions";
/// The heading of the column that names the dossier.
pub(super) const NUMBER: &str = "Dossier";
/// What stands before the period that the workbook is about.
pub(super) const REFERENCE: &str = "Référence";
/// The columns to fill in.
pub(super) const ANSWERS: [&str; 3] = ["Décision", "Montant", "Date"];

const HEADINGS: [&str; 11] = [
    NUMBER,
    "Porteur",
    "Projet",
    "Programme",
    "Déposé le",
    "Avis des règles",
    "Peut être accordé",
    "Reste après",
    ANSWERS[0],
    ANSWERS[1],
    ANSWERS[2],
];
const WIDTHS: [u8; 11] = [11, 34, 40, 30, 12, 14, 16, 16, 14, 16, 13];

/// What is to be known for filling it in.
const NOTICE: [&str; 4] = [
    "Feuille « Décisions » : remplissez les trois dernières colonnes, et elles seules ; une ligne laissée vide n’est pas décidée.",
    "Décision : « accordé », « refusé » ou « ajourné ». Montant : en euros, pour un dossier accordé. Date : celle du comité, comme 12/10/2021.",
    "Le classeur rempli se relit par « fitn committee read FICHIER.ods », qui dit ce qui est à saisir sur demarches-simplifiees.fr et n’écrit rien.",
    "« Peut être accordé » : le montant demandé, dans la limite du maximum de la règle. Ce qui reste est compté dans l’ordre du dépôt.",
];

/// Writes the workbook; the same pack gives the same bytes.
///
/// # Errors
/// What keeps it from being written.
pub fn write(format: WorkbookFormat, pack: &Pack, to: impl Write + Seek + Send) -> Result<(), ReportError> {
    write_filled(format, pack, to, |_| [const { Cell::Empty }; 3])
}

/// The same, filled in.
pub(super) fn write_filled(
    format: WorkbookFormat,
    pack: &Pack,
    to: impl Write + Seek + Send,
    fill: impl Fn(DossierNumber) -> [Cell; 3],
) -> Result<(), ReportError> {
    let (title, standing) = (pack.title(), pack.standing());
    let properties = Properties { title: title.clone(), subject: standing.clone(), made_at: pack.closed_at };
    let layout = |name, widths: &[u8], is_table| Layout {
        name,
        widths: widths.to_vec(),
        page_title: format!("{title} — {standing}"),
        paper: Paper::A4,
        is_table,
        frozen_columns: u16::from(is_table),
        pages_wide: 1,
        is_filtered: false,
        is_alarming: !pack.provisional.is_empty(),
    };
    sheets::write(format, to, &properties, |workbook| {
        workbook.sheet(&layout(SHEET, &WIDTHS, true))?;
        workbook.line(Line::Title, &title)?;
        workbook.line(if pack.provisional.is_empty() { Line::Section } else { Line::Alert }, &standing)?;
        workbook.headings(&HEADINGS)?;
        for request in &pack.pending {
            let answers = fill(request.number).map(Value::from);
            workbook.row(Tone::Plain, row(request).into_iter().chain(answers))?;
        }
        workbook.sheet(&layout("Notice", &[28, 100], false))?;
        workbook.line(Line::Title, &title)?;
        workbook.line(Line::Section, &standing)?;
        for text in NOTICE {
            workbook.line(Line::Note, text)?;
        }
        workbook.blank()?;
        workbook.row(Tone::Plain, [Cell::text(REFERENCE), Cell::text(reference(pack))])?;
        workbook
            .row(Tone::Plain, [Cell::text("Établi par"), Cell::text(concat!("fitn ", env!("CARGO_PKG_VERSION")))])?;
        Ok(())
    })
}

/// `77-2021-Q3`.
fn reference(pack: &Pack) -> String {
    Sitting { departement: pack.departement.clone(), quarter: pack.quarter }.to_string()
}

fn row(request: &Request) -> Vec<Value> {
    vec![
        Value::linked(request.number.to_string(), &request.link),
        Cell::text(request.carrier()).into(),
        Cell::maybe_text(request.title.as_deref()).into(),
        Cell::text(request.programme.label()).into(),
        Cell::Date(paris_date(request.deposited_at)).into(),
        Cell::text(request.status.label()).into(),
        Cell::from(request.wanted).into(),
        Cell::from(request.left.map(|(_, after)| after)).into(),
    ]
}
