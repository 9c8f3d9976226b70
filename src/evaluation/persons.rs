//! What people decided and corrected, laid over what was read and computed.
//!
//! Both hold as long as what the person had before them is still so: a correction as long as the champ that it corrects says
//! the same on DS, a decision as long as the facts that the rule had read do. Whether they hold is a function of the journal and
//! of the dossier, for the present as for the past; nothing is remembered beside the journal.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::domain::champ::ChampRow;
use crate::domain::dossier::{Dossier, DossierNumber, Removal};
use crate::domain::fact::{Absence, Correction, Fact, FactName, FactValue, Facts};
use crate::domain::journal::{Act, Entry, Standing, Target};
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::domain::verdict::{Evaluation, OTHERS, STATE, Status, Verdict, VerdictValue};
use crate::mapping::{self, Context};
use crate::raw;
use crate::rules::Rulebook;

/// Under which a decision remembers what the rule said by itself: its verdict and the figures of its sentence.
const SENTENCE: &str = "phrase";

/// A decision that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dropped {
    /// The rule.
    pub rule: String,
    /// The labels of the facts that changed; none when the rule is no longer applied to the dossier.
    pub changed: Vec<String>,
}

/// What the journal adds up to.
pub type Standings = BTreeMap<DossierNumber, Standing>;

/// Whether a person set a dossier aside.
pub(super) fn is_excluded(standings: &Standings, number: DossierNumber) -> bool {
    standings.get(&number).is_some_and(|standing| standing.exclusion.is_some())
}

/// Reads a dossier and lays the corrections over it.
pub(super) fn read(
    context: &Context<'_>,
    dossier: &Dossier,
    removed: Option<Removal>,
    standing: Option<&Standing>,
) -> Subject {
    let mut subject = mapping::subject(context, dossier, removed);
    subject.facts.unread = unread(context, dossier, &subject.facts);
    let corrections = standing.iter().flat_map(|standing| &standing.corrections);
    for (target, entry) in corrections {
        let Act::Correct { value, patch, champ, .. } = &entry.act else { continue };
        let dropped = champ_digest(context, dossier, target).as_deref() != Some(champ);
        let original =
            if dropped { None } else { mapping::apply_correction(context, dossier, &mut subject.facts, target, patch) };
        subject.facts.corrections.push(Correction {
            target: target.clone(),
            original,
            value: value.clone(),
            by: entry.signature(),
            dropped,
        });
    }
    subject
}

/// What DS says where a fact could not be read, or not without a remark.
fn unread(context: &Context<'_>, dossier: &Dossier, facts: &Facts) -> BTreeMap<FactName, String> {
    let is_odd = |fact: &FactName| {
        facts.get(*fact).is_err_and(Absence::hides_an_answer) || facts.remarks.iter().any(|remark| remark.fact == *fact)
    };
    let odd = context.mapping.facts().filter(is_odd);
    odd.filter_map(|fact| Some((fact, champ_digest(context, dossier, &Target { fact, column: None, row: None })?)))
        .collect()
}

/// Names what DS says at the place of a correction: the champs behind the fact, of one row when it is about one. None when
/// the dossier has no such row.
#[must_use]
pub fn champ_digest(context: &Context<'_>, dossier: &Dossier, target: &Target) -> Option<String> {
    let behind = mapping::champs_behind(context, dossier, target.fact);
    let mut said: Vec<ChampRow> = Vec::new();
    for champ in behind {
        let alone = Dossier { champs: vec![champ.clone()], annotations: Vec::new(), ..dossier.clone() };
        said.extend(raw::champ_rows(&alone));
    }
    if let Some(row) = &target.row {
        said.retain(|champ| champ.row_id.as_ref() == Some(row));
        if said.is_empty() {
            return None;
        }
    }
    let words: Vec<_> = said.iter().map(|champ| (&champ.champ_id, &champ.row_id, &champ.value)).collect();
    Some(digest(&words))
}

/// The facts that a verdict rests on, each with a digest of its value, and what the rule computes from them.
#[must_use]
pub fn facts_read(subject: &Subject, verdict: &Verdict) -> BTreeMap<String, String> {
    let codes = verdict.facts.iter().map(|read| read.fact.as_str()).chain([SENTENCE]);
    codes.filter_map(|code| Some((code.to_owned(), fact_digest(subject, verdict, code)?))).collect()
}

/// The facts of a decision that are no longer as they were, by their labels.
///
/// A dossier advances while decisions about it hold, and others come and go: its state and the other dossiers only count when
/// the rule says something else because of them.
fn changed_since(facts: &BTreeMap<String, String>, subject: &Subject, verdict: &Verdict) -> Vec<String> {
    let differs = |code: &str| {
        let now = fact_digest(subject, verdict, code);
        now.is_some() && now.as_ref() != facts.get(code)
    };
    let differ = |counts: &dyn Fn(&str) -> bool| -> Vec<String> {
        let codes = facts.keys().map(String::as_str).filter(|code| *code != SENTENCE && counts(code) && differs(code));
        codes.map(|code| label(verdict, code)).collect()
    };
    let own = differ(&|code| ![STATE, OTHERS].contains(&code));
    if !own.is_empty() || !differs(SENTENCE) {
        return own;
    }
    let state = differ(&|code| code == STATE);
    if state.is_empty() { differ(&|code| code == OTHERS) } else { state }
}

/// None when it says nothing of the dossier, or when the rule did not look at it.
fn fact_digest(subject: &Subject, verdict: &Verdict, code: &str) -> Option<String> {
    match (code, code.parse::<FactName>()) {
        // Which year the reference tables are of is no fact of the dossier.
        ("populations" | "communes", _) => None,
        // What the rule learnt of the others is in its sentence, and nothing else of them concerns it.
        // What the rule says by itself: a person may decide again on what is decided.
        (SENTENCE | OTHERS, _) => {
            let computed = verdict.computed_verdict.unwrap_or(verdict.verdict);
            Some(digest(&(computed, figures(&verdict.explanation))))
        }
        ("population_municipale", _) => Some(digest(&subject.applicant.population)),
        (_, Ok(name)) => {
            let read = match subject.facts.get(name) {
                // A file is its content: what DS says of its scan for viruses may still change.
                Ok(Fact { value: FactValue::Files(files), .. }) => {
                    digest(&files.iter().map(|file| &file.checksum).collect::<Vec<_>>())
                }
                Ok(fact) => digest(&fact.value),
                Err(_) => digest("absent"),
            };
            Some(match subject.facts.unread.get(&name) {
                Some(answer) => digest(&(read, answer)),
                None => read,
            })
        }
        (_, Err(_)) => verdict.facts.iter().find(|read| read.fact == code).map(|read| digest(&read.value)),
    }
}

/// The numbers of a sentence (dossiers, codes, amounts, days), in no order: another version of the program may put it in other
/// words, and no decision may fall for that.
fn figures(sentence: &str) -> Vec<&str> {
    let numbers = sentence.split(|character: char| !character.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let mut figures: Vec<&str> = numbers.collect();
    figures.sort_unstable();
    figures
}

fn digest<T: serde::Serialize + ?Sized>(value: &T) -> String {
    let text = serde_json::to_vec(value).unwrap_or_default();
    let mut name = hexadecimal(&Sha256::digest(text));
    name.truncate(32);
    name
}

/// Lays the decisions over what the rules say; gives those that no longer hold. Amounts, and whether a dossier was accepted against the
/// blocking rules, are judged once the others are decided, and decided last.
pub(super) fn decide(
    rulebook: &Rulebook,
    standing: Option<&Standing>,
    subject: &Subject,
    evaluation: &mut Evaluation,
) -> Vec<Dropped> {
    let Some(standing) = standing.filter(|standing| !standing.decisions.is_empty()) else { return Vec::new() };
    let (of_last, of_others): (Vec<_>, Vec<_>) =
        standing.decisions.iter().partition(|(rule, _)| Rulebook::is_judged_last(rule));
    let mut dropped = lay(of_others, subject, evaluation);
    rulebook.conclude(subject, evaluation);
    dropped.extend(lay(of_last, subject, evaluation));
    evaluation.status = Status::of(&evaluation.verdicts);
    dropped
}

/// Lays some decisions over what their rules say; gives those that no longer hold.
fn lay(decisions: Vec<(&String, &Entry)>, subject: &Subject, evaluation: &mut Evaluation) -> Vec<Dropped> {
    let mut dropped = Vec::new();
    for (rule, entry) in decisions {
        let Act::Decide { verdict: decided, facts, .. } = &entry.act else { continue };
        let Some(verdict) = evaluation.verdicts.iter_mut().find(|verdict| verdict.rule == *rule) else {
            dropped.push(Dropped { rule: rule.clone(), changed: Vec::new() });
            continue;
        };
        let changed = changed_since(facts, subject, verdict);
        if !changed.is_empty() {
            dropped.push(Dropped { rule: rule.clone(), changed });
            continue;
        }
        verdict.computed_verdict = Some(verdict.verdict);
        verdict.verdict = *decided;
        verdict.decided_by = Some(entry.signature());
        if matches!(decided, VerdictValue::Met | VerdictValue::NotApplicable) {
            evaluation.missing.retain(|missing| missing.rule != *rule);
        }
    }
    dropped
}

fn label(verdict: &Verdict, code: &str) -> String {
    let read = verdict.facts.iter().find(|read| read.fact == code).map(|read| read.label.clone());
    read.or_else(|| code.parse::<FactName>().ok().map(|name| name.label().to_owned()))
        .unwrap_or_else(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::figures;

    #[test]
    fn a_sentence_put_otherwise_has_the_same_figures() {
        let said = "77288 est aussi rattachée dans : dossier n°\u{a0}12 ; montant 4\u{202f}000,00\u{a0}€.";
        let better = "Montant de 4\u{202f}000,00\u{a0}€ ; le dossier n°\u{a0}12 rattache aussi 77288.";
        assert_eq!(figures(said), figures(better));
        assert_ne!(figures(said), figures(&said.replace("12", "13")));
        assert!(figures("Seule demande en cours.").is_empty());
    }
}
