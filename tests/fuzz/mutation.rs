//! Changes to seeds, by chance that is always the same.

use fastrand::Rng;

/// Pieces that mean something to the readers.
pub const PIECES: &[&str] = &[
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "\u{301}",
    "\u{1161}",
    "\u{200d}",
    "\0",
    "\\ud800",
    "\\u0000",
    "\\",
    "\"",
    "'",
    "\"\"\"",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    ",",
    ":",
    ";",
    "=",
    ".",
    "#",
    "\n",
    "\r\n",
    "\t",
    " ",
    "null",
    "true",
    "false",
    "-92233720368547758.08",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "1e-400",
    "-0",
    "0.1",
    "00",
    "79228162514264337593543950335",
    "1000000000000.01",
    "2021-09-03",
    "9999-12-31",
    "-009999-01-01",
    "2021-02-31",
    "2021-09-03T10:33:00+02:00",
    "9999-12-31T23:59:59Z",
    "«",
    "»",
    "<",
    "&",
    "=1+1",
    "url",
    "labels",
    "avis",
    "rows",
    "champs",
    "__typename",
    "RepetitionChamp",
    "stringValue",
    "nodes",
    "errors",
    "path",
    "extensions",
    "[[procedures]]\n",
    "[[case]]\n",
    "like",
    "valid_from",
];

/// A source of changed seeds.
pub struct Mutator<'a> {
    corpus: &'a [&'a [u8]],
    chance: Rng,
}

/// No input is longer: what is long is fed by `tests/work`.
const LONGEST: usize = 16 * 1024;

impl<'a> Mutator<'a> {
    pub fn new(corpus: &'a [&'a [u8]]) -> Self {
        Self { corpus, chance: Rng::with_seed(20_210_903) }
    }

    pub fn next(&mut self) -> Vec<u8> {
        let mut input = self.seed().to_vec();
        for _ in 0..self.chance.usize(1..6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        input
    }

    fn seed(&mut self) -> &'a [u8] {
        self.corpus[self.chance.usize(..self.corpus.len())]
    }

    fn range(&mut self, length: usize, most: usize) -> std::ops::Range<usize> {
        let from = self.chance.usize(..=length);
        from..(from + self.chance.usize(..=most)).min(length)
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.chance.usize(..=input.len());
        match self.chance.u8(..8) {
            0 if at < input.len() => input[at] = self.chance.u8(..),
            1 if at < input.len() => input[at] ^= 1 << self.chance.u8(..8),
            2 => {
                drop(input.splice(at..at, (0..self.chance.usize(..8)).map(|_| self.chance.u8(..)).collect::<Vec<_>>()));
            }
            3 => drop(input.drain(self.range(input.len(), 40))),
            4 => {
                let copied = input[self.range(input.len(), 80)].to_vec();
                input.splice(at..at, copied.repeat(self.chance.usize(1..20)));
            }
            5 => {
                let other = self.seed();
                let piece = other[self.range(other.len(), 200)].to_vec();
                input.splice(at..at, piece);
            }
            _ => {
                let piece = PIECES[self.chance.usize(..PIECES.len())];
                let replaced = self.range(input.len(), 12);
                input.splice(replaced, piece.bytes());
            }
        }
    }
}
