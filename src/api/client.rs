//! The questions that the connector asks, one method each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use graphql_client::GraphQLQuery;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::answer::{self, Answer};
use super::budget::Budget;
use super::dates::Dates;
use super::download::Downloader;
use super::error::{ApiError, Target};
use super::form::RawDemarche;
use super::graphql_error::GraphqlError;
use super::links::FileLink;
use super::operations::{
    Connection, Deleted, DossierAnnotations, DossierApplicant, DossierAttestation, DossierChamps, DossierCore,
    DossierLabels, DossierOpinions, Dossiers, FileLinks, Form, NewestUpdate, Numbers, OneDossier, Paged, Pending,
    deleted, dossier_annotations, dossier_applicant, dossier_attestation, dossier_champs, dossier_core, dossier_labels,
    dossier_opinions, dossiers, file_links, form, newest_update, numbers, one_dossier, pending,
};
use super::page::{Cursor, Listed, Page, Removal};
use super::retry::{Patience, RetryPolicy};
use super::schema::{INTROSPECTION, Introspection, LiveSchema, Questions, SchemaReport};
use super::settings::{ClientSettings, SetupError};
use super::transport::Transport;
use crate::domain::clock::{Clock, ServerClock};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::form::Form as DomainForm;
use crate::domain::text::printable_line;

/// The largest page that the server gives; more is silently cut to it (API facts, 2.9).
const LARGEST_PAGE: u32 = 100;

/// A client of one server with one token. Cheap to clone; clones share the budget of requests.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    policy: RetryPolicy,
}

struct Shared {
    transport: Transport,
    budget: Budget,
    clock: Clock,
    dates: Dates,
    schema: Mutex<Learnt>,
    /// Without the token: for the downloads.
    settings: ClientSettings,
}

/// What was learnt of the server's schema.
struct Learnt {
    questions: Arc<Questions>,
    /// The server took them.
    confirmed: bool,
}

impl Learnt {
    fn nothing() -> Self {
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

/// A démarche and its active form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demarche {
    /// Its number.
    pub number: ProcedureNumber,
    /// Its title, in a line of at most a thousand characters; none when DS no longer gives it.
    pub title: Option<String>,
    /// `publiee`, `close`…; none when DS no longer gives it.
    pub state: Option<String>,
    /// The active form; none when DS no longer gives the whole of it.
    pub form: Option<DomainForm>,
    /// DS's clock when it answered; none when the answer had no usable date.
    pub clock: Option<ServerClock>,
}

impl Demarche {
    pub(super) fn of(number: ProcedureNumber, mut raw: RawDemarche, clock: Option<ServerClock>) -> Self {
        let form = raw.form();
        Self { number, title: raw.title(), state: raw.state(), form, clock }
    }

    /// The title, in a line.
    #[must_use]
    pub fn title_line(&self) -> String {
        printable_line(self.title.as_deref().unwrap_or("titre inconnu"))
    }
}

/// One dossier, asked for by its number.
#[derive(Debug)]
pub struct FetchedDossier {
    /// The exact bytes that the server sent.
    pub raw: Box<RawValue>,
    /// What the server could not give of it.
    pub errors: Vec<GraphqlError>,
    /// DS's clock when it answered; none when the answer had no usable date.
    pub clock: Option<ServerClock>,
}

/// A part of a dossier, for one that cannot be had whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DossierPart {
    /// Number, state, dates: without it there is no dossier.
    Core,
    /// The applicant.
    Applicant,
    /// The public champs.
    Champs,
    /// The private annotations.
    Annotations,
    /// The opinions.
    Opinions,
    /// The labels.
    Labels,
    /// The attestation.
    Attestation,
}

impl DossierPart {
    /// The parts that a dossier can be stored without.
    pub const OPTIONAL: [Self; 6] =
        [Self::Applicant, Self::Champs, Self::Annotations, Self::Opinions, Self::Labels, Self::Attestation];

    /// The member of the dossier that holds it; none for the core, which has many.
    #[must_use]
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::Core => None,
            Self::Applicant => Some("demandeur"),
            Self::Champs => Some("champs"),
            Self::Annotations => Some("annotations"),
            Self::Opinions => Some("avis"),
            Self::Labels => Some("labels"),
            Self::Attestation => Some("attestation"),
        }
    }

    /// As an operator reads it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Core => "numéro, état et dates",
            Self::Applicant => "demandeur",
            Self::Champs => "champs",
            Self::Annotations => "annotations",
            Self::Opinions => "avis",
            Self::Labels => "étiquettes",
            Self::Attestation => "attestation",
        }
    }
}

/// In what order dossiers are walked. A cursor of one order means nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By first deposit, which never changes: for a full read.
    Deposit,
    /// By last change, from this instant on, inclusive: for increments. Fixed for the whole walk.
    UpdatedSince(Timestamp),
}

/// A page of dossiers to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierQuery {
    /// Of which démarche.
    pub procedure: ProcedureNumber,
    /// In what order.
    pub order: Order,
    /// After which place; `None` from the beginning.
    pub after: Option<Cursor>,
    /// How many, 1 to 100.
    pub page_size: u32,
}

impl DossierQuery {
    fn updated_since(&self) -> Option<Timestamp> {
        match self.order {
            Order::Deposit => None,
            Order::UpdatedSince(instant) => Some(instant),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("policy", &self.policy).finish_non_exhaustive()
    }
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`SetupError`] when the settings cannot be used or would expose the token.
    pub fn new(settings: &ClientSettings, clock: Clock) -> Result<Self, SetupError> {
        let transport = Transport::new(settings)?;
        Ok(Self::with_transport(transport, settings, clock))
    }

    pub(super) fn with_transport(transport: Transport, settings: &ClientSettings, clock: Clock) -> Self {
        let budget = Budget::new(settings.requests_per_minute).shared_with(settings.shared_with.clone());
        let policy = RetryPolicy::within(settings.max_retry);
        let settings = ClientSettings { token: SecretString::default(), ..settings.clone() };
        let schema = Mutex::new(Learnt::nothing());
        let shared = Shared { transport, budget, clock, dates: Dates::default(), schema, settings };
        Self { shared: Arc::new(shared), policy }
    }

    /// The same client with another patience. Both share the budget.
    #[must_use]
    pub fn with_policy(&self, policy: RetryPolicy) -> Self {
        Self { policy, ..self.clone() }
    }

    /// A démarche and its active form.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn demarche(&self, number: ProcedureNumber) -> Result<Demarche, ApiError> {
        let answer = self.ask::<Form>(Target::Procedure(number), Patience::ForThis, form::Variables { number }).await?;
        Ok(Demarche::of(number, answer.data.demarche, answer.clock))
    }

    /// When a dossier of the démarche last changed, to the second; `None` when it has none. The démarche's own date of
    /// modification says nothing of its dossiers (API facts, 3.9).
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn newest_update(&self, number: ProcedureNumber) -> Result<Option<Timestamp>, ApiError> {
        let target = Target::Procedure(number);
        let answer = self.ask::<NewestUpdate>(target, Patience::ForThis, newest_update::Variables { number }).await?;
        let page = self.page(answer, target, 1, |data| data.demarche)?;
        match page.nodes.into_iter().next_back() {
            None => Ok(None),
            Some(Some(listed)) => Ok(Some(listed.updated_at)),
            Some(None) => Err(self.said_by(answer::nothing_left(&page.errors, target))),
        }
    }

    /// A page of dossiers, each as the exact bytes that the server sent.
    ///
    /// # Errors
    /// [`ApiError`]. A page that came with faults is no error: see [`Page::is_whole`].
    pub async fn dossiers(&self, query: &DossierQuery) -> Result<Page<Box<RawValue>>, ApiError> {
        let target = Target::Procedure(query.procedure);
        let variables = dossiers::Variables {
            number: query.procedure,
            first: page_size(query.page_size),
            after: query.after.as_ref().map(ToString::to_string),
            updated_since: query.updated_since(),
        };
        let answer = self.ask::<Dossiers>(target, Patience::ForLess, variables).await?;
        self.page(answer, target, query.page_size, |data| data.demarche)
    }

    /// The same page as [`Client::dossiers`], numbers only: cheap, and proof against poisoned records.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn numbers(&self, query: &DossierQuery) -> Result<Page<Listed>, ApiError> {
        let target = Target::Procedure(query.procedure);
        let variables = numbers::Variables {
            number: query.procedure,
            first: page_size(query.page_size),
            after: query.after.as_ref().map(ToString::to_string),
            updated_since: query.updated_since(),
        };
        let answer = self.ask::<Numbers>(target, patience_for(query.page_size), variables).await?;
        self.page(answer, target, query.page_size, |data| data.demarche)
    }

    /// One dossier, as the exact bytes that the server sent.
    ///
    /// # Errors
    /// [`ApiError`]; a hidden or expired dossier is [`ApiError::NotFound`], another démarche's is refused.
    pub async fn dossier(&self, number: DossierNumber) -> Result<FetchedDossier, ApiError> {
        let answer = self
            .ask::<OneDossier>(Target::Dossier(number), Patience::ForLess, one_dossier::Variables { number })
            .await?;
        Ok(FetchedDossier { raw: answer.data.dossier, errors: answer.errors, clock: answer.clock })
    }

    /// A part of one dossier, as the exact bytes that the server sent.
    ///
    /// # Errors
    /// As [`Client::dossier`].
    pub async fn dossier_part(&self, number: DossierNumber, part: DossierPart) -> Result<FetchedDossier, ApiError> {
        let target = Target::Dossier(number);
        macro_rules! ask {
            ($operation:ty, $module:ident) => {{
                let answer = self.ask::<$operation>(target, Patience::ForLess, $module::Variables { number }).await?;
                FetchedDossier { raw: answer.data.dossier, errors: answer.errors, clock: answer.clock }
            }};
        }
        Ok(match part {
            DossierPart::Core => ask!(DossierCore, dossier_core),
            DossierPart::Applicant => ask!(DossierApplicant, dossier_applicant),
            DossierPart::Champs => ask!(DossierChamps, dossier_champs),
            DossierPart::Annotations => ask!(DossierAnnotations, dossier_annotations),
            DossierPart::Opinions => ask!(DossierOpinions, dossier_opinions),
            DossierPart::Labels => ask!(DossierLabels, dossier_labels),
            DossierPart::Attestation => ask!(DossierAttestation, dossier_attestation),
        })
    }

    /// The files of a dossier with their signed addresses, which open them for an hour. What the server cannot give of it
    /// is left out.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn file_links(&self, number: DossierNumber) -> Result<Vec<FileLink>, ApiError> {
        let answer =
            self.ask::<FileLinks>(Target::Dossier(number), Patience::ForThis, file_links::Variables { number }).await?;
        Ok(answer.data.dossier.into_links())
    }

    /// What fetches files by their signed addresses, by the same way as this client and without its token: from public
    /// addresses, and from hosts of the internal network that are named as in an address.
    ///
    /// # Errors
    /// [`SetupError`] when the certificates can no longer be read.
    pub fn downloader(&self, internal_hosts: &BTreeSet<String>) -> Result<Downloader, SetupError> {
        Downloader::new(&self.shared.settings, Arc::clone(self.shared.transport.way()), internal_hosts)
    }

    /// A page of the bin of DS. It has to be read in full each time: a restored dossier leaves it without a word
    /// (API facts, 3.7).
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn pending_removals(
        &self,
        procedure: ProcedureNumber,
        after: Option<&Cursor>,
        size: u32,
    ) -> Result<Page<Removal>, ApiError> {
        let target = Target::Procedure(procedure);
        let variables =
            pending::Variables { number: procedure, first: page_size(size), after: after.map(ToString::to_string) };
        let answer = self.ask::<Pending>(target, patience_for(size), variables).await?;
        self.page(answer, target, size, |data| data.demarche)
    }

    /// A page of the dossiers erased from DS since an instant. New ones may appear up to a fortnight in the past
    /// (API facts, 3.6).
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn deleted(
        &self,
        procedure: ProcedureNumber,
        since: Option<Timestamp>,
        after: Option<&Cursor>,
        size: u32,
    ) -> Result<Page<Removal>, ApiError> {
        let target = Target::Procedure(procedure);
        let variables = deleted::Variables {
            number: procedure,
            first: page_size(size),
            after: after.map(ToString::to_string),
            deleted_since: since,
        };
        let answer = self.ask::<Deleted>(target, patience_for(size), variables).await?;
        self.page(answer, target, size, |data| data.demarche)
    }

    /// Takes up what is known of DS's clock, and the date of the newest change that DS gave (a date from long before is not its
    /// clock's), and begins to listen afresh.
    pub fn recall_clock(&self, known: Option<ServerClock>, newest: Option<Timestamp>) {
        self.shared.dates.recall(known, newest);
    }

    /// DS's clock as it was last read, now or before.
    #[must_use]
    pub fn known_clock(&self) -> Option<ServerClock> {
        self.shared.dates.known()
    }

    /// DS's clock as it was read since [`Client::recall_clock`]; none when no answer had a usable date.
    #[must_use]
    pub fn heard_clock(&self) -> Option<ServerClock> {
        self.shared.dates.heard()
    }

    /// How many answers came without a usable date.
    #[must_use]
    pub fn undated_answers(&self) -> u64 {
        self.shared.dates.undated()
    }

    /// Forgets what was learnt of the server's schema: the next question is asked whole again.
    pub fn forget_schema(&self) {
        *self.learnt() = Learnt::nothing();
    }

    /// What the questions name and the server no longer has, so that answers come without it. None as long as the server
    /// took no question.
    #[must_use]
    pub fn missing(&self) -> Option<Vec<String>> {
        let learnt = self.learnt();
        let gone = || learnt.questions.gone().iter().map(ToString::to_string).collect();
        (learnt.confirmed || !learnt.questions.gone().is_empty()).then(gone)
    }

    /// Holds the questions against the server's schema.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn schema_report(&self) -> Result<SchemaReport, ApiError> {
        Ok(SchemaReport::new(&self.introspect().await?))
    }

    fn learnt(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.shared.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn introspect(&self) -> Result<LiveSchema, ApiError> {
        const OPERATION: &str = "IntrospectionQuery";
        let body = body(OPERATION, INTROSPECTION, ())?;
        let answer: Answer<Introspection> =
            self.policy.run(OPERATION, Patience::ForThis, || self.attempt(OPERATION, &body, Target::Schema)).await?;
        Ok(answer.data.into())
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
            match self.policy.run(operation, patience, || self.attempt(operation, &body, target)).await {
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

    fn page<D, T>(
        &self,
        answer: Answer<D>,
        target: Target,
        asked: u32,
        root: impl FnOnce(D) -> Paged<T>,
    ) -> Result<Page<T>, ApiError> {
        page(answer, target, asked, root).map_err(|error| self.said_by(error))
    }

    /// An error as of the token that this client has.
    pub(super) fn said_by(&self, error: ApiError) -> ApiError {
        error.of_token(self.shared.settings.token_source)
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

/// A page of one record cannot be made smaller.
fn patience_for(size: u32) -> Patience {
    if size > 1 { Patience::ForLess } else { Patience::ForThis }
}

pub(super) fn page_size(size: u32) -> i64 {
    i64::from(size.clamp(1, LARGEST_PAGE))
}

fn body(operation: &str, query: &str, variables: impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(&Body { operation_name: operation, query, variables }).map_err(|_| ApiError::Rejected {
        code: None,
        subject: Some(operation.to_owned()),
        message: None,
    })
}
