//! What a dossier is to the others, as read of it.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::neighbour::{Claim, Grant, Neighbour, Rank};
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::territory;

impl Neighbour {
    /// Of a dossier; `seen`: its démarche is followed, and nobody set it aside.
    #[must_use]
    pub fn of(subject: &Subject, seen: bool) -> Self {
        let (number, programme) = (subject.number, subject.programme);
        let grant = (subject.state == DossierState::Accepte).then(|| Grant {
            rank: Rank::of(subject),
            place: Place::of(subject),
            amount: subject.granted(),
        });
        Self {
            number,
            programme,
            counts: seen && subject.is_live(),
            siret: subject.applicant.siret.clone(),
            service: subject.facts.text(FactName::Service).map(str::to_owned),
            communes: if programme == Programme::Axe3V1Ads { claims(subject) } else { BTreeMap::new() },
            grant,
        }
    }
}

/// The communes that a Démat.ADS dossier lists, and its own.
fn claims(subject: &Subject) -> BTreeMap<String, Claim> {
    let mut claims: BTreeMap<String, Claim> = BTreeMap::new();
    let listed = subject.facts.communes(FactName::AttachedCommunes).unwrap_or_default();
    for code in listed.iter().filter_map(|commune| commune.code.as_deref()) {
        claims.entry(territory::code_of_commune(code).to_owned()).or_default().attached = true;
    }
    if let Some(own) = subject.applicant.own_commune() {
        let is_autonomous = subject.facts.text(FactName::ApplicantType) == Some("commune_autonome");
        claims.entry(territory::code_of_commune(own).to_owned()).or_default().autonomous = is_autonomous;
    }
    claims
}

impl Rank {
    /// Of a dossier that is accepted, or as if it were.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        Self { on: decided_on(subject).unwrap_or(Date::MAX), number: subject.number }
    }
}

/// The day on which a grant was decided, as far as it is known: that of the committee, else of the decision on DS.
#[must_use]
pub fn decided_on(subject: &Subject) -> Option<Date> {
    subject.facts.date(FactName::CommitteeDate).or_else(|| subject.treated_at.map(paris_date))
}
