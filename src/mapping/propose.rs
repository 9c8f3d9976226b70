//! A first mapping out of the live form, as a commented fragment of configuration for a person to read again.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::form::{Descriptor, Form};
use crate::domain::programme::Programme;
use crate::domain::text::fold;

use super::config::Values;
use super::hints::{announces, criterion_ways, expense_column_ways, says, sections, ways, words};
use super::kinds::{Fit, described, fit, in_french, of_expense_column};
use super::locate::{Catalogue, Named, catalogue};
use super::vocabulary::Vocabulary;

/// A fragment `[procedures.fields]` for a form: the likeliest champ for each fact of the programme, named by its id
/// with its label beside it; facts without a likely champ and champs without use are comments.
///
/// It parses as a [`super::ProcedureMapping`] in which [`super::check`] finds no error.
#[must_use]
pub fn propose(form: &Form, programme: Programme) -> String {
    let catalogue = catalogue(form);
    let facts: Vec<FactName> =
        FactName::ALL.iter().copied().filter(|fact| fact.programmes().contains(&programme)).collect();
    let chosen = assign(&facts, &catalogue);
    let marks = marks(&facts, &catalogue, &chosen);
    let mut fragment = Fragment::default();
    fragment.comment("Proposition établie d’après le formulaire : à relire, chaque association est une supposition.");
    fragment.comment("Un identifiant (id) désigne le champ même renommé ; le libellé n’est là que pour le lecteur.");
    fragment.line("[procedures.fields]");
    for fact in facts.iter().filter(|fact| fact.fact_type() != FactType::Expenses) {
        if let Some(choice) = chosen.get(fact) {
            fragment.plain(*fact, choice);
        }
    }
    fragment.unmapped(
        facts
            .iter()
            .copied()
            .filter(|fact| !chosen.contains_key(fact) && (*fact != FactName::Scores || marks.is_empty())),
    );
    if let Some(choice) = chosen.get(&FactName::Expenses) {
        fragment.expenses(choice.descriptor);
    }
    if !marks.is_empty() {
        fragment.scores(&marks);
    }
    let used = chosen.values().map(|choice| choice.descriptor).chain(marks.values().copied());
    let used: Vec<&str> = used.map(|descriptor| descriptor.id.as_str()).collect();
    fragment.unused(&catalogue, &used);
    fragment.0
}

/// What is proposed for a fact.
struct Choice<'a> {
    kind: ChampKind,
    descriptor: &'a Descriptor,
    column: Option<&'a Descriptor>,
}

/// The likeliest champ for each fact, none of them twice: the plainest pairs are settled first.
fn assign<'a>(facts: &[FactName], form: &Catalogue<'a, Descriptor>) -> BTreeMap<FactName, Choice<'a>> {
    let mut pairs = Vec::new();
    for fact in facts.iter().filter(|fact| **fact != FactName::Scores) {
        for (preference, kind) in sections(*fact).iter().enumerate() {
            for descriptor in form.section(*kind).filter(|descriptor| !descriptor.id.trim().is_empty()) {
                let plainness = announces(&descriptor.label, ways(*fact));
                let Some((rank, column)) = holds(*fact, descriptor) else { continue };
                let malus = rank * 20 + preference * 100;
                if plainness > malus {
                    pairs.push((plainness - malus, *fact, Choice { kind: *kind, descriptor, column }));
                }
            }
        }
    }
    pairs.sort_by_key(|(score, fact, _)| (std::cmp::Reverse(*score), *fact));
    let mut chosen: BTreeMap<FactName, Choice> = BTreeMap::new();
    for (_, fact, choice) in pairs {
        let taken = chosen.values().any(|other| other.descriptor.id == choice.descriptor.id);
        if !taken {
            chosen.entry(fact).or_insert(choice);
        }
    }
    chosen
}

/// How naturally a champ holds a fact (0 the most), with the column to read when it is a repetition.
fn holds(fact: FactName, descriptor: &Descriptor) -> Option<(usize, Option<&Descriptor>)> {
    let fact_type = fact.fact_type();
    let coded = matches!(fact_type, FactType::Choice(_) | FactType::Choices(_));
    if coded && !descriptor.kind().ends_with("DropDownList") {
        return None;
    }
    match (fit(fact_type, descriptor), fact_type) {
        (Fit::Yes(_), FactType::Expenses) => {
            EXPENSE_COLUMNS.iter().any(|key| expense_column(descriptor, key).is_some()).then_some((0, None))
        }
        (Fit::Yes(rank), _) => Some((rank, None)),
        (Fit::No, FactType::Communes | FactType::Files | FactType::Departements) => {
            let column = columns(descriptor).find(|column| fit(fact_type, column) == Fit::Yes(0));
            column.map(|column| (0, Some(column)))
        }
        (Fit::No | Fit::Unknown, _) => None,
    }
}

fn columns(repetition: &Descriptor) -> impl Iterator<Item = &Descriptor> {
    repetition.columns.iter().filter(|column| !column.is_ornament() && !column.id.trim().is_empty())
}

/// The column of a repetition that announces a column of the expenses most plainly.
fn expense_column<'a>(repetition: &'a Descriptor, key: &str) -> Option<&'a Descriptor> {
    let fact_type = of_expense_column(key);
    let scored = columns(repetition).filter_map(|column| match fit(fact_type, column) {
        Fit::Yes(rank) => {
            announces(&column.label, expense_column_ways(key)).checked_sub(rank * 20 + 1).map(|score| (score, column))
        }
        Fit::No | Fit::Unknown => None,
    });
    // The first of equals: a form asks for the amount before its total.
    scored
        .fold(None, |best: Option<(usize, &Descriptor)>, (score, column)| match best {
            Some((highest, _)) if highest >= score => best,
            _ => Some((score, column)),
        })
        .map(|(_, column)| column)
}

/// A numeric annotation for each criterion, among those not yet used.
fn marks<'a>(
    facts: &[FactName],
    form: &Catalogue<'a, Descriptor>,
    chosen: &BTreeMap<FactName, Choice<'a>>,
) -> BTreeMap<&'static str, &'a Descriptor> {
    let mut marks: BTreeMap<&'static str, &Descriptor> = BTreeMap::new();
    if !facts.contains(&FactName::Scores) {
        return marks;
    }
    let numeric = |descriptor: &&Descriptor| descriptor.kind().ends_with("Number") && !descriptor.id.trim().is_empty();
    // The most precise criterion first, or "impact" would take what says "impact direct".
    for criterion in CRITERIA.into_iter().rev() {
        let free = form.section(ChampKind::Annotation).filter(numeric).filter(|descriptor| {
            let id = &descriptor.id;
            !chosen.values().any(|choice| choice.descriptor.id == *id) && !marks.values().any(|mark| mark.id == *id)
        });
        let best = free.max_by_key(|descriptor| announces(&descriptor.label, criterion_ways(criterion)));
        if let Some(best) = best.filter(|best| announces(&best.label, criterion_ways(criterion)) > 0) {
            marks.insert(criterion, best);
        }
    }
    marks
}

/// The fragment as it is written.
#[derive(Default)]
struct Fragment(String);

impl Fragment {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A comment: one line, whatever the labels in it hold.
    fn comment(&mut self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.line(format!("# {line}").trim_end());
    }

    fn plain(&mut self, fact: FactName, choice: &Choice<'_>) {
        let cell = choice.column.unwrap_or(choice.descriptor);
        let mut parts = vec![named(choice.kind.code(), choice.descriptor)];
        if let Some(column) = choice.column {
            parts.push(format!("column = {{ {} }}", named("champ", column)));
        }
        let (values, unknown) = Vocabulary::of(fact).map(|vocabulary| guess(vocabulary, cell)).unwrap_or_default();
        if !values.is_empty() {
            parts.push(format!("values = {}", table(&values)));
        }
        self.comment(&format!("{} ({})", fact.label(), in_french(choice.descriptor)));
        self.line(&format!("{fact} = {{ {} }}", parts.join(", ")));
        self.without_code(Vocabulary::of(fact), &unknown);
    }

    fn expenses(&mut self, repetition: &Descriptor) {
        self.line("");
        self.comment(&format!("{} ({})", FactName::Expenses.label(), in_french(repetition)));
        self.line("[procedures.fields.expenses]");
        self.line(&format!("id = {}", quoted(&repetition.id)));
        if !repetition.label.trim().is_empty() {
            self.line(&format!("champ = {}", quoted(&repetition.label)));
        }
        let mut values = Vec::new();
        let mut taken: Vec<&str> = Vec::new();
        for key in EXPENSE_COLUMNS {
            let Some(column) = expense_column(repetition, key).filter(|column| !taken.contains(&column.id.as_str()))
            else {
                self.comment(&format!("columns.{key} : aucune colonne ne convient"));
                continue;
            };
            taken.push(&column.id);
            self.line(&format!("columns.{key} = {{ {} }}", named("champ", column)));
            if let Some(vocabulary) = Vocabulary::of_expense_column(key) {
                values.push((key, vocabulary, guess(vocabulary, column)));
            }
        }
        for (key, vocabulary, (known, unknown)) in values {
            if !known.is_empty() {
                self.line(&format!("values.{key} = {}", table(&known)));
            }
            self.without_code(Some(vocabulary), &unknown);
        }
    }

    fn scores(&mut self, marks: &BTreeMap<&'static str, &Descriptor>) {
        self.line("");
        self.comment(FactName::Scores.label());
        self.line("[procedures.fields.scores.annotations]");
        for (criterion, descriptor) in marks {
            self.line(&format!("{criterion} = {{ {} }}", named("champ", descriptor)));
        }
    }

    fn without_code(&mut self, vocabulary: Option<Vocabulary>, unknown: &[&str]) {
        if let (Some(vocabulary), false) = (vocabulary, unknown.is_empty()) {
            let unknown = unknown.iter().map(|option| format!("« {option} »")).collect::<Vec<_>>().join(", ");
            self.comment(&format!("  choix sans code : {unknown} ; codes possibles : {}", vocabulary.described()));
        }
    }

    fn unmapped(&mut self, facts: impl Iterator<Item = FactName>) {
        let mut facts = facts.peekable();
        if facts.peek().is_some() {
            self.line("");
            self.comment("Faits sans champ plausible : complétez et décommentez.");
        }
        for fact in facts {
            let example = match fact.fact_type() {
                FactType::Expenses => "{ champ = \"…\", columns = { nature = \"…\", amount = \"…\" } }",
                FactType::Scores => "{ annotations = { portage = \"…\" } }",
                _ if sections(fact).first() == Some(&ChampKind::Annotation) => "{ annotation = \"…\" }",
                _ => "{ champ = \"…\" }",
            };
            self.comment(&format!("{fact} = {example}  # {} : {}", fact.label(), described(fact.fact_type())));
        }
    }

    fn unused(&mut self, form: &Catalogue<'_, Descriptor>, used: &[&str]) {
        let mut lines = String::new();
        for kind in [ChampKind::Champ, ChampKind::Annotation] {
            for descriptor in form.section(kind).filter(|descriptor| !used.contains(&descriptor.id.as_str())) {
                let (label, french, id) = (&descriptor.label, in_french(descriptor), quoted(&descriptor.id));
                let label: String = label.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "# {} « {label} » ({french}), id = {id}", kind.code());
            }
        }
        if !lines.is_empty() {
            self.line("");
            self.comment("Champs et annotations du formulaire qui ne servent pas :");
            self.0.push_str(&lines);
        }
    }
}

/// `id = "…", champ = "…"`, without the label when it is empty.
fn named(section: &str, descriptor: &Descriptor) -> String {
    let id = format!("id = {}", quoted(&descriptor.id));
    if descriptor.label.trim().is_empty() { id } else { format!("{id}, {section} = {}", quoted(&descriptor.label)) }
}

/// The options of a list with the code that each seems to stand for, and those without one.
fn guess<'a>(vocabulary: Vocabulary, list: &'a Descriptor) -> (BTreeMap<&'a str, &'static str>, Vec<&'a str>) {
    let (mut known, mut unknown, mut seen) = (BTreeMap::new(), Vec::new(), Vec::new());
    if vocabulary.terms().is_empty() {
        return (known, unknown);
    }
    for option in list.options.iter().map(String::as_str).filter(|option| !option.trim().is_empty()) {
        if seen.contains(&fold(option)) {
            continue;
        }
        seen.push(fold(option));
        match guess_code(vocabulary, option) {
            Some(code) => {
                known.insert(option, code);
            }
            None => unknown.push(option),
        }
    }
    (known, unknown)
}

/// The code that a choice stands for beyond doubt, else that of the only figure or the only stem that it says.
fn guess_code(vocabulary: Vocabulary, option: &str) -> Option<&'static str> {
    let said = words(option);
    let terms = vocabulary.terms();
    let decoded = vocabulary.decode(&Values::default(), option);
    let only = |figures: bool| {
        let is_figure = |stem: &str| stem.bytes().all(|byte| byte.is_ascii_digit());
        let mut found = terms
            .iter()
            .filter(|term| term.stems.iter().any(|stem| is_figure(stem) == figures && says(&said, stem)))
            .map(|term| term.code);
        found.next().filter(|_| found.next().is_none())
    };
    let decoded = decoded.and_then(|code| terms.iter().map(|term| term.code).find(|known| *known == code));
    decoded.or_else(|| only(true)).or_else(|| only(false))
}

fn table(values: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<String> = values.iter().map(|(option, code)| format!("{} = \"{code}\"", quoted(option))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A basic string of TOML on one line, fit for a key and for a value.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
