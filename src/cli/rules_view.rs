//! How `fitn rules` looks on a terminal of 80 columns.

use super::layout::hang;
use super::rules_sheet::{Chapter, ParameterSheet, Sheet};

/// Said where nothing gives a parameter a value.
pub(super) const NO_VALUE: &str = "aucune valeur : à donner dans un fichier de [rules] parameters";

/// All chapters, for people.
#[must_use]
pub fn text(chapters: &[Chapter]) -> String {
    let mut out = String::new();
    for chapter in chapters {
        for programme in &chapter.programmes {
            hang(&mut out, "", &format!("{} ({programme})", programme.label().to_uppercase()));
        }
        out.push('\n');
        for sheet in &chapter.rules {
            rule(&mut out, sheet);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn rule(out: &mut String, sheet: &Sheet) {
    hang(out, &format!("{}  ", sheet.rule), &format!("{} [{}, {}]", sheet.title, sheet.kind, sheet.kind_label));
    hang(out, "  ", sheet.statement);
    field(out, "avis possibles", &sheet.verdicts());
    list(out, "faits nécessaires", &sheet.needed());
    list(out, "faits considérés", &sheet.considered());
    for (index, one) in sheet.parameters.iter().enumerate() {
        parameter(out, if index == 0 { "paramètres" } else { "" }, one);
    }
    field(out, "guide", sheet.part);
    for quote in sheet.quotes {
        field(out, "", &format!("« {quote} »"));
    }
}

fn parameter(out: &mut String, label: &str, one: &ParameterSheet) {
    field(out, label, &format!("{} ({}), {}", one.label, one.name, one.selected_by_label));
    if one.values.is_empty() {
        field(out, "", &format!("  {NO_VALUE}"));
    }
    for value in &one.values {
        hang(out, &head("", "- "), &format!("{}, {} ; {}", value.shown(), value.validity(), value.citation));
    }
}

fn list(out: &mut String, label: &str, items: &[String]) {
    for (index, item) in items.iter().enumerate() {
        field(out, if index == 0 { label } else { "" }, item);
    }
}

fn field(out: &mut String, label: &str, text: &str) {
    hang(out, &head(label, ""), text);
}

fn head(label: &str, bullet: &str) -> String {
    let colon = if label.is_empty() { ' ' } else { ':' };
    format!("  {} {colon} {bullet}", super::layout::pad(label, 17))
}
