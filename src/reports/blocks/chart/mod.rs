//! Charts as SVG. The same text serves the page of HTML and the PDF: everything is said by attributes, since a strict policy for styles
//! drops what stands in `style`. Series are told apart by shade, pattern, dash and mark, so that a print in black and white can be read.

mod bars;
mod lines;
mod scale;

use maud::{Markup, html};

use super::{Chart, Plot};
use crate::domain::text::printable_line;

/// Pixels; the height follows from what is drawn.
const WIDTH: u32 = 720;
/// The size of the type, pixels.
const TYPE: u32 = 13;
/// The size of small type.
const SMALL: u32 = 11;
/// From one line of text to the next.
const LEADING: u32 = 15;

const INK: &str = "#161616";
const GRID: &str = "#d5d8e0";

/// The chart, as one element `svg`; `name` is its own within its page. Nothing when there is nothing to draw.
pub(super) fn svg(chart: &Chart, name: &str) -> Markup {
    let (height, drawing) = match &chart.plot {
        Plot::Bars { series, groups, limit, unit } => bars::draw(series, groups, limit.as_deref(), *unit, name),
        Plot::Lines { steps, series, limit, unit } => lines::draw(steps, series, limit.as_ref(), *unit),
    };
    html! {
        @if height > 0 {
            svg width=(WIDTH) height=(height) viewBox={ "0 0 " (WIDTH) " " (height) } role="img"
                aria-label=(printable_line(&chart.alternative))
                font-family="Liberation Sans, Arial, sans-serif" font-size=(TYPE) fill=(INK) {
                (drawing)
            }
        }
    }
}

/// Room for a text where a wider font stands in for the one that was measured.
const fn roomy(width: u32) -> u32 {
    width * 118 / 100
}

/// A text with a rim of paper, which stays readable on what is drawn below.
fn text(x: impl std::fmt::Display, y: impl std::fmt::Display, anchor: &str, size: u32, text: &str) -> Markup {
    html! {
        text x=(x) y=(y) text-anchor=(anchor) font-size=(size) stroke="#ffffff" stroke-width="3" stroke-linejoin="round"
            paint-order="stroke" { (text) }
    }
}
