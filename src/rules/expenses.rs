//! Which expenses count: lines sorted into eligible, surely excluded and doubtful.
//!
//! A doubtful line stays out until a person decides: what it would change is told, never supposed.

use super::inquiry::Inquiry;
use super::wording::listed;
use crate::domain::fact::{Absence, ExpenseLine, FactName};
use crate::domain::money::Cents;

/// What becomes of the natures that the guide treats differently from one programme to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// Equipment and materials.
    pub equipment: Treatment,
    /// Whatever is none of the other natures.
    pub other: Treatment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    Excluded,
    Doubtful,
}

/// What is known of a dossier's expenses.
#[derive(Debug)]
pub(super) enum Expenses<'a> {
    /// Line by line.
    Lines(Sorted<'a>),
    /// One amount, on a form without lines or where none was filled in.
    Declared(Cents),
    /// Nothing; the fact to ask for, and why it is missing unless the list is empty.
    Unknown(FactName, Option<&'a Absence>),
}

/// Where a line stands, with the reason in French.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Eligible(Cents),
    Excluded(&'static str),
    Doubtful(&'static str),
}

/// A line and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct SortedLine<'a> {
    /// From 1, as on the form.
    pub position: usize,
    pub line: &'a ExpenseLine,
    pub standing: Standing,
}

/// All lines, in the order of the form; at least one.
#[derive(Debug)]
pub(super) struct Sorted<'a>(Vec<SortedLine<'a>>);

impl<'a> Expenses<'a> {
    /// Reads what the dossier says. Lines outrank an amount; lines that cannot be read are not replaced by one.
    pub fn read(inquiry: &mut Inquiry<'a>, policy: Policy) -> Self {
        let lines = inquiry.expenses();
        match lines {
            Ok(lines) if !lines.is_empty() => return Self::Lines(Sorted::sort(lines, policy)),
            Err(absence @ Absence::Unreadable { .. }) => return Self::Unknown(FactName::Expenses, Some(absence)),
            _ => {}
        }
        match inquiry.amount(FactName::EligibleExpenses) {
            Ok(amount) => Self::Declared(amount),
            Err(absence) if matches!(lines, Err(Absence::NotMapped)) => {
                Self::Unknown(FactName::EligibleExpenses, Some(absence))
            }
            Err(_) => Self::Unknown(FactName::Expenses, lines.err()),
        }
    }

    /// The expenses that count, never below zero; none when nothing is known.
    pub fn eligible(&self) -> Option<Cents> {
        match self {
            Self::Lines(lines) => Some(lines.eligible().max(Cents::ZERO)),
            Self::Declared(amount) => Some((*amount).max(Cents::ZERO)),
            Self::Unknown(..) => None,
        }
    }
}

impl<'a> Sorted<'a> {
    fn sort(lines: &'a [ExpenseLine], policy: Policy) -> Self {
        let sorted = lines.iter().zip(1..);
        Self(sorted.map(|(line, position)| SortedLine { position, line, standing: standing(line, policy) }).collect())
    }

    pub fn eligible_lines(&self) -> impl Iterator<Item = Cents> {
        self.0
            .iter()
            .filter_map(|line| if let Standing::Eligible(amount) = line.standing { Some(amount) } else { None })
    }

    pub fn excluded(&self) -> impl Iterator<Item = &SortedLine<'a>> {
        self.0.iter().filter(|line| matches!(line.standing, Standing::Excluded(_)))
    }

    pub fn doubtful(&self) -> impl Iterator<Item = &SortedLine<'a>> {
        self.0.iter().filter(|line| matches!(line.standing, Standing::Doubtful(_)))
    }

    /// The sum of the eligible lines, credit notes subtracted.
    pub fn eligible(&self) -> Cents {
        self.eligible_lines().sum()
    }

    /// The same, were the doubtful lines admitted; those without amount add nothing.
    pub fn with_doubtful(&self) -> Cents {
        self.eligible() + self.doubtful().filter_map(|line| line.line.amount).sum()
    }
}

fn standing(line: &ExpenseLine, policy: Policy) -> Standing {
    let nature = line.nature.as_deref();
    let treatment = match (nature, line.origin.as_deref()) {
        (Some("payroll"), _) => return Standing::Excluded("masse salariale"),
        (Some("software"), Some("non_eu")) => return Standing::Excluded("licence d’un éditeur hors Union européenne"),
        (Some("equipment"), _) if policy.equipment == Treatment::Excluded => {
            return Standing::Excluded("équipement ou matériel");
        }
        (Some("other"), _) if policy.other == Treatment::Excluded => return Standing::Excluded("autre dépense"),
        (Some("software"), Some("eu")) | (Some("services" | "training"), _) => None,
        (Some("software"), _) => Some("logiciel dont l’origine de l’éditeur n’est pas connue"),
        (Some("equipment"), _) => Some("équipement ou matériel"),
        (Some("other"), _) => Some("nature « autre »"),
        _ => Some("nature de la dépense inconnue"),
    };
    match (line.amount, treatment) {
        (None, _) => Standing::Doubtful("montant absent ou illisible"),
        (Some(_), Some(doubt)) => Standing::Doubtful(doubt),
        (Some(amount), None) => Standing::Eligible(amount),
    }
}

impl SortedLine<'_> {
    fn describe(&self) -> String {
        let reason = match self.standing {
            Standing::Eligible(_) => "éligible",
            Standing::Excluded(reason) | Standing::Doubtful(reason) => reason,
        };
        let amount = self.line.amount.map_or_else(|| "sans montant".to_owned(), |amount| amount.to_string());
        let text = self.line.nature_text.trim();
        let named = if text.is_empty() { String::new() } else { format!(" « {text} »") };
        format!("ligne {}{named}, {amount} ({reason})", self.position)
    }
}

/// The lines as a sentence lists them.
pub(super) fn describe<'a, 'b: 'a>(lines: impl Iterator<Item = &'a SortedLine<'b>>) -> String {
    listed(&lines.map(SortedLine::describe).collect::<Vec<_>>())
}
