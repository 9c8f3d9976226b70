//! What each writer makes of a list.

use super::*;

#[test]
fn the_csv_reads_in_a_french_spreadsheet() {
    let list = list(vec![
        dossier(1)
            .name(Some("Ville ; « L’Haÿ »"))
            .text(FactName::ApplicantType, "centre_instructeur")
            .communes(&["93048", "93063"])
            .accepted(525_040, date(2021, 9, 10)),
        dossier(2).departement(Some("75")).name(None).computed(None),
    ]);
    let bytes = csv::write(&list).unwrap();
    assert!(bytes.starts_with(b"\xEF\xBB\xBFdepartement;numero_dossier;"));
    let text = String::from_utf8(bytes).unwrap();
    let rows: Vec<&str> = text.split_terminator("\r\n").skip(1).collect();
    insta::assert_snapshot!(rows.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"), @r#"
    75;2;en_instruction;2021-09-03;;20005787500011;;93063;;;30000,00;;;;;;;eligible;;nouveau;;https://demarche.numerique.gouv.fr/procedures/61234/dossiers/2;Paris;suivi;;;;;;;;;;;;;2021-09, arrêté au 2021-09-30T21:59:59Z, fitn VERSION
    93;1;accepte;2021-09-03;centre_instructeur;20005787500011;"Ville ; « L’Haÿ »";93063;2;93048 93063;30000,00;8800,00;5250,40;;;2021-09-10;;eligible;;nouveau;;https://demarche.numerique.gouv.fr/procedures/61234/dossiers/1;Seine-Saint-Denis;suivi;;;;;;;;2021-09-10;;;5250,40;;2021-09, arrêté au 2021-09-30T21:59:59Z, fitn VERSION
    "#);
}

#[test]
fn the_workbook_holds_real_dates_amounts_and_texts() {
    let hostile = "=HYPERLINK(\"http://x\",\"y\")";
    let list = list(vec![dossier(1).name(Some(hostile)).accepted(525_040, date(2021, 9, 10))]);
    let sheet = sheet(&xlsx::write(&list).unwrap(), "Toutes les colonnes");
    let cell = |name: &str| sheet.get_value((1, u32::try_from(column(name)).unwrap())).unwrap();
    assert_eq!(sheet.get_value((0, 0)), Some(&Data::String("departement".to_owned())));
    assert_eq!(cell("beneficiaire"), &Data::String(hostile.to_owned()));
    assert_eq!(cell("siret"), &Data::String("20005787500011".to_owned()));
    assert_eq!(cell("code_insee"), &Data::String("93063".to_owned()));
    assert_eq!(cell("montant_accorde"), &Data::Float(5250.4));
    assert_eq!(cell("numero_dossier").as_i64(), Some(1));
    assert!(cell("date_commission").is_datetime());
    assert_eq!(cell("date_commission").as_datetime_parts(), Some((2021, 9, 10)));
    assert_eq!(cell("montant_paye"), &Data::Empty);
}

trait DatetimeParts {
    fn as_datetime_parts(&self) -> Option<(u16, u8, u8)>;
}

impl DatetimeParts for Data {
    fn as_datetime_parts(&self) -> Option<(u16, u8, u8)> {
        let Data::DateTime(datetime) = self else { return None };
        let (year, month, day, ..) = datetime.to_ymd_hms_milli();
        Some((year, month, day))
    }
}

#[test]
fn the_workbook_says_what_it_stands_for() {
    let before = kept(vec![dossier(1)]);
    let final_list = list_at("2021-10-01T04:00:00Z", vec![dossier(1).computed(Some(100))], Some(&before));
    let bytes = xlsx::write(&final_list).unwrap();
    let text = |bytes: &[u8], name: &str| {
        let sheet = sheet(bytes, name);
        sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
    };
    assert!(text(&bytes, "Totaux").contains("Arrêté au 30/09/2021"));
    assert!(text(&bytes, "Notice").contains("Arrêté au 30/09/2021"));
    assert!(text(&bytes, "Évolutions").contains("montant calculé\n8800\n1"));
    let provisional = xlsx::write(&list_at("2021-09-15T08:00:00Z", vec![dossier(1)], None)).unwrap();
    assert!(
        text(&provisional, "Totaux").contains("PROVISOIRE : la période n’est pas close. État au 15/09/2021 à 10:00")
    );
    assert!(text(&provisional, "Liste").contains("Est Ensemble"));
}

#[test]
fn the_same_list_gives_the_same_bytes() {
    let list = || list(vec![dossier(1), dossier(2).communes(&["93048"])]);
    assert_eq!(xlsx::write(&list()).unwrap(), xlsx::write(&list()).unwrap());
    assert_eq!(ods::write(&list()).unwrap(), ods::write(&list()).unwrap());
    assert_eq!(csv::write(&list()).unwrap(), csv::write(&list()).unwrap());
    assert_eq!(json::write(&list()).unwrap(), json::write(&list()).unwrap());
}

#[test]
fn an_empty_list_can_be_written() {
    let list = list(Vec::new());
    for (name, rows) in [("Liste", 5), ("Toutes les colonnes", 1)] {
        assert_eq!(sheet(&xlsx::write(&list).unwrap(), name).height(), rows, "{name}");
    }
    assert_eq!(list.totals.len(), 9);
    assert!(csv::write(&list).unwrap().ends_with(b"\r\n"));
}

#[test]
fn the_figures_of_each_format_are_the_same_and_those_of_what_was_altered_are_not() {
    let list = list(vec![distinct(1), distinct(2), dossier(3)]);
    let formats = [
        ("json", json::write(&list).unwrap()),
        ("csv", csv::write(&list).unwrap()),
        ("xlsx", xlsx::write(&list).unwrap()),
        ("ods", ods::write(&list).unwrap()),
    ];
    let figures = formats.each_ref().map(|(format, content)| Figures::of(format, Cursor::new(content)).unwrap());
    assert_eq!(figures[0].rows, list.rows.len());
    assert!(figures[0].largest > Cents::ZERO && figures[0].sums.len() == 6, "{:?}", figures[0]);
    assert!(figures.iter().all(|one| *one == figures[0]), "{figures:?}");
    let csv = String::from_utf8(formats[1].1.clone()).unwrap();
    let shorter = csv.lines().take(list.rows.len()).collect::<Vec<_>>().join("\r\n");
    assert_ne!(Figures::of("csv", Cursor::new(shorter)).unwrap(), figures[0]);
    for (format, content) in &formats {
        assert_eq!(Figures::of(format, Cursor::new(&content[..content.len() / 2])), None, "{format}");
    }
    assert_eq!(Figures::of("html", Cursor::new(b"<html>")), None);
}
