//! The sheets with a line a dossier: the grants behind the sums, what needs attention, what applicants expect and report.

use super::{AMOUNTS, FIRST, Sheet, line, values};
use crate::domain::instant::french_date;
use crate::domain::period::Quarter;
use crate::domain::programme::Programme;
use crate::reports::Cell;
use crate::reports::quarterly::{Grant, QuarterlyReport, support_label, theme_label};
use crate::reports::sheets::{Area, Tone, Value};

/// The name of the sheet of grants, and what is read again there before the report is sent.
pub(in crate::reports::quarterly) const GRANTS_SHEET: &str = "Dossiers comptés";
/// What needs attention, a line a dossier.
pub(in crate::reports::quarterly) const ATTENTION_SHEET: &str = "Points d’attention";
/// What applicants expect.
pub(in crate::reports::quarterly) const SUPPORT_SHEET: &str = "Accompagnement";
/// What carriers report.
pub(in crate::reports::quarterly) const FEEDBACK_SHEET: &str = "Retours d’expérience";
/// The heading of the column that says whether a grant counts.
pub(in crate::reports::quarterly) const IN_THE_SUMS: &str = "Dans les sommes";

/// What stands in the place of an amount that is not known.
pub(super) const WITHOUT_AMOUNT: &str = "sans montant";

/// The columns of grants that formulas are over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    Granted = 7,
    Engaged = 8,
    Paid = 9,
    Quarter = 12,
    Key = 16,
}

/// How many grants there are.
pub(super) fn count(report: &QuarterlyReport) -> usize {
    report.sections.iter().map(|section| section.grants.len()).sum()
}

/// A column of so many grants; none without any.
pub(super) fn area(column: Column, grants: usize) -> Option<Area> {
    let last = FIRST + u32::try_from(grants.checked_sub(1)?).ok()?;
    Some(Area::new(column as u16, FIRST, last).on(GRANTS_SHEET))
}

/// Names the line of credits that a grant counts in.
pub(super) fn key(programme: Programme, place: &str) -> String {
    format!("{} – {place}", programme.short_label())
}

pub(super) fn grants(report: &QuarterlyReport) -> Sheet<'_> {
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
            AMOUNTS[0],
            AMOUNTS[1],
            AMOUNTS[2],
            "Commission",
            "Compte depuis le",
            "Trimestre",
            "Convention",
            "Retiré de DS le",
            IN_THE_SUMS,
            "Crédits",
        ],
        widths: vec![14, 12, 36, 13, 40, 60, 22, 17, 17, 17, 13, 13, 12, 13, 13, 30, 30],
        rows: Box::new(report.sections.iter().flat_map(|section| &section.grants).map(grant_row)),
    }
}

fn grant_row(grant: &Grant) -> (Tone, Vec<Value>) {
    let tone = match (grant.granted, grant.apart) {
        (None, _) => Tone::Warning,
        (_, Some(_)) => Tone::Muted,
        _ => Tone::Plain,
    };
    let cells = [
        Cell::maybe_text(grant.beneficiary.as_deref()),
        Cell::text(grant.departement.as_deref().unwrap_or("à préciser")),
        Cell::maybe_text(grant.title.as_deref()),
        Cell::maybe_text(grant.summary.as_deref()),
        grant.theme.as_deref().map_or(Cell::Empty, |theme| Cell::text(theme_label(theme))),
        grant.granted.map_or_else(|| Cell::text(WITHOUT_AMOUNT), Cell::Amount),
        grant.engaged.into(),
        grant.paid.into(),
        grant.days.committee.into(),
        grant.counts_since.into(),
        grant.counts_since.map_or(Cell::Empty, |day| Cell::text(Quarter::of(day).french_code())),
        grant.days.agreement.into(),
        grant.removed_on.into(),
        in_the_sums(grant),
        match grant.apart {
            None => Cell::text(key(grant.programme, grant.departement.as_deref().unwrap_or("Plusieurs départements"))),
            Some(_) => Cell::Empty,
        },
    ];
    let mut row = values([Cell::text(grant.programme.short_label())]);
    row.push(Value::linked(grant.number.to_string(), &grant.link));
    row.extend(values(cells));
    (tone, row)
}

/// Whether a grant is in the sums of its section; why not.
pub(super) fn in_the_sums(grant: &Grant) -> Cell {
    grant.apart.map_or_else(|| Cell::text("oui"), |apart| Cell::text(format!("non : {}", apart.label())))
}

pub(super) fn attention(report: &QuarterlyReport) -> Sheet<'_> {
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
    let later = report.decided_later.iter().map(|(programme, number)| {
        let said = "la commission ou la décision sur DS est postérieure à la date d’arrêté : hors sommes, en attente ce jour-là";
        let cells = [Cell::text("décidé plus tard"), Cell::Empty, Cell::text(said)];
        (Tone::Muted, line(*programme, *number, None, cells))
    });
    let unreadable = report.unreadable.iter().map(|unreadable| {
        let said = "le contenu enregistré ne peut plus être lu : compté dans aucune somme";
        let cells = [Cell::text("illisible"), Cell::Empty, Cell::text(said)];
        (Tone::Warning, line(unreadable.programme, unreadable.number, None, cells))
    });
    Sheet {
        name: ATTENTION_SHEET,
        title: "Attributions sans montant, dossiers retirés ou illisibles, contrôles des décisions",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Constat", "Règle", "Explication"],
        widths: vec![14, 12, 36, 24, 11, 90],
        rows: Box::new(without.chain(removed).chain(unreadable).chain(later).chain(breaches)),
    }
}

pub(super) fn support(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.support.iter().flat_map(|support| {
        support.wanted.iter().map(|code| {
            let cells = [Cell::maybe_text(support.departement.as_deref()), Cell::text(support_label(code))];
            (Tone::Plain, line(support.programme, support.number, support.beneficiary.as_deref(), cells))
        })
    });
    Sheet {
        name: SUPPORT_SHEET,
        title: "Accompagnement attendu, une ligne par dossier et par attente",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Département", "Accompagnement"],
        widths: vec![14, 12, 36, 13, 50],
        rows: Box::new(rows),
    }
}

pub(super) fn feedback(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.feedback.iter().map(|feedback| {
        let cells = [Cell::maybe_text(feedback.departement.as_deref()), Cell::text(feedback.text.as_str())];
        (Tone::Plain, line(feedback.programme, feedback.number, feedback.beneficiary.as_deref(), cells))
    });
    Sheet {
        name: FEEDBACK_SHEET,
        title: "Retours d’expérience des porteurs",
        headings: vec!["Programme", "Dossier", "Bénéficiaire", "Département", "Retour"],
        widths: vec![14, 12, 36, 13, 110],
        rows: Box::new(rows),
    }
}
