//! The Google connector against the simulator.

mod credentials;
mod daemon;
mod reads;
mod subject;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use throng::client::Limiter;
use throng::clock::StoppedClock;
use throng::connector::conformance::{Reader, Went};
use throng::connector::google::{Credential, GoogleConfig, GoogleSource};
use throng::simulator::google::{Options, Running};
use tokio_util::task::TaskTracker;

use crate::connector::picture;

/// When it is, for connector and simulator.
const NOW: i64 = 1_790_000_000_000;

fn small() -> Options {
    Options {
        users: 300,
        groups: 30,
        memberships: 900,
        now: Some(NOW),
        ..Options::default()
    }
}

fn config() -> Value {
    json!({ "admin": Options::default().admin, "key_file": "sa.json" })
}

fn build(running: &Running, config: &Value, tasks: &TaskTracker) -> GoogleSource {
    build_at(running, config, StoppedClock::at(NOW), tasks)
}

fn build_at(
    running: &Running,
    config: &Value,
    clock: std::sync::Arc<StoppedClock>,
    tasks: &TaskTracker,
) -> GoogleSource {
    let credential = Credential::parse(&running.key_file().to_string()).unwrap();
    build_with(running, config, credential, clock, tasks)
}

fn build_with(
    running: &Running,
    config: &Value,
    credential: Credential,
    clock: std::sync::Arc<StoppedClock>,
    tasks: &TaskTracker,
) -> GoogleSource {
    let mut config = config.clone();
    config["directory_url"] = json!(running.url());
    let config: GoogleConfig = serde_json::from_value(config).unwrap();
    let (limiter, nothing) = (Limiter::adaptive(), BTreeSet::new());
    let built = GoogleSource::build(&config, credential, limiter, &nothing, clock, tasks.clone());
    built.unwrap().with_back_off(Duration::from_millis(1))
}

fn source(running: &Running) -> GoogleSource {
    build(running, &config(), &TaskTracker::new())
}

fn reader() -> Reader {
    Reader::new("primaryEmail")
}

/// A read that must be right.
async fn pull(running: &Running, source: &GoogleSource, reader: &mut Reader) -> Went {
    let went = reader.pull(source).await.unwrap();
    assert!(went.goes_on, "{went:?}");
    assert_eq!(reader.picture, picture(&running.truth()));
    went
}

fn requests(running: &Running) -> Vec<(String, u64)> {
    let requests = running.tenant().stats().requests;
    requests
        .into_iter()
        .filter(|(class, _)| class != "token")
        .collect()
}
