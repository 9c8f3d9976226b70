//! The pages in front: what there is to know and to decide, in whole euros.

use super::make::{grouped, heading, note, numbers, paragraph, row, striking, table, warning, words};
use super::sentences::sentences;
use super::words::{NONE, capital, day, euros, maybe_euros, number, quarter, share};
use super::{charts, differences};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::reports::blocks::{Block, Figure, Group, Row, RowCell, RowKind};
use crate::reports::quarterly::credits::{FAR, share as part_of};
use crate::reports::quarterly::series::Step;
use crate::reports::quarterly::{Activity, Commentary, Credit, Outlook, Point, QuarterlyReport, Section, Sums, points};

/// How many of the sentences about what the dossiers rest on are told in front.
const BEHIND: usize = 3;

pub(super) fn front(report: &QuarterlyReport) -> Vec<Block> {
    let points = points(report);
    let mut blocks = vec![heading(1, Some("essentiel"), "L’essentiel")];
    blocks.push(paragraph(sentences(report, &points).join(" ")));
    blocks.push(figures(report));
    blocks.extend(
        differences::in_all(report)
            .map(|line| note(format!("{line} Le détail est à l’annexe « Qualité des données »."))),
    );
    blocks.extend(report.behind.iter().take(BEHIND).map(warning));
    if report.behind.len() > BEHIND {
        let left = report.behind.len() - BEHIND;
        blocks.push(warning(format!("… et {left} autres réserves du même ordre, à l’annexe « Qualité des données ».")));
    }
    blocks.extend(credits(report));
    blocks.extend(to_decide(&points));
    let is_long = report.commentary.as_ref().is_some_and(Commentary::is_long);
    blocks.extend(series(report, !is_long));
    if let Some(commentary) = report.commentary.as_ref().filter(|commentary| !commentary.is_empty()) {
        blocks.push(heading(1, Some("commentaire"), "Commentaire de la préfecture"));
        blocks.extend(commentary.blocks());
    }
    blocks.push(signature(report));
    blocks
}

fn figures(report: &QuarterlyReport) -> Block {
    let filed: usize = report.activities.iter().map(Activity::filed).sum();
    let in_quarter: usize = report.activities.iter().map(|activity| activity.filed_in_quarter).sum();
    let mut figures = vec![Figure {
        label: "Dossiers déposés".to_owned(),
        value: number(filed),
        detail: Some(match in_quarter {
            0 => "tous programmes, aucun ce trimestre".to_owned(),
            some => format!("tous programmes, dont {} ce trimestre", number(some)),
        }),
    }];
    figures.extend(report.sections.iter().map(|section| {
        let detail = match (section.total.right, section.programme) {
            (Some(right), _) => format!("{} de {}", share(section.total.share()), euros(right)),
            (None, Programme::Axe3V1) => "droits de tirage non renseignés".to_owned(),
            (None, _) => "enveloppe non renseignée".to_owned(),
        };
        let label = format!("{} : accordé", short_title(section.programme));
        Figure { label, value: euros(section.total.granted), detail: Some(detail) }
    }));
    Block::Figures(figures)
}

/// What a section is called where there is little room.
pub(super) fn short_title(programme: Programme) -> &'static str {
    match programme {
        Programme::Axe3V1 => "Volet 1, thèmes 1 à 3",
        Programme::Axe3V1Ads => "Démat.ADS",
        Programme::Axe3V2 => "Volet 2",
        _ => "Axe 2",
    }
}

fn credits(report: &QuarterlyReport) -> Vec<Block> {
    let columns = vec![
        words("Département", 3),
        numbers("Droit ou enveloppe", 2),
        numbers("Accordé", 2),
        numbers("Engagé", 2),
        numbers("Payé", 2),
        numbers("Reste", 2),
        numbers("Part", 1),
        words("Épuisé à ce rythme le", 2),
    ];
    let line = |kind: RowKind, name: String, credit: &Credit| {
        let left = credit.left();
        let mut cells = vec![RowCell::plain(name)];
        cells.extend(
            [credit.right, Some(credit.granted), Some(credit.engaged), Some(credit.paid)]
                .map(|amount| RowCell::plain(maybe_euros(amount))),
        );
        cells.push(striking(maybe_euros(left), left.is_some_and(|left| left < Cents::ZERO), "dépassé"));
        cells.push(RowCell::plain(share(credit.share())));
        cells.push(RowCell::plain(outlook(credit)));
        Row { kind, cells }
    };
    let mut groups = Vec::new();
    let mut envelopes = Vec::new();
    for section in &report.sections {
        if section.programme == Programme::Axe3V1 {
            let mut rows: Vec<Row> =
                section.lines.iter().map(|credit| line(RowKind::Plain, place(credit), credit)).collect();
            rows.push(line(RowKind::Total, section.total.label.clone(), &section.total));
            groups.push(Group { heading: Some("Droits de tirage, thèmes 1 à 3".to_owned()), rows });
        } else {
            envelopes.push(line(RowKind::Plain, short_title(section.programme).to_owned(), &section.total));
        }
    }
    groups.push(Group { heading: Some("Enveloppes de la région".to_owned()), rows: envelopes });
    let table = grouped(
        "Crédits par département, à la date d’arrêté",
        Some(
            "Une ligne par département ; le premier groupe se termine par sa somme, le second donne les enveloppes de la région.",
        ),
        columns,
        groups,
    );
    vec![heading(1, Some("credits"), "Crédits"), table, note(METHOD)]
}

pub(in crate::reports::quarterly) const METHOD: &str = "Droits de tirage : transferts entre départements compris. Accordé : dossiers acceptés, pour le montant saisi. Reste : droit moins accordé. \
    Épuisé à ce rythme le : ce qui reste, divisé par ce qui a été accordé en moyenne par jour dans le trimestre ; sans attribution dans le trimestre, aucune \
    date n’est donnée. Accordé dans le trimestre : ce qui y compte pour la première fois, au dernier des deux jours, commission et décision sur DS. Montants arrondis à l’euro, chacun pour lui-même : une somme peut différer d’un euro de celle de ses lignes ; les annexes et le classeur \
    donnent les centimes.";

/// `93 – Seine-Saint-Denis`.
pub(super) fn place(credit: &Credit) -> String {
    credit.departement.as_ref().map_or_else(|| credit.label.clone(), |code| format!("{code} – {}", credit.label))
}

pub(super) fn outlook(credit: &Credit) -> String {
    match credit.outlook {
        Outlook::On(date) => day(date),
        Outlook::Exhausted(Some(date)) => format!("épuisé depuis le {}", day(date)),
        Outlook::Exhausted(None) => "épuisé".to_owned(),
        Outlook::Far => FAR.to_owned(),
        Outlook::Unknown => NONE.to_owned(),
    }
}

/// Two pages hold a long commentary or a chart, which is then in the annex.
fn series(report: &QuarterlyReport, with_chart: bool) -> Vec<Block> {
    let Some(section) = report.sections.iter().find(|section| section.programme == Programme::Axe3V1) else {
        return Vec::new();
    };
    let mut blocks = vec![heading(1, Some("evolution"), "Évolution par trimestre")];
    blocks.extend(charts::series(section).filter(|_| with_chart));
    blocks.push(series_table(section, euros));
    blocks.extend(with_chart.then(|| note(SERIES_METHOD)));
    blocks
}

pub(in crate::reports::quarterly) const SERIES_METHOD: &str = "Ce que l’on sait à la date d’arrêté, chaque montant compté à sa date : l’accordé au dernier des deux jours, commission et décision sur DS ; \
    l’engagé à celui de la convention, à défaut comme l’accordé ; le payé à celui du paiement ; aucun des deux avant l’accordé.";

/// What was dated by the end of each quarter, beside what there was to grant from then; `written` says whether with cents.
pub(super) fn series_table(section: &Section, written: fn(Cents) -> String) -> Block {
    let columns = vec![
        words("Trimestre", 3),
        numbers("Accordé dans le trimestre", 2),
        numbers("Accordé, cumul", 2),
        numbers("Engagé, cumul", 2),
        numbers("Payé, cumul", 2),
        numbers("Part du droit", 1),
    ];
    let series = &section.series;
    let part = |granted: Cents| share(section.total.share_of(granted));
    // Of what there was to grant from then.
    let part_then = |step: &Step| share(step.right.and_then(|right| part_of(step.until.granted, right)));
    let mut rows: Vec<Row> = series
        .steps
        .iter()
        .map(|step| {
            let sums = step.until;
            let [granted, engaged, paid] = [sums.granted, sums.engaged, sums.paid].map(written);
            let cells = [quarter(step.quarter), written(step.within.granted), granted, engaged, paid, part_then(step)];
            row(RowKind::Plain, cells)
        })
        .collect();
    let dash = || NONE.to_owned();
    if series.undated != Sums::default() {
        let sums = series.undated;
        let [granted, engaged, paid] = [sums.granted, sums.engaged, sums.paid].map(written);
        rows.push(row(RowKind::Plain, ["Sans date connue".to_owned(), dash(), granted, engaged, paid, dash()]));
        let all = series.dated() + sums;
        let [granted, engaged, paid] = [all.granted, all.engaged, all.paid].map(written);
        rows.push(row(RowKind::Total, ["Ensemble".to_owned(), dash(), granted, engaged, paid, part(all.granted)]));
    }
    table(format!("{} : montants cumulés par trimestre", section.title), columns, rows)
}

fn to_decide(points: &[Point]) -> Vec<Block> {
    let mut blocks = vec![heading(1, Some("decisions"), "Points qui appellent une décision")];
    if points.is_empty() {
        blocks.push(paragraph("Aucun point n’appelle de décision à la date d’arrêté."));
        return blocks;
    }
    let columns = vec![words("Point", 2), words("Ce qui est constaté", 5), words("Qui agit", 2)];
    let line = |point: &Point| row(RowKind::Plain, [capital(point.subject), point.what.clone(), capital(&point.who)]);
    blocks.push(table(
        "Points à décider, du plus pressant au moins pressant",
        columns,
        points.iter().map(line).collect(),
    ));
    blocks
}

fn signature(report: &QuarterlyReport) -> Block {
    let (office, seat) =
        report.region.guide.map_or(("Le préfet de région", "………………"), |guide| (guide.office, guide.seat));
    Block::Signature { lines: vec![format!("Fait à {seat}, le ………………"), office.to_owned()] }
}
