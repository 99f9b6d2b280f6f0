//! Long answers: several chunks, compressed where asked for, whole.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use throng::client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::changes::{group, members, nest, user};
use super::face::{ALL_USERS, API, EVERYTHING, Face, Setup, basic};

const USERS: usize = 5_000;

/// Answers of several chunks of 64 KiB: many users, one group that holds them all, many that hold a few.
async fn large() -> Face {
    let face = Face::with(Setup::default()).await;
    let names: Vec<_> = (0..USERS).map(|at| format!("user{at:05}@corp.example")).collect();
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    let mut changes: Vec<_> = all.iter().map(|name| user(name)).collect();
    changes.push(group("everybody"));
    changes.push(members("everybody", &all, &[], &[], &[]));
    for at in 0..100 {
        let name = format!("group{at:03}");
        changes.push(group(&name));
        changes.push(members(&name, &all[at * 50..at * 50 + 50], &[], &[], &[]));
        changes.push(nest("everybody", &name));
    }
    face.commit(changes).await;
    face
}

#[tokio::test]
async fn a_listing_of_many_chunks_is_whole_in_both_forms() {
    let face = large().await;
    let said = face.post(ALL_USERS, EVERYTHING).await;
    assert!(said.body.len() > 10 * 64 * 1024);
    assert_eq!(said.body.matches("<user expand=\"attributes\" ").count(), USERS);
    assert_eq!(said.body.matches("</user>").count(), USERS);
    assert!(said.body.ends_with("</user></users>"));
    let value = face.get_json(ALL_USERS).await;
    assert_eq!(value["users"].as_array().unwrap().len(), USERS);
    let value = face
        .get_json("/search?entity-type=user&start-index=4000&max-results=-1&expand=user")
        .await;
    let users = value["users"].as_array().unwrap();
    assert_eq!(
        (users.len(), users[0]["name"].as_str().unwrap()),
        (1_000, "user04000@corp.example")
    );
    let said = face.get("/group/membership").await;
    assert!(said.body.len() > 3 * 64 * 1024);
    assert_eq!(said.body.matches("<user name=").count(), 2 * USERS);
    assert_eq!(said.body.matches("<group name=").count(), 100);
    assert_eq!(said.body.matches("</membership>").count(), 101);
    assert!(said.body.ends_with("</membership></memberships>"));
}

#[tokio::test]
async fn jira_reads_the_whole_company_over_a_socket() {
    let face = large().await;
    let socket = face.serve().await;
    let mut jira = socket.jira();
    jira.test_settings().await.unwrap();
    jira.sync().await.unwrap();
    assert_eq!(
        (
            jira.cache.users.len(),
            jira.cache.groups.len(),
            jira.cache.memberships.len(),
            jira.cache.nesting.len()
        ),
        (USERS, 101, 2 * USERS, 100)
    );
}

#[tokio::test]
async fn a_compressed_answer_is_the_same_answer() {
    let face = large().await;
    let bare = face.get("/group/membership").await;
    assert_eq!(bare.header("content-encoding"), "");
    let packed = Request::get(format!("{API}/group/membership"))
        .header("authorization", basic("jira:pa:ss"))
        .header("accept-encoding", "gzip,deflate")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))))
        .body(Body::empty())
        .unwrap();
    let packed = face.router.clone().oneshot(packed).await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.headers().contains_key("x-embedded-crowd-version"));
    let packed = axum::body::to_bytes(packed.into_body(), usize::MAX)
        .await
        .unwrap();
    assert!(packed.len() * 4 < bare.body.len());

    let socket = face.serve().await;
    let url = format!("{}/rest/usermanagement/1/group/membership", socket.url());
    let unpacked = client::build()
        .unwrap()
        .get(url)
        .basic_auth("jira", Some("pa:ss"));
    let unpacked = unpacked.send().await.unwrap();
    assert_eq!(
        unpacked.content_length(),
        None,
        "the client must have unpacked it"
    );
    assert_eq!(unpacked.text().await.unwrap(), bare.body);
}

/// The body is drained, so that a client which is still writing hears the answer, and the connection goes on.
#[tokio::test]
async fn a_body_of_ten_megabytes_is_refused_and_the_connection_goes_on() {
    let face = Face::start().await;
    let socket = face.serve().await;
    let mut stream = TcpStream::connect(socket.address).await.unwrap();
    let head = |path: &str, length: usize| {
        format!(
            "POST {API}{path} HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\ncontent-type: application/xml\r\n\
             content-length: {length}\r\n",
            basic("jira:pa:ss")
        )
    };
    let large = head("/search?entity-type=user", 10_000_000) + "\r\n";
    stream.write_all(large.as_bytes()).await.unwrap();
    stream.write_all(&vec![b'x'; 10_000_000]).await.unwrap();
    let next = head("/search?entity-type=user", EVERYTHING.len()) + "connection: close\r\n\r\n" + EVERYTHING;
    stream.write_all(next.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert!(
        said.contains("larger than 1048576 bytes") && said.contains("HTTP/1.1 200 OK"),
        "{said}"
    );
}
