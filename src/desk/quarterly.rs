//! The quarterly report to the DITP: the use of credits and the amounts behind every figure.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;

use super::document::{Drawn, Edition, Exported, Kind, Manner, Rendered, RenderedFile};
use super::{Desk, DeskError};
use crate::domain::instant::paris_date;
use crate::domain::message::MessageKind;
use crate::domain::money::Cents;
use crate::domain::period::Quarter;
use crate::domain::programme::Programme;
use crate::reports::quarterly::{self, Commentary, Draft, QuarterlyInput, RightsFrom};
use crate::reports::{WorkbookFormat, blocks};
use crate::rules::{ParameterName, Value};

pub(super) const KIND: Kind = Kind {
    message: MessageKind::QuarterlyReport,
    code: "quarterly-report",
    label: "le rapport trimestriel",
    programmes: &Programme::ALL,
    draft_until: |desk, quarter| (desk.report_frozen_at)(Quarter::of(quarter.first_day())),
};

impl Desk {
    /// Gives the report of a quarter: the one that was kept, or a new one; `revise` asks for a numbered correction.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn quarterly_report(&self, quarter: Quarter, revise: bool, out: Option<&Path>) -> Result<Exported, DeskError> {
        let directory = out.unwrap_or(&self.exports);
        self.drawn_report(quarter, &Manner { revise, ..Manner::default() }, directory)?.write(directory)
    }

    /// The same, no longer a draft once its quarter is over.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn quarterly_final(&self, quarter: Quarter, out: Option<&Path>) -> Result<Exported, DeskError> {
        let directory = out.unwrap_or(&self.exports);
        self.drawn_report(quarter, &Manner { last: true, ..Manner::default() }, directory)?.write(directory)
    }

    /// The same, whose files the caller writes.
    pub(super) fn drawn_report(&self, quarter: Quarter, manner: &Manner, directory: &Path) -> Result<Drawn, DeskError> {
        self.drawn(&KIND, &quarter, manner, directory, |reader, edition| {
            let commentary = match &manner.commentary {
                Some(given) => Some(given.clone()),
                None => reader.commentary(KIND.code, &quarter.to_string())?.map(Commentary::kept),
            };
            self.render_report(quarter, edition, commentary.as_ref())
        })
    }

    /// The drawing rights of some départements on a day; one that has none does not stand among those that have.
    pub(super) fn drawing_rights(&self, departements: &[String], day: Date) -> BTreeMap<String, Option<Cents>> {
        let right = |code: &String| {
            let right = self.evaluator.rulebook().parameter(ParameterName::DrawingRight, Some(code), day);
            match right.map(|right| &right.value) {
                Some(Value::Unset) => None,
                Some(Value::Amount(cents)) => Some((code.clone(), Some(*cents))),
                _ => Some((code.clone(), None)),
            }
        };
        departements.iter().filter_map(right).collect()
    }

    /// What there was to grant from until a day, each from its day on.
    pub(super) fn rights_then(&self, departements: &[String], until: Date) -> Vec<RightsFrom> {
        const NAMES: [ParameterName; 3] =
            [ParameterName::DrawingRight, ParameterName::AdsEnvelope, ParameterName::V2Envelope];
        let rulebook = self.evaluator.rulebook();
        let bounds = rulebook.parameters().filter(|parameter| NAMES.contains(&parameter.name)).flat_map(|parameter| {
            let after = parameter.valid_to.and_then(|day| day.tomorrow().ok());
            [parameter.valid_from, after]
        });
        let days: BTreeSet<Date> = bounds.flatten().filter(|day| *day <= until).collect();
        let envelope = |name, day| match rulebook.parameter(name, None, day)?.value {
            Value::Amount(cents) => Some(cents),
            _ => None,
        };
        let from = |from: Date| RightsFrom {
            from,
            drawing_rights: self.drawing_rights(departements, from),
            ads_envelope: envelope(ParameterName::AdsEnvelope, from),
            v2_envelope: envelope(ParameterName::V2Envelope, from),
        };
        std::iter::once(Date::MIN).chain(days).map(from).collect()
    }

    fn render_report(
        &self,
        quarter: Quarter,
        edition: &Edition<'_>,
        commentary: Option<&Commentary>,
    ) -> Result<Rendered, DeskError> {
        let day = paris_date(edition.as_of);
        let amount = |name, departement: Option<&str>| -> Option<Cents> {
            match self.evaluator.rulebook().parameter(name, departement, day)?.value {
                Value::Amount(cents) => Some(cents),
                _ => None,
            }
        };
        let date = |name| -> Option<Date> {
            match self.evaluator.rulebook().parameter(name, None, day)?.value {
                Value::Day(date) => Some(date),
                _ => None,
            }
        };
        let drawing_rights = self.drawing_rights(&self.served, day);
        let rules = self.rule_texts(|_| true);
        let input = QuarterlyInput {
            quarter,
            drawn_up_at: edition.drawn_up_at,
            revision: edition.revision,
            is_draft: edition.is_draft,
            sources: edition.sources(self),
            drawing_rights: &drawing_rights,
            rights_then: &self.rights_then(&self.served, day),
            v1_total: amount(ParameterName::V1Total, None),
            ads_envelope: amount(ParameterName::AdsEnvelope, None),
            v2_envelope: amount(ParameterName::V2Envelope, None),
            credit_review: date(ParameterName::CreditReview),
            credits_expected_by: date(ParameterName::CreditsExpectedBy),
            rules: &rules,
            commentary: commentary.filter(|commentary| !commentary.is_empty()),
        };
        let mut draft = Draft::new(&input);
        edition.each(|judged| {
            draft.add(&judged);
            Ok(())
        })?;
        let report = draft.finish();
        let stem = quarterly::file_stem(&report);
        let summary = quarterly::summary(&report);
        let document = quarterly::document(&report);
        let mut files = Vec::new();
        if cfg!(feature = "pdf") {
            files.push(RenderedFile::by("pdf", &stem, |to| Ok(to.write_all(&blocks::pdf::write(&document)?)?))?);
        }
        files.push(RenderedFile::by("html", &stem, |to| blocks::html::write(&document, to))?);
        for format in WorkbookFormat::ALL {
            files.push(RenderedFile::by(format.code(), &stem, |to| quarterly::workbook::write(format, &report, to))?);
        }
        Ok(Rendered { summary, files, says: quarterly::says(report), not_compared: None })
    }
}
