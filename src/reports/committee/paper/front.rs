//! What the committee looks at together: the credits, what is to be decided, what was filed, what waits.

use super::{
    Block, Cents, Pack, Request, RowCell, Span, amount, carrier, column, day_of, heading, named, number, paragraph,
    table,
};
use crate::domain::dossier::DossierState;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::blocks::Figure;

pub(super) fn blocks(pack: &Pack) -> Vec<Block> {
    let mut blocks = vec![Block::Figures(figures(pack))];
    blocks.extend(pack.behind.iter().map(|sentence| Block::Warning(vec![Span::text(sentence)])));
    blocks.push(heading(1, "Points à décider"));
    let points = points(pack);
    if points.is_empty() {
        blocks.push(paragraph("Aucun à cette date."));
    } else {
        blocks.push(Block::List(points));
    }
    blocks.push(heading(1, "Dossiers déposés dans le trimestre"));
    blocks.push(filed(pack));
    blocks.push(heading(1, "Dossiers en attente d’une décision"));
    blocks.extend(pending(pack));
    if !pack.to_announce.is_empty() {
        blocks.push(heading(1, "Projets à annoncer à la région"));
        blocks.extend(to_announce(pack));
    }
    blocks
}

fn figures(pack: &Pack) -> Vec<Figure> {
    let figure = |label: &str, value: String, detail: Option<String>| Figure { label: label.to_owned(), value, detail };
    let mut figures = vec![
        figure("Déposés dans le trimestre", pack.filed.len().to_string(), None),
        figure("En attente d’une décision", pack.pending.len().to_string(), None),
    ];
    if let Some(credit) = pack.right() {
        let of =
            credit.right.map_or_else(|| "droit de tirage non renseigné".to_owned(), |right| format!("sur {right}"));
        figures.push(figure("Accordé, thèmes 1 à 3", credit.granted.to_string(), Some(of)));
        if let Some(left) = credit.left() {
            let wanted = format!("{} en attente", pack.wanted());
            figures.push(figure("Reste du droit de tirage", left.to_string(), Some(wanted)));
        }
    }
    figures
}

/// Each with who is to act.
fn points(pack: &Pack) -> Vec<Vec<Span>> {
    let mut points = Vec::new();
    let mut point = |who: &str, text: String| {
        points.push(vec![Span::Strong(format!("{who}\u{a0}: ")), Span::text(text)]);
    };
    let numbers = |of: &dyn Fn(&Request) -> bool| {
        pack.pending.iter().filter(|request| of(request)).map(|request| request.number).collect::<Vec<_>>()
    };
    for (status, who, one, several) in [
        (
            Status::Eligible,
            "comité",
            "dossier en instruction, éligible, à décider",
            "dossiers en instruction, éligibles, à décider",
        ),
        (
            Status::AVerifier,
            "instructeur",
            "dossier en instruction reste à vérifier",
            "dossiers en instruction restent à vérifier",
        ),
        (
            Status::NonEligible,
            "comité",
            "dossier en instruction non éligible, à refuser ou à classer",
            "dossiers en instruction non éligibles, à refuser ou à classer",
        ),
    ] {
        let of = numbers(&|request| request.state == DossierState::EnInstruction && request.status == status);
        if !of.is_empty() {
            point(who, format!("{} ({}).", counted(of.len(), one, several), named(&of)));
        }
    }
    if let Some(left) = pack.right().and_then(|credit| credit.left()).filter(|left| pack.wanted() > *left) {
        let missing = pack.wanted() - left;
        point("comité", format!("ce qui est demandé en attente dépasse de {missing} ce qui reste du droit de tirage."));
    }
    if !pack.to_announce.is_empty() {
        let of: Vec<_> = pack.to_announce.iter().map(|request| request.number).collect();
        let said = counted(of.len(), "projet retenu à annoncer", "projets retenus à annoncer");
        point("préfecture", format!("{said} à la région avant la notification ({}).", named(&of)));
    }
    let without_amount: Vec<_> = pack
        .sections
        .iter()
        .flat_map(|section| &section.grants)
        .filter(|grant| grant.granted.is_none())
        .map(|grant| grant.number)
        .collect();
    if !without_amount.is_empty() {
        let said =
            counted(without_amount.len(), "dossier accepté sans montant saisi", "dossiers acceptés sans montant saisi");
        point("préfecture", format!("{said} ({}).", named(&without_amount)));
    }
    for (control, dossiers) in &pack.breaches {
        point(
            "préfecture",
            format!(
                "à revoir sur {} ({})\u{a0}: {control}.",
                counted(dossiers.len(), "dossier accepté", "dossiers acceptés"),
                named(dossiers)
            ),
        );
    }
    if !pack.unplaced.is_empty() {
        let said = counted(
            pack.unplaced.len(),
            "dossier dont le département est à préciser",
            "dossiers dont le département est à préciser",
        );
        point("instructeur", format!("{said}, hors de ce document ({}).", named(&pack.unplaced)));
    }
    if !pack.unreadable.is_empty() {
        let said = counted(
            pack.unreadable.len(),
            "dossier dont le contenu enregistré est illisible",
            "dossiers dont le contenu enregistré est illisible",
        );
        point("exploitant", format!("{said}, quel que soit le département ({}).", named(&pack.unreadable)));
    }
    points
}

fn filed(pack: &Pack) -> Block {
    if pack.filed.is_empty() {
        return paragraph("Aucun dossier déposé dans le trimestre.");
    }
    let row = |request: &Request| {
        let cells = vec![
            number(request.number, &request.link),
            carrier(request),
            day_of(request.deposited_at),
            RowCell::plain(request.state.label()),
            RowCell::plain(request.status.label()),
            amount(request.asked.or(request.most)),
        ];
        (request.programme, cells)
    };
    let columns = vec![
        column("Dossier", false, 1),
        column("Porteur et projet", false, 4),
        column("Déposé le", false, 1),
        column("État", false, 1),
        column("Avis des règles", false, 1),
        column("Demandé ou calculé", true, 1),
    ];
    table("Dossiers déposés dans le trimestre", columns, pack.filed.iter().map(row).collect())
}

fn pending(pack: &Pack) -> Vec<Block> {
    if pack.pending.is_empty() {
        return vec![paragraph("Aucun dossier n’attend de décision.")];
    }
    let row = |request: &Request| {
        let exceeded = request.left.is_some_and(|(_, after)| after < Cents::ZERO);
        let left = RowCell {
            is_striking: exceeded,
            detail: exceeded.then(|| "crédits insuffisants".to_owned()),
            ..amount(request.left.map(|(_, after)| after))
        };
        let cells = vec![
            number(request.number, &request.link),
            carrier(request),
            day_of(request.deposited_at),
            RowCell::plain(request.status.label()),
            amount(request.wanted),
            amount(request.left.map(|(before, _)| before)),
            left,
        ];
        (request.programme, cells)
    };
    let columns = vec![
        column("Dossier", false, 1),
        column("Porteur et projet", false, 4),
        column("Déposé le", false, 1),
        column("Avis des règles", false, 1),
        column("Peut être accordé", true, 1),
        column("Reste avant", true, 1),
        column("Reste après", true, 1),
    ];
    vec![
        table("Dossiers en attente, dans l’ordre du dépôt", columns, pack.pending.iter().map(row).collect()),
        Block::Note(vec![Span::text(
            "« Peut être accordé » : le montant demandé, dans la limite du maximum de la règle. Ce qui reste est compté dans l’ordre du dépôt, \
             comme si chaque dossier d’avant recevait ce qui peut lui être accordé ; un dossier non éligible, ou sans montant connu, ne prend rien. \
             Les dossiers Démat.ADS relèvent d’une enveloppe régionale.",
        )]),
    ]
}

fn to_announce(pack: &Pack) -> Vec<Block> {
    let row = |request: &Request| {
        let cells =
            vec![number(request.number, &request.link), carrier(request), amount(request.granted.or(request.wanted))];
        (request.programme, cells)
    };
    let columns =
        vec![column("Dossier", false, 1), column("Porteur et projet", false, 5), column("Accordé ou demandé", true, 1)];
    vec![
        table(
            "Projets retenus, à annoncer avant leur notification",
            columns,
            pack.to_announce.iter().map(row).collect(),
        ),
        Block::Note(vec![Span::text(
            "Guide\u{a0}: « Avant notification au porteur de projets par la préfecture de département, cette dernière informe le niveau régional \
             du ou des projets retenus ».",
        )]),
    ]
}
