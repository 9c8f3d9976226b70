//! The pack of a département’s quarterly committee.

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind, Write};
use std::path::Path;

use jiff::civil::Date;

use super::document::{Drawn, Edition, Exported, Kind, Manner, Rendered, RenderedFile};
use super::journal::refused;
use super::{Desk, DeskError};
use crate::domain::dossier::DossierNumber;
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::message::MessageKind;
use crate::domain::period::{Quarter, Sitting};
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::evaluation::legible;
use crate::files::{open_plain, refusal_in_french};
use crate::reports::blocks::pdf;
use crate::reports::committee::answers::{self, Unusable};
use crate::reports::committee::{self, CommitteeInput, Decisions, Draft, Known, Purse};
use crate::reports::quarterly::QuarterlyInput;
use crate::reports::{Sources, WorkbookFormat, dossier_link};
use crate::rules::{ParameterName, Place, Value};
use crate::store::StoreError;

pub(super) const KIND: Kind = Kind {
    message: MessageKind::Committee,
    code: "committee",
    label: "le dossier de comité",
    programmes: &committee::PROGRAMMES,
    draft_until: |_, _| None,
};

impl Desk {
    /// Reads what a committee decided from its workbook, once it was filled in, and compares it with what became of the dossiers since.
    /// Nothing is written.
    ///
    /// # Errors
    /// [`DeskError::Refused`]: no workbook of a committee of here, cells that cannot be taken as they are.
    pub fn committee_decisions(&self, file: &Path) -> Result<Decisions, DeskError> {
        let said =
            |problem: String, mend: &str| refused(format!("{} : {problem} ; rien n’a été écrit", file.display()), mend);
        let unusable = |error: Unusable| match error {
            Unusable::NotOurs(_) => {
                said(error.to_string(), "donnez le classeur ODS que « fitn export committee » a fait ici, rempli")
            }
            Unusable::Cells(cells) => refused(
                format!(
                    "{} : {} à corriger :\n- {}\nrien n’a été écrit",
                    file.display(),
                    counted(cells.len(), "point", "points"),
                    cells.join("\n- ")
                ),
                "corrigez-les dans le classeur, puis relisez-le",
            ),
        };
        let opened = open_plain(file).map_err(|error| {
            let why = if error.kind() == ErrorKind::InvalidInput {
                "ce n’est pas un fichier".to_owned()
            } else {
                refusal_in_french(&error)
            };
            said(format!("ne peut pas être lu : {why}"), "corrigez son chemin ou ses droits")
        })?;
        let answers = answers::read(BufReader::new(opened)).map_err(unusable)?;
        if !self.served.contains(&answers.sitting.departement) {
            let code = &answers.sitting.departement;
            return Err(unusable(Unusable::NotOurs(format!("son département ({code}) n’est pas suivi ici"))));
        }
        let today = paris_date(self.now()?);
        let decided: Vec<DossierNumber> = answers.decided.iter().map(|answer| answer.dossier).collect();
        let mut known = BTreeMap::new();
        for number in decided.iter().chain(&answers.left).copied() {
            known.extend(self.known_to_committee(number, today)?.map(|one| (number, one)));
        }
        committee::settle(answers, &known, today).map_err(unusable)
    }

    /// What is known today of a dossier that a committee looked at; none of one that is not known here.
    fn known_to_committee(&self, number: DossierNumber, today: Date) -> Result<Option<Known>, DeskError> {
        let (line, judged) = self.store.read::<_, StoreError>(|reader| {
            Ok((reader.dossier_line(number)?, legible(reader.judged(number))?.ok().flatten()))
        })?;
        let Some(line) = line else { return Ok(None) };
        let subject = judged.as_ref().map(|judged| &judged.subject);
        let credits = subject.map_or(Ok(None), |subject| self.evaluator.credits(subject, today))?;
        let gone = match (line.removed, line.excluded_at) {
            (Some(reason), _) => Some(reason.label()),
            (None, Some(_)) => Some("écarté par une personne"),
            (None, None) => None,
        };
        Ok(Some(Known {
            programme: line.programme,
            departement: subject.and_then(|subject| Place::of(subject).departement),
            url: dossier_link(&self.site, line.procedure, number),
            filed_on: line.deposited_at.map(paris_date),
            asked: subject.and_then(|subject| subject.facts.amount(FactName::RequestedAmount)),
            purse: credits.map(|credits| Purse { left: credits.left(), named: credits.named }),
            state: line.state,
            applicant: line.applicant,
            status: line.status,
            most: line.computed,
            granted: line.granted,
            gone,
        }))
    }

    /// Gives the pack of a sitting: the one that was kept, or a new one; `revise` asks for a numbered correction.
    ///
    /// # Errors
    /// See [`DeskError`]; [`DeskError::Refused`] for a département that is not served.
    pub fn committee_pack(&self, sitting: &Sitting, revise: bool, out: Option<&Path>) -> Result<Exported, DeskError> {
        let directory = out.unwrap_or(&self.exports);
        self.drawn_pack(sitting, &Manner { revise, ..Manner::default() }, directory)?.write(directory)
    }

    /// The packs of a quarter, of every département served. What is told of them is what is told of the first that fails or is not final,
    /// else of the last.
    ///
    /// # Errors
    /// See [`DeskError`]; the others are made all the same.
    pub fn committee_packs(&self, quarter: Quarter) -> Result<Exported, DeskError> {
        let mut told: Option<Result<Exported, DeskError>> = None;
        for departement in &self.served {
            let made = self.committee_pack(&Sitting { departement: departement.clone(), quarter }, false, None);
            if told.as_ref().is_none_or(|told| told.as_ref().is_ok_and(|told| !told.is_provisional())) {
                told = Some(made);
            }
        }
        told.unwrap_or(Err(DeskError::NothingFollowed(Programme::Axe3V1.label())))
    }

    /// The same, whose files the caller writes.
    pub(super) fn drawn_pack(&self, sitting: &Sitting, manner: &Manner, directory: &Path) -> Result<Drawn, DeskError> {
        if !self.served.contains(&sitting.departement) {
            return Err(refused(
                format!("le département {} n’est pas suivi ici", sitting.departement),
                format!("choisissez parmi {}", self.served.join(", ")),
            ));
        }
        self.drawn(&KIND, sitting, manner, directory, |_, edition| self.render_pack(sitting, edition))
    }

    fn render_pack(&self, sitting: &Sitting, edition: &Edition<'_>) -> Result<Rendered, DeskError> {
        let Sitting { departement, quarter } = sitting;
        let rights = self.drawing_rights(std::slice::from_ref(departement), paris_date(edition.as_of));
        let rules = self.rule_texts(|rule| committee::PROGRAMMES.iter().any(|one| rule.programmes.contains(one)));
        let envelope = self.evaluator.rulebook().parameter(ParameterName::AdsEnvelope, None, paris_date(edition.as_of));
        let report = QuarterlyInput {
            quarter: *quarter,
            drawn_up_at: edition.drawn_up_at,
            revision: edition.revision,
            is_draft: false,
            sources: Sources { served: std::slice::from_ref(departement), ..edition.sources(self) },
            drawing_rights: &rights,
            rights_then: &self.rights_then(std::slice::from_ref(departement), paris_date(edition.as_of)),
            v1_total: None,
            ads_envelope: None,
            v2_envelope: None,
            credit_review: None,
            credits_expected_by: None,
            rules: &rules,
            commentary: None,
        };
        let input = CommitteeInput {
            departement,
            report: &report,
            region: &self.served,
            ads_envelope: envelope.and_then(|envelope| match envelope.value {
                Value::Amount(cents) => Some(cents),
                _ => None,
            }),
        };
        let mut draft = Draft::new(&input);
        edition.each(|judged| {
            draft.add(&judged);
            Ok(())
        })?;
        let pack = draft.finish();
        let (stem, summary) = (committee::file_stem(&pack), committee::summary(&pack));
        let mut files = Vec::new();
        if cfg!(feature = "pdf") {
            let bytes = pdf::write(&committee::document(&pack))?;
            files.push(RenderedFile::by("pdf", &stem, |to| Ok(to.write_all(&bytes)?))?);
        }
        files.push(RenderedFile::by("ods", &stem, |to| committee::form::write(WorkbookFormat::Ods, &pack, to))?);
        Ok(Rendered { summary, files, says: committee::says(pack), not_compared: None })
    }
}
