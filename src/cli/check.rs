//! `fitn check`: one line for each thing that the program needs, with the mend of what is wrong.

use std::fmt::Display;

use clap::Args;

use super::layout::{hang, pad};
use super::{Context, Exit, Failure};

/// The arguments of `fitn check`.
#[derive(Debug, Args)]
pub struct CheckArgs {}

/// What was found about one thing.
#[derive(Debug)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// What there is to say of it.
    pub outcome: Result<String, Failure>,
}

impl Finding {
    /// Words what was found.
    pub fn new<T>(subject: impl Display, outcome: Result<T, Failure>, say: impl FnOnce(&T) -> String) -> Self {
        Self { subject: subject.to_string(), outcome: outcome.map(|found| say(&found)) }
    }
}

/// Runs the command.
///
/// # Errors
/// What stdout refuses; what is found wrong is a result, and gives the exit code of the first of it.
pub async fn run(_args: CheckArgs, context: &Context) -> Result<Exit, Failure> {
    let mut findings = Vec::new();
    let config = context.config();
    findings.push(Finding::new("configuration", config.clone(), |config| {
        format!("{}, {} démarche(s)", context.config_file().display(), config.procedures.len())
    }));
    if let Ok(config) = config {
        let token = context.token(&config);
        findings.push(Finding::new("jeton", token, |token| format!("lu dans {}", token.origin)));
        // body follows with the store and the api: each procedure, drift, mapping, database, disk, mail
    }
    context.printer.text(&report(&findings))?;
    Ok(exit(&findings))
}

/// One line for each finding, ✓ or ✗, and the mend under it.
fn report(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for finding in findings {
        let subject = pad(&finding.subject, width);
        match &finding.outcome {
            Ok(said) => hang(&mut out, &format!("✓ {subject}  "), said),
            Err(failure) => {
                hang(&mut out, &format!("✗ {subject}  "), &failure.message);
                if let Some(hint) = &failure.hint {
                    hang(&mut out, &format!("  {}  ", pad("", width)), &format!("→ {hint}"));
                }
            }
        }
    }
    out
}

fn exit(findings: &[Finding]) -> Exit {
    findings.iter().find_map(|finding| finding.outcome.as_ref().err()).map_or(Exit::Done, |failure| failure.exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_has_its_line_and_its_mend() {
        let findings = [
            Finding::new("configuration", Ok(2), |number| format!("{number} démarche(s)")),
            Finding::new("jeton", Err::<(), _>(Failure::refused("refusé").hint("changez-le")), |()| String::new()),
            Finding::new("disque", Err::<(), _>(Failure::failed("plein")), |()| String::new()),
        ];
        assert_eq!(
            report(&findings),
            "✓ configuration  2 démarche(s)\n✗ jeton          refusé\n                 → changez-le\n✗ disque         plein\n"
        );
        assert_eq!(exit(&findings), Exit::Refused);
        assert_eq!(exit(&findings[..1]), Exit::Done);
    }
}
