//! Text broken and cut by the width that characters take on a terminal, and tables. Public for the tests that feed it any text.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::paper::Width;
use crate::domain::dossier::DossierNumber;
use crate::domain::text::{counted, printable, printable_line};

/// The text on one line, cut with an ellipsis where it is too wide.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    let line = printable_line(text);
    if line.width() <= width {
        return line;
    }
    let mut cut = String::new();
    let mut used = ELLIPSIS.width().unwrap_or_default();
    for cluster in clusters(&line) {
        used += cluster.width();
        if used > width {
            break;
        }
        cut.push_str(cluster);
    }
    // Some signs are wider together than each by itself.
    while cut.width() + 1 > width && cut.pop().is_some() {}
    cut.push(ELLIPSIS);
    cut
}

const ELLIPSIS: char = '…';

/// Each character with what is drawn over it.
fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let starts =
        text.char_indices().filter(|(at, character)| *at > 0 && character.width() != Some(0)).map(|(at, _)| at);
    let mut from = 0;
    starts.chain(std::iter::once(text.len())).map(move |to| {
        let cluster = &text[from..to];
        from = to;
        cluster
    })
}

/// Signs that French sets apart from the word before, and that never begin a line.
const AFTER_SPACE: [char; 7] = [':', ';', '?', '!', '»', '%', '€'];

/// Stands for a space that no line may end at, while lines are broken.
const HELD: char = '\u{e000}';

/// Holds the space between such signs and their word, which quotes and labels of forms seldom do themselves.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let before = characters.peek().is_some_and(|next| AFTER_SPACE.contains(next));
        let holds = character == ' ' && !joined.is_empty() && (before || joined.ends_with('«'));
        joined.push(if holds { HELD } else { character });
    }
    joined
}

/// Breaks a text at its spaces, and inside a word only where the word alone is too wide. No-break spaces hold.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in joined(&printable(text)).split('\n') {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let wide = word.width();
            if used > 0 && used + 1 + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            if wide <= width {
                line.push_str(word);
                used += wide;
                continue;
            }
            for cluster in clusters(word) {
                if used > 0 && used + cluster.width() > width {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(cluster);
                used += cluster.width();
            }
        }
        lines.push(line);
    }
    lines.iter().map(|line| line.replace(HELD, " ")).collect()
}

/// Pads to a width, on the right.
pub(super) fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A number with its noun, which is singular up to 1 in French; thousands are set apart.
pub(super) fn count(number: u64, one: &str, several: &str) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), one, several)
}

/// Numbers of dossiers, one after the other.
pub(super) fn listed(numbers: &[DossierNumber]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// How a column of a table behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// As wide as its widest cell.
    Left,
    /// The same, aligned on the right: numbers.
    Right,
    /// Takes what is left; its cells are cut where they do not fit and may be cut.
    Flexible,
}

/// A table with a line of headings, as wide as it is told to be.
#[must_use]
pub fn table<const N: usize>(columns: [(&str, Column); N], rows: &[[String; N]], width: Width) -> String {
    let headings = columns.map(|(heading, _)| heading.to_owned());
    let mut widths = [0; N];
    for row in std::iter::once(&headings).chain(rows) {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width.fit(cell, width.columns()).width());
        }
    }
    let gaps = N.saturating_sub(1);
    let fixed: usize =
        widths.iter().zip(columns).filter(|(_, (_, kind))| *kind != Column::Flexible).map(|(w, _)| w).sum();
    let left = width.columns().saturating_sub(fixed + gaps).max(1);
    let mut is_below = false;
    for (at, (widest, (_, kind))) in widths.iter_mut().zip(columns).enumerate() {
        if kind == Column::Flexible && width.is_cut() {
            is_below = at == gaps && left < LEAST && left < *widest;
            *widest = if is_below { width.columns().saturating_sub(BELOW.len()) } else { (*widest).min(left) };
        }
    }
    let mut out = String::new();
    for row in std::iter::once(&headings).chain(rows) {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .zip(columns)
            .enumerate()
            .map(|(at, ((cell, widest), (_, kind)))| {
                let cell = width.fit(cell, widest);
                match kind {
                    // Nothing stands beside it.
                    Column::Left | Column::Flexible if at == gaps => cell,
                    Column::Right => format!("{}{cell}", " ".repeat(widest.saturating_sub(cell.width()))),
                    Column::Left | Column::Flexible => pad(&cell, widest),
                }
            })
            .collect();
        let beside = if is_below { &cells[..gaps] } else { &cells[..] };
        out.push_str(beside.join(" ").trim_end());
        out.push('\n');
        for cell in cells.iter().skip(beside.len()) {
            out.push_str(format!("{BELOW}{cell}").trim_end());
            out.push('\n');
        }
    }
    out
}

/// Narrower, what the last column says would be lost: it then has a line of its own.
const LEAST: usize = 12;
/// What such a line begins with.
const BELOW: &str = "    ";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_amounts_hold_together() {
        assert_eq!(wrap("un deux trois", 8), ["un deux", "trois"]);
        assert_eq!(wrap("total 8\u{202f}800,00\u{a0}€ net", 13), ["total", "8\u{202f}800,00\u{a0}€", "net"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("a\nb", 10), ["a", "b"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(fit("Communauté\td’agglomération", 12), "Communauté …");
    }

    #[test]
    fn a_heap_of_marks_or_a_page_in_one_word_is_laid_out_all_the_same() {
        let marks = format!("Mairie e{} de Melun", "\u{301}".repeat(20_000));
        assert!(fit(&marks, 10).len() < 100 && wrap(&marks, 10).concat().len() < 100);
        let word = "é".repeat(1_000_000);
        assert_eq!(wrap(&word, 80).len(), 12_500);
        assert_eq!(fit(&word, 80).width(), 80);
    }

    #[test]
    fn only_the_flexible_column_gives_way() {
        let rows = [["1".to_owned(), "é".repeat(90)], ["23456".to_owned(), "court".to_owned()]];
        let columns = [("n°", Column::Right), ("nom", Column::Flexible)];
        for (of_terminal, columns_taken) in [(0, 80), (20, 60), (60, 60), (90, 90), (96, 96), (500, 96)] {
            let text = table(columns, &rows, Width::of_terminal(of_terminal));
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(lines[0], "   n° nom");
            assert_eq!(lines[1].width(), columns_taken);
            assert_eq!(lines[2], "23456 court");
        }
    }

    #[test]
    fn a_last_column_without_room_has_a_line_of_its_own() {
        let columns = [("a", Column::Left), ("nom", Column::Flexible)];
        let rows = [["x".repeat(55), "court".to_owned()], ["y".repeat(55), "é".repeat(70)]];
        let shown = table(columns, &rows, Width::of_terminal(64));
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!((lines[0], lines[1]), ("a", "    nom"));
        assert_eq!((lines[2], lines[3]), (rows[0][0].as_str(), "    court"));
        assert_eq!((lines[4], lines[5].width()), (rows[1][0].as_str(), 64));
        assert_eq!(table(columns, &rows, Width::of_terminal(70)).lines().count(), 3);
    }

    #[test]
    fn nothing_is_cut_in_a_file_but_what_has_no_end() {
        let columns = [("nom", Column::Flexible), ("n°", Column::Right)];
        let text = table(columns, &[["é".repeat(150), "1".to_owned()]], Width::PIPED);
        assert_eq!(text, format!("nom{} n°\n{}  1\n", " ".repeat(147), "é".repeat(150)));
        let endless = table(columns, &[["é".repeat(1_000_000), "1".to_owned()]], Width::PIPED);
        assert!(endless.len() < 50_000 && endless.contains('…'), "{}", endless.len());
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_word_within_the_width(text in "[a-zé€ ]{0,200}", width in 5usize..80) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
            let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
        }

        #[test]
        fn wrapping_any_text_loses_nothing_that_shows(text in "\\PC{0,200}", width in 5usize..80) {
            let squeeze = |text: &str| text.chars().filter(|c| *c != ' ' && *c != HELD).collect::<String>();
            prop_assert_eq!(squeeze(&wrap(&text, width).concat()), squeeze(&printable_line(&text)));
        }

        #[test]
        fn fitting_never_exceeds_the_width(text in "\\PC{0,60}", width in 1usize..40) {
            prop_assert!(fit(&text, width).width() <= width);
        }
    }
}
