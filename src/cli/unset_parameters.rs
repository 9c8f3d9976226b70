//! Parameters that the rules need and that no file gives: said by `fitn check`, and by every command that judges dossiers.

use super::Failure;
use crate::config::Config;
use crate::domain::programme::Programme;
use crate::rules::{MissingParameter, Rulebook};

/// What is missing for the démarches followed, and the mend; none when every rule has its parameters.
pub fn told(config: &Config, rulebook: &Rulebook) -> Option<Failure> {
    let programmes: Vec<Programme> = config.procedures.iter().map(|procedure| procedure.programme).collect();
    let missing = rulebook.missing_parameters(&programmes);
    (!missing.is_empty()).then(|| failure(&config.territory.region, &missing))
}

fn failure(region: &str, missing: &[MissingParameter]) -> Failure {
    let parameters: Vec<String> = missing.iter().map(shown).collect();
    let mut rules: Vec<&str> = missing.iter().flat_map(|parameter| parameter.rules.iter().copied()).collect();
    rules.sort_unstable();
    rules.dedup();
    Failure::usage(format_args!(
        "la région {region} n’a pas de valeur pour {} ; en attendant, les règles {} laissent les dossiers à vérifier",
        parameters.join(", "),
        rules.join(", ")
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
