//! What every document is drawn up from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::aside::{Excluded, Unreadable};
use crate::domain::dossier::{DossierNumber, Removal};
use crate::domain::instant::paris_date;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::{Verdict, VerdictValue};
use crate::territory::Region;

/// The dossiers as known at the end of a period, and what there is to say of how they are known.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The région whose préfecture makes the document.
    pub region: &'static Region,
    /// The codes of the départements served.
    pub served: &'a [String],
    /// Those that a person set aside.
    pub excluded: &'a [Excluded],
    /// Those whose stored content cannot be read: they are counted and named, in no sum.
    pub unreadable: &'a [Unreadable],
    /// Those first read after the end of the period, with that instant: they stand as they were then.
    pub known_since: &'a BTreeMap<DossierNumber, Timestamp>,
    /// Why the document is not final, in French.
    pub provisional: &'a [String],
    /// A sentence for each démarche whose dossiers stand as they were read last.
    pub behind: &'a [String],
    /// The address of the DS site, without a slash at the end.
    pub site: &'a str,
}

impl Sources<'_> {
    /// The dossiers of a programme that are in no document.
    pub(super) fn aside(&self, programme: Programme) -> Count {
        Count {
            excluded: self.excluded.iter().filter(|excluded| excluded.programme == programme).count(),
            unreadable: self.unreadable.iter().filter(|unreadable| unreadable.programme == programme).count(),
            ..Count::default()
        }
    }
}

/// A dossier without what no document shows of it: verdicts that are no reason for anything and that nobody decided, and what each rests
/// on, which is most of it.
#[must_use]
pub fn shown(mut judged: Judged) -> Judged {
    let is_shown = |verdict: &Verdict| {
        verdict.decided_by.is_some() || matches!(verdict.verdict, VerdictValue::NotMet | VerdictValue::ToReview)
    };
    let Judged { subject, evaluation } = &mut judged;
    let verdicts = std::mem::take(&mut evaluation.verdicts);
    let bare = |verdict| Verdict { facts: Vec::new(), parameters: Vec::new(), citation: String::new(), ..verdict };
    evaluation.verdicts = verdicts.into_iter().filter(is_shown).map(bare).collect();
    subject.facts.unread.clear();
    judged
}

/// The day since which DS no longer shows a dossier, in Paris.
pub(super) fn removed_on(removal: Option<Removal>) -> Option<Date> {
    removal.map(|removal| paris_date(removal.at))
}

/// How many dossiers were filed, by what becomes of them in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// They stand in it.
    pub shown: usize,
    /// DS removed them, and they were not accepted.
    pub removed: usize,
    /// A person set them aside.
    pub excluded: usize,
    /// Their content cannot be read.
    pub unreadable: usize,
}

impl Count {
    /// Takes in a dossier filed by the closing instant.
    pub(super) fn add(&mut self, subject: &Subject) {
        if subject.is_kept() {
            self.shown += 1;
        } else {
            self.removed += 1;
        }
    }

    /// All of them.
    #[must_use]
    pub fn filed(&self) -> usize {
        self.shown + self.removed + self.excluded + self.unreadable
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.shown += other.shown;
        self.removed += other.removed;
        self.excluded += other.excluded;
        self.unreadable += other.unreadable;
    }
}

/// `PROVISOIRE : …`: why a document is not final, in a line.
pub(super) fn provisional(reasons: &[String]) -> String {
    format!("PROVISOIRE : {}", reasons.join(" ; "))
}
