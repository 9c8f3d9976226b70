//! Alerts as an operator reads them: one a cause, however many dossiers it is about.

use jiff::Timestamp;

use crate::domain::dossier::DossierNumber;
use crate::domain::text::counted;
use crate::store::{Alert, AlertRow, StoreError};

/// How many dossiers the message of a cause names.
const NAMED: usize = 10;

/// Something that an operator should look at, with every dossier that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// That of the first alert.
    pub key: String,
    /// Names the cause: the key without the dossier.
    pub cause: String,
    /// When it was first noticed.
    pub since: Timestamp,
    /// The dossiers, by number; none where it is about something else.
    pub dossiers: Vec<DossierNumber>,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French; for the first dossier where it names one, or where each has its own.
    pub hint: String,
}

/// Alerts put together by their causes, one after the other, in any order. There may be many, so one of each cause is kept.
#[derive(Debug, Default)]
pub(super) struct Causes {
    groups: Vec<Group>,
}

impl Causes {
    /// Takes an alert in.
    pub fn add(&mut self, alert: &AlertRow<'_>) -> Result<(), StoreError> {
        let number = alert.dossier.map(|dossier| dossier.to_string()).unwrap_or_default();
        let (before, after) = without(alert.key, &number);
        let is_of = |cause: &str| cause.strip_prefix(before) == Some(after);
        if let Some(group) = self.groups.iter_mut().find(|group| is_of(&group.cause)) {
            return group.add(alert, &number);
        }
        self.groups.push(Group::new(format!("{before}{after}"), alert, number)?);
        Ok(())
    }

    /// The causes, that which was noticed first before the others; those about what was judged come last.
    pub fn told(mut self) -> Vec<Cause> {
        self.groups.sort_by(|one, other| one.rank().cmp(&other.rank()));
        self.groups.into_iter().map(Group::told).collect()
    }
}

/// What the causes begin with that come last: what keeps DS from being read may explain them.
const LAST: &str = "evaluation:";

/// The alerts of one cause.
#[derive(Debug)]
struct Group {
    cause: String,
    dossiers: Vec<DossierNumber>,
    /// When the first was noticed, as it is stored; and its key.
    earliest: (String, String),
    since: Timestamp,
    /// The one about the dossier with the lowest number.
    first: First,
    /// Whether all say the same.
    is_said_alike: bool,
    /// Whether all are mended alike, whichever the dossier.
    is_mended_alike: bool,
}

impl Group {
    fn new(cause: String, alert: &AlertRow<'_>, number: String) -> Result<Self, StoreError> {
        Ok(Self {
            cause,
            dossiers: alert.dossier.into_iter().collect(),
            earliest: (alert.raised_at.to_owned(), alert.key.to_owned()),
            since: alert.instant()?,
            first: First::new(alert, number)?,
            is_said_alike: true,
            is_mended_alike: true,
        })
    }

    fn add(&mut self, alert: &AlertRow<'_>, number: &str) -> Result<(), StoreError> {
        let Self { dossiers, earliest, since, first, is_said_alike, is_mended_alike, .. } = self;
        dossiers.extend(alert.dossier);
        *is_said_alike = *is_said_alike && said(alert.message()?, number).1 == first.said().1;
        *is_mended_alike = *is_mended_alike && first.is_mended_as(alert.hint()?, number);
        if (alert.raised_at, alert.key) < (earliest.0.as_str(), earliest.1.as_str()) {
            *earliest = (alert.raised_at.to_owned(), alert.key.to_owned());
            *since = alert.instant()?;
        }
        if alert.dossier < first.dossier {
            *first = First::new(alert, number.to_owned())?;
        }
        Ok(())
    }

    fn rank(&self) -> (bool, &(String, String)) {
        (self.cause.starts_with(LAST), &self.earliest)
    }

    fn told(mut self) -> Cause {
        self.dossiers.sort_unstable();
        let (message, mend) = (self.message(), self.first.hint.join(self.first.number.as_str()));
        let hint = if self.is_mended_alike {
            mend
        } else {
            format!("pour les autres, voyez « fitn todo » ; pour le premier : {mend}")
        };
        Cause { key: self.first.key, cause: self.cause, since: self.since, dossiers: self.dossiers, message, hint }
    }

    /// `accepté sans montant accordé connu (12 dossiers : 4242, 4243…)`; where each has words of its own, those of the first.
    fn message(&self) -> String {
        let count = self.dossiers.len();
        if count < 2 {
            return self.first.message.clone();
        }
        let named: Vec<String> = self.dossiers.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if count > NAMED { "…" } else { "" };
        let dossiers = format!("{} : {}{more}", counted(count, "dossier", "dossiers"), named.join(", "));
        let (subject, said) = self.first.said();
        let subject = if subject.is_empty() { String::new() } else { format!("{subject} : ") };
        if self.is_said_alike {
            format!("{subject}{said} ({dossiers})")
        } else {
            format!("{subject}{dossiers} ; le premier : {said}")
        }
    }
}

#[derive(Debug)]
struct First {
    dossier: Option<DossierNumber>,
    /// The same as text; empty when it is about none.
    number: String,
    key: String,
    message: String,
    /// The hint, cut where it names the dossier.
    hint: Vec<String>,
}

impl First {
    fn new(alert: &AlertRow<'_>, number: String) -> Result<Self, StoreError> {
        let hint = match alert.dossier {
            Some(_) => alert.hint()?.split(&number).map(str::to_owned).collect(),
            None => vec![alert.hint()?.to_owned()],
        };
        let (key, message) = (alert.key.to_owned(), alert.message()?.to_owned());
        Ok(Self { dossier: alert.dossier, number, key, message, hint })
    }

    fn said(&self) -> (&str, &str) {
        said(&self.message, &self.number)
    }

    /// Whether a hint for another dossier says to do the same.
    fn is_mended_as(&self, hint: &str, number: &str) -> bool {
        let mut parts = self.hint.iter();
        let rest = parts.next().and_then(|part| hint.strip_prefix(part.as_str()));
        parts.try_fold(rest, |rest, part| Some(rest?.strip_prefix(number)?.strip_prefix(part.as_str())))
            == Some(Some(""))
    }
}

/// What stands in a key before and after the number of its dossier.
fn without<'a>(key: &'a str, number: &str) -> (&'a str, &'a str) {
    let parts = key.match_indices(number).filter(|_| !number.is_empty());
    let mut around =
        parts.filter_map(|(at, _)| Some((key.get(..at)?.strip_suffix(':')?, key.get(at + number.len()..)?)));
    around.find(|(_, after)| after.is_empty() || after.starts_with(':')).unwrap_or((key, ""))
}

/// What the message of an alert names after its dossier: the rule, often nothing; and what it says of it.
fn said<'a>(message: &'a str, number: &str) -> (&'a str, &'a str) {
    // "dossier 7, règle ADS-11 : …"
    let begins = message.strip_prefix("dossier ").and_then(|rest| rest.strip_prefix(number));
    let begins = begins.filter(|rest| rest.starts_with([' ', ',']));
    let (subject, said) = begins.and_then(|rest| rest.split_once(" : ")).unwrap_or(("", message));
    (subject.trim_start_matches([',', ' ']), said)
}

/// An alert about one dossier.
pub(super) struct About<'a> {
    pub dossier: DossierNumber,
    /// What the message names after the dossier: the rule. Often nothing.
    pub subject: &'a str,
    pub said: &'a str,
}

impl<'a> About<'a> {
    pub fn read(alert: &'a Alert) -> Option<Self> {
        let dossier = alert.dossier?;
        let (subject, said) = said(&alert.message, &dossier.to_string());
        Some(Self { dossier, subject, said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewAlert, Store};

    /// Stored in this order and in the other, they give the same.
    fn causes(alerts: &[Alert]) -> Vec<Cause> {
        let told = |alerts: &mut dyn Iterator<Item = &Alert>| {
            let directory = tempfile::tempdir().unwrap();
            let store = Store::open(&directory.path().join("fitn.sqlite")).unwrap();
            let mut causes = Causes::default();
            let done = store.write::<_, StoreError>(|writer| {
                for Alert { key, dossier, raised_at, message, hint } in alerts {
                    let alert = NewAlert { key: key.clone(), message: message.clone(), hint: hint.clone() };
                    match dossier {
                        Some(dossier) => writer.alert_raise_about(*dossier, &alert, *raised_at)?,
                        None => writer.alert_raise(key, message, hint, *raised_at)?,
                    }
                }
                writer.reader().alert_rows(None, |alert| causes.add(alert))
            });
            done.unwrap();
            causes.told()
        };
        let causes = told(&mut alerts.iter());
        assert_eq!(told(&mut alerts.iter().rev()), causes);
        causes
    }

    fn alert(dossier: Option<i64>, key: &str, day: i8, message: &str, hint: &str) -> Alert {
        Alert {
            key: key.to_owned(),
            dossier,
            raised_at: format!("2021-09-{day:02}T10:00:00Z").parse().unwrap(),
            message: message.to_owned(),
            hint: hint.to_owned(),
        }
    }

    #[test]
    fn one_cause_has_one_line_with_its_dossiers() {
        let mut alerts = vec![
            alert(None, "sync:61234", 1, "lecture de DS interrompue : démarche 61234 : en maintenance", "réessayez"),
            alert(
                Some(7),
                "evaluation:control:7:ADS-11",
                3,
                "dossier 7, règle ADS-11 : 5 de trop.",
                "voyez « fitn dossier 7 »",
            ),
            alert(
                Some(7),
                "evaluation:control:7:ADS-12",
                3,
                "dossier 7, règle ADS-12 : trop tard.",
                "voyez « fitn dossier 7 »",
            ),
            alert(
                Some(8),
                "evaluation:control:8:ADS-11",
                2,
                "dossier 8, règle ADS-11 : 9 de trop.",
                "voyez « fitn dossier 8 »",
            ),
        ];
        let grants = (100..113).map(|number| {
            alert(
                Some(number),
                &format!("evaluation:grant:{number}"),
                4,
                &format!("dossier {number} : accepté sans montant"),
                "renseignez-le",
            )
        });
        alerts.extend(grants);
        let causes = causes(&alerts);
        let shown: Vec<(&str, usize, &str)> =
            causes.iter().map(|cause| (cause.cause.as_str(), cause.dossiers.len(), cause.message.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("sync:61234", 0, "lecture de DS interrompue : démarche 61234 : en maintenance"),
                ("evaluation:control:ADS-11", 2, "règle ADS-11 : 2 dossiers : 7, 8 ; le premier : 5 de trop."),
                ("evaluation:control:ADS-12", 1, "dossier 7, règle ADS-12 : trop tard."),
                (
                    "evaluation:grant",
                    13,
                    "accepté sans montant (13 dossiers : 100, 101, 102, 103, 104, 105, 106, 107, 108, 109…)"
                ),
            ]
        );
        assert_eq!(causes[1].since, alerts[3].raised_at, "the earliest");
        assert_eq!(
            (causes[1].key.as_str(), causes[1].hint.as_str()),
            ("evaluation:control:7:ADS-11", "voyez « fitn dossier 7 »")
        );
    }

    #[test]
    fn a_mend_that_is_not_that_of_all_says_so_and_the_first_is_the_one_with_the_lowest_number() {
        let alerts = [
            alert(Some(100), "evaluation:grant:100", 1, "dossier 100 : sans montant", "saisissez-le sur DS"),
            alert(Some(9), "evaluation:grant:9", 1, "dossier 9 : sans montant, et retiré", "fitn correct 9"),
        ];
        let causes = causes(&alerts);
        assert_eq!(causes[0].dossiers, [9, 100]);
        assert_eq!(causes[0].message, "2 dossiers : 9, 100 ; le premier : sans montant, et retiré");
        assert_eq!(causes[0].hint, "pour les autres, voyez « fitn todo » ; pour le premier : fitn correct 9");
    }

    #[test]
    fn only_what_is_noted_says_which_dossier_an_alert_is_about() {
        let alerts = [
            alert(None, "evaluation:state:7:x", 1, "dossier 7 : étrange", ""),
            alert(Some(12), "evaluation:decision:12:12", 2, "dossier 12, règle 12 : ne compte plus", ""),
            alert(Some(1), "evaluation:decision:1:12", 2, "dossier 12 : ne compte plus", ""),
            alert(Some(12), "evaluation:content:12", 3, "illisible", ""),
        ];
        let causes = causes(&alerts);
        let told: Vec<_> = causes.iter().map(|cause| (cause.cause.as_str(), cause.dossiers.as_slice())).collect();
        assert_eq!(
            told,
            [
                ("evaluation:state:7:x", &[] as &[i64]),
                ("evaluation:decision:12", &[1, 12]),
                ("evaluation:content", &[12])
            ]
        );
        assert_eq!(causes[1].message, "2 dossiers : 1, 12 ; le premier : dossier 12 : ne compte plus");
    }
}
