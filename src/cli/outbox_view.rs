//! Messages, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::layout::{Column, count, table};
use super::paper::{Paper, Width, hang};
use crate::delivery::{Enclosure, Letter};
use crate::desk::{Delivered, Message, ShownMessage, Via};
use crate::domain::instant::{french_instant, to_rfc3339};
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::period::french_code;
use crate::domain::text::{QUOTED, grouped, shortened};

/// All messages, and what there is to say of those that did not simply go.
pub(super) fn list(messages: &[Message], width: Width) -> String {
    if messages.is_empty() {
        return "Aucun message.\n".to_owned();
    }
    let rows: Vec<[String; 5]> = messages
        .iter()
        .map(|message| {
            [
                message.id.to_string(),
                state(message).label().to_owned(),
                when(message),
                what(message),
                addressee(message),
            ]
        })
        .collect();
    let columns = [
        ("n°", Column::Right),
        ("état", Column::Left),
        ("période", Column::Left),
        ("contenu", Column::Left),
        ("à", Column::Left),
    ];
    let mut out = Paper::new(width);
    out.push_str(&table(columns, &rows, width));
    let told: Vec<(&Message, String)> =
        messages.iter().filter_map(|message| Some((message, standing(message)?))).collect();
    if !told.is_empty() {
        out.push('\n');
    }
    for (message, said) in told {
        hang(&mut out, &format!("{} : ", message.id), &said);
    }
    out.into_text()
}

/// What it brings: a document, with the number of its correction; or what its words are about.
fn what(message: &Message) -> String {
    let label = message.key.kind.label();
    match message.key.revision {
        _ if !message.key.kind.is_document() => {
            let title = message.subject.strip_prefix("[FITN] ").unwrap_or(&message.subject);
            shortened(title, QUOTED)
        }
        0 => label.to_owned(),
        revision => format!("{label}, correction {revision}"),
    }
}

/// The period of a document; the day of an alert, the last one of what is new.
fn when(message: &Message) -> String {
    let period = message.key.period.as_str();
    let day = match message.key.kind {
        MessageKind::Alerts => period.rsplit(':').next(),
        MessageKind::Changes => period.split('/').nth(1).and_then(|end| end.get(..10)),
        MessageKind::MonthlyList | MessageKind::QuarterlyReport | MessageKind::Committee => None,
    };
    day.map_or_else(|| french_code(period), str::to_owned)
}

/// Whom it is for; of a rehearsal, whom it would be for.
fn addressee(message: &Message) -> String {
    let key = &message.key;
    if key.rehearsal { format!("{} (répétition)", key.address) } else { key.address.clone() }
}

/// One that is being handed over may have arrived, and the program may have ended meanwhile.
fn state(message: &Message) -> MessageState {
    if message.progress.handing_over { MessageState::Incertain } else { message.progress.state }
}

/// What the server answered, or what is known instead.
fn reply(message: &Message) -> Option<&str> {
    let handing_over = "remise au serveur commencée, pas encore de réponse ; si plus rien ne l’envoie, « fitn outbox send » dit ce \
                        qu’il en est devenu";
    if message.progress.handing_over { Some(handing_over) } else { message.progress.reply.as_deref() }
}

/// What there is to say of a message beyond its state; nothing of one that went or was given up.
fn standing(message: &Message) -> Option<String> {
    let progress = &message.progress;
    let reply = reply(message).unwrap_or_default();
    let again = progress.next_at.map(|at| format!(", nouvel essai le {}", french_instant(at))).unwrap_or_default();
    match state(message) {
        MessageState::Retenu => Some(progress.reasons.join(" ; ")),
        MessageState::AEnvoyer if progress.attempts > 0 => Some(format!("{reply}{again}")),
        MessageState::Incertain => Some(format!("{reply} ; il est peut-être arrivé{again}")),
        MessageState::Echec => Some(reply.to_owned()),
        MessageState::AEnvoyer | MessageState::Envoye | MessageState::Annule => None,
    }
}

/// One message in a line: after an act on it.
pub(super) fn line(message: &Message, width: Width) -> String {
    let mut out = Paper::new(width);
    let said = format!("{}, {}, à {}", what(message), when(message), addressee(message));
    hang(&mut out, &format!("message {}, {} : ", message.id, state(message).label()), &said);
    out.into_text()
}

/// One message as its reader sees it, after what is known of it.
pub(super) fn shown(shown: &ShownMessage, width: Width) -> String {
    let ShownMessage { message, letter, files, doubts } = shown;
    let progress = &message.progress;
    let mut out = Paper::new(width);
    out.push_str(&line(message, width));
    let mut about = |head: &str, said: &str| hang(&mut out, &format!("{head} : "), said);
    about("mis à l’envoi le", &french_instant(message.created_at));
    if let Some(at) = progress.settled_at {
        about(&format!("{} depuis le", state(message).label()), &french_instant(at));
    }
    if let Some(said) = standing(message) {
        about("pourquoi", &said);
    } else if let Some(reply) = reply(message) {
        about("réponse", reply);
    }
    for doubt in doubts {
        about("serait retenu", doubt);
    }
    about("essais", &progress.attempts.to_string());
    about("taille", &format!("{} octets", grouped(message.size)));
    about("Message-ID", &message.message_id);
    let mut out = out.into_text();
    out.push('\n');
    let _ = if let Some(letter) = letter {
        write!(out, "De : {}\nÀ : {}\nObjet : {}\n\n{}", letter.from, letter.to, letter.subject, letter.body())
    } else {
        writeln!(out, "Fichiers à écrire dans {} :\n{}", message.key.address, listed(files))
    };
    out
}

fn listed(files: &[Enclosure]) -> String {
    let line =
        |file: &Enclosure| format!("- {} ({} octets)\n  SHA-256 : {}", file.name, grouped(file.size), file.sha256);
    files.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// What would go now.
pub(super) fn rehearsed(due: &[ShownMessage], width: Width) -> String {
    if due.is_empty() {
        return "Rien à envoyer.\n".to_owned();
    }
    let mut out = "essai : rien n’a été envoyé\n\n".to_owned();
    out.push_str(&due.iter().map(|message| shown(message, width)).collect::<Vec<_>>().join("\n"));
    out
}

/// What a round of sending did.
pub(super) fn delivered(delivered: &Delivered) -> String {
    let Delivered { sent, held, postponed, failed, uncertain } = *delivered;
    let parts = [
        (sent, "message envoyé", "messages envoyés"),
        (held, "retenu", "retenus"),
        (postponed, "refusé pour l’instant, à réessayer", "refusés pour l’instant, à réessayer"),
        (uncertain, "incertain", "incertains"),
        (failed, "en échec", "en échec"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, several)| count(number as u64, one, several))
        .collect();
    let told = if told.is_empty() { "rien à envoyer".to_owned() } else { told.join(", ") };
    let more = if held + postponed + uncertain + failed > 0 { " ; « fitn outbox » dit pourquoi" } else { "" };
    format!("{told}{more}\n")
}

/// A message, for programs.
pub(super) fn document(message: &Message) -> Value {
    let Message { id, key, via, message_id, subject, created_at, size, progress } = message;
    json!({
        "id": id,
        "to": key.address,
        "via": match via { Via::Smtp => "smtp", Via::Directory => "directory" },
        "kind": key.kind.code(),
        "departement": key.departement,
        "period": key.period,
        "revision": key.revision,
        "rehearsal": key.rehearsal,
        "state": state(message).code(),
        "reasons": progress.reasons,
        "message_id": message_id,
        "attempts": progress.attempts,
        "next_at": progress.next_at.map(to_rfc3339),
        "reply": reply(message),
        "subject": subject,
        "size": size,
        "created_at": to_rfc3339(*created_at),
    })
}

/// The same, with what its reader sees.
pub(super) fn shown_document(shown: &ShownMessage) -> Value {
    let mut document = document(&shown.message);
    let files = shown.files.iter().map(|file| {
        let attached = shown.letter.as_ref().is_none_or(|letter| !letter.left_out.contains(&file.name));
        json!({"name": file.name, "sha256": file.sha256, "size": file.size, "attached": attached})
    });
    document["would_hold"] = json!(shown.doubts);
    document["files"] = files.collect();
    document["body"] = shown.letter.as_ref().map(Letter::body).into();
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{MessageKey, Progress};

    const LIST: (MessageKind, &str) = (MessageKind::MonthlyList, "2021-09");
    const ALERT: (MessageKind, &str) = (MessageKind::Alerts, "stale:2021-09-01");
    const CHANGES: (MessageKind, &str) = (MessageKind::Changes, "2021-09-20T05:00:00Z/2021-09-27T05:00:00Z");
    const REPORT: (MessageKind, &str) = (MessageKind::QuarterlyReport, "2021-Q3");

    fn message(
        id: i64,
        state: MessageState,
        (kind, period): (MessageKind, &str),
        change: impl FnOnce(&mut Message),
    ) -> Message {
        let mut message = Message {
            id,
            key: MessageKey {
                address: "demat-ads@example.gouv.fr".to_owned(),
                kind,
                departement: None,
                period: period.to_owned(),
                revision: 0,
                rehearsal: false,
            },
            via: Via::Smtp,
            message_id: format!("<{id}@fitn.invalid>"),
            subject: "[FITN] Liste Démat.ADS, septembre 2021".to_owned(),
            created_at: "2021-10-01T04:00:00Z".parse().unwrap(),
            size: 24_000,
            progress: Progress {
                state,
                reasons: Vec::new(),
                attempts: 1,
                handing_over: false,
                unanswered: 0,
                next_at: None,
                settled_at: None,
                released: false,
                reply: None,
            },
        };
        change(&mut message);
        message
    }

    #[test]
    fn each_state_is_told_with_what_there_is_to_know_of_it() {
        let later = Some("2021-10-01T04:15:00Z".parse().unwrap());
        let said = |reply: &str| Some(reply.to_owned());
        let messages = [
            message(1, MessageState::Envoye, LIST, |sent| sent.progress.reply = said("250 2.0.0 rangé sous 42")),
            message(2, MessageState::AEnvoyer, LIST, |new| new.progress.attempts = 0),
            message(3, MessageState::AEnvoyer, LIST, |again| {
                again.progress.reply = said("451 4.3.0 plus tard");
                again.progress.next_at = later;
            }),
            message(4, MessageState::Retenu, LIST, |held| {
                held.key.revision = 1;
                held.progress.reasons = vec![
                    "au dernier envoi (2021-08) : 40 lignes, 12 aujourd’hui".to_owned(),
                    "la quarantaine n’est pas vide".to_owned(),
                ];
            }),
            message(5, MessageState::Incertain, REPORT, |uncertain| {
                uncertain.progress.reply = said("remis au serveur, sans réponse : connexion perdue");
                uncertain.progress.next_at = later;
            }),
            message(6, MessageState::Echec, REPORT, |failed| {
                failed.key.address = "ditp@example.gouv.fr".to_owned();
                failed.progress.reply = said("550 5.1.1 inconnu");
            }),
            message(7, MessageState::Annule, REPORT, |given_up| {
                given_up.via = Via::Directory;
                given_up.key.address = "/srv/partage".to_owned();
            }),
            message(8, MessageState::Envoye, REPORT, |rehearsed| rehearsed.key.rehearsal = true),
            message(9, MessageState::Envoye, ALERT, |over| {
                over.key.revision = 1;
                over.subject = "[FITN] Rétabli : démarche 61234 : données périmées".to_owned();
            }),
            message(10, MessageState::Envoye, CHANGES, |new| {
                new.subject = "[FITN] Nouveautés du 20/09/2021 au 27/09/2021".to_owned();
            }),
            message(11, MessageState::AEnvoyer, LIST, |begun| begun.progress.handing_over = true),
        ];
        insta::assert_snapshot!(list(&messages, Width::PIPED));
        assert_eq!(list(&[], Width::PIPED), "Aucun message.\n");
    }
}
