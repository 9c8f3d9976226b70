//! The engine against a made-up world.

mod documents;
mod dossiers;
mod lists;

use apollo_compiler::response::JsonValue;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::domain::dossier::DossierState;
use crate::sandbox::world::Dossier;
use crate::sandbox::{Options, generate};

const ADS: i64 = 41_001;
const GUICHET: i64 = 41_002;

fn world() -> World {
    generate(&Options { port: 0, dossiers: 120, seed: 7 })
}

fn engine() -> &'static Engine {
    static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(|| Engine::new().unwrap());
    &ENGINE
}

fn outcome(world: &World, query: &str, variables: Value) -> Fate {
    let JsonValue::Object(variables) = JsonValue::from(variables) else { panic!("variables") };
    let request = Request { query: Some(query), operation_name: None, variables };
    engine().run(world, &Signer::new("http://localhost".to_owned(), Timestamp::UNIX_EPOCH, 0), &request)
}

/// The answer as JSON; `{"errors": …}` without `data` for a document that did not run.
fn ask_with(world: &World, query: &str, variables: Value) -> Value {
    match outcome(world, query, variables) {
        Fate::Refused(errors) => json!({"errors": errors}),
        Fate::Executed(response) => serde_json::to_value(response).unwrap(),
        Fate::Crashed => json!("500"),
    }
}

fn ask(world: &World, query: &str) -> Value {
    ask_with(world, query, json!({}))
}

/// The dossiers that a selection of `dossiers(…)` lists, and the page's information.
fn list(world: &World, procedure: i64, arguments: &str) -> (Vec<i64>, Value) {
    let answer = ask(
        world,
        &format!(
            "{{ demarche(number: {procedure}) {{ dossiers{arguments} {{ nodes {{ number }}
               pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        ),
    );
    let dossiers = &answer["data"]["demarche"]["dossiers"];
    let numbers = dossiers["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    (numbers.iter().map(|node| node["number"].as_i64().unwrap()).collect(), dossiers["pageInfo"].clone())
}

fn first_error(answer: &Value) -> (&str, &Value) {
    (answer["errors"][0]["message"].as_str().unwrap(), &answer["errors"][0]["extensions"])
}

fn visible(world: &World, procedure: i64) -> usize {
    world.dossiers_of(procedure).count()
}

/// The champs of a dossier that has a value for each kind wanted.
fn champs(world: &World, number: i64, fragments: &str) -> Vec<Value> {
    let answer = ask(
        world,
        &format!(
            "{{ dossier(number: {number}) {{ champs {{ __typename id champDescriptorId label stringValue updatedAt {fragments} }} }} }}"
        ),
    );
    answer["data"]["dossier"]["champs"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

fn labelled<'a>(champs: &'a [Value], label: &str) -> &'a Value {
    champs.iter().find(|champ| champ["label"] == label).unwrap_or_else(|| panic!("{label}"))
}
