//! The numbers, dates and settings of the guide, as dated data.
//!
//! Each is a series of values in a TOML file, one file a programme and region: `national/axe3-v1-ads.toml` holds for all,
//! `ile-de-france/axe3-v1-ads.toml` for that région alone. Another région has no value of these until its own file gives
//! them: nothing is borrowed from a neighbour. An operator's own file says more about the same names: on the days its values
//! are valid they replace the built-in ones. What a parameter is called and measured in is fixed here; what it is worth is
//! only ever in a file, and a day without value is a day on which no rule guesses.

mod error;
mod file;
mod series;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;

pub use error::ParameterError;
pub(super) use file::{Written, not_tables, read_written};
use value::Word;
pub(super) use value::show_share;
pub use value::{Unit, Value};

use crate::domain::programme::Programme;
use crate::domain::verdict::ParameterRead;
use crate::rules::guide;
use crate::toml_text::Mistake;

/// A file built in.
struct Builtin {
    /// The région that it is for; none: all of them.
    region: Option<&'static str>,
    file: &'static str,
    text: &'static str,
}

macro_rules! builtin {
    ($($region:expr, $file:literal;)+) => {
        const BUILTIN: &[Builtin] = &[$(Builtin { region: $region, file: $file, text: include_str!($file) }),+];
    };
}

const ILE_DE_FRANCE: Option<&str> = Some("11");

builtin! {
    None, "national/axe2.toml";
    None, "national/axe3.toml";
    None, "national/axe3-v1-ads.toml";
    ILE_DE_FRANCE, "ile-de-france/axe3-v1.toml";
    ILE_DE_FRANCE, "ile-de-france/axe3-v1-ads.toml";
    ILE_DE_FRANCE, "ile-de-france/axe3-v2.toml";
}

macro_rules! parameters {
    ($($variant:ident, $code:literal, $unit:expr, $used_by:ident, $set_for:ident, $label:literal;)+) => {
        /// The name of a parameter, as in the files.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each has its French label in the table")]
        pub enum ParameterName { $($variant),+ }

        impl ParameterName {
            /// Every parameter.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name as in the files.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Self::$variant => $code),+ } }

            /// What people read.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $(Self::$variant => $label),+ } }

            /// What it is measured in.
            #[must_use]
            pub const fn unit(self) -> Unit { match self { $(Self::$variant => $unit),+ } }

            pub(super) const fn used_by(self) -> UsedBy { match self { $(Self::$variant => UsedBy::$used_by),+ } }

            pub(super) const fn set_for(self) -> SetFor { match self { $(Self::$variant => SetFor::$set_for),+ } }
        }
    };
}

/// Who uses a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsedBy {
    /// At least one rule.
    Rules,
    /// Reports of volet 1 alone.
    Reports,
}

/// Whether a parameter has one value, or one for each département.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetFor {
    /// One value for all.
    Everywhere,
    /// One value for each département.
    EachDepartement,
}

const DEADLINE_DAY: &[Word] =
    &[Word::new("unset", "à vérifier"), Word::new("included", "recevable"), Word::new("excluded", "hors délai")];
const CALL: &[Word] =
    &[Word::new("closed", "aucun"), Word::new("open", "ouvert"), Word::new("edge", "début ou fin, jour non précisé")];

parameters! {
    AdsDeadline, "ads_deadline", Unit::Day, Rules, Everywhere, "date limite de dépôt Démat.ADS";
    AdsDeadlineDay, "ads_deadline_day", Unit::Choice(DEADLINE_DAY), Rules, Everywhere, "dépôt le jour de la date limite";
    AdsBase, "ads_base", Unit::Euros { or: None }, Rules, Everywhere, "montant par centre instructeur";
    AdsPerCommune, "ads_per_commune", Unit::Euros { or: None }, Rules, Everywhere, "montant par commune rattachée";
    AdsMaxCommunes, "ads_max_communes", Unit::Count("communes"), Rules, Everywhere, "nombre maximal de communes rattachées comptées";
    AdsCapShare, "ads_cap_share", Unit::Percent { or: Some(Word::new("off", "sans plafond")) }, Rules, Everywhere, "part maximale des dépenses éligibles";
    AdsEnvelope, "ads_envelope", Unit::Euros { or: Some(Word::new("unset", "non renseignée")) }, Rules, Everywhere, "enveloppe régionale Démat.ADS";
    AutonomousCommuneCountsAsAttached, "autonomous_commune_counts_as_attached", Unit::YesNo, Rules, Everywhere, "commune autonome comptée comme rattachée à elle-même";
    ElectronicReceptionFrom, "electronic_reception_from", Unit::Day, Rules, Everywhere, "réception électronique obligatoire à partir du";
    ElectronicProcessingThreshold, "electronic_processing_threshold", Unit::Count("habitants"), Rules, Everywhere, "seuil de l’instruction dématérialisée";
    ProjectEndLatest, "project_end_latest", Unit::Day, Rules, Everywhere, "date limite de fin de réalisation";
    ProjectEndPriority, "project_end_priority", Unit::Day, Rules, Everywhere, "fin de réalisation prioritaire";
    EquipmentAlertShare, "equipment_alert_share", Unit::Percent { or: None }, Rules, Everywhere, "part d’équipement à partir de laquelle vérifier";
    ResultsWithinMonths, "results_within_months", Unit::Count("mois"), Rules, Everywhere, "délai pour produire des résultats";
    DrawingRight, "drawing_right", Unit::Euros { or: Some(Word::new("none", "aucun")) }, Rules, EachDepartement, "droit de tirage du département";
    V1Total, "v1_total", Unit::Euros { or: None }, Reports, Everywhere, "crédits du volet 1 pour la région";
    CreditReview, "credit_review", Unit::Day, Reports, Everywhere, "premier bilan de la consommation des crédits";
    CreditsExpectedBy, "credits_expected_by", Unit::Day, Reports, Everywhere, "consommation des crédits attendue au plus tard le";
    PopulationThreshold, "population_threshold", Unit::Count("habitants"), Rules, Everywhere, "seuil de population du taux plein";
    V1SmallRate, "v1_small_rate", Unit::Percent { or: None }, Rules, Everywhere, "taux maximal jusqu’au seuil de population";
    V1LargeRate, "v1_large_rate", Unit::Percent { or: None }, Rules, Everywhere, "taux maximal au-delà du seuil de population";
    V1ExceptionRate, "v1_exception_rate", Unit::Percent { or: None }, Rules, Everywhere, "taux maximal exceptionnel";
    V2Envelope, "v2_envelope", Unit::Euros { or: None }, Rules, Everywhere, "enveloppe régionale du volet 2";
    V2Rate, "v2_rate", Unit::Percent { or: None }, Rules, Everywhere, "taux maximal du volet 2";
    CommitteeMonths, "committee_months", Unit::Months, Rules, Everywhere, "mois de réunion du comité de sélection";
    V2Committees, "v2_committees", Unit::Days, Rules, Everywhere, "séances du comité de sélection du volet 2";
    Axe2Population, "axe2_population", Unit::Count("habitants"), Rules, Everywhere, "population minimale d’un groupement";
    Axe2Rate, "axe2_rate", Unit::Percent { or: None }, Rules, Everywhere, "taux de financement de l’axe 2";
    Axe2Call, "axe2_call", Unit::Choice(CALL), Rules, Everywhere, "appel à projets";
    FcApiAmount, "fc_api_amount", Unit::Euros { or: None }, Rules, Everywhere, "montant par financement FranceConnect ou API";
    FcApiDeadline, "fc_api_deadline", Unit::Day, Rules, Everywhere, "date limite FranceConnect et API";
    FcApiEnvelope, "fc_api_envelope", Unit::Euros { or: Some(Word::new("unset", "non renseignée")) }, Rules, Everywhere, "enveloppe FranceConnect et API";
}

impl ParameterName {
    /// The programmes in whose report it stands; none when rules alone read it.
    #[must_use]
    pub fn reported_for(self) -> &'static [Programme] {
        match self.used_by() {
            UsedBy::Rules => &[],
            UsedBy::Reports => &[Programme::Axe3V1],
        }
    }
}

impl std::str::FromStr for ParameterName {
    type Err = ();
    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|name| name.code() == code).ok_or(())
    }
}

/// A value of a parameter, with its days of validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Which.
    pub name: ParameterName,
    /// The département it is for; none: all of them.
    pub departement: Option<String>,
    /// What it is worth.
    pub value: Value,
    /// First day; none: always was.
    pub valid_from: Option<Date>,
    /// Last day; none: still is.
    pub valid_to: Option<Date>,
    /// The passage of the guide, or "réglage".
    pub citation: String,
    /// Where it is written.
    pub source: SourceLine,
}

/// A line of a parameter file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceLine {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, ligne {}", self.file.display(), self.line)
    }
}

impl Parameter {
    fn is_valid_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// A mistake in this value among the others.
    pub(super) fn mistake(&self, message: &str, mend: &str) -> Mistake {
        let of = self.departement.as_ref().map(|code| format!("département {code} : ")).unwrap_or_default();
        Mistake {
            line: Some(self.source.line),
            ..Mistake::of_key(&self.source.file, self.name.code(), &format!("{of}{message}"), mend)
        }
    }

    /// As shown with a verdict.
    #[must_use]
    pub fn read(&self) -> ParameterRead {
        ParameterRead {
            name: self.name.code().to_owned(),
            value: self.name.unit().show(&self.value),
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            citation: guide::shown(&self.citation),
            selected_on: None,
            selected_by: None,
        }
    }
}

/// All values of all parameters, checked: each series is without overlap or gap.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    series: BTreeMap<(ParameterName, Option<String>), Vec<Parameter>>,
}

impl Parameters {
    /// The built-in values of a région, with its own files (name, TOML text) laid over them.
    pub fn load(region: &str, own: &[(&str, &str)]) -> Result<Self, ParameterError> {
        let builtin = BUILTIN.iter().filter(|builtin| builtin.region.is_none_or(|only| only == region));
        let builtin = series::layer(file::read_all(builtin.map(|builtin| (builtin.file, builtin.text)), region)?)?;
        let own = series::layer(file::read_all(own.iter().copied(), region)?)?;
        Ok(Self { series: series::overlay(builtin, own)? })
    }

    /// These values with others laid over them, on the days of their validity.
    pub fn with(&self, own: Vec<Parameter>) -> Result<Self, ParameterError> {
        Ok(Self { series: series::overlay(self.series.clone(), series::layer(own)?)? })
    }

    /// The value of a parameter on a day: that of a département when each has its own, else the one for all.
    pub fn on(&self, name: ParameterName, departement: Option<&str>, day: Date) -> Option<&Parameter> {
        let departement = match name.set_for() {
            SetFor::Everywhere => None,
            SetFor::EachDepartement => Some(departement?.to_owned()),
        };
        let values = self.series.get(&(name, departement))?;
        // In order of their first days, without overlap.
        let begun = values.partition_point(|parameter| parameter.valid_from.is_none_or(|first| first <= day));
        values.get(begun.checked_sub(1)?).filter(|parameter| parameter.is_valid_on(day))
    }

    /// Whether it has a value on any day; `departement` for one that each has.
    pub fn has(&self, name: ParameterName, departement: Option<&str>) -> bool {
        self.series.contains_key(&(name, departement.map(str::to_owned)))
    }

    /// Every value, in a stable order.
    pub fn all(&self) -> impl Iterator<Item = &Parameter> {
        self.series.values().flatten()
    }
}

#[cfg(test)]
mod tests;
