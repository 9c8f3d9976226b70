//! What the writers make of a report.

use super::*;

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
    let page = said(&report);
    assert!(page.contains("70 000,00 € accordés = 40 000,00 € comptés + 30 000,00 € hors de ces crédits."), "{page}");
    assert!(page.contains("2 dossiers acceptés = 1 attribution comptée + 1 hors des départements suivis."), "{page}");
    let rows = sheet(&xlsx::write(&report).unwrap(), "Dossiers comptés");
    let said = format!("non : {}", Apart::Elsewhere.label());
    assert_eq!(rows.get_value((5, 15)), Some(&Data::String(said)));
}

/// The cells of the row that begins so, in the table with this caption.
fn cells_of(page: &str, caption: &str, begins: &str) -> Vec<String> {
    let (_, table) = page.split_once(&format!("\n{caption}")).unwrap();
    let row = table.lines().find(|line| line.starts_with(begins)).unwrap();
    row.split(" | ").map(str::to_owned).collect()
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
    let page = said(&report);
    let place = "93 – Seine-Saint-Denis";
    let front = cells_of(&page, "Crédits par département", place);
    let rounded = ["297 000 €", "18 000 €", "12 000 €", "11 000 €", "279 000 €", "6,1 %", "29 mars 2027"];
    assert_eq!(front[1..7], rounded[..6], "{front:?}");
    let amounts = cells_of(&page, "Droits de tirage, thèmes 1 à 3 : montants\n", place);
    let expected = ["297 000,00 €", "18 000,00 €", "12 000,00 €", "11 000,00 €", "279 000,00 €", "6,1 %"];
    assert_eq!(amounts[1..], expected);
    let requests = cells_of(&page, "Droits de tirage, thèmes 1 à 3 : demandes et attributions", place);
    assert_eq!(requests[1..6], ["3", "2", "13 000,00 €", "5 000,00 €", "en hausse"]);

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
    let page = said(&report);
    // Number 2 and 3 elsewhere, 4 in Paris, 5 nobody knows where; each time, in each table and list.
    for (title, end, expected) in [
        ("Volet 1, thèmes 1 à 3 : 5 projets acceptés", "\n\n", [2, 1, 1]),
        ("Volet 2 : 1 projet accepté", "\n\n", [1, 0, 0]),
        ("## Bilans d’activité à demander", "\n\n## ", [2, 1, 1]),
        ("## Projets achevés à évaluer", "\n\n## ", [2, 1, 1]),
        ("## Lauréats du trimestre à faire connaître", "\n\n# ", [2, 1, 1]),
        ("## Attributions sans montant", "\n\n[", [1, 0, 0]),
    ] {
        let (_, table) = page.split_once(title).unwrap_or_else(|| panic!("{title}: {page}"));
        let table = table.split_once(end).map_or(table, |(table, _)| table);
        assert_eq!(labels.map(|label| table.matches(label).count()), expected, "{title}: {table}");
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
}
