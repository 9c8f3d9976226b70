//! Holds the plan of the house: which room may use which, and which crate is named where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use; `domain` and `files` are open to all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("files", &[]),
    ("territory", &[]),
    ("toml_text", &[]),
    ("api", &[]),
    ("raw", &[]),
    ("mapping", &["territory"]),
    ("rules", &["territory", "toml_text"]),
    ("store", &[]),
    ("sync", &["api", "raw", "store"]),
    ("attachments", &["api", "raw", "store", "sync"]),
    ("evaluation", &["store", "mapping", "raw", "rules", "territory"]),
    ("reports", &["territory", "rules"]),
    ("delivery", &["store"]),
    (
        "desk",
        &["attachments", "delivery", "sync", "evaluation", "store", "reports", "rules", "mapping", "raw", "territory"],
    ),
    ("daemon", &["api", "delivery", "evaluation", "desk", "store", "sync"]),
    ("console", &["api", "daemon", "desk"]),
    ("sandbox", &["territory"]),
    ("config", &["mapping", "territory", "toml_text"]),
    (
        "cli",
        &[
            "api",
            "attachments",
            "config",
            "console",
            "daemon",
            "delivery",
            "evaluation",
            "mapping",
            "desk",
            "raw",
            "reports",
            "rules",
            "sandbox",
            "sync",
            "territory",
        ],
    ),
    ("main", &["cli"]),
    ("lib", &[]),
];

/// Crates that only some rooms may name.
const NAMED_IN: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("rusqlite_migration", &["store"]),
    ("reqwest", &["api"]),
    ("graphql_client", &["api"]),
    ("lettre", &["delivery"]),
    ("axum", &["api", "console", "sandbox"]),
    ("hyper", &["console"]),
    ("hyper_util", &["console"]),
    ("prometheus_client", &["console"]),
    ("apollo_compiler", &["api", "sandbox"]),
    ("tokio_cron_scheduler", &["daemon"]),
    ("croner", &["config", "daemon"]),
    ("sd_notify", &["daemon"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("indicatif", &["cli"]),
    ("calamine", &["reports"]),
    ("rust_xlsxwriter", &["reports"]),
    ("quick_xml", &["reports"]),
    ("zip", &["reports"]),
    ("maud", &["reports"]),
];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of each source file of `src/`, with the room it belongs to; comments left out.
fn lines_by_room() -> Vec<(String, String, Vec<String>)> {
    let sources_of = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&sources_of, &mut files);
    files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&sources_of).unwrap().display().to_string();
            let room = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&file).unwrap();
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned).collect();
            (room, name, lines)
        })
        .collect()
}

fn words_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    line.match_indices(prefix)
        .filter(|(at, _)| !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        .map(|(at, _)| {
            let rest = &line[at + prefix.len()..];
            &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]
        })
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        MAY_USE.iter().map(|(room, rooms)| (*room, rooms.iter().copied().collect())).collect();
    let mut breaches = Vec::new();
    for (room, file, lines) in lines_by_room() {
        let Some(may) = allowed.get(room.as_str()) else {
            breaches.push(format!("{file} : la pièce « {room} » n’est pas dans le plan"));
            continue;
        };
        for line in &lines {
            for used in words_after(line, "crate::").into_iter().chain(words_after(line, "fitn_connector::")) {
                let open = used.is_empty() || used == room || used == "domain" || used == "files";
                if !open && allowed.contains_key(used) && !may.contains(used) {
                    breaches.push(format!("{file} : « {room} » ne peut pas utiliser « {used} »"));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_map_of_the_crate_is_that_of_this_test() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let backticked = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(|word| word.trim_matches(['[', ']']).to_owned()).collect()
    };
    let all: BTreeSet<String> = MAY_USE.iter().map(|(room, _)| (*room).to_owned()).collect();
    let closed: BTreeSet<String> = ["domain", "files", "main", "lib", "cli"].map(str::to_owned).into();
    let mut drawn: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in text.lines().filter_map(|line| line.strip_prefix("//! | [`")) {
        let cells: Vec<&str> = row.trim_end_matches('|').split(" | ").collect();
        let room = cells[0].trim_end_matches("`]").to_owned();
        let rooms = cells.get(2).map(|cell| backticked(cell)).unwrap_or_default();
        let is_all_but = cells.get(2).is_some_and(|cell| cell.trim().starts_with("all but"));
        let rooms = if is_all_but { &(&all - &closed) - &rooms } else { rooms };
        drawn.insert(room, rooms);
    }
    let rooms = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let held: BTreeMap<String, BTreeSet<String>> = MAY_USE
        .iter()
        .filter(|(room, _)| !["main", "lib"].contains(room))
        .map(|(room, names)| ((*room).to_owned(), rooms(names)))
        .collect();
    assert_eq!(drawn, held);
}

#[test]
fn commands_print_what_the_desk_knows() {
    // The database goes through their hands, from the desk to the engine and the service: none of them reads or writes it.
    let breaches: Vec<String> = lines_by_room()
        .into_iter()
        .filter(|(room, _, lines)| {
            let reaches = |line: &String| line.contains("store.read") || line.contains("store.write");
            room == "cli" && lines.iter().any(reaches)
        })
        .map(|(_, file, _)| format!("{file} : la base se lit et s’écrit dans « desk »"))
        .collect();
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn some_crates_are_named_in_their_rooms_only() {
    let mut breaches = Vec::new();
    for (room, file, lines) in lines_by_room() {
        for (name, rooms) in NAMED_IN {
            let prefix = format!("{name}::");
            if !rooms.contains(&room.as_str()) && lines.iter().any(|line| !words_after(line, &prefix).is_empty()) {
                breaches.push(format!("{file} : « {name} » n’a sa place que dans {}", rooms.join(", ")));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn one_file_sets_documents_on_paper() {
    // Whoever would have another program set them finds all of it there.
    let crates = ["typst::", "typst_layout::", "typst_pdf::"];
    let names =
        |lines: &[String]| lines.iter().any(|line| crates.iter().any(|name| !words_after(line, name).is_empty()));
    let files: Vec<String> =
        lines_by_room().into_iter().filter(|(.., lines)| names(lines)).map(|(_, file, _)| file).collect();
    assert_eq!(files, ["reports/blocks/pdf.rs"]);
}

#[test]
fn seeds_are_kept_for_stories_that_are_told() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut files = Vec::new();
    sources(&directory, &mut files);
    let told: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    for entry in fs::read_dir(directory.join("seeds")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || told.contains(&format!("\"{name}\", ")), "plus personne ne raconte « {name} »");
    }
}

#[test]
fn what_is_set_is_renseigne() {
    // The word for a setting that has a value also means that something was paid.
    let ambiguous = ["régl", "é"].concat();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<(String, String)> =
        lines_by_room().into_iter().map(|(_, file, lines)| (file, lines.join("\n"))).collect();
    for file in ["README.md", "deploy/config.toml", "deploy/fitn.service"] {
        texts.push((file.to_owned(), fs::read_to_string(root.join(file)).unwrap()));
    }
    let said: Vec<&str> =
        texts.iter().filter(|(_, text)| text.contains(&ambiguous)).map(|(file, _)| file.as_str()).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// The sections of the API facts that a source file cites: "API facts, 2.3, 2.4", over the ends of lines too.
fn cited(text: &str) -> Vec<String> {
    let comments: Vec<&str> = text.lines().map(|line| line.trim().trim_start_matches(['/', '!']).trim()).collect();
    let text = comments.join(" ");
    let citations = text.split("API facts").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && !", .and".contains(c)).unwrap_or(rest.len());
        &rest[..end]
    });
    let numbers = citations.flat_map(|numbers| numbers.split(|c: char| !c.is_ascii_digit() && c != '.'));
    numbers.map(|number| number.trim_matches('.').to_owned()).filter(|number| !number.is_empty()).collect()
}

/// The sections of the API facts: number, and whether the heading says that it is background.
fn sections_of_the_facts() -> BTreeMap<String, bool> {
    let facts = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/facts.md")).unwrap();
    let headings = facts
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with("##")));
    let mut sections = BTreeMap::new();
    for heading in headings {
        let (number, title) = heading.split_once(' ').unwrap();
        let known = sections.insert(number.trim_end_matches('.').to_owned(), title.ends_with("(background)"));
        assert!(known.is_none(), "la section {number} y est deux fois");
    }
    sections
}

#[test]
fn the_facts_about_the_api_are_those_that_are_cited() {
    let sections = sections_of_the_facts();
    let mut files = Vec::new();
    for directory in ["src", "tests"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), &mut files);
    }
    files.retain(|file| !file.ends_with("tests/architecture.rs"));
    let mut used = BTreeSet::new();
    let mut breaches = Vec::new();
    for file in files {
        for number in cited(&fs::read_to_string(&file).unwrap()) {
            if !sections.contains_key(&number) {
                breaches.push(format!("{} cite une section {number} qui n’existe pas", file.display()));
            }
            used.insert(number);
        }
    }
    for (number, is_background) in &sections {
        // A chapter is there for its sections.
        let is_chapter = sections.keys().any(|other| other.starts_with(&format!("{number}.")));
        if *is_background == used.contains(number) && !is_chapter {
            let wrong =
                if *is_background { "est citée, et dite d’arrière-plan" } else { "n’est citée nulle part" };
            breaches.push(format!("la section {number} {wrong}"));
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
    let read = cited("/// so (API facts,\n    /// 5.7). And 3.1 (API facts, 4.3 and 11).\n// API facts: none");
    assert_eq!(read, ["5.7", "4.3", "11"]);
}

#[test]
fn the_plan_names_rooms_that_exist() {
    let rooms: BTreeSet<String> = lines_by_room().into_iter().map(|(room, _, _)| room).collect();
    for (room, _) in MAY_USE {
        assert!(rooms.contains(*room), "la pièce « {room} » du plan n’existe pas");
    }
}
