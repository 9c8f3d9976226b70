//! What is sent to people: once each, whatever happens on the way, and the outbox tells the truth.

mod common;

use std::time::Duration;

use common::daemon::{Beside, Daemon, journal, listening, quiet, signal};
use common::mail::{MailServer, Mood, PASSWORD, Protection, SENT_BEFORE, Step};
use common::{ADS, GUICHET, Run, Stand, eventually};
use fitn_connector::domain::text::hexadecimal;
use fitn_connector::files::write_atomically;
use serde_json::Value;
use sha2::{Digest, Sha256};

const LIST_TO_TWO: &str =
    "\n[[delivery]]\nwhat = \"monthly-list\"\nto = [\"Demat-ADS@example.gouv.fr\", \"chef@example.gouv.fr\"]\n";
const LIST_TO_ONE: &str = "\n[[delivery]]\nwhat = \"monthly-list\"\nto = [\"demat-ads@example.gouv.fr\"]\n";
const LIST: &str = "export monthly --month 2021-09";

/// A préfecture that was synced and sends by a mail server.
struct Office {
    stand: Stand,
    server: MailServer,
}

impl Office {
    fn open(protection: Protection, deliveries: &str) -> Self {
        let (stand, server) = (Stand::new(&[ADS]), MailServer::start(protection));
        stand.run("sync").expect(0);
        let office = Self { stand, server };
        office.configure(deliveries);
        office.sent_before()
    }

    /// As if something had gone to somebody long ago: what is not ready at the first time is told elsewhere.
    fn sent_before(self) -> Self {
        self.stand.execute(SENT_BEFORE);
        self
    }

    fn configure(&self, deliveries: &str) {
        let config = self.stand.config();
        let before = config.split("\n[smtp]").next().unwrap().to_owned();
        self.stand.configure(&(before + &self.server.section() + deliveries));
        self.stand.write("smtp-password", &format!("{PASSWORD}\n"), 0o600);
        self.stand.write("autorite.pem", &self.server.authority, 0o644);
    }

    fn run(&self, line: &str) -> Run {
        self.stand.run(line)
    }

    fn messages(&self) -> Vec<Value> {
        let messages = self.run("outbox list --json").expect(0).json().as_array().unwrap().clone();
        messages.into_iter().filter(|message| message["id"].as_i64() != Some(-1)).collect()
    }

    /// The state of each message.
    fn states(&self) -> Vec<String> {
        self.messages().iter().map(|message| message["state"].as_str().unwrap().to_owned()).collect()
    }

    fn alerts(&self) -> Vec<String> {
        let rows = self.stand.rows("SELECT message FROM alerts WHERE key LIKE 'outbox:%' ORDER BY key");
        rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
    }

    /// The Message-IDs that the server keeps, in order.
    fn received(&self) -> Vec<String> {
        self.server.received().iter().map(|received| received.header("Message-ID")).collect()
    }
}

/// A préfecture whose list waits in the outbox, and that has a service which does nothing but send, when it starts.
fn with_a_service(protection: Protection) -> Office {
    let office = Office::open(protection, LIST_TO_TWO);
    quiet(&office.stand);
    office.run(LIST).expect(0);
    office
}

/// A service that begins with sending.
fn sending(office: &Office) -> Daemon {
    let long_ago = "INSERT OR REPLACE INTO tasks (name, done_until) VALUES ('deliveries', '2021-01-01T00:00:00Z')";
    office.stand.execute(long_ago);
    listening(&office.stand)
}

/// The same, where nothing else is to be done.
fn sending_now(office: &Office) -> Daemon {
    quiet(&office.stand);
    sending(office)
}

fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}

#[test]
fn a_list_goes_once_to_each_address_as_it_was_kept() {
    for protection in [Protection::StartTls, Protection::Wrapped, Protection::None] {
        let office = Office::open(protection, LIST_TO_TWO);
        let stand = &office.stand;
        office.run(LIST).expect(0);
        assert_eq!(office.states(), ["a_envoyer", "a_envoyer"]);
        let shown = office.run("outbox send --dry-run").expect(0);
        assert!(shown.out.contains("Objet : [FITN] Liste Démat.ADS, septembre 2021"), "{}", shown.out);
        assert!(office.server.received().is_empty());
        let sent = office.run("outbox send").expect(0);
        assert!(sent.out.starts_with("2 messages envoyés"), "{}{}", sent.out, sent.err);
        assert!(!sent.err.contains("example.gouv.fr") && !sent.err.contains(PASSWORD), "{}", sent.err);
        let messages = office.messages();
        for (message, received) in messages.iter().zip(office.server.received()) {
            assert_eq!((message["state"].as_str(), message["attempts"].as_i64()), (Some("envoye"), Some(1)));
            assert_eq!(message["reply"].as_str(), Some("250 2.0.0 rangé sous 42"));
            assert_eq!(received.header("Message-ID"), message["message_id"].as_str().unwrap());
            assert_eq!(received.from, "fitn@example.gouv.fr");
            assert_eq!(received.to.to_lowercase(), message["to"].as_str().unwrap());
            let opened = received.opened();
            assert_eq!(opened["defects"].as_array().unwrap().len(), 0, "{opened}");
            assert_eq!(opened["headers"]["subject"], "[FITN] Liste Démat.ADS, septembre 2021");
            assert_eq!(opened["headers"]["from"], "FITN Île-de-France <fitn@example.gouv.fr>");
            let files = opened["files"].as_array().unwrap();
            let names: Vec<&str> = files.iter().map(|file| file["name"].as_str().unwrap()).collect();
            assert_eq!(names, ["liste-demat-ads-2021-09.xlsx", "liste-demat-ads-2021-09.csv"]);
            let body = opened["body"].as_str().unwrap();
            for file in files {
                let content = std::fs::read(stand.path("exports").join(file["name"].as_str().unwrap())).unwrap();
                assert_eq!(file["sha256"].as_str(), Some(sha256(&content).as_str()), "byte for byte");
                assert!(body.contains(file["sha256"].as_str().unwrap()), "{body}");
            }
            assert!(body.contains("arrêtée au 30/09/2021 à 23:59") && body.contains("Lignes : "), "{body}");
        }
        assert!(office.run("outbox send").expect(0).out.starts_with("rien à envoyer"));
        office.run(LIST).expect(0);
        assert_eq!(office.received().len(), 2, "asked for again, it is not sent again");
    }
}

#[test]
fn a_correction_is_another_message_and_the_report_another_still() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let office = Office { stand, server: MailServer::start(Protection::None) }.sent_before();
    office.configure(&format!(
        "{LIST_TO_ONE}formats = [\"json\"]\n\n[[delivery]]\nwhat = \"quarterly-report\"\nto = [\"ditp@example.gouv.fr\"]\n"
    ));
    let filed = office.stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap())[0];
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    office.run(&format!("correct {filed} --fact granted_amount --value 7,77 --reason r --by moi")).expect(0);
    office.run(&format!("{LIST} --revise")).expect(0);
    office.run("export quarterly --quarter 2021-Q3").expect(0);
    office.run("outbox send").expect(0);
    let subjects: Vec<String> = office
        .server
        .received()
        .iter()
        .map(|one| one.opened()["headers"]["subject"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "[FITN] Liste Démat.ADS, septembre 2021",
        "[FITN] Liste Démat.ADS, septembre 2021, correction 1",
        "[FITN] Rapport trimestriel, 2021-T3",
    ];
    assert_eq!(subjects, expected);
    let ids: std::collections::BTreeSet<String> = office.received().into_iter().collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn refused_for_now_it_goes_again_and_refused_for_good_it_waits_for_a_person() {
    for step in [Step::Mail, Step::Rcpt, Step::Data, Step::Dot] {
        let office = Office::open(Protection::None, LIST_TO_ONE);
        office.run(LIST).expect(0);
        office.server.moods([Mood::Says(step, "451 4.3.0 plus tard"), Mood::Says(step, "550 5.1.1 inconnu")]);
        office.run("outbox send").expect(5);
        let message = office.messages().remove(0);
        assert_eq!((message["state"].as_str(), message["attempts"].as_i64()), (Some("a_envoyer"), Some(1)), "{step:?}");
        assert_eq!(message["reply"].as_str(), Some("451 4.3.0 plus tard"));
        assert!(message["next_at"].is_string());
        assert_eq!(office.alerts(), [] as [&str; 0], "it goes again by itself");
        office.run("outbox send").expect(1);
        let message = office.messages().remove(0);
        assert_eq!((message["state"].as_str(), &message["next_at"]), (Some("echec"), &Value::Null), "{step:?}");
        assert!(office.alerts()[0].contains("550 5.1.1 inconnu"), "{:?}", office.alerts());
        assert!(office.run("outbox send").expect(0).out.starts_with("rien à envoyer"));
        office.run("outbox release 1").expect(0);
        office.run("outbox send").expect(0);
        assert_eq!(
            (office.received(), office.alerts().len()),
            (vec![message["message_id"].as_str().unwrap().to_owned()], 0)
        );
    }
}

#[test]
fn one_recipient_that_is_refused_keeps_the_other_from_nothing() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Says(Step::Rcpt, "550 5.1.1 inconnu")]);
    office.run("outbox send").expect(1);
    assert_eq!(office.states(), ["echec", "envoye"]);
    assert_eq!(office.server.received()[0].to, "chef@example.gouv.fr");
}

#[test]
fn a_connection_lost_after_the_message_was_handed_over_is_uncertain_and_the_message_goes_once_more_at_most() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Cuts(Step::Dot)]);
    office.run("outbox send").expect(5);
    let message = office.messages().remove(0);
    assert_eq!((message["state"].as_str(), message["next_at"].is_string()), (Some("incertain"), true));
    assert!(message["reply"].as_str().unwrap().starts_with("remis au serveur, sans réponse"), "{message}");
    office.run("outbox release 1").expect(2);
    office.run("outbox send").expect(0);
    assert_eq!(office.states(), ["envoye"]);
    let received = office.received();
    assert_eq!((received.len(), &received[0]), (2, &received[1]), "twice, under one Message-ID");
    assert_eq!(office.server.received()[0].data, office.server.received()[1].data);

    let office = Office::open(Protection::StartTls, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Cuts(Step::Dot), Mood::Cuts(Step::Dot)]);
    for code in [5, 5, 0] {
        office.run("outbox send").expect(code);
    }
    let message = office.messages().remove(0);
    assert_eq!((message["state"].as_str(), &message["next_at"]), (Some("incertain"), &Value::Null));
    assert_eq!(office.received().len(), 2, "never a third time");
    assert!(office.alerts()[0].contains("peut-être arrivé"), "{:?}", office.alerts());
    office.run("outbox cancel 1").expect(0);
    assert_eq!((office.states(), office.alerts().len()), (vec!["annule".to_owned()], 0));
    office.run("outbox release 1").expect(2);
    office.run("outbox send").expect(0);
    assert_eq!(office.received().len(), 2, "nor by way of a person");
}

#[test]
fn a_connection_lost_within_the_message_loses_nothing() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Cuts(Step::Greeting), Mood::Cuts(Step::Mail), Mood::Cuts(Step::Rcpt)]);
    for _ in 0..3 {
        office.run("outbox send").expect(5);
        assert_eq!(office.states(), ["a_envoyer"]);
    }
    // Whether the system had taken all of the message by then, nobody can tell: it may be uncertain.
    office.server.moods([Mood::Cuts(Step::Data)]);
    office.run("outbox send").expect(5);
    assert_ne!(office.states(), ["envoye"]);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned()], 1));
}

#[test]
fn a_slow_server_is_waited_for() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Waits(Step::Dot, Duration::from_millis(1500))]);
    office.run("outbox send").expect(0);
    assert_eq!(office.states(), ["envoye"]);
}

#[test]
fn killed_at_any_step_each_recipient_has_the_message_and_the_outbox_tells_the_truth() {
    for (step, most) in [(Step::Greeting, 1), (Step::Mail, 1), (Step::Rcpt, 1), (Step::Data, 1), (Step::Dot, 2)] {
        let office = Office::open(Protection::None, LIST_TO_ONE);
        office.run(LIST).expect(0);
        office.server.moods([Mood::Hangs(step)]);
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        let arguments = ["--config", "config.toml", "outbox", "send"];
        let mut child = command.args(arguments).current_dir(office.stand.directory()).spawn().unwrap();
        eventually("the server hangs", || office.server.hanging() == 1);
        let busy = office.run("outbox send");
        assert_eq!(busy.code, 5, "one sends at a time: {}{}", busy.out, busy.err);
        child.kill().unwrap();
        child.wait().unwrap();
        eventually("the server notices", || office.server.hanging() == 0);
        let given = office.received().len();
        let sent = office.run("outbox send --json").expect(0).json();
        assert_eq!(sent["sent"], 1, "{step:?}: {sent}");
        let received = office.received();
        assert_eq!((received.len(), given), (most, most - 1), "{step:?}");
        assert!(received.iter().all(|id| *id == received[0]), "{step:?}");
        assert_eq!(office.states(), ["envoye"]);
        office.run("outbox send").expect(0);
        assert_eq!(office.received().len(), most, "{step:?}");
    }
}

#[test]
fn a_service_that_is_stopped_while_it_sends_ends_its_message_and_leaves_the_next_to_the_next_one() {
    let office = with_a_service(Protection::StartTls);
    office.server.moods([Mood::Pauses(Step::Dot)]);
    let daemon = sending(&office);
    eventually("it sends", || office.server.hanging() == 1);
    daemon.terminate();
    eventually("it has heard so", || !office.stand.path("fitn.sqlite.socket").exists());
    office.server.resume();
    assert_eq!(daemon.ended(), Some(0));
    assert_eq!(office.states(), ["envoye", "a_envoyer"]);
    let daemon = sending(&office);
    eventually("the next one sends the rest", || office.states() == ["envoye", "envoye"]);
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    let to: Vec<String> = office.server.received().into_iter().map(|received| received.to.to_lowercase()).collect();
    assert_eq!(to, ["demat-ads@example.gouv.fr", "chef@example.gouv.fr"], "once each");
}

#[test]
fn a_service_that_is_killed_while_it_sends_sends_to_each_once_and_what_is_uncertain_once_more() {
    for (step, most) in [(Step::Rcpt, 1), (Step::Dot, 2)] {
        let office = with_a_service(Protection::None);
        office.server.moods([Mood::Hangs(step)]);
        let daemon = sending(&office);
        eventually("the server hangs", || office.server.hanging() == 1);
        // Killed.
        drop(daemon);
        eventually("the server notices", || office.server.hanging() == 0);
        let daemon = sending(&office);
        eventually("the next one sends", || office.states() == ["envoye", "envoye"]);
        daemon.terminate();
        assert_eq!(daemon.ended(), Some(0));
        let messages = office.messages();
        for (message, times) in messages.iter().zip([most, 1]) {
            let id = message["message_id"].as_str().unwrap();
            assert_eq!(
                office.received().iter().filter(|received| *received == id).count(),
                times,
                "{step:?} {message}"
            );
        }
        assert_eq!(office.received().len(), most + 1, "{step:?}");
    }
}

#[test]
fn sending_is_asked_of_the_service_which_goes_on_when_the_command_is_interrupted() {
    let office = with_a_service(Protection::None);
    let daemon = listening(&office.stand);
    office.server.moods([Mood::Pauses(Step::Dot)]);
    let command = Beside::run(&office.stand, "command", "outbox send");
    eventually("it sends", || office.server.hanging() == 1);
    let busy = office.run("outbox send").expect(5);
    assert!(busy.err.contains("en cours d’envoi"), "{}", busy.err);
    signal(command.pid(), "INT");
    let interrupted = command.ended().expect(1);
    let told = format!("ce qu’elle a demandé au service (processus {}) y continue", daemon.pid());
    assert!(interrupted.err.contains(&told), "{}", interrupted.err);
    office.server.resume();
    eventually("both are sent", || office.states() == ["envoye", "envoye"]);
    assert_eq!(journal(&office.stand).matches("message envoyé").count(), 2, "by the service");
    assert_eq!(office.received().len(), 2);
    eventually("it has ended", || office.run("outbox send").code == 0);
    assert!(office.run("outbox send").expect(0).out.starts_with("rien à envoyer"));
    // What becomes of a message has the exit code that it has without a service.
    office.run("export monthly --month 2021-10").expect(0);
    office.server.moods([Mood::Says(Step::Rcpt, "550 5.1.1 inconnu")]);
    let failed = office.run("outbox send --json").expect(1).json();
    assert_eq!((&failed["sent"], &failed["failed"]), (&1.into(), &1.into()));
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_full_disk_keeps_messages_back_and_loses_none() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    let stand = &office.stand;
    office.run(LIST).expect(0);
    std::fs::create_dir(stand.path("full")).unwrap();
    let shell = |line: &str| {
        let mut command = std::process::Command::new("unshare");
        let line = format!("mount -t tmpfs -o size=8m none full && {line}");
        command.args(["-m", "sh", "-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn"));
        command.current_dir(stand.directory()).env_remove("FITN_API_TOKEN").output()
    };
    if !shell("true").is_ok_and(|output| output.status.success()) {
        let told = "NOT TESTED: a full disk; this account may not mount a small one (unshare -m, mount -t tmpfs)\n";
        std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
        return;
    }
    stand.reconfigure("path = \"fitn.sqlite\"", "path = \"full/fitn.sqlite\"");
    // The small disk dies with its shell: the files are brought back as they were left.
    let output = shell(
        "cp fitn.sqlite fitn.sqlite.envois full && { head -c 9000000 /dev/zero > full/rest 2>/dev/null; \
         \"$0\" --config config.toml outbox send; code=$?; rm full/rest; cp full/fitn.sqlite* . ; exit $code; }",
    )
    .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("erreur : le disque ") && said.contains("conseil : "), "{said}");
    stand.reconfigure("path = \"full/fitn.sqlite\"", "path = \"fitn.sqlite\"");
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 2), "once each");
}

#[test]
fn a_restored_older_database_sends_nothing_again() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    office.run(LIST).expect(0);
    let database = std::fs::read(office.stand.path("fitn.sqlite")).unwrap();
    office.server.moods([Mood::Says(Step::Mail, "250 ok"), Mood::Cuts(Step::Dot)]);
    office.run("outbox send").expect(5);
    assert_eq!(office.states(), ["envoye", "incertain"]);
    write_atomically(&office.stand.path("fitn.sqlite"), &database).unwrap();
    assert_eq!(office.states(), ["a_envoyer", "a_envoyer"], "it does not know better");
    office.run("outbox send").expect(0);
    assert_eq!(office.states(), ["envoye", "envoye"]);
    let received = office.received();
    assert_eq!(received.len(), 3, "the first once, the second once more: {received:?}");
    assert_eq!(received[1], received[2]);

    // A database begun anew is the same connector: what went in its name does not go again.
    office.stand.forget_the_database();
    office.run("sync").expect(0);
    let office = office.sent_before();
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 3));
}

#[test]
fn what_is_too_large_goes_without_its_largest_files_and_says_where_they_are() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    let whole = office.messages()[0]["size"].as_u64().unwrap();
    let xlsx = std::fs::metadata(office.stand.path("exports/liste-demat-ads-2021-09.xlsx")).unwrap().len();
    let csv = std::fs::metadata(office.stand.path("exports/liste-demat-ads-2021-09.csv")).unwrap().len();
    assert_ne!(xlsx, csv);
    let (small, large) = if xlsx > csv { ("csv", "xlsx") } else { ("xlsx", "csv") };
    let attached = |office: &Office| {
        let opened = office.server.received().last().unwrap().opened();
        let files = opened["files"].as_array().unwrap();
        let names: Vec<String> = files.iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect();
        (names, opened["body"].as_str().unwrap().to_owned())
    };
    // The server says so before, or only then.
    office.server.limit(usize::try_from(whole).unwrap() - 1);
    office.run("outbox send").expect(0);
    let (names, body) = attached(&office);
    assert_eq!(names, [format!("liste-demat-ads-2021-09.{small}")]);
    assert!(
        body.contains("Fichiers NON joints") && body.contains(&format!("exports/liste-demat-ads-2021-09.{large}")),
        "{body}"
    );

    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Says(Step::Mail, "552 5.3.4 trop gros"), Mood::Says(Step::Dot, "552 5.3.4 trop gros")]);
    office.run("outbox send").expect(0);
    let (names, body) = attached(&office);
    assert_eq!((names.len(), office.received().len()), (0, 1));
    assert!(
        body.contains(&sha256(&std::fs::read(office.stand.path("exports/liste-demat-ads-2021-09.csv")).unwrap())),
        "{body}"
    );

    // By the configuration alone.
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.stand.reconfigure("ca_file = \"autorite.pem\"", "ca_file = \"autorite.pem\"\nmax_message_bytes = 2000");
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    assert_eq!(attached(&office).0.len(), 0);
}

#[test]
fn a_rehearsal_goes_to_whoever_tries_and_does_not_count_as_sent() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    let share = office.stand.path("partage");
    std::fs::create_dir(&share).unwrap();
    office.configure(&format!("redirect_to = \"essai@example.gouv.fr\"\n{LIST_TO_ONE}"));
    office.run(LIST).expect(0);
    office.run("outbox send").expect(3);
    let received = office.server.received();
    assert_eq!((received.len(), received[0].to.as_str()), (1, "essai@example.gouv.fr"));
    assert!(received[0].opened()["body"].as_str().unwrap().contains("pour demat-ads@example.gouv.fr"));
    office.run("outbox release 2").expect(2);
    office.configure(LIST_TO_ONE);
    office.run("outbox send").expect(3);
    assert_eq!(office.received().len(), 1, "a person lets it go");
    assert!(office.alerts()[0].contains("message 2 : retenu : répétition"), "and is told : {:?}", office.alerts());
    office.run("outbox release 2").expect(0);
    assert_eq!(office.alerts(), [""; 0]);
    office.run("outbox send").expect(0);
    let received = office.server.received();
    assert_eq!((received.len(), received[1].to.as_str()), (2, "demat-ads@example.gouv.fr"));
    assert_ne!(received[0].header("Message-ID"), received[1].header("Message-ID"));
    assert_eq!(office.states(), ["envoye", "envoye"]);
}

#[test]
fn files_go_into_a_directory_once_it_is_there() {
    let office = Office::open(
        Protection::None,
        "\n[[delivery]]\nwhat = \"monthly-list\"\ndirectory = \"partage\"\nformats = [\"csv\"]\n",
    );
    office.run(LIST).expect(0);
    let gone = office.run("outbox send").expect(5);
    assert!(gone.out.contains("à réessayer"), "{}", gone.out);
    assert!(office.messages()[0]["reply"].as_str().unwrap().contains("est-il monté"));
    assert!(office.alerts()[0].contains("est-il monté"), "{:?}", office.alerts());
    std::fs::create_dir(office.stand.path("partage")).unwrap();
    office.run("outbox send").expect(0);
    let read = |name: &str| std::fs::read(office.stand.path(name)).unwrap();
    assert_eq!(read("partage/liste-demat-ads-2021-09.csv"), read("exports/liste-demat-ads-2021-09.csv"));
    assert_eq!(std::fs::read_dir(office.stand.path("partage")).unwrap().count(), 1);
    std::fs::remove_file(office.stand.path("partage/liste-demat-ads-2021-09.csv")).unwrap();
    office.run("outbox send").expect(0);
    assert_eq!(std::fs::read_dir(office.stand.path("partage")).unwrap().count(), 0, "it was sent");
    assert!(office.received().is_empty());
}

#[test]
fn what_a_person_holds_waits_and_what_they_give_up_never_goes() {
    let office = Office::open(Protection::None, &format!("{LIST_TO_TWO}hold = true\n"));
    office.run(LIST).expect(0);
    assert_eq!(office.states(), ["retenu", "retenu"]);
    office.run("outbox release 1").expect(0);
    office.run("outbox cancel 2").expect(0);
    office.run("outbox hold 1").expect(0);
    assert!(office.run("outbox").expect(0).out.contains("retenu par une personne"));
    office.run("outbox hold 1").expect(2);
    office.run("outbox show 3").expect(2);
    office.run("outbox release 1").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!(office.states(), ["envoye", "annule"]);
    assert_eq!(office.received().len(), 1);
    for act in ["cancel 1", "hold 1", "release 1"] {
        office.run(&format!("outbox {act}")).expect(2);
    }
    let withdraw = "export withdraw --kind monthly-list --period 2021-09 --never-sent --reason erreur --by Martin";
    let refused = office.run(withdraw).expect(2);
    assert!(refused.err.contains("message 1") && refused.err.contains("--revise"), "{}", refused.err);
}

#[test]
fn what_was_taken_back_before_it_went_never_goes() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    office.run(LIST).expect(0);
    office
        .run("export withdraw --kind monthly-list --period 2021-09 --never-sent --reason erreur --by Martin")
        .expect(0);
    assert_eq!(office.states(), ["annule", "annule"]);
    office.run("outbox send").expect(0);
    assert!(office.received().is_empty());
}

#[test]
fn a_server_that_cannot_be_used_is_told_in_french_and_nothing_is_lost() {
    let office = Office::open(Protection::StartTls, LIST_TO_TWO);
    office.run(LIST).expect(0);
    assert!(office.run("check").out.contains("✓ courriel"), "all is well");
    let section = office.server.section();
    let wrong = |from: &str, to: &str, said: &str, code: i32| {
        office.configure(LIST_TO_TWO);
        office.stand.reconfigure(from, to);
        let run = office.run("outbox send").expect(5);
        let message = office.messages().remove(1);
        assert_eq!(message["state"], "a_envoyer");
        assert!(message["reply"].as_str().unwrap().contains(said), "{message}{}", run.err);
        assert!(office.alerts()[0].contains(said), "{:?}", office.alerts());
        let checked = office.run("check").expect(code);
        let flat = checked.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("✗ courriel") && flat.contains(said), "{}", checked.out);
        assert!(!checked.out.contains(PASSWORD));
    };
    wrong("host = \"localhost\"", "host = \"serveur.invalid\"", "introuvable", 2);
    wrong("ca_file = \"autorite.pem\"\n", "", "autorité inconnue", 1);
    wrong("password_file = \"smtp-password\"", "password_file = \"absent\"", "il n’existe pas", 2);
    wrong("tls = \"starttls\"", "tls = \"tls\"", "localhost", 1);
    office.stand.write("faux", "autre\n", 0o600);
    wrong("password_file = \"smtp-password\"", "password_file = \"faux\"", "refuse le nom ou le mot de passe", 1);
    office.stand.write("ouvert", "autre\n", 0o644);
    wrong("password_file = \"smtp-password\"", "password_file = \"ouvert\"", "lisible par tous", 2);
    let port = section.lines().find(|line| line.starts_with("port")).unwrap();
    wrong(port, "port = 1", "connexion refusée", 1);
    let other = MailServer::named("autre.example.gouv.fr", Protection::Wrapped);
    office.stand.write("autorite-2.pem", &other.authority, 0o644);
    office.configure(LIST_TO_TWO);
    office.stand.reconfigure(port, &format!("port = {}", other.port));
    office.stand.reconfigure("\"autorite.pem\"", "\"autorite-2.pem\"");
    office.stand.reconfigure("\"starttls\"", "\"tls\"");
    office.run("outbox send").expect(5);
    assert!(
        office.messages()[0]["reply"].as_str().unwrap().contains("celui d’un autre nom"),
        "{:?}",
        office.messages()
    );
    office.configure(LIST_TO_TWO);
    office.run("outbox send").expect(0);
    assert_eq!((office.received().len(), office.alerts().len()), (2, 0));
}

#[test]
fn a_configuration_that_sends_nowhere_or_in_the_clear_names_its_key() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    let refused = |deliveries: &str, smtp: (&str, &str), said: &str| {
        office.configure(deliveries);
        if !smtp.0.is_empty() {
            office.stand.reconfigure(smtp.0, smtp.1);
        }
        let run = office.run("outbox").expect(2);
        assert!(run.err.contains("config.toml, ligne ") && run.err.contains(said), "{said} : {}", run.err);
    };
    let as_it_is = ("", "");
    refused(
        "\n[[delivery]]\nwhat = \"monthly-list\"\nto = [\"demat-ads\"]\n",
        as_it_is,
        "« demat-ads » n’est pas une adresse",
    );
    refused("\n[[delivery]]\nwhat = \"monthly-list\"\n", as_it_is, "nulle part");
    let elsewhere = "\n[[delivery]]\nwhat = \"committee\"\ndepartement = \"28\"\nto = [\"a@b.fr\"]\n";
    refused(elsewhere, as_it_is, "le département « 28 » n’est pas de ceux qui sont suivis");
    refused("\n[[delivery]]\nwhat = \"liste\"\nto = [\"a@b.fr\"]\n", as_it_is, "n’est rien qui s’envoie");
    refused(&format!("{LIST_TO_ONE}formats = [\"pdf\"]\n"), as_it_is, "n’est pas un format");
    refused(&format!("{LIST_TO_ONE}{LIST_TO_TWO}"), as_it_is, "reçoit déjà");
    refused(&format!("{LIST_TO_ONE}directory = \"x\"\n"), as_it_is, "ensemble");
    refused("\n[[delivery]]\nwhat = \"monthly-list\"\ndirectory = \"\"\n", as_it_is, "le nom est vide");
    let twice = "\n[[delivery]]\nwhat = \"monthly-list\"\ndirectory = \"p\"\n";
    refused(&format!("{twice}{}", twice.replace("\"p\"", "\"./p/\"")), as_it_is, "reçoit déjà");
    refused(LIST_TO_ONE, ("host = \"localhost\"", "host = \"smtp.example.gouv.fr\""), "en clair");
    refused(
        LIST_TO_ONE,
        ("password_file = \"smtp-password\"", "password = \"s3cret\""),
        "mot de passe ne s’écrit jamais",
    );
}

#[test]
fn without_a_delivery_nothing_is_different() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run(LIST).expect(0);
    assert_eq!(stand.run("outbox").expect(0).out, "Aucun message.\n");
    stand.run("outbox send").expect(0);
    assert!(!stand.path("fitn.sqlite.envois").exists());
    assert!(!stand.run("check").out.contains("courriel"));
}

#[test]
fn before_anything_ever_went_what_is_not_ready_holds_it_once() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.stand.execute("DELETE FROM outbox");
    office.run(LIST).expect(0);
    let shown = office.run("outbox send --dry-run").expect(0);
    assert!(shown.out.contains("serait retenu : premier envoi"), "{}", shown.out);
    office.run("outbox send").expect(3);
    let message = office.messages().remove(0);
    let reasons = message["reasons"].to_string();
    assert!(message["state"] == "retenu" && reasons.contains("aucune répétition"), "{message}");
    assert!(reasons.contains("aucune sauvegarde n’a encore été faite"), "{message}");
    assert!(office.alerts()[0].contains("aucune répétition"), "{:?}", office.alerts());
    assert!(office.received().is_empty());
    office.run(&format!("outbox release {}", message["id"])).expect(0);
    office.run("outbox send").expect(0);
    office.run("export monthly --month 2021-10").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.received().len(), office.alerts().len()), (2, 0), "the next goes by itself");
}

#[test]
fn a_file_that_is_no_longer_what_was_kept_holds_the_message() {
    let csv = "exports/liste-demat-ads-2021-09.csv";
    let change = |what: &str, change: &dyn Fn(&Office), said: &str| {
        let office = Office::open(Protection::None, LIST_TO_ONE);
        office.run(LIST).expect(0);
        change(&office);
        office.stand.execute("UPDATE outbox SET created_at = '2021-10-01T06:00:00Z'");
        office.run("outbox send").expect(3);
        let message = office.messages().remove(0);
        assert!(message["state"] == "retenu" && message["reasons"].to_string().contains(said), "{what} : {message}");
        assert!(office.received().is_empty());
        office
    };
    let office = change("altered", &|office| office.stand.write(csv, "a;b", 0o640), "n’est plus ce qui est conservé");
    // Asked for again, it is what was kept; a person has read why it waits.
    office.run(LIST).expect(0);
    office.run("outbox release 1").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!(office.received().len(), 1);
    change("gone", &|office| std::fs::remove_file(office.stand.path(csv)).unwrap(), "n’est plus là");
    let damaged = "UPDATE exports SET sha256 = 'ab' || substr(sha256, 3) WHERE format = 'csv'";
    change("damaged", &|office| office.stand.execute(damaged), "abîmé dans la base");
    let in_quarantine = "INSERT INTO quarantine (dossier, procedure, since, reason) SELECT 999, number, '2021-10-01T06:00:00Z', 'x' FROM procedures";
    change("quarantine", &|office| office.stand.execute(in_quarantine), "la quarantaine n’est pas vide");
    let unread = "UPDATE procedures SET synced_at = '2021-09-30T06:00:00Z'";
    change("unread", &|office| office.stand.execute(unread), "DS n’a pas été lu depuis la fin de la période");
    let in_the_way = |office: &Office| {
        std::fs::remove_file(office.stand.path(csv)).unwrap();
        let made = std::process::Command::new("mkfifo").arg(office.stand.path(csv)).status().unwrap();
        assert!(made.success());
    };
    change("a pipe", &in_the_way, "ne peut pas être relu");
    let drift = "INSERT INTO alerts (key, raised_at, message, hint) VALUES ('schema', '2021-10-01T06:00:00Z', 'DS a retiré un champ', '')";
    change("drift", &|office| office.stand.execute(drift), "DS a retiré un champ");
}

#[test]
fn a_list_that_lost_many_of_its_dossiers_waits_although_it_says_so_of_each_and_whoever_it_is_for() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    let filed = office.stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-10-01T00:00:00Z".parse().unwrap());
    for number in &filed[..filed.len() * 4 / 5] {
        office.run(&format!("exclude {number} --reason essai --by moi"));
    }
    // Another address, which was sent nothing so far.
    office.configure(&LIST_TO_ONE.replace("demat-ads@", "nouvelle-adresse@"));
    office.run("export monthly --month 2021-10").expect(0);
    office.run("outbox send").expect(3);
    let message = office.messages().remove(1);
    assert!(message["reasons"].to_string().contains("au dernier envoi (2021-09) : plus de 30"), "{message}");
}

#[test]
fn who_stands_between_makes_no_message_sent() {
    let one = "\r\n250-localhost\r\n250 AUTH PLAIN LOGIN";
    let all = "\r\n250-localhost\r\n250 AUTH PLAIN LOGIN\r\n235 ok\r\n250 ok\r\n250 ok\r\n250 ok\r\n354 ok\r\n250 ok";
    for said in [one, all] {
        let office = Office::open(Protection::StartTls, LIST_TO_ONE);
        office.run(LIST).expect(0);
        office.server.inject(said);
        office.server.moods([Mood::Says(Step::Dot, "554 5.7.1 refused")]);
        office.run("outbox send").expect(5);
        assert_eq!(office.states(), ["a_envoyer"]);
        assert!(office.alerts()[0].contains("quelqu’un s’interpose"), "{:?}", office.alerts());
        assert!(office.received().is_empty());
    }
}

#[test]
fn an_answer_to_something_else_is_none() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Says(Step::Data, "250 ok"), Mood::Says(Step::Dot, "354 go")]);
    office.run("outbox send").expect(5);
    assert_eq!(office.states(), ["a_envoyer"], "it never was invited");
    office.run("outbox send").expect(5);
    assert_eq!(office.states(), ["incertain"]);
}

#[test]
fn an_address_that_was_mended_is_sent_what_was_kept_before_once_a_person_lets_it_go() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Says(Step::Rcpt, "550 5.1.1 inconnu")]);
    office.run("outbox send").expect(1);
    office.configure(&LIST_TO_ONE.replace("demat-ads@", "juste@"));
    for _ in 0..2 {
        office.run(LIST).expect(0);
        assert_eq!(office.states(), ["echec", "retenu"]);
    }
    let message = office.messages().remove(1);
    assert!(
        message["to"] == "juste@example.gouv.fr" && message["reasons"].to_string().contains("après coup"),
        "{message}"
    );
    office.run("outbox release 2").expect(0);
    office.run("outbox send").expect(0);
    let received = office.server.received();
    assert_eq!((received.len(), received[0].to.as_str()), (1, "juste@example.gouv.fr"));
    let opened = received[0].opened();
    let csv = std::fs::read(office.stand.path("exports/liste-demat-ads-2021-09.csv")).unwrap();
    let files = opened["files"].as_array().unwrap();
    assert_eq!((files.len(), files[1]["sha256"].as_str()), (2, Some(sha256(&csv).as_str())));
    assert!(opened["body"].as_str().unwrap().starts_with("Bonjour,\r\n\r\nListe Démat.ADS"), "{opened}");
}

#[test]
fn a_document_that_was_corrected_goes_no_more_by_itself() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    let filed = office.stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap())[0];
    office.run(&format!("correct {filed} --fact granted_amount --value 7,77 --reason r --by moi")).expect(0);
    office.run(&format!("{LIST} --revise")).expect(0);
    office.run("outbox send").expect(3);
    assert_eq!(office.states(), ["retenu", "envoye"]);
    assert!(office.messages()[0]["reasons"].to_string().contains("la correction 1"));
}

#[test]
fn what_a_person_let_go_is_read_again_before_it_goes() {
    let office = Office::open(Protection::None, &format!("{LIST_TO_ONE}hold = true\n"));
    office.run(LIST).expect(0);
    let released = office.run("outbox release 1").expect(0);
    assert!(!released.err.contains("retenu"), "{}", released.err);
    office.stand.write("exports/liste-demat-ads-2021-09.csv", "a;b", 0o640);
    office.run("outbox send").expect(3);
    assert!(office.messages()[0]["reasons"].to_string().contains("n’est plus ce qui est conservé"));
    assert!(office.received().is_empty());
}

#[test]
fn what_waited_for_the_server_goes_once_it_is_back() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Cuts(Step::Greeting)]);
    office.run("outbox send").expect(5);
    // The first is due, the second still pauses.
    office.stand.execute("UPDATE outbox SET next_at = '2021-01-01T00:00:00Z' WHERE id = 1");
    let daemon = sending_now(&office);
    eventually("both are sent", || office.states() == ["envoye", "envoye"]);
    drop(daemon);
}

#[test]
fn what_was_taken_back_is_not_let_go() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    office.run(LIST).expect(0);
    let withdraw = "export withdraw --kind monthly-list --period 2021-09 --never-sent --reason erreur --by Martin";
    office.run(withdraw).expect(0);
    let refused = office.run("outbox release 1 2").expect(2);
    assert!(refused.err.contains("message 1 : le document qu’il porte a été repris"), "{}", refused.err);
    assert_eq!(office.states(), ["annule", "annule"]);
}

#[test]
fn a_restored_database_learns_from_the_log_what_went_and_corrects_what_differs() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    let stand = &office.stand;
    let copy = |from: &str, to: &str| std::fs::copy(stand.path(from), stand.path(to)).unwrap();
    copy("fitn.sqlite", "copie.sqlite");
    office.run(LIST).expect(0);
    copy("fitn.sqlite", "avec-la-liste.sqlite");
    office.run("outbox send").expect(0);

    // The copy knows the message, and not that it went.
    copy("avec-la-liste.sqlite", "fitn.sqlite");
    assert_eq!(office.states(), ["a_envoyer"]);
    let withdraw = "export withdraw --kind monthly-list --period 2021-09 --never-sent --reason erreur --by Martin";
    for act in ["outbox cancel 1", "outbox hold 1", withdraw] {
        office.run(act).expect(2);
    }
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned()], 1));

    // The older copy does not know the list. Made anew from the same dossiers, it is the one that went.
    copy("copie.sqlite", "fitn.sqlite");
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned()], 1));

    // From others, it is not: the recipient has other amounts.
    copy("copie.sqlite", "fitn.sqlite");
    let filed = stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap())[0];
    office.run(&format!("correct {filed} --fact granted_amount --value 7,77 --reason r --by moi")).expect(0);
    office.run(LIST).expect(0);
    office.run("outbox send").expect(3);
    let message = office.messages().remove(0);
    assert!(
        message["state"] == "retenu" && message["reasons"].to_string().contains("avec un autre contenu"),
        "{message}"
    );
    assert!(office.alerts()[0].contains("avec un autre contenu"), "{:?}", office.alerts());
    office.run("outbox release 1").expect(2);
    office.run(withdraw).expect(0);
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    let subjects: Vec<String> = office
        .server
        .received()
        .iter()
        .map(|one| one.opened()["headers"]["subject"].as_str().unwrap().to_owned())
        .collect();
    let (first, second) =
        ("[FITN] Liste Démat.ADS, septembre 2021", "[FITN] Liste Démat.ADS, septembre 2021, correction 1");
    assert_eq!(subjects, [first, second]);
}

/// The log of what was sent may be lost or damaged: the database in place knows as well; what nobody knows waits.
#[test]
fn after_a_restoration_without_a_sound_log_nothing_goes_twice_either() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    let stand = &office.stand;
    office.run("backup vide.sqlite").expect(0);
    office.run(LIST).expect(0);
    office.run("outbox hold 2").expect(0);
    office.run("backup copie.sqlite").expect(0);
    office.run("outbox release 2").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 2));
    let lose = || {
        for name in ["fitn", "copie", "vide"] {
            let _ = std::fs::remove_file(stand.path(&format!("{name}.sqlite.envois")));
        }
    };
    let damage = || {
        lose();
        write_atomically(&stand.path("fitn.sqlite.envois"), b"\xff\x00 bonjour\n").unwrap();
    };
    for (spoil, told) in [
        (&lose as &dyn Fn(), "aucun journal des envois"),
        (&damage, "le journal des envois (« .envois ») ne dit pas tout"),
    ] {
        spoil();
        let said = office.run("restore copie.sqlite --yes").expect(0).out;
        assert!(said.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{said}");
        assert_eq!(office.states(), ["envoye", "envoye"], "{told}");
        // What the restored database does not know at all is in the log now, and is known once it is made again.
        spoil();
        office.run("restore vide.sqlite --yes").expect(0);
        assert_eq!(office.states(), [] as [&str; 0]);
        office.run(LIST).expect(0);
        office.run("outbox send").expect(0);
        assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 2), "{told}");
    }
    // Nobody knows: both wait, the one that was due and the one that waited already.
    stand.forget_the_database();
    let _ = std::fs::remove_file(stand.path("fitn.sqlite.open.lock"));
    lose();
    let said = office.run("restore copie.sqlite --yes").expect(3).out;
    assert!(said.contains("2 messages sont retenus, rien ne dit s’ils sont partis"), "{said}");
    for message in office.messages() {
        assert_eq!(message["state"], "retenu");
        assert!(message["reasons"].to_string().contains("rien ne dit si ce message est parti"), "{message}");
    }
    office.run("outbox send").expect(3);
    assert_eq!(office.received().len(), 2);
}

/// What was sent after the backup is known from the log alone; what was due then waits, also what was let go before.
#[test]
fn after_a_restoration_nothing_goes_twice_and_what_was_due_waits() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    let stand = &office.stand;
    office.run(LIST).expect(0);
    office.server.moods([Mood::Says(Step::Mail, "250 ok"), Mood::Says(Step::Mail, "451 4.3.0 plus tard")]);
    office.run("backup copie.sqlite").expect(0);
    office.run("outbox send").expect(5);
    assert_eq!(office.states(), ["envoye", "a_envoyer"]);
    let said = office.run("restore copie.sqlite --yes").expect(3).out;
    assert!(
        said.contains("1 message parti depuis") && said.contains("1 message était à envoyer, il est retenu"),
        "{said}"
    );
    assert_eq!(office.states(), ["envoye", "retenu"]);
    assert!(office.alerts()[0].contains("la base a été restaurée"), "{:?}", office.alerts());
    office.run("outbox send").expect(3);
    assert_eq!(office.received().len(), 1);
    office.run("outbox release 2").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 2), "once each");

    // The server is lost: the log that lies beside the copy, or beside a later one, tells the same.
    office.run("backup plus-tard.sqlite").expect(0);
    stand.forget_the_database();
    for name in ["fitn.sqlite.envois", "fitn.sqlite.open.lock"] {
        std::fs::remove_file(stand.path(name)).unwrap();
    }
    office.run("restore copie.sqlite --yes").expect(0);
    assert_eq!(office.states(), ["envoye", "envoye"]);
    office.run("outbox send").expect(0);
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    assert_eq!(office.received().len(), 2);
}

/// An operator puts back the log that is at hand, which may be older than the one beside a later copy.
#[test]
fn an_older_log_beside_the_database_hides_no_newer_one() {
    let office = Office::open(Protection::None, LIST_TO_TWO);
    let stand = &office.stand;
    office.run("backup avant.sqlite").expect(0);
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    office.run("backup apres.sqlite").expect(0);
    stand.forget_the_database();
    std::fs::copy(stand.path("avant.sqlite.envois"), stand.path("fitn.sqlite.envois")).unwrap();
    let flat = |said: String| said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = flat(office.run("restore avant.sqlite --yes").expect(0).out);
    assert!(said.contains("journal des envois") && said.contains("est plus ancien que"), "{said}");
    office.run(LIST).expect(0);
    office.run("outbox send").expect(0);
    assert_eq!((office.states(), office.received().len()), (vec!["envoye".to_owned(); 2], 2), "once each");
    // Older than the copy itself, and nothing else is there.
    for name in ["avant.sqlite.envois", "apres.sqlite.envois"] {
        std::fs::rename(stand.path(name), stand.path(&format!("{name}.ailleurs"))).unwrap();
    }
    stand.forget_the_database();
    std::fs::copy(stand.path("avant.sqlite.envois.ailleurs"), stand.path("fitn.sqlite.envois")).unwrap();
    let said = flat(office.run("restore apres.sqlite --yes").out);
    assert!(said.contains("est plus ancien que apres.sqlite"), "{said}");
}

#[test]
fn stuck_messages_of_one_document_are_one_alert_and_are_let_go_together() {
    let office = Office::open(Protection::None, &format!("{LIST_TO_TWO}hold = true\n"));
    office.run(LIST).expect(0);
    office.run("outbox send").expect(3);
    let alerts = office.alerts();
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].starts_with("liste Démat.ADS, 2021-09, 2 messages (1 à 2) : retenus : "), "{alerts:?}");
    // All or none.
    office.run("outbox release 1 2 3").expect(2);
    assert_eq!(office.states(), ["retenu", "retenu"]);
    let released = office.run("outbox release 1 2 --json").expect(0).json();
    assert_eq!(released.as_array().unwrap().len(), 2);
    assert_eq!((office.states(), office.alerts().len()), (vec!["a_envoyer".to_owned(); 2], 0));
    office.server.moods([Mood::Says(Step::Rcpt, "550 5.1.1 inconnu"), Mood::Says(Step::Rcpt, "550 5.1.1 inconnu")]);
    office.run("outbox send").expect(1);
    let alerts = office.alerts();
    assert!(alerts.len() == 1 && alerts[0].contains("pas envoyés, et plus essayés : 550 5.1.1 inconnu"), "{alerts:?}");
    office.run("outbox cancel 1 2").expect(0);
    assert_eq!(office.alerts(), [""; 0]);
}

#[test]
fn the_server_that_cannot_be_reached_is_no_matter_once_nothing_waits_for_it() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run(LIST).expect(0);
    office.server.moods([Mood::Cuts(Step::Greeting)]);
    office.run("outbox send").expect(5);
    assert!(office.alerts()[0].contains("aucun message ne part"), "{:?}", office.alerts());
    office.run("outbox cancel 1").expect(0);
    assert_eq!(office.alerts(), [""; 0]);
}

#[test]
fn a_list_whose_amounts_are_not_read_any_more_waits_for_a_person() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run("export monthly --month 2021-06").expect(0);
    office.run("outbox send").expect(0);
    let config = office.stand.config();
    let is_of_grants = |line: &&str| line.trim_start().starts_with("granted_amount ");
    assert!(config.lines().any(|line| is_of_grants(&line)));
    office.stand.configure(&config.lines().filter(|line| !is_of_grants(line)).collect::<Vec<_>>().join("\n"));
    office.run("evaluate").expect(0);
    let check = office.run("check");
    assert!(check.out.contains("sans granted_amount"), "{}", check.out);
    office.run("export monthly --month 2021-07").expect(0);
    office.run("outbox send").expect(3);
    let reasons = office.messages().remove(1)["reasons"].to_string();
    for reason in
        ["dossiers acceptés, aucun montant accordé n’est lu", "aucun montant dans la colonne montant_accorde, contre"]
    {
        assert!(reasons.contains(reason), "{reasons}");
    }
}

#[test]
fn a_list_much_unlike_the_last_waits_for_a_person() {
    let office = Office::open(Protection::None, LIST_TO_ONE);
    office.run("export monthly --month 2021-06").expect(0);
    office.run("outbox send").expect(0);
    // Whatever the world has: a list is far shorter, and its amounts far larger, than what the thresholds allow.
    let config = office.stand.config();
    office.stand.configure(&format!("{config}\n[outbox]\nfewer_rows_share = 0\namount_factor = 1\n"));
    let accepted =
        office.stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-06-01T00:00:00Z".parse().unwrap())[0];
    office.run(&format!("exclude {accepted} --reason essai --by moi")).expect(0);
    office.run("export monthly --month 2021-06 --revise").expect(0);
    office.run("outbox send").expect(3);
    let reasons = office.messages().remove(1)["reasons"].to_string();
    assert!(reasons.contains("au dernier envoi (2021-06)"), "{reasons}");
    office.run("outbox release 2").expect(0);
    office.run("outbox send").expect(0);
    assert_eq!(office.received().len(), 2);
}
