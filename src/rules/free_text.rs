//! Free answers to a question that may be answered by "none": only what leaves no doubt is taken for a no, or for a name.

use crate::domain::text::fold;

/// What a free answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nothing at all: blank, or signs only.
    Empty,
    /// There is none, and nothing else.
    No,
    /// The question is said not to apply, which is not always a no.
    NotConcerned,
    /// There is one, and nothing else.
    Yes,
    /// It can be read in two ways: a person reads it.
    Unclear,
    /// Something is named, and nothing in it speaks against it.
    Named,
}

/// Words that deny.
const DENIALS: &[&str] =
    &["non", "aucun", "aucune", "pas", "neant", "rien", "sans", "ni", "nul", "nulle", "absence", "jamais", "no"];

/// Groups of words that say that a question does not apply. Folded, and without anything that carries more.
const NOT_CONCERNED: &[&str] = &[
    "sans objet",
    "non concerne",
    "non concernee",
    "pas concerne",
    "pas concernee",
    "non applicable",
    "pas applicable",
];

/// Words that carry nothing by themselves beside a denial.
const FILLERS: &[&str] = &[
    "l",
    "le",
    "la",
    "les",
    "d",
    "de",
    "du",
    "des",
    "un",
    "une",
    "n",
    "ne",
    "y",
    "a",
    "il",
    "en",
    "ce",
    "cette",
    "au",
    "aux",
    "par",
    "pour",
    "avec",
    "nous",
    "avons",
    "notre",
    "est",
    "projet",
    "commune",
    "collectivite",
    "objet",
    "concerne",
    "concernee",
    "applicable",
    "reponse",
    "cas",
    "dans",
    "disposons",
    "dispose",
    "beneficie",
    "soutien",
    "soutenu",
    "soutient",
    "accompagne",
    "porte",
    "partenaire",
    "sur",
    "entre",
];

/// Words and groups of words after which an answer is for a person: not yet, perhaps, looked for, over, elsewhere.
const RESERVES: &[&str] = &[
    "encore",
    "mise en relation",
    "mettre en relation",
    "sollicite",
    "sollicitee",
    "interesse",
    "interesses",
    "interessee",
    "demande",
    "demandee",
    "venir",
    "tard",
    "ulterieur",
    "ulterieurement",
    "indetermine",
    "indeterminee",
    "voir",
    "cf",
    "idem",
    "piece jointe",
    "ci joint",
    "annexe",
    "vrai",
    "faux",
    "vide",
    "zero",
    "manquant",
    "inexistant",
    "inexistante",
    "personne",
    "cours",
    "futur",
    "future",
    "bientot",
    "peut",
    "etre",
    "eventuel",
    "eventuelle",
    "eventuellement",
    "possible",
    "possiblement",
    "definir",
    "determiner",
    "preciser",
    "confirmer",
    "completer",
    "identifier",
    "trouver",
    "recherche",
    "cherche",
    "cherchons",
    "prevu",
    "prevue",
    "envisage",
    "envisagee",
    "pressenti",
    "pressentie",
    "attente",
    "discussion",
    "hypothese",
    "souhait",
    "souhaite",
    "souhaitee",
    "souhaites",
    "souhaitees",
    "souhaitons",
    "inconnu",
    "inconnue",
    "sais",
    "na",
    "nd",
    "nc",
];

/// What a question is about. All words are folded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// The words of the question itself, which name nothing.
    pub topic: &'static [&'static str],
    /// Words and groups of words that leave this question open, beside the common ones.
    pub reserves: &'static [&'static str],
    /// Groups of words that sound like a denial or a reserve and are none here.
    pub harmless: &'static [&'static str],
}

/// The least letters of an answer of one word that can be a name: shorter ones are abbreviations of anything.
const LEAST_LETTERS: usize = 4;

/// Reads an answer.
pub(super) fn read(text: &str, question: &Question) -> Meaning {
    let folded = fold(text);
    let split = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    // Between spaces, so that a group of words is found as such.
    let mut spaced = format!(" {} ", split.collect::<Vec<_>>().join(" "));
    for phrase in question.harmless {
        spaced = spaced.replace(&format!(" {phrase} "), " ");
    }
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.is_empty() {
        return Meaning::Empty;
    }
    let is = |list: &[&str], word: &str| list.contains(&word);
    let denials: Vec<&str> = words.iter().copied().filter(|word| is(DENIALS, word)).collect();
    let carries_nothing = |word: &&str| is(DENIALS, word) || is(FILLERS, word) || is(question.topic, word);
    let named = words.iter().any(|word| !carries_nothing(word) && *word != "oui" && word.chars().count() > 1);
    let reserved = |phrases: &[&str]| phrases.iter().any(|phrase| spaced.contains(&format!(" {phrase} ")));
    let is_open = text.contains('?')
        || reserved(RESERVES)
        || reserved(question.reserves)
        || is_to_be_done(&words)
        || is_short(&words);
    let agrees = words.contains(&"oui");
    // « Non sans », « pas sans »: two denials may make a yes.
    let doubly = denials.contains(&"sans") && denials.len() > 1;
    match (denials.is_empty(), is_open || doubly) {
        (false, false) if !named && !agrees && reserved(NOT_CONCERNED) => Meaning::NotConcerned,
        (false, false) if !named && !agrees => Meaning::No,
        (true, false) if named => Meaning::Named,
        (true, false) if agrees => Meaning::Yes,
        _ => Meaning::Unclear,
    }
}

/// Whether an answer says one thing of each group, in so many words, and nothing that speaks against it.
pub(super) fn says(text: &str, groups: &[&[&str]], question: &Question) -> bool {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut rest = format!(" {} ", words.join(" "));
    // The longest first: what denies in a longer group of words is a part of it.
    for group in groups.iter().rev() {
        let mut phrases = group.to_vec();
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        let Some(phrase) = phrases.into_iter().find(|phrase| rest.contains(&format!(" {phrase} "))) else {
            return false;
        };
        rest = rest.replacen(&format!(" {phrase} "), " ", 1);
    }
    let speaks_against = |phrase: &&str| rest.contains(&format!(" {phrase} "));
    let left: Vec<&str> = rest.split_whitespace().collect();
    !text.contains('?')
        && !DENIALS.iter().chain(RESERVES).chain(question.reserves).any(speaks_against)
        && !is_to_be_done(&left)
}

/// « À définir », « à choisir », « à voir »: nothing is there yet.
fn is_to_be_done(words: &[&str]) -> bool {
    let infinitive = |word: &str| word.ends_with("er") || word.ends_with("ir");
    words.iter().zip(words.iter().skip(1)).any(|(first, second)| *first == "a" && infinitive(second))
}

/// « RAS », « NSP », « OK »: one short word that says neither yes nor no.
fn is_short(words: &[&str]) -> bool {
    match words {
        [only] => only.chars().count() < LEAST_LETTERS && *only != "oui" && !DENIALS.contains(only),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUESTION: Question = Question {
        topic: &["laboratoire", "labo", "innovation", "territoriale", "lab"],
        reserves: &["recrutement", "en projet"],
        harmless: &["non encore ouvert"],
    };

    fn answer(text: &str) -> Meaning {
        read(text, &QUESTION)
    }

    #[test]
    fn a_plain_denial_is_a_no() {
        for text in [
            "Aucun",
            "aucune.",
            "NON",
            "Néant",
            "Sans",
            "pas de laboratoire",
            "Rien",
            "Pas de labo d’innovation territoriale",
            "Il n’y a pas de laboratoire.",
            "Non, aucun",
            "Aucun laboratoire ne soutient le projet",
            "absence de laboratoire",
            "Le projet n’est pas soutenu par un laboratoire",
        ] {
            assert_eq!(answer(text), Meaning::No, "{text}");
        }
    }

    #[test]
    fn that_the_question_does_not_apply_is_no_plain_denial() {
        for text in ["sans objet", "Sans objet.", "Non concerné", "non applicable", "Le projet n’est pas concerné"]
        {
            assert_eq!(answer(text), Meaning::NotConcerned, "{text}");
        }
    }

    #[test]
    fn an_answer_says_what_it_says_in_so_many_words() {
        const GROUPS: &[&[&str]] = &[&["signe"], &["non encore finance", "non encore finance en totalite"]];
        for text in ["CTE signé, non encore financé en totalité", "Contrat de ville (signé) : non encore financé"]
        {
            assert!(says(text, GROUPS, &QUESTION), "{text}");
        }
        for text in [
            "CTE signé",
            "non encore financé",
            "CTE non signé, non encore financé",
            "CTE signé, non encore financé ?",
            "CTE bientôt signé, non encore financé",
            "CTE signé, non encore financé, en projet",
            "à signer ; signé plus tard ; non encore financé",
        ] {
            assert!(!says(text, GROUPS, &QUESTION), "{text}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_for_a_person() {
        for text in [
            "Non, mais le Lab 77 pourrait nous aider",
            "pas encore",
            "Aucun à ce stade",
            "à définir",
            "En cours de recherche",
            "non sans le Lab 77",
            "oui et non",
            "Lab 77 ?",
            "peut-être le Lab 77",
            "laboratoire",
            "un laboratoire",
            "notre labo",
            "Laboratoire pressenti : Lab 77",
            "n/a",
            "ND",
            "x",
            "Aucun labo identifié",
            "recrutement du Lab 77",
            "Lab 77, sans convention",
            "Mise en relation demandée à la préfecture",
            "À mettre en relation avec un laboratoire",
            "Nous sommes intéressés",
            "À voir",
            "à désigner",
            "À choisir avec la préfecture",
            "Plus tard",
            "voir dossier",
            "cf. pièce jointe",
            "RAS",
            "S.O.",
            "NSP",
            "OK",
            "Inexistant",
            "Lab 77, en projet",
        ] {
            assert_eq!(answer(text), Meaning::Unclear, "{text}");
        }
    }

    #[test]
    fn a_name_a_yes_and_nothing_are_told_apart() {
        for text in [
            "Lab 77",
            "Ti Lab",
            "Le Labo d’essai",
            "Laboratoire d’innovation territoriale « SIILAB »",
            "Oui, le Lab 77",
            "Le projet du Lab 77",
            "Lab 77, non encore ouvert",
            "Laboratoire installé à Nanterre",
        ] {
            assert_eq!(answer(text), Meaning::Named, "{text}");
        }
        assert_eq!(answer("Oui."), Meaning::Yes);
        assert_eq!(answer("Oui, un laboratoire"), Meaning::Yes);
        for text in ["", "  ", "-", "…", "/"] {
            assert_eq!(answer(text), Meaning::Empty, "{text}");
        }
        assert_eq!(answer("???"), Meaning::Empty);
    }

    proptest! {
        #[test]
        fn no_answer_with_a_denial_is_a_name_or_a_yes(before in "[a-zé ]{0,12}", after in "[a-zé ]{0,12}", at in 0..DENIALS.len()) {
            let said = answer(&format!("{before} {} {after}", DENIALS[at]));
            prop_assert!(matches!(said, Meaning::No | Meaning::NotConcerned | Meaning::Unclear), "{said:?}");
        }
    }
}
