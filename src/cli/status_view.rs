//! The state of things, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::layout::{Column, count, table};
use super::paper::{Paper, Width, hang, hang_hint};
use super::status::State;
use crate::daemon::NextTask;
use crate::desk::{Hold, LastBackup, ProcedureRecord, RunRecord, Service, UNDATED};
use crate::domain::clock::shown_past;
use crate::domain::instant::french_instant;
use crate::domain::room::Room;
use crate::domain::text::{grouped, quoted};

/// How many alerts are shown to people.
const ALERTS: usize = 20;

pub(super) fn text(state: &State, width: Width) -> String {
    let mut out = Paper::new(width);
    hang(&mut out, "Service : ", &service(&state.service, state.now));
    out.push_str("\nDémarches\n");
    for procedure in &state.followed {
        match &procedure.record {
            Some(record) => known(&mut out, record, state.now, ""),
            None => {
                hang(&mut out, &format!("  {} ", procedure.number), &format!("{} : jamais lue", procedure.programme));
            }
        }
    }
    for record in &state.others {
        known(&mut out, record, state.now, ", qui n’est plus suivie");
    }
    out.push_str("\nDernières synchronisations\n");
    if state.runs.is_empty() {
        out.push_str("  aucune\n");
    } else {
        runs(&mut out, &state.runs);
    }
    if state.in_quarantine() > 0 {
        let quarantined = count(state.in_quarantine() as u64, "dossier", "dossiers");
        out.push('\n');
        hang(&mut out, "Quarantaine : ", &format!("{quarantined} (voyez « fitn quarantine »)"));
    }
    out.push('\n');
    hang(&mut out, "Pièces jointes : ", &attachments(state));
    if !state.outbox.is_empty() {
        let told: Vec<String> =
            state.outbox.iter().map(|(state, number)| format!("{} : {}", state.label(), grouped(*number))).collect();
        hang(&mut out, "Envois : ", &format!("{} (voyez « fitn outbox »)", told.join(", ")));
    }
    hang(&mut out, "Sauvegarde : ", &backup(state.backup.as_ref(), state.now));
    if let Some(last) = &state.restored {
        hang(&mut out, "Restauration : ", &format!("le {}, depuis {}", french_instant(last.at), last.from.display()));
    }
    for aside in &state.asides {
        let since = shown_past(aside.at, state.now).map_or_else(String::new, |at| {
            format!(", gardée depuis le {} ({})", french_instant(at), age(state.now.duration_since(at)))
        });
        let told = format!(
            "{}{since} : effacez-la dès que la reprise est jugée bonne, elle a aussi ce qui est effacé depuis ; sinon la rotation des \
             sauvegardes l’efface",
            aside.file.display()
        );
        hang(&mut out, "Base remplacée : ", &told);
    }
    if let Some(taken) = &state.rooms {
        rooms(&mut out, taken);
    }
    alerts(&mut out, state);
    if let Some(hold) = &state.hold {
        out.push_str("\nProchaines tâches du service\n");
        hang(&mut out, "  ! ", &held(hold, state.now));
        hang_hint(&mut out, &hold.hint);
    }
    if !state.next.is_empty() {
        out.push_str("\nProchaines tâches du service\n");
        for next in &state.next {
            hang(&mut out, &format!("  {}  ", french_instant(next.at)), &task_line(next));
        }
    }
    out.into_text()
}

/// What takes room, then all of it.
fn rooms(out: &mut Paper, taken: &BTreeMap<Room, u64>) {
    out.push_str("\nPlace occupée par la base\n");
    let line = |label: &str, bytes: u64| [label.to_owned(), mebibytes(bytes)];
    let mut rows: Vec<[String; 2]> =
        Room::ALL.into_iter().map(|room| line(room.label(), taken.get(&room).copied().unwrap_or_default())).collect();
    rows.push(line("en tout", taken.values().sum()));
    for row in table([("", Column::Left), ("", Column::Right)], &rows, out.width()).lines().skip(1) {
        let _ = writeln!(out, "  {row}");
    }
}

/// A number of bytes, in units of 1 048 576, rounded.
fn mebibytes(bytes: u64) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20;
    format!("{},{} Mio", grouped(tenths / 10), tenths % 10)
}

/// A start that is still to come, by a clock that was wrong, is not shown.
fn service(service: &Service, now: Timestamp) -> String {
    match service {
        Service::Alive(Some(holder)) => {
            let since = shown_past(holder.since, now)
                .map_or_else(String::new, |since| format!(" depuis le {}", french_instant(since)));
            format!("en marche{since} (processus {})", holder.pid)
        }
        Service::Alive(None) => "en marche".to_owned(),
        Service::Stopped => "arrêté : rien ne se fera tout seul sur cette base".to_owned(),
        Service::Unknown => {
            "ce compte ne peut pas savoir s’il est en marche ; lancez la commande sous celui du service".to_owned()
        }
    }
}

/// The last one.
fn backup(last: Option<&LastBackup>, now: Timestamp) -> String {
    let past = last.and_then(|last| Some((shown_past(last.at, now)?, last.file.display())));
    past.map_or_else(
        || "aucune (« fitn backup » en fait une)".to_owned(),
        |(at, name)| format!("le {} ({}), {name}", french_instant(at), age(now.duration_since(at))),
    )
}

/// Why nothing comes next.
fn held(hold: &Hold, now: Timestamp) -> String {
    let since =
        shown_past(hold.since, now).map_or_else(String::new, |since| format!(" depuis le {}", french_instant(since)));
    format!(
        "aucune : il ne redemande rien{since}, avant d’être relancé ou qu’un « fitn sync » soit lancé à la main : {}",
        hold.message
    )
}

fn alerts(out: &mut Paper, state: &State) {
    out.push_str("\nAlertes\n");
    if state.alerts.is_empty() {
        out.push_str("  aucune\n");
    }
    for alert in state.alerts.iter().take(ALERTS) {
        hang(out, "  ! ", &alert.message);
        hang_hint(out, &alert.hint);
    }
    if let Some(more) = state.alerts.len().checked_sub(ALERTS).filter(|more| *more > 0) {
        hang(out, "  … ", &format!("et {more} de plus (« fitn status --json » les donne toutes)"));
    }
}

fn attachments(state: &State) -> String {
    let counts = &state.attachments;
    let mut parts = vec![count(counts.total(), "recensée", "recensées")];
    let mut part = |number: u64, one: &str, several: &str| {
        if number > 0 {
            parts.push(count(number, one, several));
        }
    };
    part(counts.stored, "vérifiée", "vérifiées");
    part(counts.unverified, "non vérifiée", "non vérifiées");
    part(counts.pending, "non téléchargée", "non téléchargées");
    part(counts.failed, "en échec", "en échec");
    let off = if state.downloads { "" } else { " (téléchargement non demandé : [attachments] download)" };
    format!("{}{off}", parts.join(", "))
}

/// A démarche, and below it how fresh what is known of it is.
fn known(out: &mut Paper, record: &ProcedureRecord, now: Timestamp, remark: &str) {
    let title = if record.title.is_empty() { String::new() } else { format!(" {}", quoted(&record.title)) };
    hang(out, &format!("  {} ", record.number), &format!("{}{title}{remark}", record.programme));
    hang(out, &" ".repeat(record.number.to_string().len() + 3), &freshness(record, now));
}

fn freshness(record: &ProcedureRecord, now: Timestamp) -> String {
    let past = |at: Option<Timestamp>| shown_past(at?, now);
    let synced = past(record.synced_at).map_or_else(
        || "jamais synchronisée en entier".to_owned(),
        |at| format!("synchronisée le {} ({})", french_instant(at), age(now.duration_since(at))),
    );
    let full = past(record.full_read_at)
        .map_or_else(String::new, |at| format!(", dernière relecture complète le {}", french_instant(at)));
    format!("{synced}{full}")
}

/// How long ago, as people say it.
pub fn age(age: SignedDuration) -> String {
    match age.as_mins() {
        ..1 => "à l’instant".to_owned(),
        minutes @ 1..120 => format!("il y a {minutes} min"),
        minutes @ 120..2880 => format!("il y a {} h", minutes / 60),
        minutes => format!("il y a {} jours", minutes / 1440),
    }
}

/// One line each, and what went wrong below it.
fn runs(out: &mut Paper, runs: &[RunRecord]) {
    let rows: Vec<[String; 5]> = runs
        .iter()
        .map(|run| {
            [
                format!("  {}", french_instant(run.started_at)),
                outcome(run).to_owned(),
                run.counters.pages.to_string(),
                run.counters.seen.to_string(),
                run.counters.changed.to_string(),
            ]
        })
        .collect();
    let columns = [
        ("  début", Column::Left),
        ("issue", Column::Left),
        ("pages", Column::Right),
        ("lus", Column::Right),
        ("changés", Column::Right),
    ];
    let table = table(columns, &rows, out.width());
    let mut lines = table.lines();
    for heads in lines.by_ref().take(1) {
        let _ = writeln!(out, "{heads}");
    }
    for (line, run) in lines.zip(runs) {
        let _ = writeln!(out, "{line}");
        if let Some(error) = &run.error {
            hang(out, "    ", error);
        }
        if run.undated {
            hang(out, "    ", UNDATED);
        }
    }
}

fn outcome(run: &RunRecord) -> &str {
    match run.outcome.as_str() {
        "running" => "en cours",
        "done" if run.undated => "sans date",
        "done" => "réussie",
        "quarantine" => "quarantaine",
        "failed" => "échec",
        "interrupted" => "interrompue",
        other => other,
    }
}

/// Why a task fails is told by its alert.
fn task_line(next: &NextTask) -> String {
    let is_failing = next.state.as_ref().is_some_and(|state| state.attempts > 0);
    format!("{}{}", next.task.label(), if is_failing { " (nouvel essai)" } else { "" })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::daemon::{Task, TaskState};
    use crate::desk::{AttachmentCounts, Cause, FollowedProcedure, LockHolder, RunCounters};
    use crate::domain::programme::Programme;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn record() -> ProcedureRecord {
        ProcedureRecord {
            number: 61234,
            programme: Programme::Axe3V1Ads,
            title: "Transformation numérique des collectivités – Démat.ADS".to_owned(),
            state: "publiee".to_owned(),
            watermark: None,
            page_size: None,
            full_read_at: Some(at("2021-09-26T02:31:00Z")),
            synced_at: Some(at("2021-10-01T06:15:04Z")),
            undated_read_at: None,
            failure: None,
            tombstones_until: None,
            full_cut_at: None,
        }
    }

    fn state() -> State {
        let procedure = |number, programme, record| FollowedProcedure {
            number,
            programme,
            mapped_facts: 7,
            in_quarantine: usize::from(number == 61234),
            record,
        };
        State {
            now: at("2021-10-01T06:20:00Z"),
            service: Service::Alive(Some(LockHolder { pid: 4242, since: at("2021-09-20T08:00:00Z") })),
            followed: vec![
                procedure(61234, Programme::Axe3V1Ads, Some(record())),
                procedure(61235, Programme::Axe3V2, None),
            ],
            others: Vec::new(),
            runs: vec![RunRecord {
                id: 2,
                started_at: at("2021-10-01T06:15:00Z"),
                finished_at: Some(at("2021-10-01T06:15:04Z")),
                trigger: "schedule".to_owned(),
                outcome: "failed".to_owned(),
                counters: RunCounters { pages: 3, seen: 212, changed: 4, quarantined: 0 },
                error: Some("démarche 61234 : l’API est hors d’atteinte : DS est en maintenance".to_owned()),
                undated: false,
            }],
            alerts: vec![Cause {
                key: "evaluation:grant:4242".to_owned(),
                cause: "evaluation:grant".to_owned(),
                since: at("2021-09-30T10:00:00Z"),
                dossiers: vec![4242, 4243],
                message: "accepté sans montant accordé connu (2 dossiers : 4242, 4243)".to_owned(),
                hint: "renseignez l’annotation du montant accordé sur DS".to_owned(),
            }],
            attachments: AttachmentCounts { stored: 1204, unverified: 3, pending: 12, failed: 1 },
            downloads: true,
            hold: None,
            next: vec![
                NextTask {
                    task: Task::MonthlyList,
                    at: at("2021-10-01T06:21:00Z"),
                    state: Some(TaskState { attempts: 3, ..TaskState::settled_until(at("2021-09-01T04:00:00Z")) }),
                },
                NextTask { task: Task::Sync, at: at("2021-10-01T06:30:00Z"), state: None },
            ],
            is_stale: false,
            is_failing: true,
            outbox: std::collections::BTreeMap::from([(crate::domain::message::MessageState::Envoye, 3)]),
            backup: Some(LastBackup {
                at: at("2021-10-01T00:30:00Z"),
                file: "backups/fitn-20211001T003000Z.sqlite".into(),
            }),
            asides: Vec::new(),
            restored: None,
            changes_epoch: 0,
            size_bytes: 4096,
            rooms: None,
        }
    }

    #[test]
    fn the_state_fits_80_columns() {
        let text = text(&state(), Width::PIPED);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_takes_room_is_told_with_all_of_it() {
        let rooms = Room::ALL.into_iter().zip([1_500_000_u64, 0, 52_000, 1 << 20].into_iter().cycle()).collect();
        let state = State { rooms: Some(rooms), ..state() };
        let text = text(&state, Width::PIPED);
        let from = text.find("Place occupée").unwrap();
        insta::assert_snapshot!(&text[from..text.find("\nAlertes").unwrap()]);
        let document = super::super::status_document::document(&state);
        let size = document["size"].as_object().unwrap();
        assert_eq!(size.len(), Room::ALL.len());
        assert_eq!((&size["received"], &size["rest"]), (&1_500_000.into(), &1_500_000.into()));
    }

    #[test]
    fn what_is_still_to_come_is_not_told_as_past() {
        let ahead = State { now: at("2021-08-20T06:00:00Z"), ..state() };
        let text = text(&ahead, Width::PIPED);
        assert!(text.starts_with("Service : en marche (processus 4242)\n"), "{text}");
        assert!(text.contains("jamais synchronisée"), "{text}");
        assert!(!text.contains("à l’instant") && !text.contains("relecture"), "{text}");
        let document = super::super::status_document::document(&ahead);
        assert!(
            document["daemon"]["since"].is_null() && document["procedures"][0]["synced_at"].is_null(),
            "{document}"
        );
    }

    #[test]
    fn a_service_that_started_within_the_second_of_ds_s_last_answer_says_so() {
        let holder = LockHolder { pid: 4242, since: at("2021-10-01T06:20:00.7Z") };
        let started = State { service: Service::Alive(Some(holder)), ..state() };
        let text = text(&started, Width::PIPED);
        assert!(text.starts_with("Service : en marche depuis le 01/10/2021 à 08:20 (processus 4242)\n"), "{text}");
        let document = super::super::status_document::document(&started);
        assert_eq!(document["daemon"]["since"], "2021-10-01T06:20:00Z");
    }

    #[test]
    fn a_service_that_is_held_says_why_and_announces_nothing() {
        let hold = Hold {
            since: at("2021-10-01T06:15:04Z"),
            run: 2,
            message: "le serveur mandataire refuse la connexion".to_owned(),
            hint: "corrigez api.proxy ; puis « systemctl restart fitn »".to_owned(),
        };
        let waiting = State { hold: Some(hold), next: Vec::new(), ..state() };
        let text = text(&waiting, Width::PIPED);
        let from = text.find("Prochaines tâches").unwrap();
        insta::assert_snapshot!(&text[from..]);
        let document = super::super::status_document::document(&waiting);
        assert_eq!(document["daemon"]["held"]["since"], "2021-10-01T06:15:04Z");
        assert_eq!(document["next"].as_array().unwrap().len(), 0);
    }

    #[test]
    fn a_sync_whose_answers_had_no_date_is_not_told_as_a_success() {
        let run = RunRecord { outcome: "done".to_owned(), error: None, undated: true, ..state().runs.remove(0) };
        let text = text(&State { runs: vec![run], ..state() }, Width::PIPED);
        assert!(text.contains(" sans date ") && !text.contains("réussie"), "{text}");
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("rien n’en est tenu pour lu"), "{text}");
    }

    #[test]
    fn without_a_service_nothing_is_announced() {
        let text = text(&State { service: Service::Stopped, next: Vec::new(), ..state() }, Width::PIPED);
        assert!(text.starts_with("Service : arrêté"), "{text}");
        assert!(!text.contains("Prochaines tâches"), "{text}");
    }
}
