//! When a file is asked for again: one that could not be had at once, then ever more rarely; one in doubt more rarely still.

use jiff::{SignedDuration, Timestamp};

use crate::domain::attachment::{Kept, KeptAttachment};
use crate::sync;

/// How soon a content in doubt is asked for again: DS announces what it made of an image within minutes.
const FIRST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// The longest time between two tries: a content in doubt may be so for ever.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Whether it is time to ask for a file: one that was never asked for, or whose pause is over. A clock set back makes it time.
pub(super) fn is_due(file: &KeptAttachment, now: Timestamp) -> bool {
    pause(file).is_none_or(|(tried_at, wait)| now < tried_at || now.duration_since(tried_at) >= wait)
}

/// When the pause of a file is over; the beginning of time for one that has none.
pub(super) fn due_at(file: &KeptAttachment) -> Timestamp {
    let over = pause(file).map(|(tried_at, wait)| tried_at.checked_add(wait).unwrap_or(Timestamp::MAX));
    over.unwrap_or(Timestamp::MIN)
}

/// When a file was asked for last, and how long to wait from there.
fn pause(file: &KeptAttachment) -> Option<(Timestamp, SignedDuration)> {
    let (since, tried_at) = file.failed_since.zip(file.settled_at)?;
    let wait = match file.kept {
        Kept::Unverified { .. } => tried_at.duration_since(since).clamp(FIRST_WAIT, LONGEST_WAIT),
        Kept::Pending | Kept::Stored { .. } | Kept::Failed { .. } => sync::pause(since, tried_at),
    };
    Some((tried_at, wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attachment::{Anchor, Attachment};
    use crate::domain::champ::{AttachedFile, ChampKind};

    fn at(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
    }

    fn in_doubt(tried_at: Option<i64>) -> KeptAttachment {
        KeptAttachment {
            attachment: Attachment {
                anchor: Anchor { kind: ChampKind::Champ, champ_id: "a".to_owned(), row_id: None },
                label: "Photo".to_owned(),
                file: AttachedFile {
                    filename: "photo.jpg".to_owned(),
                    content_type: "image/jpeg".to_owned(),
                    byte_size: 6,
                    checksum: String::new(),
                    created_at: at(0),
                    virus_scan: "safe".to_owned(),
                },
            },
            kept: Kept::Unverified { sha256: "00".to_owned(), reason: "empreinte".to_owned() },
            settled_at: tried_at.map(at).or(Some(at(0))),
            failed_since: tried_at.map(|_| at(0)),
        }
    }

    #[test]
    fn a_content_in_doubt_is_asked_for_after_an_hour_then_each_time_twice_as_late_up_to_a_month() {
        assert!(is_due(&in_doubt(None), at(0)), "found by an older version, which never asked again");
        let mut asked = vec![0];
        for hour in 0..=24 * 100 {
            if is_due(&in_doubt(asked.last().copied()), at(hour)) {
                asked.push(hour);
            }
        }
        assert_eq!(asked[..7], [0, 1, 2, 4, 8, 16, 32]);
        let last: Vec<i64> = asked.windows(2).rev().take(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(last[0], 24 * 30, "{asked:?}");
        assert!(is_due(&in_doubt(Some(1000)), at(5)), "the clock was set back");
    }
}
