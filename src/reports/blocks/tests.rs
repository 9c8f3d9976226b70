//! What the writers make of blocks, as far as bytes tell; `tests/papers` opens them with other people’s programs.

use proptest::prelude::*;

use super::*;

fn document(blocks: Vec<Block>) -> Document {
    Document {
        title: "Rapport d’essai".to_owned(),
        author: "Préfet de la région".to_owned(),
        standing: "2021-T3".to_owned(),
        footer: "Rapport d’essai, arrêté au 30/09/2021".to_owned(),
        provisional: Vec::new(),
        closed_at: "2021-09-30T21:59:59Z".parse().unwrap(),
        blocks,
    }
}

fn page(blocks: Vec<Block>) -> String {
    let mut page = Vec::new();
    html::write(&document(blocks), &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

fn heading(level: u8, anchor: Option<&str>, text: &str) -> Block {
    Block::Heading { level, anchor: anchor.map(str::to_owned), text: text.to_owned() }
}

fn link(text: &str, to: &str) -> Span {
    Span::Link { text: text.to_owned(), to: to.to_owned() }
}

fn table(rows: Vec<Row>) -> Block {
    let column = |heading: &str, is_number| Column { heading: heading.to_owned(), is_number, weight: 1 };
    Block::Table(Table {
        caption: "Crédits".to_owned(),
        summary: Some("Par département".to_owned()),
        columns: vec![column("Département", false), column("Accordé", true)],
        groups: vec![Group { heading: Some("Grande couronne".to_owned()), rows }],
    })
}

fn row(name: &str, amount: &str) -> Row {
    Row { kind: RowKind::Plain, cells: vec![RowCell::plain(name), RowCell::plain(amount)] }
}

fn bars(values: Vec<Vec<Option<Decimal>>>, limit: Option<Decimal>, label: &str) -> Block {
    let series = (0..values.first().map_or(0, Vec::len)).map(|at| format!("série {at}")).collect();
    let groups = values.into_iter().map(|values| BarGroup { label: label.to_owned(), values, limit }).collect();
    let plot = Plot::Bars { series, groups, limit: limit.map(|_| "droit".to_owned()), unit: Unit::Euros };
    Block::Chart(Chart { caption: "Barres".to_owned(), alternative: format!("En mots : {label}"), plot })
}

fn lines(values: Vec<Option<Decimal>>, limit: Option<Decimal>, label: &str) -> Block {
    let steps = values.iter().map(|_| label.to_owned()).collect();
    let series = vec![("accordé".to_owned(), values.clone()), (label.to_owned(), values)];
    let plot = Plot::Lines { steps, series, limit: limit.map(|level| (label.to_owned(), level)), unit: Unit::Euros };
    Block::Chart(Chart { caption: "Lignes".to_owned(), alternative: "En mots".to_owned(), plot })
}

#[test]
fn the_page_stands_alone_and_escapes_what_people_typed() {
    let text = "<script>alert(1)</script> & \"déjà\"";
    let page = page(vec![
        heading(1, None, text),
        Block::Paragraph(vec![Span::text(text), link(text, "javascript:alert(1)")]),
        table(vec![row(text, "1"), row("", "2")]),
        bars(vec![vec![Some(Decimal::ONE), Some(Decimal::TWO)]], Some(Decimal::TEN), text),
    ]);
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"fr\">") && page.ends_with("</footer></body></html>"));
    assert!(!page.contains("<script") && !page.contains("javascript:") && page.contains("&lt;script&gt;"));
    for external in ["src=", "@import", "<link", "http://", "style=\""] {
        assert!(!page.contains(external), "{external}");
    }
    assert!(page.contains("<caption>Crédits<span class=\"unseen\"> Par département</span></caption>"));
    assert!(page.contains("<th colspan=\"2\" scope=\"rowgroup\">Grande couronne</th>"));
    assert!(page.contains("<td></td><td class=\"number\">2</td>"), "a row without a name has no header");
}

#[test]
fn no_level_is_skipped_and_links_lead_to_headings_that_are_there() {
    let page = page(vec![
        heading(3, None, "Trop bas"),
        heading(3, Some("credits"), "Encore trop bas"),
        heading(1, Some("credits"), "Le même nom"),
        heading(1, Some("pas un nom"), "Un autre"),
        Block::Paragraph(vec![link("oui", "#credits"), link("non", "#ailleurs"), link("DS", "https://ds.example/1")]),
    ]);
    for expected in [
        "<h2 id=\"partie-0\">Trop bas</h2><h3 id=\"credits\">Encore trop bas</h3>",
        "<h2 id=\"partie-2\">Le même nom</h2><h2 id=\"partie-3\">Un autre</h2>",
        "<a href=\"#credits\">oui</a>non<a href=\"https://ds.example/1\">DS</a>",
        "<li><a href=\"#partie-2\">Le même nom</a></li>",
    ] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn a_chart_shows_each_value_in_a_bar_of_its_own() {
    let amounts = [Some(Decimal::from(200_000)), Some(Decimal::from(-50_000)), None];
    let page = page(vec![bars(vec![amounts.to_vec(), amounts.to_vec()], Some(Decimal::from(296_000)), "Essonne")]);
    let (_, svg) = page.split_once("<svg").unwrap();
    let (_, drawn) = svg.split_once("</defs>").unwrap();
    // Three keys and two bars for each of two labels: what is not known has none.
    assert_eq!(drawn.matches("<rect").count(), 3 + 4);
    for said in ["200\u{202f}000\u{a0}€", "−50\u{202f}000\u{a0}€", "non connu", "droit\u{a0}: 296\u{202f}000\u{a0}€"]
    {
        assert_eq!(drawn.matches(said).count(), 2, "{said}");
    }
    let mut tops: Vec<&str> = drawn.split("<rect x=\"").filter_map(|rect| rect.split('"').nth(2)).collect();
    tops.dedup();
    assert_eq!(tops.len(), 1 + 4, "no bar stands before another");
}

#[test]
fn a_chart_without_anything_to_show_is_none() {
    for empty in [bars(Vec::new(), None, "x"), lines(Vec::new(), None, "x")] {
        assert!(!page(vec![empty]).contains("<svg"));
    }
    assert!(page(vec![lines(vec![None, None], None, "x")]).contains("<svg"));
}

fn amount() -> impl Strategy<Value = Option<Decimal>> {
    prop_oneof![
        Just(None),
        Just(Some(Decimal::MAX)),
        Just(Some(Decimal::MIN)),
        (-10_000_000_i64..100_000_000).prop_map(|cents| Some(Decimal::new(cents, 2))),
    ]
}

/// The numbers that say where something is drawn.
fn coordinates(svg: &str) -> Vec<Decimal> {
    let mut found = Vec::new();
    for name in ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "width", "height"] {
        found.extend(
            svg.split(&format!(" {name}=\""))
                .skip(1)
                .filter_map(|rest| rest.split('"').next()?.parse::<Decimal>().ok()),
        );
    }
    found
}

proptest! {
    #[test]
    fn whatever_its_values_a_chart_stays_within_its_frame(
        values in prop::collection::vec(prop::collection::vec(amount(), 3), 0..13),
        limit in amount(),
        label in "\\PC{0,60}",
    ) {
        let steps = values.iter().map(|values| values[0]).collect();
        for chart in [bars(values, limit, &label), lines(steps, limit, &label)] {
            let page = page(vec![chart]);
            let Some((_, svg)) = page.split_once("<svg") else { continue };
            let size = svg.split_once("viewBox=\"0 0 ").unwrap().1.split_once('"').unwrap().0;
            let most = size.split(' ').filter_map(|side| side.parse::<Decimal>().ok()).max().unwrap();
            for at in coordinates(svg) {
                prop_assert!(at >= Decimal::ZERO && at <= most, "{at} of {most}");
            }
        }
    }
}

#[cfg(feature = "pdf")]
mod paper {
    use super::*;

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        let amounts = vec![Some(Decimal::from(3)), None, Some(Decimal::from(-2))];
        let document = document(vec![
            heading(1, Some("a"), "Crédits"),
            Block::Paragraph(vec![link("plus haut", "#a"), Span::text(" « ligne »\nautre ligne")]),
            table((0..60).map(|at| row(&format!("Ligne {at}"), "1\u{202f}000,00\u{a0}€")).collect()),
            bars(vec![amounts.clone()], Some(Decimal::TEN), "Essonne"),
            lines(amounts, None, "2021-T3"),
        ]);
        let first = pdf::write(&document).unwrap();
        assert!(first.starts_with(b"%PDF-1.7"));
        assert_eq!(first, pdf::write(&document).unwrap());
        let later = Document { closed_at: "2021-12-31T22:59:59Z".parse().unwrap(), ..document };
        assert_ne!(first, pdf::write(&later).unwrap());
    }

    /// A text such as forms hold: any characters, and some that mean something to a program.
    fn typed() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,40}",
            "[\\x00-\\x{ff}]{0,40}",
            Just("#import \"@preview/x:1.0.0\" *$_[]<a>@b \\ // */ ```".to_owned()),
            Just("\u{202e}\u{feff}\u{fffe}\u{10ffff}\u{e000}\u{301}\u{0}".to_owned()),
            Just("a".repeat(400)),
            Just("שלום عالم 日本語 👩‍👩‍👧 ﬁ n̈ ②".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_people_typed_can_be_set(text in typed(), other in typed()) {
            let document = Document { title: text.clone(), author: other.clone(), footer: text.clone(), ..document(vec![
                heading(2, Some(&other), &text),
                Block::Paragraph(vec![Span::text(&text), Span::Strong(other.clone()), link(&text, &other)]),
                Block::Warning(vec![Span::text(&other)]),
                Block::Note(vec![]),
                Block::Quotation(vec![vec![Span::text(&text)], vec![]]),
                Block::List(vec![vec![Span::text(&other)], vec![]]),
                Block::Terms(vec![(text.clone(), vec![Span::text(&other)]), (other.clone(), vec![])]),
                Block::Figures(vec![Figure { label: text.clone(), value: other.clone(), detail: Some(text.clone()) }]),
                table(vec![row(&text, &other), row("", "")]),
                bars(vec![vec![Some(Decimal::ONE)]], Some(Decimal::TWO), &text),
                lines(vec![Some(Decimal::ONE)], Some(Decimal::TWO), &other),
                Block::Signature { lines: vec![text.clone(), other.clone()] },
                Block::PageBreak,
            ]) };
            prop_assert!(pdf::write(&document).is_ok());
        }
    }

    #[test]
    fn an_empty_document_is_one_all_the_same() {
        let blank =
            Document { title: String::new(), author: String::new(), standing: String::new(), ..document(vec![]) };
        assert!(pdf::write(&blank).is_ok());
        let empty = Table { caption: String::new(), summary: None, columns: vec![], groups: vec![] };
        assert!(pdf::write(&document(vec![Block::Table(empty), table(vec![]), Block::PageBreak])).is_ok());
    }
}

#[cfg(not(feature = "pdf"))]
#[test]
fn a_program_without_pdf_says_so() {
    let said = pdf::write(&document(vec![])).unwrap_err().to_string();
    assert!(said.contains("sans le format PDF"), "{said}");
}
