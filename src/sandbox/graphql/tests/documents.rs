use super::*;

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
        engine().run(&world(), &Signer::new(String::new(), jiff::Timestamp::UNIX_EPOCH, 0), &request)
    };
    let Fate::Executed(response) = run("B") else { panic!() };
    assert_eq!(serde_json::to_value(response).unwrap(), json!({"data": {"b": "Query"}}));
    let Fate::Refused(errors) = run("x") else { panic!() };
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
