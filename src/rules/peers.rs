//! What a rule must know of the other dossiers, and nothing else: who applies, for which communes, what was granted.
//!
//! Built by passing every dossier once, in any order; what comes out does not depend on it. A dossier may be in it or not when it is itself
//! judged: its own entry is never held against it. Dossiers that a person excluded are not passed at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::fact::{FactName, FactValue};
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, Subject};
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

/// What a grant is taken from.
pub(super) type Purse = (Programme, Option<String>);

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
                    self.attached.entry(code.as_str().into()).or_default().insert(number);
                }
            }
            if subject.facts.text(FactName::ApplicantType) == Some("commune_autonome")
                && let Some(code) = &subject.applicant.code_insee
            {
                self.autonomous.entry(code.as_str().into()).or_default().insert(number);
            }
        }
        if subject.state == DossierState::Accepte {
            self.grants
                .entry((subject.programme, departement_of_grant(subject)))
                .or_default()
                .insert(Rank::of(subject), subject.facts.amount(FactName::GrantedAmount));
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

    /// What dossiers of a programme were granted, in order of decision, up to an accepted dossier and with it. `counts` tells for the
    /// département of a grant (none: not known) whether it is taken from the same envelope.
    pub(super) fn consumed_up_to(&self, subject: &Subject, counts: impl Fn(Option<&str>) -> bool) -> Consumed {
        let rank = Rank::of(subject);
        let mut consumed = Consumed::default();
        consumed.add(subject.facts.amount(FactName::GrantedAmount));
        for ((programme, departement), grants) in &self.grants {
            if *programme == subject.programme && counts(departement.as_deref()) {
                let before = grants.range(..rank).filter(|(Rank(_, number), _)| *number != subject.number);
                before.for_each(|(_, amount)| consumed.add(*amount));
            }
        }
        consumed
    }
}

/// The département whose credits a grant takes: where the project is carried out, when the form says one; else the applicant's, when it
/// lies in one only. None when it cannot be told. Démat.ADS goes by the applicant alone.
pub(super) fn departement_of_grant(subject: &Subject) -> Option<String> {
    let applicant = &subject.applicant;
    if subject.programme == Programme::Axe3V1Ads {
        return applicant.departement.clone();
    }
    match subject.facts.value(FactName::ProjectDepartement) {
        Some(FactValue::Departements(codes)) if !codes.is_empty() => {
            let codes: BTreeSet<&String> = codes.iter().collect();
            codes.first().filter(|_| codes.len() == 1).map(|code| (*code).clone())
        }
        _ if spans_departements(applicant) => None,
        _ => applicant.departement.clone(),
    }
}

/// Whether the applicant is a groupement with members in several départements.
pub(super) fn spans_departements(applicant: &ApplicantProfile) -> bool {
    let groupement = applicant.siret.as_ref().and_then(|siret| territory().groupement(siret.siren()));
    groupement.is_some_and(|groupement| territory().departements_of_groupement(groupement).len() > 1)
}

/// The day on which a grant was decided, as far as it is known.
pub(super) fn decided_on(subject: &Subject) -> Option<Date> {
    subject.facts.date(FactName::CommitteeDate).or_else(|| subject.treated_at.map(paris_date))
}

fn others(numbers: Option<&BTreeSet<DossierNumber>>, own: DossierNumber) -> Vec<DossierNumber> {
    numbers.into_iter().flatten().copied().filter(|number| *number != own).collect()
}
