//! The data behind every figure and chart of the report, as a workbook.

mod review;

use std::io::{Seek, Write};

use rust_xlsxwriter::{RowNum, Workbook, Worksheet, XlsxError};

use super::{Credit, Grant, Outlook, QuarterlyReport, Reckoning, Section, support_label};
use crate::domain::dossier::DossierState;
use crate::domain::instant::french_date;
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;
use crate::reports::workbook::{Styles, Tone, guarded, last_column, lines, page, sheet, widths, workbook};
use crate::reports::{Cell, ReportError};

/// Made one by one, while the sheet is written.
type Rows<'a> = Box<dyn Iterator<Item = (Tone, Vec<Cell>)> + 'a>;

/// Writes the workbook; the same report gives the same bytes.
///
/// # Errors
/// [`ReportError::Workbook`], for a report beyond a million rows; what keeps it from being written.
pub fn write(report: &QuarterlyReport, to: impl Write + Seek + Send) -> Result<(), ReportError> {
    let styles = Styles::new();
    let mut workbook = workbook(&report.title(), &report.standing(), report.drawn_up_at);
    guarded(|| {
        credits(sheet(&mut workbook)?, report, &styles)?;
        let sheets = [
            grants(report),
            activity(report),
            reckonings(report),
            review::margins(report),
            review::progress(report),
            attention(report),
        ];
        let review = report.review.iter().map(review::first_review);
        for sheet in sheets.into_iter().chain(review).chain([support(report), feedback(report)]) {
            add(&mut workbook, report, &styles, sheet)?;
        }
        Ok(workbook.save_to_writer(to)?)
    })
}

/// A sheet that is one table.
struct Sheet<'a> {
    name: &'static str,
    title: &'static str,
    headings: Vec<&'a str>,
    widths: Vec<u8>,
    rows: Rows<'a>,
}

fn add(
    workbook: &mut Workbook,
    report: &QuarterlyReport,
    styles: &Styles,
    content: Sheet<'_>,
) -> Result<(), XlsxError> {
    let sheet = sheet(workbook)?;
    let Sheet { name, title, headings, widths, rows } = content;
    let header = start(sheet, report, styles, name, title, &widths)?;
    let mut table = styles.begin(sheet, header, &headings, &widths)?;
    for (tone, cells) in rows {
        table.row(tone, &cells)?;
    }
    let after = table.end()?;
    sheet.autofilter(header, 0, after - 1, last_column(headings.len()))?;
    sheet.set_freeze_panes(header + 1, 0)?;
    sheet.set_repeat_rows(header, header)?;
    Ok(())
}

/// Name, widths, page and title of a sheet; returns the row of the first table.
fn start(
    sheet: &mut Worksheet,
    report: &QuarterlyReport,
    styles: &Styles,
    name: &str,
    title: &str,
    columns: &[u8],
) -> Result<RowNum, XlsxError> {
    sheet.set_name(name)?;
    widths(sheet, columns)?;
    page(sheet, &format!("{} — {}", report.title(), report.standing()));
    let standing = if report.is_provisional() { &styles.alert } else { &styles.section };
    Ok(lines(sheet, 0, &[(&styles.title, title.to_owned()), (standing, report.standing())])? + 1)
}

/// The sheets of the amounts, and what is read again there before the report is sent.
pub(super) const CREDITS_SHEET: &str = "Crédits";
pub(super) const GRANTS_SHEET: &str = "Dossiers comptés";
pub(super) const AMOUNTS: [&str; 3] = ["Accordé", "Engagé", "Payé"];
pub(super) const IN_THE_SUMS: &str = "Dans les sommes";

const CREDIT_HEADINGS: [&str; 15] = [
    "Code",
    "Département",
    "Droit de tirage ou enveloppe",
    "Demandes",
    "Attributions",
    "Attributions sans montant",
    "Accordé",
    "dont ce trimestre",
    "Trimestre précédent",
    "Tendance",
    "Engagé",
    "Payé",
    "Reste",
    "Part accordée",
    "Épuisé à ce rythme le",
];
const CREDIT_WIDTHS: [u8; 15] = [8, 26, 17, 10, 12, 13, 17, 17, 17, 11, 17, 17, 17, 11, 15];

fn credits(sheet: &mut Worksheet, report: &QuarterlyReport, styles: &Styles) -> Result<(), XlsxError> {
    let mut at = start(sheet, report, styles, CREDITS_SHEET, &report.title(), &CREDIT_WIDTHS)?;
    for section in &report.sections {
        at = lines(sheet, at, &[(&styles.section, section.title.to_owned())])?;
        at = styles.table(sheet, at, (&CREDIT_HEADINGS, &CREDIT_WIDTHS), &credit_rows(section))?;
        if let Some(note) = report.drawing_note.filter(|_| section.programme == Programme::Axe3V1) {
            let note = format!(
                "Le guide donne {} en tout ; la somme des droits de tirage fait {} : l’écart de {} n’est attribué à aucun département.",
                note.total,
                note.rights,
                note.difference()
            );
            at = lines(sheet, at, &[(&styles.note, note)])?;
        }
        at += 1;
    }
    let counted = "Seuls comptent les dossiers acceptés à la date d’arrêté (commission et décision sur DS comprises), pour les montants qui sont saisis ; les lignes en italique ne sont pas comprises dans l’ensemble.".to_owned();
    let region = format!("Région {}.", report.region.name);
    let centre = report
        .region
        .guide
        .map(|guide| format!("Centre financier (Chorus) des droits de tirage : {}.", guide.financial_centre));
    let milestone = report.milestone.iter().map(review::expected);
    let notes = [region, counted].into_iter().chain(centre).chain(milestone).chain(report.behind.iter().cloned());
    let notes: Vec<_> = notes.map(|note| (&styles.note, note)).collect();
    lines(sheet, at, &notes)?;
    Ok(())
}

fn credit_rows(section: &Section) -> Vec<(Tone, Vec<Cell>)> {
    let lines = section.lines.iter().map(|credit| (Tone::Plain, credit_cells(credit)));
    let total = std::iter::once((Tone::Strong, credit_cells(&section.total)));
    let apart = section.apart.iter().map(|credit| (Tone::Muted, credit_cells(credit)));
    lines.chain(total).chain(apart).collect()
}

fn credit_cells(credit: &Credit) -> Vec<Cell> {
    vec![
        Cell::maybe_text(credit.departement.as_deref()),
        Cell::text(credit.label.as_str()),
        credit.right.into(),
        Cell::count(credit.requests),
        Cell::count(credit.grants),
        Cell::count(credit.without_amount),
        Cell::Amount(credit.granted),
        Cell::Amount(credit.granted_in_quarter),
        Cell::Amount(credit.granted_in_previous_quarter),
        credit.trend.map_or(Cell::Empty, |trend| Cell::text(trend.label())),
        Cell::Amount(credit.engaged),
        Cell::Amount(credit.paid),
        credit.left().into(),
        credit.share().map_or(Cell::Empty, Cell::Share),
        match credit.outlook {
            Outlook::On(day) => Cell::Date(day),
            Outlook::Exhausted(_) => Cell::text(credit.outlook.to_string()),
            Outlook::Unknown => Cell::Empty,
        },
    ]
}

fn grants(report: &QuarterlyReport) -> Sheet<'_> {
    Sheet {
        name: GRANTS_SHEET,
        title: "Dossiers acceptés : les montants derrière les chiffres",
        headings: vec![
            "Programme",
            "Dossier",
            "Bénéficiaire",
            "Département",
            "Projet",
            "Résumé",
            "Thème",
            "Accordé",
            "Engagé",
            "Payé",
            "Commission",
            "Décision",
            "Ce trimestre",
            "Lien",
            "Retiré de DS le",
            IN_THE_SUMS,
        ],
        widths: vec![14, 12, 36, 13, 40, 60, 8, 17, 17, 17, 13, 13, 12, 46, 13, 30],
        rows: Box::new(report.sections.iter().flat_map(|section| &section.grants).map(grant_row)),
    }
}

fn grant_row(grant: &Grant) -> (Tone, Vec<Cell>) {
    let tone = if grant.granted.is_none() { Tone::Warning } else { Tone::Plain };
    let cells = vec![
        Cell::text(grant.programme.code()),
        Cell::Integer(grant.number),
        Cell::maybe_text(grant.beneficiary.as_deref()),
        Cell::text(grant.departement.as_deref().unwrap_or("à préciser")),
        Cell::maybe_text(grant.title.as_deref()),
        Cell::maybe_text(grant.summary.as_deref()),
        Cell::maybe_text(grant.theme.as_deref()),
        grant.granted.map_or_else(|| Cell::text("sans montant"), Cell::Amount),
        grant.engaged.into(),
        grant.paid.into(),
        grant.days.committee.into(),
        grant.decided_on.into(),
        Cell::text(if grant.in_quarter { "oui" } else { "non" }),
        Cell::Link(grant.link.clone()),
        grant.removed_on.into(),
        in_the_sums(grant),
    ];
    (tone, cells)
}

/// Whether a grant is in the sums of its section; why not.
fn in_the_sums(grant: &Grant) -> Cell {
    grant.apart.map_or_else(|| Cell::text("oui"), |apart| Cell::text(format!("non : {}", apart.label())))
}

fn activity(report: &QuarterlyReport) -> Sheet<'_> {
    let mut headings = vec!["Programme", "Intitulé", "Déposés avant", "Ce trimestre", "Ensemble"];
    headings.extend(DossierState::KNOWN.iter().map(DossierState::label));
    headings.push("autre état");
    headings.extend(Status::ALL.map(Status::label));
    let rows = report.activities.iter().map(|activity| {
        let mut cells = vec![Cell::text(activity.programme.code()), Cell::text(activity.programme.label())];
        cells.extend([activity.filed_before, activity.filed_in_quarter, activity.filed()].map(Cell::count));
        cells.extend(activity.states.known.map(Cell::count));
        cells.push(Cell::count(activity.states.other));
        cells.extend(activity.by_status.map(Cell::count));
        (Tone::Plain, cells)
    });
    Sheet {
        name: "Dossiers déposés",
        title: "Dossiers par programme, état et avis des règles",
        widths: vec![14, 48, 10, 12, 10, 13, 13, 10, 10, 10, 10, 10, 12, 12],
        headings,
        rows: Box::new(rows),
    }
}

fn reckonings(report: &QuarterlyReport) -> Sheet<'_> {
    let row = |reckoning: &Reckoning| {
        let count = reckoning.count;
        let mut cells = vec![Cell::text(reckoning.programme.map_or("Ensemble", Programme::label))];
        let numbers = [count.filed(), count.removed, count.excluded, count.unreadable, count.shown];
        cells.extend(numbers.map(Cell::count));
        cells.extend([reckoning.apart, reckoning.requests()].map(|number| number.map_or(Cell::Empty, Cell::count)));
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
        rows: Box::new(report.reckonings.iter().map(row)),
    }
}

fn attention(report: &QuarterlyReport) -> Sheet<'_> {
    let without = report.without_amount().map(|grant| {
        let apart = grant.apart.map_or(Cell::Empty, |apart| Cell::text(apart.label()));
        let cells = [Cell::text("attribution sans montant"), Cell::Empty, apart];
        (Tone::Warning, line(grant.programme, grant.number, grant.beneficiary.as_deref(), cells))
    });
    let breaches = report.breaches.iter().map(|breach| {
        let cells = [
            Cell::text(breach.verdict.label()),
            Cell::text(breach.rule.as_str()),
            Cell::text(breach.explanation.as_str()),
        ];
        (Tone::Plain, line(breach.programme, breach.number, breach.beneficiary.as_deref(), cells))
    });
    let removed = report.removed_grants.iter().map(|grant| {
        let said = format!(
            "{}, retiré de DS le {} ; compté jusqu’à ce qu’un agent l’écarte",
            grant.reason.label(),
            french_date(grant.since)
        );
        let cells = [Cell::text("accepté, retiré de DS"), Cell::Empty, Cell::text(said)];
        (Tone::Warning, line(grant.programme, grant.number, grant.beneficiary.as_deref(), cells))
    });
    let unreadable = report.unreadable.iter().map(|unreadable| {
        let said = "le contenu enregistré ne peut plus être lu : compté dans aucune somme";
        let cells = [Cell::text("illisible"), Cell::Empty, Cell::text(said)];
        (Tone::Warning, line(unreadable.programme, unreadable.number, None, cells))
    });
    Sheet {
        name: "Points d’attention",
        title: "Attributions sans montant, dossiers retirés ou illisibles, contrôles des décisions",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Constat", "Règle", "Explication"],
        widths: vec![14, 12, 36, 24, 11, 90],
        rows: Box::new(without.chain(removed).chain(unreadable).chain(breaches)),
    }
}

fn support(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.support.iter().flat_map(|support| {
        support.wanted.iter().map(|code| {
            let cells = [Cell::maybe_text(support.departement.as_deref()), Cell::text(support_label(code))];
            (Tone::Plain, line(support.programme, support.number, support.beneficiary.as_deref(), cells))
        })
    });
    Sheet {
        name: "Accompagnement",
        title: "Accompagnement attendu, une ligne par dossier et par attente",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Département", "Accompagnement"],
        widths: vec![14, 12, 36, 13, 50],
        rows: Box::new(rows),
    }
}

fn feedback(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.feedback.iter().map(|feedback| {
        let cells = [Cell::text(feedback.text.as_str())];
        (Tone::Plain, line(feedback.programme, feedback.number, feedback.beneficiary.as_deref(), cells))
    });
    Sheet {
        name: "Retours d’expérience",
        title: "Retours d’expérience des porteurs",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Retour"],
        widths: vec![14, 12, 36, 110],
        rows: Box::new(rows),
    }
}

fn line<const N: usize>(programme: Programme, number: i64, beneficiary: Option<&str>, rest: [Cell; N]) -> Vec<Cell> {
    let mut cells = vec![Cell::text(programme.code()), Cell::Integer(number), Cell::maybe_text(beneficiary)];
    cells.extend(rest);
    cells
}
