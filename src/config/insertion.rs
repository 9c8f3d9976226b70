//! A mapping put into the text of a configuration: everything that is there stays as it is, to the byte.
//!
//! The place is found from the tables of the text, and what comes out is read back: it must say what the text said, with the
//! mapping and nothing else. A text laid out in a way that this does not know is refused, never half changed.

use toml::{Table, Value};

use crate::domain::dossier::ProcedureNumber;
use crate::toml_text::signs;

/// Why a mapping is not put into a text: what is said of the démarche, in French.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InsertionError {
    /// The démarche has no table `[[procedures]]` of its own: it is not there, or written on one line.
    #[error("n’a pas de table [[procedures]] à elle")]
    NoTable,
    /// The démarche already has a mapping.
    #[error("a déjà une correspondance")]
    Mapped,
    /// What would come out is not the text with the mapping.
    #[error("est décrite d’une façon que cette commande ne sait pas compléter")]
    Layout,
}

/// The header of the table that a mapping is written under.
const FIELDS: &str = "[procedures.fields]";

/// The text with a fragment that begins with comments and `[procedures.fields]` put where the démarche is described.
///
/// # Errors
/// [`InsertionError`].
pub fn with_fields(text: &str, procedure: ProcedureNumber, fragment: &str) -> Result<String, InsertionError> {
    let expected = said_with_fields(text, procedure, fragment)?;
    let sections = sections(text);
    let own =
        sections.iter().position(|section| section.procedure == Some(procedure)).ok_or(InsertionError::NoTable)?;
    let mut of_it = sections.iter().skip(own + 1).take_while(|section| !section.begins_procedure);
    let fields = of_it.find(|section| section.is_fields);
    let section = fields.or(sections.get(own)).ok_or(InsertionError::NoTable)?;
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    // The header that is there already serves.
    let lines = fragment.lines().filter(|line| fields.is_none() || *line != FIELDS);

    let (before, after) = text.split_at(section.end_of_content(text));
    let mut out = before.to_owned();
    if !out.ends_with('\n') {
        out.push_str(newline);
    }
    out.push_str(newline);
    for line in lines {
        out.push_str(line);
        out.push_str(newline);
    }
    if !after.is_empty() && !after.starts_with(['\r', '\n']) {
        out.push_str(newline);
    }
    out.push_str(after);
    if out.parse::<Table>().is_ok_and(|found| found == expected) { Ok(out) } else { Err(InsertionError::Layout) }
}

/// What the text with the mapping must say.
fn said_with_fields(text: &str, procedure: ProcedureNumber, fragment: &str) -> Result<Table, InsertionError> {
    let read = |text: &str| text.parse::<Table>().map_err(|_| InsertionError::Layout);
    let (mut said, proposed) = (read(text)?, read(fragment)?);
    let fields = proposed.get("procedures").and_then(|procedures| procedures.get("fields"));
    let fields = fields.ok_or(InsertionError::Layout)?;
    let procedures = said.get_mut("procedures").and_then(Value::as_array_mut).ok_or(InsertionError::NoTable)?;
    let own = procedures.iter_mut().filter_map(Value::as_table_mut);
    let mut own = own.filter(|table| table.get("number").and_then(Value::as_integer) == Some(procedure));
    let table = own.next().ok_or(InsertionError::NoTable)?;
    if own.next().is_some() {
        return Err(InsertionError::Layout);
    }
    match table.insert("fields".to_owned(), fields.clone()) {
        Some(Value::Table(before)) if !before.is_empty() => Err(InsertionError::Mapped),
        _ => Ok(said),
    }
}

/// A header with what follows it, to the next header.
struct Section {
    start: usize,
    end: usize,
    /// It is a `[[procedures]]`.
    begins_procedure: bool,
    /// The number that it gives.
    procedure: Option<ProcedureNumber>,
    /// It is a `[procedures.fields]` without any key.
    is_fields: bool,
}

impl Section {
    /// Where its last line ends: blank lines left out, and the comments that head the next section.
    fn end_of_content(&self, text: &str) -> usize {
        let lines: Vec<&str> = text.get(self.start..self.end).unwrap_or_default().split_inclusive('\n').collect();
        let mut kept = lines.as_slice();
        if self.end < text.len() {
            let comments = kept.iter().rev().take_while(|line| line.trim_start().starts_with('#')).count();
            let (rest, _) = kept.split_at(kept.len() - comments);
            if rest.last().is_some_and(|line| line.trim().is_empty()) {
                kept = rest;
            }
        }
        let blank = kept.iter().rev().take_while(|line| line.trim().is_empty()).count();
        self.start + kept.iter().take(kept.len() - blank).map(|line| line.len()).sum::<usize>()
    }
}

/// The sections of a text that is TOML. A line that begins as a header is one, unless it stands within a text of several lines or
/// a list.
fn sections(text: &str) -> Vec<Section> {
    let mut starts = Vec::new();
    let (mut open, mut line, mut is_blank) = (0_usize, 0, true);
    for (at, sign) in signs(text) {
        match sign {
            '\n' => {
                line = at + 1;
                is_blank = true;
                continue;
            }
            '[' | '{' => {
                if sign == '['
                    && open == 0
                    && is_blank
                    && text.get(line..at).is_some_and(|before| before.trim().is_empty())
                {
                    starts.push(line);
                }
                open += 1;
            }
            ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        is_blank &= sign.is_whitespace();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let own: Table = text.get(start..end).and_then(|own| own.parse().ok()).unwrap_or_default();
            let procedures = own.get("procedures");
            let element = procedures.and_then(Value::as_array).and_then(|list| list.first()).and_then(Value::as_table);
            let fields = procedures.and_then(Value::as_table).and_then(|table| table.get("fields"));
            Section {
                start,
                end,
                begins_procedure: element.is_some(),
                procedure: element.and_then(|table| table.get("number")).and_then(Value::as_integer),
                is_fields: fields.and_then(Value::as_table).is_some_and(Table::is_empty),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::config::{Config, TEMPLATE};

    const FRAGMENT: &str = "# Proposition.\n[procedures.fields]\nej = { id = \"a\" }  # « EJ »\n\n# Dépenses\n\
                            [procedures.fields.expenses]\nid = \"e\"\ncolumns.amount = { id = \"m\" }\n";

    /// Every line of `text`, in order, is among those of `out`.
    fn keeps(text: &str, out: &str) -> bool {
        let mut lines = out.lines();
        text.lines().all(|line| lines.any(|kept| kept == line))
    }

    #[test]
    fn the_template_takes_a_mapping_and_keeps_every_line() {
        let out = with_fields(TEMPLATE, 61_234, FRAGMENT).unwrap();
        assert!(keeps(TEMPLATE, &out));
        let config = Config::parse(&out, Path::new("config.toml")).unwrap();
        assert_eq!(config.procedures[0].fields.facts().count(), 2);
        let added = out.find("# Proposition.").unwrap();
        assert!(out.find("values = { nature").unwrap() < added && added < out.find("\n[purge]").unwrap(), "{out}");
        assert!(out.contains("columns.amount = { id = \"m\" }\n\n[purge]"), "{out}");
        assert_eq!(with_fields(&out, 61_234, FRAGMENT), Err(InsertionError::Mapped));
    }

    #[test]
    fn the_right_demarche_is_completed_wherever_it_stands() {
        for (text, expected) in [
            (
                "[[procedures]]\nnumber = 1\n[[procedures]]\nnumber = 2\n",
                "[[procedures]]\nnumber = 1\n\n[procedures.fields]\nej.id = \"a\"\n\n[[procedures]]\nnumber = 2\n",
            ),
            ("[[procedures]]\nnumber = 1", "[[procedures]]\nnumber = 1\n\n[procedures.fields]\nej.id = \"a\"\n"),
            (
                "[[procedures]]\r\nnumber = 1\r\n\r\n# Ailleurs\r\n[exports]\r\n",
                "[[procedures]]\r\nnumber = 1\r\n\r\n[procedures.fields]\r\nej.id = \"a\"\r\n\r\n# Ailleurs\r\n[exports]\r\n",
            ),
            (
                "[[procedures]]\nnumber = 1\n\n# de la démarche\n\n# de ce qui suit\n# encore\n[exports]\n",
                "[[procedures]]\nnumber = 1\n\n# de la démarche\n\n[procedures.fields]\nej.id = \"a\"\n\n# de ce qui suit\n# encore\n[exports]\n",
            ),
            (
                "[[procedures]]\nnumber = 1\n[exports]\n[procedures.fields] # vide\n# reste\n",
                "[[procedures]]\nnumber = 1\n[exports]\n[procedures.fields] # vide\n# reste\n\nej.id = \"a\"\n",
            ),
            (
                "x = \"\"\"\n[[procedures]]\nnumber = 1\n\"\"\"\n[[procedures]]\nnumber = 1\n",
                "x = \"\"\"\n[[procedures]]\nnumber = 1\n\"\"\"\n[[procedures]]\nnumber = 1\n\n[procedures.fields]\nej.id = \"a\"\n",
            ),
        ] {
            let out = with_fields(text, 1, "[procedures.fields]\nej.id = \"a\"\n");
            assert_eq!(out.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_refused() {
        for (text, expected) in [
            ("procedures = [{ number = 1 }]", InsertionError::NoTable),
            ("[[procedures]]\nnumber = 2\n", InsertionError::NoTable),
            ("[[procedures]]\nnumber = 1\nfields = {}\n", InsertionError::Layout),
            ("[[procedures]]\nnumber = 1\nfields.ej.id = \"b\"\n", InsertionError::Mapped),
            ("[[procedures]]\nnumber = 1\n[procedures.fields.ej]\nid = \"b\"\n", InsertionError::Mapped),
        ] {
            assert_eq!(with_fields(text, 1, FRAGMENT), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_line_is_kept_and_nothing_else_is_said(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "\n", "# commentaire\n", "[exports]\n", "[api]\n", "x = 1\n", "  [sync]\n", "[[delivery]]\n", "y = \"\"\"\n[a]\n\"\"\"\n",
                    "[procedures.fields]\n", "z = [\n[1],\n]\n", "[[procedures]]\nnumber = 2\n", "# [procedures.fields]\n",
                ]),
                0..8,
            ),
            at in 0usize..8,
            crlf: bool,
        ) {
            let at = at.min(pieces.len());
            let text = [&pieces[..at], &["[[procedures]]\nnumber = 1\n"], &pieces[at..]].concat().concat();
            let text = if crlf { text.replace('\n', "\r\n") } else { text };
            prop_assume!(text.parse::<Table>().is_ok());
            let table: Table = text.parse().unwrap();
            let own = table["procedures"].as_array().unwrap().iter().find(|own| own["number"].as_integer() == Some(1));
            let mapped = own.unwrap().get("fields").and_then(Value::as_table).is_some_and(|fields| !fields.is_empty());
            match with_fields(&text, 1, FRAGMENT) {
                Ok(out) => prop_assert!(!mapped && keeps(&text, &out), "{text}\n---\n{out}"),
                Err(error) => prop_assert!(mapped && error == InsertionError::Mapped, "{error}\n{text}"),
            }
        }
    }
}
