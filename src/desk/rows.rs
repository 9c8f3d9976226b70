//! A dossier as DS gave it last: what it is read with, and the rows by which people name what they correct.

use serde::Serialize;

use super::journal::refused;
use super::{Desk, DeskError};
use crate::domain::champ::{Champ, ChampValue, RepetitionRow};
use crate::domain::dossier::{Dossier, DossierNumber};
use crate::domain::fact::FactName;
use crate::domain::subject::Judged;
use crate::evaluation::{EvaluationError, MappedProcedure, content};
use crate::mapping::{Context, FoldedForm, champs_behind};
use crate::store::StoreError;

impl Desk {
    /// What the dossiers of a followed démarche are read with: its mapping, and its form when it is known.
    pub(super) fn followed(&self, judged: &Judged) -> Result<(&MappedProcedure, Option<FoldedForm>), DeskError> {
        let (number, procedure) = (judged.subject.number, judged.subject.procedure);
        let mapped = self.evaluator.procedures().iter().find(|known| known.number == procedure);
        let mapped = mapped.ok_or_else(|| {
            refused(
                format!("la démarche {procedure} du dossier {number} n’est plus suivie"),
                "ajoutez-la à la configuration, section [[procedures]]",
            )
        })?;
        let form = self.store.read::<_, StoreError>(|reader| reader.procedure_form(procedure))?;
        Ok((mapped, form.map(FoldedForm::from)))
    }

    /// The dossier as DS gave it last.
    pub(super) fn filed(&self, number: DossierNumber) -> Result<Dossier, DeskError> {
        let filed = self.store.read::<_, StoreError>(|reader| content(reader, number))?;
        let filed = filed.unwrap_or_else(|| Err("rien n’en est enregistré".to_owned()));
        Ok(filed.map_err(|reason| EvaluationError::Content { number, reason })?)
    }

    /// The rows that a correction can be about, as the form shows them; none when the démarche is no longer followed or the
    /// content cannot be read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rows(&self, judged: &Judged) -> Result<Vec<FormRow>, DeskError> {
        let (Ok((procedure, form)), Ok(dossier)) = (self.followed(judged), self.filed(judged.subject.number)) else {
            return Ok(Vec::new());
        };
        let context = procedure.context(form.as_ref());
        let facts = [FactName::AttachedCommunes, FactName::Expenses].into_iter();
        Ok(facts.flat_map(|fact| rows_of(&context, &dossier, fact)).collect())
    }
}

/// A row of a form, for people to name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormRow {
    /// The fact that is read from it.
    pub fact: FactName,
    /// Its id on DS.
    pub row_id: String,
    /// What it answers, in the order of the form.
    pub cells: Vec<FormCell>,
}

/// An answer of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FormCell {
    /// The question.
    pub label: String,
    /// The answer, as DS shows it.
    pub value: String,
    /// It is a decimal number, which DS shows as programs do.
    #[serde(skip)]
    pub is_decimal: bool,
}

fn rows_of(context: &Context<'_>, dossier: &Dossier, fact: FactName) -> Vec<FormRow> {
    let rows = champs_behind(context, dossier, fact).into_iter().filter_map(|champ| match &champ.value {
        ChampValue::Rows(rows) => Some(rows),
        _ => None,
    });
    let answered = |row: &RepetitionRow| {
        let champs = row.champs.iter().filter(|champ| !champ.value.is_blank());
        let cells = champs.filter_map(|champ| Some((champ, champ.display.clone()?)));
        let cell = |(champ, value): (&Champ, String)| {
            let is_decimal = matches!(champ.value, ChampValue::Decimal(_));
            FormCell { label: champ.label.clone(), value, is_decimal }
        };
        cells.map(cell).collect::<Vec<_>>()
    };
    let rows = rows.flatten().map(|row| FormRow { fact, row_id: row.id.clone(), cells: answered(row) });
    rows.filter(|row| !row.cells.is_empty()).collect()
}
