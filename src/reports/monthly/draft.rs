//! A list that is being drawn up, dossier by dossier.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::changes::differing;
use super::line::{Line, Lines};
use super::row::{Evolution, ListRow};
use super::tally::Tally;
use super::totals::Totals;
use super::{MonthlyInput, MonthlyList};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::paris_date;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::reports::sources::Count;
use crate::reports::{ReportError, Shelf};

/// A list that is being drawn up: every request filed by its closing instant and not removed since, grants removed since, and, one
/// last time, the others of the last list that are no longer there. Its rows are put away: what it holds itself does not grow with them.
pub struct Draft<'a> {
    input: &'a MonthlyInput<'a>,
    lines: Lines<'a>,
    closed_at: Timestamp,
    is_early: bool,
    count: Count,
    totals: Totals,
    tally: Tally,
    /// Why dossiers that the last list may show are no longer shown.
    reasons: BTreeMap<DossierNumber, &'static str>,
}

impl<'a> Draft<'a> {
    /// A list without a dossier. The rows of the list kept last are on the shelf already: see [`Lines::put_previous`].
    #[must_use]
    pub fn new(input: &'a MonthlyInput<'a>, shelf: &'a dyn Shelf) -> Self {
        let is_early = input.drawn_up_at < input.month.ends_before();
        Self {
            input,
            lines: Lines::new(shelf),
            closed_at: if is_early { input.drawn_up_at } else { input.month.closes_at() },
            is_early,
            count: input.sources.aside(Programme::Axe3V1Ads),
            totals: Totals::new(input.sources.served),
            tally: Tally::default(),
            reasons: BTreeMap::new(),
        }
    }

    /// Takes a dossier in: each once.
    ///
    /// # Errors
    /// What keeps its row from being put away.
    pub fn add(&mut self, judged: &Judged) -> Result<(), ReportError> {
        let sources = &self.input.sources;
        let subject = &judged.subject;
        let row = || ListRow::of(judged, sources, self.closed_at);
        // DS dates to the second, as the closing instant is.
        let is_filed = subject.programme == Programme::Axe3V1Ads && subject.deposited_at <= self.closed_at;
        if is_filed {
            self.count.add(subject);
        }
        if is_filed && subject.is_kept() {
            // Of a list made early, the newest reading is the one it shows.
            let since = sources.known_since.get(&subject.number).filter(|_| !self.is_early);
            let row = ListRow { etat_connu_depuis: since.copied().map(paris_date), ..row() };
            return self.put(row, subject.erased);
        }
        if let Some(removal) = subject.removed {
            self.reasons.insert(subject.number, removal.reason.label());
        }
        if subject.erased && self.input.previous.is_some() {
            self.lines.put_stays(&row())?;
        }
        Ok(())
    }

    /// Puts a row away, compared with that of the last list.
    fn put(&mut self, row: ListRow, is_erased: bool) -> Result<(), ReportError> {
        let line = match &self.input.previous {
            None if self.input.not_compared.is_some() => {
                Line { row: ListRow { evolution: Evolution::Inconnue, ..row }, before: None }
            }
            None => Line { row, before: None },
            Some(previous) => self.compared(row, &previous.columns, is_erased)?,
        };
        self.note(&line)
    }

    fn compared(&self, row: ListRow, columns: &BTreeSet<String>, is_erased: bool) -> Result<Line, ReportError> {
        let Some(before) = self.lines.previous(row.numero_dossier)? else { return Ok(Line { row, before: None }) };
        let colonnes_modifiees = differing(&before, &row, columns, is_erased);
        Ok(if colonnes_modifiees.is_empty() {
            Line { row: ListRow { evolution: Evolution::Inchange, ..row }, before: None }
        } else {
            Line { row: ListRow { evolution: Evolution::Modifie, colonnes_modifiees, ..row }, before: Some(before) }
        })
    }

    fn note(&mut self, line: &Line) -> Result<(), ReportError> {
        self.tally.add(&line.row);
        self.totals.add(&line.row);
        self.lines.put(line)
    }

    /// Adds the rows of the last list that are no longer there, one time, with their last values and the reason; of an erased
    /// dossier, the values that stay.
    fn withdraw(&mut self) -> Result<(), ReportError> {
        if self.input.previous.is_none() {
            return Ok(());
        }
        let excluded = self.input.sources.excluded.iter();
        self.reasons.extend(excluded.map(|excluded| (excluded.number, "écarté par un agent")));
        let mut gone = Vec::new();
        self.lines.each_previous(|old| {
            if !self.lines.has(old.numero_dossier)? {
                gone.push(old.numero_dossier);
            }
            Ok(())
        })?;
        for number in gone {
            let reason = self.reasons.get(&number).map_or(String::new(), |reason| format!(" : {reason}"));
            let last = self.lines.stays(number)?.map_or_else(|| self.lines.previous(number), |row| Ok(Some(row)))?;
            let Some(last) = last else { continue };
            let row = ListRow {
                evolution: Evolution::Retire,
                colonnes_modifiees: Vec::new(),
                montant_compte: None,
                retire_de_ds: None,
                remarques: format!("retiré depuis la dernière liste{reason}"),
                ..last
            };
            self.note(&Line { row, before: None })?;
        }
        Ok(())
    }

    /// The list, and its rows for the writers.
    ///
    /// # Errors
    /// What keeps a row from being put away.
    pub fn finish(mut self) -> Result<(MonthlyList, Lines<'a>), ReportError> {
        let Self { input, .. } = self;
        let sources = &input.sources;
        let unreadable = sources.unreadable.iter().filter(|unreadable| unreadable.programme == Programme::Axe3V1Ads);
        for unreadable in unreadable {
            self.put(ListRow::unreadable(unreadable, sources), false)?;
        }
        self.withdraw()?;
        let mut provisional = sources.provisional.to_vec();
        if self.is_early && provisional.is_empty() {
            provisional.push("la période n’est pas close".to_owned());
        }
        let list = MonthlyList {
            month: input.month,
            closed_at: self.closed_at,
            drawn_up_at: input.drawn_up_at,
            region: sources.region,
            served: sources.served.to_vec(),
            provisional,
            behind: sources.behind.to_vec(),
            count: self.count,
            revision: input.revision,
            tally: self.tally.sorted(),
            totals: self.totals.finish(),
            compared_with: input.previous.as_ref().map(|kept| (kept.month, kept.revision)),
            not_compared: input.not_compared,
            excluded: sources.excluded.iter().map(|excluded| excluded.number).collect(),
            rules: input.rules.to_vec(),
            parameters: input.parameters.to_vec(),
        };
        let lines = self.lines.of(&list);
        Ok((list, lines))
    }
}
