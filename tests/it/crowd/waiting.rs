//! Before the first complete read: listings wait, since clients delete whom they do not see; the rest works.

use super::changes::{group, join, user};
use super::face::{ALL_USERS, EVERYTHING, Face, Setup};
use super::said::Said;

/// Two directories, of which the second has not been read completely.
async fn half_read() -> Face {
    let face = Face::with(Setup {
        directories: &["corp", "late"],
        read: false,
        ..Setup::default()
    })
    .await;
    face.complete(0).await;
    face.commit_to(0, vec![user("alice"), group("devs"), join("devs", "alice")])
        .await;
    face.commit_to(1, vec![user("bob")]).await;
    face
}

fn assert_waits(said: &Said, path: &str) {
    assert_eq!(
        (said.status.as_u16(), said.header("retry-after")),
        (503, "30"),
        "{path}"
    );
    let sentence = "<error><reason>OPERATION_FAILED</reason><message>directory `late` has not been read completely yet, \
                    so a whole listing would miss users; hint: try again after its first sync</message></error>";
    assert!(said.body.ends_with(sentence), "{path}: {}", said.body);
}

#[tokio::test]
async fn whole_listings_and_events_wait_for_every_directory() {
    let face = half_read().await;
    let groups = ALL_USERS.replace("=user", "=group");
    for path in [ALL_USERS, &groups] {
        assert_waits(&face.post(path, EVERYTHING).await, path);
        assert_waits(&face.get(path).await, path);
    }
    for path in ["/group/membership", "/event", "/event/42:108"] {
        assert_waits(&face.get(path).await, path);
    }
    face.complete(1).await;
    for path in [ALL_USERS, &groups, "/group/membership", "/event"] {
        assert_eq!(face.get(path).await.status, 200, "{path}");
    }
    assert_eq!(face.get("/event/42:108").await.status, 410);
}

#[tokio::test]
async fn clients_that_page_wait_too() {
    let face = half_read().await;
    for path in [
        "/search?entity-type=user",
        "/search?entity-type=user&start-index=0&max-results=1000",
        "/search?entity-type=user&start-index=500&max-results=500",
        "/search?entity-type=user&max-results=100&restriction=active%3Dtrue",
        "/search?entity-type=user&max-results=100&restriction=name%3D*",
    ] {
        assert_waits(&face.get(path).await, path);
    }
    let found = face
        .get("/search?entity-type=user&max-results=100&restriction=name%3Dalice")
        .await;
    assert_eq!(found.status, 200);
}

#[tokio::test]
async fn test_settings_look_ups_and_log_ins_do_not_wait() {
    let face = half_read().await;
    let test = "/search?entity-type=user&start-index=0&max-results=1&expand=user";
    assert_eq!(face.post(test, EVERYTHING).await.status, 200);
    for path in [
        "/user?username=alice",
        "/user?username=bob",
        "/user/group/direct?username=alice&start-index=0&max-results=-1",
        "/group/user/nested?groupname=devs&username=alice",
        "/group?groupname=devs",
        "/config/cookie",
    ] {
        assert_eq!(face.get(path).await.status, 200, "{path}");
    }
    let said = face
        .post(
            "/authentication?username=alice",
            "<password><value>x</value></password>",
        )
        .await;
    assert!(said.body.contains("INVALID_USER_AUTHENTICATION"), "{}", said.body);
}
