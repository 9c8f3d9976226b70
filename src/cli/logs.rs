//! The log, on stderr: `warn` for commands, `info` for the service, more with `-v`; `RUST_LOG` has the last word.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use super::{Global, LogFormat, Printer};

/// Starts the log of the process. A second start changes nothing.
pub(super) fn start(global: &Global, daemon: bool, printer: &Printer) {
    let asked = std::env::var("RUST_LOG").ok().filter(|directives| !directives.trim().is_empty());
    let followed = asked.as_deref().filter(|directives| EnvFilter::try_new(directives).is_ok()).map(ours);
    let followed = followed.and_then(|directives| EnvFilter::try_new(directives).ok());
    if asked.is_some() && followed.is_none() {
        printer
            .note("attention : RUST_LOG est mal écrit et n’est pas suivi ; écrivez par exemple fitn_connector=debug");
    }
    let filter = followed.unwrap_or_else(|| EnvFilter::new(level(global.verbose, daemon)));
    let bars = printer.bars();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(printer.has_colour())
        .with_writer(move || BesideBars(bars.clone()));
    // The only failure is that a log is already there.
    let _ = match global.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

/// What is said by default, and with `-v`.
fn level(verbose: u8, daemon: bool) -> String {
    ours(match verbose.saturating_add(u8::from(daemon)) {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    })
}

/// The directives about this program alone. Libraries never speak: their words are in no language that was agreed on, and name
/// what is not for a log.
fn ours(directives: &str) -> String {
    const OURS: &str = env!("CARGO_CRATE_NAME");
    let about_us = directives.split(',').map(str::trim).filter_map(|directive| {
        if directive.starts_with(OURS) {
            Some(directive.to_owned())
        } else {
            directive.parse::<LevelFilter>().ok().map(|level| format!("{OURS}={level}"))
        }
    });
    std::iter::once("off".to_owned()).chain(about_us).collect::<Vec<_>>().join(",")
}

/// Stderr, written while the progress bars step aside.
struct BesideBars(MultiProgress);

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_for_only_this_program_speaks() {
        assert_eq!(level(0, false), "off,fitn_connector=warn");
        assert_eq!(level(3, true), "off,fitn_connector=trace");
        assert_eq!(ours("debug"), "off,fitn_connector=debug");
        assert_eq!(ours("hyper=trace,reqwest,fitn_connector::sync=info"), "off,fitn_connector::sync=info");
    }
}
