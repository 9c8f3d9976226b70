//! One sheet a dossier that waits: what the committee needs to decide on it.

use jiff::civil::Date;

use super::{Block, Group, Pack, Request, Row, RowCell, RowKind, Span, Table, column, heading};
use crate::domain::instant::{french_date, paris_date};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::grouped;
use crate::domain::verdict::{Missing, Status, Who, in_a_sentence};
use crate::reports::committee::Doubt;
use crate::reports::quarterly::theme_label;
use crate::reports::quarterly::words::capital;

pub(super) fn blocks(pack: &Pack) -> Vec<Block> {
    let mut blocks = Vec::new();
    for request in pack.open() {
        blocks.push(Block::PageBreak);
        if blocks.len() == 1 {
            blocks.push(heading(1, "Fiches des dossiers en attente"));
        }
        blocks.extend(sheet(request, paris_date(pack.closed_at)));
    }
    blocks
}

fn sheet(request: &Request, closes_on: Date) -> Vec<Block> {
    let mut blocks = vec![
        heading(2, format!("Dossier {}, {}", request.number, request.carrier())),
        Block::Terms(terms(request, closes_on)),
    ];
    if let Some(summary) = &request.summary {
        blocks.push(heading(3, "Le projet, dans les mots du porteur"));
        blocks.push(Block::Quotation(vec![vec![Span::text(summary)]]));
    }
    blocks.push(heading(3, "Ce que disent les règles"));
    blocks.push(verdict(request));
    if !request.doubts.is_empty() {
        blocks.push(Block::List(request.doubts.iter().map(doubt).collect()));
    }
    if !request.missing.is_empty() {
        blocks.push(heading(3, "Ce qui reste à faire avant la décision"));
        blocks.push(Block::List(Who::ALL.into_iter().flat_map(|who| to_do(who, &request.missing)).collect()));
    }
    blocks.push(heading(3, "Décision du comité"));
    blocks.push(decision());
    blocks
}

/// Room to write, as in the workbook.
fn decision() -> Block {
    let choices =
        RowCell { detail: Some("\u{a0}".to_owned()), ..RowCell::plain("□ accordé   □ refusé   □ ajourné") };
    let cells = vec![choices, RowCell::default(), RowCell::default()];
    Block::Table(Table {
        caption: "À remplir en séance".to_owned(),
        summary: None,
        columns: ["Décision", "Montant accordé", "Date du comité"].map(|heading| column(heading, false, 1)).into(),
        groups: vec![Group { heading: None, rows: vec![Row { kind: RowKind::Plain, cells }] }],
    })
}

fn terms(request: &Request, closes_on: Date) -> Vec<(String, Vec<Span>)> {
    let mut terms = vec![(
        "Sur DS".to_owned(),
        vec![Span::Link { text: format!("dossier {}", request.number), to: request.link.clone() }],
    )];
    let mut term = |name: &str, value: Option<String>| {
        terms.extend(value.map(|value| (name.to_owned(), vec![Span::text(value)])));
    };
    let money = |amount: Option<Cents>| amount.map(|amount| amount.to_string());
    let number = |number: Option<i64>| number.map(grouped);
    term("Programme", Some(request.programme.label().to_owned()));
    term("Thème", request.theme.as_deref().map(|codes| codes.split(", ").map(theme).collect::<Vec<_>>().join(" ; ")));
    term("Projet", request.title.clone());
    term("Porteur", Some(format!("{} ({})", request.carrier(), request.legal_kind)));
    term("Population", number(request.population));
    term("Déposé le", Some(french_date(paris_date(request.deposited_at))));
    term("État", Some(request.state.label().to_owned()));
    term("Calendrier", calendar(request));
    term("Attention", begun(request, closes_on));
    term("Coût total prévisionnel", money(request.cost));
    term("Dépenses éligibles", money(request.eligible));
    term("Montant demandé", money(request.asked));
    term("Maximum de la règle", money(request.most));
    term("Montant déjà saisi", money(request.granted));
    term(
        "Reste des crédits",
        request.left.map(|(before, after)| {
            format!("{before} avant ce dossier, {after} après, s’il reçoit ce qui peut lui être accordé")
        }),
    );
    term("Usagers visés", number(request.target_users));
    term("Agents formés", number(request.agents_trained));
    term("Notes par critère", request.scores.clone());
    terms
}

/// `3 : relation à l’usager`.
fn theme(code: &str) -> String {
    theme_label(code).trim_start_matches("Thème ").to_owned()
}

fn calendar(request: &Request) -> Option<String> {
    match request.days {
        (Some(start), Some(end)) => Some(format!("du {} au {}", french_date(start), french_date(end))),
        (Some(start), None) => Some(format!("à partir du {}", french_date(start))),
        (None, Some(end)) => Some(format!("jusqu’au {}", french_date(end))),
        (None, None) => None,
    }
}

/// What a calendar that begins before the committee means: expenses count from the day of the committee only (M1). That of Démat.ADS
/// admits those made before.
fn begun(request: &Request, closes_on: Date) -> Option<String> {
    if request.programme != Programme::Axe3V1 {
        return None;
    }
    let committee = request.committee.filter(|day| *day <= closes_on);
    let before = |day: Option<Date>| day.is_some_and(|day| day < committee.unwrap_or(closes_on));
    let (is_begun, is_over) = (before(request.days.0), before(request.days.1));
    let how = match (is_over, is_begun) {
        (true, _) => "achevé",
        (false, true) => "commencé",
        (false, false) => return None,
    };
    let when = match committee {
        Some(day) => format!("avant le comité du {}", french_date(day)),
        None => "à la date d’arrêté, avant tout comité".to_owned(),
    };
    Some(format!(
        "selon son calendrier, le projet est {how} {when} ; les dépenses ne sont éligibles qu’à partir de la date du comité"
    ))
}

fn verdict(request: &Request) -> Block {
    let text = match request.status {
        Status::Eligible => "Éligible : aucune règle ne s’y oppose.",
        Status::NonEligible => "Non éligible : une condition au moins n’est pas respectée.",
        Status::AVerifier => {
            "À vérifier : rien ne s’y oppose de façon certaine, mais une personne doit regarder ce qui suit."
        }
    };
    Block::Paragraph(vec![Span::Strong(text.to_owned())])
}

fn doubt(doubt: &Doubt) -> Vec<Span> {
    let decided = doubt.decided_by.as_ref().map_or_else(String::new, |by| format!(" (décidé par {by})"));
    // Said once: `à vérifier. À vérifier (contrôle de la préfecture) : …`.
    let again = capital(doubt.verdict);
    let said =
        doubt.explanation.strip_prefix(&again).filter(|rest| rest.starts_with(" (")).unwrap_or(&doubt.explanation);
    let stop = if said.len() < doubt.explanation.len() { "" } else { ". " };
    vec![
        Span::Strong(format!("{}, {}\u{a0}: {}{decided}{stop}", doubt.rule, doubt.title, doubt.verdict)),
        Span::text(said),
    ]
}

fn to_do(who: Who, missing: &[Missing]) -> Vec<Vec<Span>> {
    let mut said: Vec<&str> = Vec::new();
    for one in missing.iter().filter(|one| one.who == who) {
        if !said.contains(&one.what.as_str()) {
            said.push(&one.what);
        }
    }
    let item = |what| vec![Span::Strong(format!("{}\u{a0}: ", who.heading())), Span::text(in_a_sentence(what))];
    said.into_iter().map(item).collect()
}
