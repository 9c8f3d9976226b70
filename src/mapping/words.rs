//! The words of a label, and the patterns that they are held against. Only for proposals and warnings that a person reads:
//! a dossier is read by what the configuration names, whatever its words.
//!
//! A pattern is a word, folded: `date` is also said by `dates`, `accorde` by `accordée` and `accordées`, `retenu` by `retenue`;
//! `instruct*` by all that begins so; `aide!` by nothing else; `montant|somme` by either. Of a way, all the patterns are needed.

use crate::domain::text::fold;

/// Words that say nothing by themselves, folded.
const SMALL: &str = "a ai au aux avec avez ce ces cet cette ci d dans de des dessous du elle elles en est et facultatif il ils \
    indiquer indiquez l la laquelle le lequel les lesquelles lesquels leur leurs merci nos notre obligatoire ont \
    ou par pour preciser precisez qu que quel quelle quelles quels qui renseigner renseignez sa ses son sont sur t \
    un une veuillez vos votre vous";

/// How many characters of a label are read: what it asks for stands before that, and each word is held against hundreds.
const READ: usize = 500;

/// The words of a label, folded, in order; without the "oui/non" that says how to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// The words of a label. `N°` is `numero`, `%` is `pourcentage`, `€` is `euro`.
    pub(super) fn of(label: &str) -> Self {
        let label: String = label.chars().take(READ).collect();
        let mut spelled = label.replace('%', " pourcentage ").replace('€', " euro ").replace('№', " numero ");
        for (sign, word) in [("H.T", "HT"), ("h.t", "ht"), ("T.T.C", "TTC"), ("t.t.c", "ttc")] {
            spelled = spelled.replace(sign, word);
        }
        for sign in ["n°", "N°", "nº", "Nº", "n °", "N °"] {
            spelled = spelled.replace(sign, " numero ");
        }
        let words = spelled.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(fold);
        let words = words.map(|word| if word == "no" { "numero".to_owned() } else { word });
        Self(without_answers(words.collect()))
    }

    /// Those that say something.
    pub(super) fn telling(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).filter(|word| SMALL.split(' ').all(|small| small != *word)).collect()
    }

    /// Whether all the patterns of a way are said.
    pub(super) fn say(&self, way: &str) -> bool {
        way.split(' ').all(|pattern| self.0.iter().any(|word| is(word, pattern)))
    }
}

/// Whether a word is what one of the alternatives of a pattern means.
pub(super) fn is(word: &str, pattern: &str) -> bool {
    pattern.split('|').any(|stem| {
        if let Some(beginning) = stem.strip_suffix('*') {
            return word.starts_with(beginning);
        }
        if let Some(exact) = stem.strip_suffix('!') {
            return word == exact;
        }
        word.strip_prefix(stem).is_some_and(|ending| match ending {
            "" | "s" | "x" => true,
            "e" | "es" => stem.ends_with(['e', 'i', 's', 'u']),
            _ => false,
        })
    })
}

/// Whether a word is what one of several patterns, apart by spaces, means.
pub(super) fn is_any(word: &str, patterns: &str) -> bool {
    patterns.split_whitespace().any(|pattern| is(word, pattern))
}

/// `oui/non` and `oui ou non` are no part of the question.
fn without_answers(words: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let before: Vec<&str> = kept.iter().rev().take(2).map(String::as_str).collect();
        let answers = match (word.as_str(), before.as_slice()) {
            ("non", ["oui", ..]) => 1,
            ("non", ["ou", "oui"]) => 2,
            _ => 0,
        };
        if answers > 0 {
            kept.truncate(kept.len() - answers);
        } else {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_knows_genders_and_numbers_and_nothing_longer() {
        for (pattern, said, unsaid) in [
            ("accorde", vec!["accorde", "accordee", "accordees"], vec!["accorder", "accordeon"]),
            ("retenu|choisi|requis", vec!["retenue", "choisies", "requises"], vec!["retenus2", "choisir"]),
            ("commun", vec!["commun", "communs"], vec!["commune", "communaute"]),
            ("aide!", vec!["aide"], vec!["aides", "aidee"]),
            ("lab", vec!["lab", "labs"], vec!["label", "labo"]),
            ("instruct*", vec!["instructeur", "instruction"], vec!["instrument"]),
            ("paye|verse", vec!["payee", "verse"], vec!["verser", "version", "versement"]),
        ] {
            assert!(said.iter().all(|word| is(word, pattern)), "{pattern}");
            assert!(!unsaid.iter().any(|word| is(word, pattern)), "{pattern}");
        }
    }

    #[test]
    fn signs_are_words_and_small_words_are_none() {
        let words = |label: &str| Words::of(label).telling().join(" ");
        assert_eq!(words("N° d’EJ"), "numero ej");
        assert_eq!(words("No EJ"), "numero ej");
        assert_eq!(words("Taux (en %)"), "taux pourcentage");
        assert_eq!(words("Coût total H.T. (€)"), "cout total ht euro");
        assert_eq!(words("L’opération a-t-elle commencé (oui/non) ?"), "operation commence");
        assert_eq!(words("Commencée : oui ou non"), "commencee");
        assert_eq!(words("Ce n’est pas fait"), "n pas fait");
    }

    #[test]
    fn small_words_are_folded_and_in_order() {
        let small: Vec<&str> = SMALL.split(' ').collect();
        assert!(small.iter().all(|word| !word.is_empty() && fold(word) == **word));
        assert!(small.is_sorted());
    }
}
