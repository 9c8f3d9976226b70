//! Where a grant lies.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Where a grant lies, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Place {
    /// The one département whose credits it takes; none when a person has to tell.
    pub departement: Option<String>,
    /// Every département that it is known to touch.
    pub touches: BTreeSet<String>,
}

impl Place {
    /// Within départements: the one, when there is one only.
    #[must_use]
    pub fn within(codes: impl IntoIterator<Item = String>) -> Self {
        let touches: BTreeSet<String> = codes.into_iter().collect();
        Self { departement: touches.first().filter(|_| touches.len() == 1).cloned(), touches }
    }

    /// Whether it lies in a territory: yes when all that it touches does, no when nothing does; none when it cannot be told.
    #[must_use]
    pub fn lies_in(&self, holds: impl Fn(&str) -> bool) -> Option<bool> {
        let inside = self.touches.iter().filter(|code| holds(code)).count();
        match inside {
            0 if self.touches.is_empty() => None,
            0 => Some(false),
            all if all == self.touches.len() => Some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_a_territory_outside_or_nobody_knows() {
        let of = |codes: &[&str]| Place::within(codes.iter().map(|code| (*code).to_owned()));
        let served = |code: &str| matches!(code, "77" | "78");
        assert_eq!(of(&["77", "78"]).lies_in(served), Some(true));
        assert_eq!(of(&["60"]).lies_in(served), Some(false));
        assert_eq!(of(&["60", "77"]).lies_in(served), None);
        assert_eq!(of(&[]).lies_in(served), None);
    }
}
