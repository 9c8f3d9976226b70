//! The log, on stderr: `warn` for commands, `info` for the service, more with `-v`; `RUST_LOG` has the last word.
//!
//! Lines for people are French, in the time of Paris; those for programs (JSON) have the same instants, and the names of the code.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::{Global, LogFormat, Printer};
use crate::domain::clock::Clock;
use crate::domain::instant::paris_instant;
use crate::domain::text::{escaped_json, printable};

/// Starts the log of the process. A second start changes nothing.
pub(super) fn start(global: &Global, daemon: bool, printer: &Printer, clock: &Clock) {
    let asked = std::env::var("RUST_LOG").ok().filter(|directives| !directives.trim().is_empty());
    let followed = asked.as_deref().filter(|directives| EnvFilter::try_new(directives).is_ok()).map(ours);
    let followed = followed.and_then(|directives| EnvFilter::try_new(directives).ok());
    if asked.is_some() && followed.is_none() {
        printer
            .note("attention : RUST_LOG est mal écrit et n’est pas suivi ; écrivez par exemple fitn_connector=debug");
    }
    let filter = followed.unwrap_or_else(|| EnvFilter::new(level(global.verbose, daemon)));
    let (bars, json) = (printer.bars(), global.log_format == LogFormat::Json);
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(printer.has_colour())
        .with_timer(InParis(clock.clone()))
        .with_writer(move || BesideBars { bars: bars.clone(), json });
    // The only failure is that a log is already there.
    let _ = match global.log_format {
        LogFormat::Text => builder.event_format(ForPeople(InParis(clock.clone()))).try_init(),
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

/// The time of Paris with its offset: that of the messages.
struct InParis(Clock);

impl FormatTime for InParis {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        writer.write_str(&paris_instant(self.0.now()))
    }
}

/// `2021-09-01T08:15:00+02:00 erreur la tâche a échoué : DS est en maintenance (tâche=sync essais=3)`.
struct ForPeople(InParis);

impl<S, N> FormatEvent<S, N> for ForPeople
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        self.0.format_time(&mut writer)?;
        let (name, colour) = shown(*event.metadata().level());
        if writer.has_ansi_escapes() {
            write!(writer, " \u{1b}[{colour}m{name}\u{1b}[0m ")?;
        } else {
            write!(writer, " {name} ")?;
        }
        let mut said = Said::default();
        event.record(&mut said);
        writeln!(writer, "{}", printable(&said.line()).replace('\n', " ; "))
    }
}

/// A level as people read it, with its colour on a terminal.
fn shown(level: Level) -> (&'static str, u8) {
    match level {
        Level::ERROR => ("erreur", 31),
        Level::WARN => ("attention", 33),
        Level::INFO => ("info", 32),
        Level::DEBUG => ("détail", 34),
        Level::TRACE => ("trace", 35),
    }
}

/// What an event says.
#[derive(Default)]
struct Said {
    message: String,
    cause: String,
    values: String,
}

impl Said {
    fn line(&self) -> String {
        let Self { message, cause, values } = self;
        let mut line = message.clone();
        if !cause.is_empty() {
            let _ = write!(line, " : {cause}");
        }
        if !values.is_empty() {
            let _ = write!(line, " ({values})");
        }
        line
    }

    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value}"),
            "error" => write!(self.cause, "{value}"),
            name => {
                let apart = if self.values.is_empty() { "" } else { " " };
                write!(self.values, "{apart}{}={value}", in_french(name))
            }
        };
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, format_args!("{}", if value { "oui" } else { "non" }));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format_args!("{value:?}"));
    }
}

/// The name of a value of the log, for people.
fn in_french(name: &str) -> &str {
    match name {
        "attempts" => "essais",
        "bytes" => "octets",
        "changed" => "changés",
        "copy" => "copie",
        "corrected" => "corrigés",
        "database" => "base",
        "dossiers_changed" => "dossiers_changés",
        "dossiers_seen" => "dossiers_lus",
        "directory" => "répertoire",
        "due" => "prévue",
        "duration_ms" => "durée_ms",
        "erased" => "effacés",
        "failed" => "en_échec",
        "file" | "path" => "fichier",
        "from" => "de",
        "in_quarantine" => "en_quarantaine",
        "judged" => "jugés",
        "kind" => "genre",
        "left" => "restent",
        "missing" => "manque",
        "operation" => "requête",
        "out_of_time" => "temps_écoulé",
        "page_size" => "taille_de_page",
        "period" => "période",
        "position" => "rang",
        "problem" => "problème",
        "procedure" => "démarche",
        "reason" => "motif",
        "replaced" => "remplacé",
        "id" | "run" => "n°",
        "status" => "statut",
        "steps" => "étapes",
        "target" => "cible",
        "task" => "tâche",
        "to" => "vers",
        "unreadable" => "illisibles",
        "unverified" => "non_vérifiées",
        "verdicts_changed" => "avis_changés",
        "verified" => "vérifiées",
        name => name,
    }
}

/// Stderr, written a line at a time while the progress bars step aside.
struct BesideBars {
    bars: MultiProgress,
    /// Whether the lines are JSON, which says what is not to be seen as escapes.
    json: bool,
}

impl Write for BesideBars {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(line) if self.json => self.bars.suspend(|| io::stderr().write_all(escaped_json(line).as_bytes()))?,
            _ => self.bars.suspend(|| io::stderr().write_all(bytes))?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The names of the values in the source: they stand before the words of the event.
    fn names_in(source: &str) -> impl Iterator<Item = String> {
        let events = source.split("tracing::").skip(1).filter_map(|rest| {
            let (level, rest) = rest.split_once("!(")?;
            ["error", "warn", "info", "debug", "trace"].contains(&level).then_some(rest)
        });
        let values = events.flat_map(|event| event.split('"').next().unwrap_or_default().split(','));
        let names =
            values.filter_map(|value| value.split('=').next().map(|name| name.trim().trim_start_matches(['%', '?'])));
        let is_name =
            |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || "_0123456789".contains(c));
        names.filter(is_name).map(str::to_owned).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn every_value_of_the_log_has_a_name_in_french() {
        const ALIKE: [&str; 8] = ["cause", "date", "dossier", "error", "messages", "pages", "sha256", "message"];
        let mut found = BTreeSet::new();
        let mut rooms = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(room) = rooms.pop() {
            for entry in std::fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    rooms.push(entry);
                } else if entry.extension().is_some_and(|extension| extension == "rs") {
                    found.extend(names_in(&std::fs::read_to_string(entry).unwrap()));
                }
            }
        }
        assert!(["procedure", "judged", "verified"].iter().all(|name| found.contains(*name)), "{found:?}");
        let untold = found.iter().filter(|name| in_french(name) == *name && !ALIKE.contains(&name.as_str()));
        assert_eq!(untold.collect::<Vec<_>>(), Vec::<&String>::new());
    }

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_for_people_is_french_in_the_time_of_paris() {
        let sink = Sink::default();
        let clock = Clock::fixed("2021-09-01T06:15:00.4Z".parse().unwrap());
        let writer = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .event_format(ForPeople(InParis(clock)))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::error!(task = "sync", attempts = 3, error = %"DS est\nen maintenance", "la tâche a échoué");
            tracing::info!(out_of_time = true, "pièces jointes téléchargées");
            tracing::warn!("nouvel essai dans {} s", 32);
        });
        let lines = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(
            lines,
            "2021-09-01T08:15:00+02:00 erreur la tâche a échoué : DS est ; en maintenance (tâche=sync essais=3)\n\
             2021-09-01T08:15:00+02:00 info pièces jointes téléchargées (temps_écoulé=oui)\n\
             2021-09-01T08:15:00+02:00 attention nouvel essai dans 32 s\n"
        );
    }

    #[test]
    fn whatever_is_asked_for_only_this_program_speaks() {
        assert_eq!(level(0, false), "off,fitn_connector=warn");
        assert_eq!(level(3, true), "off,fitn_connector=trace");
        assert_eq!(ours("debug"), "off,fitn_connector=debug");
        assert_eq!(ours("hyper=trace,reqwest,fitn_connector::sync=info"), "off,fitn_connector::sync=info");
    }
}
