//! What a rule must know of the other dossiers, and nothing else: who applies, for which communes, what was granted.
//!
//! Filled in any order; what comes out does not depend on it. Of the others, only what is asked for about the dossiers that are judged
//! need be in it: the dossiers of their SIREN, those that speak of their communes, the grants before theirs. A dossier may be in it or not
//! when it is itself judged: its own entry is never held against it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::neighbour::{Claim, Consumed, Grant, Neighbour, Rank};
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;

/// The other dossiers, as far as rules across dossiers go. Only those that count are in it. What a rule asks is found without going
/// through all of them: judging every dossier takes no longer for their being of one applicant.
#[derive(Debug, Clone, Default)]
pub struct Peers {
    by_siren: HashMap<Box<str>, BTreeMap<Programme, Kin>>,
    attached: HashMap<Box<str>, BTreeSet<DossierNumber>>,
    autonomous: HashMap<Box<str>, BTreeSet<DossierNumber>>,
    /// What was granted before any of the grants that are known one by one.
    before: BTreeMap<Purse, Consumed>,
    grants: BTreeMap<Purse, BTreeMap<Rank, Option<Cents>>>,
    granted: HashMap<DossierNumber, (Purse, Rank)>,
    /// Summed up when it is first asked for.
    sums: OnceLock<BTreeMap<Purse, Vec<(Rank, Consumed)>>>,
}

/// The dossiers of a programme that one legal entity filed.
#[derive(Debug, Clone, Default)]
struct Kin {
    /// All of them, with the establishment.
    all: BTreeMap<DossierNumber, Siret>,
    by_siret: HashMap<Siret, BTreeSet<DossierNumber>>,
    /// By the service connected, for axe 2 volet 4.
    by_service: BTreeMap<Option<Box<str>>, BTreeSet<DossierNumber>>,
    /// Dossiers that follow each other and are of one establishment, together; made when it is first asked for.
    runs: OnceLock<Vec<(Siret, Vec<DossierNumber>)>>,
}

/// Other dossiers: the first of them, by number, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Others {
    pub first: Vec<DossierNumber>,
    pub count: usize,
}

impl Others {
    /// How many are named at most: a sentence names fewer.
    const NAMED: usize = 10;

    fn of(numbers: Option<&BTreeSet<DossierNumber>>, own: DossierNumber) -> Self {
        let Some(numbers) = numbers else { return Self::default() };
        let others = numbers.iter().copied().filter(|number| *number != own);
        Self { first: others.take(Self::NAMED).collect(), count: numbers.len() - usize::from(numbers.contains(&own)) }
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Kin {
    fn runs(&self) -> &[(Siret, Vec<DossierNumber>)] {
        self.runs.get_or_init(|| {
            let mut runs: Vec<(Siret, Vec<DossierNumber>)> = Vec::new();
            for (number, siret) in &self.all {
                match runs.last_mut() {
                    Some((last, numbers)) if last == siret => numbers.push(*number),
                    _ => runs.push((siret.clone(), vec![*number])),
                }
            }
            runs
        })
    }
}

/// What a grant is taken from: the credits of a programme, at a place.
pub(super) type Purse = (Programme, Place);

impl Peers {
    /// Takes note of a dossier, when it counts. Each dossier is added once.
    pub fn add(&mut self, neighbour: &Neighbour) {
        if !neighbour.counts {
            return;
        }
        let (number, programme) = (neighbour.number, neighbour.programme);
        if let Some(siret) = &neighbour.siret {
            self.add_sibling(number, programme, siret, neighbour.service.as_deref());
        }
        for (commune, claim) in &neighbour.communes {
            self.add_claim(number, commune, *claim);
        }
        if let Some(grant) = &neighbour.grant {
            self.add_grant(programme, grant);
        }
    }

    /// Takes note of a dossier of a legal entity, for a service.
    pub fn add_sibling(&mut self, number: DossierNumber, programme: Programme, siret: &Siret, service: Option<&str>) {
        let kin = self.by_siren.entry(siret.siren().into()).or_default().entry(programme).or_default();
        kin.all.insert(number, siret.clone());
        kin.by_siret.entry(siret.clone()).or_default().insert(number);
        kin.by_service.entry(service.map(Into::into)).or_default().insert(number);
        kin.runs = OnceLock::new();
    }

    /// Takes note of what a dossier says of a commune.
    pub fn add_claim(&mut self, number: DossierNumber, commune: &str, claim: Claim) {
        if claim.attached {
            self.attached.entry(commune.into()).or_default().insert(number);
        }
        if claim.autonomous {
            self.autonomous.entry(commune.into()).or_default().insert(number);
        }
    }

    /// Takes note of a grant.
    pub fn add_grant(&mut self, programme: Programme, grant: &Grant) {
        let purse = (programme, grant.place.clone());
        self.granted.insert(grant.rank.number, (purse.clone(), grant.rank));
        self.grants.entry(purse).or_default().insert(grant.rank, grant.amount);
        self.sums = OnceLock::new();
    }

    /// Takes note of what was granted at a place before any of the grants of the programme that are added one by one.
    pub fn add_granted_before(&mut self, programme: Programme, place: Place, consumed: Consumed) {
        self.before.entry((programme, place)).or_default().add_all(consumed);
        self.sums = OnceLock::new();
    }

    /// What was granted out of each purse, in order of decision, up to each grant and with it.
    pub(super) fn sums(&self) -> &BTreeMap<Purse, Vec<(Rank, Consumed)>> {
        self.sums.get_or_init(|| {
            let before = self.before.iter().map(|(purse, consumed)| (purse.clone(), vec![(Rank::FIRST, *consumed)]));
            let mut sums: BTreeMap<Purse, Vec<(Rank, Consumed)>> = before.collect();
            for (purse, grants) in &self.grants {
                let running = sums.entry(purse.clone()).or_default();
                let mut consumed = running.last().map(|(_, consumed)| *consumed).unwrap_or_default();
                running.extend(grants.iter().map(|(rank, amount)| {
                    consumed.add(*amount);
                    (*rank, consumed)
                }));
            }
            sums
        })
    }

    fn kin<'a>(&'a self, subject: &'a Subject) -> Option<&'a BTreeMap<Programme, Kin>> {
        self.by_siren.get(subject.applicant.siret.as_ref()?.siren())
    }

    fn own_kin<'a>(&'a self, subject: &'a Subject) -> Option<&'a Kin> {
        self.kin(subject)?.get(&subject.programme)
    }

    /// The other live dossiers of the same programme and establishment.
    pub(super) fn of_same_siret(&self, subject: &Subject) -> Others {
        let own = subject.applicant.siret.as_ref();
        let numbers = own.and_then(|siret| self.own_kin(subject)?.by_siret.get(siret));
        Others::of(numbers, subject.number)
    }

    /// The other live dossiers of the same programme and legal entity, of its other establishments.
    pub(super) fn of_other_establishments(&self, subject: &Subject) -> Others {
        let (Some(kin), Some(siret)) = (self.own_kin(subject), &subject.applicant.siret) else {
            return Others::default();
        };
        // Of two runs that follow each other, one at most is of the establishment itself.
        let others = kin.runs().iter().filter(|(of, _)| of != siret).flat_map(|(_, numbers)| numbers).copied();
        let others = others.filter(|number| *number != subject.number);
        let own = kin.all.get(&subject.number);
        let same = kin.by_siret.get(siret).map_or(0, BTreeSet::len);
        let is_elsewhere = own.is_some_and(|own| own != siret);
        Others { first: others.take(Others::NAMED).collect(), count: kin.all.len() - same - usize::from(is_elsewhere) }
    }

    /// The other live dossiers of the same programme and legal entity for a service; none: whose service is not known.
    pub(super) fn of_service(&self, subject: &Subject, service: Option<&str>) -> Others {
        let numbers = self.own_kin(subject).and_then(|kin| kin.by_service.get(&service.map(Into::into)));
        Others::of(numbers, subject.number)
    }

    /// The first of the live dossiers of the same legal entity in other programmes, by number, and how many there are.
    pub(super) fn of_programmes(
        &self,
        subject: &Subject,
        programmes: &[Programme],
        most: usize,
    ) -> (Vec<(DossierNumber, Programme)>, usize) {
        let kin = self.kin(subject);
        let found = || {
            let of = |programme: &Programme| Some((*programme, kin?.get(programme)?));
            programmes.iter().filter_map(of)
        };
        let numbers = |(programme, kin): (Programme, &'_ Kin)| {
            kin.all.keys().take(most).map(|number| (*number, programme)).collect::<Vec<_>>()
        };
        let mut first: Vec<(DossierNumber, Programme)> = found().flat_map(numbers).collect();
        first.sort_unstable();
        first.truncate(most);
        (first, found().map(|(_, kin)| kin.all.len()).sum())
    }

    /// All that can be asked of the dossiers of the same legal entity, as a text.
    pub(super) fn kin_as_text(&self) -> HashMap<&str, String> {
        let told = |kin: &BTreeMap<Programme, Kin>| {
            kin.iter().fold(String::new(), |mut text, (programme, kin)| {
                let _ = write!(text, "{programme} {:?} {:?} ", kin.all, kin.by_service);
                text
            })
        };
        self.by_siren.iter().map(|(siren, kin)| (siren.as_ref(), told(kin))).collect()
    }

    /// All that can be asked of a commune, as a text: the dossiers that list it, and those that it carries as autonomous.
    pub(super) fn communes_as_text(&self) -> HashMap<&str, String> {
        let codes: BTreeSet<&str> = self.attached.keys().chain(self.autonomous.keys()).map(AsRef::as_ref).collect();
        let told = |code| format!("{:?} {:?}", self.attached.get(code), self.autonomous.get(code));
        codes.into_iter().map(|code| (code, told(code))).collect()
    }

    /// The other live Démat.ADS dossiers that list a commune as attached.
    pub(super) fn attaching(&self, code: &str, subject: &Subject) -> Others {
        Others::of(self.attached.get(code), subject.number)
    }

    /// The other live Démat.ADS dossiers carried by a commune as autonomous.
    pub(super) fn autonomous(&self, code: &str, subject: &Subject) -> Others {
        Others::of(self.autonomous.get(code), subject.number)
    }

    /// What dossiers of a programme were granted, in order of decision, up to an accepted dossier and with it: what is surely taken from
    /// the same envelope, and what may be. `counts` tells it for the place of a grant; none when it cannot be told.
    pub(super) fn consumed_up_to(
        &self,
        subject: &Subject,
        counts: impl Fn(&Place) -> Option<bool>,
    ) -> (Consumed, Consumed) {
        let rank = Rank::of(subject);
        let (mut surely, perhaps) = self.summed(subject.programme, counts, |purse, running| {
            let before = running.partition_point(|(of, _)| *of < rank);
            let consumed = before.checked_sub(1).and_then(|last| running.get(last))?.1;
            // Its own grant may stand there, dated otherwise.
            let own = self.granted.get(&subject.number).filter(|(of, at)| of == purse && *at < rank);
            let amount = own.and_then(|(purse, at)| self.grants.get(purse)?.get(at));
            Some(amount.map_or(consumed, |amount| consumed.without(*amount)))
        });
        surely.add(subject.granted());
        (surely, perhaps)
    }

    /// What dossiers of a programme were granted in all: what is surely taken from some credits, and what may be.
    pub(super) fn consumed(
        &self,
        programme: Programme,
        counts: impl Fn(&Place) -> Option<bool>,
    ) -> (Consumed, Consumed) {
        self.summed(programme, counts, |_, running| running.last().map(|(_, consumed)| *consumed))
    }

    fn summed(
        &self,
        programme: Programme,
        counts: impl Fn(&Place) -> Option<bool>,
        taken: impl Fn(&Purse, &[(Rank, Consumed)]) -> Option<Consumed>,
    ) -> (Consumed, Consumed) {
        let (mut surely, mut perhaps) = (Consumed::default(), Consumed::default());
        for (purse, running) in self.sums().iter().filter(|((of, _), _)| *of == programme) {
            let consumed = match counts(&purse.1) {
                Some(true) => &mut surely,
                Some(false) => continue,
                None => &mut perhaps,
            };
            if let Some(taken) = taken(purse, running) {
                consumed.add_all(taken);
            }
        }
        (surely, perhaps)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::dossier::DossierState;
    use crate::domain::fact::{FactName, FactValue};
    use crate::rules::testing::{Change, at, centre, project, subject};

    /// Dossiers of a few establishments of two legal entities, in three programmes; some granted, some dated, some of a service.
    fn any_subject(number: i64) -> impl Strategy<Value = Subject> {
        (0..3_usize, 0..2_i64, 0..3_i64, prop::option::of(0..3_i64), prop::option::of(0..9_i8), 0..3_usize).prop_map(
            move |(kind, siren, establishment, granted, day, service)| {
                let mut subject = match kind {
                    0 => centre(number, &[]),
                    1 => project(number),
                    _ => subject(number, Programme::Axe2V4),
                };
                subject.applicant.siret = Siret::parse(&format!("20000000{siren}0000{establishment}")).ok();
                if service > 0 {
                    subject.choose(FactName::Service, ["", "api", "franceconnect"][service]);
                }
                if let Some(day) = day {
                    subject.date(FactName::CommitteeDate, jiff::civil::date(2021, 11, 1 + day));
                }
                if let Some(granted) = granted {
                    subject.state = DossierState::Accepte;
                    subject.treated_at = Some(at("2021-11-05T10:00:00Z"));
                    subject.applicant.departement = (granted != 1).then(|| "77".to_owned());
                    if granted > 0 {
                        subject.put(FactName::GrantedAmount, FactValue::Amount(Cents::euros(granted)));
                    }
                }
                subject
            },
        )
    }

    fn any_world() -> impl Strategy<Value = Vec<Subject>> {
        (1..30_i64).map(any_subject).collect::<Vec<_>>()
    }

    /// What is asked for, by going through all the others.
    fn naive<'a>(world: &'a [Subject], own: &'a Subject, meant: impl Fn(&Subject) -> bool + 'a) -> Others {
        let others = world.iter().filter(|other| other.number != own.number && meant(other));
        let numbers: Vec<DossierNumber> = others.map(|other| other.number).collect();
        Others { first: numbers.iter().take(10).copied().collect(), count: numbers.len() }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_going_through_all_would_find(world in any_world(), judged in any_world(), at in 0..29_usize) {
            let mut peers = Peers::default();
            for subject in &world {
                peers.add(&Neighbour::of(subject, true));
            }
            // Judged as it was added, or as it has become since.
            for own in [&world[at], &judged[at]] {
                let siren = |subject: &Subject| subject.applicant.siret.as_ref().unwrap().siren().to_owned();
                let kin = |other: &Subject| other.programme == own.programme && siren(other) == siren(own);
                let same = |other: &Subject| other.applicant.siret == own.applicant.siret;
                prop_assert_eq!(peers.of_same_siret(own), naive(&world, own, |other| kin(other) && same(other)));
                prop_assert_eq!(peers.of_other_establishments(own), naive(&world, own, |other| kin(other) && !same(other)));
                let service = |other: &Subject| other.facts.text(FactName::Service).map(str::to_owned);
                for wanted in [None, Some("api")] {
                    let found = naive(&world, own, |other| kin(other) && service(other).as_deref() == wanted);
                    prop_assert_eq!(peers.of_service(own, wanted), found);
                }
                let counts = |place: &Place| (place.departement.is_some()).then_some(true);
                let (mut surely, mut perhaps) = (Consumed::default(), Consumed::default());
                surely.add(own.granted());
                let before = world.iter().filter(|other| {
                    other.state == DossierState::Accepte
                        && other.programme == own.programme
                        && other.number != own.number
                        && Rank::of(other) < Rank::of(own)
                });
                for other in before {
                    let consumed = if counts(&Place::of(other)).is_some() { &mut surely } else { &mut perhaps };
                    consumed.add(other.granted());
                }
                prop_assert_eq!(peers.consumed_up_to(own, counts), (surely, perhaps));
            }
        }
    }
}
