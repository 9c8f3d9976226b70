//! Which expenses count: lines sorted into eligible, surely excluded and doubtful.
//!
//! A doubtful line stays out until a person decides: what it would change is told, never supposed.

use jiff::civil::Date;

use super::inquiry::{Inquiry, lacking};
use super::rule::{Ask, Finding, Outcome};
use super::wording::listed;
use crate::domain::fact::{Absence, ExpenseLine, FactName};
use crate::domain::money::Cents;
use crate::domain::text::quoted;
use crate::domain::verdict::Who;

/// What becomes of the natures that the guide treats differently from one programme to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// Equipment and materials.
    pub equipment: Treatment,
    /// Whatever is none of the other natures.
    pub other: Treatment,
    /// The day before which a dated expense does not count.
    pub not_before: Option<Date>,
}

/// What becomes of a nature, with the reason in French.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    Eligible,
    Excluded(&'static str),
    Doubtful(&'static str),
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
pub(super) enum Eligibility {
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
    pub eligibility: Eligibility,
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
            Err(absence) if absence.hides_an_answer() => return Self::Unknown(FactName::Expenses, Some(absence)),
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

    /// The expenses that count, never below zero; none when nothing is known, or when every line that might count is doubtful.
    pub fn eligible(&self) -> Option<Cents> {
        match self {
            Self::Lines(lines) if lines.eligible_lines().next().is_none() && lines.doubtful().next().is_some() => None,
            Self::Lines(lines) => Some(lines.eligible().max(Cents::ZERO)),
            Self::Declared(amount) => Some((*amount).max(Cents::ZERO)),
            Self::Unknown(..) => None,
        }
    }

    /// The least and the most that the expenses that count can be, whatever is decided of what is doubtful; no most when nothing limits
    /// it.
    pub fn bounds(&self) -> (Cents, Option<Cents>) {
        match self {
            Self::Lines(lines) => lines.bounds(),
            Self::Declared(amount) => ((*amount).max(Cents::ZERO), Some((*amount).max(Cents::ZERO))),
            Self::Unknown(..) => (Cents::ZERO, None),
        }
    }

    /// The form asks for the expenses, and what it got cannot be used: nothing may be computed as if there were none.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Unknown(_, absence) => !matches!(absence, Some(Absence::NotMapped)),
            Self::Lines(_) => self.eligible().is_none(),
            Self::Declared(_) => false,
        }
    }
}

impl<'a> Sorted<'a> {
    /// The lines, or the reason why a rule about lines ends here.
    pub fn read(inquiry: &mut Inquiry<'a>, policy: Policy) -> Result<Self, Finding> {
        match Expenses::read(inquiry, policy) {
        Expenses::Lines(lines) => Ok(lines),
        Expenses::Declared(amount) => Err(Finding::to_review(format!(
            "Le formulaire donne un total de dépenses éligibles ({amount}) mais pas le détail des lignes : la nature des dépenses est à vérifier sur les factures. Le calcul du montant reprend ce total."
        ))
        .leaving(
            Who::Instructeur,
            FactName::Expenses,
            "À vérifier sur les factures : nature des dépenses et origine des éditeurs de logiciels.",
        )),
        Expenses::Unknown(fact, Some(absence)) => Err(lacking(fact, absence)),
        Expenses::Unknown(fact, None) => Err(Finding::to_review("Aucune ligne de dépense n’est connue.")
            .asking(fact, format!("À compléter : {}.", fact.label()))),
    }
    }

    fn sort(lines: &'a [ExpenseLine], policy: Policy) -> Self {
        let sorted = lines.iter().zip(1..);
        Self(
            sorted
                .map(|(line, position)| SortedLine { position, line, eligibility: eligibility(line, policy) })
                .collect(),
        )
    }

    pub fn eligible_lines(&self) -> impl Iterator<Item = Cents> {
        self.0
            .iter()
            .filter_map(|line| if let Eligibility::Eligible(amount) = line.eligibility { Some(amount) } else { None })
    }

    pub fn iter(&self) -> impl Iterator<Item = &SortedLine<'a>> {
        self.0.iter()
    }

    pub fn excluded(&self) -> impl Iterator<Item = &SortedLine<'a>> {
        self.0.iter().filter(|line| matches!(line.eligibility, Eligibility::Excluded(_)))
    }

    pub fn doubtful(&self) -> impl Iterator<Item = &SortedLine<'a>> {
        self.0.iter().filter(|line| matches!(line.eligibility, Eligibility::Doubtful(_)))
    }

    /// What is to be done about the doubtful lines, and by whom. Equipment has a rule of its own.
    pub fn asks(&self) -> Vec<Ask> {
        let among = |holds: &dyn Fn(&ExpenseLine) -> bool| -> Option<String> {
            let positions: Vec<String> =
                self.doubtful().filter(|line| holds(line.line)).map(|line| line.position.to_string()).collect();
            let called = if positions.len() == 1 { "ligne de dépense" } else { "lignes de dépenses" };
            (!positions.is_empty()).then(|| format!("{called} {}", listed(&positions)))
        };
        let is = |line: &ExpenseLine, nature: &str| line.nature.as_deref() == Some(nature);
        let is_other = |line: &ExpenseLine| is(line, "other") && line.amount.is_some();
        let is_bare_equipment = |line: &ExpenseLine| is(line, "equipment") && line.amount.is_some();
        let ask = |who, what: String| Ask { who, fact: Some(FactName::Expenses), what };
        // Nobody is asked for what may well have been answered.
        let is_read = |line: &ExpenseLine| !line.withheld && !line.misplaced;
        let withheld = among(&|line| line.withheld);
        let misplaced = among(&|line| line.misplaced && !line.withheld);
        let other = among(&|line| is_read(line) && is_other(line));
        let unclear = among(&|line| is_read(line) && !is_other(line) && !is_bare_equipment(line));
        let asks = [
            unclear.map(|lines| {
                let what = "À faire préciser : nature et montant exacts et, pour un logiciel, pays de l’éditeur";
                ask(Who::Demandeur, format!("{what} ({lines})."))
            }),
            other
                .map(|lines| ask(Who::Instructeur, format!("À trancher : nature « autre », admise ou non ({lines})."))),
            misplaced.map(|lines| {
                let why = "à corriger dans la configuration : colonnes mal désignées";
                ask(Who::Instructeur, format!("À chercher dans le dossier sur DS : {lines} ({why})."))
            }),
            withheld.map(|lines| ask(Who::Relecture, format!("À relire : {lines} (DS n’a pas tout donné)."))),
        ];
        asks.into_iter().flatten().collect()
    }

    /// The sum of the eligible lines, credit notes subtracted.
    pub fn eligible(&self) -> Cents {
        self.eligible_lines().sum()
    }

    /// The same, were the doubtful lines admitted; those without amount add nothing.
    pub fn with_doubtful(&self) -> Cents {
        self.eligible() + self.doubtful().filter_map(|line| line.line.amount).sum()
    }

    /// With the doubtful credit notes alone, and with the doubtful expenses alone; a line without amount has no limit.
    fn bounds(&self) -> (Cents, Option<Cents>) {
        let doubtful = || self.doubtful().filter_map(|line| line.line.amount);
        let least = self.eligible() + doubtful().filter(|amount| *amount < Cents::ZERO).sum();
        let most = self.eligible() + doubtful().filter(|amount| amount.is_positive()).sum();
        let limited = self.doubtful().all(|line| line.line.amount.is_some());
        (least.max(Cents::ZERO), limited.then_some(most.max(Cents::ZERO)))
    }
}

fn eligibility(line: &ExpenseLine, policy: Policy) -> Eligibility {
    let treatment = match (line.nature.as_deref(), line.origin.as_deref()) {
        (Some("payroll"), _) => Treatment::Excluded("masse salariale"),
        (Some("software"), Some("non_eu")) => Treatment::Excluded("licence d’un éditeur hors Union européenne"),
        (Some("software"), Some("eu")) | (Some("services" | "training"), _) => Treatment::Eligible,
        (Some("software"), _) => Treatment::Doubtful("logiciel dont l’origine de l’éditeur n’est pas connue"),
        (Some("equipment"), _) => policy.equipment,
        (Some("other"), _) => policy.other,
        _ => Treatment::Doubtful("nature de la dépense inconnue"),
    };
    let too_early = policy.not_before.zip(line.date).is_some_and(|(first, date)| date < first);
    match (treatment, line.amount) {
        (Treatment::Excluded(reason), _) => Eligibility::Excluded(reason),
        _ if too_early => Eligibility::Excluded("antérieure à la date du comité de validation"),
        (_, None) => Eligibility::Doubtful("montant absent ou illisible"),
        (Treatment::Doubtful(reason), Some(_)) => Eligibility::Doubtful(reason),
        (Treatment::Eligible, Some(amount)) => Eligibility::Eligible(amount),
    }
}

impl SortedLine<'_> {
    fn describe(&self) -> String {
        let reason = match self.eligibility {
            Eligibility::Eligible(_) => "éligible",
            Eligibility::Excluded(reason) | Eligibility::Doubtful(reason) => reason,
        };
        let amount = self.line.amount.map_or_else(|| "sans montant".to_owned(), |amount| amount.to_string());
        let text = self.line.nature_text.trim();
        let named = if text.is_empty() { String::new() } else { format!(" {}", quoted(text)) };
        format!("ligne {}{named}, {amount} ({reason})", self.position)
    }
}

/// The lines as a sentence lists them.
pub(super) fn describe<'a, 'b: 'a>(lines: impl Iterator<Item = &'a SortedLine<'b>>) -> String {
    listed(&lines.map(SortedLine::describe).collect::<Vec<_>>())
}

/// The rule that lists what is excluded and what is doubtful: `met` when nothing is doubtful; `not_met` when all conditions together,
/// those of `whole`, surely leave no line; for a person when the lines that they leave come to nothing.
pub(super) fn exclusions(inquiry: &mut Inquiry<'_>, policy: Policy, whole: Option<Policy>) -> Outcome {
    let lines = Sorted::read(inquiry, policy)?;
    let together = match whole.map(|whole| Expenses::read(inquiry, whole)) {
        Some(Expenses::Lines(together)) if together.doubtful().next().is_none() => Some(together),
        _ => None,
    };
    if let Some(together) = &together
        && together.eligible_lines().next().is_none()
    {
        return Ok(Finding::not_met(format!(
            "Aucune dépense éligible ne reste, toutes conditions réunies : {}.",
            describe(together.iter())
        )));
    }
    let mut facts = Vec::new();
    if lines.excluded().next().is_some() {
        let total: Cents = lines.excluded().filter_map(|line| line.line.amount).sum();
        facts.push(format!("Dépenses exclues, retirées du calcul pour {total} : {}.", describe(lines.excluded())));
    } else {
        facts.push("Aucune dépense n’est à exclure avec certitude.".to_owned());
    }
    facts.push(format!("Dépenses éligibles selon cette règle : {}.", lines.eligible().max(Cents::ZERO)));
    let mut doubts = Vec::new();
    if lines.doubtful().next().is_some() {
        doubts.push(format!(
            "Laissées de côté tant qu’un agent n’a pas tranché : {} ; si elles étaient admises, les dépenses éligibles seraient de {}{}.",
            describe(lines.doubtful()),
            lines.with_doubtful().max(Cents::ZERO),
            if lines.doubtful().any(|line| line.line.amount.is_none()) { " au moins" } else { "" }
        ));
    }
    let asks = lines.asks();
    let mut balance = None;
    if lines.eligible() < Cents::ZERO {
        doubts.push(format!("Les avoirs dépassent les dépenses (solde de {}) : à vérifier.", lines.eligible()));
        balance = Some("À faire préciser : avoirs supérieurs aux dépenses.");
    } else if let Some(together) = together.filter(|together| !together.eligible().is_positive()) {
        doubts.push(format!(
            "Les dépenses éligibles, avoirs déduits et toutes conditions réunies, font {} : vérifier les montants et les avoirs.",
            together.eligible()
        ));
        balance = Some("À faire préciser : montants des dépenses et des avoirs.");
    }
    let balance =
        balance.map(|what| Ask { who: Who::Demandeur, fact: Some(FactName::Expenses), what: what.to_owned() });
    if doubts.is_empty() {
        return Ok(Finding::met(facts.join(" ")));
    }
    Ok(Finding::to_review(format!("{} {}", doubts.join(" "), facts.join(" "))).with(asks).with(balance))
}
