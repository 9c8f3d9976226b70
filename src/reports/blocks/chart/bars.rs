//! Bars of several series, one below the other for each label, each with its value.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::scale::{Scale, written};
use super::{GRID, INK, LEADING, SMALL, TYPE, WIDTH, roomy, text};
use crate::domain::text::printable_line;
use crate::reports::blocks::lettering::{self, width};
use crate::reports::blocks::{BarGroup, Unit};

/// The height of a bar.
const BAR: u32 = 11;
/// From the top of one to the top of the next.
const PITCH: u32 = 14;
/// Between the bars of two labels.
const GAP: u32 = 10;
/// The widest that labels may be.
const LABELS: u32 = 210;
/// A line of the legend.
const LEGEND: u32 = 20;
/// What a value is written as that nobody knows.
const UNKNOWN: &str = "non connu";

/// What a chart of bars is made of, measured.
struct Layout<'a> {
    series: &'a [String],
    limit: Option<&'a str>,
    unit: Unit,
    /// Where bars of zero stand.
    left: u32,
    scale: Scale,
    name: &'a str,
}

/// Height and drawing; nothing without groups.
pub(super) fn draw(
    series: &[String],
    groups: &[BarGroup],
    limit: Option<&str>,
    unit: Unit,
    name: &str,
) -> (u32, Markup) {
    let labelled: Vec<(&BarGroup, Vec<(String, u32)>)> =
        groups.iter().map(|group| (group, labels(group, limit, unit))).collect();
    let widest = labelled.iter().flat_map(|(_, lines)| lines).map(|(line, size)| width(line, *size)).max();
    let Some(widest) = widest else { return (0, html! {}) };
    let left = roomy(widest) + 10;
    let values = || groups.iter().flat_map(|group| group.values.iter().flatten().copied());
    let longest = values().map(|value| width(&written(value, unit), TYPE)).max().unwrap_or(0);
    let longest = roomy(longest.max(width(UNKNOWN, TYPE))).min(WIDTH / 4);
    let limits = groups.iter().filter_map(|group| group.limit);
    let scale = Scale::over(values().chain(limits), WIDTH - left - longest - 14, unit);
    let layout = Layout { series, limit, unit, left, scale, name };

    let legend = layout.legend();
    let top = legend.as_ref().map_or(0, |(height, _)| *height) + 4;
    let mut y = top;
    let mut drawn = Vec::new();
    for (group, lines) in &labelled {
        let height = layout.height(lines.len());
        drawn.push(layout.group(group, lines, y, height));
        y += height;
    }
    let drawing = html! {
        (layout.patterns())
        @if let Some((_, legend)) = legend { (legend) }
        (layout.grid(top, y))
        @for group in &drawn { (group) }
    };
    (y + LEADING + 7, drawing)
}

/// The lines of a label, each with the size of its type.
fn labels(group: &BarGroup, limit: Option<&str>, unit: Unit) -> Vec<(String, u32)> {
    let mut lines: Vec<(String, u32)> =
        lettering::lines(&printable_line(&group.label), TYPE, LABELS, 2).into_iter().map(|line| (line, TYPE)).collect();
    // In percent the limit is 100 % for every group: the legend and the axis say it once.
    if let (Some(name), Some(value)) = (limit, group.limit.filter(|_| unit != Unit::Percent)) {
        let said = format!("{}\u{a0}: {}", printable_line(name), written(value, unit));
        lines.extend(lettering::lines(&said, SMALL, LABELS, 2).into_iter().map(|line| (line, SMALL)));
    }
    lines
}

impl Layout<'_> {
    fn height(&self, lines: usize) -> u32 {
        let rows = |count: usize, each: u32| u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(each);
        rows(self.series.len(), PITCH).max(rows(lines, LEADING)) + GAP
    }

    fn x(&self, value: Decimal) -> Decimal {
        Decimal::from(self.left) + self.scale.at(value)
    }

    fn group(&self, group: &BarGroup, lines: &[(String, u32)], top: u32, height: u32) -> Markup {
        let first = top + GAP / 2;
        let last = top + height - GAP / 2;
        html! {
            @for (at, (line, size)) in (0_u32..).zip(lines) {
                (text(self.left - 8, first + 11 + at * LEADING, "end", *size, line))
            }
            @for (at, value) in (0_u32..).zip(&group.values).take(self.series.len()) {
                (self.bar(at, *value, first + at * PITCH))
            }
            @if let Some(limit) = group.limit {
                // With a rim of paper, to be seen on a dark bar.
                @for (colour, width) in [("#ffffff", 6), (INK, 3)] {
                    line x1=(self.x(limit)) y1=(first - 3) x2=(self.x(limit)) y2=(last) stroke=(colour) stroke-width=(width) {}
                }
            }
            @for (at, value) in (0_u32..).zip(&group.values).take(self.series.len()) {
                (self.value(*value, group.limit, first + at * PITCH))
            }
        }
    }

    fn bar(&self, series: u32, value: Option<Decimal>, top: u32) -> Markup {
        let (zero, end) = (self.x(Decimal::ZERO), self.x(value.unwrap_or_default()));
        html! {
            @if value.is_some() {
                rect x=(zero.min(end)) y=(top) width=((end - zero).abs()) height=(BAR) fill=(self.fill(series)) stroke=(INK) {}
            }
        }
    }

    /// Beside its bar; beyond the limit where that would strike it through.
    fn value(&self, value: Option<Decimal>, limit: Option<Decimal>, top: u32) -> Markup {
        let said = value.map_or_else(|| UNKNOWN.to_owned(), |value| written(value, self.unit));
        let x = self.x(value.unwrap_or_default()).max(self.x(Decimal::ZERO)) + Decimal::from(5);
        let mark = limit.map(|limit| self.x(limit));
        let end = x + Decimal::from(width(&said, TYPE));
        let x = match mark {
            Some(mark) if mark > x - Decimal::from(4) && mark < end => mark + Decimal::from(5),
            _ => x,
        };
        text(x, top + 10, "start", TYPE, &said)
    }

    /// Round values with a line through all bars, and zero with a stronger one.
    fn grid(&self, top: u32, bottom: u32) -> Markup {
        html! {
            @for tick in self.scale.ticks() {
                line x1=(self.x(tick)) y1=(top) x2=(self.x(tick)) y2=(bottom)
                    stroke=(if tick.is_zero() { INK } else { GRID }) {}
                (text(self.x(tick), bottom + LEADING, "middle", SMALL, &self.scale.tick(tick)))
            }
        }
    }

    /// What each pattern means; nothing where there is but one.
    fn legend(&self) -> Option<(u32, Markup)> {
        if self.series.len() + usize::from(self.limit.is_some()) < 2 {
            return None;
        }
        let names = self.series.iter().map(String::as_str).chain(self.limit);
        let (mut x, mut y) = (0, 0);
        let mut place = |name: &str| {
            let taken = 24 + width(name, TYPE) + 22;
            if x > 0 && x + taken > WIDTH {
                (x, y) = (0, y + LEGEND);
            }
            x += taken;
            (x - taken, y)
        };
        let placed: Vec<(String, (u32, u32))> = names
            .flat_map(|name| lettering::lines(&printable_line(name), TYPE, WIDTH - 50, 1))
            .map(|name| (name.clone(), place(&name)))
            .collect();
        let markup = html! {
            @for (at, (name, (x, y))) in (0_u32..).zip(&placed) {
                @if usize::try_from(at).is_ok_and(|at| at < self.series.len()) {
                    rect x=(x + 1) y=(y + 2) width="17" height=(BAR) fill=(self.fill(at)) stroke=(INK) {}
                } @else {
                    line x1=(x + 10) y1=(y + 1) x2=(x + 10) y2=(y + 17) stroke=(INK) stroke-width="3" {}
                }
                (text(x + 24, y + 13, "start", TYPE, name))
            }
        };
        Some((y + LEGEND, markup))
    }

    /// Dark, hatched, light, dotted.
    fn fill(&self, series: u32) -> String {
        match series % 4 {
            0 => "#000091".to_owned(),
            1 => format!("url(#{}-h)", self.name),
            2 => "#cdd6f7".to_owned(),
            _ => format!("url(#{}-p)", self.name),
        }
    }

    fn patterns(&self) -> Markup {
        let name = self.name;
        html! {
            @if self.series.len() > 1 {
                defs {
                    pattern id={ (name) "-h" } width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                        rect width="6" height="6" fill="#ffffff" {}
                        rect width="3" height="6" fill="#3558c5" {}
                    }
                    pattern id={ (name) "-p" } width="5" height="5" patternUnits="userSpaceOnUse" {
                        rect width="5" height="5" fill="#ffffff" {}
                        circle cx="2.5" cy="2.5" r="1.4" fill=(INK) {}
                    }
                }
            }
        }
    }
}
