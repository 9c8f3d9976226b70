//! `fitn rules test`: runs cases kept as data, and says which do not give what is expected.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, rules};
use crate::files::refusal_in_french;
use crate::rules::cases::{self, BUILTIN, Case};

/// The arguments of `fitn rules test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Fichiers de cas, rejoués avec vos paramètres ; sans eux : les cas d’origine, avec les paramètres d’origine
    #[arg(value_name = "FICHIER")]
    pub files: Vec<PathBuf>,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// What came of the cases of all files.
#[derive(Debug, Serialize)]
struct Report {
    /// How many there are.
    cases: u64,
    /// Those that did not give what is expected.
    failed: Vec<Failed>,
}

/// A case that did not give what is expected.
#[derive(Debug, Serialize)]
struct Failed {
    file: PathBuf,
    line: usize,
    name: String,
    differences: Vec<String>,
}

/// Runs the cases of all files.
///
/// # Errors
/// A file that cannot be read or is not one of cases; for an operator's own files, a wrong configuration or parameter file.
pub(super) fn run(args: &TestArgs, context: &Context) -> Result<Exit, Failure> {
    let (files, rulebook) = if args.files.is_empty() {
        (builtin()?, rules::builtin()?)
    } else {
        (read(&args.files)?, rules::configured(context)?)
    };
    let mut report = Report { cases: 0, failed: Vec::new() };
    for (file, cases) in files {
        for case in cases {
            report.cases += 1;
            let differences = case.differences(&case.evaluate(&rulebook)?);
            if !differences.is_empty() {
                let Case { name, line, .. } = case;
                report.failed.push(Failed { file: file.clone(), line, name, differences });
            }
        }
    }
    if args.json {
        context.printer.json(&report)?;
    } else {
        context.printer.text(&text(&report, context.printer.width()))?;
    }
    Ok(if report.failed.is_empty() { Exit::Done } else { Exit::Failed })
}

fn text(Report { cases, failed }: &Report, width: Width) -> String {
    let mut out = Paper::new(width);
    for Failed { file, line, name, differences } in failed {
        hang(&mut out, "✗ ", &format!("{}, ligne {line} : {name}", file.display()));
        for difference in differences {
            hang(&mut out, "    - ", difference);
        }
    }
    let _ = match (*cases, failed.len()) {
        (0, _) => writeln!(out, "Aucun cas dans ces fichiers."),
        (all, 0) => writeln!(
            out,
            "{}.",
            count(all, "cas rejoué : il donne", "cas rejoués : tous donnent") + " ce qui est attendu"
        ),
        (all, failed) => {
            let failed = count(failed as u64, "ne donne pas", "ne donnent pas");
            writeln!(out, "{}, dont {failed} ce qui est attendu.", count(all, "cas rejoué", "cas rejoués"))
        }
    };
    out.into_text()
}

fn builtin() -> Result<Vec<(PathBuf, Vec<Case>)>, Failure> {
    BUILTIN.iter().map(|(name, text)| parse(Path::new(name), text)).collect()
}

fn read(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<Case>)>, Failure> {
    let read = |file: &PathBuf| match std::fs::read_to_string(file) {
        Ok(text) => parse(file, &text),
        Err(error) => {
            let reason = refusal_in_french(&error);
            Err(Failure::usage(format_args!("{} : ce fichier de cas ne peut pas être lu : {reason}", file.display())))
        }
    };
    files.iter().map(read).collect()
}

fn parse(file: &Path, text: &str) -> Result<(PathBuf, Vec<Case>), Failure> {
    let cases = cases::read(file, text).map_err(|mistake| Failure::usage(&mistake).hint(&mistake.mend))?;
    Ok((file.to_owned(), cases))
}
