//! What the committee is to decide, and what others are to do before or after it. What is most pressing comes first.

use super::{Pack, Request};
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::money::Cents;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::quarterly::Laureate;

/// Something that somebody is to decide or to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    /// Who is to act.
    pub who: &'static str,
    /// The facts, in a sentence.
    pub what: String,
    /// The dossiers that it is about.
    pub dossiers: Vec<DossierNumber>,
}

const COMMITTEE: &str = "comité";
const INSTRUCTOR: &str = "instructeur";
const PREFECTURE: &str = "préfecture";
const OPERATOR: &str = "exploitant";

/// What needs a decision or an act.
pub(super) fn points(pack: &Pack) -> Vec<Point> {
    let mut points = Vec::new();
    points.extend(exceeded(pack));
    points.extend(to_decide(pack, Status::Eligible));
    points.extend(short_of_credits(pack));
    points.extend(to_decide(pack, Status::NonEligible));
    points.extend(to_decide(pack, Status::AVerifier));
    points.extend(to_announce(pack));
    points.extend(opinions(pack));
    points.extend(without_amount(pack));
    points.extend(breaches(pack));
    points.extend(overdue(pack));
    points.extend(unplaced(pack));
    points.extend(unreadable(pack));
    points
}

fn point(who: &'static str, what: String, dossiers: Vec<DossierNumber>) -> Option<Point> {
    (!dossiers.is_empty()).then_some(Point { who, what, dossiers })
}

fn numbers<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Vec<DossierNumber> {
    requests.into_iter().map(|request| request.number).collect()
}

fn exceeded(pack: &Pack) -> Option<Point> {
    let by = pack.right()?.left().filter(|left| *left < Cents::ZERO)?;
    let what = format!("Le droit de tirage est dépassé de {}.", -by);
    Some(Point { who: COMMITTEE, what, dossiers: Vec::new() })
}

fn to_decide(pack: &Pack, status: Status) -> Option<Point> {
    let is_of = |request: &&Request| request.state == DossierState::EnInstruction && request.status == status;
    let of = numbers(pack.pending.iter().filter(is_of));
    let (who, one, several) = match status {
        Status::Eligible => (
            COMMITTEE,
            "dossier en instruction, éligible, à décider.",
            "dossiers en instruction, éligibles, à décider.",
        ),
        Status::NonEligible => (
            COMMITTEE,
            "dossier en instruction non éligible, à refuser ou à classer.",
            "dossiers en instruction non éligibles, à refuser ou à classer.",
        ),
        Status::AVerifier => (
            INSTRUCTOR,
            "dossier en instruction reste à vérifier avant la décision.",
            "dossiers en instruction restent à vérifier avant la décision.",
        ),
    };
    point(who, counted(of.len(), one, several), of)
}

fn short_of_credits(pack: &Pack) -> Option<Point> {
    let missing = pack.short_of()?;
    let is_beyond = |request: &&Request| request.left.is_some_and(|(_, after)| after < Cents::ZERO);
    let of = numbers(pack.waiting().filter(is_beyond));
    let what = format!(
        "Ce qui peut être accordé aux dossiers en attente dépasse de {missing} ce qui reste du droit de tirage."
    );
    Some(Point { who: COMMITTEE, what, dossiers: of })
}

fn to_announce(pack: &Pack) -> Option<Point> {
    let of = numbers(&pack.to_announce);
    let said = counted(of.len(), "projet retenu à annoncer", "projets retenus à annoncer");
    point(PREFECTURE, format!("{said} à la région avant la notification."), of)
}

fn opinions(pack: &Pack) -> Option<Point> {
    let of = numbers(pack.opinions.iter().filter(|request| request.opinion != Some(true)));
    let said = counted(of.len(), "projet du volet 2 sur lequel", "projets du volet 2 sur lesquels");
    point(PREFECTURE, format!("{said} la région recueille l’avis de la préfecture."), of)
}

fn without_amount(pack: &Pack) -> Option<Point> {
    let grants = pack.sections.iter().flat_map(|section| &section.grants);
    let of: Vec<_> = grants.filter(|grant| grant.granted.is_none()).map(|grant| grant.number).collect();
    let said = counted(of.len(), "dossier accepté sans montant saisi", "dossiers acceptés sans montant saisi");
    point(PREFECTURE, format!("{said}\u{a0}: ce qui est accordé est un minimum."), of)
}

fn breaches(pack: &Pack) -> impl Iterator<Item = Point> {
    pack.breaches.iter().filter_map(|(control, dossiers)| {
        let said = counted(dossiers.len(), "dossier accepté ne respecte", "dossiers acceptés ne respectent");
        point(PREFECTURE, format!("{said} pas la règle « {control} »."), dossiers.clone())
    })
}

fn overdue(pack: &Pack) -> Option<Point> {
    let is_due = |laureate: &&Laureate| laureate.report_due || laureate.evaluation_due;
    let of: Vec<_> = pack.funded.iter().filter(is_due).map(|laureate| laureate.grant.number).collect();
    let said = counted(of.len(), "projet achevé, dont", "projets achevés, dont");
    point(PREFECTURE, format!("{said} le bilan d’activité ou l’évaluation manque."), of)
}

fn unplaced(pack: &Pack) -> Option<Point> {
    let of = pack.unplaced.clone();
    let said = counted(
        of.len(),
        "dossier dont le département est à préciser, hors de ce document.",
        "dossiers dont le département est à préciser, hors de ce document.",
    );
    point(INSTRUCTOR, said, of)
}

fn unreadable(pack: &Pack) -> Option<Point> {
    let of = pack.unreadable.clone();
    let said = counted(
        of.len(),
        "dossier dont le contenu enregistré est illisible",
        "dossiers dont le contenu enregistré est illisible",
    );
    point(OPERATOR, format!("{said}, quel que soit le département\u{a0}: hors de ce document."), of)
}
