//! How a label is read by the wording of a fact.

use std::fmt;

use super::sense::{Sense, meant};
use crate::mapping::words::{Words, is_any};

/// Patterns apart by spaces, see [`super::words`].
pub(super) type Patterns = &'static str;

/// Ways to say something, apart by semicolons: each some patterns that are all needed.
pub(super) type Ways = &'static str;

/// How a fact may be worded.
#[derive(Debug, Clone, Copy)]
pub(in crate::mapping) struct Wording {
    /// Ways to say it beyond doubt.
    pub(in crate::mapping) plain: Ways,
    /// Ways that may mean something else.
    pub(in crate::mapping) vague: Ways,
    /// Words that may stand beside without changing the meaning.
    pub(in crate::mapping) beside: Patterns,
    /// Words that make it something else.
    pub(in crate::mapping) never: Patterns,
}

/// Why a label cannot mean a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) enum Objection {
    /// It is about something else.
    About(Sense),
    /// A word of it says so.
    Says(String),
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::About(sense) => write!(f, "annonce {}", sense.in_french()),
            Self::Says(word) => write!(f, "dit « {word} »"),
        }
    }
}

/// What a label says of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) enum Said {
    /// Nothing.
    Nothing,
    /// Something else, though it has words of it.
    Else(Objection),
    /// That it is there.
    Plainly,
    /// That it may be there: the words that are not known, none when those known do not say enough.
    Perhaps(Vec<String>),
}

impl Said {
    /// Why a person must look at a label first, in French; none for one that announces the fact plainly, or not at all.
    pub(in crate::mapping) fn doubt(&self) -> Option<String> {
        match self {
            Self::Nothing | Self::Else(_) | Self::Plainly => None,
            Self::Perhaps(unknown) if unknown.is_empty() => Some("le libellé n’en dit pas assez".to_owned()),
            Self::Perhaps(unknown) => Some(format!("le libellé dit aussi « {} »", unknown.join(" "))),
        }
    }

    /// What the labels of a block and of its column say together: either may announce the fact, neither may deny it.
    pub(in crate::mapping) fn with_column(self, column: Self) -> Self {
        match (self, column) {
            (Self::Else(objection), _) | (_, Self::Else(objection)) => Self::Else(objection),
            (Self::Plainly, _) | (_, Self::Plainly) => Self::Plainly,
            (Self::Nothing, said) | (said, _) => said,
        }
    }
}

impl Wording {
    /// What a label says. `senses` are what the fact must not be.
    pub(in crate::mapping) fn said_by(&self, label: &str, senses: &[Sense]) -> Said {
        let words = Words::of(label);
        let telling = words.telling();
        let senses = &meant(&telling, senses);
        let reading = |way: &str, vague: bool| {
            let rest: Vec<&str> = telling.iter().copied().filter(|word| !is_any(word, way)).collect();
            let rest = self.without_beside(rest);
            let objection = self.objection(&rest, senses);
            (objection.is_some(), rest.len(), vague, objection, rest)
        };
        let plain = each(self.plain).filter(|way| words.say(way)).map(|way| reading(way, false));
        let vague = each(self.vague).filter(|way| words.say(way)).map(|way| reading(way, true));
        let best = plain.chain(vague).min_by_key(|(refused, unknown, vague, _, _)| (*refused, *unknown, *vague));
        match best {
            None => Said::Nothing,
            Some((_, _, _, Some(objection), _)) => Said::Else(objection),
            Some((_, 0, false, None, _)) => Said::Plainly,
            Some((_, _, _, None, rest)) => Said::Perhaps(rest.into_iter().map(str::to_owned).collect()),
        }
    }

    /// Why a label cannot mean the fact, whether or not it has words of it.
    pub(super) fn refused(&self, label: &str, senses: &[Sense]) -> Option<Objection> {
        match self.said_by(label, senses) {
            Said::Else(objection) => Some(objection),
            Said::Plainly | Said::Perhaps(_) => None,
            Said::Nothing => {
                let words = Words::of(label);
                let senses = meant(&words.telling(), senses);
                self.objection(&self.without_beside(words.telling()), &senses)
            }
        }
    }

    fn without_beside<'w>(&self, mut words: Vec<&'w str>) -> Vec<&'w str> {
        words.retain(|word| !is_any(word, self.beside));
        words
    }

    fn objection(&self, words: &[&str], senses: &[Sense]) -> Option<Objection> {
        let about = senses.iter().find(|sense| words.iter().any(|word| is_any(word, sense.words())));
        let said = || words.iter().find(|word| is_any(word, self.never));
        about.map(|sense| Objection::About(*sense)).or_else(|| said().map(|word| Objection::Says((*word).to_owned())))
    }
}

/// The ways of a list.
fn each(ways: Ways) -> impl Iterator<Item = &'static str> {
    ways.split(';').map(str::trim).filter(|way| !way.is_empty())
}
