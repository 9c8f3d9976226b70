//! The document against schemas that lack something.

use apollo_compiler::introspection::partial_execute;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

use super::live::{INTROSPECTION, Introspection, LiveSchema};
use super::prune::{ESSENTIAL, Questions};
use super::{SchemaPart, SchemaReport};
use crate::api::operations::{DOCUMENT, SCHEMA};

/// The schema after replacements in its text, each of which must apply.
fn schema(replacements: &[(&str, &str)]) -> Valid<Schema> {
    let text = replacements.iter().fold(SCHEMA.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Schema::parse_and_validate(text, "schema.graphql").unwrap()
}

/// What a server answers that has all that is asked for.
pub(in crate::api) fn introspection() -> String {
    answer(&schema(&[]))
}

fn answer(schema: &Valid<Schema>) -> String {
    let document = ExecutableDocument::parse_and_validate(schema, INTROSPECTION, "introspection.graphql").unwrap();
    let operation = document.operations.get(None).unwrap();
    let variables = coerce_variable_values(schema, operation, &JsonMap::new()).unwrap();
    let response = partial_execute(schema, &schema.implementers_map(), &document, operation, &variables).unwrap();
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    serde_json::to_string(&response.data).unwrap()
}

fn live(schema: &Valid<Schema>) -> LiveSchema {
    serde_json::from_str::<Introspection>(&answer(schema)).unwrap().into()
}

/// What is left of the questions: it must be good for the schema.
fn asked(replacements: &[(&str, &str)]) -> Questions {
    let schema = schema(replacements);
    let questions = Questions::for_schema(&live(&schema));
    if let Err(invalid) = ExecutableDocument::parse_and_validate(&schema, questions.text(), "pruned.graphql") {
        panic!("{}\n{}", invalid.errors, questions.text());
    }
    questions
}

fn gone(questions: &Questions) -> Vec<String> {
    questions.gone().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_is_left_out_for_a_schema_that_has_everything() {
    let questions = asked(&[]);
    let parse = |text: &str| apollo_compiler::ast::Document::parse(text, "document").unwrap().serialize().to_string();
    assert_eq!(parse(questions.text()), parse(DOCUMENT));
    assert!(questions.gone().is_empty());
    assert_eq!(SchemaReport::new(&live(&schema(&[]))), SchemaReport::default());
}

#[test]
fn fields_go_one_by_one_and_what_holds_nothing_goes_with_them() {
    let questions =
        asked(&[("  motivation: String\n", ""), ("  raisonSociale: String!\n", ""), ("  titre: String!\n", "")]);
    assert_eq!(gone(&questions), ["Association.titre", "Dossier.motivation", "Entreprise.raisonSociale"]);
    assert!(!questions.text().contains("association"), "nothing is left to ask of it");
    assert!(questions.text().contains("nomCommercial"));
}

/// Without its fragment an unanswered question turns into a box that is not ticked (API facts, 4.3).
#[test]
fn a_fragment_stays_as_long_as_its_type_does() {
    let without_value = ("  prefilled: Boolean!\n  value: Boolean\n}", "  prefilled: Boolean!\n}");
    let questions = asked(&[without_value]);
    assert_eq!(gone(&questions), ["YesNoChamp.value"]);
    let text: String = questions.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("... on YesNoChamp { __typename }"), "{text}");
    let questions = asked(&[("type YesNoChamp implements Champ", "type NoYesChamp implements Champ")]);
    assert_eq!(gone(&questions), ["YesNoChamp"]);
    assert!(!questions.text().contains("YesNoChamp"));
}

#[test]
fn a_type_that_can_no_longer_stand_where_it_stood_is_gone() {
    let questions = asked(&[("type YesNoChamp implements Champ", "type YesNoChamp")]);
    assert_eq!(gone(&questions), ["YesNoChamp"]);
}

#[test]
fn arguments_and_their_variables_go_unless_they_say_what_is_asked() {
    let questions = asked(&[("deletedDossiers(first: Int, last: Int,", "deletedDossiers(last: Int,")]);
    assert_eq!(gone(&questions), ["Demarche.deletedDossiers(first)"]);
    assert!(questions.text().contains("query Deleted($number: Int!, $after: String, $deletedSince: ISO8601DateTime)"));
    let questions = asked(&[("    updatedSince: ISO8601DateTime\n", "")]);
    let lacks = questions.lacks("Dossiers").unwrap();
    assert_eq!(lacks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Demarche.dossiers(updatedSince)"]);
    assert!(questions.lacks("NewestUpdate").is_some() && questions.lacks("OneDossier").is_none());
    assert!(!questions.text().contains("query Dossiers"), "nobody asks it, and the server would refuse all");
}

#[test]
fn a_field_that_changed_its_nature_or_wants_more_is_gone() {
    let questions = asked(&[("  motivation: String\n", "  motivation: Address\n")]);
    assert_eq!(gone(&questions), ["Dossier.motivation"]);
    let questions = asked(&[("  commune: Commune\n", "  commune: String\n")]);
    assert_eq!(gone(&questions), ["CommuneChamp.commune"]);
    let questions = asked(&[("  avis: [Avis!]!\n", "  avis(depuis: Int!): [Avis!]!\n")]);
    assert_eq!(gone(&questions), ["Dossier.avis"]);
    assert!(questions.lacks("DossierOpinions").is_none(), "it asks for a type only, which is nothing");
}

#[test]
fn an_operation_alone_is_given_up_when_only_it_lacks_something() {
    let questions = asked(&[("  url: URL!\n", "")]);
    assert!(questions.lacks("FileLinks").is_some());
    assert!(!questions.text().contains("LinkedFiles"), "a fragment that nothing uses is refused as well");
    assert!(questions.lacks("Dossiers").is_none());
}

#[test]
fn every_essential_part_is_one_that_the_document_names() {
    for essential in ESSENTIAL {
        let (owner, member) = essential.split_once('.').unwrap();
        let (field, argument) =
            member.split_once('(').map_or((member, None), |(field, rest)| (field, rest.strip_suffix(')')));
        let schema = schema(&[]);
        let definition = schema.type_field(owner, field).unwrap();
        assert!(argument.is_none_or(|argument| definition.argument_by_name(argument).is_some()), "{essential}");
        assert!(DOCUMENT.contains(field), "{essential}");
    }
}

#[test]
fn the_report_tells_what_goes_what_will_go_and_what_is_new() {
    let report = SchemaReport::new(&live(&schema(&[
        ("  archived: Boolean!\n", ""),
        ("  motivation: String\n", "  motivation: String @deprecated(reason: \"voyez traitements\")\n"),
        ("enum DossierState {", "enum DossierState {\n  en_orbite"),
        ("enum DeletedDossierReason {", "enum DeletedDossierReason {\n  fatigue"),
        (
            "type CarteChamp implements Champ {",
            "type HologramChamp implements Champ {\n  id: ID!\n  champDescriptorId: String!\n  label: String!\n  \
             stringValue: String\n  updatedAt: ISO8601DateTime!\n  prefilled: Boolean!\n}\n\ntype CarteChamp implements Champ {",
        ),
    ])));
    assert_eq!(report.gone, [SchemaPart::field("Dossier", "archived")].into());
    assert!(report.essential.is_empty());
    assert_eq!(
        report.deprecated,
        [(SchemaPart::field("Dossier", "motivation"), "voyez traitements".to_owned())].into()
    );
    assert_eq!(report.new_types, ["HologramChamp".to_owned()].into());
    assert_eq!(report.new_values, ["DossierState.en_orbite".to_owned()].into(), "of what is asked for alone");
}
