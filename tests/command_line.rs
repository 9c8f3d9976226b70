//! The program as its users run it: exit codes, stdout and stderr.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use tempfile::TempDir;

const CONFIG: &str = "[[procedures]]\nnumber = 61234\nprogramme = \"axe3-v1-ads\"\n";
/// Nobody listens there: no test leaves this machine.
const NOWHERE: &str = "[api]\nurl = \"http://127.0.0.1:9/api/v2/graphql\"\n";

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn fitn(directory: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("fitn");
    command.current_dir(directory);
    for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

fn outcome(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(directory: &TempDir, line: &str) -> Run {
    outcome(fitn(directory.path()).args(line.split_whitespace()))
}

/// The line about one thing in what `fitn check` prints, without the padding.
fn line_of(out: &str, subject: &str) -> String {
    let line = out.lines().find(|line| line.get("✓ ".len()..).is_some_and(|rest| rest.starts_with(subject)));
    line.unwrap_or_else(|| panic!("{subject} : {out}")).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn write(directory: &TempDir, name: &str, content: &str, mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    fitn_connector::files::write_atomically(&path, content.as_bytes()).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    path
}

#[test]
fn init_writes_a_configuration_that_the_program_reads_and_never_overwrites_it() {
    let directory = directory();
    let first = run(&directory, "init --dir conf");
    assert_eq!((first.code, first.err.as_str()), (0, ""));
    assert!(first.out.starts_with("Configuration écrite : conf/config.toml\n"), "{}", first.out);
    write(&directory, "conf/token", "abc\n", 0o600);
    let begun = run(&directory, "check --config conf/config.toml");
    assert!(begun.out.contains("conf/config.toml, clé « procedures » : aucune démarche à suivre"), "{}", begun.out);
    let begun = std::fs::read_to_string(directory.path().join("conf/config.toml")).unwrap();
    let followed = format!("{begun}\n[[procedures]]\nnumber = 1\nprogramme = \"axe3-v2\"\n");
    write(&directory, "conf/config.toml", &followed, 0o640);
    let check = run(&directory, "check --config conf/config.toml");
    assert!(check.out.starts_with("✓ configuration"), "{}", check.out);
    let file = write(&directory, "conf/config.toml", CONFIG, 0o644);
    let second = run(&directory, "init --dir conf");
    assert_eq!((second.code, second.out.as_str()), (1, ""));
    assert_eq!(
        second.err,
        "erreur : conf/config.toml existe déjà : rien n’a été écrit\n\
         conseil : choisissez un autre répertoire par --dir, ou déplacez ce fichier\n"
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), CONFIG);
}

#[test]
fn init_says_where_it_cannot_write() {
    let directory = directory();
    write(&directory, "file", "", 0o644);
    let refused = run(&directory, "init --dir file/sub");
    assert_eq!(refused.code, 1);
    let message =
        "erreur : file/sub/config.toml ne peut pas être écrit : un élément du chemin n’est pas un répertoire\n";
    assert!(refused.err.starts_with(message), "{}", refused.err);
}

#[test]
fn wrong_usage_exits_2_with_the_reason_on_stderr() {
    let directory = directory();
    let wrong = run(&directory, "synk");
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert_eq!(
        wrong.err,
        "erreur : la commande « synk » n’existe pas\nconseil : peut-être « sync » ; voyez fitn --help\n"
    );
    let bare = run(&directory, "");
    assert_eq!((bare.code, bare.out.as_str()), (2, ""));
    assert!(bare.err.contains("Utilisation : fitn [OPTIONS] <COMMANDE>"), "{}", bare.err);
}

#[test]
fn with_json_wrong_usage_is_one_document_on_stdout() {
    let directory = directory();
    for line in ["dossier abc --json", "sync --json --zzz", "dossiers --json"] {
        let wrong = outcome(fitn(directory.path()).env("FITN_CONFIG", "nowhere.toml").args(line.split(' ')));
        assert_eq!((wrong.code, wrong.err.as_str()), (2, ""), "{line}");
        let document: serde_json::Value = serde_json::from_str(&wrong.out).unwrap();
        assert_eq!(document["error"]["code"], 2);
        assert!(document["error"]["message"].is_string() && document["error"]["hint"].is_string());
    }
}

#[test]
fn help_and_version_go_to_stdout() {
    let directory = directory();
    for line in ["--help", "-h", "sync --help", "export monthly -h"] {
        let help = run(&directory, line);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{line}");
        assert!(help.out.contains("Utilisation : fitn"), "{line}");
    }
    assert_eq!(run(&directory, "--version").out, concat!("fitn ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_missing_configuration_is_named_wherever_the_name_came_from() {
    let directory = directory();
    let hint =
        "conseil : créez-le avec « fitn init », ou donnez son chemin par --config ou par la variable FITN_CONFIG\n";
    let by_option = run(&directory, "dossiers --config a.toml");
    assert_eq!(by_option.err, format!("erreur : le fichier de configuration a.toml n’existe pas\n{hint}"));
    let by_variable = outcome(fitn(directory.path()).env("FITN_CONFIG", "b.toml").arg("dossiers"));
    assert_eq!(by_variable.err, format!("erreur : le fichier de configuration b.toml n’existe pas\n{hint}"));
    let both = outcome(fitn(directory.path()).env("FITN_CONFIG", "b.toml").args(["--config", "a.toml", "status"]));
    assert!(both.err.contains("a.toml"), "{}", both.err);
    assert_eq!([by_option.code, by_variable.code, both.code], [2, 2, 2]);
}

#[test]
fn an_unreadable_configuration_says_why() {
    let directory = directory();
    let folder = run(&directory, "status --config .");
    assert_eq!(folder.code, 2);
    assert!(folder.err.starts_with("erreur : le fichier de configuration . est illisible : c’est un répertoire\n"));
    fitn_connector::files::write_atomically(&directory.path().join("latin.toml"), b"# \xe9t\xe9\n").unwrap();
    let latin = run(&directory, "status --config latin.toml");
    assert!(latin.err.contains("il n’est pas en UTF-8"), "{}", latin.err);
}

#[test]
fn a_mistake_in_the_configuration_has_its_file_line_and_key() {
    let directory = directory();
    let cases = [
        ("[api]\npage_sise = 3\n", "ligne 5, clé « api.page_sise » : cette clé n’existe pas"),
        ("[api]\npage_size = 300\n", "ligne 5, clé « api.page_size » : 300 n’est pas admis"),
        ("[api]\ntoken = \"s3cret\"\n", "ligne 5, clé « api.token » : le jeton ne s’écrit jamais dans ce fichier"),
        (
            "[schedule]\nsync = \"hourly\"\n",
            "ligne 5, clé « schedule.sync » : « hourly » n’est pas un horaire cron à six champs",
        ),
        ("[api]\nurl = \n", "ligne 5 : la valeur manque, ou c’est un texte sans guillemets droits"),
    ];
    for (lines, expected) in cases {
        write(&directory, "config.toml", &format!("{CONFIG}{lines}"), 0o644);
        for command in ["sync", "evaluate", "dossiers", "dossier 1", "status", "quarantine", "serve", "mapping check"] {
            let refused = run(&directory, &format!("{command} --config config.toml"));
            assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{command}");
            assert!(
                refused.err.starts_with(&format!("erreur : config.toml, {expected}\nconseil : ")),
                "{}",
                refused.err
            );
            assert!(!refused.err.contains("s3cret"));
        }
    }
}

#[test]
fn a_token_that_others_can_read_is_refused() {
    let directory = directory();
    write(&directory, "config.toml", &format!("{CONFIG}{NOWHERE}token_file = \"token\"\n"), 0o644);
    let token = write(&directory, "token", "s3cret\n", 0o644);
    let refused = run(&directory, "sync --config config.toml");
    assert_eq!(refused.code, 2);
    assert_eq!(
        refused.err,
        "erreur : le fichier token est lisible par tous : le jeton est refusé\nconseil : chmod o-rwx token\n"
    );
    std::fs::set_permissions(&token, PermissionsExt::from_mode(0o640)).unwrap();
    let check = run(&directory, "check --config config.toml");
    assert_eq!(line_of(&check.out, "jeton"), "✓ jeton lu dans le fichier token");
    assert!(line_of(&check.out, "démarche 61234").starts_with("✗ démarche 61234 l’API est hors d’atteinte"));
    assert!(!check.out.contains("s3cret"));
}

#[test]
fn a_procedure_that_the_configuration_does_not_have_is_refused() {
    let directory = directory();
    write(&directory, "config.toml", CONFIG, 0o644);
    let refused = run(&directory, "sync --procedure 7 --config config.toml");
    assert_eq!(refused.code, 2);
    assert_eq!(
        refused.err,
        "erreur : la démarche 7 n’est pas dans config.toml\n\
         conseil : choisissez parmi 61234, ou ajoutez-la dans une table [[procedures]]\n"
    );
}

#[test]
fn check_shows_each_thing_and_exits_with_the_code_of_the_first_that_is_wrong() {
    let directory = directory();
    write(&directory, "config.toml", &format!("{CONFIG}{NOWHERE}"), 0o644);
    let check = run(&directory, "check --config config.toml");
    assert_eq!(check.code, 2);
    assert_eq!(line_of(&check.out, "configuration"), "✓ configuration config.toml, 1 démarche");
    assert_eq!(line_of(&check.out, "jeton"), "✗ jeton aucun jeton d’accès à l’API n’est donné");
    assert!(line_of(&check.out, "base de données").starts_with("✓ base de données fitn.sqlite : sera créée"));
    let missing = run(&directory, "check --config nowhere.toml");
    assert_eq!(missing.code, 2);
    assert!(missing.out.starts_with("✗ configuration  le fichier de configuration nowhere.toml n’existe pas\n"));
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let directory = directory();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["init", "--dir", "conf"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn a_wrong_rust_log_is_told_and_not_followed() {
    let directory = directory();
    let told = outcome(fitn(directory.path()).env("RUST_LOG", "a=b=c").args(["init", "--dir", "conf"]));
    assert_eq!(told.code, 0);
    assert!(told.err.starts_with("attention : RUST_LOG est mal écrit"), "{}", told.err);
}

#[test]
fn a_variable_without_value_is_told_as_such() {
    let directory = directory();
    let empty = outcome(fitn(directory.path()).env("FITN_CONFIG", "").arg("status"));
    assert_eq!((empty.code, empty.out.as_str()), (2, ""));
    assert_eq!(
        empty.err,
        "erreur : la variable FITN_CONFIG est vide\n\
         conseil : donnez-lui le chemin du fichier de configuration, ou retirez-la (« unset FITN_CONFIG ») : le chemin est alors \
         /etc/fitn/config.toml\n"
    );
    let option = outcome(fitn(directory.path()).env("FITN_CONFIG", "").args(["--config", "a.toml", "status"]));
    assert!(option.err.starts_with("erreur : le fichier de configuration a.toml n’existe pas"), "{}", option.err);
    let option = outcome(fitn(directory.path()).args(["--config", "", "status"]));
    assert!(option.err.starts_with("erreur : « --config <FICHIER> » attend une valeur"), "{}", option.err);
}
