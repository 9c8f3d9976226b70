//! What the money is spent on: ADS-04 and ADS-05.

use crate::domain::fact::FactName;
use crate::rules::expenses::{self, Policy, Sorted, Treatment, describe};
use crate::rules::inquiry::Inquiry;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

/// Equipment is never admitted; a nature "other" may be "toute autre opération technico-fonctionnelle", which a person tells.
pub(super) const POLICY: Policy = Policy {
    equipment: Treatment::Excluded("équipement ou matériel"),
    other: Treatment::Doubtful("nature « autre »"),
    not_before: None,
};

/// ADS-04.
pub(super) fn eligible(inquiry: &mut Inquiry<'_>) -> Outcome {
    let lines = Sorted::read(inquiry, POLICY)?;
    let (eligible, doubtful) =
        (lines.eligible_lines().filter(|amount| amount.is_positive()).count(), lines.doubtful().count());
    Ok(if eligible > 0 && lines.eligible().is_positive() {
        Finding::met(format!(
            "{}, pour {} ; logiciels, prestations et formations sont admis. Le raccordement à PLAT’AU n’est pas une condition.",
            counted(eligible, "ligne de dépense est éligible", "lignes de dépenses sont éligibles"),
            lines.eligible()
        ))
    } else if doubtful > 0 {
        Finding::to_review(format!(
            "Aucune ligne n’est éligible avec certitude ; {} : {}.",
            counted(doubtful, "ligne est à vérifier", "lignes sont à vérifier"),
            describe(lines.doubtful())
        ))
        .with(lines.asks())
    } else if lines.eligible_lines().next().is_some() {
        Finding::to_review(format!(
            "Les lignes éligibles, avoirs déduits, font {} : vérifier les montants et les avoirs.",
            lines.eligible()
        ))
        .asking(FactName::Expenses, "À faire préciser : avoirs supérieurs aux dépenses.")
    } else {
        Finding::not_met(format!("Toutes les dépenses sont exclues : {}.", describe(lines.excluded())))
    })
}

/// ADS-05.
pub(super) fn exclusions(inquiry: &mut Inquiry<'_>) -> Outcome {
    expenses::exclusions(inquiry, POLICY, None)
}
