//! The communes of a dossier: ADS-08, who is attached to whom, and ADS-13, what the law asks of them.

use super::amount::is_no_commune;
use super::carrier::{Carrier, listed_communes};
use crate::domain::fact::{Absence, CommuneRef, FactName};
use crate::domain::instant::french_date;
use crate::domain::verdict::Who;
use crate::rules::attached::{Attached, show, show_listed};
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Ask, Finding, Outcome};
use crate::rules::wording::{counted, dossiers, grouped, listed, the_dossiers};
use crate::territory::{self, Commune};

/// The attached communes, told apart by the reference tables.
pub(super) fn attached(inquiry: &mut Inquiry<'_>, communes: &[CommuneRef]) -> Attached {
    if !communes.is_empty() {
        inquiry.note_communes();
    }
    Attached::sort(communes)
}

/// Those that count and lie outside the département of the centre, or outside the territory served: they count, and are shown.
pub(super) fn elsewhere(inquiry: &mut Inquiry<'_>, attached: &Attached) -> Option<String> {
    let own = inquiry.applicant_departement()?;
    let served = inquiry.served;
    let named = |communes: Vec<Commune>| listed(&communes.into_iter().map(show).collect::<Vec<_>>());
    let outside = attached.outside(|departement| departement == own || served.excludes(departement));
    let foreign = attached.outside(|departement| !served.excludes(departement));
    let parts: Vec<String> = [
        (!outside.is_empty()).then(|| format!("hors du département {own} : {}", named(outside))),
        (!foreign.is_empty()).then(|| format!("hors de la région : {}", named(foreign))),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("Communes rattachées situées ailleurs, comptées : {}.", parts.join(" ; ")))
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
    let kind = inquiry.legal_kind();
    let own = inquiry.applicant_commune().filter(|_| !is_no_commune(kind));
    let attached = attached(inquiry, communes);
    let mut doubts = own_doubts(&attached);

    if carrier == Carrier::Centre
        && let Some(commune) = attached.meant().into_iter().find(|commune| Some(commune.code) == own)
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
                        "la commune se dit autonome mais est listée comme rattachée dans {}",
                        the_dossiers(&others)
                    ));
                }
            }
            (Carrier::AutonomousCommune, None) if is_no_commune(kind) => {
                doubts.push(format!("le demandeur se dit commune autonome mais est connu comme : {}", kind.label()));
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
        let asks = ask_for_codes(&attached);
        // What only the applicant knows does not settle the rest.
        let only_codes = asks.is_some() && doubts.len() == code_doubts(&attached).len();
        let finding =
            Finding::to_review(format!("À vérifier (contrôle de la préfecture) : {}.", doubts.join(" ; "))).with(asks);
        if only_codes {
            finding
        } else {
            finding.leaving(Who::Instructeur, FactName::AttachedCommunes, "À trancher : communes rattachées.")
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
        let existing = counted(
            attached.known.len(),
            "commune rattachée existe, et n’est",
            "communes rattachées existent, toutes différentes, et ne sont",
        );
        let mut text = vec![format!("{existing} dans aucune autre demande en cours.")];
        text.extend(elsewhere(inquiry, &attached));
        Finding::met(text.join(" "))
    })
}

fn listed_as(communes: &[CommuneRef]) -> String {
    listed(&communes.iter().map(show_listed).collect::<Vec<_>>())
}

/// What to ask the applicant of the lines that name no commune of the tables.
pub(super) fn ask_for_codes(attached: &Attached) -> Option<Ask> {
    let unclear: Vec<CommuneRef> = attached.unknown.iter().chain(&attached.districts).cloned().collect();
    let what = || format!("À faire préciser : commune exacte et code INSEE pour {}.", listed_as(&unclear));
    (!unclear.is_empty()).then(|| Ask { who: Who::Demandeur, fact: Some(FactName::AttachedCommunes), what: what() })
}

/// What is doubtful about lines that name no commune of the tables.
fn code_doubts(attached: &Attached) -> Vec<String> {
    let mut doubts = Vec::new();
    if !attached.unknown.is_empty() {
        doubts.push(format!(
            "{} des tables, non compté dans le montant (commune nouvelle ou fusionnée ?) : {}",
            if attached.unknown.len() == 1 { "absent" } else { "absents" },
            listed_as(&attached.unknown)
        ));
    }
    if !attached.districts.is_empty() {
        doubts.push(format!("arrondissement, non compté dans le montant : {}", listed_as(&attached.districts)));
    }
    doubts
}

fn own_doubts(attached: &Attached) -> Vec<String> {
    let mut doubts = code_doubts(attached);
    if !attached.repeated.is_empty() {
        let mut communes: Vec<String> = attached.repeated.iter().map(show_listed).collect();
        communes.sort();
        communes.dedup();
        let said = match communes.len() {
            1 => "commune listée plusieurs fois, comptée une seule fois",
            _ => "communes listées plusieurs fois, comptées une seule fois chacune",
        };
        doubts.push(format!("{said} : {}", listed(&communes)));
    }
    doubts
}

/// What other live dossiers say of the same communes.
fn shared(inquiry: &mut Inquiry<'_>, attached: &Attached) -> Vec<String> {
    let mut doubts = Vec::new();
    for commune in attached.meant() {
        let elsewhere = inquiry.peers().attaching(commune.code, inquiry.dossier());
        if !elsewhere.is_empty() {
            doubts.push(format!("{} est aussi rattachée dans {}", show(commune), the_dossiers(&elsewhere)));
        }
        let autonomous = inquiry.peers().autonomous(commune.code, inquiry.dossier());
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
    let from = inquiry.day(ParameterName::ElectronicReceptionFrom)?;
    let threshold = inquiry.count(ParameterName::ElectronicProcessingThreshold)?;
    let carrier = Carrier::read(inquiry)?;
    let listed_communes = communes_of(inquiry, carrier)?;
    let attached = attached(inquiry, listed_communes);
    let mut communes = attached.meant();
    if carrier == Carrier::AutonomousCommune {
        let kind = inquiry.legal_kind();
        let own = inquiry.applicant_commune().filter(|_| !is_no_commune(kind));
        let own = own.and_then(territory::commune);
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
        .map(|(commune, population)| format!("{}, {} habitants", show(*commune), grouped(population)))
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
