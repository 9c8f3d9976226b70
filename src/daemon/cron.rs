//! Cron expressions in a time zone.

use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A cron expression that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("« {expression} » n’est pas une expression cron à six champs : {reason}")]
pub struct CronError {
    expression: String,
    reason: String,
}

/// The due times of a task.
///
/// They are computed afresh from the time zone each time: a scheduler that keeps the offset of a zone is an hour off after each
/// change of hour.
#[derive(Debug, Clone)]
pub struct Cron {
    expression: croner::Cron,
    zone: TimeZone,
}

impl Cron {
    /// A six-field cron expression (seconds first) in a time zone.
    ///
    /// # Errors
    /// [`CronError`].
    pub fn new(expression: &str, zone: TimeZone) -> Result<Self, CronError> {
        let parsed = CronParser::builder()
            .seconds(Seconds::Required)
            .build()
            .parse(expression)
            .map_err(|error| CronError { expression: expression.to_owned(), reason: error.to_string() })?;
        let cron = Self { expression: parsed, zone };
        // Leap years are eight years apart at most.
        if cron.next_after(Timestamp::UNIX_EPOCH).is_none() {
            let reason = "ce jour n’existe dans aucun mois".to_owned();
            return Err(CronError { expression: expression.to_owned(), reason });
        }
        Ok(cron)
    }

    /// The first due time after an instant; none when there is none.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Timestamp> {
        let zoned = instant.to_zoned(self.zone.clone());
        self.expression.find_next_occurrence(&zoned, false).ok().map(|next| next.timestamp())
    }

    /// The last due time up to an instant, itself included; none when there is none.
    #[must_use]
    pub fn latest_until(&self, instant: Timestamp) -> Option<Timestamp> {
        let zoned = instant.to_zoned(self.zone.clone());
        self.expression.find_previous_occurrence(&zoned, true).ok().map(|latest| latest.timestamp())
    }

    /// The calendar day of an instant in the time zone.
    #[must_use]
    pub fn day(&self, instant: Timestamp) -> Date {
        instant.to_zoned(self.zone.clone()).date()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::instant::paris;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_due_time_follows_the_hour_in_paris_through_both_changes() {
        let daily = Cron::new("0 0 6 * * *", paris()).unwrap();
        assert_eq!(daily.next_after(at("2021-03-27T12:00:00Z")), Some(at("2021-03-28T04:00:00Z")));
        assert_eq!(daily.next_after(at("2021-10-30T12:00:00Z")), Some(at("2021-10-31T05:00:00Z")));
        assert_eq!(daily.latest_until(at("2021-03-28T12:00:00Z")), Some(at("2021-03-28T04:00:00Z")));
        assert_eq!(daily.latest_until(at("2021-10-31T05:00:00Z")), Some(at("2021-10-31T05:00:00Z")));
    }

    #[test]
    fn a_day_that_never_comes_is_refused() {
        assert!(Cron::new("0 0 0 30 2 *", paris()).unwrap_err().to_string().contains("n’existe dans aucun mois"));
        assert!(Cron::new("0 0 0 29 2 *", paris()).is_ok());
    }

    #[test]
    fn five_fields_are_refused() {
        assert!(Cron::new("*/15 * * * *", paris()).is_err());
    }
}
