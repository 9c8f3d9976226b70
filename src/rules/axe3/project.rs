//! When a project starts and ends: A3V1-03 to A3V1-05, A3V1-18, A3V2-02 to A3V2-04.

use std::ops::RangeInclusive;

use jiff::Span;
use jiff::civil::Date;

use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

/// The project had not begun when it was filed. One of the two facts is enough: that it is declared so, or a start from the day of deposit on.
pub(in crate::rules) fn not_engaged(inquiry: &mut Inquiry<'_>) -> Outcome {
    let declared = inquiry.yes_no(FactName::AlreadyEngaged);
    if declared == Ok(true) {
        return Ok(Finding::not_met(
            "Le demandeur déclare que le projet est déjà engagé : il ne peut pas être retenu.",
        ));
    }
    if let Err(absence) = declared
        && absence.hides_an_answer()
    {
        return Err(lacking(FactName::AlreadyEngaged, absence));
    }
    let deposited = inquiry.deposited_on();
    let day = french_date(deposited);
    let expenses = inquiry.expenses();
    let early =
        expenses.map_or(0, |lines| lines.iter().filter(|line| line.date.is_some_and(|date| date < deposited)).count());
    // What cannot be read may hold a date before the deposit.
    let settled = |text: String| match expenses {
        Err(absence) if absence.hides_an_answer() => Err(lacking(FactName::Expenses, absence)),
        _ => Ok(Finding::met(text)),
    };
    let start = inquiry.date(FactName::ProjectStart);
    let unclear = |what: String| {
        Finding::to_review(format!(
            "{what} : vérifier si le projet était déjà engagé. Interprétation du guide : l’engagement s’apprécie au jour du dépôt ({day})."
        ))
        .asking(FactName::AlreadyEngaged, "À faire préciser : le projet était-il engagé avant le dépôt du dossier ?")
    };
    Ok(match (start, declared) {
        (Ok(start), _) if start < deposited => {
            unclear(format!("Le projet commence le {}, avant le dépôt du dossier", french_date(start)))
        }
        _ if early > 0 => unclear(format!(
            "{} du dépôt du dossier",
            counted(early, "dépense porte une date antérieure à celle", "dépenses portent une date antérieure à celle")
        )),
        (Err(absence), _) if absence.hides_an_answer() => return Err(lacking(FactName::ProjectStart, absence)),
        (Ok(start), _) => settled(format!(
            "Le projet commence le {}, le jour du dépôt ({day}) ou après ; il n’est pas déclaré engagé.",
            french_date(start)
        ))?,
        (Err(_), Ok(_)) => settled("Le demandeur déclare que le projet n’est pas engagé.".to_owned())?,
        (Err(_), Err(absence)) => {
            Finding::to_review("Ni le début du projet ni une déclaration de non-engagement ne sont connus.")
                .lacking(FactName::AlreadyEngaged, absence)
        }
    })
}

/// The years in which a project of the fund, which runs from 2021 to 2022, can end, with room for mistakes of judgement: another year
/// is a slip of the pen.
const PLAUSIBLE_END: RangeInclusive<i16> = 2021..=2031;

/// The day on which the project ends, unless it is none that can be believed.
fn end(inquiry: &mut Inquiry<'_>) -> Result<Date, Finding> {
    let end = inquiry.date(FactName::ProjectEnd).map_err(|absence| lacking(FactName::ProjectEnd, absence))?;
    let doubt = match inquiry.date(FactName::ProjectStart) {
        Ok(start) if end < start => format!("précède son début, le {}", french_date(start)),
        _ if !PLAUSIBLE_END.contains(&end.year()) => "n’est pas plausible".to_owned(),
        _ => return Ok(end),
    };
    Err(Finding::to_review(format!("La fin du projet, le {}, {doubt} : à vérifier.", french_date(end)))
        .asking(FactName::ProjectEnd, "À faire préciser : dates de début et de fin du projet."))
}

/// The project is completed in time.
pub(in crate::rules) fn completed_in_time(inquiry: &mut Inquiry<'_>) -> Outcome {
    let latest = inquiry.day(ParameterName::ProjectEndLatest)?;
    let end = end(inquiry)?;
    let (end_text, limit) = (french_date(end), french_date(latest));
    Ok(if end <= latest {
        Finding::met(format!("Le projet s’achève le {end_text}, au plus tard le {limit}."))
    } else {
        Finding::not_met(format!("Le projet s’achève le {end_text}, après le {limit}."))
    })
}

/// Projects that end early come first.
pub(in crate::rules) fn end_priority(inquiry: &mut Inquiry<'_>) -> Outcome {
    let first = inquiry.day(ParameterName::ProjectEndPriority)?;
    let second = inquiry.day(ParameterName::ProjectEndLatest)?;
    let end = end(inquiry)?;
    let shown = french_date(end);
    let person = "Si le projet est « mûr, prêt à démarrer », c’est à l’instructeur de le dire.";
    Ok(if end <= first {
        Finding::met(format!(
            "Priorité 1 : le projet s’achève le {shown}, avant la fin de l’année {}. {person}",
            first.year()
        ))
    } else if end <= second {
        Finding::met(format!(
            "Priorité 2 : le projet s’achève le {shown}, au plus tard le {}. {person}",
            french_date(second)
        ))
    } else {
        Finding::not_met(format!("Non prioritaire : le projet s’achève le {shown}, après le {}.", french_date(second)))
    })
}

/// The day by which results are expected.
pub(in crate::rules) fn results_expected(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let months = inquiry.count(ParameterName::ResultsWithinMonths)?;
    let (from, what) = match inquiry.date(FactName::ProjectStart) {
        Ok(start) => (start, "le début du projet"),
        Err(_) => (deposited, "le dépôt du dossier, faute de date de début du projet"),
    };
    let Some(by) = Span::new().try_months(months).ok().and_then(|span| from.checked_add(span).ok()) else {
        return Err(Finding::to_review("La date attendue des résultats ne peut pas être calculée."));
    };
    Ok(Finding::met(format!(
        "Des résultats concrets sont attendus pour le {}, {months} mois après {what}.",
        french_date(by)
    )))
}
