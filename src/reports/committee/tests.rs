//! What stands in a pack.

use jiff::civil::date;

use super::answers::Decision;
use super::*;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{FactName, FactValue};
use crate::domain::verdict::{RuleKind, VerdictValue};
use crate::reports::blocks::{Block, Row, Span};
use crate::reports::sample::{Known, Sample, at, dossier};
use crate::reports::{Cell, RuleText, WorkbookFormat};

/// A project of Seine-et-Marne, of themes 1 to 3, filed on 3 September 2021, that asks for 40 000 €.
fn project(number: i64) -> Sample {
    dossier(number).programme(Programme::Axe3V1).departement(Some("77")).amount(FactName::RequestedAmount, 4_000_000)
}

/// The pack of Seine-et-Marne for the third quarter of 2021, with a right of 100 000 €.
fn pack_at(dossiers: Vec<Sample>, drawn_up_at: &str) -> Pack {
    let known = Known { served: vec!["77".to_owned()], ..Known::of(dossiers) }.bare();
    let rights = BTreeMap::from([("77".to_owned(), Some(Cents::euros(100_000)))]);
    let rules = [RuleText {
        id: "A3V1-10".to_owned(),
        kind: RuleKind::Control,
        title: "montant dans la limite du maximum".to_owned(),
        citation: String::new(),
        explanation: String::new(),
    }];
    let report = QuarterlyInput {
        quarter: "2021-Q3".parse().unwrap(),
        drawn_up_at: at(drawn_up_at),
        revision: 0,
        is_draft: false,
        sources: known.sources(),
        drawing_rights: &rights,
        v1_total: None,
        ads_envelope: None,
        v2_envelope: None,
        credit_review: None,
        credits_expected_by: None,
        rules: &rules,
        commentary: None,
    };
    let input = CommitteeInput { departement: "77", report: &report };
    let mut draft = Draft::new(&input);
    known.dossiers.iter().for_each(|judged| draft.add(judged));
    draft.finish()
}

fn pack(dossiers: Vec<Sample>) -> Pack {
    pack_at(dossiers, "2021-10-01T06:00:00Z")
}

fn numbers(requests: &[Request]) -> Vec<DossierNumber> {
    requests.iter().map(|request| request.number).collect()
}

/// All that the document says, block by block.
fn said(pack: &Pack) -> String {
    let spans = |spans: &[Span]| {
        let text = |span: &Span| match span {
            Span::Text(text) | Span::Strong(text) | Span::Link { text, .. } => text.clone(),
        };
        spans.iter().map(text).collect::<String>()
    };
    let row = |row: &Row| {
        let cell = |cell: &crate::reports::blocks::RowCell| {
            let detail = cell.detail.as_ref().map_or(String::new(), |detail| format!(" / {detail}"));
            spans(&cell.text) + &detail
        };
        row.cells.iter().map(cell).collect::<Vec<_>>().join(" | ")
    };
    let mut lines = Vec::new();
    for block in document(pack).blocks {
        match block {
            Block::Heading { level, text, .. } => lines.push(format!("{} {text}", "#".repeat(level.into()))),
            Block::Paragraph(text) | Block::Warning(text) | Block::Note(text) => lines.push(spans(&text)),
            Block::Quotation(paragraphs) => lines.extend(paragraphs.iter().map(|text| format!("> {}", spans(text)))),
            Block::List(items) => lines.extend(items.iter().map(|text| format!("- {}", spans(text)))),
            Block::Terms(terms) => lines.extend(terms.iter().map(|(term, text)| format!("{term} = {}", spans(text)))),
            Block::Figures(figures) => lines.extend(figures.iter().map(|figure| {
                format!("[{} : {} {}]", figure.label, figure.value, figure.detail.as_deref().unwrap_or_default())
            })),
            Block::Table(table) => {
                lines.push(table.columns.iter().map(|column| column.heading.as_str()).collect::<Vec<_>>().join(" | "));
                for group in &table.groups {
                    lines.extend(group.heading.iter().map(|heading| format!("== {heading}")));
                    lines.extend(group.rows.iter().map(row));
                }
            }
            Block::Chart(chart) => lines.push(format!("({})", chart.caption)),
            Block::Signature { lines: signed } => lines.push(format!("[{}]", signed.join(" "))),
            Block::PageBreak => lines.push("---".to_owned()),
        }
    }
    lines.join("\n").replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn what_waits_stands_in_order_of_deposit_with_what_is_left_for_each() {
    let later = project(1).filed("2021-09-10T08:00:00Z");
    let refused = project(3).filed("2021-09-02T08:00:00Z").verdict(
        "A3V1-01",
        RuleKind::Blocking,
        VerdictValue::NotMet,
        "Hors délai.",
    );
    let granted = project(4).filed("2021-05-03T08:00:00Z").accepted(3_000_000, date(2021, 8, 10));
    let pack = pack(vec![later, project(2), refused, granted, dossier(5).departement(Some("77"))]);
    assert_eq!(numbers(&pack.pending), [3, 2, 1, 5]);
    let left: Vec<_> = pack.pending.iter().map(|request| request.left).collect();
    let euros = |before, after| Some((Cents::euros(before), Cents::euros(after)));
    // At most 8 800 € by its rule, though each asks for 40 000 €.
    assert_eq!(left, [None, euros(70_000, 61_200), euros(61_200, 52_400), None]);
    assert_eq!(pack.wanted(), Cents::euros(17_600));
    assert_eq!(numbers(&pack.filed), [3, 2, 1, 5]);
}

#[test]
fn only_what_lies_in_the_departement_by_the_end_of_the_quarter_is_in_it() {
    let pack = pack(vec![
        project(1),
        project(2).departement(Some("78")),
        project(3).departement(None),
        project(4).filed("2021-10-01T00:00:00Z"),
        project(5).programme(Programme::Axe3V2),
        project(6).filed("2021-06-30T12:00:00Z"),
    ]);
    assert_eq!(numbers(&pack.pending), [6, 1]);
    assert_eq!(numbers(&pack.filed), [1]);
    assert_eq!(pack.unplaced, [3]);
}

#[test]
fn points_name_who_is_to_act() {
    let without_amount = project(1).state(DossierState::Accepte);
    let breach = project(2).accepted(9_000_000, date(2021, 8, 10)).verdict(
        "A3V1-10",
        RuleKind::Control,
        VerdictValue::NotMet,
        "Au-delà.",
    );
    let said = said(&pack(vec![without_amount, breach, project(3), project(4)]));
    for expected in [
        "- comité : 2 dossiers en instruction, éligibles, à décider (3, 4).",
        "- comité : ce qui est demandé en attente dépasse de 7 600,00 € ce qui reste du droit de tirage.",
        "- préfecture : 1 dossier accepté sans montant saisi (1).",
        "- préfecture : à revoir sur 1 dossier accepté (2) : montant dans la limite du maximum.",
    ] {
        assert!(said.contains(expected), "{expected}\n{said}");
    }
}

#[test]
fn a_pack_reads_well() {
    let scores = FactValue::Scores([("equipe".to_owned(), 4), ("portage".to_owned(), 3)].into());
    let full = project(1)
        .text(FactName::ProjectTitle, "Un guichet pour tous")
        .text(FactName::ProjectSummary, "Un accueil <commun> à tous les services.")
        .amount(FactName::TotalCost, 8_000_000)
        .date(FactName::ProjectStart, date(2021, 11, 2))
        .date(FactName::ProjectEnd, date(2022, 9, 30))
        .fact(FactName::TargetUsers, FactValue::Integer(54_000))
        .fact(FactName::AgentsTrained, FactValue::Integer(12))
        .fact(FactName::Scores, scores)
        .verdict("A3V1-10", RuleKind::Review, VerdictValue::ToReview, "Le taux est à confirmer.")
        .missing("A3V1-10", "Demander le plan de financement.");
    let funded = project(2).filed("2021-05-03T08:00:00Z").accepted(3_000_000, date(2021, 8, 10));
    let ads = dossier(3).departement(Some("77")).accepted(800_000, date(2021, 8, 12));
    let pack = pack(vec![full, funded, ads]);
    assert_eq!(pack.standing(), "Arrêté au 30/09/2021");
    assert_eq!(file_stem(&pack), "comite-77-2021-T3");
    insta::assert_snapshot!(said(&pack));
}

#[test]
fn a_pack_without_a_dossier_says_so() {
    let pack = pack_at(Vec::new(), "2021-08-12T08:00:00Z");
    assert_eq!(file_stem(&pack), "comite-77-2021-T3-provisoire");
    let said = said(&pack);
    for expected in
        ["Aucun à cette date.", "Aucun dossier déposé dans le trimestre.", "Aucun dossier n’attend de décision."]
    {
        assert!(said.contains(expected), "{expected}");
    }
}

/// What a workbook says again, once somebody filled it in: `fill` gives the decision, the amount and the date of each dossier.
fn filled(pack: &Pack, fill: impl Fn(DossierNumber) -> [Cell; 3]) -> Result<answers::Answers, answers::Unusable> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    form::write_filled(WorkbookFormat::Ods, pack, &mut bytes, fill).unwrap();
    answers::read(std::io::Cursor::new(bytes.into_inner()))
}

#[test]
fn a_workbook_that_is_filled_in_is_read_again() {
    let pack = pack(vec![project(1), project(2), project(3), project(4), project(5)]);
    let answers = filled(&pack, |number| match number {
        1 => [Cell::text("Accordé"), Cell::Amount(Cents(1_234_550)), Cell::Date(date(2021, 10, 12))],
        2 => [Cell::text("accordé"), Cell::text("12 345,50 €"), Cell::text("12/10/2021")],
        3 => [Cell::text("REFUSÉ"), Cell::Empty, Cell::Empty],
        4 => [Cell::text("ajourné"), Cell::Empty, Cell::Date(date(2021, 10, 12))],
        _ => [Cell::Empty, Cell::Empty, Cell::Empty],
    })
    .unwrap();
    assert_eq!(answers.sitting.to_string(), "77-2021-Q3");
    assert_eq!(answers.left, [5]);
    let said: Vec<_> = answers.decided.iter().map(|one| (one.row, one.dossier, one.decision, one.on)).collect();
    let (granted, day) = (Decision::Granted(Cents(1_234_550)), Some(date(2021, 10, 12)));
    let expected =
        [(4, 1, granted, day), (5, 2, granted, day), (6, 3, Decision::Refused, None), (7, 4, Decision::PutOff, day)];
    assert_eq!(said, expected);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let pack = pack((1..=6).map(project).collect());
    let wrong = filled(&pack, |number| match number {
        1 => [Cell::text("accordé"), Cell::text("à voir"), Cell::Empty],
        2 => [Cell::text("accordé"), Cell::Empty, Cell::Empty],
        3 => [Cell::text("peut-être"), Cell::Empty, Cell::Empty],
        4 => [Cell::text("refusé"), Cell::Amount(Cents::euros(3)), Cell::Empty],
        5 => [Cell::text("refusé"), Cell::Empty, Cell::text("bientôt")],
        _ => [Cell::Empty, Cell::Amount(Cents::euros(3)), Cell::Empty],
    })
    .unwrap_err()
    .to_string();
    for expected in [
        "ligne 4, dossier 1 : « à voir » n’est pas un montant en euros",
        "ligne 5, dossier 2 : accordé, sans montant",
        "ligne 6, dossier 3 : « peut-être » n’est pas une décision",
        "ligne 7, dossier 4 : un montant (3,00\u{a0}€) sur un dossier qui n’est pas accordé",
        "ligne 8, dossier 5 : « bientôt » n’est pas une date",
        "ligne 9, dossier 6 : la décision manque",
    ] {
        assert!(wrong.contains(expected), "{expected}\n{wrong}");
    }
    let error = answers::read(std::io::Cursor::new(b"Dossier;Montant".to_vec())).unwrap_err();
    assert!(matches!(error, answers::Unusable::NotOurs(_)));
}
