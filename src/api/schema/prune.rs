//! The document without what the server no longer has.
//!
//! What is left means the same as before: only fields are left out, and the few arguments that narrow nothing. A fragment
//! on a type that still exists stays even when it asks for nothing more, since the server goes by the fragments of the
//! document to say of what type a champ is (API facts, 4.3).

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::ast::{Definition, Document, Field, FragmentDefinition, OperationDefinition, Selection, Value};
use apollo_compiler::{Name, Node, name};

use super::live::LiveSchema;
use super::part::SchemaPart;
use crate::api::operations::DOCUMENT;

/// What no answer can do without: identity, the dates by which dossiers are followed, and what pages are walked by.
///
/// An argument is left out only when that changes nothing but the size of a page or adds what is known already.
pub const ESSENTIAL: &[&str] = &[
    "Query.demarche",
    "Query.demarche(number)",
    "Query.dossier",
    "Query.dossier(number)",
    "Demarche.dossiers",
    "Demarche.dossiers(after)",
    "Demarche.dossiers(last)",
    "Demarche.dossiers(updatedSince)",
    "DossierConnection.nodes",
    "DossierConnection.pageInfo",
    "Demarche.deletedDossiers",
    "Demarche.deletedDossiers(after)",
    "Demarche.pendingDeletedDossiers",
    "Demarche.pendingDeletedDossiers(after)",
    "DeletedDossierConnection.nodes",
    "DeletedDossierConnection.pageInfo",
    "DeletedDossier.number",
    "PageInfo.endCursor",
    "PageInfo.hasNextPage",
    "Dossier.number",
    "Dossier.state",
    "Dossier.dateDepot",
    "Dossier.dateDerniereModification",
    "Champ.id",
    "File.url",
];

/// What can be asked of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    text: String,
    gone: BTreeSet<SchemaPart>,
    /// Operations that cannot be asked, with what they lack.
    unaskable: BTreeMap<String, BTreeSet<SchemaPart>>,
}

impl Questions {
    /// Everything.
    pub fn whole() -> Self {
        Self { text: DOCUMENT.to_owned(), gone: BTreeSet::new(), unaskable: BTreeMap::new() }
    }

    /// What is left of everything for a server with this schema.
    pub fn for_schema(live: &LiveSchema) -> Self {
        Self::of(DOCUMENT, live)
    }

    fn of(document: &str, live: &LiveSchema) -> Self {
        // The document is a constant that the derives have parsed already.
        let mut document = Document::parse(document, "connector.graphql").unwrap_or_else(|broken| broken.partial);
        let spreads = spreads_of(&document);
        let pruned = Pruner::new(live, &document).run(&mut document);
        let mut unaskable = BTreeMap::new();
        document.definitions.retain(|definition| {
            let Definition::OperationDefinition(operation) = definition else { return true };
            let Some(name) = &operation.name else { return false };
            let lacks = pruned.lacks(name, &spreads);
            let essential: BTreeSet<SchemaPart> =
                lacks.iter().filter(|part| ESSENTIAL.contains(&part.to_string().as_str())).cloned().collect();
            if essential.is_empty() && !operation.selection_set.is_empty() {
                return true;
            }
            unaskable.insert(name.to_string(), if essential.is_empty() { lacks } else { essential });
            false
        });
        drop_unused(&mut document);
        let gone = pruned.gone.into_values().flatten().collect();
        Self { text: document.serialize().to_string(), gone, unaskable }
    }

    /// The document to send.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it no longer asks for, because the server does not have it.
    pub fn gone(&self) -> &BTreeSet<SchemaPart> {
        &self.gone
    }

    /// What an operation lacks so that it cannot be asked; none when it can.
    pub fn lacks(&self, operation: &str) -> Option<&BTreeSet<SchemaPart>> {
        self.unaskable.get(operation)
    }

    /// Everything that operations lack so that they cannot be asked.
    pub fn lacks_anything(&self) -> BTreeSet<&SchemaPart> {
        self.unaskable.values().flatten().collect()
    }
}

/// Leaves out of a document what a schema does not have.
struct Pruner<'a> {
    live: &'a LiveSchema,
    /// The type that each fragment is on.
    conditions: BTreeMap<Name, Name>,
    /// The operation or fragment that is being looked through.
    definition: Name,
    pruned: Pruned,
}

/// What was left out of each operation and fragment.
#[derive(Default)]
struct Pruned {
    gone: BTreeMap<Name, BTreeSet<SchemaPart>>,
}

impl Pruned {
    /// What was left out of an operation and of all the fragments that it used.
    fn lacks(&self, operation: &Name, spreads: &BTreeMap<Name, BTreeSet<Name>>) -> BTreeSet<SchemaPart> {
        reached(operation, spreads).iter().filter_map(|name| self.gone.get(name)).flatten().cloned().collect()
    }
}

impl<'a> Pruner<'a> {
    fn new(live: &'a LiveSchema, document: &Document) -> Self {
        let conditions = fragments(document).map(|found| (found.name.clone(), found.type_condition.clone())).collect();
        Self { live, conditions, definition: name!("none"), pruned: Pruned::default() }
    }

    fn run(mut self, document: &mut Document) -> Pruned {
        let root = self.live.query().to_owned();
        document.definitions.retain_mut(|definition| match definition {
            Definition::OperationDefinition(operation) => {
                self.definition = operation.name.clone().unwrap_or(name!("none"));
                self.selections(&root, &mut operation.make_mut().selection_set);
                true
            }
            Definition::FragmentDefinition(fragment) => {
                self.definition = fragment.name.clone();
                let fragment = fragment.make_mut();
                self.on_type(&fragment.type_condition, &mut fragment.selection_set)
            }
            _ => true,
        });
        self.pruned
    }

    fn gone(&mut self, part: SchemaPart) -> bool {
        self.pruned.gone.entry(self.definition.clone()).or_default().insert(part);
        false
    }

    fn selections(&mut self, parent: &str, selections: &mut Vec<Selection>) {
        selections.retain_mut(|selection| match selection {
            Selection::Field(field) => self.field(parent, field.make_mut()),
            Selection::InlineFragment(inline) => {
                let inline = inline.make_mut();
                match inline.type_condition.clone() {
                    Some(condition) => {
                        self.within(parent, &condition) && self.on_type(&condition, &mut inline.selection_set)
                    }
                    None => false,
                }
            }
            Selection::FragmentSpread(spread) => match self.conditions.get(&spread.fragment_name).cloned() {
                Some(condition) => self.within(parent, &condition),
                None => false,
            },
        });
    }

    /// Whether a fragment on a type can stand here.
    fn within(&mut self, parent: &str, condition: &str) -> bool {
        self.live.overlap(parent, condition) || self.gone(SchemaPart::Type(condition.to_owned()))
    }

    /// What a fragment asks for; whether its type is there.
    fn on_type(&mut self, condition: &str, selections: &mut Vec<Selection>) -> bool {
        if !self.live.is_composite(condition) {
            return self.gone(SchemaPart::Type(condition.to_owned()));
        }
        self.selections(condition, selections);
        if selections.is_empty() {
            selections.push(Selection::Field(Node::new(type_name())));
        }
        true
    }

    /// Prunes a field; whether anything is left of it.
    fn field(&mut self, parent: &str, field: &mut Field) -> bool {
        let called = field.name.clone();
        if called == "__typename" {
            return true;
        }
        let live = self.live;
        let Some(found) = live.field(parent, &called) else {
            return self.gone(SchemaPart::field(parent, &called));
        };
        let has_parts = !field.selection_set.is_empty();
        let given = |wanted: &String| field.arguments.iter().any(|given| given.name.as_str() == wanted);
        let wants_more = found.arguments.iter().any(|(wanted, required)| *required && !given(wanted));
        if wants_more || live.is_composite(&found.type_name) != has_parts {
            return self.gone(SchemaPart::field(parent, &called));
        }
        field.arguments.retain(|argument| {
            found.arguments.contains_key(argument.name.as_str())
                || self.gone(SchemaPart::argument(parent, &called, &argument.name))
        });
        if has_parts {
            self.selections(&found.type_name, &mut field.selection_set);
            return !field.selection_set.is_empty();
        }
        true
    }
}

fn type_name() -> Field {
    Field {
        alias: None,
        name: name!("__typename"),
        arguments: Vec::new(),
        directives: apollo_compiler::ast::DirectiveList::default(),
        selection_set: Vec::new(),
    }
}

fn fragments(document: &Document) -> impl Iterator<Item = &Node<FragmentDefinition>> {
    document.definitions.iter().filter_map(|definition| match definition {
        Definition::FragmentDefinition(fragment) => Some(fragment),
        _ => None,
    })
}

/// The fragments that each operation and fragment names itself.
fn spreads_of(document: &Document) -> BTreeMap<Name, BTreeSet<Name>> {
    let mut spreads = BTreeMap::new();
    for definition in &document.definitions {
        let (name, selections) = match definition {
            Definition::OperationDefinition(operation) => (operation.name.clone(), &operation.selection_set),
            Definition::FragmentDefinition(fragment) => (Some(fragment.name.clone()), &fragment.selection_set),
            _ => continue,
        };
        let mut named = BTreeSet::new();
        each(selections, &mut |selection| {
            if let Selection::FragmentSpread(spread) = selection {
                named.insert(spread.fragment_name.clone());
            }
        });
        spreads.extend(name.map(|name| (name, named)));
    }
    spreads
}

/// A definition, and all the fragments that it uses.
fn reached(from: &Name, spreads: &BTreeMap<Name, BTreeSet<Name>>) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    let mut open = vec![from.clone()];
    while let Some(name) = open.pop() {
        open.extend(spreads.get(&name).into_iter().flatten().filter(|next| !found.contains(*next)).cloned());
        found.insert(name);
    }
    found
}

/// Every selection, those within others included.
fn each(selections: &[Selection], visit: &mut impl FnMut(&Selection)) {
    for selection in selections {
        visit(selection);
        match selection {
            Selection::Field(field) => each(&field.selection_set, visit),
            Selection::InlineFragment(inline) => each(&inline.selection_set, visit),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Fragments that no operation uses and variables that nothing uses are refused like what does not exist.
fn drop_unused(document: &mut Document) {
    let spreads = spreads_of(document);
    let mut used = BTreeSet::new();
    for definition in &mut document.definitions {
        let Definition::OperationDefinition(operation) = definition else { continue };
        used.extend(operation.name.iter().flat_map(|name| reached(name, &spreads)));
        drop_unused_variables(operation.make_mut());
    }
    document.definitions.retain(|definition| match definition {
        Definition::FragmentDefinition(fragment) => used.contains(&fragment.name),
        _ => true,
    });
}

/// The fragments of the document have no variables.
fn drop_unused_variables(operation: &mut OperationDefinition) {
    let mut used = BTreeSet::new();
    each(&operation.selection_set, &mut |selection| {
        if let Selection::Field(field) = selection {
            used.extend(field.arguments.iter().filter_map(|argument| match argument.value.as_ref() {
                Value::Variable(name) => Some(name.clone()),
                _ => None,
            }));
        }
    });
    operation.variables.retain(|variable| used.contains(&variable.name));
}
