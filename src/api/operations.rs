//! The operations of `graphql/connector.graphql`, checked against `schema.graphql` when the crate is compiled.
//!
//! Only the variables are generated. Answers are read into tolerant types of this project, because an enumeration value
//! or a type that the server adds must not cost a page (API facts, 7).

use graphql_client::GraphQLQuery;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::page::{Cursor, Listed, Removal};

/// The document that travels with every request, whatever the operation: `__typename` depends on the fragments that are
/// in it (API facts, 4.3).
pub const DOCUMENT: &str = include_str!("../../graphql/connector.graphql");

/// Cargo does not see that the derives read the schema: this makes a change of it a change of the crate.
const _: &str = include_str!("../../schema.graphql");

type BigInt = String;
type ISO8601Date = String;
type ISO8601DateTime = Timestamp;

/// A root field `demarche` that holds a page.
#[derive(Debug, Deserialize)]
pub struct Paged<T> {
    #[serde(alias = "dossiers", alias = "deletedDossiers", alias = "pendingDeletedDossiers")]
    pub connection: Option<Connection<T>>,
}

/// A connection of the API. Both parts may be missing when the answer is partial (API facts, 2.4).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection<T> {
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
pub type DossierPage = Paged<DossierText>;
pub type ListedPage = Paged<Listed>;
pub type RemovalPage = Paged<Removal>;

/// A démarche and its active revision, as received.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawDemarche {
    pub number: i64,
    pub title: String,
    pub state: String,
    pub date_creation: Option<Timestamp>,
    pub date_publication: Option<Timestamp>,
    pub date_fermeture: Option<Timestamp>,
    pub active_revision: RawRevision,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawRevision {
    pub id: String,
    pub date_publication: Option<Timestamp>,
    pub champ_descriptors: Vec<RawDescriptor>,
    pub annotation_descriptors: Vec<RawDescriptor>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawDescriptor {
    #[serde(rename = "__typename")]
    pub type_name: String,
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub required: bool,
    pub options: Option<Vec<String>>,
    pub champ_descriptors: Option<Vec<RawDescriptor>>,
}

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
    /// A démarche and its form.
    Form -> "crate::api::operations::RawDemarche"
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
    /// A page of erased dossiers.
    Deleted -> "crate::api::operations::RemovalPage"
);
operation!(
    /// A page of dossiers in the bin.
    Pending -> "crate::api::operations::RemovalPage"
);
