//! Both formats, read back by a library that wrote neither.

use std::io::Cursor;

use calamine::{Data, Ods, Range, Reader, Xlsx};
use jiff::civil::date;
use rust_decimal::Decimal;

use super::*;
use crate::domain::money::Cents;

fn layout(name: &'static str) -> Layout {
    Layout {
        name,
        widths: vec![12, 20, 30],
        page_title: "Essai & compagnie".to_owned(),
        paper: Paper::A3,
        is_table: true,
        frozen_columns: 1,
        pages_wide: 2,
        is_filtered: true,
        is_alarming: true,
    }
}

fn written(format: WorkbookFormat, fill: impl FnOnce(&mut Workbook<'_>) -> Result<(), ReportError>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = Properties {
        title: "Titre".to_owned(),
        subject: "Sujet".to_owned(),
        made_at: "2021-10-01T04:00:00Z".parse().unwrap(),
    };
    write(format, Cursor::new(&mut bytes), &properties, |workbook| fill(workbook)).unwrap();
    bytes
}

fn sheet(format: WorkbookFormat, bytes: &[u8], name: &str) -> Range<Data> {
    let bytes = Cursor::new(bytes.to_vec());
    match format {
        WorkbookFormat::Xlsx => Xlsx::new(bytes).unwrap().worksheet_range(name).unwrap(),
        WorkbookFormat::Ods => Ods::new(bytes).unwrap().worksheet_range(name).unwrap(),
    }
}

fn sample(workbook: &mut Workbook<'_>) -> Result<(), ReportError> {
    workbook.sheet(&layout("L’un"))?;
    workbook.line(Line::Title, "Un titre")?;
    workbook.blank()?;
    workbook.headings(&["Texte", "Montant", "Autre"])?;
    let first = workbook.row(
        Tone::Plain,
        [Cell::text("=1+1 <&> \"x\"\n  deux  espaces"), Cell::Amount(Cents(123_456)), Cell::Date(date(2021, 9, 30))],
    )?;
    let last =
        workbook.row(Tone::Bad, [Cell::Integer(7), Cell::Amount(Cents(-5)), Cell::Share(Decimal::new(425, 3))])?;
    let sum = Value::computed(Formula::Sum(vec![Area::new(1, first, last)]), Cell::Amount(Cents(123_451)));
    workbook.row(Tone::Strong, [Cell::Empty.into(), sum, Value::linked("12", "https://exemple.invalid/12")])?;
    workbook.sheet(&layout("L'autre"))?;
    workbook.row(Tone::Muted, [Cell::text("\u{1}fin")])?;
    Ok(())
}

#[test]
fn both_formats_hold_the_same_values() {
    for format in WorkbookFormat::ALL {
        let bytes = written(format, sample);
        let cells = sheet(format, &bytes, "L’un");
        let at = |row, column| cells.get_value((row, column)).cloned().unwrap_or(Data::Empty);
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!(at(0, 0), text("Un titre"), "{format:?}");
        assert_eq!((at(2, 0), at(2, 1)), (text("Texte"), text("Montant")));
        assert_eq!(at(3, 0), text("=1+1 <&> \"x\"\n  deux  espaces"), "{format:?}");
        assert_eq!((at(3, 1), at(4, 1), at(5, 1)), (Data::Float(1234.56), Data::Float(-0.05), Data::Float(1234.51)));
        assert_eq!((at(4, 0), at(4, 2), at(5, 2)), (Data::Float(7.0), Data::Float(0.425), text("12")));
        let day = match at(3, 2) {
            Data::DateTime(day) => {
                let (year, month, day, ..) = day.to_ymd_hms_milli();
                Some(format!("{year}-{month:02}-{day:02}"))
            }
            Data::DateTimeIso(day) => Some(day),
            other => Some(other.to_string()),
        };
        assert!(day.clone().is_some_and(|day| day.starts_with("2021-09-30")), "{day:?}");
        assert_eq!(sheet(format, &bytes, "L'autre").get_value((0, 0)), Some(&text(" fin")));
    }
}

#[test]
fn the_same_contents_are_the_same_bytes() {
    for format in WorkbookFormat::ALL {
        assert!(written(format, sample) == written(format, sample), "{format:?}");
    }
}

#[test]
fn who_looks_at_the_first_bytes_of_an_ods_knows_what_it_is() {
    let bytes = written(WorkbookFormat::Ods, sample);
    assert_eq!(&bytes[30..38], b"mimetype");
    assert_eq!(&bytes[38..84], b"application/vnd.oasis.opendocument.spreadsheet");
}

#[test]
fn a_library_that_panics_on_a_full_disk_is_an_error() {
    let refused = guarded(|| panic!("the disk is full")).unwrap_err().to_string();
    assert!(refused.contains("le disque est plein"), "{refused}");
    assert!(guarded(|| Ok(())).is_ok());
}

#[test]
fn only_plain_addresses_are_links() {
    assert!(is_plain_address("https://demarche.numerique.gouv.fr/dossiers/12"));
    for address in ["javascript:alert(1)", "internal:Totaux!A1", "https://a/\"b", "file:///etc", "https://é"] {
        assert!(!is_plain_address(address), "{address}");
    }
}
