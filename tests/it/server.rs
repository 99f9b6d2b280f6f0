//! The server of every face, asked over raw sockets.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::get;
use futures_util::stream;
use throng::http::server::{Limits, bind, serve_within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const ASK: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const LAST: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Served {
    async fn start(limits: Limits, router: Router) -> Self {
        let listener = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(serve_within(limits, listener, router, stop.clone()));
        tasks.close();
        Self { address, stop, tasks }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

fn small() -> Router {
    Router::new().route(
        "/",
        get(async |peer: ConnectInfo<SocketAddr>| peer.ip().to_string()),
    )
}

/// Everything until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset is an end as well: what came before it counts.
    drop(stream.read_to_end(&mut all).await);
    String::from_utf8(all).unwrap()
}

#[tokio::test]
async fn requests_sent_in_one_go_are_answered_in_order() {
    let router = small().route("/second", get(async || "second"));
    let served = Served::start(Limits::default(), router).await;
    let mut stream = served.connect().await;
    let second = LAST.replace("GET / ", "GET /second ");
    stream
        .write_all(format!("{ASK}{second}").as_bytes())
        .await
        .unwrap();
    let said = rest(&mut stream).await;
    assert_eq!(said.matches("HTTP/1.1 200 OK").count(), 2, "{said}");
    assert!(said.find("127.0.0.1") < said.find("second"), "{said}");
    assert!(said.ends_with("second"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_ends_the_connection() {
    let served = Served::start(Limits::default(), small()).await;
    let mut stream = served.connect().await;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nslow: ")
        .await
        .unwrap();
    let said = rest(&mut stream).await;
    assert!(!said.contains("200 OK"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_client_over_the_limit_waits_for_a_place() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let served = Served::start(limits, small()).await;
    let mut first = served.connect().await;
    first.write_all(ASK.as_bytes()).await.unwrap();
    let mut head = [0; 15];
    first.read_exact(&mut head).await.unwrap();
    let mut second = served.connect().await;
    second.write_all(LAST.as_bytes()).await.unwrap();
    // The clock stands still while anything can be done: a second passes only if nobody answers.
    let answered = tokio::time::timeout(Duration::from_secs(1), second.read_u8()).await;
    assert!(answered.is_err(), "the limit was not kept");
    first.write_all(LAST.as_bytes()).await.unwrap();
    assert!(rest(&mut first).await.ends_with("127.0.0.1"));
    assert!(rest(&mut second).await.ends_with("127.0.0.1"));
}

#[tokio::test]
async fn a_running_answer_ends_after_the_stop_and_nobody_new_is_let_in() {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (told, waited) = (Arc::clone(&begun), Arc::clone(&go_on));
    let slow = get(async move || {
        told.notify_one();
        waited.notified().await;
        "finished"
    });
    let served = Served::start(Limits::default(), Router::new().route("/", slow)).await;
    let mut stream = served.connect().await;
    let mut resting = served.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    begun.notified().await;
    served.stop.cancel();
    assert_eq!(rest(&mut resting).await, "", "a resting connection ends at once");
    go_on.notify_one();
    assert!(rest(&mut stream).await.ends_with("finished"));
    served.tasks.wait().await;
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_cut_off_by_the_drain_deadline() {
    let begun = Arc::new(Notify::new());
    let told = Arc::clone(&begun);
    let endless = get(async move || {
        told.notify_one();
        std::future::pending::<()>().await;
    });
    let limits = Limits {
        drain: Duration::ZERO,
        ..Limits::default()
    };
    let served = Served::start(limits, Router::new().route("/", endless)).await;
    let mut stream = served.connect().await;
    stream.write_all(ASK.as_bytes()).await.unwrap();
    begun.notified().await;
    served.stop.cancel();
    served.tasks.wait().await;
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answer_loses_its_place() {
    let endless = get(async || {
        let chunk = Bytes::from(vec![b'x'; 1 << 20]);
        Body::from_stream(stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone())))
    });
    let limits = Limits {
        stall: Duration::from_millis(20),
        connections: 1,
        ..Limits::default()
    };
    let served = Served::start(limits, small().route("/endless", endless)).await;
    let mut stuck = served.connect().await;
    stuck
        .write_all(ASK.replace("GET /", "GET /endless").as_bytes())
        .await
        .unwrap();
    let mut next = served.connect().await;
    next.write_all(LAST.as_bytes()).await.unwrap();
    assert!(
        rest(&mut next).await.ends_with("127.0.0.1"),
        "the stuck client still has the only place"
    );
}

/// Python's and Java's HTTP clients send a body after its head.
#[tokio::test]
async fn a_body_that_no_face_reads_does_not_end_the_connection() {
    let served = Served::start(Limits::default(), small()).await;
    let mut stream = served.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    // Another conversation, so that the server has seen the head before the body comes.
    let mut other = served.connect().await;
    other.write_all(LAST.as_bytes()).await.unwrap();
    rest(&mut other).await;
    stream.write_all(format!("{{}}{LAST}").as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 405 "), "{said}");
    assert_eq!(said.matches("HTTP/1.1 200 OK").count(), 1, "{said}");
}

#[tokio::test]
async fn who_waits_for_a_word_before_its_body_hears_the_answer() {
    let served = Served::start(Limits::default(), small()).await;
    let mut stream = served.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 405 "), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_costs_the_client_its_connection_only() {
    let served = Served::start(Limits::default(), small()).await;
    let mut stream = served.connect().await;
    let head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = rest(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 405 "), "{said}");
}
