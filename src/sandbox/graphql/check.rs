//! What is wrong with a document before it runs, in the words of the API's own engine (API facts, 2.2).
//!
//! Here are the mistakes that carry a code which clients act upon; every other rule of the specification is left to the
//! validation of apollo-compiler, with its messages and without a code.

use std::collections::HashMap;

use apollo_compiler::ast::{self, Value};
use apollo_compiler::parser::{LineColumn, SourceMap, SourceSpan};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::DiagnosticList;
use apollo_compiler::{Node, Schema};
use serde::Serialize;
use serde_json::json;

use super::time::parse_instant;

/// The deepest query that the server runs.
pub const MAX_DEPTH: usize = 15;

/// An error found before execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StaticError {
    /// What is wrong.
    pub message: String,
    /// Where in the document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<LineColumn>,
    /// The names that lead there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The code and what goes with it.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub extensions: serde_json::Value,
}

impl StaticError {
    /// An error without place nor code.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), locations: Vec::new(), path: Vec::new(), extensions: serde_json::Value::Null }
    }
}

/// The errors of a parser or validator of apollo-compiler.
#[must_use]
pub fn from_diagnostics(diagnostics: &DiagnosticList) -> Vec<StaticError> {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let error = diagnostic.to_json();
            StaticError { locations: error.locations, ..StaticError::new(error.message) }
        })
        .collect()
}

/// The mistakes that carry a code.
#[must_use]
pub fn check(schema: &Schema, document: &ast::Document) -> Vec<StaticError> {
    let mut walk = Walk { schema, sources: &document.sources, path: Vec::new(), errors: Vec::new() };
    for definition in &document.definitions {
        match definition {
            ast::Definition::OperationDefinition(operation) => {
                let name = operation.name.as_ref().map_or_else(String::new, |name| format!(" {name}"));
                if let Some(root) = schema.root_operation(operation.operation_type) {
                    walk.at(format!("{}{name}", operation.operation_type), |walk| {
                        walk.selections(root, &operation.selection_set);
                    });
                }
            }
            ast::Definition::FragmentDefinition(fragment) => {
                walk.at(format!("fragment {}", fragment.name), |walk| {
                    walk.fragment(&fragment.type_condition, fragment.location(), &fragment.selection_set);
                });
            }
            _ => {}
        }
    }
    walk.errors
}

struct Walk<'a> {
    schema: &'a Schema,
    sources: &'a SourceMap,
    path: Vec<String>,
    errors: Vec<StaticError>,
}

impl Walk<'_> {
    fn at(&mut self, step: String, visit: impl FnOnce(&mut Self)) {
        self.path.push(step);
        visit(self);
        self.path.pop();
    }

    fn report(&mut self, message: String, location: Option<SourceSpan>, extensions: serde_json::Value) {
        let locations = location.and_then(|span| span.line_column(self.sources)).into_iter().collect();
        self.errors.push(StaticError { message, locations, path: self.path.clone(), extensions });
    }

    fn fragment(&mut self, name: &str, location: Option<SourceSpan>, selections: &[ast::Selection]) {
        if self.schema.types.contains_key(name) {
            self.selections(name, selections);
        } else {
            let message = format!("No such type {name}, so it can't be a fragment condition");
            self.report(message, location, json!({"code": "undefinedType", "typeName": name}));
        }
    }

    fn selections(&mut self, parent: &str, selections: &[ast::Selection]) {
        for selection in selections {
            match selection {
                ast::Selection::Field(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).to_string();
                    self.at(key, |walk| walk.field(parent, field));
                }
                ast::Selection::InlineFragment(inline) => match &inline.type_condition {
                    Some(name) => self.at(format!("... on {name}"), |walk| {
                        walk.fragment(name, inline.location(), &inline.selection_set);
                    }),
                    None => self.at("...".to_owned(), |walk| walk.selections(parent, &inline.selection_set)),
                },
                ast::Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn field(&mut self, parent: &str, field: &Node<ast::Field>) {
        let (name, location) = (field.name.as_str(), field.location());
        let Ok(definition) = self.schema.type_field(parent, name) else {
            let message = format!("Field '{name}' doesn't exist on type '{parent}'");
            let extensions = json!({"code": "undefinedField", "typeName": parent, "fieldName": name});
            return self.report(message, location, extensions);
        };
        for argument in &field.arguments {
            self.at(argument.name.to_string(), |walk| walk.argument(name, definition, argument));
        }
        let missing: Vec<&str> = definition
            .arguments
            .iter()
            .filter(|wanted| wanted.is_required() && !field.arguments.iter().any(|given| given.name == wanted.name))
            .map(|wanted| wanted.name.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let message = format!("Field '{name}' is missing required arguments: {missing}");
            let extensions = json!({
                "code": "missingRequiredArguments",
                "className": "Field",
                "name": name,
                "arguments": missing,
            });
            self.report(message, location, extensions);
        }
        let inner = definition.ty.inner_named_type();
        if self.schema.types.get(inner).is_some_and(|found| !found.is_leaf()) {
            self.selections(inner, &field.selection_set);
        }
    }

    fn argument(&mut self, field: &str, definition: &ast::FieldDefinition, argument: &ast::Argument) {
        let (name, location) = (argument.name.as_str(), argument.value.location());
        match definition.argument_by_name(name) {
            None => {
                let message = format!("Field '{field}' doesn't accept argument '{name}'");
                let extensions = json!({
                    "code": "argumentNotAccepted",
                    "name": field,
                    "typeName": "Field",
                    "argumentName": name,
                });
                self.report(message, location, extensions);
            }
            Some(wanted) if !fits(self.schema, &argument.value, &wanted.ty) => {
                let message = format!(
                    "Argument '{name}' on Field '{field}' has an invalid value ({}). Expected type '{}'.",
                    argument.value, wanted.ty
                );
                let extensions =
                    json!({"code": "argumentLiteralsIncompatible", "typeName": "Field", "argumentName": name});
                self.report(message, location, extensions);
            }
            Some(_) => {}
        }
    }
}

/// Whether a literal can be a value of a type; variables are looked at elsewhere.
fn fits(schema: &Schema, value: &Value, wanted: &ast::Type) -> bool {
    match value {
        Value::Variable(_) => return true,
        Value::Null => return !wanted.is_non_null(),
        _ if wanted.is_list() => return true,
        _ => {}
    }
    match schema.types.get(wanted.inner_named_type()) {
        Some(ExtendedType::Enum(known)) => {
            matches!(value, Value::Enum(name) if known.values.contains_key(name))
        }
        Some(ExtendedType::Scalar(scalar)) => match scalar.name.as_str() {
            "Int" => matches!(value, Value::Int(number) if number.try_to_i32().is_ok()),
            "Boolean" => matches!(value, Value::Boolean(_)),
            "ID" => matches!(value, Value::String(_) | Value::Int(_)),
            "ISO8601DateTime" => matches!(value, Value::String(text) if parse_instant(text).is_some()),
            _ => matches!(value, Value::String(_)),
        },
        _ => true,
    }
}

/// The depth of the deepest operation of a valid document, fragments unfolded.
#[must_use]
pub fn depth(document: &ast::Document, operation: &ast::OperationDefinition) -> usize {
    let fragments: HashMap<&str, &[ast::Selection]> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            ast::Definition::FragmentDefinition(fragment) => {
                Some((fragment.name.as_str(), fragment.selection_set.as_slice()))
            }
            _ => None,
        })
        .collect();
    depth_of(&operation.selection_set, &fragments)
}

fn depth_of(selections: &[ast::Selection], fragments: &HashMap<&str, &[ast::Selection]>) -> usize {
    let depths = selections.iter().map(|selection| match selection {
        ast::Selection::Field(field) => 1 + depth_of(&field.selection_set, fragments),
        ast::Selection::InlineFragment(inline) => depth_of(&inline.selection_set, fragments),
        ast::Selection::FragmentSpread(spread) => {
            fragments.get(spread.fragment_name.as_str()).map_or(0, |selections| depth_of(selections, fragments))
        }
    });
    depths.max().unwrap_or_default()
}
