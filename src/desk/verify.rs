//! Whether a file is one that was kept here, and what it says otherwise.

use std::io::{self, BufReader};
use std::path::Path;

use super::shelf::Scratched;
use super::{Desk, DeskError, monthly};
use crate::domain::message::MessageKind;
use crate::files::{open_plain, sha256_of};
use crate::reports::monthly::verify::{Differences, Found, LARGEST};
use crate::reports::{ReportError, WorkbookFormat};
use crate::store::{KeptExport, Reader, StoreError};

/// A document that is kept here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDocument {
    /// As in `view_exports`.
    pub kind: String,
    /// As in `view_exports`.
    pub period: String,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
    /// It was taken back: it does not stand.
    pub is_withdrawn: bool,
    /// The revision that stands for the period, when it is another one.
    pub stands: Option<u32>,
}

impl KeptDocument {
    /// The document that a kept file is of.
    pub(super) fn of(reader: &Reader<'_>, export: &KeptExport) -> Result<Self, StoreError> {
        let stands = reader.export_latest_revision(&export.kind, &export.period)?;
        Ok(Self {
            kind: export.kind.clone(),
            period: export.period.clone(),
            revision: export.revision,
            is_withdrawn: export.is_withdrawn,
            stands: stands.filter(|stands| *stands != export.revision),
        })
    }

    /// As people read it.
    #[must_use]
    pub fn label(&self) -> &str {
        self.kind.parse::<MessageKind>().map_or(&self.kind, |kind| kind.label())
    }
}

/// What a file is found to be.
#[derive(Debug)]
pub enum Verified {
    /// A kept one, byte for byte.
    Same(KeptDocument),
    /// A kept list that was saved again: other bytes, and everything in it is the same.
    SavedAgain(KeptDocument),
    /// A list that says something else than the kept one that is nearest to it.
    Differs(KeptDocument, Differences),
    /// No kept one, and no list that can be compared; why, in French.
    NoneOfOurs(String),
    /// It cannot be read.
    Unreadable(io::Error),
}

impl Verified {
    /// Whether everything in it is what was kept, and stands: what was taken back does not.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        matches!(self, Self::Same(document) | Self::SavedAgain(document) if !document.is_withdrawn)
    }
}

const NO_LIST: &str = "ses octets ne sont ceux d’aucun document conservé ici, et il n’est pas une liste qui se compare ligne à ligne : \
    CSV, XLSX, ODS ou JSON, avec la colonne « numero_dossier » ; un rapport ou un dossier de comité ne se reconnaît qu’à ses octets, et un classeur de \
    comité rempli se lit par « fitn committee read »";
const TOO_LARGE: &str = "ses octets ne sont ceux d’aucun document conservé ici, et il est trop grand pour être une liste (plus de 500 Mo) : il n’a pas été lu";
const NOTHING_KEPT: &str = "aucune liste qui puisse être relue n’est conservée ici";
const NOTHING_SHARED: &str = "aucun de ses dossiers n’est dans une liste conservée ici";
const FROM_ELSEWHERE: &str = "ses dossiers ne sont pas ceux des listes conservées ici, ou disent tout autre chose sous les mêmes numéros : il vient d’une autre base";

impl Desk {
    /// Tells what a file is. Nothing is written.
    ///
    /// # Errors
    /// The database, or no room for what is compared.
    pub fn verify(&self, path: &Path) -> Result<Verified, DeskError> {
        let sha256 = match sha256_of(path) {
            Ok(sha256) => sha256,
            Err(error) => return Ok(Verified::Unreadable(error)),
        };
        self.store.read(|reader| {
            let known = reader.exports_with(&sha256)?;
            if let Some(export) = known.into_iter().min_by_key(|export| export.is_withdrawn) {
                return Ok(Verified::Same(KeptDocument::of(reader, &export)?));
            }
            let file = match open_plain(path) {
                Ok(file) => file,
                Err(error) => return Ok(Verified::Unreadable(error)),
            };
            if file.metadata().is_ok_and(|metadata| metadata.len() > LARGEST) {
                return Ok(Verified::NoneOfOurs(TOO_LARGE.to_owned()));
            }
            let scratch = Scratched::new()?;
            match Found::read(&mut BufReader::new(file), &scratch)? {
                None => Ok(Verified::NoneOfOurs(NO_LIST.to_owned())),
                // It is never kept: whatever it differs from says nothing of it.
                Some(found) if found.is_provisional() => Ok(Verified::NoneOfOurs(provisional(&found))),
                Some(found) => compared(reader, &found),
            }
        })
    }
}

/// What a list says otherwise than the kept one that is nearest to it.
fn compared(reader: &Reader<'_>, found: &Found<'_>) -> Result<Verified, DeskError> {
    let mut nearest: Option<(KeptExport, Differences)> = None;
    let mut is_any_readable = false;
    for list in reader.exports_of(monthly::KIND.code, "json")? {
        let Some(content) = reader.export_content(&list.file)? else { continue };
        let most = nearest.as_ref().map_or(usize::MAX, |(_, differences)| differences.weight.saturating_sub(1));
        match found.differences(content.bytes(), most) {
            Ok(Some(differences)) => nearest = Some((list, differences)),
            Ok(None) => {}
            Err(ReportError::KeptList { .. }) => continue,
            Err(error) => return Err(error.into()),
        }
        is_any_readable = true;
        if nearest.as_ref().is_some_and(|(_, differences)| differences.are_none()) {
            break;
        }
    }
    let none = |why: &str| Ok(Verified::NoneOfOurs(why.to_owned()));
    let Some((list, mut differences)) = nearest else {
        return none(if is_any_readable { NOTHING_SHARED } else { NOTHING_KEPT });
    };
    if differences.common == 0 && !differences.are_none() {
        return none(NOTHING_SHARED);
    }
    if found.is_from_elsewhere(&differences) {
        return none(FROM_ELSEWHERE);
    }
    if let Some(format) = found.workbook() {
        differences = differences.with(of_sheets(reader, found, format, &list)?);
    }
    let document = KeptDocument::of(reader, &list)?;
    Ok(if differences.are_none() { Verified::SavedAgain(document) } else { Verified::Differs(document, differences) })
}

/// `liste provisoire de novembre 2026, jamais conservée`.
fn provisional(found: &Found<'_>) -> String {
    let month = found.month().map(|month| format!(" ({})", month.label())).unwrap_or_default();
    format!("liste provisoire{month} : une liste provisoire n’est jamais conservée, et rien n’a été comparé")
}

/// What the other sheets of a workbook say otherwise than those that are kept: in the same format, else in the other one.
fn of_sheets(
    reader: &Reader<'_>,
    found: &Found<'_>,
    format: WorkbookFormat,
    list: &KeptExport,
) -> Result<Differences, DeskError> {
    let files = reader.export_files(&list.kind, &list.period, list.revision)?;
    let mut formats = vec![format];
    formats.extend(WorkbookFormat::ALL.into_iter().filter(|other| *other != format));
    for format in formats {
        let Some(file) = files.iter().find(|file| file.format == format.code()) else { continue };
        let Some(content) = reader.export_content(file)? else { continue };
        if let Some(differences) = found.differences_of_sheets(format, content.bytes()) {
            return Ok(differences);
        }
    }
    Ok(Differences::of_sheets_without_counterpart())
}
