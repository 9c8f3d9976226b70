//! What documents are drawn up with when there are too many dossiers to hold: values are put away, and come back in order, as often as
//! a writer asks.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ReportError;
use crate::domain::dossier::DossierNumber;

/// Where texts are put away, each under the name of its pile. Within a pile they come back in the order of their keys, then of their
/// numbers, then as they were put.
pub trait Shelf {
    /// Puts a text away.
    ///
    /// # Errors
    /// What keeps it from being written; the same of the other methods.
    fn put(&self, pile: &'static str, key: &str, number: DossierNumber, text: &[u8]) -> Result<(), ReportError>;

    /// One that has a number; none when no text of the pile has.
    ///
    /// # Errors
    /// As [`Shelf::put`].
    fn find(&self, pile: &'static str, number: DossierNumber) -> Result<Option<Vec<u8>>, ReportError>;

    /// Calls `each` with all texts of a pile, in their order. It may put texts on other piles meanwhile.
    ///
    /// # Errors
    /// As [`Shelf::put`], or what `each` returns.
    fn each(
        &self,
        pile: &'static str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError>;
}

/// The values of one kind that are put away on a shelf.
pub(super) struct Pile<'a, T> {
    shelf: &'a dyn Shelf,
    name: &'static str,
    of: PhantomData<T>,
}

impl<'a, T: Serialize + DeserializeOwned> Pile<'a, T> {
    pub fn new(shelf: &'a dyn Shelf, name: &'static str) -> Self {
        Self { shelf, name, of: PhantomData }
    }

    pub fn put(&self, key: &str, number: DossierNumber, value: &T) -> Result<(), ReportError> {
        self.shelf.put(self.name, key, number, &serde_json::to_vec(value)?)
    }

    pub fn find(&self, number: DossierNumber) -> Result<Option<T>, ReportError> {
        let text = self.shelf.find(self.name, number)?;
        Ok(text.map(|text| serde_json::from_slice(&text)).transpose()?)
    }

    pub fn each(&self, mut each: impl FnMut(T) -> Result<(), ReportError>) -> Result<(), ReportError> {
        self.shelf.each(self.name, &mut |text| each(serde_json::from_slice(text)?))
    }
}

/// A shelf in memory.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Board(std::cell::RefCell<Vec<(&'static str, String, DossierNumber, Vec<u8>)>>);

#[cfg(test)]
impl Shelf for Board {
    fn put(&self, pile: &'static str, key: &str, number: DossierNumber, text: &[u8]) -> Result<(), ReportError> {
        self.0.borrow_mut().push((pile, key.to_owned(), number, text.to_owned()));
        Ok(())
    }

    fn find(&self, pile: &'static str, number: DossierNumber) -> Result<Option<Vec<u8>>, ReportError> {
        let texts = self.0.borrow();
        Ok(texts.iter().find(|(of, _, one, _)| (*of, *one) == (pile, number)).map(|(.., text)| text.clone()))
    }

    fn each(
        &self,
        pile: &'static str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let mut texts: Vec<_> = self.0.borrow().iter().filter(|(of, ..)| *of == pile).cloned().collect();
        texts.sort_by(|a, b| (&a.1, a.2).cmp(&(&b.1, b.2)));
        texts.iter().try_for_each(|(.., text)| each(text))
    }
}
