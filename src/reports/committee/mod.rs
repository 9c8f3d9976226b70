//! The pack of a département’s quarterly committee (guide, M1-dép): "Un comité départemental assure tous les trimestres le suivi des
//! dossiers déposés sur la plateforme nationale ainsi que l’avancement des projets financés".
//!
//! [`Draft`] makes the contents out of the dossiers as known at the end of the quarter: those of themes 1 to 3 and of Démat.ADS that lie
//! in the département, which its préfecture instructs. Those of volet 2 are decided by another committee, of the région (M2): only those on
//! which the préfecture of the département is asked for its opinion are named. [`document`] turns the contents into a [`Document`] to print,
//! [`form`] into a workbook to fill in, which [`answers`] reads and [`settle`] compares with what became of the dossiers since.

pub mod answers;
mod draft;
pub mod form;
mod paper;
mod points;
mod queue;
mod request;
mod settle;
mod summary;
#[cfg(test)]
mod tests;

pub use draft::Draft;
pub use paper::document;
pub use request::{Doubt, Request};
pub use settle::{Decisions, Known, Purse, Since, ToEnter, settle};
pub use summary::summary;

use std::collections::BTreeMap;

use jiff::Timestamp;

#[cfg(doc)]
use super::blocks::Document;
use super::quarterly::{Credit, Laureate, QuarterlyInput, Section, words};
use super::said::said;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::money::Cents;
use crate::domain::period::Quarter;
use crate::domain::programme::Programme;
use crate::territory::{self, Region};

/// The programmes whose dossiers the préfecture of a département instructs.
pub const DECIDED: [Programme; 2] = [Programme::Axe3V1, Programme::Axe3V1Ads];
/// Those that a pack says something of.
pub const PROGRAMMES: [Programme; 3] = [Programme::Axe3V1, Programme::Axe3V1Ads, Programme::Axe3V2];

/// What a pack is made of.
#[derive(Debug, Clone)]
pub struct CommitteeInput<'a> {
    /// The code of the département.
    pub departement: &'a str,
    /// What the quarterly report would be made of, if there were no other département.
    pub report: &'a QuarterlyInput<'a>,
    /// The codes of the départements that share the envelope of Démat.ADS.
    pub region: &'a [String],
    /// That envelope, when it is set.
    pub ads_envelope: Option<Cents>,
}

/// The contents of a pack, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// The code of the département.
    pub departement: String,
    /// The quarter.
    pub quarter: Quarter,
    /// The last second of the quarter in Paris, or the instant of a provisional pack.
    pub closed_at: Timestamp,
    /// 0 for the first pack, then the number of the correction.
    pub revision: u32,
    /// The région.
    pub region: &'static Region,
    /// Why it is provisional, in French; nothing when it is final.
    pub provisional: Vec<String>,
    /// A sentence for each démarche whose dossiers stand as they were read last.
    pub behind: Vec<String>,
    /// Dossiers filed in the quarter, by programme, then in order of deposit.
    pub filed: Vec<Request>,
    /// Dossiers that wait for a decision at the end, those decided since included, by programme, then in order of deposit: that in which
    /// credits are granted.
    pub pending: Vec<Request>,
    /// The credits of themes 1 to 3 and of Démat.ADS, with the grants that they sum.
    pub sections: Vec<Section>,
    /// Projects funded, and what is still to be done about each.
    pub funded: Vec<Laureate>,
    /// Projects retained of which the région is to be told before they are notified.
    pub to_announce: Vec<Request>,
    /// Dossiers of volet 2 that wait for the decision of the région, in order of deposit: the préfecture gives its opinion.
    pub opinions: Vec<Request>,
    /// What the whole région has left of the envelope of Démat.ADS, when it is set.
    pub ads_left: Option<Cents>,
    /// Accepted dossiers that a control found something about: the control, and the dossiers.
    pub breaches: BTreeMap<String, Vec<DossierNumber>>,
    /// Dossiers that may lie in the département: their place is to be settled.
    pub unplaced: Vec<DossierNumber>,
    /// Dossiers whose content cannot be read, of any département.
    pub unreadable: Vec<DossierNumber>,
}

impl Pack {
    /// `Seine-et-Marne (77)`.
    #[must_use]
    pub fn place(&self) -> String {
        place(&self.departement)
    }

    /// `Comité départemental, Seine-et-Marne (77), 3ᵉ trimestre 2021`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("Comité départemental, {}, {}", self.place(), words::quarter(self.quarter))
    }

    /// Closed on which day and as which correction, or provisional: without the reasons.
    #[must_use]
    pub fn standing(&self) -> String {
        let revision = if self.revision > 0 { format!(", correction n° {}", self.revision) } else { String::new() };
        if self.provisional.is_empty() {
            format!("Arrêté au {}{revision}", french_date(paris_date(self.closed_at)))
        } else {
            format!("PROVISOIRE, état au {}{revision}", french_instant(self.closed_at))
        }
    }

    /// The credits of themes 1 to 3.
    #[must_use]
    pub fn right(&self) -> Option<&Credit> {
        self.sections.iter().find(|section| section.programme == Programme::Axe3V1).map(|section| &section.total)
    }

    /// The guide gives the département no drawing right: it is not that it was not told.
    #[must_use]
    pub fn has_no_right(&self) -> bool {
        self.sections.iter().any(|section| section.programme == Programme::Axe3V1 && section.lines.is_empty())
    }

    /// Those of them on which somebody is to decide.
    pub fn open(&self) -> impl Iterator<Item = &Request> {
        self.pending.iter().filter(|request| request.is_open())
    }

    /// How many of them were decided since.
    #[must_use]
    pub fn decided_since(&self) -> usize {
        self.pending.len() - self.open().count()
    }

    /// Those that wait for credits of the drawing right.
    pub fn waiting(&self) -> impl Iterator<Item = &Request> {
        self.pending.iter().filter(|request| request.draws_on_the_right())
    }

    /// What they may get together; those of which no amount is known count for nothing.
    #[must_use]
    pub fn wanted(&self) -> Cents {
        self.waiting().filter_map(|request| request.wanted).sum()
    }

    /// By how much what waits for credits of the drawing right goes beyond what is left of it, when it does.
    #[must_use]
    pub fn short_of(&self) -> Option<Cents> {
        // Of a right that is exceeded nothing is left: by how much it is, is told for itself.
        let left = self.right()?.left()?.max(Cents::ZERO);
        Some(self.wanted() - left).filter(|missing| missing.is_positive())
    }
}

/// SHA-256, in hexadecimal, of what a final pack says, whenever it is made and whatever its revision.
#[must_use]
pub fn says(pack: Pack) -> String {
    said(&Pack { revision: 0, ..pack })
}

fn place(code: &str) -> String {
    territory::departement(code).map_or_else(|| code.to_owned(), |departement| format!("{} ({code})", departement.name))
}

/// The name of the pack's files, without the extension: `comite-77-2021-T3`, with `-rev1` for the first correction and `-provisoire` for
/// a pack that is not final.
#[must_use]
pub fn file_stem(pack: &Pack) -> String {
    let revision = if pack.revision > 0 { format!("-rev{}", pack.revision) } else { String::new() };
    let provisional = if pack.provisional.is_empty() { "" } else { "-provisoire" };
    format!("comite-{}-{}{revision}{provisional}", pack.departement, pack.quarter.french_code())
}
