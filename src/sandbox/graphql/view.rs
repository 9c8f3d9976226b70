//! What the resolvers share during one request: the data, the fragments of the document, the signing of URLs.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use apollo_compiler::ast;
use jiff::Timestamp;

use super::failure::Failure;
use super::record::{Record, datetime};
use crate::sandbox::files;
use crate::sandbox::world::{File, Kind, World};

/// What the resolvers share. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub struct View<'w> {
    /// The data.
    pub world: &'w World,
    /// The fragments of the document.
    pub fragments: &'w Fragments,
    /// The signing of URLs.
    pub signer: &'w Signer,
}

/// The types that a document has fragments on, anywhere: they decide what some champs are called (API facts, 4.3).
#[derive(Debug, Default)]
pub struct Fragments {
    names: BTreeSet<String>,
    everything: bool,
    inline_without_type: bool,
}

impl Fragments {
    /// Looks through a whole document; an operation named `IntrospectionQuery` counts as having them all.
    #[must_use]
    pub fn of(document: &ast::Document) -> Self {
        let mut fragments = Self::default();
        for definition in &document.definitions {
            match definition {
                ast::Definition::OperationDefinition(operation) => {
                    fragments.everything |= operation.name.as_ref().is_some_and(|name| name == "IntrospectionQuery");
                    fragments.look_through(&operation.selection_set);
                }
                ast::Definition::FragmentDefinition(fragment) => {
                    fragments.names.insert(fragment.type_condition.to_string());
                    fragments.look_through(&fragment.selection_set);
                }
                _ => {}
            }
        }
        fragments
    }

    fn look_through(&mut self, selections: &[ast::Selection]) {
        for selection in selections {
            match selection {
                ast::Selection::Field(field) => self.look_through(&field.selection_set),
                ast::Selection::InlineFragment(inline) => {
                    match &inline.type_condition {
                        Some(name) => drop(self.names.insert(name.to_string())),
                        None => self.inline_without_type = true,
                    }
                    self.look_through(&inline.selection_set);
                }
                ast::Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Whether the document has a fragment on a type.
    ///
    /// # Errors
    /// [`Failure::Crash`] when it has an inline fragment without a type, which the server's look-up does not survive (API
    /// facts, 2.7).
    pub fn has(&self, type_name: &str) -> Result<bool, Failure> {
        if self.everything {
            Ok(true)
        } else if self.inline_without_type {
            Err(Failure::Crash)
        } else {
            Ok(self.names.contains(type_name))
        }
    }

    /// The type that a champ of a kind is shown as.
    ///
    /// # Errors
    /// See [`Fragments::has`].
    pub fn champ_type(&self, kind: Kind) -> Result<&'static str, Failure> {
        if kind.champ() == kind.degraded_champ() || self.has(kind.champ())? {
            Ok(kind.champ())
        } else {
            Ok(kind.degraded_champ())
        }
    }
}

/// Signs the URLs of files: never twice the same (API facts, 5.9).
#[derive(Debug)]
pub struct Signer {
    origin: String,
    now: Timestamp,
    drawn: AtomicU64,
}

impl Signer {
    /// Signs for one answer. `origin` is the scheme and host that the request came to, `now` when it came, `serial` the
    /// number of the answer.
    #[must_use]
    pub fn new(origin: String, now: Timestamp, serial: u64) -> Self {
        Self { origin, now, drawn: AtomicU64::new(serial << 32) }
    }

    fn url(&self, file: &File) -> String {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        format!("{}{}", self.origin, files::path(file.content, &file.filename, self.now, drawn))
    }

    /// A file as the API shows it.
    #[must_use]
    pub fn file(&self, file: &File) -> Record {
        Record::new(
            "File",
            [
                ("filename", file.filename.as_str().into()),
                ("contentType", file.content_type.into()),
                ("byteSizeBigInt", file.byte_size.to_string().into()),
                ("checksum", file.checksum.as_str().into()),
                ("createdAt", datetime(file.created_at)),
                ("url", self.url(file).into()),
                ("virusScanResult", file.virus_scan.into()),
            ],
        )
    }
}
