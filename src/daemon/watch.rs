//! What an operator should look at that no alert is stored for: it can be told from the clock, the disk and the credits.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rust_decimal::Decimal;

use super::freshness::{Stale, staleness};
use super::plan::Plan;
use super::task::Task;
use crate::desk::{Cause, Credit, FollowedProcedure, Overview, STALE, Watched};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::text::{counted, grouped};
use crate::files::free_space;

/// From how many days before its last on a token is told to end.
pub const TOKEN_NOTICE: i64 = 30;
const MEBIBYTE: u64 = 1 << 20;
/// How long after it was due a backup is late.
const BACKUP_GRACE: SignedDuration = SignedDuration::from_hours(24);

/// What is watched, as the configuration has it.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// The last day of the token, as far as it is known.
    pub token_expires: Option<Date>,
    /// How long after a due sync that did not succeed the data are stale.
    pub stale_after: SignedDuration,
    /// So much of what there is to grant from is too much, as a share.
    pub envelope_share: Decimal,
    /// The directories that are written to.
    pub directories: Vec<PathBuf>,
    /// What is to be free on their disks, in bytes.
    pub disk_free_min: u64,
    /// What parameters the rules lack, and the mend; none when they have all.
    pub parameters: Option<(String, String)>,
}

impl Watch {
    /// What there is to look at now.
    #[must_use]
    pub fn causes(&self, plans: &[Plan], overview: &Overview, credits: &[Credit]) -> Vec<Watched> {
        let now = overview.now;
        let of_nobody = |cause| Watched { departement: None, cause };
        let mut causes: Vec<Watched> = self.token(now).map(of_nobody).into_iter().collect();
        let parameters =
            self.parameters.iter().map(|(message, hint)| computed("parameters", now, message.clone(), hint));
        causes.extend(parameters.map(of_nobody));
        causes.extend(self.stale(&overview.followed, plans, now).map(of_nobody));
        causes.extend(overview.followed.iter().filter_map(|followed| quarantine(followed, now)).map(of_nobody));
        causes.extend(late_backup(plans, overview).map(of_nobody));
        causes.extend(self.disks(now).into_iter().map(of_nobody));
        causes.extend(credits.iter().filter_map(|credit| self.envelope(credit, now)));
        causes
    }

    /// The API does not tell when a token ends; the configuration may.
    fn token(&self, now: Timestamp) -> Option<Cause> {
        let last_day = self.token_expires?;
        let message = format!("le jeton de l’API cesse de fonctionner après le {}", french_date(last_day));
        let hint = "créez un nouveau jeton dans le profil DS, puis changez « token_expires »";
        let is_soon = last_day < paris_date(now).saturating_add(TOKEN_NOTICE.days());
        is_soon.then(|| computed("token", now, message, hint))
    }

    /// Data that are not fresh: one cause, which lasts as long as any démarche is stale.
    #[must_use]
    pub fn stale(&self, followed: &[FollowedProcedure], plans: &[Plan], now: Timestamp) -> Option<Cause> {
        let mut alike: Vec<(Stale, Vec<ProcedureNumber>)> = Vec::new();
        for procedure in followed {
            let synced_at = procedure.record.as_ref().and_then(|record| record.synced_at);
            let Some(stale) = staleness(plans, synced_at, now, self.stale_after) else { continue };
            match alike.iter_mut().find(|(known, _)| *known == stale) {
                Some((_, numbers)) => numbers.push(procedure.number),
                None => alike.push((stale, vec![procedure.number])),
            }
        }
        let since = alike.iter().map(|(stale, _)| stale.since().unwrap_or(now)).min()?;
        let message: Vec<String> = alike.iter().map(|(stale, numbers)| stale_message(*stale, numbers)).collect();
        let hint = "les autres alertes disent pourquoi ; « fitn sync » synchronise tout de suite";
        Some(computed(STALE, since, message.join(" ; "), hint))
    }

    fn disks(&self, now: Timestamp) -> Vec<Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        for directory in &self.directories {
            let Ok(Some(free)) = free_space(directory) else { continue };
            if free < self.disk_free_min {
                let place = directory.display();
                let free = grouped(free / MEBIBYTE);
                let message = format!("le disque est presque plein : il ne reste que {free} Mio dans {place}");
                let hint = "libérez de la place (« disk_free_min_mb », section [alerts], dit combien il en faut)";
                causes.push(computed(&format!("disk:{place}"), now, message, hint));
            }
        }
        causes
    }

    fn envelope(&self, credit: &Credit, now: Timestamp) -> Option<Watched> {
        let Credit { purse, departement, right, granted, .. } = credit;
        if !right.is_positive() || granted.to_decimal() < right.to_decimal() * self.envelope_share {
            return None;
        }
        let share = (granted.to_decimal() * Decimal::ONE_HUNDRED / right.to_decimal()).floor();
        let whose = match departement {
            Some(code) => format!("le droit de tirage du département {code}"),
            None => "l’enveloppe de la région".to_owned(),
        };
        let message = format!("{purse}, {whose} : {granted} accordés sur {right} ({share} %)");
        let hint = "vérifiez ce qui reste à accorder avant d’accorder encore ; « envelope_share », section [alerts], dit à partir de \
                    quelle part c’est signalé";
        let key = format!("envelope:{purse}:{}", departement.as_deref().unwrap_or_default());
        Some(Watched { departement: departement.clone(), cause: computed(&key, now, message, hint) })
    }
}

fn stale_message(stale: Stale, numbers: &[ProcedureNumber]) -> String {
    let all = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (which, read) = if numbers.len() > 1 { ("démarches", "jamais lues") } else { ("démarche", "jamais lue") };
    match stale {
        Stale::NeverRead => format!("{which} {all} : {read} jusqu’au bout"),
        Stale::Since(due) => {
            let what = "données périmées, aucune synchronisation n’a abouti depuis celle qui était prévue le";
            format!("{which} {all} : {what} {}", french_instant(due))
        }
    }
}

/// A backup that is late by more than a day, whoever was to make it; a database that was never read to the end has little to lose.
#[must_use]
pub fn late_backup(plans: &[Plan], overview: &Overview) -> Option<Cause> {
    let plan = plans.iter().find(|plan| plan.task == Task::Backup)?;
    let (now, last) = (overview.now, overview.backup.as_ref());
    let since = last.map_or(overview.first_synced_at, |last| Some(last.at))?;
    let due = plan.next_after(since)?;
    let is_late = due.checked_add(BACKUP_GRACE).is_ok_and(|latest| latest < now);
    let message = match last {
        Some(last) => format!("la dernière sauvegarde est celle du {}", french_instant(last.at)),
        None => "aucune sauvegarde n’a encore été faite".to_owned(),
    };
    let hint = "« fitn backup » en fait une tout de suite ; le service en fait une à l’heure de « backup », section [schedule]";
    is_late.then(|| computed("backup", due, message, hint))
}

fn quarantine(followed: &FollowedProcedure, now: Timestamp) -> Option<Cause> {
    let (number, aside) = (followed.number, followed.in_quarantine);
    let message = format!("démarche {number} : {} à l’écart", counted(aside, "dossier mis", "dossiers mis"));
    let hint = "« fitn quarantine » dit lesquels et pourquoi ; « fitn quarantine retry » les redemande";
    (aside > 0).then(|| computed(&format!("quarantine:{number}"), now, message, hint))
}

fn computed(key: &str, since: Timestamp, message: String, hint: &str) -> Cause {
    let key = key.to_owned();
    Cause { cause: key.clone(), key, since, dossiers: Vec::new(), message, hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Cents;

    fn credit(departement: Option<&str>, right: i64, granted: i64) -> Credit {
        Credit {
            purse: "axe1".to_owned(),
            departement: departement.map(ToOwned::to_owned),
            right: Cents::from(right),
            granted: Cents::from(granted),
            engaged: Cents::from(0),
            paid: Cents::from(0),
        }
    }

    #[test]
    fn an_envelope_is_told_from_its_share_on_to_those_of_its_département() {
        let watch = Watch { envelope_share: Decimal::new(9, 1), ..Watch::default() };
        let now = "2021-09-01T06:00:00Z".parse().unwrap();
        let told =
            |credit: &Credit| watch.envelope(credit, now).map(|watched| (watched.departement, watched.cause.message));
        assert_eq!(told(&credit(Some("77"), 10_000, 8_999)), None);
        assert_eq!(told(&credit(None, 0, 5)), None, "what the region does not know");
        let (departement, message) = told(&credit(Some("77"), 10_000, 9_000)).unwrap();
        assert_eq!(departement.as_deref(), Some("77"));
        assert!(
            message.starts_with("axe1, le droit de tirage du département 77 : ") && message.ends_with("(90 %)"),
            "{message}"
        );
        assert!(told(&credit(None, 10_000, 12_345)).unwrap().1.ends_with("(123 %)"));
    }

    #[test]
    fn a_disk_without_room_is_told_and_one_that_does_not_say_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("absent");
        let watch = |disk_free_min| Watch {
            disk_free_min,
            directories: vec![directory.path().to_owned(), missing.clone()],
            ..Watch::default()
        };
        let now = "2021-09-01T06:00:00Z".parse().unwrap();
        assert_eq!(watch(0).disks(now), []);
        let causes = watch(u64::MAX).disks(now);
        assert_eq!(causes.len(), 1);
        assert!(causes[0].message.contains("presque plein") && causes[0].key.starts_with("disk:/"), "{causes:?}");
    }
}
