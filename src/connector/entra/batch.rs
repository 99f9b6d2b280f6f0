//! JSON batching: up to twenty requests in one, of which only the failed ones are asked again.

use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::graph::{Graph, GraphError, judge};
use crate::client::{Meter, Retry, parse_seconds};

/// Graph takes at most 20 requests in a batch.
pub(super) const BATCH: usize = 20;
/// How often the failed inner requests of a batch are tried again.
const ATTEMPTS: u32 = 6;

/// A batch's answer: the inner ones in any order.
#[derive(Debug, Deserialize)]
pub(super) struct Answers {
    responses: Option<Vec<Inner>>,
}

#[derive(Debug, Deserialize)]
struct Inner {
    id: String,
    status: u16,
    #[serde(default)]
    headers: Value,
    body: Option<Box<RawValue>>,
}

/// What became of one inner request: its body, or why there is none.
pub(super) type Outcome = Result<Box<RawValue>, GraphError>;

/// Gets up to [`BATCH`] paths in one request; the outcomes stand in the order of the paths.
pub(super) async fn get(graph: &Graph, paths: &[String]) -> Result<Vec<Outcome>, GraphError> {
    let mut retry = Retry::new(ATTEMPTS, graph.back_off, 11);
    let mut outcomes: Vec<Option<Outcome>> = paths.iter().map(|_| None).collect();
    loop {
        let open: Vec<usize> = (0..paths.len())
            .filter(|at| passing(outcomes[*at].as_ref()))
            .collect();
        let requests: Vec<Value> = open
            .iter()
            .map(|at| json!({ "id": at.to_string(), "method": "GET", "url": paths[*at] }))
            .collect();
        Meter::parts(open.len());
        let (answers, begun): (Answers, _) = graph
            .post(&graph.url("/$batch"), &json!({ "requests": requests }))
            .await?;
        if let Some(pressure) = answers.pressure() {
            graph.pressed(begun, pressure);
        }
        let mut found = answers.outcomes(paths.len())?;
        for at in open {
            outcomes[at] = found[at].take();
        }
        if !outcomes.iter().any(|outcome| passing(outcome.as_ref())) {
            break;
        }
        let failed = outcomes
            .iter()
            .flatten()
            .filter_map(|outcome| outcome.as_ref().err());
        let asked = failed.filter_map(GraphError::asked).max();
        if asked.is_some() {
            // The outer answer was a good one: only its parts tell.
            graph.throttled(begun, asked);
        }
        let Some(wait) = retry.wait(asked) else {
            break;
        };
        tokio::time::sleep(wait).await;
    }
    let unanswered = || {
        Err(GraphError::Transient(
            "Graph left a part of a batch unanswered".to_owned(),
            None,
        ))
    };
    Ok(outcomes
        .into_iter()
        .map(|outcome| outcome.unwrap_or_else(unanswered))
        .collect())
}

/// Whether another attempt may help. Not answered is as good as failed.
fn passing(outcome: Option<&Outcome>) -> bool {
    outcome.is_none_or(|outcome| outcome.as_ref().is_err_and(GraphError::is_passing))
}

impl Answers {
    /// The part of its limit that Graph says we use: the batch itself counts for nothing, so only its parts tell.
    fn pressure(&self) -> Option<f64> {
        let told = self.responses.iter().flatten().filter_map(|inner| {
            let pressure = header(&inner.headers, "x-ms-throttle-limit-percentage")?;
            pressure
                .as_str()
                .and_then(|text| text.trim().parse().ok())
                .or(pressure.as_f64())
        });
        told.reduce(f64::max)
    }

    /// The outcomes by the number that was the request's id.
    pub(super) fn outcomes(self, count: usize) -> Result<Vec<Option<Outcome>>, GraphError> {
        let nothing = || GraphError::Malformed("Graph answered a batch without `responses`".to_owned());
        let mut outcomes: Vec<Option<Outcome>> = (0..count).map(|_| None).collect();
        for inner in self.responses.ok_or_else(nothing)? {
            let at = inner.id.parse::<usize>().ok().filter(|at| *at < count);
            if let Some(at) = at {
                outcomes[at] = Some(inner.outcome());
            }
        }
        Ok(outcomes)
    }
}

impl Inner {
    fn outcome(self) -> Outcome {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY);
        if status.is_success() {
            // A proxy's page or a truncated answer stands there as a text.
            let whole = self.body.filter(|body| body.get().starts_with('{'));
            return whole.ok_or_else(|| {
                GraphError::Transient("Graph answered a part of a batch with no object".to_owned(), None)
            });
        }
        let body = self
            .body
            .and_then(|body| serde_json::from_str(body.get()).ok())
            .unwrap_or(Value::Null);
        Err(match judge(status, &body, wait(&self.headers)) {
            // The batch itself was let in: the token is good, this answer passing.
            GraphError::Unauthorised(what) => GraphError::Transient(what, None),
            error => error,
        })
    }
}

/// An inner answer's own header, under a name in any case.
fn header<'a>(headers: &'a Value, name: &str) -> Option<&'a Value> {
    let mut headers = headers.as_object()?.iter();
    let found = headers.find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// An inner answer's own `Retry-After`, a text or a number.
fn wait(headers: &Value) -> Option<Duration> {
    match header(headers, "retry-after")? {
        Value::String(text) => parse_seconds(text),
        Value::Number(number) => Duration::try_from_secs_f64(number.as_f64()?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(text: &str) -> Vec<Option<Outcome>> {
        serde_json::from_str::<Answers>(text)
            .unwrap()
            .outcomes(3)
            .unwrap()
    }

    #[test]
    fn inner_answers_find_their_requests_in_any_order() {
        let found = outcomes(
            r#"{"responses":[{"id":"2","status":404,"body":{}},{"id":"0","status":200,"body":{"value":[]}},{"id":"9","status":200}]}"#,
        );
        assert!(matches!(found[0], Some(Ok(_))));
        assert!(found[1].is_none());
        assert!(matches!(found[2], Some(Err(GraphError::Absent(_)))));
    }

    #[test]
    fn an_inner_answer_says_itself_how_long_to_wait() {
        let found = outcomes(
            r#"{"responses":[{"id":"0","status":429,"headers":{"retry-after":"0.5"}},{"id":"1","status":429,"headers":{"Retry-After":2}},{"id":"2","status":200,"body":"<html>"}]}"#,
        );
        let asked = |at: usize| match &found[at] {
            Some(Err(GraphError::Transient(_, asked))) => *asked,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked(0), Some(Duration::from_millis(500)));
        assert_eq!(asked(1), Some(Duration::from_secs(2)));
        assert_eq!(asked(2), None);
    }

    #[test]
    fn parts_say_how_much_of_the_limit_is_used() {
        let pressure = |headers: &str| {
            let text = format!(r#"{{"responses":[{{"id":"0","status":200,"headers":{headers}}}]}}"#);
            serde_json::from_str::<Answers>(&text).unwrap().pressure()
        };
        assert_eq!(
            pressure(r#"{"X-Ms-Throttle-Limit-Percentage":"0.93"}"#),
            Some(0.93)
        );
        assert_eq!(pressure(r#"{"x-ms-throttle-limit-percentage":1.2}"#), Some(1.2));
        assert_eq!(pressure(r#"{"x-ms-throttle-limit-percentage":"much"}"#), None);
    }

    #[test]
    fn a_batch_without_its_list_is_an_error() {
        assert!(
            serde_json::from_str::<Answers>("{}")
                .unwrap()
                .outcomes(1)
                .is_err()
        );
    }
}
