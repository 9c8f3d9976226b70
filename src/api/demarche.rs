//! A démarche, as it is asked for.

use super::form::RawDemarche;
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::form::Form;
use crate::domain::text::printable_line;

/// A démarche and its active form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demarche {
    /// Its number.
    pub number: ProcedureNumber,
    /// Its title, in a line of at most a thousand characters; none when DS no longer gives it.
    pub title: Option<String>,
    /// `publiee`, `close`…; none when DS no longer gives it.
    pub state: Option<String>,
    /// The active form; none when DS no longer gives the whole of it.
    pub form: Option<Form>,
    /// DS's clock when it answered; none when the answer had no usable date.
    pub clock: Option<ServerClock>,
}

impl Demarche {
    pub(super) fn of(number: ProcedureNumber, mut raw: RawDemarche, clock: Option<ServerClock>) -> Self {
        let form = raw.form();
        Self { number, title: raw.title(), state: raw.state(), form, clock }
    }

    /// The title, in a line.
    #[must_use]
    pub fn title_line(&self) -> String {
        printable_line(self.title.as_deref().unwrap_or("titre inconnu"))
    }
}
