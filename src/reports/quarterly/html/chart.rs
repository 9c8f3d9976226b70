//! A bar for each département: granted, engaged and paid against the right. The table beside it has the same numbers.

use maud::{Markup, html};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::domain::money::Cents;
use crate::reports::cell::percent;
use crate::reports::quarterly::{Credit, Section};

const LABELS: u32 = 170;
const BAR: u32 = 520;
const VALUES: u32 = 110;
const ROW: u32 = 34;

const GRANTED: &str = "#8b9be8";
const ENGAGED: &str = "#3558c5";
const PAID: &str = "#000091";

/// The chart; nothing when no line has a right to be measured against.
pub(super) fn bars(section: &Section) -> Markup {
    let lines: Vec<(&Credit, Decimal)> =
        section.lines.iter().filter_map(|credit| Some((credit, credit.share()?))).collect();
    let height = ROW * u32::try_from(lines.len()).unwrap_or(0);
    html! {
        @if !lines.is_empty() {
            figure {
                figcaption { "Part du droit de tirage accordée, engagée et payée" }
                p.key aria-hidden="true" {
                    (key(GRANTED, "accordé")) (key(ENGAGED, "engagé")) (key(PAID, "payé"))
                }
                svg viewBox={ "0 0 " (LABELS + BAR + VALUES) " " (height) } width=(LABELS + BAR + VALUES) height=(height)
                    role="img" aria-label=(described(&lines)) {
                    @for (at, (credit, share)) in (0_u32..).zip(&lines) {
                        (bar(at * ROW, credit, *share))
                    }
                }
            }
        }
    }
}

fn key(colour: &str, label: &str) -> Markup {
    html! { span style={ "background:" (colour) } {} (label) }
}

fn bar(top: u32, credit: &Credit, share: Decimal) -> Markup {
    let middle = top + ROW / 2;
    html! {
        text x=(LABELS - 8) y=(middle + 5) text-anchor="end" { (credit.label) }
        rect x=(LABELS) y=(top + 5) width=(BAR) height=(ROW - 10) fill="#f5f5fe" stroke="#c8ccd6" {}
        rect x=(LABELS) y=(top + 5) width=(length(credit, credit.granted)) height=(ROW - 10) fill=(GRANTED) {}
        rect x=(LABELS) y=(top + 9) width=(length(credit, credit.engaged)) height=(ROW - 18) fill=(ENGAGED) {}
        rect x=(LABELS) y=(top + 13) width=(length(credit, credit.paid)) height=(ROW - 26) fill=(PAID) {}
        text x=(LABELS + BAR + 8) y=(middle + 5) { (percent(share)) }
    }
}

/// Pixels, within the bar: what exceeds the right is told by the figure beside it.
fn length(credit: &Credit, amount: Cents) -> u32 {
    let share = credit.share_of(amount).unwrap_or_default().clamp(Decimal::ZERO, Decimal::ONE);
    (share * Decimal::from(BAR)).round().to_u32().unwrap_or(0)
}

fn described(lines: &[(&Credit, Decimal)]) -> String {
    let each: Vec<String> =
        lines.iter().map(|(credit, share)| format!("{} {}", credit.label, percent(*share))).collect();
    format!("Part du droit de tirage accordée : {}", each.join(", "))
}
