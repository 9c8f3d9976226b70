//! The service on the stand-in for DS, by clocks that a test moves: what it reads and writes, and when.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::front::Front;
use common::mail::{MailServer, PASSWORD, Protection, USER};
use common::{ADS, GUICHET, Stand, procedure};
use fitn_connector::api::{Client, ClientSettings, RetryPolicy, TokenSource};
use fitn_connector::attachments::Attachments;
use fitn_connector::config::Config;
use fitn_connector::daemon::{Cron, Daemon, Means, Plan, Pulse, Reach, Reload, Sending, Syncs, Task, Watch, Work};
use fitn_connector::delivery::{PasswordSource, Smtp, Tls};
use fitn_connector::desk::{Delivery, Desk, Mailing, Recipients, Retention, Sender, Thresholds};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::message::MessageKind;
use fitn_connector::domain::period::Period;
use fitn_connector::evaluation::{Evaluator, MappedProcedure};
use fitn_connector::rules::Rulebook;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use fitn_connector::store::Store;
use fitn_connector::sync::{Engine, Followed, Options};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

/// After everything that the stand-in made up.
const BEGINNING: &str = "2023-01-15T10:02:00Z";
/// Before the beginning: the first report is that of the first quarter.
const QUARTERLY_FINAL: &str = "0 0 8 12 1,4,7,10 *";

struct Service<'a> {
    stand: &'a Stand,
    daemon: Daemon<Work>,
    machine: Arc<AtomicI64>,
    /// How often DS was made ready to be read.
    reached: Arc<AtomicUsize>,
}

fn milliseconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_millisecond()
}

impl<'a> Service<'a> {
    fn start(stand: &'a Stand, token_source: TokenSource) -> Self {
        Self::reading(stand, &stand.running().url, token_source)
    }

    /// The same, which reads DS at an address.
    fn reading(stand: &'a Stand, url: &str, token_source: TokenSource) -> Self {
        Self::sending(stand, url, token_source, Mailing::default())
    }

    /// The same, which sends.
    fn sending(stand: &'a Stand, url: &str, token_source: TokenSource, mailing: Mailing) -> Self {
        let machine = Arc::new(AtomicI64::new(milliseconds(BEGINNING)));
        let shown = Arc::clone(&machine);
        let clock = Clock::from_fn(move || Timestamp::from_millisecond(shown.load(Ordering::SeqCst)).unwrap());
        stand.hand.put(Some(BEGINNING.parse().unwrap()));
        let config = Config::load(&stand.path("config.toml")).unwrap();
        let store = Arc::new(Store::open(&config.database.path).unwrap());
        let mapped = config.procedures.iter().map(|procedure| MappedProcedure {
            number: procedure.number,
            programme: procedure.programme,
            mapping: procedure.fields.clone(),
        });
        let rulebook = Rulebook::builtin(&config.territory.region, &config.territory.departements).unwrap();
        let desk = Desk {
            store: Arc::clone(&store),
            attachments: Attachments::new(Arc::clone(&store), clock.clone(), stand.path("pieces"), None),
            clock: clock.clone(),
            evaluator: Evaluator::new(Arc::clone(&store), rulebook, mapped.collect()),
            region: config.territory.region.clone(),
            served: config.territory.departements.clone(),
            exports: config.exports.directory.clone(),
            site: "http://127.0.0.1".to_owned(),
            report_frozen_at: {
                let last = Cron::new(QUARTERLY_FINAL, config.schedule.timezone.clone()).unwrap();
                Box::new(move |quarter| last.next_after(quarter.ends_before()))
            },
            retention: Retention { erase_after: config.purge.erase_after, keep: config.purge.keep.clone() },
            mailing,
        };
        let reached = Arc::new(AtomicUsize::new(0));
        let plans = [
            (Task::FullSync, config.schedule.full_sync.as_str()),
            (Task::Sync, &config.schedule.sync),
            (Task::MonthlyList, &config.schedule.monthly_list),
            (Task::QuarterlyReport, &config.schedule.quarterly_report),
            (Task::QuarterlyFinal, QUARTERLY_FINAL),
            (Task::Committee, &config.schedule.committee),
            (Task::Digest, &config.schedule.digest),
            (Task::Deliveries, &config.schedule.deliveries),
        ];
        // Packs take their time: only who looks at them has them made.
        let has_packs = stand.config().contains("committee = ");
        let is_planned = |task: Task| match task {
            Task::Digest | Task::Deliveries => desk.mailing.sender.is_some(),
            Task::Committee => has_packs,
            _ => true,
        };
        let zone = config.schedule.timezone.clone();
        let about = |task: Task| {
            let about = config.procedures.iter().filter(|procedure| task.is_about(procedure.programme));
            about.map(|procedure| procedure.number).collect()
        };
        let planned = plans.into_iter().filter(|(task, _)| is_planned(*task));
        let plans = planned.map(|(task, cron)| Plan::new(task, about(task), Cron::new(cron, zone.clone()).unwrap()));
        let plans: Vec<Plan> = plans.collect();
        let followed = config.procedures.iter();
        let means = Means {
            configuration: String::new(),
            plans: plans.clone(),
            desk,
            reach: reach(stand, url, &clock, token_source, &reached),
            followed: followed.map(|one| Followed { number: one.number, programme: one.programme }).collect(),
            watch: Watch { stale_after: config.alerts.stale_after, ..Watch::default() },
        };
        let work = Work {
            present: Reload::begin(means).unwrap().present(),
            syncs: Arc::new(Syncs::default()),
            stop: CancellationToken::new(),
            pulse: Pulse::default(),
            sending: Sending::default(),
        };
        let daemon = Daemon::new(plans, store, clock, work, CancellationToken::new()).unwrap();
        Self { stand, daemon, machine, reached }
    }

    /// Both clocks say the same, and a round comes.
    fn at(&mut self, now: &str) -> &mut Self {
        self.clocks(now, now)
    }

    /// This machine's clock and DS's say different things, and a round comes.
    fn clocks(&mut self, machine: &str, ds: &str) -> &mut Self {
        self.machine.store(milliseconds(machine), Ordering::SeqCst);
        self.stand.hand.put(Some(ds.parse().unwrap()));
        // What the service waits for is moved to a thread of its own where it takes long.
        self.stand.block_on(self.daemon.round());
        self
    }

    /// The documents kept, by kind and period.
    fn kept(&self) -> Vec<String> {
        let rows =
            self.stand.rows("SELECT DISTINCT kind, period, revision FROM exports ORDER BY kind, period, revision");
        let text = |row: Vec<Option<String>>| row.into_iter().flatten().collect::<Vec<_>>().join(" ");
        rows.into_iter().map(text).collect()
    }

    /// The names of the files of documents.
    fn files(&self) -> Vec<String> {
        names(&self.stand.path("exports"))
    }

    fn syncs(&self) -> i64 {
        self.stand.number("SELECT count(*) FROM view_sync_runs")
    }

    fn alerts(&self) -> Vec<(String, String)> {
        let rows = self.stand.rows("SELECT key, hint FROM alerts WHERE key NOT LIKE 'evaluation:%' ORDER BY key");
        rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap())).collect()
    }

    fn alert_keys(&self) -> Vec<String> {
        self.alerts().into_iter().map(|(key, _)| key).collect()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A fault is tried again at once: no test waits for a server to recover.
fn reach(stand: &Stand, url: &str, clock: &Clock, token_source: TokenSource, reached: &Arc<AtomicUsize>) -> Reach {
    let settings = ClientSettings {
        url: url.to_owned(),
        token: stand.world().access.token.clone().into(),
        token_source,
        timeout: std::time::Duration::from_secs(30),
        max_retry: std::time::Duration::from_secs(1),
        proxy: None,
        ca_file: None,
        requests_per_minute: u32::MAX,
        shared_with: None,
    };
    let (clock, reached) = (clock.clone(), Arc::clone(reached));
    Box::new(move |desk| {
        reached.fetch_add(1, Ordering::SeqCst);
        let client = Client::new(&settings, clock.clone()).unwrap().with_policy(RetryPolicy::once());
        let store = Arc::clone(&desk.store);
        let engine = Engine::new(Arc::new(client), store, clock.clone(), Options::default());
        Ok(engine)
    })
}

const JANUARY: [&str; 4] = [
    "liste-demat-ads-2023-01.csv",
    "liste-demat-ads-2023-01.json",
    "liste-demat-ads-2023-01.ods",
    "liste-demat-ads-2023-01.xlsx",
];

const NEEDS_PERSON: &str = "SELECT needs_person FROM tasks WHERE name = 'monthly_list'";

#[test]
fn the_list_of_the_month_just_ended_is_kept_once_when_the_month_is_over() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-01-31T22:50:00Z");
    assert_eq!(service.kept(), [""; 0], "the first start makes no list of the past");
    service.at("2023-02-01T05:00:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
    assert_eq!(service.files(), JANUARY);
    let (syncs, reached) = (service.syncs(), service.reached.load(Ordering::SeqCst));
    assert_eq!(i64::try_from(reached).unwrap(), syncs, "DS is made ready afresh for each sync");
    service.at("2023-02-01T05:01:00Z").at("2023-02-01T05:14:00Z");
    assert_eq!((service.syncs(), service.kept().len()), (syncs, 1));
}

#[test]
fn a_list_that_is_due_before_the_next_sync_reads_ds_itself() {
    let stand = Stand::new(&[ADS]);
    stand.configure(&format!("{}\n[schedule]\nsync = \"0 0 12 * * *\"\n", stand.config()));
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-01-31T11:00:00Z");
    let before = service.syncs();
    service.at("2023-02-01T05:00:00Z");
    assert_eq!((service.kept(), service.syncs()), (vec!["monthly-list 2023-01 0".to_owned()], before + 1));
}

#[test]
fn months_that_were_missed_each_have_their_list_and_ds_is_read_once() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    let before = service.syncs();
    service.at("2023-04-12T10:00:00Z");
    assert_eq!(
        service.kept(),
        ["monthly-list 2023-01 0", "monthly-list 2023-02 0", "monthly-list 2023-03 0", "quarterly-report 2023-Q1 0"]
    );
    assert_eq!(service.syncs(), before + 2, "the full sync of last Sunday, the sync of this quarter of an hour");
}

#[test]
fn a_demarche_that_is_followed_later_has_no_list_of_before() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let both = stand.config();
    let (head, tables) = both.split_once("\n[[procedures]]").unwrap();
    let mut tables = tables.split("\n[[procedures]]");
    let guichet = tables.find(|table| table.contains(&format!("number = {}\n", procedure(GUICHET)))).unwrap();
    stand.configure(&format!("{head}\n[[procedures]]{guichet}"));
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-03-12T10:00:00Z");
    assert_eq!(service.kept(), [""; 0]);
    stand.configure(&both);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at("2023-06-15T10:02:00Z").at("2023-06-15T10:03:00Z");
    assert_eq!(service.kept(), ["quarterly-report 2023-Q1 0"], "the other démarche was read then");
    service.at("2023-07-01T05:00:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-06 0", "quarterly-report 2023-Q1 0"]);
}

#[test]
fn missed_months_of_a_demarche_that_ds_no_longer_knows_do_not_read_ds_each() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    let before = service.syncs();
    stand.change(|w| {
        w.discard(procedure(ADS), true);
        Ok(())
    });
    service.at("2023-04-12T10:00:00Z");
    assert_eq!(service.kept().len(), 4, "{:?}", service.kept());
    assert_eq!(service.syncs(), before + 2, "the full sync of last Sunday, the sync of this quarter of an hour");
}

#[test]
fn a_list_that_would_be_provisional_is_a_failure_with_its_alert_until_it_is_final() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    // DS tells the time, and hides the dossiers of the list.
    stand.world_mut().access.out_of_scope.insert(procedure(ADS));
    service.at("2023-02-01T05:00:00Z").at("2023-02-01T05:01:00Z");
    assert_eq!(service.kept(), [""; 0]);
    let attempts = "SELECT attempts FROM tasks WHERE name = 'monthly_list'";
    assert_eq!((stand.number(attempts), stand.number(NEEDS_PERSON)), (2, 0), "after a minute");
    assert_eq!(service.alert_keys(), [format!("sync:{}", procedure(ADS)), "task:monthly_list".to_owned()]);
    service.at("2023-02-01T05:02:00Z");
    assert_eq!(stand.number(attempts), 2, "it pauses");
    stand.world_mut().access.out_of_scope.clear();
    service.at("2023-02-01T05:03:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
    assert_eq!((service.alert_keys(), stand.number(attempts)), (Vec::new(), 0));
}

#[test]
fn a_list_that_only_a_person_can_make_final_is_told_as_such() {
    let stand = Stand::new(&[ADS]);
    let config = stand.config();
    stand.configure(&config[..config.find("[procedures.fields").unwrap()]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-02-01T05:00:00Z");
    assert_eq!(service.kept(), [""; 0]);
    assert_eq!(stand.number(NEEDS_PERSON), 1, "no fact is mapped");
    assert!(service.alert_keys().contains(&"task:monthly_list".to_owned()));
}

#[test]
fn a_demarche_that_fails_alone_has_its_alert_and_is_no_failure_of_the_sync() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    stand.world_mut().access.out_of_scope.insert(procedure(ADS));
    service.at("2023-01-15T10:15:00Z");
    let alone = format!("sync:{}", procedure(ADS));
    assert_eq!(service.alert_keys(), std::slice::from_ref(&alone));
    let syncs = service.syncs();
    service.at("2023-01-15T10:20:00Z");
    assert_eq!(service.syncs(), syncs, "it is not tried again before its time");
    stand.world_mut().access.out_of_scope.insert(procedure(GUICHET));
    service.at("2023-01-15T10:30:00Z");
    let mut both = [alone, format!("sync:{}", procedure(GUICHET)), "task:sync".to_owned()];
    both.sort();
    assert_eq!(service.alert_keys(), both);
}

#[test]
fn a_clock_forty_days_ahead_for_a_moment_freezes_nothing_and_delays_nothing() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    service
        .clocks("2023-02-24T10:02:10Z", "2023-01-15T10:02:10Z")
        .clocks("2023-02-24T10:03:00Z", "2023-01-15T10:03:00Z");
    assert_eq!((service.kept().len(), service.files().len()), (0, 0));
    assert_eq!(service.alert_keys(), ["clock:off"], "it is told, and is no failure");
    let ahead = service.syncs();
    service.at("2023-01-15T10:04:00Z");
    assert_eq!(service.syncs(), ahead + 1, "it syncs again at once");
    assert_eq!(service.alert_keys(), [""; 0]);
    service.at("2023-02-01T05:00:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
    assert_eq!(service.files(), JANUARY);
}

#[test]
fn a_first_start_in_2000_makes_no_list_of_the_years_since() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service
        .clocks("2000-01-01T00:00:30Z", "2023-01-15T10:02:00Z")
        .clocks("2000-01-01T00:02:00Z", "2023-01-15T10:04:00Z");
    assert_eq!((service.syncs(), service.kept().len()), (1, 0));
    service.at("2023-01-15T10:05:00Z").at("2023-01-15T10:06:00Z");
    assert_eq!(
        (service.syncs(), service.kept().len()),
        (3, 0),
        "the full sync and the sync that were missed, once each"
    );
    service.at("2023-02-01T05:00:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
}

#[test]
fn answers_without_a_date_conclude_nothing_and_are_not_asked_for_again_every_minute() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Undated, requests: Requests::Range(1, u64::MAX) }]);
    service.at("2023-02-01T05:00:00Z");
    assert_eq!(service.kept(), [""; 0]);
    let keys = service.alert_keys();
    assert!(keys.contains(&"clock:undated".to_owned()) && keys.contains(&"task:monthly_list".to_owned()), "{keys:?}");
    let syncs = service.syncs();
    service.at("2023-02-01T05:00:59Z");
    assert_eq!(service.syncs(), syncs, "it pauses");
    stand.running().plan_faults(Vec::new());
    service.at("2023-02-01T05:01:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
}

#[test]
fn a_refused_token_that_systemd_handed_over_needs_a_restart() {
    let stand = Stand::new(&[ADS]);
    stand.world_mut().access.expired = true;
    let hints = |service: Service| {
        let told: BTreeMap<String, String> = service.alerts().into_iter().collect();
        ["task:sync".to_owned(), format!("sync:{}", procedure(ADS))].map(|key| told[&key].clone())
    };
    let mut service = Service::start(&stand, TokenSource::Credential);
    service.at(BEGINNING);
    for hint in hints(service) {
        assert!(hint.contains("justificatif systemd") && hint.contains("systemctl restart fitn"), "{hint}");
    }
    assert_eq!(stand.number("SELECT needs_person FROM tasks WHERE name = 'sync'"), 1);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at("2023-01-15T10:30:00Z");
    assert_eq!(hints(service), ["créez un nouveau jeton dans le profil DS"; 2]);
}

#[test]
fn a_sync_that_somebody_else_runs_is_no_failure() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
    let held = store.sync_lock(BEGINNING.parse().unwrap()).unwrap();
    service.at(BEGINNING);
    assert_eq!((service.syncs(), service.alert_keys().len()), (0, 0));
    drop(held);
    service.at("2023-01-15T10:03:00Z");
    assert_eq!(service.syncs(), 1);
}

/// A proxy that stands within the encryption, and refuses the password for some of what it hears.
struct Proxy {
    url: String,
    /// Requests that hold this are refused.
    refused: Arc<Mutex<Option<String>>>,
    refusals: Arc<AtomicUsize>,
}

impl Proxy {
    fn before(stand: &Stand) -> Self {
        let (refused, refusals) = (Arc::new(Mutex::new(None::<String>)), Arc::new(AtomicUsize::new(0)));
        let (told, count) = (Arc::clone(&refused), Arc::clone(&refusals));
        let front = Front::before(stand, move |request, behind| {
            if !told.lock().unwrap().as_ref().is_some_and(|refused| request.contains(refused)) {
                return behind();
            }
            count.fetch_add(1, Ordering::SeqCst);
            b"HTTP/1.1 407 Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec()
        });
        Self { url: front.url, refused, refusals }
    }

    /// From now on requests that hold a text are refused; none: no longer.
    fn refuse(&self, text: Option<&str>) {
        *self.refused.lock().unwrap() = text.map(str::to_owned);
    }

    fn refusals(&self) -> usize {
        self.refusals.load(Ordering::SeqCst)
    }
}

/// Each refusal counts: after so many the account is locked.
#[test]
fn a_proxy_that_refuses_after_something_was_read_is_not_asked_again() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let proxy = Proxy::before(&stand);
    let mut service = Service::reading(&stand, &proxy.url, TokenSource::File);
    service.at(BEGINNING);
    let last = service.stand.rows("SELECT DISTINCT procedure FROM view_dossiers").len();
    assert_eq!((last, proxy.refusals()), (2, 0));
    let config = stand.config();
    let later = [ADS, GUICHET].map(procedure).into_iter().max_by_key(|one| config.find(&format!("number = {one}\n")));
    proxy.refuse(later.map(|number| format!("\"number\":{number}")).as_deref());
    service.at("2023-01-15T10:15:00Z");
    assert_eq!(proxy.refusals(), 1);
    let hint = service.alerts().into_iter().find(|(key, _)| key == "task:sync").unwrap().1;
    assert!(hint.contains("systemctl restart fitn"), "{hint}");
    let syncs = service.syncs();
    service.at("2023-01-15T10:16:00Z").at("2023-01-15T10:30:00Z").at("2023-01-16T10:00:00Z");
    assert_eq!((proxy.refusals(), service.syncs()), (1, syncs));
    let mut service = Service::reading(&stand, &proxy.url, TokenSource::File);
    proxy.refuse(None);
    service.at("2023-01-16T10:15:00Z");
    assert_eq!(service.syncs(), syncs + 1, "a restart asks again");
    assert_eq!(service.alert_keys(), [""; 0]);
}

#[test]
fn a_proxy_that_refuses_as_a_document_is_due_is_not_asked_again() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.configure(&format!("{}\n[schedule]\nsync = \"0 0 0 * * *\"\n", stand.config()));
    let proxy = Proxy::before(&stand);
    let mut service = Service::reading(&stand, &proxy.url, TokenSource::File);
    service.at(BEGINNING);
    // The month is over, and one of the two was not read since.
    stand.world_mut().access.out_of_scope.insert(procedure(GUICHET));
    service.at("2023-01-31T23:00:00Z");
    proxy.refuse(Some("POST"));
    service.at("2023-02-01T05:00:00Z");
    assert_eq!(proxy.refusals(), 1);
    service.at("2023-02-01T05:10:00Z").at("2023-02-01T23:00:00Z");
    assert_eq!(proxy.refusals(), 1, "neither for the document nor for the sync");
    proxy.refuse(None);
    let mut service = Service::reading(&stand, &proxy.url, TokenSource::File);
    service.at("2023-02-02T08:00:00Z");
    assert_eq!(service.kept(), ["monthly-list 2023-01 0"]);
}

#[test]
fn a_draft_of_the_report_is_written_and_the_report_is_kept_on_its_day() {
    let stand = Stand::new(&[ADS]);
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-04-05T06:00:00Z");
    let reports = |service: &Service<'_>| -> Vec<String> {
        service.files().into_iter().filter(|name| name.starts_with("rapport")).collect()
    };
    let mut formats = MessageKind::QuarterlyReport.formats().to_vec();
    formats.sort_unstable();
    let drafts: Vec<String> = formats.iter().map(|format| format!("rapport-fitn7-2023-T1-projet.{format}")).collect();
    assert_eq!(reports(&service), drafts);
    service.at("2023-04-12T05:00:00Z");
    assert!(service.kept().iter().all(|kept| kept.starts_with("monthly-list")), "{:?}", service.kept());
    service.at("2023-04-12T06:00:00Z");
    assert!(service.kept().contains(&"quarterly-report 2023-Q1 0".to_owned()), "{:?}", service.kept());
    assert_eq!(service.alert_keys(), [""; 0]);
    service.at("2023-07-12T06:00:00Z");
    let kept: Vec<String> = service.kept().into_iter().filter(|kept| kept.starts_with("quarterly")).collect();
    assert_eq!(kept, ["quarterly-report 2023-Q1 0", "quarterly-report 2023-Q2 0"]);
}

#[test]
fn each_departement_has_the_pack_of_its_committee_once_the_quarter_is_over() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let only = "\n[territory]\ndepartements = [\"77\", \"78\"]\n\n[schedule]\ncommittee = \"0 0 8 5 1,4,7,10 *\"\n";
    stand.configure(&format!("{}{only}", stand.config()));
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING).at("2023-04-05T05:59:00Z");
    let kept = |service: &Service<'_>| -> Vec<String> {
        service.kept().into_iter().filter(|kept| kept.starts_with("committee")).collect()
    };
    assert_eq!(kept(&service), [""; 0]);
    service.at("2023-04-05T06:00:00Z");
    assert_eq!(kept(&service), ["committee 77-2023-Q1 0", "committee 78-2023-Q1 0"]);
    let packs: Vec<String> = service.files().into_iter().filter(|name| name.starts_with("comite")).collect();
    let mut formats = MessageKind::Committee.formats().to_vec();
    formats.sort_unstable();
    let expected = ["77", "78"].map(|code| formats.iter().map(move |format| format!("comite-{code}-2023-T1.{format}")));
    assert_eq!(packs, expected.into_iter().flatten().collect::<Vec<_>>());
    assert_eq!(service.alert_keys(), [""; 0]);
}

/// What is sent by a mail server without protection.
fn mailing(server: &MailServer, deliveries: &[(MessageKind, &str, Option<&str>)]) -> Mailing {
    let delivery = |(kind, to, departement): &(MessageKind, &str, Option<&str>)| Delivery {
        kind: *kind,
        departement: departement.map(ToOwned::to_owned),
        recipients: Recipients::Mailboxes(vec![to.parse().unwrap()]),
        formats: Vec::new(),
        hold: false,
    };
    Mailing {
        smtp: Some(Smtp {
            host: "localhost".to_owned(),
            port: server.port,
            tls: Tls::None,
            ca_file: None,
            account: Some((USER.to_owned(), PasswordSource::new(|| Ok(PASSWORD.to_owned().into())))),
        }),
        sender: Some(Sender {
            from: "fitn@example.gouv.fr".parse().unwrap(),
            reply_to: None,
            redirect_to: None,
            max_message_bytes: 1_000_000,
        }),
        deliveries: deliveries.iter().map(delivery).collect(),
        thresholds: Thresholds::default(),
    }
}

/// To whom, and the subject, of the messages of a kind that went, in order.
fn went(server: &MailServer, kind: &str) -> Vec<String> {
    let opened = server.received().into_iter().map(|received| {
        let opened = received.opened();
        assert_eq!(opened["defects"].as_array().unwrap().len(), 0, "{opened}");
        format!("{} : {}", received.to, opened["headers"]["subject"].as_str().unwrap())
    });
    opened.filter(|said| said.contains(kind)).collect()
}

#[test]
fn people_are_told_once_of_a_cause_again_the_next_day_and_when_it_is_over() {
    let (stand, server) = (Stand::new(&[ADS, GUICHET]), MailServer::start(Protection::None));
    let mailing = mailing(&server, &[(MessageKind::Alerts, "exploitation@example.gouv.fr", None)]);
    let mut service = Service::sending(&stand, &stand.running().url.clone(), TokenSource::File, mailing);
    service.at(BEGINNING).at("2023-01-15T10:05:00Z");
    let stale = |began: &str| -> Vec<String> {
        went(&server, "données périmées").into_iter().filter(|said| said.contains(began)).collect()
    };
    assert_eq!(went(&server, "données périmées"), [""; 0]);
    stand.world_mut().access.out_of_scope.insert(procedure(ADS));
    service.at("2023-01-15T10:15:00Z").at("2023-01-15T12:00:00Z");
    assert_eq!(went(&server, "données périmées"), [""; 0], "one reading that fails is not told");
    service.at("2023-01-15T16:20:00Z").at("2023-01-15T16:25:00Z").at("2023-01-15T19:00:00Z");
    let (alert, over) = ("[FITN] Alerte : ", "[FITN] Rétabli : ");
    let number = procedure(ADS);
    let said = stale(alert);
    let subject = format!("exploitation@example.gouv.fr : {alert}démarche {number} : données périmées");
    assert!(matches!(said.as_slice(), [said] if said.starts_with(&subject)), "{said:?}");
    let received = server.received();
    let body = received
        .iter()
        .map(|received| received.opened())
        .find(|opened| opened["headers"]["subject"].as_str().unwrap().contains("données périmées"));
    let body = body.unwrap()["body"].as_str().unwrap().to_owned();
    assert!(body.contains("Lecture de DS interrompue") && body.contains("Que faire : "), "{body}");
    service.at("2023-01-16T16:20:00Z");
    assert_eq!(stale(alert).len(), 2, "again the next day: {:?}", stale(alert));
    assert!(stale(alert)[1].ends_with("(depuis le 15/01/2023 à 11:15)"), "{:?}", stale(alert));
    stand.world_mut().access.out_of_scope.clear();
    service.at("2023-01-16T16:30:00Z").at("2023-01-16T16:35:00Z").at("2023-01-17T16:35:00Z");
    assert_eq!((stale(alert).len(), stale(over).len()), (2, 1));
    assert_eq!(stand.number("SELECT count(*) FROM outbox WHERE state <> 'envoye'"), 0);
}

#[test]
fn a_service_that_is_held_tells_so_by_mail() {
    let (stand, server) = (Stand::new(&[ADS]), MailServer::start(Protection::None));
    let mailing = mailing(&server, &[(MessageKind::Alerts, "exploitation@example.gouv.fr", None)]);
    let proxy = Proxy::before(&stand);
    let mut service = Service::sending(&stand, &proxy.url, TokenSource::File, mailing);
    service.at(BEGINNING);
    proxy.refuse(Some("\"number\":"));
    service.at("2023-01-15T10:15:00Z").at("2023-01-15T10:20:00Z").at("2023-01-15T10:30:00Z");
    assert_eq!(proxy.refusals(), 1, "DS is not asked again");
    let said = went(&server, "Alerte : synchronisation");
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn what_is_new_goes_each_week_to_those_whom_it_concerns() {
    let (stand, server) = (Stand::new(&[ADS, GUICHET]), MailServer::start(Protection::None));
    let mut service = Service::start(&stand, TokenSource::File);
    service.at(BEGINNING);
    // Two départements, and a dossier of each.
    let sql =
        "SELECT departement, min(number) FROM view_dossiers WHERE departement IS NOT NULL AND state = 'en_construction'
               GROUP BY 1 ORDER BY 1 LIMIT 2";
    let rows = stand.rows(sql);
    let text = |row: usize, column: usize| rows[row][column].clone().unwrap();
    let (code, number, other) = (text(0, 0), text(0, 1), text(1, 1));
    let (all, of_one) = ("tous@example.gouv.fr", "un@example.gouv.fr");
    let kinds = [(MessageKind::Changes, all, None), (MessageKind::Changes, of_one, Some(code.as_str()))];
    let mailing = mailing(&server, &kinds);
    let mut service = Service::sending(&stand, &stand.running().url.clone(), TokenSource::File, mailing);
    service.at("2023-01-15T10:05:00Z").at("2023-01-16T05:59:00Z");
    assert_eq!(went(&server, "Nouveautés"), [""; 0], "it is not Monday at seven");
    service.at("2023-01-16T06:00:00Z").at("2023-01-16T06:05:00Z");
    let told = |to: &str| -> Vec<String> {
        let received = server.received().into_iter().filter(|received| received.to == to);
        received.map(|received| received.opened()["body"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((told(all).len(), told(of_one).len()), (1, 1), "all that was filed in the week before");
    service.at("2023-01-23T06:00:00Z").at("2023-01-23T06:05:00Z");
    assert_eq!((told(all).len(), told(of_one).len()), (1, 1), "nothing is new");
    let instruct = |number: &str, at: &str| {
        let (number, at) = (number.parse().unwrap(), at.parse().unwrap());
        stand.change(|world| world.set_state(number, DossierState::EnInstruction, at, None));
    };
    instruct(&other, "2023-01-24T08:00:00Z");
    service.at("2023-01-24T09:00:00Z");
    // Three weeks without the service: one digest tells of all.
    instruct(&number, "2023-02-08T08:00:00Z");
    service.at("2023-02-14T09:00:00Z").at("2023-02-20T06:00:00Z");
    let (of_all, of_one) = (told(all), told(of_one));
    let telling = |told: &[String], number: &str| told.iter().skip(1).filter(|body| body.contains(number)).count();
    assert_eq!((telling(&of_all, &number), telling(&of_all, &other)), (1, 1), "{of_all:?}");
    assert_eq!((telling(&of_one, &number), telling(&of_one, &other)), (1, 0), "{of_one:?}");
    assert_eq!(stand.number("SELECT count(*) FROM outbox WHERE state <> 'envoye'"), 0);
}
