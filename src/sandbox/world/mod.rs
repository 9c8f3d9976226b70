//! The data that the stand-in serves: démarches, dossiers, what is left of erased ones, and the orders they are read in.
//!
//! Every change goes through [`World::edit`] or its kin, which keep the orders in step: nothing is sorted when asked for.

mod changes;
mod dossier;
mod form;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

pub use changes::UnknownDossier;
pub use dossier::{Applicant, Dossier, Hiding, Opinion, Tombstone, Treatment};
pub(crate) use form::fields;
pub use form::{Field, Kind, Question, StableId};
pub use value::{Address, Answer, Answers, Company, File, FormCommune, Row, Value};

use crate::domain::programme::Programme;

/// Everything that the stand-in knows.
#[derive(Debug, Default)]
pub struct World {
    /// Who may ask what.
    pub access: Access,
    procedures: BTreeMap<i64, Procedure>,
    dossiers: HashMap<i64, Dossier>,
    last_tombstone: i64,
}

/// The one token of the stand-in and what it opens.
#[derive(Debug, Default, Clone)]
pub struct Access {
    /// URL-safe base64 of `<uuid>;<secret>` (API facts, 1.2).
    pub token: String,
    /// The token's last day is over: 401.
    pub expired: bool,
    /// The caller's address is not among those allowed: 403.
    pub forbidden_network: bool,
    /// The démarches that the token does not open.
    pub out_of_scope: BTreeSet<i64>,
    /// The largest page that comes in time: a proxy gives up on larger ones.
    pub heaviest_page: Option<i64>,
}

/// A démarche, its form and its dossiers in their orders.
#[derive(Debug)]
pub struct Procedure {
    /// Its number.
    pub number: i64,
    /// The programme that it serves here.
    pub programme: Programme,
    /// Its title.
    pub title: String,
    /// The mapping that fits its form, as `[procedures.fields]` of a configuration.
    pub fields_toml: &'static str,
    /// When it was created and published.
    pub created_at: Timestamp,
    /// When its form was last published.
    pub revised_at: Timestamp,
    /// Grows with each new version of the form.
    pub revision: i64,
    /// The public questions.
    pub champs: Vec<Field>,
    /// The private ones.
    pub annotations: Vec<Field>,
    /// The groups of instructors.
    pub groups: Vec<Group>,
    /// The labels that instructors may put on dossiers, with their colours.
    pub labels: Vec<(String, &'static str)>,
    /// Discarded by its administrators: not found.
    pub discarded: bool,
    pub(crate) by_deposit: BTreeSet<SortKey>,
    pub(crate) by_update: BTreeSet<SortKey>,
    pub(crate) pending: BTreeSet<SortKey>,
    pub(crate) deleted: BTreeMap<SortKey, Tombstone>,
}

/// A place in an order: an instant, then a number that tells equal instants apart.
pub(crate) type SortKey = (Timestamp, i64);

/// A group of instructors.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub label: String,
}

impl Procedure {
    /// The question that the generator knows by a key, in either section, with those of the rows.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.all_fields().find(|field| field.key == key)
    }

    /// The question with a label, in either section, with those of the rows.
    #[must_use]
    pub fn field_labelled(&self, label: &str) -> Option<&Field> {
        self.all_fields().find(|field| field.label == label)
    }

    fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.champs.iter().chain(&self.annotations).flat_map(|field| std::iter::once(field).chain(&field.columns))
    }

    /// Whether a question is private.
    #[must_use]
    pub fn is_annotation(&self, id: StableId) -> bool {
        self.annotations.iter().any(|field| field.stable_id == id)
    }
}

impl World {
    /// Adds a démarche; its dossiers come after.
    pub fn add_procedure(&mut self, procedure: Procedure) {
        self.procedures.insert(procedure.number, procedure);
    }

    /// The démarches, by number.
    pub fn procedures(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.values()
    }

    /// The démarche with a number, discarded or not.
    #[must_use]
    pub fn procedure(&self, number: i64) -> Option<&Procedure> {
        self.procedures.get(&number)
    }

    /// The dossier with a number, hidden or not, as long as it is not erased.
    #[must_use]
    pub fn dossier(&self, number: i64) -> Option<&Dossier> {
        self.dossiers.get(&number)
    }

    /// The dossiers that are not erased, hidden or not, in no order.
    pub(crate) fn all_dossiers(&self) -> impl Iterator<Item = &Dossier> {
        self.dossiers.values()
    }

    /// The dossiers of a démarche that its list shows, in order of deposit.
    pub fn dossiers_of(&self, procedure: i64) -> impl Iterator<Item = &Dossier> {
        self.procedure(procedure)
            .into_iter()
            .flat_map(|procedure| &procedure.by_deposit)
            .filter_map(|(_, number)| self.dossier(*number))
    }

    /// The largest number in use, plus one.
    #[must_use]
    pub fn next_number(&self) -> i64 {
        let erased = self.procedures.values().flat_map(|procedure| procedure.deleted.values()).map(|t| t.number);
        self.dossiers.keys().copied().chain(erased).max().unwrap_or_default() + 1
    }

    /// Puts a dossier in its orders; one with the same number is replaced.
    pub fn put(&mut self, dossier: Dossier) {
        self.take(dossier.number);
        if let Some(procedure) = self.procedures.get_mut(&dossier.procedure) {
            if dossier.is_visible() {
                procedure.by_deposit.insert((dossier.deposited_at, dossier.number));
                procedure.by_update.insert((dossier.updated_at, dossier.number));
            }
            if let Some(since) = dossier.pending_since() {
                procedure.pending.insert((since, dossier.number));
            }
            self.dossiers.insert(dossier.number, dossier);
        }
    }

    /// Takes a dossier out of its orders.
    fn take(&mut self, number: i64) -> Option<Dossier> {
        let dossier = self.dossiers.remove(&number)?;
        if let Some(procedure) = self.procedures.get_mut(&dossier.procedure) {
            procedure.by_deposit.remove(&(dossier.deposited_at, number));
            procedure.by_update.remove(&(dossier.updated_at, number));
            if let Some(since) = dossier.pending_since() {
                procedure.pending.remove(&(since, number));
            }
        }
        Some(dossier)
    }

    /// Changes a dossier and puts it where it then belongs.
    ///
    /// # Errors
    /// [`UnknownDossier`] when no dossier has the number.
    pub fn edit(&mut self, number: i64, change: impl FnOnce(&mut Dossier)) -> Result<(), UnknownDossier> {
        let mut dossier = self.take(number).ok_or(UnknownDossier(number))?;
        change(&mut dossier);
        self.put(dossier);
        Ok(())
    }

    /// Erases a dossier and leaves a tombstone.
    ///
    /// # Errors
    /// [`UnknownDossier`] when no dossier has the number.
    fn bury(&mut self, number: i64, deleted_at: Timestamp, reason: &'static str) -> Result<(), UnknownDossier> {
        let dossier = self.take(number).ok_or(UnknownDossier(number))?;
        self.last_tombstone += 1;
        let id = self.last_tombstone;
        if let Some(procedure) = self.procedures.get_mut(&dossier.procedure) {
            let tombstone = Tombstone { id, number, state: dossier.state, deleted_at, reason };
            procedure.deleted.insert((deleted_at, id), tombstone);
        }
        Ok(())
    }
}
