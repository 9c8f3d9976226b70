//! Instants are UTC; Europe/Paris only where a person or the guide says "day" or "month".

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};

/// The time zone of the guide's dates. The zone data are built in, so the look-up cannot miss.
#[must_use]
pub fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

/// The calendar day of an instant in Paris.
#[must_use]
pub fn paris_date(instant: Timestamp) -> Date {
    instant.to_zoned(paris()).date()
}

/// The first instant of a calendar day in Paris; the first or the last of all for a day that lies beyond them.
#[must_use]
pub fn start_of_paris_day(date: Date) -> Timestamp {
    let beyond = if date.year() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    date.to_zoned(paris()).map_or(beyond, |zoned| zoned.timestamp())
}

/// The last whole second before an instant: how a period's end is shown and compared.
#[must_use]
pub fn second_before(instant: Timestamp) -> Timestamp {
    instant.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(instant)
}

/// `2021-09-03T10:33:00Z`: whole seconds, cut and never rounded up, as stored and as given to SQL tools.
#[must_use]
pub fn to_rfc3339(instant: Timestamp) -> String {
    let whole = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    instant.round(whole).map_or_else(|_| instant.to_string(), |whole| whole.to_string())
}

/// `03/09/2021`: a day as French people read it.
#[must_use]
pub fn french_date(date: Date) -> String {
    date.strftime("%d/%m/%Y").to_string()
}

/// `03/09/2021 à 12:33`: an instant in Paris as French people read it.
#[must_use]
pub fn french_instant(instant: Timestamp) -> String {
    instant.to_zoned(paris()).strftime("%d/%m/%Y à %H:%M").to_string()
}

/// `2021-09-03T12:33:00+02:00`: an instant in Paris with its offset, whole seconds: as in the log.
#[must_use]
pub fn paris_instant(instant: Timestamp) -> String {
    instant.to_zoned(paris()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_day_is_the_day_in_paris() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(paris_date(at("2021-10-30T21:30:00Z")), date(2021, 10, 30));
        assert_eq!(paris_date(at("2021-10-30T22:30:00Z")), date(2021, 10, 31));
        assert_eq!(paris_date(at("2021-10-31T23:00:00Z")), date(2021, 11, 1));
        assert_eq!(start_of_paris_day(date(2021, 11, 1)), at("2021-10-31T23:00:00Z"));
        assert_eq!(start_of_paris_day(Date::MAX), Timestamp::MAX);
        assert_eq!(start_of_paris_day(Date::MIN), Timestamp::MIN);
        assert_eq!(to_rfc3339(at("2021-09-03T12:33:00+02:00")), "2021-09-03T10:33:00Z");
        assert_eq!(to_rfc3339(at("2021-09-30T21:59:59.9Z")), "2021-09-30T21:59:59Z");
        assert_eq!(french_instant(at("2021-09-03T10:33:00Z")), "03/09/2021 à 12:33");
        assert_eq!(paris_instant(at("2021-09-03T10:33:00.9Z")), "2021-09-03T12:33:00+02:00");
        assert_eq!(paris_instant(at("2021-12-03T10:33:00Z")), "2021-12-03T11:33:00+01:00");
    }
}
