//! What is looked for in texts of any kind: a person, a body, a number, however it is written there.

use std::str::FromStr;

use memchr::memmem::Finder;

use super::text::{fold, grouped, shortened};

/// The most words that are looked for: each is held against every text, and has a bit of [`Parts`].
const MOST_WORDS: usize = 20;
/// Letters alone as short as this are a word of their own: « Le » is not looked for in « Melun ».
const SHORT: usize = 3;
/// Digits as long as this may stand within longer ones: a SIREN stands in its SIRET.
const LONG_NUMBER: usize = 9;
/// How many words of a text are shown around what was found.
const AROUND: usize = 24;
/// How long what is shown may be, in characters.
const SHOWN: usize = 240;

/// What is looked for: words and numbers, each of which must stand in the same text, in any order. Case, accents, apostrophes and
/// hyphens make no difference, nor how the digits of a number are set apart.
#[derive(Debug, Clone)]
pub struct Sought {
    text: String,
    words: Vec<Word>,
    /// The length of the shortest of them, in bytes.
    least: usize,
    /// There is nothing but numbers.
    is_number: bool,
}

#[derive(Debug, Clone)]
enum Word {
    Letters(Finder<'static>),
    Number(Finder<'static>),
}

/// Some of the words that are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts(u32);

impl Parts {
    /// Both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether all of them are there.
    #[must_use]
    pub fn is_all(self, sought: &Sought) -> bool {
        self.0.count_ones() as usize == sought.words.len()
    }
}

impl FromStr for Sought {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let folded = folded(text);
        let mut found: Vec<(bool, String)> = Vec::new();
        for word in folded.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())) {
            let digits = digits(word);
            match (found.last_mut(), digits) {
                (Some((true, number)), Some(more)) => number.push_str(&more),
                (_, Some(number)) => found.push((true, number)),
                (_, None) if !word.is_empty() => found.push((false, word.to_owned())),
                (_, None) => {}
            }
        }
        for (_, number) in found.iter_mut().filter(|(is_number, _)| *is_number) {
            *number = significant(number).to_owned();
        }
        if found.iter().map(|(_, word)| word.chars().count()).sum::<usize>() < 2 {
            return Err("donnez un SIRET, ou au moins deux lettres ou chiffres".to_owned());
        }
        if found.len() > MOST_WORDS {
            return Err(format!("{} mots, c’est trop : donnez-en {MOST_WORDS} au plus", grouped(found.len() as u64)));
        }
        let is_number = found.iter().all(|(is_number, _)| *is_number);
        let least = found.iter().map(|(_, word)| word.len()).min().unwrap_or_default();
        let word = |(is_number, word): (bool, String)| {
            let finder = Finder::new(&word).into_owned();
            if is_number { Word::Number(finder) } else { Word::Letters(finder) }
        };
        Ok(Self { text: text.trim().to_owned(), words: found.into_iter().map(word).collect(), least, is_number })
    }
}

/// The zero that is not dialled from abroad says nothing: `+33 (0)1…`.
fn folded(text: &str) -> String {
    const NOT_DIALLED: &str = "(0)";
    let folded = fold(text);
    if folded.contains(NOT_DIALLED) { folded.replace(NOT_DIALLED, " ") } else { folded }
}

/// The digits of a word that has nothing else but points between them.
fn digits(word: &str) -> Option<String> {
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number.then(|| word.replace('.', ""))
}

/// The nine digits that a French telephone number has however it is dialled (`01…`, `+33 1…`, `0033 1…`); another number as it is.
fn significant(number: &str) -> &str {
    let dialled = |prefix: &str| {
        let rest = number.strip_prefix(prefix)?;
        (rest.len() == 9 && !rest.starts_with('0')).then_some(rest)
    };
    dialled("0").or_else(|| dialled("33")).or_else(|| dialled("0033")).unwrap_or(number)
}

impl Sought {
    /// As it was asked for.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether all of it stands in a text.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.found_in(text).is_all(self)
    }

    /// What of it stands in a text.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Parts {
        // As most texts of a form are: codes, dates, short answers.
        if text.is_ascii() && (text.len() < self.least || self.is_number && !text.bytes().any(|b| b.is_ascii_digit())) {
            return Parts::default();
        }
        let folded = folded(text);
        let found = self.words.iter().enumerate().filter(|(_, word)| word.is_in(&folded));
        Parts(found.fold(0, |parts, (at, _)| parts | 1 << at))
    }

    /// What is shown of a text in which it stands: the words around it, on one line.
    #[must_use]
    pub fn excerpt(&self, text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.len() <= AROUND {
            return shortened(&words.join(" "), SHOWN);
        }
        let has_first = |part: &str| self.words.first().is_some_and(|word| word.is_in(&folded(part)));
        let windows = || (0..words.len()).step_by(AROUND / 2).map(|from| (from, words.len().min(from + AROUND)));
        let part = |(from, to): (usize, usize)| words.get(from..to).unwrap_or_default().join(" ");
        let place = windows().find(|place| self.is_in(&part(*place)));
        let place = place.or_else(|| windows().find(|place| has_first(&part(*place))));
        let (from, to) = place.unwrap_or((0, AROUND));
        let (before, after) = (if from > 0 { "… " } else { "" }, if to < words.len() { " …" } else { "" });
        format!("{before}{}{after}", shortened(&part((from, to)), SHOWN))
    }
}

impl Word {
    /// A short word stands by itself, a longer one may be a part of another; so with numbers, whose digits may be set apart, or stand
    /// beside those of another number.
    fn is_in(&self, folded: &str) -> bool {
        match self {
            Self::Letters(word) if word.needle().len() > SHORT => word.find(folded.as_bytes()).is_some(),
            Self::Letters(word) => stands_alone(folded, word, char::is_alphanumeric),
            Self::Number(number) if number.needle().len() >= LONG_NUMBER => {
                number.find(compacted(folded).as_bytes()).is_some()
            }
            Self::Number(number) => {
                let is_digit = |c: char| c.is_ascii_digit();
                stands_alone(folded, number, is_digit) || stands_alone(&compacted(folded), number, is_digit)
            }
        }
    }
}

/// Whether something stands somewhere between what goes on in another way.
fn stands_alone(text: &str, sought: &Finder<'_>, goes_on: impl Fn(char) -> bool) -> bool {
    let length = sought.needle().len();
    sought.find_iter(text.as_bytes()).any(|at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + length..).and_then(|after| after.chars().next());
        !before.is_some_and(&goes_on) && !after.is_some_and(&goes_on)
    })
}

/// A folded text whose numbers are written without anything between their digits.
fn compacted(folded: &str) -> String {
    let mut compact = String::with_capacity(folded.len());
    let mut characters = folded.chars().peekable();
    while let Some(character) = characters.next() {
        let is_between = matches!(character, ' ' | '.')
            && compact.ends_with(|c: char| c.is_ascii_digit())
            && characters.peek().is_some_and(char::is_ascii_digit);
        if !is_between {
            compact.push(character);
        }
    }
    compact
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_in(sought: &str, text: &str) -> bool {
        sought.parse::<Sought>().unwrap().is_in(text)
    }

    #[test]
    fn a_person_is_found_however_the_name_is_written() {
        for text in ["DUPONT Hélène", "Mme Hélène Dupont-Martin", "helene.dupont@exemple.fr", "l’avis d’Hélène\nDUPONT"]
        {
            assert!(is_in("Hélène Dupont", text), "{text}");
            assert!(is_in("dupont,  helene", text), "{text}");
        }
        for text in ["Hélène", "Dupont", "Elena Dupond", ""] {
            assert!(!is_in("Hélène Dupont", text), "{text}");
        }
        let sought: Sought = "Hélène Dupont".parse().unwrap();
        let (one, other) = (sought.found_in("Hélène"), sought.found_in("DUPONT"));
        assert!(!one.is_all(&sought) && one.with(other).is_all(&sought) && sought.found_in("Dupond").is_none());
        assert!(is_in("helene.dupont@exemple.fr", "Contact : Helene.Dupont@Exemple.fr (le matin)"));
    }

    #[test]
    fn a_short_word_stands_by_itself() {
        assert!(is_in("Ly", "Mme LY, maire"));
        assert!(is_in("Ly", "contact@ly.fr"));
        assert!(!is_in("Ly", "Lycée de Lyon"));
        assert!(is_in("Roy", "M. Le Roy") && !is_in("Roy", "Royan"));
        assert!(is_in("Dupon", "Dupont"), "a longer one may be a part");
    }

    #[test]
    fn a_number_is_found_however_its_digits_are_set_apart() {
        for text in
            ["21350001200017", "SIRET 213 500 012 00017", "213.500.012.00017", "n° 213\u{a0}500\u{202f}012 00017."]
        {
            assert!(is_in("213 500 012 00017", text), "{text}");
            assert!(is_in("213500012", text), "{text}: its SIREN");
        }
        assert!(is_in("06 12 34 56 78", "tél. 06.12.34.56.78"));
        for sought in ["06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78"] {
            for text in ["06.12.34.56.78", "+33612345678", "0033 6 12 34 56 78", "+33 (0)6 12 34 56 78"] {
                assert!(is_in(sought, text), "{sought} : {text}");
            }
            assert!(!is_in(sought, "06 12 34 56 79"), "{sought}");
        }
        assert!(is_in("1234567", "dossier 1 234 567") && !is_in("1234567", "12345678"));
        assert!(is_in("75001", "06 12 34 56 78 75001 2021"), "beside others");
        assert!(!is_in("77", "1977") && !is_in("77", "177,5") && is_in("77", "département 77"));
        assert!(is_in("Dupont 06 12 34 56 78", "0612345678 (Mme Dupont)"));
    }

    #[test]
    fn too_little_is_refused() {
        for text in ["", " ", "a", "’", "7"] {
            assert!(text.parse::<Sought>().is_err(), "{text}");
        }
        assert!("mot ".repeat(21).parse::<Sought>().is_err());
        assert!("Ly".parse::<Sought>().is_ok());
        assert_eq!(" Jean  Dupont ".parse::<Sought>().unwrap().text(), "Jean  Dupont");
    }

    #[test]
    fn what_is_shown_is_what_stands_around() {
        let sought: Sought = "Dupont".parse().unwrap();
        assert_eq!(sought.excerpt("Mme\n Dupont"), "Mme Dupont");
        let long = format!("{}Mme Dupont{}", "mot ".repeat(100), " fin".repeat(100));
        let shown = sought.excerpt(&long);
        assert!(shown.starts_with("… mot ") && shown.contains("Mme Dupont") && shown.ends_with(" fin …"), "{shown}");
        assert!(shown.chars().count() <= SHOWN + 4);
    }

    proptest! {
        #[test]
        fn what_stands_in_a_text_is_found_in_it(before in ".{0,20}", name in "[A-Za-zéèïÉŒ]{4,9}", after in ".{0,20}") {
            let sought: Sought = name.parse().unwrap();
            let text = format!("{} {} {}", before, name.to_uppercase(), after);
            prop_assert!(sought.is_in(&text));
            prop_assert!(sought.is_in(&sought.excerpt(&text)));
        }
    }
}
