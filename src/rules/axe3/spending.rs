//! What a project spends: exclusions, equipment, and the day from which expenses count.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::rules::expenses::{Expenses, Policy, Sorted, SortedLine, Standing, Treatment, describe};
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::{ParameterName, show_share};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

/// What counts, all conditions together; `other` is what the volet makes of the nature "other".
pub(in crate::rules) fn policy(inquiry: &mut Inquiry<'_>, other: Treatment) -> Policy {
    let equipment = match inquiry.text(FactName::EquipmentPurpose) {
        Ok("accessibility" | "training") => Treatment::Eligible,
        Ok("other") => Treatment::Excluded("équipement dont la finalité n’est ni l’accessibilité ni la formation"),
        _ => Treatment::Doubtful("équipement dont la finalité n’est pas indiquée"),
    };
    Policy { equipment, other, not_before: inquiry.date(FactName::CommitteeDate).ok() }
}

fn is_equipment(line: &SortedLine<'_>) -> bool {
    line.line.nature.as_deref() == Some("equipment")
}

/// Equipment serves accessibility or training and is not the main purpose.
pub(in crate::rules) fn equipment(inquiry: &mut Inquiry<'_>, other: Treatment) -> Outcome {
    let deposited = inquiry.deposited_on();
    let alert = inquiry.share(ParameterName::EquipmentAlertShare, deposited)?;
    let policy = Policy { not_before: None, ..policy(inquiry, other) };
    let lines = Sorted::read(inquiry, policy)?;
    if !lines.iter().any(is_equipment) {
        return Ok(Finding::not_applicable("Aucune ligne d’équipement."));
    }
    let listed = describe(lines.iter().filter(|line| is_equipment(line)));
    let purpose = inquiry.text(FactName::EquipmentPurpose).map_err(|absence| {
        lacking(FactName::EquipmentPurpose, absence).and(Finding::to_review(format!(
            "Lignes d’équipement laissées de côté tant qu’un agent n’a pas tranché : {listed}."
        )))
    })?;
    if matches!(policy.equipment, Treatment::Excluded(_)) {
        return Ok(Finding::met(format!("Équipement retiré des dépenses éligibles : {listed}.")));
    }
    let amount_of = |line: &&SortedLine<'_>| line.line.amount.unwrap_or_default();
    let equipment: Cents = lines.iter().filter(|line| is_equipment(line)).map(|line| amount_of(&line)).sum();
    let all: Cents = lines
        .iter()
        .filter(|line| !matches!(line.standing, Standing::Excluded(_)) || is_equipment(line))
        .map(|line| amount_of(&line))
        .sum();
    let purpose =
        if purpose == "training" { "la formation numérique des agents" } else { "l’accessibilité numérique" };
    if lines.iter().any(|line| is_equipment(line) && line.line.amount.is_none()) {
        return Ok(Finding::to_review(format!("Une ligne d’équipement n’a pas de montant : {listed}.")));
    }
    Ok(if equipment.to_decimal() > all.to_decimal() * alert {
        Finding::to_review(format!(
            "L’équipement ({equipment}) fait plus de {} des dépenses ({all}) : vérifier qu’il n’est pas la principale finalité du projet. Ce seuil d’alerte est un réglage, le guide n’en donne pas.",
            show_share(alert)
        ))
    } else {
        Finding::met(format!(
            "L’équipement ({equipment} sur {all} de dépenses) sert {purpose} et n’est pas la principale finalité du projet."
        ))
    })
}

/// Expenses count from the day of the committee on.
pub(in crate::rules) fn from_committee(inquiry: &mut Inquiry<'_>, other: Treatment) -> Outcome {
    let state = inquiry.state();
    let committee = match (inquiry.date(FactName::CommitteeDate), state) {
        (Ok(date), _) => date,
        (Err(absence), DossierState::Accepte) => {
            return Err(Finding::to_review(format!(
                "Le dossier est accepté, mais la date du comité de validation, dont dépendent les dépenses éligibles, n’est pas connue ({absence})."
            ))
            .asking(FactName::CommitteeDate, "À renseigner par l’instructeur : date du comité de validation."));
        }
        (Err(_), _) => {
            return Ok(Finding::not_applicable(
                "Le comité de validation ne s’est pas encore prononcé : les dépenses seront éligibles à partir de sa date.",
            ));
        }
    };
    let day = french_date(committee);
    let policy = policy(inquiry, other);
    let (early, undated) = match Expenses::read(inquiry, policy) {
        Expenses::Lines(lines) => {
            (early_lines(&lines, committee), lines.iter().filter(|l| l.line.date.is_none()).count())
        }
        _ => (None, 0),
    };
    let mut text = vec![format!("Les dépenses sont éligibles à partir du comité de validation, le {day}.")];
    text.extend(early.map(|lines| format!("Retirées, car antérieures : {lines}.")));
    if undated > 0 {
        text.push(format!("Sans date, donc conservées : {}.", counted(undated, "ligne", "lignes")));
    }
    let text = text.join(" ");
    let start = inquiry
        .date(FactName::ProjectStart)
        .map_err(|absence| lacking(FactName::ProjectStart, absence).and(Finding::to_review(text.clone())))?;
    Ok(if start < committee {
        Finding::to_review(format!(
            "{text} Le projet commence le {}, avant cette date : vérifier quelles dépenses sont antérieures.",
            french_date(start)
        ))
    } else {
        Finding::met(text)
    })
}

fn early_lines(lines: &Sorted<'_>, committee: Date) -> Option<String> {
    let early = || lines.iter().filter(|line| line.line.date.is_some_and(|date| date < committee));
    early().next().map(|_| describe(early()))
}

/// A share of the total cost, rounded down to the cent, not above the eligible expenses when they are known.
pub(in crate::rules) fn share_of_cost(
    inquiry: &mut Inquiry<'_>,
    rate: Decimal,
    policy: Policy,
) -> Result<Ceiling, Finding> {
    let cost = inquiry.amount(FactName::TotalCost).map_err(|absence| lacking(FactName::TotalCost, absence))?;
    let share = cost.share_rounded_down(rate).max(Cents::ZERO);
    let eligible = Expenses::read(inquiry, policy).eligible();
    let amount = eligible.map_or(share, |eligible| eligible.min(share));
    let mut explanation = format!("{} du coût total prévisionnel ({cost}) : {share}.", show_share(rate));
    if let Some(eligible) = eligible.filter(|eligible| *eligible < share) {
        explanation = format!("{explanation} Les dépenses éligibles ({eligible}) sont inférieures : {amount} au plus.");
    }
    Ok(Ceiling { amount, certain: true, explanation })
}
