//! Attached files after a sync: listed always, fetched when the operator wants them, erased from the disk in their time.

use super::{Desk, DeskError};
use crate::attachments::{AttachmentError, Collected, Orphans};
use crate::store::{AttachmentCounts, StoreError, SyncLock};
use crate::sync::{Engine, Request, Scope, Summary};

/// The alert about files that could not be had.
const FAILED: &str = "attachments:failed";
/// The alert about a collection that was ended.
const ENDED: &str = "attachments:ended";
/// How many reasons an alert tells; the others are counted.
const MOST_REASONS: usize = 3;
/// The alert about contents that could not be erased from the disk.
const LEFT_ON_DISK: &str = "attachments:sweep";

/// What became of the attached files after a sync.
#[derive(Debug)]
pub struct AttachmentReport {
    /// What this collection did.
    pub collected: Collected,
    /// The files of all dossiers that DS shows, afterwards.
    pub counts: AttachmentCounts,
}

impl AttachmentReport {
    /// How the downloads ended, in French: well only where they did.
    #[must_use]
    pub fn ending(&self) -> String {
        match &self.collected.error {
            Some(error @ AttachmentError::Stopped) => error.to_string(),
            Some(error) => format!("téléchargement des pièces jointes arrêté : {error}"),
            None if self.collected.out_of_time => {
                "téléchargement des pièces jointes suspendu, la suite la prochaine fois".to_owned()
            }
            None => "pièces jointes téléchargées".to_owned(),
        }
    }
}

impl Desk {
    /// Lists the files of what changed, then fetches those of the démarches that could be read. What goes wrong with files
    /// is told by alerts and never undoes the sync.
    pub(super) async fn attachments_after_sync(
        &self,
        engine: &Engine,
        held: &SyncLock,
        request: &Request,
        summary: &Summary,
    ) -> Result<Option<AttachmentReport>, DeskError> {
        tokio::task::block_in_place(|| self.attachments.list())?;
        self.erase_contents_at_once()?;
        if request.scope == Scope::Quarantine {
            return Ok(None);
        }
        let read = summary.procedures.iter().filter(|procedure| procedure.error.is_none());
        let procedures: Vec<_> = read.map(|procedure| procedure.number).collect();
        let collected = self.attachments.collect(engine, held, &procedures).await?;
        self.raise_attachment_alerts(collected.as_ref())?;
        let Some(collected) = collected else { return Ok(None) };
        let counts = self.store.read::<_, StoreError>(|reader| reader.attachment_counts())?;
        Ok(Some(AttachmentReport { collected, counts }))
    }

    /// Erases from the disk what is left there of erased dossiers. The caller holds the lock of the sync.
    fn erase_contents_at_once(&self) -> Result<(), StoreError> {
        match tokio::task::block_in_place(|| self.attachments.erase_at_once()) {
            // The alert may be about others, of which nothing was tried now.
            Ok(0) => Ok(()),
            Ok(erased) => {
                tracing::info!(erased, "contenus de pièces jointes effacés");
                self.store.write(|writer| writer.alert_settle(LEFT_ON_DISK))
            }
            Err(error) => self.raise_left_on_disk(error),
        }
    }

    /// Erases from the disk the contents that nothing refers to any more and whose delay is over; none when the disk refuses:
    /// what is left is told by an alert. The caller holds the lock of the sync.
    pub(super) fn erase_contents_due(&self) -> Result<Option<Orphans>, StoreError> {
        match tokio::task::block_in_place(|| self.attachments.erase_due(self.retention.erase_after)) {
            Ok(orphans) => {
                if orphans.due.count > 0 {
                    tracing::info!(erased = orphans.due.count, "contenus de pièces jointes effacés");
                }
                self.store.write(|writer| writer.alert_settle(LEFT_ON_DISK).map(|()| Some(orphans)))
            }
            Err(error) => self.raise_left_on_disk(error).map(|()| None),
        }
    }

    fn raise_left_on_disk(&self, error: AttachmentError) -> Result<(), StoreError> {
        if let AttachmentError::Store(error) = error {
            return Err(error);
        }
        let message = format!("des pièces jointes à effacer sont encore sur le disque : {error}");
        self.raise(LEFT_ON_DISK, &message, error.hint())
    }

    fn raise_attachment_alerts(&self, collected: Option<&Collected>) -> Result<(), StoreError> {
        match collected.and_then(|collected| collected.error.as_ref()) {
            Some(AttachmentError::Stopped) => {}
            Some(error) => {
                let message = format!("téléchargement des pièces jointes arrêté : {error}");
                self.raise(ENDED, &message, error.hint())?;
            }
            None => self.store.write::<_, StoreError>(|writer| writer.alert_settle(ENDED))?,
        }
        let failures = match collected {
            Some(_) => self.store.read::<_, StoreError>(|reader| reader.attachment_failures())?,
            None => Vec::new(),
        };
        if failures.is_empty() {
            return self.store.write(|writer| writer.alert_settle(FAILED));
        }
        let total: u64 = failures.iter().map(|(_, count)| count).sum();
        let mut reasons: Vec<String> =
            failures.iter().take(MOST_REASONS).map(|(reason, count)| format!("{reason} ({count})")).collect();
        let others: u64 = failures.iter().skip(MOST_REASONS).map(|(_, count)| count).sum();
        if others > 0 {
            reasons.push(format!("autres motifs ({others})"));
        }
        let files = if total > 1 { "pièces jointes n’ont" } else { "pièce jointe n’a" };
        let message = format!(
            "{total} {files} pas pu être téléchargée{} : {}",
            if total > 1 { "s" } else { "" },
            reasons.join(" ; ")
        );
        let hint = "elles sont redemandées aux synchronisations suivantes, de plus en plus rarement ; « fitn dossier N --full » dit \
                    lesquelles";
        self.raise(FAILED, &message, hint)
    }

    fn raise(&self, key: &str, message: &str, hint: &str) -> Result<(), StoreError> {
        let now = self.now()?;
        self.store.write(|writer| writer.alert_raise(key, message, hint, now))
    }
}
