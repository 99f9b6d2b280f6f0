//! The mark of a full sync: which cookies count, when they are given and taken.

use std::sync::Arc;

use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::changes::user;
use super::face::{ALL_USERS, EVERYTHING, Face, Setup};
use super::said::Said;

async fn event(face: &Face, cookie: &str) -> Said {
    face.ask("GET", "/event", &[("cookie", cookie)], "").await
}

/// A mark at commit 2, the head being at 3.
async fn marked() -> (Face, String) {
    let face = Face::start().await;
    let listed = face.post(ALL_USERS, EVERYTHING).await;
    let given = listed.header("set-cookie");
    assert!(
        given.starts_with("throng-sync=") && given.ends_with("; Path=/; Max-Age=86400; HttpOnly"),
        "{given}"
    );
    let cookie = listed.cookie().to_owned();
    face.commit(vec![user("carol")]).await;
    (face, cookie)
}

fn token_of(said: &Said) -> String {
    let short = said.short();
    short
        .split("newEventToken=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_mark_is_answered_once_and_taken_back() {
    let (face, cookie) = marked().await;
    let said = event(&face, &cookie).await;
    assert_eq!(token_of(&said), "[2]+");
    assert_eq!(
        said.header("set-cookie"),
        "throng-sync=; Path=/; Max-Age=0; HttpOnly"
    );
    let said = face.get("/event").await;
    assert_eq!(
        (token_of(&said).as_str(), said.header("set-cookie")),
        ("[3]+", "")
    );
}

#[tokio::test]
async fn a_mark_is_found_among_other_cookies() {
    let (face, cookie) = marked().await;
    let quoted = cookie.replacen('=', "=\"", 1) + "\"";
    for header in [
        format!("JSESSIONID=x; {cookie}; y=z"),
        format!("a=b;{quoted}"),
        format!("x-throng-sync=no; {cookie}"),
    ] {
        assert_eq!(token_of(&event(&face, &header).await), "[2]+", "{header}");
    }
}

#[tokio::test]
async fn a_mark_that_is_none_of_this_view_is_the_head_and_is_taken_back() {
    let (face, cookie) = marked().await;
    let (_, elsewhere) = marked().await;
    let (cut, _) = cookie.split_at(cookie.len() - 1);
    for wrong in [elsewhere.as_str(), cut, "throng-sync=", "throng-sync=42:108"] {
        let said = event(&face, wrong).await;
        assert_eq!(token_of(&said), "[3]+", "{wrong}");
        assert!(said.header("set-cookie").contains("Max-Age=0"), "{wrong}");
    }
    // Who brings no mark at all may be a client that keeps no cookies: the listing still waits for it.
    let none = event(&face, "throng-synced=1").await;
    assert_eq!(
        (token_of(&none).as_str(), none.header("set-cookie")),
        ("[2]+", "")
    );
}

#[tokio::test]
async fn another_view_of_the_same_store_does_not_take_the_mark() {
    let store: Arc<dyn Store> = MemoryStore::new();
    let plain = Face::with(Setup {
        store: Arc::clone(&store),
        ..Setup::default()
    })
    .await;
    let cookie = plain.post(ALL_USERS, EVERYTHING).await.cookie().to_owned();
    plain.commit(vec![user("alice")]).await;
    let lower = Setup {
        store,
        read: false,
        application: "password = { value = \"pa:ss\" }\nlower_case = true".to_owned(),
        ..Setup::default()
    };
    assert_eq!(token_of(&event(&Face::with(lower).await, &cookie).await), "[2]+");
    assert_eq!(token_of(&event(&plain, &cookie).await), "[1]+");
}

#[tokio::test]
async fn a_feed_ends_the_round_of_a_first_era_client_whether_it_tells_or_expires() {
    let (face, cookie) = marked().await;
    let token = face.get("/event").await.token().unwrap();
    for (path, status) in [(format!("/event/{token}"), 200), ("/event/gone".to_owned(), 410)] {
        let said = face.ask("GET", &path, &[("cookie", &cookie)], "").await;
        assert_eq!(
            (
                said.status.as_u16(),
                said.header("set-cookie").contains("Max-Age=0")
            ),
            (status, true),
            "{path}"
        );
    }
}

#[tokio::test]
async fn look_ups_and_other_lists_leave_the_mark_alone() {
    let (face, cookie) = marked().await;
    for path in [
        "/user?username=alice",
        "/group/membership",
        "/search?entity-type=group&max-results=-1",
    ] {
        let said = face.ask("GET", path, &[("cookie", &cookie)], "").await;
        assert_eq!(
            (said.status.as_u16(), said.header("set-cookie")),
            (200, ""),
            "{path}"
        );
    }
    let again = face.ask("GET", ALL_USERS, &[("cookie", &cookie)], "").await;
    assert!(
        !again.cookie().is_empty() && again.cookie() != cookie,
        "a new listing has a new mark"
    );
}
