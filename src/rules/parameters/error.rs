//! What can be wrong with parameter files. Each message names the file and the key, and says what to do.

use crate::domain::instant::french_date;
use crate::toml_text::Mistake;
use jiff::civil::Date;

/// A parameter file cannot be used. The operator mends the file; nothing is evaluated before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// There is no such file, or it cannot be read.
    #[error("{file} : ce fichier de paramètres ne peut pas être lu : {reason}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why, in French.
        reason: String,
    },
    /// Not TOML, or not laid out as parameters are (an unknown or a missing field).
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// No rule has such a parameter.
    #[error("{file} : « {key} » : aucune règle n’utilise de paramètre de ce nom ; les noms connus sont : {known}")]
    UnknownName {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The names there are.
        known: String,
    },
    /// The unit written is not the parameter's.
    #[error("{file} : « {key} » : l’unité doit être \"{expected}\", et non \"{found}\"")]
    Unit {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// As written.
        found: String,
        /// As it must be.
        expected: &'static str,
    },
    /// The value is not one of its unit.
    #[error("{file} : « {key} » : la valeur {found} ne convient pas : il faut {expected}")]
    Value {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// As written.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A day of validity is not a day, or the last comes before the first.
    #[error("{file} : « {key} » : période de validité incorrecte : {detail}")]
    Period {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// What is wrong.
        detail: String,
    },
    /// Départements are given for a parameter that is the same everywhere.
    #[error("{file} : « {key} » : ce paramètre ne varie pas par département ; retirez « departements »")]
    Scope {
        /// The file.
        file: String,
        /// The key.
        key: String,
    },
    /// Two values are valid on one day.
    #[error(
        "{file} : « {key} » : deux valeurs sont valables le {} ; corrigez « valid_from » ou « valid_to »",
        french_date(*on)
    )]
    Overlap {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The first such day.
        on: Date,
    },
    /// No value is valid on some days between two values.
    #[error(
        "{file} : « {key} » : aucune valeur n’est valable du {} au {} ; ajoutez-la, ou corrigez « valid_from » ou « valid_to »",
        french_date(*from), french_date(*to)
    )]
    Gap {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The first such day.
        from: Date,
        /// The last such day.
        to: Date,
    },
    /// A rule has a parameter that no file gives.
    #[error("la règle {rule} utilise le paramètre « {key} », auquel aucun fichier ne donne de valeur")]
    Missing {
        /// The rule.
        rule: &'static str,
        /// The parameter.
        key: &'static str,
    },
    /// A file gives a parameter that no rule and no report uses.
    #[error("{file} : « {key} » : aucune règle ne lit ce paramètre")]
    Unused {
        /// The file.
        file: String,
        /// The parameter.
        key: &'static str,
    },
}
