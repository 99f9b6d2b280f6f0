//! What only Active Directory does, by the simulated one.

use std::sync::Arc;

use throng::connector::Connector;
use throng::connector::api::{Coverage, Verdict};
use throng::connector::conformance::{Reader, Size};
use throng::secret::Secret;
use throng::simulator::ldap::Options;
use tokio_util::task::TaskTracker;

use super::subject::{connector, controller};
use crate::connector::picture;

const SMALL: Size = Size {
    users: 120,
    groups: 10,
    memberships: 400,
};

#[tokio::test]
async fn another_database_is_read_whole_and_an_increment_asks_for_little() {
    let running = controller(SMALL, false).await;
    let source = connector(&running, TaskTracker::new());
    let mut reader = Reader::new("sAMAccountName");
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
    running.tenant().reset_stats();
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.records), (false, 0));
    assert_eq!(running.tenant().stats().requests["search"], 2);
    running.restore();
    let user = Arc::clone(running.truth().users.keys().next().unwrap());
    running.tenant().delete_user(&user).unwrap();
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
    assert_eq!(reader.picture, picture(&running.truth()));
}

#[tokio::test]
async fn no_connection_stays_when_nobody_reads() {
    let running = controller(SMALL, false).await;
    let tasks = TaskTracker::new();
    let source = connector(&running, tasks.clone());
    Reader::new("sAMAccountName").pull(&source).await.unwrap();
    tasks.close();
    tasks.wait().await;
    while running.connections() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn passwords_are_checked_by_signing_in() {
    let running = controller(SMALL, false).await;
    let source = connector(&running, TaskTracker::new());
    let truth = running.truth();
    let verify = |id: &str, password: &str| {
        let (id, password) = (id.into(), Secret::new(password));
        let source = &source;
        async move { source.verify_password(&id, &password).await }
    };
    let enabled = truth.users.iter().find(|(_, user)| user.enabled).unwrap().0;
    let right = Options::default().user_password;
    assert_eq!(verify(enabled, &right).await, Ok(Verdict::Right));
    assert_eq!(verify(enabled, "another").await, Ok(Verdict::Wrong));
    // A server lets in as nobody who sends a name without a password; it is never asked.
    let asked = running.tenant().stats().requests["search"];
    assert_eq!(verify(enabled, "").await, Ok(Verdict::Wrong));
    assert_eq!(running.tenant().stats().requests["search"], asked);
    assert_eq!(
        verify("00000000-0000-0000-0000-000000000000", &right).await,
        Ok(Verdict::Wrong)
    );
    running.stop().await;
    assert!(
        source
            .verify_password(&(&**enabled).into(), &Secret::new(right))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn last_logons_are_told_by_who_has_any() {
    let running = controller(SMALL, false).await;
    let evidence = connector(&running, TaskTracker::new())
        .last_seen()
        .await
        .unwrap()
        .unwrap();
    assert_eq!(evidence.seen.len(), 96); // one in five has none
}
