//! The state of things, as the database has it: the service, the démarches, the latest syncs, what needs a look.

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;

use super::causes::Causes;
use super::{Cause, Desk, LastBackup, LastRestoration};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::message::MessageState;
use crate::domain::programme::Programme;
use crate::domain::room::Room;
use crate::store::{Aside, AttachmentCounts, Credit, Hold, ProcedureRecord, RunRecord, Service, StoreError};

/// How many of the latest syncs are shown.
const RUNS: u32 = 5;

/// The state of things.
#[derive(Debug)]
pub struct Overview {
    /// What DS's clock says, as far as can be told.
    pub now: Timestamp,
    /// Whether the service lives.
    pub service: Service,
    /// Why the service, which lives, does nothing before somebody has acted.
    pub hold: Option<Hold>,
    /// The démarches of the configuration.
    pub followed: Vec<FollowedProcedure>,
    /// Those of the database that are no longer followed.
    pub others: Vec<ProcedureRecord>,
    /// The latest syncs, the last one first.
    pub runs: Vec<RunRecord>,
    /// What an operator should look at, by cause.
    pub alerts: Vec<Cause>,
    /// The attached files.
    pub attachments: AttachmentCounts,
    /// How many messages of the outbox are in each state.
    pub outbox: BTreeMap<MessageState, u64>,
    /// The last backup.
    pub backup: Option<LastBackup>,
    /// The last restoration of a backup.
    pub restored: Option<LastRestoration>,
    /// The databases that restorations replaced, and that are still there.
    pub asides: Vec<Aside>,
    /// Tells the changes of one history from those of another: it grows when a backup is restored.
    pub changes_epoch: i64,
    /// When one of the démarches followed was first read to the end, by DS's clock.
    pub first_synced_at: Option<Timestamp>,
    /// What the database takes on the disk, with its journal.
    pub size_bytes: u64,
}

/// A démarche of the configuration.
#[derive(Debug)]
pub struct FollowedProcedure {
    /// Its number.
    pub number: ProcedureNumber,
    /// Its programme.
    pub programme: Programme,
    /// How many facts its mapping has.
    pub mapped_facts: usize,
    /// How many of its dossiers are set aside.
    pub in_quarantine: usize,
    /// None before the first sync.
    pub record: Option<ProcedureRecord>,
}

impl Desk {
    /// The state of things, from one snapshot.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn overview(&self) -> Result<Overview, StoreError> {
        let service = Service::of(self.store.path());
        let may_be_synced = self.store.may_be_synced();
        let machine_now = self.clock.now();
        self.store.read(|reader| {
            let heard = reader.server_clock()?;
            let mut records = reader.procedures()?;
            let numbers: Vec<_> = self.evaluator.procedures().iter().map(|procedure| procedure.number).collect();
            let mut followed = Vec::new();
            for procedure in self.evaluator.procedures() {
                let at = records.iter().position(|record| record.number == procedure.number);
                followed.push(FollowedProcedure {
                    number: procedure.number,
                    programme: procedure.programme,
                    mapped_facts: procedure.mapped_facts(),
                    in_quarantine: reader.quarantine(Some(procedure.number))?.len(),
                    record: at.map(|at| records.remove(at)),
                });
            }
            let mut runs = reader.runs(RUNS)?;
            if !may_be_synced {
                let running = runs.iter_mut().filter(|run| run.outcome == "running");
                running.for_each(|run| "interrupted".clone_into(&mut run.outcome));
            }
            let mut alerts = Causes::default();
            reader.alert_rows(None, |alert| alerts.add(alert))?;
            Ok(Overview {
                now: heard.map_or(machine_now, |clock| clock.corrected(machine_now)),
                hold: if matches!(service, Service::Alive(_)) { reader.hold()? } else { None },
                service,
                followed,
                others: records,
                runs,
                alerts: alerts.told(),
                attachments: reader.attachment_counts()?,
                outbox: reader.outbox_counts()?,
                backup: self.last_backup(reader)?,
                restored: Self::last_restoration(reader)?,
                asides: Aside::all_of(self.store.path()),
                changes_epoch: reader.changes_epoch()?,
                first_synced_at: reader.first_synced_at(&numbers)?,
                size_bytes: self.size(),
            })
        })
    }

    /// What takes room in the database, in bytes; together they are [`Overview::size_bytes`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rooms(&self) -> Result<BTreeMap<Room, u64>, StoreError> {
        let mut rooms = self.store.read(|reader| reader.rooms())?;
        let told: u64 = rooms.values().sum();
        rooms.insert(Room::Pending, self.size().saturating_sub(told));
        Ok(rooms)
    }

    /// What there is to grant from, and what became of it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn credits(&self) -> Result<Vec<Credit>, StoreError> {
        self.store.read(|reader| reader.credits())
    }

    /// How many attached files are known, by what is kept of them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_counts(&self) -> Result<AttachmentCounts, StoreError> {
        self.store.read(|reader| reader.attachment_counts())
    }

    /// The database with its journal.
    fn size(&self) -> u64 {
        let mut journal = self.store.path().to_owned().into_os_string();
        journal.push("-wal");
        let bytes = |path| fs::metadata(path).map_or(0, |found| found.len());
        bytes(self.store.path().to_owned().into_os_string()) + bytes(journal)
    }
}
