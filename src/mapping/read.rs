//! One fact out of one dossier, by the type of the fact.

use crate::domain::champ::{AttachedFile, Champ, ChampValue, RepetitionRow};
use crate::domain::fact::{Absence, Fact, FactName, FactSource, FactType, FactValue};

use super::answer::{code, codes};
use super::config::{Field, Name, Values};
use super::locate::{Found, Locator};
use super::vocabulary::Vocabulary;
use super::{communes, departements, expenses, scalar, scores};

/// Why a champ that was found gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It was left empty.
    Blank,
    /// What is wrong with the answer, in French.
    Unreadable(String),
    /// Why DS did not give the answer, in French.
    NotGiven(String),
    /// Why the mapping cannot get at the answer that DS gave, in French.
    Misplaced(String),
}

impl Refusal {
    /// The champ is of a kind that cannot hold the fact.
    pub(super) fn kind(champ: &Champ) -> Self {
        if let ChampValue::Other { reason } = &champ.value {
            return Self::NotGiven(reason.clone());
        }
        let kind = champ.type_name.strip_suffix("Champ").unwrap_or(&champ.type_name);
        Self::Misplaced(format!("un champ de type {kind} ne peut pas donner ce fait"))
    }

    /// The same of a cell, with the number of its row.
    fn in_row(self, number: usize) -> Self {
        let numbered = |reason| format!("ligne {number} : {reason}");
        match self {
            Self::Blank => Self::Blank,
            Self::Unreadable(reason) => Self::Unreadable(numbered(reason)),
            Self::NotGiven(reason) => Self::NotGiven(numbered(reason)),
            Self::Misplaced(reason) => Self::Misplaced(numbered(reason)),
        }
    }

    /// As the absence of a fact.
    pub(super) fn absence(self, label: &str) -> Absence {
        let label = label.to_owned();
        match self {
            Self::Blank => Absence::Blank { label },
            Self::Unreadable(reason) => Absence::Unreadable { label, reason },
            Self::NotGiven(reason) => Absence::NotGiven { label, reason },
            Self::Misplaced(reason) => Absence::Misplaced { label, reason },
        }
    }
}

/// Reads a fact where the mapping says it is; what is odd but does not prevent the reading goes to `remarks`.
///
/// # Errors
/// Why the fact is missing.
pub(super) fn read(
    fact: FactName,
    field: &Field,
    locator: &Locator<'_>,
    remarks: &mut Vec<String>,
) -> Result<Fact, Absence> {
    let find = |place| match locator.find(place) {
        Ok(found) if found.is_mere_text() => {
            Err(Refusal::NotGiven("DS ne montre plus ce champ que comme un texte".to_owned())
                .absence(&found.champ.label))
        }
        Ok(found) if found.champ.value.is_blank() => Err(Refusal::Blank.absence(&found.champ.label)),
        found => found,
    };
    let (found, value) = match field {
        Field::ScoreChamps(places) => return scores::of_champs(places, locator, remarks),
        Field::ScoreColumns { place, columns } => {
            let found = find(place)?;
            (found, scores::of_row(&found, columns, remarks))
        }
        Field::Expenses { place, columns, values } => {
            let found = find(place)?;
            (found, expenses::lines(&found, columns, values, remarks))
        }
        Field::Plain { place, column, values } => {
            let found = find(place)?;
            (found, plain(fact, &found, column.as_ref(), values))
        }
    };
    match value {
        Ok(value) => Ok(Fact { value, source: source(&found) }),
        Err(refusal) => Err(refusal.absence(&found.champ.label)),
    }
}

/// Where a fact was read.
pub(super) fn source(found: &Found<'_>) -> FactSource {
    FactSource { kind: found.kind, descriptor_id: found.champ.descriptor_id.clone(), label: found.champ.label.clone() }
}

pub(super) fn plain(
    fact: FactName,
    found: &Found<'_>,
    column: Option<&Name>,
    values: &Values,
) -> Result<FactValue, Refusal> {
    let vocabulary = Vocabulary::Fact(fact);
    Ok(match fact.fact_type() {
        FactType::Choice(_) => FactValue::Choice(code(found, vocabulary, values)?),
        FactType::Choices(_) => {
            let codes = gather(found, column, |cell| codes(cell, vocabulary, values))?;
            FactValue::Choices(codes.into_iter().collect())
        }
        FactType::YesNo => FactValue::YesNo(code(found, Vocabulary::YesNo, values)? == "oui"),
        FactType::Communes => FactValue::Communes(communes::read(found, column, values)?),
        FactType::Departements => {
            let mut codes = gather(found, column, |cell| departements::read(cell, values))?;
            codes.sort();
            codes.dedup();
            FactValue::Departements(codes)
        }
        FactType::Files => FactValue::Files(gather(found, column, |cell| files(cell.champ))?),
        FactType::Amount => FactValue::Amount(scalar::amount(found.champ)?),
        FactType::Integer => FactValue::Integer(scalar::integer(found.champ)?),
        FactType::Date => FactValue::Date(scalar::date(found.champ)?),
        FactType::Text => FactValue::Text(scalar::text(found.champ)?),
        FactType::Expenses | FactType::Scores => return Err(Refusal::kind(found.champ)),
    })
}

fn files(champ: &Champ) -> Result<Vec<AttachedFile>, Refusal> {
    match &champ.value {
        ChampValue::Files(files) if !files.is_empty() => Ok(files.clone()),
        value if value.is_blank() => Err(Refusal::Blank),
        _ => Err(Refusal::kind(champ)),
    }
}

/// The rows of a repetition.
///
/// # Errors
/// Blank, or a champ that is none.
pub(super) fn rows(champ: &Champ) -> Result<&[RepetitionRow], Refusal> {
    match &champ.value {
        ChampValue::Rows(rows) if !rows.is_empty() => Ok(rows),
        value if value.is_blank() => Err(Refusal::Blank),
        ChampValue::Other { reason } => Err(Refusal::NotGiven(reason.clone())),
        _ => Err(Refusal::Misplaced("ce champ n’est pas un bloc répétable".to_owned())),
    }
}

/// What one champ says, or what the cells of a column say together, in the order of the rows.
///
/// # Errors
/// Blank when every cell is; the first unreadable cell makes the whole unreadable, with the number of its row.
fn gather<T>(
    found: &Found<'_>,
    column: Option<&Name>,
    read: impl Fn(&Found<'_>) -> Result<Vec<T>, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let ChampValue::Rows(rows) = &found.champ.value else {
        return read(found);
    };
    let Some(name) = column else {
        let reason = "c’est un bloc répétable, column doit dire quelle colonne lire";
        return Err(Refusal::Misplaced(reason.to_owned()));
    };
    let column = found.column(name);
    if let Some(fault) = column.fault(rows) {
        return Err(Refusal::Misplaced(fault));
    }
    let mut gathered = Vec::new();
    for (number, row) in (1..).zip(rows) {
        let Some(cell) = column.in_row(row) else { continue };
        match read(&cell) {
            Ok(values) => gathered.extend(values),
            Err(Refusal::Blank) => {}
            Err(refusal) => return Err(refusal.in_row(number)),
        }
    }
    if gathered.is_empty() { Err(Refusal::Blank) } else { Ok(gathered) }
}
