//! Series over time: lines with marks, each named where it ends, below the level that they approach.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::scale::{Scale, written};
use super::{GRID, INK, LEADING, SMALL, TYPE, WIDTH, text};
use crate::domain::text::printable_line;
use crate::reports::blocks::Unit;
use crate::reports::blocks::lettering::{self, width};

/// The height of the plot.
const HEIGHT: u32 = 260;
/// Above it, for the name of the limit.
const TOP: u32 = 22;
/// The widest that the names at the ends may be.
const NAMES: u32 = 200;
/// Colour and dash of each series.
const STROKES: [(&str, &str); 4] = [("#000091", ""), ("#3558c5", "8 4"), ("#5a6478", "3 3"), ("#161616", "12 3 3 3")];

type Series = (String, Vec<Option<Decimal>>);

/// What a chart of lines is made of, measured.
struct Layout<'a> {
    steps: &'a [String],
    left: u32,
    width: u32,
    scale: Scale,
}

/// Height and drawing; nothing without steps.
pub(super) fn draw(
    steps: &[String],
    series: &[Series],
    limit: Option<&(String, Decimal)>,
    unit: Unit,
) -> (u32, Markup) {
    if steps.is_empty() {
        return (0, html! {});
    }
    let values = series.iter().flat_map(|(_, values)| values.iter().take(steps.len()).flatten().copied());
    let scale = Scale::over(values.chain(limit.map(|(_, level)| *level)), HEIGHT, unit);
    let left = scale.ticks().map(|tick| width(&scale.tick(tick), SMALL)).max().unwrap_or(0) + 8;
    let ends = ends(series, steps.len(), unit, &scale);
    let names = ends.iter().flat_map(|end| &end.lines).map(|line| width(line, TYPE)).max().unwrap_or(0);
    let layout = Layout { steps, left, width: WIDTH - left - names - 22, scale };
    let drawing = html! {
        (layout.grid())
        @if let Some((name, level)) = limit { (layout.limit(name, *level, unit)) }
        @for (at, (_, values)) in series.iter().enumerate() { (layout.line(at, values)) }
        @for end in &ends { (layout.end(end)) }
    };
    (TOP + HEIGHT + 24, drawing)
}

/// The name of a series with its last value, and the height at which it stands.
struct End {
    series: usize,
    lines: Vec<String>,
    /// The first of its lines, and the last value: pixels from the top.
    text_at: u32,
    value_at: Decimal,
}

/// From the highest to the lowest, none over another.
fn ends(series: &[Series], steps: usize, unit: Unit, scale: &Scale) -> Vec<End> {
    let mut ends: Vec<End> = series
        .iter()
        .enumerate()
        .filter_map(|(at, (name, values))| {
            let last = values.iter().take(steps).flatten().next_back()?;
            let mut lines = lettering::lines(&printable_line(name), TYPE, NAMES, 2);
            lines.push(written(*last, unit));
            Some(End { series: at, lines, text_at: 0, value_at: y(scale, *last) })
        })
        .collect();
    ends.sort_by_key(|end| (end.value_at, end.series));
    // Down from the top where each stands, then up again where the last would leave the plot.
    let rows = |end: &End| u32::try_from(end.lines.len()).unwrap_or(u32::MAX);
    let mut free = TOP;
    for end in &mut ends {
        let wanted = u32::try_from(end.value_at.round()).unwrap_or(TOP).saturating_sub(LEADING * rows(end) / 2 - 4);
        end.text_at = wanted.max(free);
        free = end.text_at + LEADING * rows(end) + 3;
    }
    let mut below = TOP + HEIGHT + LEADING;
    for end in ends.iter_mut().rev() {
        end.text_at = end.text_at.min(below.saturating_sub(LEADING * rows(end)));
        below = end.text_at.saturating_sub(3);
    }
    ends
}

/// Pixels from the top.
fn y(scale: &Scale, value: Decimal) -> Decimal {
    Decimal::from(TOP + HEIGHT) - scale.at(value)
}

impl Layout<'_> {
    /// In the middle of its share of the width, pixels.
    fn x(&self, step: usize) -> Decimal {
        let (step, steps) = (Decimal::from(step), Decimal::from(self.steps.len()));
        let middle = (step + Decimal::new(5, 1)) / steps * Decimal::from(self.width);
        (Decimal::from(self.left) + middle).round_dp(1).normalize()
    }

    fn right(&self) -> u32 {
        self.left + self.width
    }

    fn grid(&self) -> Markup {
        let room = self.width / u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        let longest = self.steps.iter().map(|step| width(&printable_line(step), SMALL)).max().unwrap_or(0) + 8;
        // Where not all steps can be named, each second or third is, the last one always.
        let each = usize::try_from(longest.div_ceil(room.max(1))).unwrap_or(usize::MAX).max(1);
        html! {
            @for tick in self.scale.ticks() {
                line x1=(self.left) y1=(y(&self.scale, tick)) x2=(self.right()) y2=(y(&self.scale, tick))
                    stroke=(if tick.is_zero() { INK } else { GRID }) {}
                (text(self.left - 6, y(&self.scale, tick) + Decimal::from(4), "end", SMALL, &self.scale.tick(tick)))
            }
            @for (at, step) in self.steps.iter().enumerate() {
                @if (self.steps.len() - 1 - at).is_multiple_of(each) {
                    @for line in lettering::lines(&printable_line(step), SMALL, self.width, 1) {
                        (text(self.x(at), TOP + HEIGHT + LEADING + 3, "middle", SMALL, &line))
                    }
                }
            }
        }
    }

    fn limit(&self, name: &str, level: Decimal, unit: Unit) -> Markup {
        let at = y(&self.scale, level);
        let said = format!("{}\u{a0}: {}", printable_line(name), written(level, unit));
        html! {
            line x1=(self.left) y1=(at) x2=(self.right()) y2=(at) stroke=(INK) stroke-width="3" {}
            @for line in lettering::lines(&said, TYPE, self.width, 1) {
                (text(self.left + 6, at - Decimal::from(7), "start", TYPE, &line))
            }
        }
    }

    /// Broken where a value is missing.
    fn line(&self, series: usize, values: &[Option<Decimal>]) -> Markup {
        let (colour, dash) = STROKES[series % STROKES.len()];
        let points: Vec<Option<(Decimal, Decimal)>> = (0..self.steps.len())
            .map(|step| values.get(step).copied().flatten().map(|value| (self.x(step), y(&self.scale, value))))
            .collect();
        html! {
            @for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
                polyline fill="none" stroke=(colour) stroke-width="2.5" stroke-dasharray=[Some(dash).filter(|dash| !dash.is_empty())]
                    points=(run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")) {}
            }
            @for (x, y) in points.iter().flatten() { (mark(series, *x, *y)) }
        }
    }

    /// The name of a series beside its last value, with a thread to it where it had to make room.
    fn end(&self, end: &End) -> Markup {
        let middle = end.text_at + LEADING * u32::try_from(end.lines.len()).unwrap_or(0) / 2;
        html! {
            line x1=(self.x(self.steps.len() - 1) + Decimal::from(6)) y1=(end.value_at) x2=(self.right() + 2) y2=(middle)
                stroke=(STROKES[end.series % STROKES.len()].0) stroke-width="0.8" {}
            (mark(end.series, Decimal::from(self.right() + 8), Decimal::from(middle)))
            @for (at, line) in (0_u32..).zip(&end.lines) {
                (text(self.right() + 18, end.text_at + at * LEADING + 12, "start", TYPE, line))
            }
        }
    }
}

/// A disc, a square, a triangle or a diamond.
fn mark(series: usize, x: Decimal, y: Decimal) -> Markup {
    let colour = STROKES[series % STROKES.len()].0;
    let shape = |corners: [(i64, i64); 4]| {
        let corners = corners.map(|(right, down)| format!("{},{}", x + Decimal::from(right), y + Decimal::from(down)));
        html! { polygon points=(corners.join(" ")) fill=(colour) {} }
    };
    match series % 4 {
        0 => html! { circle cx=(x) cy=(y) r="4" fill=(colour) {} },
        1 => shape([(-4, -4), (4, -4), (4, 4), (-4, 4)]),
        2 => shape([(0, -5), (0, -5), (5, 4), (-5, 4)]),
        _ => shape([(0, -6), (5, 0), (0, 6), (-5, 0)]),
    }
}
