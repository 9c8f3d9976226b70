//! One dossier as it was known on a day.

use jiff::Timestamp;
use jiff::civil::Date;

use super::journal::refused;
use super::{Desk, DeskError, Page};
use crate::domain::dossier::{Dossier, DossierNumber};
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, paris_date, second_before, start_of_paris_day};
use crate::domain::journal::{Entry, Standing};
use crate::domain::siret::Siret;
use crate::domain::subject::Judged;
use crate::evaluation::Wanted;
use crate::raw;
use crate::reports::dossier_link;
use crate::store::{DossierLine, Reader, StoreError};

/// That a dossier is shown as it was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// On which day, at its end in Paris.
    pub day: Date,
    /// Since when it is known as it is shown, where that is later: nothing older is.
    pub known_since: Option<Timestamp>,
}

impl Desk {
    /// A dossier as it was known at the end of a day in Paris, judged by today's rules, with what people had done by then. Neither its
    /// attached files nor the rows that corrections name are given: both are of the present.
    ///
    /// # Errors
    /// [`DeskError::Refused`] when it was not known then, or a failure of the database.
    pub fn dossier_at(&self, number: DossierNumber, day: Date) -> Result<Page, DeskError> {
        let line = self.line(number)?;
        self.refuse_day_to_come(day)?;
        let at = day.tomorrow().map_or(Timestamp::MAX, |next| second_before(start_of_paris_day(next)));
        self.store.read(|reader| {
            let mut standings = reader.standings_until(at)?;
            let standing = standings.get(&number).cloned().unwrap_or_default();
            // It is judged all the same.
            if let Some(standing) = standings.get_mut(&number) {
                standing.exclusion = None;
            }
            let mut judged = None;
            let wanted = Wanted::Dossier(number);
            let picture = self.evaluator.picture(reader, at, wanted, &standings, |row| {
                judged = Some(row);
                Ok(())
            })?;
            if picture.unreadable.iter().any(|unreadable| unreadable.number == number) {
                let message =
                    format!("ce qui est enregistré du dossier {number} au {} est illisible", french_date(day));
                return Err(refused(message, format!("voyez « fitn dossier {number} »")));
            }
            let known_since = picture.known_since.get(&number).copied();
            let judged = judged.ok_or_else(|| self.unknown_then(&line, day))?;
            let journal: Vec<Entry> = reader.journal(number)?.into_iter().filter(|entry| entry.at <= at).collect();
            Ok(Page {
                link: dossier_link(&self.site, line.procedure, number),
                line: self.line_of(&judged, &standing, &line),
                filed: filed(reader, &line, at)?,
                judged,
                journal,
                rows: Vec::new(),
                attachments: Vec::new(),
                unreadable: None,
                quarantine: None,
                credits: None,
                past: Some(Past { day, known_since }),
            })
        })
    }

    /// Refuses a day to come: nothing is known of it.
    ///
    /// # Errors
    /// [`DeskError::Refused`], or a failure of the database.
    pub fn refuse_day_to_come(&self, day: Date) -> Result<(), DeskError> {
        if day <= paris_date(self.now()?) {
            return Ok(());
        }
        let message = format!("le {} n’est pas encore venu", french_date(day));
        Err(refused(message, "donnez un jour passé, ou celui d’aujourd’hui"))
    }

    fn unknown_then(&self, line: &DossierLine, day: Date) -> DeskError {
        let (number, procedure) = (line.number, line.procedure);
        if !self.evaluator.procedures().iter().any(|followed| followed.number == procedure) {
            let message =
                format!("la démarche {procedure} du dossier {number} n’est plus suivie : son passé n’est pas jugé");
            return refused(message, "ajoutez-la à la configuration, section [[procedures]]");
        }
        let day = french_date(day);
        match line.deposited_at.map(paris_date) {
            Some(deposited) => refused(
                format!(
                    "rien n’est connu du dossier {number} à la fin du {day} : il est déposé le {}",
                    french_date(deposited)
                ),
                "choisissez un jour plus récent",
            ),
            None => refused(
                format!("le contenu du dossier {number} n’a jamais été reçu"),
                format!("voyez « fitn dossier {number} »"),
            ),
        }
    }

    /// It in one line, as it was; `now` is its line of today.
    fn line_of(&self, judged: &Judged, standing: &Standing, now: &DossierLine) -> DossierLine {
        let Judged { subject, evaluation } = judged;
        let (applicant, facts) = (&subject.applicant, &subject.facts);
        let excluded_at = standing.exclusion.as_ref().map(|entry| entry.at);
        DossierLine {
            number: subject.number,
            procedure: subject.procedure,
            programme: subject.programme,
            state: subject.state.clone(),
            deposited_at: Some(subject.deposited_at),
            updated_at: Some(subject.updated_at),
            siret: applicant.siret.as_ref().map(Siret::as_str).map(str::to_owned),
            applicant: applicant.name.clone(),
            code_insee: applicant.code_insee.clone(),
            departement: applicant.departement.clone(),
            population: applicant.population,
            status: Some(evaluation.status),
            eligible_expenses: evaluation.eligible_expenses,
            computed: evaluation.computed,
            granted: facts.amount(FactName::GrantedAmount),
            engaged: facts.amount(FactName::EngagedAmount),
            paid: facts.amount(FactName::PaidAmount),
            removed_at: subject.removed.map(|removal| removal.at),
            removed: subject.removed.map(|removal| removal.reason),
            excluded_at,
            counted: self.evaluator.rulebook().counted(subject).filter(|_| excluded_at.is_none()),
            erased_at: now.erased_at,
        }
    }
}

/// It as DS had given it by then; none when it was erased, or cannot be read.
fn filed(reader: &Reader<'_>, line: &DossierLine, at: Timestamp) -> Result<Option<Dossier>, StoreError> {
    let entries = reader.snapshot(line.procedure, at)?;
    let Some(entry) = entries.into_iter().find(|entry| entry.number == line.number) else { return Ok(None) };
    match reader.version(entry) {
        Err(StoreError::Unreadable { .. }) => Ok(None),
        text => Ok(raw::decode(&text?).ok()),
    }
}
