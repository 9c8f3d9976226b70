//! What a reader who reads nothing else is told: what was filed, granted and used, what moved, what needs a decision.

use super::words::{euros, is_or_are, listed, number, quarter};
use crate::domain::money::Cents;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::reports::cell::percent;
use crate::reports::quarterly::{Activity, Credit, Point, QuarterlyReport, Section, Sums};

/// Three to five sentences.
pub(super) fn sentences(report: &QuarterlyReport, points: &[Point]) -> Vec<String> {
    let mut sentences = vec![filed(report)];
    sentences.extend(granted(report));
    sentences.extend(against_credits(report));
    sentences.push(used(report));
    sentences.push(to_decide(points));
    sentences
}

/// `Au 3ᵉ trimestre 2021`, or so far.
fn when(report: &QuarterlyReport) -> String {
    let is_over = report.closed_at >= report.quarter.closes_at();
    let quarter = quarter(report.quarter);
    if is_over { format!("Au {quarter}") } else { format!("Depuis le début du {quarter}") }
}

fn filed(report: &QuarterlyReport) -> String {
    let sum = |of: &dyn Fn(&Activity) -> usize| report.activities.iter().map(of).sum::<usize>();
    let (all, now) = (sum(&Activity::filed), sum(&|activity| activity.filed_in_quarter));
    let before = sum(&|activity| activity.filed_in_previous_quarter);
    let when = when(report);
    if all == 0 {
        return format!("{when}, aucun dossier n’est connu.");
    }
    let said = match now {
        0 => "aucun dossier n’a été déposé".to_owned(),
        1 => "1 dossier a été déposé".to_owned(),
        _ => format!("{} ont été déposés", counted(now, "dossier", "dossiers")),
    };
    let before = if before == 0 { "aucun".to_owned() } else { number(before) };
    let ever = if all == 1 { "1 l’a été".to_owned() } else { format!("{} l’ont été", number(all)) };
    let other = match report.other_dossiers() {
        0 => ", tous programmes".to_owned(),
        other => format!(", dont {} de l’axe 2, dont les crédits ne sont pas ceux de ce rapport", number(other)),
    };
    format!("{when}, {said} ({before} au trimestre précédent) ; depuis l’ouverture du fonds, {ever}{other}.")
}

/// What was granted in the quarter, against the one before; none where nothing was ever granted.
fn granted(report: &QuarterlyReport) -> Option<String> {
    let sum = |of: &dyn Fn(&Section) -> Cents| report.sections.iter().map(of).sum::<Cents>();
    let all = sum(&|section| section.total.granted);
    let grants: usize = report.sections.iter().map(|section| section.total.grants).sum();
    let without: usize = report.sections.iter().map(|section| section.total.without_amount).sum();
    if grants + without == 0 {
        return None;
    }
    let (now, before) =
        (sum(&|section| section.total.granted_in_quarter), sum(&|section| section.total.granted_in_previous_quarter));
    let said = if now == Cents::ZERO {
        "Rien n’a été accordé dans le trimestre".to_owned()
    } else {
        format!("{} {} dans le trimestre", euros(now), is_or_are(now, "a été accordé", "ont été accordés"))
    };
    let moved = moved(now, before);
    let minimum = match without {
        0 => String::new(),
        1 => " ; une attribution n’a pas de montant connu, c’est donc un minimum".to_owned(),
        _ => format!(
            " ; {} n’ont pas de montant connu, c’est donc un minimum",
            counted(without, "attribution", "attributions")
        ),
    };
    let total = if now == Cents::ZERO { "le total reste à" } else { "ce qui porte le total à" };
    Some(format!(
        "{said} ({moved}), {total} {} pour {}{minimum}.",
        euros(all),
        counted(grants, "attribution", "attributions")
    ))
}

/// Against the quarter before.
fn moved(now: Cents, before: Cents) -> String {
    match (before, now.cmp(&before)) {
        (Cents::ZERO, _) => "rien au trimestre précédent".to_owned(),
        (_, std::cmp::Ordering::Equal) => "autant qu’au trimestre précédent".to_owned(),
        (_, std::cmp::Ordering::Greater) => format!("{} de plus qu’au trimestre précédent", euros(now - before)),
        (_, std::cmp::Ordering::Less) => format!("{} de moins qu’au trimestre précédent", euros(before - now)),
    }
}

/// What a programme's credits are called in a sentence.
fn credits_of(programme: Programme) -> &'static str {
    match programme {
        Programme::Axe3V1 => "des droits de tirage des départements",
        Programme::Axe3V1Ads => "de l’enveloppe Démat.ADS",
        _ => "de l’enveloppe du volet 2",
    }
}

/// What is taken from the rights and envelopes that are known; none where none is.
fn against_credits(report: &QuarterlyReport) -> Option<String> {
    let of = |section: &Section| {
        let (right, share) = (section.total.right?, section.total.share()?);
        Some(format!("{} {} ({})", percent(share), credits_of(section.programme), euros(right)))
    };
    let shares: Vec<String> = report.sections.iter().filter_map(of).collect();
    if shares.is_empty() {
        return None;
    }
    // What one purse has left pays for no other that is exceeded.
    let purses = report.sections.iter().flat_map(|section| {
        let is_whole = section.programme != Programme::Axe3V1 || section.lines.iter().all(|line| line.right.is_none());
        let lines = if is_whole { std::slice::from_ref(&section.total) } else { section.lines.as_slice() };
        lines.iter().filter_map(Credit::left)
    });
    let (left, over) = purses.fold((Cents::ZERO, Cents::ZERO), |(left, over), one| {
        (left + one.max(Cents::ZERO), over + (-one).max(Cents::ZERO))
    });
    let rest =
        if left > Cents::ZERO { format!("il en reste {}", euros(left)) } else { "il n’en reste rien".to_owned() };
    let beyond = if over > Cents::ZERO {
        format!(", et {} {} au-delà", euros(over), is_or_are(over, "est accordé", "sont accordés"))
    } else {
        String::new()
    };
    Some(format!("{} sont accordés ; {rest}{beyond}.", listed(&shares)))
}

fn used(report: &QuarterlyReport) -> String {
    let all = report.sections.iter().fold(Sums::default(), |sum, section| Sums {
        granted: sum.granted + section.total.granted,
        engaged: sum.engaged + section.total.engaged,
        paid: sum.paid + section.total.paid,
    });
    let now = report.sections.iter().fold(Sums::default(), |sum, section| sum + section.series.this_quarter());
    let part = |amount: Cents, now: Cents, said: &str| {
        let within = match now {
            Cents::ZERO => String::new(),
            all if all == amount => " (en entier dans le trimestre)".to_owned(),
            part => format!(" (dont {} dans le trimestre)", euros(part)),
        };
        format!("{} {said}{within}", euros(amount))
    };
    match (all.engaged, all.paid) {
        (Cents::ZERO, Cents::ZERO) => "Rien n’est encore engagé ni payé.".to_owned(),
        (engaged, Cents::ZERO) => {
            let said = is_or_are(engaged, "est engagé", "sont engagés");
            format!("{} ; rien n’est encore payé.", part(engaged, now.engaged, said))
        }
        (engaged, paid) => {
            let engaged_said = is_or_are(engaged, "est engagé", "sont engagés");
            let paid_said = is_or_are(paid, "est payé", "sont payés");
            format!("{} et {}.", part(engaged, now.engaged, engaged_said), part(paid, now.paid, paid_said))
        }
    }
}

/// How many subjects are named in a sentence.
const NAMED: usize = 3;

fn to_decide(points: &[Point]) -> String {
    let subjects: Vec<String> = points.iter().take(NAMED).map(|point| point.subject.to_owned()).collect();
    let others = points.len().saturating_sub(NAMED);
    match points.len() {
        0 => "Aucun point n’appelle de décision.".to_owned(),
        1 => format!("Un point appelle une décision : {}.", subjects.concat()),
        several => {
            let mut named = subjects;
            if others > 0 {
                named.push(counted(others, "autre", "autres"));
            }
            format!("{} appellent une décision : {}.", counted(several, "point", "points"), listed(&named))
        }
    }
}
