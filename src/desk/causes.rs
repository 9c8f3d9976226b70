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
    /// The dossiers, by number; none where it is about something else.
    pub dossiers: Vec<DossierNumber>,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French; for the first dossier where it names one, or where each has its own.
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
                groups.push(Group { cause, only: alert, since: alert.raised_at, about: about.into_iter().collect() });
            }
        }
    }
    groups.into_iter().map(Group::put_together).collect()
}

/// The alerts of one cause.
struct Group<'a> {
    cause: String,
    /// The one alert, where they are not about dossiers.
    only: &'a Alert,
    since: Timestamp,
    about: Vec<About<'a>>,
}

impl Group<'_> {
    fn put_together(mut self) -> Cause {
        self.about.sort_by_key(|about| about.dossier);
        let Self { cause, only, since, about } = self;
        let first = about.first().map_or(only, |about| about.alert);
        let message = if about.len() > 1 { message(&about) } else { first.message.clone() };
        let is_mended_alike = about.windows(2).all(|pair| matches!(pair, [one, other] if one.mend() == other.mend()));
        let hint = if is_mended_alike {
            first.hint.clone()
        } else {
            format!("pour les autres, voyez « fitn todo » ; pour le premier : {}", first.hint)
        };
        Cause {
            key: first.key.clone(),
            cause,
            since,
            dossiers: about.iter().map(|about| about.dossier).collect(),
            message,
            hint,
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
    alert: &'a Alert,
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
        let begins = begins.filter(|rest| rest.starts_with([' ', ',']));
        let (subject, said) = begins.and_then(|rest| rest.split_once(" : ")).unwrap_or(("", &alert.message));
        Some(Self { dossier, alert, cause: parts.join(":"), subject: subject.trim_start_matches([',', ' ']), said })
    }

    /// What to do about it, whichever dossier it is.
    fn mend(&self) -> String {
        self.alert.hint.replace(&self.dossier.to_string(), "")
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
                ("evaluation:decision:12", &[1, 12]),
                ("evaluation:content", &[12])
            ]
        );
        assert_eq!(causes[1].message, "2 dossiers : 1, 12 ; le premier : dossier 12 : ne compte plus");
    }
}
