//! Lists and reports as their recipients get them.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use calamine::{Data, Ods, Reader, Xlsx, open_workbook};
use common::lists::{FIXED_COLUMNS, read_csv, row_of};
use common::{ADS, GUICHET, Stand, later, outcome, procedure};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::text::hexadecimal;
use fitn_connector::sandbox::world::Value;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

const FORMULA: &str = "=HYPERLINK(\"http://exemple.invalid\";\"x\")";

fn bytes(stand: &Stand, name: &str) -> Vec<u8> {
    std::fs::read(stand.path(name)).unwrap_or_else(|error| panic!("{name} : {error}"))
}

/// The numbers of the Démat.ADS dossiers filed before an instant.
fn filed_before(stand: &Stand, end: &str) -> BTreeSet<i64> {
    let end: Timestamp = end.parse().unwrap();
    stand.dossiers(ADS, |dossier| dossier.deposited_at < end).into_iter().collect()
}

#[test]
fn the_monthly_list_has_its_columns_its_format_and_its_order() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let made = stand.run("export monthly --month 2021-10").expect(0);
    let names = ["xlsx", "csv", "json", "ods"].map(|format| format!("liste-demat-ads-2021-10.{format}"));
    let told: Vec<&str> = made.out.lines().collect();
    let paths = names.each_ref().map(|name| stand.path("exports").join(name).display().to_string());
    assert!(paths.iter().all(|path| told.iter().any(|line| path.ends_with(line))), "{}", made.out);
    assert_eq!((told.len(), made.err.as_str()), (4, "document arrêté et conservé\n"));

    let text = String::from_utf8(bytes(&stand, &format!("exports/{}", names[1]))).unwrap();
    assert!(text.starts_with(&format!("\u{feff}{FIXED_COLUMNS};")), "{}", text.lines().next().unwrap());
    assert!(text.ends_with("\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());

    let rows = read_csv(&stand.path("exports").join(&names[1]));
    let listed: Vec<i64> = rows.iter().map(|row| row["numero_dossier"].parse().unwrap()).collect();
    assert_eq!(listed.iter().copied().collect::<BTreeSet<_>>(), filed_before(&stand, "2021-10-31T23:00:00Z"));
    let place = |row: &common::lists::Row| (row["departement"].clone(), row["numero_dossier"].parse::<i64>().unwrap());
    assert!(rows.is_sorted_by_key(place));
    let world = stand.world();
    let granted = world.procedure(procedure(ADS)).unwrap().field("granted_amount").unwrap().stable_id;
    for row in &rows {
        let dossier = world.dossier(row["numero_dossier"].parse().unwrap()).unwrap();
        let amount = match dossier.answers.get(&granted).map(|answer| &answer.value) {
            Some(Value::Decimal(Cents(cents))) => format!("{},{:02}", cents / 100, cents % 100),
            _ => String::new(),
        };
        assert_eq!((row["montant_accorde"].as_str(), row["etat"].as_str()), (amount.as_str(), dossier.state.code()));
        for day in ["date_depot", "date_commission", "date_notification"] {
            assert!(row[day].is_empty() || row[day].parse::<jiff::civil::Date>().is_ok(), "{day} : {}", row[day]);
        }
        for amount in ["depenses_eligibles", "montant_calcule", "montant_engage", "montant_paye"] {
            let digits = row[amount].strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or_default();
            assert!(row[amount].is_empty() || digits.chars().rev().nth(1) == Some(','), "{amount} : {}", row[amount]);
            assert!(!row[amount].contains(['.', ' ', '\u{a0}']), "{}", row[amount]);
        }
    }

    let document: serde_json::Value = serde_json::from_slice(&bytes(&stand, &format!("exports/{}", names[2]))).unwrap();
    let numbers: Vec<i64> =
        document["rows"].as_array().unwrap().iter().map(|row| row["numero_dossier"].as_i64().unwrap()).collect();
    assert_eq!(numbers, listed);
    assert_eq!(sheet_numbers(&stand.path("exports").join(&names[0])), listed);
}

/// The column of numbers of the sheet that has it.
fn sheet_numbers(path: &Path) -> Vec<i64> {
    let mut workbook: Xlsx<_> = open_workbook(path).unwrap();
    for (_, range) in workbook.worksheets() {
        let rows: Vec<&[Data]> = range.rows().collect();
        let header =
            rows.iter().position(|row| row.iter().any(|cell| cell == &Data::String("numero_dossier".to_owned())));
        let Some(header) = header else { continue };
        let column = rows[header].iter().position(|cell| cell == &Data::String("numero_dossier".to_owned())).unwrap();
        #[allow(clippy::cast_possible_truncation, reason = "a spreadsheet knows no integers")]
        let number = |cell: &Data| match cell {
            Data::Int(number) => Some(*number),
            Data::Float(number) => Some(*number as i64),
            _ => None,
        };
        return rows[header + 1..].iter().filter_map(|row| number(&row[column])).collect();
    }
    panic!("no sheet with the dossiers")
}

#[test]
fn a_kept_list_is_the_same_bytes_for_ever_and_a_correction_stands_beside_it() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    let formats = ["csv", "json", "xlsx", "ods"];
    let stored = formats.map(|format| bytes(&stand, &format!("exports/liste-demat-ads-2021-09.{format}")));
    let kept = stand.rows("SELECT sha256, path FROM view_exports WHERE kind = 'monthly-list' AND period = '2021-09'");
    assert_eq!(kept.len(), 4);
    for row in kept {
        let (sum, path) = (row[0].clone().unwrap(), row[1].clone().unwrap());
        let digest = Sha256::digest(std::fs::read(stand.directory().join(path)).unwrap());
        assert_eq!(hexadecimal(&digest), sum);
    }

    let changed = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    let before = "2021-09-01T00:00:00Z".parse::<Timestamp>().unwrap();
    let filed = stand.dossiers(ADS, |dossier| dossier.number != changed && dossier.deposited_at < before)[0];
    let label = stand.label(ADS, "granted_amount");
    stand.change(|w| w.answer(changed, &label, Some(Value::Decimal(Cents(777))), later(0)));
    stand.run("sync").expect(0);
    std::fs::remove_file(stand.path("exports/liste-demat-ads-2021-09.csv")).unwrap();
    let again = stand.run("export monthly --month 2021-09").expect(0);
    assert!(again.err.contains("document déjà arrêté"), "{}", again.err);
    stand.run("export monthly --month 2021-09 --out ailleurs").expect(0);
    for (format, content) in formats.iter().zip(&stored) {
        for directory in ["exports", "ailleurs"] {
            assert!(&bytes(&stand, &format!("{directory}/liste-demat-ads-2021-09.{format}")) == content, "{format}");
        }
    }

    // What DS changed since then changes nothing for September; what a person corrects does.
    let same = stand.run("export monthly --month 2021-09 --revise").expect(0);
    assert!(same.err.contains("rien ne diffère"), "{}", same.err);
    let corrected = format!("correct {filed} --fact granted_amount --value 7,77 --reason arrêté --by moi");
    stand.run(&corrected).expect(0);
    let revised = stand.run("export monthly --month 2021-09 --revise").expect(0);
    assert!(revised.err.contains("correction n° 1"), "{}", revised.err);
    for (format, content) in formats.iter().zip(&stored) {
        assert!(&bytes(&stand, &format!("exports/liste-demat-ads-2021-09.{format}")) == content, "{format}");
        bytes(&stand, &format!("exports/liste-demat-ads-2021-09-rev1.{format}"));
    }
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 8);
}

#[test]
fn what_looks_like_a_formula_stays_text_in_every_format() {
    let stand = Stand::new(&[ADS]);
    let [named, placed] = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[..2] else {
        panic!("two dossiers")
    };
    stand.change(|w| w.rename_applicant(named, FORMULA));
    let world = stand.running().world();
    world
        .write()
        .unwrap()
        .edit(placed, |dossier| {
            let rows = dossier.answers.values_mut().filter_map(|answer| match &mut answer.value {
                Value::Rows(rows) => Some(rows),
                _ => None,
            });
            let cells = rows.flatten().flat_map(|row| row.answers.values_mut());
            let place = cells.into_iter().find_map(|answer| match &mut answer.value {
                Value::Commune(place) => Some(place),
                _ => None,
            });
            let place = place.unwrap();
            "95998".clone_into(&mut place.code);
            FORMULA.clone_into(&mut place.name);
        })
        .unwrap();
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-10").expect(0);

    let rows = read_csv(&stand.path("exports/liste-demat-ads-2021-10.csv"));
    assert_eq!(row_of(&rows, named).unwrap()["beneficiaire"], format!("'{FORMULA}"));
    assert!(row_of(&rows, placed).unwrap()["communes_non_reconnues"].contains(FORMULA));
    for cell in rows.iter().flat_map(|row| row.values()) {
        assert!(!cell.trim_start().starts_with(['=', '@', '+']), "{cell}");
    }
    let mut workbook: Xlsx<_> = open_workbook(stand.path("exports/liste-demat-ads-2021-10.xlsx")).unwrap();
    let mut seen = false;
    for name in workbook.sheet_names() {
        let is_ours =
            |formula: &str| ["SUM(", "COUNT"].iter().any(|begins| formula.starts_with(begins)) || name == "Totaux";
        assert!(
            workbook.worksheet_formula(&name).unwrap().used_cells().all(|(_, _, formula)| is_ours(formula)),
            "{name}"
        );
        let range = workbook.worksheet_range(&name).unwrap();
        seen |= range.cells().any(|(_, _, cell)| cell == &Data::String(FORMULA.to_owned()));
    }
    assert!(seen, "the name is in the workbook as it is");
}

#[test]
fn the_evolution_tells_what_is_new_since_the_last_list() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-08").expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    let before = filed_before(&stand, "2021-08-31T22:00:00Z");
    let rows = read_csv(&stand.path("exports/liste-demat-ads-2021-09.csv"));
    assert!(rows.len() > before.len() && !before.is_empty());
    for row in &rows {
        let known = before.contains(&row["numero_dossier"].parse().unwrap());
        let evolution = row["evolution"].as_str();
        assert_eq!(evolution == "nouveau", !known, "{row:?}");
        assert_eq!(evolution == "modifie", !row["colonnes_modifiees"].is_empty(), "{row:?}");
    }
    assert!(rows.iter().any(|row| row["evolution"] == "inchange"));
}

#[test]
fn the_quarterly_report_is_written_kept_and_given_again() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    stand.run("export quarterly --quarter 2021-Q3").expect(0);
    let formats = quarterly_formats();
    let names: Vec<String> = formats.iter().map(|format| format!("exports/rapport-fitn7-2021-T3.{format}")).collect();
    let stored: Vec<Vec<u8>> = names.iter().map(|name| bytes(&stand, name)).collect();
    let of = |format: &str| formats.iter().position(|one| *one == format).unwrap();
    assert!(String::from_utf8_lossy(&stored[of("html")]).contains("<html"));
    open_workbook::<Xlsx<_>, _>(stand.path(&names[of("xlsx")])).unwrap();
    open_workbook::<Ods<_>, _>(stand.path(&names[of("ods")])).unwrap();
    assert_eq!(
        stand.number("SELECT count(*) FROM view_exports WHERE kind = 'quarterly-report'"),
        i64::try_from(formats.len()).unwrap()
    );
    std::fs::remove_file(stand.path(&names[0])).unwrap();
    stand.run("export quarterly --quarter 2021-T3").expect(0);
    assert!(names.iter().map(|name| bytes(&stand, name)).collect::<Vec<_>>() == stored);
}

fn quarterly_formats() -> &'static [&'static str] {
    fitn_connector::domain::message::MessageKind::QuarterlyReport.formats()
}

#[test]
fn the_report_says_the_same_to_the_cent_in_all_its_formats_and_as_the_views_do() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    stand.run("export quarterly --quarter 2022-Q4").expect(0);
    let path = |format: &str| stand.path(&format!("exports/rapport-fitn7-2022-T4.{format}"));
    let mut xlsx: Xlsx<_> = open_workbook(path("xlsx")).unwrap();
    let mut ods: Ods<_> = open_workbook(path("ods")).unwrap();
    assert_eq!(xlsx.sheet_names(), ods.sheet_names());
    for name in xlsx.sheet_names() {
        let (one, other) = (xlsx.worksheet_range(&name).unwrap(), ods.worksheet_range(&name).unwrap());
        let cents = |range: &calamine::Range<Data>| -> Vec<String> {
            let said = |cell: &Data| match cell {
                Data::Float(number) => format!("{number:.2}"),
                Data::Int(number) => format!("{number}.00"),
                Data::DateTime(day) => {
                    let (year, month, day, ..) = day.to_ymd_hms_milli();
                    format!("{year:04}-{month:02}-{day:02}")
                }
                Data::DateTimeIso(day) => day.clone(),
                cell => cell.to_string(),
            };
            range.rows().flatten().map(said).filter(|text| !text.is_empty()).collect()
        };
        assert_eq!(cents(&one), cents(&other), "{name}");
    }
    // What the sheet of dossiers has, and what the database tells whoever asks it.
    let grants = xlsx.worksheet_range("Dossiers comptés").unwrap();
    let heads = grants.rows().position(|row| row.iter().any(|cell| *cell == "Accordé")).unwrap();
    let column = |name: &str| grants.rows().nth(heads).unwrap().iter().position(|cell| *cell == name).unwrap();
    let (programme, granted, counts) = (column("Programme"), column("Accordé"), column("Dans les sommes"));
    let sum = |of: &dyn Fn(&[Data]) -> bool| -> Cents {
        let rows = grants.rows().skip(heads + 1).filter(|row| of(row));
        rows.filter_map(|row| calamine::DataType::as_f64(&row[granted]))
            .map(|euros| Cents::parse(&euros.to_string()).unwrap())
            .sum()
    };
    let page = std::fs::read_to_string(path("html")).unwrap();
    for (code, name) in [("axe3-v1", "Axe 3, volet 1"), ("axe3-v1-ads", "Démat.ADS")] {
        let told = stand.number(&format!(
            "SELECT coalesce(sum(granted_cents), 0) FROM view_dossiers WHERE programme = '{code}' AND state = 'accepte'"
        ));
        assert_eq!(sum(&|row| row[programme] == name), Cents::from(told), "{code}");
        let counted = sum(&|row| row[programme] == name && row[counts] == "oui");
        assert!(counted.is_positive() && page.contains(&counted.to_string()), "{code} {counted}");
    }
}

#[test]
fn a_period_that_has_not_begun_or_is_no_period_exits_2() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let future = stand.run("export monthly --month 2099-12").expect(2);
    assert!(future.err.contains("la période 2099-12 n’a pas commencé"), "{}", future.err);
    stand.run("export monthly --month 2021-13").expect(2);
    stand.run("export quarterly --quarter 2021-Q5").expect(2);
}

#[test]
fn two_people_who_ask_at_once_for_a_list_get_the_same() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    for month in ["2021-07", "2021-08", "2021-09", "2021-10"] {
        let line = format!("export monthly --month {month}");
        let both = std::thread::scope(|scope| {
            let people = [(); 2].map(|()| scope.spawn(|| outcome(stand.fitn().args(line.split(' ')))));
            people.map(|one| one.join().unwrap().expect(0))
        });
        assert_eq!(both[0].out, both[1].out, "{month}");
    }
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 4 * 4);
    let paths = stand.rows("SELECT path FROM view_exports");
    assert!(paths.iter().all(|path| Path::new(path[0].as_ref().unwrap()).is_absolute()), "{paths:?}");
}

#[test]
fn a_document_that_was_never_sent_is_taken_back_and_made_again() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let list = |words: &str| stand.run(&format!("export monthly {words}")).expect(0);
    list("--month 2021-09");
    list("--month 2021-10");
    let sha256 = stand
        .one("SELECT sha256 FROM view_exports WHERE period = '2021-10' AND format = 'csv' AND revision = 0")
        .unwrap();
    let withdraw = |words: &str| stand.run(&format!("export withdraw --reason erreur --by Martin {words}"));
    for (words, said) in [
        ("--kind monthly-list --period 2021-10", "--never-sent"),
        ("--kind monthly-list --period 2021-11 --never-sent", "rien n’est conservé"),
        ("--kind monthly-list --period 2021-T4 --never-sent", "2021-09"),
        ("--kind committee --period 2021-Q4 --never-sent", "77-2021-Q3"),
        ("--kind autre --period 2021-Q4 --never-sent", "quarterly-report"),
    ] {
        let refused = withdraw(words).expect(2);
        assert!(refused.err.contains(said), "{words} : {}", refused.err);
    }
    assert_eq!(stand.number("SELECT count(*) FROM view_withdrawals"), 0);
    let back = withdraw("--kind monthly-list --period 2021-10 --never-sent").expect(0);
    assert!(back.out.contains(&sha256), "{}", back.out);
    let recorded = stand.rows("SELECT kind, period, revision, person, reason, files ->> 'csv' FROM view_withdrawals");
    let expected = ["monthly-list", "2021-10", "0", "Martin", "erreur", &sha256].map(|text| Some(text.to_owned()));
    assert_eq!(recorded, [expected]);
    let standing = "SELECT count(*) FROM view_exports WHERE withdrawn_at IS NULL AND period = '2021-10'";
    assert_eq!(stand.number(standing), 0);
    withdraw("--kind monthly-list --period 2021-10 --never-sent").expect(2);

    // The next list is compared with the last one that stands, September’s: what October brought is new once more.
    let new_in = |file: &str| {
        let rows = read_csv(&stand.path("exports").join(file));
        let new = rows.iter().filter(|row| row["evolution"] == "nouveau");
        new.map(|row| row["numero_dossier"].clone()).collect::<Vec<_>>()
    };
    list("--month 2021-11");
    let brought = new_in("liste-demat-ads-2021-10.csv");
    let november = new_in("liste-demat-ads-2021-11.csv");
    assert!(!brought.is_empty() && brought.iter().all(|number| november.contains(number)), "{brought:?} {november:?}");
    // Asked for again, it is the next revision; September is what it is compared with, not what was taken back.
    list("--month 2021-10");
    assert_eq!(stand.number("SELECT max(revision) FROM view_exports WHERE period = '2021-10'"), 1);
    assert_eq!(new_in("liste-demat-ads-2021-10-rev1.csv"), brought);
    assert_eq!(stand.number(standing), 4);
    // The same bytes from now on.
    let again = list("--month 2021-10");
    assert!(again.err.contains("déjà arrêté") && again.out.contains("-rev1"), "{}{}", again.out, again.err);
    // A correction taken back leaves what stood before it.
    stand.run("export quarterly --quarter 2021-Q4").expect(0);
    let report = withdraw("--kind quarterly-report --period 2021-T4 --never-sent").expect(0);
    assert!(report.out.contains("le rapport trimestriel, 2021-T4"), "{}", report.out);
    withdraw("--kind monthly-list --period 2021-09 --never-sent").expect(0);
    list("--month 2021-09");
    let other = read_csv(&stand.path("exports/liste-demat-ads-2021-09.csv"))[0]["numero_dossier"].clone();
    let corrected = format!("correct {other} --fact granted_amount --value 7,77 --reason arrêté --by Martin");
    stand.run(&corrected).expect(0);
    list("--month 2021-09 --revise");
    let back = withdraw("--kind monthly-list --period 2021-09 --never-sent").expect(0);
    assert!(
        back.out.contains("correction n° 2") && back.err.contains("la correction n° 1 vaut de nouveau"),
        "{}",
        back.err
    );
    let stands = list("--month 2021-09");
    assert!(stands.out.contains("2021-09-rev1") && stands.err.contains("déjà arrêté"), "{}{}", stands.out, stands.err);
}
