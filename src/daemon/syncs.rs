//! The sync under way in the service: one at a time, which whoever asks for the same may watch.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::means::{Means, Present};
use super::reload::follow;
use super::work::tell;
use crate::desk::{DeskError, Synced};
use crate::domain::dossier::ProcedureNumber;
use crate::sync::{Engine, Progress, Request, Scope};

/// How a sync ended, for all who watched it.
pub type Ended = Arc<Result<Synced, DeskError>>;

/// How far a sync has come: enough for somebody who comes late.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// What it began last: a démarche, the downloads.
    pub begun: Option<Progress>,
    /// How far it is with that.
    pub count: Option<Progress>,
}

impl Glimpse {
    fn note(&mut self, progress: Progress) {
        match progress {
            Progress::Procedure { .. } | Progress::Downloads { .. } => {
                *self = Self { begun: Some(progress), count: None };
            }
            Progress::Stored { .. } | Progress::Downloaded { .. } => self.count = Some(progress),
        }
    }
}

#[derive(Debug)]
enum Stage {
    Going(Glimpse),
    Ended(Ended),
}

/// What is new of a sync.
#[derive(Debug)]
pub enum News {
    /// It goes on.
    Going(Glimpse),
    /// It ended; none: on an internal error, which says no more.
    Ended(Option<Ended>),
}

/// A sync under way.
#[derive(Debug, Clone)]
pub struct Ongoing {
    procedures: Vec<ProcedureNumber>,
    scope: Scope,
    stage: watch::Receiver<Stage>,
}

impl Ongoing {
    /// Whether it reads all that is asked for.
    #[must_use]
    pub fn covers(&self, request: &Request) -> bool {
        let reads_enough = match self.scope {
            Scope::Everything => request.scope != Scope::Quarantine,
            Scope::Changes => request.scope == Scope::Changes,
            Scope::Quarantine => false,
        };
        reads_enough && request.procedures.iter().all(|asked| self.procedures.contains(&asked.number))
    }

    /// Waits until something is new; the first time, it is.
    pub async fn news(&mut self) -> News {
        // Who syncs tells the end before it goes.
        let is_gone = self.stage.changed().await.is_err();
        match &*self.stage.borrow_and_update() {
            Stage::Ended(ended) => News::Ended(Some(Arc::clone(ended))),
            Stage::Going(_) if is_gone => News::Ended(None),
            Stage::Going(glimpse) => News::Going(glimpse.clone()),
        }
    }
}

/// The sync under way, if there is one.
#[derive(Debug, Default)]
pub struct Syncs(Mutex<Option<Ongoing>>);

/// The right to sync; given back when dropped.
#[derive(Debug)]
pub struct Turn {
    syncs: Arc<Syncs>,
    stage: watch::Sender<Stage>,
    ongoing: Ongoing,
}

impl Syncs {
    /// The right to do what is asked for.
    ///
    /// # Errors
    /// The sync that is under way.
    pub fn begin(self: &Arc<Self>, request: &Request) -> Result<Turn, Ongoing> {
        let mut current = self.current();
        if let Some(ongoing) = &*current {
            return Err(ongoing.clone());
        }
        let (stage, mut watched) = watch::channel(Stage::Going(Glimpse::default()));
        watched.mark_changed();
        let procedures = request.procedures.iter().map(|followed| followed.number).collect();
        let ongoing = Ongoing { procedures, scope: request.scope, stage: watched };
        *current = Some(ongoing.clone());
        Ok(Turn { syncs: Arc::clone(self), stage, ongoing })
    }

    fn current(&self) -> MutexGuard<'_, Option<Ongoing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// For whoever wants to watch.
    #[must_use]
    pub fn ongoing(&self) -> Ongoing {
        self.ongoing.clone()
    }

    /// Syncs by the means that it began with, and tells `moved` whenever something moves. Where others are `present` by then, the
    /// configuration was read again, and could not hold for what is stored: it does before anybody is told that the sync ended.
    /// The log says so before that, too.
    pub async fn sync(
        self,
        means: &Arc<Means>,
        present: &Present,
        engine: Engine,
        request: &Request,
        moved: impl Fn() + Send + Sync + 'static,
    ) -> Ended {
        let (told, stage) = (self.stage.clone(), self.stage.clone());
        let engine = engine.watched_by(move |progress| {
            moved();
            stage.send_modify(|stage| {
                if let Stage::Going(glimpse) = stage {
                    glimpse.note(progress);
                }
            });
        });
        let ended = Arc::new(means.desk.sync(&engine, request).await);
        if let Ok(synced) = &*ended {
            tell(synced);
        }
        let now = Arc::clone(&present.borrow());
        if !Arc::ptr_eq(&now, means) {
            follow(&now);
        }
        // Who learns of the end joins no sync that is over: its turn ends first.
        drop(self);
        told.send_replace(Stage::Ended(Arc::clone(&ended)));
        ended
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *self.syncs.current() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::programme::Programme;
    use crate::sync::Followed;

    fn request(numbers: &[ProcedureNumber], scope: Scope) -> Request {
        let procedures = numbers.iter().map(|&number| Followed { number, programme: Programme::Axe3V1 }).collect();
        Request { procedures, scope, trigger: "manual" }
    }

    #[test]
    fn one_syncs_at_a_time_and_the_others_watch_it() {
        let syncs = Arc::new(Syncs::default());
        let turn = syncs.begin(&request(&[1, 2], Scope::Changes)).unwrap();
        let ongoing = syncs.begin(&request(&[1], Scope::Changes)).unwrap_err();
        assert!(ongoing.covers(&request(&[2], Scope::Changes)));
        assert!(!ongoing.covers(&request(&[1], Scope::Everything)), "it does not read everything");
        assert!(!ongoing.covers(&request(&[1, 3], Scope::Changes)), "it does not read the third");
        assert!(!ongoing.covers(&request(&[1], Scope::Quarantine)));
        drop(turn);
        assert!(syncs.begin(&request(&[1], Scope::Everything)).is_ok(), "its turn is over");
    }

    #[tokio::test]
    async fn who_comes_late_sees_how_far_it_is_and_how_it_ends() {
        let syncs = Arc::new(Syncs::default());
        let turn = syncs.begin(&request(&[1], Scope::Changes)).unwrap();
        let begun = Progress::Procedure { number: 1, title: "FITN".to_owned(), known: 40 };
        for progress in [begun.clone(), Progress::Stored { seen: 10 }, Progress::Stored { seen: 20 }] {
            turn.stage.send_modify(|stage| {
                if let Stage::Going(glimpse) = stage {
                    glimpse.note(progress);
                }
            });
        }
        let mut late = syncs.begin(&request(&[1], Scope::Changes)).unwrap_err();
        let News::Going(glimpse) = late.news().await else { panic!() };
        assert_eq!(glimpse, Glimpse { begun: Some(begun), count: Some(Progress::Stored { seen: 20 }) });
        let mut other = late.clone();
        turn.stage.send_replace(Stage::Ended(Arc::new(Err(DeskError::NothingFollowed("axe3-v1")))));
        drop(turn);
        for watcher in [&mut late, &mut other] {
            assert!(matches!(watcher.news().await, News::Ended(Some(ended)) if ended.is_err()));
        }
    }

    #[tokio::test]
    async fn a_sync_that_vanishes_keeps_nobody_waiting() {
        let syncs = Arc::new(Syncs::default());
        let turn = syncs.begin(&request(&[1], Scope::Changes)).unwrap();
        let mut watcher = turn.ongoing();
        assert!(matches!(watcher.news().await, News::Going(_)));
        drop(turn);
        assert!(matches!(watcher.news().await, News::Ended(None)));
    }
}
