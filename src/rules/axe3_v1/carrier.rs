//! Who asks, for what and where: A3V1-01, 02, 13 to 16.

use crate::domain::dossier::DossierNumber;
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::subject::LegalKind;
use crate::rules::inquiry::{Inquiry, lacking, of_unsure_nature, without_siret};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::{LISTED, grouped, listed, listed_of};
use crate::territory::VINTAGE;

/// Surely neither a collectivité nor a groupement: no rate of the guide is for it.
pub(super) const fn is_no_collectivite(kind: LegalKind) -> bool {
    matches!(kind, LegalKind::State | LegalKind::Company | LegalKind::Association | LegalKind::Person)
}

/// A3V1-01.
pub(super) fn collectivite(inquiry: &mut Inquiry<'_>) -> Outcome {
    let kind = inquiry.legal_kind();
    let shown = kind.label();
    Ok(match kind {
        LegalKind::Commune | LegalKind::Departement | LegalKind::Region | LegalKind::Groupement => {
            Finding::met(format!("Le demandeur est une collectivité ou un groupement de collectivités ({shown})."))
        }
        _ if is_no_collectivite(kind) => {
            Finding::not_met(format!("Le demandeur n’est pas une collectivité ({shown})."))
        }
        _ => {
            let finding = Finding::to_review(format!(
                "Le guide ne dit pas si ce demandeur ({shown}) compte parmi les collectivités : à la préfecture d’en juger."
            ));
            of_unsure_nature(inquiry, finding)
        }
    })
}

/// A3V1-02.
pub(super) fn theme(inquiry: &mut Inquiry<'_>) -> Outcome {
    let themes = inquiry.choices(FactName::Theme).map_err(|absence| lacking(FactName::Theme, absence))?;
    let themes: Vec<&str> = themes.iter().map(String::as_str).collect();
    Ok(match themes.as_slice() {
        [one @ ("1" | "2" | "3")] => Finding::met(format!("Le projet relève de la thématique {one}.")),
        ["4"] => Finding::to_review("Le projet relève de Démat.ADS : à réorienter vers le formulaire Démat.ADS."),
        none_or_several => which_theme(none_or_several),
    })
}

/// No theme, or several of them, where one is expected.
fn which_theme(themes: &[&str]) -> Finding {
    if themes.is_empty() {
        return Finding::to_review("Aucune thématique n’est choisie.")
            .asking(FactName::Theme, "À compléter : thématique du projet.");
    }
    Finding::to_review(format!("Thématiques choisies : {} ; une seule est attendue.", listed(themes)))
        .asking(FactName::Theme, "À faire préciser : thématique principale du projet.")
}

/// A3V1-13.
pub(super) fn daily_life(inquiry: &mut Inquiry<'_>) -> Outcome {
    let judge = "à l’instructeur de dire si le projet a un effet sur la vie quotidienne des citoyens.";
    let themes = match inquiry.choices(FactName::Theme) {
        Ok(themes) => themes.iter().map(String::as_str).collect::<Vec<_>>(),
        Err(absence) => {
            let unknown = format!("La thématique n’est pas connue ({absence}) ; une fois qu’elle l’est, {judge}");
            return Ok(Finding::to_review(unknown).lacking(FactName::Theme, absence));
        }
    };
    Ok(match themes.as_slice() {
        ["3"] => Finding::met("Prioritaire : la thématique 3 vise la relation avec l’usager."),
        [_] => Finding::to_review(format!("La thématique n’est pas la troisième : {judge}")),
        _ => which_theme(&themes),
    })
}

/// A3V1-14.
pub(super) fn small(inquiry: &mut Inquiry<'_>) -> Outcome {
    let population = inquiry.population().map_or_else(
        || "inconnue des tables".to_owned(),
        |number| format!("{} habitants ({VINTAGE})", grouped(number)),
    );
    let declaration = inquiry.shown_declaration().map_or_else(String::new, |shown| format!(" ; {shown}"));
    Ok(Finding::to_review(format!(
        "Le guide ne fixe pas de seuil pour une « petite ou moyenne » collectivité ; population : {population}{declaration}."
    )))
}

/// A3V1-15.
pub(super) fn place(inquiry: &mut Inquiry<'_>) -> Outcome {
    let declared = inquiry.departements(FactName::ProjectDepartement);
    let place = inquiry.place();
    if inquiry.served.excludes_place(&place) {
        let touched: Vec<&String> = place.touches.iter().collect();
        return Ok(Finding::to_review(format!(
            "Le projet n’est pas réalisé dans la région (département {}) : il relève d’une autre préfecture.",
            listed(&touched)
        )));
    }
    let Some(departement) = place.departement else {
        let touched: Vec<&String> = place.touches.iter().collect();
        return Err(match declared {
            Err(absence) if absence.hides_an_answer() => lacking(FactName::ProjectDepartement, absence),
            Ok(_) => Finding::to_review(format!(
                "Le projet est réalisé dans plusieurs départements ({}) : lequel instruit ?",
                listed(&touched)
            ))
            .asking(FactName::ProjectDepartement, "À faire préciser : département principal du projet."),
            Err(absence) => Finding::to_review(match (touched.len(), inquiry.legal_kind()) {
                (0, _) => "Le département du projet n’est pas connu.".to_owned(),
                (1, kind) => format!(
                    "Le siège du demandeur ({}) est dans le département {}, mais rien ne dit qu’il n’agit que là : où le projet est-il réalisé ?",
                    kind.label(),
                    listed(&touched)
                ),
                _ => format!(
                    "Le demandeur s’étend sur plusieurs départements ({}) : lequel instruit ?",
                    listed(&touched)
                ),
            })
            .lacking(FactName::ProjectDepartement, absence),
        });
    };
    Ok(if inquiry.euros_of(ParameterName::DrawingRight, &departement)?.is_none() {
        Finding::to_review(format!(
            "Le projet est réalisé dans le département {departement}, qui n’a pas de droit de tirage au titre du volet 1."
        ))
    } else {
        Finding::met(format!("Le projet est réalisé dans le département {departement}."))
    })
}

/// A3V1-16, among live dossiers.
pub(super) fn not_covered(inquiry: &mut Inquiry<'_>) -> Outcome {
    if inquiry.siret().is_none() {
        return Err(without_siret());
    }
    let own = inquiry.dossier();
    let peers = inquiry.peers();
    let beyond = peers.of_programmes(own, &[Programme::Axe3V1Ads, Programme::Axe3V2], LISTED);
    let of_axe2 = [Programme::Axe2V1, Programme::Axe2V2, Programme::Axe2V3, Programme::Axe2V4];
    let axe2 = peers.of_programmes(own, &of_axe2, LISTED);
    let shown = |(first, all): &(Vec<(DossierNumber, Programme)>, usize)| {
        let shown =
            |(number, programme): &(DossierNumber, Programme)| format!("n°\u{a0}{number} ({})", programme.label());
        listed_of(&first.iter().map(shown).collect::<Vec<_>>(), *all)
    };
    let axe1 = "Les besoins déposés au titre de l’axe 1 ne sont pas suivis ici.";
    if axe2.1 == 0 && beyond.1 == 0 {
        return Ok(Finding::met(format!(
            "Aucune autre demande en cours de cette collectivité, sur les seules démarches suivies. {axe1}"
        )));
    }
    let mut text = Vec::new();
    if axe2.1 > 0 {
        text.push(format!("La même collectivité a d’autres demandes en cours dans l’axe 2 : {}.", shown(&axe2)));
    }
    if beyond.1 > 0 {
        text.push(format!(
            "La même collectivité a d’autres demandes en cours dans l’axe 3 : {} (interprétation du guide, qui ne nomme que les axes 1 et 2).",
            shown(&beyond)
        ));
    }
    text.push(format!("Vérifier qu’elles ne couvrent pas le même besoin. {axe1}"));
    Ok(Finding::to_review(text.join(" ")))
}
