//! When a feed sends its client to a full sync: 410, with the reason that makes it go.

use std::sync::Arc;

use throng::model::Change;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::changes::{named, named_group, remove_user, user};
use super::face::{Face, Setup};
use super::told::{feed, user_deleted};

async fn assert_expired(face: &Face, token: &str, what: &str) {
    let said = face.get(&format!("/event/{token}")).await;
    assert_eq!(
        (said.status.as_u16(), said.header("content-type")),
        (410, "application/xml"),
        "{what}: {}",
        said.body
    );
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><error><reason>EVENT_TOKEN_EXPIRED</reason>\
                    <message>the event token is unknown or too old; hint: read everything</message></error>";
    assert_eq!(said.body, expected, "{what}");
}

async fn head(face: &Face) -> String {
    face.get("/event").await.token().unwrap()
}

async fn small() -> Face {
    let face = Face::with(Setup::default()).await;
    face.commit(vec![
        named("u1", "ann", true),
        named("u2", "bob", true),
        named_group("g1", "devs"),
    ])
    .await;
    face
}

#[tokio::test]
async fn r5a_renames_and_swaps() {
    let renames: [(&str, Vec<Change>); 3] = [
        ("a rename", vec![named("u1", "anna", true)]),
        ("a swap", vec![named("u1", "bob", true), named("u2", "ann", true)]),
        (
            "a rename onto a freed name",
            vec![remove_user("u2"), named("u1", "bob", true)],
        ),
    ];
    for (what, changes) in renames {
        let face = small().await;
        let token = head(&face).await;
        face.commit(changes).await;
        assert_expired(&face, &token, what).await;
        assert_eq!(
            face.get(&format!("/event/{}", head(&face).await)).await.status,
            200,
            "{what}"
        );
    }
}

#[tokio::test]
async fn r5b_a_key_that_returns_under_any_name() {
    for name in ["ann", "other"] {
        let face = small().await;
        face.commit(vec![remove_user("u1")]).await;
        let token = head(&face).await;
        face.commit(vec![named("u1", name, true)]).await;
        assert_expired(&face, &token, name).await;
    }
}

#[tokio::test]
async fn r5c_a_user_who_becomes_unshadowed() {
    let face = Face::with(Setup {
        directories: &["first", "second"],
        ..Setup::default()
    })
    .await;
    face.commit_to(0, vec![user("ann")]).await;
    face.commit_to(1, vec![named("x1", "Ann", true)]).await;
    let token = head(&face).await;
    face.commit_to(0, vec![remove_user("ann")]).await;
    assert_expired(&face, &token, "unshadowed").await;
}

#[tokio::test]
async fn a_renamed_user_who_is_gone_again_does_not_expire_the_token() {
    let face = small().await;
    let token = head(&face).await;
    face.commit(vec![named("u1", "anna", true)]).await;
    face.commit(vec![remove_user("u1")]).await;
    let said = face.get(&format!("/event/{token}")).await;
    assert_eq!(
        said.short(),
        feed("[4]", &[user_deleted("ann"), user_deleted("anna")])
    );
}

#[tokio::test]
async fn r9_a_token_of_another_store_another_view_or_the_future() {
    let (face, other) = (small().await, small().await);
    assert_expired(&face, &head(&other).await, "another store").await;
    let store: Arc<dyn Store> = MemoryStore::new();
    let plain = Setup {
        store: Arc::clone(&store),
        ..Setup::default()
    };
    let lower = Setup {
        store,
        application: "password = { value = \"pa:ss\" }\nlower_case = true".to_owned(),
        ..Setup::default()
    };
    let plain = head(&Face::with(plain).await).await;
    assert_expired(&Face::with(lower).await, &plain, "another view").await;
    for text in ["0", "42:108", "-1", "AAAA", "%20"] {
        assert_expired(&face, text, text).await;
    }
}

#[tokio::test]
async fn r9_more_events_than_a_full_sync_is_worth() {
    let face = Face::with(Setup::default()).await;
    let token = head(&face).await;
    let many = |range: std::ops::Range<usize>| range.map(|at| user(&format!("user{at}"))).collect();
    face.commit(many(0..5_000)).await;
    let said = face.get(&format!("/event/{token}")).await;
    assert_eq!(
        (said.status.as_u16(), said.body.matches("<operation>").count()),
        (200, 10_000)
    );
    face.commit(many(5_000..5_001)).await;
    assert_expired(&face, &token, "too many").await;
}
