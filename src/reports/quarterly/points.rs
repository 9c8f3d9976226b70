//! What of the report needs a decision or an act, and whose it is. What is most pressing comes first.

use std::collections::BTreeSet;

use super::document::words::{day, euros, listed};
use super::{Apart, Credit, Grant, Margin, Outlook, QuarterlyReport, Section};
use crate::domain::money::Cents;
use crate::domain::period::{Period, Quarter};
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::VerdictValue;

/// Something that somebody is to decide or to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// In a few words, without an article.
    pub subject: &'static str,
    /// The facts, in a sentence.
    pub what: String,
    /// Who is to act: which préfectures, where that is known.
    pub who: String,
}

const REGION: &str = "préfecture de région";
/// How many préfectures are named, by the codes of their départements.
const NAMED: usize = 4;
/// Whom the guide charges with axe 2; who decides there is not said.
const NATION: &str = "échelon national (DINUM, DITP) pour l’axe 2";
const OPERATOR: &str = "exploitant du service";

/// What needs a decision or an act.
#[must_use]
pub fn points(report: &QuarterlyReport) -> Vec<Point> {
    let themes = report.sections.iter().filter(|section| section.programme == Programme::Axe3V1);
    let mut points: Vec<Point> = Vec::new();
    points.extend(report.sections.iter().filter_map(exceeded));
    points.extend(reallocation(report));
    points.extend(themes.filter_map(|section| running_out(section, report)));
    points.extend(controls(report, VerdictValue::NotMet));
    points.extend(without_amount(report));
    points.extend(unsettled(report));
    points.extend(removed(report));
    points.extend(overdue(report));
    points.extend(controls(report, VerdictValue::ToReview));
    points.extend(unreadable(report));
    points.extend(unset(report));
    points
}

/// Who decides on some dossiers, each of its programme and its département: the préfecture de région on those of volet 2; on those of axe 2
/// no préfecture does.
fn whose<'a>(dossiers: impl Iterator<Item = (Programme, Option<&'a str>)>) -> String {
    let (of_axe_2, others): (Vec<_>, Vec<_>) = dossiers.partition(|(programme, _)| programme.is_of_axe_2());
    let (of_region, of_departements): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(programme, _)| *programme == Programme::Axe3V2);
    let prefectures = match (of_departements.is_empty(), of_region.is_empty()) {
        (true, true) => None,
        (true, false) => Some(REGION.to_owned()),
        _ => Some(prefectures(of_departements.into_iter().filter_map(|(_, code)| code), !of_region.is_empty())),
    };
    let nation = (!of_axe_2.is_empty()).then(|| NATION.to_owned());
    prefectures.into_iter().chain(nation).collect::<Vec<_>>().join(" ; ")
}

/// The préfectures of some départements, and that of the région with them.
fn prefectures<'a>(codes: impl Iterator<Item = &'a str>, and_region: bool) -> String {
    let codes: BTreeSet<&str> = codes.collect();
    let several = if codes.len() == 1 && !and_region { "préfecture" } else { "préfectures" };
    // Of more it is said where their dossiers are listed.
    let which = match codes.len() {
        1..=NAMED => format!(" ({})", codes.into_iter().collect::<Vec<_>>().join(", ")),
        _ => String::new(),
    };
    let region = if and_region { " et de région" } else { "" };
    format!("{several} de département{which}{region}")
}

fn decided(grant: &Grant) -> (Programme, Option<&str>) {
    (grant.programme, grant.departement.as_deref())
}

/// `Seine-Saint-Denis (93)`.
fn place(credit: &Credit) -> String {
    credit.departement.as_ref().map_or_else(|| credit.label.clone(), |code| format!("{} ({code})", credit.label))
}

fn exceeded(section: &Section) -> Option<Point> {
    let over = |credit: &Credit| credit.left().filter(|left| *left < Cents::ZERO).map(|left| -left);
    if section.programme != Programme::Axe3V1 {
        let by = over(&section.total)?;
        return Some(Point {
            subject: "enveloppe dépassée",
            what: format!("{} : l’enveloppe est dépassée de {}.", section.title, euros(by)),
            who: REGION.to_owned(),
        });
    }
    let lines = || section.lines.iter().filter_map(|credit| Some((credit, over(credit)?)));
    let by: Vec<String> = lines().map(|(credit, by)| format!("{} de {}", place(credit), euros(by))).collect();
    (!by.is_empty()).then(|| Point {
        subject: if by.len() == 1 { "droit de tirage dépassé" } else { "droits de tirage dépassés" },
        what: format!("Dépassement : {}.", listed(&by)),
        who: prefectures(lines().filter_map(|(credit, _)| credit.departement.as_deref()), true),
    })
}

fn reallocation(report: &QuarterlyReport) -> Option<Point> {
    let margins = || report.margins.iter().map(|margin| (margin, margin.margin()));
    let free: Cents = margins().map(|(_, margin)| margin).filter(|margin| *margin > Cents::ZERO).sum();
    let beyond = || report.margins.iter().filter(|margin| margin.beyond() > Cents::ZERO);
    let overrun: Cents = report.margins.iter().map(Margin::overrun).sum();
    let by: Vec<String> = beyond().map(|of| format!("{} ({})", euros(of.beyond()), of.label)).collect();
    let need: Cents = margins().map(|(_, margin)| -margin).filter(|need| *need > Cents::ZERO).sum();
    let mut said = String::new();
    if !by.is_empty() {
        let together = match by.len() {
            1 => String::new(),
            _ => format!(", en tout {}", euros(beyond().map(Margin::beyond).sum())),
        };
        said = format!("Les demandes en attente dépassent ce qui reste de {}{together}. ", listed(&by));
    }
    if overrun > Cents::ZERO {
        let as_well =
            if by.is_empty() { "Ce qui est accordé dépasse" } else { "Ce qui est déjà accordé dépasse en outre" };
        said = format!("{said}{as_well} des droits de tirage de {}. ", euros(overrun));
    }
    // Where none needs the credits of another, nothing is to be decided: the annex says so.
    (need > Cents::ZERO).then(|| Point {
        subject: "réallocation entre départements",
        what: format!(
            "{said}Les autres départements ont {} de marge : une réallocation pourrait porter sur {}.",
            euros(free),
            euros(free.min(need))
        ),
        who: REGION.to_owned(),
    })
}

/// Rights that are used up, at this pace, by the end of the next quarter.
fn running_out(section: &Section, report: &QuarterlyReport) -> Option<Point> {
    let soon = Quarter::of(report.quarter.next_first_day()).next_first_day();
    let lines = || {
        section.lines.iter().filter_map(|credit| match credit.outlook {
            Outlook::On(on) if on < soon => Some((credit, on)),
            _ => None,
        })
    };
    let rights: Vec<String> = lines().map(|(credit, on)| format!("{} le {}", place(credit), day(on))).collect();
    (!rights.is_empty()).then(|| Point {
        subject: if rights.len() == 1 {
            "droit de tirage bientôt épuisé"
        } else {
            "droits de tirage bientôt épuisés"
        },
        what: format!("Au rythme du trimestre, épuisé avant la fin du suivant : {}.", listed(&rights)),
        who: prefectures(lines().filter_map(|(credit, _)| credit.departement.as_deref()), true),
    })
}

fn controls(report: &QuarterlyReport, verdict: VerdictValue) -> Option<Point> {
    let found = || report.breaches.iter().filter(|breach| breach.verdict == verdict);
    let dossiers: BTreeSet<_> = found().map(|breach| breach.number).collect();
    let rules: BTreeSet<&str> = found().map(|breach| breach.rule.as_str()).collect();
    if dossiers.is_empty() {
        return None;
    }
    let (subject, said) = match verdict {
        VerdictValue::NotMet => ("écarts relevés par les contrôles", "s’écarte du guide pour"),
        _ => ("contrôles à vérifier", "reste à vérifier pour"),
    };
    Some(Point {
        subject,
        what: format!(
            "La décision {said} {} ({}).",
            counted(dossiers.len(), "dossier", "dossiers"),
            counted(rules.len(), "règle", "règles")
        ),
        who: whose(found().map(|breach| (breach.programme, breach.departement.as_deref()))),
    })
}

fn without_amount(report: &QuarterlyReport) -> Option<Point> {
    let number = report.without_amount().count();
    let other = report.without_amount().filter(|grant| grant.apart == Some(Apart::OtherCredits)).count();
    let other = if other > 0 { format!(" (dont {other} de l’axe 2)") } else { String::new() };
    (number > 0).then(|| Point {
        subject: "attributions sans montant",
        what: format!(
            "{}{other} sans montant accordé : à saisir sur DS. Ce qui est accordé est un minimum.",
            counted(number, "dossier accepté", "dossiers acceptés")
        ),
        who: whose(report.without_amount().map(decided)),
    })
}

fn unsettled(report: &QuarterlyReport) -> Option<Point> {
    let grants = || {
        let all = report.sections.iter().flat_map(|section| &section.grants);
        all.filter(|grant| grant.apart == Some(Apart::Unsettled))
    };
    let granted: Cents = grants().filter_map(|grant| grant.granted).sum();
    let number = grants().count();
    (number > 0).then(|| Point {
        subject: "lieu à préciser",
        what: format!(
            "{} dont le département n’est pas connu, pour {} : {} sur aucun crédit.",
            counted(number, "attribution", "attributions"),
            euros(granted),
            if number == 1 { "elle ne compte" } else { "elles ne comptent" }
        ),
        who: whose(grants().map(decided)),
    })
}

fn removed(report: &QuarterlyReport) -> Option<Point> {
    let number = report.removed_grants.len();
    (number > 0).then(|| Point {
        subject: "dossiers acceptés retirés de DS",
        what: format!(
            "{} que demarches-simplifiees.fr ne montre plus : {} tant qu’un agent ne {} pas.",
            counted(number, "dossier accepté", "dossiers acceptés"),
            if number == 1 { "il compte" } else { "ils comptent" },
            if number == 1 { "l’écarte" } else { "les écarte" },
        ),
        who: whose(report.removed_grants.iter().map(|grant| (grant.programme, grant.departement.as_deref()))),
    })
}

fn overdue(report: &QuarterlyReport) -> Option<Point> {
    let (reports, evaluations) = (
        report.laureates.iter().filter(|one| one.report_due).count(),
        report.laureates.iter().filter(|one| one.evaluation_due).count(),
    );
    let due = report.laureates.iter().filter(|one| one.report_due || one.evaluation_due);
    let said: Vec<String> = [
        (reports, "bilan d’activité à demander", "bilans d’activité à demander"),
        (evaluations, "évaluation à faire", "évaluations à faire"),
    ]
    .into_iter()
    .filter(|(number, ..)| *number > 0)
    .map(|(number, one, several)| counted(number, one, several))
    .collect();
    (!said.is_empty()).then(|| Point {
        subject: "suites des projets achevés",
        what: format!("Projets achevés : {}.", listed(&said)),
        who: whose(due.map(|one| decided(&one.grant))),
    })
}

fn unreadable(report: &QuarterlyReport) -> Option<Point> {
    let number = report.unreadable.len();
    (number > 0).then(|| Point {
        subject: "dossiers illisibles",
        what: format!(
            "{} dont le contenu enregistré ne peut plus être lu : hors de toutes les sommes.",
            counted(number, "dossier", "dossiers")
        ),
        who: OPERATOR.to_owned(),
    })
}

fn unset(report: &QuarterlyReport) -> Option<Point> {
    let is_unset = |section: &&Section| section.programme == Programme::Axe3V1 && section.total.right.is_none();
    report.sections.iter().find(is_unset).map(|_| Point {
        subject: "droits de tirage non renseignés",
        what: "Ce qui reste des crédits ne peut pas être calculé : les droits sont à donner dans la configuration."
            .to_owned(),
        who: OPERATOR.to_owned(),
    })
}
