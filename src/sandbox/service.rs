//! One request in, one answer out: what stands in front of the engine — tokens, networks, the limit, the body.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use apollo_compiler::response::{JsonMap, JsonValue};
use serde_json::{Value, json};

use super::faults::{Fault, Faults};
use super::files::{FileHost, FileRequest};
use super::graphql::{BadPart, Engine, Fate, Request, SchemaPart, Signer};
use super::world::World;
use crate::domain::clock::Clock;

/// The only path that is served.
pub const PATH: &str = "/api/v2/graphql";

/// What a caller sends.
#[derive(Debug, Default, Clone)]
pub struct Call {
    /// `POST`…
    pub method: String,
    /// Without the query string.
    pub path: String,
    /// The header `Host`.
    pub host: String,
    /// The header `Authorization`, raw.
    pub authorization: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the caller gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    pub(super) fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    pub(super) fn json(status: u16, body: &impl serde::Serialize) -> Self {
        Self::text(status, "application/json; charset=utf-8", serde_json::to_vec(body).unwrap_or_default())
    }

    /// The shape of the controller's errors (API facts, 2.1).
    pub(super) fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self::controller(status, message, &json!({"code": code}))
    }

    fn controller(status: u16, message: &str, extensions: &Value) -> Self {
        let errors = json!([{"message": message, "extensions": extensions}]);
        // Written by hand for the order of the keys.
        Self::text(status, "application/json; charset=utf-8", format!("{{\"errors\":{errors},\"data\":null}}"))
    }
}

/// The stand-in, without its socket.
#[derive(Debug)]
pub struct Service {
    engine: RwLock<Arc<Engine>>,
    world: Arc<RwLock<World>>,
    clock: Clock,
    served: AtomicU64,
    limit: Mutex<Limit>,
    pub(super) faults: Faults,
    pub(super) files: FileHost,
    /// Scheme and host of the addresses of files; those of the request when there is none.
    files_at: Mutex<Option<String>>,
    meanwhile: Mutex<Meanwhile>,
}

/// What happens before the request with a number is answered.
type Happening = Box<dyn FnMut(u64, &mut World) + Send>;

/// What happens in the world between two requests.
#[derive(Default)]
struct Meanwhile(Option<Happening>);

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meanwhile")
    }
}

/// So many requests a minute for each value of the header `Authorization` (API facts, 2.8).
#[derive(Debug, Default)]
struct Limit {
    per_minute: Option<u32>,
    minute: i64,
    counts: HashMap<String, u32>,
}

impl Service {
    /// Serves a world. The clock is for the dates of answers, the limit and the life of signed addresses.
    ///
    /// # Errors
    /// What is wrong with the built-in schema.
    pub fn new(world: Arc<RwLock<World>>, clock: Clock) -> Result<Self, String> {
        let (engine, served, limit) = (Engine::new()?, AtomicU64::default(), Mutex::default());
        let engine = RwLock::new(Arc::new(engine));
        let (faults, files, meanwhile) = (Faults::default(), FileHost::default(), Mutex::default());
        let files_at = Mutex::default();
        Ok(Self { engine, world, clock, served, limit, faults, files, files_at, meanwhile })
    }

    /// Serves the schema without some of its parts from now on.
    ///
    /// # Errors
    /// [`BadPart`].
    pub fn without(&self, parts: &[SchemaPart]) -> Result<(), BadPart> {
        let engine = Arc::new(Engine::without(parts)?);
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = engine;
        Ok(())
    }

    /// Sets the number of requests a minute; none by default.
    pub fn limit(&self, per_minute: Option<u32>) {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        *limit = Limit { per_minute, ..Limit::default() };
    }

    /// Answers a request for a file.
    #[must_use]
    pub fn file(&self, request: FileRequest) -> Reply {
        self.files.reply(request, self.clock.now())
    }

    /// Gives the addresses of files another scheme and host than those of the API.
    pub(super) fn announce_files_at(&self, origin: &str) {
        *self.files_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(origin.to_owned());
    }

    /// Has something happen in the world before each request.
    pub(super) fn before_requests(&self, happening: Happening) {
        self.meanwhile.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(happening);
    }

    /// What the header `Date` says of an answer begun now.
    pub(super) fn date(&self) -> Option<String> {
        jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&self.clock.now()).ok()
    }

    /// Counts a request that has just come, and lets happen what was to happen before it; the fault that will spoil its
    /// answer.
    pub(super) fn begin(&self) -> Option<Fault> {
        let (request, fault) = self.faults.next();
        let mut meanwhile = self.meanwhile.lock().unwrap_or_else(PoisonError::into_inner);
        if meanwhile.0.is_none() && fault != Some(Fault::Poison) {
            return fault;
        }
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(happening) = &mut meanwhile.0 {
            happening(request, &mut world);
        }
        if fault == Some(Fault::Poison) {
            world.poison_one();
        }
        fault
    }

    /// Answers a request.
    #[must_use]
    pub fn reply(&self, call: &Call) -> Reply {
        if call.path != PATH || call.method != "POST" {
            return Reply::text(404, "text/html; charset=utf-8", "<!doctype html><title>Page introuvable</title>");
        }
        if let Some(reset) = self.over_the_limit(call) {
            let mut reply = Reply::text(
                429,
                "text/plain",
                "Trop de requêtes, veuillez réessayer plus tard.\nToo many requests, please try again later.\n",
            );
            reply.headers.push(("ratelimit-remaining", "0".to_owned()));
            reply.headers.push(("ratelimit-reset", reset.to_string()));
            return reply;
        }
        let Ok(body) = serde_json::from_slice::<Value>(&call.body) else {
            return Reply::refusal(400, "bad_request", "Error occurred while parsing request parameters");
        };
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(refusal) = authorize(&world, call, &body) {
            return refusal;
        }
        if body.get("queryId").is_some_and(|id| !id.is_null()) {
            return self.internal_error();
        }
        let variables = match variables(body.get("variables")) {
            Ok(variables) => variables,
            Err(refusal) => return refusal,
        };
        let first = variables.get("first").and_then(JsonValue::as_i64);
        if first > world.access.heaviest_page && world.access.heaviest_page.is_some() {
            return Reply::text(504, "text/html", "<html><h1>504 Gateway Time-out</h1></html>");
        }
        let text = |name| body.get(name).and_then(Value::as_str);
        let request = Request { query: text("query"), operation_name: text("operationName"), variables };
        let serial = self.served.fetch_add(1, Ordering::Relaxed);
        let files_at = self.files_at.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let origin = files_at.unwrap_or_else(|| format!("http://{}", call.host));
        let signer = Signer::new(origin, self.clock.now(), serial);
        let engine = Arc::clone(&self.engine.read().unwrap_or_else(PoisonError::into_inner));
        match engine.run(&world, &signer, &request) {
            Fate::Refused(errors) => Reply::json(200, &json!({"errors": errors})),
            Fate::Executed(response) => Reply::json(200, &response),
            Fate::Crashed => self.internal_error(),
        }
    }

    /// What the engine answers to a document over a world: what stands in front of it has no say, and nothing is counted.
    /// Null when the document breaks the server.
    #[must_use]
    pub fn look(&self, world: &World, document: &str, operation: &str, variables: &Value) -> Value {
        let variables = self::variables(Some(variables)).unwrap_or_default();
        let request = Request { query: Some(document), operation_name: Some(operation), variables };
        let signer = Signer::new("http://localhost".to_owned(), self.clock.now(), 0);
        let engine = Arc::clone(&self.engine.read().unwrap_or_else(PoisonError::into_inner));
        match engine.run(world, &signer, &request) {
            Fate::Refused(errors) => json!({"errors": errors}),
            Fate::Executed(response) => json!(response),
            Fate::Crashed => Value::Null,
        }
    }

    fn internal_error(&self) -> Reply {
        let serial = self.served.fetch_add(1, Ordering::Relaxed);
        let exception = format!("00000000-0000-4000-8000-{serial:012x}");
        let extensions = json!({"code": "internal_server_error", "exception_id": exception});
        Reply::controller(500, "Internal Server Error", &extensions)
    }

    /// The end of the minute, in seconds since 1970, when the caller has used it up.
    fn over_the_limit(&self, call: &Call) -> Option<i64> {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        let (per_minute, caller) = (limit.per_minute?, call.authorization.as_ref()?);
        let minute = self.clock.now().as_second().div_euclid(60);
        if limit.minute != minute {
            limit.minute = minute;
            limit.counts.clear();
        }
        let count = limit.counts.entry(caller.clone()).or_default();
        *count += 1;
        (*count > per_minute).then_some((minute + 1) * 60)
    }
}

/// Token, then network, then expiry, then "no token means stored queries only" (API facts, 1.4).
fn authorize(world: &World, call: &Call, body: &Value) -> Option<Reply> {
    let access = &world.access;
    let known = call.authorization.as_deref().and_then(token).is_some_and(|token| token == access.token);
    if known && access.forbidden_network {
        let message =
            "Request issued from a forbidden network. Add 127.0.0.1/32 to your allowed adresses in your /profil";
        Some(Reply::refusal(403, "forbidden", message))
    } else if known && access.expired {
        Some(Reply::refusal(401, "unauthorized", "Token expired"))
    } else if !known && body.get("queryId").is_none_or(Value::is_null) {
        Some(Reply::refusal(403, "forbidden", "Without a token, only persisted queries are allowed"))
    } else {
        None
    }
}

/// The token of a header: `Bearer <t>`, `Bearer token=<t>`, `Token token="<t>"`.
fn token(header: &str) -> Option<&str> {
    let (scheme, rest) = header.split_once(' ')?;
    if !(scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token")) {
        return None;
    }
    let rest = rest.trim();
    Some(rest.strip_prefix("token=").unwrap_or(rest).trim_matches('"'))
}

/// Variables: an object, or the same written in a string.
fn variables(given: Option<&Value>) -> Result<JsonMap, Reply> {
    let bad = || Reply::refusal(400, "bad_request", "Unexpected parameter: variables");
    let map = match given {
        None | Some(Value::Null) => return Ok(JsonMap::new()),
        Some(Value::String(text)) if text.is_empty() => return Ok(JsonMap::new()),
        Some(Value::String(text)) => serde_json::from_str(text)
            .map_err(|error| Reply::refusal(400, "graphql_parse_failed", &error.to_string()))?,
        Some(Value::Object(map)) => Value::Object(map.clone()),
        Some(_) => return Err(bad()),
    };
    match JsonValue::from(map) {
        JsonValue::Object(map) => Ok(map),
        JsonValue::Null => Ok(JsonMap::new()),
        _ => Err(bad()),
    }
}
