//! The pack of a département’s quarterly committee.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use super::document::{Drawn, Edition, Exported, Kind, Manner, Rendered, RenderedFile};
use super::journal::refused;
use super::{Desk, DeskError};
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::paris_date;
use crate::domain::message::MessageKind;
use crate::domain::money::Cents;
use crate::domain::period::{Quarter, Sitting};
use crate::domain::programme::Programme;
use crate::files::{Hasher, refusal_in_french};
use crate::reports::blocks::{html, pdf};
use crate::reports::committee::answers::{self, Answer, Unusable};
use crate::reports::committee::{self, CommitteeInput, Draft};
use crate::reports::quarterly::QuarterlyInput;
use crate::reports::{Sources, WorkbookFormat, dossier_link};
use crate::store::{DossierLine, StoreError};

pub(super) const KIND: Kind = Kind {
    message: MessageKind::Committee,
    code: "committee",
    label: "le dossier de comité",
    programmes: &committee::PROGRAMMES,
    draft_until: |_, _| None,
};

/// What a committee decided, as its workbook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// Which committee.
    pub sitting: Sitting,
    /// What is to be entered on DS.
    pub to_enter: Vec<ToEnter>,
    /// Dossiers whose rows were left blank.
    pub left: Vec<DossierNumber>,
}

/// A decision to be entered on DS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToEnter {
    /// What the workbook says.
    pub answer: Answer,
    /// Who asks, where that is known.
    pub applicant: Option<String>,
    /// Where the dossier is on DS.
    pub url: String,
    /// The most that the rule of the programme gives, where that is known.
    pub most: Option<Cents>,
}

impl Desk {
    /// Reads what a committee decided from its workbook, once it was filled in. Nothing is written.
    ///
    /// # Errors
    /// [`DeskError::Refused`]: no workbook of a committee of here, cells that cannot be read, dossiers that were decided since.
    pub fn committee_decisions(&self, file: &Path) -> Result<Decisions, DeskError> {
        let said = |problem: String, mend: &str| refused(format!("{} : {problem}", file.display()), mend);
        let opened = File::open(file).map_err(|error| {
            said(format!("ne peut pas être lu : {}", refusal_in_french(&error)), "corrigez son chemin ou ses droits")
        })?;
        let answers = answers::read(BufReader::new(opened)).map_err(|error| match error {
            Unusable::NotOurs(_) => {
                said(error.to_string(), "donnez le classeur ODS que « fitn export committee » a fait, rempli")
            }
            Unusable::Cells(_) => said(error.to_string(), "corrigez ces cellules, puis relisez le classeur"),
        })?;
        if !self.served.contains(&answers.sitting.departement) {
            let unserved = Unusable::NotOurs("son département n’est pas suivi ici");
            return Err(said(unserved.to_string(), "donnez le classeur d’un département suivi"));
        }
        let lines = self.store.read::<_, StoreError>(|reader| {
            let numbers = answers.decided.iter().map(|answer| answer.dossier).chain(answers.left.iter().copied());
            numbers.map(|number| Ok((number, reader.dossier_line(number)?))).collect::<Result<Vec<_>, _>>()
        })?;
        let unknown = |line: &Option<DossierLine>| {
            !line.as_ref().is_some_and(|line| committee::PROGRAMMES.contains(&line.programme))
        };
        if let Some((number, _)) = lines.iter().find(|(_, line)| unknown(line)) {
            let stranger = Unusable::NotOurs("un de ses dossiers n’est pas connu ici");
            return Err(said(
                format!("{stranger} (n° {number})"),
                "donnez le classeur ODS que « fitn export committee » a fait, rempli",
            ));
        }
        let (mut to_enter, mut decided) = (Vec::new(), Vec::new());
        for (answer, (number, line)) in answers.decided.into_iter().zip(lines) {
            let Some(line) = line else { continue };
            if !matches!(line.state, DossierState::EnConstruction | DossierState::EnInstruction) {
                decided.push(format!("dossier {number} : {}", line.state.label()));
                continue;
            }
            let url = dossier_link(&self.site, line.procedure, number);
            to_enter.push(ToEnter { answer, applicant: line.applicant, url, most: line.computed });
        }
        if !decided.is_empty() {
            let problem = format!("une décision est déjà sur DS ({})", decided.join(" ; "));
            return Err(said(
                problem,
                "videz les trois dernières colonnes de ces lignes, ou redemandez le dossier du comité",
            ));
        }
        Ok(Decisions { sitting: answers.sitting, to_enter, left: answers.left })
    }

    /// Gives the pack of a sitting: the one that was kept, or a new one; `revise` asks for a numbered correction.
    ///
    /// # Errors
    /// See [`DeskError`]; [`DeskError::Refused`] for a département that is not served.
    pub fn committee_pack(&self, sitting: &Sitting, revise: bool, out: Option<&Path>) -> Result<Exported, DeskError> {
        let directory = out.unwrap_or(&self.exports);
        self.drawn_pack(sitting, &Manner { revise, ..Manner::default() }, directory)?.write(directory)
    }

    /// The packs of a quarter that somebody is sent: of the départements that deliveries name, of all where one names none. What is told of
    /// them is what is told of the last, or of the first that is not final.
    ///
    /// # Errors
    /// See [`DeskError`]; the others are made first.
    pub fn committee_packs(&self, quarter: Quarter) -> Result<Exported, DeskError> {
        let deliveries: Vec<_> = self.mailing.deliveries_of(MessageKind::Committee).collect();
        let is_wanted = |code: &&String| {
            deliveries.iter().any(|delivery| delivery.departement.as_ref().is_none_or(|wanted| wanted == *code))
        };
        let mut told: Option<Result<Exported, DeskError>> = None;
        for departement in self.served.iter().filter(is_wanted) {
            let sitting = Sitting { departement: departement.clone(), quarter };
            let made = self.committee_pack(&sitting, false, None);
            let is_settled = told.as_ref().is_some_and(|told| told.as_ref().map_or(true, Exported::is_provisional));
            if !is_settled {
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
        let report = QuarterlyInput {
            quarter: *quarter,
            drawn_up_at: edition.drawn_up_at,
            revision: edition.revision,
            is_draft: false,
            sources: Sources { served: std::slice::from_ref(departement), ..edition.sources(self) },
            drawing_rights: &rights,
            v1_total: None,
            ads_envelope: None,
            v2_envelope: None,
            credit_review: None,
            credits_expected_by: None,
            rules: &rules,
            commentary: None,
        };
        let input = CommitteeInput { departement, report: &report };
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
        let mut says = Hasher::default();
        html::write(&committee::document(&pack.alone()), &mut says)?;
        Ok(Rendered { summary, files, says: says.hexadecimal(), not_compared: None })
    }
}
