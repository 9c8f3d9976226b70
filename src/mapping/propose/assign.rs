//! Which champ for which fact: those that give it beyond doubt, and those that a person must look at first.

use std::collections::BTreeMap;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::form::Descriptor;
use crate::domain::text::{counted, quoted};
use crate::mapping::config::Values;
use crate::mapping::hints::{Said, criterion, expense_column, falsifies, said, sections, speaks_of_money};
use crate::mapping::kinds::{Fit, fit, of_expense_column};
use crate::mapping::locate::{Catalogue, Named};
use crate::mapping::vocabulary::Vocabulary;
use crate::mapping::words::Words;
use crate::mapping::{communes, departements};

use super::guess::guess;

/// Why a person must look at a champ first, in French; none when it is sure. No doubt at all (`Option<Doubt>`) is for what is
/// not proposed.
type Doubt = Option<String>;

/// A champ that may give a fact.
#[derive(Debug, Clone)]
pub(super) struct Candidate<'a> {
    /// Its section.
    pub(super) kind: ChampKind,
    /// The champ.
    pub(super) descriptor: &'a Descriptor,
    /// The column to read when it is a repetition.
    pub(super) column: Option<&'a Descriptor>,
    /// Why a person must look at it first.
    pub(super) doubt: Doubt,
}

impl<'a> Candidate<'a> {
    /// What is read in the end.
    pub(super) fn cell(&self) -> &'a Descriptor {
        self.column.unwrap_or(self.descriptor)
    }
}

/// What is proposed.
#[derive(Debug, Default)]
pub(super) struct Choices<'a> {
    /// The champ of each fact that one champ alone gives beyond doubt; none is given twice.
    pub(super) sure: BTreeMap<FactName, Candidate<'a>>,
    /// The champs that may give a fact that is not among those.
    pub(super) doubtful: BTreeMap<FactName, Vec<Candidate<'a>>>,
    /// The annotation of each criterion.
    pub(super) marks: BTreeMap<&'static str, Candidate<'a>>,
}

/// How many champs that suit alike are named.
const NAMED: usize = 10;

/// The most champs that are shown for a doubtful fact.
const SHOWN: usize = 3;

/// What a form offers for some facts.
pub(super) fn assign<'a>(facts: &[FactName], form: &Catalogue<'a, Descriptor>) -> Choices<'a> {
    let mut choices = Choices::default();
    let mut found: BTreeMap<FactName, Vec<Candidate>> = BTreeMap::new();
    for fact in facts.iter().copied().filter(|fact| *fact != FactName::Scores) {
        let candidates = sections(fact).iter().flat_map(|kind| {
            let named = form.section(*kind).filter(|descriptor| is_named(descriptor));
            named.filter_map(move |descriptor| candidate(fact, *kind, descriptor))
        });
        found.insert(fact, candidates.collect());
    }
    for candidates in found.values_mut() {
        doubt_rivals(candidates);
    }
    doubt_shared(&mut found);
    for (fact, candidates) in &mut found {
        let sure = candidates.iter().position(|candidate| candidate.doubt.is_none());
        if let Some(at) = sure {
            choices.sure.insert(*fact, candidates.swap_remove(at));
        }
    }
    let used: Vec<&str> = choices.sure.values().map(|candidate| candidate.cell().id.as_str()).collect();
    for (fact, mut candidates) in found {
        candidates.retain(|candidate| !used.contains(&candidate.cell().id.as_str()));
        candidates.truncate(SHOWN);
        if !choices.sure.contains_key(&fact) && !candidates.is_empty() {
            choices.doubtful.insert(fact, candidates);
        }
    }
    if facts.contains(&FactName::Scores) {
        choices.marks = marks(form, &used);
    }
    choices
}

fn is_named(descriptor: &Descriptor) -> bool {
    !descriptor.id.trim().is_empty()
}

/// Where several champs give a fact equally well, a person chooses.
fn doubt_rivals(candidates: &mut [Candidate<'_>]) {
    let sure = || candidates.iter().filter(|candidate| candidate.doubt.is_none());
    if sure().count() > 1 {
        let mut labels: Vec<String> = sure().take(NAMED).map(|candidate| quoted(&candidate.cell().label)).collect();
        let others = sure().count() - labels.len();
        if others > 0 {
            labels.push(counted(others, "autre", "autres"));
        }
        let doubt = format!("plusieurs conviennent : {}", labels.join(", "));
        for candidate in candidates.iter_mut().filter(|candidate| candidate.doubt.is_none()) {
            candidate.doubt = Some(doubt.clone());
        }
    }
}

/// Where one champ would give several facts, a person chooses.
fn doubt_shared(found: &mut BTreeMap<FactName, Vec<Candidate<'_>>>) {
    let mut givers: BTreeMap<String, Vec<FactName>> = BTreeMap::new();
    for (fact, candidates) in found.iter() {
        for candidate in candidates.iter().filter(|candidate| candidate.doubt.is_none()) {
            givers.entry(candidate.cell().id.clone()).or_default().push(*fact);
        }
    }
    for (fact, candidates) in found.iter_mut() {
        for candidate in candidates.iter_mut().filter(|candidate| candidate.doubt.is_none()) {
            let others = givers.get(&candidate.cell().id).into_iter().flatten().filter(|other| *other != fact);
            let others: Vec<&str> = others.map(|other| other.label()).collect();
            if !others.is_empty() {
                candidate.doubt = Some(format!("peut aussi dire : {}", others.join(", ")));
            }
        }
    }
}

/// Whether a champ may be shown to a person as one that gives a fact: proposed, if only to be looked at first. Of a fact that a choice
/// without a code or a text would betray, whatever suits by its kind and does not say something else.
pub(in crate::mapping) fn is_proposable(fact: FactName, kind: ChampKind, descriptor: &Descriptor) -> bool {
    if !sections(fact).contains(&kind) {
        return false;
    }
    let is_other =
        || matches!(said(fact, &descriptor.label), Said::Else(_)) || fit(fact.fact_type(), descriptor) == Fit::No;
    if falsifies(fact) { candidate(fact, kind, descriptor).is_some() } else { !is_other() }
}

/// What a champ is to a fact; none when its label or its kind says that it is not it.
fn candidate(fact: FactName, kind: ChampKind, descriptor: &Descriptor) -> Option<Candidate<'_>> {
    let gathers = matches!(fact.fact_type(), FactType::Communes | FactType::Files | FactType::Departements);
    if gathers && descriptor.kind() == "Repetition" {
        let (column, doubt) = in_a_block(fact, descriptor)?;
        return Some(Candidate { kind, descriptor, column: Some(column), doubt });
    }
    let wording = doubt_of(&said(fact, &descriptor.label))?;
    let suits = suits(fact, kind, descriptor, wording.is_none())?;
    Some(Candidate { kind, descriptor, column: None, doubt: wording.or(suits) })
}

/// What a label leaves in doubt; none at all when it says nothing of the fact, or something else.
fn doubt_of(said: &Said) -> Option<Doubt> {
    match said {
        Said::Nothing | Said::Else(_) => None,
        Said::Plainly | Said::Perhaps(_) => Some(said.doubt()),
    }
}

/// The column of a block that a fact is gathered from.
fn in_a_block(fact: FactName, block: &Descriptor) -> Option<(&Descriptor, Doubt)> {
    let mut fitting = columns(block).filter(|column| fit(fact.fact_type(), column) == Fit::Yes(0));
    let column = fitting.next()?;
    let rivals = fitting.next().is_some();
    let doubt = doubt_of(&said(fact, &block.label).with_column(said(fact, &column.label)))?;
    let doubt = if rivals { Some("plusieurs colonnes de ce bloc conviennent".to_owned()) } else { doubt };
    Some((column, doubt))
}

/// What the kind of a champ leaves in doubt of a fact; none at all when such a champ does not hold it.
fn suits(fact: FactName, section: ChampKind, cell: &Descriptor, plain: bool) -> Option<Doubt> {
    if matches!(fit(fact.fact_type(), cell), Fit::No | Fit::Unknown) {
        return None;
    }
    let doubt = |text: &str| Some(Some(text.to_owned()));
    match (fact.fact_type(), cell.kind()) {
        (FactType::Amount | FactType::Integer, "DecimalNumber" | "IntegerNumber" | "Number")
        | (FactType::Date, "Date" | "Datetime")
        | (FactType::YesNo, "YesNo")
        | (FactType::Files, "PieceJustificative")
        | (FactType::Departements, "Departement") => Some(None),
        (FactType::Amount, "Text" | "Formatted") if speaks_of_money(&cell.label) => Some(None),
        // A text is the last resort, of what is said plainly only.
        (FactType::Amount | FactType::Integer | FactType::Date, "Text" | "Formatted") if !plain => None,
        (FactType::Amount, "Text" | "Formatted") => doubt("c’est un texte, dont le libellé n’annonce pas un montant"),
        (FactType::Integer, "Text" | "Formatted") => doubt("c’est un texte : seul un nombre entier sera lu"),
        (FactType::Date, "Text" | "Formatted") => doubt("c’est un texte : seules des dates JJ/MM/AAAA seront lues"),
        (FactType::YesNo, "Checkbox") if section == ChampKind::Annotation => Some(None),
        (FactType::YesNo, "Checkbox") => doubt("une case non cochée se lira « non »"),
        (FactType::YesNo, "DropDownList") => coverage(fact, cell, &["oui", "non"], 2),
        (FactType::Choice(codes), "DropDownList" | "LinkedDropDownList") => {
            // Nobody loses by a list without "other".
            let needed: Vec<&str> = codes.iter().copied().filter(|code| *code != "other").collect();
            coverage(fact, cell, &needed, needed.len())
        }
        (FactType::Choices(_), kind) if kind.ends_with("DropDownList") => {
            let (needed, least): (&[&str], usize) =
                if fact == FactName::Theme { (&["1", "2", "3"], 3) } else { (&["expertise", "training", "lab"], 2) };
            coverage(fact, cell, needed, least)
        }
        // A champ for one commune is a poor place for a list: without a plain label it says where the applicant is.
        (FactType::Communes, "Commune") if plain => doubt("ce champ ne donne qu’une commune"),
        (FactType::Communes, "MultipleDropDownList") => Some(unless_all(cell, communes_of, "communes")),
        (FactType::Communes, "Text" | "Textarea") if says_code(&cell.label) => Some(None),
        (FactType::Communes, "Text" | "Textarea") => {
            doubt("c’est un texte : les codes INSEE y sont lus, les noms seulement s’ils sont sans équivoque")
        }
        (FactType::Departements, "DropDownList" | "MultipleDropDownList") => {
            let is_one = |option: &str| departements::of_text(option, &Values::default()).is_some();
            Some(unless_all(cell, is_one, "départements"))
        }
        (FactType::Departements, "Commune" | "Address" | "Text") => doubt("le département se lira de ce lieu"),
        (FactType::Expenses, "Repetition") => expenses(cell),
        (FactType::Text, kind) => text(fact, kind),
        _ => None,
    }
}

fn communes_of(option: &str) -> bool {
    communes::of_option(option, &Values::default()).is_some()
}

/// A doubt unless each choice of a list names what is looked for.
fn unless_all(list: &Descriptor, is_one: impl Fn(&str) -> bool, what: &str) -> Doubt {
    let all = !list.options.is_empty() && list.options.iter().all(|option| is_one(option));
    (!all).then(|| format!("ses choix ne sont pas tous des {what} connus"))
}

fn says_code(label: &str) -> bool {
    Words::of(label).say("insee|code")
}

/// Whether enough of the codes have a choice.
fn coverage(fact: FactName, list: &Descriptor, needed: &[&str], least: usize) -> Option<Doubt> {
    let vocabulary = Vocabulary::of(fact)?;
    let (known, _) = guess(vocabulary, list);
    let without: Vec<&str> = needed.iter().copied().filter(|code| !known.values().any(|known| known == code)).collect();
    let enough = needed.len() - without.len() >= least;
    Some((!enough).then(|| format!("aucun choix ne dit sûrement {}", without.join(", "))))
}

/// A text, by what it is the text of.
fn text(fact: FactName, kind: &str) -> Option<Doubt> {
    let sure = match fact {
        FactName::ProjectTitle => matches!(kind, "Text" | "Textarea"),
        FactName::ProjectSummary | FactName::Feedback => matches!(kind, "Textarea" | "Text"),
        FactName::Lab => matches!(kind, "Text" | "DropDownList"),
        FactName::StateContract => {
            matches!(kind, "Text" | "Textarea" | "DropDownList" | "MultipleDropDownList" | "YesNo")
        }
        FactName::Ej => matches!(kind, "EngagementJuridique" | "Text" | "Formatted" | "IntegerNumber" | "Number"),
        _ => false,
    };
    sure.then_some(None)
}

/// Lines need an amount and a nature.
fn expenses(block: &Descriptor) -> Option<Doubt> {
    let columns = expense_columns(block);
    let sure = |key: &str| columns.get(key).is_some_and(|column| column.doubt.is_none());
    if !columns.contains_key("amount") {
        return None;
    }
    let doubt = match (sure("amount"), sure("nature")) {
        (false, _) => Some("aucune colonne n’est sûrement un montant"),
        (_, false) => Some("aucune colonne n’est sûrement la nature de la dépense"),
        _ => None,
    };
    Some(doubt.map(str::to_owned))
}

fn columns(repetition: &Descriptor) -> impl Iterator<Item = &Descriptor> {
    repetition.columns.iter().filter(|column| !column.is_ornament() && is_named(column))
}

/// A column of a block of expenses.
pub(super) struct ExpenseColumn<'a> {
    /// The column.
    pub(super) descriptor: &'a Descriptor,
    /// Why a person must look at it first.
    pub(super) doubt: Doubt,
}

/// The column of a block for each column of the expenses: the first that is sure, else the first that may be; none twice.
pub(super) fn expense_columns(block: &Descriptor) -> BTreeMap<&'static str, ExpenseColumn<'_>> {
    let mut chosen: BTreeMap<&'static str, ExpenseColumn> = BTreeMap::new();
    let candidates = |key: &'static str| {
        let (wording, senses) = expense_column(key);
        columns(block).filter_map(move |column| {
            if matches!(fit(of_expense_column(key), column), Fit::No | Fit::Unknown) {
                return None;
            }
            let said = wording.said_by(&column.label, senses);
            // A list of origins says by itself what it is.
            let said =
                if key == "origin" && says_too_little(&said) && tells_origins(column) { Said::Plainly } else { said };
            let doubt = doubt_of(&said)?;
            let of_kind = match (key, column.kind()) {
                ("amount", "DecimalNumber" | "IntegerNumber" | "Number" | "Text" | "Formatted")
                | ("date", "Date" | "Datetime")
                | ("nature", "Text") => None,
                ("nature" | "origin", kind) if kind.ends_with("DropDownList") => {
                    let vocabulary = Vocabulary::of_expense_column(key)?;
                    let known = guess(vocabulary, column).0;
                    known.is_empty().then(|| "aucun de ses choix ne se reconnaît".to_owned())
                }
                _ => Some("ce n’est pas une colonne de la sorte attendue".to_owned()),
            };
            Some(ExpenseColumn { descriptor: column, doubt: doubt.or(of_kind) })
        })
    };
    for sure in [true, false] {
        for key in EXPENSE_COLUMNS {
            let taken =
                |column: &ExpenseColumn| chosen.values().any(|other| other.descriptor.id == column.descriptor.id);
            let first = candidates(key).find(|column| column.doubt.is_none() == sure && !taken(column));
            if let (Some(column), false) = (first, chosen.contains_key(key)) {
                chosen.insert(key, column);
            }
        }
    }
    chosen
}

fn says_too_little(said: &Said) -> bool {
    matches!(said, Said::Perhaps(unknown) if unknown.is_empty())
}

/// Whether the choices of a list tell the Union from the rest.
fn tells_origins(list: &Descriptor) -> bool {
    let known = guess(Vocabulary::Origin, list).0;
    ["eu", "non_eu"].iter().all(|code| known.values().any(|known| known == code))
}

/// A numeric annotation for each criterion, among those not yet used.
fn marks<'a>(form: &Catalogue<'a, Descriptor>, used: &[&str]) -> BTreeMap<&'static str, Candidate<'a>> {
    let mut marks: BTreeMap<&'static str, Candidate> = BTreeMap::new();
    for key in CRITERIA {
        let (wording, senses) = criterion(key);
        let numeric = form.section(ChampKind::Annotation).filter(|descriptor| {
            matches!(descriptor.kind(), "IntegerNumber" | "DecimalNumber" | "Number")
                && is_named(descriptor)
                && !used.contains(&descriptor.id.as_str())
        });
        let mut candidates: Vec<Candidate> = numeric
            .filter_map(|descriptor| {
                let doubt = doubt_of(&wording.said_by(&descriptor.label, senses))?;
                Some(Candidate { kind: ChampKind::Annotation, descriptor, column: None, doubt })
            })
            .collect();
        doubt_rivals(&mut candidates);
        candidates.sort_by_key(|candidate| candidate.doubt.is_some());
        if let Some(first) = candidates.into_iter().next() {
            marks.insert(key, first);
        }
    }
    marks
}
