//! What DS erased is erased here: nothing of it is left in the file, what may be kept is, and lists of the past stay true.

mod common;

use common::lists::{Row, read_csv, row_of};
use common::mirror::assert_store_equals_world;
use common::office::Office;
use common::{ADS, Stand, later, procedure};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::operations::{Exported, OperationError};
use fitn_connector::sandbox::world::{Applicant, Value};

/// What the applicant and the agents typed; found nowhere once it is erased.
const FIRST_WORDS: &str = "Appelez Marguerite Duras au 06 99 88 77 66";
const LAST_WORDS: &str = "Écrivez à marguerite.duras@exemple.invalid";
const AGENT: &str = "Camille Lannes-Trevoux";
const REASON: &str = "vu avec la secrétaire de mairie";

/// A granted dossier of a company with an amount, filed before September, and its SIRET.
fn granted(stand: &Stand) -> (i64, String) {
    let filed = "2021-09-01T00:00:00Z".parse().unwrap();
    let number = stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::Accepte
            && dossier.deposited_at < filed
            && matches!(dossier.applicant, Some(Applicant::Company(_)))
    })[0];
    let siret = match &stand.world().dossier(number).unwrap().applicant {
        Some(Applicant::Company(company)) => company.siret.clone(),
        other => panic!("{other:?}"),
    };
    (number, siret)
}

fn say(stand: &Stand, number: i64, words: &str, minutes: i64) {
    let label = stand.label(ADS, "feedback");
    stand.change(|w| w.answer(number, &label, Some(Value::Text(words.to_owned())), later(minutes)));
}

fn grant(stand: &Stand, number: i64, cents: i64, minutes: i64) {
    let label = stand.label(ADS, "granted_amount");
    stand.change(|w| w.answer(number, &label, Some(Value::Decimal(Cents(cents))), later(minutes)));
}

/// Whether a text stands in a file of the database, live or left behind.
fn stands_somewhere(stand: &Stand, text: &str) -> bool {
    ["", "-wal", "-shm"].iter().any(|suffix| {
        let bytes = std::fs::read(stand.path(&format!("fitn.sqlite{suffix}"))).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[track_caller]
fn assert_nowhere(stand: &Stand, texts: &[&str]) {
    for text in texts {
        assert!(!stands_somewhere(stand, text), "« {text} »");
    }
}

fn erase_at_once(stand: &Stand) {
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
}

#[test]
fn a_deleted_dossier_is_erased_to_the_last_byte_and_its_tombstone_stays() {
    let stand = Stand::new(&[ADS]);
    let (number, siret) = granted(&stand);
    say(&stand, number, FIRST_WORDS, 0);
    stand.run("sync").expect(0);
    say(&stand, number, LAST_WORDS, 1);
    grant(&stand, number, 1_234_567, 1);
    stand.run("sync").expect(0);
    let excluded = stand.dossiers(ADS, |dossier| dossier.number != number)[0];
    {
        let office = Office::open(&stand, "2023-02-01T08:00:00Z");
        let signed = fitn_connector::operations::Signed { by: AGENT, reason: REASON };
        let met = fitn_connector::domain::verdict::VerdictValue::Met;
        let rule = stand.one(&format!("SELECT rule FROM view_verdicts WHERE dossier = {number}")).unwrap();
        office.operations.decide(number, &rule, Some(met), signed).unwrap();
        office.operations.exclude(excluded, true, signed).unwrap();
    }
    let view = |columns: &str, number: i64| {
        stand.rows(&format!("SELECT {columns} FROM view_dossiers WHERE number = {number}")).remove(0)
    };
    let columns = "departement, status, eligible_expenses_cents, computed_cents, granted_cents, engaged_cents, \
                   paid_cents, deposited_at, state";
    let before = view(columns, number);
    let rules = format!("SELECT rule, verdict, citation FROM view_verdicts WHERE dossier = {number}");
    let verdicts = stand.rows(&rules);

    stand.change(|w| w.delete(number, later(10)));
    stand.change(|w| w.delete(excluded, later(10)));
    stand.run("sync").expect(0);
    let trial = stand.run("purge --dry-run").expect(0);
    assert!(trial.out.contains("Aucun dossier à effacer.") && trial.out.contains("délai de 30 jours"), "{}", trial.out);
    erase_at_once(&stand);
    let trial = stand.run("purge --dry-run --json").expect(0).json();
    let told = trial["dossiers"].as_array().unwrap();
    assert_eq!(
        told.iter().map(|one| one["number"].as_i64().unwrap()).collect::<std::collections::BTreeSet<_>>(),
        [number, excluded].into()
    );
    let own = told.iter().find(|one| one["number"] == number).unwrap();
    assert_eq!(
        (own["versions"].as_i64(), own["journal"].as_i64(), own["removed_reason"].as_str()),
        (Some(2), Some(1), Some("deleted"))
    );
    assert_eq!(stand.number(&format!("SELECT count(*) FROM dossier_versions WHERE dossier = {number}")), 2);

    for text in [LAST_WORDS, AGENT, REASON, &siret] {
        assert!(stands_somewhere(&stand, text), "« {text} » stands there before");
    }
    let done = stand.run("purge").expect(0);
    assert!(done.out.starts_with("2 dossiers effacés\n"), "{}", done.out);
    assert!(done.out.contains("gardé   numéro, démarche, programme"), "{}", done.out);
    assert_nowhere(&stand, &[FIRST_WORDS, LAST_WORDS, AGENT, REASON, &siret]);
    for table in ["dossier_versions", "champs", "attachments", "quarantine"] {
        assert_eq!(
            stand.number(&format!("SELECT count(*) FROM {table} WHERE dossier IN ({number}, {excluded})")),
            0,
            "{table}"
        );
    }
    assert_eq!(view(columns, number), before, "amounts, département and dates stay");
    assert_eq!(view("siret, applicant, code_insee", number), [None, None, None]);
    assert_eq!(view("removed_reason", number), [Some("deleted".to_owned())]);
    assert_eq!(stand.rows(&rules), verdicts);
    assert_eq!(
        stand.rows(&format!(
            "SELECT DISTINCT explanation, decided_by FROM view_verdicts WHERE dossier = {number} AND decided_by IS NULL"
        )),
        [[Some("effacé".to_owned()), None]]
    );
    assert_eq!(stand.number("SELECT count(*) FROM view_erasures"), 2);
    assert_eq!(
        stand.rows("SELECT dossier, person, reason, kind FROM view_journal"),
        [[
            Some(excluded.to_string()),
            Some("effacé".to_owned()),
            Some("effacé".to_owned()),
            Some("exclude".to_owned())
        ]]
    );
    assert_eq!(stand.rows("PRAGMA foreign_key_check").len(), 0);
    assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));

    let shown = stand.run(&format!("dossier {number}")).expect(0);
    assert!(shown.out.starts_with(&format!("Dossier {number} — effacé\n")), "{}", shown.out);
    assert!(shown.out.contains("effacé le") && !shown.out.contains(AGENT), "{}", shown.out);
    let document = stand.run(&format!("dossier {number} --json")).expect(0).json();
    assert!(
        document["erased_at"].is_string()
            && document["siret"].is_null()
            && document["missing"] == serde_json::json!([])
    );
    stand.run("dossiers").expect(0);

    // The tombstone stays known: nothing is removed again, erased again, or judged anew.
    stand.run("evaluate").expect(0);
    let again = stand.run("sync --full --json").expect(0).json();
    assert_eq!((again["procedures"][0]["removed"].as_i64(), again["erased"].as_i64()), (Some(0), Some(0)), "{again}");
    assert_eq!(view(columns, number), before);
    assert_eq!(stand.rows(&rules), verdicts);
    assert!(stand.run("purge").expect(0).out.starts_with("Aucun dossier à effacer.\n"));
    assert_store_equals_world(&stand);
}

#[test]
fn a_full_sync_erases_what_is_due_and_what_ds_can_restore_stays() {
    let stand = Stand::new(&[ADS]);
    let (deleted, _) = granted(&stand);
    let others = stand.dossiers(ADS, |d| d.state == DossierState::Accepte && d.number != deleted);
    let (binned, expired) = (others[0], others[1]);
    let office = Office::open(&stand, "2023-02-01T08:00:00Z").sync_first(&stand);
    stand.change(|w| w.delete(deleted, later(0)));
    stand.change(|w| w.hide_by_administration(binned, later(0), "instructeur_request"));
    stand.change(|w| w.expire(expired, later(0)));
    office.try_sync(&stand, true).unwrap();
    let erased = || stand.rows("SELECT dossier FROM view_erasures ORDER BY dossier");
    assert_eq!(office.at("2023-03-03T07:59:59Z").try_sync(&stand, true).unwrap().erased, 0);
    assert!(erased().is_empty());
    // An increment never erases; the full sync after the thirtieth day does.
    office.at("2023-03-03T08:00:00Z").sync(&stand);
    assert!(erased().is_empty());
    assert_eq!(office.try_sync(&stand, true).unwrap().erased, 2);
    let mut expected = [deleted, expired];
    expected.sort_unstable();
    assert_eq!(erased(), expected.map(|number| [Some(number.to_string())]));

    // Long after, the bin is still the bin.
    assert_eq!(office.at("2024-03-03T08:00:00Z").try_sync(&stand, true).unwrap().erased, 0);
    assert_store_equals_world(&stand);
    // What DS shows again comes back whole, and a new removal counts its delay anew.
    stand.change(|w| w.restore(expired, later(60)));
    office.sync(&stand);
    assert_store_equals_world(&stand);
    assert_eq!(erased(), [[Some(deleted.to_string())]]);
    assert_eq!(stand.number(&format!("SELECT count(siret) FROM view_dossiers WHERE number = {expired}")), 1);
    assert!(
        stand.number(&format!(
            "SELECT count(*) FROM view_verdicts WHERE dossier = {expired} AND explanation <> 'effacé'"
        )) > 0
    );
    stand.change(|w| w.expire(expired, later(70)));
    assert_eq!(office.try_sync(&stand, true).unwrap().erased, 0);
    assert_eq!(office.at("2024-05-01T08:00:00Z").try_sync(&stand, true).unwrap().erased, 1);
}

fn list(office: &Office, month: &str, revise: bool) -> Result<Exported, OperationError> {
    office.operations.monthly_list(month.parse().unwrap(), revise, None)
}

fn rows(exported: &Exported) -> Vec<Row> {
    read_csv(&exported.files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "csv")).unwrap().0)
}

#[test]
fn lists_and_reports_of_the_past_stay_true_in_what_is_kept() {
    let stand = Stand::new(&[ADS]);
    let (number, siret) = granted(&stand);
    let name = stand.world().dossier(number).unwrap().applicant.clone();
    let Some(Applicant::Company(company)) = name else { panic!("{name:?}") };
    let office = Office::open(&stand, "2021-09-30T20:00:00Z");
    grant(&stand, number, 100_001, 0);
    office.sync(&stand);
    grant(&stand, number, 200_002, 1);
    office.at("2021-10-05T08:00:00Z").sync(&stand);
    office.at("2021-11-01T08:00:00Z").sync(&stand);
    let kept = list(&office, "2021-09", false).unwrap();
    let september = row_of(&rows(&kept), number).unwrap().clone();
    let october = row_of(&rows(&list(&office, "2021-10", false).unwrap()), number).unwrap().clone();
    assert_eq!((september["siret"].as_str(), september["montant_accorde"].as_str()), (siret.as_str(), "1000,01"));
    let quarter = || {
        office.operations.quarterly_report("2021-Q3".parse().unwrap(), false, None).unwrap();
        office.operations.evaluator.as_of("2021-09-30T21:59:59Z".parse().unwrap(), &[ADS]).unwrap()
    };
    let granted_then = |picture: fitn_connector::evaluation::Picture| {
        let amount = |judged: &fitn_connector::domain::subject::Judged| {
            judged.subject.facts.amount(fitn_connector::domain::fact::FactName::GrantedAmount)
        };
        picture.dossiers.iter().filter_map(amount).sum::<Cents>()
    };
    let sum = granted_then(quarter());

    stand.change(|w| w.delete(number, later(10)));
    office.sync(&stand);
    assert_eq!(office.at("2021-12-05T08:00:00Z").try_sync(&stand, true).unwrap().erased, 1);
    assert_eq!(granted_then(quarter()), sum);
    for (month, before, granted) in [("2021-09", &september, "1000,01"), ("2021-10", &october, "2000,02")] {
        let revised = list(&office, month, true).unwrap();
        let row = row_of(&rows(&revised), number).unwrap().clone();
        assert_eq!(
            (row["montant_accorde"].as_str(), row["beneficiaire"].as_str(), row["siret"].as_str()),
            (granted, "effacé", "")
        );
        for column in [
            "departement",
            "etat",
            "date_depot",
            "depenses_eligibles",
            "montant_calcule",
            "montant_engage",
            "avis_regles",
        ] {
            assert_eq!(row[column], before[column], "{month} {column}");
        }
        assert!(row["remarques"].contains("effacé"), "{row:?}");
        for (path, _) in &revised.files {
            let bytes = std::fs::read(path).unwrap();
            for word in [siret.as_bytes(), company.name.as_bytes()] {
                assert!(!bytes.windows(word.len()).any(|window| window == word), "{}", path.display());
            }
        }
    }
    // The list in which it is withdrawn says no more of it; those that were sent stay as they were.
    let november = rows(&list(&office, "2021-11", false).unwrap());
    let row = row_of(&november, number).unwrap();
    assert_eq!(
        (row["evolution"].as_str(), row["beneficiaire"].as_str(), row["siret"].as_str()),
        ("retire", "effacé", "")
    );
    assert_eq!(row_of(&rows(&kept), number).unwrap(), &september);
}

#[test]
fn what_may_be_kept_is_chosen_and_an_unknown_word_is_refused() {
    let stand = Stand::new(&[ADS]);
    let (number, siret) = granted(&stand);
    stand.run("sync").expect(0);
    stand.change(|w| w.delete(number, later(0)));
    stand.run("sync").expect(0);
    let right = stand.config();
    stand.configure(&format!("{right}\n[purge]\nerase_after_days = 0\nkeep = [\"siret\", \"nom\"]\n"));
    let refused = stand.run("purge").expect(2);
    assert!(refused.err.contains("clé « purge.keep » : « nom » n’est pas"), "{}", refused.err);
    assert!(refused.err.contains("departement, code_insee, siret, applicant, computed_amount"), "{}", refused.err);
    stand.configure(&format!("{right}\n[purge]\nerase_after_days = 0\nkeep = [\"siret\"]\n"));
    stand.run("purge").expect(0);
    let row = stand.rows(&format!(
        "SELECT siret, applicant, departement, granted_cents, computed_cents FROM view_dossiers WHERE number = {number}"
    ));
    assert_eq!(row, [[Some(siret), None, None, None, None]]);
    assert_eq!(stand.number(&format!("SELECT procedure FROM view_dossiers WHERE number = {number}")), procedure(ADS));
}

#[test]
fn a_reader_that_holds_on_to_the_past_delays_the_last_bytes_and_the_next_purge_takes_them() {
    let stand = Stand::new(&[ADS]);
    let (number, _) = granted(&stand);
    say(&stand, number, LAST_WORDS, 0);
    stand.run("sync").expect(0);
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    erase_at_once(&stand);
    // A purge that was killed after the erasure and before the rewriting.
    let office = Office::open(&stand, "2030-01-01T00:00:00Z");
    let store = &office.operations.store;
    store.write::<_, fitn_connector::store::StoreError>(|writer| writer.dossier_erase(number, &[], later(2))).unwrap();
    let again = office.operations.purge(true).unwrap();
    assert!(again.left_in_file && again.due.is_empty());
    drop(office);
    let done = stand.run("purge --json").expect(0).json();
    assert_eq!(done["left_in_file"], false);
    assert_nowhere(&stand, &[LAST_WORDS]);
    let gone = stand.run(&format!("dossier {number}")).expect(1);
    assert!(gone.err.contains("ont été effacées"), "{}", gone.err);
}
