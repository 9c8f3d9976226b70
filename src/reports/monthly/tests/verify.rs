//! Files beside the lists that were kept.

use super::*;
use crate::reports::monthly::verify::{Differences, Found};

fn some_list() -> WholeList {
    list(vec![
        distinct(1).name(Some("Ville ; « L’Haÿ »\n=1+1")),
        dossier(2).departement(Some("02")).communes(&["02001"]),
        dossier(3)
            .accepted(525_040, date(2021, 9, 10))
            .with(|judged| judged.subject.applicant.code_insee = Some("01004".to_owned())),
    ])
}

/// What a file says otherwise than a list; none when it is no list.
fn differences(file: &[u8], list: &WholeList) -> Option<Differences> {
    let board = Board::default();
    let found = Found::read(&mut Cursor::new(file), &board).unwrap()?;
    let rows = found.differences(Cursor::new(json::write(list).unwrap()), usize::MAX).unwrap().unwrap();
    let sheets = found.workbook().map(|format| {
        let kept = workbook_of(format, list).unwrap();
        found.differences_of_sheets(format, Cursor::new(kept)).unwrap()
    });
    Some(rows.with(sheets.unwrap_or_default()))
}

fn messages(file: &[u8], list: &WholeList) -> Vec<String> {
    differences(file, list).unwrap().told.into_iter().map(|difference| difference.message).collect()
}

fn formats(list: &WholeList) -> [Vec<u8>; 4] {
    [csv::write(list).unwrap(), json::write(list).unwrap(), xlsx::write(list).unwrap(), ods::write(list).unwrap()]
}

#[test]
fn every_format_of_a_list_says_what_it_says() {
    let list = some_list();
    for file in formats(&list) {
        assert_eq!(messages(&file, &list), [""; 0]);
    }
}

#[test]
fn each_thing_that_is_altered_is_told_by_dossier_and_column() {
    let list = some_list();
    let altered = self::list(vec![
        distinct(1).name(Some("Ville ; « L’Haÿ »\n=1+1")).amount(FactName::GrantedAmount, 100_301),
        dossier(2).departement(Some("02")).communes(&["02001"]),
        dossier(4),
    ]);
    for file in formats(&altered) {
        let messages = messages(&file, &list);
        for said in [
            "dossier 1, montant accordé : « 1\u{202f}003,01\u{a0}€ » au lieu de « 1 003,00 € »",
            "dossier 3 : est dans la liste conservée, et n’est pas dans le fichier",
            "dossier 4 : est dans le fichier, et n’est pas dans la liste conservée",
        ] {
            let said = said.replace("1 003,00 €", &Cents(100_300).to_string());
            assert!(messages.contains(&said), "{said} : {messages:?}");
        }
        assert!(!messages.iter().any(|message| message.starts_with("dossier 2")), "{messages:?}");
    }
}

#[test]
fn an_amount_that_is_changed_in_what_people_read_alone_is_told() {
    let list = some_list();
    let mut shown = some_list();
    shown.totals.iter_mut().for_each(|total| total.montant_paye += Cents(1));
    for format in WorkbookFormat::ALL {
        let file = workbook_of(format, &shown).unwrap();
        let messages = messages(&file, &list);
        assert!(messages.iter().any(|message| message.starts_with("feuille « Totaux », cellule R")), "{messages:?}");
    }
    let file = json::write(&shown).unwrap();
    assert!(messages(&file, &list)[0].starts_with("« totals » : "), "{:?}", messages(&file, &list));
}

#[test]
fn a_csv_that_a_spreadsheet_saved_again_says_the_same() {
    let list = some_list();
    let text = String::from_utf8(csv::write(&list).unwrap()).unwrap();
    let text =
        text.trim_start_matches('\u{feff}').replace("\"Ville ; « L’Haÿ »\n'=1+1\"", "\"Ville ; « L’Haÿ » '=1+1\"");
    let of_windows = |text: &str| {
        let byte = |c: char| match c {
            '’' => 0x92,
            '…' => 0x85,
            'œ' => 0x9C,
            '€' => 0x80,
            c if u32::from(c) < 0x100 => u8::try_from(u32::from(c)).unwrap(),
            _ => b'?',
        };
        text.chars().map(byte).collect::<Vec<u8>>()
    };
    // Days the French way, codes without their zero, letters of Windows; then tabs and UTF-16.
    let mut saved = text.replace(";01004;", ";1004;").replace("2021-09-10", "10/09/2021").replace("02;2;", "2;2;");
    assert_eq!(messages(&of_windows(&saved), &list), [""; 0]);
    saved = saved.replace("5250,40", "5 250,40 €");
    assert_eq!(messages(saved.as_bytes(), &list), [""; 0]);
    let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(text.as_bytes());
    let mut writer = ::csv::WriterBuilder::new().delimiter(b'\t').from_writer(Vec::new());
    for record in reader.records() {
        writer.write_record(&record.unwrap()).unwrap();
    }
    let tabs = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    let wide: Vec<u8> = [0xFEFF].into_iter().chain(tabs.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(messages(&wide, &list), [""; 0]);
    let wrong = text.replace("5250,40", "5250,41");
    assert_eq!(messages(wrong.as_bytes(), &list).len(), 2, "granted and counted");
}

#[test]
fn columns_and_rows_that_come_or_go_are_told() {
    let list = some_list();
    let text = String::from_utf8(csv::write(&list).unwrap()).unwrap();
    let renamed = text.replacen(";siret;", ";autre;", 1);
    let told = messages(renamed.as_bytes(), &list);
    assert_eq!(
        told,
        ["« siret » : la colonne manque dans le fichier", "« autre » : la colonne n’est pas dans la liste conservée"]
    );
    let row = text.lines().last().unwrap();
    let twice = format!("{text}{row}\r\n;;x\r\n");
    let told = messages(twice.as_bytes(), &list);
    let number = row.split(';').nth(1).unwrap();
    assert_eq!(
        told,
        [
            format!("dossier {number} : est deux fois dans le fichier"),
            "ligne 6 : aucun numéro de dossier lisible".to_owned()
        ]
    );
}

/// A workbook with one part changed.
fn altered(workbook: &[u8], part: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut copy = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).unwrap();
        let (name, mut content) = (entry.name().unwrap().into_owned(), Vec::new());
        std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
        if name == part {
            let changed = change(std::str::from_utf8(&content).unwrap());
            assert_ne!(changed.as_bytes(), content, "{part}");
            content = changed.into_bytes();
        }
        copy.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut copy, &content).unwrap();
    }
    copy.finish().unwrap().into_inner()
}

#[test]
fn a_link_that_leads_elsewhere_is_told() {
    let list = some_list();
    let address = dossier_address(&list);
    let elsewhere = |text: &str| text.replacen(&address, "http://evil.example/1", 1);
    for (file, part) in [
        (ods::write(&list).unwrap(), "content.xml"),
        (xlsx::write(&list).unwrap(), "xl/worksheets/_rels/sheet1.xml.rels"),
    ] {
        let told = messages(&altered(&file, part, elsewhere), &list);
        let instead = format!(" : le lien mène à « http://evil.example/1 » au lieu de « {address} »");
        assert!(told.len() == 1 && told[0].starts_with("feuille « Liste », cellule B"), "{told:?}");
        assert!(told[0].ends_with(&instead), "{told:?}");
    }
    let formula = |text: &str| {
        text.replacen("table:formula=\"", "table:formula=\"of:=HYPERLINK(&quot;http://evil.example&quot;)+", 1)
    };
    let told = messages(&altered(&ods::write(&list).unwrap(), "content.xml", formula), &list);
    let said = " : la formule « HYPERLINK(\"http://evil.example\")+";
    assert!(
        told.len() == 1 && told[0].starts_with("feuille « Liste », cellule ") && told[0].contains(said),
        "{told:?}"
    );
}

#[test]
fn a_formula_that_computes_something_else_is_told() {
    let list = some_list();
    let changed = |file: &[u8], part: &str, from: &str, to: &str| {
        messages(&altered(file, part, |text| text.replacen(from, to, 1)), &list)
    };
    for (file, part, from, to) in [
        (ods::write(&list).unwrap(), "content.xml", "])\"", "])+1000000\""),
        (xlsx::write(&list).unwrap(), "xl/worksheets/sheet1.xml", ")</f>", ")+1000000</f>"),
    ] {
        let told = changed(&file, part, from, to);
        assert!(told.len() == 1 && told[0].starts_with("feuille « Liste », cellule "), "{told:?}");
        assert!(told[0].contains(" : la formule « ") && told[0].contains(")+1000000 » au lieu de « "), "{told:?}");
        assert_eq!(messages(&file, &list), Vec::<String>::new(), "{part}");
    }
}

#[test]
fn what_differs_in_long_texts_shows_and_a_title_that_changed_is_told_once() {
    let list = some_list();
    let file = altered(&ods::write(&list).unwrap(), "content.xml", |text| {
        text.replacen(
            "Seul le montant compté entre dans les totaux : celui d’un dossier accepté à la date d’arrêté, dans un",
            "Seul le montant compté entre dans les totaux : celui d’un dossier accepté à la date d’arrêté, dans LE",
            1,
        )
    });
    let told = messages(&file, &list);
    assert!(told.len() == 1 && told[0].contains("dans LE ") && told[0].contains("dans un "), "{told:?}");
    assert!(!told[0].contains("rien"), "{told:?}");
}

#[test]
fn links_that_changed_places_are_told() {
    let list = list((1..=3).map(|number| distinct(number).name(Some("Ville"))).collect());
    let swapped = |text: &str| {
        text.replace("/dossiers/1\"", "/dossiers/x\"")
            .replace("/dossiers/2\"", "/dossiers/1\"")
            .replace("/dossiers/x\"", "/dossiers/2\"")
    };
    for (file, part) in [
        (ods::write(&list).unwrap(), "content.xml"),
        (xlsx::write(&list).unwrap(), "xl/worksheets/_rels/sheet1.xml.rels"),
        (json::write(&list).unwrap(), ""),
    ] {
        let file = if part.is_empty() {
            swapped(std::str::from_utf8(&file).unwrap()).into_bytes()
        } else {
            altered(&file, part, swapped)
        };
        let told = messages(&file, &list);
        let said = if part.is_empty() { ", lien : " } else { " : le lien mène à " };
        assert!(told.len() >= 2 && told.iter().all(|message| message.contains(said)), "{part} {told:?}");
    }
    let text = String::from_utf8(csv::write(&list).unwrap()).unwrap();
    let told = messages(text.replace("/dossiers/1;", "/dossiers/2;").as_bytes(), &list);
    assert!(told.len() == 1 && told[0].starts_with("dossier 1, lien : "), "{told:?}");
}

#[test]
fn a_link_within_the_sheet_of_the_columns_leads_to_its_dossier_or_is_told() {
    let list = list((1..=2).map(|number| distinct(number).name(Some("Ville"))).collect());
    let (_, address) =
        dossier_address(&list).split_once("://").map(|(scheme, rest)| (scheme.to_owned(), rest.to_owned())).unwrap();
    let linked = |to: &str| {
        let to = to.to_owned();
        move |text: &str| {
            let at = text.find("table:name=\"Toutes les colonnes\"").unwrap();
            let (before, sheet) = text.split_at(at);
            let link = format!("<text:p><text:a xlink:type=\"simple\" xlink:href=\"{to}\">Ville</text:a></text:p>");
            format!("{before}{}", sheet.replacen("<text:p>Ville</text:p>", &link, 1))
        }
    };
    let file = ods::write(&list).unwrap();
    let own = dossier_address(&list);
    let told = messages(&altered(&file, "content.xml", linked(&own)), &list);
    assert_eq!(told, [""; 0]);
    let other = own.replace(&address, &address.replace("/dossiers/1", "/dossiers/2"));
    assert_ne!(other, own);
    let told = messages(&altered(&file, "content.xml", linked(&other)), &list);
    assert!(told.len() == 1 && told[0].starts_with("feuille « Toutes les colonnes », cellule "), "{told:?}");
}

#[test]
fn what_is_added_to_a_json_is_told_and_what_it_says_twice_too() {
    let list = some_list();
    let text = String::from_utf8(json::write(&list).unwrap()).unwrap();
    let told = |change: &dyn Fn(&str) -> String| messages(change(&text).as_bytes(), &list);
    let first = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    assert_eq!(
        told(&first("\"siret\":", "\"avis\": null, \"siret\":")),
        ["« avis » : la colonne n’est pas dans la liste conservée"]
    );
    assert_eq!(told(&first("\"kind\":", "\"avis\": 3, \"kind\":")), ["« avis » : « 3 » au lieu de rien"]);
    let twice = told(&first("\"siret\":", "\"siret\": \"00000000000000\", \"siret\":"));
    assert!(twice.len() == 1 && twice[0].ends_with(" : « siret » est deux fois dans sa ligne"), "{twice:?}");
    let twice = ["« revision » : ce nom est deux fois dans le fichier"];
    assert_eq!(told(&first("\"revision\":", "\"revision\": 7, \"revision\":")), twice);
    let twice = ["« demandes » : ce nom est deux fois dans le fichier"];
    assert_eq!(told(&first("\"demandes\":", "\"demandes\": 7, \"demandes\":")), twice);
    let twice = ["« rows » : ce nom est deux fois dans le fichier"];
    assert_eq!(told(&first("\"rows\":", "\"rows\": [], \"rows\":")), twice);
}

fn dossier_address(list: &WholeList) -> String {
    let document: serde_json::Value = serde_json::from_slice(&json::write(list).unwrap()).unwrap();
    document["rows"][0]["lien_ds"].as_str().unwrap().to_owned()
}

#[test]
fn a_sheet_that_has_another_name_is_told() {
    let list = some_list();
    let renamed = |text: &str| text.replacen("table:name=\"Toutes les colonnes\"", "table:name=\"Feuille 4\"", 1);
    let told = messages(&altered(&ods::write(&list).unwrap(), "content.xml", renamed), &list);
    assert_eq!(told, ["« Feuille 4 » : la feuille s’appelle « Toutes les colonnes » dans le classeur conservé"]);
}

#[test]
fn a_row_that_is_missing_in_what_people_read_is_one_difference_and_one_that_stands_twice_too() {
    let list = list((1..=30).map(|number| distinct(number).name(Some("Ville"))).collect());
    let row = |text: &str| {
        let (_, sheet) = text.split_once("table:name=\"Liste\"").unwrap();
        let at = sheet.find(">7</text:a>").unwrap();
        let (from, to) =
            (sheet[..at].rfind("<table:table-row").unwrap(), at + sheet[at..].find("</table:table-row>").unwrap());
        sheet[from..to + "</table:table-row>".len()].to_owned()
    };
    let file = ods::write(&list).unwrap();
    let told = messages(&altered(&file, "content.xml", |text| text.replacen(&row(text), "", 1)), &list);
    assert_eq!(told, ["dossier 7 : sa ligne de la feuille « Liste » manque, ou est autre part"]);
    let told =
        messages(&altered(&file, "content.xml", |text| text.replacen(&row(text), &row(text).repeat(2), 1)), &list);
    assert!(
        !told.is_empty() && told.iter().all(|message| message.starts_with("feuille « Liste », cellule ")),
        "{told:?}"
    );
}

#[test]
fn a_provisional_list_and_one_of_another_database_are_known_as_such() {
    let kept = some_list();
    for file in formats(&kept) {
        let board = Board::default();
        let found = Found::read(&mut Cursor::new(&file), &board).unwrap().unwrap();
        assert!(!found.is_provisional());
        let differences = found.differences(Cursor::new(json::write(&kept).unwrap()), usize::MAX).unwrap().unwrap();
        assert!(!found.is_from_elsewhere(&differences));
    }
    let mut provisional = some_list();
    provisional.provisional.push("la période n’est pas close".to_owned());
    let other = list(vec![
        distinct(1).name(Some("Autre ville")).accepted(900, date(2021, 7, 1)),
        dossier(1_002).departement(Some("02")).communes(&["02001"]),
        dossier(1_003),
    ]);
    for (file, other) in formats(&provisional).into_iter().zip(formats(&other)) {
        let board = Board::default();
        let found = Found::read(&mut Cursor::new(&file), &board).unwrap().unwrap();
        assert!(found.is_provisional());
        assert_eq!(found.month(), Some(provisional.month));
        let board = Board::default();
        let found = Found::read(&mut Cursor::new(&other), &board).unwrap().unwrap();
        let differences = found.differences(Cursor::new(json::write(&kept).unwrap()), usize::MAX).unwrap().unwrap();
        assert!(found.is_from_elsewhere(&differences));
    }
}

/// A workbook with parts added.
fn with_parts(workbook: &[u8], parts: &[(&str, &str)]) -> Vec<u8> {
    let archive = zip::ZipArchive::new(Cursor::new(workbook.to_vec())).unwrap();
    let mut bytes = archive.into_inner();
    let mut copy = zip::ZipWriter::new_append(&mut bytes).unwrap();
    for (name, content) in parts {
        copy.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut copy, content.as_bytes()).unwrap();
    }
    copy.finish().unwrap();
    bytes.into_inner()
}

#[test]
fn what_is_laid_over_the_cells_of_an_ods_hidden_or_shown_otherwise_is_told() {
    let list = some_list();
    let file = ods::write(&list).unwrap();
    let told = |part: &str, from: &str, to: &str| {
        let from = from.to_owned();
        messages(&altered(&file, part, |text| text.replacen(&from, to, 1)), &list)
    };
    let content = "content.xml";
    let first_row = "<table:table-row ";
    let frame = "<table:shapes><draw:frame><draw:text-box><text:p>LISTE ANNULÉE : 9 000 000 €</text:p></draw:text-box></draw:frame></table:shapes><table:table-row ";
    assert_eq!(
        told(content, first_row, frame),
        ["feuille « Liste » : une zone de texte y est posée : « LISTE ANNULÉE : 9 000 000 € »"]
    );
    let image = "<table:shapes><draw:frame><draw:image/></draw:frame></table:shapes><table:table-row ";
    assert_eq!(told(content, first_row, image), ["feuille « Liste » : un dessin ou une image y est posé"]);
    let note =
        "<office:annotation><dc:creator>X</dc:creator><text:p>Refuser ce dossier</text:p></office:annotation><text:p>";
    let told_of_note = told(content, "<text:p>", note);
    assert!(
        told_of_note.len() == 1
            && told_of_note[0].contains("un commentaire y est joint à une cellule : « X Refuser ce dossier »"),
        "{told_of_note:?}"
    );
    assert_eq!(
        told(content, first_row, "<table:table-row table:visibility=\"collapse\" "),
        ["feuille « Liste » : des lignes y sont masquées, la première est la 1"]
    );
    assert_eq!(
        told(content, "<table:table-column ", "<table:table-column table:visibility=\"collapse\" "),
        ["feuille « Liste » : des colonnes y sont masquées, à partir de : « A »"]
    );
    let filtered = told(content, first_row, "<table:table-row table:visibility=\"filter\" ");
    assert_eq!(filtered.len(), 1, "{filtered:?}");
    assert_eq!(
        told(content, "table:display=\"true\"", "table:display=\"false\""),
        ["feuille « Liste » : la feuille est masquée"]
    );
    assert_eq!(
        told(content, "table:name=\"Liste\"", "table:name=\"Liste\" table:print-ranges=\"Liste.A1:Liste.P40\""),
        ["feuille « Liste » : seule une partie en est imprimée : « Liste.A1:Liste.P40 »"]
    );
    let header = told("styles.xml", "septembre 2021", "novembre 2021");
    assert!(
        header.len() == 1 && header[0].starts_with("feuille « Liste » : un en-tête ou un pied de page imprimé dit : "),
        "{header:?}"
    );
    assert!(header[0].contains("novembre 2021"), "{header:?}");
    for (from, to, how) in [
        (
            "<number:number number:decimal-places=\"2\"",
            "<number:number number:display-factor=\"1000\" number:decimal-places=\"2\"",
            "il le divise",
        ),
        (
            "number:country=\"FR\"><number:number number:decimal-places=\"2\"",
            "number:country=\"FR\"><number:text>9</number:text><number:number number:decimal-places=\"2\"",
            "il y ajoute des chiffres",
        ),
        (
            "number:country=\"FR\"><number:number number:decimal-places=\"2\"",
            "number:country=\"FR\"><number:text>-</number:text><number:number number:decimal-places=\"2\"",
            "il y ajoute un signe",
        ),
    ] {
        let told = told(content, from, to);
        let said = format!(" : un format de nombre fait lire autre chose que la valeur : {how}");
        assert!(
            !told.is_empty() && told.iter().all(|one| one.starts_with("feuille « ") && one.ends_with(&said)),
            "{told:?}"
        );
    }
    let shown = Cents(525_040).to_string();
    let read = told(content, &format!("<text:p>{shown}</text:p>"), &format!("<text:p>9{shown}</text:p>"));
    assert!(read.len() == 1 && read[0].contains(" : montre « 95 250,40 € » pour la valeur 5250,4"), "{read:?}");
}

#[test]
fn what_is_laid_over_the_cells_of_an_xlsx_hidden_or_shown_otherwise_is_told() {
    let list = some_list();
    let file = xlsx::write(&list).unwrap();
    let told = |part: &str, from: &str, to: &str| {
        let from = from.to_owned();
        messages(&altered(&file, part, |text| text.replacen(&from, to, 1)), &list)
    };
    let sheet = "xl/worksheets/sheet1.xml";
    assert_eq!(
        told(sheet, "<row ", "<row hidden=\"1\" "),
        ["feuille « Liste » : des lignes y sont masquées, la première est la 1"]
    );
    assert_eq!(
        told(sheet, "<col ", "<col hidden=\"true\" "),
        ["feuille « Liste » : des colonnes y sont masquées, à partir de : « A »"]
    );
    assert_eq!(
        told("xl/workbook.xml", "name=\"Notice\"", "name=\"Notice\" state=\"hidden\""),
        ["feuille « Notice » : la feuille est masquée"]
    );
    let area = "<definedNames><definedName name=\"_xlnm.Print_Area\" localSheetId=\"0\">Liste!$A$1:$P$40</definedName>";
    assert_eq!(
        told("xl/workbook.xml", "<definedNames>", area),
        ["feuille « Liste » : seule une partie en est imprimée : « Liste!$A$1:$P$40 »"]
    );
    let header = told(sheet, "10Démat.ADS : ", "10ANNULÉE, Démat.ADS : ");
    assert!(header.len() == 1 && header[0].contains("un en-tête ou un pied de page imprimé dit : "), "{header:?}");
    let styles = altered(&file, "xl/styles.xml", |text| {
        let at = text.find("formatCode=\"#").unwrap() + "formatCode=\"".len();
        format!("{}&quot;9&quot;{}", &text[..at], &text[at..])
    });
    let formats = messages(&styles, &list);
    assert!(
        !formats.is_empty() && formats.iter().all(|one| one.ends_with(" : il y ajoute des chiffres")),
        "{formats:?}"
    );
    let rels = "xl/worksheets/_rels/sheet1.xml.rels";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let with = |kind: &str, target: &str, parts: &[(&str, &str)]| {
        let relation =
            format!("<Relationship Id=\"rIdX\" Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>");
        let changed = altered(&file, rels, |text| text.replacen("</Relationships>", &relation, 1));
        messages(&with_parts(&changed, parts), &list)
    };
    let drawing =
        "<xdr:wsDr><xdr:twoCellAnchor><a:p><a:r><a:t>LISTE ANNULÉE</a:t></a:r></a:p></xdr:twoCellAnchor></xdr:wsDr>";
    assert_eq!(
        with("drawing", "../drawings/drawing9.xml", &[("xl/drawings/drawing9.xml", drawing)]),
        ["feuille « Liste » : une zone de texte y est posée : « LISTE ANNULÉE »"]
    );
    let comments = "<comments><commentList><comment ref=\"A1\"><text><r><t>Refuser</t></r></text></comment></commentList></comments>";
    assert_eq!(
        with("comments", "/xl/comments9.xml", &[("xl/comments9.xml", comments)]),
        ["feuille « Liste » : un commentaire y est joint à une cellule : « Refuser »"]
    );
}

#[test]
fn what_looks_alike_is_told_by_what_it_is() {
    let list = list(vec![distinct(1).name(Some("COMMUNE DE PARIS"))]);
    let told = |name: &str| {
        let other = self::list(vec![distinct(1).name(Some(name))]);
        messages(&csv::write(&other).unwrap(), &list)
    };
    let before = "dossier 1, bénéficiaire : « COMMUNE DE";
    assert_eq!(
        told("COMMUNE DE P\u{410}RIS"),
        [format!("{before} P\u{410}RIS » au lieu de « COMMUNE DE PARIS » (au 13ᵉ caractère, U+0410 au lieu de « A »)")]
    );
    assert_eq!(told("COMMUNE DE NICE"), [format!("{before} NICE » au lieu de « COMMUNE DE PARIS »")]);
    let file = altered(&xlsx::write(&list).unwrap(), "xl/worksheets/sheet1.xml", |text| {
        text.replacen("COMMUNE DE PARIS", "COMMUNE DE \u{200b}PARIS", 1)
    });
    let unseen = messages(&file, &list);
    assert!(unseen.len() == 1 && unseen[0].ends_with(" (au 12ᵉ caractère, U+200B au lieu de « P »)"), "{unseen:?}");
}

#[test]
fn what_differs_in_the_sums_of_a_document_shows_and_amounts_have_one_style() {
    let list = some_list();
    let mut other = some_list();
    other.totals.iter_mut().for_each(|total| total.montant_paye += Cents(100_000));
    let told = &messages(&json::write(&other).unwrap(), &list)[0];
    let (found, kept) = told.split_once(" au lieu de ").unwrap();
    assert!(told.starts_with("« totals » : « … ") && found.trim_start_matches("« totals » : ") != kept, "{told}");
    let file = altered(&ods::write(&list).unwrap(), "content.xml", |text| {
        let shown = Cents(525_040).to_string();
        text.replacen("office:value=\"5250.4\"", "office:value=\"15250.4\"", 1).replacen(
            &shown,
            &Cents(1_525_040).to_string(),
            1,
        )
    });
    let told = messages(&file, &list);
    assert!(
        told.iter().any(|one| one.contains("« 15\u{202f}250,40\u{a0}€ » au lieu de « 5\u{202f}250,40\u{a0}€ »")),
        "{told:?}"
    );
}

#[test]
fn what_is_no_list_is_none() {
    let list = some_list();
    for file in
        [&b""[..], b"PK\x03\x04", b"{\"kind\":\"autre\"}", b"{", b"a;b\r\n1;2\r\n", b"%PDF-1.7", b"\xff\xfe", b"<html>"]
    {
        assert_eq!(differences(file, &list), None, "{file:?}");
    }
    for file in formats(&list) {
        let half = differences(&file[..file.len() / 2], &list);
        assert!(half.is_none_or(|half| !half.are_none()), "cut in half");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    #[test]
    fn whatever_people_typed_every_format_says_what_the_list_says(name in any::<String>(), ej in "[ -~\\n\\t']{0,30}", cents in any::<i32>()) {
        let list = list(vec![
            dossier(1).name(Some(&name)).text(FactName::Ej, &ej).computed(Some(i64::from(cents))),
            dossier(2).text(FactName::ApplicantType, &name),
        ]);
        for file in formats(&list) {
            prop_assert_eq!(messages(&file, &list), Vec::<String>::new());
        }
    }
}
