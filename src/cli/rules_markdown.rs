//! `fitn rules --markdown`: the same as a document, to be proof-read beside the guide.

use std::fmt::Write as _;

use super::rules_head::{Definition, Guide};
use super::rules_sheet::{Document, ParameterSheet, Sheet};
use super::rules_view::{INTRODUCTION, NO_VALUE, REPORTED};
use crate::domain::programme::Programme;

/// The document, as Markdown.
#[must_use]
pub fn text(document: &Document) -> String {
    let mut out = format!("# Les règles appliquées aux dossiers\n\n{INTRODUCTION}\n\n## Le guide\n");
    guide(&mut out, &document.guide);
    out.push_str("\n## Ce que veulent dire les mots\n");
    definitions(&mut out, "nature", "effet", &document.kinds);
    definitions(&mut out, "avis", "quand", &document.verdicts);
    definitions(&mut out, "statut du dossier", "le premier qui convient", &document.statuses);
    definitions(&mut out, "mot", "sens", &document.terms);
    for chapter in &document.chapters {
        let heading = |programme: &Programme| format!("{} (`{programme}`)", programme.label());
        let headings: Vec<String> = chapter.programmes.iter().map(heading).collect();
        let _ = write!(out, "\n## {}\n", headings.join(" ; "));
        for sheet in &chapter.rules {
            rule(&mut out, sheet);
        }
    }
    if !document.parameters.is_empty() {
        let _ = write!(out, "\n## {REPORTED}\n");
        parameters(&mut out, &document.parameters);
    }
    out
}

fn guide(out: &mut String, guide: &Guide) {
    let _ = writeln!(out, "\n{} ; {}.\n", escaped(guide.title), escaped(guide.edition));
    for slip in guide.slips {
        let _ = writeln!(out, "- « {} » \\[sic\\] se lit « {} ».", escaped(slip.words), escaped(slip.reading));
    }
    for contradiction in guide.contradictions {
        let _ = writeln!(out, "- {}", escaped(contradiction));
    }
}

fn definitions(out: &mut String, term: &str, meaning: &str, definitions: &[Definition]) {
    let _ = write!(out, "\n| {term} | {meaning} |\n|---|---|\n");
    for Definition { code, term, meaning } in definitions {
        let code = code.map(|code| format!(" (`{code}`)")).unwrap_or_default();
        let _ = writeln!(out, "| {}{code} | {} |", escaped(term), escaped(meaning));
    }
}

fn rule(out: &mut String, sheet: &Sheet) {
    let _ = write!(out, "\n### {} — {}\n\n{}\n\n", sheet.rule, escaped(sheet.title), escaped(sheet.statement));
    let _ = writeln!(out, "- **Nature** : {} ({})", sheet.kind, sheet.kind_label);
    for given in &sheet.verdicts {
        let _ = writeln!(out, "- **{}** : {}", capital(given.label), escaped(given.when));
    }
    if let Some(interpretation) = sheet.interpretation {
        let _ = writeln!(out, "- **Interprétation** : {}", escaped(interpretation));
    }
    for (label, facts) in [("Faits nécessaires", sheet.needed()), ("Faits pris en compte", sheet.considered())] {
        if !facts.is_empty() {
            let _ = writeln!(out, "- **{label}** : {}", escaped(&facts.join(" ; ")));
        }
    }
    parameters(out, &sheet.parameters);
    for passage in &sheet.passages {
        let _ = write!(out, "\nGuide, {} :\n", escaped(passage.part));
        for quote in &passage.quotes {
            let _ = write!(out, "\n> « {} »\n", escaped(quote));
        }
    }
}

fn parameters(out: &mut String, parameters: &[ParameterSheet]) {
    if !parameters.is_empty() {
        out.push_str("\n| paramètre | valeur | validité | source |\n|---|---|---|---|\n");
    }
    for one in parameters {
        let name = format!("{} (`{}`), {}", escaped(one.label), one.name, one.selected_by_label);
        if one.values.is_empty() {
            let _ = writeln!(out, "| {name} | {} | | |", escaped(NO_VALUE));
        }
        for value in &one.values {
            let (shown, citation) = (escaped(&value.shown()), escaped(&value.citation));
            let _ = writeln!(out, "| {name} | {shown} | {} | {citation} |", value.validity());
        }
    }
}

/// With a capital letter, as a line begins.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Text that Markdown shows as it is, in a cell of a table too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|') {
            out.push('\\');
        }
        out.push(if character == '\n' { ' ' } else { character });
    }
    out
}
