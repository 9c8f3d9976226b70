//! `fitn status`: how fresh the data are, how the last syncs went, what needs a look, what comes next.

use std::fmt::Write as _;

use clap::Args;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::{Value, json};

use super::check::TOKEN_NOTICE;
use super::layout::{Column, count, hang, table};
use super::{Context, Exit, Failure, workplace};
use crate::config::Config;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::{french_date, french_instant, paris_date, to_rfc3339};
use crate::domain::programme::Programme;
use crate::schedule::Plan;
use crate::store::{Alert, AttachmentCounts, ProcedureRecord, RunRecord, StoreError, TaskState};

/// The arguments of `fitn status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Donne l’état en JSON
    #[arg(long)]
    pub json: bool,
}

/// How many of the latest syncs are shown.
const RUNS: u32 = 5;
/// How many alerts are shown to people.
const ALERTS: usize = 20;

/// Everything that is shown.
struct State {
    now: Timestamp,
    /// Those of the configuration.
    followed: Vec<(ProcedureNumber, Programme)>,
    /// Those of the database.
    procedures: Vec<ProcedureRecord>,
    runs: Vec<RunRecord>,
    alerts: Vec<Alert>,
    in_quarantine: usize,
    attachments: AttachmentCounts,
    downloads: bool,
    tasks: Vec<Task>,
}

impl State {
    /// The démarches of the database that are no longer followed.
    fn others(&self) -> impl Iterator<Item = &ProcedureRecord> {
        self.procedures.iter().filter(|record| self.followed.iter().all(|(number, _)| *number != record.number))
    }
}

struct Task {
    name: &'static str,
    next: Option<Timestamp>,
    state: Option<TaskState>,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: StatusArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let plans = workplace::plans(&config)?;
    let operations = workplace::shown(&config, context)?;
    let (now, being_synced) = (context.clock.now(), operations.store.is_being_synced());
    let mut state = operations.store.read::<_, StoreError>(|reader| {
        let mut in_quarantine = 0;
        for procedure in &config.procedures {
            in_quarantine += reader.quarantine(Some(procedure.number))?.len();
        }
        let mut runs = reader.runs(RUNS)?;
        if !being_synced {
            runs.iter_mut()
                .filter(|run| run.outcome == "running")
                .for_each(|run| "interrupted".clone_into(&mut run.outcome));
        }
        Ok(State {
            now,
            followed: config.procedures.iter().map(|procedure| (procedure.number, procedure.programme)).collect(),
            procedures: reader.procedures()?,
            runs,
            alerts: reader.alerts()?,
            in_quarantine,
            attachments: reader.attachment_counts()?,
            downloads: config.attachments.download,
            tasks: plans
                .iter()
                .map(|plan| Ok(task(plan, reader.task(plan.name)?, now)))
                .collect::<Result<_, StoreError>>()?,
        })
    })?;
    state.alerts.splice(0..0, token_alert(&config, now));
    if args.json {
        context.printer.json(&document(&state))?;
    } else {
        context.printer.text(&text(&state))?;
    }
    Ok(if state.in_quarantine > 0 { Exit::InQuarantine } else { Exit::Done })
}

/// The API does not tell when a token ends; the configuration may.
fn token_alert(config: &Config, now: Timestamp) -> Option<Alert> {
    let last_day = config.api.token_expires?;
    (last_day < paris_date(now).saturating_add(TOKEN_NOTICE.days())).then(|| Alert {
        key: "token".to_owned(),
        raised_at: now,
        message: format!("le jeton de l’API cesse de fonctionner après le {}", french_date(last_day)),
        hint: "créez un nouveau jeton dans le profil DS, puis changez « token_expires »".to_owned(),
    })
}

fn task(plan: &Plan, state: Option<TaskState>, now: Timestamp) -> Task {
    Task { name: plan.name, next: plan.next_after(now), state }
}

fn text(state: &State) -> String {
    let mut out = String::from("Démarches\n");
    let record = |number: ProcedureNumber| state.procedures.iter().find(|procedure| procedure.number == number);
    for (number, programme) in &state.followed {
        let freshness = record(*number)
            .map_or_else(|| format!("{programme} : jamais lue"), |procedure| freshness(procedure, state.now));
        hang(&mut out, &format!("  {number} "), &freshness);
    }
    for procedure in state.others() {
        let text = format!("{}, qui n’est plus suivie", freshness(procedure, state.now));
        hang(&mut out, &format!("  {} ", procedure.number), &text);
    }
    out.push_str("\nDernières synchronisations\n");
    if state.runs.is_empty() {
        out.push_str("  aucune\n");
    } else {
        out.push_str(&runs(&state.runs));
    }
    if state.in_quarantine > 0 {
        let quarantined = count(state.in_quarantine as u64, "dossier", "dossiers");
        out.push('\n');
        hang(&mut out, "Quarantaine : ", &format!("{quarantined} (voyez « fitn quarantine »)"));
    }
    out.push('\n');
    hang(&mut out, "Pièces jointes : ", &attachments(state));
    out.push_str("\nAlertes\n");
    if state.alerts.is_empty() {
        out.push_str("  aucune\n");
    }
    for alert in state.alerts.iter().take(ALERTS) {
        hang(&mut out, "  ! ", &alert.message);
        hint(&mut out, &alert.hint);
    }
    if let Some(more) = state.alerts.len().checked_sub(ALERTS).filter(|more| *more > 0) {
        hang(&mut out, "  … ", &format!("et {more} de plus (« fitn status --json » les donne toutes)"));
    }
    out.push_str("\nProchaines tâches de « fitn serve »\n");
    for task in &state.tasks {
        let next = task.next.map_or_else(|| "jamais".to_owned(), french_instant);
        hang(&mut out, &format!("  {next}  "), &task_line(task));
    }
    out
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

/// What to do. A command has a line of its own, which is never cut: it is there to be copied.
fn hint(out: &mut String, hint: &str) {
    for (index, line) in hint.lines().enumerate() {
        let head = if index == 0 { "    → " } else { "      " };
        if line.starts_with("fitn ") {
            let _ = writeln!(out, "{head}{line}");
        } else {
            hang(out, head, line);
        }
    }
}

fn freshness(procedure: &ProcedureRecord, now: Timestamp) -> String {
    let title = if procedure.title.is_empty() { String::new() } else { format!(" « {} »", procedure.title) };
    let synced = procedure.synced_at.map_or_else(
        || "jamais synchronisée en entier".to_owned(),
        |at| format!("synchronisée le {} ({})", french_instant(at), age(now.duration_since(at))),
    );
    let full = procedure
        .full_read_at
        .map_or_else(String::new, |at| format!(", dernière relecture complète le {}", french_instant(at)));
    format!("{}{title} : {synced}{full}", procedure.programme)
}

fn age(age: SignedDuration) -> String {
    match age.as_mins() {
        ..1 => "à l’instant".to_owned(),
        minutes @ 1..120 => format!("il y a {minutes} min"),
        minutes @ 120..2880 => format!("il y a {} h", minutes / 60),
        minutes => format!("il y a {} jours", minutes / 1440),
    }
}

/// One line each, and what went wrong below it.
fn runs(runs: &[RunRecord]) -> String {
    let rows: Vec<[String; 5]> = runs
        .iter()
        .map(|run| {
            [
                format!("  {}", french_instant(run.started_at)),
                outcome(&run.outcome).to_owned(),
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
    let table = table(columns, &rows);
    let mut lines = table.lines();
    let mut out = lines.next().map(|heads| format!("{heads}\n")).unwrap_or_default();
    for (line, run) in lines.zip(runs) {
        out.push_str(line);
        out.push('\n');
        if let Some(error) = &run.error {
            hang(&mut out, "    ", error);
        }
    }
    out
}

fn outcome(code: &str) -> &str {
    match code {
        "running" => "en cours",
        "done" => "réussie",
        "quarantine" => "quarantaine",
        "failed" => "échec",
        "interrupted" => "interrompue",
        other => other,
    }
}

fn task_line(task: &Task) -> String {
    let label = match task.name {
        workplace::SYNC => "synchronisation",
        workplace::FULL_SYNC => "synchronisation complète",
        workplace::MONTHLY_LIST => "liste Démat.ADS du mois écoulé",
        workplace::QUARTERLY_REPORT => "rapport du trimestre écoulé",
        other => other,
    };
    match task.state.as_ref().and_then(|state| state.last_error.as_ref()) {
        Some(error) => format!("{label} (dernier essai en échec : {error})"),
        None => label.to_owned(),
    }
}

fn document(state: &State) -> Value {
    let instant = |at: Option<Timestamp>| at.map(to_rfc3339);
    let procedure = |number: ProcedureNumber, programme: Programme, is_followed: bool| {
        let record = state.procedures.iter().find(|procedure| procedure.number == number);
        let synced_at = record.and_then(|record| record.synced_at);
        json!({
            "number": number,
            "programme": programme,
            "title": record.map(|record| &record.title),
            "followed": is_followed,
            "synced_at": instant(synced_at),
            "full_read_at": instant(record.and_then(|record| record.full_read_at)),
            "age_s": synced_at.map(|at| state.now.duration_since(at).as_secs()),
        })
    };
    let followed = state.followed.iter().map(|(number, programme)| procedure(*number, *programme, true));
    let others = state.others().map(|record| procedure(record.number, record.programme, false));
    let procedures: Vec<Value> = followed.chain(others).collect();
    let runs: Vec<Value> = state
        .runs
        .iter()
        .map(|run| {
            json!({
                "id": run.id,
                "started_at": to_rfc3339(run.started_at),
                "finished_at": instant(run.finished_at),
                "trigger": run.trigger,
                "outcome": run.outcome,
                "pages": run.counters.pages,
                "dossiers_seen": run.counters.seen,
                "dossiers_changed": run.counters.changed,
                "quarantined": run.counters.quarantined,
                "error": run.error,
            })
        })
        .collect();
    let alerts: Vec<Value> = state
        .alerts
        .iter()
        .map(|alert| json!({"since": to_rfc3339(alert.raised_at), "message": alert.message, "hint": alert.hint}))
        .collect();
    let next: Vec<Value> = state
        .tasks
        .iter()
        .map(|task| {
            let last = task.state.as_ref();
            json!({
                "task": task.name,
                "next": instant(task.next),
                "last_finished_at": instant(last.and_then(|state| state.last_finished_at)),
                "last_error": last.and_then(|state| state.last_error.clone()),
            })
        })
        .collect();
    json!({
        "procedures": procedures,
        "runs": runs,
        "in_quarantine": state.in_quarantine,
        "attachments": {
            "download": state.downloads,
            "known": state.attachments.total(),
            "stored": state.attachments.stored,
            "unverified": state.attachments.unverified,
            "pending": state.attachments.pending,
            "failed": state.attachments.failed,
        },
        "alerts": alerts,
        "next_runs": next,
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::store::RunCounters;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_state_fits_80_columns() {
        let state = State {
            now: at("2021-10-01T06:20:00Z"),
            followed: vec![(61234, Programme::Axe3V1Ads), (61235, Programme::Axe3V2)],
            procedures: vec![ProcedureRecord {
                number: 61234,
                programme: Programme::Axe3V1Ads,
                title: "Transformation numérique des collectivités – Démat.ADS".to_owned(),
                state: "publiee".to_owned(),
                form: None,
                watermark: None,
                page_size: None,
                full_read_at: Some(at("2021-09-26T02:31:00Z")),
                synced_at: Some(at("2021-10-01T06:15:04Z")),
                tombstones_until: None,
                full_cut_at: None,
                undated_read_at: None,
                failure: None,
            }],
            runs: vec![RunRecord {
                id: 2,
                started_at: at("2021-10-01T06:15:00Z"),
                finished_at: Some(at("2021-10-01T06:15:04Z")),
                trigger: "schedule".to_owned(),
                outcome: "failed".to_owned(),
                counters: RunCounters { pages: 3, seen: 212, changed: 4, quarantined: 0 },
                error: Some("démarche 61234 : l’API est hors d’atteinte : DS est en maintenance".to_owned()),
            }],
            alerts: vec![Alert {
                key: "evaluation:grant:4242".to_owned(),
                raised_at: at("2021-09-30T10:00:00Z"),
                message: "dossier 4242 : accepté sans montant accordé connu".to_owned(),
                hint: "renseignez l’annotation du montant accordé sur DS".to_owned(),
            }],
            in_quarantine: 1,
            attachments: AttachmentCounts { stored: 1204, unverified: 3, pending: 12, failed: 1 },
            downloads: true,
            tasks: vec![
                Task { name: workplace::SYNC, next: Some(at("2021-10-01T06:30:00Z")), state: None },
                Task { name: workplace::MONTHLY_LIST, next: None, state: None },
            ],
        };
        let text = text(&state);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }
}
