//! Connections: requests in one go, kept alive, broken off in the middle of an answer.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::changes::user;
use super::face::{ALL_USERS, API, EVERYTHING, Face, Setup, basic};

/// Several chunks.
const USERS: usize = 1_000;

async fn large() -> Face {
    company(USERS).await
}

async fn company(users: usize) -> Face {
    let face = Face::with(Setup::default()).await;
    face.commit(
        (0..users)
            .map(|at| user(&format!("user{at:05}@corp.example")))
            .collect(),
    )
    .await;
    face
}

fn request(line: &str, headers: &str, body: &str) -> String {
    format!(
        "{line}\r\nhost: x\r\nauthorization: {}\r\ncontent-type: application/xml\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        basic("jira:pa:ss"),
        body.len()
    )
}

/// Everything that is said until the server closes.
async fn conversation(face: &Face, sent: String) -> String {
    let socket = face.serve().await;
    let mut stream = TcpStream::connect(socket.address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    String::from_utf8(said).unwrap()
}

#[tokio::test]
async fn requests_sent_in_one_go_are_answered_in_order_whatever_their_size() {
    let face = large().await;
    let small = |name: &str| request(&format!("GET {API}/user?username={name} HTTP/1.1"), "", "");
    let listing = request(&format!("POST {API}{ALL_USERS} HTTP/1.1"), "", EVERYTHING);
    let refused = request(&format!("POST {API}/search HTTP/1.1"), "", EVERYTHING);
    let last = request(
        &format!("GET {API}/config/cookie HTTP/1.1"),
        "connection: close\r\n",
        "",
    );
    let sent = [
        small("user00001@corp.example"),
        listing,
        refused,
        small("nobody"),
        last,
    ]
    .concat();
    let said = conversation(&face, sent).await;
    let answers: Vec<_> = said.split("HTTP/1.1 ").skip(1).collect();
    let statuses: Vec<_> = answers.iter().map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "400", "404", "200"]);
    assert!(answers[0].contains("<key>corp:user00001@corp.example</key>"));
    assert!(answers[1].contains("transfer-encoding: chunked"));
    assert_eq!(answers[1].matches("<active>true</active>").count(), USERS);
    assert!(answers[4].contains("<cookie-config>"));
    for answer in answers {
        assert!(
            answer.contains("x-embedded-crowd-version: throng/"),
            "{answer:.300}"
        );
    }
}

/// Some proxies still speak HTTP/1.0 to their servers: no chunks, and the end of the connection ends the answer.
#[tokio::test]
async fn a_proxy_that_speaks_http_1_0_gets_the_whole_listing() {
    let face = large().await;
    let listing = request(&format!("POST {API}{ALL_USERS} HTTP/1.0"), "", EVERYTHING);
    let said = conversation(&face, listing).await;
    assert!(
        said.starts_with("HTTP/1.0 200 OK") && !said.contains("transfer-encoding"),
        "{said:.300}"
    );
    assert!(said.ends_with("</user></users>"));
    assert_eq!(said.matches("<active>true</active>").count(), USERS);
}

#[tokio::test]
async fn a_head_request_has_the_headers_of_the_answer_and_nothing_more() {
    let face = large().await;
    let head = request(
        &format!("HEAD {API}/user?username=user00001@corp.example HTTP/1.1"),
        "",
        "",
    );
    let last = request(
        &format!("GET {API}/event/x HTTP/1.1"),
        "connection: close\r\n",
        "",
    );
    let said = conversation(&face, head + &last).await;
    let answers: Vec<_> = said.split("HTTP/1.1 ").skip(1).collect();
    assert!(
        answers[0].starts_with("200 ") && answers[0].ends_with("\r\n\r\n"),
        "{}",
        answers[0]
    );
    assert!(answers[0].contains("content-type: application/xml") && answers[1].starts_with("410 "));
}

/// What a client that went away had asked for is given up: the picture that its answer was told from is free again.
#[tokio::test]
async fn a_client_that_closes_in_the_middle_of_an_answer_costs_nothing() {
    // Their listing is more than the sockets between two ends take up by themselves.
    let face = company(20_000).await;
    let socket = face.serve().await;
    let picture = Arc::downgrade(&face.directories[0].snapshot());
    let mut clients = Vec::new();
    for at in 0..6 {
        let mut stream = TcpStream::connect(socket.address).await.unwrap();
        let path = if at % 2 == 0 {
            ALL_USERS
        } else {
            "/search?entity-type=user&max-results=-1&restriction=name%3Du*"
        };
        let method = if at % 2 == 0 { "POST" } else { "GET" };
        let sent = request(
            &format!("{method} {API}{path} HTTP/1.1"),
            "",
            if at % 2 == 0 { EVERYTHING } else { "" },
        );
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut begun = [0; 4096];
        stream.read_exact(&mut begun).await.unwrap();
        assert!(begun.starts_with(b"HTTP/1.1 200 OK"));
        clients.push(stream);
    }
    // The face itself keeps the last view: a new one takes its place.
    face.commit(vec![user("new")]).await;
    assert_eq!(face.get("/user?username=new").await.status, 200);
    assert!(
        picture.upgrade().is_some(),
        "the answers under way are told from it"
    );
    drop(clients);
    socket.end().await;
    assert!(picture.upgrade().is_none(), "nobody is told from it any more");
}

/// Python's and Java's HTTP clients send a body after its head; a server that answers by the head alone, then closes
/// because of the rest, breaks their next request on the connection.
#[tokio::test]
async fn a_body_that_nobody_needs_does_not_end_the_connection() {
    let face = company(1).await;
    let socket = face.serve().await;
    for (line, status) in [
        ("POST /session/abc", "404 "),
        ("PATCH /user", "405 "),
        ("POST /nothing", "404 "),
        ("GET /user", "400 "),
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        let mut stream = TcpStream::connect(socket.address).await.unwrap();
        let whole = request(&format!("{method} {API}{path} HTTP/1.1"), "", "<a/>");
        let (head, body) = whole.split_at(whole.len() - 4);
        stream.write_all(head.as_bytes()).await.unwrap();
        // Another conversation, so that the server has seen the head before the body comes.
        let mut other = TcpStream::connect(socket.address).await.unwrap();
        let ask = request(
            &format!("GET {API}/config/cookie HTTP/1.1"),
            "connection: close\r\n",
            "",
        );
        other.write_all(ask.as_bytes()).await.unwrap();
        other.read_to_end(&mut Vec::new()).await.unwrap();
        stream
            .write_all((body.to_owned() + &ask).as_bytes())
            .await
            .unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        let answers: Vec<_> = said.split("HTTP/1.1 ").skip(1).collect();
        assert_eq!(answers.len(), 2, "{line}: {said}");
        assert!(
            answers[0].starts_with(status) && answers[1].starts_with("200 "),
            "{line}: {said}"
        );
    }
}
