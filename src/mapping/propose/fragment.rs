//! The text of a proposal: TOML lines and comments, whatever the labels hold.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::domain::champ::ChampKind;
use crate::domain::fact::{EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::form::Descriptor;
use crate::domain::text::is_unseen;
use crate::mapping::hints::sections;
use crate::mapping::kinds::{described, in_french};
use crate::mapping::locate::Catalogue;
use crate::mapping::vocabulary::Vocabulary;

use super::assign::{Candidate, Choices, expense_columns};
use super::guess::guess;

/// The fragment as it is written.
#[derive(Default)]
pub(super) struct Fragment(String);

impl Fragment {
    /// The text so far.
    pub(super) fn into_text(self) -> String {
        self.0
    }

    /// One line.
    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A comment: one line, whatever the labels in it hold.
    pub(super) fn comment(&mut self, text: &str) {
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.line(format!("# {line}").trim_end());
    }

    /// A fact in one champ.
    pub(super) fn plain(&mut self, fact: FactName, choice: &Candidate<'_>) {
        self.comment(&format!("{} ({})", fact.label(), in_french(choice.descriptor)));
        let (line, unknown) = plain(fact, choice);
        self.line(&line);
        self.without_code(Vocabulary::of(fact), &unknown);
    }

    /// The facts that a person must look at first: each a line to take the mark off, with the reason after it.
    pub(super) fn doubtful(&mut self, choices: &Choices<'_>) {
        let facts = choices.doubtful.iter().flat_map(|(fact, candidates)| candidates.iter().map(|one| (*fact, one)));
        let mut lines: Vec<(String, &str)> = Vec::new();
        for (fact, candidate) in facts {
            let line = match fact {
                FactName::Expenses => inline_expenses(candidate.descriptor),
                fact => plain(fact, candidate).0,
            };
            lines.push((line, candidate.doubt.as_deref().unwrap_or_default()));
        }
        if lines.is_empty() {
            return;
        }
        self.line("");
        self.comment("À vérifier : décommentez ce qui convient, une ligne par fait.");
        for (line, doubt) in lines {
            self.comment(&format!("{line}  # {doubt}"));
        }
    }

    /// The table of the expenses.
    pub(super) fn expenses(&mut self, block: &Descriptor) {
        self.line("");
        self.comment(&format!("{} ({})", FactName::Expenses.label(), in_french(block)));
        self.line("[procedures.fields.expenses]");
        self.line(&format!("id = {}", basic_string(&block.id)));
        if !block.label.trim().is_empty() {
            self.line(&format!("champ = {}", basic_string(&block.label)));
        }
        let columns = expense_columns(block);
        let mut values = Vec::new();
        for key in EXPENSE_COLUMNS {
            let Some(column) = columns.get(key) else {
                self.comment(&format!("columns.{key} : aucune colonne ne convient"));
                continue;
            };
            let line = format!("columns.{key} = {{ {} }}", named("champ", column.descriptor));
            if let Some(doubt) = &column.doubt {
                self.comment(&format!("{line}  # à vérifier : {doubt}"));
                continue;
            }
            self.line(&line);
            if let Some(vocabulary) = Vocabulary::of_expense_column(key) {
                values.push((key, vocabulary, guess(vocabulary, column.descriptor)));
            }
        }
        for (key, vocabulary, (known, unknown)) in values {
            if !known.is_empty() {
                self.line(&format!("values.{key} = {}", table(&known)));
            }
            self.without_code(Some(vocabulary), &unknown);
        }
    }

    /// The table of the marks.
    pub(super) fn scores(&mut self, marks: &BTreeMap<&'static str, Candidate<'_>>) {
        self.line("");
        self.comment(FactName::Scores.label());
        if marks.values().any(|mark| mark.doubt.is_none()) {
            self.line("[procedures.fields.scores.annotations]");
        } else {
            self.comment("[procedures.fields.scores.annotations]");
        }
        for (criterion, mark) in marks {
            let line = format!("{criterion} = {{ {} }}", named("annotation", mark.descriptor));
            match &mark.doubt {
                None => self.line(&line),
                Some(doubt) => self.comment(&format!("{line}  # à vérifier : {doubt}")),
            }
        }
    }

    fn without_code(&mut self, vocabulary: Option<Vocabulary>, unknown: &[&str]) {
        if let (Some(vocabulary), false) = (vocabulary, unknown.is_empty()) {
            let unknown = unknown.iter().map(|option| basic_string(option)).collect::<Vec<_>>().join(", ");
            self.comment(&format!("  choix sans code : {unknown} ; codes possibles : {}", vocabulary.described()));
        }
    }

    /// The facts that wait for a champ.
    pub(super) fn unmapped(&mut self, facts: impl Iterator<Item = FactName>) {
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

    /// The champs that serve no fact.
    pub(super) fn unused(&mut self, form: &Catalogue<'_, Descriptor>, used: &[&str]) {
        let mut lines = String::new();
        for kind in [ChampKind::Champ, ChampKind::Annotation] {
            for descriptor in form.section(kind).filter(|descriptor| !used.contains(&descriptor.id.as_str())) {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "# {} ({})", named(kind.code(), descriptor), in_french(descriptor));
            }
        }
        if !lines.is_empty() {
            self.line("");
            self.comment("Champs et annotations du formulaire qui ne servent pas :");
            self.0.push_str(&lines);
        }
    }
}

/// The line of a fact in one champ, and the choices that it leaves without a code.
fn plain<'a>(fact: FactName, choice: &Candidate<'a>) -> (String, Vec<&'a str>) {
    let mut parts = vec![named(choice.kind.code(), choice.descriptor)];
    if let Some(column) = choice.column {
        parts.push(format!("column = {{ {} }}", named("champ", column)));
    }
    let guessed = Vocabulary::of(fact).map(|vocabulary| guess(vocabulary, choice.cell()));
    let (values, unknown) = guessed.unwrap_or_default();
    if !values.is_empty() {
        parts.push(format!("values = {}", table(&values)));
    }
    (format!("{fact} = {{ {} }}", parts.join(", ")), unknown)
}

/// The expenses on one line.
fn inline_expenses(block: &Descriptor) -> String {
    let columns = expense_columns(block);
    let named_columns =
        columns.iter().map(|(key, column)| format!("{key} = {{ {} }}", named("champ", column.descriptor)));
    let named_columns: Vec<String> = named_columns.collect();
    let values: Vec<String> = columns
        .iter()
        .filter_map(|(key, column)| Some((key, guess(Vocabulary::of_expense_column(key)?, column.descriptor).0)))
        .filter(|(_, known)| !known.is_empty())
        .map(|(key, known)| format!("{key} = {}", table(&known)))
        .collect();
    let values = if values.is_empty() { String::new() } else { format!(", values = {{ {} }}", values.join(", ")) };
    format!("expenses = {{ {}, columns = {{ {} }}{values} }}", named("champ", block), named_columns.join(", "))
}

/// `id = "…", champ = "…"`, without the label when it is empty.
fn named(section: &str, descriptor: &Descriptor) -> String {
    let id = format!("id = {}", basic_string(&descriptor.id));
    if descriptor.label.trim().is_empty() {
        id
    } else {
        format!("{id}, {section} = {}", basic_string(&descriptor.label))
    }
}

fn table(values: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<String> =
        values.iter().map(|(option, code)| format!("{} = \"{code}\"", basic_string(option))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A basic string of TOML on one line, fit for a key and for a value: what it quotes can be copied as it stands.
fn basic_string(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => written.extend(['\\', character]),
            c if c.is_control() || is_unseen(c) => {
                // Writing to a string cannot fail.
                let _ = match u32::from(c) {
                    code @ ..=0xffff => write!(written, "\\u{code:04X}"),
                    code => write!(written, "\\U{code:08X}"),
                };
            }
            c => written.push(c),
        }
    }
    written.push('"');
    written
}
