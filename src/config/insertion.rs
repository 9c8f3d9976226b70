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
    // The header that is there already serves.
    let mut lines = fragment.lines().filter(|line| fields.is_none() || *line != FIELDS);
    let (before, after) = text.split_at(section.end_of_content(text));
    let out = inserted(before, &mut lines, after);
    if out.parse::<Table>().is_ok_and(|found| found == expected) { Ok(out) } else { Err(InsertionError::Layout) }
}

/// The text with a démarche that it does not have: comments, `[[procedures]]`, and all that is said of it. After the last démarche,
/// else at the end.
///
/// # Errors
/// [`InsertionError`].
pub fn with_procedure(text: &str, procedure: &str) -> Result<String, InsertionError> {
    let expected = said_with_procedure(text, procedure)?;
    let sections = sections(text);
    let last = sections.iter().rev().find(|section| section.is_of_procedures);
    let (before, after) = text.split_at(last.map_or(text.len(), |last| last.end_of_content(text)));
    let out = inserted(before, &mut procedure.lines(), after);
    if out.parse::<Table>().is_ok_and(|found| found == expected) { Ok(out) } else { Err(InsertionError::Layout) }
}

/// Lines put between two parts of a text, with a blank line before and after them.
fn inserted(before: &str, lines: &mut dyn Iterator<Item = &str>, after: &str) -> String {
    let newline = if before.contains("\r\n") || after.contains("\r\n") { "\r\n" } else { "\n" };
    let mut out = before.to_owned();
    if !out.is_empty() && !out.ends_with('\n') {
        out.push_str(newline);
    }
    if !out.is_empty() {
        out.push_str(newline);
    }
    for line in lines {
        out.push_str(line);
        out.push_str(newline);
    }
    if !after.is_empty() && !after.starts_with(['\r', '\n']) {
        out.push_str(newline);
    }
    out.push_str(after);
    out
}

/// What the text with the démarche must say.
fn said_with_procedure(text: &str, procedure: &str) -> Result<Table, InsertionError> {
    let read = |text: &str| text.parse::<Table>().map_err(|_| InsertionError::Layout);
    let (mut said, added) = (read(text)?, read(procedure)?);
    let Some(Value::Array(added)) = added.get("procedures") else { return Err(InsertionError::Layout) };
    match said.entry("procedures").or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(known) => known.extend(added.iter().cloned()),
        _ => return Err(InsertionError::Layout),
    }
    Ok(said)
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
    /// It is that or a table below it.
    is_of_procedures: bool,
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
                is_of_procedures: procedures.is_some(),
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

    fn procedure(number: ProcedureNumber) -> String {
        format!("# Démarche {number}\n[[procedures]]\nnumber = {number}\nprogramme = \"axe3-v1-ads\"\n\n{FRAGMENT}")
    }

    /// Every line of `text`, in order, is among those of `out`.
    fn keeps(text: &str, out: &str) -> bool {
        let mut lines = out.lines();
        text.lines().all(|line| lines.any(|kept| kept == line))
    }

    #[test]
    fn the_template_takes_a_mapping_and_keeps_every_line() {
        let one = with_procedure(TEMPLATE, &procedure(61_234)).unwrap();
        assert!(one.starts_with(TEMPLATE) && keeps(TEMPLATE, &one), "{one}");
        let two = with_procedure(&one, &procedure(61_235)).unwrap();
        assert!(two.starts_with(&one) && two.ends_with(&procedure(61_235)), "{two}");
        let config = Config::parse(&two, Path::new("config.toml")).unwrap();
        let facts = config.procedures.iter().map(|procedure| (procedure.number, procedure.fields.facts().count()));
        assert_eq!(facts.collect::<Vec<_>>(), [(61_234, 2), (61_235, 2)]);
        assert_eq!(with_fields(&two, 61_234, FRAGMENT), Err(InsertionError::Mapped));
    }

    #[test]
    fn a_demarche_is_added_after_the_others() {
        let added = procedure(1);
        for (text, before, after) in [
            ("", "", ""),
            ("[exports]", "[exports]\n\n", ""),
            ("[exports]\n# fin\n", "[exports]\n# fin\n\n", ""),
            (
                "[[procedures]]\nnumber = 2\n\n# la suite\n[exports]\n",
                "[[procedures]]\nnumber = 2\n\n",
                "\n# la suite\n[exports]\n",
            ),
            (
                "[[procedures]]\nnumber = 2\n[procedures.fields]\nej.id = \"b\"\n[exports]\n",
                "[[procedures]]\nnumber = 2\n[procedures.fields]\nej.id = \"b\"\n\n",
                "\n[exports]\n",
            ),
        ] {
            assert_eq!(with_procedure(text, &added), Ok(format!("{before}{added}{after}")), "{text}");
        }
        assert_eq!(with_procedure("procedures = [{ number = 2 }]", &added), Err(InsertionError::Layout));
        assert_eq!(with_procedure("procedures = 2", &added), Err(InsertionError::Layout));
        let dos = with_procedure("[exports]\r\n", &added).unwrap();
        assert_eq!(dos, format!("[exports]\r\n\r\n{}", added.replace('\n', "\r\n")));
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
            let out = with_procedure(&text, &procedure(3)).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            prop_assert!(keeps(&text, &out), "{text}\n---\n{out}");
        }
    }
}
