//! The pages of SQLite's file, as its format describes them (<https://www.sqlite.org/fileformat2.html>, 1.6 and 1.8): what of a page of a
//! tree is not in use, and which pages are of a tree.

use std::ops::Range;

/// The page that holds the bytes by which SQLite locks a file, beyond the first gigabyte: nothing else is on it.
const LOCKED_BYTE: usize = 0x4000_0000;
/// How long an entry of a map of pages is: the kind of a page, and the page that refers to it.
const ENTRY: usize = 5;

/// Makes zero of all that a page of a tree does not use; whether there was anything else. A page that is not as it must be is left
/// alone.
pub(super) fn blank(page: &mut [u8]) -> bool {
    let mut found = false;
    for range in unused(page).unwrap_or_default() {
        let bytes = &mut page[range];
        found |= bytes.iter().any(|byte| *byte != 0);
        bytes.fill(0);
    }
    found
}

/// What lies between the pointers to the rows and the rows, and what rows that went left between others, but for the four bytes that
/// say where the next such place is.
fn unused(page: &[u8]) -> Option<Vec<Range<usize>>> {
    let header = match page.first()? {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let pointers_end = header + 2 * number(page, 3)?;
    let rows = match number(page, 5)? {
        0 => 0x1_0000,
        start => start,
    };
    if pointers_end > rows || rows > page.len() {
        return None;
    }
    let mut unused: Vec<Range<usize>> = std::iter::once(pointers_end..rows).collect();
    let (mut place, mut after) = (number(page, 1)?, rows);
    while place != 0 {
        let end = place + number(page, place + 2)?;
        if place < after || end < place + 4 || end > page.len() {
            return None;
        }
        unused.push(place + 4..end);
        (place, after) = (number(page, place)?, end);
    }
    Some(unused)
}

fn number(page: &[u8], at: usize) -> Option<usize> {
    let bytes = page.get(at..at + 2)?;
    Some(usize::from(u16::from_be_bytes([bytes[0], bytes[1]])))
}

/// Where the kind of a page is noted, in a file that can shrink in steps: the page of the map, and the place in it. None for the first
/// page, for a page of the map itself and for the one that is locked.
pub(super) fn noted_at(page: usize, page_size: usize) -> Option<(usize, usize)> {
    let locked = LOCKED_BYTE / page_size + 1;
    let in_a_map = page_size / ENTRY;
    let map = page.checked_sub(2)? / (in_a_map + 1) * (in_a_map + 1) + 2;
    let map = if map == locked { map + 1 } else { map };
    (page > map && page != locked).then(|| (map, ENTRY * (page - map - 1)))
}

/// Whether a kind, as a map notes it, is that of a page of a tree.
pub(super) const fn is_of_a_tree(kind: u8) -> bool {
    matches!(kind, 1 | 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leaf of 64 bytes: two rows, at 40 and 56, a place left by a third one at 46, and something in between.
    fn leaf() -> [u8; 64] {
        let mut page = [7; 64];
        page[..8].copy_from_slice(&[13, 0, 46, 0, 2, 0, 40, 0]);
        page[8..12].copy_from_slice(&[0, 40, 0, 56]);
        page[46..50].copy_from_slice(&[0, 0, 0, 10]);
        page
    }

    #[test]
    fn what_is_not_in_use_becomes_zero_and_the_rest_stays() {
        let mut page = leaf();
        assert!(blank(&mut page));
        let mut expected = leaf();
        expected[12..40].fill(0);
        expected[50..56].fill(0);
        assert_eq!(page, expected);
        assert!(!blank(&mut page), "there is nothing left to do");
    }

    #[test]
    fn a_page_that_is_not_as_it_must_be_is_left_alone() {
        for (at, byte) in [(0, 0), (0, 7), (3, 1), (6, 10), (6, 65), (2, 39), (2, 62), (49, 3), (49, 19), (47, 40)] {
            let mut page = leaf();
            page[at] = byte;
            let before = page;
            assert!(!blank(&mut page), "{at} {byte}");
            assert_eq!(page, before, "{at} {byte}");
        }
        assert!(!blank(&mut []));
    }

    #[test]
    fn the_kind_of_a_page_is_noted_in_the_map_before_it() {
        let at = |page| noted_at(page, 4096);
        assert_eq!((at(0), at(1), at(2)), (None, None, None), "the first page, and the first map");
        assert_eq!((at(3), at(4)), (Some((2, 0)), Some((2, 5))));
        assert_eq!(at(821), Some((2, 5 * 818)));
        assert_eq!((at(822), at(823)), (None, Some((822, 0))));
        assert_eq!((at(262_144).is_some(), at(262_145), at(262_146).is_some()), (true, None, true));
    }
}
