//! The pack as a workbook to fill in: one row a dossier that waits, with room for the decision, its amount and its date.
//! [`super::answers`] reads it back.

use std::io::{Seek, Write};

use super::{Pack, Request};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::period::Sitting;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::sheets::{self, Area, Field, Formula, Layout, Line, Paper, Properties, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError, WorkbookFormat};

/// The sheet to fill in.
pub(super) const DECISIONS: &str = "Décisions";
/// The heading of the column that names the dossier.
pub(super) const NUMBER: &str = "Dossier";
/// The heading of the column of who asks.
pub(super) const CARRIER: &str = "Porteur";
/// What stands before the period that the workbook is about.
pub(super) const REFERENCE: &str = "Référence";
/// What stands before the dossiers that it was made for.
pub(super) const LISTED: &str = "Dossiers présentés";
/// The columns to fill in.
pub(super) const ANSWERS: [&str; 3] = ["Décision", "Montant", "Date"];
/// What each is for.
const FIELDS: [Field; 3] = [Field::Choice(&["accordé", "refusé", "ajourné"]), Field::Amount, Field::Day];
/// What names the rows of sums, where the others have the number of their dossier.
pub(super) const SUMS: [&str; 3] = ["Total", "Reste", "Depuis"];

const HEADINGS: [&str; 12] = [
    NUMBER,
    CARRIER,
    "Projet",
    "Programme",
    "Déposé le",
    "Avis des règles",
    "Demandé",
    "Peut être accordé",
    "Reste après",
    ANSWERS[0],
    ANSWERS[1],
    ANSWERS[2],
];
const WIDTHS: [u8; 12] = [12, 32, 36, 26, 12, 14, 16, 16, 16, 14, 16, 13];
const WANTED: u16 = 7;
const LEFT: u16 = 8;
const AMOUNT: u16 = 10;
const DATE: u16 = 11;

/// What is to be known for filling it in.
const NOTICE: [&str; 6] = [
    "Feuille « Décisions » : remplissez les trois dernières colonnes, et elles seules ; une ligne laissée vide n’est pas décidée.",
    "Décision : « accordé », « refusé » ou « ajourné ». Montant : en euros, pour un dossier accordé. Date : celle du comité, comme 12/10/2021.",
    "Enregistrez au format ODS. « fitn committee read FICHIER.ods » relit le classeur et dit ce qui est à saisir sur demarches-simplifiees.fr ; il n’écrit rien.",
    "Peut être accordé : le montant déjà saisi, à défaut le montant demandé, dans la limite du maximum de la règle.",
    "Reste après : ce qui reste des crédits si chaque dossier d’avant, dans l’ordre du dépôt, reçoit ce qui peut lui être accordé. Un dossier non éligible ne prend rien.",
    "Total et Reste se recalculent à mesure que les montants sont remplis.",
];
/// The same, where dossiers were decided since.
const SINCE: &str = "Depuis : ce qui a été accordé après la date d’arrêté aux dossiers qui attendaient alors ; ils gardent leur place dans l’ordre du dépôt, et n’ont pas de ligne à remplir.";
/// How many numbers stand on a line of the notice.
const NUMBERS: usize = 30;

/// Writes the workbook; the same pack gives the same bytes.
///
/// # Errors
/// What keeps it from being written.
pub fn write(format: WorkbookFormat, pack: &Pack, to: impl Write + Seek + Send) -> Result<(), ReportError> {
    write_filled(format, (pack, pack), to, |_| [const { Cell::Empty }; 3])
}

/// The same, filled in; the rows may be those of another pack than the notice.
pub(super) fn write_filled(
    format: WorkbookFormat,
    (pack, noticed): (&Pack, &Pack),
    to: impl Write + Seek + Send,
    fill: impl Fn(DossierNumber) -> [Cell; 3],
) -> Result<(), ReportError> {
    let properties = Properties { title: pack.title(), subject: pack.standing(), made_at: pack.closed_at };
    sheets::write(format, to, &properties, |workbook| {
        head(workbook, pack, DECISIONS, &sheets::roomy(&WIDTHS, &HEADINGS))?;
        workbook.headings(&HEADINGS)?;
        let open: Vec<&Request> = pack.open().collect();
        if open.is_empty() {
            let nothing = if pack.pending.is_empty() {
                "Aucun dossier n’attend de décision à la date d’arrêté : il n’y a rien à remplir."
            } else {
                "Tous les dossiers qui attendaient une décision à la date d’arrêté ont été décidés depuis : il n’y a rien à remplir."
            };
            workbook.line(Line::Note, nothing)?;
        }
        for requests in open.chunk_by(|one, other| one.programme == other.programme) {
            decisions(workbook, pack, requests, &fill)?;
        }
        notice(workbook, noticed)
    })
}

/// Begins a sheet: its title, and where the pack stands.
fn head(workbook: &mut Workbook<'_>, pack: &Pack, name: &'static str, widths: &[u8]) -> Result<(), ReportError> {
    let (title, standing, is_table) = (pack.title(), pack.standing(), name == DECISIONS);
    workbook.sheet(&Layout {
        name,
        widths: widths.to_vec(),
        page_title: format!("{title} — {standing}"),
        paper: Paper::A4,
        is_table,
        frozen_columns: u16::from(is_table),
        pages_wide: 1,
        is_filtered: false,
        is_alarming: !pack.provisional.is_empty(),
    })?;
    workbook.line(Line::Title, &title)?;
    workbook.line(if pack.provisional.is_empty() { Line::Section } else { Line::Alert }, &standing)?;
    pack.provisional.iter().try_for_each(|reason| workbook.line(Line::Alert, reason))
}

/// The dossiers of a programme, then what they add up to, and what is left of their credits once that is granted.
fn decisions(
    workbook: &mut Workbook<'_>,
    pack: &Pack,
    requests: &[&Request],
    fill: &impl Fn(DossierNumber) -> [Cell; 3],
) -> Result<(), ReportError> {
    let Some(&Request { programme, .. }) = requests.first().copied() else { return Ok(()) };
    let first = workbook.next_row();
    let mut granted = Cents::ZERO;
    for request in requests {
        let answers = fill(request.number);
        if let Cell::Amount(amount) = &answers[1] {
            granted += *amount;
        }
        let answers = answers.into_iter().zip(FIELDS);
        let answers = answers.map(|(cell, field)| Value::from(cell).toned(Tone::Open).field(field));
        workbook.row(Tone::Plain, row(request).into_iter().chain(answers))?;
    }
    let last = workbook.next_row() - 1;
    let sum = |column| Formula::Sum(vec![Area::new(column, first, last)]);
    let wanted: Cents = requests.iter().filter_map(|request| request.wanted).sum();
    let total = |column| match column {
        0 => Cell::text(SUMS[0]).into(),
        1 => Cell::text(programme.label()).into(),
        WANTED => Value::computed(sum(WANTED), Cell::Amount(wanted)),
        AMOUNT => Value::computed(sum(AMOUNT), Cell::Amount(granted)),
        _ => Cell::Empty.into(),
    };
    let row_of_total = workbook.row(Tone::Strong, (0..=DATE).map(total))?;
    let (named, left) = match programme {
        Programme::Axe3V1 => {
            ("Droit de tirage : avant, puis après ce qui est accordé", pack.right().and_then(|right| right.left()))
        }
        _ => ("Enveloppe de la région : avant, puis après ce qui est accordé", pack.ads_left),
    };
    let Some(left) = left else { return Ok(()) };
    let of = |column, row| Formula::Of(Area::cell(column, row));
    let mut taken = vec![of(AMOUNT, row_of_total)];
    // What was granted since the end is no longer there either.
    let since: Vec<&Request> =
        pack.pending.iter().filter(|request| request.programme == programme && !request.is_open()).collect();
    let granted_since: Cents = since.iter().filter_map(|request| request.granted).sum();
    if !since.is_empty() {
        let named = format!(
            "Accordé depuis la date d’arrêté ({} depuis)",
            counted(since.len(), "dossier décidé", "dossiers décidés")
        );
        let cell = |column| match column {
            0 => Cell::text(SUMS[2]).into(),
            1 => Cell::text(&named).into(),
            AMOUNT => Cell::Amount(granted_since).into(),
            _ => Value::from(Cell::Empty),
        };
        taken.push(of(AMOUNT, workbook.row(Tone::Strong, (0..=DATE).map(cell))?));
    }
    let row = workbook.next_row();
    let after = Formula::Less(Box::new(of(LEFT, row)), taken);
    let rest = |column| match column {
        0 => Cell::text(SUMS[1]).into(),
        1 => Cell::text(named).into(),
        LEFT => Cell::Amount(left).into(),
        AMOUNT => Value::computed(after.clone(), Cell::Amount(left - granted - granted_since)),
        _ => Cell::Empty.into(),
    };
    workbook.row(Tone::Strong, (0..=DATE).map(rest))?;
    Ok(())
}

fn notice(workbook: &mut Workbook<'_>, pack: &Pack) -> Result<(), ReportError> {
    head(workbook, pack, "Notice", &[28, 100])?;
    let since = (pack.decided_since() > 0).then_some(SINCE);
    for text in NOTICE.into_iter().chain(since) {
        workbook.line(Line::Note, text)?;
    }
    workbook.blank()?;
    let Pack { departement, quarter, .. } = pack;
    let sitting = Sitting { departement: departement.clone(), quarter: *quarter };
    let mut said = |name: &str, value: String| workbook.row(Tone::Plain, [Cell::text(name), Cell::text(value)]);
    said(REFERENCE, sitting.to_string())?;
    if pack.revision > 0 {
        said("Correction", pack.revision.to_string())?;
    }
    said("Établi par", concat!("fitn ", env!("CARGO_PKG_VERSION")).to_owned())?;
    let open: Vec<&Request> = pack.open().collect();
    for requests in open.chunks(NUMBERS) {
        let numbers: Vec<String> = requests.iter().map(|request| request.number.to_string()).collect();
        said(LISTED, numbers.join(", "))?;
    }
    Ok(())
}

fn row(request: &Request) -> Vec<Value> {
    let status = match request.status {
        Status::Eligible => Tone::Good,
        Status::AVerifier => Tone::Warning,
        Status::NonEligible => Tone::Bad,
    };
    let after = request.left.map(|(_, after)| after);
    let left = Value::from(Cell::from(after));
    vec![
        Value::linked(request.number.to_string(), &request.link),
        Cell::text(request.carrier()).into(),
        Cell::maybe_text(request.title.as_deref()).into(),
        Cell::text(request.programme.label()).into(),
        Cell::Date(paris_date(request.deposited_at)).into(),
        Value::from(Cell::text(request.status.label())).toned(status),
        Cell::from(request.asked).into(),
        Cell::from(request.wanted).into(),
        if after.is_some_and(|after| after < Cents::ZERO) { left.toned(Tone::Bad) } else { left },
    ]
}
