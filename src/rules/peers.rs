//! What a rule must know of the other dossiers, and nothing else: who applies, for which communes, what was granted.
//!
//! Built by passing every dossier once, in any order; what comes out does not depend on it. A dossier may be in it or not when it is itself
//! judged: its own entry is never held against it. Dossiers that a person excluded are not passed at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use super::place::Place;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::fact::FactName;
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::territory::territory;

/// The other dossiers, as far as rules across dossiers go. Only live ones are in it.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    by_siren: HashMap<Box<str>, BTreeSet<Peer>>,
    attached: HashMap<Box<str>, BTreeSet<DossierNumber>>,
    autonomous: HashMap<Box<str>, BTreeSet<DossierNumber>>,
    grants: BTreeMap<Purse, BTreeMap<Rank, Option<Cents>>>,
}

/// A live dossier of a legal entity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer {
    pub number: DossierNumber,
    pub programme: Programme,
    pub siret: Siret,
    /// The service connected, for axe 2 volet 4.
    pub service: Option<Box<str>>,
}

/// What a grant is taken from: the credits of a programme, at a place.
pub(super) type Purse = (Programme, Place);

/// Where a grant stands in the order of decision: committee date, else the day of the decision on DS, else last; then number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(Date, DossierNumber);

impl Rank {
    pub fn of(subject: &Subject) -> Self {
        Self(decided_on(subject).unwrap_or(Date::MAX), subject.number)
    }
}

/// What was granted up to a dossier, itself included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Consumed {
    /// The sum of the amounts that are known.
    pub total: Cents,
    /// How many dossiers.
    pub dossiers: usize,
    /// How many of them have no known amount: the sum is then a lower bound.
    pub without_amount: usize,
}

impl Consumed {
    pub fn add(&mut self, amount: Option<Cents>) {
        self.dossiers += 1;
        match amount {
            Some(amount) => self.total += amount,
            None => self.without_amount += 1,
        }
    }
}

impl Peers {
    /// Takes note of a dossier. Each dossier is added once.
    pub fn add(&mut self, subject: &Subject) {
        if !subject.is_live() {
            return;
        }
        let number = subject.number;
        if let Some(siret) = &subject.applicant.siret {
            let service = subject.facts.text(FactName::Service).map(Into::into);
            let peer = Peer { number, programme: subject.programme, siret: siret.clone(), service };
            self.by_siren.entry(siret.siren().into()).or_default().insert(peer);
        }
        if subject.programme == Programme::Axe3V1Ads {
            for commune in subject.facts.communes(FactName::AttachedCommunes).unwrap_or_default() {
                if let Some(code) = &commune.code {
                    let commune = territory().code_of_commune(code);
                    self.attached.entry(commune.into()).or_default().insert(number);
                }
            }
            if subject.facts.text(FactName::ApplicantType) == Some("commune_autonome")
                && let Some(code) = subject.applicant.own_commune()
            {
                self.autonomous.entry(territory().code_of_commune(code).into()).or_default().insert(number);
            }
        }
        if subject.state == DossierState::Accepte {
            self.grants
                .entry((subject.programme, Place::of(subject)))
                .or_default()
                .insert(Rank::of(subject), subject.granted());
        }
    }

    /// What was granted out of each purse, in order of decision.
    pub(super) fn grants(&self) -> impl Iterator<Item = (&Purse, &BTreeMap<Rank, Option<Cents>>)> {
        self.grants.iter()
    }

    /// The other live dossiers of a dossier's legal entity, by number.
    pub(super) fn of_same_siren<'a>(&'a self, subject: &'a Subject) -> impl Iterator<Item = &'a Peer> {
        let siren = subject.applicant.siret.as_ref().map_or("", Siret::siren);
        self.by_siren.get(siren).into_iter().flatten().filter(|peer| peer.number != subject.number)
    }

    /// The other live Démat.ADS dossiers that list a commune as attached.
    pub(super) fn attaching(&self, code: &str, subject: &Subject) -> Vec<DossierNumber> {
        others(self.attached.get(code), subject.number)
    }

    /// The other live Démat.ADS dossiers carried by a commune as autonomous.
    pub(super) fn autonomous(&self, code: &str, subject: &Subject) -> Vec<DossierNumber> {
        others(self.autonomous.get(code), subject.number)
    }

    /// What dossiers of a programme were granted, in order of decision, up to an accepted dossier and with it: what is surely taken from
    /// the same envelope, and what may be. `counts` tells it for the place of a grant; none when it cannot be told.
    pub(super) fn consumed_up_to(
        &self,
        subject: &Subject,
        counts: impl Fn(&Place) -> Option<bool>,
    ) -> (Consumed, Consumed) {
        let rank = Rank::of(subject);
        let (mut surely, mut perhaps) = (Consumed::default(), Consumed::default());
        surely.add(subject.granted());
        for ((_, place), grants) in self.grants.iter().filter(|((programme, _), _)| *programme == subject.programme) {
            let consumed = match counts(place) {
                Some(true) => &mut surely,
                Some(false) => continue,
                None => &mut perhaps,
            };
            let before = grants.range(..rank).filter(|(Rank(_, number), _)| *number != subject.number);
            before.for_each(|(_, amount)| consumed.add(*amount));
        }
        (surely, perhaps)
    }
}

impl Peers {
    /// What dossiers of a programme were granted in all: what is surely taken from some credits, and what may be.
    pub(super) fn consumed(
        &self,
        programme: Programme,
        counts: impl Fn(&Place) -> Option<bool>,
    ) -> (Consumed, Consumed) {
        let (mut surely, mut perhaps) = (Consumed::default(), Consumed::default());
        for ((_, place), grants) in self.grants.iter().filter(|((of, _), _)| *of == programme) {
            let consumed = match counts(place) {
                Some(true) => &mut surely,
                Some(false) => continue,
                None => &mut perhaps,
            };
            for amount in grants.values() {
                consumed.add(*amount);
            }
        }
        (surely, perhaps)
    }
}

/// The day on which a grant was decided, as far as it is known: that of the committee, else of the decision on DS.
#[must_use]
pub fn decided_on(subject: &Subject) -> Option<Date> {
    subject.facts.date(FactName::CommitteeDate).or_else(|| subject.treated_at.map(paris_date))
}

fn others(numbers: Option<&BTreeSet<DossierNumber>>, own: DossierNumber) -> Vec<DossierNumber> {
    numbers.into_iter().flatten().copied().filter(|number| *number != own).collect()
}
