//! The communes of a dossier: ADS-08, who is attached to whom, and ADS-13, what the law asks of them.

use std::collections::BTreeSet;

use super::carrier::{Carrier, listed_communes};
use crate::domain::fact::{Absence, CommuneRef, FactName};
use crate::domain::instant::french_date;
use crate::domain::subject::LegalKind;
use crate::domain::text::fold;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::{counted, dossiers, grouped, listed};
use crate::territory::{Commune, territory};

/// The attached communes, told apart.
pub(super) struct Attached {
    /// In the tables, each once, in the order of the form.
    pub known: Vec<&'static Commune>,
    /// Those listed a second time, once for each repetition.
    pub repeated: Vec<String>,
    /// Those that the tables do not have, each once: as the form names them.
    pub unknown: Vec<String>,
}

impl Attached {
    pub fn sort(inquiry: &mut Inquiry<'_>, communes: &[CommuneRef]) -> Self {
        if !communes.is_empty() {
            inquiry.note_communes();
        }
        let mut sorted = Self { known: Vec::new(), repeated: Vec::new(), unknown: Vec::new() };
        let mut seen = BTreeSet::new();
        for CommuneRef { code, text } in communes {
            let known = code.as_deref().and_then(|code| territory().commune(code));
            let name = known.map_or_else(|| unknown_name(code.as_deref(), text), show);
            if !seen.insert(code.clone().unwrap_or_else(|| fold(text))) {
                sorted.repeated.push(name);
            } else if let Some(commune) = known {
                sorted.known.push(commune);
            } else {
                sorted.unknown.push(name);
            }
        }
        sorted
    }
}

fn show(commune: &Commune) -> String {
    format!("{} ({})", commune.name, commune.code)
}

fn unknown_name(code: Option<&str>, text: &str) -> String {
    match code {
        Some(code) if text.trim() == code || text.trim().is_empty() => format!("code {code}"),
        Some(code) => format!("« {} » (code {code})", text.trim()),
        None => format!("« {} »", text.trim()),
    }
}

/// What keeps a list of attached communes from being read; a blank one is an answer for an autonomous commune only.
fn communes_of<'a>(inquiry: &mut Inquiry<'a>, carrier: Carrier) -> Result<&'a [CommuneRef], Finding> {
    let communes = match (carrier, inquiry.communes(FactName::AttachedCommunes)) {
        (Carrier::Centre, Err(absence @ Absence::Blank { .. })) => Err(absence),
        _ => listed_communes(inquiry),
    };
    communes.map_err(|absence| lacking(FactName::AttachedCommunes, absence))
}

/// ADS-08.
pub(super) fn attachment(inquiry: &mut Inquiry<'_>) -> Outcome {
    let carrier = Carrier::read(inquiry)?;
    let communes = communes_of(inquiry, carrier)?;
    let own = inquiry.applicant_commune();
    let kind = inquiry.legal_kind();
    let attached = Attached::sort(inquiry, communes);
    let mut doubts = own_doubts(&attached);

    if carrier == Carrier::Centre
        && matches!(kind, LegalKind::Commune | LegalKind::Unknown)
        && let Some(commune) = attached.known.iter().find(|commune| Some(commune.code.as_str()) == own)
    {
        doubts.push(format!(
            "le centre instructeur se compte lui-même parmi ses communes rattachées : {}",
            show(commune)
        ));
    }
    let live = inquiry.is_live();
    if live {
        doubts.extend(shared(inquiry, &attached));
        match (carrier, own) {
            (Carrier::AutonomousCommune, Some(own)) => {
                let others = inquiry.peers().attaching(own, inquiry.dossier());
                if !others.is_empty() {
                    doubts.push(format!(
                        "la commune se dit autonome mais est listée comme rattachée dans : {}",
                        dossiers(&others)
                    ));
                }
            }
            (Carrier::AutonomousCommune, None) => {
                doubts.push(
                    "la commune du demandeur n’est pas connue : impossible de vérifier qu’aucun centre ne la liste"
                        .to_owned(),
                );
            }
            (Carrier::Centre, _) => {}
        }
    }
    Ok(if !doubts.is_empty() {
        let finding = Finding::to_review(format!("À vérifier (contrôle de la préfecture) : {}.", doubts.join(" ; ")));
        if attached.unknown.is_empty() {
            finding
        } else {
            finding.asking(
                FactName::AttachedCommunes,
                format!(
                    "À faire préciser par le demandeur : commune exacte et code INSEE pour {}.",
                    listed(&attached.unknown)
                ),
            )
        }
    } else if !live {
        Finding::not_applicable(
            "Le dossier est refusé, classé sans suite ou retiré : ses communes ne sont pas comparées à celles des autres.",
        )
    } else if carrier == Carrier::AutonomousCommune {
        Finding::met("La commune autonome n’est rattachée à aucun centre instructeur parmi les demandes en cours.")
    } else if attached.known.is_empty() {
        Finding::not_applicable("Aucune commune rattachée n’est déclarée.")
    } else {
        Finding::met(format!(
            "{}, toutes différentes, et dans aucune autre demande en cours.",
            counted(attached.known.len(), "commune rattachée existe", "communes rattachées existent")
        ))
    })
}

fn own_doubts(attached: &Attached) -> Vec<String> {
    let mut doubts = Vec::new();
    if !attached.unknown.is_empty() {
        doubts.push(format!(
            "{} des tables, non compté dans le montant (commune nouvelle ou fusionnée ?) : {}",
            if attached.unknown.len() == 1 { "absent" } else { "absents" },
            listed(&attached.unknown)
        ));
    }
    if !attached.repeated.is_empty() {
        doubts.push(format!("listé plusieurs fois, compté une seule : {}", listed(&attached.repeated)));
    }
    doubts
}

/// What other live dossiers say of the same communes.
fn shared(inquiry: &mut Inquiry<'_>, attached: &Attached) -> Vec<String> {
    let mut doubts = Vec::new();
    for commune in &attached.known {
        let elsewhere = inquiry.peers().attaching(&commune.code, inquiry.dossier());
        if !elsewhere.is_empty() {
            doubts.push(format!("{} est aussi rattachée dans : {}", show(commune), dossiers(&elsewhere)));
        }
        let autonomous = inquiry.peers().autonomous(&commune.code, inquiry.dossier());
        if !autonomous.is_empty() {
            doubts.push(format!(
                "{} demande aussi l’aide comme commune autonome : {}",
                show(commune),
                dossiers(&autonomous)
            ));
        }
    }
    doubts
}

/// ADS-13. The populations are those of the tables.
pub(super) fn obligations(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let from = inquiry.day(ParameterName::ElectronicReceptionFrom, deposited)?;
    let threshold = inquiry.count(ParameterName::ElectronicProcessingThreshold, deposited)?;
    let carrier = Carrier::read(inquiry)?;
    let listed_communes = communes_of(inquiry, carrier)?;
    let attached = Attached::sort(inquiry, listed_communes);
    let mut communes = attached.known;
    if carrier == Carrier::AutonomousCommune {
        let own = inquiry.applicant_commune().and_then(|code| territory().commune(code));
        let Some(own) = own else {
            return Err(Finding::to_review(
                "La commune du demandeur n’est pas connue : ses obligations ne peuvent pas être dites.",
            ));
        };
        if communes.iter().all(|commune| commune.code != own.code) {
            communes.insert(0, own);
        }
    }
    inquiry.note_populations();
    let above: Vec<String> = communes
        .iter()
        .filter_map(|commune| commune.population.filter(|population| *population > threshold).map(|p| (commune, p)))
        .map(|(commune, population)| format!("{}, {} habitants", show(commune), grouped(population)))
        .collect();
    let mut text = vec![format!(
        "À partir du {}, toutes les communes reçoivent les demandes sous forme électronique ; au-delà de {} habitants, elles les instruisent aussi sous cette forme.",
        french_date(from),
        grouped(threshold)
    )];
    text.push(match (communes.len(), above.len()) {
        (0, _) => "Aucune commune du dossier n’est connue.".to_owned(),
        (_, 0) => "Aucune commune du dossier n’est au-dessus du seuil.".to_owned(),
        (_, count) => format!(
            "Au-dessus du seuil dans ce dossier, {} : {}.",
            counted(count, "commune", "communes"),
            listed(&above)
        ),
    });
    let uninhabited = communes.iter().filter(|commune| commune.population.is_none()).count() + attached.unknown.len();
    if uninhabited > 0 {
        text.push(format!("Population inconnue pour {}.", counted(uninhabited, "commune", "communes")));
    }
    Ok(Finding::met(text.join(" ")))
}
