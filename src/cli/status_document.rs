//! The state of things, for programs.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::status::State;
use crate::daemon::NextTask;
use crate::desk::{Cause, FollowedProcedure, Hold, LastBackup, ProcedureRecord, RunRecord, Service};
use crate::domain::clock::shown_past;
use crate::domain::instant::to_rfc3339;
use crate::domain::message::MessageState;
use crate::domain::room::Room;

pub(super) fn document(state: &State) -> Value {
    let mut document = glance(state);
    if let Some(rooms) = &state.rooms {
        let size = Room::ALL.into_iter().map(|room| (room.code().to_owned(), json!(rooms.get(&room).unwrap_or(&0))));
        document["size"] = Value::Object(size.collect());
    }
    document
}

fn glance(state: &State) -> Value {
    let followed = state.followed.iter().map(|procedure| followed(procedure, state.now));
    let others = state.others.iter().map(|record| other(record, state.now));
    json!({
        "daemon": daemon(&state.service, state.hold.as_ref(), state.now),
        "procedures": followed.chain(others).collect::<Vec<_>>(),
        "runs": state.runs.iter().map(run).collect::<Vec<_>>(),
        "in_quarantine": state.in_quarantine(),
        "attachments": {
            "download": state.downloads,
            "known": state.attachments.total(),
            "stored": state.attachments.stored,
            "unverified": state.attachments.unverified,
            "pending": state.attachments.pending,
            "failed": state.attachments.failed,
        },
        "outbox": outbox(state),
        "alerts": state.alerts.iter().map(alert).collect::<Vec<_>>(),
        "next": state.next.iter().map(next).collect::<Vec<_>>(),
        "stale": state.is_stale,
        "failing": state.is_failing,
        "backup": state.backup.as_ref().map(|last| backup(last, state.now)),
        "asides": state.asides.iter().map(|aside| json!({ "file": aside.file, "at": to_rfc3339(aside.at) })).collect::<Vec<_>>(),
        "restored": state.restored.as_ref().map(|last| json!({ "at": to_rfc3339(last.at), "from": last.from })),
        "changes_epoch": state.changes_epoch,
        "size_bytes": state.size_bytes,
    })
}

fn backup(last: &LastBackup, now: Timestamp) -> Value {
    json!({ "at": to_rfc3339(last.at), "age_s": age(Some(last.at), now), "file": last.file })
}

/// How many messages are in each state, all of them named.
fn outbox(state: &State) -> Value {
    let counted =
        |one: MessageState| (one.code().to_owned(), json!(state.outbox.get(&one).copied().unwrap_or_default()));
    Value::Object(MessageState::ALL.into_iter().map(counted).collect())
}

/// `alive` is null where this account may not know; `held` says why it does nothing before somebody has acted.
fn daemon(service: &Service, hold: Option<&Hold>, now: Timestamp) -> Value {
    let (alive, holder) = match service {
        Service::Alive(holder) => (Some(true), holder.as_ref()),
        Service::Stopped => (Some(false), None),
        Service::Unknown => (None, None),
    };
    json!({
        "alive": alive,
        "pid": holder.map(|holder| holder.pid),
        "since": past(holder.map(|holder| holder.since), now),
        "held": hold.map(|hold| json!({
            "since": past(Some(hold.since), now),
            "message": hold.message,
            "hint": hold.hint,
        })),
    })
}

fn followed(procedure: &FollowedProcedure, now: Timestamp) -> Value {
    let record = procedure.record.as_ref();
    let synced_at = record.and_then(|record| record.synced_at);
    json!({
        "number": procedure.number,
        "programme": procedure.programme,
        "title": record.map(|record| &record.title),
        "followed": true,
        "synced_at": past(synced_at, now),
        "full_read_at": past(record.and_then(|record| record.full_read_at), now),
        "age_s": age(synced_at, now),
        "in_quarantine": procedure.in_quarantine,
        "mapped_facts": procedure.mapped_facts,
    })
}

fn other(record: &ProcedureRecord, now: Timestamp) -> Value {
    json!({
        "number": record.number,
        "programme": record.programme,
        "title": record.title,
        "followed": false,
        "synced_at": past(record.synced_at, now),
        "full_read_at": past(record.full_read_at, now),
        "age_s": age(record.synced_at, now),
        "in_quarantine": null,
        "mapped_facts": null,
    })
}

fn run(run: &RunRecord) -> Value {
    json!({
        "id": run.id,
        "started_at": to_rfc3339(run.started_at),
        "finished_at": run.finished_at.map(to_rfc3339),
        "trigger": run.trigger,
        "outcome": run.outcome,
        "pages": run.counters.pages,
        "dossiers_seen": run.counters.seen,
        "dossiers_changed": run.counters.changed,
        "quarantined": run.counters.quarantined,
        "error": run.error,
        "undated": run.undated,
    })
}

fn alert(alert: &Cause) -> Value {
    json!({
        "key": alert.key,
        "since": to_rfc3339(alert.since),
        "cause": alert.cause,
        "dossiers": alert.dossiers,
        "message": alert.message,
        "hint": alert.hint,
    })
}

fn next(next: &NextTask) -> Value {
    let state = next.state.as_ref();
    json!({
        "task": next.task.code(),
        "at": to_rfc3339(next.at),
        "last_finished_at": state.and_then(|state| state.last_finished_at).map(to_rfc3339),
        "attempts": state.map_or(0, |state| state.attempts),
        "last_error": state.and_then(|state| state.last_error.as_deref()),
    })
}

fn past(at: Option<Timestamp>, now: Timestamp) -> Option<String> {
    at.and_then(|at| shown_past(at, now)).map(to_rfc3339)
}

fn age(at: Option<Timestamp>, now: Timestamp) -> Option<i64> {
    at.and_then(|at| shown_past(at, now)).map(|at| now.duration_since(at).as_secs())
}
