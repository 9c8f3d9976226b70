//! How a question is put: within the budget and the patience of the client, without what the server's schema no longer has.

use std::sync::Arc;

use graphql_client::GraphQLQuery;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::client::{Client, Shared};
use super::error::{ApiError, Target};
use super::operations::{Connection, Paged};
use super::page::Page;
use super::retry::Patience;
use super::schema::{INTROSPECTION, Introspection, LiveSchema, Questions};

/// What was learnt of the server's schema.
pub(super) struct Learnt {
    pub questions: Arc<Questions>,
    /// The server took them.
    pub confirmed: bool,
}

impl Learnt {
    pub fn nothing() -> Self {
        Self { questions: Arc::new(Questions::whole()), confirmed: false }
    }
}

/// A question as it travels.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, V: Serialize> {
    operation_name: &'a str,
    query: &'a str,
    variables: V,
}

impl Client {
    pub(super) async fn introspect(&self) -> Result<LiveSchema, ApiError> {
        const OPERATION: &str = "IntrospectionQuery";
        let body = body(OPERATION, INTROSPECTION, ())?;
        let answer: Answer<Introspection> =
            self.patiently(OPERATION, Patience::ForThis, || self.attempt(OPERATION, &body, Target::Schema)).await?;
        Ok(answer.data.into())
    }

    /// Tries within the policy.
    async fn patiently<T, F>(
        &self,
        operation: &'static str,
        patience: Patience,
        attempt: impl FnMut() -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        self.policy.run(operation, patience, self.shared.clock.start(), attempt).await
    }

    /// Asks within the budget and the policy; when the server does not know a part of the question, asks for what is left
    /// of it.
    pub(super) async fn ask<Q: GraphQLQuery>(
        &self,
        target: Target,
        patience: Patience,
        variables: Q::Variables,
    ) -> Result<Answer<Q::ResponseData>, ApiError>
    where
        Q::ResponseData: DeserializeOwned,
    {
        let query = Q::build_query(variables);
        self.ask_for(query.operation_name, target, patience, &query.variables).await
    }

    /// The same of an operation by its name.
    pub(super) async fn ask_for<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        target: Target,
        patience: Patience,
        variables: &impl Serialize,
    ) -> Result<Answer<D>, ApiError> {
        if !target.is_askable() {
            return Err(ApiError::NotFound(target));
        }
        let mut questions = Arc::clone(&self.learnt().questions);
        let mut adapted = false;
        loop {
            if let Some(lacks) = questions.lacks(operation) {
                let missing = lacks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                return Err(ApiError::Outgrown { missing });
            }
            let body = body(operation, questions.text(), variables)?;
            match self.patiently(operation, patience, || self.attempt(operation, &body, target)).await {
                Err(refused) if refused.is_about_the_schema() && !adapted => {
                    adapted = true;
                    questions = self.adapt(&questions, refused).await?;
                }
                Err(error) => return Err(error),
                Ok(answer) => {
                    self.confirm(&questions);
                    return Ok(answer);
                }
            }
        }
    }

    fn confirm(&self, questions: &Arc<Questions>) {
        let mut learnt = self.learnt();
        learnt.confirmed |= Arc::ptr_eq(&learnt.questions, questions);
    }

    /// The questions without what the server no longer has, from now on.
    ///
    /// # Errors
    /// The refusal itself, when the schema does not explain it or cannot be had.
    async fn adapt(&self, asked: &Arc<Questions>, refused: ApiError) -> Result<Arc<Questions>, ApiError> {
        let known = Arc::clone(&self.learnt().questions);
        if !Arc::ptr_eq(&known, asked) {
            return Ok(known);
        }
        let live = match self.introspect().await {
            Ok(live) => live,
            Err(error) => {
                tracing::warn!(error = %error, "le schéma de DS n’a pas pu être lu");
                return Err(if error.is_about_the_schema() { refused } else { error });
            }
        };
        let questions = Arc::new(Questions::for_schema(&live));
        if questions.gone() == asked.gone() {
            return Err(refused);
        }
        let gone: Vec<String> = questions.gone().iter().map(ToString::to_string).collect();
        tracing::warn!(missing = gone.join(", "), "DS a retiré une partie de son API : les requêtes s’en passent");
        *self.learnt() = Learnt { questions: Arc::clone(&questions), confirmed: false };
        Ok(questions)
    }

    async fn attempt<D: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &[u8],
        target: Target,
    ) -> Result<Answer<D>, ApiError> {
        let Shared { transport, budget, clock, dates, .. } = self.shared.as_ref();
        let wait = budget.book(clock.now());
        if !wait.is_zero() {
            let seconds = wait.as_millis().div_ceil(1000);
            tracing::debug!(operation, "budget de la minute épuisé : requête dans {seconds} s");
            tokio::time::sleep(wait).await;
        }
        let started = Instant::now();
        let http = transport.post(body.to_vec()).await?;
        tracing::debug!(
            operation,
            %target,
            status = http.status,
            bytes = http.body.len(),
            duration_ms = started.elapsed().as_millis(),
            "réponse reçue"
        );
        let now = clock.now();
        match answer::read(&http, target, now) {
            Ok(answer) => Ok(Answer { clock: dates.note(http.date, now), ..answer }),
            // That DS does not know something is an answer of its own, of its time.
            Err(error) => {
                if matches!(error, ApiError::NotFound(_)) {
                    dates.note(http.date, now);
                }
                Err(self.said_by(error))
            }
        }
    }

    pub(super) fn page<D, T>(
        &self,
        answer: Answer<D>,
        target: Target,
        asked: u32,
        root: impl FnOnce(D) -> Paged<T>,
    ) -> Result<Page<T>, ApiError> {
        page(answer, target, asked, root).map_err(|error| self.said_by(error))
    }
}

/// A page out of an answer, when both its records and its end are there, and no more records than were asked for.
pub(super) fn page<D, T>(
    answer: Answer<D>,
    target: Target,
    asked: u32,
    root: impl FnOnce(D) -> Paged<T>,
) -> Result<Page<T>, ApiError> {
    let Answer { data, errors, clock } = answer;
    match root(data).connection {
        Some(Connection { nodes: Some(nodes), .. }) if nodes.len() > asked as usize => {
            let (path, code) = (Some("nodes".to_owned()), Some("too_many_records".to_owned()));
            Err(ApiError::ServerFault { status: 200, path, code, incident: None })
        }
        Some(Connection { nodes: Some(nodes), page_info: Some(end) }) => {
            Ok(Page { nodes, end_cursor: end.cursor(), has_next: end.has_next_page, errors, clock })
        }
        _ => Err(answer::nothing_left(&errors, target)),
    }
}

fn body(operation: &str, query: &str, variables: impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(&Body { operation_name: operation, query, variables }).map_err(|_| ApiError::Rejected {
        code: None,
        subject: Some(operation.to_owned()),
        message: None,
    })
}
