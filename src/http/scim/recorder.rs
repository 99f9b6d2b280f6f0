//! The recorder: the last requests of a directory, without their secrets, for whoever sets an identity provider up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::error::Refusal;
use super::realm::Realm;
use super::redact::{Redactor, without};
use crate::clock::rfc3339;
use crate::protocol::scim::schema::ResourceType;

/// How many requests are kept.
const REQUESTS: usize = 50;
/// How many are kept of those without a good token: strangers must not drive the others out.
const TURNED_AWAY: usize = 10;
/// The longest body that is kept whole.
const BODY: usize = 16 * 1024;
/// The longest path, query and reason.
const TEXT: usize = 4096;
/// The longest name of a client.
const AGENT: usize = 256;

/// Keeps the last requests in memory.
pub(super) struct Recorder {
    redactor: Redactor,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    next: u64,
    let_in: VecDeque<Record>,
    turned_away: VecDeque<Record>,
}

struct Record {
    number: u64,
    draft: Draft,
    status: u16,
    scim_type: Option<String>,
    detail: Option<String>,
    took: Duration,
}

/// A request that is being answered.
pub(super) struct Draft {
    at: i64,
    started: Instant,
    method: String,
    path: String,
    query: String,
    agent: String,
    pub(super) token: Option<Arc<str>>,
    body: Option<String>,
    secrets: Vec<String>,
}

impl Recorder {
    pub(super) fn new(kinds: [&ResourceType; 2]) -> Self {
        Self {
            redactor: Redactor::new(kinds),
            kept: Mutex::default(),
        }
    }

    /// Begins to record.
    pub(super) fn draft(&self, parts: &Parts, now: i64) -> Draft {
        let query = parts.uri.query().unwrap_or_default();
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        Draft {
            at: now,
            started: Instant::now(),
            method: cut(parts.method.as_str(), AGENT),
            path: cut(parts.uri.path(), TEXT),
            query: cut(&self.redactor.query(&pairs), TEXT),
            agent: agent(&parts.headers),
            token: None,
            body: None,
            secrets: Vec::new(),
        }
    }

    /// Adds the body.
    pub(super) fn body(&self, draft: &mut Draft, body: &Map<String, Value>) {
        let redacted = self.redactor.body(body, BODY);
        (draft.body, draft.secrets) = (Some(redacted.text), redacted.secrets);
    }

    /// Keeps it with what came of it.
    pub(super) fn keep(&self, mut draft: Draft, outcome: &Result<Answer, Refusal>) {
        let (status, refused) = match outcome {
            Ok(answer) => (answer.status, None),
            Err(refusal) => {
                let answer = refusal.answer();
                (answer.status, answer.body)
            }
        };
        let secrets = std::mem::take(&mut draft.secrets);
        let said = |name: &str| Some(refused.as_ref()?.get(name)?.as_str()?.to_owned());
        let detail = said("detail").map(|detail| cut(&without(&detail, &secrets), TEXT));
        let mut kept = self.kept();
        kept.next += 1;
        let record = Record {
            number: kept.next,
            status: status.as_u16(),
            scim_type: said("scimType"),
            detail,
            took: draft.started.elapsed(),
            draft,
        };
        let (records, most) = match record.draft.token {
            Some(_) => (&mut kept.let_in, REQUESTS),
            None => (&mut kept.turned_away, TURNED_AWAY),
        };
        records.push_front(record);
        records.truncate(most);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Realm {
    /// The last requests, the newest first, for operators.
    pub fn requests(&self) -> Value {
        let kept = self.recorder.kept();
        let mut records: Vec<&Record> = kept.let_in.iter().chain(&kept.turned_away).collect();
        records.sort_unstable_by_key(|record| std::cmp::Reverse(record.number));
        records.into_iter().map(told).collect()
    }
}

fn told(record: &Record) -> Value {
    let draft = &record.draft;
    // A body that was cut is still JSON.
    let body = draft.body.as_deref();
    let body = body.and_then(|text| serde_json::from_str::<Value>(text).ok());
    json!({
        "at": rfc3339(draft.at),
        "method": draft.method,
        "path": draft.path,
        "query": draft.query,
        "user_agent": draft.agent,
        "token": draft.token.as_deref(),
        "body": body,
        "status": record.status,
        "scim_type": record.scim_type,
        "detail": record.detail,
        "milliseconds": record.took.as_secs_f64() * 1000.0,
    })
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers
        .get(USER_AGENT)
        .map(|agent| String::from_utf8_lossy(agent.as_bytes()));
    cut(&agent.unwrap_or_default(), AGENT)
}

/// At most so many bytes.
fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(longest)])
}
