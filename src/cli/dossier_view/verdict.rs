//! A verdict explained: what was decided or computed, the facts and parameters that were read, the passage of the guide.

use super::super::paper::{Paper, hang};
use super::Detail;
use crate::domain::instant::french_date;
use crate::domain::journal::{Act, Entry};
use crate::domain::text::fold;
use crate::domain::verdict::{FactRead, ParameterRead, RuleKind, Verdict, VerdictValue};
use crate::rules::{ParameterName, title_of};

/// Those that are broken, then those that are to be looked at, then the rest; each in the order of the guide.
pub(super) fn by_urgency(verdicts: &[Verdict]) -> Vec<&Verdict> {
    let mut sorted: Vec<&Verdict> = verdicts.iter().collect();
    sorted.sort_by_key(|verdict| match sign(verdict) {
        '✗' => 0,
        '?' => 1,
        _ => 2,
    });
    sorted
}

/// Whether there is nothing to be said of it but that: an amount is computed, and what a person decided is always shown.
pub(super) fn is_simply_met(verdict: &Verdict) -> bool {
    matches!(sign(verdict), '✓' | '–') && verdict.kind != RuleKind::Amount && verdict.decided_by.is_none()
}

/// A rule that is simply met.
pub(super) fn in_a_line(out: &mut Paper, verdict: &Verdict) {
    hang(out, &format!("  {} ", sign(verdict)), &heading(verdict));
}

/// `ADS-08 Communes rattachées : à vérifier`.
fn heading(verdict: &Verdict) -> String {
    let title = title_of(&verdict.rule).map(|title| format!(" {title}")).unwrap_or_default();
    format!("{}{title} : {}", verdict.rule, verdict.verdict.label_of(verdict.kind))
}

pub(super) fn explain(out: &mut Paper, verdict: &Verdict, fallen: Option<&Entry>, detail: Detail) {
    let decided = if verdict.decided_by.is_some() { ", décidé par un agent" } else { "" };
    let kind = if detail == Detail::Full { format!(" ({})", verdict.kind.label()) } else { String::new() };
    hang(out, &format!("  {} ", sign(verdict)), &format!("{}{kind}{decided}", heading(verdict)));
    if let Some(person) = &verdict.decided_by {
        hang(out, "      décidé par ", person);
    }
    let is_settled = detail == Detail::Short && matches!(sign(verdict), '✓' | '–');
    let explanation =
        if is_settled { without_interpretation(&verdict.explanation) } else { verdict.explanation.clone() };
    match verdict.computed_verdict {
        Some(computed) => {
            let said = format!("{} — {explanation}", computed.label_of(verdict.kind));
            hang(out, "      calculé    ", &said);
        }
        None => hang(out, "      ", &without_verdict(verdict, &explanation)),
    }
    if let Some((entry, Act::Decide { verdict: decided, .. })) = fallen.map(|entry| (entry, &entry.act)) {
        let said = format!(
            "« {} », décidé par {} ; ne compte plus, ce sur quoi la décision reposait a changé",
            decided.label_of(verdict.kind),
            entry.signature()
        );
        hang(out, "      avant      ", &said);
    }
    if detail == Detail::Short {
        return;
    }
    for fact in &verdict.facts {
        hang(out, if fact.needed { "      fait       " } else { "      aussi lu   " }, &fact_read(fact));
    }
    for parameter in &verdict.parameters {
        hang(out, "      paramètre  ", &parameter_read(parameter));
    }
    hang(out, "      référence  ", &verdict.citation);
}

/// The heading has the verdict: `À vérifier (contrôle de la préfecture) : …` is said below it as `Contrôle de la préfecture : …`.
fn without_verdict(verdict: &Verdict, explanation: &str) -> String {
    let said = verdict.verdict.label_of(verdict.kind);
    let begins = explanation.get(..said.len()).filter(|begins| fold(begins) == fold(said));
    let within = begins.and_then(|_| explanation[said.len()..].strip_prefix(" (")?.split_once(") : "));
    let Some((within, rest)) = within else { return explanation.to_owned() };
    let mut letters = within.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} : {rest}", letters.as_str())
}

/// Without the sentences that say how the guide is read: where nothing is left to be decided, the whole page has them.
fn without_interpretation(explanation: &str) -> String {
    let mut sentences: Vec<&str> = Vec::new();
    let (mut from, mut depth) = (0, 0_u32);
    for (at, sign) in explanation.char_indices() {
        match sign {
            '(' | '«' => depth += 1,
            ')' | '»' => depth = depth.saturating_sub(1),
            '.' if depth == 0 && explanation[at..].starts_with(". ") => {
                let rest = &explanation[at + 2..];
                if rest.starts_with(char::is_uppercase) {
                    sentences.push(&explanation[from..=at]);
                    from = at + 2;
                }
            }
            _ => {}
        }
    }
    sentences.push(&explanation[from..]);
    sentences.retain(|sentence| !sentence.starts_with("Interprétation du guide"));
    if sentences.is_empty() { explanation.to_owned() } else { sentences.join(" ") }
}

/// A priority is never a fault.
fn sign(verdict: &Verdict) -> char {
    match (verdict.verdict, verdict.kind) {
        (VerdictValue::Met, _) => '✓',
        (VerdictValue::NotMet, RuleKind::Priority) | (VerdictValue::NotApplicable, _) => '–',
        (VerdictValue::NotMet, _) => '✗',
        (VerdictValue::ToReview, _) => '?',
    }
}

fn fact_read(fact: &FactRead) -> String {
    match &fact.value {
        Some(value) => format!("{} : {value} — {}", fact.label, fact.origin),
        None => format!("{} : manque — {}", fact.label, fact.origin),
    }
}

/// `date limite de dépôt Démat.ADS (ads_deadline) : 31/10/2021, valeur en vigueur le 01/11/2021, jour du dépôt ; depuis le
/// 26/01/2021 (guide)`.
fn parameter_read(parameter: &ParameterRead) -> String {
    let validity = match (parameter.valid_from.map(french_date), parameter.valid_to.map(french_date)) {
        (None, None) => "sans limite de date".to_owned(),
        (Some(from), None) => format!("depuis le {from}"),
        (None, Some(to)) => format!("jusqu’au {to}"),
        (Some(from), Some(to)) => format!("du {from} au {to}"),
    };
    let selected = parameter.selected_on.map(|day| {
        let which = parameter.selected_by.as_ref().map(|which| format!(", {which}")).unwrap_or_default();
        format!(", valeur en vigueur le {}{which}", french_date(day))
    });
    let ParameterRead { name, value, citation, .. } = parameter;
    let named =
        name.parse().map_or_else(|()| name.clone(), |known: ParameterName| format!("{} ({name})", known.label()));
    format!("{named} : {value}{} ; {validity} ({citation})", selected.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_the_guide_is_read_is_left_to_the_whole_page() {
        for (whole, short) in [
            (
                "Population de 499 habitants : 100 %. Interprétation du guide : population (INSEE) ; l’autre, non.",
                "Population de 499 habitants : 100 %.",
            ),
            ("Un. Interprétation du guide (« une partie. Des coûts »), qui va. Deux. Trois.", "Un. Deux. Trois."),
            ("Interprétation du guide : rien d’autre.", "Interprétation du guide : rien d’autre."),
            ("Art. 3 du guide, 1.5 %. Fin", "Art. 3 du guide, 1.5 %. Fin"),
        ] {
            assert_eq!(without_interpretation(whole), short);
        }
    }

    #[test]
    fn what_the_heading_says_is_not_said_again() {
        let verdict = Verdict {
            rule: "ADS-08".to_owned(),
            kind: RuleKind::Review,
            verdict: VerdictValue::ToReview,
            explanation: String::new(),
            citation: String::new(),
            facts: Vec::new(),
            parameters: Vec::new(),
            decided_by: None,
            computed_verdict: None,
        };
        for (whole, short) in [
            (
                "À vérifier (contrôle de la préfecture) : Serris est ailleurs.",
                "Contrôle de la préfecture : Serris est ailleurs.",
            ),
            ("À vérifier : la date.", "À vérifier : la date."),
            ("La date manque.", "La date manque."),
            ("À", "À"),
        ] {
            assert_eq!(without_verdict(&verdict, whole), short);
        }
    }
}
