//! How `fitn dossiers` looks: a table for people, rows with the names of `view_dossiers` for programs.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::colour;
use super::layout::{Column, table};
use super::paper::{Paper, Width, hang};
use crate::desk::DossierLine;
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber, RemovalReason};
use crate::domain::erasure::ERASED;
use crate::domain::instant::to_rfc3339;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::Status;

/// One dossier with the columns of `view_dossiers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the columns are documented with the view")]
pub struct DossierRow {
    pub number: DossierNumber,
    pub procedure: ProcedureNumber,
    pub programme: Programme,
    pub state: DossierState,
    #[serde(serialize_with = "optional_instant")]
    pub deposited_at: Option<Timestamp>,
    #[serde(serialize_with = "optional_instant")]
    pub updated_at: Option<Timestamp>,
    pub siret: Option<String>,
    pub applicant: Option<String>,
    pub code_insee: Option<String>,
    pub departement: Option<String>,
    pub population: Option<i64>,
    pub status: Option<Status>,
    pub eligible_expenses_cents: Option<Cents>,
    pub computed_cents: Option<Cents>,
    pub granted_cents: Option<Cents>,
    pub engaged_cents: Option<Cents>,
    pub paid_cents: Option<Cents>,
    #[serde(serialize_with = "optional_instant")]
    pub removed_at: Option<Timestamp>,
    pub removed_reason: Option<RemovalReason>,
    #[serde(serialize_with = "optional_instant")]
    pub excluded_at: Option<Timestamp>,
    pub counted_cents: Option<Cents>,
    /// Shown by its words in the list alone.
    #[serde(skip)]
    pub erased: bool,
}

impl DossierRow {
    /// The row of a dossier.
    #[must_use]
    pub fn of(line: DossierLine) -> Self {
        Self {
            number: line.number,
            procedure: line.procedure,
            programme: line.programme,
            state: line.state,
            deposited_at: line.deposited_at,
            updated_at: line.updated_at,
            siret: line.siret,
            applicant: line.applicant,
            code_insee: line.code_insee,
            departement: line.departement,
            population: line.population,
            status: line.status,
            eligible_expenses_cents: line.eligible_expenses,
            computed_cents: line.computed,
            granted_cents: line.granted,
            engaged_cents: line.engaged,
            paid_cents: line.paid,
            removed_at: line.removed_at,
            removed_reason: line.removed,
            excluded_at: line.excluded_at,
            counted_cents: line.counted,
            erased: line.erased_at.is_some(),
        }
    }
}

#[allow(clippy::ref_option, reason = "the signature is serde’s")]
fn optional_instant<S: Serializer>(instant: &Option<Timestamp>, output: S) -> Result<S::Ok, S::Error> {
    instant.map(to_rfc3339).serialize(output)
}

/// States as they are where there is little room, and what they say.
const SHORT_STATES: [(&str, &str); 4] = [
    ("acc. RET.", "accepté, retiré de DS"),
    ("RETIRÉ", "retiré de DS"),
    ("en constr.", "en construction"),
    ("en instr.", "en instruction"),
];

/// Narrower, programmes are shown without the word that they all begin with.
const NARROW: usize = 64;
/// The cell that says what the rules do.
const STATUS: usize = 4;

/// The list for people, row by row. The amount is the one granted, else the one computed, marked `≈` as nobody decided it.
#[derive(Default)]
pub struct List {
    lines: Vec<[String; 7]>,
    /// What the rules say of each, where its line says it.
    statuses: Vec<Option<Status>>,
    computed: bool,
    removed: usize,
    /// Those of them that are accepted and of which the amount counts all the same.
    still_counted: usize,
    excluded: usize,
}

impl List {
    /// Adds a dossier.
    pub fn push(&mut self, row: &DossierRow) {
        let line = line(row);
        self.statuses.push(row.status.filter(|status| line[STATUS] == status.label()));
        self.lines.push(line);
        self.computed |= row.granted_cents.is_none() && row.computed_cents.is_some();
        self.removed += usize::from(row.removed_reason.is_some());
        self.still_counted += usize::from(row.removed_reason.is_some() && row.counted_cents.is_some());
        self.excluded += usize::from(row.excluded_at.is_some());
    }

    /// The text of the list with the colours of a terminal: the headings, and what the rules say of each dossier.
    #[must_use]
    pub fn painted(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + self.lines.len() * 10);
        let mut rows = self.lines.iter().zip(&self.statuses).peekable();
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let is_row =
                |number: &str| line.trim_start().strip_prefix(number).is_some_and(|rest| rest.starts_with(' '));
            let row = rows.next_if(|(cells, _)| is_row(&cells[0]));
            // Before it there are a number, codes and a state, which say none of these words.
            let status = row.and_then(|(_, status)| *status);
            let place = status.and_then(|status| Some((line.find(status.label())?, status)));
            if let (0, false, Some(heading)) = (at, self.lines.is_empty(), line.strip_suffix('\n')) {
                out.push_str(&colour::bold(heading));
                out.push('\n');
            } else if let Some((place, status)) = place {
                let (before, rest) = line.split_at(place);
                let (label, after) = rest.split_at(status.label().len());
                out.push_str(before);
                out.push_str(&colour::painted(label, colour::of_status(status)));
                out.push_str(after);
            } else {
                out.push_str(line);
            }
        }
        out
    }

    /// The lines with states written out, where there is room for them.
    fn in_full(&self) -> Vec<[String; 7]> {
        let mut lines = self.lines.clone();
        for [_, _, _, state, ..] in &mut lines {
            if let Some((_, long)) = SHORT_STATES.iter().find(|(short, _)| state == short) {
                (*long).clone_into(state);
            }
        }
        lines
    }

    /// The lines with what tells programmes apart alone.
    fn in_short(&self) -> Vec<[String; 7]> {
        let mut lines = self.lines.clone();
        for [_, programme, ..] in &mut lines {
            if let Some(short) = programme.strip_prefix("axe") {
                *programme = short.to_owned();
            }
        }
        lines
    }

    /// The whole list.
    #[must_use]
    pub fn text(&self, width: Width) -> String {
        if self.lines.is_empty() {
            return "Aucun dossier.\n".to_owned();
        }
        let is_narrow = width.is_cut() && width.columns() < NARROW;
        let columns = [
            ("n°", Column::Right),
            (if is_narrow { "axe" } else { "programme" }, Column::Left),
            (if is_narrow { "dép" } else { "dép." }, Column::Left),
            ("état", Column::Left),
            ("statut", Column::Left),
            ("montant", Column::Right),
            ("demandeur", Column::Flexible),
        ];
        let count = counted(self.lines.len(), "dossier", "dossiers");
        let legend = if self.computed { " (≈ : montant calculé, non accordé)" } else { "" };
        let apart = match (self.removed, self.still_counted) {
            (0, _) => None,
            (1, 0) => Some("dont 1 retiré de DS : il ne compte dans aucune somme".to_owned()),
            (1, _) => Some("dont 1 retiré de DS, accepté : il compte toujours dans les sommes".to_owned()),
            (removed, 0) => Some(format!("dont {removed} retirés de DS : ils ne comptent dans aucune somme")),
            (removed, still) => {
                let accepted = counted(still, "accepté compte", "acceptés comptent");
                Some(format!("dont {removed} retirés de DS : {accepted} toujours dans les sommes, les autres non"))
            }
        };
        let aside = match self.excluded {
            0 => String::new(),
            1 => ", dont 1 écarté par un agent".to_owned(),
            several => format!(", dont {several} écartés par un agent"),
        };
        let mut note = Paper::new(width);
        hang(&mut note, "", &format!("{count}{aside}{legend}"));
        if let Some(apart) = apart {
            hang(&mut note, "", &apart);
        }
        let shown = match (width.is_cut(), is_narrow) {
            (true, true) => table(columns, &self.in_short(), width),
            (true, false) => table(columns, &self.lines, width),
            (false, _) => table(columns, &self.in_full(), width),
        };
        format!("{shown}\n{}", note.into_text())
    }
}

fn line(row: &DossierRow) -> [String; 7] {
    let amount = match (row.granted_cents, row.computed_cents) {
        (Some(granted), _) => granted.to_string(),
        (None, Some(computed)) => format!("≈ {computed}"),
        (None, None) => "–".to_owned(),
    };
    let state = match (&row.removed_reason, &row.state) {
        (Some(_), DossierState::Accepte) => "acc. RET.",
        (Some(_), _) => "RETIRÉ",
        (None, DossierState::EnConstruction) => "en constr.",
        (None, DossierState::EnInstruction) => "en instr.",
        (None, state) => state.label(),
    };
    [
        row.number.to_string(),
        row.programme.code().to_owned(),
        row.departement.clone().unwrap_or_else(|| "?".to_owned()),
        state.to_owned(),
        match row.removed_reason {
            // What the rules say of it counts for nothing any more, unless a grant still counts.
            Some(_) if row.counted_cents.is_none() => "–",
            _ if row.excluded_at.is_some() => "écarté",
            _ => row.status.map_or("non évalué", Status::label),
        }
        .to_owned(),
        amount,
        row.applicant.clone().unwrap_or_else(|| if row.erased { ERASED } else { "(sans nom)" }.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::sample::sample_line;
    use super::*;

    fn first_name() -> String {
        sample_line().applicant.unwrap()
    }

    #[test]
    fn the_list_fits_80_columns_and_tells_granted_from_computed() {
        let first = DossierRow::of(sample_line());
        let rows = [
            first.clone(),
            DossierRow { number: 12_345_678, granted_cents: Some(Cents::euros(297_000)), ..first.clone() },
            DossierRow { state: DossierState::EnConstruction, status: None, computed_cents: None, ..first.clone() },
            DossierRow { excluded_at: first.updated_at, ..first.clone() },
            DossierRow {
                removed_reason: Some(RemovalReason::Deleted),
                applicant: None,
                departement: None,
                ..first.clone()
            },
            DossierRow { removed_reason: Some(RemovalReason::Deleted), applicant: None, erased: true, ..first.clone() },
            DossierRow {
                removed_reason: Some(RemovalReason::Deleted),
                state: DossierState::Accepte,
                granted_cents: Some(Cents::euros(4_000)),
                counted_cents: Some(Cents::euros(4_000)),
                ..first
            },
        ];
        let mut list = List::default();
        for row in &rows {
            list.push(row);
        }
        let text = list.text(Width::of_terminal(80));
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
        let narrow = list.text(Width::of_terminal(60));
        assert!(narrow.lines().all(|line| line.width() <= 60) && narrow.contains(" 3-v1-ads "), "{narrow}");
        // A name is whole wherever it can be, and always in a file.
        let name = first_name();
        assert!(!text.contains(&name));
        assert!(list.text(Width::of_terminal(160)).contains(&name) && list.text(Width::PIPED).contains(&name));
        let piped = list.text(Width::PIPED);
        assert!(
            ["accepté, retiré de DS", " retiré de DS ", "en construction"].iter().all(|state| piped.contains(state))
        );
        assert!(!piped.contains("en constr. ") && !piped.contains("RET"), "{piped}");
        assert_eq!(List::default().text(Width::PIPED), "Aucun dossier.\n");
        assert_eq!(List::default().painted("Aucun dossier.\n"), "Aucun dossier.\n");
    }

    #[test]
    fn what_the_rules_say_has_its_colour_on_a_terminal_and_no_word_elsewhere() {
        let first = DossierRow { applicant: Some("Commune non éligible".to_owned()), ..DossierRow::of(sample_line()) };
        let mut list = List::default();
        for status in [Some(Status::Eligible), Some(Status::NonEligible), Some(Status::AVerifier), None] {
            list.push(&DossierRow { status, ..first.clone() });
        }
        list.push(&DossierRow { status: Some(Status::NonEligible), excluded_at: first.updated_at, ..first.clone() });
        for width in [Width::of_terminal(60), Width::of_terminal(160), Width::PIPED] {
            let text = list.text(width);
            let painted = list.painted(&text);
            for (said, colour) in [("éligible", 32), ("non éligible", 31), ("à vérifier", 33)] {
                let said = format!(" \u{1b}[{colour}m{said}\u{1b}[0m ");
                assert_eq!(painted.matches(&said).count(), 1, "{painted}");
            }
            assert_eq!(painted.matches("\u{1b}[0m").count(), 4, "{painted}");
            let plain = ["1", "31", "32", "33", "0"]
                .iter()
                .fold(painted, |text, code| text.replace(&format!("\u{1b}[{code}m"), ""));
            assert_eq!(plain, text);
        }
    }

    #[test]
    fn a_name_of_any_length_is_whole_in_a_file() {
        let name = format!("Syndicat {}", "intercommunal ".repeat(30)).trim_end().to_owned();
        let mut list = List::default();
        list.push(&DossierRow { applicant: Some(name.clone()), ..DossierRow::of(sample_line()) });
        assert!(list.text(Width::PIPED).contains(&name));
        assert!(!list.text(Width::of_terminal(200)).contains(&name));
    }
}
