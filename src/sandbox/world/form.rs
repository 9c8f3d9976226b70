//! The form of a démarche: its questions, in order, each with the kind that the API calls its descriptor.

/// The number that a question keeps through every version of the form (API facts, 4.4).
pub type StableId = i64;

macro_rules! kinds {
    ($($variant:ident $descriptor:literal $champ:literal;)+) => {
        /// The kind of a question: the 41 descriptor types of the API, shown by 28 champ types.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each carries the names that the API gives it")]
        pub enum Kind { $($variant),+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The GraphQL type of the descriptor.
            #[must_use]
            pub const fn descriptor(self) -> &'static str {
                match self { $(Self::$variant => concat!($descriptor, "ChampDescriptor")),+ }
            }

            /// The GraphQL type of the champ, for a document that names it.
            #[must_use]
            pub const fn champ(self) -> &'static str {
                match self { $(Self::$variant => concat!($champ, "Champ")),+ }
            }
        }
    };
}

kinds! {
    Address "Address" "Address";
    AnnuaireEducation "AnnuaireEducation" "Text";
    Cojo "COJO" "Text";
    Carte "Carte" "Carte";
    Checkbox "Checkbox" "Checkbox";
    Civilite "Civilite" "Civilite";
    Cnaf "Cnaf" "Text";
    Commune "Commune" "Commune";
    Date "Date" "Date";
    Datetime "Datetime" "Datetime";
    DecimalNumber "DecimalNumber" "DecimalNumber";
    Departement "Departement" "Departement";
    Dgfip "Dgfip" "Text";
    DossierLink "DossierLink" "DossierLink";
    DropDownList "DropDownList" "DropDownList";
    Email "Email" "Text";
    EngagementJuridique "EngagementJuridique" "EngagementJuridique";
    Epci "Epci" "Epci";
    Explication "Explication" "Explication";
    Formatted "Formatted" "Text";
    HeaderSection "HeaderSection" "HeaderSection";
    Iban "Iban" "Text";
    IntegerNumber "IntegerNumber" "IntegerNumber";
    LinkedDropDownList "LinkedDropDownList" "LinkedDropDownList";
    Mesri "Mesri" "Text";
    MultipleDropDownList "MultipleDropDownList" "MultipleDropDownList";
    Number "Number" "Text";
    Pays "Pays" "Pays";
    Phone "Phone" "Text";
    PieceJustificative "PieceJustificative" "PieceJustificative";
    PoleEmploi "PoleEmploi" "Text";
    Rna "RNA" "RNA";
    Rnf "RNF" "RNF";
    Referentiel "Referentiel" "Text";
    Region "Region" "Region";
    Repetition "Repetition" "Repetition";
    Siret "Siret" "Siret";
    Text "Text" "Text";
    Textarea "Textarea" "Text";
    TitreIdentite "TitreIdentite" "TitreIdentite";
    YesNo "YesNo" "YesNo";
}

impl Kind {
    /// The champ type shown to a document without a fragment on [`Kind::champ`] (API facts, 4.3).
    #[must_use]
    pub const fn degraded_champ(self) -> &'static str {
        match self {
            Self::Address
            | Self::Commune
            | Self::Departement
            | Self::Region
            | Self::Pays
            | Self::DropDownList
            | Self::HeaderSection
            | Self::Explication => Self::Text.champ(),
            Self::YesNo => Self::Checkbox.champ(),
            Self::Datetime => Self::Date.champ(),
            _ => self.champ(),
        }
    }
}

/// A question as the built-in forms lay it out.
#[derive(Debug)]
pub struct Question {
    /// What the generator calls it; empty for those that it fills by kind alone.
    pub key: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Whether an answer is compulsory.
    pub required: bool,
    /// The choices of a list; `--…--` lines are the first level of a linked list.
    pub options: &'static [&'static str],
    /// The questions of a repetition.
    pub columns: &'static [Self],
}

impl Question {
    /// An optional question that the generator knows by a key.
    #[must_use]
    pub const fn new(key: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { key, label, kind, required: false, options: &[], columns: &[] }
    }

    /// A question that is filled, or left empty, by its kind.
    #[must_use]
    pub const fn side(label: &'static str, kind: Kind) -> Self {
        Self::new("", label, kind)
    }

    /// The same, compulsory.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same, with choices.
    #[must_use]
    pub const fn options(mut self, options: &'static [&'static str]) -> Self {
        self.options = options;
        self
    }

    /// The same, with the questions of each row.
    #[must_use]
    pub const fn columns(mut self, columns: &'static [Self]) -> Self {
        self.columns = columns;
        self
    }
}

/// A question of a démarche.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its number.
    pub stable_id: StableId,
    /// What the generator calls it.
    pub key: &'static str,
    /// What people read; may be changed by a new version of the form.
    pub label: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether an answer is compulsory.
    pub required: bool,
    /// The choices of a list.
    pub options: Vec<String>,
    /// The questions of a repetition.
    pub columns: Vec<Self>,
}

/// The fields of questions, numbered from `next` on.
pub(crate) fn fields(questions: &[Question], next: &mut StableId) -> Vec<Field> {
    questions
        .iter()
        .map(|question| {
            let stable_id = *next;
            *next += 1;
            Field {
                stable_id,
                key: question.key,
                label: question.label.to_owned(),
                kind: question.kind,
                required: question.required,
                options: question.options.iter().map(|&option| option.to_owned()).collect(),
                columns: fields(question.columns, next),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_kinds_are_the_41_descriptor_types_and_28_champ_types_of_the_api() {
        let descriptors: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.descriptor()).collect();
        let champs: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.champ()).collect();
        assert_eq!((descriptors.len(), champs.len()), (41, 28));
    }

    #[test]
    fn rows_are_numbered_after_their_repetition() {
        const COLUMNS: &[Question] = &[Question::side("Ligne", Kind::Text)];
        let questions =
            [Question::side("Tableau", Kind::Repetition).columns(COLUMNS), Question::side("Après", Kind::Text)];
        let fields = fields(&questions, &mut 100);
        assert_eq!((fields[0].stable_id, fields[0].columns[0].stable_id, fields[1].stable_id), (100, 101, 102));
    }
}
