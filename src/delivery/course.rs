//! What becomes of a message after a try: pure.

use jiff::{SignedDuration, Timestamp};

use super::log::Seen;
use crate::domain::message::MessageState;
use crate::store::Progress;

/// The pauses after each failure in a row, in minutes: three days in all.
const PAUSES: [i64; 13] = [5, 15, 30, 60, 120, 240, 480, 720, 720, 720, 720, 720, 720];
/// Handed over so often without an answer, a message goes no more.
const MOST_UNANSWERED: u32 = 2;

/// Why a message waits whose name another one had.
pub const OTHER_CONTENT: &str = "d’après le journal des envois, cet envoi a déjà été fait avec un autre contenu (la base a été \
                               restaurée ?) : reprenez le document (fitn export withdraw), il sera refait comme correction";

/// How a try ended, with the server's answer or what went wrong, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Accepted(String),
    /// Not taken, and worth another try.
    RefusedForNow(String),
    /// Not taken, and never will be.
    RefusedForGood(String),
    /// Handed over, and no answer came.
    Unanswered(String),
}

/// How far a message has come after a try. A failure before the pause is over, because a person asked for it, leaves the next try when
/// it was: the pauses are those of the three days.
#[must_use]
pub fn after(progress: &Progress, outcome: &Outcome, now: Timestamp) -> Progress {
    if let Outcome::RefusedForNow(reply) = outcome
        && !is_due(progress, now, false)
    {
        return Progress { handing_over: false, reply: Some(reply.clone()), ..progress.clone() };
    }
    let attempts = progress.attempts.saturating_add(1);
    let mut next = Progress { attempts, handing_over: false, next_at: None, ..progress.clone() };
    let may_have_arrived = progress.unanswered > 0;
    next.reply = Some(match outcome {
        Outcome::Accepted(reply) => {
            next.state = MessageState::Envoye;
            reply.clone()
        }
        Outcome::RefusedForNow(reply) => {
            next.next_at = pause(attempts).and_then(|pause| now.checked_add(pause).ok());
            next.state = match next.next_at {
                _ if may_have_arrived => MessageState::Incertain,
                Some(_) => MessageState::AEnvoyer,
                None => MessageState::Echec,
            };
            reply.clone()
        }
        Outcome::RefusedForGood(reply) => {
            next.state = if may_have_arrived { MessageState::Incertain } else { MessageState::Echec };
            reply.clone()
        }
        Outcome::Unanswered(reply) => {
            next.unanswered = progress.unanswered.saturating_add(1);
            next.state = MessageState::Incertain;
            let again = pause(attempts).and_then(|pause| now.checked_add(pause).ok());
            next.next_at = again.filter(|_| next.unanswered < MOST_UNANSWERED);
            reply.clone()
        }
    });
    if next.state != progress.state {
        next.settled_at = Some(now);
    }
    // What a person let pass is not asked again as long as it may go again.
    if matches!(next.state, MessageState::Envoye | MessageState::Echec) {
        next.reasons = Vec::new();
    }
    next
}

/// How far a message has come by what the log of what was sent says of it, when that is further than the database knows: it is an
/// older copy, or the program was killed while the message was handed over. `content`: SHA-256 of what the document says
/// that the message brings.
#[must_use]
pub fn seen_in_log(progress: &Progress, seen: &Seen, content: Option<&str>, now: Timestamp) -> Option<Progress> {
    if seen.is_of_other_content(content) {
        if progress.state == MessageState::Retenu && progress.reasons.iter().any(|reason| reason == OTHER_CONTENT) {
            return None;
        }
        return Some(Progress {
            state: MessageState::Retenu,
            reasons: vec![OTHER_CONTENT.to_owned()],
            handing_over: false,
            next_at: None,
            settled_at: Some(now),
            released: false,
            ..progress.clone()
        });
    }
    if seen.sent && progress.state != MessageState::Envoye {
        return Some(Progress {
            state: MessageState::Envoye,
            reasons: Vec::new(),
            handing_over: false,
            next_at: None,
            settled_at: Some(now),
            reply: Some("d’après le journal des envois : déjà envoyé".to_owned()),
            ..progress.clone()
        });
    }
    // What was being handed over is in the log first.
    let unanswered = seen.unanswered.max(progress.unanswered).max(u32::from(progress.handing_over));
    if unanswered == progress.unanswered && !progress.handing_over {
        return None;
    }
    Some(Progress {
        state: MessageState::Incertain,
        reasons: Vec::new(),
        handing_over: false,
        unanswered,
        next_at: (unanswered < MOST_UNANSWERED).then_some(now),
        settled_at: Some(now),
        reply: Some("le programme s’est arrêté pendant la remise au serveur".to_owned()),
        ..progress.clone()
    })
}

/// Whether a message may be handed over once more: it may have arrived as often as it went without an answer.
#[must_use]
pub const fn may_go_again(progress: &Progress) -> bool {
    progress.unanswered < MOST_UNANSWERED
}

/// Whether a message goes now; with `anyway`, also before its pause is over. A pause that ends later than any pause can was begun by a
/// clock that was wrong.
#[must_use]
pub fn is_due(progress: &Progress, now: Timestamp, anyway: bool) -> bool {
    let longest = SignedDuration::from_mins(PAUSES.into_iter().max().unwrap_or_default());
    let is_over = |at: Timestamp| anyway || at <= now || at.duration_since(now) > longest;
    match progress.state {
        MessageState::AEnvoyer => progress.next_at.is_none_or(is_over),
        MessageState::Incertain => progress.next_at.is_some_and(is_over),
        _ => false,
    }
}

/// Whether a message goes by itself, now or later.
#[must_use]
pub const fn may_still_go(progress: &Progress) -> bool {
    match progress.state {
        MessageState::AEnvoyer => true,
        MessageState::Incertain => progress.next_at.is_some(),
        _ => false,
    }
}

/// How long to wait after so many failures; none when they are enough.
fn pause(attempts: u32) -> Option<SignedDuration> {
    let at = usize::try_from(attempts).ok()?.checked_sub(1)?;
    PAUSES.get(at).copied().map(SignedDuration::from_mins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const NOW: &str = "2021-10-01T06:00:00Z";

    fn fresh() -> Progress {
        Progress {
            state: MessageState::AEnvoyer,
            reasons: Vec::new(),
            attempts: 0,
            handing_over: false,
            unanswered: 0,
            next_at: None,
            settled_at: None,
            released: false,
            reply: None,
        }
    }

    fn said(outcome: fn(String) -> Outcome) -> Outcome {
        outcome("dit".to_owned())
    }

    #[test]
    fn refused_for_now_it_goes_again_over_three_days_with_growing_pauses() {
        let (mut progress, mut now, begun) = (fresh(), at(NOW), at(NOW));
        let hurried = |progress: &Progress, now: Timestamp| after(progress, &said(Outcome::RefusedForNow), now);
        let mut pauses = Vec::new();
        loop {
            assert!(is_due(&progress, now, false));
            progress = after(&progress, &said(Outcome::RefusedForNow), now);
            let Some(next) = progress.next_at else { break };
            assert_eq!(progress.state, MessageState::AEnvoyer);
            assert!(!is_due(&progress, now, false) && is_due(&progress, now, true));
            assert_eq!(hurried(&progress, now), progress, "a person who asks again uses up nothing");
            pauses.push(next.duration_since(now));
            now = next;
        }
        assert_eq!(progress.state, MessageState::Echec);
        assert!(pauses.is_sorted());
        let lasted = now.duration_since(begun).as_hours();
        assert!((72..96).contains(&lasted), "{lasted} h");
        assert!(!is_due(&progress, now, true));
    }

    #[test]
    fn what_may_have_arrived_goes_once_more_at_most() {
        let first = after(&fresh(), &said(Outcome::Unanswered), at(NOW));
        assert_eq!((first.state, first.unanswered), (MessageState::Incertain, 1));
        assert!(is_due(&first, first.next_at.unwrap(), false));
        let second = after(&first, &said(Outcome::Unanswered), at(NOW));
        assert_eq!((second.state, second.unanswered, second.next_at), (MessageState::Incertain, 2, None));
        assert!(!is_due(&second, at("2031-10-01T06:00:00Z"), true));
        let refused = after(&first, &said(Outcome::RefusedForGood), at(NOW));
        assert_eq!((refused.state, refused.next_at), (MessageState::Incertain, None), "the first may have arrived");
        let later = after(&first, &said(Outcome::RefusedForNow), at(NOW));
        assert_eq!(later.state, MessageState::Incertain);
        assert!(later.next_at.is_some(), "it was not handed over a second time");
        assert_eq!(after(&first, &said(Outcome::Accepted), at(NOW)).state, MessageState::Envoye);
    }

    #[test]
    fn refused_for_good_it_goes_no_more() {
        let refused = after(&fresh(), &said(Outcome::RefusedForGood), at(NOW));
        assert_eq!((refused.state, refused.reply.as_deref()), (MessageState::Echec, Some("dit")));
        assert!(!is_due(&refused, at(NOW), true));
    }

    #[test]
    fn the_log_knows_better_than_an_older_database() {
        let seen_in_log = |progress: &Progress, seen: Seen, now| seen_in_log(progress, &seen, None, now);
        let seen = |sent, unanswered| Seen { sent, unanswered, content: None };
        assert_eq!(seen_in_log(&fresh(), seen(false, 0), at(NOW)), None);
        let sent = seen_in_log(&fresh(), seen(true, 0), at(NOW)).unwrap();
        assert_eq!(sent.state, MessageState::Envoye);
        assert_eq!(seen_in_log(&sent, seen(true, 0), at(NOW)), None);
        let once = seen_in_log(&fresh(), seen(false, 1), at(NOW)).unwrap();
        assert_eq!((once.state, once.next_at), (MessageState::Incertain, Some(at(NOW))));
        assert_eq!(seen_in_log(&once, seen(false, 1), at(NOW)), None);
        let twice = seen_in_log(&once, seen(false, 2), at(NOW)).unwrap();
        assert_eq!((twice.state, twice.next_at), (MessageState::Incertain, None));
        let killed = Progress { handing_over: true, ..fresh() };
        assert_eq!(seen_in_log(&killed, seen(false, 0), at(NOW)).unwrap().unanswered, 1, "the log was lost");
        assert_eq!(seen_in_log(&killed, seen(false, 1), at(NOW)).unwrap().unanswered, 1);
        let again = Progress { handing_over: true, ..once };
        assert_eq!(seen_in_log(&again, seen(false, 2), at(NOW)).unwrap().unanswered, 2);
    }

    #[test]
    fn a_pause_that_no_pause_explains_is_none() {
        let progress = Progress { next_at: Some(at("2031-10-01T06:00:00Z")), ..fresh() };
        assert!(is_due(&progress, at(NOW), false));
    }
}
