//! Instants that a request gives (API facts, 3.3).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads an instant: with an offset or `Z`, without one (then UTC, the zone of the server's process), or a day alone.
/// A space in place of `T` is refused.
#[must_use]
pub fn parse_instant(text: &str) -> Option<Timestamp> {
    if text.contains(' ') {
        return None;
    }
    let utc = |civil: DateTime| civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    if let Ok(instant) = text.parse() {
        Some(instant)
    } else if text.contains('T') {
        text.parse().ok().and_then(utc)
    } else {
        text.parse::<Date>().ok().and_then(|day| utc(day.to_datetime(jiff::civil::Time::midnight())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_as_the_server_reads_them() {
        let noon: Timestamp = "2021-09-03T10:00:00.5Z".parse().unwrap();
        for text in ["2021-09-03T10:00:00.5Z", "2021-09-03T12:00:00.5+02:00", "2021-09-03T10:00:00.500"] {
            assert_eq!(parse_instant(text), Some(noon), "{text}");
        }
        assert_eq!(parse_instant("2021-09-03"), "2021-09-03T00:00:00Z".parse().ok());
        assert_eq!(parse_instant("2021-09-03 10:00:00Z"), None);
        assert_eq!(parse_instant("hier"), None);
    }
}
