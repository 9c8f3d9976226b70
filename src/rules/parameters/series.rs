//! How the values of a parameter follow each other: in order, without overlap, without gap, an operator's over the built-in.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Parameter, ParameterError, ParameterName};

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
                return Err(ParameterError::Overlap {
                    file: later.source.clone(),
                    key: key(later),
                    on: first_day(later),
                });
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
                return Err(ParameterError::Gap { file: later.source.clone(), key: key(later), from, to });
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

fn key(parameter: &Parameter) -> String {
    match &parameter.departement {
        Some(departement) => format!("{} (département {departement})", parameter.name.code()),
        None => parameter.name.code().to_owned(),
    }
}
