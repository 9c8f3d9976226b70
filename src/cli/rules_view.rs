//! How `fitn rules` looks on a terminal.

use super::paper::{Paper, Width, hang};
use super::rules_head::{Definition, Guide};
use super::rules_sheet::{Document, ParameterSheet, Sheet};

/// What a reader of the rules is told first.
pub(super) const INTRODUCTION: &str = "Chaque règle dit ce qu’elle demande, quels faits donnent quel avis, ce qu’elle interprète, les faits dont elle part, les paramètres qu’elle emploie, avec leur valeur, et les passages du guide sur lesquels elle repose.";

/// Above the parameters that no rule reads.
pub(super) const REPORTED: &str = "Paramètres que lit le rapport trimestriel seul";

/// Said where nothing gives a parameter a value.
pub(super) const NO_VALUE: &str = "aucune valeur : à donner dans un fichier de [rules] parameters";

/// The document, for people.
#[must_use]
pub fn text(document: &Document, width: Width) -> String {
    let mut out = Paper::new(width);
    hang(&mut out, "", INTRODUCTION);
    out.push('\n');
    guide(&mut out, &document.guide);
    definitions(&mut out, "NATURES DES RÈGLES", &document.kinds);
    definitions(&mut out, "AVIS D’UNE RÈGLE", &document.verdicts);
    definitions(&mut out, "STATUTS D’UN DOSSIER (le premier qui convient)", &document.statuses);
    definitions(&mut out, "MOTS EMPLOYÉS", &document.terms);
    for chapter in &document.chapters {
        for programme in &chapter.programmes {
            hang(&mut out, "", &format!("{} ({programme})", programme.label().to_uppercase()));
        }
        out.push('\n');
        for sheet in &chapter.rules {
            rule(&mut out, sheet);
            out.push('\n');
        }
    }
    if !document.parameters.is_empty() {
        hang(&mut out, "", &REPORTED.to_uppercase());
        out.push('\n');
        parameters(&mut out, &document.parameters);
    }
    format!("{}\n", out.into_text().trim_end())
}

fn guide(out: &mut Paper, guide: &Guide) {
    hang(out, "", "GUIDE APPLIQUÉ");
    hang(out, "  ", &held(&format!("{} ; {}.", guide.title, guide.edition)));
    for slip in guide.slips {
        hang(out, "  - ", &held(&format!("« {} » [sic] se lit « {} ».", slip.words, slip.reading)));
    }
    for contradiction in guide.contradictions {
        hang(out, "  - ", &held(contradiction));
    }
    out.push('\n');
}

fn definitions(out: &mut Paper, heading: &str, definitions: &[Definition]) {
    hang(out, "", heading);
    for Definition { code, term, meaning } in definitions {
        let code = code.map(|code| format!(" [{code}]")).unwrap_or_default();
        hang(out, "  - ", &held(&format!("{term}{code} : {meaning}")));
    }
    out.push('\n');
}

fn rule(out: &mut Paper, sheet: &Sheet) {
    hang(out, &format!("{}  ", sheet.rule), &format!("{} [{}, {}]", sheet.title, sheet.kind, sheet.kind_label));
    hang(out, "  ", sheet.statement);
    for given in &sheet.verdicts {
        field(out, given.label, given.when);
    }
    if let Some(interpretation) = sheet.interpretation {
        field(out, "interprétation", interpretation);
    }
    list(out, "faits nécessaires", &sheet.needed());
    list(out, "faits considérés", &sheet.considered());
    parameters(out, &sheet.parameters);
    for (index, passage) in sheet.passages.iter().enumerate() {
        field(out, if index == 0 { "guide" } else { "" }, passage.part);
        for quote in &passage.quotes {
            field(out, "", &format!("« {quote} »"));
        }
    }
}

fn parameters(out: &mut Paper, parameters: &[ParameterSheet]) {
    for (index, one) in parameters.iter().enumerate() {
        parameter(out, if index == 0 { "paramètres" } else { "" }, one);
    }
}

fn parameter(out: &mut Paper, label: &str, one: &ParameterSheet) {
    field(out, label, &format!("{} ({}), {}", one.label, one.name, one.selected_by_label));
    if one.values.is_empty() {
        field(out, "", &format!("  {NO_VALUE}"));
    }
    for value in &one.values {
        hang(out, &head("", "- "), &held(&format!("{}, {} ; {}", value.shown(), value.validity(), value.citation)));
    }
}

fn list(out: &mut Paper, label: &str, items: &[String]) {
    for (index, item) in items.iter().enumerate() {
        field(out, if index == 0 { label } else { "" }, item);
    }
}

fn field(out: &mut Paper, label: &str, text: &str) {
    hang(out, &head(label, ""), &held(text));
}

/// The text with its French punctuation held to its words.
fn held(text: &str) -> String {
    text.replace("« ", "«\u{a0}").replace(" »", "\u{a0}»").replace(" :", "\u{a0}:").replace(" ;", "\u{a0};")
}

fn head(label: &str, bullet: &str) -> String {
    let colon = if label.is_empty() { ' ' } else { ':' };
    format!("  {} {colon} {bullet}", super::layout::pad(label, 17))
}
