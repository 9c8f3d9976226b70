//! The pack of a département’s committee, through the program: kept, verified, filled in with `LibreOffice`, read again.

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use calamine::{Data, Reader, open_workbook_auto};
use common::{ADS, GUICHET, Stand, later};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::files::write_atomically;
use fitn_connector::sandbox::world::Value;

/// Long after everything that the stand-in made up: what is known then is what is known now.
const PACK: &str = "export committee --departement 77 --quarter 2026-Q3";
const ODS: &str = "exports/comite-77-2026-T3.ods";
/// After everything that the stand-in made up, as a person types it.
const DAY: &str = "12/01/2023";

fn formats() -> &'static [&'static str] {
    if cfg!(feature = "pdf") { &["pdf", "ods"] } else { &["ods"] }
}

/// As many dossiers as it takes for the département to have some of each kind that wait.
fn stand() -> Stand {
    let stand = Stand::with_dossiers(&[ADS, GUICHET], 120);
    stand.run("sync").expect(0);
    stand
}

/// A dossier of the sheet to fill in.
#[derive(Debug, Clone)]
struct Row {
    /// From 0.
    at: u32,
    number: i64,
    is_ads: bool,
    status: String,
    wanted: Option<Cents>,
}

fn cents(cell: &Data) -> Option<Cents> {
    match cell {
        Data::Float(number) => Some(Cents::parse(&format!("{number:.2}")).unwrap()),
        Data::Int(number) => Some(Cents::parse(&number.to_string()).unwrap()),
        _ => None,
    }
}

/// The rows of the sheet, and the cells of every row without a dossier by what names it.
fn sheet(path: &Path) -> (Vec<Row>, BTreeMap<String, Vec<Data>>) {
    let range = open_workbook_auto(path).unwrap().worksheet_range("Décisions").unwrap();
    let (mut rows, mut others) = (Vec::new(), BTreeMap::new());
    for (at, cells) in (0..).zip(range.rows()) {
        match cells[0].to_string().parse() {
            Ok(number) => rows.push(Row {
                at,
                number,
                is_ads: cells[3].to_string().contains("Démat.ADS"),
                status: cells[5].to_string(),
                wanted: cents(&cells[7]),
            }),
            Err(_) => {
                others.insert(format!("{} {}", cells[0], cells[1]).trim().to_owned(), cells.to_vec());
            }
        }
    }
    (rows, others)
}

#[test]
fn a_pack_is_kept_given_again_verified_and_taken_back() {
    let stand = stand();
    let made = stand.run(PACK).expect(0);
    assert_eq!(made.err, "document arrêté et conservé\n");
    let paths = formats().iter().map(|format| stand.path(&format!("exports/comite-77-2026-T3.{format}")));
    let files = || paths.clone().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>();
    let first = files();
    paths.clone().for_each(|path| std::fs::remove_file(path).unwrap());
    let again = stand.run(PACK).expect(0);
    assert!(again.err.starts_with("document déjà arrêté"), "{}", again.err);
    assert!(files() == first, "the same bytes");
    let kept = "SELECT count(*) FROM view_exports WHERE kind = 'committee' AND period = '77-2026-Q3'";
    assert_eq!(stand.number(kept), i64::try_from(formats().len()).unwrap());
    let same = stand.run(&format!("{PACK} --revise")).expect(0);
    assert!(same.err.starts_with("rien ne diffère"), "{}", same.err);

    for format in formats() {
        let verified = stand.run(&format!("verify exports/comite-77-2026-T3.{format} --json")).expect(0).json();
        let of = |name: &str| verified[0][name].clone();
        assert_eq!((of("genuine"), of("kind"), of("period")), (true.into(), "committee".into(), "77-2026-Q3".into()));
    }
    let told = stand.run(&format!("verify {ODS}")).expect(0).out;
    let named = "le dossier de comité, Seine-et-Marne (77), 3ᵉ trimestre 2026";
    assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(named), "{told}");

    let refused = stand.run("export committee --departement 28 --quarter 2026-Q3").expect(2);
    assert!(refused.err.contains("le département 28 n’est pas suivi ici"), "{}", refused.err);
    let provisional = stand.run("export committee --departement 77 --quarter 2999-Q1").expect(2);
    assert!(provisional.err.contains("n’a pas commencé"), "{}", provisional.err);

    let withdraw = "export withdraw --kind committee --period 77-2026-Q3 --never-sent --reason erreur --by Martin";
    let back = stand.run(withdraw).expect(0);
    assert!(back.out.contains("document repris : le dossier de comité, 77-2026-T3"), "{}", back.out);
    stand.run(withdraw).expect(2);
    stand.run(PACK).expect(0);
    assert!(stand.path("exports/comite-77-2026-T3-rev1.ods").exists());
    let withdrawn = stand.run(&format!("verify {ODS}")).expect(1).out;
    assert!(withdrawn.contains("repris depuis"), "{withdrawn}");
}

#[test]
fn a_pack_goes_to_those_of_its_departement() {
    let stand = stand();
    let deliveries = "\n[[delivery]]\nwhat = \"committee\"\ndepartement = \"77\"\ndirectory = \"partage-77\"\nformats = [\"ods\"]\n\
        \n[[delivery]]\nwhat = \"committee\"\ndepartement = \"78\"\ndirectory = \"partage-78\"\n";
    stand.configure(&format!("{}{deliveries}", stand.config()));
    for name in ["partage-77", "partage-78"] {
        std::fs::create_dir(stand.path(name)).unwrap();
    }
    stand.run(PACK).expect(0);
    let messages = stand.run("outbox list --json").expect(0).json();
    let [message] = messages.as_array().unwrap().as_slice() else { panic!("{messages}") };
    let of = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
    assert_eq!([of("kind"), of("departement"), of("period")], ["committee", "77", "77-2026-Q3"]);
    let id = message["id"].as_i64().unwrap();
    stand.run("outbox send").expect(3);
    stand.run(&format!("outbox release {id}")).expect(0);
    stand.run("outbox send").expect(0);
    let files = |name: &str| std::fs::read_dir(stand.path(name)).unwrap().count();
    assert_eq!((files("partage-77"), files("partage-78")), (1, 0));
    let given = std::fs::read(stand.path("partage-77/comite-77-2026-T3.ods")).unwrap();
    assert!(given == std::fs::read(stand.path(ODS)).unwrap());
}

#[test]
fn the_workbook_the_paper_and_the_views_agree_to_the_cent() {
    let stand = stand();
    stand.run(PACK).expect(0);
    let (rows, others) = sheet(&stand.path(ODS));
    assert!(rows.iter().any(|row| row.is_ads) && rows.iter().any(|row| !row.is_ads), "{rows:?}");
    for row in &rows {
        let sql = format!(
            "SELECT computed_cents, granted_cents, state, status FROM view_dossiers WHERE number = {} AND removed_at IS NULL",
            row.number
        );
        let [computed, granted, state, status] = stand.rows(&sql).remove(0).try_into().unwrap();
        let amount = |text: Option<String>| text.map(|text| Cents(text.parse().unwrap()));
        assert!(["en_construction", "en_instruction"].contains(&state.unwrap().as_str()), "{row:?}");
        let label =
            BTreeMap::from([("eligible", "éligible"), ("non_eligible", "non éligible"), ("a_verifier", "à vérifier")]);
        assert_eq!(label[status.unwrap().as_str()], row.status, "{row:?}");
        match (amount(granted), amount(computed)) {
            (Some(granted), _) => assert_eq!(row.wanted, Some(granted), "{row:?}"),
            (None, _) if row.status == "non éligible" => assert_eq!(row.wanted, None, "{row:?}"),
            (None, computed) if row.is_ads => assert_eq!(row.wanted, computed, "{row:?}"),
            (None, Some(computed)) => assert!(row.wanted.unwrap() <= computed, "{row:?}"),
            (None, None) => {}
        }
    }
    let credit = stand.rows(
        "SELECT right_cents, granted_cents, left_cents FROM view_credits WHERE purse = 'axe3-v1' AND departement = '77'",
    );
    let [right, granted, left] =
        <[Option<String>; 3]>::try_from(credit[0].clone()).unwrap().map(|cents| Cents(cents.unwrap().parse().unwrap()));
    let rest = others.iter().find(|(name, _)| name.starts_with("Reste Droit de tirage")).unwrap().1;
    assert_eq!((cents(&rest[8]), cents(&rest[10])), (Some(left), Some(left)), "nothing is granted yet");
    let of_themes = rows.iter().filter(|row| !row.is_ads);
    let total = others.iter().find(|(name, _)| name.starts_with("Total") && name.contains("guichet")).unwrap().1;
    assert_eq!(cents(&total[7]), Some(of_themes.filter_map(|row| row.wanted).sum()));
    if cfg!(feature = "pdf") {
        let text = said("pdftotext", &["-layout", stand.path("exports/comite-77-2026-T3.pdf").to_str().unwrap(), "-"]);
        let spaced = |text: String| text.replace(['\u{a0}', '\u{202f}'], " ");
        let text = spaced(text);
        let amounts = rows.iter().filter_map(|row| row.wanted).chain([right, granted, left]);
        for expected in rows.iter().map(|row| row.number.to_string()).chain(amounts.map(|amount| amount.to_string())) {
            let expected = spaced(expected);
            assert!(text.contains(&expected), "{expected}\n{text}");
        }
    }
}

#[cfg(feature = "pdf")]
#[test]
fn the_paper_is_sound_and_has_a_page_a_dossier() {
    let stand = stand();
    stand.run(PACK).expect(0);
    let (rows, _) = sheet(&stand.path(ODS));
    let path = stand.path("exports/comite-77-2026-T3.pdf");
    let path = path.to_str().unwrap();
    assert!(said("qpdf", &["--check", path]).contains("No syntax or stream encoding errors found"));
    let structure = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/papers/structure.py");
    let told = said("python3", &[structure.to_str().unwrap(), path]);
    assert!(told.contains("titre : Comité départemental, Seine-et-Marne (77), 3ᵉ\u{a0}trimestre\u{a0}2026"), "{told}");
    let text = said("pdftotext", &["-layout", path, "-"]);
    let sheets: Vec<&str> = text.split('\u{c}').filter(|page| page.contains("Décision du comité")).collect();
    assert_eq!(sheets.len(), rows.len());
    for (page, row) in sheets.iter().zip(&rows) {
        assert!(
            page.contains(&format!("Dossier {}", row.number)),
            "the sheet of {} fits on its page:\n{page}",
            row.number
        );
    }
}

/// What a program says; that it is missing, or says no, fails the test.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output =
        output.unwrap_or_else(|error| panic!("{program} est nécessaire à cet essai (tests/run l’installe) : {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} {arguments:?} :\n{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// A copy of the workbook that a person filled in: the name of the file, and what was typed where (column and row, from 0).
type Filled<'a> = (&'a str, Vec<(u32, u32, String)>);

/// The columns of the number, of the decision, of the amount and of the date.
const NUMBER: u32 = 0;
const DECISION: u32 = 9;
const AMOUNT: u32 = 10;
const DATE: u32 = 11;

/// Has `LibreOffice` open the workbook, type into its cells as its user would, and save it under other names.
fn fill_in(stand: &Stand, copies: &[Filled<'_>]) {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let address = |name: &str| quoted(&format!("file://{}", stand.path(name).display()));
    let mut lines = String::new();
    for (name, cells) in copies {
        writeln!(lines, "classeur = StarDesktop.loadComponentFromURL({}, \"_blank\", 0, Array(cache))", address(ODS))
            .unwrap();
        writeln!(lines, "feuille = classeur.Sheets.getByName(\"Décisions\")").unwrap();
        for (column, row, typed) in cells {
            writeln!(lines, "feuille.getCellByPosition({column}, {row}).FormulaLocal = {}", quoted(typed)).unwrap();
        }
        writeln!(lines, "classeur.storeToURL({}, Array())\nclasseur.close(True)", address(name)).unwrap();
    }
    let text = format!(
        "Sub Remplir\nDim cache As New com.sun.star.beans.PropertyValue\ncache.Name = \"Hidden\"\ncache.Value = True\n{lines}StarDesktop.terminate()\nEnd Sub\n"
    );
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let profile = stand.path("profil");
    let put = |name: &str, text: &str| write_atomically(&profile.join("user").join(name), text.as_bytes()).unwrap();
    let office = |word: &str| {
        let mut command = Command::new("timeout");
        command.args(["300", "soffice", "--headless", "--norestore"]);
        command.arg(format!("-env:UserInstallation=file://{}", profile.display()));
        command.arg(word).output().unwrap()
    };
    // A French user; the first start makes the module, which is then replaced.
    put(
        "registrymodifications.xcu",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<oor:items xmlns:oor=\"http://openoffice.org/2001/registry\">\
         <item oor:path=\"/org.openoffice.Setup/L10N\"><prop oor:name=\"ooSetupSystemLocale\" oor:op=\"fuse\"><value>fr-FR</value></prop></item>\
         </oor:items>\n",
    );
    office("--terminate_after_init");
    put(
        "basic/Standard/Module1.xba",
        &format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE script:module PUBLIC \"-//OpenOffice.org//DTD OfficeDocument 1.0//EN\" \"module.dtd\">\n\
             <script:module xmlns:script=\"http://openoffice.org/2000/script\" script:name=\"Module1\" script:language=\"StarBasic\">{escaped}</script:module>\n"
        ),
    );
    let output = office("macro:///Standard.Module1.Remplir");
    let missing: Vec<PathBuf> = copies.iter().map(|(name, _)| stand.path(name)).filter(|path| !path.exists()).collect();
    assert!(
        output.status.success() && missing.is_empty(),
        "LibreOffice Calc (« soffice ») est nécessaire à cet essai (tests/run l’installe) ; il n’a pas fait {missing:?} : {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What is typed of one dossier.
fn typed(row: u32, [decision, amount, date]: [&str; 3]) -> Vec<(u32, u32, String)> {
    let cells = [(DECISION, decision), (AMOUNT, amount), (DATE, date)];
    cells
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(column, text)| (column, row, text.to_owned()))
        .collect()
}

#[test]
fn a_workbook_filled_in_with_libreoffice_says_what_is_to_be_entered_and_nothing_is_written() {
    let stand = stand();
    stand.run(PACK).expect(0);
    let (rows, others) = sheet(&stand.path(ODS));
    let [first, second, third, ..] = rows.iter().filter(|row| !row.is_ads).collect::<Vec<_>>()[..] else {
        panic!("{rows:?}")
    };
    let ads = rows.iter().find(|row| row.is_ads).unwrap();
    let below = rows.last().unwrap().at + 20;
    let stranger =
        stand.number("SELECT min(number) FROM view_dossiers WHERE programme = 'axe3-v1' AND departement = '78'");
    let good = [
        typed(first.at, ["accordé", "1 234,50 €", DAY]),
        typed(second.at, ["Refusé", "", DAY]),
        typed(third.at, ["ajourné", "", ""]),
        typed(ads.at, ["ACCORDÉ", "8800", DAY]),
    ]
    .concat();
    let cell = |column, row, text: &str| vec![(column, row, text.to_owned())];
    let added = [cell(NUMBER, below, &stranger.to_string()), typed(below, ["accordé", "100", DAY])].concat();
    let twice = [cell(NUMBER, below, &first.number.to_string()), typed(below, ["accordé", "100", DAY])].concat();
    fill_in(
        &stand,
        &[
            ("rempli.ods", good),
            ("texte.ods", typed(first.at, ["accordé", "à voir", DAY])),
            ("tot.ods", typed(first.at, ["accordé", "100", "12/01/2019"])),
            ("tard.ods", typed(first.at, ["accordé", "100", "12/01/2999"])),
            ("ajout.ods", added),
            ("double.ods", twice),
            ("trop.ods", typed(first.at, ["accordé", "99999999,99", DAY])),
        ],
    );
    let written = "SELECT (SELECT count(*) FROM view_journal), (SELECT max(seq) FROM view_changes), (SELECT count(*) FROM view_exports)";
    let before = stand.rows(written);

    let read = stand.run("committee read rempli.ods --json").expect(0).json();
    assert_eq!((&read["departement"], &read["quarter"]), (&"77".into(), &"2026-Q3".into()));
    let entered: Vec<_> = read["to_enter"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["dossier"].as_i64().unwrap(),
                one["decision"].as_str().unwrap(),
                one["amount"].as_str(),
                one["date"].as_str(),
            )
        })
        .collect();
    let day = Some("2023-01-12");
    let expected = [
        (first.number, "accorde", Some("1234.50"), day),
        (second.number, "refuse", None, day),
        (ads.number, "accorde", Some("8800.00"), day),
    ];
    assert_eq!(entered, expected, "{read}");
    assert_eq!(read["put_off"][0]["dossier"], third.number);
    assert_eq!(read["blank"].as_array().unwrap().len(), rows.len() - 4);
    let told = stand.run("committee read rempli.ods").expect(0).out;
    assert!(
        told.starts_with("Comité départemental, Seine-et-Marne (77), 3ᵉ trimestre 2026\n\nÀ saisir sur DS\n"),
        "{told}"
    );
    for number in [first.number, second.number, ads.number] {
        assert!(told.contains(&format!("  - dossier {number}, ")), "{told}");
    }
    // The sums of the sheet follow what was typed.
    let (_, filled) = sheet(&stand.path("rempli.ods"));
    let name = others.keys().find(|name| name.starts_with("Reste Droit de tirage")).unwrap();
    let left = cents(&others[name][8]).unwrap();
    assert_eq!(cents(&filled[name][10]), Some(left - Cents(123_450)));

    let row = first.at + 1;
    let place = format!("ligne {row}, dossier {} : ", first.number);
    for (file, said) in [
        ("texte.ods", format!("{place}« à voir » n’est pas un montant en euros, comme 12 500,50")),
        ("tot.ods", format!("{place}le 12/01/2019 est antérieur au dépôt du dossier")),
        ("tard.ods", format!("{place}le 12/01/2999 n’est pas encore passé")),
        ("ajout.ods", format!("ligne {} : le dossier {stranger} a été ajouté", below + 1)),
        ("double.ods", format!("ligne {} : le dossier {} est deux fois dans le classeur", below + 1, first.number)),
        ("absent.ods", "ne peut pas être lu".to_owned()),
        ("token", "ce n’est pas un classeur de comité fait ici".to_owned()),
        ("exports", "ce n’est pas un fichier".to_owned()),
    ] {
        let refused = stand.run(&format!("committee read {file} --json")).expect(2);
        let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&said) && message.ends_with("rien n’a été écrit"), "{said}\n{message}");
    }
    let beyond = stand.run("committee read trop.ods --json").expect(0).json();
    let remarks = beyond["to_enter"][0]["remarks"].to_string();
    assert!(remarks.contains("au-delà du montant demandé") && remarks.contains("au-delà des crédits"), "{remarks}");
    assert_eq!(stand.rows(written), before, "nothing was written");
}

#[test]
fn what_was_decided_since_is_told_and_the_rest_is_still_to_be_entered() {
    let stand = stand();
    stand.run(PACK).expect(0);
    let (rows, _) = sheet(&stand.path(ODS));
    let [first, second, third, ..] = rows.iter().filter(|row| !row.is_ads).collect::<Vec<_>>()[..] else {
        panic!("{rows:?}")
    };
    let filled = [first, second, third].map(|row| typed(row.at, ["accordé", "1234,5", DAY])).concat();
    fill_in(&stand, &[("rempli.ods", filled)]);
    let label = stand.label(GUICHET, "granted_amount");
    for (row, cents, minutes) in [(first, 123_450, 1), (second, 100_000, 2)] {
        let amount = Some(Value::Decimal(Cents(cents)));
        stand.change(|world| world.answer(row.number, &label, amount, later(minutes)));
        stand.change(|world| world.set_state(row.number, DossierState::Accepte, later(minutes), None));
    }
    stand.run("sync").expect(0);
    let read = stand.run("committee read rempli.ods --json").expect(3).json();
    let since: Vec<_> = read["decided_since"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["dossier"].as_i64().unwrap(), one["granted"].as_str().unwrap(), one["agrees"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(since, [(first.number, "1234.50", true), (second.number, "1000.00", false)]);
    assert_eq!(read["to_enter"][0]["dossier"], third.number);
    let told = stand.run("committee read rempli.ods").expect(3).out;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("alors que le classeur dit 1 234,50 € : à vérifier"), "{told}");
    assert!(told.contains("comme le classeur le dit"), "{told}");
}
