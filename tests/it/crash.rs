//! The daemon under SIGKILL: what was acknowledged is there, nothing is there by half, event tokens go on.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use throng::simulator::entra::{Edit, Running};
use throng::simulator::jira::{Jira, Synced};
use tokio::process::Child;

use crate::harness::{Operator, TOKEN, company, configuration, new_jira, nothing};
use crate::process::{serve, throng, with_ports};

/// How many kills when nobody says; `THRONG_KILLS=300` is the long round.
const KILLS: usize = 6;
/// The longest time between a request and the kill, in milliseconds: a run with its commit fits in it.
const SOON: u64 = 60;
/// Users whose fate is one: each run changes both of a pair or none.
const PAIRS: usize = 10;

/// Randomness that a seed repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the length of the round is the caller's choice"
)]
fn kills() -> usize {
    std::env::var("THRONG_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS)
}

async fn kill(mut daemon: Child) {
    daemon.start_kill().unwrap();
    daemon.wait().await.unwrap();
}

/// The pairs of users, by id and name.
fn pairs(company: &Running) -> Vec<[(String, String); 2]> {
    let truth = company.tenant().truth();
    let enabled = truth.users.iter().filter(|(_, user)| user.enabled);
    let enabled: Vec<_> = enabled
        .map(|(id, user)| (id.to_string(), user.upn.to_lowercase()))
        .collect();
    enabled
        .chunks_exact(2)
        .take(PAIRS)
        .map(|pair| [pair[0].clone(), pair[1].clone()])
        .collect()
}

#[expect(clippy::print_stderr, reason = "a long round wants its figures")]
fn tell(line: &str) {
    eprintln!("{line}");
}

/// Sets both users of a pair to one state.
fn set(company: &Running, pair: &[(String, String); 2], enabled: bool) {
    for (id, _) in pair {
        let user = id.clone();
        let edit = if enabled {
            Edit::EnableUser { user }
        } else {
            Edit::DisableUser { user }
        };
        company.tenant().edit(&edit).unwrap();
    }
}

/// Starts a daemon; every third time another one was killed while it started.
async fn started(file: &Path, dice: &mut Dice) -> Child {
    if dice.below(3) == 0 {
        let child = throng()
            .args(["serve", "--config"])
            .arg(file)
            .env("THRONG_LOG", "off")
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(dice.below(SOON))).await;
        kill(child).await;
    }
    serve(file).await
}

/// The incremental client's picture, checked against a client that reads everything.
async fn picture(jira: &mut Jira, url: &str, first: bool) {
    let synced = jira.sync().await.unwrap();
    assert_eq!(
        synced == Synced::Full,
        first,
        "a token from before the kill did not work"
    );
    let mut fresh = new_jira(url);
    fresh.sync().await.unwrap();
    assert_eq!(jira.cache, fresh.cache);
}

#[tokio::test]
async fn crash_of_the_daemon_loses_nothing_acknowledged() {
    let (company, folder, mut dice) = (company(60).await, tempfile::tempdir().unwrap(), Dice(7));
    // Nothing is held here: the whole company may change at once.
    let more = "[directory.limits]\nusers = { max = 1000, percent = 100 }";
    let (text, crowd, admin) = with_ports(&configuration(&company, &folder.path().join("data"), more));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let url = format!("http://127.0.0.1:{crowd}/crowd");
    let operator = Operator::new(&format!("127.0.0.1:{admin}"), TOKEN);
    let mut jira = new_jira(&url);
    let pairs = pairs(&company);

    let mut daemon = serve(&file).await;
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    picture(&mut jira, &url, true).await;
    let (mut wanted, mut acknowledged, mut rounds) = (vec![true; pairs.len()], 0, 0);
    for round in 0..kills() {
        let (at, state) = (
            usize::try_from(dice.below(pairs.len() as u64)).unwrap(),
            dice.below(2) == 0,
        );
        set(&company, &pairs[at], state);
        wanted[at] = state;
        let outcome = {
            let run = operator.http_run();
            let moment = Duration::from_millis(dice.below(SOON));
            tokio::select! {
                run = run => run,
                () = tokio::time::sleep(moment) => None,
            }
        };
        kill(daemon).await;
        daemon = started(&file, &mut dice).await;
        picture(&mut jira, &url, false).await;
        for (index, pair) in pairs.iter().enumerate() {
            let active = [&pair[0].1, &pair[1].1].map(|name| jira.cache.users[name].active);
            assert_eq!(active[0], active[1], "round {round}: half a change");
            let acked = outcome.as_ref().is_some_and(|run| run["state"] == "succeeded");
            // The last edit may be missing only while its run was not acknowledged; earlier ones came by later runs.
            if acked {
                assert_eq!(
                    active[0], wanted[index],
                    "round {round}: an acknowledged change is missing"
                );
            }
        }
        acknowledged += usize::from(outcome.is_some());
        rounds += 1;
    }
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    picture(&mut jira, &url, false).await;
    for (pair, state) in pairs.iter().zip(&wanted) {
        assert_eq!(jira.cache.users[&pair[0].1].active, *state);
    }
    kill(daemon).await;
    tell(&format!(
        "{rounds} kills, {acknowledged} of them after the acknowledgement"
    ));
}

impl Operator {
    /// A run from request to end; `None` when the daemon died meanwhile.
    async fn http_run(&self) -> Option<Value> {
        let started = self.try_post("/api/v1/directories/corp/sync").await?;
        let id = started["run"].as_str()?.to_owned();
        loop {
            let run = self.try_get(&format!("/api/v1/runs/{id}?wait=20")).await?;
            if !matches!(run["state"].as_str(), Some("queued" | "running")) {
                return Some(run);
            }
        }
    }
}
