//! What the money is spent on: ADS-04 and ADS-05.

use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::rules::expenses::{Expenses, Policy, Sorted, SortedLine, Treatment, describe};
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

/// Equipment is never admitted; a nature "other" may be "toute autre opération technico-fonctionnelle", which a person tells.
pub(super) const POLICY: Policy = Policy { equipment: Treatment::Excluded, other: Treatment::Doubtful };

/// The lines, or the reason why a rule about lines ends here.
fn lines<'a>(inquiry: &mut Inquiry<'a>) -> Result<Sorted<'a>, Finding> {
    match Expenses::read(inquiry, POLICY) {
        Expenses::Lines(lines) => Ok(lines),
        Expenses::Declared(amount) => Err(Finding::to_review(format!(
            "Le formulaire donne un total de dépenses éligibles ({amount}) mais pas le détail des lignes : la nature des dépenses est à vérifier sur les factures. Le calcul du montant reprend ce total."
        ))
        .asking(FactName::Expenses, "À vérifier sur les factures : nature des dépenses et origine des éditeurs de logiciels.")),
        Expenses::Unknown(fact, Some(absence)) => Err(lacking(fact, absence)),
        Expenses::Unknown(fact, None) => Err(Finding::to_review("Aucune ligne de dépense n’est connue.")
            .asking(fact, format!("À compléter par le demandeur : {}.", fact.label()))),
    }
}

/// ADS-04.
pub(super) fn eligible(inquiry: &mut Inquiry<'_>) -> Outcome {
    let lines = lines(inquiry)?;
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
    } else if lines.eligible_lines().next().is_some() {
        Finding::to_review(format!(
            "Les lignes éligibles, avoirs déduits, font {} : vérifier les montants et les avoirs.",
            lines.eligible()
        ))
    } else {
        Finding::not_met(format!("Toutes les dépenses sont exclues : {}.", describe(lines.excluded())))
    })
}

/// ADS-05.
pub(super) fn exclusions(inquiry: &mut Inquiry<'_>) -> Outcome {
    let lines = lines(inquiry)?;
    let mut text = vec![if lines.excluded().next().is_none() {
        "Aucune dépense n’est à exclure avec certitude.".to_owned()
    } else {
        let total: Cents = lines.excluded().filter_map(|line| line.line.amount).sum();
        format!("Dépenses exclues, retirées du calcul pour {total} : {}.", describe(lines.excluded()))
    }];
    text.push(format!("Dépenses éligibles retenues : {}.", lines.eligible().max(Cents::ZERO)));
    if lines.eligible() < Cents::ZERO {
        text.push(format!("Les avoirs dépassent les dépenses (solde de {}).", lines.eligible()));
    }
    if lines.doubtful().next().is_none() {
        return Ok(Finding::met(text.join(" ")));
    }
    text.push(format!(
        "Laissées de côté tant qu’un agent n’a pas tranché : {} ; si elles étaient admises, les dépenses éligibles seraient de {}{}.",
        describe(lines.doubtful()),
        lines.with_doubtful().max(Cents::ZERO),
        if lines.doubtful().any(|line| line.line.amount.is_none()) { " au moins" } else { "" }
    ));
    let positions: Vec<String> = lines.doubtful().map(|line: &SortedLine<'_>| line.position.to_string()).collect();
    let ask = format!(
        "À faire préciser par le demandeur : nature, montant hors doute et, pour un logiciel, origine de l’éditeur ({} {}).",
        if positions.len() == 1 { "ligne de dépense" } else { "lignes de dépenses" },
        positions.join(", ")
    );
    Ok(Finding::to_review(text.join(" ")).asking(FactName::Expenses, ask))
}
