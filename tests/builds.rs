//! What is built, and what the program writes, names nothing of the machine: no account, no directory, no place of sources.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Reader, open_workbook_auto};
use common::{fitn, outcome};
use fitn_connector::files::write_atomically;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Builds a crate that panics, as cargo calls the compiler for one; gives the program.
fn panicking(directory: &Path, primary: bool) -> PathBuf {
    let (sources, made, program) = (directory.join("outil-1.2.3"), directory.join("made"), directory.join("program"));
    fs::create_dir_all(sources.join("src")).unwrap();
    fs::create_dir_all(&made).unwrap();
    let main = "fn main() { if std::env::args().count() > 1 { made() } else { panic!(\"main\") } }\n\
        include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));";
    write_atomically(&sources.join("src/main.rs"), main.as_bytes()).unwrap();
    write_atomically(&made.join("made.rs"), b"fn made() { panic!(\"made\") }").unwrap();
    let mut command = Command::new(Path::new(ROOT).join("deploy/rustc"));
    command.args(["rustc", "--edition=2021", "-C", "strip=symbols", "-o"]).arg(&program);
    command.arg(sources.join("src/main.rs")).env_remove("CARGO_PRIMARY_PACKAGE");
    for (name, value) in [("CARGO_PKG_NAME", "outil"), ("CARGO_PKG_VERSION", "1.2.3")] {
        command.env(name, value);
    }
    command.env("CARGO_MANIFEST_DIR", &sources).env("OUT_DIR", &made);
    if primary {
        command.env("CARGO_PRIMARY_PACKAGE", "1");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}

fn panics(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_panic_in_a_downloaded_crate_names_the_crate_and_the_file_and_not_where_they_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let program = panicking(directory.path(), false);
    let place = directory.path().to_str().unwrap();
    assert!(!holds(&fs::read(&program).unwrap(), place));
    let told = panics(&program, &[]);
    assert!(told.contains("outil-1.2.3/src/main.rs:1:"), "{told}");
    let told = panics(&program, &["made"]);
    assert!(told.contains("outil-1.2.3/out/made.rs:1:"), "{told}");
    // The crate at hand, whose sources cargo names by relative paths, is left as it is: tests find their files by them.
    assert!(holds(&fs::read(panicking(directory.path(), true)).unwrap(), place));
}

#[test]
fn cargo_calls_the_compiler_by_the_script() {
    let config: toml::Table = fs::read_to_string(Path::new(ROOT).join(".cargo/config.toml")).unwrap().parse().unwrap();
    assert_eq!(config["build"]["rustc-wrapper"].as_str(), Some("deploy/rustc"));
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_documents_of_the_demonstration_name_no_directory_of_the_machine() {
    let directory = tempfile::tempdir().unwrap();
    let demo = outcome(fitn(directory.path()).args(["demo", "--dir", "essai"])).expect(0);
    let home = std::env::var("HOME").unwrap_or_default();
    let told = [directory.path().to_str().unwrap(), ROOT, home.as_str()];
    let places = || told.iter().filter(|place| place.len() > 1);
    let mut seen = 0;
    for path in files(&directory.path().join("essai")) {
        let name = path.strip_prefix(directory.path()).unwrap().display().to_string();
        // The database says for whoever asks it where documents were written.
        if name.contains("fitn.sqlite") {
            continue;
        }
        let mut content = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "xlsx" || extension == "ods") {
            let mut workbook = open_workbook_auto(&path).unwrap();
            let sheets = workbook.worksheets();
            content.extend(format!("{sheets:?}").into_bytes());
        }
        for place in places() {
            assert!(!holds(&content, place), "{name} : {place}");
        }
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
    for place in places() {
        assert!(!demo.out.contains(place) && !demo.err.contains(place), "{place}");
    }
}
