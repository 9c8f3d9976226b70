//! Whether the database says what the world holds: written from the views and from the world alone, so that no code of
//! the program judges itself.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fitn_connector::api::DOCUMENT;
use fitn_connector::domain::money::Cents;
use fitn_connector::sandbox::World;
use fitn_connector::sandbox::world::{Answers, Applicant, Dossier, Field, Kind, Procedure, Value};
use fitn_connector::store::Store;
use fitn_connector::territory;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value as Json, json};

use super::Stand;

/// `number, state, deposited_at, updated_at, treated_at, siret, applicant, granted_cents`, for a dossier that DS shows.
type Line = [Option<String>; 8];
/// `kind, champ_id, descriptor_id, label, type, row_id, value`.
type ChampLine = [Option<String>; 7];

/// Nothing is broken in the world nor set aside in the store, and the one says what the other shows.
#[track_caller]
pub fn assert_whole_store_equals_world(stand: &Stand) {
    let broken = stand.followed.iter().flat_map(|number| stand.world().broken_dossiers(*number)).collect::<Vec<_>>();
    assert_eq!(broken, [] as [i64; 0]);
    assert_eq!(stand.rows("SELECT * FROM view_quarantine"), [] as [Vec<Option<String>>; 0]);
    assert_store_equals_world(stand);
}

/// The dossiers that the server cannot give whole are set aside with a reason, no other is, and none of them is lost.
#[track_caller]
pub fn assert_broken_are_known(stand: &Stand) {
    for number in &stand.followed {
        let broken = stand.world().broken_dossiers(*number);
        let aside = format!("SELECT dossier FROM view_quarantine WHERE procedure = {number} ORDER BY dossier");
        let aside = stand.rows(&aside).into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap());
        assert_eq!(aside.collect::<Vec<i64>>(), broken, "démarche {number}");
    }
}

/// The shown dossiers, to the last member of what the server answers now, their champs, and the reasons of those that are
/// not shown; those that the server cannot give whole are left out of the comparison.
#[track_caller]
pub fn assert_store_equals_world(stand: &Stand) {
    for number in &stand.followed {
        let answers = answers(stand, *number);
        let world = stand.world();
        let procedure = world.procedure(*number).unwrap();
        let broken: Vec<String> = world.broken_dossiers(*number).iter().map(i64::to_string).collect();
        let is_whole = |line: &Line| !broken.iter().any(|number| line[0].as_ref() == Some(number));
        let mut lines = stored_lines(stand, *number);
        lines.retain(is_whole);
        let mut expected = expected_lines(&world, procedure);
        expected.retain(is_whole);
        assert_same(&lines, &expected, &format!("dossiers of {number}"));
        assert_same_content(&contents(stand, *number), &answers);
        let mut stored = stored_champs(stand, *number);
        let whole = world.dossiers_of(*number).filter(|dossier| !broken.contains(&dossier.number.to_string()));
        for dossier in whole {
            let champs = stored.remove(&dossier.number).unwrap_or_default();
            assert_same(&champs, &expected_champs(procedure, dossier), &format!("champs of {}", dossier.number));
        }
        let removed = removed(stand, *number);
        for (dossier, reason) in &removed {
            assert_eq!(Some(reason.as_str()), expected_reason(&world, *dossier), "dossier {dossier}");
        }
        for dossier in in_the_bin(&world, *number) {
            assert_eq!(removed.get(&dossier).map(String::as_str), Some("pending"), "dossier {dossier}");
        }
    }
}

/// Whatever went wrong, the dossiers that are shown and not set aside are ones that the server has, each as it shows it.
#[track_caller]
pub fn assert_store_is_part_of_world(stand: &Stand) {
    for number in &stand.followed {
        let aside = stand.rows("SELECT dossier FROM view_quarantine");
        let aside: BTreeSet<i64> = aside.into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect();
        let mut answers = answers(stand, *number);
        let stored = contents(stand, *number);
        for dossier in stored.keys().filter(|dossier| !aside.contains(dossier)) {
            assert!(answers.contains_key(dossier), "dossier {dossier} is none of {number}");
        }
        answers.retain(|dossier, _| stored.contains_key(dossier) && !aside.contains(dossier));
        assert_same_content(&stored, &answers);
    }
}

/// Shows only what differs.
#[track_caller]
fn assert_same<T: PartialEq + std::fmt::Debug>(stored: &[T], expected: &[T], what: &str) {
    let unexpected: Vec<&T> = stored.iter().filter(|line| !expected.contains(line)).collect();
    let missing: Vec<&T> = expected.iter().filter(|line| !stored.contains(line)).collect();
    assert!(stored == expected, "{what}: stored {unexpected:?}\nbut shown by DS {missing:?}");
}

/// Shows, of each dossier, only the members that differ. Nothing that is asked for changes at each call.
#[track_caller]
fn assert_same_content(stored: &BTreeMap<i64, Json>, answers: &BTreeMap<i64, Json>) {
    for (number, answer) in answers {
        let Some(content) = stored.get(number) else { panic!("dossier {number} has no content") };
        let members = |json: &Json| json.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        for member in members(content).union(&members(answer)) {
            let (stored, shown) = (content.get(member), answer.get(member));
            assert!(stored == shown, "dossier {number}, « {member} »: stored {stored:?}\nbut shown by DS {shown:?}");
        }
    }
}

/// The content kept of the dossiers shown.
fn contents(stand: &Stand, procedure: i64) -> BTreeMap<i64, Json> {
    let sql = "SELECT number FROM dossiers WHERE version IS NOT NULL AND removed_at IS NULL AND procedure = ";
    let numbers: Vec<i64> = stand.query(&format!("{sql}{procedure}"), |row| row.get(0));
    let store = Store::open_to_read(&stand.path("fitn.sqlite")).unwrap();
    let content = |number| {
        let raw = store.read(|reader| reader.dossier_raw(number)).unwrap().unwrap();
        (number, serde_json::from_str(&raw).unwrap())
    };
    numbers.into_iter().map(content).collect()
}

/// What the server shows of each dossier now, or would if the démarche were not discarded, asked in the words of the program.
/// Those that it cannot give whole would spoil their page: they are out of its way meanwhile.
fn answers(stand: &Stand, procedure: i64) -> BTreeMap<i64, Json> {
    let mut world = stand.world_mut();
    let broken = world.broken_dossiers(procedure);
    let broken: Vec<Dossier> = broken.into_iter().map(|number| world.dossier(number).unwrap().clone()).collect();
    for dossier in &broken {
        world.put(Dossier { hidden_by_expiry: Some(dossier.updated_at), ..dossier.clone() });
    }
    let discarded = world.procedure(procedure).unwrap().discarded;
    world.discard(procedure, false);
    let mut answers = BTreeMap::new();
    let mut page = json!({"hasNextPage": true, "endCursor": null});
    while page["hasNextPage"] == true {
        let variables = json!({"number": procedure, "first": 100, "after": page["endCursor"]});
        let mut answer = stand.running().look(&world, DOCUMENT, "Dossiers", &variables);
        assert_eq!(answer.get("errors"), None);
        let Json::Object(mut dossiers) = answer["data"]["demarche"]["dossiers"].take() else { panic!("{answer}") };
        let Some(Json::Array(nodes)) = dossiers.remove("nodes") else { panic!("{dossiers:?}") };
        answers.extend(nodes.into_iter().map(|node| (node["number"].as_i64().unwrap(), node)));
        page = dossiers["pageInfo"].take();
    }
    world.discard(procedure, discarded);
    for dossier in broken {
        world.put(dossier);
    }
    answers
}

fn stored_lines(stand: &Stand, procedure: i64) -> Vec<Line> {
    let columns =
        "v.number, v.state, v.deposited_at, v.updated_at, d.treated_at, v.siret, v.applicant, v.granted_cents";
    let shown =
        "FROM view_dossiers v JOIN dossiers d ON d.number = v.number WHERE v.removed_at IS NULL AND v.procedure = ";
    stand
        .rows(&format!("SELECT {columns} {shown} {procedure} ORDER BY v.number"))
        .into_iter()
        .map(|row| row.try_into().unwrap())
        .collect()
}

fn expected_lines(world: &World, procedure: &Procedure) -> Vec<Line> {
    let granted = procedure.field("granted_amount").unwrap().stable_id;
    let mut dossiers: Vec<&Dossier> = world.dossiers_of(procedure.number).collect();
    dossiers.sort_by_key(|dossier| dossier.number);
    dossiers
        .into_iter()
        .map(|dossier| {
            let siret = match &dossier.applicant {
                Some(Applicant::Company(company) | Applicant::Incomplete(company)) => Some(company.siret.clone()),
                _ => None,
            };
            let granted = dossier.answers.get(&granted).map(|answer| match &answer.value {
                Value::Decimal(Cents(cents)) => cents.to_string(),
                other => panic!("{other:?}"),
            });
            [
                Some(dossier.number.to_string()),
                Some(dossier.state.code().to_owned()),
                Some(second(dossier.deposited_at)),
                Some(second(dossier.updated_at)),
                dossier.treated_at.map(second),
                siret,
                dossier.applicant.as_ref().and_then(name),
                granted,
            ]
        })
        .collect()
}

/// As the registers say, else as the tables know a SIREN of which DS has no data yet.
fn name(applicant: &Applicant) -> Option<String> {
    match applicant {
        Applicant::Company(company) => Some(company.name.clone()),
        Applicant::Incomplete(company) => {
            let siren = &company.siret[..9];
            let commune = territory::commune_by_siren(siren).map(|commune| commune.name.to_owned());
            commune.or_else(|| territory::groupement(siren).map(|groupement| groupement.name.to_owned()))
        }
        Applicant::Person { civility, name, first_name, .. } => Some(format!("{civility} {first_name} {name}")),
    }
}

/// The stand-in numbers its dossiers upwards, and not far apart.
fn in_the_bin(world: &World, procedure: i64) -> Vec<i64> {
    let last = world.next_number();
    let known = (last - 2_000..last).filter_map(|number| world.dossier(number));
    let binned = known.filter(|dossier| !dossier.is_visible() && dossier.pending_since().is_some());
    binned.filter(|dossier| dossier.procedure == procedure).map(|dossier| dossier.number).collect()
}

fn removed(stand: &Stand, procedure: i64) -> BTreeMap<i64, String> {
    let sql = "SELECT number, removed_reason FROM view_dossiers WHERE removed_at IS NOT NULL AND procedure = ";
    let pair = |row: Vec<Option<String>>| (row[0].as_deref().unwrap().parse().unwrap(), row[1].clone().unwrap());
    stand.rows(&format!("{sql}{procedure}")).into_iter().map(pair).collect()
}

/// Why a dossier is not shown; none when it is.
fn expected_reason(world: &World, number: i64) -> Option<&'static str> {
    match world.dossier(number) {
        None => Some("deleted"),
        Some(dossier) if dossier.is_visible() => None,
        Some(dossier) if dossier.pending_since().is_some() => Some("pending"),
        Some(_) => Some("absent"),
    }
}

fn stored_champs(stand: &Stand, procedure: i64) -> BTreeMap<i64, Vec<ChampLine>> {
    let rows = stand.rows(&format!(
        "SELECT dossier, kind, champ_id, descriptor_id, label, type, row_id, value FROM view_champs
         WHERE dossier IN (SELECT number FROM view_dossiers WHERE procedure = {procedure})"
    ));
    let mut champs: BTreeMap<i64, Vec<ChampLine>> = BTreeMap::new();
    for mut row in rows {
        let dossier = row.remove(0).unwrap().parse().unwrap();
        champs.entry(dossier).or_default().push(row.try_into().unwrap());
    }
    for lines in champs.values_mut() {
        lines.sort();
    }
    champs
}

fn expected_champs(procedure: &Procedure, dossier: &Dossier) -> Vec<ChampLine> {
    let mut lines = Vec::new();
    for (kind, fields) in [("champ", &procedure.champs), ("annotation", &procedure.annotations)] {
        for field in fields.iter().filter(|field| !dossier.hidden_questions.contains(&field.stable_id)) {
            lines.push(champ(kind, field, &dossier.answers, None));
            let Some(Value::Rows(rows)) = dossier.answers.get(&field.stable_id).map(|answer| &answer.value) else {
                continue;
            };
            for row in rows {
                let cells = field.columns.iter().map(|column| champ(kind, column, &row.answers, Some(&row.ulid)));
                lines.extend(cells);
            }
        }
    }
    lines.sort();
    lines
}

fn champ(kind: &str, field: &Field, answers: &Answers, row: Option<&str>) -> ChampLine {
    let descriptor = format!("Champ-{}", field.stable_id);
    let id = row.map_or_else(|| descriptor.clone(), |row| format!("{descriptor}|{row}"));
    [
        Some(kind.to_owned()),
        Some(BASE64_STANDARD.encode(id)),
        Some(BASE64_STANDARD.encode(descriptor)),
        Some(field.label.clone()),
        Some(field.kind.champ().to_owned()),
        row.map(|row| BASE64_STANDARD.encode(format!("Row-{row}"))),
        value(field.kind, answers.get(&field.stable_id).map(|answer| &answer.value)),
    ]
}

/// The value as the views promise it: ISO 8601, a decimal point, official codes, JSON for lists; null when blank.
fn value(kind: Kind, value: Option<&Value>) -> Option<String> {
    let Some(value) = value else { return (kind == Kind::Checkbox).then(|| "false".to_owned()) };
    Some(match value {
        Value::Text(text) | Value::Choice(text) => text.clone(),
        Value::Bool(answer) => answer.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Decimal(amount) => digits(*amount),
        Value::Date(day) => day.to_string(),
        Value::Datetime(instant) => second(*instant),
        Value::Choices(choices) => json!(choices).to_string(),
        Value::Linked(first, second) => json!([first, second]).to_string(),
        Value::Commune(place) => place.code.clone(),
        Value::Coded(code, _) => code.clone(),
        Value::Address(address) => {
            format!("{} {} {}", address.street, address.place.postal_code, address.place.name)
        }
        Value::Siret(company) => company.siret.clone(),
        Value::Files(files) => {
            let files = files
                .iter()
                .map(|file| json!({"filename": file.filename, "size": file.byte_size, "checksum": file.checksum}));
            json!(files.collect::<Vec<_>>()).to_string()
        }
        Value::Rows(_) | Value::Present => return None,
        Value::BrokenDate => panic!("a poisoned dossier is in no mirror"),
    })
    .filter(|text| !text.trim().is_empty() && text != "[]")
}

/// As DS writes a number: the fewest digits, one decimal at least.
fn digits(Cents(cents): Cents) -> String {
    let (sign, euros, rest) = (if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
    if rest % 10 == 0 { format!("{sign}{euros}.{}", rest / 10) } else { format!("{sign}{euros}.{rest:02}") }
}

/// DS cuts instants to the second.
fn second(instant: Timestamp) -> String {
    instant.round(TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Trunc)).unwrap().to_string()
}
