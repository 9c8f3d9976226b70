//! What a rule rests on besides its passage: the facts without which it is never met, and the day that selects the value of
//! each of its parameters.

use jiff::civil::Date;

use super::neighbour::decided_on;
use super::parameters::ParameterName;
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::subject::Subject;

/// Facts of which a rule needs one at least: without any of them it is never met.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The facts; one of them is enough.
    pub one_of: &'static [FactName],
    /// For which dossiers; none: for all.
    pub when: Option<Condition>,
}

/// Dossiers for which a fact is needed.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// In French: `pour un centre instructeur`.
    pub label: &'static str,
    holds: fn(&Subject) -> bool,
}

impl Need {
    pub(super) const fn of(one_of: &'static [FactName]) -> Self {
        Self { one_of, when: None }
    }

    pub(super) const fn when(condition: Condition, one_of: &'static [FactName]) -> Self {
        Self { one_of, when: Some(condition) }
    }

    /// Whether it is a need of this dossier.
    #[must_use]
    pub fn concerns(&self, subject: &Subject) -> bool {
        self.when.is_none_or(|condition| (condition.holds)(subject))
    }
}

/// Whoever files is a centre instructeur.
pub(super) const CENTRE: Condition = Condition {
    label: "pour un centre instructeur",
    holds: |subject| subject.facts.text(FactName::ApplicantType) == Some("centre_instructeur"),
};

/// There are lines of equipment.
pub(super) const EQUIPMENT: Condition = Condition {
    label: "s’il y a des lignes d’équipement",
    holds: |subject| {
        let lines = subject.facts.expenses().unwrap_or_default();
        lines.iter().any(|line| line.nature.as_deref() == Some("equipment"))
    },
};

/// The dossier was granted.
pub(super) const ACCEPTED: Condition =
    Condition { label: "pour un dossier accepté", holds: |subject| subject.state == DossierState::Accepte };

/// A parameter of a rule, and the day whose value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParameterUse {
    /// The parameter.
    pub name: ParameterName,
    /// The day.
    pub by: SelectedBy,
}

/// The day that selects the value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelectedBy {
    /// The day of deposit in Paris.
    Deposit,
    /// The day of the decision: of the committee, else on DS, else of the deposit.
    Decision,
}

impl SelectedBy {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deposit => "valeur au jour du dépôt",
            Self::Decision => "valeur au jour de la décision",
        }
    }

    /// The day alone, as people read it.
    #[must_use]
    pub const fn day_label(self) -> &'static str {
        match self {
            Self::Deposit => "jour du dépôt",
            Self::Decision => "jour de la décision (à défaut, du dépôt)",
        }
    }

    /// In the JSON of `fitn rules`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Decision => "decision",
        }
    }

    /// The day, for a dossier.
    #[must_use]
    pub fn day(self, subject: &Subject) -> Date {
        let deposited = paris_date(subject.deposited_at);
        match self {
            Self::Deposit => deposited,
            Self::Decision => decided_on(subject).unwrap_or(deposited),
        }
    }
}

pub(super) const fn deposit(name: ParameterName) -> ParameterUse {
    ParameterUse { name, by: SelectedBy::Deposit }
}

pub(super) const fn decision(name: ParameterName) -> ParameterUse {
    ParameterUse { name, by: SelectedBy::Decision }
}
