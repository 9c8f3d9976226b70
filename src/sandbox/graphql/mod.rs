//! The engine: a document and its variables in, an answer out. It knows neither HTTP nor tokens.
//!
//! Parsing, validation and execution are those of apollo-compiler over the project's `schema.graphql`; what is here gives
//! them the data and the peculiarities of the API.

mod applicant;
mod champ;
mod check;
mod connection;
mod cursor;
mod demarche;
mod display;
mod dossier;
mod edit;
mod failure;
mod pages;
mod places;
mod record;
#[cfg(test)]
mod tests;
mod time;
mod variables;
mod view;

use std::collections::BTreeSet;

use apollo_compiler::collections::HashMap;
use apollo_compiler::resolvers::Execution;
use apollo_compiler::response::{ExecutionResponse, JsonMap};
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Name, Schema, ast};

pub use check::StaticError;
pub use edit::{BadPart, SchemaPart};
pub use view::Signer;

use self::check::{MAX_DEPTH, check, depth, from_diagnostics};
use self::demarche::Query;
use self::failure::finish;
use self::view::{Fragments, View};
use super::world::World;

/// The schema that is served.
pub const SCHEMA: &str = include_str!("../../../schema.graphql");

/// The schema, ready to run documents.
#[derive(Debug)]
pub struct Engine {
    schema: Valid<Schema>,
    implementers: HashMap<Name, Implementers>,
    /// The types that this schema lacks.
    gone: BTreeSet<String>,
}

/// What becomes of a document.
#[derive(Debug)]
pub enum Fate {
    /// It never ran: errors, and no `data` at all.
    Refused(Vec<StaticError>),
    /// It ran: `data`, null or partial when there are errors.
    Executed(ExecutionResponse),
    /// It broke the server.
    Crashed,
}

/// A request, once its body is read.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// The document.
    pub query: Option<&'a str>,
    /// Which of its operations.
    pub operation_name: Option<&'a str>,
    /// The values of its variables.
    pub variables: JsonMap,
}

impl Engine {
    /// Reads the built-in schema.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new() -> Result<Self, String> {
        let schema = Schema::parse_and_validate(SCHEMA, "schema.graphql").map_err(|invalid| invalid.to_string())?;
        Ok(Self { implementers: schema.implementers_map(), schema, gone: BTreeSet::new() })
    }

    /// The same engine over a schema that lacks some parts.
    ///
    /// # Errors
    /// [`BadPart`].
    pub fn without(parts: &[SchemaPart]) -> Result<Self, BadPart> {
        let schema = edit::without(parts)?;
        let whole = edit::without(&[])?;
        let gone = whole.types.keys().filter(|name| !schema.types.contains_key(*name)).map(ToString::to_string);
        Ok(Self { gone: gone.collect(), implementers: schema.implementers_map(), schema })
    }

    /// Runs a request over the data.
    #[must_use]
    pub fn run(&self, world: &World, signer: &Signer, request: &Request) -> Fate {
        self.prepare_and_run(world, signer, request).unwrap_or_else(Fate::Refused)
    }

    fn prepare_and_run(&self, world: &World, signer: &Signer, request: &Request) -> Result<Fate, Vec<StaticError>> {
        let refuse = |message: String| vec![StaticError::new(message)];
        let query = request.query.ok_or_else(|| refuse("No query string was present".to_owned()))?;
        if query.trim().is_empty() {
            return Err(refuse("Unexpected end of document".to_owned()));
        }
        let parsed = ast::Document::parse(query, "query").map_err(|invalid| syntax_errors(&invalid.errors))?;
        let operation = select(&parsed, request.operation_name).map_err(refuse)?;
        let errors = check(&self.schema, &parsed);
        if !errors.is_empty() {
            return Err(errors);
        }
        let document =
            parsed.to_executable_validate(&self.schema).map_err(|invalid| from_diagnostics(&invalid.errors))?;
        let depth = depth(&parsed, operation);
        if depth > MAX_DEPTH {
            return Err(refuse(format!("Query has depth of {depth}, which exceeds max depth of {MAX_DEPTH}")));
        }
        let fragments = Fragments::of(&parsed, &self.gone);
        self.execute(&document, &View { world, fragments: &fragments, signer }, request)
    }

    fn execute(
        &self,
        document: &Valid<ExecutableDocument>,
        view: &View,
        request: &Request,
    ) -> Result<Fate, Vec<StaticError>> {
        let refuse =
            |error: apollo_compiler::request::RequestError| vec![StaticError::new(error.message().to_string())];
        let operation = document.operations.get(request.operation_name).map_err(refuse)?;
        let variables = variables::coerce(&self.schema, &document.sources, operation, &request.variables)?;
        let response = Execution::new(&self.schema, document)
            .implementers_map(&self.implementers)
            .operation(operation)
            .coerced_variable_values(&variables)
            .enable_schema_introspection(true)
            .execute_sync(&Query(*view))
            .map_err(refuse)?;
        Ok(match finish(response.errors) {
            Ok(errors) => Fate::Executed(ExecutionResponse { errors, data: response.data }),
            Err(failure::Crashed) => Fate::Crashed,
        })
    }
}

/// The operation to run, chosen before the document is looked at any further.
fn select<'a>(document: &'a ast::Document, name: Option<&str>) -> Result<&'a ast::OperationDefinition, String> {
    let operations: Vec<&ast::OperationDefinition> = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            ast::Definition::OperationDefinition(operation) => Some(operation.as_ref()),
            _ => None,
        })
        .collect();
    match (name.filter(|name| !name.is_empty()), operations.as_slice()) {
        (Some(name), operations) => operations
            .iter()
            .find(|operation| operation.name.as_ref().is_some_and(|found| found == name))
            .copied()
            .ok_or_else(|| format!("No operation named \"{name}\"")),
        (None, [only]) => Ok(only),
        (None, []) => Err("No query string was present".to_owned()),
        (None, _) => Err("An operation name is required".to_owned()),
    }
}

/// A parser's errors: the first is enough, with its place in words as well.
fn syntax_errors(diagnostics: &apollo_compiler::validation::DiagnosticList) -> Vec<StaticError> {
    let mut errors = from_diagnostics(diagnostics);
    errors.truncate(1);
    for error in &mut errors {
        let message = error.message.trim_start_matches("syntax error: ");
        let mut message = message.get(..1).map_or_else(String::new, str::to_uppercase) + message.get(1..).unwrap_or("");
        if let Some(place) = error.locations.first() {
            message = format!("{message} at [{}, {}]", place.line, place.column);
        }
        error.message = message;
    }
    errors
}
