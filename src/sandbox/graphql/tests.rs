use apollo_compiler::response::JsonValue;
use apollo_compiler::schema::ExtendedType;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::domain::dossier::DossierState;
use crate::sandbox::world::{Applicant, Field, Kind};
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

fn outcome(world: &World, query: &str, variables: Value) -> Outcome {
    let JsonValue::Object(variables) = JsonValue::from(variables) else { panic!("variables") };
    let request = Request { query: Some(query), operation_name: None, variables };
    engine().run(world, &Signer::new("http://localhost".to_owned(), 0), &request)
}

/// The answer as JSON; `{"errors": …}` without `data` for a document that did not run.
fn ask_with(world: &World, query: &str, variables: Value) -> Value {
    match outcome(world, query, variables) {
        Outcome::Refused(errors) => json!({"errors": errors}),
        Outcome::Executed(response) => serde_json::to_value(response).unwrap(),
        Outcome::Crashed => json!("500"),
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

#[test]
fn documents_that_do_not_run_give_errors_in_the_api_s_words_and_no_data() {
    let world = world();
    for (query, message, code) in [
        (
            "{ demarche(number: 41001) { zzz } }",
            "Field 'zzz' doesn't exist on type 'Demarche'",
            json!("undefinedField"),
        ),
        (
            "{ dossier(number: 1) { champs { ... on CnafChamp { id } } } }",
            "No such type CnafChamp, so it can't be a fragment condition",
            json!("undefinedType"),
        ),
        (
            "{ dossier(number: 1, locale: \"fr\") { id } }",
            "Field 'dossier' doesn't accept argument 'locale'",
            json!("argumentNotAccepted"),
        ),
        (
            "{ dossier(number: \"1\") { id } }",
            "Argument 'number' on Field 'dossier' has an invalid value (\"1\"). Expected type 'Int!'.",
            json!("argumentLiteralsIncompatible"),
        ),
        (
            "{ demarche(number: 41001) { dossiers(updatedSince: \"2021-01-01 10:00\") { nodes { id } } } }",
            "Argument 'updatedSince' on Field 'dossiers' has an invalid value (\"2021-01-01 10:00\"). Expected type \
             'ISO8601DateTime'.",
            json!("argumentLiteralsIncompatible"),
        ),
        (
            "{ dossier { id } }",
            "Field 'dossier' is missing required arguments: number",
            json!("missingRequiredArguments"),
        ),
        ("  ", "Unexpected end of document", Value::Null),
        ("query A { __typename } query B { __typename }", "An operation name is required", Value::Null),
    ] {
        let answer = ask(&world, query);
        let (found, extensions) = first_error(&answer);
        assert_eq!((found, &extensions["code"]), (message, &code), "{query}");
        assert_eq!(answer.get("data"), None, "{query}");
    }
    let answer = ask(&world, "query Q { demarche(number: 1) { title zzz } }");
    assert_eq!(answer["errors"][0]["path"], json!(["query Q", "demarche", "zzz"]));
    assert_eq!(answer["errors"][0]["locations"], json!([{"line": 1, "column": 39}]));
    let extensions = json!({"code": "undefinedField", "typeName": "Demarche", "fieldName": "zzz"});
    assert_eq!(answer["errors"][0]["extensions"], extensions);
}

#[test]
fn syntax_errors_say_where_and_have_no_code() {
    let answer = ask(&world(), "{ demarche(number: 1) { ");
    let (message, extensions) = first_error(&answer);
    assert!(message.contains(" at [1, "), "{message}");
    assert!(extensions.is_null() && answer.get("data").is_none());
}

#[test]
fn an_operation_is_chosen_by_its_name() {
    let run = |name| {
        let request = Request {
            query: Some("query A { a: __typename } query B { b: __typename }"),
            operation_name: Some(name),
            variables: JsonMap::new(),
        };
        engine().run(&world(), &Signer::new(String::new(), 0), &request)
    };
    let Outcome::Executed(response) = run("B") else { panic!() };
    assert_eq!(serde_json::to_value(response).unwrap(), json!({"data": {"b": "Query"}}));
    let Outcome::Refused(errors) = run("x") else { panic!() };
    assert_eq!(errors, [StaticError::new("No operation named \"x\"")]);
}

#[test]
fn values_of_variables_that_do_not_fit_are_named_without_a_code() {
    let query = "query Q($n: Int!, $s: DossierState, $t: ISO8601DateTime) { demarche(number: $n) {
                 dossiers(state: $s, updatedSince: $t) { nodes { id } } } }";
    for (variables, message) in [
        (json!({"n": 21_750_001_600_019_u64}), "Variable $n of type Int! was provided invalid value"),
        (json!({}), "Variable $n of type Int! was provided invalid value"),
        (json!({"n": ADS, "s": "perdu"}), "Variable $s of type DossierState was provided invalid value"),
        (json!({"n": ADS, "t": "hier"}), "Variable $t of type ISO8601DateTime was provided invalid value"),
    ] {
        let answer = ask_with(&world(), query, variables.clone());
        let (found, extensions) = first_error(&answer);
        assert_eq!(found, message);
        assert_eq!(extensions.get("code"), None);
        assert_eq!(extensions["value"], variables[&message[10..11]]);
        assert!(extensions["problems"][0]["explanation"].is_string());
        assert_eq!(answer.get("data"), None);
    }
    assert!(ask_with(&world(), query, json!({"n": ADS, "s": "accepte"})).get("errors").is_none());
}

#[test]
fn queries_deeper_than_fifteen_are_refused() {
    let nested = |levels: usize| {
        let inner = format!(
            "{}id{}",
            "champDescriptors { ... on RepetitionChampDescriptor { ".repeat(levels),
            " } }".repeat(levels)
        );
        format!("{{ demarche(number: {ADS}) {{ activeRevision {{ {inner} }} }} }}").replacen(
            "... on RepetitionChampDescriptor {",
            "... on RepetitionChampDescriptor {",
            1,
        )
    };
    assert!(ask(&world(), &nested(12)).get("errors").is_none());
    let answer = ask(&world(), &nested(13));
    assert_eq!(first_error(&answer).0, "Query has depth of 16, which exceeds max depth of 15");
}

#[test]
fn introspection_is_answered() {
    let answer = ask(
        &world(),
        "query IntrospectionQuery { __schema { queryType { name } } __type(name: \"Champ\") { possibleTypes { name } } }",
    );
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    assert_eq!(answer["data"]["__type"]["possibleTypes"].as_array().unwrap().len(), 28);
}

#[test]
fn what_is_not_there_is_not_found_and_what_is_not_ours_unauthorized() {
    let mut world = world();
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let dossier = format!("{{ dossier(number: {number}) {{ number }} }}");
    let check = |world: &World, query: &str, message: &str, code: &str| {
        let answer = ask(world, query);
        assert_eq!(first_error(&answer), (message, &json!({"code": code})));
        assert_eq!(answer["data"], Value::Null);
        assert!(answer.as_object().unwrap().contains_key("data"));
    };
    assert_eq!(ask(&world, &dossier), json!({"data": {"dossier": {"number": number}}}));
    check(&world, "{ demarche(number: 1) { id } }", "Demarche not found", "not_found");
    check(&world, "{ dossier(number: 1) { id } }", "Dossier not found", "not_found");
    world.access.out_of_scope.insert(ADS);
    let hidden = |name: &str| format!("An object of type {name} was hidden due to permissions");
    check(&world, "{ demarche(number: 41001) { id } }", &hidden("Demarche"), "unauthorized");
    check(&world, &dossier, &hidden("Dossier"), "unauthorized");
    world.access.out_of_scope.clear();
    world.discard(ADS, true);
    check(&world, "{ demarche(number: 41001) { id } }", "Demarche not found", "not_found");
}

#[test]
fn pages_are_clamped_to_a_hundred_and_negative_sizes_to_none() {
    let world = generate(&Options { port: 0, dossiers: 400, seed: 1 });
    assert!(visible(&world, ADS) > 100);
    assert_eq!(list(&world, ADS, "").0.len(), 100);
    assert_eq!(list(&world, ADS, "(first: 500)").0.len(), 100);
    for arguments in ["(first: 0)", "(first: -3)"] {
        let (numbers, info) = list(&world, ADS, arguments);
        assert_eq!(numbers.len(), 0);
        assert_eq!(
            info,
            json!({"hasNextPage": true, "hasPreviousPage": false, "startCursor": null, "endCursor": null})
        );
    }
}

#[test]
fn a_walk_by_cursor_shows_every_dossier_once_in_order() {
    let world = world();
    for (order, sort) in [
        (
            "",
            (|dossier| (dossier.deposited_at, dossier.number))
                as fn(&crate::sandbox::world::Dossier) -> (Timestamp, i64),
        ),
        ("updatedSince: \"2021-01-01\", ", |dossier| (dossier.updated_at, dossier.number)),
    ] {
        let mut expected: Vec<_> = world.dossiers_of(ADS).map(sort).collect();
        expected.sort_unstable();
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let (numbers, info) = list(&world, ADS, &format!("({order}first: 7, after: \"{after}\")"));
            seen.extend(numbers);
            if info["hasNextPage"] == false {
                break;
            }
            info["endCursor"].as_str().unwrap().clone_into(&mut after);
        }
        assert_eq!(seen, expected.into_iter().map(|(_, number)| number).collect::<Vec<_>>());
    }
}

#[test]
fn a_cursor_outlives_its_dossier() {
    let mut world = world();
    let before = list(&world, ADS, "").0;
    let (first, info) = list(&world, ADS, "(first: 3)");
    world.hide_by_administration(first[2], "2022-12-01T10:00:00Z".parse().unwrap(), "procedure_removed").unwrap();
    let after = format!("(after: {})", info["endCursor"]);
    assert_eq!(list(&world, ADS, &after).0, before[3..]);
}

#[test]
fn bad_cursors_and_arguments_fail_where_the_page_is_needed() {
    let world = world();
    let query = |arguments: &str, fields: &str| {
        format!("{{ demarche(number: {ADS}) {{ dossiers({arguments}) {{ {fields} }} }} }}")
    };
    let answer = ask(&world, &query("after: \"pas du base64 !\"", "nodes { id }"));
    assert_eq!(first_error(&answer), ("Invalid input: \"pas du base64 !\"", &Value::Null));
    assert_eq!(answer["errors"][0]["path"], json!(["demarche", "dossiers", "nodes"]));
    assert_eq!(answer["data"]["demarche"]["dossiers"]["nodes"], Value::Null);
    let answer = ask(&world, &query("first: 1, last: 1", "pageInfo { hasNextPage }"));
    assert_eq!(first_error(&answer).1["code"], "bad_request");
    assert_eq!(answer["data"], Value::Null);
    assert_eq!(list(&world, ADS, "(after: \"Z2FyYmFnZQ\")").1["hasNextPage"], false);
    assert_eq!(list(&world, ADS, "(after: \"\")").0, list(&world, ADS, "").0);
}

#[test]
fn filters_choose_by_state_archive_and_date() {
    let world = world();
    let count = |procedure, arguments: &str| list(&world, procedure, arguments).0.len();
    let expected = |procedure, keep: &dyn Fn(&crate::sandbox::world::Dossier) -> bool| {
        world.dossiers_of(procedure).filter(|dossier| keep(dossier)).count()
    };
    assert_eq!(count(ADS, "(state: accepte)"), expected(ADS, &|dossier| dossier.state == DossierState::Accepte));
    assert_eq!(count(GUICHET, "(archived: true)"), 1);
    assert_eq!(count(GUICHET, "(archived: false)"), visible(&world, GUICHET) - 1);
    let instant: Timestamp = "2021-09-15T08:12:33.75Z".parse().unwrap();
    let since = expected(ADS, &|dossier| dossier.deposited_at >= instant);
    assert_eq!(count(ADS, "(createdSince: \"2021-09-15T08:12:33.75Z\")"), since);
    assert_eq!(count(ADS, "(createdSince: \"2021-09-15T10:12:33+02:00\")"), since + 1, "cut to the second, one more");
    // createdSince is ignored beside updatedSince.
    let both = "(updatedSince: \"2021-01-01\", createdSince: \"2022-12-31\")";
    assert_eq!(count(ADS, both), visible(&world, ADS));
}

#[test]
fn dates_are_shown_to_the_second_with_the_offset_of_paris() {
    let world = world();
    let found =
        world.dossiers_of(ADS).find(|dossier| dossier.deposited_at.to_string() == "2021-10-30T22:30:00.000001Z");
    let number = found.unwrap().number;
    let answer = ask(&world, &format!("{{ dossier(number: {number}) {{ dateDepot }} }}"));
    assert_eq!(answer["data"]["dossier"]["dateDepot"], "2021-10-31T00:30:00+02:00");
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

#[test]
fn types_depend_on_the_fragments_of_the_whole_document() {
    let world = world();
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let bare = champs(&world, number, "");
    let typename = |champs: &[Value], label: &str| labelled(champs, label)["__typename"].as_str().unwrap().to_owned();
    assert_eq!(typename(&bare, "Vous représentez"), "TextChamp");
    assert_eq!(typename(&bare, "Le demandeur"), "TextChamp");
    assert_eq!(typename(&bare, "Votre logiciel est-il raccordé à PLAT’AU ?"), "CheckboxChamp");
    assert_eq!(typename(&bare, "Dépenses réalisées"), "RepetitionChamp");
    let named =
        champs(&world, number, "... on DropDownListChamp { choice: value } ... on YesNoChamp { answer: value }");
    assert_eq!(typename(&named, "Vous représentez"), "DropDownListChamp");
    assert_eq!(typename(&named, "Votre logiciel est-il raccordé à PLAT’AU ?"), "YesNoChamp");
    assert_eq!(typename(&named, "Le demandeur"), "TextChamp");
}

#[test]
fn an_inline_fragment_without_a_type_breaks_the_answer_once_a_champ_is_shown() {
    let world = world();
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let query =
        |selection: &str| format!("{{ dossier(number: {number}) {{ ... @include(if: true) {{ id }} {selection} }} }}");
    assert_eq!(ask(&world, &query("champs { id }")), json!("500"));
    assert!(ask(&world, &query("state"))["data"].is_object());
}

#[test]
fn ids_of_champs_are_those_of_their_questions_with_the_row_inside_repetitions() {
    use base64::Engine;
    let world = world();
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let read = |value: &Value| {
        String::from_utf8(base64::prelude::BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap()).unwrap()
    };
    let champs = champs(&world, number, "... on RepetitionChamp { rows { id champs { id champDescriptorId } } }");
    let repetition = labelled(&champs, "Dépenses réalisées");
    assert_eq!(repetition["id"], repetition["champDescriptorId"]);
    let row = &repetition["rows"][0];
    let ulid = read(&row["id"]).strip_prefix("Row-").unwrap().to_owned();
    assert_eq!(ulid.len(), 26);
    let champ = &row["champs"][0];
    assert_eq!(read(&champ["id"]), format!("{}|{ulid}", read(&champ["champDescriptorId"])));
}

#[test]
fn integers_are_texts_and_decimals_are_numbers_with_their_digits() {
    let world = world();
    let with_cents = world.dossiers_of(GUICHET).find_map(|dossier| {
        let field = world.procedure(GUICHET)?.field("total_cost")?;
        match &dossier.answers.get(&field.stable_id)?.value {
            crate::sandbox::world::Value::Decimal(cents) if cents.0 % 10 != 0 => Some((dossier.number, *cents)),
            _ => None,
        }
    });
    let (number, cents) = with_cents.unwrap();
    let champs = champs(
        &world,
        number,
        "... on DecimalNumberChamp { decimal: value } ... on IntegerNumberChamp { integer: value }",
    );
    assert_eq!(labelled(&champs, "Coût total prévisionnel (€)")["decimal"].to_string(), cents.to_decimal_string());
    assert!(labelled(&champs, "Nombre d’habitants")["integer"].as_str().unwrap().parse::<i64>().is_ok());
}

#[test]
fn a_question_that_a_condition_hides_is_absent_and_one_never_answered_is_dated_as_the_deposit() {
    let world = world();
    let field = world.procedure(ADS).unwrap().field("platau_on").unwrap();
    let hides = |hides: bool| {
        let found = world.dossiers_of(ADS).find(|dossier| dossier.hidden_questions.contains(&field.stable_id) == hides);
        champs(&world, found.unwrap().number, "").iter().any(|champ| champ["label"] == field.label.as_str())
    };
    assert!(hides(false) && !hides(true));
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let answer = ask(&world, &format!("{{ dossier(number: {number}) {{ dateDepot champs {{ label updatedAt }} }} }}"));
    let iban = labelled(answer["data"]["dossier"]["champs"].as_array().unwrap(), "Coordonnées bancaires (IBAN)");
    assert_eq!(iban["updatedAt"], answer["data"]["dossier"]["dateDepot"]);
}

#[test]
fn files_are_signed_anew_at_each_answer() {
    let world = world();
    let number = world.dossiers_of(GUICHET).next().unwrap().number;
    let file = || {
        let champs =
            champs(&world, number, "... on PieceJustificativeChamp { files { url filename checksum byteSizeBigInt } }");
        labelled(&champs, "Devis")["files"].clone()
    };
    let (files, again) = (file(), file());
    assert_eq!(files[0]["checksum"], again[0]["checksum"]);
    assert!(files[0]["byteSizeBigInt"].is_string());
    assert_ne!(files[0]["url"], files[1]["url"]);
}

#[test]
fn an_incomplete_company_is_full_of_holes_for_a_document_without_its_fragment() {
    let world = world();
    let find = |dossier: &&crate::sandbox::world::Dossier| matches!(dossier.applicant, Some(Applicant::Incomplete(_)));
    let number = world.dossiers_of(ADS).find(find).unwrap().number;
    let list = |fragments: &str| {
        ask(
            &world,
            &format!(
                "{{ demarche(number: {ADS}) {{ dossiers {{ nodes {{ number demandeur {{ __typename {fragments} }} }} }} }} }}"
            ),
        )
    };
    let with = list("... on PersonneMoraleIncomplete { siret } ... on PersonneMorale { libelleNaf }");
    assert_eq!(with.get("errors"), None);
    let without = list("... on PersonneMorale { libelleNaf }");
    let nodes = without["data"]["demarche"]["dossiers"]["nodes"].as_array().unwrap();
    let hole = nodes.iter().position(Value::is_null).unwrap();
    let (message, extensions) = first_error(&without);
    assert_eq!(message, "Cannot return null for non-nullable field PersonneMorale.libelleNaf");
    assert_eq!(extensions["code"], "invalid_null");
    assert_eq!(without["errors"][0]["path"], json!(["demarche", "dossiers", "nodes", hole, "demandeur", "libelleNaf"]));
    assert_eq!(with["data"]["demarche"]["dossiers"]["nodes"][hole]["number"], number);
}

#[test]
fn a_lost_applicant_is_a_null_in_its_page_and_a_poisoned_dossier_breaks_it() {
    let mut world = world();
    let number = list(&world, GUICHET, "(first: 3)").0[1];
    let page = format!(
        "{{ demarche(number: {GUICHET}) {{ dossiers(first: 3) {{ nodes {{ number demandeur {{ id }} champs {{ id ... on DateChamp {{ date }} }} }} }} }} }}"
    );
    world.lose_applicant(number).unwrap();
    let answer = ask(&world, &page);
    assert_eq!(answer["data"]["demarche"]["dossiers"]["nodes"][1], Value::Null);
    assert!(answer["data"]["demarche"]["dossiers"]["nodes"][0].is_object());
    let number = list(&world, GUICHET, "(first: 3)").0[2];
    world.poison(number).unwrap();
    assert_eq!(ask(&world, &page), json!("500"));
    let reduced = format!("{{ dossier(number: {number}) {{ champs {{ stringValue }} }} }}");
    assert!(ask(&world, &reduced)["data"].is_object());
}

fn removed(world: &World, what: &str, arguments: &str) -> Vec<(String, i64, String)> {
    let answer = ask(
        world,
        &format!(
            "{{ demarche(number: {GUICHET}) {{ {what}{arguments} {{ nodes {{ id number reason dateSupression state }} }} }} }}"
        ),
    );
    let nodes = answer["data"]["demarche"][what]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let text = |node: &Value, name: &str| node[name].as_str().unwrap().to_owned();
    nodes.iter().map(|node| (text(node, "id"), node["number"].as_i64().unwrap(), text(node, "reason"))).collect()
}

#[test]
fn a_dossier_in_the_bin_leaves_the_list_and_comes_back_when_restored() {
    let mut world = world();
    let of = |state: DossierState, world: &World| {
        world.dossiers_of(GUICHET).find(|d| d.state == state && d.hidden_by_user.is_none()).unwrap().number
    };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let filed = of(DossierState::EnConstruction, &world);
    let granted = of(DossierState::Accepte, &world);
    let known = removed(&world, "pendingDeletedDossiers", "").len();
    let listed = visible(&world, GUICHET);
    world.hide_by_user(filed, at("2022-11-01T10:00:00Z")).unwrap();
    world.hide_by_user(granted, at("2022-11-01T10:00:00Z")).unwrap();
    assert_eq!(visible(&world, GUICHET), listed - 1, "a granted dossier that its owner hides stays listed");
    let since = "(deletedSince: \"2022-11-01T10:00:00Z\")";
    let pending = removed(&world, "pendingDeletedDossiers", since);
    assert_eq!(pending, [(record::typed_id("DeletedDossier", filed), filed, "user_request".to_owned())]);
    world.restore(filed, at("2022-11-02T10:00:00Z")).unwrap();
    assert_eq!(removed(&world, "pendingDeletedDossiers", "").len(), known);
    assert_eq!(list(&world, GUICHET, "(updatedSince: \"2022-11-02T10:00:00Z\")").0, [filed]);
}

#[test]
fn tombstones_of_user_deletions_are_dated_back_and_have_ids_of_their_own() {
    let mut world = world();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let filed = world.dossiers_of(GUICHET).find(|d| d.state == DossierState::EnConstruction).unwrap().number;
    let known = removed(&world, "deletedDossiers", "").len();
    world.hide_by_user(filed, at("2022-11-01T10:00:00Z")).unwrap();
    world.delete(filed, at("2022-11-16T02:00:00Z")).unwrap();
    assert_eq!(removed(&world, "deletedDossiers", "(deletedSince: \"2022-11-02\")"), []);
    let tombstones = removed(&world, "deletedDossiers", "(deletedSince: \"2022-11-01T10:00:00Z\")");
    assert_eq!(tombstones.len(), 1);
    assert_eq!((tombstones[0].1, tombstones[0].2.as_str()), (filed, "user_request"));
    assert_ne!(tombstones[0].0, record::typed_id("DeletedDossier", filed));
    assert_eq!(removed(&world, "deletedDossiers", "").len(), known + 1);
    let answer = ask(&world, &format!("{{ dossier(number: {filed}) {{ id }} }}"));
    assert_eq!(first_error(&answer).1["code"], "not_found");
}

#[test]
fn an_expired_dossier_is_in_no_list_until_it_is_erased() {
    let mut world = world();
    let number = world.dossiers_of(GUICHET).next().unwrap().number;
    world.expire(number, "2022-11-01T10:00:00Z".parse().unwrap()).unwrap();
    let everywhere = |world: &World| {
        let lists = ["pendingDeletedDossiers", "deletedDossiers"].map(|what| removed(world, what, ""));
        lists.concat().iter().any(|(_, found, _)| *found == number) || list(world, GUICHET, "").0.contains(&number)
    };
    assert!(!everywhere(&world));
    let answer = ask(&world, &format!("{{ dossier(number: {number}) {{ id }} }}"));
    assert_eq!(first_error(&answer).1["code"], "not_found");
    world.delete(number, "2022-11-15T02:00:00Z".parse().unwrap()).unwrap();
    assert!(
        removed(&world, "deletedDossiers", "").iter().any(|(_, found, reason)| *found == number && reason == "expired")
    );
}

#[test]
fn a_new_label_shows_at_once_in_form_and_dossiers_without_touching_them() {
    let mut world = world();
    let before = list(&world, ADS, "(updatedSince: \"2021-01-01\")").0;
    assert!(world.relabel(ADS, "Factures acquittées", "Factures et justificatifs"));
    assert!(!world.relabel(ADS, "Factures acquittées", "Autre"));
    assert_eq!(list(&world, ADS, "(updatedSince: \"2021-01-01\")").0, before);
    let number = before[0];
    labelled(&champs(&world, number, ""), "Factures et justificatifs");
    let form =
        ask(&world, &format!("{{ demarche(number: {ADS}) {{ activeRevision {{ champDescriptors {{ label }} }} }} }}"));
    assert!(form.to_string().contains("Factures et justificatifs"));
}

#[test]
fn answering_a_question_bumps_the_dossier_and_renaming_its_applicant_does_not() {
    let mut world = world();
    let number = world.dossiers_of(ADS).next().unwrap().number;
    let at: Timestamp = "2022-12-01T10:00:00Z".parse().unwrap();
    let since = "(updatedSince: \"2022-12-01T10:00:00Z\")";
    world.rename_applicant(number, "COMMUNE NOUVELLE").unwrap();
    assert_eq!(list(&world, ADS, since).0, Vec::<i64>::new());
    let text = crate::sandbox::world::Value::Text("Vu".to_owned());
    world.answer(number, "Notes d’instruction", Some(text), at).unwrap();
    assert_eq!(list(&world, ADS, since).0, [number]);
    let unknown = world.answer(number, "Pas une question", None, at);
    assert!(unknown.is_err());
}

#[test]
fn reopening_withdraws_the_decision_and_a_copy_starts_anew() {
    let mut world = world();
    let found = world.dossiers_of(ADS).find(|dossier| dossier.state == DossierState::Accepte).unwrap();
    let (number, steps) = (found.number, found.treatments.len());
    let at: Timestamp = "2022-12-01T10:00:00Z".parse().unwrap();
    world.set_state(number, DossierState::EnInstruction, at, None).unwrap();
    let dossier = world.dossier(number).unwrap();
    assert_eq!((dossier.treated_at, &dossier.attestation), (None, &None));
    assert_eq!(dossier.treatments[steps].event, "repasse_en_instruction");
    let copy = world.add_copy(number, at).unwrap();
    let dossier = world.dossier(copy).unwrap();
    assert_eq!((dossier.state.code(), dossier.treatments.len()), ("en_construction", 1));
    assert_eq!(*list(&world, ADS, "").0.last().unwrap(), copy);
}

/// A document that asks for everything that the schema has of a dossier.
fn everything() -> String {
    let schema = &engine().schema;
    format!("query Everything($number: Int!) {{ dossier(number: $number) {{ {} }} }}", selection(schema, "Dossier", 4))
}

/// All the fields of a type, and of the types that implement it, so many levels down.
fn selection(schema: &Schema, type_name: &str, depth: usize) -> String {
    let implementors = schema.types.values().filter_map(|found| match found {
        ExtendedType::Object(object) if object.implements_interfaces.contains(type_name) => Some(&object.name),
        _ => None,
    });
    let of_implementors = implementors
        .map(|name| format!("... on {name} {{ {} }}", fields_of(schema, name, name, depth)))
        .collect::<Vec<_>>();
    format!("{} {}", fields_of(schema, type_name, "", depth), of_implementors.join(" "))
}

/// The fields of a type under names with a prefix, so that those of several types do not clash.
fn fields_of(schema: &Schema, type_name: &str, prefix: &str, depth: usize) -> String {
    let fields = match schema.types.get(type_name) {
        Some(ExtendedType::Object(found)) => &found.fields,
        Some(ExtendedType::Interface(found)) => &found.fields,
        _ => return String::new(),
    };
    let selected = fields.iter().filter_map(|(name, field)| {
        let inner = field.ty.inner_named_type();
        match (schema.types[inner].is_leaf(), depth) {
            (true, _) => Some(format!("{prefix}{name}: {name}")),
            (false, 0) => None,
            (false, depth) => Some(format!("{prefix}{name}: {name} {{ {} }}", selection(schema, inner, depth - 1))),
        }
    });
    std::iter::once("__typename".to_owned()).chain(selected).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_field_of_every_dossier_resolves() {
    let world = generate(&Options { port: 0, dossiers: 60, seed: 3 });
    let document = everything();
    let mut types = std::collections::BTreeSet::new();
    for procedure in world.procedures() {
        for dossier in world.dossiers_of(procedure.number) {
            let answer = ask_with(&world, &document, json!({"number": dossier.number}));
            assert_eq!(answer.get("errors"), None, "{}", dossier.number);
            for section in ["champs", "annotations"] {
                let champs = answer["data"]["dossier"][section].as_array().unwrap();
                types.extend(champs.iter().map(|champ| champ["__typename"].as_str().unwrap().to_owned()));
            }
        }
    }
    assert_eq!(types.len(), 28);
}

#[test]
fn forms_show_the_choices_of_their_lists_and_the_questions_of_their_rows() {
    let world = world();
    let query = "query Q($n: Int!) { demarche(number: $n) { activeRevision {
        champDescriptors { __typename id label required
            ... on DropDownListChampDescriptor { options }
            ... on DepartementChampDescriptor { places: options { code name } }
            ... on RepetitionChampDescriptor { champDescriptors { label } } }
        annotationDescriptors { __typename } } groupeInstructeurs { label } labels { name color } service { nom } } }";
    let mut types = std::collections::BTreeSet::new();
    for procedure in world.procedures() {
        let answer = ask_with(&world, query, json!({"n": procedure.number}));
        assert_eq!(answer.get("errors"), None);
        let revision = &answer["data"]["demarche"]["activeRevision"];
        let shown = revision["champDescriptors"].as_array().unwrap();
        for (field, shown) in procedure.champs.iter().zip(shown) {
            assert_eq!(shown["label"], field.label.as_str());
            check_descriptor(field, shown);
        }
        for section in ["champDescriptors", "annotationDescriptors"] {
            let descriptors = revision[section].as_array().unwrap();
            types.extend(descriptors.iter().map(|found| found["__typename"].as_str().unwrap().to_owned()));
        }
        assert_eq!(answer["data"]["demarche"]["groupeInstructeurs"].as_array().unwrap().len(), 8);
    }
    assert_eq!(types.len(), 41);
}

fn check_descriptor(field: &Field, shown: &Value) {
    match field.kind {
        Kind::DropDownList => assert_eq!(shown["options"], json!(field.options)),
        Kind::Departement => assert_eq!(shown["places"].as_array().unwrap().len(), 101),
        Kind::Repetition => {
            assert_eq!(shown["champDescriptors"].as_array().unwrap().len(), field.columns.len());
        }
        _ => {}
    }
}
