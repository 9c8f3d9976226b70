//! Documents that are kept: made once their period is over, then the same bytes for ever; a correction is a new revision
//! beside the first, when there is something to correct.

use std::fmt;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::footing::{Behind, Footing, PATIENCE, Provisional, named};
use super::{Desk, DeskError};
use crate::domain::aside::Unreadable;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::french_instant;
use crate::domain::message::MessageKind;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::text::counted;
use crate::evaluation::{Evaluator, Past, Picture, Wanted};
use crate::files::Written;
use crate::reports::quarterly::Commentary;
use crate::reports::{ReportError, Sources, Summary, shown};
use crate::store::{NewExport, Reader, StoreError};
use crate::territory::Region;

/// The beginning of the keys of the alerts about documents.
const ALERT: &str = "document";
const UNREADABLE_HINT: &str = "signalez-le avec ces numéros, ou reprenez une sauvegarde ; une fois le contenu lisible, une \
    correction du document se demande par « --revise »";
const PREVIOUS_HINT: &str = "les fichiers de cette liste, dans le répertoire des exports, restent lisibles par eux-mêmes : comparez \
    avec eux ; demander ensuite une correction du document par « --revise » lève cette alerte";

/// A document that was made or found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Its files, with their SHA-256 in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// Why it is not final, and was not kept; nothing when it is final.
    pub provisional: Vec<Provisional>,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
    /// It had been kept before, and these are the same bytes.
    pub from_archive: bool,
    /// A correction was asked for, and nothing differs from what is kept.
    pub nothing_to_correct: bool,
    /// The démarches that DS gives no more: their dossiers stand in it as they were read last.
    pub behind: Vec<Behind>,
    /// Dossiers that stand in it as unreadable.
    pub unreadable: Vec<DossierNumber>,
    /// The kept list that it could not be compared with, which can no longer be read: what changed since is not known.
    pub not_compared: Option<String>,
    /// Dossiers of its démarches that are in quarantine now: they may be missing from it, or incomplete in it. Those set aside by a
    /// person are not among them.
    pub in_quarantine: Vec<DossierNumber>,
    /// It was kept before its period was over, and stands for it all the same.
    pub early: Option<Early>,
}

/// A document that was kept before its period was over: by a clock that was wrong then, and was corrected since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// As in `view_exports`.
    kind: String,
    period: String,
    /// When it was kept, as corrected.
    kept_at: Timestamp,
}

impl Early {
    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> String {
        let Self { kind, period, .. } = self;
        format!(
            "si personne ne l’a reçu, reprenez-le, puis redemandez-le : fitn export withdraw --kind {kind} --period {period} \
             --never-sent --reason \"MOTIF\" --by \"NOM\" ; s’il est parti, demandez une correction par « --revise »"
        )
    }
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept_at = french_instant(self.kept_at);
        write!(
            f,
            "le document conservé a été arrêté le {kept_at}, avant la fin de sa période : la suite peut y manquer"
        )
    }
}

impl Exported {
    /// Whether nothing keeps it from being final but the day on which it will be.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(self.provisional.as_slice(), [Provisional::Draft(_)])
    }

    /// Whether it is not final, and was not kept.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        !self.provisional.is_empty()
    }
}

/// A document as it is drawn up, and kept where it is final; its files are yet to be put into their directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drawn {
    exported: Exported,
    files: Vec<DrawnFile>,
    /// Kept files whose bytes are no longer those of their SHA-256, by name.
    damaged: Vec<String>,
}

/// One file of it.
#[derive(Debug, Serialize, Deserialize)]
struct DrawnFile {
    name: String,
    sha256: String,
    /// Its bytes; they travel by themselves, and are missing until all of them have come.
    #[serde(skip)]
    content: Option<Written>,
}

impl DrawnFile {
    fn new(name: String, content: Written) -> Self {
        Self { name, sha256: content.sha256().to_owned(), content: Some(content) }
    }
}

impl Drawn {
    /// The bytes of its files, in their order.
    pub fn contents(&self) -> impl Iterator<Item = &Written> {
        self.files.iter().filter_map(|file| file.content.as_ref())
    }

    /// The same with the bytes of its files, which came by themselves, in their order; none when they are not its own.
    #[must_use]
    pub fn with(mut self, contents: Vec<Written>) -> Option<Self> {
        let is_whole = self.files.len() == contents.len()
            && self.files.iter().zip(&contents).all(|(file, content)| file.sha256 == content.sha256());
        for (file, content) in self.files.iter_mut().zip(contents) {
            file.content = Some(content);
        }
        is_whole.then_some(self)
    }

    /// Puts its files into a directory.
    ///
    /// # Errors
    /// [`DeskError::File`] for one that cannot be written, [`DeskError::Damaged`] once those that are not damaged were.
    pub fn write(self, directory: &Path) -> Result<Exported, DeskError> {
        let Self { exported, files, damaged } = self;
        let mut written = Vec::new();
        for DrawnFile { name, sha256, content } in files {
            let path = directory.join(name);
            if let Some(content) = content {
                content.put(&path).map_err(|source| DeskError::File { path: path.display().to_string(), source })?;
            }
            written.push((path, sha256));
        }
        if !damaged.is_empty() {
            return Err(DeskError::Damaged(damaged.join(", ")));
        }
        Ok(Exported { files: written, ..exported })
    }
}

/// What is said of a kept list that another could not be compared with, in French.
#[must_use]
pub fn told_not_compared(previous: &str) -> String {
    format!(
        "la liste conservée « {previous} » est illisible dans la base ; les évolutions depuis elle ne sont pas connues"
    )
}

/// How a document is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// A numbered correction of what is kept.
    pub revise: bool,
    /// No draft, though it is not yet the day on which it is kept by itself.
    pub last: bool,
    /// What people say of the period, instead of what they said before; an empty text takes that back.
    pub commentary: Option<Commentary>,
}

/// A kind of document.
pub(super) struct Kind {
    /// What brings it to people.
    pub message: MessageKind,
    /// As in `view_exports`.
    pub code: &'static str,
    /// As in messages, with its article.
    pub label: &'static str,
    /// The programmes it is about.
    pub programmes: &'static [Programme],
    /// Until when that of a period is a draft; none: it never is.
    pub draft_until: fn(&Desk, &dyn Period) -> Option<Timestamp>,
}

/// What a document is made for, and from.
pub(super) struct Edition<'a> {
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
pub(super) struct Rendered {
    /// What it says in some lines.
    pub summary: Summary,
    pub files: Vec<RenderedFile>,
    /// SHA-256, in hexadecimal, of what a final one says, whenever it is made and whatever its revision.
    pub says: String,
    /// The kept document that it could not be compared with.
    pub not_compared: Option<String>,
}

/// One file of a document: format, name, bytes.
pub(super) struct RenderedFile {
    pub format: &'static str,
    pub file_name: String,
    pub content: Written,
}

/// What one snapshot of the database gives for a request.
enum Found {
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

struct Making {
    rendered: Rendered,
    revision: u32,
    footing: Footing,
    unreadable: Vec<Unreadable>,
    in_quarantine: Vec<DossierNumber>,
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
    /// Gives the document kept for a period, or makes it: `render` is called when there is something to make. All that a
    /// document is made from comes from one snapshot of the database. Its files are to be written into the directory.
    pub(super) fn drawn(
        &self,
        kind: &Kind,
        period: &dyn Period,
        manner: &Manner,
        directory: &Path,
        render: impl FnOnce(&Reader<'_>, &Edition<'_>) -> Result<Rendered, DeskError>,
    ) -> Result<Drawn, DeskError> {
        let code = period.to_string();
        match self.store.read(|reader| self.find_or_make(reader, kind, period, manner, render))? {
            Found::Kept { revision, early } => {
                self.tell_early(kind, &code, early.as_ref())?;
                self.add_missing_messages(kind, &code, revision)?;
                let mut drawn = self.archived(kind, &code, revision, false)?;
                drawn.exported.early = early;
                Ok(drawn)
            }
            Found::Same { revision, unreadable, not_compared } => {
                self.tell_unreadable(kind, &code, &unreadable)?;
                self.tell_not_compared(kind, &code, not_compared.as_deref())?;
                self.archived(kind, &code, revision, true)
            }
            Found::Made(made) => self.hand_out(kind, &code, directory, manner, *made),
        }
    }

    fn find_or_make(
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
                .chain(unknown_grants(reader, &self.evaluator, kind.programmes)?)
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

    /// Keeps a document that is final.
    fn hand_out(
        &self,
        kind: &Kind,
        code: &str,
        directory: &Path,
        manner: &Manner,
        made: Making,
    ) -> Result<Drawn, DeskError> {
        let Making { rendered, revision, footing, unreadable, in_quarantine } = made;
        let unreadable = numbers(&unreadable);
        self.tell_unreadable(kind, code, &unreadable)?;
        self.tell_not_compared(kind, code, rendered.not_compared.as_deref())?;
        let commentary = manner.commentary.as_ref();
        if footing.provisional.is_empty() {
            if !self.keep(kind, code, revision, directory, (&rendered, commentary))? {
                self.store.read(|reader| refuse_other_commentary(reader, kind, code, manner))?;
                return self.archived(kind, code, revision, false);
            }
        } else if let Some(commentary) = commentary {
            let now = self.now()?;
            self.store.write(|writer| writer.commentary_put(kind.code, code, commentary.text(), now))?;
        }
        if footing.provisional.is_empty() {
            self.tell_early(kind, code, None)?;
        }
        let exported = Exported {
            files: Vec::new(),
            provisional: footing.provisional,
            revision,
            from_archive: false,
            nothing_to_correct: false,
            behind: footing.behind,
            unreadable,
            not_compared: rendered.not_compared,
            in_quarantine,
            early: None,
        };
        let drawn = |file: RenderedFile| DrawnFile::new(file.file_name, file.content);
        Ok(Drawn { exported, files: rendered.files.into_iter().map(drawn).collect(), damaged: Vec::new() })
    }

    fn archived(&self, kind: &Kind, code: &str, revision: u32, nothing_to_correct: bool) -> Result<Drawn, DeskError> {
        let (mut files, mut damaged) = (Vec::new(), Vec::new());
        self.store.read::<_, StoreError>(|reader| {
            for file in reader.export_files(kind.code, code, revision)? {
                match reader.export_content(&file)? {
                    Some(content) => files.push(DrawnFile::new(file.file_name, content)),
                    None => damaged.push(file.file_name),
                }
            }
            Ok(())
        })?;
        let exported = Exported {
            files: Vec::new(),
            provisional: Vec::new(),
            revision,
            from_archive: true,
            nothing_to_correct,
            behind: Vec::new(),
            unreadable: Vec::new(),
            not_compared: None,
            in_quarantine: Vec::new(),
            early: None,
        };
        Ok(Drawn { exported, files, damaged })
    }

    /// One alert a kind of document, about the one made last; taken back when the next has nothing unreadable in it.
    fn tell_unreadable(&self, kind: &Kind, code: &str, unreadable: &[DossierNumber]) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:unreadable", kind.code);
        self.store.write(|writer| {
            if unreadable.is_empty() {
                return writer.alert_settle(&key);
            }
            let numbers: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
            let message = format!(
                "{}, {code} : le contenu enregistré de {} est illisible (n° {}) ; le document le dit et ne {} compte dans aucune somme",
                kind.label,
                counted(unreadable.len(), "dossier", "dossiers"),
                numbers.join(", "),
                if unreadable.len() == 1 { "le" } else { "les" }
            );
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &message, UNREADABLE_HINT, now)
        })
    }

    /// One alert a document that could not be compared with the one kept before; taken back when it is made again, or a correction
    /// of it is asked for, and it can be.
    fn tell_not_compared(&self, kind: &Kind, code: &str, previous: Option<&str>) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:previous:{code}", kind.code);
        self.store.write(|writer| {
            let Some(previous) = previous else { return writer.alert_settle(&key) };
            let message = format!("{}, {code} : {}, le document le dit", kind.label, told_not_compared(previous));
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &message, PREVIOUS_HINT, now)
        })
    }

    /// One alert a document kept before its period was over; taken back once another stands for the period.
    fn tell_early(&self, kind: &Kind, code: &str, early: Option<&Early>) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:early:{code}", kind.code);
        self.store.write(|writer| {
            let Some(early) = early else { return writer.alert_settle(&key) };
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &format!("{}, {code} : {early}", kind.label), &early.hint(), now)
        })
    }

    /// The rows come before the files: a file that could not be written is there again at the next request. What brings it to people
    /// goes into the outbox in the same transaction. False when somebody else has kept this edition meanwhile, which then stands.
    fn keep(
        &self,
        kind: &Kind,
        code: &str,
        revision: u32,
        directory: &Path,
        (rendered, commentary): (&Rendered, Option<&Commentary>),
    ) -> Result<bool, DeskError> {
        let now = self.now()?;
        let directory = std::path::absolute(directory)
            .map_err(|source| DeskError::File { path: directory.display().to_string(), source })?;
        let messages = self.messages_for(kind, code, revision, &directory, rendered, now)?;
        self.store.write::<_, DeskError>(|writer| {
            if writer.reader().export_next_revision(kind.code, code)? > revision {
                return Ok(false);
            }
            for message in &messages {
                writer.message_put(message, now)?;
            }
            if let Some(commentary) = commentary {
                writer.commentary_put(kind.code, code, commentary.text(), now)?;
            }
            for file in &rendered.files {
                let export = NewExport {
                    kind: kind.code.to_owned(),
                    period: code.to_owned(),
                    revision,
                    format: file.format.to_owned(),
                    file_name: file.file_name.clone(),
                    path: directory.join(&file.file_name).display().to_string(),
                    says: rendered.says.clone(),
                };
                writer.export_keep(&export, &file.content, now)?;
            }
            Ok(true)
        })
    }
}

/// A document that is kept says what it says: another commentary is a correction.
fn refuse_other_commentary(reader: &Reader<'_>, kind: &Kind, code: &str, manner: &Manner) -> Result<(), DeskError> {
    let Some(commentary) = &manner.commentary else { return Ok(()) };
    if reader.commentary(kind.code, code)?.unwrap_or_default() == commentary.text() {
        return Ok(());
    }
    Err(DeskError::Refused {
        message: format!("{}, {code} : il est arrêté, son commentaire ne change plus ; rien n’a été écrit", kind.label),
        hint: "demandez une correction numérotée : ajoutez « --revise » à la même commande".to_owned(),
    })
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

/// Grants of which nothing is known: DS had erased their dossiers before they could be read. One sentence, for the document.
fn unknown_grants(
    reader: &Reader<'_>,
    evaluator: &Evaluator,
    programmes: &[Programme],
) -> Result<Option<String>, StoreError> {
    let mut unknown = Vec::new();
    for procedure in evaluator.procedures().iter().filter(|one| programmes.contains(&one.programme)) {
        unknown.extend(reader.grants_never_received(procedure.number)?);
    }
    unknown.sort_unstable();
    Ok((!unknown.is_empty()).then(|| {
        format!(
            "{} de DS avant d’avoir pu être {} ici {} : ce qui leur a été accordé n’est pas connu, et n’est dans aucune somme.",
            counted(unknown.len(), "dossier accepté a été retiré", "dossiers acceptés ont été retirés"),
            if unknown.len() == 1 { "lu" } else { "lus" },
            named(&unknown)
        )
    }))
}

fn numbers(unreadable: &[Unreadable]) -> Vec<DossierNumber> {
    unreadable.iter().map(|one| one.number).collect()
}
