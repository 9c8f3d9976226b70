//! All that the rules can learn of the others about one dossier, in one text: as long as it says the same, the others give no
//! reason to judge the dossier again. Holds for every question that [`Peers`] answers.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::envelope::Pot;
use super::peers::Peers;
use super::rulebook::{Rulebook, Served};
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::territory;

/// The others, with what each rule may ask of them told once: a text as long as the others for each of them would be the square.
#[derive(Debug)]
pub struct Surroundings<'a> {
    peers: &'a Peers,
    served: &'a Served,
    /// The programmes whose credits have an amount: of the others no rule asks for a sum.
    limited: BTreeSet<Programme>,
    /// By SIREN, the digest of what can be asked of its dossiers.
    kin: HashMap<&'a str, String>,
    /// By code, the digest of what can be asked of a commune.
    communes: HashMap<&'a str, String>,
}

impl<'a> Surroundings<'a> {
    /// What is around every dossier of these.
    #[must_use]
    pub fn new(peers: &'a Peers, rulebook: &'a Rulebook) -> Self {
        let limited = Programme::ALL.into_iter().filter(|programme| rulebook.is_limited(*programme)).collect();
        Self {
            peers,
            served: rulebook.served(),
            limited,
            kin: digests(peers.kin_as_text()),
            communes: digests(peers.communes_as_text()),
        }
    }

    /// What is around a dossier.
    #[must_use]
    pub fn of(&self, subject: &Subject) -> Around {
        let mut around = Around::default();
        let others = &mut around.others;
        if let Some(kin) = subject.applicant.siret.as_ref().map(Siret::siren).and_then(|siren| self.kin.get(siren)) {
            let _ = writeln!(others, "siren {kin}");
        }
        if subject.programme == Programme::Axe3V1Ads {
            let listed = subject.facts.communes(FactName::AttachedCommunes).unwrap_or_default();
            let own = subject.applicant.own_commune();
            let commune_of = |code| territory::code_of_commune(code);
            let codes: BTreeSet<&str> =
                listed.iter().filter_map(|commune| commune.code.as_deref()).chain(own).map(commune_of).collect();
            for code in codes {
                let _ = writeln!(others, "commune {code} {:?}", self.communes.get(code));
            }
        }
        if subject.state == DossierState::Accepte
            && self.limited.contains(&subject.programme)
            && let Some(pot) = Pot::of(subject, self.served)
        {
            let sums = self.peers.consumed_up_to(subject, |place| pot.holds(place));
            let _ = write!(around.sums, "{sums:?}");
        }
        around
    }
}

/// All that the rules can learn of the others about one dossier.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    /// What every rule may ask.
    pub others: String,
    /// What only the rule of its envelope asks: see [`Rulebook::sum_up`]. Empty where no rule asks for a sum.
    pub sums: String,
}

fn digests(texts: HashMap<&str, String>) -> HashMap<&str, String> {
    texts.into_iter().map(|(key, text)| (key, hexadecimal(&Sha256::digest(text.as_bytes())))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fact::FactValue;
    use crate::rules::testing::{Change, centre, codes, commune, lab_project, peers, project, rulebook};

    fn any_subject(number: i64) -> impl Strategy<Value = Subject> {
        let states = [DossierState::EnInstruction, DossierState::Accepte, DossierState::Refuse];
        (0..5_usize, 0..3_usize, 0..4_usize, 0..3_i64, prop::option::of(0..30_000_000_i64)).prop_map(
            move |(kind, state, first, owner, granted)| {
                let towns = codes(6);
                let mut subject = match kind {
                    0 | 1 => centre(number, &towns[first..first + 2]),
                    2 => commune(number, &towns[first]),
                    3 => project(number),
                    _ => lab_project(number),
                };
                subject.state = states[state].clone();
                if kind != 2 {
                    subject.applicant.siret = project(100 + owner).applicant.siret;
                }
                if let Some(cents) = granted {
                    subject.put(FactName::GrantedAmount, FactValue::Amount(cents.into()));
                }
                subject
            },
        )
    }

    fn any_world() -> impl Strategy<Value = Vec<Subject>> {
        (1..7_i64).map(any_subject).collect::<Vec<_>>()
    }

    proptest! {
        #[test]
        fn with_the_same_surroundings_a_dossier_is_judged_alike(own in any_subject(3), one in any_world(), other in any_world()) {
            let among = |others: &[Subject]| {
                peers(others.iter().filter(|subject| subject.number != own.number).chain([&own]))
            };
            // Worlds that differ in one dossier are often the same to another.
            let mut near = one.clone();
            near[0] = other[0].clone();
            let limited = rulebook("[[ads_envelope]]\nvalue = 400000\nunit = \"EUR\"");
            for (a, b) in [(among(&one), among(&other)), (among(&one), among(&near))] {
                for rulebook in [&rulebook(""), &limited] {
                    let around = |peers| Surroundings::new(peers, rulebook).of(&own);
                    let (before, after) = (around(&a), around(&b));
                    if before == after {
                        prop_assert_eq!(rulebook.evaluate(&own, &a), rulebook.evaluate(&own, &b));
                    }
                    if before.others == after.others {
                        let (mut summed, made) = (rulebook.evaluate(&own, &a), rulebook.evaluate(&own, &b));
                        if let Some(verdict) = rulebook.sum_up(&own, &b, &mut summed.missing) {
                            let place = summed.verdicts.iter_mut().find(|said| said.rule == verdict.rule);
                            *place.unwrap() = verdict;
                        }
                        prop_assert_eq!(summed, made, "by its rule alone, with what it rests on");
                    }
                }
            }
        }
    }
}
