//! Life on DS while the stand-in serves: one event after the other, each possible where the dossier stands.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::world::{Applicant, Dossier, Value, World};
use crate::domain::dossier::DossierState;

/// How many dossiers may be broken at once: were it most of them, it would look like a server that fails.
const BROKEN_AT_ONCE: usize = 6;

/// How far behind its date a late transaction becomes visible (API facts, 3.4).
const LATE: SignedDuration = SignedDuration::from_mins(8);

/// What can happen on DS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A message, say: the date moves, nothing else that the API shows.
    Touched,
    /// A change that is published minutes after its date.
    TouchedLate,
    /// A new dossier.
    Filed,
    /// To the next state, or back.
    Moved,
    /// Put away, or taken out again.
    Archived,
    /// In the bin of its owner.
    HiddenByUser,
    /// In the bin of the administration.
    HiddenByAdministration,
    /// Out of the bin, or out of limbo.
    Restored,
    /// In neither list.
    Expired,
    /// Erased.
    Deleted,
    /// A label put on it, or taken off.
    Labelled,
    /// The letter of a granted dossier made, or made again.
    Attested,
    /// The registers say another name.
    Renamed,
    /// The registers say what they had not said.
    Completed,
    /// A question of the form has another label.
    Relabelled,
    /// The applicant is lost: a null in its page.
    Lost,
    /// A date that the server cannot read: an error 500.
    Poisoned,
}

impl Event {
    /// Every event.
    pub const ALL: [Self; 17] = [
        Self::Touched,
        Self::TouchedLate,
        Self::Filed,
        Self::Moved,
        Self::Archived,
        Self::HiddenByUser,
        Self::HiddenByAdministration,
        Self::Restored,
        Self::Expired,
        Self::Deleted,
        Self::Labelled,
        Self::Attested,
        Self::Renamed,
        Self::Completed,
        Self::Relabelled,
        Self::Lost,
        Self::Poisoned,
    ];

    /// Whether readers of what changed cannot see it: no date moves, or the dossier leaves every list.
    #[must_use]
    pub fn is_silent(self) -> bool {
        use Event::{Attested, Completed, Expired, Labelled, Lost, Poisoned, Relabelled, Renamed};
        matches!(self, Expired | Labelled | Attested | Renamed | Completed | Relabelled | Lost | Poisoned)
    }

    /// Whether the dossier can no longer be had whole.
    #[must_use]
    pub fn breaks(self) -> bool {
        matches!(self, Self::Lost | Self::Poisoned)
    }

    fn is_possible(self, dossier: &Dossier, broken: usize) -> bool {
        let finished = !matches!(dossier.state, DossierState::EnConstruction | DossierState::EnInstruction);
        let hidden = dossier.hidden_by_user.is_some()
            || dossier.hidden_by_administration.is_some()
            || dossier.hidden_by_expiry.is_some();
        let instructed = dossier.state == DossierState::EnInstruction;
        match self {
            Self::Touched | Self::TouchedLate | Self::Archived | Self::Moved | Self::Labelled => !hidden,
            Self::Filed | Self::Relabelled => true,
            Self::HiddenByUser | Self::Expired => !hidden && !instructed,
            Self::HiddenByAdministration => !hidden && finished,
            Self::Restored => hidden,
            Self::Deleted => hidden || finished,
            Self::Attested => dossier.state == DossierState::Accepte,
            Self::Renamed => matches!(dossier.applicant, Some(Applicant::Company(_))),
            Self::Completed => matches!(dossier.applicant, Some(Applicant::Incomplete(_))),
            Self::Lost => !hidden && dossier.applicant.is_some() && broken < BROKEN_AT_ONCE,
            Self::Poisoned => {
                let dated = dossier.answers.values().any(|answer| matches!(answer.value, Value::Date(_)));
                !hidden && dated && broken < BROKEN_AT_ONCE
            }
        }
    }
}

impl World {
    /// Makes something happen to one of the dossiers of a démarche, `which` counting round and round; `None` when it
    /// cannot happen to that one.
    pub fn happen(&mut self, procedure: i64, event: Event, which: usize, at: Timestamp) -> Option<i64> {
        let dossiers = self.known_dossiers(procedure);
        let broken = dossiers.iter().filter(|number| self.dossier(**number).is_some_and(is_broken)).count();
        let number = *dossiers.get(which.checked_rem(dossiers.len())?)?;
        let dossier = self.dossier(number)?;
        if !event.is_possible(dossier, broken) {
            return None;
        }
        let (archived, state, labels) = (dossier.archived, dossier.state.clone(), dossier.labels.clone());
        let done = match event {
            Event::Touched => self.touch(number, at),
            Event::TouchedLate => {
                // A date never goes back.
                let late = (at - LATE).max(dossier.updated_at);
                self.touch(number, late)
            }
            Event::Filed => self.add_copy(number, at).map(|_| ()),
            Event::Moved => self.set_state(number, next_state(&state, which), at, None),
            Event::Archived => self.archive(number, !archived, at),
            Event::HiddenByUser => self.hide_by_user(number, at),
            Event::HiddenByAdministration => self.hide_by_administration(number, at, "instructeur_request"),
            Event::Restored => self.restore(number, at),
            Event::Expired => self.expire(number, at),
            Event::Deleted => self.delete(number, at),
            Event::Labelled => {
                let label = self.procedure(procedure).and_then(|procedure| procedure.labels.first());
                let label = label.map(|(name, _)| name.clone())?;
                if labels.contains(&label) { self.unlabel(number, &label) } else { self.label(number, &label) }
            }
            Event::Attested => self.attest(number, at),
            Event::Renamed => self.rename_applicant(number, &format!("COMMUNE NOUVELLE {}", at.as_millisecond())),
            Event::Completed => self.complete_applicant(number),
            Event::Relabelled => {
                let champs = &self.procedure(procedure)?.champs;
                let old = champs.get(which.checked_rem(champs.len())?)?.label.clone();
                let first = old.split(" (").next().unwrap_or_default();
                let new = format!("{first} ({})", at.as_millisecond());
                return self.relabel(procedure, &old, &new).then_some(number);
            }
            Event::Lost => self.lose_applicant(number),
            Event::Poisoned => self.poison(number),
        };
        done.ok().map(|()| number)
    }

    /// The dossiers of a démarche that are not erased, hidden or not, by number.
    #[must_use]
    pub fn known_dossiers(&self, procedure: i64) -> Vec<i64> {
        let mut numbers: Vec<i64> = self
            .all_dossiers()
            .filter(|dossier| dossier.procedure == procedure)
            .map(|dossier| dossier.number)
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// The dossiers shown that the server cannot give whole, by number.
    #[must_use]
    pub fn broken_dossiers(&self, procedure: i64) -> Vec<i64> {
        let shown = self.dossiers_of(procedure).filter(|dossier| is_broken(dossier));
        let mut numbers: Vec<i64> = shown.map(|dossier| dossier.number).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Makes one dossier unreadable, wherever there is one that can be, unless there is one already.
    pub(super) fn poison_one(&mut self) {
        let procedures: Vec<i64> = self.procedures().map(|procedure| procedure.number).collect();
        for procedure in procedures {
            for number in self.known_dossiers(procedure) {
                let shown = self.dossier(number).filter(|dossier| dossier.is_visible());
                if shown.is_some_and(is_broken) || (shown.is_some() && self.poison(number).is_ok()) {
                    return;
                }
            }
        }
    }

    /// Mends what [`Event::Lost`] and [`Event::Poisoned`] broke: lost applicants get a name again, unreadable dates are
    /// emptied. The dates of the dossiers move.
    pub fn heal_all(&mut self, at: Timestamp) {
        let broken: Vec<(i64, Option<Applicant>)> = self
            .all_dossiers()
            .filter(|dossier| is_broken(dossier))
            .map(|dossier| (dossier.number, dossier.applicant.clone().or_else(|| self.any_applicant())))
            .collect();
        for (number, applicant) in broken {
            let healed =
                self.heal(number, at).and_then(|()| self.edit(number, |dossier| dossier.applicant = applicant));
            debug_assert!(healed.is_ok(), "{healed:?}");
        }
    }

    fn any_applicant(&self) -> Option<Applicant> {
        let first =
            self.all_dossiers().filter(|dossier| dossier.applicant.is_some()).min_by_key(|dossier| dossier.number);
        first.and_then(|dossier| dossier.applicant.clone())
    }
}

fn is_broken(dossier: &Dossier) -> bool {
    dossier.applicant.is_none() || dossier.answers.values().any(|answer| answer.value == Value::BrokenDate)
}

fn next_state(state: &DossierState, which: usize) -> DossierState {
    match (state, which % 4) {
        (DossierState::EnInstruction, 0) => DossierState::EnConstruction,
        (DossierState::EnInstruction, 1) => DossierState::Refuse,
        (DossierState::EnInstruction, 2) => DossierState::SansSuite,
        (DossierState::EnInstruction, _) => DossierState::Accepte,
        _ => DossierState::EnInstruction,
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Touched => "modifié",
            Self::TouchedLate => "modifié, publié en retard",
            Self::Filed => "copié en un nouveau dossier",
            Self::Moved => "changé d’état",
            Self::Archived => "archivé ou désarchivé",
            Self::HiddenByUser => "mis à la corbeille par l’usager",
            Self::HiddenByAdministration => "mis à la corbeille par l’administration",
            Self::Restored => "restauré",
            Self::Expired => "expiré",
            Self::Deleted => "supprimé",
            Self::Labelled => "étiqueté, ou privé d’une étiquette",
            Self::Attested => "attestation générée",
            Self::Renamed => "renommé par les registres",
            Self::Completed => "complété par les registres",
            Self::Relabelled => "question du formulaire renommée",
            Self::Lost => "privé de son demandeur",
            Self::Poisoned => "devenu illisible",
        })
    }
}

/// Draws one event and makes it happen; what happened, and to which dossier.
pub fn disturb(world: &mut World, rng: &mut fastrand::Rng, at: Timestamp) -> Option<(Event, i64)> {
    let procedures: Vec<i64> = world.procedures().map(|procedure| procedure.number).collect();
    // Most draws are possible; a world where nothing is left stays quiet.
    for _ in 0..50 {
        let procedure = *rng.choice(&procedures)?;
        let event = *rng.choice(&Event::ALL)?;
        if let Some(number) = world.happen(procedure, event, rng.usize(..), at) {
            return Some((event, number));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Options, generate};

    #[test]
    fn everything_can_happen() {
        let at: Timestamp = "2023-01-10T09:00:00Z".parse().unwrap();
        for event in Event::ALL {
            let mut world = generate(&Options::default());
            let procedures: Vec<i64> = world.procedures().map(|procedure| procedure.number).collect();
            let mut happens = |procedure| (0..100).any(|which| world.happen(procedure, event, which, at).is_some());
            assert!(procedures.into_iter().any(&mut happens), "{event}");
        }
    }

    #[test]
    fn a_world_that_was_disturbed_and_healed_is_whole() {
        let mut world = generate(&Options::default());
        let mut rng = fastrand::Rng::with_seed(3);
        let mut at: Timestamp = "2023-01-10T09:00:00Z".parse().unwrap();
        for _ in 0..300 {
            at += SignedDuration::from_secs(1);
            let (event, number) = disturb(&mut world, &mut rng, at).unwrap();
            assert!(event == Event::Deleted || world.dossier(number).is_some(), "{event} {number}");
        }
        world.heal_all(at);
        let procedures: Vec<i64> = world.procedures().map(|procedure| procedure.number).collect();
        assert!(procedures.iter().all(|procedure| world.broken_dossiers(*procedure).is_empty()));
    }
}
