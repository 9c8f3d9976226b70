//! How a document is made: what one snapshot of the database gives for a request.

use std::fs::File;
use std::io::BufWriter;

use jiff::Timestamp;

use super::keeping::refuse_other_commentary;
use super::{Early, Kind, Manner};
use crate::desk::footing::{Footing, PATIENCE, Provisional, named};
use crate::desk::{Desk, DeskError};
use crate::domain::aside::Unreadable;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::french_instant;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::text::counted;
use crate::evaluation::{Evaluator, Past, Picture, Wanted};
use crate::files::Written;
use crate::reports::{ReportError, Sources, Summary, shown};
use crate::store::{Reader, StoreError};
use crate::territory::Region;

/// What a document is made for, and from.
pub(in crate::desk) struct Edition<'a> {
    /// Until when the dossiers are known: before the end of the period, the document is provisional.
    pub drawn_up_at: Timestamp,
    /// The instant whose state of things it shows.
    pub as_of: Timestamp,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
    /// Nothing keeps it from being final but the day on which it will be.
    pub is_draft: bool,
    past: &'a Past<'a>,
    provisional: Vec<String>,
    behind: Vec<String>,
}

impl Edition<'_> {
    /// Calls `each` with the dossiers at that instant, in no order, without what no document shows of them.
    pub fn each(&self, mut each: impl FnMut(Judged) -> Result<(), DeskError>) -> Result<(), DeskError> {
        self.past.each(|judged| each(shown(judged)))
    }

    /// What every document is drawn up from, beside its dossiers.
    pub fn sources<'a>(&'a self, desk: &'a Desk) -> Sources<'a> {
        let picture = &self.past.picture;
        Sources {
            region: Region::of(&desk.region),
            served: &desk.served,
            excluded: &picture.excluded,
            unreadable: &picture.unreadable,
            known_since: &picture.known_since,
            provisional: &self.provisional,
            behind: &self.behind,
            site: &desk.site,
        }
    }
}

/// The files of a document.
pub(in crate::desk) struct Rendered {
    /// What it says in some lines.
    pub summary: Summary,
    pub files: Vec<RenderedFile>,
    /// SHA-256, in hexadecimal, of what a final one says, whenever it is made and whatever its revision.
    pub says: String,
    /// The kept document that it could not be compared with.
    pub not_compared: Option<String>,
}

/// One file of a document: format, name, bytes.
pub(in crate::desk) struct RenderedFile {
    pub format: &'static str,
    pub file_name: String,
    pub content: Written,
}

/// What one snapshot of the database gives for a request.
pub(super) enum Found {
    /// The document is kept, under this revision.
    Kept { revision: u32, early: Option<Early> },
    /// A correction would say the same as the document kept under this revision.
    Same {
        revision: u32,
        /// Dossiers that are unreadable in both.
        unreadable: Vec<DossierNumber>,
        /// The kept document that the correction could not be compared with.
        not_compared: Option<String>,
    },
    /// It was made.
    Made(Box<Making>),
}

pub(super) struct Making {
    pub rendered: Rendered,
    pub revision: u32,
    pub footing: Footing,
    pub unreadable: Vec<Unreadable>,
    pub in_quarantine: Vec<DossierNumber>,
}

impl RenderedFile {
    /// Has a file written.
    pub fn by(
        format: &'static str,
        stem: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> Result<(), ReportError>,
    ) -> Result<Self, ReportError> {
        Ok(Self { format, file_name: format!("{stem}.{format}"), content: Written::by(write)? })
    }
}

impl Desk {
    pub(super) fn find_or_make(
        &self,
        reader: &Reader<'_>,
        kind: &Kind,
        period: &dyn Period,
        manner: &Manner,
        make: impl FnOnce(&Reader<'_>, &Edition<'_>) -> Result<Rendered, DeskError>,
    ) -> Result<Found, DeskError> {
        let (code, revise) = (period.to_string(), manner.revise);
        let latest = reader.export_latest_revision(kind.code, &code)?;
        if let (Some(revision), false) = (latest, revise) {
            refuse_other_commentary(reader, kind, &code, manner)?;
            let kept_at = reader.export_kept_at(kind.code, &code, revision)?;
            let is_early = |kept_at: &Timestamp| *kept_at < period.ends_before();
            let early =
                kept_at.filter(is_early).map(|kept_at| Early { kind: kind.code.to_owned(), period: code, kept_at });
            return Ok(Found::Kept { revision, early });
        }
        self.evaluator.refuse_other_configuration(reader)?;
        let mut footing = self.footing(reader, kind.programmes, kind.label, period)?;
        if footing.known_until < period.starts_at() {
            return Err(DeskError::NotBegun(code));
        }
        let as_of = footing.known_until.min(period.closes_at());
        let standings = reader.standings()?;
        let past = self.evaluator.past(reader, as_of, Wanted::Programmes(kind.programmes), &standings)?;
        let picture = &past.picture;
        let (awaited, given_up) = withheld(reader, picture, footing.known_until)?;
        footing.provisional.extend(awaited);
        if let (Some(until), None, false) = ((kind.draft_until)(self, period), latest, manner.last)
            && footing.known_until < until
            && footing.provisional.is_empty()
        {
            footing.provisional.push(Provisional::Draft(until));
        }
        if revise && let Some(reason) = footing.provisional.first() {
            return Err(DeskError::NotFinal { period: code, reason: reason.to_string(), hint: reason.hint() });
        }
        let edition = Edition {
            drawn_up_at: footing.known_until,
            as_of,
            revision: reader.export_next_revision(kind.code, &code)?,
            past: &past,
            is_draft: matches!(footing.provisional.as_slice(), [Provisional::Draft(_)]),
            provisional: footing.provisional.iter().map(ToString::to_string).collect(),
            behind: footing
                .behind
                .iter()
                .map(ToString::to_string)
                .chain(given_up)
                .chain(never_received(reader, &self.evaluator, kind.programmes)?)
                .collect(),
        };
        let rendered = make(reader, &edition)?;
        if let Some(revision) = latest
            && reader.export_says(kind.code, &code, revision)?.as_ref() == Some(&rendered.says)
        {
            let unreadable = numbers(&picture.unreadable);
            return Ok(Found::Same { revision, unreadable, not_compared: rendered.not_compared });
        }
        let excluded: Vec<DossierNumber> = picture.excluded.iter().map(|excluded| excluded.number).collect();
        let mut in_quarantine = Vec::new();
        for procedure in self.evaluator.procedures().iter().filter(|one| kind.programmes.contains(&one.programme)) {
            in_quarantine.extend(reader.quarantine(Some(procedure.number))?.into_iter().map(|entry| entry.dossier));
        }
        in_quarantine.retain(|dossier| !excluded.contains(dossier));
        let revision = edition.revision;
        let unreadable = past.picture.unreadable;
        Ok(Found::Made(Box::new(Making { rendered, revision, footing, unreadable, in_quarantine })))
    }
}

/// What keeps a document from being final when DS gave dossiers without their champs or annotations: those that DS shows no more
/// now, whatever it did at the instant of the picture, will not be completed. Those in quarantine for long, when DS was read last,
/// are waited for no longer: they stand as they are, each with a sentence for the document.
fn withheld(
    reader: &Reader<'_>,
    picture: &Picture,
    known_until: Timestamp,
) -> Result<(Option<Provisional>, Vec<String>), StoreError> {
    let (mut dossiers, mut gone, mut given_up) = (Vec::new(), Vec::new(), Vec::new());
    for number in picture.withheld.iter().copied() {
        let since = reader.quarantine_of(number)?.map(|entry| entry.since);
        if let Some(since) = since.filter(|since| known_until.duration_since(*since) >= PATIENCE) {
            given_up.push(format!(
                "Dossier {number}, dont DS ne donne pas les champs ou les annotations depuis le {} : il est montré sans ce qui \
                 n’est pas donné, et reste à relire.",
                french_instant(since)
            ));
            continue;
        }
        dossiers.push(number);
        if reader.dossier_line(number)?.is_some_and(|line| line.removed.is_some()) {
            gone.push(number);
        }
    }
    Ok(((!dossiers.is_empty()).then_some(Provisional::Withheld { dossiers, gone }), given_up))
}

/// Dossiers of which nothing is known: DS had removed them before they could be read. What there is to say of them in the document.
fn never_received(
    reader: &Reader<'_>,
    evaluator: &Evaluator,
    programmes: &[Programme],
) -> Result<Option<String>, StoreError> {
    let mut unknown = Vec::new();
    for procedure in evaluator.procedures().iter().filter(|one| programmes.contains(&one.programme)) {
        unknown.extend(reader.never_received(procedure.number)?);
    }
    let mut grants: Vec<DossierNumber> = unknown.iter().filter(|(_, accepted)| *accepted).map(|(n, _)| *n).collect();
    grants.sort_unstable();
    if grants.is_empty() {
        return Ok(None);
    }
    let (is_one, others) = (grants.len() == 1, unknown.len() - grants.len());
    let not_filed = match (is_one, others) {
        (true, 0) => "il n’est pas parmi les dossiers déposés".to_owned(),
        (false, 0) => "ils ne sont pas parmi les dossiers déposés".to_owned(),
        (_, others) => {
            let (them, others) =
                (if is_one { "lui" } else { "eux" }, counted(others, "autre, non accepté", "autres, non acceptés"));
            format!("ni {them} ni {others}, ne sont parmi les dossiers déposés")
        }
    };
    Ok(Some(format!(
        "{} de DS avant d’avoir pu être {} ici {} : ce qui leur a été accordé n’est pas connu, et n’est dans aucune somme. Leur date de dépôt \
         n’est pas connue non plus : {not_filed}.",
        counted(grants.len(), "dossier accepté a été retiré", "dossiers acceptés ont été retirés"),
        if is_one { "lu" } else { "lus" },
        named(&grants),
    )))
}

pub(super) fn numbers(unreadable: &[Unreadable]) -> Vec<DossierNumber> {
    unreadable.iter().map(|one| one.number).collect()
}
