//! Many users who sign in while somebody reads everything.

use futures_util::future::join_all;
use serde_json::json;

use super::changes::{group, members, user};
use super::face::{ALL_USERS, EVERYTHING};
use super::writer::writer;

const CLIENTS: usize = 64;
const USERS: usize = 2_000;

#[tokio::test]
async fn sixty_four_clients_are_let_in_while_a_full_sync_streams() {
    let face = writer(&["local", "corp"]).await;
    let names: Vec<_> = (0..USERS).map(|at| format!("user{at:04}")).collect();
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    let mut changes: Vec<_> = all.iter().map(|name| user(name)).collect();
    changes.push(group("everybody"));
    changes.push(members("everybody", &all, &[], &[], &[]));
    face.commit_to(1, changes).await;
    face.new_user("ann").await;
    let password = json!({ "value": "open" });
    let set = face.json("PUT", "/user/password?username=ann", &password).await;
    assert_eq!(set.status, 204);
    let logins = join_all((0..CLIENTS).map(|_| face.login("ann", "open")));
    let wrong = face.login("ann", "wrong");
    let sync = async {
        let before = face.get("/event").await;
        let users = face.post(ALL_USERS, EVERYTHING).await;
        let memberships = face.get("/group/membership").await;
        (
            before.token(),
            users,
            memberships,
            face.get("/event").await.token(),
        )
    };
    let (logins, wrong, (before, users, memberships, after)) = tokio::join!(logins, wrong, sync);
    for login in logins {
        assert_eq!(login, (200, String::new()));
    }
    assert_eq!(
        wrong,
        (400, "INVALID_USER_AUTHENTICATION".to_owned()),
        "nobody gets another's answer"
    );
    assert_eq!(users.body.matches("</user>").count(), USERS + 1);
    assert_eq!(memberships.body.matches("<user name=").count(), USERS);
    assert!(before.is_some() && before == after, "a log-in is no change");
}
