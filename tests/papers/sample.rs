//! A document with every kind of block, long enough for several pages.

use fitn_connector::reports::blocks::{
    BarGroup, Block, Chart, Column, Document, Figure, Group, Plot, Row, RowCell, RowKind, Span, Table, Unit,
};
use rust_decimal::Decimal;

/// What `structure.py` and `page.mjs` look for.
pub fn document() -> Document {
    Document {
        title: "Rapport d’essai, 3ᵉ trimestre 2021".to_owned(),
        author: "Préfet de la région Île-de-France".to_owned(),
        standing: "Arrêté au 30/09/2021, correction 1".to_owned(),
        footer: "Rapport d’essai, correction 1, arrêté au 30/09/2021, fitn 0.1.0".to_owned(),
        provisional: vec!["Projet : la synchronisation date du 12/09/2021.".to_owned()],
        closed_at: "2021-09-30T21:59:59Z".parse().unwrap(),
        blocks: blocks(),
    }
}

fn blocks() -> Vec<Block> {
    let mut blocks = vec![
        heading(1, Some("essentiel"), "L’essentiel"),
        Block::Paragraph(vec![
            Span::text("Au 3ᵉ trimestre, "),
            Span::Strong("12\u{202f}345\u{202f}678,90\u{a0}€".to_owned()),
            Span::text(" ont été accordés « à bon droit » ; voir "),
            Span::Link { text: "les annexes".to_owned(), to: "#annexes".to_owned() },
            Span::text(" et "),
            Span::Link {
                text: "le dossier 1000012".to_owned(),
                to: "https://ds.example/procedures/1/dossiers/1000012".to_owned(),
            },
            Span::text("."),
        ]),
        Block::Figures(["Déposés", "Accordé", "Payé"].map(figure).to_vec()),
        Block::Warning(vec![Span::text("Deux attributions sans montant : le montant accordé est un minimum.")]),
        heading(2, None, "Crédits par département"),
        bars(),
        credits(),
        Block::Note(vec![Span::text("Le jour d’épuisement prolonge le rythme des quatre derniers trimestres.")]),
        heading(2, None, "Au fil des trimestres"),
        lines(),
        heading(2, None, "Commentaire de la préfecture"),
        Block::Quotation(vec![
            vec![Span::text("Un premier paragraphe, tapé #par *quelqu’un* $x$ @la-préfecture.")],
            vec![Span::text("Un second.")],
        ]),
        Block::Signature {
            lines: vec!["Fait à Paris, le".to_owned(), "Pour le préfet et par délégation".to_owned()]
        },
        Block::PageBreak,
        heading(1, Some("annexes"), "Annexes"),
        Block::List(vec![vec![Span::text("Une cause")], vec![Span::text("Une autre, plus longue. ".repeat(12))]]),
        Block::Terms(vec![
            ("Porteur".to_owned(), vec![Span::text("Commune de Melun")]),
            ("Projet".to_owned(), vec![Span::text("Un guichet pour tous les services de la ville. ".repeat(5))]),
        ]),
    ];
    for section in 1..=6 {
        blocks.push(heading(2, None, &format!("Dossiers, partie {section}")));
        blocks.push(heading(3, None, &format!("Liste {section}")));
        blocks.push(dossiers(section));
    }
    blocks
}

fn heading(level: u8, anchor: Option<&str>, text: &str) -> Block {
    Block::Heading { level, anchor: anchor.map(str::to_owned), text: text.to_owned() }
}

fn figure(label: &str) -> Figure {
    let value = "12\u{202f}345\u{a0}€".to_owned();
    Figure { label: label.to_owned(), value, detail: Some("42,5\u{a0}% du droit de tirage".to_owned()) }
}

fn column(heading: &str, is_number: bool, weight: u8) -> Column {
    Column { heading: heading.to_owned(), is_number, weight }
}

const PLACES: [&str; 8] = [
    "Paris",
    "Seine-et-Marne",
    "Yvelines",
    "Essonne",
    "Hauts-de-Seine",
    "Seine-Saint-Denis",
    "Val-de-Marne",
    "Val-d’Oise",
];

fn bars() -> Block {
    let groups = (1_i64..).zip(PLACES).map(|(at, place)| BarGroup {
        label: place.to_owned(),
        values: vec![
            Some(Decimal::from(at * 61_000)),
            Some(Decimal::from(at * 45_500)),
            (at != 3).then(|| Decimal::from(at * 20_250 - 30_000)),
        ],
        limit: (at != 8).then(|| Decimal::from(296_000)),
    });
    Block::Chart(Chart {
        caption: "Accordé, engagé et payé par département".to_owned(),
        alternative: "Accordé, de Paris (61\u{202f}000\u{a0}€) au Val-d’Oise (488\u{202f}000\u{a0}€)".to_owned(),
        plot: Plot::Bars {
            series: ["accordé", "engagé", "payé"].map(str::to_owned).to_vec(),
            groups: groups.collect(),
            limit: Some("droit de tirage".to_owned()),
            unit: Unit::Euros,
        },
    })
}

fn lines() -> Block {
    let series =
        |name: &str, values: [Option<i64>; 6]| (name.to_owned(), values.map(|value| value.map(Decimal::from)).to_vec());
    Block::Chart(Chart {
        caption: "Crédits cumulés".to_owned(),
        alternative: "Le cumul accordé passe de 0 à 6\u{202f}100\u{202f}000\u{a0}€, sous le droit".to_owned(),
        plot: Plot::Lines {
            steps: ["2020-T2", "2020-T3", "2020-T4", "2021-T1", "2021-T2", "2021-T3"].map(str::to_owned).to_vec(),
            series: vec![
                series(
                    "accordé",
                    [Some(0), Some(400_000), Some(1_500_000), Some(3_300_000), Some(5_000_000), Some(6_100_000)],
                ),
                series("engagé", [None, Some(100_000), Some(900_000), None, Some(4_100_000), Some(5_800_000)]),
                series("payé", [None, None, Some(100_000), Some(200_000), Some(300_000), Some(5_700_000)]),
            ],
            limit: Some(("droit de tirage".to_owned(), Decimal::from(8_868_000))),
            unit: Unit::Euros,
        },
    })
}

/// Of the widest kind: eight amounts, with a total and what stands apart.
fn credits() -> Block {
    let row = |kind, name: &str, at: i64| {
        let amount = |times: i64| RowCell::plain(format!("{}\u{202f}234\u{202f}567,89\u{a0}€", at * times));
        let left = RowCell { is_striking: at == 3, detail: (at == 3).then(|| "dépassé".to_owned()), ..amount(2) };
        Row {
            kind,
            cells: vec![
                RowCell::plain(name),
                amount(9),
                amount(5),
                amount(4),
                amount(3),
                left,
                RowCell::plain("42,5\u{a0}%"),
                RowCell::plain("au 15/03/2022"),
            ],
        }
    };
    let mut rows: Vec<Row> = (1..).zip(PLACES).map(|(at, place)| row(RowKind::Plain, place, at)).collect();
    rows.push(row(RowKind::Total, "Ensemble", 36));
    rows.push(row(RowKind::Apart, "Hors région", 1));
    Block::Table(Table {
        caption: "Consommation des crédits par département".to_owned(),
        summary: Some("La dernière ligne n’est pas comprise dans l’ensemble.".to_owned()),
        columns: vec![
            column("Département", false, 2),
            column("Droit de tirage", true, 1),
            column("Accordé", true, 1),
            column("Engagé", true, 1),
            column("Payé", true, 1),
            column("Reste", true, 1),
            column("Part accordée", true, 1),
            column("Épuisé à ce rythme", false, 1),
        ],
        groups: vec![Group { heading: None, rows }],
    })
}

fn dossiers(section: i64) -> Block {
    let row = |at: i64| Row {
        kind: RowKind::Plain,
        cells: vec![
            RowCell {
                text: vec![Span::Link {
                    text: format!("10{section}{at:04}"),
                    to: format!("https://ds.example/procedures/1/dossiers/10{section}{at:04}"),
                }],
                ..RowCell::default()
            },
            RowCell {
                detail: Some("retiré de DS le 12/08/2021".to_owned()).filter(|_| at % 7 == 0),
                ..RowCell::plain("Communauté d’agglomération Melun-Val-de-Seine")
            },
            RowCell::plain(
                "Une relation à l’usager qui se tient de bout en bout. ".repeat(usize::try_from(at % 5).unwrap()),
            ),
            RowCell::plain(format!("{at}\u{202f}000,00\u{a0}€")),
        ],
    };
    let group =
        |name: &str, from: i64| Group { heading: Some(name.to_owned()), rows: (from..from + 18).map(row).collect() };
    Block::Table(Table {
        caption: format!("Dossiers de la partie {section}"),
        summary: None,
        columns: vec![
            column("Dossier", false, 1),
            column("Porteur", false, 2),
            column("Projet", false, 4),
            column("Accordé", true, 1),
        ],
        groups: vec![group("Seine-et-Marne", 1), group("Val-de-Marne", 30)],
    })
}
