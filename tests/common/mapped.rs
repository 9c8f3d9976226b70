//! Any dossier as JSON, and a configuration that reads every fact from a champ of the fact's own name: what feeds the whole way from
//! the bytes of DS to the documents.

#![allow(dead_code, reason = "each who feeds it uses a part of it")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Cursor;
use std::path::Path;

use fitn_connector::config::{Config, Procedure};
use fitn_connector::domain::fact::{CRITERIA, EXPENSE_COLUMNS, FactName, FactType};
use fitn_connector::domain::neighbour::Neighbour;
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::subject::{Judged, Subject};
use fitn_connector::domain::verdict::ParameterRead;
use fitn_connector::mapping::{self, Context};
use fitn_connector::reports::monthly::verify::Found;
use fitn_connector::reports::monthly::{self, Draft, KeptList, Line, Lines, ListRow, MonthlyInput, MonthlyList};
use fitn_connector::reports::quarterly::{self, QuarterlyInput, QuarterlyReport};
use fitn_connector::reports::{Board, RuleText, Sources, WorkbookFormat, blocks};
use fitn_connector::rules::{Peers, Rulebook};
use fitn_connector::territory::Region;
use serde_json::{Value, json};

/// The départements of Île-de-France.
pub fn served() -> Vec<String> {
    ["75", "77", "78", "91", "92", "93", "94", "95"].map(str::to_owned).to_vec()
}

/// A démarche a programme, numbered from 1, that reads every fact.
pub fn configuration() -> String {
    let mut text = String::new();
    for (number, programme) in (1..).zip(Programme::ALL) {
        let _ = write!(text, "[[procedures]]\nnumber = {number}\nprogramme = \"{programme}\"\n[procedures.fields]\n");
        for fact in FactName::ALL {
            let names =
                |keys: &[&str]| keys.iter().map(|key| format!("{key} = \"{key}\"")).collect::<Vec<_>>().join(", ");
            let section = if fact.is_entered_by_the_prefecture() { "annotation" } else { "champ" };
            let place = match fact.fact_type() {
                FactType::Expenses => format!("champ = \"{fact}\", columns = {{ {} }}", names(&EXPENSE_COLUMNS)),
                FactType::Scores => format!("annotations = {{ {} }}", names(&CRITERIA)),
                FactType::Communes | FactType::Files | FactType::Choices(_) | FactType::Departements => {
                    format!("{section} = \"{fact}\", column = \"cell\"")
                }
                _ => format!("{section} = \"{fact}\""),
            };
            let _ = writeln!(text, "{fact} = {{ {place} }}");
        }
    }
    text
}

/// What that configuration says.
pub fn procedures() -> Vec<Procedure> {
    Config::parse(&configuration(), Path::new("config.toml")).unwrap().procedures
}

/// A champ: its type, its label, its text, its typed values.
pub fn champ(type_name: &str, label: &str, text: &str, typed: &Value) -> Value {
    let mut champ =
        json!({"__typename": type_name, "id": label, "champDescriptorId": label, "label": label, "stringValue": text});
    champ.as_object_mut().unwrap().extend(typed.as_object().unwrap().clone());
    champ
}

/// A champ of free text.
pub fn text(label: &str, text: &str) -> Value {
    champ("TextChamp", label, text, &json!({}))
}

/// A repetition.
pub fn repetition(label: &str, rows: impl IntoIterator<Item = Vec<Value>>) -> Value {
    let rows = rows.into_iter().enumerate().map(|(at, champs)| json!({"id": format!("row-{at}"), "champs": champs}));
    champ("RepetitionChamp", label, "", &json!({"rows": rows.collect::<Vec<_>>()}))
}

/// Lines of expenses that count.
pub fn expenses(lines: usize) -> Value {
    repetition(
        "expenses",
        (0..lines).map(|line| {
            vec![
                text("nature", if line % 7 == 0 { "à voir" } else { "services" }),
                champ("DecimalNumberChamp", "amount", "", &json!({"decimalNumber": 100 + line})),
            ]
        }),
    )
}

/// A dossier.
pub fn dossier(number: i64, champs: &[Value], annotations: &[Value]) -> Value {
    json!({
        "number": number,
        "state": "en_instruction",
        "dateDepot": "2021-09-03T10:33:00+02:00",
        "dateDerniereModification": "2021-09-03T10:33:00+02:00",
        "demandeur": {
            "__typename": "PersonneMorale",
            "siret": "20005787500011",
            "entreprise": {"raisonSociale": "Est Ensemble", "formeJuridiqueCode": "7348"},
            "address": {"label": "100 avenue Gaston Roussel", "cityCode": "93063", "departmentCode": "93"}
        },
        "champs": champs,
        "annotations": annotations,
        "avis": [],
        "labels": []
    })
}

/// A dossier as the rules see it.
pub fn subject(procedure: &Procedure, json: &str) -> Option<Subject> {
    let context =
        Context { procedure: procedure.number, programme: procedure.programme, mapping: &procedure.fields, form: None };
    let dossier = fitn_connector::raw::decode(json).ok()?;
    Some(mapping::subject(&context, &dossier, None))
}

/// The rulebook of Île-de-France.
pub fn rulebook() -> Rulebook {
    Rulebook::with_overrides("11", &served(), &[]).unwrap()
}

/// Each judged among all.
pub fn judged(rulebook: &Rulebook, subjects: Vec<Subject>) -> Vec<Judged> {
    let mut peers = Peers::default();
    for subject in &subjects {
        peers.add(&Neighbour::of(subject, true));
    }
    subjects.into_iter().map(|subject| Judged { evaluation: rulebook.evaluate(&subject, &peers), subject }).collect()
}

fn sources<'a>(served: &'a [String], none: &'a BTreeMap<i64, jiff::Timestamp>) -> Sources<'a> {
    Sources {
        region: Region::of("11"),
        served,
        excluded: &[],
        unreadable: &[],
        known_since: none,
        provisional: &[],
        behind: &[],
        site: "https://demarche.numerique.gouv.fr",
    }
}

/// A list that was kept, with its rows.
pub struct Kept {
    list: KeptList,
    pub rows: Vec<ListRow>,
}

impl Kept {
    pub fn read(document: &[u8]) -> Option<Self> {
        let mut rows = Vec::new();
        let list = KeptList::read(document, |row| {
            rows.push(row);
            Ok(())
        });
        Some(Self { list: list.ok()?, rows })
    }
}

/// A list, with its rows.
pub struct List {
    list: MonthlyList,
    board: Board,
}

impl List {
    pub fn csv(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        monthly::csv::write(&Lines::new(&self.board), &mut bytes).unwrap();
        bytes
    }

    pub fn json(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        monthly::json::write(&self.list, &Lines::new(&self.board), &mut bytes).unwrap();
        bytes
    }

    pub fn xlsx(&self) -> Vec<u8> {
        self.workbook(WorkbookFormat::Xlsx)
    }

    pub fn ods(&self) -> Vec<u8> {
        self.workbook(WorkbookFormat::Ods)
    }

    fn workbook(&self, format: WorkbookFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        monthly::workbook::write(format, &self.list, &Lines::new(&self.board), Cursor::new(&mut bytes)).unwrap();
        bytes
    }

    pub fn rows(&self) -> usize {
        self.list.tally.rows()
    }

    /// How many columns of its dossiers say something else than before.
    pub fn changes(&self) -> usize {
        let mut changes = 0;
        let count = |line: &Line| {
            changes += line.changes().len();
            Ok(())
        };
        Lines::new(&self.board).each(count).unwrap();
        changes
    }
}

/// Whether a file of a list says what its document, and its workbook where it is one, say.
pub fn is_unaltered(file: &[u8], document: &[u8], workbook: Option<&[u8]>) -> bool {
    let board = Board::default();
    let found = Found::read(&mut Cursor::new(file), &board).unwrap().unwrap();
    let rows = found.differences(document, usize::MAX).unwrap().unwrap();
    let sheets = workbook.map(|kept| found.differences_of_sheets(WorkbookFormat::Ods, Cursor::new(kept)).unwrap());
    rows.are_none() && sheets.is_none_or(|sheets| sheets.are_none())
}

/// The list of the end of 2021, compared with one kept before.
pub fn list(dossiers: &[Judged], previous: Option<&Kept>) -> List {
    let (served, none) = (served(), BTreeMap::new());
    let rules: [RuleText; 0] = [];
    let parameters: [ParameterRead; 0] = [];
    let input = MonthlyInput {
        month: "2021-12".parse().unwrap(),
        drawn_up_at: "2022-01-03T08:00:00Z".parse().unwrap(),
        revision: 0,
        sources: sources(&served, &none),
        previous: previous.map(|previous| previous.list.clone()),
        not_compared: None,
        rules: &rules,
        parameters: &parameters,
    };
    let board = Board::default();
    let before = Lines::new(&board);
    for row in previous.iter().flat_map(|previous| &previous.rows) {
        before.put_previous(row).unwrap();
    }
    let mut draft = Draft::new(&input, &board);
    for judged in dossiers {
        draft.add(judged).unwrap();
    }
    let (list, _) = draft.finish().unwrap();
    List { list, board }
}

/// A report.
pub struct Report(QuarterlyReport);

impl Report {
    pub fn html(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        blocks::html::write(&quarterly::document(&self.0), &mut bytes).unwrap();
        bytes
    }

    pub fn xlsx(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        quarterly::workbook::write(WorkbookFormat::Xlsx, &self.0, Cursor::new(&mut bytes)).unwrap();
        bytes
    }
}

/// The report of the end of 2021.
pub fn report(dossiers: &[Judged]) -> Report {
    let (served, none, rights) = (served(), BTreeMap::new(), BTreeMap::new());
    let input = QuarterlyInput {
        quarter: "2021-Q4".parse().unwrap(),
        drawn_up_at: "2022-01-03T08:00:00Z".parse().unwrap(),
        revision: 0,
        is_draft: false,
        sources: sources(&served, &none),
        drawing_rights: &rights,
        rights_then: &[],
        v1_total: None,
        ads_envelope: None,
        v2_envelope: None,
        credit_review: None,
        credits_expected_by: None,
        rules: &[],
        commentary: None,
    };
    let mut draft = quarterly::Draft::new(&input);
    for judged in dossiers {
        draft.add(judged);
    }
    Report(draft.finish())
}
