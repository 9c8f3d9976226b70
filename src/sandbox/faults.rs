//! Faults on demand: what stands in for, or spoils, the answer to the n-th request (API facts, 2).

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::service::Reply;

/// A kind of fault, with its word on the command line and in French.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The minute's requests are spent.
    RateLimit,
    /// The controller fails.
    Internal,
    /// A proxy answers. HTTP status 502 to 504.
    Gateway(u16),
    /// The site is under maintenance.
    Maintenance,
    /// A web page with status 200.
    WebPage,
    /// The body ends half-way.
    Truncated,
    /// The connection is cut half-way through the body.
    Reset,
    /// No answer for longer than clients wait.
    Slow,
    /// The server's deadline passes: no records, and yet a cursor.
    Timeout,
    /// A record is null.
    NullNode,
    /// A record comes without something that it has.
    HalfNode,
    /// The list is cut: its last record is missing, an error says so of the list itself, and yet there is a cursor.
    CutList,
    /// The end of the page is missing.
    PageInfo,
    /// The page has no cursor.
    NullCursor,
    /// A champ of a type that did not exist.
    UnknownType,
    /// A state that did not exist.
    UnknownState,
    /// The token expires.
    Expired,
    /// The network is not allowed.
    Network,
    /// The address has moved.
    Redirect,
    /// A dossier becomes unreadable, and stays so.
    Poison,
    /// The header `Date` says nothing that can be read.
    Undated,
    /// Unknown members hold twenty thousand lists within each other, in the answer and in its first dossier.
    Deep,
    /// Thousands of repetitions within each other in the first dossier.
    DeepRows,
    /// Hundreds of thousands of errors.
    Flood,
    /// More records than were asked for.
    Crowd,
    /// Half a character in a text: JSON that no text can hold.
    HalfCharacter,
    /// An error whose names hold line feeds, escape sequences and a great deal of text.
    Forged,
}

impl Fault {
    /// Every fault, by its word.
    pub const ALL: [(&'static str, Self); 29] = [
        ("429", Self::RateLimit),
        ("500", Self::Internal),
        ("502", Self::Gateway(502)),
        ("503", Self::Gateway(503)),
        ("504", Self::Gateway(504)),
        ("maintenance", Self::Maintenance),
        ("html", Self::WebPage),
        ("truncated", Self::Truncated),
        ("reset", Self::Reset),
        ("slow", Self::Slow),
        ("timeout", Self::Timeout),
        ("null-node", Self::NullNode),
        ("half-node", Self::HalfNode),
        ("cut-list", Self::CutList),
        ("page-info", Self::PageInfo),
        ("null-cursor", Self::NullCursor),
        ("unknown-type", Self::UnknownType),
        ("unknown-state", Self::UnknownState),
        ("expired", Self::Expired),
        ("network", Self::Network),
        ("redirect", Self::Redirect),
        ("poison", Self::Poison),
        ("undated", Self::Undated),
        ("deep", Self::Deep),
        ("deep-rows", Self::DeepRows),
        ("flood", Self::Flood),
        ("crowd", Self::Crowd),
        ("half-character", Self::HalfCharacter),
        ("forged", Self::Forged),
    ];

    /// What is sent in place of an answer. The body of [`Fault::Reset`] and the delay of [`Fault::Slow`] are the socket's,
    /// [`Fault::Poison`] is the world's.
    pub(super) fn spoil(self, reply: Reply) -> Reply {
        match self {
            Self::RateLimit => {
                let mut limited = Reply::text(429, "text/plain", "Trop de requêtes.\nToo many requests.\n");
                limited.headers.push(("ratelimit-remaining", "0".to_owned()));
                limited.headers.push(("ratelimit-reset", "0".to_owned()));
                limited
            }
            Self::Internal => Reply::refusal(500, "internal_server_error", "Internal Server Error"),
            Self::Gateway(status) => Reply::text(status, "text/html", "<html><h1>Bad gateway</h1></html>"),
            Self::Maintenance => Reply::json(503, &json!({"error": "Le site est actuellement en maintenance"})),
            Self::WebPage => Reply::text(200, "text/html", "<!doctype html><title>Bonjour</title>"),
            Self::Truncated => {
                let half = reply.body.len() / 2;
                Reply { body: reply.body.into_iter().take(half).collect(), ..reply }
            }
            Self::Reset | Self::Slow | Self::Poison => reply,
            Self::Undated => {
                let Reply { mut headers, .. } = reply;
                headers.push(("date", "hier".to_owned()));
                Reply { headers, ..reply }
            }
            Self::Timeout => edit(reply, "nodes", |_| Value::Null, "timeout"),
            Self::NullNode => edit(reply, "nodes", first_is_null, "invalid_null"),
            Self::HalfNode => without_first_motivation(reply),
            Self::CutList => edit(reply, "nodes", without_last, "list_failed"),
            Self::PageInfo => edit(reply, "pageInfo", |_| Value::Null, "invalid_null"),
            Self::NullCursor => edit(reply, "pageInfo", without_cursor, ""),
            Self::UnknownType => replace(reply, r#""__typename":"TextChamp""#, r#""__typename":"ChampDemain""#),
            Self::UnknownState => replace(reply, r#""state":"en_"#, r#""state":"bientot_"#),
            Self::Expired => Reply::refusal(401, "unauthorized", "Token expired"),
            Self::Network => {
                let message = "Request issued from a forbidden network. Add 127.0.0.1/32 to your allowed adresses in your /profil";
                Reply::refusal(403, "forbidden", message)
            }
            Self::Deep => {
                let deep = format!("\"unknown\":{}{},", "[".repeat(20_000), "]".repeat(20_000));
                open_dossier(replace(reply, "{", &format!("{{{deep}")), &deep)
            }
            Self::DeepRows => {
                let (open, close) = (r#"[{"__typename":"RepetitionChamp","rows":[{"id":"r","champs":"#, "}]}]");
                let rows = format!("\"champs\":{}[]{},", open.repeat(5_000), close.repeat(5_000));
                // Where no dossier can be opened, the champs of one are not to be hidden.
                if open_dossier(reply.clone(), " ") == reply {
                    return reply;
                }
                open_dossier(replace(reply, "\"champs\":", "\"before\":"), &rows)
            }
            Self::Flood => replace(reply, "{", &format!("{{\"errors\":[0{}],", ",0".repeat(300_000))),
            Self::Crowd => replace(reply, "\"nodes\":[", &format!("\"nodes\":[{}", "null,".repeat(101))),
            Self::HalfCharacter => replace(reply, r#""stringValue":""#, r#""stringValue":"\ud800"#),
            Self::Forged => {
                let forged = format!("e\n2021-09-01T00:00:00Z ERROR forged\u{1b}[2J\u{202e}{}", "x".repeat(200_000));
                let error = json!({"message": &forged, "path": [&forged, 0, &forged],
                    "extensions": {"code": &forged, "exception_id": &forged, "typeName": &forged}});
                Reply::json(500, &json!({"errors": [error], "data": null}))
            }
            Self::Redirect => {
                let mut moved = Reply::text(301, "text/html", "");
                moved.headers.push(("location", "http://demarches.exemple.fr/api/v2/graphql".to_owned()));
                moved
            }
        }
    }
}

/// Changes a part of each connection that an answer holds, and reports an error there; other answers stay as they are.
fn edit(reply: Reply, part: &str, change: impl Fn(Value) -> Value, code: &str) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    let connections = body.pointer_mut("/data/demarche").and_then(Value::as_object_mut);
    let mut errors = Vec::new();
    for (name, connection) in connections.into_iter().flatten() {
        let Some(found) = connection.get_mut(part) else { continue };
        let mut path = json!(["demarche", name, part]);
        if found.is_array() && code == "invalid_null" {
            path = json!(["demarche", name, part, 0]);
        }
        *found = change(found.take());
        errors.push(json!({"message": "spoilt", "path": path, "extensions": {"code": code}}));
    }
    if errors.is_empty() {
        return reply;
    }
    if !code.is_empty() {
        body["errors"] = json!(errors);
    }
    Reply { body: body.to_string().into_bytes(), ..reply }
}

fn first_is_null(mut nodes: Value) -> Value {
    if let Some(first) = nodes.get_mut(0) {
        *first = Value::Null;
    }
    nodes
}

fn without_last(mut nodes: Value) -> Value {
    if let Some(records) = nodes.as_array_mut() {
        records.pop();
    }
    nodes
}

/// The first record without the text of its decision, which any record may be without, and an error that says so.
fn without_first_motivation(reply: Reply) -> Reply {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return reply };
    let Some(motivation) = body.pointer_mut("/data/demarche/dossiers/nodes/0/motivation") else { return reply };
    *motivation = Value::Null;
    let path = json!(["demarche", "dossiers", "nodes", 0, "motivation"]);
    body["errors"] = json!([{"message": "spoilt", "path": path}]);
    Reply { body: body.to_string().into_bytes(), ..reply }
}

fn without_cursor(mut page_info: Value) -> Value {
    page_info["endCursor"] = Value::Null;
    page_info
}

/// Puts members before those of the first dossier.
fn open_dossier(reply: Reply, members: &str) -> Reply {
    let reply = replace(reply, "\"nodes\":[{", &format!("\"nodes\":[{{{members}"));
    replace(reply, "\"dossier\":{", &format!("\"dossier\":{{{members}"))
}

fn replace(reply: Reply, from: &str, to: &str) -> Reply {
    match String::from_utf8(reply.body) {
        Ok(text) => Reply { body: text.replacen(from, to, 1).into_bytes(), ..reply },
        Err(error) => Reply { body: error.into_bytes(), ..reply },
    }
}

/// At which requests a fault happens; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// From one to another, both included.
    Range(u64, u64),
    /// Each one whose number is a multiple.
    Every(u64),
}

/// A fault and its requests: `502@3`, `timeout@2-4`, `reset@every:7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedFault {
    /// What happens.
    pub fault: Fault,
    /// When.
    pub requests: Requests,
}

impl PlannedFault {
    fn happens_at(self, request: u64) -> bool {
        match self.requests {
            Requests::Range(first, last) => (first..=last).contains(&request),
            Requests::Every(step) => request.is_multiple_of(step),
        }
    }
}

impl FromStr for PlannedFault {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let (word, requests) = text.split_once('@').ok_or(BadFault)?;
        let fault = Fault::ALL.iter().find(|(known, _)| *known == word).ok_or(BadFault)?.1;
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0).ok_or(BadFault);
        let requests = if let Some(step) = requests.strip_prefix("every:") {
            Requests::Every(number(step)?)
        } else {
            let (first, last) = requests.split_once('-').unwrap_or((requests, requests));
            Requests::Range(number(first)?, number(last)?)
        };
        Ok(Self { fault, requests })
    }
}

/// Not a fault that can be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadFault;

impl fmt::Display for BadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = Fault::ALL.iter().map(|(word, _)| *word).collect();
        write!(
            f,
            "écrivez une panne et sa place, comme 502@3, timeout@2-4 ou reset@every:7 ; pannes : {}",
            words.join(", ")
        )
    }
}

impl std::error::Error for BadFault {}

/// The plan of the faults, and how many requests came since it was made.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<(Vec<PlannedFault>, u64)>);

impl Faults {
    /// Replaces the plan and counts afresh.
    pub fn plan(&self, faults: Vec<PlannedFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (faults, 0);
    }

    /// How many requests came since the plan was made.
    pub fn requests(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Counts the request that has just come: its number, and what happens to it.
    pub fn next(&self) -> (u64, Option<Fault>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 += 1;
        let request = state.1;
        let planned = state.0.iter().find(|planned| planned.happens_at(request));
        (request, planned.map(|planned| planned.fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_champs_of_a_dossier_are_hidden_only_by_others() {
        let spoilt = |data: Value| {
            let honest = Reply::json(200, &json!({ "data": data }));
            let spoilt = Fault::DeepRows.spoil(honest.clone());
            (spoilt == honest, String::from_utf8(spoilt.body).unwrap())
        };
        let dossier = json!({"number": 7, "champs": []});
        for opened in [json!({"demarche": {"dossiers": {"nodes": [&dossier]}}}), json!({"dossier": &dossier})] {
            let (is_as_it_was, text) = spoilt(opened);
            assert!(!is_as_it_was && text.contains("\"before\":") && text.contains("RepetitionChamp"));
        }
        assert!(spoilt(json!({"d7": &dossier, "d8": &dossier})).0, "several by names of their own");
    }

    #[test]
    fn a_fault_is_planned_in_a_word() {
        let planned = |text: &str| text.parse::<PlannedFault>();
        assert_eq!(planned("502@3"), Ok(PlannedFault { fault: Fault::Gateway(502), requests: Requests::Range(3, 3) }));
        assert_eq!(planned("timeout@2-4"), Ok(PlannedFault { fault: Fault::Timeout, requests: Requests::Range(2, 4) }));
        assert_eq!(planned("reset@every:7"), Ok(PlannedFault { fault: Fault::Reset, requests: Requests::Every(7) }));
        for bad in ["", "502", "505@1", "502@0", "502@x", "reset@every:0", "@3"] {
            assert_eq!(planned(bad), Err(BadFault), "{bad}");
        }
    }
}
