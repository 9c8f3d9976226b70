//! `fitn rules`: the whole set of rules with parameters and citations, to be proof-read against the guide.

use clap::{Args, Subcommand};

use super::args::{DEFAULT_CONFIG, one_of};
use super::{Context, Exit, Failure, rules_markdown, rules_sheet, rules_test, rules_view, workplace};
use crate::config::Served;
use crate::domain::programme::Programme;
use crate::rules::Rulebook;

/// The arguments of `fitn rules`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RulesArgs {
    /// Ce qu’il faut en faire ; sans rien : les donner
    #[command(subcommand)]
    pub action: Option<RulesAction>,
    /// Seulement les règles de ce programme
    #[arg(long, value_name = "PROGRAMME", value_parser = one_of::<Programme, _>(Programme::ALL.map(Programme::code)))]
    pub programme: Option<Programme>,
    /// Donne un document Markdown, à relire en regard du guide
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// What can be done with the rules but print them.
#[derive(Debug, Subcommand)]
pub enum RulesAction {
    /// Rejoue des cas écrits dans des fichiers, et dit lesquels ne donnent pas ce qui est attendu
    Test(rules_test::TestArgs),
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, parameter file or case file.
pub async fn run(args: RulesArgs, context: &Context) -> Result<Exit, Failure> {
    if let Some(RulesAction::Test(args)) = &args.action {
        return rules_test::run(args, context);
    }
    let document = rules_sheet::document(&configured(context)?, args.programme);
    if args.json {
        context.printer.json(&document)?;
    } else if args.markdown {
        context.printer.text(&rules_markdown::text(&document))?;
    } else {
        context.printer.text(&rules_view::text(&document, context.printer.width()))?;
    }
    Ok(Exit::Done)
}

/// The rules as configured; as built in where nothing is configured yet, since reading them needs nothing else.
pub(super) fn configured(context: &Context) -> Result<Rulebook, Failure> {
    let file = context.config_file();
    if file.to_str() == Some(DEFAULT_CONFIG) && matches!(file.try_exists(), Ok(false)) {
        context.printer.note("Pas de configuration : les paramètres sont ceux d’origine.");
        return builtin();
    }
    workplace::rulebook(&context.config()?)
}

/// The rules with the parameters built in, for the région of the guide.
pub(super) fn builtin() -> Result<Rulebook, Failure> {
    let Served { region, departements } = Served::default();
    Ok(Rulebook::builtin(&region, &departements)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use unicode_width::UnicodeWidthStr;

    use super::super::paper::Width;
    use super::*;
    use crate::rules::ParameterName;

    fn builtin() -> Rulebook {
        Rulebook::builtin("11", &[]).unwrap()
    }

    fn document(only: Option<Programme>) -> rules_sheet::Document {
        rules_sheet::document(&builtin(), only)
    }

    #[test]
    fn the_rules_are_shown_within_80_columns() {
        let shown = rules_view::text(&document(None), Width::PIPED);
        assert!(shown.lines().all(|line| line.width() <= 80), "{shown}");
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn the_rules_are_a_document() {
        insta::assert_snapshot!(rules_markdown::text(&document(None)));
    }

    #[test]
    fn every_rule_of_every_programme_is_there_for_programs_too() {
        let all = serde_json::to_value(document(None)).unwrap();
        let rules: Vec<&serde_json::Value> = all["chapters"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|chapter| chapter["rules"].as_array().unwrap())
            .collect();
        assert_eq!(rules.len(), builtin().rules().count());
        assert!(rules.iter().all(|rule| rule["statement"].as_str().is_some_and(|text| text.ends_with('.'))));
        insta::assert_snapshot!(serde_json::to_string_pretty(&document(Some(Programme::Axe2V4))).unwrap());
    }

    #[test]
    fn every_parameter_is_printed_where_its_programme_is() {
        let names = |only| {
            let all = serde_json::to_value(document(only)).unwrap();
            let used =
                all["chapters"].as_array().unwrap().iter().flat_map(|chapter| chapter["rules"].as_array().unwrap());
            let used = used.flat_map(|rule| rule["parameters"].as_array().unwrap());
            let printed = used.chain(all["parameters"].as_array().unwrap());
            printed.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        let every: BTreeSet<String> = ParameterName::ALL.iter().map(|name| name.code().to_owned()).collect();
        assert_eq!(names(None), every);
        assert!(names(Some(Programme::Axe3V1)).contains("v1_total"));
        assert!(!names(Some(Programme::Axe2V4)).contains("v1_total"));
    }
}
