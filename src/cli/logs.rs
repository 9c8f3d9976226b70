//! The log, on stderr: `warn` for commands, `info` for the service, more with `-v`; `RUST_LOG` has the last word.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;

use super::{Global, LogFormat, Printer};

/// Starts the log of the process. A second start changes nothing.
pub(super) fn start(global: &Global, daemon: bool, printer: &Printer) {
    let asked = std::env::var("RUST_LOG").ok().filter(|directives| !directives.trim().is_empty());
    let followed = asked.as_deref().and_then(|directives| EnvFilter::try_new(directives).ok());
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

/// The other crates stay quiet until everything is asked for.
fn level(verbose: u8, daemon: bool) -> &'static str {
    match verbose.saturating_add(u8::from(daemon)) {
        0 => "warn",
        1 => "warn,fitn_connector=info",
        2 => "warn,fitn_connector=debug",
        _ => "debug,fitn_connector=trace",
    }
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
