//! SCIM servers as sources, against the simulated one.

mod increments;
mod lists;
mod permissions;
mod subject;

use std::sync::Arc;
use std::time::Duration;

use throng::client::Limiter;
use throng::clock::{Clock, StoppedClock};
use throng::connector::api::Coverage;
use throng::connector::conformance::{Reader, Went};
use throng::connector::scim::{Scim, ScimSourceConfig};
use throng::simulator::scim::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

/// When the tests' clock stands.
const NOW: i64 = 1_000;

pub(crate) fn small() -> Options {
    Options {
        users: 120,
        groups: 20,
        memberships: 400,
        ..Options::default()
    }
}

pub(crate) fn config(url: &str, token: &str, more: &serde_json::Value) -> ScimSourceConfig {
    let mut text = serde_json::json!({ "url": url, "token": { "value": token }, "page_size": 50 });
    for (key, value) in more.as_object().unwrap() {
        text[key] = value.clone();
    }
    serde_json::from_value(text).unwrap()
}

pub(crate) fn build(config: &ScimSourceConfig, clock: Arc<dyn Clock>, tasks: TaskTracker) -> Scim {
    let credentials = config.credentials().unwrap();
    let attributes = Mapping::scim().attributes();
    let built = Scim::build(
        config,
        credentials,
        Limiter::adaptive(),
        &attributes,
        clock,
        tasks,
    );
    built.unwrap().with_back_off(Duration::from_micros(100))
}

fn scim(running: &Running) -> Scim {
    with(running, &serde_json::json!({}))
}

fn with(running: &Running, more: &serde_json::Value) -> Scim {
    let config = config(&running.url(), &Options::default().token, more);
    build(&config, StoppedClock::at(NOW), TaskTracker::new())
}

fn reader() -> Reader {
    Reader::new("userName")
}

fn assert_truth(running: &Running, reader: &Reader) {
    assert_eq!(
        reader.picture,
        crate::connector::picture(&running.tenant().truth())
    );
}

/// A full read that went well.
async fn full(running: &Running, scim: &Scim) -> (Reader, Went) {
    let mut reader = reader();
    let went = reader.pull(scim).await.unwrap();
    let expected = (true, Some(Coverage::Everything), true);
    assert_eq!((went.full, went.coverage, went.goes_on), expected, "{went:?}");
    assert_truth(running, &reader);
    (reader, went)
}

/// How often the simulator was asked for something.
fn asked(running: &Running, what: &str) -> u64 {
    running
        .tenant()
        .stats()
        .requests
        .get(what)
        .copied()
        .unwrap_or_default()
}

async fn simulator(options: Options) -> Running {
    start(options).await.unwrap()
}
