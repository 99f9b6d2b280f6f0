//! JSON batching: up to twenty requests in one, answered in any order.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::graph::{Asked, answer};
use super::page::{Bend, Place};
use super::reply::Reply;
use super::tenant::Inside;

/// The most requests of a batch.
const LIMIT: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
}

/// Answers a batch.
pub(crate) fn batch(
    inside: &mut Inside,
    client_id: &str,
    asked: &Asked<'_>,
    place: &Place,
) -> Result<Reply, Reply> {
    let batch: Batch = serde_json::from_str(asked.body).map_err(|error| {
        Reply::error(
            400,
            "BadRequest",
            &format!("Invalid batch payload format: {error}."),
        )
    })?;
    if batch.requests.is_empty() || batch.requests.len() > LIMIT {
        let message =
            format!("Number of batch request steps exceeds the maximum value of {LIMIT}, or is none.");
        return Err(Reply::error(400, "BadRequest", &message));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = batch
        .requests
        .iter()
        .find(|inner| !seen.insert(inner.id.as_str()))
    {
        let message = format!("Request Id '{}' is not unique.", twice.id);
        return Err(Reply::error(400, "BadRequest", &message));
    }
    let mut answers = Vec::with_capacity(batch.requests.len());
    let mut delay = 0;
    for inner in &batch.requests {
        let reply = one(inside, client_id, asked, inner);
        delay = delay.max(reply.delay);
        answers.push(line(&inner.id, &reply));
    }
    inside.random.shuffle(&mut answers);
    let name = if place.bend == Some(Bend::MissingValue) {
        "nothing"
    } else {
        "responses"
    };
    let body = format!("{{\"{name}\":[{}]}}", answers.join(","));
    Ok(Reply {
        content_type: "application/json",
        delay,
        ..Reply::json(200, body)
    })
}

fn one(inside: &mut Inside, client_id: &str, asked: &Asked<'_>, inner: &Inner) -> Reply {
    let header = |name: &str| {
        let found = inner
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str())
    };
    let (path, query) = inner.url.split_once('?').unwrap_or((&inner.url, ""));
    let path = format!("/v1.0/{}", path.trim_start_matches('/'));
    let eventual = header("ConsistencyLevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"));
    let inner = Asked {
        method: &inner.method,
        path: &path,
        query,
        eventual,
        body: "",
        inner: true,
        ..*asked
    };
    answer(inside, client_id, &inner)
}

fn line(id: &str, reply: &Reply) -> String {
    let mut headers = Map::new();
    headers.insert("Content-Type".to_owned(), reply.content_type.into());
    for (name, value) in &reply.headers {
        let name = if *name == "retry-after" {
            "Retry-After"
        } else {
            name
        };
        headers.insert(name.to_owned(), value.as_str().into());
    }
    // What is no JSON (a spoiled page, a count) stands there as a text.
    let body = match RawValue::from_string(reply.body.clone()) {
        Ok(raw) => raw.get().to_owned(),
        Err(_) => json!(reply.body).to_string(),
    };
    let (id, headers) = (json!(id), Value::Object(headers));
    format!(
        "{{\"id\":{id},\"status\":{},\"headers\":{headers},\"body\":{body}}}",
        reply.status
    )
}
