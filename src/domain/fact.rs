//! Facts: what the rules read of a dossier, independent of the form it was filed on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::champ::{AttachedFile, ChampKind};
use super::journal::Target;
use super::money::Cents;
use super::programme::Programme::{self, Axe2V1, Axe2V2, Axe2V3, Axe2V4, Axe3V1, Axe3V1Ads, Axe3V2};
use super::text::{counted, quoted};

/// The type of a fact: which champs can hold it and how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactType {
    /// One of these codes.
    Choice(&'static [&'static str]),
    /// Several of these codes.
    Choices(&'static [&'static str]),
    /// Communes, by INSEE code.
    Communes,
    /// Attached files.
    Files,
    /// Rows of nature, amount, origin and date.
    Expenses,
    /// Money, exact.
    Amount,
    /// A whole number.
    Integer,
    /// A day.
    Date,
    /// Yes or no.
    YesNo,
    /// Départements, by code.
    Departements,
    /// Free text; a yes/no champ is read as `oui` or `non`.
    Text,
    /// A mark for each criterion, whole numbers.
    Scores,
}

/// The columns that an `expenses` row may have.
pub const EXPENSE_COLUMNS: [&str; 4] = ["nature", "amount", "origin", "date"];
/// The codes of the nature of an expense.
pub const NATURES: [&str; 6] = ["software", "services", "training", "equipment", "payroll", "other"];
/// The codes of the origin of a publisher.
pub const ORIGINS: [&str; 3] = ["eu", "non_eu", "none"];
/// The selection criteria of axe 3, as keys of the `scores` fact.
pub const CRITERIA: [&str; 5] = ["portage", "equipe", "impact", "extension", "impact_direct"];

macro_rules! facts {
    ($($variant:ident, $code:literal, $kind:expr, $programmes:expr, $label:literal;)+) => {
        /// The name of a fact, as in the configuration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "each has its French label in the table")]
        pub enum FactName { $($variant),+ }

        impl FactName {
            /// Every fact, in the order of the configuration's documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name as in the configuration.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }

            /// What people read.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }

            /// How it is read.
            #[must_use]
            pub const fn fact_type(self) -> FactType { match self { $(Self::$variant => $kind),+ } }

            /// The programmes that may use it.
            #[must_use]
            pub const fn programmes(self) -> &'static [Programme] { match self { $(Self::$variant => $programmes),+ } }
        }
    };
}

const ADS: &[Programme] = &[Axe3V1Ads];
const EVERY: &[Programme] = &Programme::ALL;
const AXE3: &[Programme] = &[Axe3V1, Axe3V2];
const AXES_2_3: &[Programme] = &[Axe2V1, Axe2V2, Axe2V3, Axe2V4, Axe3V1, Axe3V2];
const AXE3_V1: &[Programme] = &[Axe3V1];
const AXE3_V2: &[Programme] = &[Axe3V2];
const AXE2_V4: &[Programme] = &[Axe2V4];

facts! {
    ApplicantType, "applicant_type", FactType::Choice(&["centre_instructeur", "commune_autonome"]), ADS, "type de demandeur";
    AttachedCommunes, "attached_communes", FactType::Communes, ADS, "communes rattachées";
    Invoices, "invoices", FactType::Files, ADS, "factures";
    Expenses, "expenses", FactType::Expenses, EVERY, "lignes de dépenses";
    EligibleExpenses, "eligible_expenses", FactType::Amount, EVERY, "dépenses éligibles";
    Theme, "theme", FactType::Choices(&["1", "2", "3", "4"]), AXE3_V1, "thème";
    ProjectTitle, "project_title", FactType::Text, AXES_2_3, "titre du projet";
    ProjectSummary, "project_summary", FactType::Text, AXES_2_3, "résumé du projet";
    TotalCost, "total_cost", FactType::Amount, AXES_2_3, "coût total prévisionnel";
    RequestedAmount, "requested_amount", FactType::Amount, AXES_2_3, "montant demandé";
    ProjectStart, "project_start", FactType::Date, AXE3, "début du projet";
    ProjectEnd, "project_end", FactType::Date, AXE3, "fin du projet";
    AlreadyEngaged, "already_engaged", FactType::YesNo, AXE3, "projet déjà engagé";
    ProjectDepartement, "project_departement", FactType::Departements, AXE3, "département du projet";
    EquipmentPurpose, "equipment_purpose", FactType::Choice(&["accessibility", "training", "other"]), AXE3, "finalité des équipements";
    Lab, "lab", FactType::Text, AXE3_V2, "laboratoire d’innovation territoriale";
    StateContract, "state_contract", FactType::Text, AXE3_V2, "contrat avec l’État";
    Population, "population", FactType::Integer, EVERY, "population déclarée";
    Service, "service", FactType::Choice(&["franceconnect", "api"]), AXE2_V4, "service raccordé";
    TargetUsers, "target_users", FactType::Integer, AXE3, "usagers visés";
    AgentsTrained, "agents_trained", FactType::Integer, AXE3, "agents formés";
    SupportWanted, "support_wanted", FactType::Choices(&["expertise", "training", "lab"]), EVERY, "accompagnement souhaité";
    Feedback, "feedback", FactType::Text, EVERY, "retour d’expérience";
    RateException, "rate_exception", FactType::YesNo, AXE3_V1, "taux exceptionnel";
    GrantedAmount, "granted_amount", FactType::Amount, EVERY, "montant accordé";
    EngagedAmount, "engaged_amount", FactType::Amount, EVERY, "montant engagé";
    PaidAmount, "paid_amount", FactType::Amount, EVERY, "montant payé";
    CommitteeDate, "committee_date", FactType::Date, EVERY, "date de la commission";
    NotifiedOn, "notified_on", FactType::Date, EVERY, "date de notification";
    RegionInformedOn, "region_informed_on", FactType::Date, EVERY, "information de la région";
    AgreementOn, "agreement_on", FactType::Date, EVERY, "date de la convention";
    PaidOn, "paid_on", FactType::Date, EVERY, "date du paiement";
    ActivityReportOn, "activity_report_on", FactType::Date, EVERY, "bilan d’activité reçu le";
    EvaluatedOn, "evaluated_on", FactType::Date, EVERY, "évalué le";
    ProjectFramework, "project_framework", FactType::Choice(&["collectivite", "common"]), AXE3_V2, "cadre du projet";
    Ej, "ej", FactType::Text, EVERY, "engagement juridique";
    Scores, "scores", FactType::Scores, AXE3, "notes par critère";
}

impl FactName {
    /// Whether it is the préfecture that enters it, in an annotation, and not the applicant.
    #[must_use]
    pub const fn is_entered_by_the_prefecture(self) -> bool {
        matches!(
            self,
            Self::RateException
                | Self::GrantedAmount
                | Self::EngagedAmount
                | Self::PaidAmount
                | Self::CommitteeDate
                | Self::NotifiedOn
                | Self::RegionInformedOn
                | Self::AgreementOn
                | Self::PaidOn
                | Self::ActivityReportOn
                | Self::EvaluatedOn
                | Self::Ej
                | Self::Scores
        )
    }
}

/// A name that is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » n’est pas un nom de fait")]
pub struct UnknownFact(pub String);

impl FromStr for FactName {
    type Err = UnknownFact;
    fn from_str(code: &str) -> Result<Self, UnknownFact> {
        Self::ALL.iter().copied().find(|name| name.code() == code).ok_or_else(|| UnknownFact(code.to_owned()))
    }
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// The value of a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactValue {
    /// One code of the fact's list.
    Choice(String),
    /// Codes of the fact's list.
    Choices(BTreeSet<String>),
    /// Communes, in the order of the form; repeats are kept.
    Communes(Vec<CommuneRef>),
    /// Files.
    Files(Vec<AttachedFile>),
    /// Expense lines, in the order of the form.
    Expenses(Vec<ExpenseLine>),
    /// Money.
    Amount(Cents),
    /// A whole number.
    Integer(i64),
    /// A day.
    Date(Date),
    /// Yes or no.
    YesNo(bool),
    /// Codes of départements.
    Departements(Vec<String>),
    /// Text.
    Text(String),
    /// A mark a criterion.
    Scores(BTreeMap<String, i64>),
}

/// A commune as a form names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommuneRef {
    /// The INSEE code; none when the text gives no code that can be told.
    pub code: Option<String>,
    /// What the form says.
    pub text: String,
}

/// One line of expenses. What is not stated or cannot be read is `None`; the text is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExpenseLine {
    /// The row on the form, when it is a repetition.
    pub row_id: Option<String>,
    /// A code of [`NATURES`].
    pub nature: Option<String>,
    /// The nature as the form says it.
    pub nature_text: String,
    /// Negative for credit notes.
    pub amount: Option<Cents>,
    /// A code of [`ORIGINS`].
    pub origin: Option<String>,
    /// The day of the expense.
    pub date: Option<Date>,
    /// A part of it was not given by DS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// A column that it needs is badly designated in the configuration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub misplaced: bool,
}

/// Where a fact was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FactSource {
    /// Champ or annotation.
    pub kind: ChampKind,
    /// The id of the descriptor.
    pub descriptor_id: String,
    /// The label on the form.
    pub label: String,
}

/// A fact and where it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What was read.
    pub value: FactValue,
    /// Where.
    pub source: FactSource,
}

/// Why a fact is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Absence {
    /// The mapping does not say where it is.
    NotMapped,
    /// The mapping names a champ that the form does not have.
    NotOnForm {
        /// The name in the mapping.
        wanted: String,
    },
    /// The dossier does not show the champ: hidden by a condition, or left empty.
    Blank {
        /// The label of the champ.
        label: String,
    },
    /// There is an answer that cannot be read as this fact.
    Unreadable {
        /// The label of the champ.
        label: String,
        /// What is wrong, in French.
        reason: String,
    },
    /// There may be an answer on DS, which DS did not give here: nobody's omission.
    NotGiven {
        /// The label of the champ.
        label: String,
        /// What is wrong, in French.
        reason: String,
    },
    /// DS gave all there is, and the mapping does not say well enough where the fact is: the configuration is to be mended.
    Misplaced {
        /// The label of the champ.
        label: String,
        /// What is wrong, in French.
        reason: String,
    },
    /// It was erased, since DS erased the dossier.
    Erased,
}

impl Absence {
    /// Whether there is, or may be, an answer that is not known here: nothing may be concluded from its absence.
    #[must_use]
    pub const fn hides_an_answer(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::NotGiven { .. } | Self::Misplaced { .. })
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMapped => write!(f, "aucun champ ne lui est associé dans la configuration"),
            Self::NotOnForm { wanted } => write!(f, "le formulaire n’a pas de champ {}", quoted(wanted)),
            Self::Blank { label } => write!(f, "le champ {} est vide ou masqué", quoted(label)),
            Self::Unreadable { label, reason } => write!(f, "le champ {} est illisible : {reason}", quoted(label)),
            Self::NotGiven { label, reason } => write!(f, "le champ {} est à relire sur DS : {reason}", quoted(label)),
            Self::Misplaced { label, reason } => {
                write!(f, "le champ {} est mal désigné dans la configuration : {reason}", quoted(label))
            }
            Self::Erased => f.write_str(super::erasure::ERASED),
        }
    }
}

/// All that the mapping got out of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Facts {
    entries: BTreeMap<FactName, Entry>,
    /// What was odd about facts that could be read all the same, in French.
    pub remarks: Vec<Remark>,
    /// What people corrected in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// A digest of the answer, for the facts that could not be read or not without a remark: another answer is another fact,
    /// even when it cannot be read either.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unread: BTreeMap<FactName, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    Known(Fact),
    Missing(Absence),
}

/// A person's correction of a fact, applied or dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What it corrects: the fact, its column and its row.
    #[serde(flatten)]
    pub target: Target,
    /// What was read instead; none when the fact was missing.
    pub original: Option<String>,
    /// As the person wrote it.
    pub value: String,
    /// Who, when and why.
    pub by: String,
    /// The champ changed since: the correction no longer counts.
    pub dropped: bool,
}

/// Something odd that a person should know about a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The fact.
    pub fact: FactName,
    /// What is odd, in French.
    pub message: String,
}

impl Facts {
    /// Records what was read for a fact, or why nothing was.
    pub fn set(&mut self, name: FactName, outcome: Result<Fact, Absence>) {
        let entry = match outcome {
            Ok(fact) => Entry::Known(fact),
            Err(absence) => Entry::Missing(absence),
        };
        self.entries.insert(name, entry);
    }

    /// A fact, or why it is missing; a fact never set is [`Absence::NotMapped`].
    ///
    /// # Errors
    /// The [`Absence`].
    pub fn get(&self, name: FactName) -> Result<&Fact, &Absence> {
        match self.entries.get(&name) {
            Some(Entry::Known(fact)) => Ok(fact),
            Some(Entry::Missing(absence)) => Err(absence),
            None => Err(&Absence::NotMapped),
        }
    }

    /// The corrections of a fact that count.
    pub fn corrections_of(&self, name: FactName) -> impl Iterator<Item = &Correction> {
        self.corrections.iter().filter(move |correction| correction.target.fact == name && !correction.dropped)
    }

    /// The value of a fact, when there is one.
    #[must_use]
    pub fn value(&self, name: FactName) -> Option<&FactValue> {
        self.get(name).ok().map(|fact| &fact.value)
    }

    /// The facts that were read, in the order of the documentation.
    pub fn known(&self) -> impl Iterator<Item = (FactName, &Fact)> {
        self.entries.iter().filter_map(|(name, entry)| match entry {
            Entry::Known(fact) => Some((*name, fact)),
            Entry::Missing(_) => None,
        })
    }

    /// An amount.
    #[must_use]
    pub fn amount(&self, name: FactName) -> Option<Cents> {
        match self.value(name) {
            Some(FactValue::Amount(cents)) => Some(*cents),
            _ => None,
        }
    }

    /// A day.
    #[must_use]
    pub fn date(&self, name: FactName) -> Option<Date> {
        match self.value(name) {
            Some(FactValue::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn integer(&self, name: FactName) -> Option<i64> {
        match self.value(name) {
            Some(FactValue::Integer(number)) => Some(*number),
            _ => None,
        }
    }

    /// A code or a text.
    #[must_use]
    pub fn text(&self, name: FactName) -> Option<&str> {
        match self.value(name) {
            Some(FactValue::Choice(text) | FactValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The attached communes, as the form lists them.
    #[must_use]
    pub fn communes(&self, name: FactName) -> Option<&[CommuneRef]> {
        match self.value(name) {
            Some(FactValue::Communes(communes)) => Some(communes),
            _ => None,
        }
    }

    /// The expense lines.
    #[must_use]
    pub fn expenses(&self) -> Option<&[ExpenseLine]> {
        match self.value(FactName::Expenses) {
            Some(FactValue::Expenses(lines)) => Some(lines),
            _ => None,
        }
    }
}

/// What people read for a criterion of the `scores` fact.
fn criterion_label(code: &str) -> &str {
    match code {
        "portage" => "portage",
        "equipe" => "équipe projet",
        "impact" => "impact (utilisateurs cible)",
        "extension" => "modèle d’extension",
        "impact_direct" => "impact direct ou induit",
        code => code,
    }
}

/// What people read for the code of a choice; one without words of its own, such as the number of a theme, is read as it is.
fn choice_label(code: &str) -> &str {
    match code {
        "centre_instructeur" => "centre instructeur",
        "commune_autonome" => "commune autonome",
        "accessibility" => "accessibilité",
        "training" => "formation",
        "other" => "autre",
        "franceconnect" => "FranceConnect",
        "api" => "API",
        "expertise" => "expertise numérique",
        "lab" => "laboratoire",
        "collectivite" => "projet d’une collectivité contractante",
        "common" => "projet commun",
        code => code,
    }
}

/// For people. The codes that programs and persons write are another matter: nothing reads this back.
impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Choice(code) => f.write_str(choice_label(code)),
            Self::Choices(codes) => {
                f.write_str(&codes.iter().map(|code| choice_label(code)).collect::<Vec<_>>().join(", "))
            }
            Self::Communes(communes) => f.write_str(&counted(communes.len(), "commune", "communes")),
            Self::Files(files) => f.write_str(&counted(files.len(), "fichier", "fichiers")),
            Self::Expenses(lines) => f.write_str(&counted(lines.len(), "ligne", "lignes")),
            Self::Amount(cents) => write!(f, "{cents}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Date(date) => f.write_str(&super::instant::french_date(*date)),
            Self::YesNo(answer) => f.write_str(if *answer { "oui" } else { "non" }),
            Self::Departements(codes) => f.write_str(&codes.join(", ")),
            Self::Scores(scores) => {
                let marks: Vec<String> =
                    scores.iter().map(|(criterion, mark)| format!("{} {mark}", criterion_label(criterion))).collect();
                f.write_str(&marks.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for name in FactName::ALL {
            assert_eq!(name.code().parse::<FactName>(), Ok(*name));
            assert_eq!(serde_json::to_value(name).unwrap(), name.code());
        }
        assert!("attached_commune".parse::<FactName>().is_err());
    }

    #[test]
    fn values_are_shown_in_words() {
        for code in FactName::ALL.iter().flat_map(|name| match name.fact_type() {
            FactType::Choice(codes) | FactType::Choices(codes) => codes,
            _ => &[],
        }) {
            let label = choice_label(code);
            assert!(!label.contains('_') && (label != *code || code.parse::<u8>().is_ok()), "{code}");
        }
        assert!(CRITERIA.iter().all(|criterion| *criterion == "portage" || criterion_label(criterion) != *criterion));
        let scores = FactValue::Scores([("equipe".to_owned(), 4), ("portage".to_owned(), 3)].into());
        assert_eq!(scores.to_string(), "équipe projet 4, portage 3");
        assert_eq!(FactValue::Files(Vec::new()).to_string(), "0 fichier");
        assert_eq!(FactValue::Expenses(vec![ExpenseLine::default(); 2]).to_string(), "2 lignes");
    }

    #[test]
    fn a_fact_never_set_is_not_mapped() {
        let mut facts = Facts::default();
        assert_eq!(facts.get(FactName::Theme), Err(&Absence::NotMapped));
        facts.set(FactName::Theme, Err(Absence::Blank { label: "Thème".to_owned() }));
        assert_eq!(facts.value(FactName::Theme), None);
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
    }
}
