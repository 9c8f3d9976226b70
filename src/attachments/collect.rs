//! A collection: the files that are not kept yet, dossier by dossier; those that were never asked for first, so that no number of
//! files that cannot be had keeps another one from its first try.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::time::Instant;

use super::fetch::{self, FetchError, Fetched, Worth, fetch, worth};
use super::{AttachmentError, Attachments, Digests, Limits, due};
use crate::api::{ApiError, DownloadError, Downloader, ErrorKind, FileLink};
use crate::domain::attachment::{Kept, KeptAttachment};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::store::{AttachmentRecord, StoreError, SyncLock};
use crate::sync::{Engine, Progress, SyncError};

/// After so many files in a row that their storage could not give, the others are left for the next collection.
const MOST_FAULTS: usize = 3;

/// What a collection did.
#[derive(Debug, Default)]
pub struct Collected {
    /// Files kept as DS announces them.
    pub verified: u64,
    /// Files kept, though not as DS announces them.
    pub unverified: u64,
    /// Files that could not be had at this try.
    pub failed: u64,
    /// Contents that were on the disk and no longer are, or are altered: asked for again.
    pub lost: u64,
    /// Dossiers that were read again because DS said something else of their files.
    pub read_again: u64,
    /// The time allowed was over before the last dossier.
    pub out_of_time: bool,
    /// What ended the collection before its end.
    pub error: Option<AttachmentError>,
}

/// Which files of a dossier are asked for. Each dossier has its turn with those never asked for before any with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Those never asked for.
    First,
    /// Those that could not be had, or are in doubt.
    Again,
}

/// What came of asking for a file.
#[derive(Debug)]
enum Attempt {
    /// What is kept of it now.
    Settled(Kept),
    /// DS does not have it as it is stored, or as it announces it.
    Differs,
    /// The time is over: it stays as it was.
    Left,
}

/// What DS says of the files of a dossier, next to what is stored of them.
#[derive(Debug, PartialEq, Eq)]
enum Agreement {
    /// Each file was seen to.
    Complete,
    /// Something is not as stored: the dossier is to be read again.
    Broken,
}

impl Attachments {
    /// Fetches the files of these démarches that are not kept yet; none when files are not downloaded. What goes wrong is
    /// in the answer.
    ///
    /// # Errors
    /// The database.
    pub async fn collect(
        &self,
        engine: &Engine,
        held: &SyncLock,
        procedures: &[ProcedureNumber],
    ) -> Result<Option<Collected>, StoreError> {
        let Some(limits) = &self.download else { return Ok(None) };
        let mut collection = Collection {
            attachments: self,
            engine,
            held,
            limits,
            until: Instant::now() + limits.max_run,
            tried: BTreeSet::new(),
            faults: Vec::new(),
            collected: Collected::default(),
        };
        match collection.run(procedures).await {
            Ok(()) => {}
            Err(AttachmentError::Store(error)) => return Err(error),
            Err(error) => {
                if !matches!(error, AttachmentError::Stopped) {
                    tracing::warn!(%error, "collecte des pièces jointes interrompue");
                }
                collection.collected.error = Some(error);
            }
        }
        Ok(Some(collection.collected))
    }
}

struct Collection<'a> {
    attachments: &'a Attachments,
    engine: &'a Engine,
    held: &'a SyncLock,
    limits: &'a Limits,
    /// When its time is over.
    until: Instant,
    /// Files that could not be had in this collection, by dossier and position.
    tried: BTreeSet<(DossierNumber, i64)>,
    /// What the storage failed with since it last gave a file.
    faults: Vec<DownloadError>,
    collected: Collected,
}

impl Collection<'_> {
    async fn run(&mut self, procedures: &[ProcedureNumber]) -> Result<(), AttachmentError> {
        if let Some(survey) = self.attachments.survey_of_the_day().await? {
            self.collected.lost = survey.missing + survey.altered;
        }
        self.attachments.contents.prepare()?;
        let downloader = self.engine.client().downloader(&self.limits.internal_hosts)?;
        let queue = self.queue(procedures)?;
        self.engine.tell(Progress::Downloads { dossiers: queue.len() as u64 });
        for (seen_to, (dossier, turn)) in (0..).zip(queue) {
            if self.is_out_of_time() {
                break;
            }
            self.dossier(&downloader, dossier, turn, seen_to).await?;
        }
        Ok(())
    }

    /// The dossiers with files to ask for now: those with files never asked for, by number, then those with others, by when
    /// these are due.
    fn queue(&self, procedures: &[ProcedureNumber]) -> Result<Vec<(DossierNumber, Turn)>, AttachmentError> {
        let now = self.attachments.now()?;
        let (mut first, mut again) = (BTreeSet::new(), BTreeMap::new());
        self.attachments.store.read::<_, StoreError>(|reader| {
            for procedure in procedures {
                for dossier in reader.attachments_wanted(*procedure)? {
                    let records = reader.attachments(dossier)?;
                    for file in records.iter().map(|record| &record.kept).filter(|file| is_asked_for(file, now)) {
                        if turn_of(file) == Turn::First {
                            first.insert(dossier);
                        } else {
                            let due_at = again.entry(dossier).or_insert(Timestamp::MAX);
                            *due_at = due::due_at(file).min(*due_at);
                        }
                    }
                }
            }
            Ok(())
        })?;
        let mut again: Vec<_> = again.into_iter().collect();
        again.sort_by_key(|(dossier, due_at)| (*due_at, *dossier));
        let first = first.into_iter().map(|dossier| (dossier, Turn::First));
        Ok(first.chain(again.into_iter().map(|(dossier, _)| (dossier, Turn::Again))).collect())
    }

    fn is_out_of_time(&mut self) -> bool {
        self.collected.out_of_time = Instant::now() >= self.until;
        self.collected.out_of_time
    }

    /// The files of one dossier. Where DS says something else than what is stored, or where a content is not what it
    /// announces, the dossier is read again, once; what DS then says holds.
    async fn dossier(
        &mut self,
        downloader: &Downloader,
        dossier: DossierNumber,
        turn: Turn,
        seen_to: u64,
    ) -> Result<(), AttachmentError> {
        for last in [false, true] {
            let wanted = self.wanted(dossier, turn)?;
            if wanted.is_empty() {
                break;
            }
            let links = match self.links(dossier).await {
                Ok(links) => links,
                Err(error) => return self.give_up(&wanted, error),
            };
            let mut round = Round { downloader, dossier, links, last, seen_to };
            if self.round(&mut round, &wanted).await? == Agreement::Complete {
                break;
            }
            match self.engine.read_again(self.held, dossier).await {
                Ok(true) => {
                    self.collected.read_again += 1;
                    self.attachments.list()?;
                    // Its files may have other positions now.
                    self.tried.retain(|(tried, _)| *tried != dossier);
                }
                Ok(false) => {}
                Err(SyncError::Api { source, .. }) => return self.give_up(&wanted, source.into()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The files of a dossier that are to be asked for in a turn. Those that are too large are not asked for at all, and what an older
    /// version of the program took for a file in doubt, though it is none, leaves at once.
    fn wanted(&mut self, dossier: DossierNumber, turn: Turn) -> Result<Vec<AttachmentRecord>, AttachmentError> {
        let now = self.attachments.now()?;
        let mut records = self.attachments.store.read::<_, StoreError>(|reader| reader.attachments(dossier))?;
        records.retain(|record| {
            let is_tried = self.tried.contains(&(dossier, record.position));
            turn_of(&record.kept) == turn && !is_tried && is_asked_for(&record.kept, now)
        });
        let mut wanted = Vec::new();
        for mut record in records {
            if let Kept::Unverified { sha256, .. } = &record.kept.kept
                && let Some(reason) = self.wrong(sha256, &record)?
            {
                let failed = Kept::Failed { reason };
                self.note(&record, &failed)?;
                record.kept.kept = failed;
            }
            if record.kept.attachment.file.byte_size.unsigned_abs() > self.limits.max_bytes {
                self.settle(&record, &Kept::Failed { reason: fetch::too_large(self.limits) })?;
            } else {
                wanted.push(record);
            }
        }
        Ok(wanted)
    }

    /// Why a content that is kept is not the file, if it is not: by its size and its beginning, since it is known not to be as
    /// announced.
    fn wrong(&self, sha256: &str, record: &AttachmentRecord) -> Result<Option<String>, AttachmentError> {
        let contents = &self.attachments.contents;
        let Some(size) = contents.size(sha256)? else { return Ok(None) };
        let digests = Digests { sha256: sha256.to_owned(), md5: String::new(), size };
        Ok(match worth(&digests, &contents.head(sha256)?, false, &record.kept.attachment.file) {
            Worth::Verified | Worth::Doubtful(_) => None,
            Worth::Wrong(reason) => Some(reason),
            Worth::StoodIn(error) => Some(error.to_string()),
        })
    }

    async fn links(&self, dossier: DossierNumber) -> Result<Vec<FileLink>, AttachmentError> {
        let answer = self.engine.until_stopped(self.engine.client().file_links(dossier)).await;
        Ok(answer.ok_or(AttachmentError::Stopped)??)
    }

    /// A question about one dossier failed: its files are asked for again later, unless the failure concerns all dossiers.
    fn give_up(&mut self, wanted: &[AttachmentRecord], error: AttachmentError) -> Result<(), AttachmentError> {
        match &error {
            AttachmentError::Api(source) if is_about_the_dossier(source) => {
                let reason = source.to_string();
                wanted.iter().try_for_each(|record| self.settle(record, &Kept::Failed { reason: reason.clone() }))?;
                Ok(())
            }
            _ => Err(error),
        }
    }

    async fn round(
        &mut self,
        round: &mut Round<'_>,
        wanted: &[AttachmentRecord],
    ) -> Result<Agreement, AttachmentError> {
        let mut agreement = Agreement::Complete;
        for record in wanted {
            if self.is_out_of_time() {
                return Ok(Agreement::Complete);
            }
            match self.file(round, record).await? {
                Attempt::Settled(kept) => self.settle(record, &kept)?,
                Attempt::Differs if round.last => {
                    self.settle(record, &Kept::Failed { reason: "DS ne donne plus ce fichier".to_owned() })?;
                }
                Attempt::Differs => agreement = Agreement::Broken,
                Attempt::Left => {}
            }
            self.engine.tell(Progress::Downloaded { dossiers: round.seen_to });
            if self.faults.len() >= MOST_FAULTS {
                return Err(self.faults.swap_remove(0).into());
            }
        }
        Ok(agreement)
    }

    /// One file.
    async fn file(&mut self, round: &mut Round<'_>, record: &AttachmentRecord) -> Result<Attempt, AttachmentError> {
        let wanted = &record.kept.attachment;
        let Some(mut link) = round.take(record) else { return Ok(Attempt::Differs) };
        if link.attachment.file.virus_scan != wanted.file.virus_scan && !round.last {
            return Ok(Attempt::Differs);
        }
        if !link.attachment.is_safe() {
            let reason = "l’analyse antivirus de DS ne dit pas que le fichier est sûr".to_owned();
            return Ok(Attempt::Settled(Kept::Failed { reason }));
        }
        if !self.attachments.contents.has_room(self.limits.disk_floor, wanted.file.byte_size.unsigned_abs())? {
            // Smaller ones may have room.
            return Ok(Attempt::Settled(Kept::Failed { reason: fetch::NO_ROOM.to_owned() }));
        }
        let began = Instant::now();
        let mut fetched = self.fetch(round.downloader, &link).await?;
        if matches!(&fetched, Err(FetchError::Download(error)) if error.is_refused_link()) {
            // Addresses live for an hour: those of the other files are as old.
            round.links = self.links(round.dossier).await?;
            let Some(fresh) = round.take(record) else { return Ok(Attempt::Differs) };
            link = fresh;
            fetched = self.fetch(round.downloader, &link).await?;
        }
        let Fetched { incoming, said_html } = match fetched {
            Ok(fetched) => fetched,
            Err(FetchError::Disk(error)) => return Err(error),
            // One that had most of the time would never let another one have its turn.
            Err(FetchError::OutOfTime) if began.elapsed() < self.limits.max_run / 2 => return Ok(Attempt::Left),
            // Each try would be another refusal.
            Err(FetchError::Download(DownloadError::ProxyAuth)) => return Err(ApiError::ProxyAuth.into()),
            Err(error) => {
                let reason = error.to_string();
                if let FetchError::Download(error) = error
                    && !error.is_refused_link()
                {
                    self.faults.push(error);
                }
                return Ok(Attempt::Settled(Kept::Failed { reason }));
            }
        };
        let digests = incoming.digests();
        let sha256 = digests.sha256.clone();
        let kept = match worth(&digests, incoming.head(), said_html, &link.attachment.file) {
            Worth::StoodIn(error) => {
                let reason = error.to_string();
                self.faults.push(error);
                return Ok(Attempt::Settled(Kept::Failed { reason }));
            }
            Worth::Verified => Kept::Stored { sha256 },
            Worth::Doubtful(_) | Worth::Wrong(_) if !round.last => return Ok(Attempt::Differs),
            Worth::Doubtful(reason) => Kept::Unverified { sha256, reason },
            Worth::Wrong(reason) => {
                self.faults.clear();
                return Ok(Attempt::Settled(Kept::Failed { reason }));
            }
        };
        self.faults.clear();
        self.attachments.contents.keep(&incoming, &digests.sha256)?;
        Ok(Attempt::Settled(kept))
    }

    async fn fetch(
        &self,
        downloader: &Downloader,
        link: &FileLink,
    ) -> Result<Result<Fetched, FetchError>, AttachmentError> {
        let fetching = fetch(downloader, &self.attachments.contents, self.limits, &link.url, self.until);
        self.engine.until_stopped(fetching).await.ok_or(AttachmentError::Stopped)
    }

    /// Notes what became of a file, as soon as that is known.
    fn settle(&mut self, record: &AttachmentRecord, kept: &Kept) -> Result<(), StoreError> {
        match kept {
            Kept::Stored { .. } => self.collected.verified += 1,
            Kept::Unverified { .. } => self.collected.unverified += 1,
            Kept::Failed { .. } => self.collected.failed += 1,
            Kept::Pending => {}
        }
        if matches!(kept, Kept::Failed { .. } | Kept::Unverified { .. }) {
            self.tried.insert((record.dossier, record.position));
        }
        // A content in doubt is better than none: it stays until there is another.
        match (&record.kept.kept, kept) {
            (doubtful @ Kept::Unverified { .. }, Kept::Failed { .. }) => self.note(record, doubtful),
            _ => self.note(record, kept),
        }
    }

    fn note(&self, record: &AttachmentRecord, kept: &Kept) -> Result<(), StoreError> {
        if let Some(reason) = kept.reason() {
            tracing::info!(dossier = record.dossier, position = record.position, reason, "pièce jointe non vérifiée");
        }
        let now = self.attachments.now()?;
        self.attachments.store.write(|writer| writer.attachment_settle(record.dossier, record.position, kept, now))
    }
}

/// Whether a file is to be asked for now. DS first looks for viruses: the sync asks for the dossier again until it has.
fn is_asked_for(file: &KeptAttachment, now: Timestamp) -> bool {
    file.kept.is_wanted() && !file.attachment.awaits_scan() && due::is_due(file, now)
}

/// In which turn a file is asked for.
const fn turn_of(file: &KeptAttachment) -> Turn {
    if matches!(file.kept, Kept::Pending) { Turn::First } else { Turn::Again }
}

/// One pass over the files of a dossier.
struct Round<'a> {
    downloader: &'a Downloader,
    dossier: DossierNumber,
    links: Vec<FileLink>,
    /// Whether the dossier was read again already.
    last: bool,
    /// Dossiers seen to before this one.
    seen_to: u64,
}

impl Round<'_> {
    /// The link of a file. Two files may be alike in all: each has its own.
    fn take(&mut self, record: &AttachmentRecord) -> Option<FileLink> {
        let same = |link: &FileLink| link.attachment.is_same_as(&record.kept.attachment);
        self.links.iter().position(same).map(|index| self.links.swap_remove(index))
    }
}

/// Whether a failure is that of one dossier, the others may well be had.
fn is_about_the_dossier(error: &ApiError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::Timeout
            | ErrorKind::ServerFault
            | ErrorKind::InvalidNull
            | ErrorKind::Unreadable
    )
}
