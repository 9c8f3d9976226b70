//! The codes that answers are turned into, with the plain French names that stand for them without configuration.

use crate::domain::fact::{FactName, FactType, NATURES, ORIGINS};
use crate::domain::text::fold;
use crate::territory;

use super::config::Values;
use super::words::{Words, is_any};

/// A set of codes that an answer may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// The codes of a fact with choices.
    Fact(FactName),
    /// The nature of an expense.
    Nature,
    /// The origin of a publisher.
    Origin,
    /// `oui` and `non`.
    YesNo,
    /// Codes of départements.
    Departement,
    /// INSEE codes of communes.
    Insee,
}

/// A code with what people call it.
pub(super) struct Term {
    /// The code.
    pub(super) code: &'static str,
    /// Names that mean this code and nothing else, folded.
    pub(super) names: &'static [&'static str],
    /// Ways, as in [`super::words`], by which [`super::propose()`] recognises an option; a person reviews them.
    pub(super) ways: &'static [&'static str],
    /// Patterns of words with which an option does not mean this code, whatever else it says.
    pub(super) never: &'static str,
}

const fn term(code: &'static str, names: &'static [&'static str], ways: &'static [&'static str]) -> Term {
    Term { code, names, ways, never: "" }
}

impl Term {
    const fn never(self, never: &'static str) -> Self {
        Self { never, ..self }
    }
}

const YES_NO: &[Term] =
    &[term("oui", &["yes", "true"], &["oui"]), term("non", &["no", "false"], &["non", "pas", "aucun*"])];

/// What is no commune, or instructs through a centre.
const NO_AUTONOMOUS_COMMUNE: &str = "communaute syndicat syndical* epci groupement metropole agglomeration departement region rattache membre \
    adherent* association interco* pays petr regroup* ept union consortium pole plusieurs";

const APPLICANT_TYPE: &[Term] = &[
    term(
        "centre_instructeur",
        &["centre instructeur mutualise", "service instructeur", "service instructeur mutualise"],
        &["centre|service instruct*", "mutualis*"],
    )
    .never("sans non pas rattache adherent* hors"),
    term("commune_autonome", &[], &["autonome", "commune"]).never(NO_AUTONOMOUS_COMMUNE),
];

const THEME: &[Term] = &[
    term("1", &["theme 1", "thematique 1"], &["expert*"]),
    term("2", &["theme 2", "thematique 2"], &["formation|former"]),
    term("3", &["theme 3", "thematique 3"], &["relation usager|utilisateur|citoyen", "usager"]),
    term("4", &["theme 4", "thematique 4", "demat ads", "demat.ads"], &["demat", "urbanisme"]),
];

const EQUIPMENT_PURPOSE: &[Term] = &[
    term("accessibility", &["accessibilite", "accessibilite numerique"], &["accessib*"]),
    term("training", &["formation", "formation numerique", "formation numerique des agents"], &["formation|former"]),
    term("other", &["autre"], &["autre"]),
];

const SERVICE: &[Term] =
    &[term("franceconnect", &["france connect"], &["franceconnect", "france connect"]), term("api", &[], &["api"])];

const SUPPORT: &[Term] = &[
    term("expertise", &["expertise numerique"], &["expert*"]),
    term("training", &["formation", "formations"], &["formation"]),
    term("lab", &["laboratoire", "laboratoire d innovation territoriale"], &["laboratoire|labo|lab"]),
];

const FRAMEWORK: &[Term] = &[
    term("collectivite", &["collectivite contractante"], &["contractant", "collectivite contracte", "collectivite"]),
    term("common", &["commun", "projet commun"], &["commun", "plusieurs", "mutualise", "partage"]),
];

const NATURE: &[Term] = &[
    term("software", &["logiciel", "logiciels"], &["logiciel", "licence", "progiciel"]),
    term(
        "services",
        &[
            "prestation",
            "prestations",
            "prestation de service",
            "prestations de service",
            "prestations intellectuelles",
        ],
        &["prestation", "service", "assistance", "amo", "etude"],
    ),
    term("training", &["formation", "formations"], &["formation"]),
    term("equipment", &["equipement", "equipements", "materiel", "materiels"], &["equipement", "materiel"]),
    term("payroll", &["masse salariale", "salaires"], &["salarial*", "salaire", "personnel"]),
    term("other", &["autre", "autres"], &["autre"]),
];

/// "Hors de France" may be in the Union.
const ORIGIN: &[Term] = &[
    term("non_eu", &["hors ue", "hors union europeenne"], &["hors|non|extra ue|union|europe*", "extraeurope*"]),
    term("eu", &["ue", "union europeenne"], &["union", "ue", "europe*", "france"]).never("hors non extra* autre pas"),
    term("none", &["sans objet", "non concerne"], &["sans objet", "non concerne", "aucun*"]),
];

impl Vocabulary {
    /// The vocabulary of a fact; none when its values are not codes.
    pub(super) const fn of(fact: FactName) -> Option<Self> {
        match fact.fact_type() {
            FactType::Choice(_) | FactType::Choices(_) => Some(Self::Fact(fact)),
            FactType::YesNo => Some(Self::YesNo),
            FactType::Departements => Some(Self::Departement),
            FactType::Communes => Some(Self::Insee),
            _ => None,
        }
    }

    /// The vocabulary of a column of the expenses; none for amounts and dates.
    pub(super) fn of_expense_column(column: &str) -> Option<Self> {
        match column {
            "nature" => Some(Self::Nature),
            "origin" => Some(Self::Origin),
            _ => None,
        }
    }

    /// The codes with their names; empty for codes of the territory.
    pub(super) const fn terms(self) -> &'static [Term] {
        match self {
            Self::YesNo => YES_NO,
            Self::Nature => NATURE,
            Self::Origin => ORIGIN,
            Self::Fact(FactName::ApplicantType) => APPLICANT_TYPE,
            Self::Fact(FactName::Theme) => THEME,
            Self::Fact(FactName::EquipmentPurpose) => EQUIPMENT_PURPOSE,
            Self::Fact(FactName::Service) => SERVICE,
            Self::Fact(FactName::SupportWanted) => SUPPORT,
            Self::Fact(FactName::ProjectFramework) => FRAMEWORK,
            Self::Fact(_) | Self::Departement | Self::Insee => &[],
        }
    }

    /// Whether a code belongs to the vocabulary. INSEE codes are judged by their shape: new ones appear every year.
    pub(super) fn has(self, code: &str) -> bool {
        match self {
            Self::Fact(fact) => match fact.fact_type() {
                FactType::Choice(codes) | FactType::Choices(codes) => codes.contains(&code),
                _ => false,
            },
            Self::Nature => NATURES.contains(&code),
            Self::Origin => ORIGINS.contains(&code),
            Self::YesNo => matches!(code, "oui" | "non"),
            Self::Departement => territory::departement(code).is_some(),
            Self::Insee => is_insee_code(code),
        }
    }

    /// What the codes are, for messages.
    pub(super) fn described(self) -> String {
        match self {
            Self::Fact(fact) => match fact.fact_type() {
                FactType::Choice(codes) | FactType::Choices(codes) => codes.join(", "),
                _ => String::new(),
            },
            Self::Nature => NATURES.join(", "),
            Self::Origin => ORIGINS.join(", "),
            Self::YesNo => "oui, non".to_owned(),
            Self::Departement => "un code de département, par exemple 77".to_owned(),
            Self::Insee => "un code INSEE de commune, par exemple 77186".to_owned(),
        }
    }

    /// The code that an answer stands for: by the configuration's `values`, else the code itself, else a plain name.
    pub(super) fn decode(self, values: &Values, answer: &str) -> Option<String> {
        let folded = fold(answer);
        if let Some(code) = values.code(&folded) {
            return Some(code.to_owned());
        }
        let terms = self.terms().iter();
        terms
            .filter(|term| fold(term.code) == folded || term.names.contains(&folded.as_str()))
            .map(|term| term.code.to_owned())
            .next()
    }
}

impl Vocabulary {
    /// Whether an answer has words with which it cannot mean a code: a syndicat is no autonomous commune.
    pub(super) fn denies(self, code: &str, answer: &str) -> bool {
        let words = Words::of(answer);
        let term = self.terms().iter().find(|term| term.code == code);
        term.is_some_and(|term| words.telling().iter().any(|word| is_any(word, term.never)))
    }
}

/// Whether a text has the shape of an INSEE code of a commune: five digits, or `2A`, `2B` and three.
pub(super) fn is_insee_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 5
        && bytes.iter().enumerate().all(|(at, byte)| byte.is_ascii_digit() || at == 1 && matches!(byte, b'A' | b'B'))
        && (bytes.get(1).is_some_and(u8::is_ascii_digit) || bytes.first() == Some(&b'2'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabularies() -> Vec<Vocabulary> {
        let facts = FactName::ALL.iter().filter_map(|fact| Vocabulary::of(*fact));
        facts.chain([Vocabulary::Nature, Vocabulary::Origin]).collect()
    }

    #[test]
    fn every_code_of_a_list_has_a_term_and_every_term_a_code() {
        for vocabulary in vocabularies() {
            for term in vocabulary.terms() {
                assert!(vocabulary.has(term.code), "{vocabulary:?} {}", term.code);
                assert_eq!(vocabulary.decode(&Values::default(), term.code).as_deref(), Some(term.code));
                assert!(term.names.iter().all(|name| fold(name) == *name), "{:?}", term.names);
            }
            if let Vocabulary::Fact(fact) = vocabulary
                && let FactType::Choice(codes) | FactType::Choices(codes) = fact.fact_type()
            {
                assert_eq!(vocabulary.terms().len(), codes.len(), "{fact}");
            }
        }
        assert_eq!(NATURE.len(), NATURES.len());
        assert_eq!(ORIGIN.len(), ORIGINS.len());
    }

    #[test]
    fn no_name_means_two_codes() {
        for vocabulary in vocabularies() {
            let names = vocabulary.terms().iter().flat_map(|term| term.names);
            for name in names {
                let owners = vocabulary.terms().iter().filter(|term| term.names.contains(name)).count();
                assert_eq!(owners, 1, "{vocabulary:?} {name}");
            }
        }
    }

    #[test]
    fn insee_codes_are_told_by_their_shape() {
        for (text, expected) in [("77186", true), ("2A004", true), ("1A004", false), ("2C004", false), ("7718", false)]
        {
            assert_eq!(is_insee_code(text), expected, "{text}");
        }
    }
}
