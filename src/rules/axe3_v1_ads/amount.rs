//! The amount: ADS-06 by the scale, ADS-07 within the eligible expenses.

use rust_decimal::Decimal;

use super::carrier::{Carrier, listed_communes};
use super::communes::{ask_for_codes, attached, elsewhere};
use super::spending::POLICY;
use crate::domain::fact::{CommuneRef, FactName};
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::domain::verdict::VerdictValue;
use crate::rules::attached::{Attached, show_listed};
use crate::rules::expenses::Expenses;
use crate::rules::grant::{Ceiling, weigh};
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::{ParameterName, show_share};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::{counted, listed};

/// The amount of ADS-06, told in French, with the least and the most that it can be once what is doubtful is settled.
pub(super) struct Scale {
    pub amount: Cents,
    pub low: Cents,
    pub high: Cents,
    pub finding: Finding,
}

/// The figures of the scale.
struct Figures {
    base: Cents,
    per_commune: Cents,
    at_most: i64,
}

impl Figures {
    fn read(inquiry: &mut Inquiry<'_>) -> Result<Self, Finding> {
        Ok(Self {
            base: inquiry.euros(ParameterName::AdsBase)?,
            per_commune: inquiry.euros(ParameterName::AdsPerCommune)?,
            at_most: inquiry.count(ParameterName::AdsMaxCommunes)?,
        })
    }

    fn counted(&self, communes: usize) -> i64 {
        i64::try_from(communes).unwrap_or(i64::MAX).min(self.at_most)
    }

    fn amount(&self, communes: usize) -> Cents {
        self.base + self.per_commune.times(self.counted(communes))
    }

    /// What nobody gets more than.
    fn most(&self) -> Cents {
        self.amount(usize::MAX)
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
    let communes = listed_communes(inquiry).map_err(|absence| lacking(FactName::AttachedCommunes, absence))?;
    let attached = attached(inquiry, communes);
    let known = attached.known.len();
    let amount = figures.amount(known);
    let high = if communes.is_empty() { figures.most() } else { figures.amount(known + attached.possible()) };
    let mut text = Vec::new();
    if known == 0 {
        text.push(format!(
            "Aucune commune rattachée connue : {amount} pour le centre instructeur seul, à revoir une fois la liste vérifiée."
        ));
    } else {
        let kept = figures.counted(known);
        let cut = if i64::try_from(known).is_ok_and(|known| known > kept) {
            format!(" (sur {known} rattachées, {} au plus sont comptées)", figures.at_most)
        } else {
            String::new()
        };
        text.push(format!(
            "{} pour le centre instructeur, plus {} × {kept} commune{}{cut} : {amount}.",
            figures.base,
            figures.per_commune,
            if kept < 2 { "" } else { "s" },
        ));
    }
    // Communes in doubt come first when they change the amount and some others count for sure.
    let place = if known > 0 && amount != high { 0 } else { text.len() };
    text.splice(place..place, uncounted(&attached, amount, high));
    if !attached.repeated.is_empty() {
        let repeats = attached.repeats_of_known();
        let counting = if repeats == 0 {
            String::new()
        } else {
            format!(" ; en comptant chaque répétition, le montant serait de {}", figures.amount(known + repeats))
        };
        text.push(format!(
            "Compté une seule fois bien que listé plusieurs fois : {}{counting}.",
            listed(&attached.repeated.iter().map(show_listed).collect::<Vec<_>>()),
        ));
    }
    text.extend(elsewhere(inquiry, &attached));
    let doubts: &'static [&'static str] = if known == 0 { &["ADS-01", "ADS-08"] } else { &["ADS-08"] };
    let is_certain = known > 0 && amount == high;
    let finding =
        weigh(inquiry, is_certain, doubts, text.join(" ")).with(ask_for_codes(&attached).filter(|_| amount != high));
    Ok(Scale { amount, low: amount, high, finding })
}

/// The lines that do not count as long as nobody knows which communes they are.
fn uncounted(attached: &Attached, amount: Cents, high: Cents) -> Option<String> {
    let shown = |communes: &[CommuneRef]| listed(&communes.iter().map(show_listed).collect::<Vec<_>>());
    let reasons = [
        ("absent des tables des communes (commune nouvelle ou fusionnée ?)", &attached.unknown),
        ("arrondissement", &attached.districts),
    ];
    let told: Vec<String> = reasons
        .into_iter()
        .filter(|(_, communes)| !communes.is_empty())
        .map(|(reason, communes)| format!("{reason} : {}", shown(communes)))
        .collect();
    let counting = if amount == high {
        "le montant n’en dépend pas".to_owned()
    } else {
        format!("en comptant les communes en cause, le montant serait de {high}")
    };
    (!told.is_empty()).then(|| format!("Non compté, {} ; {counting}.", told.join(" ; ")))
}

fn of_autonomous_commune(inquiry: &mut Inquiry<'_>, figures: &Figures) -> Result<Scale, Finding> {
    let counts = inquiry.flag(ParameterName::AutonomousCommuneCountsAsAttached)?;
    let amount = figures.amount(usize::from(counts));
    let mut text = vec![if counts {
        format!(
            "{} pour la commune autonome, comptée aussi comme rattachée à elle-même ({}) : {amount}. Interprétation du guide, selon le réglage de la préfecture.",
            figures.base, figures.per_commune
        )
    } else {
        format!(
            "{amount} pour la commune autonome, qui instruit pour elle-même. Interprétation du guide, qui ne chiffre que le centre instructeur et ses communes rattachées."
        )
    }];
    let mut high = amount;
    let kind = inquiry.legal_kind();
    let communes = listed_communes(inquiry).unwrap_or_default();
    if !communes.is_empty() {
        let attached = attached(inquiry, communes);
        let known = attached.known.len();
        high = high.max(figures.amount(known + attached.possible()));
        text.push(format!(
            "Elle liste {} : si elle était un centre instructeur, le montant serait de {}.",
            counted(known, "commune connue", "communes connues"),
            figures.amount(known)
        ));
    }
    if is_no_commune(kind) {
        if communes.is_empty() {
            high = figures.most();
        }
        text.insert(
            0,
            format!(
                "Le demandeur se dit commune autonome, mais il est connu comme : {} ; montant à revoir si c’est un centre instructeur.",
                kind.label()
            ),
        );
    }
    let finding = weigh(inquiry, !is_no_commune(kind), &["ADS-01"], text.join(" "));
    Ok(Scale { amount, low: amount, high, finding })
}

/// Known to be something else than a commune.
pub(super) fn is_no_commune(kind: LegalKind) -> bool {
    !matches!(kind, LegalKind::Commune | LegalKind::Unknown)
}

/// ADS-06.
pub(super) fn by_scale(inquiry: &mut Inquiry<'_>) -> Outcome {
    Ok(scale(inquiry)?.finding)
}

fn cap_share(inquiry: &mut Inquiry<'_>) -> Result<Option<Decimal>, Finding> {
    inquiry.share_if_set(ParameterName::AdsCapShare)
}

/// The smaller of the scale and the share of the eligible expenses.
fn cap(scale: Cents, eligible: Cents, share: Decimal) -> Cents {
    scale.min(eligible.share_rounded_down(share))
}

/// ADS-07.
pub(super) fn capped(inquiry: &mut Inquiry<'_>) -> Outcome {
    match cap_share(inquiry)? {
        Some(share) => Ok(within_expenses(inquiry, share)?.finding),
        None => Ok(Finding::not_applicable(
            "Le réglage de la préfecture ne limite pas le montant aux dépenses éligibles : le montant du barème est retenu.",
        )),
    }
}

/// The amount of ADS-07, or of ADS-06 when no cap is set.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    if let Some(share) = cap_share(inquiry)? {
        return within_expenses(inquiry, share);
    }
    let Scale { amount, low, high, finding } = scale(inquiry)?;
    Ok(Ceiling { amount: Some(amount), low, high, finding })
}

/// Computes ADS-07.
fn within_expenses(inquiry: &mut Inquiry<'_>, share: Decimal) -> Result<Ceiling, Finding> {
    let scale = scale(inquiry)?;
    let expenses = Expenses::read(inquiry, POLICY);
    let (least, most) = expenses.bounds();
    let at_most = |scale: Cents| most.map_or(scale, |most| cap(scale, most, share));
    let (low, high) = (cap(scale.low, least, share), at_most(scale.high));
    let Some(eligible) = expenses.eligible() else {
        let finding = match &expenses {
            Expenses::Unknown(fact, Some(absence)) => lacking(*fact, absence),
            Expenses::Lines(lines) => Finding::to_review(
                "Aucune dépense n’est éligible avec certitude : le montant ne peut pas être calculé.",
            )
            .with(lines.asks()),
            _ => {
                Finding::to_review("Les dépenses éligibles ne sont pas connues : le montant ne peut pas être calculé.")
            }
        };
        return Ok(Ceiling { amount: None, low, high, finding });
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
    let exceeds = if amount < scale.amount { "dépasse" } else { "ne dépasse pas" };
    let mut text = vec![format!("Le barème donne {}, ce qui {exceeds} {limit} : {amount}.", scale.amount)];
    if let Expenses::Lines(lines) = &expenses
        && lines.doubtful().next().is_some()
    {
        let with_doubtful = cap(scale.amount, lines.with_doubtful().max(Cents::ZERO), share);
        text.push(format!("Si les lignes à vérifier étaient admises : {with_doubtful}."));
    }
    text.push("Interprétation du guide (« une partie des coûts »), qui ne dit pas si les dépenses sont hors taxes : le montant du formulaire est repris tel quel.".to_owned());
    if low == high {
        return Ok(Ceiling::exactly(amount, text.join(" ")));
    }
    // What is doubtful about the scale it says itself.
    let highest = at_most(if scale.finding.verdict == VerdictValue::Met { scale.amount } else { scale.high });
    let asks = if let Expenses::Lines(lines) = &expenses { lines.asks() } else { Vec::new() };
    let is_certain = low == highest || most == Some(least);
    let finding = weigh(inquiry, is_certain, &["ADS-05"], text.join(" "));
    let finding = if finding.verdict == VerdictValue::Met {
        finding
    } else {
        Finding::to_review(format!("Montant douteux : il va de {low} à {highest}, selon ce qui reste à trancher."))
            .and(finding)
            .with(asks)
    };
    let finding = if scale.finding.verdict == VerdictValue::Met { finding } else { scale.finding.and(finding) };
    Ok(Ceiling { amount: Some(amount), low, high, finding })
}

/// The expenses that count.
pub(super) fn eligible_expenses(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    Expenses::read(inquiry, POLICY).eligible()
}

/// The amount of ADS-07, or of ADS-06 when no cap is set.
pub(super) fn computed(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    ceiling(inquiry).ok()?.amount
}
