//! What `fitn check` says of the schema of DS.

use std::fmt::Display;

use super::Failure;
use crate::api::SchemaReport;

/// How many names are told before the rest is only counted.
const NAMES: usize = 8;

/// What is there, with what is worth knowing; or what is gone, with what to do.
pub(super) fn verdict(report: &SchemaReport) -> Result<String, Failure> {
    if report.gone.is_empty() {
        return Ok(remarks("DS a tout ce que les requêtes demandent".to_owned(), report));
    }
    let what = format!("DS a retiré de son API : {}", listed(&report.gone));
    let mend = if report.essential.is_empty() {
        "mettez le connecteur à jour ; d’ici là, la synchronisation s’en passe, et ce qui en dépend reste à vérifier"
            .to_owned()
    } else {
        format!(
            "mettez le connecteur à jour : des lectures ne peuvent se passer de {}, et ne se font plus",
            listed(&report.essential)
        )
    };
    Err(Failure::failed(remarks(what, report)).hint(mend))
}

fn remarks(mut said: String, report: &SchemaReport) -> String {
    if !report.deprecated.is_empty() {
        said.push_str(" ; encore là, mais DS annonce leur retrait : ");
        said.push_str(&listed(report.deprecated.keys()));
    }
    if !report.new_types.is_empty() {
        said.push_str(" ; types que cette version ne sait pas lire (leurs réponses restent à vérifier) : ");
        said.push_str(&listed(&report.new_types));
    }
    if !report.new_values.is_empty() {
        said.push_str(" ; valeurs que cette version ne connaît pas : ");
        said.push_str(&listed(&report.new_values));
    }
    said
}

fn listed<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    let others = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let listed = names.join(", ");
    match others {
        0 => listed,
        1 => format!("{listed} et 1 autre"),
        others => format!("{listed} et {others} autres"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_names_are_told_and_many_counted() {
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(1..=9), "1, 2, 3, 4, 5, 6, 7, 8 et 1 autre");
        assert!(listed(1..=20).ends_with("8 et 12 autres"));
    }

    #[test]
    fn what_is_new_is_a_remark() {
        let report = SchemaReport {
            new_types: ["HologramChamp".to_owned()].into(),
            new_values: ["DossierState.en_orbite".to_owned()].into(),
            ..SchemaReport::default()
        };
        let said = verdict(&report).unwrap();
        assert!(said.starts_with("DS a tout ce que les requêtes demandent ; types que"), "{said}");
        assert!(said.contains("HologramChamp") && said.ends_with("DossierState.en_orbite"), "{said}");
    }
}
