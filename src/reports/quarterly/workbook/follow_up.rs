//! The sheets of what is to be done: what needs a decision, what controls found, the first review, margins between départements, progress of
//! the projects.

use super::dossiers::in_the_sums;
use super::{FIRST, Sheet, line, values};
use crate::domain::money::Cents;
use crate::domain::verdict::VerdictValue;
use crate::reports::Cell;
use crate::reports::quarterly::{Laureate, Margin, QuarterlyReport, Review, points};
use crate::reports::sheets::{Area, Formula, Tone, Value};

/// What controls of decisions found, a line a cause.
pub(in crate::reports::quarterly) const CONTROLS_SHEET: &str = "Contrôles";
/// How far each project has come.
pub(in crate::reports::quarterly) const PROGRESS_SHEET: &str = "Suivi des projets";

pub(super) fn decisions(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = points(report)
        .into_iter()
        .map(|point| (Tone::Plain, values([Cell::text(point.subject), Cell::text(point.what), Cell::text(point.who)])));
    Sheet {
        name: "Points à décider",
        title: "Points qui appellent une décision, du plus pressant au moins pressant",
        headings: vec!["Point", "Ce qui est constaté", "Qui agit"],
        widths: vec![36, 90, 36],
        rows: Box::new(rows),
    }
}

pub(super) fn causes(report: &QuarterlyReport) -> Sheet<'_> {
    let rows = report.causes().into_iter().map(|cause| {
        let numbers: Vec<String> = cause.breaches.iter().map(|breach| breach.number.to_string()).collect();
        let tone = if cause.verdict == VerdictValue::NotMet { Tone::Warning } else { Tone::Plain };
        let cells = [
            Cell::text(cause.rule),
            Cell::text(cause.title),
            Cell::text(cause.verdict.label()),
            Cell::count(numbers.len()),
            Cell::text(numbers.join(", ")),
        ];
        (tone, values(cells))
    });
    Sheet {
        name: CONTROLS_SHEET,
        title: "Contrôles des décisions : une ligne par cause",
        headings: vec!["Règle", "Intitulé", "Constat", "Dossiers", "Lesquels"],
        widths: vec![11, 50, 18, 10, 80],
        rows: Box::new(rows),
    }
}

pub(super) fn first_review(review: &Review) -> Sheet<'_> {
    let rows = review.lines.iter().map(|line| {
        let tone = if line.departement.is_some() { Tone::Plain } else { Tone::Strong };
        let cells = vec![
            Cell::maybe_text(line.departement.as_deref()),
            Cell::text(line.label.replace('\'', "’")),
            Cell::Date(review.on),
            line.right.into(),
            Cell::Amount(line.granted),
            line.left().into(),
            line.share().map_or(Cell::Empty, Cell::Share),
        ];
        (tone, values(cells))
    });
    Sheet {
        name: "Premier bilan",
        title: "Premier bilan de la consommation des crédits",
        headings: vec!["Code", "Département", "Au", "Droit de tirage", "Accordé", "Reste", "Part accordée"],
        widths: vec![8, 26, 13, 17, 17, 17, 11],
        rows: Box::new(rows),
    }
}

pub(super) fn margins(report: &QuarterlyReport) -> Sheet<'_> {
    let row = |(row, margin): (u32, &Margin)| {
        let of = |column| Formula::Of(Area::cell(column, row));
        let mut cells = values([
            Cell::maybe_text(margin.departement.as_deref()),
            Cell::text(margin.label.replace('\'', "’")),
            Cell::Amount(margin.left),
            Cell::count(margin.pending),
            Cell::count(margin.without_amount),
            Cell::Amount(margin.wanted),
        ]);
        let margin_formula = Formula::Less(Box::new(of(2)), vec![of(5)]);
        cells.push(Value::computed(margin_formula, Cell::Amount(margin.margin())));
        (if margin.margin() < Cents::ZERO { Tone::Warning } else { Tone::Plain }, cells)
    };
    Sheet {
        name: "Marges et besoins",
        title: "Fongibilité : ce qui reste une fois servies les demandes en attente",
        headings: vec![
            "Code",
            "Département",
            "Reste",
            "Demandes en attente",
            "dont sans montant",
            "Peut être accordé",
            "Marge ou besoin",
        ],
        widths: vec![8, 26, 17, 11, 10, 17, 17],
        rows: Box::new((FIRST..).zip(&report.margins).map(row)),
    }
}

pub(super) fn progress(report: &QuarterlyReport) -> Sheet<'_> {
    let yes = |due: bool, text: &str| if due { Cell::text(text) } else { Cell::Empty };
    let row = move |laureate: &Laureate| {
        let grant = &laureate.grant;
        let days = &grant.days;
        let cells = [
            Cell::text(grant.departement.as_deref().unwrap_or("à préciser")),
            Cell::maybe_text(grant.title.as_deref()),
            days.committee.into(),
            days.notified.into(),
            days.agreement.into(),
            days.paid.into(),
            days.end.into(),
            days.report.into(),
            days.evaluated.into(),
            yes(laureate.report_due, "à demander"),
            yes(laureate.evaluation_due, "à faire"),
            yes(laureate.to_publish, "à publier"),
            in_the_sums(grant),
        ];
        let tone = if laureate.report_due || laureate.evaluation_due { Tone::Warning } else { Tone::Plain };
        (tone, line(grant.programme, grant.number, grant.beneficiary.as_deref(), cells))
    };
    Sheet {
        name: PROGRESS_SHEET,
        title: if report.region.guide.is_some() {
            "Projets lauréats (hors Démat.ADS) : avancement, bilans, évaluations, publication, club d’innovateurs"
        } else {
            "Projets lauréats (hors Démat.ADS) : avancement, bilans, évaluations, publication"
        },
        headings: vec![
            "Programme",
            "Dossier",
            "Bénéficiaire",
            "Département",
            "Projet",
            "Commission",
            "Notification",
            "Convention",
            "Paiement",
            "Fin du projet",
            "Bilan reçu le",
            "Évalué le",
            "Bilan d’activité",
            "Évaluation",
            "Lauréat du trimestre",
            "Dans les sommes",
        ],
        widths: vec![14, 12, 36, 13, 40, 13, 13, 13, 13, 13, 13, 13, 13, 12, 13, 30],
        rows: Box::new(report.laureates.iter().map(row)),
    }
}
