//! Dossiers whose every text holds all that steers a terminal, hides, turns the direction of writing, breaks lines or begins a
//! formula: no screen, no log and no document holds any of it raw, nor any cell that a spreadsheet would run.

mod common;

use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use common::{ADS, GUICHET, Run, Stand, outcome};
use fitn_connector::sandbox::world::{Answers, Applicant, Dossier, Value};

/// What is never to be seen raw, line feeds apart. As Unicode has it, not as the program does.
fn alphabet() -> impl Iterator<Item = char> {
    let controls = (1..0x20).chain(0x7f..0xa0);
    let directions = [0x61c, 0x200e, 0x200f].into_iter().chain(0x202a..=0x202e).chain(0x2066..=0x2069);
    let breaks = [0x2028, 0x2029];
    let unseen =
        [0xad, 0x34f, 0x180e, 0x200b, 0x200c, 0x200d, 0x2060, 0x2064, 0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe0041];
    controls.chain(directions).chain(breaks).chain(unseen).chain([0]).filter_map(char::from_u32)
}

/// A text that holds the whole alphabet and every beginning of a formula, after every separator.
fn hostile(text: &str) -> String {
    let mut hostile = format!("=cmd|' /C calc'!A0 {text}");
    for character in alphabet() {
        hostile.extend([character, 'x']);
    }
    for separator in [",", ";", "\t", "\n", "\r\n", ",\"", ";\"\"", "\n \u{200b}"] {
        for sign in ["=", "+", "-", "@", "＝"] {
            hostile.extend([separator, sign, "1+1"]);
        }
    }
    hostile + "\u{1b}]0;titre\u{7}\u{1b}[2J _x202E_ &#x202e; </script><b>"
}

fn spoil_answers(answers: &mut Answers) {
    for answer in answers.values_mut() {
        match &mut answer.value {
            Value::Text(text) | Value::Choice(text) => *text = hostile(text),
            Value::Choices(texts) => texts.iter_mut().for_each(|text| *text = hostile(text)),
            Value::Linked(one, other) => [one, other].into_iter().for_each(|text| *text = hostile(text)),
            Value::Coded(_, name) => *name = hostile(name),
            Value::Files(files) => files.iter_mut().for_each(|file| file.filename = hostile(&file.filename)),
            Value::Address(address) => address.street = hostile(&address.street),
            Value::Rows(rows) => rows.iter_mut().for_each(|row| spoil_answers(&mut row.answers)),
            _ => {}
        }
    }
}

fn spoil(dossier: &mut Dossier) {
    spoil_answers(&mut dossier.answers);
    dossier.motivation = Some(hostile("motif"));
    match &mut dossier.applicant {
        Some(Applicant::Company(company) | Applicant::Incomplete(company)) => company.name = hostile(&company.name),
        Some(Applicant::Person { name, first_name, .. }) => {
            for text in [name, first_name] {
                *text = hostile(text);
            }
        }
        None => {}
    }
    for opinion in &mut dossier.opinions {
        opinion.answer.iter_mut().for_each(|(_, text)| *text = hostile(text));
    }
}

/// Says where a text holds something of the alphabet, if it does.
#[track_caller]
fn assert_clean(what: &str, text: &str) {
    let raw: Vec<char> = alphabet().filter(|c| *c != '\n').collect();
    if let Some(at) = text.find(|c| raw.contains(&c)) {
        let around: String = text[at..].chars().take(60).collect();
        panic!("{what} : {around:?}");
    }
}

#[track_caller]
fn assert_screen_clean(what: &str, run: &Run) {
    assert_clean(what, &run.out);
    assert_clean(what, &run.err);
}

/// Whether a spreadsheet would take a cell for a formula; a number is none.
fn runs(cell: &str) -> bool {
    let shown = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace());
    shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && shown.replace(',', ".").parse::<f64>().is_err()
}

fn assert_csv_neutral(name: &str, text: &str) {
    for separator in [b';', b',', b'\t'] {
        for quoting in [true, false] {
            let mut reader = csv::ReaderBuilder::new();
            reader.delimiter(separator).quoting(quoting).has_headers(false).flexible(true);
            for record in reader.from_reader(text.as_bytes()).records() {
                let record = record.unwrap();
                let run: Vec<&str> = record.iter().filter(|cell| runs(cell)).collect();
                assert!(run.is_empty(), "{name}, {:?}: {run:?}", char::from(separator));
            }
        }
    }
}

fn assert_document_clean(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let text = || std::fs::read_to_string(path).unwrap();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => {
            let text = text();
            let text = text.strip_prefix('\u{feff}').unwrap().replace("\r\n", "\n");
            assert_clean(&name, &text);
            assert_csv_neutral(&name, &text);
        }
        Some("xlsx" | "ods") => {
            let mut workbook = open_workbook_auto(path).unwrap();
            for sheet in workbook.sheet_names() {
                for cell in workbook.worksheet_range(&sheet).unwrap().used_cells() {
                    if let (_, _, Data::String(text)) = cell {
                        assert_clean(&name, text);
                    }
                }
                // The program's own formulas are sums, counts and differences of cells.
                for (_, _, formula) in workbook.worksheet_formula(&sheet).unwrap().used_cells() {
                    let formula = formula.trim_start_matches("of:=");
                    let is_over_cells = formula.starts_with(|begin: char| begin.is_ascii_uppercase() || begin == '[');
                    assert!(is_over_cells, "{name}, {sheet}: {formula}");
                    assert!(!formula.contains("HYPERLINK") && !formula.contains("http"), "{name}, {sheet}: {formula}");
                }
            }
        }
        Some("pdf") => {
            let read = std::process::Command::new("pdftotext").arg("-nopgbrk").arg(path).arg("-").output();
            let read = read.expect("pdftotext (poppler-utils) is needed to read what a PDF says");
            assert!(read.status.success() && !read.stdout.is_empty(), "{name}");
            assert_clean(&name, &String::from_utf8(read.stdout).unwrap());
        }
        _ => assert_clean(&name, &text()),
    }
}

#[test]
fn nothing_that_applicants_write_steers_a_screen_hides_in_a_document_or_runs_in_a_spreadsheet() {
    let stand = Stand::small(&[ADS, GUICHET]);
    let numbers: Vec<i64> =
        [ADS, GUICHET].into_iter().flat_map(|programme| stand.dossiers(programme, |_| true)).collect();
    for number in &numbers {
        stand.change(|w| w.edit(*number, spoil));
    }
    let run = |line: &str| {
        for format in ["text", "json"] {
            let run = outcome(stand.fitn().args(["-vvv", "--log-format", format]).args(line.split(' ')));
            assert!([0, 1, 2, 3].contains(&run.code), "{line}: {} {}", run.out, run.err);
            assert_screen_clean(&format!("{line} ({format})"), &run);
        }
    };
    run("sync");
    let stored = stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL");
    assert_eq!(stored, i64::try_from(numbers.len()).unwrap(), "each is stored");
    assert!(
        stand.one("SELECT count(*) FROM champs WHERE value LIKE '%\u{202e}%'").unwrap().parse::<i64>().unwrap() > 50
    );
    for line in ["evaluate", "status", "check", "dossiers", "quarantine", "mapping check", "purge --dry-run"] {
        run(line);
        run(&format!("{line} --json"));
    }
    stand.followed.iter().for_each(|number| run(&format!("mapping init --procedure {number}")));
    for number in &numbers {
        run(&format!("dossier {number}"));
        run(&format!("dossier {number} --full"));
    }
    run(&format!("dossier {} --json", numbers[0]));
    run(&format!("correct {} --fact granted_amount --value 12\u{202e} --reason x\u{9b}2J --by y\u{2028}", numbers[0]));
    run(&format!("decide {} --rule NON-01 --verdict met --reason x\u{9b} --by y\u{202e}", numbers[0]));
    run(&format!("dossier {}", numbers[0]));
    for line in [
        "export monthly --month 2021-10",
        "export monthly --month 2021-11",
        "export quarterly --quarter 2021-Q4",
        "export committee --departement 93 --quarter 2021-Q4",
    ] {
        run(line);
    }
    let mut made = 0;
    for entry in std::fs::read_dir(stand.path("exports")).unwrap() {
        assert_document_clean(&entry.unwrap().path());
        made += 1;
    }
    assert!(made >= 9, "{made} documents");
    // A program reads what was written.
    let kept = std::fs::read_to_string(stand.path("exports/liste-demat-ads-2021-11.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert!(kept.contains("\\u202e") && document.to_string().contains('\u{202e}'));
}
