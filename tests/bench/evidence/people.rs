//! A directory of many people.

use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::directory::{Directory, Request};
use throng::model::change::UserWish;
use throng::model::{Change, Owner, UserId};
use throng::store::Store;
use tokio_util::task::TaskTracker;

/// The directory with the row ids of its users.
pub(crate) async fn fill(store: &Arc<dyn Store>, users: usize) -> (Arc<Directory>, Vec<UserId>) {
    let (kept, clock) = (Arc::clone(store), StoppedClock::at(1_800_000_000_000));
    let directory = Directory::open("corp".into(), kept, clock, &TaskTracker::new())
        .await
        .unwrap();
    let request = Request {
        changes: (0..users).map(user).collect(),
        ..Request::default()
    };
    directory.apply(request).await.unwrap();
    let snapshot = directory.snapshot();
    let ids = snapshot.users().map(|row| row.id).collect();
    (directory, ids)
}

fn user(at: usize) -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: format!("u{at}").as_str().into(),
        name: format!("user-{at:06}").as_str().into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active: true,
        created_at: Some(0),
    })
}
