//! The program without its command line, so that a test says what time it is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fitn_connector::api::{Client, ClientSettings, RetryPolicy, TokenSource};
use fitn_connector::attachments::Attachments;
use fitn_connector::config::Config;
use fitn_connector::desk::{Backups, Desk, DeskError, Mailing, Retention};
use fitn_connector::domain::backup::KeptCopies;
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::programme::Programme;
use fitn_connector::evaluation::{Evaluator, MappedProcedure, Refreshed};
use fitn_connector::rules::Rulebook;
use fitn_connector::store::Store;
use fitn_connector::sync::{Engine, Followed, Options, Request, Scope, Summary};
use jiff::Timestamp;

use super::{Hand, Stand};

/// The desk of a préfecture and the hands of both clocks, its own and DS's, which agree unless a test parts them.
pub struct Office {
    pub desk: Desk,
    engine: Mutex<Engine>,
    followed: Vec<Followed>,
    hand: Arc<AtomicI64>,
    ds: DsHand,
}

/// DS's clock is again what it was once nobody holds it.
struct DsHand {
    hand: Hand,
    before: Option<Timestamp>,
}

impl Drop for DsHand {
    fn drop(&mut self) {
        self.hand.put(self.before);
    }
}

impl Office {
    /// Opens the workplace of a stand at an instant.
    pub fn open(stand: &Stand, now: &str) -> Self {
        Self::opened(stand, now, false, Options::default().max_run)
    }

    /// The same, with a client that does not wait between its tries.
    pub fn impatient(stand: &Stand, now: &str) -> Self {
        Self::opened(stand, now, true, Options::default().max_run)
    }

    /// The same, whose syncs last no longer than that.
    pub fn hurried(stand: &Stand, now: &str, max_run: Duration) -> Self {
        Self::opened(stand, now, true, max_run)
    }

    fn opened(stand: &Stand, now: &str, impatient: bool, max_run: Duration) -> Self {
        let hand = Arc::new(AtomicI64::new(milliseconds(now)));
        let shown = Arc::clone(&hand);
        let clock = Clock::from_fn(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
        let config = Config::load(&stand.path("config.toml")).unwrap();
        let store = Arc::new(Store::open(&config.database.path).unwrap());
        let rulebook = Rulebook::builtin(&config.territory.region, &config.territory.departements).unwrap();
        let mapped = config.procedures.iter().map(|procedure| MappedProcedure {
            number: procedure.number,
            programme: procedure.programme,
            mapping: procedure.fields.clone(),
        });
        let settings = ClientSettings {
            url: config.api.url.clone(),
            token: stand.world().access.token.clone().into(),
            token_source: TokenSource::File,
            timeout: config.api.timeout,
            max_retry: config.api.max_retry,
            proxy: None,
            ca_file: None,
            requests_per_minute: u32::MAX,
            shared_with: None,
        };
        // A fault is tried again at once: no test waits for a server to recover. The waits alone are counted, since the clock is moved
        // by hand: a slow machine tries as often as a fast one.
        let patience = RetryPolicy {
            min_delay: Duration::from_millis(1),
            max_delay: Duration::from_millis(2),
            max_jitter: Duration::from_millis(2),
            ..RetryPolicy::within(Duration::from_millis(200))
        };
        let client = Client::new(&settings, clock.clone()).unwrap();
        let client = Arc::new(if impatient { client.with_policy(patience) } else { client });
        let options = Options { page_size: config.api.page_size, max_run, ..Options::default() };
        let engine = Engine::new(client, Arc::clone(&store), clock.clone(), options);
        let desk = Desk {
            store: Arc::clone(&store),
            attachments: Attachments::new(Arc::clone(&store), clock.clone(), stand.path("pieces"), None),
            clock,
            evaluator: Evaluator::new(store, rulebook, mapped.collect()),
            region: config.territory.region.clone(),
            served: config.territory.departements.clone(),
            exports: config.exports.directory.clone(),
            site: "http://127.0.0.1".to_owned(),
            report_frozen_at: Box::new(|_| None),
            retention: Retention { erase_after: config.purge.erase_after, keep: config.purge.keep.clone() },
            mailing: Mailing::default(),
            backups: Backups {
                directory: stand.path("backups"),
                kept: KeptCopies { daily: config.backup.keep_daily, monthly: config.backup.keep_monthly },
            },
        };
        let followed = config.procedures.iter();
        let followed =
            followed.map(|procedure| Followed { number: procedure.number, programme: procedure.programme }).collect();
        let before = stand.hand.put(Some(now.parse().unwrap()));
        let ds = DsHand { hand: stand.hand.clone(), before };
        Self { desk, engine: Mutex::new(engine), followed, hand, ds }
    }

    /// Replaces the engine by one that `change` made of it.
    pub fn engine(self, change: impl FnOnce(Engine) -> Engine) -> Self {
        let engine = Mutex::new(change(self.engine.into_inner().unwrap()));
        Self { engine, ..self }
    }

    /// Moves both clocks on, whenever it is called: also while a sync runs.
    pub fn passing(&self, time: Duration) -> impl Fn() + Send + use<> {
        let (hand, ds, milliseconds) =
            (Arc::clone(&self.hand), self.ds.hand.clone(), i64::try_from(time.as_millis()).unwrap());
        move || {
            let now = hand.fetch_add(milliseconds, Ordering::SeqCst) + milliseconds;
            ds.put(Some(Timestamp::from_millisecond(now).unwrap()));
        }
    }

    /// Moves both clocks.
    pub fn at(&self, now: &str) -> &Self {
        self.machine_at(now).ds_at(now)
    }

    /// Moves the clock of this machine alone.
    pub fn machine_at(&self, now: &str) -> &Self {
        self.hand.store(milliseconds(now), Ordering::SeqCst);
        self
    }

    /// Moves DS's clock alone.
    pub fn ds_at(&self, now: &str) -> &Self {
        self.ds.hand.put(Some(now.parse().unwrap()));
        self
    }

    /// Syncs and evaluates, whatever becomes of it.
    pub fn try_sync(&self, stand: &Stand, full: bool) -> Result<Summary, DeskError> {
        stand.block_on(self.syncing(full))
    }

    /// Asks for the quarantine alone, whatever becomes of it.
    pub fn retry_quarantine(&self, stand: &Stand) -> Summary {
        stand.block_on(self.reading(Scope::Quarantine)).unwrap()
    }

    /// The same, for whoever waits for it, or does not.
    pub async fn syncing(&self, full: bool) -> Result<Summary, DeskError> {
        self.reading(if full { Scope::Everything } else { Scope::Changes }).await
    }

    #[allow(clippy::await_holding_lock, reason = "each office has one sync at a time")]
    async fn reading(&self, scope: Scope) -> Result<Summary, DeskError> {
        let request = Request { procedures: self.followed.clone(), scope, trigger: "manual" };
        let engine = self.engine.lock().unwrap();
        self.desk.sync(&engine, &request).await.map(|synced| synced.summary)
    }

    /// Syncs the démarches of some programmes only, without an error.
    #[track_caller]
    pub fn sync_only(&self, stand: &Stand, programmes: &[Programme]) -> &Self {
        let followed = self.followed.iter().filter(|followed| programmes.contains(&followed.programme));
        let request = Request { procedures: followed.copied().collect(), scope: Scope::Changes, trigger: "manual" };
        let engine = self.engine.lock().unwrap();
        let synced = stand.block_on(self.desk.sync(&engine, &request)).unwrap();
        assert!(synced.summary.error().is_none(), "{:?}", synced.summary.error());
        self
    }

    /// Syncs, and tells what was judged.
    #[track_caller]
    pub fn synced(&self, stand: &Stand) -> Refreshed {
        let request = Request { procedures: self.followed.clone(), scope: Scope::Changes, trigger: "manual" };
        let engine = self.engine.lock().unwrap();
        stand.block_on(self.desk.sync(&engine, &request)).unwrap().refreshed
    }

    /// Syncs without an error, to begin with.
    #[track_caller]
    pub fn sync_first(self, stand: &Stand) -> Self {
        self.sync(stand);
        self
    }

    /// Syncs without an error.
    #[track_caller]
    pub fn sync(&self, stand: &Stand) -> &Self {
        let summary = self.try_sync(stand, false).unwrap();
        assert!(summary.error().is_none(), "{:?}", summary.error());
        self
    }
}

fn milliseconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_millisecond()
}
