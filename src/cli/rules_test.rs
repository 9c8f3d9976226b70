//! `fitn rules test`: runs cases kept as data, and says which do not give what is expected.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::layout::{count, hang};
use super::{Context, Exit, Failure};
use crate::files::refusal_in_french;
use crate::rules::Rulebook;
use crate::rules::cases::{self, BUILTIN, Case};

/// The arguments of `fitn rules test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Fichiers de cas ; sans eux : les cas d’origine
    #[arg(value_name = "FICHIER")]
    pub files: Vec<PathBuf>,
}

/// Runs the cases of all files.
///
/// # Errors
/// A file that cannot be read or is not one of cases.
pub(super) fn run(args: &TestArgs, rulebook: &Rulebook, context: &Context) -> Result<Exit, Failure> {
    let (mut out, mut held, mut failed) = (String::new(), 0, 0);
    for (file, cases) in read(&args.files)? {
        for case in cases {
            let differences = case.differences(&case.evaluate(rulebook)?);
            if differences.is_empty() {
                held += 1;
                continue;
            }
            failed += 1;
            hang(&mut out, "✗ ", &format!("{}, ligne {} : {}", file.display(), case.line, case.name));
            for difference in &differences {
                hang(&mut out, "    - ", difference);
            }
        }
    }
    let held = count(held, "cas donne ce qui est attendu", "cas donnent ce qui est attendu");
    let _ = writeln!(out, "{held}, {}.", count(failed, "non", "non"));
    context.printer.text(&out)?;
    Ok(if failed == 0 { Exit::Done } else { Exit::Failed })
}

fn read(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<Case>)>, Failure> {
    if files.is_empty() {
        return BUILTIN.iter().map(|(name, text)| parse(Path::new(name), text)).collect();
    }
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
