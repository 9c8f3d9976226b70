//! The targets of the fuzzer as plain tests: every seed, and a fixed number of changes to seeds, always the same ones.
//!
//! A seed is a file in `seeds/TARGET/`. What the fuzzer finds becomes one, for good.

mod mutation;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use mutation::Mutator;
use targets::TARGETS;

/// How many changed seeds each target is fed: `FITN_ROUNDS`; else thirty times as many with every case, however long, as without.
fn rounds() -> usize {
    let asked = std::env::var("FITN_ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let all = std::env::var("FITN_TESTS").is_ok_and(|wanted| wanted == "all");
    asked.unwrap_or(if all { 12_000 } else { 400 })
}

fn seeds(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{target} has seeds");
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

/// Feeds a target; a fault names what was fed.
fn play(target: fn(&[u8]), input: &[u8], called: &str) {
    let outcome = std::panic::catch_unwind(|| target(input));
    assert!(outcome.is_ok(), "{called} : {}", String::from_utf8_lossy(&input[..input.len().min(2_000)]));
}

fn play_all(name: &str) {
    let (_, target) = *TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let seeds = seeds(name);
    for (file, seed) in &seeds {
        play(target, seed, &file.display().to_string());
    }
    let corpus: Vec<&[u8]> = seeds.iter().map(|(_, seed)| seed.as_slice()).collect();
    let mut mutator = Mutator::new(&corpus);
    for round in 0..rounds() {
        let changed = mutator.next();
        // What is to become a seed is written out where it can be taken from.
        let kept = std::env::temp_dir().join(format!("fitn-fuzz-{name}-{round}"));
        let outcome = std::panic::catch_unwind(|| target(&changed));
        if outcome.is_err() {
            let _ = fitn_connector::files::write_atomically(&kept, &changed);
            panic!("{name}, changement {round} : gardez {} dans tests/fuzz/seeds/{name}/", kept.display());
        }
    }
}

macro_rules! targets {
    ($($test:ident: $name:literal;)+) => {
        $(#[test] fn $test() { play_all($name); })+

        #[test]
        fn every_target_is_played() {
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, [$($name),+]);
        }
    };
}

targets! {
    raw: "raw";
    mapping: "mapping";
    answers: "answers";
    configuration: "config";
    parameters: "parameters";
    case_files: "cases";
    kept_lists: "lists";
    text: "text";
}
