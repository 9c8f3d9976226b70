//! What is new, by mail: every change is in one digest, and in one alone.

use std::collections::HashMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::mailing::Words;
use super::news::told;
use super::{Desk, DeskError};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::{french_date, paris_date, to_rfc3339};
use crate::domain::message::MessageKind;
use crate::domain::text::{QUOTED, counted, shortened};
use crate::store::{Change, Reader, StoreError};

/// The mark that says where the last digest ended.
const MARK: &str = "digest";
/// How many dossiers a digest tells of; it counts the others.
const MOST: usize = 200;

/// Where a digest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// The number of the last change that it may tell of.
    seq: i64,
    /// When it was due.
    at: Timestamp,
}

impl Desk {
    /// Puts into the outbox what is new since the last digest, for those of each département and of all; where nothing is, nothing is
    /// sent. `due`: when it was due, until when its title says that it tells; the same digest, made again after a restore, has the same
    /// name. `first`: from when on the first one tells. How many messages there are.
    ///
    /// # Errors
    /// A failure of the database; [`crate::delivery::LogError`] where the connector has no name yet and another process sends.
    pub fn digest(&self, first: Timestamp, due: Timestamp) -> Result<usize, DeskError> {
        let now = self.now()?;
        let (mark, before, end) = self.store.read::<_, StoreError>(|reader| {
            let mark = reader.mark(MARK)?;
            let before = match mark.as_deref() {
                Some(text) => serde_json::from_str(text)
                    .map_err(|error| StoreError::unreadable("dernier envoi des nouveautés", &error))?,
                None => End { seq: reader.change_latest(Some(first))?, at: first },
            };
            Ok((mark, before, End { seq: reader.change_latest(None)?, at: due }))
        })?;
        // A clock that was ahead when the last one was made, and was set right since.
        let before = End { at: before.at.min(due), ..before };
        let mut messages = Vec::new();
        for delivery in self.mailing.deliveries_of(MessageKind::Changes) {
            let departement = delivery.departement.as_deref();
            let news = self.store.read::<_, StoreError>(|reader| News::read(reader, before, end, departement))?;
            if news.dossiers.is_empty() {
                continue;
            }
            messages.extend(self.messages_of_words(delivery, &news.words(before, end, departement), now)?);
        }
        let kept = serde_json::to_string(&end)
            .map_err(|error| StoreError::unreadable("dernier envoi des nouveautés", &error))?;
        let put = self.store.write::<_, StoreError>(|writer| {
            // Somebody else made this digest meanwhile.
            if writer.reader().mark(MARK)? != mark {
                return Ok(0);
            }
            writer.mark_put(MARK, &kept)?;
            let mut put = 0;
            for message in &messages {
                put += usize::from(writer.message_put(message, now)?);
            }
            Ok(put)
        })?;
        Ok(put)
    }
}

/// What is new, dossier by dossier, in the order in which each was first noticed.
#[derive(Default)]
struct News {
    dossiers: Vec<Vec<Change>>,
    /// Where each has its place.
    places: HashMap<DossierNumber, usize>,
    /// Changes of what single rules say: what they add up to is told.
    of_rules: usize,
}

impl News {
    fn read(reader: &Reader<'_>, before: End, end: End, departement: Option<&str>) -> Result<Self, StoreError> {
        let mut news = Self::default();
        reader.changes_between::<StoreError>((before.seq, end.seq), departement, |change| {
            news.push(change);
            Ok(())
        })?;
        Ok(news)
    }

    fn push(&mut self, change: Change) {
        if change.what == "verdict" {
            self.of_rules += 1;
            return;
        }
        let place = *self.places.entry(change.dossier).or_insert_with(|| {
            self.dossiers.push(Vec::new());
            self.dossiers.len() - 1
        });
        if let Some(changes) = self.dossiers.get_mut(place) {
            changes.push(change);
        }
    }

    fn words(&self, before: End, end: End, departement: Option<&str>) -> Words {
        let (from, to) = (french_date(paris_date(before.at)), french_date(paris_date(end.at)));
        let whose = departement.map_or_else(String::new, |code| format!(", département {code}"));
        let mut text = format!(
            "Ce qui est nouveau du {from} au {to}{whose} : {}.\n",
            counted(self.dossiers.len(), "dossier", "dossiers")
        );
        for changes in self.dossiers.iter().take(MOST) {
            text.push_str(&about(changes));
        }
        if let Some(more) = self.dossiers.len().checked_sub(MOST).filter(|more| *more > 0) {
            let _ = write!(text, "\n… et {}.\n", counted(more, "autre dossier", "autres dossiers"));
        }
        let day = paris_date(before.at);
        let of = departement.map_or_else(String::new, |code| format!(" --departement {code}"));
        if self.of_rules > 0 {
            let _ = write!(
                text,
                "\n{} de règles, que « fitn changes » détaille.\n",
                counted(self.of_rules, "changement d’avis", "changements d’avis")
            );
        }
        let _ = write!(text, "\nTout le détail, sur le serveur : fitn changes --since {day}{of}\n");
        Words {
            period: format!("{}/{}", to_rfc3339(before.at), to_rfc3339(end.at)),
            revision: 0,
            title: format!("Nouveautés du {from} au {to}"),
            text,
        }
    }
}

/// A dossier, and what is new about it.
fn about(changes: &[Change]) -> String {
    let Some(Change { dossier, applicant, departement, .. }) = changes.last() else { return String::new() };
    let name = applicant.as_deref().map_or_else(String::new, |name| format!(" {}", shortened(name, QUOTED)));
    let code = departement.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
    let mut text = format!("\n{dossier}{name}{code}\n");
    for change in changes {
        let _ = writeln!(text, "- {} : {}", french_date(paris_date(change.at)), told(change));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(seq: i64, dossier: DossierNumber, what: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            seq,
            at: format!("2021-09-{:02}T10:00:00Z", 6 + seq).parse().unwrap(),
            dossier,
            what: what.to_owned(),
            before: before.map(ToOwned::to_owned),
            after: after.map(ToOwned::to_owned),
            applicant: Some("Commune d’Achères".to_owned()),
            departement: Some("78".to_owned()),
        }
    }

    fn end(seq: i64, at: &str) -> End {
        End { seq, at: at.parse().unwrap() }
    }

    #[test]
    fn a_digest_tells_what_is_new_dossier_by_dossier() {
        let mut news = News::default();
        for change in [
            change(1, 4242, "filed", None, Some("en_construction")),
            change(2, 4243, "state", Some("en_instruction"), Some("accepte")),
            change(3, 4243, "amount", None, Some("granted_cents=700000")),
            change(4, 4242, "verdict", None, Some("ADS-03=met")),
            change(5, 4242, "status", None, Some("eligible")),
        ] {
            news.push(change);
        }
        let words = news.words(end(0, "2021-09-06T05:00:00Z"), end(5, "2021-09-13T05:00:00Z"), Some("78"));
        assert_eq!(words.period, "2021-09-06T05:00:00Z/2021-09-13T05:00:00Z");
        insta::assert_snapshot!(format!("{}\n\n{}", words.title, words.text));
    }

    #[test]
    fn a_digest_of_very_many_dossiers_counts_the_others() {
        let mut news = News::default();
        for dossier in 0..1000 {
            news.push(change(1, dossier, "filed", None, Some("en_construction")));
        }
        let words = news.words(end(0, "2021-09-06T05:00:00Z"), end(5, "2021-09-13T05:00:00Z"), None);
        let first = words.text.lines().next().unwrap();
        assert!(first.starts_with("Ce qui est nouveau") && first.ends_with("000 dossiers."), "{first}");
        assert!(words.text.contains("\n… et 800 autres dossiers.\n") && words.text.lines().count() < 700);
    }
}
