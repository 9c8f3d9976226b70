//! Formats of numbers that make a value read as another one: a scale, digits or a sign of their own, nothing at all, a month before its
//! day.

/// How the code of a format, as XLSX has it, makes a number read as another one; none where it does not.
pub(super) fn misread(code: &str) -> Option<&'static str> {
    let sections = sections(code);
    // What is said of zero, and of texts, comes after what is said of numbers.
    sections.iter().take(2).enumerate().find_map(|(index, section)| section.misread(index == 0))
}

/// Whether it shows numbers as percentages.
pub(super) fn is_percentage(code: &str) -> bool {
    sections(code).iter().any(|section| section.is_percentage)
}

#[derive(Default)]
struct Section {
    has_condition: bool,
    /// It has digits, the number as it is, or the text.
    shows_it: bool,
    /// How often it divides by a thousand.
    scales: u32,
    is_percentage: bool,
    literal: String,
    /// The letters of days, months and years, in their order.
    calendar: String,
}

impl Section {
    fn misread(&self, is_first: bool) -> Option<&'static str> {
        if self.scales > 0 {
            return Some("il le divise par mille");
        }
        if self.literal.chars().any(char::is_numeric) {
            return Some("il y ajoute des chiffres");
        }
        if !self.calendar.is_empty() {
            return month_before_day(&self.calendar);
        }
        if is_first && !self.has_condition && self.literal.contains(['-', '−', '–']) {
            return Some("il y ajoute un signe");
        }
        (!self.shows_it).then_some("il n’en montre rien")
    }
}

/// Of the letters of a day, as they come.
pub(super) fn month_before_day(calendar: &str) -> Option<&'static str> {
    let [day, month, year] = ['d', 'm', 'y'].map(|letter| calendar.find(letter));
    let is_turned = day.zip(month).zip(year).is_some_and(|((day, month), year)| month < day && month < year);
    is_turned.then_some("le mois y vient avant le jour")
}

fn sections(code: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(section) = sections.last_mut() else { break };
        match character {
            ';' => sections.push(Section::default()),
            '"' => section.literal.extend(characters.by_ref().take_while(|c| *c != '"')),
            '\\' => section.literal.extend(characters.next()),
            // Room as wide as a character, and a character that fills the cell.
            '_' | '*' => {
                characters.next();
            }
            '[' => {
                let within: String = characters.by_ref().take_while(|c| *c != ']').collect();
                section.has_condition |= within.starts_with(['<', '>', '=']);
            }
            '0' | '#' | '?' | '@' => section.shows_it = true,
            ',' => section.scales += u32::from(!characters.peek().is_some_and(|next| matches!(next, '0' | '#' | '?'))),
            '%' => section.is_percentage = true,
            'G' | 'g' | 'S' if characters.peek().is_some_and(|next| matches!(next, 'e' | 't')) => {
                section.shows_it = true;
                while characters.next_if(char::is_ascii_alphabetic).is_some() {}
            }
            'd' | 'm' | 'y' | 'D' | 'M' | 'Y' | 'j' | 'J' | 'a' | 'A' => {
                section.calendar.push(match character.to_ascii_lowercase() {
                    'j' => 'd',
                    'a' => 'y',
                    letter => letter,
                });
            }
            'h' | 'H' | 's' | 'E' | 'e' => {}
            other => section.literal.push(other),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_formats_mislead_nobody() {
        for code in [
            "General",
            "Standard",
            "0",
            "@",
            "#,##0.00",
            "#,##0.00\\ \"€\"",
            "#,##0.00\u{a0}\"€\"",
            "#,##0.00\\ [$€-40C];[RED]\\-#,##0.00\\ [$€-40C]",
            "_-* #,##0.00\\ _€_-;\\-* #,##0.00\\ _€_-;_-* \"-\"??\\ _€_-;_-@_-",
            "[>=0]#,##0.00;[RED]-#,##0.00",
            "[<0]-#,##0.00;#,##0.00",
            "dd/mm/yyyy",
            "yyyy\\-mm\\-dd",
            "JJ/MM/AAAA",
            "0.0\\ %",
            "0.00E+00",
        ] {
            assert_eq!(misread(code), None, "{code}");
        }
        assert!(is_percentage("0.0\\ %") && !is_percentage("0\"%\""));
    }

    #[test]
    fn a_format_that_makes_a_number_read_as_another_is_told() {
        for (code, how) in [
            ("\"9\"# ##0,00", "il y ajoute des chiffres"),
            ("\\9#,##0.00", "il y ajoute des chiffres"),
            ("#,##0.00,", "il le divise par mille"),
            ("#,##0,\" €\"", "il le divise par mille"),
            ("\"-\"#,##0.00", "il y ajoute un signe"),
            ("-#,##0.00", "il y ajoute un signe"),
            (";;;", "il n’en montre rien"),
            ("\"voir note\"", "il n’en montre rien"),
            ("mm/dd/yyyy", "le mois y vient avant le jour"),
        ] {
            assert_eq!(misread(code), Some(how), "{code}");
        }
    }
}
