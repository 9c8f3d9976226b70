//! The command line: arguments in, one command run, results and failures printed, an exit code out.
//!
//! One file a command, each with its arguments and a `run`; one [`Printer`] for all output; one [`Failure`] for all that
//! can end a command. The doc comments of arguments are the help texts, hence in French. Rules of the trade have no
//! place here: a command wires rooms together and shows what they return.

#![allow(clippy::unused_async, reason = "every command has the same signature, whether it waits or not")]

mod about_document;
mod about_places;
mod about_view;
mod args;
mod attachments_view;
mod colour;
mod committee;
mod context;
mod difference_view;
mod exits;
mod failure;
mod french;
mod journal_view;
mod json_rows;
pub mod layout;
mod logs;
pub mod paper;
mod printer;
mod recorded_view;
mod rows_view;
mod rules_head;
mod rules_markdown;
mod rules_sheet;
mod rules_test;
mod rules_view;
#[cfg(test)]
mod sample;
mod signals;
mod unset_parameters;
mod workplace;

mod about;
mod backup;
mod changes;
mod check;
mod check_backups;
mod check_schema;
mod completions;
mod correct;
mod decide;
mod demo;
mod dossier;
mod dossier_view;
mod dossiers;
mod dossiers_csv;
mod dossiers_view;
mod evaluate;
mod exclude;
mod export;
mod init;
mod man;
mod man_page;
mod mapping;
mod outbox;
mod outbox_view;
mod purge;
mod quarantine;
mod restore;
mod rules;
mod sandbox;
mod serve;
mod served;
mod status;
mod status_document;
mod status_view;
mod sync;
mod todo;
mod verify;

use std::ffi::OsString;

use clap::FromArgMatches;

use args::{Cli, Global, LogFormat};
use context::Context;
use failure::{Exit, Failure};
use printer::Printer;

use crate::domain::clock::Clock;

/// Runs the program by a clock: the machine’s, unless a test moves another. The arguments start with its name.
pub async fn main(arguments: impl IntoIterator<Item = OsString>, clock: Clock) -> std::process::ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let asks_json = arguments.iter().take_while(|argument| *argument != "--").any(|argument| argument == "--json");
    let parsed =
        french::command().try_get_matches_from(&arguments).and_then(|mut found| Cli::from_arg_matches_mut(&mut found));
    let exit = match parsed {
        Ok(cli) => {
            let printer = Printer::standard(asks_json, !cli.global.no_progress);
            logs::start(&cli.global, cli.command.is_daemon(), &printer, &clock);
            match cli.global.config_file() {
                Ok(file) => {
                    let context = Context::new(printer, clock, file);
                    let outcome = Box::pin(cli.command.run(&context)).await;
                    context.printer.conclude(outcome)
                }
                Err(failure) => printer.conclude(Err(failure)),
            }
        }
        Err(error) => {
            let printer = Printer::standard(asks_json, false);
            printer.conclude(french::conclude(&error, &arguments, &printer))
        }
    };
    exit.into()
}
