//! What the guide tells to do, done: the drill of a restoration, the archive of a programme that ends.

mod common;

use std::path::Path;
use std::process::Command;

use common::{ADS, GUICHET, Stand};

struct Done {
    code: i32,
    out: String,
    err: String,
}

fn done(command: &mut Command) -> Done {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A préfecture with two kept documents.
fn stand() -> Stand {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    stand.run("export quarterly --quarter 2021-Q4 --final").expect(0);
    stand
}

fn archive(stand: &Stand, to: &str) -> Done {
    let mut command = Command::new(root().join("deploy/archive"));
    command.arg(to).current_dir(stand.directory());
    done(command.env("FITN", assert_cmd::cargo::cargo_bin!("fitn")).env("FITN_CONFIG", "config.toml"))
}

fn are_whole(directory: &Path) -> bool {
    let sums =
        done(Command::new("sha256sum").args(["--check", "--strict", "--quiet", "SHA256SUMS"]).current_dir(directory));
    sums.code == 0
}

#[test]
fn an_archive_stands_alone_and_says_when_it_was_touched() {
    let stand = stand();
    stand.reconfigure("timeout_s = 30", "timeout_s = 30\nproxy = \"http://nom:s3cret@127.0.0.1:9\"");
    let kept = stand.rows("SELECT path, sha256 FROM view_exports");
    assert_eq!(kept.len(), 8, "{kept:?}");
    // What was written is of no use: all of it is in the database.
    std::fs::remove_dir_all(stand.path("exports")).unwrap();
    let made = archive(&stand, "archives/2021");
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);

    let directory = stand.path("archives/2021");
    for row in &kept {
        let (path, sha256) = (row[0].as_deref().unwrap(), row[1].as_deref().unwrap());
        let file = directory.join("documents").join(Path::new(path).file_name().unwrap());
        assert_eq!(fitn_connector::files::sha256_of(&file).unwrap(), sha256, "{path}");
    }
    let dossiers = stand.number("SELECT count(*) FROM view_dossiers");
    #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who are given the archive have")]
    let base = rusqlite::Connection::open(directory.join("fitn.sqlite")).unwrap();
    let count: i64 = base.query_row("SELECT count(*) FROM view_dossiers", [], |row| row.get(0)).unwrap();
    assert_eq!(count, dossiers);
    drop(base);
    let table = csv::Reader::from_path(directory.join("vues/view_dossiers.csv")).unwrap().into_records().count();
    assert_eq!(i64::try_from(table).unwrap(), dossiers);
    for view in std::fs::read_dir(directory.join("vues")).unwrap() {
        let titles = csv::Reader::from_path(view.unwrap().path()).unwrap().headers().unwrap().len();
        assert!(titles > 1, "also where there is no row");
    }
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    assert!(read("regles.md").contains("ADS-01") && read("LISEZMOI.txt").contains("à détruire le"));
    assert!(read("config.toml").contains("[[procedures]]") && !read("config.toml").contains("s3cret"));
    assert!(are_whole(&directory));
    fitn_connector::files::write_atomically(&directory.join("regles.md"), b"autre chose").unwrap();
    assert!(!are_whole(&directory));

    let again = archive(&stand, "archives/2021");
    assert_eq!((again.code, again.out.as_str()), (1, ""));
    assert!(again.err.contains("existe déjà : rien n’a été écrit"), "{}", again.err);
}

/// The tables of a configuration, without the keys that name a way through the network.
fn tables_without_proxy(text: &str) -> toml::Table {
    let mut tables: toml::Table = text.parse().unwrap();
    tables.get_mut("api").and_then(toml::Value::as_table_mut).unwrap().remove("proxy");
    tables
}

#[test]
fn no_spelling_of_a_password_goes_into_an_archive_and_the_rest_stays_as_it_is() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let plain = stand.config();
    let end = plain.find("\n\n").unwrap();
    let (api, rest) = plain.split_at(end);
    let keys: Vec<&str> = api.lines().skip(1).collect();
    let address = "http://nom:s3cret@127.0.0.1:9";
    let in_table = |line: &str| format!("{api}\n{line}{rest}");
    let dotted = format!("api.{}\n", keys.join("\napi."));
    let spellings = [
        in_table(&format!("  proxy={address:?} # {address}")),
        in_table(&format!("\"proxy\" = {address:?}")),
        in_table(&format!("'proxy' = '{address}'")),
        in_table(&format!("\"pro\\u0078y\" = {address:?}")),
        in_table("proxy = \"\"\"\\\n  http://nom:\\\n  s3cret@127.0.0.1:9\"\"\""),
        in_table("proxy = \"http:\\u002F/nom:s3cret@127.0.0.1:9\""),
        in_table(&format!("# proxy = {address:?}")),
        format!("api = {{ {}, proxy = {address:?} }}\n{rest}", keys.join(", ")),
        format!("{dotted}api.proxy = {address:?}\n{rest}"),
        format!("{dotted}\"api\" . 'proxy' = {address:?}\n{rest}"),
    ];
    for (number, spelling) in spellings.iter().enumerate() {
        stand.configure(spelling);
        let name = format!("archive-{number}");
        let made = archive(&stand, &name);
        assert_eq!(made.code, 0, "{spelling}\n{}{}", made.out, made.err);
        let written = std::fs::read_to_string(stand.path(&name).join("config.toml")).unwrap();
        assert!(!written.contains("s3cret") && !written.contains("nom:"), "{spelling}\n{written}");
        assert_eq!(written.parse::<toml::Table>().unwrap(), tables_without_proxy(spelling), "{written}");
    }
}

#[test]
fn where_an_archive_cannot_be_it_is_said_and_what_an_interrupted_one_left_is_named() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let refused = archive(&stand, "token/archive");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("le droit d’écrire") && !refused.err.contains("interrompue"), "{}", refused.err);
    std::fs::create_dir(stand.path("archive.inachevee")).unwrap();
    let refused = archive(&stand, "archive/");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("effacez ce qu’une archive interrompue a laissé"), "{}", refused.err);
}

#[test]
fn a_configuration_that_cannot_be_read_again_is_named_and_no_archive_is_left() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    // As the next edition of TOML has it.
    let text = stand.config();
    let (api, rest) = text.split_once("\n\n").unwrap();
    let keys: Vec<&str> = api.lines().skip(1).collect();
    stand.configure(&format!("api = {{\n{},\n}}\n{rest}", keys.join(",\n")));
    let refused = archive(&stand, "archive");
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("ligne 1 : ") && refused.err.contains("sur une seule ligne"), "{}", refused.err);
    assert!(!stand.path("archive").exists() && !stand.path("archive.inachevee").exists());
}

#[test]
fn what_is_damaged_is_told_and_no_half_of_an_archive_is_left() {
    let stand = stand();
    let path = stand.one("SELECT path FROM view_exports ORDER BY id LIMIT 1").unwrap();
    stand.execute("UPDATE export_pieces SET content = x'00' WHERE export = (SELECT min(id) FROM exports)");
    let refused = archive(&stand, "archive");
    assert_eq!(refused.code, 1, "{}{}", refused.out, refused.err);
    let name = Path::new(&path).file_name().unwrap().to_str().unwrap();
    assert!(
        refused.err.contains(name) && refused.err.contains("ne sont plus ceux qui ont été conservés"),
        "{}",
        refused.err
    );
    let left: Vec<_> = std::fs::read_dir(stand.directory()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("archive")), "{left:?}");
}

/// The commands of a chapter of the guide, as they are typed by who owns all that they are about.
fn typed(chapter: &str, stand: &Stand) -> String {
    let guide = std::fs::read_to_string(root().join("deploy/guide-exploitation.md")).unwrap();
    let chapter = guide.split("\n## ").find(|part| part.starts_with(chapter)).unwrap();
    let blocks = chapter.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
    let here = stand.directory().display().to_string();
    let typed = blocks.collect::<String>().replace("sudo -u fitn ", "").replace("sudo ", "");
    typed.replace("/var/lib/fitn", &here).replace("/etc/fitn", &here)
}

/// The drill of the guide, done from a directory where nothing is.
fn drilled(stand: &Stand) -> Done {
    let drill = typed("7. ", stand);
    assert!(drill.contains("restore") && drill.contains("rm -r"), "{drill}");
    let script = format!("set -eu\nfitn() {{ \"$FITN\" \"$@\"; }}\n{drill}");
    let elsewhere = tempfile::tempdir().unwrap();
    done(
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(elsewhere.path())
            .env("FITN", assert_cmd::cargo::cargo_bin!("fitn"))
            .env_remove("FITN_CONFIG"),
    )
}

#[test]
fn the_drill_of_the_guide_restores_the_last_backup_beside_what_serves() {
    let stand = stand();
    stand.run("backup").expect(0);
    let before = stand.run("dossiers --json").expect(0).out;
    let done = drilled(&stand);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    let out = done.out.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in ["base restaurée", "authentique, à l’octet près"] {
        assert!(out.contains(said), "{said} : {}", done.out);
    }
    assert!(!stand.path("exercice").exists());
    assert_eq!(stand.run("dossiers --json").expect(0).out, before, "nothing that serves was touched");
}

#[test]
fn a_drill_that_would_have_reached_what_serves_goes_no_further() {
    let stand = stand();
    stand.run("backup").expect(0);
    let plain = stand.config();
    let database = stand.path("fitn.sqlite");
    for path in ["\"path\" = ", "  path = "] {
        stand.configure(
            &plain.replace("path = \"fitn.sqlite\"", &format!("{path}{:?}", database.display().to_string())),
        );
        let before = stand.run("dossiers --json").expect(0).out;
        let done = drilled(&stand);
        assert_ne!(done.code, 0, "{}{}", done.out, done.err);
        assert!(done.out.contains(path) && done.err.contains("n’existe pas"), "{}{}", done.out, done.err);
        assert_eq!(stand.run("dossiers --json").expect(0).out, before);
        let left = std::fs::read_dir(stand.directory()).unwrap().flatten();
        assert!(left.map(|file| file.file_name()).all(|name| !name.to_string_lossy().contains("avant-restauration")));
        std::fs::remove_dir_all(stand.path("exercice")).unwrap();
    }
}
