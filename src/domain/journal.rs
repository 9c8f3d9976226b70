//! What a person decided, corrected or set aside: entries that are only ever added, and what they add up to.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::dossier::DossierNumber;
use super::fact::{CommuneRef, FactName, FactValue};
use super::instant::{french_date, paris_date};
use super::money::Cents;
use super::verdict::VerdictValue;

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// In the order of the journal.
    pub id: i64,
    /// The dossier it is about.
    pub dossier: DossierNumber,
    /// When.
    pub at: Timestamp,
    /// Who: a name, never to be logged.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What.
    pub act: Act,
}

impl Entry {
    /// `Camille Dupont, le 05/11/2021 : vérifié par téléphone`.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}, le {} : {}", self.by, french_date(paris_date(self.at)), self.reason)
    }
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Act {
    /// Decided what a rule says.
    Decide {
        /// The rule.
        rule: String,
        /// What it is to say.
        verdict: VerdictValue,
        /// What it said by itself then.
        computed: VerdictValue,
        /// What the person had before them: the facts that the rule read, each with a digest of its value.
        facts: BTreeMap<String, String>,
    },
    /// Took a decision back.
    WithdrawDecision {
        /// The rule.
        rule: String,
    },
    /// Corrected a fact.
    Correct {
        /// Which.
        target: Target,
        /// As the person wrote it.
        value: String,
        /// As it was read then.
        patch: Patch,
        /// Digest of the champ that it corrects, as DS gave it then.
        champ: String,
    },
    /// Took a correction back.
    WithdrawCorrection {
        /// Which.
        target: Target,
    },
    /// Set the dossier aside: a test, or misfiled.
    Exclude,
    /// Took that back.
    Include,
}

impl Act {
    /// Its name, as in the database.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Decide { .. } => "decide",
            Self::WithdrawDecision { .. } => "withdraw_decision",
            Self::Correct { .. } => "correct",
            Self::WithdrawCorrection { .. } => "withdraw_correction",
            Self::Exclude => "exclude",
            Self::Include => "include",
        }
    }

    /// Its name and what it is about, without a word of what a person wrote: `decide ADS-03`.
    #[must_use]
    pub fn summary(&self) -> String {
        let kind = self.kind();
        match self {
            Self::Decide { rule, .. } | Self::WithdrawDecision { rule } => format!("{kind} {rule}"),
            Self::Correct { target, .. } | Self::WithdrawCorrection { target } => format!("{kind} {}", target.fact),
            Self::Exclude | Self::Include => kind.to_owned(),
        }
    }
}

/// What a correction is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The fact.
    pub fact: FactName,
    /// One of `EXPENSE_COLUMNS`, for a line of expenses.
    pub column: Option<String>,
    /// The row on DS, for a line of expenses or of communes.
    pub row: Option<String>,
}

impl Target {
    /// As the command line names it: `--fact expenses.origin --row Um93LTE=`.
    #[must_use]
    pub fn options(&self) -> String {
        let column = self.column.iter().map(|column| format!(".{column}"));
        let row = self.row.iter().map(|row| format!(" --row {row}"));
        std::iter::once(format!("--fact {}", self.fact)).chain(column).chain(row).collect()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fact.code())?;
        if let Some(column) = &self.column {
            write!(f, ".{column}")?;
        }
        if let Some(row) = &self.row {
            write!(f, ", ligne {row}")?;
        }
        Ok(())
    }
}

/// What a correction puts in place of what was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Patch {
    /// The whole fact.
    Fact(FactValue),
    /// The communes of one row; none: the row does not count.
    Communes(Vec<CommuneRef>),
    /// The nature of a line of expenses.
    Nature(String),
    /// Its amount.
    Amount(Cents),
    /// The origin of its publisher.
    Origin(String),
    /// Its day.
    Date(Date),
}

/// What the entries of a dossier add up to: the last word on each matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Decisions, by rule.
    pub decisions: BTreeMap<String, Entry>,
    /// Corrections, by what they correct.
    pub corrections: BTreeMap<Target, Entry>,
    /// Why the dossier is set aside, when it is.
    pub exclusion: Option<Entry>,
}

impl Standing {
    /// What entries add up to, in their order.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut standing = Self::default();
        entries.into_iter().for_each(|entry| standing.add(entry));
        standing
    }

    /// Takes note of the next entry.
    pub fn add(&mut self, entry: Entry) {
        match &entry.act {
            Act::Decide { rule, .. } => {
                self.decisions.insert(rule.clone(), entry);
            }
            Act::WithdrawDecision { rule } => {
                self.decisions.remove(rule);
            }
            Act::Correct { target, .. } => {
                self.corrections.insert(target.clone(), entry);
            }
            Act::WithdrawCorrection { target } => {
                self.corrections.remove(target);
            }
            Act::Exclude => self.exclusion = Some(entry),
            Act::Include => self.exclusion = None,
        }
    }

    /// Names the corrections in force; empty without any.
    #[must_use]
    pub fn corrections_key(&self) -> String {
        key(self.corrections.values())
    }

    /// Names the decisions in force; empty without any.
    #[must_use]
    pub fn decisions_key(&self) -> String {
        key(self.decisions.values())
    }
}

fn key<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    entries.map(|entry| entry.id.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, act: Act) -> Entry {
        let at = "2021-11-05T08:00:00Z".parse().unwrap();
        Entry { id, dossier: 1, at, by: "Camille Dupont".to_owned(), reason: "vu".to_owned(), act }
    }

    #[test]
    fn the_last_word_counts() {
        let rule = || "ADS-01".to_owned();
        let decide =
            |verdict| Act::Decide { rule: rule(), verdict, computed: VerdictValue::ToReview, facts: BTreeMap::new() };
        let standing = Standing::of([
            entry(1, decide(VerdictValue::Met)),
            entry(2, Act::Exclude),
            entry(3, decide(VerdictValue::NotMet)),
        ]);
        assert_eq!((standing.decisions_key().as_str(), standing.exclusion.is_some()), ("3", true));
        assert_eq!(standing.decisions["ADS-01"].signature(), "Camille Dupont, le 05/11/2021 : vu");
        let mut after = standing;
        after.add(entry(4, Act::WithdrawDecision { rule: rule() }));
        after.add(entry(5, Act::Include));
        assert_eq!(after, Standing::default());
    }

    #[test]
    fn an_act_is_read_back() {
        let target = Target { fact: FactName::Expenses, column: Some("amount".to_owned()), row: Some("R1".to_owned()) };
        assert_eq!(target.to_string(), "expenses.amount, ligne R1");
        assert_eq!(target.options(), "--fact expenses.amount --row R1");
        let acts = [
            Act::Correct { target, value: "12".to_owned(), patch: Patch::Amount(Cents(1200)), champ: "x".to_owned() },
            Act::Exclude,
        ];
        for act in acts {
            let text = serde_json::to_string(&act).unwrap();
            assert_eq!(serde_json::from_str::<Act>(&text).unwrap(), act);
            assert!(text.starts_with(&format!("{{\"kind\":\"{}\"", act.kind())), "{text}");
        }
    }
}
