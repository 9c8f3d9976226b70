//! What the server's schema is to this program's: what is gone, what will go, what is new.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use super::live::LiveSchema;
use super::part::SchemaPart;
use super::prune::Questions;
use crate::api::operations::{DOCUMENT, SCHEMA};

/// The interfaces whose objects are told apart by their type.
const OPEN_INTERFACES: [&str; 2] = ["Champ", "Demandeur"];

/// What `fitn check` has to say of the server's schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaReport {
    /// What the questions name and the server no longer has.
    pub gone: BTreeSet<SchemaPart>,
    /// What of it cannot be done without.
    pub essential: BTreeSet<SchemaPart>,
    /// What the questions name and the server announces that it will remove, with what it says of it.
    pub deprecated: BTreeMap<SchemaPart, String>,
    /// Types of champs and applicants that this program does not know.
    pub new_types: BTreeSet<String>,
    /// Values, each after the name of its enumeration, that this program does not know.
    pub new_values: BTreeSet<String>,
}

impl SchemaReport {
    pub(in crate::api) fn new(live: &LiveSchema) -> Self {
        let questions = Questions::for_schema(live);
        let mut report = Self {
            gone: questions.gone().clone(),
            essential: questions.lacks_anything().into_iter().cloned().collect(),
            ..Self::default()
        };
        // Both are built in and held to each other by a test.
        let Ok(schema) = Schema::parse_and_validate(SCHEMA, "schema.graphql") else { return report };
        let Ok(document) = ExecutableDocument::parse_and_validate(&schema, DOCUMENT, "connector.graphql") else {
            return report;
        };
        let operations = document.operations.iter().map(|operation| &operation.selection_set);
        for selections in operations.chain(document.fragments.values().map(|fragment| &fragment.selection_set)) {
            report.look_through(selections, &schema, live);
        }
        for interface in OPEN_INTERFACES {
            let possible = live.get(interface).into_iter().flat_map(|found| &found.possible);
            report.new_types.extend(possible.filter(|name| !schema.types.contains_key(name.as_str())).cloned());
        }
        report
    }

    fn look_through(&mut self, selections: &SelectionSet, schema: &Valid<Schema>, live: &LiveSchema) {
        for selection in &selections.selections {
            match selection {
                Selection::Field(field) => {
                    let (owner, name) = (selections.ty.as_str(), field.name.as_str());
                    if let Some(reason) = live.field(owner, name).and_then(|found| found.deprecated.as_ref()) {
                        self.deprecated.insert(SchemaPart::field(owner, name), reason.clone());
                    }
                    self.values(field.ty().inner_named_type().as_str(), schema, live);
                    self.look_through(&field.selection_set, schema, live);
                }
                Selection::InlineFragment(inline) => self.look_through(&inline.selection_set, schema, live),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn values(&mut self, name: &str, schema: &Valid<Schema>, live: &LiveSchema) {
        let Some(ExtendedType::Enum(known)) = schema.types.get(name) else { return };
        let values = live.get(name).into_iter().flat_map(|found| &found.values);
        let new = values.filter(|value| !known.values.contains_key(value.as_str()));
        self.new_values.extend(new.map(|value| format!("{name}.{value}")));
    }
}
