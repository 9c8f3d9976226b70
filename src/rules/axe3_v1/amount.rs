//! The maximum of a grant: A3V1-09.

use std::collections::BTreeSet;

use super::OTHER;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::rules::axe3::spending::{policy, share_of_cost};
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

/// The population that the rate goes by, and what is doubtful about it.
struct Size {
    population: i64,
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
            return Ok(Self { population, doubts });
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
        Ok(Self { population, doubts })
    }
}

/// Computes A3V1-09.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let deposited = inquiry.deposited_on();
    let threshold = inquiry.count(ParameterName::PopulationThreshold, deposited)?;
    let Size { population, mut doubts } = Size::read(inquiry, threshold)?;
    let rate = if population <= threshold {
        inquiry.share(ParameterName::V1SmallRate, deposited)?
    } else if inquiry.yes_no(FactName::RateException) == Ok(true) {
        match only_theme(inquiry) {
            Some("3") => inquiry.share(ParameterName::V1ExceptionRate, deposited)?,
            Some(_) => inquiry.share(ParameterName::V1LargeRate, deposited)?,
            None => {
                doubts.push("un taux exceptionnel est enregistré, mais la thématique n’est pas connue".to_owned());
                inquiry.share(ParameterName::V1LargeRate, deposited)?
            }
        }
    } else {
        inquiry.share(ParameterName::V1LargeRate, deposited)?
    };
    let policy = policy(inquiry, OTHER);
    let ceiling = share_of_cost(inquiry, rate, policy)?;
    let (population_text, threshold_text) = (grouped(population), grouped(threshold));
    let side = if population <= threshold { "jusqu’à" } else { "au-delà de" };
    let doubt = if doubts.is_empty() { String::new() } else { format!(" À vérifier : {}.", doubts.join(" ; ")) };
    Ok(Ceiling {
        certain: doubts.is_empty(),
        explanation: format!(
            "Population de {population_text} habitants ({side} {threshold_text}) : {} Interprétation du guide : population municipale ({VINTAGE}).{doubt}",
            ceiling.explanation
        ),
        ..ceiling
    })
}

/// A3V1-09.
pub(super) fn maximum(inquiry: &mut Inquiry<'_>) -> Outcome {
    Ok(ceiling(inquiry)?.finding())
}

/// The expenses that count.
pub(super) fn eligible_expenses(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    let policy = policy(inquiry, OTHER);
    Expenses::read(inquiry, policy).eligible()
}
