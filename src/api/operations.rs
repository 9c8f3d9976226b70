//! The operations of `graphql/connector.graphql`, checked against `schema.graphql` when the crate is compiled.
//!
//! Only the variables are generated. Answers are read into tolerant types of this project, because an enumeration value
//! or a type that the server adds must not cost a page (API facts, 7).

use graphql_client::GraphQLQuery;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::links::RawLinks;
use super::page::{Cursor, Listed, Removal};
use super::readable::each_readable;

/// The document that travels with every request, whatever the operation: `__typename` depends on the fragments that are
/// in it (API facts, 4.3).
pub const DOCUMENT: &str = include_str!("../../graphql/connector.graphql");

/// The part of the API's schema that this program knows. Cargo does not see that the derives read it: this makes a change
/// of it a change of the crate.
pub(super) const SCHEMA: &str = include_str!("../../schema.graphql");

type BigInt = String;
#[allow(clippy::upper_case_acronyms, reason = "the name of the scalar in the schema")]
type URL = String;
type ISO8601Date = String;
type ISO8601DateTime = Timestamp;

/// A root field `demarche` that holds a page.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub struct Paged<T> {
    #[serde(alias = "dossiers", alias = "deletedDossiers", alias = "pendingDeletedDossiers")]
    pub connection: Option<Connection<T>>,
}

/// A root field `demarche` that holds both lists of removed dossiers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalLists {
    pub deleted_dossiers: Option<Connection<Removal>>,
    pub pending_deleted_dossiers: Option<Connection<Removal>>,
}

/// A connection of the API. Both parts may be missing when the answer is partial (API facts, 2.4). A record that cannot be read
/// is like one that the server could not give: it costs itself alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
pub struct Connection<T> {
    #[serde(default, deserialize_with = "each_readable")]
    pub nodes: Option<Vec<Option<T>>>,
    pub page_info: Option<PageInfo>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    pub end_cursor: Option<String>,
    pub has_next_page: bool,
}

impl PageInfo {
    pub fn cursor(&self) -> Option<Cursor> {
        self.end_cursor.as_deref().and_then(Cursor::new)
    }
}

/// A dossier, as the exact bytes that the server sent.
pub type DossierText = Box<RawValue>;
pub type DossierLinks = RawLinks;
pub type DossierPage = Paged<DossierText>;
pub type ListedPage = Paged<Listed>;
pub type RemovalPage = Paged<Removal>;
/// A démarche with more than one thing, as received: each is read by itself.
pub type DemarcheText = Box<RawValue>;

macro_rules! operation {
    ($(#[$doc:meta])* $name:ident -> $response:tt) => {
        $(#[$doc])*
        #[derive(GraphQLQuery)]
        #[graphql(
            schema_path = "schema.graphql",
            query_path = "graphql/connector.graphql",
            response_type = $response,
            skip_serializing_none
        )]
        pub struct $name;
    };
}

operation!(
    /// A démarche and its form, and the dossier that changed last.
    FormAndNewest -> "crate::api::operations::DemarcheText"
);
operation!(
    /// A démarche and its form.
    Form -> "crate::api::form::RawDemarche"
);
operation!(
    /// A page of dossiers.
    Dossiers -> "crate::api::operations::DossierPage"
);
operation!(
    /// The same page, numbers only.
    Numbers -> "crate::api::operations::ListedPage"
);
operation!(
    /// The dossier that changed last.
    NewestUpdate -> "crate::api::operations::ListedPage"
);
operation!(
    /// One dossier.
    OneDossier -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: number, state and dates.
    DossierCore -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the applicant.
    DossierApplicant -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the champs.
    DossierChamps -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the annotations.
    DossierAnnotations -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the opinions.
    DossierOpinions -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the labels.
    DossierLabels -> "crate::api::operations::DossierText"
);
operation!(
    /// A part of one dossier: the attestation.
    DossierAttestation -> "crate::api::operations::DossierText"
);
operation!(
    /// The files of one dossier, with their signed addresses.
    FileLinks -> "crate::api::operations::DossierLinks"
);
operation!(
    /// The first pages of erased dossiers and of those in the bin.
    Removals -> "crate::api::operations::RemovalLists"
);
operation!(
    /// A page of erased dossiers.
    Deleted -> "crate::api::operations::RemovalPage"
);
operation!(
    /// A page of dossiers in the bin.
    Pending -> "crate::api::operations::RemovalPage"
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use apollo_compiler::executable::Selection;
    use apollo_compiler::schema::ExtendedType;
    use apollo_compiler::validation::Valid;
    use apollo_compiler::{ExecutableDocument, Schema};

    use super::*;

    fn schema() -> Valid<Schema> {
        Schema::parse_and_validate(SCHEMA, "schema.graphql").unwrap()
    }

    fn document(schema: &Valid<Schema>) -> Valid<ExecutableDocument> {
        ExecutableDocument::parse_and_validate(schema, DOCUMENT, "connector.graphql").unwrap()
    }

    #[test]
    fn a_record_that_cannot_be_read_costs_itself_alone() {
        let nodes = r#"[{"number": 1, "state": "refuse", "dateSupression": "2022-01-01T00:00:00Z"}, {"number": 2, "dateSupression": "hier"},
            {"number": "x"}, 0, {"number": 3, "state": "\ud800"}, null, {"number": 4, "state": null, "dateSupression": null}]"#;
        let json = format!(r#"{{"deletedDossiers": {{"nodes": {nodes}, "pageInfo": {{"hasNextPage": false}}}}}}"#);
        let page: RemovalPage = serde_json::from_str(&json).unwrap();
        let numbers: Vec<_> =
            page.connection.unwrap().nodes.unwrap().iter().map(|n| n.as_ref().map(|n| n.number)).collect();
        assert_eq!(numbers, [Some(1), None, None, None, None, None, Some(4)]);
        let none: RemovalPage = serde_json::from_str(r#"{"deletedDossiers": {"nodes": null}}"#).unwrap();
        assert!(none.connection.unwrap().nodes.is_none());
    }

    fn words() -> impl Iterator<Item = &'static str> {
        DOCUMENT
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
    }

    #[test]
    fn the_document_is_valid_and_has_every_operation_asked_for() {
        let schema = schema();
        let document = document(&schema);
        let mut names: Vec<&str> = document.operations.named.keys().map(apollo_compiler::Name::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "Deleted",
                "DossierAnnotations",
                "DossierApplicant",
                "DossierAttestation",
                "DossierChamps",
                "DossierCore",
                "DossierLabels",
                "DossierOpinions",
                "Dossiers",
                "EightDossiers",
                "FileLinks",
                "Form",
                "FormAndNewest",
                "FourDossiers",
                "NewestUpdate",
                "Numbers",
                "OneDossier",
                "Pending",
                "Removals",
                "TwoDossiers"
            ]
        );
    }

    /// Without its fragment each of these types turns into another (API facts, 4.3 and 11).
    #[test]
    fn every_type_that_depends_on_its_fragment_has_one() {
        for name in [
            "AddressChamp",
            "CommuneChamp",
            "DatetimeChamp",
            "DepartementChamp",
            "DropDownListChamp",
            "ExplicationChamp",
            "HeaderSectionChamp",
            "PaysChamp",
            "RegionChamp",
            "TitreIdentiteChamp",
            "YesNoChamp",
            "PersonneMoraleIncomplete",
        ] {
            assert!(DOCUMENT.contains(&format!("... on {name} {{")), "{name}");
        }
    }

    /// An inline fragment without a type makes the server fail (API facts, 2.7).
    #[test]
    fn every_inline_fragment_names_its_type() {
        assert_eq!(DOCUMENT.matches("... {").count() + DOCUMENT.matches("... @").count(), 0);
    }

    #[test]
    fn nothing_is_asked_that_must_not_be_known() {
        for forbidden in [
            "edges",
            "messages",
            "instructeurs",
            "usager",
            "email",
            "claimant",
            "expert",
            "columns",
            "dossierLink",
            "byteSize",
        ] {
            assert!(words().all(|word| word != forbidden), "{forbidden}");
        }
        assert!(!DOCUMENT.contains("on DossierLinkChamp"));
    }

    /// A signed address opens a file to anybody for an hour: only what downloads may ask for it, and what is stored never
    /// holds one (API facts, 5.9).
    #[test]
    fn signed_addresses_are_asked_for_in_order_to_download_and_never_else() {
        assert_eq!(words().filter(|word| *word == "url").count(), 1);
        let schema = schema();
        let document = document(&schema);
        let asks = |name: &str| {
            let operation = document.operations.named[name].serialize().to_string();
            let mut text = operation;
            // The fragments that an operation uses, and those that they use.
            let mut used = BTreeSet::new();
            loop {
                let more = document.fragments.iter().find(|(fragment, _)| {
                    !used.contains(fragment.as_str()) && text.contains(&format!("...{fragment}"))
                });
                let Some((fragment, definition)) = more else { break };
                used.insert(fragment.as_str());
                text.push_str(&definition.serialize().to_string());
            }
            text.split(|c: char| !c.is_alphanumeric()).any(|word| word == "url")
        };
        for name in document.operations.named.keys() {
            assert_eq!(asks(name.as_str()), name == "FileLinks", "{name}");
        }
    }

    #[test]
    fn the_cursor_is_asked_for_after_the_records() {
        assert_eq!(DOCUMENT.matches("nodes {").count(), DOCUMENT.matches("pageInfo {").count());
        let order: Vec<&str> = words().filter(|word| ["nodes", "pageInfo"].contains(word)).collect();
        assert!(order.chunks(2).all(|pair| pair == ["nodes", "pageInfo"]), "{order:?}");
    }

    /// `value` has another type on each kind of champ (API facts, 2.10).
    #[test]
    fn every_value_has_an_alias() {
        let schema = schema();
        let document = document(&schema);
        let mut aliases = Vec::new();
        for selection in &document.fragments["ChampFields"].selection_set.selections {
            let Selection::InlineFragment(inline) = selection else { continue };
            for field in inline.selection_set.fields().filter(|field| field.name == "value") {
                aliases.push(field.alias.clone().expect("an alias"));
            }
        }
        let count = aliases.len();
        aliases.dedup();
        assert_eq!((count, aliases.len()), (6, 6));
    }

    /// A type of champ whose values are typed but not asked for would be read as text for ever.
    #[test]
    fn every_type_of_champ_with_a_value_of_its_own_is_asked_for_it() {
        let schema = schema();
        let ExtendedType::Interface(common) = &schema.types["Champ"] else { panic!("an interface") };
        let left_out = ["TextChamp", "EngagementJuridiqueChamp"];
        for (name, kind) in &schema.types {
            let ExtendedType::Object(object) = kind else { continue };
            let is_champ = object.implements_interfaces.iter().any(|interface| interface.as_str() == "Champ");
            let has_own = object.fields.keys().any(|field| !common.fields.contains_key(field));
            if is_champ && has_own && !left_out.contains(&name.as_str()) {
                assert!(DOCUMENT.contains(&format!("... on {name} {{")), "{name}");
            }
        }
    }
}
