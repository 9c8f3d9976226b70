//! `fitn rules --markdown`: the same as a document, to be proof-read beside the guide.

use std::fmt::Write as _;

use super::rules_sheet::{Chapter, ParameterSheet, Sheet};
use super::rules_view::NO_VALUE;
use crate::domain::programme::Programme;
use crate::domain::verdict::{RuleKind, VerdictValue};

const INTRODUCTION: &str = "# Les règles appliquées aux dossiers

Chaque règle dit ce qu’elle demande, les avis qu’elle peut donner, les faits dont elle part, les paramètres qu’elle emploie, avec
leur valeur, et le passage du guide sur lequel elle repose. Un fait nécessaire qui manque ne donne jamais l’avis « respectée ».
";

/// All chapters, as Markdown.
#[must_use]
pub fn text(chapters: &[Chapter]) -> String {
    let mut out = INTRODUCTION.to_owned();
    out.push_str("\n| nature | effet |\n|---|---|\n");
    for (kind, effect) in EFFECTS {
        let _ = writeln!(out, "| {} ({}) | {effect} |", kind.code(), kind.label());
    }
    out.push_str("\n| avis | quand |\n|---|---|\n");
    for (verdict, when) in WHEN {
        let _ = writeln!(out, "| {} | {when} |", names(verdict));
    }
    for chapter in chapters {
        let heading = |programme: &Programme| format!("{} (`{programme}`)", programme.label());
        let headings: Vec<String> = chapter.programmes.iter().map(heading).collect();
        let _ = write!(out, "\n## {}\n", headings.join(" ; "));
        for sheet in &chapter.rules {
            rule(&mut out, sheet);
        }
    }
    out
}

const EFFECTS: [(RuleKind, &str); 6] = [
    (RuleKind::Blocking, "non respectée, elle rend le dossier non éligible"),
    (RuleKind::Review, "à vérifier ou non respectée, elle laisse le dossier à vérifier"),
    (RuleKind::Amount, "calcule un montant, sans effet sur le statut"),
    (RuleKind::Priority, "dit si le dossier est prioritaire, jamais une faute"),
    (RuleKind::Control, "contrôle une décision prise : un écart donne une alerte"),
    (RuleKind::Information, "est affichée"),
];

const WHEN: [(VerdictValue, &str); 4] = [
    (VerdictValue::Met, "les faits sont là et satisfont la règle"),
    (VerdictValue::NotMet, "les faits sont là et ne la satisfont pas"),
    (VerdictValue::ToReview, "un fait manque ou est douteux, ou le guide laisse juger un agent"),
    (VerdictValue::NotApplicable, "la règle ne concerne pas le dossier, ou pas encore"),
];

/// `non respectée (priorité : non prioritaire)`.
fn names(verdict: VerdictValue) -> String {
    let own = EFFECTS.iter().map(|(kind, _)| *kind).filter(|kind| verdict.label_of(*kind) != verdict.label());
    let own: Vec<String> = own.map(|kind| format!("{} : {}", kind.label(), verdict.label_of(kind))).collect();
    if own.is_empty() { verdict.label().to_owned() } else { format!("{} ({})", verdict.label(), own.join(" ; ")) }
}

fn rule(out: &mut String, sheet: &Sheet) {
    let _ = write!(out, "\n### {} — {}\n\n{}\n\n", sheet.rule, escaped(sheet.title), escaped(sheet.statement));
    let _ = writeln!(out, "- **Nature** : {} ({})", sheet.kind, sheet.kind_label);
    let _ = writeln!(out, "- **Avis possibles** : {}", sheet.verdicts());
    for (label, facts) in [("Faits nécessaires", sheet.needed()), ("Faits pris en compte", sheet.considered())] {
        if !facts.is_empty() {
            let _ = writeln!(out, "- **{label}** : {}", escaped(&facts.join(" ; ")));
        }
    }
    if !sheet.parameters.is_empty() {
        out.push_str("\n| paramètre | valeur | validité | source |\n|---|---|---|---|\n");
        sheet.parameters.iter().for_each(|one| parameter(out, one));
    }
    let _ = write!(out, "\nGuide, {} :\n", escaped(sheet.part));
    if sheet.quotes.is_empty() {
        out.push_str("\nLe guide n’en dit rien : c’est un réglage.\n");
    }
    for quote in sheet.quotes {
        let _ = write!(out, "\n> « {} »\n", escaped(quote));
    }
}

fn parameter(out: &mut String, one: &ParameterSheet) {
    let name = format!("{} (`{}`), {}", escaped(one.label), one.name, one.selected_by_label);
    if one.values.is_empty() {
        let _ = writeln!(out, "| {name} | {} | | |", escaped(NO_VALUE));
    }
    for value in &one.values {
        let (shown, citation) = (escaped(&value.shown()), escaped(&value.citation));
        let _ = writeln!(out, "| {name} | {shown} | {} | {citation} |", value.validity());
    }
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
