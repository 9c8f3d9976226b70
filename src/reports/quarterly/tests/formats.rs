//! What the writers make of a report.

use super::*;

#[test]
fn the_page_stands_alone_and_escapes_what_people_typed() {
    let choices = ["lab".to_owned(), "training".to_owned()].into();
    let report = report(vec![
        project(1)
            .name(Some("<script>alert(1)</script>"))
            .accepted(4_000_000, date(2021, 8, 10))
            .text(FactName::Feedback, "Très utile & simple")
            .fact(FactName::SupportWanted, FactValue::Choices(choices))
            .verdict("A3V1-10", Control, NotMet, "Accordé au-delà du maximum."),
    ]);
    let page = String::from_utf8(html::write(&report)).unwrap();
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"fr\">"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for external in ["src=", "@import", "url(", "<link", "http://"] {
        assert!(!page.contains(external), "{external}");
    }
    assert!(page.contains("40\u{202f}000,00\u{a0}€") && page.contains("13,5\u{a0}%"));
    assert!(page.contains("Très utile &amp; simple") && page.contains("Accordé au-delà du maximum."));
    assert_eq!(page.matches("<table>").count(), page.matches("<caption>").count());
    assert_eq!(report.support_by_kind().iter().map(|(_, of_it)| of_it.len()).collect::<Vec<_>>(), [0, 1, 1]);
}

#[test]
fn a_grant_that_no_sum_takes_stands_apart_from_those_behind_the_figures() {
    let elsewhere = project(2).with(|judged| judged.subject.applicant.siret = None).departement(Some("28"));
    let report = report(vec![
        project(1).accepted(4_000_000, date(2021, 8, 10)),
        elsewhere.accepted(3_000_000, date(2021, 8, 10)),
    ]);
    let section = &report.sections[0];
    assert_eq!(
        section.grants.iter().map(|grant| (grant.number, grant.apart)).collect::<Vec<_>>(),
        [(1, None), (2, Some(Apart::Elsewhere))]
    );
    assert_eq!(section.total.granted, Cents::euros(40_000));
    let page = String::from_utf8(html::write(&report)).unwrap();
    let (_, grants) = page.split_once("les montants derrière les chiffres").unwrap();
    let (counted, apart) = grants.split_once("Hors de ces sommes").unwrap();
    assert!(!counted.contains("30\u{202f}000,00") && apart.contains("30\u{202f}000,00"));
    let rows = sheet(&xlsx::write(&report).unwrap(), "Dossiers comptés");
    let said = format!("non : {}", Apart::Elsewhere.label());
    assert_eq!(rows.get_value((5, 15)), Some(&Data::String(said)));
}

/// The text of the cells of a row of a page, from some words of it.
fn cells_of(page: &str, words: &str) -> Vec<String> {
    let (_, row) = page.split_once(words).unwrap();
    let (row, _) = row.split_once("</tr>").unwrap();
    let mut cells: Vec<String> = Vec::new();
    for piece in row.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        if !text.trim().is_empty() && !tag.starts_with("small") {
            cells.push(text.replace(['\u{a0}', '\u{202f}'], " ").trim().to_owned());
        }
    }
    cells
}

#[test]
fn each_figure_of_the_credits_stands_under_its_own_heading() {
    let earlier = project(2).accepted(500_000, date(2021, 6, 10));
    let report = report(vec![
        project(1)
            .accepted(1_300_000, date(2021, 8, 10))
            .amount(FactName::EngagedAmount, 1_200_000)
            .amount(FactName::PaidAmount, 1_100_000),
        earlier,
        project(3),
    ]);
    let page = String::from_utf8(html::write(&report)).unwrap();
    let figures = cells_of(&page, "93 – Seine-Saint-Denis");
    let expected =
        ["297 000,00 €", "3", "2", "18 000,00 €", "13 000,00 €", "12 000,00 €", "11 000,00 €", "279 000,00 €"];
    assert_eq!(figures[..expected.len()], expected, "{figures:?}");
    let grants = cells_of(page.split_once("les montants derrière les chiffres").unwrap().1, ">1<");
    let amounts: Vec<&str> = grants.iter().map(String::as_str).filter(|cell| cell.ends_with(" €")).collect();
    assert_eq!(amounts, ["13 000,00 €", "12 000,00 €", "11 000,00 €"], "granted, engaged, paid");

    let workbook = xlsx::write(&report).unwrap();
    let under = |name: &str, row: &str, headings: &[&str]| -> Vec<Option<f64>> {
        let cells = sheet(&workbook, name);
        let rows: Vec<&[Data]> = cells.rows().collect();
        let is = |cell: &Data, text: &str| format!("{cell}") == text;
        let head =
            rows.iter().position(|one| headings.iter().all(|name| one.iter().any(|cell| is(cell, name)))).unwrap();
        let line = rows[head..].iter().find(|one| one.iter().any(|cell| is(cell, row))).unwrap();
        let value = |name: &&str| {
            let at = rows[head].iter().position(|cell| is(cell, name)).unwrap();
            calamine::DataType::as_f64(&line[at])
        };
        headings.iter().map(value).collect()
    };
    let headings = ["Droit de tirage ou enveloppe", "Demandes", "Attributions", "Accordé", "dont ce trimestre"];
    let headings: Vec<&str> = headings.into_iter().chain(["Trimestre précédent", "Engagé", "Payé", "Reste"]).collect();
    let figures = [297_000.0, 3.0, 2.0, 18_000.0, 13_000.0, 5_000.0, 12_000.0, 11_000.0, 279_000.0].map(Some);
    assert_eq!(under("Crédits", "Seine-Saint-Denis", &headings), figures);
    let amounts = [13_000.0, 12_000.0, 11_000.0].map(Some);
    assert_eq!(under("Dossiers comptés", "1", &["Accordé", "Engagé", "Payé"]), amounts);
}

#[test]
fn a_grant_that_does_not_count_says_so_wherever_it_is_named() {
    let place = |sample: Sample, code: Option<&str>| {
        sample.with(|judged| judged.subject.applicant.siret = None).departement(code).accepted(100, date(2021, 8, 10))
    };
    let ended = |sample: Sample| sample.date(FactName::ProjectEnd, date(2021, 9, 1));
    let report = report(vec![
        ended(place(project(1), Some("93"))),
        ended(place(project(2).programme(Axe3V2), Some("28"))),
        ended(place(project(3), Some("28"))),
        ended(place(project(4), Some("75"))),
        ended(place(project(5), None)),
        project(6)
            .with(|judged| judged.subject.applicant.siret = None)
            .departement(Some("28"))
            .state(DossierState::Accepte),
    ]);
    let labels = [Apart::Elsewhere, Apart::WithoutRight, Apart::Unsettled].map(Apart::label);
    let page = String::from_utf8(html::write(&report)).unwrap();
    // Number 2 and 3 elsewhere, 4 in Paris, 5 nobody knows where; each time, in each table and list.
    for (title, end, said) in [
        ("<caption>Projets acceptés", "</table>", [3, 1, 1]),
        ("<caption>Dossiers comptés", "</table>", [2, 1, 1]),
        ("<caption>Avancement des projets lauréats", "</table>", [3, 1, 1]),
        ("Bilans d’activité à demander", "</ul>", [2, 1, 1]),
        ("Projets achevés à évaluer", "</ul>", [2, 1, 1]),
        ("Lauréats du trimestre à faire connaître", "</ul>", [2, 1, 1]),
        ("Attributions sans montant", "</ul>", [1, 0, 0]),
    ] {
        let (_, table) = page.split_once(title).unwrap();
        let (table, _) = table.split_once(end).unwrap();
        assert_eq!(labels.map(|label| table.matches(label).count()), said, "{title}: {table}");
    }
    let workbook = xlsx::write(&report).unwrap();
    for (name, said) in
        [("Suivi des projets", [3, 1, 1]), ("Dossiers comptés", [3, 1, 1]), ("Points d’attention", [1, 0, 0])]
    {
        let cells: Vec<String> = sheet(&workbook, name).used_cells().map(|(_, _, cell)| cell.to_string()).collect();
        let count = |label: &str| cells.iter().filter(|cell| cell.contains(label)).count();
        assert_eq!(labels.map(count), said, "{name}");
    }
}

#[test]
fn the_workbook_has_the_data_behind_the_figures() {
    let report = report(vec![
        project(1).name(Some("=1+1")).accepted(4_000_050, date(2021, 8, 10)),
        project(2).state(DossierState::Accepte),
    ]);
    let bytes = xlsx::write(&report).unwrap();
    let grants = sheet(&bytes, "Dossiers comptés");
    let row =
        |at: u32| (0..16).map(|column| grants.get_value((at, column)).cloned().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(row(4)[2], Data::String("=1+1".to_owned()));
    assert_eq!(row(4)[7], Data::Float(40_000.5));
    assert!(matches!(row(4)[10], Data::DateTime(_)));
    assert_eq!(row(5)[7], Data::String("sans montant".to_owned()));
    assert_eq!(row(4)[15], Data::String("oui".to_owned()));
    let credits = sheet(&bytes, "Crédits");
    assert!(credits.used_cells().any(|(_, _, cell)| *cell == Data::Float(40_000.5)));
    assert_eq!(bytes, xlsx::write(&report).unwrap());
    assert_eq!(html::write(&report), html::write(&report));
}
