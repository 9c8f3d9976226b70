//! Parameters that the rules need and that no file gives: named by `fitn check`, counted by `fitn status` and by every command that
//! judges dossiers.

use super::Failure;
use crate::config::Config;
use crate::domain::programme::Programme;
use crate::domain::text;
use crate::rules::{MissingParameter, Rulebook};

/// All that is missing for the démarches followed, and the mend; none when every rule has its parameters.
pub fn told(config: &Config, rulebook: &Rulebook) -> Option<Failure> {
    let missing = missing(config, rulebook);
    (!missing.is_empty()).then(|| failure(&config.territory.region, &missing))
}

/// The same in a line: how much is missing, and where it is told.
pub fn counted(config: &Config, rulebook: &Rulebook) -> Option<Failure> {
    let missing = missing(config, rulebook);
    if missing.is_empty() {
        return None;
    }
    let parameters = text::counted(missing.len(), "paramètre", "paramètres");
    let rules = text::counted(rules(&missing).len(), "règle laisse", "règles laissent");
    let region = &config.territory.region;
    let message = format!("la région {region} n’a pas de valeur pour {parameters} : {rules} les dossiers à vérifier");
    Some(Failure::usage(message).hint("« fitn check » les nomme, et dit où les écrire"))
}

fn missing(config: &Config, rulebook: &Rulebook) -> Vec<MissingParameter> {
    let programmes: Vec<Programme> = config.procedures.iter().map(|procedure| procedure.programme).collect();
    rulebook.missing_parameters(&programmes)
}

/// The rules that lack something, in order.
fn rules(missing: &[MissingParameter]) -> Vec<&str> {
    let mut rules: Vec<&str> = missing.iter().flat_map(|parameter| parameter.rules.iter().copied()).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn failure(region: &str, missing: &[MissingParameter]) -> Failure {
    let parameters: Vec<String> = missing.iter().map(shown).collect();
    Failure::usage(format_args!(
        "la région {region} n’a pas de valeur pour {} ; en attendant, les règles {} laissent les dossiers à vérifier",
        parameters.join(", "),
        rules(missing).join(", ")
    ))
    .hint(
        "écrivez ces paramètres, chacun dans une table [[nom]] avec value, unit, valid_from, valid_to et citation, \
         dans un fichier que nomme « parameters » de la section [rules]",
    )
}

/// `ads_base (montant par centre instructeur, unit = "EUR")`.
fn shown(missing: &MissingParameter) -> String {
    let MissingParameter { name, departements, .. } = missing;
    let of = match departements.as_slice() {
        [] => String::new(),
        codes => format!(", departements = [\"{}\"]", codes.join("\", \"")),
    };
    format!("{} ({}, unit = \"{}\"{of})", name.code(), name.label(), name.unit().code())
}
