//! The annex of a section of credits: its figures to the cent, its charts, what the guide wants looked at.

use super::front::{SERIES_METHOD, outlook, place, series_table};
use super::make::{grouped, note, numbers, paragraph, row, striking, table, warning, with_detail, words};
use super::words::{NONE, day, is_or_are, money, number, share};
use super::{charts, differences};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::reports::blocks::{Block, Group, Row, RowCell, RowKind};
use crate::reports::quarterly::{Commentary, Credit, Margin, Milestone, QuarterlyReport, Review, Section};

pub(super) fn section(section: &Section, report: &QuarterlyReport) -> Vec<Block> {
    let mut blocks = Vec::new();
    let is_of_departements = section.programme == Programme::Axe3V1;
    if let (true, Some(guide)) = (is_of_departements, report.region.guide) {
        blocks.push(paragraph(format!("Centre financier (Chorus) : {}.", guide.financial_centre)));
    }
    blocks.push(amounts(section));
    blocks.push(requests(section));
    blocks.extend(differences::of(section, report).into_iter().map(note));
    if section.total.without_amount > 0 {
        blocks.push(warning(format!(
            "{} sans montant accordé : le montant accordé est un minimum. Ce qui est alors engagé et payé est compté.",
            counted(section.total.without_amount, "attribution", "attributions")
        )));
    }
    blocks.extend(charts::amounts(section));
    if is_of_departements {
        blocks.extend(charts::shares(section));
    }
    // The front has them of the départements, where a long commentary leaves room.
    let has_series = !is_of_departements || report.commentary.as_ref().is_some_and(Commentary::is_long);
    blocks.extend(charts::series(section).filter(|_| has_series));
    if section.total.grants + section.total.without_amount > 0 {
        blocks.push(series_table(section, |amount| amount.to_string()));
        blocks.extend(has_series.then(|| note(SERIES_METHOD)));
    }
    if is_of_departements {
        blocks.extend(report.milestone.iter().map(|milestone| paragraph(expected(milestone))));
        blocks.extend(report.review.iter().flat_map(first_review));
        if !report.margins.is_empty() {
            blocks.extend(margins(&report.margins));
        }
    }
    blocks
}

/// The lines, their sum, and what lies outside.
fn rows(section: &Section, cells: impl Fn(&Credit) -> Vec<RowCell>) -> Vec<Group> {
    let line = |kind: RowKind, credit: &Credit| {
        let mut all = vec![RowCell::plain(place(credit))];
        all.extend(cells(credit));
        Row { kind, cells: all }
    };
    let mut inside: Vec<Row> = section.lines.iter().map(|credit| line(RowKind::Plain, credit)).collect();
    inside.push(line(RowKind::Total, &section.total));
    let apart = section.apart.iter().map(|credit| line(RowKind::Apart, credit)).collect();
    let heading = (!section.apart.is_empty()).then(|| "Sur ces crédits".to_owned());
    vec![
        Group { heading, rows: inside },
        Group { heading: Some("Hors de ces crédits, dans aucune somme".to_owned()), rows: apart },
    ]
}

fn amounts(section: &Section) -> Block {
    let right = if section.programme == Programme::Axe3V1 { "Droit de tirage" } else { "Enveloppe" };
    let columns = vec![
        words("Département", 3),
        numbers(right, 2),
        numbers("Accordé", 2),
        numbers("Engagé", 2),
        numbers("Payé", 2),
        numbers("Reste", 2),
        numbers("Part accordée", 1),
    ];
    let cells = |credit: &Credit| {
        let left = credit.left();
        let mut cells: Vec<RowCell> = [credit.right, Some(credit.granted), Some(credit.engaged), Some(credit.paid)]
            .map(|amount| RowCell::plain(money(amount)))
            .to_vec();
        cells.push(striking(money(left), left.is_some_and(|left| left < Cents::ZERO), "dépassé"));
        cells.push(RowCell::plain(share(credit.share())));
        cells
    };
    let summary = "Une ligne par département, puis leur somme ; ce qui est hors de ces crédits vient ensuite.";
    grouped(format!("{} : montants", section.title), Some(summary), columns, rows(section, cells))
}

fn requests(section: &Section) -> Block {
    let columns = vec![
        words("Département", 3),
        numbers("Demandes", 1),
        numbers("Attributions", 1),
        numbers("Accordé ce trimestre", 2),
        numbers("Trimestre précédent", 2),
        words("Tendance", 1),
        words("Épuisé à ce rythme le", 2),
    ];
    let cells = |credit: &Credit| {
        let without = (credit.without_amount > 0).then(|| format!("+ {} sans montant", number(credit.without_amount)));
        vec![
            RowCell::plain(number(credit.requests)),
            with_detail(number(credit.grants), without),
            RowCell::plain(credit.granted_in_quarter.to_string()),
            RowCell::plain(credit.granted_in_previous_quarter.to_string()),
            RowCell::plain(credit.trend.map_or(NONE, |trend| trend.label())),
            RowCell::plain(outlook(credit)),
        ]
    };
    let summary = "Une ligne par département, puis leur somme ; ce qui est hors de ces crédits vient ensuite.";
    grouped(format!("{} : demandes et attributions", section.title), Some(summary), columns, rows(section, cells))
}

/// What the guide expects by a day.
pub(in crate::reports::quarterly) fn expected(milestone: &Milestone) -> String {
    let Milestone { expected_by, reached, together } = milestone;
    let when = if *reached { "ce jour-là" } else { "à la date d’arrêté" };
    let right = money(together.right);
    let said = if together.granted == Cents::ZERO {
        format!("rien n’était accordé sur {right}")
    } else {
        let were = is_or_are(together.granted, "était accordé", "étaient accordés");
        format!("{} {were} sur {right}, soit {}", together.granted, share(together.share()))
    };
    let day = day(*expected_by);
    format!(
        "Le guide prévoit la consommation des crédits avant la fin du trimestre qui s’achève le {day} : {when}, {said}."
    )
}

fn first_review(review: &Review) -> Vec<Block> {
    let columns = vec![
        words("Département", 3),
        numbers("Droit de tirage", 2),
        numbers("Accordé", 2),
        numbers("Reste", 2),
        numbers("Part accordée", 1),
    ];
    let rows = review.lines.iter().map(|line| {
        let kind = if line.departement.is_some() { RowKind::Plain } else { RowKind::Total };
        let name =
            line.departement.as_ref().map_or_else(|| line.label.clone(), |code| format!("{code} – {}", line.label));
        row(kind, [name, money(line.right), line.granted.to_string(), money(line.left()), share(line.share())])
    });
    let caption = format!("Premier bilan de la consommation des crédits, au {}", day(review.on));
    let mut blocks = vec![table(caption, columns, rows.collect())];
    if review.undated > 0 {
        blocks.push(warning(format!(
            "{} sans date de décision : hors de ce bilan.",
            counted(review.undated, "attribution", "attributions")
        )));
    }
    blocks
}

fn margins(margins: &[Margin]) -> Vec<Block> {
    let columns = vec![
        words("Département", 3),
        numbers("Reste", 2),
        numbers("Demandes en attente", 1),
        numbers("Peut être accordé", 2),
        numbers("Marge ou besoin", 2),
    ];
    let rows = margins.iter().map(|margin| {
        let name = margin
            .departement
            .as_ref()
            .map_or_else(|| margin.label.clone(), |code| format!("{code} – {}", margin.label));
        let without =
            (margin.without_amount > 0).then(|| format!("dont {} sans montant", number(margin.without_amount)));
        let cells = vec![
            RowCell::plain(name),
            RowCell::plain(margin.left.to_string()),
            with_detail(number(margin.pending), without),
            RowCell::plain(margin.wanted.to_string()),
            striking(margin.margin().to_string(), margin.margin() < Cents::ZERO, "besoin"),
        ];
        Row { kind: RowKind::Plain, cells }
    });
    let sum = |wanted: &dyn Fn(Cents) -> bool| -> Cents {
        margins.iter().map(Margin::margin).filter(|margin| wanted(*margin)).sum()
    };
    let (free, needed) = (sum(&|margin| margin > Cents::ZERO), -sum(&|margin| margin < Cents::ZERO));
    let said = if needed == Cents::ZERO {
        "Aucun département n’a besoin des crédits d’un autre.".to_owned()
    } else {
        format!("Marges : {free} ; besoins : {needed} : une réallocation pourrait porter sur {}.", free.min(needed))
    };
    vec![
        table(
            "Fongibilité : ce qui reste à chaque département une fois servies les demandes en attente",
            columns,
            rows.collect(),
        ),
        paragraph(said),
        note(
            "Demandes en attente : les dossiers sans décision à la date d’arrêté, y compris ceux qui ont été décidés depuis ; un dossier non éligible n’en est pas. \
             Peut être accordé : le montant déjà saisi, à défaut le montant demandé, dans la limite du maximum de la règle.",
        ),
    ]
}
