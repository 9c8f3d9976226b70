//! Where each key of a TOML text stands, so that a mistake found later still has its line.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;

/// The keys of a TOML text with their places.
#[derive(Debug)]
pub struct Source {
    lines: Lines,
    entries: Vec<Entry>,
}

/// One key, or one element of a list.
#[derive(Debug)]
struct Entry {
    /// Dotted, with `[]` for an element of a list: `procedures[].number`.
    key: String,
    /// The kind of its value, as the toml crate names it.
    kind: &'static str,
    /// Its name in the text; empty for an element of a list.
    name: Range<usize>,
    /// Its value in the text.
    value: Range<usize>,
}

impl Source {
    /// Finds every key.
    pub(super) fn read(text: &str) -> Result<Self, toml::de::Error> {
        let table = DeTable::parse(text)?;
        let mut entries = Vec::new();
        collect_table("", table.get_ref(), &mut entries);
        Ok(Self { lines: Lines::of(text), entries })
    }

    /// The line of a place, from 1.
    #[must_use]
    pub fn line_at(&self, offset: usize) -> usize {
        self.lines.at(offset)
    }

    /// The dotted key at a place and the kind of its value: the innermost one whose name or value covers it.
    pub(super) fn key_at(&self, offset: usize) -> Option<(String, &'static str)> {
        self.entries
            .iter()
            .filter_map(|entry| {
                let around = [&entry.name, &entry.value].into_iter().find(|range| range.contains(&offset))?;
                Some((around.len(), entry))
            })
            .min_by_key(|(length, _)| *length)
            .map(|(_, entry)| (shown(&entry.key), entry.kind))
    }

    /// The first of these keys, in the order given, that has something else than a table. The reader would take a list
    /// for a table with its values in order.
    #[must_use]
    pub fn not_a_table(&self, file: &Path, keys: &[&str]) -> Option<Mistake> {
        let entry = keys.iter().flat_map(|key| self.entries.iter().filter(move |entry| entry.key == *key));
        let wrong = entry.into_iter().find(|entry| entry.kind != "table")?;
        let key = shown(&wrong.key);
        let written = if wrong.key.ends_with("[]") { format!("[[{key}]]") } else { format!("[{key}]") };
        let mend = format!("écrivez {written} sur une ligne, puis ses clés dessous");
        let line = Some(self.line_at(wrong.value.start));
        Some(Mistake { line, ..Mistake::of_key(file, &key, "il faut une table ici", &mend) })
    }

    /// A mistake at a place: of the innermost key whose name or value covers it.
    #[must_use]
    pub fn mistake_at(&self, file: &Path, offset: usize, message: String, mend: String) -> Mistake {
        let key = self.key_at(offset).map(|(key, _)| key);
        Mistake { file: file.to_owned(), line: Some(self.line_at(offset)), key, message, mend }
    }

    /// A mistake in the value of the `index`-th key of that name.
    #[must_use]
    pub fn mistake(&self, file: &Path, key: &str, index: usize, message: &str, mend: &str) -> Mistake {
        let place = self.entries.iter().filter(|entry| entry.key == key).nth(index);
        Mistake {
            line: place.map(|entry| self.line_at(entry.value.start)),
            ..Mistake::of_key(file, &shown(key), message, mend)
        }
    }
}

/// Where the lines of a text end, found once: every key of a long file may be asked for its line.
#[derive(Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of a place, from 1.
    pub(super) fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// As the operator writes it: without the marks of lists.
fn shown(key: &str) -> String {
    key.replace("[]", "")
}

fn collect_table(prefix: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (name, value) in table {
        let dot = if prefix.is_empty() { "" } else { "." };
        collect(format!("{prefix}{dot}{}", name.get_ref()), name.span(), value, entries);
    }
}

fn collect(key: String, name: Range<usize>, value: &Spanned<DeValue<'_>>, entries: &mut Vec<Entry>) {
    match value.get_ref() {
        DeValue::Table(table) => collect_table(&key, table, entries),
        DeValue::Array(items) => {
            for item in items {
                collect(format!("{key}[]"), 0..0, item, entries);
            }
        }
        _ => {}
    }
    entries.push(Entry { key, kind: value.get_ref().type_str(), name, value: value.span() });
}
