//! The values of variables, checked in the words of the API's engine: errors without a code (API facts, 2.2).

use apollo_compiler::executable::Operation;
use apollo_compiler::parser::SourceMap;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Schema, ast};
use serde_json::json;

use super::check::StaticError;
use super::time::parse_instant;

/// The variables of an operation, with their defaults.
///
/// # Errors
/// One error for each variable whose value does not fit.
pub fn coerce(
    schema: &Valid<Schema>,
    sources: &SourceMap,
    operation: &Operation,
    given: &JsonMap,
) -> Result<Valid<JsonMap>, Vec<StaticError>> {
    let mut errors = Vec::new();
    for variable in &operation.variables {
        let value = given.get(variable.name.as_str());
        if value.is_none() && variable.default_value.is_some() {
            continue;
        }
        let value = value.unwrap_or(&JsonValue::Null);
        if let Some(explanation) = problem(schema, &variable.ty, value) {
            let span = variable.location().and_then(|span| span.line_column(sources));
            errors.push(StaticError {
                locations: span.into_iter().collect(),
                extensions: json!({"value": value, "problems": [{"path": [], "explanation": explanation}]}),
                ..StaticError::new(format!(
                    "Variable ${} of type {} was provided invalid value",
                    variable.name, variable.ty
                ))
            });
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    coerce_variable_values(schema, operation, given)
        .map_err(|error| vec![StaticError::new(error.message().to_string())])
}

fn problem(schema: &Schema, wanted: &ast::Type, value: &JsonValue) -> Option<String> {
    if value.is_null() {
        return wanted.is_non_null().then(|| "Expected value to not be null".to_owned());
    }
    if wanted.is_list() {
        return None;
    }
    let name = wanted.inner_named_type();
    let fits = match schema.types.get(name)? {
        ExtendedType::Enum(known) => {
            if value.as_str().is_some_and(|text| known.values.contains_key(text)) {
                return None;
            }
            let values: Vec<&str> = known.values.keys().map(apollo_compiler::Name::as_str).collect();
            return Some(format!("Expected {value} to be one of: {}", values.join(", ")));
        }
        ExtendedType::Scalar(_) => match name.as_str() {
            "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            "Float" => value.is_number(),
            "Boolean" => value.is_boolean(),
            "ID" => value.is_string() || value.is_i64(),
            "ISO8601DateTime" => value.as_str().is_some_and(|text| parse_instant(text).is_some()),
            _ => value.is_string(),
        },
        _ => true,
    };
    (!fits).then(|| format!("Could not coerce value {value} to {name}"))
}
