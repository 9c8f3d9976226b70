//! What lists and reports rest on: one snapshot, the démarches that DS gives, the contents that can be read; and what they say
//! where that is not so.

mod common;

use std::path::{Path, PathBuf};

use calamine::{Reader as _, Xlsx};
use common::lists::{Row, read_csv, row_of};
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::desk::{DeskError, Exported, Provisional};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::period::{Month, Quarter};
use fitn_connector::sandbox::world::Value;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};

fn list(office: &Office, month: &str, revise: bool) -> Result<Exported, DeskError> {
    office.desk.monthly_list(month.parse::<Month>().unwrap(), revise, None)
}

fn report(office: &Office, quarter: &str, revise: bool) -> Result<Exported, DeskError> {
    office.desk.quarterly_report(quarter.parse::<Quarter>().unwrap(), revise, None)
}

fn file(exported: &Exported, extension: &str) -> PathBuf {
    let of_it = exported.files.iter().find(|(path, _)| path.extension().is_some_and(|one| one == extension));
    of_it.unwrap().0.clone()
}

/// What a document says; spaces that do not break are plain ones.
fn text(exported: &Exported, extension: &str) -> String {
    words(&file(exported, extension))
}

fn words(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap().replace(['\u{a0}', '\u{202f}'], " ")
}

fn rows(exported: &Exported) -> Vec<Row> {
    read_csv(&file(exported, "csv"))
}

/// A granted dossier filed before September.
fn granted(stand: &Stand) -> i64 {
    stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::Accepte && dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap()
    })[0]
}

fn grant(stand: &Stand, dossier: i64, cents: i64, minutes: i64) {
    let label = stand.label(ADS, "granted_amount");
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents::from(cents))), later(minutes)));
}

fn execute(stand: &Stand, sql: &str, parameters: &[&dyn rusqlite::ToSql]) {
    #[allow(clippy::disallowed_methods, reason = "damages what is stored, from outside")]
    let connection = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
    assert!(connection.execute(sql, parameters).unwrap() > 0, "{sql}");
}

#[test]
fn what_is_made_of_contents_is_made_again_where_it_was_damaged() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let verdicts = "SELECT dossier || rule || verdict || explanation FROM view_verdicts ORDER BY 1";
    let (before, list) = (stand.rows(verdicts), stand.run("todo").expect(0).out);
    let lacking = stand.number("SELECT min(dossier) FROM evaluations WHERE missing IS NOT NULL");

    // Neither a fingerprint that is no text, nor a sentence that is no JSON, keeps anybody from anything.
    execute(&stand, "UPDATE subjects SET fingerprint = x'81ff' WHERE dossier = ?1", &[&lacking]);
    execute(
        &stand,
        "UPDATE sentences SET text = substr(text, 2) WHERE id = (SELECT missing FROM evaluations WHERE dossier = ?1)",
        &[&lacking],
    );
    let todo = stand.run("todo").expect(0).out;
    assert!(todo.contains("abîmé") && todo.contains("fitn evaluate") && todo.contains(&lacking.to_string()), "{todo}");
    stand.run("export monthly --month 2021-10").expect(0);
    stand.run("sync").expect(0);
    stand.run("evaluate").expect(0);
    assert_eq!((stand.rows(verdicts), stand.run("todo").expect(0).out), (before, list));
}

#[test]
fn a_content_that_cannot_be_read_stands_in_documents_as_such() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let before = read_list(&stand, "2021-10");
    let readable = |row: &&Row| row["etat"] == "accepte" && !row["montant_compte"].is_empty();
    let numbers: Vec<i64> =
        before.iter().filter(readable).take(2).map(|row| row["numero_dossier"].parse().unwrap()).collect();
    let [damaged, odd] = numbers[..] else { panic!("two grants") };
    let content = "UPDATE dossier_versions SET raw = ?2 WHERE dossier = ?1";
    execute(&stand, content, &[&damaged, &[0_u8; 3]]);
    execute(&stand, content, &[&odd, &zstd::encode_all(&b"{\"number\": \"x\"}"[..], 1).unwrap()]);

    let made = stand.run("export monthly --month 2021-10 --revise").expect(3);
    assert!(made.err.contains("est illisible"), "{}", made.err);
    let after = read_csv(&stand.path("exports/liste-demat-ads-2021-10-rev1.csv"));
    assert_eq!(after.len(), before.len());
    for number in [damaged, odd] {
        let row = row_of(&after, number).unwrap();
        let said = ["etat", "perimetre", "montant_accorde", "montant_compte", "evolution", "colonnes_modifiees"];
        assert_eq!(said.map(|column| row[column].as_str()), ["illisible", "illisible", "", "", "modifie", "etat"]);
        let deposited = row_of(&before, number).unwrap()["date_depot"].clone();
        assert_eq!(row["date_depot"], deposited);
    }
    let sum = |rows: &[Row], but: &[i64]| -> i64 {
        let counted = rows.iter().filter(|row| !but.contains(&row["numero_dossier"].parse().unwrap()));
        counted.map(|row| cents(&row["montant_compte"])).sum()
    };
    assert_eq!(sum(&after, &[]), sum(&before, &[damaged, odd]));

    let quarterly = stand.run("export quarterly --quarter 2021-Q4").expect(3);
    assert!(quarterly.err.contains(&damaged.to_string()), "{}", quarterly.err);
    let page = words(&stand.path("exports/rapport-fitn7-2021-T4.html"));
    assert!(page.contains("Dossiers illisibles") && page.contains(&format!("{damaged} (Axe 3")), "named");
    let told = stand.run("status").out;
    assert!(told.contains("illisible") && told.contains(&odd.to_string()), "{told}");

    // What was read before stays, and a new reading says what it could not read.
    execute(&stand, "UPDATE subjects SET fingerprint = x'' WHERE dossier IN (?1, ?2)", &[&damaged, &odd]);
    let evaluated = stand.run("evaluate --json").expect(0).json();
    assert_eq!(evaluated["unreadable"], 2, "{evaluated}");
    assert!(stand.number(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {damaged}")) > 0);
    let told = stand.rows("SELECT message FROM alerts WHERE key LIKE 'evaluation:content:%'");
    assert_eq!(told.len(), 2, "{told:?}");

    // The same contents come again: they take the place of the damaged ones, and the files are listed.
    let numbers = format!("({damaged}, {odd})");
    let versions = format!("SELECT count(*) FROM dossier_versions WHERE dossier IN {numbers}");
    let before = stand.number(&versions);
    execute(&stand, "UPDATE dossiers SET attachments_version = NULL WHERE number = ?1", &[&damaged]);
    stand.run("sync").expect(0);
    let unlisted = "SELECT count(*) FROM dossiers WHERE attachments_version IS NOT version AND version IS NOT NULL";
    assert!(stand.number(unlisted) >= 1, "the sync passes over it");
    stand.run("sync --full").expect(0);
    assert_eq!(stand.number("SELECT count(*) FROM alerts WHERE key LIKE 'evaluation:content:%'"), 0);
    assert_eq!(stand.number(&versions), before, "no version more");
    stand.run("export monthly --month 2021-10 --revise").expect(0);
}

#[test]
fn a_content_damaged_since_it_was_read_is_told_and_what_is_known_is_shown() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = granted(&stand);
    let granted = stand.number(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {number}"));
    let content = "UPDATE dossier_versions SET raw = ?2 WHERE dossier = ?1";
    let damaged = "contenu compressé : ses octets sont abîmés";
    for (bytes, reason) in [
        (vec![0_u8; 3], damaged),
        (zstd::encode_all(&b"\xff\xfe"[..], 1).unwrap(), "texte compressé : ses octets ne sont pas de l’UTF-8"),
        (zstd::encode_all(&b"{\"number\": \"x\"}"[..], 1).unwrap(), "« number » est illisible dans le dossier"),
    ] {
        execute(&stand, content, &[&number, &bytes]);
        let shown = stand.run(&format!("dossier {number}")).expect(0).out;
        let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(reason) && words.contains("fitn sync --full"), "{shown}");
        assert!(shown.contains("ADS-07") && shown.contains("montant accordé"), "what was read of it before: {shown}");
        let json = stand.run(&format!("dossier {number} --json")).expect(0).json();
        assert!(json["unreadable"].as_str().unwrap().contains(reason), "{json}");
        assert_eq!(json["granted_cents"], granted);
        let refused = stand.run(&format!("correct {number} --fact granted_amount --value 1 --reason x --by moi"));
        assert!(refused.code != 0 && refused.err.contains(reason), "{}", refused.err);
    }
    // Its judgement, too.
    execute(&stand, content, &[&number, &vec![0_u8; 3]]);
    execute(&stand, "UPDATE evaluations SET trace = x'00' WHERE dossier = ?1", &[&number]);
    let shown = stand.run(&format!("dossier {number}")).expect(0).out;
    for known in
        [&number.to_string(), "ILLISIBLE", "accepté", "déposé le", "SIRET", "montant accordé", "fitn sync --full"]
    {
        assert!(shown.contains(known), "{known}: {shown}");
    }
    assert_eq!(stand.run(&format!("dossier {number} --json")).expect(0).json()["granted_cents"], granted);

    // An evaluation of everything tells it before any document is made, and each one after it until it can be read.
    let told = || stand.rows("SELECT message FROM alerts WHERE key LIKE 'evaluation:content:%'");
    assert_eq!(told().len(), 0);
    assert_eq!(stand.run("evaluate --json").expect(0).json()["unreadable"], 1);
    let message = format!("dossier {number} : le contenu enregistré est illisible ({damaged})");
    assert_eq!(told(), [vec![Some(message)]]);
    let other = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction)[0];
    stand.run(&format!("exclude {other} --reason essai --by moi")).expect(0);
    assert_eq!(told().len(), 1, "not forgotten by an evaluation of something else");
    assert!(stand.run("status").out.contains("illisible"));
    stand.run("sync --full").expect(0);
    assert_eq!(told().len(), 0);
    assert!(stand.run(&format!("dossier {number} --json")).expect(0).json()["unreadable"].is_null());

    // What was made from a content is made again from it.
    execute(&stand, "UPDATE subjects SET subject = CAST('{}' AS BLOB) WHERE dossier = ?1", &[&number]);
    execute(&stand, "UPDATE evaluations SET trace = x'00' WHERE dossier = ?1", &[&number]);
    assert!(stand.run(&format!("dossier {number}")).expect(0).out.contains("ILLISIBLE"));
    assert!(stand.run("evaluate --json").expect(0).json()["judged"].as_u64() > Some(0));
    let shown = stand.run(&format!("dossier {number} --json")).expect(0).json();
    assert!(shown["unreadable"].is_null() && shown["granted_cents"] == granted, "{shown}");
}

/// Facts that are damaged cost their dossier alone, whatever keeps them from being read again.
#[test]
fn damaged_facts_that_cannot_be_read_again_stop_no_evaluation() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let of = |programme| stand.dossiers(programme, |dossier| dossier.state == DossierState::Accepte);
    let ([damaged, erased, odd, ..], [left, ..]) = (&of(ADS)[..], &of(GUICHET)[..]) else { panic!("grants") };
    let told =
        |number: &i64| stand.number(&format!("SELECT count(*) FROM alerts WHERE key = 'evaluation:content:{number}'"));
    let judged = || stand.number("SELECT count(*) FROM view_dossiers WHERE status IS NOT NULL");
    let all = judged();

    // Its démarche left the configuration.
    let config = stand.config();
    let (first, _) = config.rsplit_once("[[procedures]]").unwrap();
    stand.configure(first);
    let facts = "UPDATE subjects SET subject = CAST('{}' AS BLOB), granted_cents = NULL WHERE dossier = ?1";
    execute(&stand, facts, &[left]);
    assert_eq!(stand.run("evaluate --json").expect(0).json()["unreadable"], 1);
    assert_eq!(told(left), 1);
    // Followed again, they are read from the content.
    stand.configure(&config);
    assert_eq!(stand.run("evaluate --json").expect(0).json()["unreadable"], 0);
    assert_eq!(told(left), 0);

    // Nothing is left to read; the content is damaged as well; bytes that are no text.
    execute(&stand, "UPDATE dossiers SET version = NULL WHERE number = ?1", &[erased]);
    execute(&stand, facts, &[erased]);
    execute(&stand, "UPDATE dossier_versions SET raw = x'00' WHERE dossier = ?1", &[damaged]);
    execute(&stand, facts, &[damaged]);
    execute(&stand, "UPDATE subjects SET subject = x'fffe' WHERE dossier = ?1", &[odd]);
    let evaluated = stand.run("evaluate --json").expect(0).json();
    assert_eq!((&evaluated["unreadable"], &evaluated["read_again"]), (&2.into(), &1.into()), "{evaluated}");
    assert_eq!([damaged, erased, odd].map(told), [1, 1, 0]);
    assert_eq!(judged(), all, "the others are judged, and those keep what was found before");
    // What changes meanwhile is judged, and the same is told again.
    let other = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction)[0];
    stand.run(&format!("exclude {other} --reason essai --by moi")).expect(0);
    stand.run("sync").expect(0);
    assert_eq!([damaged, erased].map(told), [1, 1]);
    // The content that comes again mends the one that DS still gives.
    stand.run("sync --full").expect(0);
    assert_eq!(told(damaged), 0);
}

#[test]
fn a_dossier_that_cannot_be_read_is_still_a_neighbour_of_the_others() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let mut numbers = stand.dossiers(ADS, |_| true);
    numbers.sort_unstable();
    assert_eq!(stand.run("evaluate --diff --json").expect(0).json()["changed"], 0);
    for damaged in numbers.chunks(numbers.len().div_ceil(4)) {
        let list = damaged.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        stand.execute("CREATE TABLE kept AS SELECT id, raw FROM dossier_versions");
        stand.execute(&format!("UPDATE dossier_versions SET raw = x'00' WHERE dossier IN ({list})"));
        let told = stand.run("evaluate --diff --json").expect(3).json();
        assert_eq!(told["changed"], 0, "{damaged:?}: {told}");
        assert_eq!(told["unreadable"], serde_json::json!(damaged));
        let said = stand.run("evaluate --diff").expect(3);
        assert!(said.err.contains(&damaged[0].to_string()), "{}", said.err);
        stand.execute("UPDATE dossier_versions SET raw = (SELECT raw FROM kept WHERE kept.id = dossier_versions.id)");
        stand.execute("DROP TABLE kept");
    }
}

fn read_list(stand: &Stand, month: &str) -> Vec<Row> {
    stand.run(&format!("export monthly --month {month}")).expect(0);
    read_csv(&stand.path(&format!("exports/liste-demat-ads-{month}.csv")))
}

/// `1234,50` as cents; nothing counts as none.
fn cents(amount: &str) -> i64 {
    amount.replace(',', "").parse().unwrap_or(0)
}

#[test]
fn a_demarche_that_ds_no_longer_knows_holds_no_document_back() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2021-09-12T08:00:00Z").sync_first(&stand);
    let known = stand.dossiers(ADS, |dossier| dossier.deposited_at < "2021-09-30T22:00:00Z".parse().unwrap()).len();
    stand.change(|w| {
        w.discard(procedure(ADS), true);
        Ok(())
    });
    office.at("2021-09-29T08:00:00Z").try_sync(&stand, false).unwrap();
    office.at("2021-10-01T04:00:00Z");
    let held = list(&office, "2021-09", false).unwrap();
    assert_eq!(held.provisional, [Provisional::NotReadSince(vec![procedure(ADS)])], "DS was not asked since");

    office.try_sync(&stand, false).unwrap();
    let last = list(&office, "2021-09", false).unwrap();
    assert_eq!((last.provisional.len(), last.behind.len()), (0, 1));
    let said = format!(
        "Démarche {}, que DS ne connaît plus : ses dossiers sont tels que lus le 12/09/2021 à 10:00.",
        procedure(ADS)
    );
    assert!(text(&last, "json").contains(&said), "{}", text(&last, "json"));
    assert_eq!(rows(&last).len(), known, "as last known");
    let quarterly = report(&office, "2021-Q3", false).unwrap();
    assert!(!quarterly.is_provisional() && text(&quarterly, "html").contains(&said));
    let alert = stand.one("SELECT message || ' ' || hint FROM alerts WHERE key LIKE 'sync:%'").unwrap();
    assert!(alert.contains("ne l’attendent plus") && alert.contains("[[procedures]]"), "{alert}");

    // It is back: it counts again, and the alert is gone.
    stand.change(|w| {
        w.discard(procedure(ADS), false);
        Ok(())
    });
    office.at("2021-11-01T06:00:00Z").sync(&stand);
    assert_eq!(stand.number("SELECT count(*) FROM alerts WHERE key LIKE 'sync:%'"), 0);
    let october = list(&office, "2021-10", false).unwrap();
    assert_eq!((october.provisional.len(), october.behind.len()), (0, 0));
}

#[test]
fn the_only_demarche_that_ds_no_longer_knows_holds_no_document_back() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-09-12T08:00:00Z").sync_first(&stand);
    stand.change(|w| {
        w.discard(procedure(ADS), true);
        Ok(())
    });
    office.at("2021-10-01T04:00:00Z").try_sync(&stand, false).unwrap();
    let last = list(&office, "2021-09", false).unwrap();
    assert_eq!((last.provisional.len(), last.behind.len()), (0, 1), "{:?}", last.provisional);
}

#[test]
fn a_demarche_that_was_read_after_the_period_is_whole_in_its_documents_whatever_ds_does_since() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-10-05T08:00:00Z").sync_first(&stand);
    stand.change(|w| {
        w.discard(procedure(ADS), true);
        Ok(())
    });
    office.at("2021-11-02T08:00:00Z").try_sync(&stand, false).unwrap();
    let september = list(&office, "2021-09", false).unwrap();
    assert_eq!((september.provisional.len(), september.behind.len()), (0, 0), "{:?}", september.behind);
    let october = list(&office, "2021-10", false).unwrap();
    assert_eq!((october.provisional.len(), october.behind.len()), (0, 1));
}

#[test]
fn nothing_that_lacks_a_demarche_never_read_is_final_and_a_person_is_told_how_to_drop_it() {
    let stand = Stand::new(&[ADS]);
    let extra = "\n[[procedures]]\nnumber = 99999\nprogramme = \"axe3-v1-ads\"\n[procedures.fields]\n\
        granted_amount = { annotation = \"Montant\" }\n";
    stand.configure(&format!("{}{extra}", stand.config()));
    stand.run("sync").expect(2);
    let made = stand.run("export monthly --month 2021-10").expect(0);
    assert!(made.err.contains("DS ne donne pas ce qui n’a jamais été lu en entier (démarche 99999)"), "{}", made.err);
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
    let told = stand.run("status").out;
    assert!(told.contains("99999") && told.contains("[[procedures]]"), "{told}");
}

#[test]
fn a_demarche_that_fails_alone_is_waited_for_three_days() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::impatient(&stand, "2021-09-30T08:00:00Z").sync_first(&stand);
    stand.world_mut().access.out_of_scope.insert(procedure(ADS));
    let made_at = |now: &str| {
        office.at(now).try_sync(&stand, false).unwrap();
        list(&office, "2021-09", false).unwrap()
    };
    // Nothing says that it failed between two failures that are days apart.
    assert_eq!(made_at("2021-09-30T12:00:00Z").provisional.len(), 1);
    assert_eq!(made_at("2021-10-04T04:00:00Z").provisional, [Provisional::NotReadSince(vec![procedure(ADS)])]);
    for now in ["2021-10-05T04:00:05Z", "2021-10-06T04:00:09Z", "2021-10-07T03:59:59Z"] {
        assert!(made_at(now).is_provisional(), "{now}");
    }
    let last = made_at("2021-10-07T04:00:00Z");
    assert!(!last.is_provisional());
    assert!(
        last.behind[0].to_string().contains("que DS ne donne plus depuis le 04/10/2021 à 06:00"),
        "{:?}",
        last.behind
    );

    // Without any other that DS gives, it is DS that fails, and nothing is concluded.
    let alone = Stand::new(&[ADS]);
    let office = Office::impatient(&alone, "2021-09-30T08:00:00Z").sync_first(&alone);
    alone.world_mut().access.out_of_scope.insert(procedure(ADS));
    for now in ["2021-10-01T04:00:00Z", "2021-10-20T04:00:00Z"] {
        office.at(now).try_sync(&alone, false).unwrap();
        assert!(list(&office, "2021-09", false).unwrap().is_provisional(), "{now}");
    }
    // Nor where it tells of the démarche, with the date, and fails on all that comes after.
    alone.world_mut().access.out_of_scope.clear();
    for day in 21..=25 {
        let now = &format!("2021-10-{day}T04:00:00Z");
        alone.running().plan_faults(vec![PlannedFault { fault: Fault::Internal, requests: Requests::Range(2, 1_000) }]);
        assert!(office.at(now).try_sync(&alone, false).unwrap().error().is_some());
        assert!(list(&office, "2021-09", false).unwrap().is_provisional(), "{now}");
    }
}

#[test]
fn a_document_needs_its_own_demarches_and_all_of_them() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2021-09-30T08:00:00Z").sync_first(&stand);
    office.at("2021-10-05T08:00:00Z").sync_only(&stand, &[ADS]);
    assert!(!list(&office, "2021-09", false).unwrap().is_provisional(), "the list is about Démat.ADS alone");
    let quarterly = report(&office, "2021-Q3", false).unwrap();
    assert_eq!(quarterly.provisional, [Provisional::NotReadSince(vec![procedure(GUICHET)])]);
    assert!(text(&quarterly, "html").contains("30/09/2021 à 10:00"), "all of it is known until then");
    office.sync_only(&stand, &[GUICHET]);
    assert!(!report(&office, "2021-Q3", false).unwrap().is_provisional());
}

#[test]
fn nothing_final_rests_on_a_form_without_a_mapped_fact() {
    let stand = Stand::new(&[ADS]);
    let config = stand.config();
    let fields = config.find("[procedures.fields").or_else(|| config.find("applicant_type")).unwrap();
    stand.configure(&config[..fields]);
    stand.run("sync").expect(0);
    let made = stand.run("export monthly --month 2021-10").expect(0);
    assert!(made.out.contains("liste-demat-ads-2021-10-provisoire.csv"), "{}", made.out);
    let said = format!("aucun fait du formulaire n’a de correspondance (démarche {})", procedure(ADS));
    assert!(made.err.contains(&said), "{}", made.err);
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
    let refused = stand.run("export monthly --month 2021-10 --revise").expect(2);
    assert!(refused.err.contains(&said), "{}", refused.err);
}

#[test]
fn nothing_final_rests_on_dossiers_whose_champs_were_not_given() {
    for part in ["Dossier.champs", "Dossier.annotations"] {
        let stand = Stand::new(&[ADS]);
        stand.running().without(&[part.parse().unwrap()]).unwrap();
        let office = Office::open(&stand, "2021-09-30T08:00:00Z").sync_first(&stand);
        office.at("2021-10-05T08:00:00Z").sync(&stand);
        let made = list(&office, "2021-09", false).unwrap();
        let filed = rows(&made).len();
        let [Provisional::Withheld { dossiers, gone }] = &made.provisional[..] else {
            panic!("{:?}", made.provisional)
        };
        assert_eq!((dossiers.len(), gone.len()), (filed, 0), "{part}");
        let said = format!("DS n’a pas donné les champs ou les annotations de {filed} dossiers (n° ");
        assert!(text(&made, "json").contains(&said), "{part}");
        assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
        assert!(report(&office, "2021-Q3", false).unwrap().is_provisional());
        // Back again: every dossier is read anew.
        stand.running().without(&[]).unwrap();
        office.at("2021-10-06T08:00:00Z").try_sync(&stand, true).unwrap();
        let after = list(&office, "2021-10", false).unwrap();
        assert_eq!(after.provisional, [Provisional::NotOver]);
        // What was not given before the end of the month is what was given first after it, and the list says since when.
        let made = list(&office, "2021-09", false).unwrap();
        assert!(!made.is_provisional(), "{:?}", made.provisional);
        let rows = rows(&made);
        assert!(
            rows.iter().any(|row| !row["montant_accorde"].is_empty())
                && rows.iter().any(|row| !row["nombre_communes"].is_empty())
        );
        assert!(rows.iter().all(|row| row["etat_connu_depuis"] == "2021-10-06"), "{part}");
    }

    // One dossier is enough; one that a person set aside, or of another programme, is not.
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2021-10-05T08:00:00Z").sync_first(&stand);
    let [one, other] = [ADS, GUICHET].map(|programme| {
        stand.dossiers(programme, |dossier| dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap())[0]
    });
    for number in [one, other] {
        let raw = office.desk.store.read(|reader| reader.dossier_raw(number)).unwrap().unwrap();
        let mut raw: serde_json::Value = serde_json::from_str(&raw).unwrap();
        raw["champs"] = serde_json::Value::Null;
        let frame = zstd::encode_all(raw.to_string().as_bytes(), 1).unwrap();
        execute(&stand, "UPDATE dossier_versions SET raw = ?2 WHERE dossier = ?1", &[&number, &frame]);
    }
    let withheld =
        |dossiers: &[i64], gone: &[i64]| Provisional::Withheld { dossiers: dossiers.into(), gone: gone.into() };
    assert_eq!(list(&office, "2021-09", false).unwrap().provisional, [withheld(&[one], &[])]);
    let mut both = vec![one, other];
    both.sort_unstable();
    assert_eq!(report(&office, "2021-Q3", false).unwrap().provisional, [withheld(&both, &[])]);
    // DS shows it no more, since the end of the month: nothing will complete it, and what to do is told.
    execute(
        &stand,
        "UPDATE dossiers SET removed_reason = 'deleted', removed_at = '2021-10-05T07:00:00Z' WHERE number = ?1",
        &[&one],
    );
    assert_eq!(list(&office, "2021-09", false).unwrap().provisional, [withheld(&[one], &[one])]);
    assert_eq!(report(&office, "2021-Q3", false).unwrap().provisional, [withheld(&both, &[one])]);
    let told = stand.run("export monthly --month 2021-09").expect(0).err;
    let mend = format!("fitn exclude {one} --reason");
    assert!(told.contains("fitn sync --full") && told.contains(&mend), "{told}");
    let refused = stand.run("export monthly --month 2021-09 --revise").expect(2).err;
    assert!(refused.contains(&mend), "{refused}");
    stand.run(&format!("exclude {one} --reason essai --by moi")).expect(0);
    assert!(!list(&office, "2021-09", false).unwrap().is_provisional());
}

#[test]
fn a_grant_whose_dossier_ds_had_removed_before_it_could_be_read_is_named_in_what_it_is_missing_from() {
    let stand = Stand::new(&[ADS]);
    let granted = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte);
    let [unknown, known] = [granted[0], granted[1]];
    stand.change(|w| w.delete(unknown, later(0)));
    let office = Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    stand.change(|w| w.delete(known, later(1)));
    office.sync(&stand);
    for made in [list(&office, "2021-09", false).unwrap(), report(&office, "2021-Q3", false).unwrap()] {
        assert!(!made.is_provisional());
        let said =
            made.files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "json" || end == "html"));
        for (path, _) in said {
            let text = std::fs::read_to_string(path).unwrap();
            assert!(text.contains("avant d’avoir pu être lu"), "{}", path.display());
            assert!(
                text.contains(&unknown.to_string()) && !text.contains(&format!("(n° {known}")),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn a_dossier_whose_annotations_ds_never_gives_is_waited_for_three_days() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-10-01T08:00:00Z");
    let poisoned = stand
        .dossiers(ADS, |dossier| dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap())
        .into_iter()
        .find(|n| stand.world_mut().poison(*n).is_ok())
        .unwrap();
    office.try_sync(&stand, true).unwrap();
    let made_at = |now: &str| {
        office.at(now).try_sync(&stand, false).unwrap();
        list(&office, "2021-09", false).unwrap()
    };
    let awaited = made_at("2021-10-04T07:00:00Z");
    let withheld = Provisional::Withheld { dossiers: vec![poisoned], gone: Vec::new() };
    assert_eq!((awaited.provisional, awaited.in_quarantine), (vec![withheld], vec![poisoned]));
    let made = made_at("2021-10-04T09:00:00Z");
    assert_eq!((&made.provisional[..], &made.in_quarantine[..]), (&[][..], &[poisoned][..]));
    let said = format!("Dossier {poisoned}, dont DS ne donne pas les champs ou les annotations depuis le 01/10/2021");
    assert!(text(&made, "json").contains(&said), "{}", text(&made, "json"));
    assert!(row_of(&rows(&made), poisoned).is_some());

    // One that a person set aside is no matter of the document.
    stand.run(&format!("exclude {poisoned} --reason essai --by moi")).expect(0);
    assert_eq!(list(&office, "2021-09", true).unwrap().in_quarantine, [0_i64; 0]);
}

#[test]
fn a_document_kept_before_its_period_was_over_is_told_until_it_is_made_again() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-10-01T08:00:00Z").sync_first(&stand);
    let alerts = || stand.rows("SELECT hint FROM alerts WHERE key = 'document:monthly-list:early:2021-09'");
    assert_eq!(list(&office, "2021-09", false).unwrap().early, None);
    assert_eq!(list(&office, "2021-09", false).unwrap().early, None);
    assert!(alerts().is_empty());
    execute(&stand, "UPDATE exports SET created_at = '2021-09-30T21:59:59.999Z'", &[]);
    let told = stand.run("export monthly --month 2021-09").expect(0).err;
    let mend = "fitn export withdraw --kind monthly-list --period 2021-09 --never-sent --reason \"MOTIF\" --by \"NOM\"";
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&told).contains("avant la fin de sa période") && flat(&told).contains(mend), "{told}");
    assert!(alerts()[0][0].as_ref().unwrap().contains(mend), "{:?}", alerts());
    stand.run("export withdraw --kind monthly-list --period 2021-09 --never-sent --reason horloge --by moi").expect(0);
    let again = list(&office, "2021-09", false).unwrap();
    assert_eq!((again.early, again.revision, alerts().len()), (None, 1, 0));
}

#[test]
fn a_document_comes_from_one_snapshot() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let office = Office::open(&stand, "2023-02-01T08:00:00Z");
    let number = granted(&stand);
    let at = "2023-01-31T22:59:59Z".parse().unwrap();
    let evaluator = &office.desk.evaluator;
    let drawn = |reader: &fitn_connector::store::Reader<'_>| {
        let mut count = 0;
        let wanted = fitn_connector::evaluation::Wanted::Programmes(&[ADS]);
        let picture = evaluator.picture(reader, at, wanted, &reader.standings()?, |_| {
            count += 1;
            Ok(())
        })?;
        Ok::<_, fitn_connector::evaluation::EvaluationError>((count, picture.excluded))
    };
    let (before, during) = office
        .desk
        .store
        .read(|reader| {
            let before = drawn(reader)?;
            stand.run(&format!("exclude {number} --reason essai --by moi")).expect(0);
            Ok::<_, fitn_connector::evaluation::EvaluationError>((before, drawn(reader)?))
        })
        .unwrap();
    assert_eq!(before, during);
    let (after, picture) = evaluator.as_of(at, &[ADS]).unwrap();
    assert_eq!(picture.excluded.iter().map(|one| one.number).collect::<Vec<_>>(), [number]);
    assert_eq!(after.len() + 1, before.0);
}

#[test]
fn a_correction_without_a_difference_is_not_made() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-10-05T08:00:00Z").sync_first(&stand);
    let first = list(&office, "2021-09", false).unwrap();
    let quarterly = report(&office, "2021-Q3", false).unwrap();
    office.at("2021-11-10T08:00:00Z").sync(&stand);
    list(&office, "2021-10", false).unwrap();
    for (again, kept) in
        [(list(&office, "2021-09", true).unwrap(), &first), (report(&office, "2021-Q3", true).unwrap(), &quarterly)]
    {
        assert_eq!((again.nothing_to_correct, again.from_archive, again.revision), (true, true, 0));
        assert_eq!(again.files, kept.files);
    }

    let number = granted(&stand);
    let corrected = format!("correct {number} --fact granted_amount --value 123,45 --reason arrêté --by moi");
    stand.run(&corrected).expect(0);
    let revised = list(&office, "2021-09", true).unwrap();
    assert_eq!((revised.nothing_to_correct, revised.revision), (false, 1));
    let document: serde_json::Value = serde_json::from_str(&text(&revised, "json")).unwrap();
    let compared = &document["comparee_a"];
    assert_eq!((compared["month"].as_str(), compared["revision"].as_u64()), (Some("2021-09"), Some(0)));
    let changed: Vec<Row> = rows(&revised).into_iter().filter(|row| row["evolution"] != "inchange").collect();
    assert_eq!(changed.len(), 1, "against the list that it corrects, not the one before");
    assert_eq!(changed[0]["montant_accorde"], "123,45");
    assert!(list(&office, "2021-09", true).unwrap().nothing_to_correct, "the correction stands");

    let corrected = report(&office, "2021-Q3", true).unwrap();
    assert!(file(&corrected, "html").ends_with("rapport-fitn7-2021-T3-rev1.html"), "{:?}", corrected.files);
    assert!(text(&corrected, "html").contains("correction n° 1"));
    for (path, sha256) in &quarterly.files {
        let kept = stand.one(&format!("SELECT sha256 FROM view_exports WHERE path = '{}'", path.display()));
        assert_eq!(kept.as_ref(), Some(sha256), "the first stands beside it");
        assert!(path.exists());
    }
}

#[test]
fn a_kept_file_that_somebody_altered_is_written_again() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-10-05T08:00:00Z").sync_first(&stand);
    let kept = list(&office, "2021-09", false).unwrap();
    let csv = file(&kept, "csv");
    let bytes = std::fs::read(&csv).unwrap();
    fitn_connector::files::write_atomically(&csv, b"autre chose").unwrap();
    assert!(list(&office, "2021-09", false).unwrap().from_archive);
    assert_eq!(std::fs::read(&csv).unwrap(), bytes);
}

#[test]
fn a_kept_list_that_can_no_longer_be_read_holds_no_other_back() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-09-05T08:00:00Z").sync_first(&stand);
    let august = list(&office, "2021-08", false).unwrap();
    assert!(!august.is_provisional());
    office.at("2021-10-05T08:00:00Z").sync(&stand);
    // A frame cut short, other bytes of the same kind, and what is no list.
    let frame = |content: &[u8]| zstd::encode_all(content, 1).unwrap();
    let kept = std::fs::read(file(&august, "json")).unwrap();
    let mut altered = kept.clone();
    altered[kept.len() / 2] ^= 1;
    let damages = [frame(&kept)[..9].to_vec(), frame(&altered), frame(b"{}")];
    let said = "La liste précédente, « août 2021 », ne peut plus être relue";
    let about_september = "key = 'document:monthly-list:previous:2021-09'";
    for damage in damages {
        let pieces = "UPDATE export_pieces SET content = ?1
            WHERE export = (SELECT id FROM exports WHERE period = '2021-08' AND format = 'json')";
        execute(&stand, pieces, &[&damage]);
        let made = list(&office, "2021-09", false).unwrap();
        assert!(!made.is_provisional());
        assert_eq!(made.not_compared.as_deref(), Some("août 2021"));
        let rows = rows(&made);
        assert!(!rows.is_empty() && rows.iter().all(|row| row["evolution"].is_empty()), "not known");
        let document: serde_json::Value = serde_json::from_str(&text(&made, "json")).unwrap();
        assert_eq!(document["comparee_a"], serde_json::Value::Null);
        assert_eq!(document["non_comparee_a"]["month"], "2021-08");
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(file(&made, "xlsx")).unwrap();
        for sheet in ["Évolutions", "Notice"] {
            let cells = calamine::Reader::worksheet_range(&mut workbook, sheet).unwrap();
            assert!(cells.used_cells().any(|(_, _, cell)| cell.to_string().contains(said)), "{sheet}");
        }
        let alert = stand.one(&format!("SELECT message FROM alerts WHERE {about_september}")).unwrap();
        assert!(alert.contains("« août 2021 » est illisible"), "{alert}");
        execute(&stand, "DELETE FROM exports WHERE period = '2021-09'", &[]);
    }
    // Asked for again, it is not given altered; what of it is whole is given.
    let (csv, json) = (file(&august, "csv"), file(&august, "json"));
    std::fs::remove_file(&csv).unwrap();
    std::fs::remove_file(&json).unwrap();
    let refused = list(&office, "2021-08", false).unwrap_err();
    assert!(refused.to_string().contains("SHA-256") && refused.to_string().contains(".json"), "{refused}");
    assert!(csv.exists() && !json.exists());

    // The one after it is compared with what was made.
    let told = stand.run("export monthly --month 2021-09").expect(0);
    assert!(told.err.contains("« août 2021 » est illisible"), "{}", told.err);
    office.at("2021-11-05T08:00:00Z").sync(&stand);
    let october = list(&office, "2021-10", false).unwrap();
    assert_eq!(october.not_compared, None);
    assert!(rows(&october).iter().any(|row| row["evolution"] == "inchange"));
    // That does not make the list of September whole: only its own making does.
    let alerts = |about: &str| stand.number(&format!("SELECT count(*) FROM alerts WHERE {about}"));
    assert_eq!(alerts(about_september), 1);
    assert!(list(&office, "2021-09", false).unwrap().from_archive);
    assert_eq!(alerts(about_september), 1);
    assert_eq!(list(&office, "2021-09", true).unwrap().not_compared, None, "its first edition can be read");
    assert_eq!(alerts("key LIKE 'document:monthly-list:previous%'"), 0);
}

#[test]
fn a_grant_does_not_end_with_its_file() {
    let stand = Stand::new(&[ADS]);
    let number = granted(&stand);
    let pending = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction)[0];
    let office = Office::open(&stand, "2021-09-30T20:00:00Z");
    grant(&stand, number, 100_001, 0);
    office.sync(&stand);
    office.at("2021-10-05T08:00:00Z").sync(&stand);
    list(&office, "2021-09", false).unwrap();
    let counted = || stand.one(&format!("SELECT counted_cents FROM view_dossiers WHERE number = {number}"));
    assert_eq!(counted().as_deref(), Some("100001"));

    stand.change(|w| w.delete(number, later(1)));
    stand.change(|w| w.delete(pending, later(1)));
    office.at("2021-10-20T08:00:00Z").try_sync(&stand, true).unwrap();
    office.at("2021-11-01T08:00:00Z").sync(&stand);
    let october = rows(&list(&office, "2021-10", false).unwrap());
    let row = row_of(&october, number).unwrap();
    let said = ["evolution", "montant_accorde", "montant_compte", "retire_de_ds"].map(|column| row[column].as_str());
    assert_eq!(said[..3], ["modifie", "1000,01", "1000,01"]);
    assert!(!said[3].is_empty() && row["colonnes_modifiees"].contains("retire_de_ds"), "{row:?}");
    assert_eq!(row_of(&october, pending).unwrap()["evolution"], "retire");
    let page = text(&report(&office, "2021-Q3", false).unwrap(), "html");
    assert!(!page.contains("ne montre plus"), "it was there when the quarter ended");

    // Erased here, it still counts; set aside, it does not.
    office.at("2021-12-05T08:00:00Z").try_sync(&stand, true).unwrap();
    assert_eq!(
        stand.number("SELECT count(*) FROM view_erasures"),
        1 + stand.number(&format!("SELECT count(*) FROM view_erasures WHERE dossier <> {number}"))
    );
    assert_eq!(counted().as_deref(), Some("100001"));
    let november = rows(&list(&office, "2021-11", false).unwrap());
    assert_eq!(row_of(&november, number).unwrap()["montant_compte"], "1000,01");
    office.at("2022-01-05T08:00:00Z").sync(&stand);
    let page = text(&report(&office, "2021-Q4", false).unwrap(), "html");
    assert!(page.contains("ne montre plus") && page.contains(&format!("<li>{number}, effacé")), "{page}");
    stand.run(&format!("exclude {number} --reason abandonné --by moi")).expect(0);
    assert_eq!(counted(), None);
    let aside = stand.one(&format!("SELECT excluded_at FROM view_dossiers WHERE number = {number}"));
    assert!(aside.is_some());
    let december = rows(&list(&office, "2021-12", false).unwrap());
    assert_eq!(row_of(&december, number).unwrap()["evolution"], "retire");
}

#[test]
fn the_view_counts_what_the_list_counts() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2022-12").expect(0);
    let rows = read_csv(&stand.path("exports/liste-demat-ads-2022-12.csv"));
    let listed: i64 = rows.iter().map(|row| cents(&row["montant_compte"])).sum();
    assert!(listed > 0);
    assert_eq!(stand.number("SELECT sum(counted_cents) FROM view_dossiers"), listed);
    let document = std::fs::read_to_string(stand.path("exports/liste-demat-ads-2022-12.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let totals = document["totals"].as_array().unwrap();
    let all = totals.iter().find(|total| total["libelle"].as_str().unwrap().starts_with("Ensemble")).unwrap();
    assert_eq!(cents(&all["montant_accorde"].as_str().unwrap().replace('.', ",")), listed);

    // Another territory counts others, though no dossier changed.
    stand.reconfigure("[exports]", "[territory]\nregion = \"11\"\ndepartements = [\"77\"]\n\n[exports]");
    stand.run("evaluate").expect(0);
    let served: i64 =
        rows.iter().filter(|row| row["departement"] == "77").map(|row| cents(&row["montant_compte"])).sum();
    assert!(served > 0 && served < listed);
    assert_eq!(stand.number("SELECT sum(counted_cents) FROM view_dossiers"), served);
}

#[test]
fn a_report_has_the_rights_of_the_end_of_its_quarter() {
    let stand = Stand::new(&[GUICHET]);
    let parameters = "[[drawing_right]]\ndepartements = [\"77\"]\nvalue = 111111\nunit = \"EUR\"\nvalid_from = 2022-01-01\n\
        citation = \"Réallocation\"\n";
    stand.write("parametres.toml", parameters, 0o644);
    stand.reconfigure("[exports]", "[rules]\nparameters = [\"parametres.toml\"]\n\n[exports]");
    stand.run("sync").expect(0);
    stand.run("export quarterly --quarter 2021-Q4").expect(0);
    stand.run("export quarterly --quarter 2022-Q1").expect(0);
    let right = "111 111,00 €";
    let page = |name: &str| words(&stand.path(&format!("exports/rapport-fitn7-{name}.html")));
    assert!(!page("2021-T4").contains(right) && page("2022-T1").contains(right));
}

#[test]
fn a_list_of_the_past_knows_no_neighbour_filed_later() {
    let stand = Stand::new(&[ADS]);
    let first = stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::EnInstruction && dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap()
    });
    let alone = |row: &Row| !row["regles_a_verifier"].split(' ').any(|rule| rule == "ADS-09");
    stand.run("sync").expect(0);
    let before = read_list(&stand, "2021-09");
    let number = *first.iter().find(|number| row_of(&before, **number).is_some_and(alone)).unwrap();
    let world = stand.running().world();
    let twin = world.write().unwrap().add_copy(number, later(1)).unwrap();
    world
        .write()
        .unwrap()
        .edit(twin, |dossier| dossier.deposited_at = "2021-10-15T08:00:00Z".parse().unwrap())
        .unwrap();
    stand.run("sync").expect(0);
    let october = read_list(&stand, "2021-10");
    assert!(row_of(&october, twin).is_some() && !alone(row_of(&october, number).unwrap()), "two of one SIRET");
    let again = stand.run("export monthly --month 2021-09 --revise").expect(0);
    assert!(again.err.contains("rien ne diffère"), "{}", again.err);
}

#[test]
fn documents_of_another_region_are_its_own() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.reconfigure("[exports]", "[territory]\nregion = \"84\"\n\n[exports]");
    stand.run("sync").expect(0);
    stand.run("export quarterly --quarter 2021-Q4").expect(0);
    stand.run("export monthly --month 2021-10").expect(0);
    let page = words(&stand.path("exports/rapport-fitn7-2021-T4.html"));
    assert!(page.contains("région Auvergne-Rhône-Alpes"));
    for other in ["le-de-France", "DR75", "Centre financier", "71 besoins", "club d’innovateurs"] {
        assert!(!page.contains(other), "{other}");
    }
    let list = std::fs::read_to_string(stand.path("exports/liste-demat-ads-2021-10.json")).unwrap();
    assert!(list.contains("\"region\": \"Auvergne-Rhône-Alpes\"") && !list.contains("le-de-France"));
    let workbook = std::fs::read(stand.path("exports/liste-demat-ads-2021-10.xlsx")).unwrap();
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(workbook)).unwrap();
    let notice = workbook.worksheet_range("Notice").unwrap();
    let said = notice.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n");
    assert!(said.contains("ADS-06") && !said.contains("€ par"), "{said}");
}
