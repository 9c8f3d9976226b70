//! Controls of a decision taken: A3V1-10 to A3V1-12.

use jiff::civil::Date;

use super::amount::{self, Exception, exception};
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::domain::verdict::{VerdictValue, Who};
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome, settle};
use crate::rules::{envelope, grant};

/// A3V1-10.
pub(super) fn granted(inquiry: &mut Inquiry<'_>) -> Outcome {
    let finding = settle(grant::within(inquiry, amount::ceiling));
    if !inquiry.state().is_live() {
        return Ok(finding);
    }
    match inquiry.yes_no(FactName::RateException) {
        Ok(true) => {}
        Err(absence) if absence.hides_an_answer() && finding.verdict != VerdictValue::NotApplicable => {
            return Ok(finding.and(lacking(FactName::RateException, absence)));
        }
        _ => return Ok(finding),
    }
    Ok(match exception(inquiry) {
        Exception::ForTheme3 => finding,
        Exception::ForAnotherTheme => finding.and(Finding::not_met(
            "Un taux exceptionnel est enregistré, alors que le guide le réserve à la thématique 3.",
        )),
        Exception::ForAnUnknownTheme => finding.and(Finding::to_review(
            "Un taux exceptionnel, que le guide réserve à la thématique 3, est enregistré, mais la thématique n’est pas connue.",
        )),
    })
}

/// A3V1-11: what was granted on the drawing right of the département, in order of decision, against its value on the day of this decision.
pub(super) fn drawing_right(inquiry: &mut Inquiry<'_>) -> Outcome {
    if *inquiry.state() != DossierState::Accepte || !inquiry.is_live() {
        return Ok(Finding::not_applicable("Le dossier n’est pas accepté : il ne consomme pas le droit de tirage."));
    }
    let place = inquiry.place();
    if inquiry.served.excludes_place(&place) {
        return Ok(Finding::not_applicable("Le dossier relève d’une autre préfecture."));
    }
    let Some(departement) = place.departement else {
        return Err(Finding::to_review(
            "Le département du projet n’est pas connu ou n’est pas unique : impossible de dire quel droit de tirage est consommé.",
        ));
    };
    let Some(limit) = inquiry.euros_of(ParameterName::DrawingRight, &departement)? else {
        return Ok(Finding::not_met(format!(
            "Le département {departement} n’a pas de droit de tirage au titre du volet 1 : cette attribution n’est couverte par aucun crédit."
        )));
    };
    let named = format!("le droit de tirage du département {departement}");
    Ok(envelope::within(inquiry, limit, &named))
}

/// Whether the région is still to be told of a pending project before the letter goes to its carrier ([M1-dép] : « Avant notification
/// au porteur de projets »): the project is retained, since the committee saw it or an amount was granted, and neither date is entered.
#[must_use]
pub fn awaits_announcement(subject: &Subject, today: Date) -> bool {
    let facts = &subject.facts;
    let is_pending = subject.programme == Programme::Axe3V1
        && subject.state == DossierState::EnInstruction
        && subject.removed.is_none();
    let is_retained =
        facts.date(FactName::CommitteeDate).is_some_and(|day| day <= today) || subject.granted().is_some();
    let is_blank = |name| matches!(facts.get(name), Err(Absence::Blank { .. }));
    is_pending && is_retained && is_blank(FactName::RegionInformedOn) && is_blank(FactName::NotifiedOn)
}

/// A3V1-12.
pub(super) fn region_informed(inquiry: &mut Inquiry<'_>) -> Outcome {
    let state = inquiry.state();
    if !state.is_live() {
        return Ok(Finding::not_applicable(
            "Le projet n’est pas retenu : le guide ne demande d’informer la région que des projets retenus.",
        ));
    }
    let informed = inquiry.date(FactName::RegionInformedOn);
    let deposited = inquiry.deposited_on();
    if let Ok(informed) = informed
        && informed < deposited
    {
        return Ok(Finding::to_review(format!(
            "La région aurait été informée le {}, avant le dépôt du dossier, le {} : date à vérifier.",
            french_date(informed),
            french_date(deposited)
        ))
        .leaving(
            Who::Prefecture,
            FactName::RegionInformedOn,
            "À corriger : information de la région (antérieure au dépôt).",
        ));
    }
    let notified = match inquiry.date(FactName::NotifiedOn) {
        Ok(date) => Some((date, "notifiée")),
        Err(absence) if absence.hides_an_answer() => return Err(lacking(FactName::NotifiedOn, absence)),
        Err(_) if *state == DossierState::Accepte => {
            inquiry.treated_on().map(|date| (date, "acceptée sur DS, ce qui en avertit le demandeur,"))
        }
        Err(_) => None,
    };
    let Some((notified, how)) = notified else {
        return Ok(if *state == DossierState::Accepte {
            Finding::to_review("Le dossier est accepté, mais la date de notification n’est pas connue.").leaving(
                Who::Prefecture,
                FactName::NotifiedOn,
                "À renseigner : date de notification.",
            )
        } else {
            Finding::not_applicable("La décision n’est pas encore notifiée.")
        });
    };
    let when = french_date(notified);
    Ok(match informed {
        Ok(informed) if informed < notified => Finding::met(format!(
            "La région a été informée le {}, avant que la décision soit {how} le {when}.",
            french_date(informed)
        )),
        Ok(informed) if informed == notified => Finding::to_review(format!(
            "La région a été informée le {when}, le jour même où la décision a été {how} : vérifier l’ordre."
        )),
        Ok(informed) => Finding::not_met(format!(
            "La région a été informée le {}, après que la décision a été {how} le {when}.",
            french_date(informed)
        )),
        Err(absence @ Absence::Blank { .. }) => Finding::not_met(format!(
            "La décision a été {how} le {when}, sans que l’information de la région soit enregistrée."
        ))
        .lacking(FactName::RegionInformedOn, absence),
        Err(absence) => Finding::to_review(format!(
            "La décision a été {how} le {when} ; la date d’information de la région n’est pas connue ({absence})."
        ))
        .lacking(FactName::RegionInformedOn, absence),
    })
}
