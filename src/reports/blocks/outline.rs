//! The headings of a document: no level is skipped on the way down, and no two have the same name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Document};

/// The longest address that a link may have, bytes.
const LONGEST_ADDRESS: usize = 2_000;

/// The headings of a document, by their place among the blocks.
pub(super) struct Outline {
    headings: BTreeMap<usize, Heading>,
    names: BTreeSet<String>,
}

struct Heading {
    level: u8,
    name: Option<String>,
}

impl Outline {
    /// The first heading that claims a name has it. A section without a name gets one, so that a table of contents leads to it.
    pub fn of(document: &Document) -> Self {
        let mut outline = Self { headings: BTreeMap::new(), names: BTreeSet::new() };
        let mut above = 0;
        for (at, block) in document.blocks.iter().enumerate() {
            if let Block::Heading { level, anchor, .. } = block {
                above = (*level).clamp(1, 3).min(above + 1);
                let name = anchor.clone().filter(|name| is_name(name) && outline.names.insert(name.clone()));
                outline.headings.insert(at, Heading { level: above, name });
            }
        }
        for (at, heading) in &mut outline.headings {
            let name = format!("partie-{at}");
            if heading.level == 1 && heading.name.is_none() && outline.names.insert(name.clone()) {
                heading.name = Some(name);
            }
        }
        outline
    }

    /// The level of the heading that is this block of the document: 1, 2 or 3.
    pub fn level(&self, at: usize) -> u8 {
        self.headings.get(&at).map_or(1, |heading| heading.level)
    }

    /// What links name it by.
    pub fn name(&self, at: usize) -> Option<&str> {
        self.headings.get(&at)?.name.as_deref()
    }

    /// Where a link may lead; none when nothing is there, or when it is no address of the web.
    pub fn target<'a>(&self, to: &'a str) -> Option<&'a str> {
        let is_usable = match to.strip_prefix('#') {
            Some(name) => self.names.contains(name),
            None => is_address(to),
        };
        Some(to).filter(|_| is_usable)
    }
}

fn is_address(to: &str) -> bool {
    (to.starts_with("https://") || to.starts_with("http://"))
        && to.len() <= LONGEST_ADDRESS
        && to.chars().all(|c| c.is_ascii_graphic())
}

/// What every format can call an anchor. `contenu` is the page’s own.
fn is_name(name: &str) -> bool {
    name != "contenu"
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}
