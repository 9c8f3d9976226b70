//! What people are to do, by whom: what the rules still need, decisions that no longer fit, dossiers set aside.
//!
//! Alerts about no dossier are the operator's: `fitn status` tells them.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Desk;
use super::causes::About;
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::programme::Programme;
use crate::domain::verdict::{Missing, Who};
use crate::evaluation::legible;
use crate::reports::dossier_link;
use crate::rules::awaits_announcement;
use crate::store::{Alert, DossierLine, OpenDossier, QuarantineEntry, Reader, StoreError};

/// Something to do about a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToDo {
    /// Who is to do it.
    pub who: Who,
    /// What, in French.
    pub what: String,
    /// The dossier.
    pub dossier: DossierNumber,
    /// Who asks, where that is known.
    pub applicant: Option<String>,
    /// Where the applicant lies, where that is known.
    pub departement: Option<String>,
    /// The rules that need it; empty where no rule does.
    pub rules: Vec<String>,
    /// Since when it is so: the last change of the dossier on DS, or when it was noticed.
    pub since: Timestamp,
    /// How, in French: with the command where there is one.
    pub hint: String,
    /// Where the dossier is on DS.
    pub url: String,
}

/// What is to be done, by who is to do it, then by dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToDoList {
    /// About the dossiers asked for.
    pub all: Vec<ToDo>,
    /// How many things are left out since it is not known where their dossiers lie: nobody who asks for a département sees them.
    pub unplaced: usize,
}

impl Desk {
    /// What people are to do about the dossiers of the démarches followed: those of a département or all. From one snapshot.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn todo(&self, departement: Option<&str>) -> Result<ToDoList, StoreError> {
        let mut all = self.store.read(|reader| self.all_to_do(reader))?;
        let mut unplaced = 0;
        if departement.is_some() {
            unplaced = all.iter().filter(|todo| todo.departement.is_none()).count();
            all.retain(|todo| todo.departement.as_deref() == departement);
        }
        all.sort_by(|one, other| (one.who, one.dossier, &one.what).cmp(&(other.who, other.dossier, &other.what)));
        Ok(ToDoList { all, unplaced })
    }

    fn all_to_do(&self, reader: &Reader<'_>) -> Result<Vec<ToDo>, StoreError> {
        let mut all = Vec::new();
        let alerts = reader.alerts()?;
        let without_amount: HashSet<DossierNumber> =
            alerts.iter().filter_map(|alert| alert.key.strip_prefix(GRANT)?.parse().ok()).collect();
        reader.dossiers_lacking::<StoreError>(|dossier| {
            if self.evaluator.follows(dossier.procedure) {
                // A grant without amount is told by its alert, which has the mend too.
                self.needs(&dossier, without_amount.contains(&dossier.number), &mut all);
            }
            Ok(())
        })?;
        for followed in self.evaluator.procedures().iter().filter(|one| one.programme == Programme::Axe3V1) {
            for dossier in reader.dossiers_instructed(followed.number)? {
                if self.is_to_be_announced(reader, dossier.number)? {
                    all.push(self.announce(dossier));
                }
            }
        }
        for (alert, about) in alerts.iter().filter_map(|alert| Some((alert, About::read(alert)?))) {
            let Some((who, line)) = who_settles(&alert.key).zip(reader.dossier_line(about.dossier)?) else { continue };
            if self.evaluator.follows(line.procedure) {
                all.push(self.settle(alert, &about, who, line));
            }
        }
        for entry in reader.quarantine(None)?.iter().filter(|entry| self.evaluator.follows(entry.procedure)) {
            let line = reader.dossier_line(entry.dossier)?;
            all.push(self.look_on_ds(entry, line));
        }
        Ok(all)
    }

    /// What the rules need of a dossier; what several of them need is said once.
    fn needs(&self, dossier: &OpenDossier, has_amount_told: bool, all: &mut Vec<ToDo>) {
        let first = all.len();
        let Some(missing) = &dossier.missing else {
            all.push(self.judge_again(dossier));
            return;
        };
        for Missing { who, what, fact, rule } in missing {
            if has_amount_told && *fact == Some(FactName::GrantedAmount) {
                continue;
            }
            let known = all.iter_mut().skip(first).find(|known: &&mut ToDo| known.who == *who && known.what == *what);
            if let Some(known) = known {
                known.rules.push(rule.clone());
                continue;
            }
            all.push(ToDo {
                who: *who,
                what: what.clone(),
                dossier: dossier.number,
                applicant: dossier.applicant.clone(),
                departement: dossier.departement.clone(),
                rules: vec![rule.clone()],
                since: dossier.updated_at,
                hint: mend(*who, dossier.number, rule),
                url: self.link(dossier.procedure, dossier.number),
            });
        }
    }

    fn judge_again(&self, dossier: &OpenDossier) -> ToDo {
        ToDo {
            who: Who::Relecture,
            what: "Ce que les règles demandent de ce dossier a été abîmé sur le disque.".to_owned(),
            dossier: dossier.number,
            applicant: dossier.applicant.clone(),
            departement: dossier.departement.clone(),
            rules: Vec::new(),
            since: dossier.updated_at,
            hint: "fitn evaluate".to_owned(),
            url: self.link(dossier.procedure, dossier.number),
        }
    }

    /// Whether the région is to be told of a project first.
    fn is_to_be_announced(&self, reader: &Reader<'_>, dossier: DossierNumber) -> Result<bool, StoreError> {
        // Damaged, it has an alert of its own.
        let subject = legible(reader.subject(dossier))?.ok().flatten();
        let today = paris_date(self.clock.now());
        Ok(subject.is_some_and(|(subject, _)| awaits_announcement(&subject, today)))
    }

    fn announce(&self, dossier: OpenDossier) -> ToDo {
        ToDo {
            who: Who::Prefecture,
            what: "À annoncer à la région, avant la notification : projet retenu.".to_owned(),
            dossier: dossier.number,
            url: self.link(dossier.procedure, dossier.number),
            applicant: dossier.applicant,
            departement: dossier.departement,
            rules: vec!["A3V1-12".to_owned()],
            since: dossier.updated_at,
            hint: "informez la région, puis renseignez l’annotation de cette date sur DS".to_owned(),
        }
    }

    fn settle(&self, alert: &Alert, about: &About<'_>, who: Who, line: DossierLine) -> ToDo {
        let rule = about.subject.strip_prefix("règle ").map(str::to_owned);
        ToDo {
            who,
            what: capitalised(about.said),
            dossier: about.dossier,
            url: self.link(line.procedure, line.number),
            applicant: line.applicant,
            departement: line.departement,
            rules: rule.into_iter().collect(),
            since: alert.raised_at,
            hint: alert.hint.clone(),
        }
    }

    fn look_on_ds(&self, entry: &QuarantineEntry, line: Option<DossierLine>) -> ToDo {
        let (applicant, departement) = line.map_or((None, None), |line| (line.applicant, line.departement));
        ToDo {
            who: Who::Relecture,
            what: format!("En quarantaine : {}", entry.reason),
            dossier: entry.dossier,
            applicant,
            departement,
            rules: Vec::new(),
            since: entry.since,
            hint: "lisez-le sur DS ; « fitn quarantine retry » le redemande".to_owned(),
            url: self.link(entry.procedure, entry.dossier),
        }
    }

    fn link(&self, procedure: ProcedureNumber, number: DossierNumber) -> String {
        dossier_link(&self.site, procedure, number)
    }
}

/// The keys of alerts about accepted dossiers without amount.
const GRANT: &str = "evaluation:grant:";

/// Who settles an alert about a dossier; none: it is the operator's.
fn who_settles(key: &str) -> Option<Who> {
    let of = [
        (GRANT, Who::Prefecture),
        ("evaluation:dates:", Who::Prefecture),
        ("evaluation:control:", Who::Instructeur),
        ("evaluation:decision:", Who::Instructeur),
        ("evaluation:correction:", Who::Instructeur),
        ("evaluation:content:", Who::Relecture),
    ];
    of.into_iter().find(|(prefix, _)| key.starts_with(prefix)).map(|(_, who)| who)
}

fn mend(who: Who, number: DossierNumber, rule: &str) -> String {
    match who {
        Who::Demandeur => "demandez-le par la messagerie du dossier, sur DS".to_owned(),
        Who::Prefecture => "renseignez l’annotation sur DS".to_owned(),
        Who::Instructeur => format!(
            "vérifiez, puis corrigez le fait douteux ou inscrivez votre décision :\n\
             fitn decide {number} --rule {rule} --verdict AVIS --reason \"MOTIF\" --by \"NOM\""
        ),
        Who::Relecture => {
            "lisez-le sur DS, qui ne l’a pas donné ; la prochaine lecture complète le redemande".to_owned()
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_about_a_dossier_is_for_somebody_and_one_of_the_machine_is_the_operators() {
        assert_eq!(who_settles("evaluation:grant:7"), Some(Who::Prefecture));
        assert_eq!(who_settles("evaluation:correction:7:theme"), Some(Who::Instructeur));
        assert_eq!(who_settles("evaluation:dates:7:paid_on"), Some(Who::Prefecture));
        assert_eq!(who_settles("evaluation:mapping:61234:theme"), None);
        assert_eq!(who_settles("sync:61234"), None);
    }

    #[test]
    fn what_is_said_begins_with_a_capital() {
        assert_eq!(capitalised("état inconnu"), "État inconnu");
        assert_eq!(capitalised(""), "");
    }
}
