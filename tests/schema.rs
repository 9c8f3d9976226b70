//! Holds `schema.graphql` to be a true subset of the API's own schema, given as the result of an introspection.
//!
//! Where that file is: the variable `DS_INTROSPECTION`, by default `../shared/ds-api/introspection.json` beside the crate.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;

use apollo_compiler::Schema;
use apollo_compiler::ast::Type;
use apollo_compiler::schema::{ExtendedType, FieldDefinition, InputValueDefinition};
use serde_json::Value;

const SCHEMA: &str = include_str!("../schema.graphql");

/// The types of the introspection, by name. `None`, said aloud, when nobody gave one and there is none at the usual place;
/// a path that was given must be good.
fn introspection() -> Option<BTreeMap<String, Value>> {
    let given = std::env::var_os("DS_INTROSPECTION").map(PathBuf::from);
    let usual = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/ds-api/introspection.json");
    let path = given.clone().unwrap_or_else(usual);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("le schéma de l’API est introuvable : cherché dans {} ({error})", path.display());
            assert!(given.is_none(), "{message}");
            // Past the test runner, which keeps what passing tests print to itself.
            let mut stderr = std::io::stderr();
            writeln!(stderr, "NON VÉRIFIÉ : {message} ; donnez son chemin dans DS_INTROSPECTION").unwrap();
            return None;
        }
    };
    let document: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{} n’est pas du JSON : {error}", path.display()));
    let schema = document.pointer("/data/__schema").or(document.get("__schema"));
    let types = schema.and_then(|schema| schema.get("types")).and_then(Value::as_array);
    let types = types.unwrap_or_else(|| panic!("{} n’est pas une introspection", path.display()));
    Some(types.iter().map(|found| (name(found).to_owned(), found.clone())).collect())
}

fn ours() -> Schema {
    Schema::parse_and_validate(SCHEMA, "schema.graphql").unwrap().into_inner()
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

/// A type reference of the introspection in the language of schemas.
fn signature(reference: &Value) -> String {
    match reference["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", signature(&reference["ofType"])),
        Some("LIST") => format!("[{}]", signature(&reference["ofType"])),
        _ => name(reference).to_owned(),
    }
}

fn named<'a>(list: &'a Value, wanted: &str) -> Option<&'a Value> {
    list.as_array().into_iter().flatten().find(|item| name(item) == wanted)
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().map(name).collect()
}

/// What differs, in words.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    fn same_type(&mut self, place: &str, ours: &Type, theirs: &Value) {
        let theirs = signature(&theirs["type"]);
        if ours.to_string() != theirs {
            self.0.push(format!("{place} : {ours} ici, {theirs} dans l’API"));
        }
    }

    fn arguments(&mut self, place: &str, ours: &[apollo_compiler::Node<InputValueDefinition>], theirs: &Value) {
        for argument in ours {
            let place = format!("{place}({})", argument.name);
            match named(theirs, &argument.name) {
                Some(found) => self.same_type(&place, &argument.ty, found),
                None => self.0.push(format!("{place} : pas dans l’API")),
            }
        }
        for theirs in theirs.as_array().into_iter().flatten() {
            let required = theirs["type"]["kind"] == "NON_NULL" && theirs["defaultValue"].is_null();
            if required && !ours.iter().any(|argument| argument.name == name(theirs)) {
                self.0.push(format!("{place}({}) : obligatoire dans l’API, absent ici", name(theirs)));
            }
        }
    }

    fn field(&mut self, place: &str, ours: &FieldDefinition, theirs: &Value) {
        match named(theirs, &ours.name) {
            Some(found) => {
                self.same_type(place, &ours.ty, found);
                self.arguments(place, &ours.arguments, &found["args"]);
            }
            None => self.0.push(format!("{place} : pas dans l’API")),
        }
    }

    fn interfaces<'a>(&mut self, place: &str, ours: impl Iterator<Item = &'a str>, theirs: &Value, known: &Schema) {
        let ours: BTreeSet<&str> = ours.collect();
        let theirs: BTreeSet<&str> =
            names(&theirs["interfaces"]).into_iter().filter(|name| known.types.contains_key(*name)).collect();
        if ours != theirs {
            self.0.push(format!("{place} : interfaces {ours:?} ici, {theirs:?} dans l’API"));
        }
    }

    fn compare(&mut self, schema: &Schema, api: &BTreeMap<String, Value>) {
        for (name, ours) in schema.types.iter().filter(|(_, found)| !found.is_built_in()) {
            let Some(theirs) = api.get(name.as_str()) else {
                self.0.push(format!("{name} : pas dans l’API"));
                continue;
            };
            let kind = match ours {
                ExtendedType::Scalar(_) => "SCALAR",
                ExtendedType::Object(_) => "OBJECT",
                ExtendedType::Interface(_) => "INTERFACE",
                ExtendedType::Union(_) => "UNION",
                ExtendedType::Enum(_) => "ENUM",
                ExtendedType::InputObject(_) => "INPUT_OBJECT",
            };
            if theirs["kind"] != kind {
                self.0.push(format!("{name} : {kind} ici, {} dans l’API", theirs["kind"]));
                continue;
            }
            match ours {
                ExtendedType::Object(object) => {
                    let interfaces = object.implements_interfaces.iter().map(|name| name.as_str());
                    self.interfaces(name, interfaces, theirs, schema);
                    for field in object.fields.values() {
                        self.field(&format!("{name}.{}", field.name), field, &theirs["fields"]);
                    }
                }
                ExtendedType::Interface(interface) => {
                    for field in interface.fields.values() {
                        self.field(&format!("{name}.{}", field.name), field, &theirs["fields"]);
                    }
                }
                ExtendedType::Enum(found) => {
                    // Every value, so that no answer holds one that is unknown here.
                    let ours: BTreeSet<&str> = found.values.keys().map(apollo_compiler::Name::as_str).collect();
                    let theirs = names(&theirs["enumValues"]);
                    if ours != theirs {
                        self.0.push(format!("{name} : {ours:?} ici, {theirs:?} dans l’API"));
                    }
                }
                ExtendedType::InputObject(found) => {
                    let fields: Vec<_> = found.fields.values().map(|field| field.node.clone()).collect();
                    self.arguments(name, &fields, &theirs["inputFields"]);
                }
                ExtendedType::Union(found) => {
                    let members: BTreeSet<&str> = found.members.iter().map(|name| name.as_str()).collect();
                    if !members.is_subset(&names(&theirs["possibleTypes"])) {
                        self.0.push(format!("{name} : {members:?}"));
                    }
                }
                ExtendedType::Scalar(_) => {}
            }
        }
    }
}

fn implementors<'a>(schema: &'a Schema, interface: &str) -> BTreeSet<&'a str> {
    let implementers = schema.types.values().filter_map(|found| match found {
        ExtendedType::Object(object) if object.implements_interfaces.contains(interface) => Some(object.name.as_str()),
        _ => None,
    });
    implementers.collect()
}

#[test]
fn the_schema_is_a_subset_of_the_api_s() {
    let Some(api) = introspection() else { return };
    let mut differences = Differences::default();
    differences.compare(&ours(), &api);
    assert!(differences.0.is_empty(), "schema.graphql s’écarte de l’API :\n{}", differences.0.join("\n"));
}

#[test]
fn every_type_of_champ_and_descriptor_of_the_api_is_in_the_schema() {
    let Some(api) = introspection() else { return };
    let schema = ours();
    for (interface, count) in [("Champ", 28), ("ChampDescriptor", 41), ("Demandeur", 3)] {
        let theirs = names(&api[interface]["possibleTypes"]);
        assert_eq!(theirs.len(), count, "{interface} : l’API a changé");
        assert_eq!(implementors(&schema, interface), theirs, "{interface}");
    }
}

#[test]
fn a_schema_that_strays_is_caught() {
    let Some(api) = introspection() else { return };
    for (from, to, expected) in [
        ("title: String!", "title: String", "Demarche.title"),
        ("archived: Boolean!", "archive: Boolean!", "Dossier.archive"),
        ("demarche(number: Int!)", "demarche(number: ID!)", "Query.demarche(number)"),
        ("  sans_suite\n", "", "DossierState"),
        ("scalar BigInt", "scalar BigInteger", "BigInteger"),
        ("type YesNoChamp implements Champ {", "type YesNoChamp {", "YesNoChamp"),
    ] {
        assert!(SCHEMA.contains(from), "{from}");
        let strayed = SCHEMA.replacen(from, to, 1);
        let schema = Schema::parse(strayed, "schema.graphql").unwrap_or_else(|invalid| invalid.partial);
        let mut differences = Differences::default();
        differences.compare(&schema, &api);
        assert!(
            differences.0.iter().any(|difference| difference.starts_with(expected)),
            "{expected} : {:?}",
            differences.0
        );
    }
}
