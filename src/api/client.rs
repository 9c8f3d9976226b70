//! The questions that the connector asks, one method each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::value::RawValue;

use super::answer;
use super::asking::Learnt;
use super::budget::Budget;
use super::dates::Dates;
use super::demarche::Demarche;
use super::download::Downloader;
use super::error::{ApiError, Target};
use super::links::FileLink;
use super::operations::{
    Deleted, DossierAnnotations, DossierApplicant, DossierAttestation, DossierChamps, DossierCore, DossierLabels,
    DossierOpinions, Dossiers, FileLinks, Form, NewestUpdate, Numbers, OneDossier, Pending, deleted,
    dossier_annotations, dossier_applicant, dossier_attestation, dossier_champs, dossier_core, dossier_labels,
    dossier_opinions, dossiers, file_links, form, newest_update, numbers, one_dossier, pending,
};
use super::page::{Cursor, Listed, Page, Removal};
use super::query::{DossierPart, DossierQuery, FetchedDossier};
use super::retry::{Patience, RetryPolicy};
use super::schema::SchemaReport;
use super::settings::{ClientSettings, SetupError};
use super::transport::Transport;
use crate::domain::clock::{Clock, ServerClock};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// The largest page that the server gives; more is silently cut to it (API facts, 2.9).
const LARGEST_PAGE: u32 = 100;

/// A client of one server with one token. Cheap to clone; clones share the budget of requests.
#[derive(Clone)]
pub struct Client {
    pub(super) shared: Arc<Shared>,
    pub(super) policy: RetryPolicy,
}

pub(super) struct Shared {
    pub transport: Transport,
    pub budget: Budget,
    pub clock: Clock,
    pub dates: Dates,
    pub schema: Mutex<Learnt>,
    /// Without the token: for the downloads.
    settings: ClientSettings,
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

    pub(super) fn learnt(&self) -> std::sync::MutexGuard<'_, Learnt> {
        self.shared.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error as of the token that this client has.
    pub(super) fn said_by(&self, error: ApiError) -> ApiError {
        error.of_token(self.shared.settings.token_source)
    }
}

/// A page of one record cannot be made smaller.
fn patience_for(size: u32) -> Patience {
    if size > 1 { Patience::ForLess } else { Patience::ForThis }
}

pub(super) fn page_size(size: u32) -> i64 {
    i64::from(size.clamp(1, LARGEST_PAGE))
}
