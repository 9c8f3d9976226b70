//! The service's side: does what commands ask, one task each.

use std::io::{Read as _, Seek as _};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Order, Told, Wanted};
use crate::cli::Failure;
use crate::cli::sync::Report;
use crate::daemon::{Control, Ended, Glimpse, Means, News, Ongoing, Present, Pulse, Setback, Syncs, Talk};
use crate::desk::Drawn;
use crate::files::{ScratchError, refusal_in_french};
use crate::sync::{Request, Scope};

/// Who connects and asks nothing is not waited for; nor is who does not take the answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest question, in bytes.
const LONGEST_ORDER: u64 = 1 << 20;
/// How many bytes of a file are told at once.
const PIECE: usize = 1 << 18;
/// After the system refused a connection.
const PAUSE: Duration = Duration::from_secs(1);

/// All that it takes to do what commands ask.
pub struct Serving {
    /// What it is done with.
    pub present: Present,
    /// The sync under way, whoever asked for it.
    pub syncs: Arc<Syncs>,
    /// Stops what is under way.
    pub stop: CancellationToken,
    /// Told whenever something moves.
    pub pulse: Pulse,
}

impl Serving {
    /// Listens until asked to stop, and then until what is under way has ended.
    pub async fn run(self: Arc<Self>, control: Control) {
        let tasks = TaskTracker::new();
        while let Some(accepted) = self.stop.run_until_cancelled(control.accept()).await {
            match accepted {
                Ok(talk) => {
                    let serving = Arc::clone(&self);
                    let syncs = tasks.clone();
                    tasks.spawn(async move { serving.attend(talk, &syncs).await });
                }
                Err(error) => {
                    let reason = refusal_in_french(&error);
                    tracing::warn!(reason, "une commande n’a pas pu joindre le service");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(control);
        tasks.close();
        tasks.wait().await;
    }

    async fn attend(&self, mut talk: Talk, tasks: &TaskTracker) {
        let heard = self.stop.run_until_cancelled(timeout(PATIENCE, talk.hear::<Order>(LONGEST_ORDER))).await;
        let told = match heard {
            Some(Ok(Ok(Some(order)))) => self.fulfil(order, &mut talk, tasks).await,
            Some(Ok(Err(_))) => Err(Failure::failed("le service n’a pas compris ce qui lui est demandé")
                .hint("il est sans doute d’une autre version que cette commande : « systemctl restart fitn »")),
            // Nobody is there any more, or nothing was asked.
            Some(Ok(Ok(None)) | Err(_)) | None => return,
        };
        // Who left sees the outcome in « fitn status ».
        let _ = timeout(PATIENCE, talk.say(&told.unwrap_or_else(Told::Failed))).await;
    }

    async fn fulfil(&self, order: Order, talk: &mut Talk, tasks: &TaskTracker) -> Result<Told, Failure> {
        let means = Arc::clone(&self.present.borrow());
        if order.configuration != means.configuration {
            return Ok(Told::OtherConfiguration);
        }
        match order.wanted {
            Wanted::Sync { procedures, full } => {
                let asked = |number: &_| procedures.is_empty() || procedures.contains(number);
                let followed = means.followed.iter().filter(|followed| asked(&followed.number));
                let scope = if full { Scope::Everything } else { Scope::Changes };
                let request = Request { procedures: followed.copied().collect(), scope, trigger: "manual" };
                self.sync(means, request, talk, tasks).await
            }
            Wanted::Quarantine => {
                let procedures = means.followed.clone();
                let request = Request { procedures, scope: Scope::Quarantine, trigger: "quarantine" };
                self.sync(means, request, talk, tasks).await
            }
            Wanted::Evaluate => Ok(Told::Evaluated(means.desk.evaluate(true)?)),
            Wanted::Send => self.send(means, talk, tasks).await,
            Wanted::Document { document, manner, directory } => {
                let drawn = tokio::task::block_in_place(|| means.desk.draw(document, &manner, &directory))?;
                hand_over(drawn, talk).await
            }
        }
    }

    /// Shows the sync under way where it reads all that is asked for; else begins one, after it if need be.
    async fn sync(
        &self,
        means: Arc<Means>,
        request: Request,
        talk: &mut Talk,
        tasks: &TaskTracker,
    ) -> Result<Told, Failure> {
        loop {
            match self.syncs.begin(&request) {
                Ok(turn) => {
                    let setback = |Setback { message, hint, .. }| Failure::usage(message).hint(hint);
                    let engine = (means.reach)(&means.desk).map_err(setback)?.stopped_by(self.stop.clone());
                    let (ongoing, pulse, present) = (turn.ongoing(), self.pulse.clone(), self.present.clone());
                    // A task of its own: neither a caller that left nor one that stands still keeps it from going on.
                    tasks.spawn(async move {
                        turn.sync(&means, &present, engine, &request, move || pulse.beat()).await;
                    });
                    return told(show(ongoing, talk).await);
                }
                Err(ongoing) if ongoing.covers(&request) => {
                    // Who left meanwhile misses nothing.
                    let _ = talk.say(&Told::Joins).await;
                    return told(show(ongoing, talk).await);
                }
                Err(ongoing) => {
                    let is_there = talk.say(&Told::Waits).await.is_ok();
                    show(ongoing, talk).await;
                    // Nobody wants it any more who left before it began.
                    if self.stop.is_cancelled() || !is_there || talk.say(&Told::Begins).await.is_err() {
                        return Err(Failure::try_later("le service s’arrête").hint("relancez la commande ensuite"));
                    }
                }
            }
        }
    }

    /// Sends what is due, whatever pauses, and tells of each message.
    async fn send(&self, means: Arc<Means>, talk: &mut Talk, tasks: &TaskTracker) -> Result<Told, Failure> {
        let (stop, pulse) = (self.stop.clone(), self.pulse.clone());
        let (teller, mut told) = unbounded_channel();
        // A task of its own, as above.
        let sending = tasks.spawn(async move {
            let moved = || {
                pulse.beat();
                // Nobody watches any more: that keeps nothing from being sent.
                let _ = teller.send(());
            };
            means.desk.deliver(true, || stop.is_cancelled(), moved)
        });
        let mut is_there = true;
        while told.recv().await.is_some() {
            is_there = is_there && talk.say(&Told::Message).await.is_ok();
        }
        let delivered = sending.await.map_err(|_| {
            Failure::failed("l’envoi s’est arrêté sur une erreur interne")
                .hint("signalez-le avec le journal du service")
        })?;
        Ok(Told::Delivered(delivered?))
    }
}

/// Tells how a sync goes until it ends; none: it ended on an internal error.
async fn show(mut ongoing: Ongoing, talk: &mut Talk) -> Option<Ended> {
    let (mut shown, mut is_there) = (Glimpse::default(), true);
    loop {
        match ongoing.news().await {
            News::Ended(ended) => return ended,
            News::Going(glimpse) => {
                let is_new = |now: &Option<_>, before: &Option<_>| now.clone().filter(|_| now != before);
                let begun = is_new(&glimpse.begun, &shown.begun);
                let count = if begun.is_some() { glimpse.count.clone() } else { is_new(&glimpse.count, &shown.count) };
                for progress in begun.into_iter().chain(count) {
                    is_there = is_there && talk.say(&Told::Progress(progress)).await.is_ok();
                }
                shown = glimpse;
            }
        }
    }
}

fn told(ended: Option<Ended>) -> Result<Told, Failure> {
    let Some(ended) = ended else {
        return Err(Failure::failed("la synchronisation s’est arrêtée sur une erreur interne")
            .hint("signalez-le avec le journal du service"));
    };
    match &*ended {
        Ok(synced) => Ok(Told::Synced(Box::new(Report::from(synced)))),
        Err(error) => Err(Failure::from(error)),
    }
}

/// Tells the bytes of the files of a document, then the document.
async fn hand_over(drawn: Drawn, talk: &mut Talk) -> Result<Told, Failure> {
    for (file, content) in drawn.contents().enumerate() {
        let (mut bytes, mut piece) = (content.bytes(), Vec::with_capacity(PIECE));
        loop {
            piece.clear();
            let read = (&mut bytes).take(PIECE as u64).read_to_end(&mut piece);
            read.map_err(|error| Failure::failed(ScratchError::from(error)))?;
            if piece.is_empty() && bytes.stream_position().is_ok_and(|at| at > 0) {
                break;
            }
            let told = Told::Piece { file, bytes: BASE64_STANDARD.encode(&piece) };
            // Nobody is there any more: the document is kept all the same.
            let is_there = timeout(PATIENCE, talk.say(&told)).await.is_ok_and(|said| said.is_ok());
            if !is_there || piece.is_empty() {
                break;
            }
        }
    }
    Ok(Told::Drawn(Box::new(drawn)))
}
