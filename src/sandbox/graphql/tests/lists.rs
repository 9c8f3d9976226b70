use super::*;

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
        ("", (|dossier| (dossier.deposited_at, dossier.number)) as fn(&Dossier) -> (Timestamp, i64)),
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
    let expected = |procedure, keep: &dyn Fn(&Dossier) -> bool| {
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
