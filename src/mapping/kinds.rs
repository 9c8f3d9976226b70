//! Which kinds of champ can hold which type of fact, the most fitting first.

use crate::domain::fact::FactType;
use crate::domain::form::Descriptor;

use super::parse::may_have_column;

const WORDS: &[&str] = &["Text", "Textarea", "Formatted", "Referentiel"];
const CHOICE: &[&str] =
    &["DropDownList", "MultipleDropDownList", "LinkedDropDownList", "YesNo", "Checkbox", "IntegerNumber"];
const CHOICES: &[&str] = &["MultipleDropDownList", "DropDownList", "LinkedDropDownList", "IntegerNumber"];
const YES_NO: &[&str] = &["YesNo", "Checkbox", "DropDownList"];
const COMMUNES: &[&str] =
    &["Commune", "MultipleDropDownList", "DropDownList", "LinkedDropDownList", "Address", "Siret"];
const DEPARTEMENTS: &[&str] =
    &["Departement", "DropDownList", "MultipleDropDownList", "LinkedDropDownList", "Commune", "Epci", "Address"];
const FILES: &[&str] = &["PieceJustificative"];
const REPETITION: &[&str] = &["Repetition"];
const AMOUNT: &[&str] = &["DecimalNumber", "IntegerNumber", "Number", "DropDownList"];
const INTEGER: &[&str] = &["IntegerNumber", "DecimalNumber", "Number", "DropDownList"];
const DATE: &[&str] = &["Date", "Datetime"];
const TEXT: &[&str] = &[
    "DropDownList",
    "MultipleDropDownList",
    "LinkedDropDownList",
    "YesNo",
    "Checkbox",
    "EngagementJuridique",
    "IntegerNumber",
    "DecimalNumber",
    "Number",
    "Date",
    "Datetime",
    "Commune",
    "Departement",
    "Region",
    "Pays",
    "Epci",
    "Address",
    "Siret",
    "RNA",
    "RNF",
    "Email",
    "Phone",
    "Civilite",
    "Iban",
    "AnnuaireEducation",
    "COJO",
    "DossierLink",
];
/// Known, and never of use to a mapping.
const USELESS: &[&str] =
    &["HeaderSection", "Explication", "Carte", "TitreIdentite", "Cnaf", "Dgfip", "Mesri", "PoleEmploi"];

/// How well a champ of the form can hold a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It can; the smaller, the more natural.
    Yes(usize),
    /// It cannot.
    No,
    /// A kind that this version does not know: only its text can be read.
    Unknown,
}

/// The kinds, other than free text, that one champ holding such a fact may have.
const fn structured(fact_type: FactType) -> &'static [&'static str] {
    match fact_type {
        FactType::Choice(_) => CHOICE,
        FactType::Choices(_) => CHOICES,
        FactType::Communes => COMMUNES,
        FactType::Files => FILES,
        FactType::Expenses => REPETITION,
        FactType::Amount => AMOUNT,
        FactType::Integer | FactType::Scores => INTEGER,
        FactType::Date => DATE,
        FactType::YesNo => YES_NO,
        FactType::Departements => DEPARTEMENTS,
        FactType::Text => TEXT,
    }
}

/// Whether free text can be read as such a fact.
const fn takes_words(fact_type: FactType) -> bool {
    !matches!(fact_type, FactType::Files | FactType::Expenses)
}

/// Whether one champ, by itself, can hold a fact.
pub(super) fn fit(fact_type: FactType, descriptor: &Descriptor) -> Fit {
    let kind = descriptor.kind();
    let (words, structured) = (WORDS.iter(), structured(fact_type).iter());
    // For a fact that is a text, a text is the most natural; for the others it is the last resort.
    let mut kinds: Vec<&&str> =
        if fact_type == FactType::Text { words.chain(structured).collect() } else { structured.chain(words).collect() };
    if !takes_words(fact_type) {
        kinds.retain(|kind| !WORDS.contains(kind));
    }
    if let Some(rank) = kinds.iter().position(|known| **known == kind) {
        return Fit::Yes(rank);
    }
    if is_known(kind) { Fit::No } else { Fit::Unknown }
}

/// Whether a fact can be gathered from a column of a repetition, or is one.
pub(super) fn takes_rows(fact_type: FactType) -> bool {
    may_have_column(fact_type) || matches!(fact_type, FactType::Expenses | FactType::Scores)
}

fn is_known(kind: &str) -> bool {
    [WORDS, CHOICE, COMMUNES, DEPARTEMENTS, FILES, REPETITION, AMOUNT, DATE, TEXT, USELESS]
        .iter()
        .any(|kinds| kinds.contains(&kind))
}

/// The type of fact that a column of the expenses holds.
pub(super) fn of_expense_column(column: &str) -> FactType {
    match column {
        "amount" => FactType::Amount,
        "date" => FactType::Date,
        _ => FactType::Choice(&[]),
    }
}

/// The kinds of champ that fit, as the administration of DS calls them.
pub(super) const fn described(fact_type: FactType) -> &'static str {
    match fact_type {
        FactType::Choice(_) => "une liste de choix, oui/non, ou un texte qui dit le code",
        FactType::Choices(_) => "une liste de choix, simple ou multiple, ou un texte qui dit les codes",
        FactType::Communes => {
            "un bloc répétable de champs commune, un choix multiple, ou un texte avec des codes INSEE"
        }
        FactType::Files => "une pièce justificative",
        FactType::Expenses => "un bloc répétable avec les colonnes nature, montant, origine et date",
        FactType::Amount => "un nombre décimal ou entier, ou un texte",
        FactType::Integer => "un nombre entier, ou un texte",
        FactType::Date => "une date, ou un texte JJ/MM/AAAA",
        FactType::YesNo => "oui/non, une case à cocher, ou une liste de choix",
        FactType::Departements => "un département, une liste de choix, une commune, ou un texte",
        FactType::Text => "un texte, une liste de choix, oui/non",
        FactType::Scores => "un nombre entier par critère, ou un bloc répétable d’une ligne",
    }
}

/// A kind of champ as the administration of DS calls it; the name of the API for the rarer ones.
pub(super) fn in_french(descriptor: &Descriptor) -> &str {
    match descriptor.kind() {
        "Text" => "texte court",
        "Textarea" => "texte long",
        "DropDownList" => "choix simple",
        "MultipleDropDownList" => "choix multiple",
        "LinkedDropDownList" => "deux menus déroulants liés",
        "YesNo" => "oui/non",
        "Checkbox" => "case à cocher",
        "IntegerNumber" => "nombre entier",
        "DecimalNumber" => "nombre décimal",
        "Date" => "date",
        "Datetime" => "date et heure",
        "PieceJustificative" => "pièce justificative",
        "Repetition" => "bloc répétable",
        "Commune" => "commune",
        "Departement" => "département",
        "Region" => "région",
        "Address" => "adresse",
        "Siret" => "SIRET",
        "EngagementJuridique" => "engagement juridique",
        "HeaderSection" => "titre de section",
        "Explication" => "explication",
        "Carte" => "carte",
        "Number" => "nombre",
        "Formatted" => "texte d’une forme imposée",
        "Email" => "adresse électronique",
        "Phone" => "téléphone",
        "Civilite" => "civilité",
        "Iban" => "IBAN",
        "Pays" => "pays",
        "DossierLink" => "lien vers un autre dossier",
        "TitreIdentite" => "titre d’identité",
        "AnnuaireEducation" => "annuaire de l’éducation",
        "Epci" => "EPCI",
        "COJO" => "numéro d’accréditation COJO",
        "RNA" => "numéro RNA",
        "RNF" => "numéro RNF",
        "Referentiel" => "référentiel",
        "Cnaf" => "données de la CNAF",
        "Dgfip" => "données de la DGFiP",
        "Mesri" => "données d’inscription d’un étudiant",
        "PoleEmploi" => "données de France Travail",
        kind => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::descriptor;

    #[test]
    fn every_kind_that_is_known_has_a_name_in_french() {
        let lists = [WORDS, CHOICE, CHOICES, COMMUNES, DEPARTEMENTS, FILES, REPETITION, AMOUNT, DATE, TEXT, USELESS];
        for kind in lists.into_iter().flatten() {
            assert_ne!(in_french(&descriptor("x", "x", kind)), *kind);
        }
    }

    #[test]
    fn the_natural_kind_ranks_first() {
        for (fact_type, natural) in [
            (FactType::Text, "Text"),
            (FactType::Amount, "DecimalNumber"),
            (FactType::YesNo, "YesNo"),
            (FactType::Expenses, "Repetition"),
        ] {
            assert_eq!(fit(fact_type, &descriptor("a", "A", natural)), Fit::Yes(0));
        }
        assert_eq!(fit(FactType::Amount, &descriptor("a", "A", "EngagementJuridique")), Fit::No);
        assert_eq!(fit(FactType::Files, &descriptor("a", "A", "Text")), Fit::No);
        assert_eq!(fit(FactType::Date, &descriptor("a", "A", "QuotientFamilial")), Fit::Unknown);
    }
}
