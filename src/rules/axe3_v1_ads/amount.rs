//! The amount: ADS-06 by the scale, ADS-07 within the eligible expenses.

use rust_decimal::Decimal;

use super::carrier::{Carrier, listed_communes};
use super::communes::Attached;
use super::spending::POLICY;
use crate::domain::fact::{Absence, FactName};
use crate::domain::money::Cents;
use crate::rules::expenses::Expenses;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::{ParameterName, show_share};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::{counted, listed};

/// The amount of ADS-06, told in French. Not certain when the champ of the communes was left empty by a centre.
pub(super) struct Scale {
    pub amount: Cents,
    pub certain: bool,
    pub explanation: String,
}

/// The figures of the scale.
struct Figures {
    base: Cents,
    per_commune: Cents,
    at_most: i64,
}

impl Figures {
    fn read(inquiry: &mut Inquiry<'_>) -> Result<Self, Finding> {
        let deposited = inquiry.deposited_on();
        Ok(Self {
            base: inquiry.euros(ParameterName::AdsBase, deposited)?,
            per_commune: inquiry.euros(ParameterName::AdsPerCommune, deposited)?,
            at_most: inquiry.count(ParameterName::AdsMaxCommunes, deposited)?,
        })
    }

    fn counted(&self, communes: usize) -> i64 {
        i64::try_from(communes).unwrap_or(i64::MAX).min(self.at_most)
    }

    fn amount(&self, communes: usize) -> Cents {
        self.base + Cents(self.per_commune.0.saturating_mul(self.counted(communes)))
    }
}

/// Computes ADS-06.
pub(super) fn scale(inquiry: &mut Inquiry<'_>) -> Result<Scale, Finding> {
    let carrier = Carrier::read(inquiry)?;
    let figures = Figures::read(inquiry)?;
    match carrier {
        Carrier::Centre => of_centre(inquiry, &figures),
        Carrier::AutonomousCommune => of_autonomous_commune(inquiry, &figures),
    }
}

fn of_centre(inquiry: &mut Inquiry<'_>, figures: &Figures) -> Result<Scale, Finding> {
    let left_empty = matches!(inquiry.communes(FactName::AttachedCommunes), Err(Absence::Blank { .. }));
    let communes = listed_communes(inquiry).map_err(|absence| lacking(FactName::AttachedCommunes, absence))?;
    let attached = Attached::sort(inquiry, communes);
    let known = attached.known.len();
    let amount = figures.amount(known);
    let mut explanation = vec![if known == 0 {
        format!("{} pour le centre instructeur, sans commune rattachée connue.", figures.base)
    } else {
        let kept = figures.counted(known);
        let cut = if i64::try_from(known).is_ok_and(|known| known > kept) {
            format!(" (sur {known} rattachées, {} au plus sont comptées)", figures.at_most)
        } else {
            String::new()
        };
        format!(
            "{} pour le centre instructeur, plus {} × {kept} commune{}{cut} : {amount}.",
            figures.base,
            figures.per_commune,
            if kept < 2 { "" } else { "s" },
        )
    }];
    if !attached.unknown.is_empty() {
        explanation.push(format!(
            "Non compté, absent des tables des communes (commune nouvelle ou fusionnée ?) : {} ; en le comptant, le montant serait de {}.",
            listed(&attached.unknown),
            figures.amount(known + attached.unknown.len())
        ));
    }
    if !attached.repeated.is_empty() {
        explanation.push(format!(
            "Compté une seule fois bien que listé plusieurs fois : {} ; en comptant chaque répétition, le montant serait de {}.",
            listed(&attached.repeated),
            figures.amount(known + attached.repeated.len())
        ));
    }
    Ok(Scale { amount, certain: !left_empty, explanation: explanation.join(" ") })
}

fn of_autonomous_commune(inquiry: &mut Inquiry<'_>, figures: &Figures) -> Result<Scale, Finding> {
    let deposited = inquiry.deposited_on();
    let counts = inquiry.flag(ParameterName::AutonomousCommuneCountsAsAttached, deposited)?;
    let amount = figures.amount(usize::from(counts));
    let mut explanation = vec![if counts {
        format!(
            "{} pour la commune autonome, comptée aussi comme rattachée à elle-même ({}) : {amount}. Interprétation du guide, selon le réglage de la préfecture.",
            figures.base, figures.per_commune
        )
    } else {
        format!(
            "{amount} pour la commune autonome, qui instruit pour elle-même. Interprétation du guide, qui ne chiffre que le centre instructeur et ses communes rattachées."
        )
    }];
    if let Ok(communes) = listed_communes(inquiry)
        && !communes.is_empty()
    {
        let known = Attached::sort(inquiry, communes).known.len();
        explanation.push(format!(
            "Elle liste {} : si elle était un centre instructeur, le montant serait de {}.",
            counted(known, "commune connue", "communes connues"),
            figures.amount(known)
        ));
    }
    Ok(Scale { amount, certain: true, explanation: explanation.join(" ") })
}

/// ADS-06.
pub(super) fn by_scale(inquiry: &mut Inquiry<'_>) -> Outcome {
    let scale = scale(inquiry)?;
    Ok(Finding::met_if(scale.certain, scale.explanation))
}

fn cap_share(inquiry: &mut Inquiry<'_>) -> Result<Option<Decimal>, Finding> {
    let deposited = inquiry.deposited_on();
    inquiry.share_if_set(ParameterName::AdsCapShare, deposited)
}

/// The smaller of the scale and the share of the eligible expenses.
fn cap(scale: Cents, eligible: Cents, share: Decimal) -> Cents {
    scale.min(eligible.share_rounded_down(share))
}

/// ADS-07.
pub(super) fn capped(inquiry: &mut Inquiry<'_>) -> Outcome {
    let Some(share) = cap_share(inquiry)? else {
        return Ok(Finding::not_applicable(
            "Le réglage de la préfecture ne limite pas le montant aux dépenses éligibles : le montant du barème est retenu.",
        ));
    };
    let scale = scale(inquiry)?;
    let expenses = Expenses::read(inquiry, POLICY);
    let eligible = match (&expenses, surely_eligible(&expenses)) {
        (_, Some(eligible)) => eligible,
        (Expenses::Unknown(fact, Some(absence)), None) => return Err(lacking(*fact, absence)),
        _ => {
            return Err(Finding::to_review(
                "Les dépenses éligibles ne sont pas connues : le montant ne peut pas être calculé.",
            ));
        }
    };
    let amount = cap(scale.amount, eligible, share);
    let limit = if share == Decimal::ONE {
        format!("les dépenses éligibles ({eligible})")
    } else {
        format!(
            "{} des dépenses éligibles ({eligible}), soit {}",
            show_share(share),
            eligible.share_rounded_down(share)
        )
    };
    let mut text = vec![if amount < scale.amount {
        format!("Le barème donne {}, ce qui dépasse {limit} : {amount}.", scale.amount)
    } else {
        format!("Le barème donne {}, ce qui ne dépasse pas {limit} : {amount}.", scale.amount)
    }];
    if let Expenses::Lines(lines) = &expenses
        && lines.doubtful().next().is_some()
    {
        let with_doubtful = cap(scale.amount, lines.with_doubtful().max(Cents::ZERO), share);
        text.push(format!("Si les lignes à vérifier étaient admises : {with_doubtful}."));
    }
    text.push("Interprétation du guide (« une partie des coûts »), qui ne dit pas si les dépenses sont hors taxes : le montant du formulaire est repris tel quel.".to_owned());
    Ok(Finding::met_if(scale.certain, text.join(" ")))
}

/// The expenses that count.
pub(super) fn eligible_expenses(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    surely_eligible(&Expenses::read(inquiry, POLICY))
}

/// The expenses that count; unknown when every line that might count is doubtful.
fn surely_eligible(expenses: &Expenses<'_>) -> Option<Cents> {
    match expenses {
        Expenses::Lines(lines) if lines.eligible_lines().next().is_none() && lines.doubtful().next().is_some() => None,
        expenses => expenses.eligible(),
    }
}

/// The amount of ADS-07, or of ADS-06 when no cap is set.
pub(super) fn computed(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    let scale = scale(inquiry).ok()?.amount;
    match cap_share(inquiry).ok()? {
        Some(share) => Some(cap(scale, eligible_expenses(inquiry)?, share)),
        None => Some(scale),
    }
}
