//! Webhooks: registered, shown, removed; a real receiver hears of changes.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use throng::clock::StoppedClock;
use throng::http::server;
use throng::notify::Pinger;
use throng::store::Store;
use throng::store::memory::MemoryStore;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::changes::user;
use super::face::{Face, Setup, XML};
use super::signed::{JSON, WANTS_JSON, refusal};
use crate::ports::own_port;

fn body(endpoint: &str) -> String {
    format!("<webhook><endpointUrl>{endpoint}</endpointUrl><token>open sesame</token></webhook>")
}

#[tokio::test]
async fn a_webhook_is_registered_shown_and_removed() {
    let face = Face::with(Setup {
        others: &[("wiki", &["corp"])],
        ..Setup::default()
    })
    .await;
    let endpoint = "https://stash.example/hook?a=1&amp;b=2";
    let said = face.post("/webhook", body(endpoint)).await;
    assert_eq!(said.status, 201);
    assert!(
        said.header("location")
            .ends_with("/rest/usermanagement/1/webhook/1")
    );
    let shown = "<webhook><id>1</id><endpointUrl>https://stash.example/hook?a=1&amp;b=2</endpointUrl><token>open sesame</token></webhook>";
    assert!(said.body.ends_with(shown), "{}", said.body);
    assert!(face.get("/webhook/1").await.body.ends_with(shown));
    // Once more in the other form: the same one.
    let again = r#"{"endpointUrl":"https://stash.example/hook?a=1&b=2","token":"new"}"#;
    let said = face.ask("POST", "/webhook", &[JSON, WANTS_JSON], again).await;
    assert_eq!(
        (said.status.as_u16(), said.body.as_str()),
        (
            201,
            r#"{"id":1,"endpointUrl":"https://stash.example/hook?a=1&b=2","token":"new"}"#
        )
    );
    // Another application's is another one, and nobody else's business.
    let other = face
        .ask_as("wiki", "POST", "/webhook", &[XML], body(endpoint))
        .await;
    assert!(other.body.contains("<id>2</id>"), "{}", other.body);
    for method in ["GET", "DELETE"] {
        let said = face.ask(method, "/webhook/2", &[], "").await;
        assert_eq!(refusal(&said), (403, "APPLICATION_PERMISSION_DENIED"), "{method}");
    }
    let gone = face.ask("DELETE", "/webhook/1", &[], "").await;
    assert_eq!((gone.status.as_u16(), gone.body.as_str()), (204, ""));
    for (method, path) in [
        ("DELETE", "/webhook/1"),
        ("GET", "/webhook/1"),
        ("GET", "/webhook/x"),
    ] {
        let said = face.ask(method, path, &[], "").await;
        assert_eq!(refusal(&said), (404, "WEBHOOK_NOT_FOUND"), "{method} {path}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_refused_in_words() {
    let face = Face::start().await;
    for (endpoint, words) in [
        (
            "http://stash.example/",
            "plain http would show credentials to the network; hint: use https",
        ),
        ("ftp://stash.example/", "only http and https are spoken"),
        ("nonsense", "`nonsense` cannot be used"),
        ("https://a:b@stash.example/", "the endpoint holds a password"),
        (
            &format!("https://a.example/{}", "x".repeat(2_000)),
            "more than 2000 bytes",
        ),
    ] {
        let said = face.post("/webhook", body(endpoint)).await;
        assert_eq!(refusal(&said), (400, "ILLEGAL_ARGUMENT"), "{endpoint}");
        assert!(said.body.contains(words), "{}", said.body);
    }
    for at in 0..10 {
        assert_eq!(
            face.post("/webhook", body(&format!("https://a.example/{at}")))
                .await
                .status,
            201
        );
    }
    let said = face.post("/webhook", body("https://a.example/10")).await;
    assert!(
        said.status == 400 && said.body.contains("10 webhooks, no more"),
        "{}",
        said.body
    );
    assert_eq!(
        face.post("/webhook", body("https://a.example/3")).await.status,
        201,
        "known"
    );
}

/// Hears requests, and answers them with a status.
async fn receiver(status: StatusCode) -> (SocketAddr, mpsc::Receiver<(HeaderMap, usize)>) {
    let (tell, heard) = mpsc::channel(100);
    let hook = move |headers: HeaderMap, body: axum::body::Bytes| {
        let tell = tell.clone();
        async move {
            tell.send((headers, body.len())).await.unwrap();
            status
        }
    };
    let listener = server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, own_port())))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/hook", axum::routing::post(hook));
    TaskTracker::new().spawn(server::serve(listener, router, CancellationToken::new()));
    (address, heard)
}

fn send(face: &Face) {
    let (pinger, stop) = (Pinger::new().unwrap(), CancellationToken::new());
    let tasks = TaskTracker::new();
    let directory = Arc::clone(&face.directories[0]);
    tasks.spawn(Arc::clone(&face.webhooks).watch(directory, stop.clone()));
    let post = move |ping: throng::directory::webhooks::Ping| {
        let pinger = pinger.clone();
        async move { pinger.ping(&ping.endpoint, ping.token.as_deref()).await }
    };
    tasks.spawn(Arc::clone(&face.webhooks).run(post, stop));
}

#[tokio::test]
async fn a_change_is_told_by_an_empty_post() {
    let (store, clock): (Arc<dyn Store>, _) = (MemoryStore::new(), StoppedClock::at(0));
    let setup = || Setup {
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        ..Setup::default()
    };
    let face = Face::with(setup()).await;
    let (address, mut heard) = receiver(StatusCode::OK).await;
    assert_eq!(
        face.post("/webhook", body(&format!("http://{address}/hook")))
            .await
            .status,
        201
    );
    send(&face);
    face.commit(vec![user("alice")]).await;
    let (headers, length) = heard.recv().await.unwrap();
    assert_eq!((length, &headers["content-length"]), (0, &"0".parse().unwrap()));
    assert_eq!(headers["authorization"], "Basic b3BlbiBzZXNhbWU=");
    // What happens right after it is one more ping, however much it is.
    for name in ["bob", "carl", "dora"] {
        face.commit(vec![user(name)]).await;
    }
    clock.advance(2_000);
    face.commit(vec![user("eve")]).await;
    heard.recv().await.unwrap();
    assert!(heard.try_recv().is_err(), "nothing is told twice");
    // Another daemon on the same store knows it, and tells what happened meanwhile.
    face.commit(vec![user("fred")]).await;
    let later = Face::with(setup()).await;
    send(&later);
    heard.recv().await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_fails_is_told_again_after_a_wait() {
    let clock = StoppedClock::at(0);
    let face = Face::with(Setup {
        clock: Arc::clone(&clock),
        ..Setup::default()
    })
    .await;
    let (address, mut heard) = receiver(StatusCode::MOVED_PERMANENTLY).await;
    face.post("/webhook", body(&format!("http://{address}/hook")))
        .await;
    send(&face);
    let week = 7 * 86_400_000;
    for (name, later) in [("a", 0), ("b", 10_000), ("c", 20_000), ("d", week)] {
        clock.advance(later);
        face.commit(vec![user(name)]).await;
        heard.recv().await.unwrap();
        // The next one waits until this one has been taken note of.
        while face.webhooks.on_their_way() > 0 {
            tokio::task::yield_now().await;
        }
    }
    let said = face.get("/webhook/1").await;
    assert_eq!(refusal(&said), (404, "WEBHOOK_NOT_FOUND"), "a week is enough");
}
