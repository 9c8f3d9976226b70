//! The clock of this machine beside that of DS: told where they differ.

use jiff::{SignedDuration, Timestamp};

use crate::domain::clock::ServerClock;
use crate::domain::instant::french_instant;
use crate::domain::text::counted;
use crate::store::{StoreError, Writer};
use crate::sync::Summary;

/// The key of the alert about the two clocks that differ.
const CLOCK_ALERT: &str = "clock:off";
/// The key of the alert about answers without a usable date.
const UNDATED_ALERT: &str = "clock:undated";

/// What to do when the clocks differ, in French.
pub const CLOCK_HINT: &str = "réglez l’horloge de cette machine (service NTP) : les documents sont datés par DS, mais le \
    calendrier des tâches et les pauses suivent cette machine";
/// What is said of a reading some of whose answers had no usable date, in French.
pub const UNDATED: &str = "des réponses de DS n’ont pas de date utilisable : rien n’en est tenu pour lu";
/// What to do when DS's answers have no usable date, in French.
pub const UNDATED_HINT: &str = "voyez ce qui retire ou réécrit l’en-tête « Date » entre cette machine et DS (mandataire, \
    pare-feu) ; « fitn check » le redemande";

/// `avance de 40 jours sur celle de DS (le 10/11/2021 à 07:00, quand DS dit le 01/10/2021 à 08:00)`: what the clock of this
/// machine does.
#[must_use]
pub fn difference(clock: ServerClock) -> String {
    let does = if clock.offset().is_negative() { "avance" } else { "retarde" };
    let (machine, date) = (french_instant(clock.machine), french_instant(clock.date));
    format!("{does} de {} sur celle de DS (le {machine}, quand DS dit le {date})", rough(clock.offset().abs()))
}

/// A duration in its largest whole unit.
fn rough(duration: SignedDuration) -> String {
    let told =
        |number: i64, one: &str, several: &str| counted(usize::try_from(number).unwrap_or(usize::MAX), one, several);
    match duration.as_secs() {
        seconds @ ..60 => told(seconds, "seconde", "secondes"),
        seconds @ 60..3600 => told(seconds / 60, "minute", "minutes"),
        seconds @ 3600..86_400 => told(seconds / 3600, "heure", "heures"),
        seconds => told(seconds / 86_400, "jour", "jours"),
    }
}

/// One alert for clocks that differ, one for answers without a date; each taken back when an answer, or a whole sync, says
/// otherwise.
pub(super) fn raise_alerts(writer: &Writer<'_>, summary: &Summary, now: Timestamp) -> Result<(), StoreError> {
    match summary.clock {
        Some(clock) if clock.is_off() => {
            let message = format!("l’horloge de cette machine {}", difference(clock));
            writer.alert_raise(CLOCK_ALERT, &message, CLOCK_HINT, now)?;
        }
        Some(_) => writer.alert_settle(CLOCK_ALERT)?,
        None => {}
    }
    if summary.procedures.iter().any(|procedure| procedure.undated) {
        let message = "des réponses de DS n’ont pas de date utilisable : ce qu’elles apportent est enregistré, mais rien \
                       n’est tenu pour lu, et aucun document n’est arrêté";
        writer.alert_raise(UNDATED_ALERT, message, UNDATED_HINT, now)
    } else if summary.is_conclusive() {
        writer.alert_settle(UNDATED_ALERT)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_told_in_the_words_of_people() {
        let told = |machine: &str| {
            difference(ServerClock { date: "2021-10-01T06:00:00Z".parse().unwrap(), machine: machine.parse().unwrap() })
        };
        assert_eq!(
            told("2021-11-10T06:00:20Z"),
            "avance de 40 jours sur celle de DS (le 10/11/2021 à 07:00, quand DS dit le 01/10/2021 à 08:00)"
        );
        assert_eq!(
            told("2021-10-01T05:53:20Z"),
            "retarde de 6 minutes sur celle de DS (le 01/10/2021 à 07:53, quand DS dit le 01/10/2021 à 08:00)"
        );
        assert!(told("2021-10-01T07:30:00Z").starts_with("avance de 1 heure sur"));
        assert!(told("2021-10-01T06:00:00Z").contains("0 seconde"));
    }
}
