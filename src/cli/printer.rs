//! All output: results on stdout, everything else on stderr.
//!
//! With `--json`, stdout gets one document, of the result or of the failure. A reader that closes the pipe has seen
//! enough: that is no error.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::colour::coloured;
use super::paper::Width;
use super::{Exit, Failure};
use crate::domain::text::{escaped_json, printable, printable_line};
use crate::files::refusal_in_french;

type Output = Mutex<Box<dyn Write + Send>>;

/// Where everything is written.
pub struct Printer {
    json: bool,
    colour: bool,
    /// Whether results take colours: those for people alone.
    colours_results: bool,
    width: Width,
    results: Output,
    notes: Output,
    bars: MultiProgress,
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("json", &self.json).finish_non_exhaustive()
    }
}

impl Printer {
    /// The process's own stdout and stderr; `progress` allows bars, which still need a terminal.
    #[must_use]
    pub fn standard(json: bool, progress: bool) -> Self {
        let terminal = io::stderr().is_terminal();
        let target = if progress && terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            json,
            colour: may_colour(terminal),
            colours_results: !json && may_colour(io::stdout().is_terminal()),
            width: width(),
            results: Mutex::new(Box::new(io::stdout())),
            notes: Mutex::new(Box::new(io::stderr())),
            bars: MultiProgress::with_draw_target(target),
        }
    }

    /// Writes into what is given, without colour or bars.
    #[cfg(test)]
    #[must_use]
    pub fn into_writers(json: bool, results: Box<dyn Write + Send>, notes: Box<dyn Write + Send>) -> Self {
        Self {
            json,
            colour: false,
            colours_results: false,
            width: Width::PIPED,
            results: Mutex::new(results),
            notes: Mutex::new(notes),
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
        }
    }

    /// Whether the result is to be a JSON document.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether stderr takes colours.
    #[must_use]
    pub fn has_colour(&self) -> bool {
        self.colour
    }

    /// How wide results for people are.
    #[must_use]
    pub fn width(&self) -> Width {
        self.width
    }

    /// The bars, which must step aside while somebody else writes to stderr.
    pub(super) fn bars(&self) -> MultiProgress {
        self.bars.clone()
    }

    /// Prints a result for people, fit for a terminal whatever it holds; a last line break is added where it is missing.
    ///
    /// # Errors
    /// What stdout refuses, but for a closed pipe.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        let text = format!("{}{end}", printable(text));
        self.result(&if self.colours_results { coloured(&text) } else { text })
    }

    /// The same of a text that knows its own colours, where there are any.
    ///
    /// # Errors
    /// What stdout refuses, but for a closed pipe.
    pub(super) fn painted(&self, text: &str, paint: impl FnOnce(&str) -> String) -> Result<(), Failure> {
        let text = printable(text);
        self.result(&if self.colours_results { paint(&text) } else { text })
    }

    /// Prints a result for programs byte for byte.
    ///
    /// # Errors
    /// What stdout refuses, but for a closed pipe.
    pub fn verbatim(&self, text: &str) -> Result<(), Failure> {
        self.result(text)
    }

    /// Prints the result as a JSON document.
    ///
    /// # Errors
    /// What stdout refuses, but for a closed pipe.
    pub fn json(&self, document: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| Failure::failed(format_args!("le résultat ne s’écrit pas en JSON : {error}")))?;
        self.result(&format!("{}\n", escaped_json(&text)))
    }

    fn result(&self, text: &str) -> Result<(), Failure> {
        let written = self.bars.suspend(|| write_all(&self.results, text));
        written.map_err(|error| {
            Failure::failed(format_args!("la sortie ne peut pas être écrite : {}", refusal_in_french(&error)))
        })
    }

    /// Tells something on stderr that is not the result, fit for a terminal whatever it holds.
    pub fn note(&self, text: &str) {
        self.tell("", text);
    }

    /// The same after a beginning of the program's own, which may hold colours.
    fn tell(&self, head: &str, text: &str) {
        // Nobody is left to be told when stderr itself fails.
        let _ = self.bars.suspend(|| write_all(&self.notes, &format!("{head}{}\n", printable(text))));
    }

    /// Starts a progress bar on stderr; invisible without a terminal or with `--no-progress`. `total`: how many steps,
    /// when that is known.
    #[must_use]
    pub fn progress(&self, label: &str, total: Option<u64>) -> Progress {
        let bar = self.bars.add(ProgressBar::no_length());
        let shape = match total {
            Some(total) => {
                bar.set_length(total);
                "{msg} {bar:24} {pos}/{len} ({eta})"
            }
            None => "{spinner} {msg} {pos} ({elapsed})",
        };
        if let Ok(style) = ProgressStyle::with_template(shape) {
            bar.set_style(style);
        }
        bar.set_message(printable_line(label));
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress(bar)
    }

    /// Shows how the command ended and gives its exit code.
    pub fn conclude(&self, outcome: Result<Exit, Failure>) -> Exit {
        match outcome {
            Ok(exit) => exit,
            Err(failure) => {
                self.failure(&failure);
                failure.exit
            }
        }
    }

    fn failure(&self, failure: &Failure) {
        if self.json {
            // A stdout that refuses the document leaves stderr.
            if self.json(&failure.to_json()).is_ok() {
                return;
            }
        }
        let (red, plain) = if self.colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        self.tell(&format!("{red}erreur :{plain} "), &failure.message);
        if let Some(hint) = &failure.hint {
            self.tell("conseil : ", hint);
        }
    }
}

/// A running progress bar; it disappears when dropped.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// So many steps more are done.
    pub fn advance(&self, steps: u64) {
        self.0.inc(steps);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn write_all(output: &Output, text: &str) -> io::Result<()> {
    let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// As wide as the terminal that results are shown on.
fn width() -> Width {
    let stdout = io::stdout();
    if !stdout.is_terminal() {
        return Width::PIPED;
    }
    Width::of_terminal(rustix::termios::tcgetwinsize(&stdout).map_or(0, |size| size.ws_col))
}

/// Colours need a terminal and the operator's leave (`NO_COLOR`).
fn may_colour(terminal: bool) -> bool {
    let knows_colours = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    terminal && knows_colours && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;

    /// A printer of JSON, and what it prints.
    pub fn pair() -> (Printer, Sink) {
        let (printer, out, _) = printer(true);
        (printer, out)
    }

    #[derive(Clone, Default)]
    pub struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Refusing(io::ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printer(json: bool) -> (Printer, Sink, Sink) {
        let (out, err) = (Sink::default(), Sink::default());
        (Printer::into_writers(json, Box::new(out.clone()), Box::new(err.clone())), out, err)
    }

    #[test]
    fn results_and_the_rest_do_not_mix() {
        let (printer, out, err) = printer(false);
        printer.text("résultat").unwrap();
        printer.note("remarque");
        let progress = printer.progress("lecture", Some(10));
        progress.advance(3);
        drop(progress);
        printer.text("Mairie\u{9b}2J de\u{202e}\tMelun").unwrap();
        let failure = Failure::refused("le jeton\u{1b}[2J est refusé").hint("changez-le");
        assert_eq!(printer.conclude(Err(failure)), Exit::Refused);
        assert_eq!(out.text(), "résultat\nMairie 2J de Melun\n");
        assert_eq!(err.text(), "remarque\nerreur : le jeton [2J est refusé\nconseil : changez-le\n");
    }

    #[test]
    fn with_json_a_failure_is_a_document_on_stdout() {
        let (printer, out, err) = printer(true);
        assert_eq!(printer.conclude(Err(Failure::try_later("DS ne répond pas"))), Exit::TryLater);
        let document: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(document, serde_json::json!({"error": {"code": 5, "message": "DS ne répond pas", "hint": null}}));
        assert_eq!(err.text(), "");
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is_one() {
        let to = |kind| Printer::into_writers(false, Box::new(Refusing(kind)), Box::new(Sink::default()));
        assert_eq!(to(io::ErrorKind::BrokenPipe).text("x"), Ok(()));
        let failure = to(io::ErrorKind::StorageFull).text("x").unwrap_err();
        assert_eq!(failure.message, "la sortie ne peut pas être écrite : le disque est plein");
        assert_eq!(failure.exit, Exit::Failed);
    }
}
