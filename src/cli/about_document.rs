//! What is held on a person or a body, as one JSON document, written as it is found.

use serde_json::{Value, json};

use super::about_places::{Holding, NOT_SEARCHED};
use super::json_rows::print_row;
use super::{Failure, Printer};
use crate::desk::{About, AboutDocument, AboutDossier, AboutMessage, Finding, Findings, Message, Unread};
use crate::domain::instant::to_rfc3339;
use crate::domain::text::escaped_json;

/// The lists of the document, in their order.
const LISTS: [&str; 4] = ["dossiers", "documents", "messages", "elsewhere"];

/// The document that is being written.
pub(super) struct Document<'a> {
    printer: &'a Printer,
    /// Which list is open, and whether it is still empty.
    list: usize,
    is_empty: bool,
    is_found: bool,
}

impl<'a> Document<'a> {
    /// Begins with what is looked for.
    pub fn begin(sought: &str, printer: &'a Printer) -> Result<Self, Failure> {
        let sought = escaped_json(&json!(sought).to_string());
        printer.verbatim(&format!("{{\n  \"sought\": {sought},\n  \"{}\": [", LISTS[0]))?;
        Ok(Self { printer, list: 0, is_empty: true, is_found: false })
    }

    /// Adds one thing to its list.
    pub fn add(&mut self, about: &About) -> Result<(), Failure> {
        self.is_found = true;
        match about {
            About::Dossier(about) => self.row(0, &dossier(about)),
            About::Document(about) => self.row(1, &document(about)),
            About::Message(about) => self.row(2, &of_message(about)),
            About::Elsewhere(found) => findings(found).iter().try_for_each(|found| self.row(3, found)),
        }
    }

    fn row(&mut self, list: usize, row: &Value) -> Result<(), Failure> {
        self.open(list)?;
        print_row(row, std::mem::take(&mut self.is_empty), self.printer)
    }

    fn open(&mut self, list: usize) -> Result<(), Failure> {
        for next in LISTS.iter().take(list + 1).skip(self.list + 1) {
            self.close()?;
            self.printer.verbatim(&format!(",\n  \"{next}\": ["))?;
            self.is_empty = true;
        }
        self.list = self.list.max(list);
        Ok(())
    }

    fn close(&self) -> Result<(), Failure> {
        self.printer.verbatim(if self.is_empty { "]" } else { "\n  ]" })
    }

    /// Ends with what could not be read, for how long all this is held, and what was not looked through.
    pub fn end(mut self, unread: &Unread, places: &[Holding]) -> Result<(), Failure> {
        self.open(LISTS.len() - 1)?;
        self.close()?;
        for (name, value) in [
            ("found", json!(self.is_found)),
            ("unread", json!({ "dossiers": unread.dossiers, "documents": unread.documents })),
            ("searched", json!(places)),
            ("not_searched", json!(NOT_SEARCHED)),
        ] {
            self.printer.verbatim(&format!(",\n  \"{name}\": {}", escaped_json(&value.to_string())))?;
        }
        self.printer.verbatim("\n}\n")
    }
}

fn dossier(about: &AboutDossier) -> Value {
    let AboutDossier { line, findings: found, counts, due_at, link } = about;
    json!({
        "number": line.number,
        "procedure": line.procedure,
        "programme": line.programme.code(),
        "state": line.state.code(),
        "siret": line.siret,
        "applicant": line.applicant,
        "departement": line.departement,
        "removed_at": line.removed_at.map(to_rfc3339),
        "erased_at": line.erased_at.map(to_rfc3339),
        "erasable_at": due_at.map(to_rfc3339),
        "versions": counts.versions,
        "attachments": counts.files,
        "contents": counts.contents,
        "acts": counts.acts,
        "url": link,
        "found": findings(found),
        "more": found.more,
        "in_parts": found.is_in_parts,
    })
}

fn document(about: &AboutDocument) -> Value {
    let AboutDocument { document, kept_at, formats, paths, findings: found, messages } = about;
    json!({
        "kind": document.kind,
        "period": document.period,
        "revision": document.revision,
        "withdrawn": document.is_withdrawn,
        "kept_at": to_rfc3339(*kept_at),
        "formats": formats,
        "paths": paths,
        "found": findings(found),
        "more": found.more,
        "messages": messages.iter().map(message).collect::<Vec<_>>(),
    })
}

fn of_message(about: &AboutMessage) -> Value {
    let mut row = message(&about.message);
    row["found"] = json!(findings(&about.findings));
    row
}

fn message(message: &Message) -> Value {
    json!({
        "id": message.id,
        "to": message.key.address,
        "kind": message.key.kind.code(),
        "period": message.key.period,
        "revision": message.key.revision,
        "rehearsal": message.key.rehearsal,
        "state": message.progress.state.code(),
        "settled_at": message.progress.settled_at.map(to_rfc3339),
        "subject": message.subject,
    })
}

fn findings(found: &Findings) -> Vec<Value> {
    let row = |finding: &Finding| {
        json!({
            "place": finding.place,
            "excerpt": finding.excerpt,
            "first_version": finding.versions.map(|span| to_rfc3339(span.first)),
            "last_version": finding.versions.map(|span| to_rfc3339(span.last)),
            "current": finding.versions.map(|span| span.is_current),
            "at": finding.at.map(to_rfc3339),
        })
    };
    found.told.iter().map(row).collect()
}
