//! Questions for several things at once, to which the others of this room are for one each. What does not come whole is for
//! the caller to ask apart, so that a fault of one thing never hides another.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::answer::{Answer, nothing_left};
use super::asking::page;
use super::client::{Client, page_size};
use super::demarche::Demarche;
use super::error::{ApiError, Target};
use super::form::RawDemarche;
use super::graphql_error::{GraphqlError, PathStep};
use super::operations::{FormAndNewest, ListedPage, Paged, RemovalLists, Removals, form_and_newest, removals};
use super::page::{Page, Removal};
use super::query::FetchedDossier;
use super::retry::Patience;
use crate::domain::clock::ServerClock;
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// The operations that ask for several dossiers: for how many, the most first. The server has half a minute for a question and
/// reads each dossier by itself (API facts, 2.4, 3.2); a dossier counts for less than a hundredth of the complexity that it
/// admits (2.9).
const SEVERAL: [(usize, &str); 3] = [(8, "EightDossiers"), (4, "FourDossiers"), (2, "TwoDossiers")];

/// What the dossiers are called in these operations, and their numbers among the variables.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Dossiers by what they are called.
type DossiersByName = BTreeMap<String, Option<Box<RawValue>>>;

/// What came of several dossiers asked for at once. One that is in neither was lost with another one: the answer says nothing of
/// it.
#[derive(Debug, Default)]
pub struct SeveralDossiers {
    /// Those that came, with what the server could not give of them.
    pub came: BTreeMap<DossierNumber, FetchedDossier>,
    /// Those that the server does not show, or cannot give.
    pub failed: BTreeSet<DossierNumber>,
}

/// Numbers in batches that one question can ask for: of eight, four, two, and one.
#[must_use]
pub fn batches(mut numbers: &[DossierNumber]) -> Vec<&[DossierNumber]> {
    let mut batches = Vec::new();
    while let Some(size) = SEVERAL.iter().map(|(size, _)| *size).chain([1]).find(|size| *size <= numbers.len()) {
        let (batch, rest) = numbers.split_at(size);
        batches.push(batch);
        numbers = rest;
    }
    batches
}

impl Client {
    /// A démarche with its form, and when a dossier of it last changed (none when it has no dossier). None when not all of that
    /// came: see [`Client::demarche`], [`Client::newest_update`].
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn demarche_and_newest(
        &self,
        number: ProcedureNumber,
    ) -> Result<Option<(Demarche, Option<Timestamp>)>, ApiError> {
        let (target, variables) = (Target::Procedure(number), form_and_newest::Variables { number });
        let Answer { data, errors, clock } = self.ask::<FormAndNewest>(target, Patience::Once, variables).await?;
        Ok(if errors.is_empty() { read_demarche_and_newest(number, data.demarche.get(), clock) } else { None })
    }

    /// The first page of the dossiers erased from DS since an instant, and the first of its bin. None when not both came whole:
    /// see [`Client::deleted`], [`Client::pending_removals`].
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn removals(
        &self,
        procedure: ProcedureNumber,
        since: Option<Timestamp>,
        size: u32,
    ) -> Result<Option<(Page<Removal>, Page<Removal>)>, ApiError> {
        let variables = removals::Variables { number: procedure, first: page_size(size), deleted_since: since };
        let answer = self.ask::<Removals>(Target::Procedure(procedure), Patience::Once, variables).await?;
        let Answer { data, errors, clock } = answer;
        Ok(if errors.is_empty() { both_whole(data.demarche, size, clock) } else { None })
    }

    /// Dossiers by their numbers, as the exact bytes that the server sent: one of the [`batches`], of two at least.
    ///
    /// # Errors
    /// [`ApiError`]; that one of them is hidden or fails is none.
    pub async fn several_dossiers(&self, batch: &[DossierNumber]) -> Result<SeveralDossiers, ApiError> {
        let operation = SEVERAL.iter().find(|(size, _)| *size == batch.len()).map(|(_, operation)| *operation);
        // Those that the API cannot be asked for, and what is no batch, are for the caller to ask one by one.
        let Some((operation, first)) = operation.zip(batch.first()) else { return Ok(SeveralDossiers::default()) };
        if !batch.iter().all(|number| Target::Dossier(*number).is_askable()) {
            return Ok(SeveralDossiers::default());
        }
        let target = Target::Dossier(*first);
        let variables: BTreeMap<&str, DossierNumber> = NAMES.into_iter().zip(batch.iter().copied()).collect();
        let answer: Answer<Option<DossiersByName>> =
            self.ask_for(operation, target, Patience::Once, &variables).await?;
        sort_out(batch, answer).map_err(|errors| self.said_by(nothing_left(&errors, target)))
    }
}

/// None when a part cannot be read.
fn read_demarche_and_newest(
    number: ProcedureNumber,
    text: &str,
    clock: Option<ServerClock>,
) -> Option<(Demarche, Option<Timestamp>)> {
    let demarche: RawDemarche = serde_json::from_str(text).ok()?;
    let newest: ListedPage = serde_json::from_str(text).ok()?;
    let newest = whole(newest, 1, clock)?.nodes.into_iter().flatten().next_back();
    Some((Demarche::of(number, demarche, clock), newest.map(|listed| listed.updated_at)))
}

fn both_whole(lists: RemovalLists, size: u32, clock: Option<ServerClock>) -> Option<(Page<Removal>, Page<Removal>)> {
    let deleted = whole(Paged { connection: lists.deleted_dossiers }, size, clock)?;
    let pending = whole(Paged { connection: lists.pending_deleted_dossiers }, size, clock)?;
    Some((deleted, pending))
}

/// A page that came without an error, when it is whole.
fn whole<T>(paged: Paged<T>, size: u32, clock: Option<ServerClock>) -> Option<Page<T>> {
    let answer = Answer { data: paged, errors: Vec::new(), clock };
    page(answer, Target::Schema, size, |paged| paged).ok().filter(Page::is_whole)
}

/// Gives each dossier what came of it.
///
/// # Errors
/// The errors of the answer, when they say nothing of any dossier and nothing came.
fn sort_out(
    batch: &[DossierNumber],
    answer: Answer<Option<DossiersByName>>,
) -> Result<SeveralDossiers, Vec<GraphqlError>> {
    let Answer { data, errors, clock } = answer;
    let mut data = data.unwrap_or_default();
    let mut several = SeveralDossiers::default();
    for (name, number) in NAMES.into_iter().zip(batch) {
        let is_of_it = |error: &&GraphqlError| error.path.first() == Some(&PathStep::Field(name.to_owned()));
        let errors: Vec<GraphqlError> = errors.iter().filter(is_of_it).map(as_of_one).collect();
        match data.remove(name).flatten() {
            Some(raw) => drop(several.came.insert(*number, FetchedDossier { raw, errors, clock })),
            None if errors.is_empty() => {}
            None => drop(several.failed.insert(*number)),
        }
    }
    if several.came.is_empty() && several.failed.is_empty() { Err(errors) } else { Ok(several) }
}

/// The same error in the answer to a question for that dossier alone.
fn as_of_one(error: &GraphqlError) -> GraphqlError {
    let mut error = error.clone();
    if let Some(root) = error.path.first_mut() {
        *root = PathStep::Field("dossier".to_owned());
    }
    error
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_asked_for_in_as_few_questions_as_can_be() {
        let sizes = |count: i64| batches(&(1..=count).collect::<Vec<_>>()).iter().map(|b| b.len()).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(sizes(1), [1]);
        assert_eq!(sizes(7), [4, 2, 1]);
        assert_eq!(sizes(20), [8, 8, 4]);
        let all: Vec<i64> = (1..=23).collect();
        assert_eq!(batches(&all).concat(), all);
    }

    fn sorted(data: &str, errors: &serde_json::Value) -> Result<SeveralDossiers, Vec<GraphqlError>> {
        let errors = errors.as_array().unwrap().iter().map(GraphqlError::from_json).collect();
        sort_out(&[11, 12], Answer { data: serde_json::from_str(data).unwrap(), errors, clock: None })
    }

    #[test]
    fn each_dossier_has_what_came_of_it_and_what_is_wrong_with_it() {
        let partial = json!([{"message": "x", "path": ["b", "champs", 3]}]);
        let several = sorted(r#"{"a": {"x": 1.50}, "b": {}}"#, &partial).unwrap();
        assert_eq!(several.came[&11].raw.get(), r#"{"x": 1.50}"#);
        assert!(several.came[&11].errors.is_empty() && several.failed.is_empty());
        assert_eq!(several.came[&12].errors[0].dotted_path(), "dossier.champs.3");
    }

    #[test]
    fn one_that_fails_is_told_from_one_that_was_lost_with_it() {
        let hidden = json!([{"message": "Dossier not found", "path": ["b"], "extensions": {"code": "not_found"}}]);
        for data in ["null", r#"{"b": null}"#] {
            let several = sorted(data, &hidden).unwrap();
            assert!(several.came.is_empty() && several.failed == BTreeSet::from([12]), "{data}");
        }
        assert_eq!(sorted("null", &json!([{"message": "x"}])).unwrap_err().len(), 1);
        assert!(sorted("null", &json!([])).is_err());
    }

    const WHOLE: &str = r#"{"title": "T", "state": "publiee", "activeRevision": {"champDescriptors": [], "annotationDescriptors": []},
        "dossiers": {"nodes": [{"number": 7, "dateDerniereModification": "2021-09-03T12:33:00+02:00"}],
            "pageInfo": {"endCursor": "x", "hasNextPage": false}}}"#;

    #[test]
    fn the_form_and_the_newest_are_read_together_or_not_at_all() {
        let read = |text: &str| read_demarche_and_newest(1, text, None);
        let (demarche, newest) = read(WHOLE).unwrap();
        assert_eq!(demarche.title.as_deref(), Some("T"));
        assert!(demarche.form.is_some());
        assert_eq!(newest, Some("2021-09-03T10:33:00Z".parse().unwrap()));
        let none = WHOLE.replace(r#"{"number": 7, "dateDerniereModification": "2021-09-03T12:33:00+02:00"}"#, "");
        assert_eq!(read(&none).unwrap().1, None);
        for (from, to) in [("\"number\": 7", "\"number\": \"x\""), ("\"dossiers\"", "\"autres\""), ("nodes", "autres")]
        {
            assert!(read(&WHOLE.replace(from, to)).is_none(), "{to}");
        }
    }
}
