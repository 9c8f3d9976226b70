//! A dossier as the rules see it: who asks, where it stands, and its facts.

use crate::domain::dossier::{Dossier, ProcedureNumber, RemovalReason};
use crate::domain::fact::{Facts, Remark};
use crate::domain::form::Form;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

use super::applicant::applicant_profile;
use super::config::ProcedureMapping;
use super::locate::Locator;
use super::read::read;

/// What a dossier is read with.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The number of the démarche.
    pub procedure: ProcedureNumber,
    /// The programme of the démarche.
    pub programme: Programme,
    /// Where the facts are.
    pub mapping: &'a ProcedureMapping,
    /// The active form, when it is known.
    pub form: Option<&'a Form>,
}

/// Reads a dossier. Total: whatever the dossier holds, there is a subject, whose facts say what could not be read.
#[must_use]
pub fn subject(context: &Context<'_>, dossier: &Dossier, removed: Option<RemovalReason>) -> Subject {
    Subject {
        number: dossier.number,
        procedure: context.procedure,
        programme: context.programme,
        state: dossier.state.clone(),
        deposited_at: dossier.deposited_at,
        updated_at: dossier.updated_at,
        treated_at: dossier.treated_at,
        removed,
        applicant: applicant_profile(dossier),
        facts: facts(context, dossier),
        opinion_given: opinion_given(dossier),
    }
}

fn facts(context: &Context<'_>, dossier: &Dossier) -> Facts {
    let locator = Locator::new(context.form, dossier);
    let mut facts = Facts::default();
    for (fact, field) in &context.mapping.fields {
        let mut remarks = Vec::new();
        facts.set(*fact, read(*fact, field, &locator, &mut remarks));
        facts.remarks.extend(remarks.into_iter().map(|message| Remark { fact: *fact, message }));
    }
    facts
}

/// One answered opinion is enough; none asked for says nothing.
fn opinion_given(dossier: &Dossier) -> Option<bool> {
    (!dossier.opinions.is_empty()).then(|| dossier.opinions.iter().any(|opinion| opinion.answered))
}
