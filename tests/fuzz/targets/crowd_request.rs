//! Whole requests to the Crowd face: path, query, Basic header, cookie, address, negotiation, body.
//!
//! The input is lines: method, path with query, then headers, an empty line, the body. `@` stands for the right password.
#![no_main]

use std::net::SocketAddr;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response};
use libfuzzer_sys::fuzz_target;
use throng::clock::StoppedClock;
use throng::directory::session::SessionKey;
use throng::directory::{self, Applications, Directory, Sessions};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::model::change::{GroupWish, UserWish};
use throng::model::{Attributes, Change, Detail, MemberKind, Owner};
use throng::model::commit::Cursor;
use throng::store::Store;
use throng::store::memory::MemoryStore;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

static FACE: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let face = runtime.block_on(face());
    (runtime, face)
});

async fn face() -> Router {
    let store: std::sync::Arc<dyn Store> = MemoryStore::new();
    let epoch = store.epoch();
    let directory = Directory::open("corp".into(), store, StoppedClock::at(1), &TaskTracker::new()).await.unwrap();
    let request = directory::Request {
        changes: company(),
        cursor: Some(Cursor { scope: String::new(), token: String::new(), full_at: 0 }),
        ..directory::Request::default()
    };
    directory.apply(request).await.unwrap();
    let config: ApplicationConfig = toml::from_str(
        "name = \"jira\"\npassword = { value = \"secret\" }\ndirectories = [\"corp\"]",
    )
    .unwrap();
    let gate = Gate::new(std::slice::from_ref(&config), vec!["10.0.0.0/8".parse().unwrap()]).unwrap();
    let crowd = CrowdConfig::default();
    let sessions = Sessions::open(
        SessionKey::new([7; 64]),
        crowd.sso.sessions(),
        std::sync::Arc::clone(directory.store()),
        StoppedClock::at(1),
        std::slice::from_ref(&directory),
        (TaskTracker::new(), CancellationToken::new()),
    );
    let sessions = sessions.await.unwrap();
    let applications = Applications::new(epoch, vec![config.application()], &[directory]);
    router(CrowdState::new(&crowd, gate, applications.into(), sessions))
}

/// alice in devs in staff, with an attribute each.
fn company() -> Vec<Change> {
    let owner = Owner::Source;
    let mut changes = vec![Change::PutUser(UserWish {
        external_id: "1".into(),
        owner,
        name: "alice".into(),
        first_name: "".into(),
        last_name: "<&>".into(),
        display_name: "".into(),
        email: "a@example.org".into(),
        active: true,
        created_at: None,
    })];
    for name in ["devs", "staff"] {
        changes.push(Change::PutGroup(GroupWish {
            external_id: name.into(),
            owner,
            name: name.into(),
            nickname: "".into(),
            description: "\"".into(),
            created_at: None,
        }));
    }
    for (group, user, child) in [("devs", Some("1"), None), ("staff", None, Some("devs"))] {
        changes.push(Change::Members {
            group: group.into(),
            owner,
            add_users: user.map(Into::into).into_iter().collect(),
            remove_users: Vec::new(),
            add_groups: child.map(Into::into).into_iter().collect(),
            remove_groups: Vec::new(),
        });
    }
    for (of, subject) in [(MemberKind::User, "1"), (MemberKind::Group, "devs")] {
        let attributes = Attributes([("a&b".into(), vec!["c".into(), "<d>".into()])].into());
        let value = Detail::Attributes(attributes.into());
        changes.push(Change::Detail { of, subject: subject.into(), kind: value.kind(), value: Some(value) });
    }
    changes
}

fn request(input: &[u8]) -> Option<Request<Body>> {
    let mut rest = input;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        line
    };
    let mut request = Request::builder().method(line());
    let path = line();
    request = request.uri(["/crowd/rest/usermanagement/1".as_bytes(), path].concat());
    loop {
        match line() {
            b"" => break,
            b"@" => request = request.header("authorization", "Basic amlyYTpzZWNyZXQ="),
            other => {
                let colon = other.iter().position(|byte| *byte == b':')?;
                request = request.header(&other[..colon], HeaderValue::from_bytes(&other[colon + 1..]).ok()?);
            }
        }
    }
    let peer = SocketAddr::from(([127, 0, 0, 1], 9));
    request.extension(ConnectInfo(peer)).body(Body::from(rest.to_vec())).ok()
}

fuzz_target!(|input: &[u8]| {
    let Some(request) = request(input) else { return };
    let (runtime, face) = &*FACE;
    let answer = runtime.block_on(async {
        let (parts, body) = face.clone().oneshot(request).await.unwrap().into_parts();
        Response::from_parts(parts, axum::body::to_bytes(body, usize::MAX).await.unwrap())
    });
    assert!(answer.status() != 500, "a panic or a failure: {answer:?}");
    assert!(answer.headers().contains_key("x-embedded-crowd-version"));
    if answer.headers().contains_key("content-encoding") || answer.body().is_empty() {
        return;
    }
    let text = std::str::from_utf8(answer.body()).unwrap();
    match answer.headers()["content-type"].to_str().unwrap() {
        "application/json" => drop(serde_json::from_str::<serde_json::Value>(text).unwrap()),
        "application/xml" => check_xml(text),
        other => assert!(other.starts_with("text/plain"), "{other}"),
    }
});

/// Well-formed, without characters that XML 1.0 cannot carry: one of them would end a client's synchronisation.
fn check_xml(text: &str) {
    assert!(!text.chars().any(|c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')));
    let mut reader = quick_xml::Reader::from_str(text);
    while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
}
