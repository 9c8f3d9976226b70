//! The list in the hands of people: opened, recalculated and saved again by `LibreOffice`, and what `fitn verify` says of it then.

mod common;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Range, Reader, open_workbook_auto};
use common::lists::read_csv;
use common::{ADS, Stand};
use fitn_connector::domain::money::Cents;
use fitn_connector::files::write_atomically;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Long after everything that the stand-in made up: what is known then is what is known now.
const MONTH: &str = "2026-10";
const SHEETS: [&str; 5] = ["Liste", "Totaux", "Évolutions", "Toutes les colonnes", "Notice"];

/// Recalculates every formula of every file that it opens, whatever the file says that they gave.
const RECALCULATED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"#;

/// Opens files in `LibreOffice` and saves them in a format, under the same names in a directory.
fn saved_by_libreoffice(stand: &Stand, files: &[PathBuf], format: &str, directory: &str) {
    let profile = stand.path("profil");
    fonts(&stand.path("polices/fonts"));
    write_atomically(&profile.join("user/registrymodifications.xcu"), RECALCULATED.as_bytes()).unwrap();
    let mut command = Command::new("timeout");
    command.args(["300", "soffice", "--headless", "--norestore"]);
    command.arg(format!("-env:UserInstallation=file://{}", profile.display()));
    // The fonts that the documents name, whichever this machine has.
    command.env("XDG_DATA_HOME", stand.path("polices"));
    command.args(["--convert-to", format, "--outdir"]).arg(stand.path(directory)).args(files);
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "LibreOffice Calc (« soffice ») est nécessaire à cet essai : installez-le (paquet libreoffice-calc). {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Puts the fonts that rows are measured for where `LibreOffice` looks for those of a person.
fn fonts(directory: &Path) {
    for name in ["LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"] {
        let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/reports/blocks/fonts").join(format!("{name}.zst"));
        let font = zstd::decode_all(File::open(packed).unwrap()).unwrap();
        write_atomically(&directory.join(name), &font).unwrap();
    }
}

/// How high each row of each sheet is, in thousandths of an inch, as a flat ODS that `LibreOffice` wrote says.
fn heights(path: &Path) -> BTreeMap<String, Vec<u32>> {
    let text = std::fs::read_to_string(path).unwrap();
    let attribute = |element: &str, name: &str| {
        let (_, rest) = element.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let mut styles = BTreeMap::new();
    for part in text.split("<style:style ").skip(1) {
        if let Some(height) = attribute(part.split("</style:style>").next().unwrap(), "style:row-height") {
            let inches: f64 = height.trim_end_matches("in").parse().unwrap();
            styles.insert(
                attribute(&format!(" {part}"), "style:name").unwrap(),
                format!("{:.0}", inches * 1_000.0).parse().unwrap(),
            );
        }
    }
    let mut sheets = BTreeMap::new();
    for sheet in text.split("<table:table ").skip(1) {
        let rows = sheet.split("<table:table-row ").skip(1).map(|row| format!(" {}", row.split('>').next().unwrap()));
        let heights = rows.flat_map(|row| {
            let times =
                attribute(&row, "table:number-rows-repeated").map_or(1, |times| times.parse::<usize>().unwrap());
            let height: u32 = styles[&attribute(&row, "table:style-name").unwrap()];
            std::iter::repeat_n(height, if times > 1_000 { 0 } else { times })
        });
        sheets.insert(attribute(&format!(" {sheet}"), "table:name").unwrap(), heights.collect());
    }
    sheets
}

fn sheets(path: &Path) -> BTreeMap<String, Range<Data>> {
    open_workbook_auto(path)
        .unwrap_or_else(|error| panic!("{} : {error}", path.display()))
        .worksheets()
        .into_iter()
        .collect()
}

/// The sheet from its first cell on, wherever something stands first.
fn cell(range: &Range<Data>, (row, column): (u32, u32)) -> Option<String> {
    Some(match range.get_value((row, column))? {
        Data::Empty => return None,
        Data::String(text) if text.is_empty() => return None,
        Data::Float(number) => format!("{number:.6}"),
        Data::Int(number) => format!("{number}.000000"),
        Data::DateTime(instant) => {
            let (year, month, day, ..) = instant.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.trim_end_matches("T00:00:00").to_owned(),
        // A text in several paragraphs comes with or without the break between them.
        other => other.to_string().split_whitespace().collect::<Vec<_>>().concat(),
    })
}

#[track_caller]
fn assert_same_values(one: &Path, other: &Path) {
    let (one, other) = (sheets(one), sheets(other));
    for name in SHEETS {
        let (one, other) = (&one[name], &other[name]);
        let (rows, columns) = one.end().unwrap();
        for row in 0..=rows.max(other.end().unwrap().0) {
            for column in 0..=columns.max(other.end().unwrap().1) {
                assert_eq!(cell(one, (row, column)), cell(other, (row, column)), "{name}, {row}, {column}");
            }
        }
    }
}

fn formulas(path: &Path) -> usize {
    let mut workbook = open_workbook_auto(path).unwrap();
    SHEETS.iter().map(|name| workbook.worksheet_formula(name).unwrap().used_cells().count()).sum()
}

/// A copy of an archive with one part changed.
fn altered(from: &Path, to: &Path, part: &str, change: impl Fn(&str) -> String) {
    let mut archive = ZipArchive::new(File::open(from).unwrap()).unwrap();
    let mut copy = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let (name, mut content) = (entry.name().unwrap().into_owned(), Vec::new());
        entry.read_to_end(&mut content).unwrap();
        if name == part {
            content = change(std::str::from_utf8(&content).unwrap()).into_bytes();
        }
        copy.start_file(name, SimpleFileOptions::default()).unwrap();
        copy.write_all(&content).unwrap();
    }
    write_atomically(to, copy.finish().unwrap().get_ref()).unwrap();
}

/// Where the total of a column stands in a sheet: the number of a line of the totals under a heading.
fn of_totals(path: &Path, line: &str, heading: &str) -> Cents {
    let totals = &sheets(path)["Totaux"];
    let at = |row: &[Data], text: &str| row.iter().position(|cell| *cell == *text);
    let column = totals.rows().find_map(|row| at(row, heading)).unwrap();
    let row = totals.rows().find(|row| at(row, line).is_some()).unwrap();
    cents(&row[column])
}

fn cents(cell: &Data) -> Cents {
    match cell {
        Data::Float(number) => Cents::parse(&format!("{number:.2}")).unwrap(),
        Data::Int(number) => Cents::parse(&number.to_string()).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn column_sum(path: &Path, name: &str) -> Cents {
    let all = &sheets(path)["Toutes les colonnes"];
    let column = all.rows().next().unwrap().iter().position(|cell| *cell == *name).unwrap();
    all.rows().skip(1).map(|row| &row[column]).filter(|cell| **cell != Data::Empty).map(cents).sum()
}

/// What the rows of the people’s sheet add up to, without the sums that stand among them.
fn shown_sum(path: &Path, heading: &str) -> Cents {
    let list = &sheets(path)["Liste"];
    let headings = list.rows().position(|row| row.iter().any(|cell| *cell == *heading)).unwrap();
    let rows: Vec<&[Data]> = list.rows().collect();
    let column = rows[headings].iter().position(|cell| *cell == *heading).unwrap();
    let is_row = |row: &&&[Data]| row[1].to_string().parse::<i64>().is_ok() && matches!(row[1], Data::String(_));
    rows[headings + 1..]
        .iter()
        .filter(is_row)
        .map(|row| &row[column])
        .filter(|cell| **cell != Data::Empty)
        .map(cents)
        .sum()
}

#[test]
fn every_format_and_the_views_agree_to_the_cent() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run(&format!("export monthly --month {MONTH}")).expect(0);
    let path = |format: &str| stand.path(&format!("exports/liste-demat-ads-{MONTH}.{format}"));
    let together = "Ensemble des départements suivis";
    let view = |column: &str, also: &str| {
        let sql = format!(
            "SELECT sum({column}) FROM view_dossiers WHERE programme = 'axe3-v1-ads' AND excluded_at IS NULL {also}"
        );
        Cents(stand.one(&sql).unwrap().parse().unwrap())
    };
    let counted = view("counted_cents", "");
    assert!(counted > Cents::ZERO);
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(path("json")).unwrap()).unwrap();
    let of_json = |name: &str| {
        let rows = document["rows"].as_array().unwrap().iter();
        rows.filter_map(|row| row[name].as_str()).map(|amount| Cents::parse(amount).unwrap()).sum::<Cents>()
    };
    let csv = read_csv(&path("csv"));
    let of_csv = |name: &str| {
        let cells = csv.iter().map(|row| &row[name]).filter(|cell| !cell.is_empty());
        cells.map(|cell| Cents::parse_french(cell).unwrap()).sum::<Cents>()
    };
    for name in
        ["depenses_eligibles", "montant_calcule", "montant_accorde", "montant_engage", "montant_paye", "montant_compte"]
    {
        let sums = [of_json(name), of_csv(name), column_sum(&path("xlsx"), name), column_sum(&path("ods"), name)];
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{name} : {sums:?}");
    }
    let stated = document["totals"].as_array().unwrap().iter().find(|total| total["libelle"] == together).unwrap();
    let stated = Cents::parse(stated["montant_accorde"].as_str().unwrap()).unwrap();
    assert_eq!([of_json("montant_compte"), stated], [counted; 2]);
    for format in ["xlsx", "ods"] {
        assert_eq!(of_totals(&path(format), together, "Montant accordé"), counted, "{format}");
        assert_eq!(shown_sum(&path(format), "Montant compté"), counted, "{format}");
    }
    assert_eq!(of_json("montant_calcule"), view("computed_cents", "AND (removed_at IS NULL OR state = 'accepte')"));
}

#[test]
fn libreoffice_opens_the_workbooks_gets_the_same_sums_and_what_it_saves_is_known_again() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    for month in ["2021-08", "2021-10"] {
        stand.run(&format!("export monthly --month {month}")).expect(0);
    }
    let kept = |format: &str| stand.path(&format!("exports/liste-demat-ads-2021-10.{format}"));
    let path = |name: &str| stand.path(name);
    for format in ["xlsx", "ods"] {
        std::fs::copy(kept(format), path(&format!("de-{format}.{format}"))).unwrap();
    }
    // One amount that people read is another: what is computed from it must be another sum.
    let total = of_totals(&kept("ods"), "Ensemble des départements suivis", "Montant accordé");
    altered(&kept("ods"), &path("change.ods"), "content.xml", one_amount_of_the_list_times_ten);

    let files = ["de-xlsx.xlsx", "de-ods.ods", "change.ods"].map(path);
    saved_by_libreoffice(&stand, &files, "xlsx:Calc MS Excel 2007 XML", "en-xlsx");
    saved_by_libreoffice(&stand, &files, "ods:calc8", "en-ods");
    let again = ["en-xlsx/de-xlsx.xlsx", "en-xlsx/de-ods.xlsx", "en-ods/de-xlsx.ods", "en-ods/de-ods.ods"];
    for name in again {
        let from = if name.contains("de-xlsx") { "xlsx" } else { "ods" };
        assert_same_values(&kept(from), &path(name));
        assert_eq!(formulas(&path(name)), formulas(&kept(from)), "{name}");
    }
    assert!(formulas(&kept("xlsx")) > 50 && formulas(&kept("xlsx")) == formulas(&kept("ods")));
    assert_same_values(&kept("xlsx"), &kept("ods"));
    for name in ["en-xlsx/change.xlsx", "en-ods/change.ods"] {
        assert_ne!(
            of_totals(&path(name), "Ensemble des départements suivis", "Montant accordé"),
            total,
            "recalculated"
        );
    }

    let verify = |names: &[&str]| {
        let mut command = stand.fitn();
        common::outcome(command.args(["verify", "--json"]).args(names))
    };
    let originals = ["xlsx", "ods", "csv", "json"].map(|format| format!("exports/liste-demat-ads-2021-10.{format}"));
    let told = verify(&originals.each_ref().map(String::as_str)).expect(0).json();
    assert!(told.as_array().unwrap().iter().all(|one| one["genuine"] == true && one["same_bytes"] == true), "{told}");
    let told = verify(&again).expect(0).json();
    for one in told.as_array().unwrap() {
        assert_eq!(
            (&one["genuine"], &one["same_bytes"], &one["period"]),
            (&true.into(), &false.into(), &"2021-10".into())
        );
    }
    let told = verify(&["change.ods", "en-xlsx/change.xlsx", "en-ods/change.ods"]).expect(1).json();
    for one in told.as_array().unwrap() {
        assert_eq!((&one["genuine"], &one["period"], &one["revision"]), (&false.into(), &"2021-10".into(), &0.into()));
        let differences = one["differences"].as_array().unwrap();
        let places = differences.iter().map(|one| one["place"].as_str().unwrap());
        assert!(places.clone().all(|place| place.starts_with("feuille « ")), "{told}");
        assert!(places.clone().any(|place| place.starts_with("feuille « Liste »")), "{told}");
    }
}

#[test]
fn every_row_is_as_high_as_its_texts_need() {
    let stand = Stand::new(&[ADS, common::GUICHET]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-10").expect(0);
    stand.run("export quarterly --quarter 2021-Q4").expect(0);
    let names = ["liste-demat-ads-2021-10", "rapport-fitn7-2021-T4"];
    let (mut files, mut long_rows) = (Vec::new(), 0);
    for name in names {
        let kept = stand.path(&format!("exports/{name}.ods"));
        // The same without a height: LibreOffice then finds out what each row needs.
        altered(&kept, &stand.path(&format!("{name}-libre.ods")), "content.xml", |content| {
            let mut free = String::new();
            for (at, part) in content.split("style:row-height=\"").enumerate() {
                free.push_str(if at == 0 { part } else { part.split_once('"').unwrap().1 });
            }
            free.replace("style:use-optimal-row-height=\"false\"", "style:use-optimal-row-height=\"true\"")
        });
        files.extend([kept, stand.path(&format!("{name}-libre.ods"))]);
    }
    saved_by_libreoffice(&stand, &files, "fods", "ouverts");
    for name in names {
        let opened = heights(&stand.path(&format!("ouverts/{name}.fods")));
        let needed = heights(&stand.path(&format!("ouverts/{name}-libre.fods")));
        assert_eq!(opened.keys().collect::<Vec<_>>(), needed.keys().collect::<Vec<_>>());
        for (sheet, needed) in &needed {
            let opened = &opened[sheet];
            assert_eq!(opened.len(), needed.len(), "{name}, {sheet}");
            for (row, (opened, needed)) in opened.iter().zip(needed).enumerate() {
                // Less than a hundredth of an inch hides nothing.
                assert!(opened + 10 >= *needed, "{name}, {sheet}, {} : {opened} < {needed}", row + 1);
                long_rows += usize::from(*needed > 500);
            }
        }
    }
    assert!(long_rows > 10, "{long_rows}");
}

/// Makes the first amount of the people’s sheet ten times as large.
fn one_amount_of_the_list_times_ten(content: &str) -> String {
    // The first row of the list that has an amount in its ninth cell, the one that counts.
    let rows = content.match_indices("<table:table-row").map(|(at, _)| at);
    for row in rows {
        let end = row + content[row..].find("</table:table-row>").unwrap();
        let cells: Vec<usize> = content[row..end].match_indices("<table:table-cell").map(|(at, _)| row + at).collect();
        let Some(counted) = cells.get(8).filter(|_| cells.len() == 16) else { continue };
        let next = cells[9];
        let cell = &content[*counted..next];
        if cell.contains("office:currency") && !cell.contains("table:formula") {
            let changed = cell.replacen("office:value=\"", "office:value=\"1", 1);
            return format!("{}{changed}{}", &content[..*counted], &content[next..]);
        }
    }
    panic!("no amount in the list")
}

#[test]
fn what_is_none_of_ours_is_said_to_be_and_nothing_is_written() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    stand.run("export quarterly --quarter 2021-Q3").expect(0);
    let report = "exports/rapport-fitn7-2021-T3.html";
    // On one line, however it is broken on the screen.
    let verified = |file: &str, code: i32| {
        stand.run(&format!("verify {file}")).expect(code).out.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let told = verified(report, 0);
    assert!(told.contains("authentique, à l’octet près : le rapport trimestriel, 3ᵉ trimestre 2021"), "{told}");

    let csv = std::fs::read_to_string(stand.path("exports/liste-demat-ads-2021-09.csv")).unwrap();
    stand.write("lien.csv", &csv.replace("en_instruction", "accepte"), 0o640);
    stand.write("vide.csv", "", 0o640);
    stand.write("autre.csv", "a;b\r\n1;2\r\n", 0o640);
    stand.write("etrangere.csv", "numero_dossier;etat\r\n999999999;accepte\r\n", 0o640);
    let modified = std::fs::read(stand.path(report)).unwrap();
    stand.write("rapport.html", &String::from_utf8(modified).unwrap().replace("2021", "2022"), 0o640);
    let before = stand.rows("SELECT * FROM view_exports");
    for (file, said) in [
        ("lien.csv", "avec la liste Démat.ADS, septembre 2021"),
        ("vide.csv", "inconnu : ses octets ne sont ceux d’aucun document conservé ici"),
        ("autre.csv", "inconnu : "),
        ("rapport.html", "inconnu : "),
        ("etrangere.csv", "aucun de ses dossiers n’est dans une liste conservée ici"),
        ("absent.csv", "ne peut pas être lu"),
        ("exports", "ne peut pas être lu : ce n’est pas un fichier"),
    ] {
        let told = verified(file, 1);
        assert!(told.starts_with(&format!("✗ {file} : ")) && told.contains(said), "{file} : {told}");
    }
    let told = verified("lien.csv", 1);
    assert!(told.contains("état : « accepte » au lieu de « en_instruction »"), "{told}");
    assert_eq!(stand.rows("SELECT * FROM view_exports"), before);
    stand.run("verify").expect(2);

    stand.run("export monthly --month 2026-11").expect(0);
    let told = verified("exports/liste-demat-ads-2026-11-provisoire.csv", 1);
    assert!(told.contains("liste provisoire (novembre 2026) : une liste provisoire n’est jamais conservée"), "{told}");
    let large = std::fs::File::create(stand.path("zeros.csv")).unwrap();
    large.set_len(500_000_001).unwrap();
    let told = verified("zeros.csv", 1);
    assert!(told.contains("trop grand pour être une liste"), "{told}");
    stand.run("export withdraw --kind monthly-list --period 2021-09 --never-sent --reason essai --by Agent").expect(0);
    let withdrawn = "exports/liste-demat-ads-2021-09.ods";
    let told = verified(withdrawn, 1);
    assert!(told.starts_with(&format!("✗ {withdrawn} : ne vaut plus")), "{told}");
    let told = stand.run(&format!("verify --json {withdrawn}")).expect(1).json();
    assert_eq!(
        (&told[0]["withdrawn"], &told[0]["genuine"], &told[0]["same_bytes"]),
        (&true.into(), &false.into(), &true.into())
    );
}
