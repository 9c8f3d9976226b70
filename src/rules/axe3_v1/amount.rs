//! The maximum of a grant: A3V1-09.

use std::collections::BTreeSet;

use super::OTHER;
use crate::domain::fact::{Absence, FactName};
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::domain::verdict::VerdictValue;
use crate::rules::axe3::spending::{Rates, policy, share_of_cost};
use crate::rules::expenses::Expenses;
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::grouped;
use crate::territory::{VINTAGE, territory};

/// The theme, when there is exactly one.
pub(super) fn only_theme<'a>(inquiry: &mut Inquiry<'a>) -> Option<&'a str> {
    let themes: &BTreeSet<String> = inquiry.choices(FactName::Theme).ok()?;
    themes.first().filter(|_| themes.len() == 1).map(String::as_str)
}

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
}

impl Size {
    /// The table wins over what is declared; a declared number alone is doubtful.
    fn read(inquiry: &mut Inquiry<'_>, threshold: i64) -> Result<Self, Finding> {
        let declared = inquiry.integer(FactName::Population);
        let mut doubts = Vec::new();
        let Some(population) = inquiry.population() else {
            let population = declared.map_err(|absence| {
                lacking(FactName::Population, absence)
                    .and(Finding::to_review("Le demandeur n’est pas dans les tables de population."))
            })?;
            doubts.push("le demandeur n’est pas dans les tables : population déclarée retenue".to_owned());
            return Ok(Self { population, declared: true, doubts });
        };
        let other_side = |other: i64| (other > threshold) != (population > threshold);
        if let Ok(declared) = declared
            && other_side(declared)
        {
            doubts.push(format!(
                "la population déclarée ({}) est de l’autre côté du seuil ; celle des tables est retenue",
                grouped(declared)
            ));
        }
        let groupement = inquiry.siret().and_then(|siret| territory().groupement(siret.siren()));
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
        Ok(Self { population, declared: false, doubts })
    }
}

/// The rate of the known population, and those that it may be once what is doubtful about it is settled.
fn rates(inquiry: &mut Inquiry<'_>, size: &mut Size, threshold: i64) -> Result<Rates, Finding> {
    let is_small = size.population <= threshold;
    if size.doubts.is_empty() && !is_small {
        return large_rates(inquiry, size);
    }
    let small = inquiry.share(ParameterName::V1SmallRate)?;
    if size.doubts.is_empty() {
        return Ok(small.into());
    }
    let large = large_rates(inquiry, size)?;
    Ok(Rates {
        chosen: if is_small { small } else { large.chosen },
        lowest: large.lowest.min(small),
        highest: large.highest.max(small),
    })
}

/// Above the threshold: more by exception, for theme 3 alone.
fn large_rates(inquiry: &mut Inquiry<'_>, size: &mut Size) -> Result<Rates, Finding> {
    let usual = inquiry.share(ParameterName::V1LargeRate)?;
    let recorded = match inquiry.yes_no(FactName::RateException) {
        Ok(true) => true,
        Err(Absence::Unreadable { .. }) => false,
        _ => return Ok(usual.into()),
    };
    let doubt = match (exception(inquiry), recorded) {
        (Exception::ForAnotherTheme, _) => return Ok(usual.into()),
        (Exception::ForTheme3, true) => return Ok(inquiry.share(ParameterName::V1ExceptionRate)?.into()),
        (_, false) => "l’annotation du taux exceptionnel est illisible",
        (Exception::ForAnUnknownTheme, true) => {
            "un taux exceptionnel est enregistré, mais la thématique n’est pas connue"
        }
    };
    size.doubts.push(doubt.to_owned());
    Ok(Rates { highest: inquiry.share(ParameterName::V1ExceptionRate)?, ..usual.into() })
}

/// Computes A3V1-09.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let threshold = inquiry.count(ParameterName::PopulationThreshold)?;
    let mut size = Size::read(inquiry, threshold)?;
    let rates = rates(inquiry, &mut size, threshold)?;
    let policy = policy(inquiry, OTHER);
    let ceiling = share_of_cost(inquiry, rates, policy)?;
    let which = if size.population <= threshold { "jusqu’à" } else { "au-delà de" };
    let population = format!("Population de {} habitants ({which} {})", grouped(size.population), grouped(threshold));
    let Finding { verdict, explanation, asks } = ceiling.finding;
    let mut explanation = if verdict == VerdictValue::Met {
        format!("{population} : {explanation}")
    } else {
        format!("{explanation} {population}.")
    };
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
