//! Single sign-on: sessions ended by applications, and by users who leave.

use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::directory::session::Explained;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::changes::{named, remove_user, user};
use super::face::{Face, Setup};
use super::signed::refusal;

#[tokio::test]
async fn one_session_is_ended_or_all_or_all_but_one() {
    let face = Face::start().await;
    let delete = async |path: &str| face.ask("DELETE", path, &[], "").await;
    let lives = async |token: &str, address: &str| face.validate(token, address).await.status == 200;
    let (one, two, three) = ("192.0.2.1", "192.0.2.2", "192.0.2.3");
    let (a, b, c) = (
        face.sign_in("alice", one).await,
        face.sign_in("alice", two).await,
        face.sign_in("alice", three).await,
    );
    let other = face.sign_in("bob", one).await;
    for _ in 0..2 {
        let said = delete(&format!("/session/{a}")).await;
        assert_eq!(
            (said.status.as_u16(), said.body.as_str()),
            (204, ""),
            "ended or not"
        );
    }
    assert_eq!(
        refusal(&face.get(&format!("/session/{a}")).await),
        (404, "INVALID_SSO_TOKEN")
    );
    assert_ne!(
        face.sign_in("alice", one).await,
        a,
        "an ended token is never given again"
    );
    assert_eq!(
        delete(&format!("/session?username=ALICE&exclude={b}"))
            .await
            .status,
        204
    );
    assert!(lives(&b, two).await && !lives(&c, three).await && lives(&other, one).await);
    assert_eq!(delete("/session?username=alice").await.status, 204);
    assert!(!lives(&b, two).await && lives(&other, one).await);
    for path in [
        "/session?username=nobody",
        "/session?username=alice&exclude=nonsense",
    ] {
        assert_eq!(delete(path).await.status, 204, "{path}");
    }
    assert_eq!(refusal(&delete("/session").await), (400, "ILLEGAL_ARGUMENT"));
}

#[tokio::test]
async fn a_user_who_leaves_has_no_session_and_gets_none_back_by_returning() {
    let face = Face::start().await;
    let away = face.sign_in("alice", "192.0.2.1").await;
    let kept = face.sign_in("bob", "192.0.2.1").await;
    face.commit(vec![named("alice", "alice", false)]).await;
    assert_eq!(
        refusal(&face.validate(&away, "192.0.2.1").await),
        (404, "INVALID_SSO_TOKEN")
    );
    face.commit(vec![named("alice", "alice", true)]).await;
    assert_eq!(face.validate(&away, "192.0.2.1").await.status, 404);
    // Nobody asks while she is away: the session has ended all the same.
    let unasked = face.sign_in("alice", "192.0.2.1").await;
    face.commit(vec![remove_user("alice")]).await;
    face.commit(vec![user("alice")]).await;
    while !matches!(face.sessions.explain(&unasked), Some(Explained::Ended(_))) {
        tokio::task::yield_now().await;
    }
    assert_eq!(face.validate(&unasked, "192.0.2.1").await.status, 404);
    assert_eq!(face.validate(&kept, "192.0.2.1").await.status, 200);
    // A rename is no departure.
    face.commit(vec![named("bob", "robert", true)]).await;
    let said = face.validate(&kept, "192.0.2.1").await;
    assert!(said.body.contains("<user name=\"robert\">"), "{}", said.body);
}

#[tokio::test]
async fn whoever_left_while_all_stood_still_has_no_session_afterwards() {
    let (store, clock): (Arc<dyn Store>, _) = (MemoryStore::new(), StoppedClock::at(4_000_000_000_000));
    let setup = || Setup {
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
        ..Setup::default()
    };
    let face = Face::with(setup()).await;
    face.commit(vec![user("alice")]).await;
    let token = face.sign_in("alice", "192.0.2.1").await;
    // The entry of a daemon that was killed between the commit and the end of the session.
    let entry = store.entries("session", 0).await.unwrap().remove(0);
    face.commit(vec![named("alice", "alice", false)]).await;
    face.end().await;
    assert_eq!(store.entries("session", 0).await.unwrap(), []);
    let write = throng::model::commit::EntryWrite {
        space: "session".to_owned(),
        key: entry.key,
        value: Some(entry.value),
        expires_at: entry.expires_at,
        expect: None,
    };
    store
        .put_entries(vec![write], throng::store::api::Durability::Now)
        .await
        .unwrap();
    let face = Face::with(setup()).await;
    face.commit(vec![named("alice", "alice", true)]).await;
    assert_eq!(face.validate(&token, "192.0.2.1").await.status, 404);
}
