//! What documents are drawn up with when there are too many dossiers to hold: values are put away, and come back in order, as often as
//! a writer asks.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
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

/// A shelf in memory, for documents of a few dossiers.
#[derive(Debug, Default)]
pub struct Board(RefCell<Piles>);

#[derive(Debug, Default)]
struct Piles {
    /// By pile, key, number and place among those put.
    texts: BTreeMap<(&'static str, String, DossierNumber, usize), Vec<u8>>,
    by_number: HashMap<(&'static str, DossierNumber), Vec<u8>>,
}

impl Shelf for Board {
    fn put(&self, pile: &'static str, key: &str, number: DossierNumber, text: &[u8]) -> Result<(), ReportError> {
        let mut piles = self.0.borrow_mut();
        let put = piles.texts.len();
        piles.texts.insert((pile, key.to_owned(), number, put), text.to_owned());
        piles.by_number.entry((pile, number)).or_insert_with(|| text.to_owned());
        Ok(())
    }

    fn find(&self, pile: &'static str, number: DossierNumber) -> Result<Option<Vec<u8>>, ReportError> {
        Ok(self.0.borrow().by_number.get(&(pile, number)).cloned())
    }

    fn each(
        &self,
        pile: &'static str,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        let first = (pile, String::new(), DossierNumber::MIN, 0);
        let texts: Vec<Vec<u8>> = {
            let piles = self.0.borrow();
            piles.texts.range(first..).take_while(|((of, ..), _)| *of == pile).map(|(_, text)| text.clone()).collect()
        };
        texts.iter().try_for_each(|text| each(text))
    }
}
