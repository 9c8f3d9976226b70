//! The monthly Démat.ADS list: who asked, who was granted, what changed since the last one.

use std::path::Path;

use jiff::civil::Date;

use super::document::{Drawn, Edition, Exported, Kind, Manner, Rendered, RenderedFile};
use super::shelf::Scratched;
use super::{Desk, DeskError};
use crate::domain::instant::paris_date;
use crate::domain::message::MessageKind;
use crate::domain::period::Month;
use crate::domain::programme::Programme;
use crate::domain::verdict::ParameterRead;
use crate::reports::monthly::{self, Draft, KeptList, Lines, MonthlyInput};
use crate::reports::{ReportError, RuleText, WorkbookFormat};
use crate::rules::{Parameter, Rule};
use crate::store::Reader;
use crate::territory::Region;

pub(super) const KIND: Kind = Kind {
    message: MessageKind::MonthlyList,
    code: "monthly-list",
    label: "la liste Démat.ADS",
    programmes: &[Programme::Axe3V1Ads],
    draft_until: |_, _| None,
};

impl Desk {
    /// Gives the list of a month: the one that was kept, or a new one; `revise` asks for a numbered correction.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn monthly_list(&self, month: Month, revise: bool, out: Option<&Path>) -> Result<Exported, DeskError> {
        let directory = out.unwrap_or(&self.exports);
        self.drawn_list(month, &Manner { revise, ..Manner::default() }, directory)?.write(directory)
    }

    /// The same, whose files the caller writes.
    pub(super) fn drawn_list(&self, month: Month, manner: &Manner, directory: &Path) -> Result<Drawn, DeskError> {
        self.drawn(&KIND, &month, manner, directory, |reader, edition| self.render_list(reader, month, edition))
    }

    fn render_list(&self, reader: &Reader<'_>, month: Month, edition: &Edition<'_>) -> Result<Rendered, DeskError> {
        let scratch = Scratched::new()?;
        let (previous, not_compared) = match previous_list(reader, month, edition.revision, &Lines::new(&scratch))? {
            None => (None, None),
            Some(Ok(kept)) => (Some(kept), None),
            Some(Err(unreadable)) => (None, Some(unreadable)),
        };
        let rules = self.rule_texts(|rule| rule.programmes.contains(&Programme::Axe3V1Ads));
        let parameters = self.parameters_on(Programme::Axe3V1Ads, paris_date(edition.as_of));
        let input = MonthlyInput {
            month,
            drawn_up_at: edition.drawn_up_at,
            revision: edition.revision,
            sources: edition.sources(self),
            previous,
            not_compared,
            rules: &rules,
            parameters: &parameters,
        };
        let mut draft = Draft::new(&input, &scratch);
        edition.each(|judged| Ok(draft.add(&judged)?))?;
        let (list, lines) = draft.finish()?;
        let stem = monthly::file_stem(&list);
        let workbook = |format: WorkbookFormat| {
            RenderedFile::by(format.code(), &stem, |to| monthly::workbook::write(format, &list, &lines, to))
        };
        Ok(Rendered {
            summary: monthly::summary(&list),
            files: vec![
                workbook(WorkbookFormat::Xlsx)?,
                workbook(WorkbookFormat::Ods)?,
                RenderedFile::by("csv", &stem, |to| monthly::csv::write(&lines, to))?,
                RenderedFile::by("json", &stem, |to| monthly::json::write(&list, &lines, to))?,
            ],
            says: monthly::json::says(&list, &lines)?,
            not_compared: not_compared.map(|(month, revision)| monthly::edition(month, revision)),
        })
    }

    /// The rules as the notice shows them. For another région than that of the guide, those whose passages give amounts, which are not
    /// its own, are shown without them.
    pub(super) fn rule_texts(&self, wanted: impl Fn(&Rule) -> bool) -> Vec<RuleText> {
        let is_of_the_guide = Region::of(&self.region).guide.is_some();
        let gives_amounts =
            |rule: &Rule| rule.passages.iter().flat_map(|passage| passage.quotes).any(|quote| quote.contains('€'));
        let is_quoted = |rule: &Rule| is_of_the_guide || !gives_amounts(rule);
        self.evaluator
            .rulebook()
            .rules()
            .filter(|rule| wanted(rule))
            .map(|rule| RuleText {
                id: rule.id.to_owned(),
                kind: rule.kind,
                title: rule.title.to_owned(),
                citation: if is_quoted(rule) { rule.citation() } else { String::new() },
                explanation: rule.parameters.iter().map(|used| used.name.label()).collect::<Vec<_>>().join(" ; "),
            })
            .collect()
    }

    /// The parameters that the rules of a programme use, as they stand on a day.
    fn parameters_on(&self, programme: Programme, day: Date) -> Vec<ParameterRead> {
        let rulebook = self.evaluator.rulebook();
        let mut names: Vec<_> = rulebook
            .rules()
            .filter(|rule| rule.programmes.contains(&programme))
            .flat_map(|rule| rule.parameters.iter().map(|used| used.name))
            .collect();
        names.sort();
        names.dedup();
        names.into_iter().filter_map(|name| rulebook.parameter(name, None, day)).map(Parameter::read).collect()
    }
}

/// A list kept before, or its month and revision when it can no longer be read.
type KeptOrLost = Result<KeptList, (Month, u32)>;

/// The list kept last before a revision of a month; its rows are put among the `lines` to compare with.
fn previous_list(
    reader: &Reader<'_>,
    month: Month,
    revision: u32,
    lines: &Lines<'_>,
) -> Result<Option<KeptOrLost>, DeskError> {
    let Some(kept) = reader.export_previous(KIND.code, &month.to_string(), revision, "json")? else { return Ok(None) };
    let Ok(of) = kept.period.parse::<Month>() else { return Ok(None) };
    let Some(content) = kept.content else { return Ok(Some(Err((of, kept.revision)))) };
    match KeptList::read(content.bytes(), |row| lines.put_previous(&row)) {
        Ok(list) => Ok(Some(Ok(list))),
        Err(ReportError::KeptList { .. }) => Ok(Some(Err((of, kept.revision)))),
        Err(error) => Err(error.into()),
    }
}
