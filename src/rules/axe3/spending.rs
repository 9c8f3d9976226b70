//! What a project spends: exclusions, equipment, and the day from which expenses count.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::verdict::VerdictValue;
use crate::rules::expenses::{Eligibility, Expenses, Policy, Sorted, SortedLine, Treatment, describe};
use crate::rules::grant::{Ceiling, weigh};
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
    let alert = inquiry.share(ParameterName::EquipmentAlertShare)?;
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
        .filter(|line| !matches!(line.eligibility, Eligibility::Excluded(_)) || is_equipment(line))
        .map(|line| amount_of(&line))
        .sum();
    let purpose =
        if purpose == "training" { "la formation numérique des agents" } else { "l’accessibilité numérique" };
    if lines.iter().any(|line| is_equipment(line) && line.line.amount.is_none()) {
        return Ok(
            Finding::to_review(format!("Une ligne d’équipement n’a pas de montant : {listed}.")).with(lines.asks())
        );
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
            .lacking(FactName::CommitteeDate, absence));
        }
        (Err(absence), _) if absence.hides_an_answer() => return Err(lacking(FactName::CommitteeDate, absence)),
        (Err(_), _) => {
            return Ok(Finding::not_applicable(
                "Le comité de validation ne s’est pas encore prononcé : les dépenses seront éligibles à partir de sa date.",
            ));
        }
    };
    let day = french_date(committee);
    let policy = policy(inquiry, other);
    let expenses = Expenses::read(inquiry, policy);
    if let Expenses::Unknown(fact, Some(absence)) = expenses
        && absence.hides_an_answer()
    {
        return Err(lacking(fact, absence));
    }
    let early = early_lines(&expenses, committee);
    let undated = undated(&expenses);
    let mut text = vec![format!("Les dépenses sont éligibles à partir du comité de validation, le {day}.")];
    text.extend(early.iter().map(|lines| format!("Retirées, car antérieures : {lines}.")));
    let start = inquiry.date(FactName::ProjectStart);
    Ok(match (start, undated) {
        (Ok(start), _) if start < committee => Finding::to_review(format!(
            "Le projet commence le {}, avant le comité de validation ({day}) : vérifier quelles dépenses sont antérieures. {}",
            french_date(start),
            text.join(" ")
        )),
        (Err(absence), _) if absence.hides_an_answer() => return Err(lacking(FactName::ProjectStart, absence)),
        (Ok(_), Some(undated)) if early.is_some() => Finding::to_review(format!(
            "{undated}, alors que d’autres sont antérieures au comité de validation ({day}) : à vérifier. {}",
            text.join(" ")
        )),
        (Ok(start), Some(undated)) => {
            text.push(format!("{undated}, car le projet commence le {}.", french_date(start)));
            Finding::met(text.join(" "))
        }
        // Every line tells its own day.
        (_, None) => Finding::met(text.join(" ")),
        (Err(absence), Some(_)) => {
            return Err(lacking(FactName::ProjectStart, absence).and(Finding::to_review(text.join(" "))));
        }
    })
}

fn early_lines(expenses: &Expenses<'_>, committee: Date) -> Option<String> {
    let Expenses::Lines(lines) = expenses else { return None };
    let early = || lines.iter().filter(|line| line.line.date.is_some_and(|date| date < committee));
    early().next().map(|_| describe(early()))
}

/// What is kept without a date, with its verb; none when every line has one.
fn undated(expenses: &Expenses<'_>) -> Option<String> {
    let Expenses::Lines(lines) = expenses else {
        return Some("Les dépenses, dont les dates ne sont pas connues, sont conservées".to_owned());
    };
    let undated = lines.iter().filter(|line| line.line.date.is_none()).count();
    (undated > 0).then(|| counted(undated, "ligne sans date est conservée", "lignes sans date sont conservées"))
}

/// The shares of the cost that a maximum can be.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Rates {
    /// By what is known.
    pub chosen: Decimal,
    /// The smallest, if what is doubtful turns out so.
    pub lowest: Decimal,
    /// The largest.
    pub highest: Decimal,
}

impl From<Decimal> for Rates {
    fn from(rate: Decimal) -> Self {
        Self { chosen: rate, lowest: rate, highest: rate }
    }
}

/// The rules of a volet that find lines doubtful.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Doubts {
    /// When lines of equipment are among them.
    pub with_equipment: &'static [&'static str],
    /// When none is.
    pub others: &'static [&'static str],
}

impl Doubts {
    /// Those that find some lines doubtful.
    fn by(self, lines: &Sorted<'_>) -> &'static [&'static str] {
        if lines.doubtful().any(is_equipment) { self.with_equipment } else { self.others }
    }
}

/// A share of the total cost, rounded down to the cent, not above the eligible expenses when the form asks for them. When it does and
/// they cannot be told, there is no maximum, only bounds.
pub(in crate::rules) fn share_of_cost(
    inquiry: &mut Inquiry<'_>,
    rates: Rates,
    policy: Policy,
    raised_by: Doubts,
) -> Result<Ceiling, Finding> {
    let cost = inquiry.amount(FactName::TotalCost).map_err(|absence| lacking(FactName::TotalCost, absence))?;
    if cost < Cents::ZERO {
        return Err(Finding::to_review(format!("Le coût total prévisionnel ({cost}) est négatif : à vérifier."))
            .asking(FactName::TotalCost, "À faire préciser : coût total prévisionnel (négatif)."));
    }
    let share = |rate: Decimal| cost.share_rounded_down(rate);
    let expenses = Expenses::read(inquiry, policy);
    let (least, most) = expenses.bounds();
    let unlimited = matches!(expenses, Expenses::Unknown(..)) && !expenses.is_lost();
    let low = if unlimited { share(rates.lowest) } else { share(rates.lowest).min(least) };
    let high = most.map_or(share(rates.highest), |most| share(rates.highest).min(most));
    let whole = share(rates.chosen);
    let of_cost = format!("{} du coût total prévisionnel ({cost}) : {whole}.", show_share(rates.chosen));
    if expenses.is_lost() {
        let finding = match &expenses {
            Expenses::Unknown(fact, Some(absence)) => lacking(*fact, absence),
            Expenses::Lines(lines) => {
                Finding::to_review("Aucune dépense n’est éligible avec certitude.").with(lines.asks())
            }
            _ => Finding::to_review("Aucune dépense n’est connue."),
        };
        let limit = format!("Le maximum, limité aux dépenses éligibles, ne peut pas être calculé. {of_cost}");
        return Ok(Ceiling { amount: None, low, high, finding: finding.and(Finding::to_review(limit)) });
    }
    let amount = expenses.eligible().map_or(whole, |eligible| eligible.min(whole));
    let mut text = vec![of_cost];
    if amount < whole {
        let declared = if matches!(expenses, Expenses::Declared(_)) { ", total déclaré sans détail," } else { "" };
        text.push(format!("Les dépenses éligibles ({amount}){declared} sont inférieures : {amount} au plus."));
    }
    if let Expenses::Lines(lines) = &expenses
        && lines.doubtful().next().is_some()
    {
        let admitted = lines.with_doubtful().max(Cents::ZERO).min(whole);
        text.push(format!("Si les lignes à vérifier étaient admises : {admitted}."));
    }
    let (asks, raised_by) = match &expenses {
        Expenses::Lines(lines) => (lines.asks(), raised_by.by(lines)),
        _ => (Vec::new(), &[][..]),
    };
    // What is doubtful about the rate is for the volet to say.
    let is_certain = low == high || unlimited || most == Some(least);
    let finding = weigh(inquiry, is_certain, raised_by, text.join(" "));
    let finding = if finding.verdict == VerdictValue::Met {
        finding
    } else {
        Finding::to_review(format!("Montant douteux : le maximum va de {low} à {high}, selon ce qui reste à trancher."))
            .and(finding)
            .with(asks)
    };
    Ok(Ceiling { amount: Some(amount), low, high, finding })
}
