//! Reading parameter files: their form, their names, their units and values. How values follow each other is `series`'s.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::value::day;
use super::{Parameter, ParameterError, ParameterName, SetFor, SourceLine};
use crate::territory;
use crate::toml_text::{self, Mistake, Source};

/// Values of parameters as a file writes them, by name.
pub(in crate::rules) type Written = BTreeMap<Spanned<String>, Vec<Spanned<Entry>>>;

/// A value as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::rules) struct Entry {
    value: Spanned<toml::Value>,
    unit: Spanned<String>,
    valid_from: Option<Spanned<Datetime>>,
    valid_to: Option<Spanned<Datetime>>,
    /// Those it is for, where each has its own.
    departements: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default = "setting")]
    citation: String,
}

fn setting() -> String {
    "réglage".to_owned()
}

/// All values of all files (name, TOML text) of a région, in the order written.
pub(super) fn read_all<'t>(
    files: impl Iterator<Item = (&'t str, &'t str)>,
    region: &str,
) -> Result<Vec<Parameter>, ParameterError> {
    let mut parameters = Vec::new();
    for (file, text) in files {
        let file = Path::new(file);
        let source = toml_text::locate(file, text)?;
        if let Some(mistake) = not_tables(file, &source, "") {
            return Err(mistake.into());
        }
        parameters.extend(read_written(file, &source, region, toml_text::read(file, text, &source)?)?);
    }
    Ok(parameters)
}

/// The first parameter under a dotted `prefix` that is written otherwise than as a list of tables.
pub(in crate::rules) fn not_tables(file: &Path, source: &Source, prefix: &str) -> Option<Mistake> {
    let tables: Vec<String> = ParameterName::ALL.iter().map(|name| format!("{prefix}{}[]", name.code())).collect();
    source.not_a_table(file, &tables.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The values that a file gives: of départements of a région, of any when it is empty.
pub(in crate::rules) fn read_written(
    file: &Path,
    source: &Source,
    region: &str,
    written: Written,
) -> Result<Vec<Parameter>, Mistake> {
    let parser = Parser { file, source, region };
    let mut parameters = Vec::new();
    for (key, values) in written {
        let Ok(name) = key.get_ref().parse::<ParameterName>() else {
            let known = ParameterName::ALL.iter().map(|name| name.code()).collect::<Vec<_>>().join(", ");
            return Err(parser.mistake(
                key.span().start,
                "aucune règle n’a de paramètre de ce nom".to_owned(),
                format!("retirez-le ou choisissez parmi : {known}"),
            ));
        };
        for entry in values {
            parameters.extend(parser.parse(name, entry)?);
        }
    }
    Ok(parameters)
}

/// One file.
struct Parser<'t> {
    file: &'t Path,
    source: &'t Source,
    region: &'t str,
}

impl Parser<'_> {
    fn mistake(&self, offset: usize, message: String, mend: String) -> Mistake {
        self.source.mistake_at(self.file, offset, message, mend)
    }

    fn parse(&self, name: ParameterName, entry: Spanned<Entry>) -> Result<Vec<Parameter>, Mistake> {
        let at = entry.span().start;
        let entry = entry.into_inner();
        let unit = name.unit();
        if entry.unit.get_ref() != unit.code() {
            return Err(self.mistake(
                entry.unit.span().start,
                format!("l’unité de ce paramètre n’est pas \"{}\"", entry.unit.get_ref()),
                format!("écrivez unit = \"{}\", et la valeur dans cette unité", unit.code()),
            ));
        }
        let value = unit.parse(entry.value.get_ref()).map_err(|expected| {
            let message = format!("la valeur {} ne convient pas", entry.value.get_ref());
            self.mistake(entry.value.span().start, message, format!("il faut {expected}"))
        })?;
        let valid_from = entry.valid_from.as_ref().map(|written| self.bound(written)).transpose()?;
        let valid_to = entry.valid_to.as_ref().map(|written| self.bound(written)).transpose()?;
        if let (Some(from), Some(to), Some(written)) = (valid_from, valid_to, &entry.valid_to)
            && from > to
        {
            return Err(self.mistake(
                written.span().start,
                "la validité finit avant de commencer".to_owned(),
                "corrigez « valid_from » ou « valid_to » : ce sont le premier et le dernier jour".to_owned(),
            ));
        }
        let citation = if entry.citation.trim().is_empty() { setting() } else { entry.citation };
        let source = SourceLine { file: self.file.to_owned(), line: self.source.line_at(at) };
        let departements = self.departements(name, at, entry.departements)?;
        let parameter = Parameter { name, departement: None, value, valid_from, valid_to, citation, source };
        Ok(departements.into_iter().map(|departement| Parameter { departement, ..parameter.clone() }).collect())
    }

    fn bound(&self, written: &Spanned<Datetime>) -> Result<Date, Mistake> {
        day(written.get_ref()).ok_or_else(|| {
            let message = "il faut un jour, sans heure".to_owned();
            self.mistake(written.span().start, message, "écrivez-le ainsi : 2021-09-01".to_owned())
        })
    }

    /// The départements that a value is for; one without name stands for all.
    fn departements(
        &self,
        name: ParameterName,
        at: usize,
        departements: Option<Spanned<Vec<Spanned<String>>>>,
    ) -> Result<Vec<Option<String>>, Mistake> {
        match (name.set_for(), departements) {
            (SetFor::Everywhere, None) => Ok(vec![None]),
            (SetFor::Everywhere, Some(written)) => Err(self.mistake(
                written.span().start,
                "ce paramètre est le même pour tous les départements".to_owned(),
                "retirez « departements »".to_owned(),
            )),
            (SetFor::EachDepartement, Some(codes)) if !codes.get_ref().is_empty() => codes
                .into_inner()
                .into_iter()
                .map(|code| {
                    let at = code.span().start;
                    self.departement(at, code.into_inner()).map(Some)
                })
                .collect(),
            (SetFor::EachDepartement, _) => Err(self.mistake(
                at,
                "ce paramètre a une valeur par département, et aucun n’est nommé".to_owned(),
                "ajoutez sous cette table les départements de cette valeur : departements = [\"77\", \"78\"]"
                    .to_owned(),
            )),
        }
    }

    /// A département of the région; of any région when none is served.
    fn departement(&self, at: usize, code: String) -> Result<String, Mistake> {
        let of_region = |region: &str| self.region.is_empty() || region == self.region;
        if territory::departement(&code).is_some_and(|known| of_region(known.region)) {
            return Ok(code);
        }
        let known: Vec<&str> = territory::departements()
            .filter(|departement| of_region(departement.region))
            .map(|departement| departement.code)
            .collect();
        let message = format!("le département « {code} » n’est pas dans la région « {} »", self.region);
        Err(self.mistake(at, message, format!("choisissez parmi {}", known.join(", "))))
    }
}
