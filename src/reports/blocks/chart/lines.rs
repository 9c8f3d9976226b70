//! Series over time: lines with marks, named above the plot with their last values, below the level that they approach.

use maud::{Markup, html};
use rust_decimal::Decimal;

use super::scale::{Scale, written};
use super::{GRID, INK, LEADING, SMALL, TYPE, WIDTH, roomy, text};
use crate::domain::text::printable_line;
use crate::reports::blocks::Unit;
use crate::reports::blocks::lettering::{self, width};

/// The height of the plot.
const HEIGHT: u32 = 160;
/// Above it, for the name of the limit.
const TOP: u32 = 22;
/// A line of the legend.
const LEGEND: u32 = 22;
/// The length of a sample there.
const SAMPLE: u32 = 44;

/// How a series is drawn: where two run together, a dashed one is seen on a broad one.
struct Stroke {
    colour: &'static str,
    width: &'static str,
    dash: Option<&'static str>,
}

const STROKES: [Stroke; 4] = [
    Stroke { colour: "#6a86d9", width: "6", dash: None },
    Stroke { colour: "#000091", width: "2.5", dash: Some("9 5") },
    Stroke { colour: "#161616", width: "2.5", dash: Some("2.5 4") },
    Stroke { colour: "#161616", width: "1.5", dash: Some("12 3 3 3") },
];

fn stroke(series: usize) -> &'static Stroke {
    &STROKES[series % STROKES.len()]
}

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
    let left = scale.ticks().map(|tick| width(&scale.tick(tick), SMALL)).max().map_or(0, roomy) + 8;
    let layout = Layout { steps, left, width: WIDTH - left - 8, scale };
    let (top, legend) = legend(steps, series, unit);
    let drawing = html! {
        (legend)
        g transform={ "translate(0 " (top) ")" } {
            (layout.grid())
            @if let Some((name, level)) = limit { (layout.limit(name, *level, unit)) }
            @for (at, (_, values)) in series.iter().enumerate() { (layout.line(at, values)) }
            @for (at, (_, values)) in series.iter().enumerate() { (layout.marks(at, values)) }
        }
    };
    (top + TOP + HEIGHT + 24, drawing)
}

/// What each line and mark means, with the value at the last step: `2021-T4 : accordé 411 170 €`. Height and drawing.
fn legend(steps: &[String], series: &[Series], unit: Unit) -> (u32, Markup) {
    let last = steps.last().map(|step| format!("{}\u{a0}:", printable_line(step))).unwrap_or_default();
    let when: Vec<String> = lettering::lines(&last, TYPE, WIDTH / 4, 1);
    let begins = when.iter().map(|text| roomy(width(text, TYPE)) + 14).sum::<u32>();
    let (mut x, mut y) = (begins, 0);
    let mut placed = Vec::new();
    for (at, (name, values)) in series.iter().enumerate() {
        let value = values.get(steps.len() - 1).copied().flatten();
        let said = value.map_or_else(|| "non connu".to_owned(), |value| written(value, unit));
        let said = format!("{} {said}", printable_line(name));
        for line in lettering::lines(&said, TYPE, WIDTH - begins - SAMPLE - 10, 1) {
            let taken = SAMPLE + 8 + roomy(width(&line, TYPE)) + 18;
            if x > begins && x + taken > WIDTH + 18 {
                (x, y) = (begins, y + LEGEND);
            }
            placed.push((at, x, y, line));
            x += taken;
        }
    }
    let drawing = html! {
        @for text in &when { (self::text(0, 15, "start", TYPE, text)) }
        @for (series, x, y, line) in &placed {
            (path(*series, &format!("{x},{0} {1},{0}", y + 11, x + SAMPLE)))
            (mark(*series, Decimal::from(x + SAMPLE / 2), Decimal::from(y + 11)))
            (text(x + SAMPLE + 8, y + 15, "start", TYPE, line))
        }
    };
    (y + LEGEND + 4, drawing)
}

/// A line through some points.
fn path(series: usize, points: &str) -> Markup {
    let Stroke { colour, width, dash } = stroke(series);
    html! {
        polyline fill="none" stroke=(colour) stroke-width=(width) stroke-dasharray=[dash] points=(points) {}
    }
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

    /// Where each value stands, none where it is missing.
    fn points(&self, values: &[Option<Decimal>]) -> Vec<Option<(Decimal, Decimal)>> {
        let point = |step| values.get(step).copied().flatten().map(|value| (self.x(step), y(&self.scale, value)));
        (0..self.steps.len()).map(point).collect()
    }

    /// Broken where a value is missing.
    fn line(&self, series: usize, values: &[Option<Decimal>]) -> Markup {
        let points = self.points(values);
        html! {
            @for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
                (path(series, &run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")))
            }
        }
    }

    fn marks(&self, series: usize, values: &[Option<Decimal>]) -> Markup {
        html! { @for (x, y) in self.points(values).iter().flatten() { (mark(series, *x, *y)) } }
    }
}

/// A ring, a square, a triangle or a diamond: what is small is seen within the ring.
fn mark(series: usize, x: Decimal, y: Decimal) -> Markup {
    let colour = stroke(series).colour;
    let shape = |corners: [(i64, i64); 4]| {
        let corners = corners.map(|(right, down)| format!("{},{}", x + Decimal::from(right), y + Decimal::from(down)));
        html! { polygon points=(corners.join(" ")) fill=(colour) {} }
    };
    match series % 4 {
        0 => html! { circle cx=(x) cy=(y) r="7" fill="#ffffff" stroke="#000091" stroke-width="1.5" {} },
        1 => shape([(-4, -4), (4, -4), (4, 4), (-4, 4)]),
        2 => shape([(0, -5), (0, -5), (5, 4), (-5, 4)]),
        _ => shape([(0, -6), (5, 0), (0, 6), (-5, 0)]),
    }
}
