//! What is fed with any bytes, and what must hold whatever they are. The same functions are played by `cargo test` from the seeds, a
//! fixed number of changes to them included, and by the coverage-guided fuzzer (`tests/fuzz/run`).

#[path = "../common/mapped.rs"]
mod mapped;

use std::io::Cursor;
use std::path::Path;
use std::sync::LazyLock;

use fitn_connector::api::{ApiError, GraphqlError, PathStep, Probe};
use fitn_connector::cli::layout::{Column, fit, table, wrap};
use fitn_connector::cli::paper::Width;
use fitn_connector::config::{Config, Procedure, with_fields};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::fact::{CRITERIA, FactName};
use fitn_connector::domain::form::{Descriptor, Form};
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::neighbour::Neighbour;
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::text::{self, escaped_json, fold, printable, printable_line};
use fitn_connector::mapping;
use fitn_connector::raw;
use fitn_connector::reports::Board;
use fitn_connector::reports::monthly::verify::Found;
use fitn_connector::rules::{Rulebook, Surroundings, cases};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

/// A target: what it is called, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 8] = [
    ("raw", raw_json),
    ("mapping", from_champs_to_documents),
    ("answers", answers),
    ("config", configuration),
    ("parameters", parameters),
    ("cases", case_files),
    ("lists", kept_lists),
    ("text", texts),
];

/// What a message to an operator may hold at most, bytes: whatever it quotes is shortened.
const LONGEST_MESSAGE: usize = 20_000;

fn assert_for_people(message: &str) {
    assert!(message.len() <= LONGEST_MESSAGE, "{} bytes", message.len());
    assert!(!message.chars().any(|c| c.is_control() && c != '\n'), "{message:?}");
}

/// The JSON of one dossier: decoded, hashed, flattened, compared.
fn raw_json(data: &[u8]) {
    let Ok(json) = std::str::from_utf8(data) else { return };
    // A second text may follow the first.
    let (json, other) = json.split_once('\0').unwrap_or((json, json));
    let decoded = raw::decode(json);
    let hashed = raw::content_hash(json);
    if let Ok(dossier) = &decoded {
        assert_eq!(raw::number(json), Some(dossier.number));
        let values: usize = raw::champ_rows(dossier).iter().filter_map(|row| row.value.as_ref()).map(String::len).sum();
        assert!(values <= 8 * json.len(), "{values} bytes out of {}", json.len());
    }
    if hashed.is_ok() {
        assert!(raw::covers(json, json));
        assert_eq!(raw::content_hash(&escaped_json(json)), hashed, "escapes say the same");
    }
    if raw::covers(json, other) && raw::covers(other, json) {
        assert!(hashed.is_ok() && raw::content_hash(other).is_ok());
    }
    if let Ok(whole) = raw::assemble([json]) {
        assert_eq!(raw::content_hash(whole.get()), hashed);
    }
    let _ = (raw::assemble([json, other]), raw::member(json, "champs"));
    for error in [decoded.err(), hashed.err()].into_iter().flatten() {
        assert_for_people(&error.to_string());
    }
}

/// Bytes as a source of choices. When they are used up, every choice is the first one.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    fn among<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[usize::from(self.byte()) % all.len()]
    }

    /// Mostly an odd text, else bytes as they come.
    fn text(&mut self) -> String {
        if !self.byte().is_multiple_of(8) {
            return self.among(&ODD).to_owned();
        }
        let length = usize::from(self.byte());
        let bytes: Vec<u8> = self.0.by_ref().take(length).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn typed(&mut self) -> Value {
        match self.byte() % 8 {
            0 => Value::Null,
            1 => json!(self.byte() > 127),
            2 => serde_json::from_str(self.among(&NUMBERS)).unwrap_or(Value::Null),
            _ => Value::from(self.text()),
        }
    }
}

/// Texts in which something was once, or may be, read wrongly.
const ODD: [&str; 44] = [
    "",
    " ",
    "oui",
    "non",
    "1",
    "2",
    "3",
    "centre_instructeur",
    "commune_autonome",
    "services",
    "software",
    "eu",
    "non_eu",
    "equipment",
    "payroll",
    "other",
    "100",
    "12,5",
    "1e3",
    "-92233720368547758.08",
    "92233720368547758.07",
    "1000000000000",
    "-1000000000000,01",
    "79228162514264337593543950335",
    "1e-28",
    "0,005",
    "2021-09-03",
    "03/09/2021",
    "31/02/2021",
    "9999-12-31",
    "-009999-01-01",
    "2021-09-03T10:33:00+02:00",
    "77288",
    "75056",
    "75101",
    "Melun",
    "Saint-Denis (93)",
    "20005787500011",
    "77",
    "=cmd|' /C calc'!A0",
    "\u{202e}\u{feff}\u{7}<b>\"&;\t\r\n",
    "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
    "« » «",
    "collectivite",
];

const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "1",
    "-1",
    "0.1",
    "1e3",
    "1E-2",
    "1e400",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-92233720368547758.08",
    "1000000000000",
    "0.0000000000000000000000000001",
];

const TYPES: [&str; 27] = [
    "TextChamp",
    "DecimalNumberChamp",
    "IntegerNumberChamp",
    "DateChamp",
    "DatetimeChamp",
    "CheckboxChamp",
    "YesNoChamp",
    "DropDownListChamp",
    "MultipleDropDownListChamp",
    "LinkedDropDownListChamp",
    "CommuneChamp",
    "DepartementChamp",
    "RegionChamp",
    "PaysChamp",
    "EpciChamp",
    "RNAChamp",
    "RNFChamp",
    "AddressChamp",
    "SiretChamp",
    "PieceJustificativeChamp",
    "RepetitionChamp",
    "CiviliteChamp",
    "TitreIdentiteChamp",
    "CarteChamp",
    "HeaderSectionChamp",
    "ExplicationChamp",
    "ChampDemain",
];

/// The members that hold the typed values of champs.
fn typed_members(choices: &mut Choices<'_>, depth: usize) -> Value {
    let place = |choices: &mut Choices<'_>| json!({"code": choices.typed(), "name": choices.typed(), "id": choices.typed(), "title": choices.typed()});
    match choices.byte() % 16 {
        0 => json!({"decimalNumber": choices.typed(), "integerNumber": choices.typed()}),
        1 => json!({"date": choices.typed(), "datetime": choices.typed()}),
        2 => json!({"checked": choices.typed(), "selected": choices.typed()}),
        3 => json!({"choice": choices.typed(), "civilite": choices.typed()}),
        4 => json!({"values": (0..choices.byte() % 4).map(|_| choices.typed()).collect::<Vec<_>>()}),
        5 => json!({"primaryValue": choices.typed(), "secondaryValue": choices.typed()}),
        6 => json!({"commune": place(choices), "departement": place(choices), "epci": place(choices)}),
        7 => json!({"region": place(choices), "pays": place(choices), "rna": place(choices), "rnf": place(choices)}),
        8 => {
            json!({"address": {"label": choices.typed(), "cityCode": choices.typed(), "departmentCode": choices.typed()}})
        }
        9 => json!({"etablissement": {"siret": choices.typed(), "entreprise": {"raisonSociale": choices.typed()}}}),
        10 => {
            json!({"files": (0..choices.byte() % 3).map(|_| json!({"filename": choices.text(), "contentType": choices.typed(),
            "byteSizeBigInt": choices.typed(), "checksum": choices.text(), "createdAt": "2021-09-01T10:00:00+02:00",
            "virusScanResult": choices.text()})).collect::<Vec<_>>()})
        }
        11 => json!({"filled": choices.typed()}),
        12 => Value::Object(serde_json::Map::new()),
        _ if depth == 0 => {
            json!({"decimalNumber": choices.among(&["100", "250.5", "-3"]), "date": "2021-10-01", "checked": true, "selected": false})
        }
        _ => {
            let rows = (0..choices.byte() % 4).map(|row| {
                let cells = ["nature", "amount", "origin", "date", "cell"];
                let champs: Vec<Value> = cells.into_iter().map(|label| champ(choices, label, depth - 1)).collect();
                json!({"id": format!("row-{row}"), "champs": champs})
            });
            json!({"rows": rows.collect::<Vec<_>>(), "decimalNumber": 12})
        }
    }
}

fn champ(choices: &mut Choices<'_>, label: &str, depth: usize) -> Value {
    let type_name = choices.among(&TYPES);
    let text = choices.text();
    let typed = typed_members(choices, depth);
    mapped::champ(type_name, label, &text, &typed)
}

fn any_dossier(choices: &mut Choices<'_>, number: i64) -> Value {
    let (mut champs, mut annotations) = (Vec::new(), Vec::new());
    for fact in FactName::ALL {
        // Some facts are not answered, some twice.
        for _ in 0..[1, 1, 1, 1, 1, 0, 1, 2][usize::from(choices.byte() % 8)] {
            let champ = champ(choices, fact.code(), 1);
            if fact.is_entered_by_the_prefecture() { annotations.push(champ) } else { champs.push(champ) }
        }
    }
    annotations.extend(CRITERIA.map(|criterion| champ(choices, criterion, 0)));
    let mut dossier = mapped::dossier(number, &champs, &annotations);
    dossier["state"] =
        json!(choices.among(&["en_instruction", "en_construction", "accepte", "refuse", "sans_suite", "bientot"]));
    dossier["dateTraitement"] =
        json!(choices.among(&["2021-11-02T10:00:00+01:00", "1999-01-01T00:00:00Z", "9999-12-30T22:00:00Z"]));
    dossier["dateDepot"] =
        json!(choices.among(&["2021-09-03T10:33:00+02:00", "0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z"]));
    dossier["demandeur"]["siret"] = choices.typed();
    dossier["demandeur"]["__typename"] = json!(choices.among(&[
        "PersonneMorale",
        "PersonneMorale",
        "PersonneMoraleIncomplete",
        "PersonnePhysique",
        "Demain"
    ]));
    dossier["demandeur"]["entreprise"]["raisonSociale"] = choices.typed();
    dossier["demandeur"]["entreprise"]["formeJuridiqueCode"] =
        json!(choices.among(&["7210", "7348", "7220", "7230", "5710", "9220", "x"]));
    dossier["demandeur"]["address"]["departmentCode"] = choices.typed();
    dossier["demandeur"]["address"]["cityCode"] = choices.typed();
    if choices.byte() > 200 {
        dossier.as_object_mut().unwrap().remove(choices.among(&["champs", "annotations", "avis", "demandeur"]));
    }
    dossier
}

static PROCEDURES: LazyLock<Vec<Procedure>> = LazyLock::new(mapped::procedures);
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(mapped::rulebook);

/// Dossiers with any values in champs of any type, through the mapping and the rules to every document.
fn from_champs_to_documents(data: &[u8]) {
    let mut choices = Choices(data.iter());
    let subjects: Vec<_> = (1..=3)
        .filter_map(|number| {
            let procedure = &PROCEDURES[usize::from(choices.byte()) % PROCEDURES.len()];
            let dossier = any_dossier(&mut choices, number).to_string();
            mapped::subject(procedure, &dossier)
        })
        .collect();
    let judged = mapped::judged(&RULEBOOK, subjects);
    let mut peers = fitn_connector::rules::Peers::default();
    for one in &judged {
        peers.add(&Neighbour::of(&one.subject, true));
    }
    let surroundings = Surroundings::new(&peers, &RULEBOOK);
    for one in &judged {
        let _ =
            (surroundings.of(&one.subject), RULEBOOK.credits(&one.subject, &peers, jiff::civil::date(2021, 12, 31)));
        let stored = serde_json::to_string(&one.subject).unwrap();
        let again: fitn_connector::domain::subject::Subject = serde_json::from_str(&stored).unwrap();
        assert_eq!(again, one.subject, "what is stored is what was read");
        for verdict in &one.evaluation.verdicts {
            assert!(verdict.explanation.len() <= LONGEST_MESSAGE, "{}", verdict.rule);
        }
        if let Some(computed) = one.evaluation.computed {
            assert!(Cents::ZERO <= computed && computed <= Cents::LIMIT);
        }
    }
    let bound = 200_000 + 20 * data.len();
    let list = mapped::list(&judged, None);
    let csv = String::from_utf8(list.csv()).unwrap();
    assert!(csv.len() < bound && !csv.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n')));
    let document = list.json();
    assert!(document.len() < bound);
    let kept = mapped::Kept::read(&document).unwrap();
    assert!(mapped::list(&judged, Some(&kept)).changes() == 0, "a list is not different from itself");
    let report = mapped::report(&judged);
    let html = String::from_utf8(report.html()).unwrap();
    assert!(html.len() < bound && !html.contains("<b>\"&"));
    assert!(!html.chars().any(|c| matches!(c, '\u{202e}' | '\u{7}' | '\u{feff}')), "nothing that steers a reader");
    // Packing costs most of the time.
    if data.len().is_multiple_of(8) {
        assert!(list.xlsx().len() < bound);
        assert!(list.ods().len() < bound);
        assert!(report.xlsx().len() < bound);
    }
}

fn assert_harmless(error: &GraphqlError) {
    let is_token =
        |text: &String| text.len() <= 80 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    assert!(
        [&error.code, &error.subject, &error.incident]
            .into_iter()
            .flatten()
            .all(|text| text.split('.').all(|part| is_token(&part.to_owned())))
    );
    assert!(error.path.iter().all(|step| match step {
        PathStep::Field(field) => is_token(field),
        PathStep::Index(_) => true,
    }));
    assert!(
        error.message.as_ref().is_none_or(|text| text.chars().count() <= 200 && !text.chars().any(char::is_control))
    );
}

fn assert_told(error: &ApiError) {
    assert_for_people(&format!("{error} {}", error.hint()));
    assert_for_people(&format!("{error:?}").replace('\0', ""));
}

/// Whatever a server answers.
fn answers(data: &[u8]) {
    let Some((status, body)) = data.split_first() else { return };
    let status =
        [200, 200, 200, 200, 400, 401, 403, 404, 408, 418, 429, 500, 502, 503, 301, 999][usize::from(status % 16)];
    let probe = Probe { status, body, asked: 100 };
    match probe.dossiers() {
        Ok(page) => {
            assert!(page.nodes.len() <= 100 && page.errors.len() <= 1_000);
            page.errors.iter().for_each(assert_harmless);
            for node in page.nodes.iter().flatten() {
                let _ = (raw::decode(node.get()), raw::content_hash(node.get()), raw::number(node.get()));
            }
        }
        Err(error) => assert_told(&error),
    }
    let _ =
        (probe.numbers().map_err(|error| assert_told(&error)), probe.removals().map_err(|error| assert_told(&error)));
    let _ = (probe.dossier().map_err(|error| assert_told(&error)), probe.links().map_err(|error| assert_told(&error)));
    if let Ok(demarche) = probe.demarche() {
        assert_for_people(&demarche.title_line().chars().take(1_000).collect::<String>());
        if let Some(form) = demarche.form {
            for programme in [Programme::Axe3V1, Programme::Axe3V1Ads] {
                propose(&form, programme);
            }
        }
    }
    if body.windows(8).any(|window| window == b"__schema") {
        let _ = probe.schema();
    }
}

/// A proposal is a configuration that can be read, whatever the labels.
fn propose(form: &Form, programme: Programme) {
    let proposal = mapping::propose(form, programme);
    let text = format!("[[procedures]]\nnumber = 1\nprogramme = \"{programme}\"\n{}", proposal.fragment);
    match Config::parse(&text, Path::new("config.toml")) {
        Ok(config) => {
            let findings = mapping::check(&config.procedures[0].fields, form, programme);
            let errors: Vec<_> =
                findings.iter().filter(|finding| finding.severity == mapping::Severity::Error).collect();
            assert!(errors.is_empty(), "{errors:?}\n{text}");
        }
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn a_form() -> Form {
    let descriptor = |label: &str, kind: &str, options: &[&str]| Descriptor {
        id: label.to_owned(),
        label: label.to_owned(),
        type_name: format!("{kind}ChampDescriptor"),
        required: true,
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        columns: Vec::new(),
    };
    Form {
        champs: vec![
            descriptor("Thème", "MultipleDropDownList", &["1", "2", "3"]),
            descriptor("Montant", "DecimalNumber", &[]),
            Descriptor {
                columns: vec![descriptor("Nature", "Text", &[]), descriptor("Montant", "Text", &[])],
                ..descriptor("Dépenses", "Repetition", &[])
            },
        ],
        annotations: vec![descriptor("Montant accordé", "Text", &[])],
    }
}

/// The configuration.
fn configuration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::parse(text, Path::new("config.toml")) {
        Ok(config) => {
            for procedure in &config.procedures {
                let _ =
                    (mapping::check(&procedure.fields, &a_form(), procedure.programme), procedure.fields.fingerprint());
                let fragment = mapping::propose(&a_form(), procedure.programme).fragment;
                if let Ok(with) = with_fields(text, procedure.number, &fragment) {
                    assert!(Config::parse(&with, Path::new("config.toml")).is_ok(), "{with}");
                }
            }
        }
        Err(error) => assert_for_people(
            &format!("{error} {}", error.mend()).chars().take(LONGEST_MESSAGE / 4).collect::<String>(),
        ),
    }
}

/// A parameter file.
fn parameters(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Rulebook::with_overrides("11", &mapped::served(), &[("essai.toml", text)]) {
        Ok(rulebook) => rulebook.parameters().for_each(|parameter| drop(parameter.read())),
        Err(error) => drop(format!("{error} {}", error.mend())),
    }
}

/// A case file.
fn case_files(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match cases::read(Path::new("cas.toml"), text) {
        Ok(cases) => {
            for case in cases.iter().take(4) {
                if let Ok(evaluation) = case.evaluate(&RULEBOOK) {
                    let _ = case.differences(&evaluation);
                }
            }
        }
        Err(mistake) => drop(format!("{mistake} {}", mistake.mend)),
    }
}

/// A kept list, read back to compare the next one with it.
fn kept_lists(data: &[u8]) {
    // Whatever somebody has verified is read, or is no list.
    let board = Board::default();
    drop(Found::read(&mut Cursor::new(data), &board).unwrap());
    let Some(kept) = mapped::Kept::read(data) else { return };
    let list = mapped::list(&[], Some(&kept));
    let document = list.json();
    assert!(document.len() <= 20 * data.len() + 20_000);
    assert_eq!(mapped::Kept::read(&document).unwrap().rows.len(), list.rows());
    list.csv();
    if data.len().is_multiple_of(8) {
        list.xlsx();
    }
}

/// Text on its way to people.
fn texts(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let folded = fold(&text);
    assert_eq!(fold(&folded), folded);
    let shown = printable(&text);
    assert_eq!(printable(&shown), shown);
    assert!(!printable_line(&text).chars().any(char::is_control));
    assert!(text::token(&text).len() <= 80 && text::shortened(&text, 20).chars().count() <= 20);
    let quoted = text::quoted(&text);
    assert!(quoted.matches('«').count() == 1 && quoted.matches('»').count() == 1, "{quoted}");
    for width in [1, 7, 40] {
        let cut = fit(&text, width);
        assert!(cut.width() <= width, "{cut:?}");
        let widest = shown.split([' ', '\n']).count();
        assert!(wrap(&text, width).len() <= text.chars().count() + widest + 1);
    }
    let rows = [[text.to_string(), "a".to_owned()]];
    assert!(
        table([("x", Column::Flexible), ("y", Column::Left)], &rows, Width::of_terminal(80))
            .lines()
            .all(|line| line.width() <= 80)
    );
    if let Ok(amount) = Cents::parse_french(&text) {
        assert!(-Cents::LIMIT <= amount && amount <= Cents::LIMIT);
        assert_eq!(Cents::parse(&amount.to_decimal_string()), Ok(amount));
    }
    let known = DossierState::from(text.to_string());
    let _ = (known.label(), fitn_connector::domain::siret::Siret::parse(&text));
}
