//! What text for people is laid out on: as wide as their terminal, within bounds.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::layout::{fit, wrap};
use crate::domain::text::{QUOTED, shortened};

/// How wide text for people is, and what happens to what is wider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width {
    columns: usize,
    /// Whether what does not fit is cut. Nobody sees the edge of a file.
    is_cut: bool,
}

impl Width {
    /// Where no terminal says how wide it is.
    pub const USUAL: usize = 80;
    /// Narrower, tables fall apart; wider, lines are hard to read.
    const BOUNDS: (usize, usize) = (60, 200);
    /// A text of a form may have any length: even in a file it ends here. No name has as much.
    const ENDLESS: usize = 10_000;
    /// That of a file or a pipe: lines are broken as for a usual terminal, and nothing is cut.
    pub const PIPED: Self = Self { columns: Self::USUAL, is_cut: false };

    /// That of a terminal, from the number of its columns; 0: it does not say.
    #[must_use]
    pub fn of_terminal(columns: u16) -> Self {
        let (least, most) = Self::BOUNDS;
        let columns = if columns == 0 { Self::USUAL } else { usize::from(columns).clamp(least, most) };
        Self { columns, is_cut: true }
    }

    /// How many columns there are.
    #[must_use]
    pub fn columns(self) -> usize {
        self.columns
    }

    /// Whether what does not fit is cut.
    #[must_use]
    pub fn is_cut(self) -> bool {
        self.is_cut
    }

    /// The text on one line, cut where it does not fit into so many columns and may be cut.
    #[must_use]
    pub fn fit(self, text: &str, columns: usize) -> String {
        fit(text, if self.is_cut { columns } else { Self::ENDLESS })
    }

    /// A name within a sentence: in a file it is whole.
    #[must_use]
    pub fn name(self, name: &str) -> String {
        if self.is_cut { shortened(name, QUOTED) } else { fit(name.trim(), Self::ENDLESS) }
    }
}

/// Text that is being laid out.
#[derive(Debug)]
pub struct Paper {
    width: Width,
    text: String,
}

impl Paper {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(width: Width) -> Self {
        Self { width, text: String::new() }
    }

    /// How wide it is.
    #[must_use]
    pub fn width(&self) -> Width {
        self.width
    }

    /// Adds text as it is.
    pub fn push_str(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Adds a sign as it is.
    pub fn push(&mut self, sign: char) {
        self.text.push(sign);
    }

    /// Whether nothing is written yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// All that was written.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

impl fmt::Write for Paper {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

/// Adds a wrapped text whose first line starts with `head` and whose next lines are aligned under what follows it.
pub(super) fn hang(out: &mut Paper, head: &str, text: &str) {
    let indent = head.width();
    let lines = wrap(text, out.width.columns.saturating_sub(indent).max(1));
    for (index, line) in lines.iter().enumerate() {
        let start = if index == 0 { head.to_owned() } else { " ".repeat(indent) };
        out.push_str(format!("{start}{line}").trim_end());
        out.push('\n');
    }
}

/// The same of a hint. A command has a line of its own, which is never broken: it is there to be copied.
pub(super) fn hang_hint(out: &mut Paper, hint: &str) {
    for (index, line) in hint.lines().enumerate() {
        let head = if index == 0 { "    → " } else { "      " };
        if line.starts_with("fitn ") {
            out.push_str(head);
            out.push_str(line);
            out.push('\n');
        } else {
            hang(out, head, line);
        }
    }
}
