//! Pages: the arguments `first`, `last`, `before` and `after` on an order of dossiers (API facts, 3.1, 3.2).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use apollo_compiler::response::JsonMap;
use jiff::Timestamp;

use super::cursor::decode;
use super::failure::Failure;
use crate::sandbox::world::SortKey;

/// The default size of a page, and the largest (API facts, 2.9).
pub const PAGE: usize = 100;

/// The arguments of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Window {
    /// Clamped.
    pub first: Option<usize>,
    /// Clamped.
    pub last: Option<usize>,
    /// None when empty.
    pub before: Option<String>,
    /// None when empty.
    pub after: Option<String>,
}

impl Window {
    /// Reads the coerced arguments of a field.
    #[must_use]
    pub fn from_arguments(arguments: &JsonMap) -> Self {
        // graphql-ruby clamps before the server looks: too much becomes a page, a negative number becomes none.
        let size = |name| {
            arguments
                .get(name)
                .and_then(apollo_compiler::response::JsonValue::as_i64)
                .map(|size| usize::try_from(size).unwrap_or(0).min(PAGE))
        };
        let cursor = |name| {
            let text = arguments.get(name).and_then(|value| value.as_str());
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        Self { first: size("first"), last: size("last"), before: cursor("before"), after: cursor("after") }
    }
}

/// A page: the ranks of its nodes, and what lies around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In ascending order.
    pub ranks: Vec<SortKey>,
    /// As the server says it, which is not always so.
    pub has_next: bool,
    /// As the server says it, which is not always so.
    pub has_previous: bool,
}

/// An order that can be walked from any place, both ways.
pub trait Order {
    /// The ranks between two bounds, ascending.
    fn between(&self, bounds: (Bound<SortKey>, Bound<SortKey>)) -> Box<dyn DoubleEndedIterator<Item = SortKey> + '_>;
}

impl Order for BTreeSet<SortKey> {
    fn between(&self, bounds: (Bound<SortKey>, Bound<SortKey>)) -> Box<dyn DoubleEndedIterator<Item = SortKey> + '_> {
        Box::new(self.range(bounds).copied())
    }
}

impl<T> Order for BTreeMap<SortKey, T> {
    fn between(&self, bounds: (Bound<SortKey>, Bound<SortKey>)) -> Box<dyn DoubleEndedIterator<Item = SortKey> + '_> {
        Box::new(self.range(bounds).map(|(rank, _)| *rank))
    }
}

/// The page that a window shows of an order, from `since` on (included), of what passes a filter.
///
/// # Errors
/// [`Failure::BadRequest`] for arguments that exclude each other, [`Failure::InvalidCursor`].
pub fn page(
    order: &dyn Order,
    window: &Window,
    since: Option<Timestamp>,
    keep: impl Fn(SortKey) -> bool,
) -> Result<Page, Failure> {
    if window.first.is_some() && window.last.is_some() {
        return Err(Failure::BadRequest("Arguments \"first\" and \"last\" are exclusive"));
    }
    if window.before.is_some() && window.after.is_some() {
        return Err(Failure::BadRequest("Arguments \"before\" and \"after\" are exclusive"));
    }
    let size = window.first.or(window.last).unwrap_or(PAGE);
    let backward = window.last.is_some() || window.before.is_some();
    let before = window.before.as_deref().map(decode).transpose()?;
    let after = window.after.as_deref().map(decode).transpose()?;

    let lower = match after {
        Some(Some(rank)) => Bound::Excluded(rank),
        _ => Bound::Unbounded,
    };
    let lower = match since.map(|since| (since, i64::MIN)) {
        Some(since) if !matches!(lower, Bound::Excluded(after) if after >= since) => Bound::Included(since),
        _ => lower,
    };
    let upper = match before {
        Some(Some(rank)) => Bound::Excluded(rank),
        _ => Bound::Unbounded,
    };
    // A cursor without an instant compares with nothing; bounds that cross hold nothing either.
    let empty = matches!(before, Some(None)) || matches!(after, Some(None)) || cross(lower, upper);
    let candidates = if empty { Box::new(std::iter::empty()) } else { order.between((lower, upper)) };
    let mut candidates = candidates.filter(|rank| keep(*rank));
    let mut ranks: Vec<SortKey> = Vec::with_capacity(size + 1);
    while ranks.len() <= size {
        let next = if backward { candidates.next_back() } else { candidates.next() };
        let Some(rank) = next else { break };
        ranks.push(rank);
    }
    let more = ranks.len() > size;
    ranks.truncate(size);
    if backward {
        ranks.reverse();
    }
    Ok(Page {
        ranks,
        has_next: window.before.is_some() || (more && !backward),
        has_previous: window.after.is_some() || (more && backward),
    })
}

fn cross(lower: Bound<SortKey>, upper: Bound<SortKey>) -> bool {
    match (lower, upper) {
        (Bound::Included(lower) | Bound::Excluded(lower), Bound::Excluded(upper)) => lower >= upper,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cursor::encode;
    use super::*;

    /// Six places; the third and the fourth share their instant.
    fn six() -> BTreeSet<SortKey> {
        [(1, 1), (2, 2), (3, 3), (3, 4), (5, 5), (6, 6)]
            .map(|(second, id)| (Timestamp::from_second(second).unwrap(), id))
            .into()
    }

    fn cursor(id: i64) -> Option<String> {
        six().into_iter().find(|rank| rank.1 == id).map(encode)
    }

    fn shown(window: &Window) -> (Vec<i64>, bool, bool) {
        let page = page(&six(), window, None, |_| true).unwrap();
        (page.ranks.iter().map(|rank| rank.1).collect(), page.has_previous, page.has_next)
    }

    #[test]
    fn the_truth_table_of_first_last_before_and_after() {
        let window = Window::default;
        assert_eq!(shown(&window()), (vec![1, 2, 3, 4, 5, 6], false, false));
        assert_eq!(shown(&Window { first: Some(2), ..window() }), (vec![1, 2], false, true));
        assert_eq!(shown(&Window { first: Some(6), ..window() }), (vec![1, 2, 3, 4, 5, 6], false, false));
        assert_eq!(shown(&Window { first: Some(2), after: cursor(2), ..window() }), (vec![3, 4], true, true));
        assert_eq!(shown(&Window { first: Some(2), before: cursor(4), ..window() }), (vec![2, 3], true, true));
        assert_eq!(shown(&Window { last: Some(2), ..window() }), (vec![5, 6], true, false));
        assert_eq!(shown(&Window { last: Some(2), before: cursor(3), ..window() }), (vec![1, 2], false, true));
        assert_eq!(shown(&Window { last: Some(2), after: cursor(3), ..window() }), (vec![5, 6], true, false));
        assert_eq!(shown(&Window { after: cursor(6), ..window() }), (vec![], true, false));
        assert_eq!(shown(&Window { first: Some(0), ..window() }), (vec![], false, true));
    }

    #[test]
    fn equal_instants_are_told_apart_by_number() {
        assert_eq!(shown(&Window { first: Some(1), after: cursor(3), ..Window::default() }).0, [4]);
        assert_eq!(shown(&Window { last: Some(1), before: cursor(4), ..Window::default() }).0, [3]);
    }

    #[test]
    fn arguments_that_exclude_each_other_are_refused() {
        let both = Window { first: Some(1), last: Some(1), ..Window::default() };
        assert!(matches!(page(&six(), &both, None, |_| true), Err(Failure::BadRequest(_))));
        let both = Window { before: cursor(1), after: cursor(2), ..Window::default() };
        assert!(matches!(page(&six(), &both, None, |_| true), Err(Failure::BadRequest(_))));
    }

    #[test]
    fn a_cursor_that_holds_no_instant_gives_an_empty_last_page() {
        assert_eq!(shown(&Window { after: Some("Z2FyYmFnZQ".to_owned()), ..Window::default() }), (vec![], true, false));
    }

    proptest! {
        #[test]
        fn walks_of_any_page_size_show_everything_once_both_ways(
            places in proptest::collection::btree_set((0_i64..50, 0_i64..1000), 0..80),
            size in 1_usize..12,
        ) {
            let order: BTreeSet<SortKey> =
                places.into_iter().map(|(second, id)| (Timestamp::from_second(second).unwrap(), id)).collect();
            let (mut forward, mut backward) = (Vec::new(), Vec::new());
            let mut window = Window { first: Some(size), ..Window::default() };
            loop {
                let page = page(&order, &window, None, |_| true).unwrap();
                forward.extend(page.ranks.iter().copied());
                window.after = page.ranks.last().map(|rank| encode(*rank));
                if !page.has_next { break }
            }
            let mut window = Window { last: Some(size), ..Window::default() };
            loop {
                let page = page(&order, &window, None, |_| true).unwrap();
                backward.splice(0..0, page.ranks.iter().copied());
                window.before = page.ranks.first().map(|rank| encode(*rank));
                if !page.has_previous { break }
            }
            let all: Vec<SortKey> = order.into_iter().collect();
            prop_assert_eq!(&forward, &all);
            prop_assert_eq!(&backward, &all);
        }
    }

    #[test]
    fn since_is_included_and_does_not_bring_back_what_a_cursor_left_behind() {
        let third = Timestamp::from_second(3).unwrap();
        let from = |window: &Window| {
            page(&six(), window, Some(third), |_| true).unwrap().ranks.iter().map(|rank| rank.1).collect::<Vec<_>>()
        };
        assert_eq!(from(&Window::default()), [3, 4, 5, 6]);
        assert_eq!(from(&Window { after: cursor(1), ..Window::default() }), [3, 4, 5, 6]);
        assert_eq!(from(&Window { after: cursor(3), ..Window::default() }), [4, 5, 6]);
        assert_eq!(from(&Window { before: cursor(2), ..Window::default() }), Vec::<i64>::new());
    }
}
