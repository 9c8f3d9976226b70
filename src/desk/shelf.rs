//! What documents are drawn up with: a scratch database.

use crate::domain::dossier::DossierNumber;
use crate::reports::{ReportError, Shelf};
use crate::store::{Scratch, StoreError};

/// A shelf in a scratch database.
pub(super) struct Scratched(Scratch);

impl Scratched {
    /// An empty one.
    pub fn new() -> Result<Self, StoreError> {
        Scratch::new().map(Self)
    }
}

impl From<StoreError> for ReportError {
    fn from(error: StoreError) -> Self {
        Self::Shelf(error.to_string())
    }
}

impl Shelf for Scratched {
    fn put(&self, pile: &'static str, key: &str, number: DossierNumber, text: &[u8]) -> Result<(), ReportError> {
        Ok(self.0.text_put(pile, key, number, text)?)
    }

    fn find(&self, pile: &'static str, number: DossierNumber) -> Result<Option<Vec<u8>>, ReportError> {
        Ok(self.0.text(pile, number)?)
    }

    fn each(
        &self,
        pile: &'static str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        self.0.texts(pile, each)
    }
}
