//! The marks given for the selection criteria: a person's, never computed here.

use std::collections::BTreeMap;

use crate::domain::fact::{Absence, Fact, FactValue};

use super::config::{ChampRef, Name};
use super::locate::{Found, Locator};
use super::read::{Refusal, rows, source};
use super::scalar;

/// The marks of one champ or annotation for each criterion; the source is the first that gives one.
///
/// # Errors
/// When no criterion has a mark: why the first has none.
pub(super) fn of_champs(
    places: &BTreeMap<&'static str, ChampRef>,
    locator: &Locator<'_>,
    remarks: &mut Vec<String>,
) -> Result<Fact, Absence> {
    let mut marks = BTreeMap::new();
    let mut first_source = None;
    let mut first_absence = None;
    for (criterion, place) in places {
        let read = locator.find(place).and_then(|found| match scalar::integer(found.champ) {
            Ok(mark) => Ok((found, mark)),
            Err(refusal) => Err(refusal.absence(&found.champ.label)),
        });
        match read {
            Ok((found, mark)) => {
                marks.insert((*criterion).to_owned(), mark);
                first_source.get_or_insert_with(|| source(&found));
            }
            Err(absence) => {
                if !matches!(absence, Absence::Blank { .. }) {
                    remarks.push(format!("{criterion} : {absence}"));
                }
                first_absence.get_or_insert(absence);
            }
        }
    }
    match first_source {
        Some(source) => Ok(Fact { value: FactValue::Scores(marks), source }),
        None => Err(first_absence.unwrap_or(Absence::NotMapped)),
    }
}

/// The marks of the single row of a repetition, a column for each criterion.
///
/// # Errors
/// Blank, several rows (whose marks count is not for the program to say), or no repetition.
pub(super) fn of_row(
    found: &Found<'_>,
    columns: &BTreeMap<&'static str, Name>,
    remarks: &mut Vec<String>,
) -> Result<FactValue, Refusal> {
    let rows = rows(found.champ)?;
    let [row] = rows else {
        return Err(Refusal::Unreadable("le bloc a plusieurs lignes de notes : n’en gardez qu’une".to_owned()));
    };
    let mut marks = BTreeMap::new();
    for (criterion, name) in columns {
        let column = found.column(name);
        remarks.extend(column.fault(rows));
        let Some(cell) = column.in_row(row) else { continue };
        match scalar::integer(cell.champ) {
            Ok(mark) => {
                marks.insert((*criterion).to_owned(), mark);
            }
            Err(Refusal::Blank) => {}
            Err(Refusal::Unreadable(reason) | Refusal::NotGiven(reason) | Refusal::Misplaced(reason)) => {
                remarks.push(format!("{criterion} : {reason}"));
            }
        }
    }
    if marks.is_empty() { Err(Refusal::Blank) } else { Ok(FactValue::Scores(marks)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::{Champ, ChampValue};
    use crate::domain::fact::FactName;
    use crate::domain::programme::Programme;
    use crate::mapping::fixtures::{champ, dossier, mapping, row, text};
    use crate::mapping::{Context, subject};

    fn scores(fields: &str, annotations: Vec<Champ>) -> (Result<FactValue, Absence>, usize) {
        let mapping = mapping(fields);
        let context = Context { procedure: 7, programme: Programme::Axe3V1, mapping: &mapping, form: None };
        let facts = subject(&context, &dossier(vec![], annotations), None).facts;
        let read = facts.get(FactName::Scores).map(|fact| fact.value.clone()).map_err(Clone::clone);
        (read, facts.remarks.len())
    }

    fn marks(marks: &[(&str, i64)]) -> FactValue {
        FactValue::Scores(marks.iter().map(|(criterion, mark)| ((*criterion).to_owned(), *mark)).collect())
    }

    #[test]
    fn marks_come_from_one_annotation_each() {
        let fields =
            r#"scores = { annotations = { portage = "Note portage", equipe = "Note équipe", impact = "Impact" } }"#;
        let given = |portage| {
            vec![
                champ("a", "Note portage", portage),
                champ("b", "Note équipe", text("bonne")),
                champ("c", "Impact", ChampValue::Blank),
            ]
        };
        assert_eq!(scores(fields, given(ChampValue::Integer(4))), (Ok(marks(&[("portage", 4)])), 1));
        assert!(matches!(scores(fields, given(ChampValue::Blank)).0, Err(Absence::Unreadable { .. })));
        assert!(matches!(scores(fields, vec![]).0, Err(Absence::Blank { .. })));
    }

    #[test]
    fn marks_come_from_one_row_and_only_one() {
        let fields = r#"scores = { annotation = "Grille", columns = { portage = "Portage", impact = "Impact" } }"#;
        let line = || row("1", vec![champ("p", "Portage", text("3")), champ("i", "Impact", ChampValue::Integer(5))]);
        let grid = |rows| vec![champ("g", "Grille", ChampValue::Rows(rows))];
        assert_eq!(scores(fields, grid(vec![line()])), (Ok(marks(&[("portage", 3), ("impact", 5)])), 0));
        assert!(matches!(scores(fields, grid(vec![line(), line()])).0, Err(Absence::Unreadable { .. })));
    }
}
