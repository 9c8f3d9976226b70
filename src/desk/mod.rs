//! What people see and do, whoever asks, a command or the daemon: dossiers listed and shown, what is to be done, what is new, the
//! state of things; acts; documents drawn up, kept and written; sync then evaluate.
//!
//! The rooms stay apart; this one puts them together, so that a list made by hand and one made at night are the same list.
//! It decides nothing of its own about dossiers, and prints nothing.

mod about;
mod attachments;
mod backup;
mod causes;
mod clock;
mod committee;
mod digest;
mod document;
mod dossier;
mod dossiers;
mod doubts;
mod error;
mod footing;
mod journal;
mod mailing;
mod monthly;
mod news;
mod opening;
mod outbox;
mod overview;
mod past;
mod purge;
mod quarantine;
mod quarterly;
mod restore;
mod rows;
mod sending;
mod shelf;
mod stuck;
mod telling;
mod todo;
mod verify;
mod withdraw;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

pub use about::{About, AboutDocument, AboutDossier, AboutMessage, Finding, Findings, Span, Unread};
pub use attachments::AttachmentReport;
pub use backup::{BackedUp, Backups, LastBackup};
pub use causes::Cause;
pub use clock::{CLOCK_HINT, UNDATED, UNDATED_HINT, difference};
pub use document::{Drawn, Exported, Manner, told_not_compared};
pub use dossier::{Bare, HeldFile, Known, Page};
pub use doubts::Thresholds;
pub use error::DeskError;
pub use footing::{Behind, Provisional, is_given_up};
pub use journal::{FactPath, Recorded, Signed};
pub use mailing::{Delivery, Mailing, Recipients, Sender};
pub use news::{step, told};
pub use opening::{Access, Found, Settings, look, refuse_unwritable, trial_copy};
pub use outbox::ShownMessage;
pub use overview::{FollowedProcedure, Overview};
pub use past::Past;
pub use purge::{LeftInFile, Purge, Retention};
pub use restore::{BegunRestoration, LastRestoration, MadeReady, Restored, SentSince, begin_restoration, restore};
pub use rows::{FormCell, FormRow};
pub use sending::Delivered;
pub use telling::{STALE, Watched};
pub use todo::{ToDo, ToDoList};
pub use verify::{KeptDocument, Verified};
pub use withdraw::{Document, Withdrawn};

use crate::attachments::{AttachmentError, Attachments};
use crate::domain::clock::Clock;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::period::Quarter;
use crate::domain::programme::Programme;
use crate::evaluation::{Evaluator, Refreshed};
use crate::mapping;
use crate::store::Store;
// What commands print as it is stored.
pub use crate::store::{
    Aside, AttachmentCounts, AttachmentRecord, BackupError, Change, Credit, DossierFilter, DossierLine,
    ErasableDossier, HeldCounts, Hold, KeptFile, LockHolder, Losses, Lost, Message, MessageKey, ProcedureRecord,
    ProgrammeTally, Progress, QuarantineEntry, Restoration, RestoreError, RunCounters, RunRecord, Search, Service,
    StoreError, Via,
};
use crate::sync::{Engine, Request, Scope, Summary, SyncError};

/// The beginning of the keys of the alerts about démarches that could not be read.
const SYNC_ALERT: &str = "sync";
/// The beginning of the keys of the alerts about forms that DS cannot give.
const FORM_ALERT: &str = "form";
const FORM_HINT: &str = "signalez-le au support de DS ; d’ici là les dossiers sont lus, et le formulaire reste celui qu’il a donné \
    en dernier";
/// The beginning of the keys of the alerts about removals that DS cannot list.
const REMOVALS_ALERT: &str = "removals";
const REMOVALS_HINT: &str = "signalez-le au support de DS ; d’ici là, la lecture complète (« fitn sync --full ») retrouve les \
    dossiers disparus";
/// The key of the alert about what DS removed from its API.
const SCHEMA_ALERT: &str = "schema";
const SCHEMA_HINT: &str = "« fitn check » dit ce que cela change ; mettez le connecteur à jour. D’ici là, ce qui en dépend \
    reste à vérifier, et tout sera relu ensuite";

/// From when on the report of a quarter is no draft any more.
pub type FrozenAt = Box<dyn Fn(Quarter) -> Option<Timestamp> + Send + Sync>;

/// Everything that the desk works with.
pub struct Desk {
    /// The database.
    pub store: Arc<Store>,
    /// The clock.
    pub clock: Clock,
    /// Mappings and rules.
    pub evaluator: Evaluator,
    /// The code of the région.
    pub region: String,
    /// Codes of the départements served, in order.
    pub served: Vec<String>,
    /// Where lists and reports are written.
    pub exports: PathBuf,
    /// The address of the DS site, without a slash at the end.
    pub site: String,
    /// What becomes of dossiers that DS erased.
    pub retention: Retention,
    /// From when on the report of a quarter that is over is kept by itself; until then it is a draft. None: at once.
    pub report_frozen_at: FrozenAt,
    /// The files attached to dossiers.
    pub attachments: Attachments,
    /// How messages leave, and to whom.
    pub mailing: Mailing,
    /// Where backups go, and how many stay.
    pub backups: Backups,
}

/// What a sync and what follows it did.
#[derive(Debug)]
pub struct Synced {
    /// The sync itself.
    pub summary: Summary,
    /// The evaluation of what it brought.
    pub refreshed: Refreshed,
    /// The attached files; none when they are not downloaded.
    pub attachments: Option<AttachmentReport>,
    /// How many dossiers that DS erased were erased here.
    pub erased: u64,
}

impl Synced {
    /// Whether a proxy refused the name or the password, for dossiers or for files.
    #[must_use]
    pub fn is_refused_by_the_proxy(&self) -> bool {
        let mut of_dossiers = self.summary.procedures.iter().filter_map(|procedure| procedure.error.as_ref());
        let of_files = self.attachments.as_ref().and_then(|report| report.collected.error.as_ref());
        of_dossiers.any(SyncError::is_refused_by_the_proxy)
            || of_files.is_some_and(AttachmentError::is_refused_by_the_proxy)
    }
}

/// Each sync says again of which démarches nothing is read: the alert alone may go unseen. They come with the number of facts that
/// are mapped.
pub fn warn_of_nothing_mapped(mapped: impl Iterator<Item = (ProcedureNumber, usize)>) {
    for (number, _) in mapped.filter(|(_, facts)| *facts == 0) {
        let mend = mapping::mend_of_nothing_mapped(number);
        tracing::warn!("démarche {number} : {} ; {mend}", mapping::NOTHING_MAPPED);
    }
}

impl Desk {
    /// Syncs, then evaluates what changed, even when the sync stopped half-way: what is stored is true. The attached files
    /// come then and, after a complete full sync, what DS erased is erased here when its time has come; all under one lock.
    ///
    /// # Errors
    /// The database, or another sync that runs. What went wrong with a démarche is in the [`Summary`], what went wrong with
    /// files in the [`AttachmentReport`].
    pub async fn sync(&self, engine: &Engine, request: &Request) -> Result<Synced, DeskError> {
        let held = self.store.sync_lock(self.now()?)?;
        let summary = engine.run(&held, request).await?;
        self.raise_sync_alerts(request.scope, &summary)?;
        let asked = |number| request.procedures.iter().any(|followed| followed.number == number);
        let mapped = self.evaluator.procedures().iter().filter(|procedure| asked(procedure.number));
        warn_of_nothing_mapped(mapped.map(|procedure| (procedure.number, procedure.mapped_facts())));
        let mut refreshed = self.refresh(false)?;
        let attachments = self.attachments_after_sync(engine, &held, request, &summary).await?;
        if attachments.as_ref().is_some_and(|report| report.collected.read_again > 0) {
            refreshed += self.refresh(false)?;
        }
        let is_complete = request.scope == Scope::Everything && summary.is_conclusive();
        let erased = if is_complete { self.purge_after_sync()? } else { 0 };
        Ok(Synced { summary, refreshed, attachments, erased })
    }

    /// One alert for each démarche that could not be read, taken back when it can; one for its form, and one for removals, that DS cannot give; one for
    /// what DS removed from its API, taken back when it is there again, or no longer asked for.
    fn raise_sync_alerts(&self, scope: Scope, summary: &Summary) -> Result<(), StoreError> {
        let now = self.now()?;
        self.store.write(|writer| {
            clock::raise_alerts(writer, summary, now)?;
            match summary.missing.as_deref() {
                None => {}
                Some([]) => writer.alert_settle(SCHEMA_ALERT)?,
                Some(missing) => {
                    let message = format!("DS a retiré de son API, et ne donne plus : {}", missing.join(", "));
                    writer.alert_raise(SCHEMA_ALERT, &message, SCHEMA_HINT, now)?;
                }
            }
            for prefix in [SYNC_ALERT, FORM_ALERT, REMOVALS_ALERT] {
                // Of a démarche that is no longer followed nothing will be known.
                let followed = self.evaluator.procedures().iter().map(|procedure| procedure.number);
                let still: Vec<String> = followed.map(|number| format!("{prefix}:{number}")).collect();
                writer.alerts_settle(&format!("{prefix}:"), &still)?;
            }
            footing::note_failures(writer, scope, summary)?;
            for procedure in &summary.procedures {
                let key = format!("{SYNC_ALERT}:{}", procedure.number);
                match &procedure.error {
                    // Asking for the quarantine alone says nothing of the rest.
                    None | Some(SyncError::Cancelled) if scope == Scope::Quarantine => {}
                    None | Some(SyncError::Cancelled) => writer.alert_settle(&key)?,
                    Some(error) => {
                        let given_up = footing::given_up_alert(&writer.reader(), procedure.number)?;
                        let message = format!("lecture de DS interrompue : {error}");
                        let (message, hint) = given_up.unwrap_or_else(|| (message, error.hint().to_owned()));
                        writer.alert_raise(&key, &message, &hint, now)?;
                    }
                }
                let key = format!("{FORM_ALERT}:{}", procedure.number);
                match (&procedure.form_unread, &procedure.error) {
                    (Some(reason), _) => {
                        let message = format!("démarche {} : DS ne donne pas son formulaire : {reason}", procedure.number);
                        writer.alert_raise(&key, &message, FORM_HINT, now)?;
                    }
                    (None, None) if scope != Scope::Quarantine => writer.alert_settle(&key)?,
                    (None, _) => {}
                }
                let key = format!("{REMOVALS_ALERT}:{}", procedure.number);
                match (&procedure.removals_unread, &procedure.error) {
                    (Some(reason), _) => {
                        let message = format!(
                            "démarche {} : la liste des dossiers que DS a retirés n’a pas pu être lue jusqu’au bout : {reason}",
                            procedure.number
                        );
                        writer.alert_raise(&key, &message, REMOVALS_HINT, now)?;
                    }
                    (None, None) if scope != Scope::Quarantine => writer.alert_settle(&key)?,
                    (None, _) => {}
                }
            }
            Ok(())
        })
    }

    /// Evaluates what changed, or everything.
    ///
    /// # Errors
    /// The database, or a sync that is running.
    pub fn evaluate(&self, anyway: bool) -> Result<Refreshed, DeskError> {
        let _held = self.store.sync_lock(self.now()?)?;
        self.refresh(anyway)
    }

    /// Busy for a while: the other tasks of this thread are moved elsewhere meanwhile.
    fn refresh(&self, anyway: bool) -> Result<Refreshed, DeskError> {
        let now = self.now()?;
        let refreshed = tokio::task::block_in_place(|| self.evaluator.refresh(now, anyway))?;
        self.adopt_rights()?;
        Ok(refreshed)
    }

    /// Puts beside the grants what there is to grant from, by the rules that they were just judged by.
    fn adopt_rights(&self) -> Result<(), StoreError> {
        let mut programmes: Vec<Programme> =
            self.evaluator.procedures().iter().map(|followed| followed.programme).collect();
        programmes.dedup();
        let rights = self.evaluator.rulebook().rights(&programmes);
        if self.store.read::<_, StoreError>(|reader| reader.rights())? == rights {
            return Ok(());
        }
        self.store.write(|writer| writer.rights_put(&rights))
    }

    /// What DS's clock says now, as far as can be told without asking it. For what is recorded: nothing is concluded from it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn now(&self) -> Result<Timestamp, StoreError> {
        self.store.read(|reader| reader.corrected(self.clock.now()))
    }
}
