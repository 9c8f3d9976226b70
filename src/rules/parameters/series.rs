//! How the values of a parameter follow each other: in order, without overlap, without gap, an operator's over the built-in.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Parameter, ParameterError, ParameterName};
use crate::domain::instant::french_date;

/// The values of each parameter and département, in order of validity.
pub(super) type Series = BTreeMap<(ParameterName, Option<String>), Vec<Parameter>>;

fn first_day(parameter: &Parameter) -> Date {
    parameter.valid_from.unwrap_or(Date::MIN)
}

fn last_day(parameter: &Parameter) -> Date {
    parameter.valid_to.unwrap_or(Date::MAX)
}

/// The values of one origin, sorted; two of them may not be valid on one day.
pub(super) fn layer(parameters: Vec<Parameter>) -> Result<Series, ParameterError> {
    let mut series = Series::new();
    for parameter in parameters {
        series.entry((parameter.name, parameter.departement.clone())).or_default().push(parameter);
    }
    for values in series.values_mut() {
        values.sort_by_key(first_day);
        for (earlier, later) in values.iter().zip(values.iter().skip(1)) {
            if first_day(later) <= last_day(earlier) {
                let on = french_date(first_day(later));
                let message = format!("deux valeurs sont valables le {on} : celle-ci et celle de {}", earlier.source);
                return Err(later
                    .mistake(&message, "corrigez « valid_from » ou « valid_to » de l’une des deux")
                    .into());
            }
        }
    }
    Ok(series)
}

/// Lays an operator's values over the built-in ones: on the days they are valid they alone count, on the others the
/// built-in ones remain. What comes out has no gap.
pub(super) fn overlay(builtin: Series, own: Series) -> Result<Series, ParameterError> {
    let mut merged = builtin;
    for (scope, values) in own {
        let below = merged.remove(&scope).unwrap_or_default();
        let mut above: Vec<Parameter> = below.into_iter().flat_map(|parameter| outside(parameter, &values)).collect();
        above.extend(values);
        above.sort_by_key(first_day);
        merged.insert(scope, above);
    }
    for values in merged.values() {
        for (earlier, later) in values.iter().zip(values.iter().skip(1)) {
            let gap = last_day(earlier).tomorrow().ok().zip(first_day(later).yesterday().ok());
            if let Some((from, to)) = gap.filter(|(from, to)| from <= to) {
                let days = format!("du {} au {}", french_date(from), french_date(to));
                let message =
                    format!("aucune valeur n’est valable {days}, entre celle de {} et celle-ci", earlier.source);
                return Err(later.mistake(&message, "ajoutez-la, ou corrigez « valid_from » ou « valid_to »").into());
            }
        }
    }
    Ok(merged)
}

/// What is left of a value's days once those of other values, sorted and disjoint, are taken out.
fn outside(parameter: Parameter, others: &[Parameter]) -> Vec<Parameter> {
    let mut left = Vec::new();
    let mut rest = parameter;
    for other in others {
        if last_day(other) < first_day(&rest) || last_day(&rest) < first_day(other) {
            continue;
        }
        if first_day(&rest) < first_day(other)
            && let Ok(eve) = first_day(other).yesterday()
        {
            left.push(Parameter { valid_to: Some(eve), ..rest.clone() });
        }
        match last_day(other).tomorrow() {
            Ok(next) if next <= last_day(&rest) => rest.valid_from = Some(next),
            _ => return left,
        }
    }
    left.push(rest);
    left
}
