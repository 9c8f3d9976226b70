//! The signs of a TOML text: what stands in none of its texts and comments.

/// The characters that stand in no text and no comment, with their places in bytes. Quotes are left out too.
pub fn signs(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let place = at;
            match rest.chars().next()? {
                '#' => at += rest.find('\n').unwrap_or(rest.len()),
                '"' | '\'' => at += length_of_text(rest),
                character => {
                    at += character.len_utf8();
                    return Some((place, character));
                }
            }
        }
    })
}

/// How many tables and lists lie within each other at the deepest place, at most: the part of a header or of a dotted key counts as
/// one, and so does a point in a number. What stands under a header lies as much deeper.
pub(super) fn deepest(text: &str) -> (usize, usize) {
    let (mut deepest, mut place) = (0, 0);
    let mut open: Vec<usize> = Vec::new();
    let (mut points, mut outer) = (0_usize, 0_usize);
    for (at, sign) in signs(text) {
        match sign {
            '[' | '{' => {
                open.push(points);
                outer += points + 1;
                points = 0;
            }
            ']' | '}' => {
                points = open.pop().unwrap_or_default();
                outer = outer.saturating_sub(points + 1);
            }
            '.' => points += 1,
            ',' | '\n' => points = 0,
            _ => {}
        }
        if outer + points > deepest {
            (deepest, place) = (outer + points, at);
        }
    }
    (deepest, place)
}

/// How long the text is that a text begins with, bytes, its quotes included; to the end when it has none.
fn length_of_text(rest: &str) -> usize {
    let long = ["\"\"\"", "'''"].into_iter().find(|quotes| rest.starts_with(quotes));
    let has_escapes = rest.starts_with('"');
    let quote = if has_escapes { '"' } else { '\'' };
    let from = long.map_or(1, str::len);
    let mut characters = rest.char_indices().skip_while(|(at, _)| *at < from);
    while let Some((at, character)) = characters.next() {
        match (character, long) {
            ('\\', _) if has_escapes => drop(characters.next()),
            // Quotes that stand right before those that end it belong to it.
            (character, Some(quotes))
                if character == quote && rest.get(at..).is_some_and(|end| end.starts_with(quotes)) =>
            {
                let quotes = rest.get(at..).unwrap_or_default();
                return at + (quotes.len() - quotes.trim_start_matches(quote).len());
            }
            (character, None) if character == quote => return at + 1,
            ('\n', None) => return at,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str) -> String {
        signs(text).map(|(_, sign)| sign).collect()
    }

    #[test]
    fn texts_and_comments_have_no_signs() {
        assert_eq!(seen("a = \"[\\\"[\" # [\nb = '\\' # ["), "a =  \nb =  ");
        assert_eq!(seen("a = \"\"\"\n[x]\n\\\"\"\"\" ]"), "a =  ]");
        assert_eq!(seen("a = '''\n[x]''''' ]"), "a =  ]");
        assert_eq!(seen("a = \"not closed\nb"), "a = \nb");
        assert_eq!(seen("\"\" = ''"), " = ");
    }

    #[test]
    fn the_depth_counts_lists_tables_and_dotted_keys() {
        let depth = |text: &str| deepest(text).0;
        assert_eq!(depth("a = 1"), 0);
        assert_eq!(depth("[a.b]\nc.d = [{ e.f = 1, g.h.i = 2 }]"), 5);
        assert_eq!(depth("a = [1, 2, [3]]\nb = [\n4]"), 2);
        assert_eq!(depth(&"[".repeat(500)), 500);
        assert_eq!(depth(&"a.".repeat(500)), 500);
        assert_eq!(depth(&"x = '.'\n".repeat(500)), 0);
    }
}
