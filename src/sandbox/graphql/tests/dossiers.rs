use apollo_compiler::schema::ExtendedType;

use super::*;
use crate::sandbox::world::{self, Applicant, Field, Kind};

#[test]
fn dates_are_shown_to_the_second_with_the_offset_of_paris() {
    let world = world();
    let found =
        world.dossiers_of(ADS).find(|dossier| dossier.deposited_at.to_string() == "2021-10-30T22:30:00.000001Z");
    let number = found.unwrap().number;
    let answer = ask(&world, &format!("{{ dossier(number: {number}) {{ dateDepot }} }}"));
    assert_eq!(answer["data"]["dossier"]["dateDepot"], "2021-10-31T00:30:00+02:00");
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
            world::Value::Decimal(cents) if cents.0 % 10 != 0 => Some((dossier.number, *cents)),
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
    let find = |dossier: &&Dossier| matches!(dossier.applicant, Some(Applicant::Incomplete(_)));
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
