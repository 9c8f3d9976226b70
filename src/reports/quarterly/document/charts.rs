//! The charts of a section of credits; each says in words what it shows, and has its table beside it.

use rust_decimal::Decimal;

use super::words::{capital, euros, listed, quarter, share};
use crate::domain::money::Cents;
use crate::reports::blocks::{BarGroup, Block, Chart, Plot, Unit};
use crate::reports::quarterly::{Credit, Section, Step};

const SERIES: [&str; 3] = ["accordé", "engagé", "payé"];

/// What the limit of a section is called.
pub(super) fn right_of(section: &Section) -> &'static str {
    if section.lines.iter().any(|line| line.right.is_some()) { "droit de tirage" } else { "enveloppe" }
}

fn is_empty(section: &Section) -> bool {
    let total = &section.total;
    [total.granted, total.engaged, total.paid] == [Cents::ZERO; 3]
}

/// The lines with something to draw.
fn drawn(section: &Section) -> Vec<&Credit> {
    let has_some = |credit: &&Credit| {
        credit.right.is_some() || [credit.granted, credit.engaged, credit.paid].iter().any(|amount| amount.0 != 0)
    };
    section.lines.iter().filter(has_some).collect()
}

/// Granted, engaged and paid side by side, by département, against the right; none without any amount.
pub(super) fn amounts(section: &Section) -> Option<Block> {
    if is_empty(section) {
        return None;
    }
    let lines = drawn(section);
    let said = |credit: &&Credit| {
        let right = credit.right.map_or(String::new(), |right| format!(" sur {}", euros(right)));
        format!(
            "{} : {} accordés{right}, {} engagés, {} payés",
            credit.label,
            euros(credit.granted),
            euros(credit.engaged),
            euros(credit.paid)
        )
    };
    let groups = lines.iter().map(|credit| BarGroup {
        label: credit.label.clone(),
        values: [credit.granted, credit.engaged, credit.paid].map(|amount| Some(amount.to_decimal())).to_vec(),
        limit: credit.right.map(Cents::to_decimal),
    });
    Some(Block::Chart(Chart {
        caption: format!("{} : accordé, engagé et payé par département", section.title),
        alternative: sentence(&lines.iter().map(said).collect::<Vec<_>>()),
        plot: Plot::Bars {
            series: SERIES.map(str::to_owned).to_vec(),
            groups: groups.collect(),
            limit: lines.iter().any(|credit| credit.right.is_some()).then(|| right_of(section).to_owned()),
            unit: Unit::Euros,
        },
    }))
}

/// The share of each right that is granted; none where no right is known.
pub(super) fn shares(section: &Section) -> Option<Block> {
    let lines: Vec<(&Credit, Decimal)> =
        section.lines.iter().filter_map(|credit| Some((credit, credit.share()?))).collect();
    if lines.is_empty() || is_empty(section) {
        return None;
    }
    let said: Vec<String> =
        lines.iter().map(|(credit, part)| format!("{} {}", credit.label, share(Some(*part)))).collect();
    let groups = lines.iter().map(|(credit, part)| BarGroup {
        label: credit.label.clone(),
        values: vec![Some(*part)],
        limit: Some(Decimal::ONE),
    });
    Some(Block::Chart(Chart {
        caption: "Part accordée du droit de tirage, par département".to_owned(),
        alternative: format!("Part accordée : {}.", listed(&said)),
        plot: Plot::Bars {
            series: vec!["part accordée".to_owned()],
            groups: groups.collect(),
            limit: Some("droit de tirage".to_owned()),
            unit: Unit::Percent,
        },
    }))
}

/// Granted, engaged and paid by the end of each quarter, against the right; none without any amount.
pub(super) fn series(section: &Section) -> Option<Block> {
    if is_empty(section) {
        return None;
    }
    let steps = &section.series.steps;
    let line = |of: fn(&Step) -> Cents| steps.iter().map(|step| Some(of(step).to_decimal())).collect();
    let lines: [Vec<Option<Decimal>>; 3] =
        [line(|step| step.until.granted), line(|step| step.until.engaged), line(|step| step.until.paid)];
    let said: Vec<String> = steps
        .iter()
        .map(|step| {
            let sums = step.until;
            format!(
                "fin du {}, {} accordés, {} engagés, {} payés",
                quarter(step.quarter),
                euros(sums.granted),
                euros(sums.engaged),
                euros(sums.paid)
            )
        })
        .collect();
    let right = section.total.right;
    let is_constant = steps.iter().all(|step| step.right == right);
    let mut drawn: Vec<(String, Vec<Option<Decimal>>)> = SERIES.map(str::to_owned).into_iter().zip(lines).collect();
    if !is_constant {
        let rights = steps.iter().map(|step| step.right.map(Cents::to_decimal)).collect();
        drawn.push((right_of(section).to_owned(), rights));
    }
    let against = right.map_or(String::new(), |right| format!(" {} : {}.", capital(right_of(section)), euros(right)));
    Some(Block::Chart(Chart {
        caption: format!("{} : montants cumulés à la fin de chaque trimestre", section.title),
        alternative: format!("{}{against}", sentence(&said)),
        plot: Plot::Lines {
            steps: steps.iter().map(|step| step.quarter.french_code()).collect(),
            series: drawn,
            limit: right.filter(|_| is_constant).map(|right| (right_of(section).to_owned(), right.to_decimal())),
            unit: Unit::Euros,
        },
    }))
}

/// Clauses as one sentence.
fn sentence(clauses: &[String]) -> String {
    capital(&format!("{}.", clauses.join(" ; ")))
}
