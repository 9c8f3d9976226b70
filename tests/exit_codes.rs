//! Every exit code that scripts build on, with the words that a person reads.

mod common;

use common::{ADS, Run, Stand, later, outcome, procedure};
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use fitn_connector::store::Store;

/// What the program says when it gives up: without the log lines before, without the advice after.
fn error(run: &Run) -> &str {
    let line = run.err.lines().find_map(|line| line.strip_prefix("erreur : "));
    line.unwrap_or_else(|| panic!("no error: {}", run.err))
}

fn advice(run: &Run) -> &str {
    let line = run.err.lines().find_map(|line| line.strip_prefix("conseil : "));
    line.unwrap_or_else(|| panic!("no advice: {}", run.err))
}

#[test]
fn a_dossier_that_is_unknown_exits_2_everywhere() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    stand.run("sync").expect(0);
    let unknown = stand.run("dossier 1").expect(2);
    assert_eq!(
        unknown.err,
        "erreur : le dossier 1 n’est pas connu ici\n\
         conseil : vérifiez son numéro, et que sa démarche est suivie ; « fitn dossiers » donne la liste\n"
    );
    assert_eq!(unknown.out, "");
    let document = stand.run("dossier 1 --json").expect(2);
    assert_eq!((document.err.as_str(), document.json()["error"]["code"].as_i64()), ("", Some(2)));
    let signed = "--reason essai --by Dupont";
    for act in ["decide 1 --rule ADS-01 --verdict met", "correct 1 --fact population --value 3", "exclude 1"] {
        assert_eq!(stand.run(&format!("{act} {signed}")).expect(2).err, unknown.err, "{act}");
    }
}

#[test]
fn a_configuration_that_is_wrong_exits_2_and_says_where() {
    let stand = Stand::new(&[ADS]);
    let right = stand.config();
    stand.configure(&format!("{right}\n[api2]\nx = 1\n"));
    let unknown_key = stand.run("sync").expect(2);
    assert!(error(&unknown_key).starts_with("config.toml, ligne "), "{}", unknown_key.err);
    assert!(error(&unknown_key).contains("clé « api2 » : cette clé n’existe pas"), "{}", unknown_key.err);
    stand.configure(&right.replace("granted_amount =", "granted_amont ="));
    let wrong_fact = stand.run("sync").expect(2);
    assert!(error(&wrong_fact).contains("granted_amont"), "{}", wrong_fact.err);
    assert!(wrong_fact.err.contains("granted_amount"), "the fact that was meant: {}", wrong_fact.err);
    stand.configure("[api\n");
    let unreadable = stand.run("sync").expect(2);
    assert!(error(&unreadable).starts_with("config.toml, ligne 1"), "{}", unreadable.err);
    assert!(!stand.path("fitn.sqlite").exists());
}

#[test]
fn a_mapping_that_does_not_fit_fails_its_check_and_only_alerts_at_a_sync() {
    let stand = Stand::new(&[ADS]);
    let label = stand.label(ADS, "granted_amount");
    stand.reconfigure(
        &format!("granted_amount = {{ annotation = \"{label}\""),
        "granted_amount = { annotation = \"Rien\"",
    );
    let check = stand.run("mapping check").expect(2);
    assert!(check.out.contains("✗ granted_amount : ") && check.out.contains("Rien"), "{}", check.out);
    assert!(check.out.contains("→ "), "{}", check.out);

    stand.run("sync").expect(0);
    let shown = stand.world().dossiers_of(procedure(ADS)).count();
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers"), i64::try_from(shown).unwrap());
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers WHERE granted_cents IS NOT NULL"), 0);
    let alert =
        |run: &Run| run.out.lines().any(|line| line.starts_with(&format!("  ! démarche {} : ", procedure(ADS))));
    let status = stand.run("status").expect(0);
    assert!(alert(&status), "{}", status.out);

    stand.reconfigure("annotation = \"Rien\"", &format!("annotation = \"{label}\""));
    stand.run("mapping check").expect(0);
    stand.run("evaluate").expect(0);
    assert!(stand.number("SELECT count(*) FROM view_dossiers WHERE granted_cents IS NOT NULL") > 0);
    assert!(!alert(&stand.run("status").expect(0)));
}

#[test]
fn a_form_that_cannot_be_read_does_not_hide_what_is_known_of_the_others() {
    let stand = Stand::new(&[ADS, Programme::Axe3V2]);
    stand.world_mut().discard(procedure(ADS), true);
    let check = stand.run("mapping check").expect(2);
    assert!(check.out.contains("✗ le formulaire n’a pas pu être lu : "), "{}", check.out);
    assert!(check.out.contains("✓ la correspondance convient au formulaire"), "{}", check.out);
    assert!(check.err.contains("introuvable sur DS"), "{}", check.err);
}

#[test]
fn a_fact_that_is_left_out_is_a_warning_only() {
    let stand = Stand::new(&[ADS]);
    let line = stand.config().lines().find(|line| line.starts_with("granted_amount")).unwrap().to_owned();
    stand.reconfigure(&line, "");
    let check = stand.run("mapping check").expect(0);
    assert!(check.out.contains("\n    granted_amount (montant accordé) : ADS-11, ADS-12\n"), "{}", check.out);
}

#[test]
fn a_token_that_everybody_can_read_exits_2() {
    let stand = Stand::new(&[ADS]);
    stand.write("token", "abc\n", 0o604);
    let refused = stand.run("sync").expect(2);
    assert_eq!(error(&refused), "le fichier token est lisible par tous : le jeton est refusé");
    assert_eq!(advice(&refused), "chmod o-rwx token");
}

#[test]
fn a_database_of_a_newer_version_exits_2_and_is_left_as_it_is() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    stand.run("sync").expect(0);
    stand.rows("PRAGMA user_version = 9000");
    let file = stand.path("fitn.sqlite");
    let before = std::fs::read(&file).unwrap();
    let number = stand.dossiers(Programme::Axe2V4, |_| true)[0];
    let lines = ["sync", "sync --dry-run", "evaluate", "dossiers", "status", "export monthly --month 2021-09", "serve"];
    for line in lines.map(str::to_owned).into_iter().chain([format!("dossier {number}")]) {
        let refused = stand.run(&line).expect(2);
        assert!(
            error(&refused).contains("vient d’une version plus récente de fitn (schéma 9000, celle-ci connaît "),
            "{line} : {}",
            refused.err
        );
        assert_eq!(std::fs::read(&file).unwrap(), before, "{line}");
    }
}

#[test]
fn a_file_that_is_no_database_exits_2_and_is_left_as_it_is() {
    let stand = Stand::new(&[ADS]);
    let text = "ceci n’est pas une base de données\n".repeat(200);
    stand.write("fitn.sqlite", &text, 0o644);
    for line in ["sync", "dossiers"] {
        let refused = stand.run(line).expect(2);
        assert!(error(&refused).ends_with("fitn.sqlite n’est pas une base de données de fitn"), "{}", refused.err);
    }
    assert_eq!(std::fs::read_to_string(stand.path("fitn.sqlite")).unwrap(), text);
}

#[test]
fn a_command_that_shows_what_is_stored_exits_2_before_the_first_sync() {
    let stand = Stand::new(&[ADS]);
    for line in ["dossiers", "dossier 7", "status", "quarantine", "evaluate", "export monthly --month 2021-09"] {
        let refused = stand.run(line).expect(2);
        assert!(error(&refused).ends_with("fitn.sqlite n’existe pas encore"), "{}", refused.err);
        assert_eq!(advice(&refused), "lancez d’abord « fitn sync »");
    }
    assert!(!stand.path("fitn.sqlite").exists());
}

#[test]
fn a_demarche_that_ds_does_not_know_exits_2() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure(&format!("number = {}", procedure(ADS)), "number = 7");
    let unknown = stand.run("sync").expect(2);
    assert_eq!(error(&unknown), "démarche 7 : introuvable sur DS");
    assert_eq!(advice(&unknown), "vérifiez le numéro de la démarche, et qu’elle n’a pas été supprimée sur DS");
}

#[test]
fn access_that_the_api_refuses_exits_4_and_says_why() {
    let stand = Stand::new(&[ADS]);
    let number = procedure(ADS);
    let refused = |why: &str| {
        let run = stand.run("sync").expect(4);
        assert_eq!(error(&run), format!("démarche {number} : l’API refuse l’accès : {why}"));
        assert!(!run.err.contains(stand.running().token.as_str()) && !advice(&run).is_empty());
        let document = stand.run("sync --json").expect(4);
        let told = document.json();
        assert_eq!(told["error"]["code"], 4);
        assert_eq!(told["error"]["message"], format!("démarche {number} : l’API refuse l’accès : {why}"));
        assert_eq!(told["error"]["hint"], advice(&run));
    };
    stand.world_mut().access.expired = true;
    refused("jeton expiré");
    stand.world_mut().access.expired = false;
    stand.world_mut().access.forbidden_network = true;
    refused("l’adresse de ce serveur n’est pas autorisée pour ce jeton");
    stand.world_mut().access.forbidden_network = false;
    stand.world_mut().access.out_of_scope.insert(number);
    refused(&format!("le jeton ne donne pas accès à : démarche {number}"));
    stand.world_mut().access.out_of_scope.clear();
    stand.write("token", "amV0b24=\n", 0o600);
    refused("jeton inconnu");
}

#[test]
fn a_demarche_out_of_scope_does_not_keep_the_others_from_being_read() {
    let stand = Stand::new(&[Programme::Axe3V2, Programme::Axe2V4]);
    let closed = procedure(Programme::Axe3V2);
    stand.world_mut().access.out_of_scope.insert(closed);
    stand.run("sync").expect(4);
    let open = stand.world().dossiers_of(procedure(Programme::Axe2V4)).count();
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers"), i64::try_from(open).unwrap());
}

#[test]
fn an_api_out_of_reach_exits_5() {
    let mut stand = Stand::new(&[ADS]);
    stand.reconfigure("timeout_s = 30", "timeout_s = 1");
    stand.shut_down();
    let away = stand.run("sync").expect(5);
    let start = format!("démarche {} : l’API est hors d’atteinte : connexion impossible", procedure(ADS));
    assert!(error(&away).starts_with(&format!("{start} (connexion refusée)")), "{}", away.err);
    let document = stand.run("sync --json").expect(5);
    assert_eq!(document.json()["error"]["code"], 5);
    assert_eq!(stand.last_run("outcome").as_deref(), Some("failed"));
}

#[test]
fn a_sync_beside_another_exits_5_and_says_which() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
    let lock = store.sync_lock(later(0)).unwrap();
    let beside = stand.run("sync").expect(5);
    let who = std::process::id();
    assert_eq!(
        error(&beside),
        format!("une synchronisation est en cours (processus {who}, depuis le 10/01/2023 à 10:00)")
    );
    assert_eq!(advice(&beside), "attendez qu’elle se termine, puis relancez");
    assert_eq!(stand.run("sync --json").expect(5).json()["error"]["code"], 5);
    assert_eq!(stand.number("SELECT count(*) FROM view_sync_runs"), 0);
    drop(lock);
    stand.run("sync").expect(0);
}

#[test]
fn an_api_that_sends_elsewhere_exits_2_and_says_where() {
    let stand = Stand::new(&[ADS]);
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Redirect, requests: Requests::Range(1, 1_000) }]);
    let moved = stand.run("sync").expect(2);
    assert_eq!(
        error(&moved),
        format!("démarche {} : redirection refusée (HTTP 301, vers demarches.exemple.fr)", procedure(ADS))
    );
    assert_eq!(advice(&moved), "l’API a peut-être changé d’adresse : vérifiez api.url");
    assert_eq!(stand.running().requests(), 1, "it is not asked again");
}

#[test]
fn a_sync_that_is_out_of_time_exits_5_and_the_next_goes_on() {
    let stand = Stand::small(&[ADS]);
    stand.reconfigure("[database]", "[sync]\nmax_run_s = 1\n\n[database]");
    stand.running().before_requests(|request, _| {
        if request == 4 {
            std::thread::sleep(std::time::Duration::from_millis(1_200));
        }
    });
    let late = stand.run("sync").expect(5);
    assert!(error(&late).starts_with("synchronisation arrêtée après 1 s"), "{}", late.err);
    stand.running().before_requests(|_, _| {});
    stand.reconfigure("max_run_s = 1", "max_run_s = 600");
    stand.run("sync").expect(0);
}

#[test]
fn a_refused_token_is_mended_where_it_came_from() {
    let stand = Stand::new(&[ADS]);
    stand.world_mut().access.expired = true;
    let token = stand.running().token.clone();
    stand.write("justificatifs/api-token", &format!("{token}\n"), 0o600);
    let told = |name: &str, value: &str, mend: &str| {
        let run = |line: &str| outcome(stand.fitn().env(name, value).args(line.split(' '))).expect(4);
        for line in ["sync", "mapping check"] {
            let refused = run(line);
            assert!(advice(&refused).contains(mend), "{name} {line} : {}", refused.err);
        }
        let checked = run("check").out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(checked.contains(mend), "{name} : {checked}");
        let status = stand.run("status --json").json();
        let alert = |alert: &&serde_json::Value| alert["key"] == format!("sync:{}", procedure(ADS));
        let alert = status["alerts"].as_array().unwrap().iter().find(alert).unwrap();
        assert!(alert["hint"].as_str().unwrap().contains(mend), "{name} : {alert}");
    };
    let directory = stand.path("justificatifs").display().to_string();
    told("CREDENTIALS_DIRECTORY", &directory, "puis « systemctl restart fitn »");
    told("FITN_API_TOKEN", &token, "dans la variable FITN_API_TOKEN, là où elle est donnée, puis relancez");
    told("RIEN", "", "créez un nouveau jeton dans le profil DS");
}

#[test]
fn what_has_the_name_of_a_directory_or_a_database_and_is_none_is_told_as_such() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.write("exports", "", 0o644);
    let list = stand.run("export monthly --month 2021-09").expect(1);
    assert!(
        error(&list).ends_with("ne peut pas être écrit : un élément du chemin n’est pas un répertoire"),
        "{}",
        list.err
    );
    assert!(advice(&list).contains("clé « directory » de la section [exports]"), "{}", list.err);

    let checked = stand.run("check").expect(2).out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(checked.contains("✗ exports exports : un élément du chemin n’est pas un répertoire"), "{checked}");

    std::fs::remove_file(stand.path("token")).unwrap();
    std::fs::create_dir(stand.path("token")).unwrap();
    let token = stand.run("sync").expect(2);
    assert_eq!(error(&token), "le fichier token est illisible : c’est un répertoire");

    stand.reconfigure("path = \"fitn.sqlite\"", "path = \"exports-bis\"");
    std::fs::create_dir(stand.path("exports-bis")).unwrap();
    let database = stand.run("status").expect(2);
    assert_eq!(error(&database), "le fichier exports-bis n’est pas une base de données de fitn");
}
