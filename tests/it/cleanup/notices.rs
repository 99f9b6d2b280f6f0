//! Notices of a policy: signed, tried again after failures, kept over restarts, told once.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use ring::hmac;
use serde_json::{Value, json};
use throng::http::server;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::town::{BEGIN, DAY, Person, Town, person};
use crate::activity::Client;
use crate::ports::own_port;

const SECRET: &str = "the-key-that-signs";

/// Hears notices; answers with these statuses, then 200.
struct Receiver {
    url: String,
    heard: mpsc::Receiver<(HeaderMap, Vec<u8>)>,
}

impl Receiver {
    async fn answering(statuses: &[u16]) -> Self {
        let (tell, heard) = mpsc::channel(100);
        let script: VecDeque<u16> = statuses.iter().copied().collect();
        let script = Arc::new(Mutex::new(script));
        let hook = move |headers: HeaderMap, body: axum::body::Bytes| {
            let status = script.lock().unwrap().pop_front().unwrap_or(200);
            let tell = tell.clone();
            async move {
                tell.send((headers, body.to_vec())).await.unwrap();
                StatusCode::from_u16(status).unwrap()
            }
        };
        let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, own_port())))
            .await
            .unwrap();
        let url = format!("http://{}/hooks/T0K3N", listener.local_addr().unwrap());
        let router = Router::new().route("/hooks/T0K3N", axum::routing::post(hook));
        TaskTracker::new().spawn(server::serve(listener, router, CancellationToken::new()));
        Self { url, heard }
    }

    fn policy(&self, mode: &str, keys: &str) -> String {
        format!(
            "[[cleanup]]\nname = \"stale\"\nmode = \"{mode}\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
             evidence = [\"activity-api\"]\nmax = {{ users = 100, percent = 100, at_least = 100 }}\n\
             notify = {{ webhook = \"{}\", webhook_secret = {{ value = \"{SECRET}\" }} }}\n{keys}\n",
            self.url
        )
    }

    /// The next notice, however much later it is tried.
    async fn later(&mut self, town: &Town) -> (Value, i64) {
        while self.heard.is_empty() {
            town.clock.advance(60_000);
            town.daemon.cleaner().outbox().wake();
            tokio::task::yield_now().await;
        }
        self.next().await
    }

    /// The next notice; its id and its time are checked against the signature by another implementation than the sender's.
    async fn next(&mut self) -> (Value, i64) {
        let (headers, body) = self.heard.recv().await.unwrap();
        let signed = headers["x-throng-signature"].to_str().unwrap();
        let (time, mac) = signed.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
        let mac: Vec<u8> = (0..mac.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&mac[at..at + 2], 16).unwrap())
            .collect();
        let message = [time.as_bytes(), b".", &body].concat();
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        hmac::verify(&key, &message, &mac).expect("the signature fits");
        let told: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(told["id"], headers["x-throng-event"].to_str().unwrap());
        assert_eq!(headers["content-type"], "application/json");
        (told, time.parse().unwrap())
    }
}

/// Waits until no notice waits.
async fn taken(town: &Town) {
    while town.daemon.cleaner().outbox().waiting() > 0 {
        tokio::task::yield_now().await;
    }
}

async fn town(policies: &str) -> Town {
    let staff = ["busy0", "busy1", "idle0", "idle1"].map(str::to_owned);
    let people: Vec<Person> = staff.iter().map(|name| person(name, -400)).collect();
    let town = Town::of(people, &[("staff", staff.to_vec())], policies).await;
    let busy = &staff[..2];
    town.sees_all(busy);
    town.daemon.cleaner().look_around().await;
    town.days(100, busy).await;
    town
}

#[tokio::test]
async fn a_run_is_told_signed_and_again_after_failures_until_it_is_taken_and_then_never() {
    let mut receiver = Receiver::answering(&[500, 503]).await;
    let text = receiver.policy("apply", "");
    let town = town(&text).await;
    assert_eq!(
        town.cleaned("stale").await["report"],
        "the first run of a new or changed policy",
        "of which nobody is told"
    );
    let run = town.cleaned("stale").await;
    let (told, time) = receiver.next().await;
    assert_eq!(told["id"], format!("run-{}", run["id"].as_str().unwrap()));
    assert_eq!(
        (
            &told["event"],
            &told["policy"],
            &told["run"]["counts"]["holds"]["added"]
        ),
        (&json!("cleanup.run"), &json!("stale"), &json!(2))
    );
    let users: Vec<_> = told["users"].as_array().unwrap().iter().collect();
    let of = |user: &Value| (user["user"].clone(), user["decision"].clone());
    assert_eq!(
        users.iter().map(|user| of(user)).collect::<Vec<_>>(),
        [(json!("idle0"), json!("hold")), (json!("idle1"), json!("hold"))]
    );
    assert_eq!(told["users_left_out"], 0);
    let pack = town.operator().get(told["pack"].as_str().unwrap()).await;
    assert_eq!(pack.body["sha256"], run["pack"], "the link leads to the evidence");
    assert_eq!(time, (BEGIN + 100 * DAY) / 1_000);
    // It failed, twice: it is tried again under the same id and a new time, and taken.
    for _ in 0..2 {
        let (again, later) = receiver.later(&town).await;
        assert_eq!(again, told);
        assert!(later > time, "{later}");
    }
    taken(&town).await;
    // Nobody hears of it again, not even from another process: what comes next is the next news.
    let town = town.restarted(&text).await;
    town.clock.advance(DAY);
    town.sees_all(&["busy0".to_owned(), "busy1".to_owned(), "idle0".to_owned()]);
    let idle = town.cleaned("stale").await;
    assert_eq!(idle["counts"]["holds"]["released"], 1, "{idle}");
    assert_eq!(receiver.next().await.0["run"]["id"], idle["id"]);
    assert!(receiver.heard.try_recv().is_err());
}

#[tokio::test]
async fn a_notice_that_nobody_took_is_sent_by_the_next_process() {
    let mut receiver = Receiver::answering(&[]).await;
    let text = receiver.policy("apply", "");
    // Nobody listens at first.
    let deaf = text.replace(
        &receiver.url,
        &format!("http://127.0.0.1:{}/hooks/T0K3N", own_port()),
    );
    let town = town(&deaf).await;
    town.cleaned("stale").await;
    let run = town.cleaned("stale").await;
    assert_eq!(town.daemon.cleaner().outbox().waiting(), 1);
    let town = town.restarted(&text).await;
    let (told, _) = receiver.later(&town).await;
    assert_eq!(told["run"]["id"], run["id"]);
    taken(&town).await;
}

#[tokio::test]
async fn a_plan_that_waits_is_told_once_and_its_approval_too() {
    let mut receiver = Receiver::answering(&[]).await;
    let town = town(&receiver.policy("review", "")).await;
    town.cleaned("stale").await;
    let held = town.cleaned("stale").await;
    assert_eq!(
        town.cleaned("stale").await["plan"],
        held["plan"],
        "the same plan again"
    );
    let approved = town.approve(&held["plan"], &json!({})).await;
    let (told, _) = receiver.next().await;
    assert_eq!(
        (&told["event"], &told["run"]["plan"]),
        (&json!("cleanup.plan-held"), &held["plan"])
    );
    let (told, _) = receiver.next().await;
    assert_eq!(
        (&told["event"], &told["run"]["id"]),
        (&json!("cleanup.run"), &approved["id"])
    );
}

#[tokio::test]
async fn a_report_is_told_where_it_is_asked_for_and_a_dry_run_never() {
    let mut receiver = Receiver::answering(&[]).await;
    let text = receiver.policy("report", "");
    let text = text.replace("notify = { ", "notify = { reports = true, ");
    let town = town(&text).await;
    town.clean("stale", &json!({ "dry_run": true })).await;
    let run = town.cleaned("stale").await;
    assert_eq!(receiver.next().await.0["run"]["id"], run["id"]);
}

#[tokio::test]
async fn a_refused_return_is_told_and_no_answer_shows_address_or_key() {
    let mut receiver = Receiver::answering(&[]).await;
    let seats = |limit: u32, free: u32| {
        format!(
            "seats = {{ application = \"jira\", group = \"staff\", limit = {limit}, keep_free = {free} }}"
        )
    };
    let town = town(&receiver.policy("apply", &seats(4, 2))).await;
    town.cleaned("stale").await;
    town.cleaned("stale").await;
    assert_eq!(receiver.next().await.0["event"], "cleanup.run");
    let town = town.restarted(&receiver.policy("apply", &seats(2, 0))).await;
    let client = Client::new(town.daemon.crowd_url());
    assert_eq!(client.notify("idle0").await, 400);
    assert_eq!(client.notify("idle0").await, 400);
    assert_eq!(client.notify("idle1").await, 400);
    let (first, second) = (receiver.next().await.0, receiver.next().await.0);
    assert_eq!(first["event"], "cleanup.return-refused");
    assert_eq!(
        (&first["user"], &second["user"]),
        (&json!("idle0"), &json!("idle1"))
    );
    let why = first["reason"].as_str().unwrap();
    assert!(why.starts_with("came back, but all 2 seats"), "{why}");
    let shown = town.get("/cleanup").await.to_string();
    assert!(shown.contains("\"webhook\":\"http://127.0.0.1:"), "{shown}");
    assert!(!shown.contains("T0K3N") && !shown.contains(SECRET), "{shown}");
}
