//! The workbook that a committee fills in, read again.

use std::io::Cursor;

use super::*;
use crate::reports::committee::answers::{Answers, Decision, Unusable, read};
use crate::reports::{Cell, WorkbookFormat};

/// What a workbook says again, once somebody filled it in: `fill` gives the decision, the amount and the date of each dossier.
fn filled(pack: &Pack, fill: impl Fn(DossierNumber) -> [Cell; 3]) -> Result<Answers, Unusable> {
    let mut bytes = Cursor::new(Vec::new());
    form::write_filled(WorkbookFormat::Ods, (pack, pack), &mut bytes, fill).unwrap();
    read(Cursor::new(bytes.into_inner()))
}

const BLANK: [Cell; 3] = [Cell::Empty, Cell::Empty, Cell::Empty];

#[test]
fn a_workbook_that_is_filled_in_is_read_again() {
    let pack = pack(vec![project(1), project(2), project(3), project(4), project(5), ads(6)]);
    let answers = filled(&pack, |number| match number {
        1 => [Cell::text("Accordé"), Cell::Amount(Cents(1_234_550)), Cell::Date(date(2021, 10, 12))],
        2 => [Cell::text("accordé"), Cell::text("12 345,50 €"), Cell::text("12/10/2021")],
        3 => [Cell::text("REFUSÉ"), Cell::Empty, Cell::Empty],
        4 => [Cell::text("ajourné"), Cell::Empty, Cell::Date(date(2021, 10, 12))],
        6 => [Cell::text("accordée"), Cell::Amount(Cents::euros(8_800)), Cell::Empty],
        _ => BLANK,
    })
    .unwrap();
    assert_eq!(answers.sitting.to_string(), "77-2021-Q3");
    assert_eq!((answers.left, answers.taken_out), (vec![5], vec![]));
    let said: Vec<_> = answers.decided.iter().map(|one| (one.row, one.dossier, one.decision, one.on)).collect();
    let (granted, day) = (Decision::Granted(Cents(1_234_550)), Some(date(2021, 10, 12)));
    let expected = [
        (4, 1, granted, day),
        (5, 2, granted, day),
        (6, 3, Decision::Refused, None),
        (7, 4, Decision::PutOff, day),
        // Between them: what themes 1 to 3 add up to, and what is left.
        (11, 6, Decision::Granted(Cents::euros(8_800)), None),
    ];
    assert_eq!(said, expected);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let pack = pack((1..=9).map(project).collect());
    let wrong = filled(&pack, |number| match number {
        1 => [Cell::text("accordé"), Cell::text("à voir"), Cell::Empty],
        2 => [Cell::text("accordé"), Cell::Empty, Cell::Empty],
        3 => [Cell::text("peut-être"), Cell::Empty, Cell::Empty],
        4 => [Cell::text("refusé"), Cell::Amount(Cents::euros(3)), Cell::Empty],
        5 => [Cell::text("refusé"), Cell::Empty, Cell::text("bientôt")],
        6 => [Cell::Empty, Cell::Amount(Cents::euros(3)), Cell::Empty],
        7 => [Cell::text("accordé"), Cell::Amount(Cents(-300)), Cell::text("31/02/2021")],
        8 => [Cell::text("accordé"), Cell::text("12,345"), Cell::text("2021-10-12 (mardi)")],
        _ => BLANK,
    })
    .unwrap_err()
    .to_string();
    for expected in [
        "ligne 4, dossier 1 : « à voir » n’est pas un montant en euros, comme 12 500,50",
        "ligne 5, dossier 2 : accordé, sans montant",
        "ligne 6, dossier 3 : « peut-être » n’est pas une décision",
        "ligne 7, dossier 4 : un montant (3,00\u{a0}€) sur un dossier qui n’est pas accordé",
        "ligne 8, dossier 5 : « bientôt » n’est pas une date en entier, comme 12/10/2021",
        "ligne 9, dossier 6 : la décision manque",
        "ligne 10, dossier 7 : « -3 » n’est pas un montant",
        "ligne 10, dossier 7 : « 31/02/2021 » n’est pas une date en entier",
        "ligne 11, dossier 8 : « 12,345 » n’est pas un montant",
        "ligne 11, dossier 8 : « 2021-10-12 (mardi) » n’est pas une date en entier",
    ] {
        assert!(wrong.contains(expected), "{expected}\n{wrong}");
    }
}

#[test]
fn a_row_that_was_added_doubled_or_taken_out_is_told() {
    let mut altered = pack(vec![project(1), project(2), project(3)]);
    let mut bytes = Cursor::new(Vec::new());
    form::write(WorkbookFormat::Ods, &altered, &mut bytes).unwrap();
    let before = read(Cursor::new(bytes.into_inner())).unwrap();
    assert_eq!((before.left, before.decided), (vec![1, 2, 3], vec![]));
    // The notice lists the dossiers of the pack; the rows are those of what a person made of it.
    let notice = altered.clone();
    altered.pending = pack(vec![project(1), project(4)]).pending;
    altered.pending.push(altered.pending[0].clone());
    let written = |rows: &Pack| {
        let mut bytes = Cursor::new(Vec::new());
        form::write_filled(WorkbookFormat::Ods, (rows, &notice), &mut bytes, |_| BLANK).unwrap();
        read(Cursor::new(bytes.into_inner()))
    };
    let wrong = written(&altered).unwrap_err().to_string();
    assert_eq!(
        wrong,
        "ligne 5 : le dossier 4 a été ajouté, il n’est pas de ceux que ce classeur présente\nligne 6 : le dossier 1 est deux fois dans le classeur"
    );
    altered.pending.truncate(1);
    assert_eq!(written(&altered).unwrap().taken_out, [2, 3]);
}

#[test]
fn what_is_no_workbook_of_a_committee_is_told_as_such() {
    let said = |content: &[u8]| read(Cursor::new(content.to_vec())).unwrap_err().to_string();
    assert_eq!(
        said(b"Dossier;Montant"),
        "ce n’est pas un classeur de comité fait ici : il ne se lit pas comme un classeur ODS"
    );
    assert!(said(b"").starts_with("ce n’est pas un classeur de comité fait ici"));
}

#[test]
fn the_same_pack_gives_the_same_bytes() {
    let write = || {
        let mut bytes = Cursor::new(Vec::new());
        form::write(WorkbookFormat::Ods, &pack(vec![project(1), ads(2)]), &mut bytes).unwrap();
        bytes.into_inner()
    };
    assert!(write() == write());
}

#[test]
fn what_was_granted_since_has_no_row_to_fill_in_and_is_no_longer_left() {
    let pack = pack(waited_then());
    let answers = filled(&pack, |_| BLANK).unwrap();
    assert_eq!((answers.left, answers.taken_out), (vec![1, 4], vec![]));
    let mut bytes = Cursor::new(Vec::new());
    form::write_filled(WorkbookFormat::Ods, (&pack, &pack), &mut bytes, |_| {
        [Cell::text("accordé"), Cell::Amount(Cents::euros(1_000)), Cell::Empty]
    })
    .unwrap();
    let mut workbook: calamine::Ods<_> = calamine::open_workbook_from_rs(bytes).unwrap();
    let sheet = calamine::Reader::worksheet_range(&mut workbook, form::DECISIONS).unwrap();
    let row = |name: &str| sheet.rows().find(|row| row[0] == *name).unwrap();
    assert_eq!(row("Depuis")[1], *"Accordé depuis la date d’arrêté (2 dossiers décidés depuis)");
    assert_eq!(row("Depuis")[10], 5_000.0);
    assert_eq!((&row("Reste")[8], &row("Reste")[10]), (&100_000.0.into(), &93_000.0.into()));
}

#[test]
fn amounts_and_days_that_nobody_meant_are_told_by_what_is_wrong_with_them() {
    let pack = pack((1..=4).map(project).collect());
    let wrong = filled(&pack, |number| match number {
        1 => [Cell::text("accordé"), Cell::Amount(Cents::ZERO), Cell::Empty],
        2 => [Cell::text("accordé"), Cell::text("2 000 000 000"), Cell::Empty],
        3 => [Cell::text("refusé"), Cell::Empty, Cell::text("20/01/22")],
        _ => BLANK,
    })
    .unwrap_err()
    .to_string();
    for expected in [
        "ligne 4, dossier 1 : un montant de 0 € : un dossier accordé a un montant, un autre est refusé ou ajourné",
        "ligne 5, dossier 2 : « 2 000 000 000 » dépasse ce qu’un comité accorde : vérifiez ce montant",
        "ligne 6, dossier 3 : « 20/01/22 » n’est pas une date en entier, comme 12/10/2021",
    ] {
        assert!(wrong.contains(expected), "{expected}\n{wrong}");
    }
    let half = filled(&pack, |number| match number {
        1 => [Cell::text("accordé"), Cell::Share(rust_decimal::Decimal::new(5, 1)), Cell::Empty],
        _ => BLANK,
    });
    let wrong = half.unwrap_err().to_string();
    assert!(
        wrong.contains("feuille « Décisions » : un pourcentage n’est pas un montant, écrivez-le en euros"),
        "{wrong}"
    );
}
