//! A document as PDF, after PDF/UA-1 (readable by screen readers) and PDF/A-2a (readable in decades): tagged, with its language, its
//! title, an outline, the headers of its tables and the alternatives of its charts, and with its fonts. Nothing is fetched, and nothing
//! of this machine gets in: the same document gives the same bytes.

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::ecow::EcoVec;
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use unicode_normalization::UnicodeNormalization;

use super::{Document, paper};
use crate::domain::text::printable;
use crate::reports::{GENERATOR, ReportError};

const TEMPLATE: &str = include_str!("document.typ");
const FONTS: [&[u8]; 2] =
    [include_bytes!("fonts/LiberationSans-Regular.ttf.zst"), include_bytes!("fonts/LiberationSans-Bold.ttf.zst")];
/// What stands for a character that the fonts do not have.
const UNKNOWN: char = '□';

/// The bytes of the file.
///
/// # Errors
/// What keeps it from being written; by its nature, nothing of what people typed.
pub fn write(document: &Document) -> Result<Vec<u8>, ReportError> {
    let bytes = composed(document);
    // What was computed on the way is for this document alone.
    typst::comemo::evict(0);
    bytes
}

fn composed(document: &Document) -> Result<Vec<u8>, ReportError> {
    let desk = Desk::laid_out(document)?;
    let composed = typst::compile::<PagedDocument>(&desk).output.map_err(|errors| refused(&errors))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).map_err(|_| ReportError::Pdf)?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{} {}", document.title, document.standing)),
        creator: Smart::Custom(Some(GENERATOR.to_owned())),
        timestamp: timestamp(document.closed_at),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&composed, &options).map_err(|errors| refused(&errors))
}

/// The messages quote the document, so they are shown to who develops the program only.
fn refused(errors: &EcoVec<SourceDiagnostic>) -> ReportError {
    if cfg!(test) {
        errors.iter().for_each(|error| eprintln!("{} {:?}", error.message, error.hints));
    }
    ReportError::Pdf
}

fn timestamp(at: jiff::Timestamp) -> Option<Timestamp> {
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    let part = |number: i8| u8::try_from(number).ok();
    let (month, day) = (part(at.month())?, part(at.day())?);
    let (hour, minute, second) = (part(at.hour())?, part(at.minute())?, part(at.second())?);
    Datetime::from_ymd_hms(i32::from(at.year()), month, day, hour, minute, second).map(Timestamp::new_utc)
}

/// All there is when a document is composed: the template, the data, the fonts.
struct Desk {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    data: (FileId, Bytes),
}

impl Desk {
    fn laid_out(document: &Document) -> Result<Self, ReportError> {
        let file = |name: &str| {
            let path = VirtualPath::new(name).map_err(|_| ReportError::Pdf)?;
            Ok::<_, ReportError>(RootedPath::new(VirtualRoot::Project, path).intern())
        };
        let fonts = fonts()?;
        let data = covered(&paper::data(document).to_string(), &fonts);
        Ok(Self {
            library: LazyHash::new(
                Library::builder().with_features([Feature::A11yExtras].into_iter().collect()).build(),
            ),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            template: Source::new(file("document.typ")?, TEMPLATE.to_owned()),
            data: (file("document.json")?, Bytes::from_string(data)),
        })
    }
}

fn fonts() -> Result<Vec<Font>, ReportError> {
    let font = |packed| Font::new(Bytes::new(zstd::decode_all(packed)?), 0).ok_or(ReportError::Pdf);
    FONTS.into_iter().map(font).collect()
}

/// The characters of a text that the fonts do not have, each once, in their order: another sign stands for them.
///
/// # Errors
/// The fonts cannot be read.
pub fn unprintable(text: &str) -> Result<Vec<char>, ReportError> {
    let fonts = fonts()?;
    let mut missing = Vec::new();
    for character in printable(text).nfc() {
        if covered(character.encode_utf8(&mut [0; 4]), &fonts).starts_with(UNKNOWN)
            && character != UNKNOWN
            && !missing.contains(&character)
        {
            missing.push(character);
        }
    }
    Ok(missing)
}

/// A text of characters that all the fonts have: both standards refuse any other.
fn covered(text: &str, fonts: &[Font]) -> String {
    let has = |character: char| fonts.iter().all(|font| font.info().coverage.contains(u32::from(character)));
    text.chars()
        .map(|character| match character {
            '\n' | '\u{200b}' => character,
            '\u{2011}' => '\u{2010}',
            _ if has(character) => character,
            _ => UNKNOWN,
        })
        .collect()
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 { Ok(self.data.1.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// The template asks for no date: the clock stays out.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
