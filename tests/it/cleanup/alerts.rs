//! Alerts: a plan of a synchronisation that waits is told by mail and webhook, once, to whom `[notify]` names.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::http::StatusCode;
use serde_json::{Value, json};
use throng::http::server;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::town::{Person, Town, person};
use crate::mail::post::{Post, Tls};
use crate::process::{run, throng};

/// Where documents come in.
async fn hook() -> (String, mpsc::Receiver<Value>) {
    let (tell, heard) = mpsc::channel(100);
    let hook = move |body: axum::body::Bytes| {
        let tell = tell.clone();
        async move {
            tell.send(serde_json::from_slice(&body).unwrap()).await.unwrap();
            StatusCode::NO_CONTENT
        }
    };
    let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .unwrap();
    let url = format!("http://{}/T0K3N", listener.local_addr().unwrap());
    let router = Router::new().route("/T0K3N", axum::routing::post(hook));
    TaskTracker::new().spawn(server::serve(listener, router, CancellationToken::new()));
    (url, heard)
}

/// Waits until nothing waits.
async fn quiet(town: &Town) {
    while town.daemon.cleaner().outbox().waiting() > 0 {
        tokio::task::yield_now().await;
    }
}

/// What `throng notices` prints of those that were sent.
async fn listed(town: &Town) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("throng.toml");
    let client = format!(
        "[admin]\nlisten = \"{}\"\ntokens = [ {{ name = \"ops\", secret = {{ value = \"{}\" }}, scopes = [\"*\"] }} ]\n",
        town.daemon.admin(),
        crate::harness::TOKEN
    );
    std::fs::write(&file, client).unwrap();
    run(throng()
        .args(["notices", "--state", "sent", "--config"])
        .arg(&file))
    .await
}

#[tokio::test]
async fn a_held_plan_is_told_once_and_the_usual_receivers_hear_of_policies_too() {
    let post = Post::with(Tls::Begun, &[]).await;
    let (url, mut heard) = hook().await;
    let text = format!(
        "[smtp]\n{}\n[notify]\nwebhook = \"{url}\"\nadministrators = [\"ops@corp.example\"]\n\
         [[cleanup]]\nname = \"stale\"\nmode = \"report\"\ninactive_for = \"90d\"\nevidence = [\"activity-api\"]\nnotify = {{ reports = true }}\n",
        post.section()
    );
    let people: Vec<Person> = (0..10)
        .map(|number| person(&format!("user{number}"), -400))
        .collect();
    let mut town = Town::of(people, &[], &text).await;
    town.daemon.alert().await;
    let gone: Vec<String> = town.people.keys().take(7).cloned().collect();
    town.people.retain(|name, _| !gone.contains(name));
    let held = town.sync(true).await;
    assert_eq!(held["state"], "held", "{held}");
    town.daemon.alert().await;
    town.daemon.alert().await;
    let told = heard.recv().await.unwrap();
    assert_eq!(
        (&told["event"], &told["directory"], &told["plan"]),
        (&json!("sync.plan-held"), &json!("corp"), &held["plan"])
    );
    assert!(
        told["reasons"][0]
            .as_str()
            .unwrap()
            .contains("plan removes 7 of 10 users"),
        "{told}"
    );
    quiet(&town).await;
    let town = town.restarted(&text).await;
    town.daemon.alert().await;
    let report = town.cleaned("stale").await;
    assert_eq!(
        heard.recv().await.unwrap()["run"]["id"],
        report["id"],
        "nothing of the plan came between"
    );
    quiet(&town).await;
    let subjects: Vec<String> = post.taken().iter().map(|mail| mail.header("Subject")).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert_eq!(
        subjects[0],
        "throng: a plan for directory `corp` waits for approval"
    );
    let plan = held["plan"].as_str().unwrap();
    assert!(
        post.taken()[0]
            .text()
            .contains(&format!("throng plan approve {plan}")),
        "{:?}",
        post.taken()[0]
    );

    let (code, out, err) = listed(&town).await;
    assert_eq!((code, out.lines().count()), (0, 4), "{out}{err}");
    assert!(
        out.contains("sync.plan-held plan-") && out.contains(" by mail at ") && !out.contains("T0K3N"),
        "{out}"
    );
}
