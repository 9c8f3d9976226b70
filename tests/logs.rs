//! Nothing personal on stderr, however much is logged: neither in the log, nor in messages, nor in errors.

mod common;

use std::collections::BTreeSet;

use common::{ADS, Run, Stand, later, outcome, procedure};
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::world::{Answers, Applicant, Value};
use fitn_connector::sandbox::{Fault, Place, PlannedFault};

/// Typed by an applicant where forms have free text, a name, an address.
const TYPED: [&str; 4] = ["Marguerite Donnadieu", "m.donnadieu@exemple.invalid", "06 99 88 77 66", "dit Zéphyrin"];

/// All that says something of somebody in the world: applicants, what they and the agents typed, their files.
fn personal(stand: &Stand) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = TYPED.map(str::to_owned).into();
    found.insert(stand.running().token.clone());
    for number in &stand.followed {
        for dossier in stand.world().dossiers_of(*number) {
            match &dossier.applicant {
                Some(Applicant::Company(company) | Applicant::Incomplete(company)) => {
                    found.extend([company.siret.clone(), company.name.clone()]);
                }
                Some(Applicant::Person { name, first_name, .. }) => {
                    found.insert(format!("{first_name} {name}")).then_some(()).unwrap_or_default()
                }
                None => {}
            }
            found.extend(dossier.motivation.clone());
            found.extend(
                dossier.opinions.iter().filter_map(|opinion| opinion.answer.as_ref().map(|(_, text)| text.clone())),
            );
            typed(&dossier.answers, &mut found);
        }
    }
    // Too short to tell an answer from any other word.
    found.retain(|text| text.chars().count() >= 8);
    found
}

fn typed(answers: &Answers, found: &mut BTreeSet<String>) {
    for answer in answers.values() {
        match &answer.value {
            Value::Text(text) => found.extend([text.clone()]),
            Value::Address(address) => found.extend([address.street.clone()]),
            Value::Siret(company) => found.extend([company.siret.clone()]),
            Value::Files(files) => {
                found.extend(files.iter().flat_map(|file| [file.filename.clone(), file.checksum.clone()]))
            }
            Value::Rows(rows) => rows.iter().for_each(|row| typed(&row.answers, found)),
            _ => {}
        }
    }
}

#[track_caller]
fn assert_silent(run: &Run, personal: &BTreeSet<String>, what: &str) {
    for text in personal.iter().map(String::as_str).chain(["Bearer ", "signature=", "/rails/active_storage"]) {
        let line = run.err.lines().find(|line| line.contains(text));
        assert!(line.is_none(), "{what}: « {text} » in {line:?}");
    }
}

/// Says as much as it can: everything in one form, this program's own words in the other.
fn run_loudly(stand: &Stand, line: &str, personal: &BTreeSet<String>) {
    let (all, own) = if line.len().is_multiple_of(2) { ("text", "json") } else { ("json", "text") };
    let mut everything = stand.fitn();
    everything.env("RUST_LOG", "trace").args(["--log-format", all]);
    let mut own_words = stand.fitn();
    own_words.args(["-vv", "--log-format", own]);
    for command in [&mut everything, &mut own_words] {
        let run = outcome(command.args(line.split_whitespace()));
        assert_silent(&run, personal, line);
        assert!(!run.err.contains("panicked"), "{}", run.err);
    }
}

/// A world in which every place where people type holds something of a person.
fn stand() -> Stand {
    let stand = Stand::new(&[ADS, Programme::Axe3V1]);
    let feedback = stand.label(ADS, "feedback");
    let amount = stand.label(ADS, "granted_amount");
    let dossiers = stand.dossiers(ADS, |_| true);
    for (number, words) in dossiers.iter().zip(TYPED) {
        stand.change(|w| w.answer(*number, &feedback, Some(Value::Text(words.to_owned())), later(0)));
        stand.change(|w| w.rename_applicant(*number, words));
    }
    // An answer that no amount can be read from.
    stand.change(|w| w.answer(dossiers[1], &amount, Some(Value::Text(TYPED[0].to_owned())), later(0)));
    let dated = stand.label(ADS, "committee_date");
    stand.change(|w| w.answer(dossiers[2], &dated, Some(Value::BrokenDate), later(0)));
    stand.change(|w| w.lose_applicant(dossiers[3]));
    stand
}

#[test]
fn whatever_a_command_does_it_names_nobody_on_stderr() {
    let stand = stand();
    let personal = personal(&stand);
    assert!(personal.len() > 100, "{}", personal.len());
    let loud = outcome(stand.fitn().env("RUST_LOG", "trace").arg("sync"));
    assert!(loud.err.lines().count() > 50 && loud.code == 3, "{}", loud.err);
    assert_silent(&loud, &personal, "first sync");
    let gone = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.delete(gone, later(1)));
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    let lines = [
        "sync",
        "sync --full",
        "sync --dry-run",
        "mapping check",
        "check",
        "evaluate",
        "quarantine",
        "quarantine retry",
        "status",
        "dossiers",
        "dossier 1",
        "export monthly --month 2021-09",
        "export quarterly --quarter 2021-Q3",
        "purge --dry-run",
        "purge",
    ];
    for line in lines {
        run_loudly(&stand, line, &personal);
    }
    run_loudly(&stand, &format!("dossier {gone}"), &personal);
    run_loudly(&stand, &format!("mapping init --procedure {}", procedure(ADS)), &personal);
    stand.reconfigure("granted_amount = {", "granted_amount = { column = \"Autre\",");
    run_loudly(&stand, "mapping check", &personal);
}

#[test]
fn whatever_the_server_answers_nobody_is_named_on_stderr() {
    let stand = stand();
    stand.reconfigure("page_size = 100", "page_size = 10");
    let personal = personal(&stand);
    let mut codes = BTreeSet::new();
    for (index, (word, fault)) in Fault::ALL.into_iter().filter(|(_, fault)| *fault != Fault::Slow).enumerate() {
        let form = if index % 2 == 0 { "text" } else { "json" };
        let full = if index % 3 == 0 { "--full" } else { "--no-progress" };
        stand.running().plan_faults(vec![PlannedFault { fault, place: Place::Range(3, 6) }]);
        let run = outcome(stand.fitn().env("RUST_LOG", "trace").args(["--log-format", form, "sync", full]));
        assert_silent(&run, &personal, &format!("{word} {form}"));
        codes.insert(run.code);
    }
    assert!(codes.is_superset(&[3, 4, 5].into()), "the faults were met: {codes:?}");
}
