//! What happens to dossiers while the stand-in runs.
//!
//! Each operation says whether it moves `updated_at`, as the real server does or does not (API facts, 3.10). Instants are
//! given by the caller: nothing here reads a clock.

use jiff::Timestamp;

use super::{Answer, Answers, Applicant, Dossier, File, Hiding, Treatment, Value, World};
use crate::domain::dossier::DossierState;
use crate::sandbox::Content;

/// No dossier has this number, or its form has no such question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("le bac à sable n’a pas de dossier {0}, ou son formulaire pas cette question")]
pub struct UnknownDossier(pub i64);

/// The outcome of a change.
pub type Changed = Result<(), UnknownDossier>;

impl World {
    /// A change that the API does not show (a message, say). Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`]; the same for all that follow.
    pub fn touch(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| dossier.updated_at = at)
    }

    /// Files a copy of a dossier; gives its number.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn add_copy(&mut self, of: i64, at: Timestamp) -> Result<i64, UnknownDossier> {
        let mut dossier = self.dossier(of).cloned().ok_or(UnknownDossier(of))?;
        dossier.number = self.next_number();
        dossier.state = DossierState::EnConstruction;
        (dossier.deposited_at, dossier.constructed_at, dossier.updated_at) = (at, at, at);
        (dossier.champs_at, dossier.annotations_at) = (at, at);
        (dossier.instructed_at, dossier.treated_at, dossier.motivation) = (None, None, None);
        (dossier.hidden_by_user, dossier.hidden_by_administration, dossier.hidden_by_expiry) = (None, None, None);
        dossier.archived = false;
        dossier.attestation = None;
        dossier.treatments = vec![Treatment { event: "depose", at, motivation: None }];
        if let Some(procedure) = self.procedure(dossier.procedure) {
            dossier.answers.retain(|id, _| !procedure.is_annotation(*id));
        }
        let number = dossier.number;
        self.put(dossier);
        Ok(number)
    }

    /// The owner puts the dossier in the bin. `en_construction`, it leaves the list; later, the list keeps it. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn hide_by_user(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            dossier.hidden_by_user = Some(at);
            dossier.updated_at = at;
        })
    }

    /// The administration puts the dossier in the bin. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn hide_by_administration(&mut self, number: i64, at: Timestamp, reason: &'static str) -> Changed {
        self.edit(number, |dossier| {
            dossier.hidden_by_administration = Some(Hiding { at, reason });
            dossier.updated_at = at;
        })
    }

    /// Takes the dossier out of the bin, or out of limbo. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn restore(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            (dossier.hidden_by_user, dossier.hidden_by_administration, dossier.hidden_by_expiry) = (None, None, None);
            dossier.updated_at = at;
        })
    }

    /// Hides the dossier because its time is over: for two weeks it is in neither list. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn expire(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            dossier.hidden_by_expiry = Some(at);
            dossier.updated_at = at;
        })
    }

    /// Erases the dossier. The tombstone is dated back to the owner's hiding for a dossier `en_construction`.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn delete(&mut self, number: i64, at: Timestamp) -> Changed {
        let dossier = self.dossier(number).ok_or(UnknownDossier(number))?;
        let by_user = dossier.hidden_by_user.filter(|_| dossier.state == DossierState::EnConstruction);
        let (deleted_at, reason) = match (dossier.hidden_by_expiry, by_user, &dossier.hidden_by_administration) {
            (Some(_), _, _) => (at, "expired"),
            (None, Some(hidden_at), _) => (hidden_at, "user_request"),
            (None, None, Some(hiding)) => (at, hiding.reason),
            (None, None, None) => (at, "instructeur_request"),
        };
        self.bury(number, deleted_at, reason)
    }

    /// Moves the dossier to another state. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn set_state(
        &mut self,
        number: i64,
        state: DossierState,
        at: Timestamp,
        motivation: Option<String>,
    ) -> Changed {
        self.edit(number, |dossier| dossier.move_to(state, at, motivation))
    }

    /// Puts the dossier away, or takes it out again. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn archive(&mut self, number: i64, archived: bool, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            dossier.archived = archived;
            dossier.updated_at = at;
        })
    }

    /// Answers the question with a label, champ or annotation; `None` empties it. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`], also when the form has no such question at its first level.
    pub fn answer(&mut self, number: i64, label: &str, value: Option<Value>, at: Timestamp) -> Changed {
        let dossier = self.dossier(number).ok_or(UnknownDossier(number))?;
        let procedure = self.procedure(dossier.procedure).ok_or(UnknownDossier(number))?;
        let field = procedure.field_labelled(label).ok_or(UnknownDossier(number))?;
        let (id, is_annotation) = (field.stable_id, procedure.is_annotation(field.stable_id));
        self.edit(number, |dossier| {
            match value {
                Some(value) => dossier.answers.insert(id, Answer { value, updated_at: at }),
                None => dossier.answers.remove(&id),
            };
            dossier.updated_at = at;
            if is_annotation {
                dossier.annotations_at = at;
            } else {
                dossier.champs_at = at;
            }
        })
    }

    /// Gives the applicant another name, as the registers' data do when they change. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn rename_applicant(&mut self, number: i64, name: &str) -> Changed {
        self.edit(number, |dossier| match &mut dossier.applicant {
            Some(Applicant::Company(company) | Applicant::Incomplete(company)) => name.clone_into(&mut company.name),
            Some(Applicant::Person { name: known, .. }) => name.clone_into(known),
            None => {}
        })
    }

    /// The registers give the data that an incomplete applicant lacked. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn complete_applicant(&mut self, number: i64) -> Changed {
        self.edit(number, |dossier| {
            if let Some(Applicant::Incomplete(company)) = &dossier.applicant {
                dossier.applicant = Some(Applicant::Company(company.clone()));
            }
        })
    }

    /// Loses the applicant: the dossier becomes a null in its page. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn lose_applicant(&mut self, number: i64) -> Changed {
        self.edit(number, |dossier| dossier.applicant = None)
    }

    /// Puts a label on the dossier. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn label(&mut self, number: i64, label: &str) -> Changed {
        self.edit(number, |dossier| {
            dossier.labels.insert(label.to_owned());
        })
    }

    /// Takes a label off the dossier. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn unlabel(&mut self, number: i64, label: &str) -> Changed {
        self.edit(number, |dossier| {
            dossier.labels.remove(label);
        })
    }

    /// The server makes the letter of a decided dossier, in place of the one there may be. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn attest(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            let mut letter = File {
                filename: format!("attestation-{number}.pdf"),
                content_type: "application/pdf",
                byte_size: 0,
                checksum: String::new(),
                created_at: at,
                virus_scan: "safe",
                content: Content { seed: at.as_microsecond().unsigned_abs(), size: 2_000 },
            };
            letter.announce();
            dossier.attestation = Some(letter);
        })
    }

    /// Spoils the first date that the dossier holds: whoever asks for it gets the server's error 500. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`], also when the dossier holds no date.
    pub fn poison(&mut self, number: i64) -> Changed {
        let mut spoilt = false;
        self.edit(number, |dossier| {
            let date = dossier.answers.values_mut().find(|answer| matches!(answer.value, Value::Date(_)));
            spoilt = date.map(|answer| answer.value = Value::BrokenDate).is_some();
        })?;
        if spoilt { Ok(()) } else { Err(UnknownDossier(number)) }
    }

    /// Empties the dates that [`World::poison`] spoilt. Bumps.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn heal(&mut self, number: i64, at: Timestamp) -> Changed {
        self.edit(number, |dossier| {
            dossier.answers.retain(|_, answer| answer.value != Value::BrokenDate);
            dossier.updated_at = at;
        })
    }

    /// Does something to each file of the dossier. Does not bump.
    ///
    /// # Errors
    /// [`UnknownDossier`].
    pub fn change_files(&mut self, number: i64, mut change: impl FnMut(&mut File)) -> Changed {
        self.edit(number, |dossier| change_files(&mut dossier.answers, &mut change))
    }

    /// A new version of the form gives a question, in either section, another label. No dossier is bumped.
    ///
    /// Whether there was such a question.
    pub fn relabel(&mut self, procedure: i64, old: &str, new: &str) -> bool {
        let Some(procedure) = self.procedures.get_mut(&procedure) else { return false };
        let mut fields = procedure.champs.iter_mut().chain(&mut procedure.annotations);
        let Some(field) = fields.find(|field| field.label == old) else { return false };
        new.clone_into(&mut field.label);
        procedure.revision += 1;
        true
    }

    /// Discards a démarche, or takes it back. Its dossiers stay.
    pub fn discard(&mut self, procedure: i64, discarded: bool) {
        if let Some(procedure) = self.procedures.get_mut(&procedure) {
            procedure.discarded = discarded;
        }
    }
}

fn change_files(answers: &mut Answers, change: &mut impl FnMut(&mut File)) {
    for answer in answers.values_mut() {
        match &mut answer.value {
            Value::Files(files) => files.iter_mut().for_each(&mut *change),
            Value::Rows(rows) => rows.iter_mut().for_each(|row| change_files(&mut row.answers, change)),
            _ => {}
        }
    }
}

impl Dossier {
    /// The moves between states, with their dates and what is withdrawn when a dossier is reopened (API facts, 5.1).
    pub(crate) fn move_to(&mut self, state: DossierState, at: Timestamp, motivation: Option<String>) {
        let decided = |state: &DossierState| {
            matches!(state, DossierState::Accepte | DossierState::Refuse | DossierState::SansSuite)
        };
        let event = match state {
            DossierState::EnConstruction => "repasse_en_construction",
            DossierState::EnInstruction if decided(&self.state) => "repasse_en_instruction",
            DossierState::Accepte => "accepte",
            DossierState::Refuse => "refuse",
            DossierState::SansSuite => "classe_sans_suite",
            DossierState::EnInstruction | DossierState::Other(_) => "passe_en_instruction",
        };
        match state {
            DossierState::EnConstruction => self.constructed_at = at,
            DossierState::EnInstruction => self.instructed_at = Some(at),
            _ => {}
        }
        if decided(&state) {
            self.treated_at = Some(at);
            self.motivation.clone_from(&motivation);
        } else {
            (self.treated_at, self.motivation, self.attestation) = (None, None, None);
        }
        self.state = state;
        self.updated_at = at;
        self.treatments.push(Treatment { event, at, motivation });
    }
}
