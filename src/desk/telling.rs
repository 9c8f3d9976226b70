//! Alerts by mail: one message a cause, again each day while it lasts, and one when it is over. [`tellings`] says what is to be said
//! now, from what was said and what is so: it is pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::causes::Causes;
use super::mailing::Words;
use super::outbox::cancelled;
use super::{Cause, Desk, DeskError, stuck};
use crate::domain::instant::{french_instant, paris_date};
use crate::domain::message::MessageKind;
use crate::domain::text::{printable_line, shortened};
use crate::store::{MessageKey, Reader, StoreError, Told, Writer};

/// What is said again a day later is due a little before: rounds of sending do not begin at the same moment of their minute.
const A_DAY: SignedDuration = SignedDuration::from_mins(24 * 60 - 2);
/// So many messages about one cause on one day: what comes and goes more often than that is told the next day.
const MOST_A_DAY: u32 = 6;
/// How much of what happened a subject shows, in characters.
const IN_SUBJECT: usize = 120;
/// What officers find in « fitn todo », where it is theirs to settle; readings of DS that failed once, which matter when the
/// data are stale; and days that DS does not give, which nobody can settle.
const NOT_MAILED: [&str; 6] = [
    "sync:",
    "evaluation:grant:",
    "evaluation:dates:",
    "evaluation:decision:",
    "evaluation:correction:",
    "evaluation:undated:",
];
/// What the keys of alerts about readings of DS begin with.
const READING: &str = "sync:";
/// The cause that data are not fresh.
pub const STALE: &str = "stale";

/// A cause that is not stored: what it says can be told from the clock, the disk or the credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The département whose officers it concerns; none: nobody's in particular.
    pub departement: Option<String>,
    /// What there is to look at.
    pub cause: Cause,
}

impl Watched {
    /// Whether it is that the data are not fresh.
    #[must_use]
    pub fn is_about_stale_data(&self) -> bool {
        self.cause.cause == STALE
    }
}

/// Which message about a cause it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Begins,
    Lasts,
    Ends,
}

/// Something to be said now, and what is known to be said from then on.
#[derive(Debug, PartialEq, Eq)]
struct Telling {
    turn: Turn,
    told: Told,
}

/// What is to be said now.
fn tellings(told: &[Told], open: &[Cause], now: Timestamp) -> Vec<Telling> {
    let known: BTreeMap<&str, &Told> = told.iter().map(|told| (told.cause.as_str(), told)).collect();
    let today = paris_date(now);
    let is_of_today = |told: &Told| paris_date(told.told_at) == today;
    let revision = |before: Option<&Told>| before.filter(|told| is_of_today(told)).map_or(0, |told| told.revision + 1);
    let mut tellings = Vec::new();
    for cause in open {
        let before = known.get(cause.cause.as_str()).copied();
        let revision = revision(before);
        let (turn, since) = match before {
            Some(told) if told.lasts => {
                if now.duration_since(told.told_at) < A_DAY {
                    continue;
                }
                (Turn::Lasts, told.since)
            }
            Some(_) if revision >= MOST_A_DAY => continue,
            _ => (Turn::Begins, cause.since.min(now)),
        };
        let (name, message) = (cause.cause.clone(), cause.message.clone());
        tellings
            .push(Telling { turn, told: Told { cause: name, message, since, told_at: now, revision, lasts: true } });
    }
    let is_open = |told: &Told| open.iter().any(|cause| cause.cause == told.cause);
    for ended in told.iter().filter(|told| told.lasts && !is_open(told)) {
        let told = Told { told_at: now, revision: revision(Some(ended)), lasts: false, ..ended.clone() };
        tellings.push(Telling { turn: Turn::Ends, told });
    }
    tellings
}

impl Telling {
    /// What is written about it. `cause`: as it is now; none once it is over. `readings`: why DS could not be read.
    fn words(&self, cause: Option<&Cause>, readings: &[Cause]) -> Words {
        let Self { turn, told } = self;
        let Told { cause: name, message, since, told_at, revision, .. } = told;
        let subject = shortened(&printable_line(message), IN_SUBJECT);
        let since = french_instant(*since);
        let title = match turn {
            Turn::Begins => format!("Alerte : {subject}"),
            Turn::Lasts => format!("Alerte : {subject} (depuis le {since})"),
            Turn::Ends => format!("Rétabli : {subject}"),
        };
        let mut lines = Vec::new();
        if *turn == Turn::Ends {
            lines.push(format!(
                "C’est rétabli, constaté le {} ; l’alerte du {since} disait :\n",
                french_instant(*told_at)
            ));
        }
        lines.push(sentence(message));
        match turn {
            Turn::Begins | Turn::Lasts => {
                lines.push(format!("\nDepuis le {since}."));
                if let Some(cause) = cause {
                    let numbers: Vec<String> = cause.dossiers.iter().map(ToString::to_string).collect();
                    if numbers.len() > 1 {
                        lines.push(format!("Dossiers : {}.", numbers.join(", ")));
                    }
                    if !cause.hint.is_empty() {
                        lines.push(format!("Que faire : {}.", cause.hint.trim_end_matches('.')));
                    }
                }
                if name == STALE {
                    lines.extend(readings.iter().map(|reading| format!("\n{}", sentence(&reading.message))));
                    let hints = readings.iter().filter(|reading| !reading.hint.is_empty());
                    lines.extend(hints.map(|reading| format!("Que faire : {}.", reading.hint.trim_end_matches('.'))));
                }
                lines.push(
                    "\nTant que cela dure, ce message revient une fois par jour ; un autre dira quand ce sera rétabli.\n\
                     « fitn status » donne l’état de l’ensemble."
                        .to_owned(),
                );
            }
            Turn::Ends => lines.push("\nIl n’y a plus rien à faire.".to_owned()),
        }
        let period = format!("{name}:{}", paris_date(*told_at));
        Words { period, revision: *revision, title, text: lines.join("\n") }
    }
}

/// With a capital and a full stop.
fn sentence(said: &str) -> String {
    let mut characters = said.trim_end_matches('.').chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

impl Desk {
    /// Puts into the outbox what is to be said of alerts now, and writes down that it was said, in one transaction. `watched`: causes
    /// that are not stored. `quiet`: keys of alerts that nobody is to be told of yet. How many messages there are.
    ///
    /// # Errors
    /// A failure of the database; [`crate::delivery::LogError`] where the connector has no name yet and another process sends.
    pub fn tell_alerts(&self, watched: &[Watched], quiet: &[String]) -> Result<usize, DeskError> {
        let mut scopes: Vec<Option<&str>> = Vec::new();
        for delivery in self.mailing.deliveries_of(MessageKind::Alerts) {
            let scope = delivery.departement.as_deref();
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let now = self.now()?;
        let today = paris_date(now);
        let (mut messages, mut told, mut past) = (Vec::new(), Vec::new(), Vec::new());
        for scope in &scopes {
            let (before, open, readings) = self.store.read::<_, StoreError>(|reader| {
                let (open, readings) = open_causes(reader, *scope, watched, quiet)?;
                Ok((reader.told(*scope)?, open, readings))
            })?;
            for telling in tellings(&before, &open, now) {
                let cause = open.iter().find(|cause| cause.cause == telling.told.cause);
                let words = telling.words(cause, &readings);
                let deliveries = self.mailing.deliveries_of(MessageKind::Alerts);
                for delivery in deliveries.filter(|delivery| delivery.departement.as_deref() == *scope) {
                    messages.extend(self.messages_of_words(delivery, &words, now)?);
                }
                told.push((*scope, telling.told));
            }
            let is_open = |told: &Told| open.iter().any(|open| open.cause == told.cause);
            let is_past = |told: &Told| !told.lasts && paris_date(told.told_at) < today && !is_open(told);
            past.extend(before.into_iter().filter(is_past).map(|told| (*scope, told.cause)));
        }
        let is_kept_to = self.store.read::<_, StoreError>(|reader| reader.told_is_kept_to(&scopes))?;
        if told.is_empty() && past.is_empty() && is_kept_to {
            return Ok(0);
        }
        self.store
            .write::<_, StoreError>(|writer| {
                writer.told_keep_to(&scopes)?;
                for (scope, cause) in &past {
                    writer.told_forget(*scope, cause)?;
                }
                for (scope, told) in &told {
                    writer.told_put(*scope, told)?;
                }
                let mut put = 0;
                for message in &messages {
                    overtake(writer, &message.key, now)?;
                    put += usize::from(writer.message_put(message, now)?);
                }
                Ok(put)
            })
            .map_err(DeskError::from)
    }
}

/// What was to be said about a cause, and did not go yet, is said no more when something newer is: it would arrive after what ends it.
fn overtake(writer: &Writer<'_>, newer: &MessageKey, now: Timestamp) -> Result<(), StoreError> {
    for message in writer.reader().messages_waiting()? {
        let (key, progress) = (&message.key, &message.progress);
        let is_alike = MessageKey { period: newer.period.clone(), revision: newer.revision, ..key.clone() } == *newer;
        if is_alike
            && cause_of(&key.period) == cause_of(&newer.period)
            && progress.unanswered == 0
            && !progress.handing_over
        {
            writer.message_progress(message.id, &cancelled(progress, now))?;
        }
    }
    Ok(())
}

/// What a message is about, without its day.
fn cause_of(period: &str) -> Option<&str> {
    period.rsplit_once(':').map(|(cause, _)| cause)
}

/// What those of a département, or of all, are to be told of; and why DS could not be read.
fn open_causes(
    reader: &Reader<'_>,
    scope: Option<&str>,
    watched: &[Watched],
    quiet: &[String],
) -> Result<(Vec<Cause>, Vec<Cause>), StoreError> {
    // That a mail about alerts could not be sent is not told by mail.
    let about_alerts = stuck::prefix(MessageKind::Alerts);
    let is_told = |key: &str| {
        let is_quiet = key.starts_with(&about_alerts) || quiet.iter().any(|quiet| quiet == key);
        !is_quiet && !NOT_MAILED.iter().any(|prefix| key.starts_with(prefix))
    };
    let (mut told, mut readings) = (Causes::default(), Causes::default());
    reader.alert_rows(scope, |alert| {
        if alert.key.starts_with(READING) {
            return readings.add(alert);
        }
        if is_told(alert.key) { told.add(alert) } else { Ok(()) }
    })?;
    let computed = watched.iter().filter(|watched| scope.is_none() || watched.departement.as_deref() == scope);
    let open = computed.map(|watched| watched.cause.clone()).chain(told.told()).collect();
    Ok((open, readings.told()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn cause(name: &str, message: &str) -> Cause {
        Cause {
            key: name.to_owned(),
            cause: name.to_owned(),
            since: at("2021-09-01T06:00:00Z"),
            dossiers: Vec::new(),
            message: message.to_owned(),
            hint: "corrigez".to_owned(),
        }
    }

    /// What was told after each of some moments: the causes that are open then.
    fn story(moments: &[(&str, &[&str])]) -> Vec<(String, Turn, u32)> {
        let mut told: BTreeMap<String, Told> = BTreeMap::new();
        let mut said = Vec::new();
        for (now, open) in moments {
            let before: Vec<Told> = told.values().cloned().collect();
            let open: Vec<Cause> = open.iter().map(|name| cause(name, "dit")).collect();
            for telling in tellings(&before, &open, at(now)) {
                said.push((format!("{now} {}", telling.told.cause), telling.turn, telling.told.revision));
                told.insert(telling.told.cause.clone(), telling.told);
            }
        }
        said
    }

    fn told(said: &[(String, Turn, u32)]) -> Vec<(&str, Turn, u32)> {
        said.iter().map(|(what, turn, revision)| (what.as_str(), *turn, *revision)).collect()
    }

    #[test]
    fn one_message_a_cause_again_each_day_and_one_at_the_end() {
        let said = story(&[
            ("2021-09-01T06:00:03Z", &["a"]),
            ("2021-09-01T06:05:00Z", &["a", "b"]),
            ("2021-09-01T21:55:00Z", &["a", "b"]),
            ("2021-09-02T05:55:00Z", &["a", "b"]),
            ("2021-09-02T06:00:01Z", &["a", "b"]),
            ("2021-09-02T06:05:00Z", &["b"]),
            ("2021-09-02T06:10:00Z", &[]),
            ("2021-09-03T06:10:00Z", &[]),
        ]);
        assert_eq!(
            told(&said),
            [
                ("2021-09-01T06:00:03Z a", Turn::Begins, 0),
                ("2021-09-01T06:05:00Z b", Turn::Begins, 0),
                ("2021-09-02T06:00:01Z a", Turn::Lasts, 0),
                ("2021-09-02T06:05:00Z b", Turn::Lasts, 0),
                ("2021-09-02T06:05:00Z a", Turn::Ends, 1),
                ("2021-09-02T06:10:00Z b", Turn::Ends, 1),
            ]
        );
    }

    #[test]
    fn what_comes_and_goes_all_the_time_is_told_six_times_a_day_and_never_ends_untold() {
        let minute = |minute: u32| format!("2021-09-01T{:02}:{:02}:00Z", 6 + minute / 60, minute % 60);
        let moments: Vec<String> = (0..200).map(minute).chain(["2021-09-02T06:00:00Z".to_owned()]).collect();
        let open: Vec<(&str, &[&str])> = moments
            .iter()
            .enumerate()
            .map(|(at, now)| (now.as_str(), if at % 2 == 0 { &["a"][..] } else { &[][..] }))
            .collect();
        let said = story(&open);
        let turns: Vec<(Turn, u32)> = said.iter().map(|(_, turn, revision)| (*turn, *revision)).collect();
        let (begins, ends) = (Turn::Begins, Turn::Ends);
        assert_eq!(
            turns,
            [(begins, 0), (ends, 1), (begins, 2), (ends, 3), (begins, 4), (ends, 5), (begins, 0)],
            "the last one on the next day"
        );
    }

    #[test]
    fn no_two_messages_about_a_cause_have_the_same_period_and_revision() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let (mut told, mut seen) = (BTreeMap::<String, Told>::new(), std::collections::HashSet::new());
            let mut now = at("2021-03-26T06:00:00Z");
            for _ in 0..60 {
                now += SignedDuration::from_mins(rng.i64(1..900));
                let open: Vec<Cause> =
                    ["a", "b"].iter().filter(|_| rng.bool()).map(|name| cause(name, "dit")).collect();
                let before: Vec<Told> = told.values().cloned().collect();
                for telling in tellings(&before, &open, now) {
                    let words = telling.words(None, &[]);
                    assert!(seen.insert((words.period.clone(), words.revision)), "{} {}", words.period, words.revision);
                    told.insert(telling.told.cause.clone(), telling.told);
                }
                for (name, told) in &told {
                    // A cause that is still open was not last told to be over, unless the messages of the day are used up.
                    assert!(told.lasts || !open.iter().any(|cause| cause.cause == *name) || told.revision >= 5);
                }
            }
        }
    }

    #[test]
    fn a_cause_is_known_by_its_message_whatever_its_day() {
        assert_eq!(cause_of("task:sync:2021-09-01"), Some("task:sync"));
        assert_ne!(cause_of("task:sync:2021-09-01"), cause_of("task:full_sync:2021-09-01"));
    }

    #[test]
    fn what_is_written_says_what_happened_since_when_and_what_to_do() {
        let stale = cause(STALE, "démarche 61234 : données périmées");
        let readings = [cause("sync:61234", "lecture de DS interrompue : le jeton est refusé")];
        let begins = tellings(&[], std::slice::from_ref(&stale), at("2021-09-01T12:00:00Z")).remove(0);
        let lasts =
            tellings(std::slice::from_ref(&begins.told), std::slice::from_ref(&stale), at("2021-09-02T12:00:00Z"))
                .remove(0);
        let ends = tellings(std::slice::from_ref(&lasts.told), &[], at("2021-09-02T12:05:00Z")).remove(0);
        let shown = [(&begins, Some(&stale)), (&lasts, Some(&stale)), (&ends, None)].map(|(telling, cause)| {
            let Words { period, revision, title, text } = telling.words(cause, &readings);
            format!("{period} {revision}\n{title}\n\n{text}\n")
        });
        insta::assert_snapshot!(shown.join("\n────\n"));
    }
}
