//! Alerts as an operator reads them: one a cause, however many dossiers it is about.

use jiff::Timestamp;

use crate::domain::dossier::DossierNumber;
use crate::domain::text::counted;
use crate::store::Alert;

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
    /// The dossiers, in the order of their alerts; none where it is about something else.
    pub dossiers: Vec<DossierNumber>,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French; for the first dossier where it names one.
    pub hint: String,
}

/// Alerts put together by their causes, in the order of the first of each.
#[must_use]
pub fn causes(alerts: &[Alert]) -> Vec<Cause> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for alert in alerts {
        let about = About::read(alert);
        let cause = about.as_ref().map_or_else(|| alert.key.clone(), |about| about.cause.clone());
        match groups.iter_mut().find(|group| group.cause == cause) {
            Some(group) => {
                group.since = group.since.min(alert.raised_at);
                group.about.extend(about);
            }
            None => {
                groups.push(Group { cause, first: alert, since: alert.raised_at, about: about.into_iter().collect() });
            }
        }
    }
    groups.into_iter().map(Group::put_together).collect()
}

/// The alerts of one cause.
struct Group<'a> {
    cause: String,
    first: &'a Alert,
    since: Timestamp,
    about: Vec<About<'a>>,
}

impl Group<'_> {
    fn put_together(self) -> Cause {
        let Self { cause, first, since, about } = self;
        let message = if about.len() > 1 { message(&about) } else { first.message.clone() };
        Cause {
            key: first.key.clone(),
            cause,
            since,
            dossiers: about.iter().map(|about| about.dossier).collect(),
            message,
            hint: first.hint.clone(),
        }
    }
}

/// `accepté sans montant accordé connu (12 dossiers : 4242, 4243…)`; where each has words of its own, those of the first.
fn message(about: &[About<'_>]) -> String {
    let Some(first) = about.first() else { return String::new() };
    let named: Vec<String> = about.iter().take(NAMED).map(|about| about.dossier.to_string()).collect();
    let more = if about.len() > NAMED { "…" } else { "" };
    let dossiers = format!("{} : {}{more}", counted(about.len(), "dossier", "dossiers"), named.join(", "));
    let subject = if first.subject.is_empty() { String::new() } else { format!("{} : ", first.subject) };
    if about.iter().all(|other| other.said == first.said) {
        format!("{subject}{} ({dossiers})", first.said)
    } else {
        format!("{subject}{dossiers} ; le premier : {}", first.said)
    }
}

/// An alert about one dossier.
pub(super) struct About<'a> {
    pub dossier: DossierNumber,
    cause: String,
    /// What the message names after the dossier: the rule. Often nothing.
    pub subject: &'a str,
    pub said: &'a str,
}

impl<'a> About<'a> {
    pub fn read(alert: &'a Alert) -> Option<Self> {
        let dossier = alert.dossier?;
        let number = dossier.to_string();
        let mut parts: Vec<&str> = alert.key.split(':').collect();
        if let Some(at) = parts.iter().position(|part| *part == number) {
            parts.remove(at);
        }
        // "dossier 7, règle ADS-11 : …"
        let begins = alert.message.strip_prefix("dossier ").and_then(|rest| rest.strip_prefix(&number));
        let (subject, said) = begins.and_then(|rest| rest.split_once(" : ")).unwrap_or(("", &alert.message));
        Some(Self { dossier, cause: parts.join(":"), subject: subject.trim_start_matches([',', ' ']), said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn only_what_is_noted_says_which_dossier_an_alert_is_about() {
        let alerts = [
            alert(None, "evaluation:state:7:x", 1, "dossier 7 : étrange", ""),
            alert(Some(12), "evaluation:decision:12:12", 1, "dossier 12, règle 12 : ne compte plus", ""),
            alert(Some(1), "evaluation:decision:1:12", 1, "dossier 12 : ne compte plus", ""),
            alert(Some(12), "evaluation:content:12", 1, "illisible", ""),
        ];
        let causes = causes(&alerts);
        let told: Vec<_> = causes.iter().map(|cause| (cause.cause.as_str(), cause.dossiers.as_slice())).collect();
        assert_eq!(
            told,
            [
                ("evaluation:state:7:x", &[] as &[i64]),
                ("evaluation:decision:12", &[12, 1]),
                ("evaluation:content", &[12])
            ]
        );
        assert_eq!(causes[1].message, "règle 12 : ne compte plus (2 dossiers : 12, 1)");
    }
}
