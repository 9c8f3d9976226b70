//! The argument parser in French: its help pages and what it says of wrong usage.

use std::error::Error as _;
use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, Error};

use super::paper::Width;
use super::{Cli, Exit, Failure, Printer};

const TEMPLATE: &str = "{about-with-newline}\nUtilisation : {usage}\n\n{all-args}";

/// The commands with French help pages.
pub(super) fn command() -> Command {
    in_french(Cli::command())
}

fn in_french(command: Command) -> Command {
    command
        .help_template(TEMPLATE)
        .term_width(Width::USUAL)
        // The parser puts a colon right after a heading; French wants a space before it.
        .subcommand_help_heading("Commandes ")
        .subcommand_value_name("COMMANDE")
        .mut_args(argument_in_french)
        .mut_subcommands(in_french)
}

/// Headings in French; defaults and choices are told in the help text instead of the parser's English.
fn argument_in_french(arg: Arg) -> Arg {
    let heading = match () {
        () if arg.is_positional() => "Arguments ",
        () if arg.is_global_set() => "Options communes ",
        () => "Options ",
    };
    let arg = arg.help_heading(heading);
    if !matches!(arg.get_action(), ArgAction::Set | ArgAction::Append) {
        return arg;
    }
    let mut help = arg.get_help().map(StyledStr::to_string).unwrap_or_default();
    let choices: Vec<String> = arg.get_possible_values().iter().map(|choice| choice.get_name().to_owned()).collect();
    if !choices.is_empty() {
        help = format!("{help} [au choix : {}]", choices.join(", "));
    }
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        help = format!("{help} [défaut : {}]", defaults.join(" "));
    }
    arg.help(help).hide_default_value(true).hide_possible_values(true)
}

/// Shows the help or the version that was asked for, or makes a failure of the error that the arguments gave.
pub(super) fn conclude(error: &Error, arguments: &[OsString], printer: &Printer) -> Result<Exit, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            printer.text(&error.render().to_string())?;
            Ok(Exit::Done)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !printer.is_json() => {
            printer.note(error.render().to_string().trim_end());
            Ok(Exit::Usage)
        }
        _ => Err(Failure::usage(message(error)).hint(hint(error, arguments))),
    }
}

fn message(error: &Error) -> String {
    let told = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let arg = told(ContextKind::InvalidArg);
    let value = told(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument if arg.starts_with('-') => format!("l’option « {arg} » n’existe pas ici"),
        ErrorKind::UnknownArgument => format!("l’argument « {arg} » est de trop"),
        ErrorKind::InvalidSubcommand => {
            format!("la commande « {} » n’existe pas", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => {
            format!("« {} » attend une commande", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "il manque une commande".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("il manque {arg}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("« {arg} » attend une valeur"),
        ErrorKind::InvalidValue => format!("« {value} » n’est pas une valeur possible de « {arg} »"),
        ErrorKind::ValueValidation => match error.source() {
            Some(reason) => format!("« {value} » ne convient pas pour « {arg} » : {reason}"),
            None => format!("« {value} » ne convient pas pour « {arg} »"),
        },
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            if value.is_empty() {
                format!("« {arg} » n’a pas le nombre de valeurs attendu")
            } else {
                format!("« {arg} » n’attend pas la valeur « {value} »")
            }
        }
        ErrorKind::NoEquals => format!("« {arg} » attend sa valeur après un signe égal"),
        ErrorKind::ArgumentConflict => match told(ContextKind::PriorArg) {
            prior if prior.is_empty() || prior == arg => format!("« {arg} » ne s’écrit qu’une fois"),
            prior => format!("« {arg} » ne s’écrit pas avec « {prior} »"),
        },
        ErrorKind::InvalidUtf8 => "un argument n’est pas écrit en UTF-8".to_owned(),
        _ => "la commande est mal écrite".to_owned(),
    }
}

/// What to write instead: the choices, a name that is close, or the usage; then where the help is.
fn hint(error: &Error, arguments: &[OsString]) -> String {
    let list = |kind| match error.get(kind) {
        Some(ContextValue::Strings(names)) => names.clone(),
        Some(ContextValue::String(name)) => vec![name.clone()],
        _ => Vec::new(),
    };
    let (path, commands) = command_of(arguments);
    let help = format!("voyez {path} --help");
    if list(ContextKind::InvalidSubcommand) == ["help"] {
        return help;
    }
    let close = [list(ContextKind::SuggestedSubcommand), list(ContextKind::SuggestedArg)].concat();
    let choices = match error.kind() {
        ErrorKind::InvalidSubcommand | ErrorKind::MissingSubcommand => commands,
        _ => list(ContextKind::ValidValue),
    };
    let usage = error.get(ContextKind::Usage).map(ToString::to_string).unwrap_or_default();
    // A command may have its usage on several lines; other ways to write it stand on lines of their own.
    let mut lines = usage.trim_start_matches("Usage:").trim().lines().map(str::trim);
    let first = lines.next().unwrap_or_default();
    let usage =
        std::iter::once(first).chain(lines.take_while(|line| line.starts_with('-'))).collect::<Vec<_>>().join(" ");
    if !close.is_empty() {
        format!("peut-être « {} » ; {help}", close.join(" » ou « "))
    } else if !choices.is_empty() {
        format!("choisissez parmi {} ; {help}", choices.join(", "))
    } else if !usage.is_empty() {
        format!("écrivez {usage} ; {help}")
    } else {
        help
    }
}

/// The command that the arguments name, as far as it exists, and the commands that could follow.
fn command_of(arguments: &[OsString]) -> (String, Vec<String>) {
    let root = command();
    let mut found = &root;
    let mut path = root.get_name().to_owned();
    for argument in arguments.iter().skip(1) {
        if let Some(next) = found.find_subcommand(argument) {
            path = format!("{path} {}", next.get_name());
            found = next;
        }
    }
    (path, found.get_subcommands().map(|next| next.get_name().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        format!("fitn {line}").split_whitespace().map(OsString::from).collect()
    }

    fn parse(line: &str) -> Error {
        command().try_get_matches_from(words(line)).unwrap_err()
    }

    #[test]
    fn the_commands_hold_together() {
        command().debug_assert();
    }

    #[test]
    fn wrong_usage_is_told_in_french() {
        let lines = [
            "synk",
            "blabla",
            "-v",
            "--verbos sync",
            "sync --ful",
            "sync --zzz",
            "sync extra",
            "sync --procedure",
            "sync --procedure abc",
            "sync --procedure 0",
            "sync --full --full",
            "sync --full=1",
            "--log-format xml sync",
            "--log-format jsn sync",
            "--config",
            "dossier",
            "dossier abc",
            "dossier -4",
            "dossier 1 2",
            "decide 1 --rule ADS-01 --reason x --by y",
            "decide 1 --rule ADS-01 --verdict oui --reason x --by y",
            "decide 1 --rule ADS-01 --verdict met --withdraw --reason x --by y",
            "decide 1 --rule ADS-01 --verdict met",
            "correct 1 --fact communes --value 1 --reason x --by y",
            "correct 1 --fact expenses.prix --value 1 --reason x --by y",
            "correct 1 --fact theme.nature --value 1 --reason x --by y",
            "correct 1 --fact theme --reason x --by y",
            "exclude 1",
            "include",
            "evaluate --parameters a.toml",
            "dossiers --programme axe1",
            "dossiers --status bon",
            "export",
            "export weekly",
            "export monthly",
            "export monthly --month 2021-13",
            "export quarterly --quarter 2021-09",
            "mapping",
            "mapping init",
            "quarantine lst",
            "sandbox --port 70000",
            "sandbox --dossiers -1",
            "completions ksh",
            "man",
            "help",
            "help sync",
        ];
        let mut told = String::new();
        for line in lines {
            let error = parse(line);
            let _ = writeln!(told, "$ fitn {line}");
            if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
                told.push_str("(aide)\n\n");
                continue;
            }
            let _ = writeln!(told, "erreur : {}\nconseil : {}\n", message(&error), hint(&error, &words(line)));
        }
        insta::assert_snapshot!(told);
    }

    /// The words of a line of a shell up to what ends the command, quotes taken away.
    fn shell_words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
        for character in line.chars() {
            match (character, quote) {
                (c, Some(open)) if c == open => quote = None,
                ('"' | '\'', None) => {
                    quote = Some(character);
                    word.get_or_insert_default();
                }
                ('#', None) if word.is_none() => break,
                ('|' | ';' | '>' | '&' | '(' | ')', None) => break,
                (c, None) if c.is_whitespace() => words.extend(word.take()),
                (c, _) => word.get_or_insert_default().push(c),
            }
        }
        words.extend(word);
        words
    }

    /// The arguments of this program in a line, whoever runs it; none where it runs another.
    fn arguments_of(line: &str) -> Option<Vec<String>> {
        let mut words = shell_words(line);
        if words.first().is_some_and(|word| word == "sudo") {
            words.remove(0);
            while words.first().is_some_and(|word| word.starts_with('-')) {
                words.drain(..if words[0] == "-u" { 2 } else { 1 });
            }
        }
        (words.first()? == "fitn").then_some(words)
    }

    #[test]
    fn what_is_told_to_be_typed_is_a_command() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
        let (readme, guide) = (read("README.md"), read("deploy/guide-exploitation.md"));
        let mut lines: Vec<(String, bool)> = Vec::new();
        for text in [&readme, &guide] {
            for block in text.split("```").skip(1).step_by(2) {
                if let Some(block) = block.strip_prefix("sh\n") {
                    lines.extend(block.replace("\\\n", " ").lines().map(|line| (line.trim().to_owned(), true)));
                }
            }
        }
        // Within a sentence, what is left out is said by a letter, or not at all.
        let prose: String = guide.split("```").step_by(2).collect();
        let quoted =
            prose.split('`').enumerate().filter(|(at, _)| at % 2 == 1).map(|(_, quoted)| quoted.replace(" N", " 1"));
        lines.extend(quoted.filter(|quoted| !quoted.contains('…')).map(|quoted| (quoted, false)));
        let (mut tried, mut wrong) = (0, Vec::new());
        for (line, is_whole) in &lines {
            let Some(arguments) = arguments_of(line) else { continue };
            tried += 1;
            let Err(error) = command().try_get_matches_from(arguments) else { continue };
            let is_begun = !is_whole
                && matches!(
                    error.kind(),
                    ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
                );
            if !is_begun && !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                wrong.push(format!("{line} : {}", message(&error)));
            }
        }
        assert!(tried > 40, "{tried}");
        assert_eq!(wrong, [] as [String; 0]);
    }

    #[test]
    fn a_line_of_a_shell_is_read_up_to_its_end() {
        let read = |line: &str| arguments_of(line).map(|words| words.join("|"));
        assert_eq!(
            read("sudo -u fitn fitn about \"Camille Dupont\" # qui").as_deref(),
            Some("fitn|about|Camille Dupont")
        );
        assert_eq!(read("fitn rules --markdown > regles.md").as_deref(), Some("fitn|rules|--markdown"));
        assert_eq!((read("sudo systemctl reload fitn"), read("fitn.sqlite"), read("")), (None, None, None));
    }

    #[test]
    fn help_is_french_and_fits_80_columns() {
        let pages = [
            "",
            "demo",
            "sandbox",
            "init",
            "mapping",
            "mapping init",
            "mapping check",
            "check",
            "sync",
            "evaluate",
            "dossiers",
            "dossier",
            "decide",
            "correct",
            "exclude",
            "include",
            "export",
            "export monthly",
            "export quarterly",
            "export committee",
            "export withdraw",
            "committee",
            "committee read",
            "serve",
            "status",
            "quarantine",
            "quarantine list",
            "purge",
            "about",
            "backup",
            "restore",
            "completions",
            "man",
        ];
        let mut shown = String::new();
        for page in pages {
            let help = parse(&format!("{page} --help")).render().to_string();
            for line in help.lines() {
                assert!(line.width() <= Width::USUAL, "{page} : {line}");
            }
            for english in ["Usage", "Options:", "Arguments:", "Commands", "Print", "default", "possible", "COMMAND>"] {
                assert!(!help.contains(english), "{page} : {english}");
            }
            let _ = writeln!(shown, "$ fitn {page} --help\n{help}");
        }
        insta::assert_snapshot!(shown);
        assert_eq!(parse("--version").render().to_string(), concat!("fitn ", env!("CARGO_PKG_VERSION"), "\n"));
    }
}
