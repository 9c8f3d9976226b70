//! What a document rests on: until when the dossiers of its démarches are known, which démarches DS gives no more, and what
//! keeps the document from being final.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Desk, DeskError};
use crate::domain::clock::ServerClock;
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::store::{ProcedureFailure, ProcedureRecord, Reader, StoreError, Writer};
use crate::sync::{Scope, Summary, SyncError};

/// How long a démarche may fail, while DS gives others, before documents stop waiting for it. One that DS does not know is not
/// waited for at all. As long for a dossier in quarantine whose champs or annotations DS does not give.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Why a document is not final. Names its démarches, in their order, or its dossiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provisional {
    /// The period is not over.
    NotOver,
    /// These démarches were not read since the period ended.
    NotReadSince(Vec<ProcedureNumber>),
    /// The last reading of these démarches could not be dated: no answer of DS had a usable date.
    Undated(Vec<ProcedureNumber>),
    /// These démarches were never read to the end, and DS does not give them: a wrong number, perhaps.
    NeverRead(Vec<ProcedureNumber>),
    /// No fact of the forms of these démarches has a place in the configuration.
    Unmapped(Vec<ProcedureNumber>),
    /// It is a draft until then, for people to read over: nothing else keeps it from being final.
    Draft(Timestamp),
    /// DS gave dossiers without their champs or without their annotations: what was answered or granted is not known.
    Withheld {
        /// All of them, by number.
        dossiers: Vec<DossierNumber>,
        /// Those that DS shows no more, and that nothing can complete, by number.
        gone: Vec<DossierNumber>,
    },
}

impl Provisional {
    /// Whether time alone cannot make the document final.
    #[must_use]
    pub fn is_for_a_person(&self) -> bool {
        match self {
            Self::NotOver | Self::NotReadSince(_) | Self::Undated(_) | Self::Draft(_) => false,
            Self::NeverRead(_) | Self::Unmapped(_) => true,
            Self::Withheld { gone, .. } => !gone.is_empty(),
        }
    }

    /// What to do, in French; none where other alerts say it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let gone = match self {
            Self::Withheld { gone, .. } => gone,
            Self::Draft(_) => {
                return Some("pour l’arrêter dès maintenant : la même commande avec « --final »".to_owned());
            }
            Self::NotOver | Self::NotReadSince(_) | Self::Undated(_) | Self::NeverRead(_) | Self::Unmapped(_) => {
                return None;
            }
        };
        let read = "relisez tout ce que DS donne : « fitn sync --full »";
        let Some(first) = gone.first() else { return Some(read.to_owned()) };
        Some(format!(
            "{read} ; DS ne montre plus {} {} : retrouvez ce qui y était accordé, puis écartez chacun pour que le document soit \
             établi sans lui : fitn exclude {first} --reason \"MOTIF\" --by \"NOM\"",
            counted(gone.len(), "dossier", "dossiers"),
            named(gone)
        ))
    }
}

/// How many dossiers a reason names.
const NAMED: usize = 10;

/// `(n° 11, 12…)`.
pub(super) fn named(dossiers: &[DossierNumber]) -> String {
    let some: Vec<String> = dossiers.iter().take(NAMED).map(ToString::to_string).collect();
    format!("(n° {}{})", some.join(", "), if dossiers.len() > NAMED { "…" } else { "" })
}

impl fmt::Display for Provisional {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOver => f.write_str("la période n’est pas close"),
            Self::Draft(until) => write!(f, "projet, à arrêter le {}", french_date(paris_date(*until))),
            Self::NotReadSince(numbers) => {
                write!(f, "DS n’a pas été lu depuis la fin de la période ({})", listed(numbers))
            }
            Self::Undated(numbers) => {
                write!(f, "DS n’a pas daté les réponses de la dernière lecture ({})", listed(numbers))
            }
            Self::NeverRead(numbers) => {
                write!(f, "DS ne donne pas ce qui n’a jamais été lu en entier ({})", listed(numbers))
            }
            Self::Unmapped(numbers) => {
                write!(f, "aucun fait du formulaire n’a de correspondance ({})", listed(numbers))
            }
            Self::Withheld { dossiers, .. } => {
                write!(
                    f,
                    "DS n’a pas donné les champs ou les annotations de {} {}",
                    counted(dossiers.len(), "dossier", "dossiers"),
                    named(dossiers)
                )
            }
        }
    }
}

/// `démarche 61234`, `démarches 61234, 61235`.
fn listed(numbers: &[ProcedureNumber]) -> String {
    let all: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{} {}", if numbers.len() == 1 { "démarche" } else { "démarches" }, all.join(", "))
}

/// A démarche that DS gives no more: its dossiers stand as they were read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The démarche.
    pub procedure: ProcedureNumber,
    /// Until when its dossiers are known; none: it was never read to the end.
    pub known_until: Option<Timestamp>,
    /// DS does not know it; else DS knows it and fails, since this instant.
    pub failing_since: Option<Timestamp>,
}

/// One sentence, for the document.
impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { procedure, known_until, failing_since } = self;
        match failing_since {
            None if known_until.is_none() => write!(f, "Démarche {procedure}, que DS ne connaît pas : ")?,
            None => write!(f, "Démarche {procedure}, que DS ne connaît plus : ")?,
            Some(since) => {
                write!(f, "Démarche {procedure}, que DS ne donne plus depuis le {} : ", french_instant(*since))?;
            }
        }
        match known_until {
            Some(until) => write!(f, "ses dossiers sont tels que lus le {}.", french_instant(*until)),
            None => f.write_str("elle n’a jamais été lue en entier, des dossiers peuvent manquer."),
        }
    }
}

/// What a document rests on.
pub(super) struct Footing {
    /// Until when the dossiers are known.
    pub known_until: Timestamp,
    /// The démarches that DS gives no more, in order.
    pub behind: Vec<Behind>,
    /// What keeps the document from being final; nothing when it is.
    pub provisional: Vec<Provisional>,
}

/// What is known of one démarche.
struct Known {
    number: ProcedureNumber,
    /// Until when nothing is missing of it, by DS's clock; an estimate where its answers had no usable date.
    until: Timestamp,
    is_estimate: bool,
    behind: Option<Behind>,
    is_unmapped: bool,
}

impl Desk {
    /// What a document about some programmes rests on. A démarche that DS gives no more holds it back no longer than DS was
    /// last asked for it: there is nothing more to be had.
    pub(super) fn footing(
        &self,
        reader: &Reader<'_>,
        programmes: &[Programme],
        label: &'static str,
        period: &dyn Period,
    ) -> Result<Footing, DeskError> {
        let ends_before = period.ends_before();
        let clock = reader.server_clock()?;
        let mut all: Vec<Known> = Vec::new();
        for procedure in self.evaluator.procedures().iter().filter(|one| programmes.contains(&one.programme)) {
            let record = reader.procedure(procedure.number)?;
            let is_unmapped = procedure.mapped_facts() == 0;
            let known = Known::of(procedure.number, is_unmapped, record.as_ref(), clock, ends_before);
            all.push(known.ok_or(DeskError::NeverSynced(label))?);
        }
        let first = all
            .first()
            .ok_or(DeskError::NothingFollowed(programmes.first().map_or("", |programme| programme.code())))?;
        let was_never_read = |one: &Known| one.behind.is_some_and(|behind| behind.known_until.is_none());
        if all.iter().all(was_never_read) {
            return Err(DeskError::NeverSynced(label));
        }
        let known_until = all.iter().fold(first.until, |until, one| until.min(one.until));
        let which = |is: &dyn Fn(&Known) -> bool| -> Option<Vec<ProcedureNumber>> {
            let numbers: Vec<ProcedureNumber> = all.iter().filter(|one| is(one)).map(|one| one.number).collect();
            (!numbers.is_empty()).then_some(numbers)
        };
        let mut provisional = Vec::new();
        provisional.extend(which(&|one| one.is_estimate).map(Provisional::Undated));
        if let Some(late) = which(&|one| one.until < ends_before) {
            // Only the words depend on what DS's clock may say by now.
            let is_over = reader.corrected(self.clock.now())? >= ends_before;
            provisional.push(if is_over { Provisional::NotReadSince(late) } else { Provisional::NotOver });
        }
        provisional.extend(which(&was_never_read).map(Provisional::NeverRead));
        provisional.extend(which(&|one| one.is_unmapped).map(Provisional::Unmapped));
        // What was read since the end of the period is known whole, whatever DS does with the démarche now.
        let is_whole = |behind: &Behind| behind.known_until.is_some_and(|until| until >= ends_before);
        let behind = all.iter().filter_map(|one| one.behind).filter(|behind| !is_whole(behind)).collect();
        Ok(Footing { known_until, behind, provisional })
    }
}

impl Known {
    /// What is known of a démarche for a period that ends; none for one that was never read to the end, and that DS may still give.
    /// What DS's clock does not yet say counts as never.
    fn of(
        number: ProcedureNumber,
        is_unmapped: bool,
        record: Option<&ProcedureRecord>,
        clock: Option<ServerClock>,
        ends_before: Timestamp,
    ) -> Option<Self> {
        let past = |instant: Option<Timestamp>| clock.and_then(|clock| clock.past(instant?));
        let read_until = past(record.and_then(|record| record.synced_at));
        let failure = record.and_then(|record| record.failure).filter(is_given_up);
        let certain = read_until.max(past(failure.map(|failure| failure.last)));
        // Before DS has told the time, nothing is concluded from what was stored without.
        let untold = |record: &ProcedureRecord| record.synced_at.filter(|_| clock.is_none());
        let estimate = record.and_then(|record| record.undated_read_at.or_else(|| untold(record)));
        let is_estimate = estimate.is_some() && certain.is_none_or(|until| until < ends_before);
        let until = if is_estimate { estimate } else { certain };
        let behind = failure.map(|failure| Behind {
            procedure: number,
            known_until: read_until,
            failing_since: (!failure.lost).then_some(failure.since),
        });
        Some(Self { number, until: until?, is_estimate, behind, is_unmapped })
    }
}

/// Whether documents no longer wait for a démarche that DS does not give.
#[must_use]
pub fn is_given_up(failure: &ProcedureFailure) -> bool {
    failure.lost || failure.last.duration_since(failure.since) >= PATIENCE
}

/// Notes which démarches DS does not know, and which it fails to give while it gives others.
pub(super) fn note_failures(writer: &Writer<'_>, scope: Scope, summary: &Summary) -> Result<(), StoreError> {
    // Asking for the quarantine alone says nothing of the rest.
    if scope == Scope::Quarantine {
        return Ok(());
    }
    let Some(date) = writer.reader().server_clock()?.map(|clock| clock.date) else { return Ok(()) };
    let gives_others = summary.procedures.iter().any(|procedure| procedure.error.is_none());
    for procedure in &summary.procedures {
        let lost = procedure.error.as_ref().is_some_and(SyncError::is_unknown_procedure);
        match &procedure.error {
            None => writer.procedure_recovered(procedure.number)?,
            Some(error) if lost || (gives_others && error.is_of_one_procedure()) => {
                writer.procedure_failed(procedure.number, lost, date)?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What the operator is told of a démarche that documents no longer wait for: message and hint. None for one that they do.
pub(super) fn given_up_alert(
    reader: &Reader<'_>,
    number: ProcedureNumber,
) -> Result<Option<(String, String)>, StoreError> {
    let Some(record) = reader.procedure(number)? else { return Ok(None) };
    let Some(failure) = record.failure.filter(is_given_up) else { return Ok(None) };
    let what = if failure.lost {
        format!("démarche {number} : DS ne la connaît pas, ou plus")
    } else {
        format!("démarche {number} : DS ne la donne plus depuis le {}", french_instant(failure.since))
    };
    let means = match record.synced_at {
        Some(until) => format!(
            "ses dossiers restent tels que lus le {}, et les listes et rapports ne l’attendent plus",
            french_instant(until)
        ),
        None => "jamais lue jusqu’au bout : les listes et rapports de son programme ne sont pas arrêtés tant qu’elle est dans la \
                 configuration"
            .to_owned(),
    };
    let hint = format!(
        "vérifiez son numéro, et que le titulaire du jeton l’administre encore. Si elle a disparu pour de bon, retirez sa table \
         [[procedures]] (number = {number}) de la configuration : ses dossiers quittent alors les listes et les sommes, les \
         documents déjà arrêtés ne changent pas"
    );
    Ok(Some((format!("{what} ; {means}"), hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn record() -> ProcedureRecord {
        ProcedureRecord {
            number: 1,
            programme: Programme::Axe2V1,
            title: String::new(),
            state: String::new(),
            watermark: None,
            page_size: None,
            full_read_at: None,
            synced_at: None,
            tombstones_until: None,
            full_cut_at: None,
            undated_read_at: None,
            failure: None,
        }
    }

    #[test]
    fn dossiers_are_known_until_what_ds_dated_and_never_until_the_future() {
        let [early, end, late] = ["2021-09-20T06:00:00Z", "2021-09-30T22:00:00Z", "2021-10-02T06:00:00Z"].map(at);
        let known = |synced_at, undated_read_at, clock: Option<Timestamp>| {
            let record = ProcedureRecord { synced_at, undated_read_at, ..record() };
            let clock = clock.map(|date| ServerClock { date, machine: late });
            Known::of(1, false, Some(&record), clock, end).map(|known| (known.until, known.is_estimate))
        };
        assert_eq!(known(None, None, Some(late)), None);
        assert_eq!(known(Some(early), None, Some(early)), Some((early, false)));
        assert_eq!(known(Some(late), None, Some(early)), None, "it lies in the future");
        assert_eq!(known(Some(early), None, None), Some((early, true)), "DS has not told the time yet");
        assert_eq!(known(None, Some(late), None), Some((late, true)));
        assert_eq!(known(Some(early), Some(late), Some(late)), Some((late, true)), "the last reading had no date");
        assert_eq!(known(Some(end), Some(late), Some(late)), Some((end, false)), "the one before it is enough");
    }

    #[test]
    fn a_demarche_that_was_never_read_is_not_said_to_be_known_no_more() {
        let told = |known_until| Behind { procedure: 1, known_until, failing_since: None }.to_string();
        assert!(told(None).starts_with("Démarche 1, que DS ne connaît pas : "), "{}", told(None));
        assert!(told(Some(at("2021-09-20T06:00:00Z"))).starts_with("Démarche 1, que DS ne connaît plus : "));
    }

    #[test]
    fn what_nothing_can_complete_is_named_to_a_person_with_what_to_do() {
        let withheld =
            |gone: &[DossierNumber]| Provisional::Withheld { dossiers: (1..=12).collect(), gone: gone.into() };
        let waiting = withheld(&[]);
        assert!(!waiting.is_for_a_person());
        assert_eq!(waiting.hint().unwrap(), "relisez tout ce que DS donne : « fitn sync --full »");
        assert!(waiting.to_string().ends_with("de 12 dossiers (n° 1, 2, 3, 4, 5, 6, 7, 8, 9, 10…)"), "{waiting}");
        let stuck = withheld(&[3, 11]);
        assert!(stuck.is_for_a_person());
        let hint = stuck.hint().unwrap();
        for said in ["fitn sync --full", "2 dossiers (n° 3, 11)", "fitn exclude 3 --reason"] {
            assert!(hint.contains(said), "{hint}");
        }
        assert_eq!(Provisional::NotOver.hint(), None);
        assert!(
            Provisional::Unmapped(vec![1]).is_for_a_person() && !Provisional::NotReadSince(vec![1]).is_for_a_person()
        );
    }

    #[test]
    fn what_ds_gives_no_more_is_known_until_it_was_last_asked_for() {
        let [read, asked, end] = ["2021-09-20T06:00:00Z", "2021-10-04T06:00:00Z", "2021-09-30T22:00:00Z"].map(at);
        let clock = Some(ServerClock { date: asked, machine: asked });
        let known = |since: &str, lost, synced_at| {
            let failure = Some(ProcedureFailure { since: at(since), last: asked, lost });
            let record = ProcedureRecord { synced_at, failure, ..record() };
            Known::of(1, false, Some(&record), clock, end).map(|known| (known.until, known.behind.is_some()))
        };
        assert_eq!(known("2021-10-04T06:00:00Z", true, Some(read)), Some((asked, true)));
        assert_eq!(known("2021-10-04T06:00:00Z", true, None), Some((asked, true)), "it was never there");
        assert_eq!(known("2021-10-01T06:00:00Z", false, Some(read)), Some((asked, true)), "for three days");
        assert_eq!(known("2021-10-01T06:00:01Z", false, Some(read)), Some((read, false)));
        assert_eq!(known("2021-10-01T06:00:01Z", false, None), None);
    }
}
