//! What the committee looks at together: the credits, what is to be decided, what was filed, what waits.

use super::{
    Block, Cents, Pack, Programme, Request, RowCell, Span, amount, carrier, column, day_of, heading, label, named,
    note, number, paragraph, table,
};
use crate::domain::text::{counted, grouped};
use crate::reports::blocks::{Figure, Group, Row, RowKind, Table};
use crate::reports::committee::points::{Point, points};
use crate::reports::quarterly::Section;

pub(super) fn blocks(pack: &Pack) -> Vec<Block> {
    let mut blocks = vec![Block::Figures(figures(pack))];
    blocks.extend(pack.behind.iter().map(|sentence| Block::Warning(vec![Span::text(sentence)])));
    blocks.push(heading(1, "Points à décider"));
    blocks.push(to_decide(&points(pack)));
    blocks.push(heading(1, "Crédits"));
    blocks.push(credits(pack));
    blocks.push(heading(1, "Dossiers déposés dans le trimestre"));
    blocks.push(filed(pack));
    blocks.push(heading(1, "Dossiers en attente d’une décision"));
    blocks.extend(pending(pack));
    if !pack.to_announce.is_empty() {
        blocks.push(heading(1, "Projets à annoncer à la région"));
        blocks.extend(to_announce(pack));
    }
    if !pack.opinions.is_empty() {
        blocks.push(heading(1, "Volet 2 : avis à donner à la préfecture de région"));
        blocks.extend(opinions(pack));
    }
    blocks
}

fn figures(pack: &Pack) -> Vec<Figure> {
    let figure = |label: &str, value: String, detail: Option<String>| Figure { label: label.to_owned(), value, detail };
    let of_themes = |requests: &[Request]| {
        let of_them = requests.iter().filter(|request| request.programme == Programme::Axe3V1).count();
        let of_them = if of_them == 0 { "aucun".to_owned() } else { grouped(of_them as u64) };
        (!requests.is_empty()).then(|| format!("dont {of_them} des thèmes\u{a0}1\u{a0}à\u{a0}3"))
    };
    let since = match pack.decided_since() {
        0 => String::new(),
        since => format!(", {} depuis", counted(since, "décidé", "décidés")),
    };
    let waiting = of_themes(&pack.pending).map(|detail| detail + &since);
    let mut figures = vec![
        figure("Déposés dans le trimestre", grouped(pack.filed.len() as u64), of_themes(&pack.filed)),
        figure("En attente d’une décision", grouped(pack.pending.len() as u64), waiting),
    ];
    if let Some(credit) = pack.right() {
        let of = match credit.right {
            Some(right) => format!("sur {right}"),
            None if pack.has_no_right() => "le guide ne donne pas de droit de tirage à ce département".to_owned(),
            None => "droit de tirage non renseigné".to_owned(),
        };
        figures.push(figure("Accordé, thèmes 1 à 3", credit.granted.to_string(), Some(of)));
        if let Some(left) = credit.left() {
            let wanted = format!("{} en attente", pack.wanted());
            figures.push(figure("Reste du droit de tirage", left.to_string(), Some(wanted)));
        }
    }
    figures
}

fn to_decide(points: &[Point]) -> Block {
    if points.is_empty() {
        return paragraph("Aucun à la date d’arrêté.");
    }
    let row = |Point { who, what, dossiers }: &Point| Row {
        kind: RowKind::Plain,
        cells: vec![
            RowCell { detail: (!dossiers.is_empty()).then(|| named(dossiers)), ..RowCell::plain(what) },
            RowCell::plain(*who),
        ],
    };
    Block::Table(Table {
        caption: "Points à décider, du plus pressant au moins pressant".to_owned(),
        summary: None,
        columns: vec![column("Ce qui est constaté, et les dossiers", false, 6), column("Qui agit", false, 1)],
        groups: vec![Group { heading: None, rows: points.iter().map(row).collect() }],
    })
}

fn credits(pack: &Pack) -> Block {
    let row = |section: &Section| {
        let total = &section.total;
        let (title, left) = match section.programme {
            Programme::Axe3V1 => ("Droit de tirage, thèmes 1 à 3", total.left()),
            _ => ("Démat.ADS, dans ce département", None),
        };
        let exceeded = left.is_some_and(|left| left < Cents::ZERO);
        Row {
            kind: RowKind::Plain,
            cells: vec![
                RowCell::plain(title),
                amount(total.right),
                amount(Some(total.granted)),
                amount(Some(total.engaged)),
                amount(Some(total.paid)),
                RowCell { is_striking: exceeded, detail: exceeded.then(|| "dépassé".to_owned()), ..amount(left) },
            ],
        }
    };
    let mut rows: Vec<Row> = pack.sections.iter().map(row).collect();
    if let Some(left) = pack.ads_left {
        let cells = ["Démat.ADS, enveloppe de la région", "–", "–", "–", "–"].map(RowCell::plain);
        rows.push(Row { kind: RowKind::Plain, cells: cells.into_iter().chain([amount(Some(left))]).collect() });
    }
    Block::Table(Table {
        caption: "Crédits à la date d’arrêté".to_owned(),
        summary: None,
        columns: vec![
            column("Crédits", false, 3),
            column("Droit", true, 1),
            column("Accordé", true, 1),
            column("Engagé", true, 1),
            column("Payé", true, 1),
            column("Reste", true, 1),
        ],
        groups: vec![Group { heading: None, rows }],
    })
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
            RowCell::plain(request.standing()),
            label(request.status.label()),
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
        column("Demandé, à défaut calculé", true, 1),
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
        let wanted =
            RowCell { detail: request.is_retained().then(|| "déjà retenu".to_owned()), ..amount(request.wanted) };
        let cells = vec![
            number(request.number, &request.link),
            carrier(request),
            day_of(request.deposited_at),
            RowCell { detail: (!request.is_open()).then(|| request.standing()), ..label(request.status.label()) },
            wanted,
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
    let envelope = if pack.ads_left.is_some() {
        "Les dossiers Démat.ADS prennent sur l’enveloppe de la région, dans l’ordre du dépôt de toute la région."
    } else {
        "Les dossiers Démat.ADS prennent sur une enveloppe de la région, dont le montant n’est pas renseigné."
    };
    let since = if pack.decided_since() > 0 {
        " « Depuis » : le dossier attendait à la date d’arrêté et a été décidé ensuite ; il garde sa place dans l’ordre du dépôt, et n’a ni fiche ni ligne à remplir."
    } else {
        ""
    };
    vec![
        table("Dossiers en attente, dans l’ordre du dépôt", columns, pack.pending.iter().map(row).collect()),
        note(format!(
            "Peut être accordé : le montant déjà saisi, à défaut le montant demandé, dans la limite du maximum de la règle. Ce qui reste est \
             compté dans l’ordre du dépôt, comme si chaque dossier d’avant recevait ce qui peut lui être accordé ; un dossier non éligible, ou \
             sans montant connu, ne prend rien. {envelope}{since}"
        )),
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
        note(
            "Guide : « Avant notification au porteur de projets par la préfecture de département, cette dernière informe le niveau régional \
             du ou des projets retenus ».",
        ),
    ]
}

fn opinions(pack: &Pack) -> Vec<Block> {
    let row = |request: &Request| {
        let opinion = match request.opinion {
            Some(true) => "donné",
            Some(false) => "demandé",
            None => "–",
        };
        let cells = vec![
            number(request.number, &request.link),
            carrier(request),
            day_of(request.deposited_at),
            amount(request.wanted),
            RowCell::plain(opinion),
        ];
        (request.programme, cells)
    };
    let columns = vec![
        column("Dossier", false, 1),
        column("Porteur et projet", false, 4),
        column("Déposé le", false, 1),
        column("Peut être accordé", true, 1),
        column("Avis sur DS", false, 1),
    ];
    vec![
        table("Dossiers du volet 2 en attente, pour avis", columns, pack.opinions.iter().map(row).collect()),
        note(
            "Le volet 2 est décidé par le comité de sélection de la région ; guide : « la préfecture de région recueillera l’avis des \
             préfectures de département ». Ces dossiers ne sont ni dans les sommes ni dans le classeur à remplir.",
        ),
    ]
}
