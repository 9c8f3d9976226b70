//! The alerts about documents.

use super::{Early, Kind};
use crate::desk::Desk;
use crate::domain::dossier::DossierNumber;
use crate::domain::text::counted;
use crate::store::StoreError;

/// The beginning of the keys of the alerts about documents.
const ALERT: &str = "document";
const UNREADABLE_HINT: &str = "signalez-le avec ces numéros, ou reprenez une sauvegarde ; une fois le contenu lisible, une \
    correction du document se demande par « --revise »";
const PREVIOUS_HINT: &str = "les fichiers de cette liste, dans le répertoire des exports, restent lisibles par eux-mêmes : comparez \
    avec eux ; demander ensuite une correction du document par « --revise » lève cette alerte";

/// What is said of a kept list that another could not be compared with, in French.
#[must_use]
pub fn told_not_compared(previous: &str) -> String {
    format!(
        "la liste conservée « {previous} » est illisible dans la base ; les évolutions depuis elle ne sont pas connues"
    )
}

impl Desk {
    /// One alert a kind of document, about the one made last; taken back when the next has nothing unreadable in it.
    pub(super) fn tell_unreadable(
        &self,
        kind: &Kind,
        code: &str,
        unreadable: &[DossierNumber],
    ) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:unreadable", kind.code);
        self.store.write(|writer| {
            if unreadable.is_empty() {
                return writer.alert_settle(&key);
            }
            let numbers: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
            let message = format!(
                "{}, {code} : le contenu enregistré de {} est illisible (n° {}) ; le document le dit et ne {} compte dans aucune somme",
                kind.label,
                counted(unreadable.len(), "dossier", "dossiers"),
                numbers.join(", "),
                if unreadable.len() == 1 { "le" } else { "les" }
            );
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &message, UNREADABLE_HINT, now)
        })
    }

    /// One alert a document that could not be compared with the one kept before; taken back when it is made again, or a correction
    /// of it is asked for, and it can be.
    pub(super) fn tell_not_compared(&self, kind: &Kind, code: &str, previous: Option<&str>) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:previous:{code}", kind.code);
        self.store.write(|writer| {
            let Some(previous) = previous else { return writer.alert_settle(&key) };
            let message = format!("{}, {code} : {}, le document le dit", kind.label, told_not_compared(previous));
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &message, PREVIOUS_HINT, now)
        })
    }

    /// One alert a document kept before its period was over; taken back once another stands for the period.
    pub(super) fn tell_early(&self, kind: &Kind, code: &str, early: Option<&Early>) -> Result<(), StoreError> {
        let key = format!("{ALERT}:{}:early:{code}", kind.code);
        self.store.write(|writer| {
            let Some(early) = early else { return writer.alert_settle(&key) };
            let now = writer.reader().corrected(self.clock.now())?;
            writer.alert_raise(&key, &format!("{}, {code} : {early}", kind.label), &early.hint(), now)
        })
    }
}
