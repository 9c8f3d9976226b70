use std::time::Duration;

use jiff::SignedDuration;
use secrecy::ExposeSecret;

use super::*;
use crate::domain::erasure::Keep;
use crate::domain::programme::Programme;

const MINIMAL: &str = "[[procedures]]\nnumber = 61234\nprogramme = \"axe3-v1-ads\"\n";

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/fitn/config.toml"))
}

/// The message and the mend of the mistake in a text that starts with the given lines.
fn refused(text: &str) -> (String, String) {
    let error = parse(text).unwrap_err();
    (error.to_string(), error.mend())
}

#[test]
fn a_minimal_file_takes_every_default() {
    let config = parse(MINIMAL).unwrap();
    assert_eq!(config.api.url, "https://demarche.numerique.gouv.fr/api/v2/graphql");
    assert_eq!((config.api.page_size, config.api.token_file), (100, None));
    assert_eq!((config.api.timeout, config.api.max_retry), (Duration::from_mins(1), Duration::from_mins(5)));
    assert_eq!(config.database.path, Path::new("/etc/fitn/fitn.sqlite"));
    assert_eq!(config.exports.directory, Path::new("/etc/fitn/exports"));
    assert_eq!(config.territory.region, "11");
    assert_eq!(config.territory.departements, ["75", "77", "78", "91", "92", "93", "94", "95"]);
    assert_eq!(config.schedule.timezone.iana_name(), Some("Europe/Paris"));
    assert_eq!(config.schedule.sync, "0 */15 6-21 * * *");
    assert_eq!(config.alerts.stale_after, SignedDuration::from_hours(6));
    assert_eq!((config.purge.erase_after, config.purge.keep), (SignedDuration::from_hours(720), Keep::default()));
}

#[test]
fn the_defaults_pass_their_own_checks() {
    let (api, schedule, alerts) = (Api::default(), Schedule::default(), Alerts::default());
    let text = format!(
        "{MINIMAL}[api]\nurl = {:?}\n[schedule]\nsync = {:?}\nfull_sync = {:?}\nmonthly_list = {:?}\n\
         quarterly_report = {:?}\n[alerts]\nstale_after_h = {}\n",
        api.url,
        schedule.sync,
        schedule.full_sync,
        schedule.monthly_list,
        schedule.quarterly_report,
        alerts.stale_after.as_hours()
    );
    parse(&text).unwrap();
}

#[test]
fn contents_of_files_are_kept_beside_the_database_unless_said_otherwise() {
    let directory = |text: &str| parse(&format!("{text}\n{MINIMAL}")).unwrap().attachments_directory();
    assert_eq!(directory(""), Path::new("/etc/fitn/fitn-pieces"));
    assert_eq!(directory("[database]\npath = \"/var/lib/fitn/idf.sqlite\""), Path::new("/var/lib/fitn/idf-pieces"));
    assert_eq!(directory("[attachments]\ndirectory = \"pieces\""), Path::new("/etc/fitn/pieces"));
}

#[test]
fn hosts_of_the_internal_network_are_kept_as_addresses_have_them() {
    let of = |hosts: &str| parse(&format!("{MINIMAL}[attachments]\ninternal_hosts = {hosts}"));
    let kept = |hosts: &str| of(hosts).unwrap().attachments.internal_hosts.into_iter().collect::<Vec<_>>();
    assert_eq!(kept("[]"), [] as [&str; 0]);
    assert_eq!(kept("[\"Fichiers.Prefecture.INTRA.\", \"nas_2\"]"), ["fichiers.prefecture.intra", "nas_2"]);
    assert_eq!(kept("[\"10.1\", \"pièces.example\"]"), ["10.0.0.1", "xn--pices-5ra.example"]);
    assert_eq!(kept("[\"FD00:0::7\"]"), ["fd00::7"]);
    for wrong in
        ["", "*", "*.intra", ".", "https://nas", "nas/", "nas:443", "nas?", "moi@nas", "nas intra", "[fd00::7]"]
    {
        let error = of(&format!("[\"{wrong}\"]")).unwrap_err();
        assert!(error.to_string().contains("n’est pas le nom d’un hôte"), "{wrong}: {error}");
        assert!(error.mend().contains("fichiers.prefecture.intra"), "{wrong}: {}", error.mend());
    }
    let floor = |text: &str| parse(&format!("{MINIMAL}[alerts]\n{text}")).map(|config| config.alerts.disk_free_min);
    assert_eq!((floor("").unwrap(), floor("disk_free_min_mb = 0").unwrap()), (500 << 20, 0));
    assert!(floor("disk_free_min_mb = -1").is_err());
}

#[test]
fn the_template_is_a_valid_configuration() {
    let begun = Config::parse_begun(TEMPLATE, Path::new("/etc/fitn/config.toml")).unwrap();
    assert_eq!(begun.api.token_file.as_deref(), Some(Path::new("/etc/fitn/token")));
    assert_eq!(begun.database.path, Path::new("/var/lib/fitn/fitn.sqlite"));
    let elsewhere = template_beside();
    assert!(!elsewhere.contains("\"/var/lib/fitn"), "{elsewhere}");
    let beside = Config::parse_begun(&elsewhere, Path::new("conf/config.toml")).unwrap();
    assert_eq!(beside.database.path, Path::new("conf/fitn.sqlite"));
    assert_eq!(beside.exports.directory, Path::new("conf/exports"));
    assert!(begun.procedures.is_empty() && parse(TEMPLATE).is_err(), "nothing is followed before somebody says what");
}

/// Uncommenting every commented key gives a valid configuration too: the examples do not rot.
#[test]
fn every_example_of_the_template_is_valid() {
    let is_example = |line: &str| {
        line.starts_with("# [")
            || line.split_once(" = ").is_some_and(|(key, _)| {
                key.strip_prefix("# ").is_some_and(|key| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            })
    };
    let mut lines: Vec<String> = Vec::new();
    for line in TEMPLATE.lines() {
        let Some(example) = is_example(line).then(|| line.trim_start_matches("# ")) else {
            lines.push(line.to_owned());
            continue;
        };
        lines.push(example.to_owned());
    }
    let config = parse(&lines.join("\n")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.alerts.stale_after, Alerts::default().stale_after, "the template shows the default");
    assert_eq!(config.purge.keep, Keep::default(), "the template shows the default");
    assert_eq!(config.api.token_expires, Some(jiff::civil::date(2027, 3, 1)));
    assert_eq!(config.procedures[0].fields.facts().count(), 5);
}

#[test]
fn a_full_file_is_read_as_written() {
    let config = parse(
        r#"
        [api]
        url = "http://127.0.0.1:4000/api/v2/graphql"
        token_file = "/run/token"
        page_size = 20
        timeout_s = 10
        max_retry_s = 20
        requests_per_minute = 1000000
        proxy = "http://user:password@proxy:3128"
        ca_file = "ca.pem"
        token_expires = 2027-03-01
        [database]
        path = "data/fitn.sqlite"
        [territory]
        region = "94"
        departements = ["2B", "2A"]
        [[procedures]]
        number = 1
        programme = "axe3-v2"
        [procedures.fields]
        lab = { champ = "Laboratoire" }
        [[procedures]]
        number = 2
        programme = "axe2-v4"
        [schedule]
        timezone = "Indian/Reunion"
        [alerts]
        stale_after_h = 48
        "#,
    )
    .unwrap();
    assert_eq!(config.api.token_file.as_deref(), Some(Path::new("/run/token")));
    assert_eq!(config.api.requests_per_minute, 1_000_000, "of a server on this machine");
    assert_eq!(config.api.ca_file.as_deref(), Some(Path::new("/etc/fitn/ca.pem")));
    assert_eq!(config.api.token_expires, Some(jiff::civil::date(2027, 3, 1)));
    assert_eq!(config.api.proxy.as_ref().unwrap().expose_secret(), "http://user:password@proxy:3128");
    assert!(!format!("{config:?}").contains("password"));
    assert_eq!(config.territory.departements, ["2A", "2B"]);
    assert_eq!(config.procedures[1].programme, Programme::Axe2V4);
    assert!(config.procedures[0].fields.facts().any(|fact| fact.code() == "lab"));
    assert_eq!(config.alerts.stale_after, SignedDuration::from_hours(48));
}

#[test]
fn each_mistake_names_the_file_the_line_and_the_key() {
    // Each mistake stands on line 5, after the minimal file and a table header.
    let cases = [
        ("[api]\nurl = \"http://example.org/api\"", "api.url", "le jeton circulerait en clair"),
        ("[api]\nurl = \"demarche.numerique.gouv.fr\"", "api.url", "ce n’est pas une adresse"),
        ("[api]\nurl = \"ftp://example.org\"", "api.url", "ce n’est pas une adresse web"),
        ("[api]\nurl = \"https://u:p@example.org\"", "api.url", "l’adresse contient un nom ou un mot de passe"),
        ("[api]\nurl = 3", "api.url", "il faut un texte ici, pas un nombre entier"),
        ("[api]\npage_size = 0", "api.page_size", "0 n’est pas admis"),
        ("[api]\npage_size = 101", "api.page_size", "101 n’est pas admis"),
        ("[api]\npage_size = \"100\"", "api.page_size", "il faut un nombre entier ici, pas un texte"),
        ("[api]\npage_size = 1.5", "api.page_size", "il faut un nombre entier ici, pas un nombre à virgule"),
        ("[api]\npage_size = 99999999999999999999", "api.page_size", "ce nombre est trop grand"),
        ("[api]\ntimeout_s = 0", "api.timeout_s", "0 n’est pas admis"),
        ("[api]\nmax_retry_s = -1", "api.max_retry_s", "-1 n’est pas admis"),
        ("[api]\nrequests_per_minute = 0", "api.requests_per_minute", "0 n’est pas admis"),
        ("[api]\nrequests_per_minute = 401", "api.requests_per_minute", "401 n’est pas admis"),
        ("[api]\nrequests_per_minute = 1000001", "api.requests_per_minute", "1000001 n’est pas admis"),
        ("[api]\nproxy = \"proxy\"", "api.proxy", "ce n’est pas l’adresse d’un mandataire"),
        ("[api]\nproxy = \"socks5://proxy:1080\"", "api.proxy", "ce n’est pas l’adresse d’un mandataire"),
        ("[api]\nproxy = \"http://\"", "api.proxy", "ce n’est pas l’adresse d’un mandataire"),
        ("[api]\ntoken_expires = \"2027-03-01\"", "api.token_expires", "il faut une date ici, pas un texte"),
        ("[api]\ntoken_expires = 2027-03-01T10:00:00", "api.token_expires", "ce n’est pas un jour"),
        ("[api]\ntoken = \"s3cret\"", "api.token", "le jeton ne s’écrit jamais dans ce fichier"),
        ("[api]\nurll = \"x\"", "api.urll", "cette clé n’existe pas"),
        ("[databas]\npath = \"x\"", "databas", "cette clé n’existe pas"),
        ("[territory]\nregion = \"99\"", "territory.region", "« 99 » n’est pas le code d’une région"),
        ("[territory]\nregion = 11", "territory.region", "il faut un texte ici, pas un nombre entier"),
        (
            "[territory]\ndepartements = [\"75\", \"69\"]",
            "territory.departements",
            "le département « 69 » n’est pas dans la région « 11 »",
        ),
        (
            "[territory]\ndepartements = [\"75\", \"75\"]",
            "territory.departements",
            "le département « 75 » est écrit deux fois",
        ),
        ("[territory]\ndepartements = [75]", "territory.departements", "il faut un texte ici, pas un nombre entier"),
        (
            "[[procedures]]\nnumber = 61234\nprogramme = \"axe2-v1\"",
            "procedures.number",
            "la démarche 61234 est déjà décrite plus haut",
        ),
        ("[[procedures]]\nnumber = 0\nprogramme = \"axe2-v1\"", "procedures.number", "0 n’est pas admis"),
        ("[[procedures]]\nprogramme = \"axe1\"\nnumber = 2", "procedures.programme", "« axe1 » n’est pas un programme"),
        (
            "[schedule]\nsync = \"*/15 * * * *\"",
            "schedule.sync",
            "« */15 * * * * » n’est pas un horaire cron à six champs",
        ),
        (
            "[schedule]\nsync = \"0 99 * * * *\"",
            "schedule.sync",
            "« 0 99 * * * * » n’est pas un horaire cron à six champs",
        ),
        (
            "[schedule]\nfull_sync = \"0 0 5 31 2 *\"",
            "schedule.full_sync",
            "« 0 0 5 31 2 * » : ce jour n’existe dans aucun mois",
        ),
        ("[schedule]\ntimezone = \"Paris\"", "schedule.timezone", "« Paris » n’est pas un fuseau horaire"),
        (
            "[schedule]\nsync = \"30 */15 * * * *\"",
            "schedule.sync",
            "« 30 */15 * * * * » : les secondes (premier champ) doivent être 0, le service ne regarde qu’une fois par minute",
        ),
        (
            "[schedule]\nmonthly_list = \"*/20 * * * * *\"",
            "schedule.monthly_list",
            "« */20 * * * * * » : les secondes (premier champ) doivent être 0, le service ne regarde qu’une fois par minute",
        ),
        ("[exports]\ndirectory = \"\"", "exports.directory", "le chemin est vide"),
        ("[attachments]\ndirectory = \" \"", "attachments.directory", "le chemin est vide"),
        ("[console]\nlisten = \"8080\"", "console.listen", "« 8080 » n’est pas une adresse"),
        (
            "[console]\nlisten = \"0.0.0.0:8080\"",
            "console.listen",
            "« 0.0.0.0:8080 » serait ouvert à d’autres machines, et cette version ne demande pas qui se connecte",
        ),
        ("[console]\nlisten = \"console.sock\"", "console.listen", "« console.sock » n’est pas une adresse"),
        ("[console]\nauth = \"local\"", "console.auth", "cette version ne l’a pas encore"),
        ("[alerts]\nstale_after_h = 0", "alerts.stale_after_h", "0 n’est pas admis"),
        ("[alerts]\nstale_after = 6", "alerts.stale_after", "cette clé n’existe pas"),
        ("[alerts]\nenvelope_share = 90", "alerts.envelope_share", "ce nombre n’est pas admis"),
        ("[schedule]\npublish = \"after-sync\"", "schedule.publish", "cette version ne l’a pas encore"),
        ("[backup]\nkeep_daily = 0", "backup.keep_daily", "0 n’est pas admis"),
        ("[backup]\nkeep = 7", "backup.keep", "cette clé n’existe pas"),
        ("[purge]\nerase_after_days = -1", "purge.erase_after_days", "-1 n’est pas admis"),
        (
            "[purge]\nkeep = [\"departement\", \"feedback\"]",
            "purge.keep",
            "« feedback » n’est pas de ce qui peut être gardé d’un dossier effacé",
        ),
    ];
    for (lines, key, message) in cases {
        let line = if key == "databas" { 4 } else { 5 };
        let (said, mend) = refused(&format!("{MINIMAL}{lines}\n"));
        assert_eq!(said, format!("/etc/fitn/config.toml, ligne {line}, clé « {key} » : {message}"));
        assert!(!mend.is_empty());
    }
}

#[test]
fn what_an_address_of_a_proxy_cannot_hold_is_refused_with_the_way_to_write_it() {
    let written = |value: &str| refused(&format!("{MINIMAL}[api]\nproxy = {value}\n"));
    let start = "/etc/fitn/config.toml, ligne 5, clé « api.proxy » : ";
    for (password, character, encoded) in [
        ("s3#cret", '#', "%23"),
        ("s3\\cret", '\\', "%5C"),
        ("s3/cret", '/', "%2F"),
        ("s3?cret", '?', "%3F"),
        ("s3@cret", '@', "%40"),
        ("s3 cret", ' ', "%20"),
        ("s3%cret", '%', "%25"),
        ("s3cret%", '%', "%25"),
    ] {
        let (said, mend) = written(&format!("'http://jean:{password}@proxy:3128'"));
        assert_eq!(
            said,
            format!(
                "{start}le nom ou le mot de passe du mandataire contient « {character} », qui a un autre sens dans une adresse"
            )
        );
        assert!(mend.starts_with(&format!("écrivez {encoded} à la place (de même, ")), "{mend}");
        assert!(!format!("{said}{mend}").contains("cret"), "{said} {mend}");
    }
    for (place, character) in
        [("proxy:3128/chemin", '/'), ("proxy:3128#a", '#'), ("proxy:3128?a", '?'), ("proxy\\a", '\\')]
    {
        let (said, mend) = written(&format!("'http://{place}'"));
        let problem =
            format!("l’adresse du mandataire contient « {character} » : elle n’a ni chemin ni rien après le port");
        assert_eq!(said, format!("{start}{problem}"));
        assert!(mend.starts_with("écrivez-la comme http://proxy:3128"), "{mend}");
    }
    for good in
        ["http://proxy:3128", "https://proxy.example/", "http://[::1]:3128", "http://a%23b:c%5C%25d@proxy:3128/"]
    {
        assert!(parse(&format!("{MINIMAL}[api]\nproxy = \"{good}\"\n")).is_ok(), "{good}");
    }
    // TOML itself takes what follows a backslash between double quotes for something else.
    let (said, mend) = written("\"http://jean:s3\\cret@proxy:3128\"");
    assert_eq!(
        said,
        "/etc/fitn/config.toml, ligne 5 : un texte contient une barre oblique inverse « \\ », qui a un autre sens ici"
    );
    assert!(mend.contains("'…'") && mend.contains("%5C"), "{mend}");
}

#[test]
fn what_is_not_there_yet_is_refused_as_such() {
    let tables = ["[letters]\ntemplates = \"x\"", "[publish]\npostgres = true"];
    for table in tables {
        let (said, mend) = refused(&format!("{MINIMAL}{table}\n"));
        let name = table.split(']').next().unwrap().trim_start_matches('[');
        let expected = format!("/etc/fitn/config.toml, ligne 4, clé « {name} » : cette version ne l’a pas encore");
        assert_eq!(said, expected);
        assert!(mend.starts_with("retirez-le de ce fichier"), "{mend}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let (said, mend) = refused("");
    assert_eq!(said, "/etc/fitn/config.toml, clé « procedures » : aucune démarche à suivre");
    assert!(mend.starts_with("« fitn mapping init --procedure N --programme P --write » y inscrit"), "{mend}");
    let (said, _) = refused("[[procedures]]\nprogramme = \"axe3-v2\"\n");
    assert_eq!(said, "/etc/fitn/config.toml, ligne 1, clé « procedures.number » : cette clé manque");
    let (said, mend) = refused("[procedures]\nnumber = 1\nprogramme = \"axe3-v2\"\n");
    assert_eq!(said, "/etc/fitn/config.toml, ligne 1, clé « procedures » : il faut une liste ici, pas une table");
    assert!(mend.contains("[[…]]"));
    for text in ["[[api]]\nurl = \"https://x.example\"\n", "api = [\"https://x.example\"]\n", "api = 3\n"] {
        let (said, mend) = refused(text);
        assert_eq!(said, "/etc/fitn/config.toml, ligne 1, clé « api » : il faut une table ici");
        assert_eq!(mend, "écrivez [api] sur une ligne, puis ses clés dessous");
    }
    let (said, _) = refused("procedures = [[1, \"axe3-v2\"]]\n");
    assert_eq!(said, "/etc/fitn/config.toml, ligne 1, clé « procedures » : il faut une table ici");
}

#[test]
fn a_mistake_of_syntax_has_its_line() {
    let cases = [
        ("[api]\nurl = \"x\npage_size = 1", 2, "un texte est mal écrit : guillemet manquant ou caractère interdit"),
        ("[api]\nurl =\n", 2, "la valeur manque, ou c’est un texte sans guillemets droits"),
        ("[api]\nurl\n", 2, "une clé n’a pas de valeur"),
        ("[api\nurl = \"x\"\n", 1, "une table est mal écrite"),
        ("[api]\nurl = \"x\"\nurl = \"y\"\n", 3, "cette clé ou cette table est déjà écrite plus haut"),
        ("a = 00\n", 1, "la ligne n’est pas du TOML"),
        ("[api]\n\na = [1,\n", 3, "une liste est mal écrite"),
        ("a = 2021-13-45\n", 1, "une date est mal écrite"),
        ("é = 1\n", 1, "le nom d’une clé contient un caractère interdit"),
        ("a = {b = 1\n", 1, "une table est mal écrite"),
        ("[[a]\n", 1, "une table est mal écrite"),
        ("[territory]\ndepartements = [\"75\" \"77\"]\n", 2, "une liste est mal écrite"),
        ("[api]\nurl = https://x\n", 2, "la valeur manque, ou c’est un texte sans guillemets droits"),
    ];
    for (text, line, message) in cases {
        let (said, mend) = refused(text);
        assert_eq!(said, format!("/etc/fitn/config.toml, ligne {line} : {message}"), "{text}");
        assert!(!mend.is_empty());
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for text in [
        "[api]\ntoken = \"s3cret\"\n",
        "[api]\npage_size = \"s3cret\"\n",
        "[api]\nproxy = \"s3cret\"\n",
        "[api]\nurl = \"https://u:s3cret@example.org\"\n",
        "[api]\nurl = \"s3cret\n",
        "token = \"s3cret\"\n",
    ] {
        let error = parse(&format!("{text}{MINIMAL}")).unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.mend()).contains("s3cret"), "{text}");
    }
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let error = Config::load(Path::new("/nowhere/config.toml")).unwrap_err();
    assert_eq!(error.to_string(), "le fichier de configuration /nowhere/config.toml n’existe pas");
    assert!(error.mend().contains("fitn init"));
    let directory = tempfile::tempdir().unwrap();
    let error = Config::load(directory.path()).unwrap_err();
    assert!(error.to_string().ends_with("est illisible : c’est un répertoire"), "{error}");
}
