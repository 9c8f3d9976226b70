//! The maximum of a grant: A3V1-09.

use super::OTHER;
use super::carrier::is_no_collectivite;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::domain::text::quoted;
use crate::domain::verdict::VerdictValue;
use crate::rules::axe3::spending::{Doubts, Rates, policy, share_of_cost};
use crate::rules::expenses::Expenses;
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::{ParameterName, show_share};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::grouped;
use crate::territory::{self, VINTAGE};

/// The rules that find lines doubtful.
const DOUBTS: Doubts = Doubts { with_equipment: &["A3V1-06", "A3V1-07"], others: &["A3V1-06"] };

/// For what an exceptional rate is recorded.
pub(super) enum Exception {
    ForTheme3,
    /// One or several themes, none of which is theme 3.
    ForAnotherTheme,
    /// Not known, or theme 3 among others.
    ForAnUnknownTheme,
}

/// For what an exceptional rate is recorded, once it is.
pub(super) fn exception(inquiry: &mut Inquiry<'_>) -> Exception {
    match inquiry.choices(FactName::Theme) {
        Ok(themes) if themes.len() == 1 && themes.contains("3") => Exception::ForTheme3,
        Ok(themes) if !themes.is_empty() && !themes.contains("3") => Exception::ForAnotherTheme,
        _ => Exception::ForAnUnknownTheme,
    }
}

/// The population that the rate goes by, and what is doubtful about it.
struct Size {
    population: i64,
    /// It is the one declared: the tables do not have the applicant.
    declared: bool,
    doubts: Vec<String>,
    /// What is to be known of the rate.
    notes: Vec<String>,
}

impl Size {
    /// The table wins over what is declared; a declared number alone is doubtful.
    fn read(inquiry: &mut Inquiry<'_>, threshold: i64) -> Result<Self, Finding> {
        let declared = inquiry.declared_population();
        let mut doubts = Vec::new();
        let Some(population) = inquiry.population() else {
            let population = declared.ok_or_else(|| no_population(inquiry))?;
            doubts.push("le demandeur n’est pas dans les tables : population déclarée retenue".to_owned());
            return Ok(Self { population, declared: true, doubts, notes: Vec::new() });
        };
        let other_side = |other: i64| (other > threshold) != (population > threshold);
        if let Some(declared) = declared
            && other_side(declared)
        {
            doubts.push(format!(
                "la population déclarée ({}) est de l’autre côté du seuil ; celle des tables est retenue",
                grouped(declared)
            ));
        }
        let groupement = inquiry.siret().and_then(|siret| territory::groupement(siret.siren()));
        if let Some(groupement) = groupement
            && other_side(groupement.population_totale)
        {
            doubts.push(format!(
                "la population totale ({}) est de l’autre côté du seuil",
                grouped(groupement.population_totale)
            ));
        }
        let kind = inquiry.legal_kind();
        if matches!(kind, LegalKind::Groupement | LegalKind::Syndicat) && population <= threshold {
            doubts.push("le guide réserve ce taux aux « collectivités », et le demandeur est un groupement".to_owned());
        }
        Ok(Self { population, declared: false, doubts, notes: Vec::new() })
    }
}

/// Neither the tables nor the applicant give a population.
fn no_population(inquiry: &mut Inquiry<'_>) -> Finding {
    let not_in_tables = "Le demandeur n’est pas dans les tables de population";
    match inquiry.integer(FactName::Population) {
        Ok(declared) => Finding::to_review(format!(
            "{not_in_tables}, et la population déclarée ({}) n’en est pas une.",
            grouped(declared)
        ))
        .asking(FactName::Population, "À faire préciser : population."),
        Err(absence) => lacking(FactName::Population, absence).and(Finding::to_review(format!("{not_in_tables}."))),
    }
}

/// The rate of the known population, and those that it may be once what is doubtful about it is settled.
fn rates(inquiry: &mut Inquiry<'_>, size: &mut Size, threshold: i64) -> Result<Rates, Finding> {
    let is_small = size.population <= threshold;
    if size.doubts.is_empty() && !is_small {
        return large_rates(inquiry, size, is_small);
    }
    let small = inquiry.share(ParameterName::V1SmallRate)?;
    if size.doubts.is_empty() {
        if inquiry.yes_no(FactName::RateException) == Ok(true) {
            let set_aside =
                format!("{} est sans objet : le taux est déjà de {}.", recorded_exception(inquiry), show_share(small));
            size.notes.push(set_aside);
        }
        return Ok(small.into());
    }
    let large = large_rates(inquiry, size, is_small)?;
    Ok(Rates {
        chosen: if is_small { small } else { large.chosen },
        lowest: large.lowest.min(small),
        highest: large.highest.max(small),
    })
}

/// Above the threshold: more by exception, for theme 3 alone. Told of a small applicant, they are those that a doubt may lead to.
fn large_rates(inquiry: &mut Inquiry<'_>, size: &mut Size, is_small: bool) -> Result<Rates, Finding> {
    let usual = inquiry.share(ParameterName::V1LargeRate)?;
    let recorded = match inquiry.yes_no(FactName::RateException) {
        Ok(true) => true,
        Err(absence) if absence.hides_an_answer() => false,
        _ => return Ok(usual.into()),
    };
    let doubt = match (exception(inquiry), recorded) {
        (Exception::ForAnotherTheme, recorded) => {
            if recorded {
                let set_aside = recorded_exception(inquiry);
                size.notes.push(format!("{set_aside} est écartée : le guide réserve ce taux à la thématique 3."));
            }
            return Ok(usual.into());
        }
        (Exception::ForTheme3, true) => {
            let rate = inquiry.share(ParameterName::V1ExceptionRate)?;
            let exception = recorded_exception(inquiry);
            size.notes.push(if is_small {
                format!("{exception} ne vaudrait qu’au-delà du seuil.")
            } else {
                format!(
                    "{} « à titre exceptionnel » : le projet relève de la thématique 3, et {} le prévoit.",
                    show_share(rate),
                    lower_first(&exception)
                )
            });
            return Ok(rate.into());
        }
        (_, false) => "l’annotation du taux exceptionnel n’est pas lisible",
        (Exception::ForAnUnknownTheme, true) => {
            "un taux exceptionnel est enregistré, mais la thématique n’est pas connue"
        }
    };
    size.doubts.push(doubt.to_owned());
    Ok(Rates { highest: inquiry.share(ParameterName::V1ExceptionRate)?, ..usual.into() })
}

/// Which annotation records an exception.
fn recorded_exception(inquiry: &Inquiry<'_>) -> String {
    let label = inquiry.label_of(FactName::RateException).unwrap_or_else(|| FactName::RateException.label());
    format!("L’exception enregistrée dans l’annotation {}", quoted(label))
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// Computes A3V1-09.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let kind = inquiry.legal_kind();
    if is_no_collectivite(kind) {
        return Err(Finding::to_review(format!(
            "Le guide ne donne aucun taux pour un demandeur qui n’est pas une collectivité ({}) : pas de montant maximal.",
            kind.label()
        )));
    }
    let threshold = inquiry.count(ParameterName::PopulationThreshold)?;
    let mut size = Size::read(inquiry, threshold)?;
    let rates = rates(inquiry, &mut size, threshold)?;
    let policy = policy(inquiry, OTHER);
    let ceiling = share_of_cost(inquiry, rates, policy, DOUBTS)?;
    let which = if size.population <= threshold { "jusqu’à" } else { "au-delà de" };
    let declaration = match inquiry.shown_declaration() {
        Some(shown) if !size.declared => format!(" ; {shown}"),
        _ => String::new(),
    };
    let population =
        format!("Population de {} habitants ({which} {}{declaration})", grouped(size.population), grouped(threshold));
    let Finding { verdict, explanation, asks } = ceiling.finding;
    let mut explanation = if verdict == VerdictValue::Met {
        format!("{population} : {explanation}")
    } else {
        format!("{explanation} {population}.")
    };
    for note in &size.notes {
        explanation = format!("{explanation} {note}");
    }
    if !size.declared {
        explanation = format!("{explanation} {}", interpretation(inquiry, size.population <= threshold));
    }
    let finding = Finding { verdict, explanation, asks };
    let finding = if size.doubts.is_empty() {
        finding
    } else {
        Finding::to_review(format!("À vérifier : {}.", size.doubts.join(" ; "))).and(finding)
    };
    Ok(Ceiling { finding, ..ceiling })
}

/// The guide says « habitants » and no more.
fn interpretation(inquiry: &mut Inquiry<'_>, is_small: bool) -> String {
    let kind = inquiry.legal_kind();
    let beside = match kind {
        LegalKind::Commune if is_small => {
            " ; la population totale de la commune, au moins égale, n’est pas dans les tables"
        }
        LegalKind::Departement | LegalKind::Region => ", somme des communes",
        _ => "",
    };
    format!("Interprétation du guide : population municipale ({VINTAGE}){beside}.")
}

/// A3V1-09.
pub(super) fn maximum(inquiry: &mut Inquiry<'_>) -> Outcome {
    Ok(ceiling(inquiry)?.finding)
}

/// The expenses that count.
pub(super) fn eligible_expenses(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    let policy = policy(inquiry, OTHER);
    Expenses::read(inquiry, policy).eligible()
}
