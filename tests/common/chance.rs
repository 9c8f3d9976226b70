//! Stories told at random. Each comes from a seed: one whose story fails is printed and kept in `tests/seeds`, and is told
//! first from then on.
//!
//! `FITN_SEED=N` tells the story of one seed alone; `FITN_ROUNDS=N` sets how many new ones are told; `FITN_CHANCE=N` says where chance
//! begins, as `tests/run` does from what it checks; `FITN_TESTS=all`, as `tests/run --all` sets it, leaves nothing out.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use fastrand::Rng;

/// What a variable of the environment is set to; none when it is not set, or to nothing.
#[track_caller]
fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} : ce n’est pas un nombre")))
}

/// Whether nothing is to be left out.
#[track_caller]
pub fn everything() -> bool {
    let wanted = variable::<String>("FITN_TESTS");
    assert!(wanted.is_none() || wanted.as_deref() == Some("all"), "FITN_TESTS : « all », ou rien");
    wanted.is_some()
}

/// How many rounds of something: so many in an ordinary run, or when nothing is left out.
#[track_caller]
pub fn rounds(usual: usize, all: usize) -> usize {
    variable("FITN_ROUNDS").unwrap_or(if everything() { all } else { usual })
}

/// All of them when nothing is left out, else so many, drawn; in their order.
pub fn some_of<T>(mut all: Vec<T>, usual: usize, rng: &mut Rng) -> Vec<T> {
    let wanted = rounds(usual, all.len());
    while all.len() > wanted {
        all.remove(rng.usize(..all.len()));
    }
    all
}

/// What is drawn from: always the same from one beginning, else never.
#[track_caller]
pub fn draw() -> Rng {
    variable("FITN_CHANCE").map_or_else(Rng::new, Rng::with_seed)
}

/// Tells a story with each seed that is kept for it, then with so many new ones.
pub fn stories(name: &str, fresh: usize, mut tell: impl FnMut(u64)) {
    let mut rng = draw();
    let seeds = match variable("FITN_SEED") {
        Some(seed) => vec![seed],
        None => kept(name).into_iter().chain(std::iter::repeat_with(|| rng.u64(..)).take(fresh)).collect(),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| tell(seed))) {
            eprintln!("« {name} » : la graine {seed} échoue ; elle seule : FITN_SEED={seed}");
            keep(name, seed);
            resume_unwind(panic);
        }
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds").join(name)
}

/// The seeds kept for a story, one a line; what follows `#` is for people.
fn kept(name: &str) -> Vec<u64> {
    let text = fs::read_to_string(path(name)).unwrap_or_default();
    let seeds = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    seeds
        .filter(|seed| !seed.is_empty())
        .map(|seed| seed.parse().unwrap_or_else(|_| panic!("{name} : {seed}")))
        .collect()
}

/// Where nothing can be written, printing it has to do.
fn keep(name: &str, seed: u64) {
    if kept(name).contains(&seed) {
        return;
    }
    let file = OpenOptions::new().create(true).append(true).open(path(name));
    match file.and_then(|mut file| writeln!(file, "{seed}")) {
        Ok(()) => eprintln!("elle est gardée dans {} : enregistrez ce fichier", path(name).display()),
        Err(error) => eprintln!("elle n’a pas pu être gardée dans {} : {error}", path(name).display()),
    }
}
