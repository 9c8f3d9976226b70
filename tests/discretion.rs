//! Nothing personal and nothing secret in what the program logs, prints as errors or says of its state, at its most talkative.

mod common;

use std::collections::BTreeSet;

use common::{ADS, GUICHET, Stand, fitn, later, outcome};
use fitn_connector::sandbox::world::{Answers, Applicant, Dossier, Value, World};
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};

/// Shorter words are found by chance.
const TELLING: usize = 8;

/// Everything that people typed, their names, their files, and what belongs to natural persons.
fn personal(world: &World, followed: &[i64]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for dossier in followed.iter().flat_map(|number| world.dossiers_of(*number)) {
        of_applicant(dossier, &mut words);
        of_answers(&dossier.answers, &mut words);
        words.extend(dossier.motivation.clone());
        words.extend(dossier.opinions.iter().filter_map(|opinion| opinion.answer.clone().map(|(_, text)| text)));
    }
    words.retain(|word| word.len() >= TELLING);
    words
}

fn of_applicant(dossier: &Dossier, words: &mut BTreeSet<String>) {
    match &dossier.applicant {
        Some(Applicant::Company(company) | Applicant::Incomplete(company)) => {
            words.extend([company.name.clone(), company.siret.clone()]);
        }
        Some(Applicant::Person { name, first_name, address, .. }) => {
            words.extend([name.clone(), first_name.clone(), address.street.clone()]);
        }
        None => {}
    }
}

fn of_answers(answers: &Answers, words: &mut BTreeSet<String>) {
    for answer in answers.values() {
        match &answer.value {
            Value::Text(text) => drop(words.insert(text.clone())),
            Value::Files(files) => words.extend(files.iter().map(|file| file.filename.clone())),
            Value::Siret(company) => words.extend([company.siret.clone(), company.name.clone()]),
            Value::Rows(rows) => rows.iter().for_each(|row| of_answers(&row.answers, words)),
            _ => {}
        }
    }
}

/// Everything said on the way, each with the command that said it.
fn told(stand: &Stand, format: &str) -> Vec<(String, String)> {
    let mut told = Vec::new();
    let mut run = |line: &str| {
        let mut command = stand.fitn();
        command.args(["-vvv", "--log-format", format]).args(line.split(' ')).env("RUST_LOG", "trace");
        let run = outcome(&mut command);
        told.push((line.to_owned(), run.err));
    };
    let plan = |fault, request| {
        stand.running().plan_faults(vec![PlannedFault { fault, requests: Requests::Range(request, request + 6) }]);
    };
    run("check");
    run("mapping check");
    run("sync");
    for (_, fault) in Fault::ALL.into_iter().filter(|(_, fault)| *fault != Fault::Slow) {
        plan(fault, 4);
        run("sync --full");
    }
    stand.running().plan_faults(Vec::new());
    stand.world_mut().heal_all(later(30));
    run("sync --full");
    run("evaluate");
    run("status");
    run("quarantine retry");
    run("export monthly --month 2021-10");
    run("export quarterly --quarter 2021-Q3");
    let one = stand.dossiers(ADS, |_| true)[0];
    run(&format!("dossier {one}"));
    run(&format!("decide {one} --rule NON-01 --verdict met --reason x --by y"));
    run(&format!("correct {one} --fact granted_amount --value beaucoup --reason x --by y"));
    run("dossier 1");
    run("purge");
    told
}

fn assert_discreet(format: &str) {
    let stand = Stand::small(&[ADS, GUICHET]);
    let token = stand.running().token.clone();
    let mut words = personal(&stand.world(), &stand.followed);
    assert!(words.len() > 50, "{}", words.len());
    words.extend([token.clone(), token.trim_end_matches('=').to_owned(), "signature=".to_owned()]);
    for (command, said) in told(&stand, format) {
        let leaked: Vec<&String> = words.iter().filter(|word| said.contains(word.as_str())).collect();
        let lines: Vec<&str> =
            said.lines().filter(|line| leaked.iter().any(|word| line.contains(word.as_str()))).take(3).collect();
        assert!(leaked.is_empty(), "{command}: {leaked:?}\n{lines:#?}");
    }
}

/// Contents are compressed by what they have in common, which is kept when a dossier is erased.
#[test]
fn what_contents_are_compressed_by_names_nobody() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let mut words = personal(&stand.world(), &stand.followed);
    // What the forms and the rules say is no secret, though somebody answers in the same words.
    let public =
        stand.one("SELECT (SELECT group_concat(label) FROM descriptors) || (SELECT group_concat(citation) FROM rules)");
    let public = public.unwrap();
    words.retain(|word| !public.contains(word.as_str()));
    assert!(words.len() > 100, "{}", words.len());
    let frames: Vec<Vec<u8>> = stand.query("SELECT content FROM dictionaries", |row| row.get(0));
    assert_eq!(frames.len(), 6, "contents, facts and traces of each démarche");
    for frame in frames {
        let text = String::from_utf8(zstd::decode_all(frame.as_slice()).unwrap()).unwrap();
        // « PersonneMorale », a type of the API, is no « Personne ».
        let is_there = |word: &&String| {
            let is_apart = |next: Option<char>| next.is_none_or(|next| !next.is_alphanumeric());
            text.match_indices(word.as_str()).any(|(at, found)| {
                is_apart(text[..at].chars().next_back()) && is_apart(text[at + found.len()..].chars().next())
            })
        };
        let leaked: Vec<&String> = words.iter().filter(is_there).collect();
        assert!(leaked.is_empty(), "{leaked:?}");
    }
}

#[test]
fn the_log_in_words_names_nobody() {
    assert_discreet("text");
}

#[test]
fn the_log_in_json_names_nobody() {
    assert_discreet("json");
}

#[test]
fn an_argument_that_is_refused_is_told_without_a_secret() {
    let stand = Stand::small(&[ADS]);
    let token = stand.running().token.clone();
    let run =
        outcome(fitn(stand.directory()).args(["--config", "config.toml", "sync"]).env("FITN_API_TOKEN", "à côté\n"));
    assert!(!run.err.contains("à côté"), "{}", run.err);
    let refused =
        outcome(fitn(stand.directory()).args(["--config", "config.toml", "sync"]).env("FITN_API_TOKEN", &token[1..]));
    assert!(!refused.err.contains(&token[1..]), "{}", refused.err);
}
