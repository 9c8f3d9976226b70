//! Messages that go no further by themselves, as alerts: one for all that bring the same and are stuck alike.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::mailing::REHEARSED;
use crate::domain::message::{MessageKind, MessageState};
use crate::domain::period::french_code;
use crate::store::{Message, NewAlert, Reader, StoreError, Via, Writer};

/// The beginning of the keys of the alerts about messages.
const ALERT: &str = "outbox:message:";
/// The key of the alert about the mail server.
pub(super) const SERVER_ALERT: &str = "outbox:server";
/// How many different reasons an alert gives.
const REASONS: usize = 5;

/// How a message is stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    Held,
    Failed,
    Uncertain,
    /// A directory that cannot be written to: nothing else tells of it.
    Postponed,
}

impl Why {
    /// None where it goes on by itself, or is over.
    fn of(message: &Message, is_rehearsal: bool) -> Option<Self> {
        let progress = &message.progress;
        let is_rehearsed = || progress.reasons.iter().all(|reason| reason == REHEARSED);
        match progress.state {
            // That a rehearsal keeps messages back is what it is for.
            MessageState::Retenu if is_rehearsal && is_rehearsed() => None,
            MessageState::Retenu => Some(Self::Held),
            MessageState::Echec => Some(Self::Failed),
            MessageState::Incertain if progress.next_at.is_none() => Some(Self::Uncertain),
            MessageState::AEnvoyer if progress.attempts > 0 && message.via == Via::Directory => Some(Self::Postponed),
            _ => None,
        }
    }

    const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Postponed => "postponed",
        }
    }

    /// What happened to one message, and to several.
    const fn said(self, is_one: bool) -> &'static str {
        match (self, is_one) {
            (Self::Held, true) => "retenu",
            (Self::Held, false) => "retenus",
            (Self::Failed, true) => "pas envoyé, et plus essayé",
            (Self::Failed, false) => "pas envoyés, et plus essayés",
            (Self::Uncertain, true) => "peut-être arrivé, et plus essayé",
            (Self::Uncertain, false) => "peut-être arrivés, et plus essayés",
            (Self::Postponed, _) => "pas encore écrit, essayé de nouveau pendant trois jours",
        }
    }

    fn hint(self, ids: &[i64]) -> String {
        let first = ids.first().map(ToString::to_string).unwrap_or_default();
        let all = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        match self {
            Self::Held => {
                format!(
                    "à relire : fitn outbox show {first} ; puis fitn outbox release {all}, ou fitn outbox cancel {all}"
                )
            }
            Self::Failed => {
                format!("une fois la cause levée : fitn outbox release {all} ; sinon fitn outbox cancel {all}")
            }
            Self::Uncertain => {
                format!(
                    "demandez au destinataire s’il l’a reçu (fitn outbox show {first}) ; puis fitn outbox cancel {all}"
                )
            }
            Self::Postponed => format!("une fois la cause levée : fitn outbox send ; sinon fitn outbox cancel {all}"),
        }
    }
}

/// What stuck messages have in common that are one alert. Those that are words alone come each day anew: they are one for all days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    kind: MessageKind,
    document: Option<(String, u32)>,
    rehearsal: bool,
    why: Why,
}

impl Same {
    fn of(message: &Message, is_rehearsal: bool) -> Option<Self> {
        let key = &message.key;
        let document = key.kind.is_document().then(|| (key.period.clone(), key.revision));
        Why::of(message, is_rehearsal).map(|why| Self { kind: key.kind, document, rehearsal: key.rehearsal, why })
    }

    fn key(&self) -> String {
        let Self { kind, document, rehearsal, why } = self;
        let mut key = format!("{}{}", prefix(*kind), why.code());
        if let Some((period, revision)) = document {
            key = format!("{key}:{period}:{revision}");
        }
        if *rehearsal { format!("{key}:rehearsal") } else { key }
    }

    fn alert(&self, messages: &[&Message]) -> NewAlert {
        let Self { kind, document, rehearsal, why } = self;
        let ids: Vec<i64> = messages.iter().map(|message| message.id).collect();
        let which = match ids.as_slice() {
            [id] => format!("message {id}"),
            [first, .., last] => format!("{} messages ({first} à {last})", ids.len()),
            [] => String::new(),
        };
        let what = match document {
            Some((period, 0)) => format!("{}, {}", kind.label(), french_code(period)),
            Some((period, revision)) => {
                format!("{}, {}, correction {revision}", kind.label(), french_code(period))
            }
            None => kind.label().to_owned(),
        };
        let rehearsal = if *rehearsal { ", répétition" } else { "" };
        let mut reasons: Vec<&str> = Vec::new();
        for message in messages {
            let progress = &message.progress;
            let said: Vec<&str> = match why {
                Why::Held => progress.reasons.iter().map(String::as_str).collect(),
                Why::Failed | Why::Uncertain | Why::Postponed => progress.reply.as_deref().into_iter().collect(),
            };
            reasons.extend(said.into_iter().filter(|reason| !reasons.contains(reason)).collect::<Vec<_>>());
        }
        let more = if reasons.len() > REASONS { " ; …" } else { "" };
        reasons.truncate(REASONS);
        let said = why.said(ids.len() == 1);
        let message = format!("{what}{rehearsal}, {which} : {said} : {}{more}", reasons.join(" ; "));
        NewAlert { key: self.key(), message, hint: why.hint(&ids) }
    }
}

/// The beginning of the keys of the alerts about messages of a kind.
pub(super) fn prefix(kind: MessageKind) -> String {
    format!("{ALERT}{}:", kind.code())
}

/// Whether the alerts about messages are those that there should be.
pub(super) fn is_told(reader: &Reader<'_>, is_rehearsal: bool) -> Result<bool, StoreError> {
    let (mut known, mut is_same) = (0, true);
    let alerts = alerts(&reader.messages_waiting()?, is_rehearsal);
    for alert in reader.alerts()?.iter().filter(|alert| alert.key.starts_with(ALERT)) {
        known += 1;
        is_same &=
            alerts.iter().any(|one| one.key == alert.key && one.message == alert.message && one.hint == alert.hint);
    }
    let is_server_told = reader.alert_is_raised(SERVER_ALERT)? && reader.messages_open()?.is_empty();
    Ok(is_same && known == alerts.len() && !is_server_told)
}

/// Raises the alerts about messages that wait for a person, failed, or may or may not have arrived, and takes back those that are over.
pub(super) fn tell(writer: &Writer<'_>, is_rehearsal: bool, now: Timestamp) -> Result<(), StoreError> {
    let alerts = alerts(&writer.reader().messages_waiting()?, is_rehearsal);
    let still: Vec<String> = alerts.iter().map(|alert| alert.key.clone()).collect();
    writer.alerts_settle(ALERT, &still)?;
    for NewAlert { key, message, hint } in &alerts {
        writer.alert_raise(key, message, hint, now)?;
    }
    // Nothing waits for the server any more.
    if writer.reader().messages_open()?.is_empty() {
        writer.alert_settle(SERVER_ALERT)?;
    }
    Ok(())
}

fn alerts(messages: &[Message], is_rehearsal: bool) -> Vec<NewAlert> {
    let mut alike: BTreeMap<Same, Vec<&Message>> = BTreeMap::new();
    for message in messages {
        if let Some(same) = Same::of(message, is_rehearsal) {
            alike.entry(same).or_default().push(message);
        }
    }
    alike.iter().map(|(same, messages)| same.alert(messages)).collect()
}
