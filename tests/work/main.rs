//! Work grows with the input and no faster. Each reader and writer is fed an input and one eight times as large, in each way in which
//! it can be large; what it does is counted, never timed: calls for memory, bytes of it, and instructions.

mod cases;
#[path = "../common/mapped.rs"]
mod mapped;

use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use cases::CASES;

/// How many times as large the large input is.
const LARGER: usize = 8;

/// By how much more work may grow: linear is 8, sorting a little more, and quadratic 64.
const MOST: u64 = 24;

/// What costs less than this, however large the input, is not looked at: so many calls, bytes or instructions.
const CALLS: u64 = 200;
const BYTES: u64 = 16 * 1024;
const INSTRUCTIONS: u64 = 200_000;

/// Something to do; what it needs was made before.
type Work = Box<dyn FnOnce()>;

/// A reader or writer and a way in which its input can be large.
struct Case {
    name: &'static str,
    /// How large the small input is.
    small: usize,
    /// Makes an input of a size, and gives what is to be done with it.
    prepare: fn(usize) -> Work,
}

/// What counting stands around.
#[inline(never)]
fn measured(work: Work) {
    work();
    black_box(());
}

/// The work for the small input and for the large one, after a first time that fills what is made once.
fn both(case: &Case, mut measure: impl FnMut(Work)) {
    (case.prepare)(case.small)();
    for size in [case.small, case.small * LARGER] {
        measure((case.prepare)(size));
    }
}

/// The cases that `FITN_WORK` names by the beginning of their names; all of them without it.
fn chosen() -> impl Iterator<Item = &'static Case> {
    let wanted = std::env::var("FITN_WORK").unwrap_or_default();
    CASES.iter().filter(move |case| case.name.starts_with(&wanted))
}

fn grows(what: &str, case: &Case, small: u64, large: u64, ignored: u64) -> Option<String> {
    let name = case.name;
    let grows = large > MOST * small.max(ignored);
    grows.then(|| format!("{name}: {what} × {} ({small} → {large})", large / small.max(1)))
}

/// Past the capture of what tests print: it must be seen.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
fn memory_grows_with_the_input_and_no_faster() {
    let mut faults = Vec::new();
    for case in chosen() {
        let mut counts = Vec::new();
        both(case, |work| {
            let counted = allocation_counter::measure(|| measured(work));
            counts.push((counted.count_total, counted.bytes_total));
        });
        let [(calls, bytes), (more_calls, more_bytes)] = counts[..] else { panic!("{}", case.name) };
        faults.extend(grows("calls for memory", case, calls, more_calls, CALLS));
        faults.extend(grows("bytes", case, bytes, more_bytes, BYTES));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Tells a process that runs under Callgrind that it is one, and which part of the cases is its own.
const COUNTED: &str = "FITN_WORK_COUNTED";

/// How many such processes there are, side by side: counts do not depend on what else the machine does.
const PARTS: usize = 2;

/// The cases of one of the processes.
fn part(of: usize) -> impl Iterator<Item = &'static Case> {
    chosen().skip(of).step_by(PARTS)
}

#[test]
fn instructions_grow_with_the_input_and_no_faster() {
    if let Ok(of) = std::env::var(COUNTED) {
        for case in part(of.parse().unwrap()) {
            both(case, measured);
        }
        return;
    }
    if std::env::var_os("FITN_WITHOUT_VALGRIND").is_some() {
        say("⚠ non mesuré : le nombre d’instructions (tests/work), car valgrind manque et n’a pas pu être installé.");
        return;
    }
    let runs: Vec<(tempfile::TempDir, Child)> = (0..PARTS).map(under_callgrind).collect();
    let mut faults = Vec::new();
    for (of, (directory, run)) in runs.into_iter().enumerate() {
        let output = run.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let counts = counts(directory.path());
        let cases: Vec<&Case> = part(of).collect();
        assert_eq!(counts.len(), cases.len() * 2, "{said}");
        for (case, pair) in cases.iter().zip(counts.chunks_exact(2)) {
            faults.extend(grows("instructions", case, pair[0], pair[1], INSTRUCTIONS));
            if std::env::var_os("FITN_WORK").is_some() {
                say(&format!("{}: {pair:?}", case.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Starts this very test under Callgrind for a part of the cases; with the directory that the counts go to.
fn under_callgrind(of: usize) -> (tempfile::TempDir, Child) {
    let directory = tempfile::tempdir().unwrap();
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=work::measured", "--dump-after=work::measured"])
        .arg(format!("--callgrind-out-file={}", directory.path().join("counts").display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "instructions_grow_with_the_input_and_no_faster", "--test-threads=1"])
        .env(COUNTED, of.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let run =
        run.expect("valgrind compte les instructions : installez-le (apt-get install valgrind), ou lancez tests/run");
    (directory, run)
}

/// The instructions of each dump, in order. Callgrind numbers them from 1; the last, made when the process ends, has no number.
fn counts(directory: &Path) -> Vec<u64> {
    (1..)
        .map_while(|number| fs::read_to_string(directory.join(format!("counts.{number}"))).ok())
        .map(|dump| {
            let total = dump.lines().find_map(|line| line.strip_prefix("totals: ")).unwrap();
            total.trim().parse().unwrap()
        })
        .collect()
}
