//! A company of any size, committed to a directory.

use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::directory::{Directory, Request};
use throng::model::change::{GroupWish, UserWish};
use throng::model::commit::Cursor;
use throng::model::{Change, ExternalId, Owner};
use throng::store::Store;
use tokio_util::task::TaskTracker;

use super::void::Void;

/// How large it is.
pub(super) struct Size {
    pub(super) users: usize,
    pub(super) groups: usize,
    /// Members of each group but the first, which everybody is in.
    pub(super) members: usize,
}

pub(super) async fn directory(size: &Size) -> Arc<Directory> {
    let store: Arc<dyn Store> = Arc::new(Void::default());
    let directory = Directory::open("corp".into(), store, StoppedClock::at(0), &TaskTracker::new())
        .await
        .unwrap();
    // In portions, or the figures would be those of the wishes.
    let all: Vec<_> = (0..size.users).collect();
    for users in all.chunks(1_000) {
        let put = |at: &usize| put(*at, &format!("user{at:06}@corp.example"), true);
        commit(&directory, users.iter().map(put).collect(), None).await;
    }
    for users in all.chunks(10_000) {
        commit(&directory, vec![put_group(0), members(0, users, &[])], None).await;
    }
    let groups: Vec<_> = (1..size.groups).collect();
    for groups in groups.chunks(100) {
        let of = |at: &usize| {
            // Spread over the company, as people are: neighbours in a group are no neighbours in memory.
            let users: Vec<_> = (0..size.members)
                .map(|member| (at * 7 + member * 997) % size.users)
                .collect();
            [put_group(*at), members(*at, &users, &[])]
        };
        commit(&directory, groups.iter().flat_map(of).collect(), None).await;
    }
    let cursor = Cursor {
        scope: String::new(),
        token: String::new(),
        full_at: 0,
    };
    commit(&directory, Vec::new(), Some(cursor)).await;
    directory
}

pub(super) async fn commit(directory: &Directory, changes: Vec<Change>, cursor: Option<Cursor>) {
    let request = Request {
        changes,
        cursor,
        ..Request::default()
    };
    directory.apply(request).await.unwrap();
}

fn user_id(at: usize) -> ExternalId {
    format!("{at:08x}-0000-4000-8000-000000000000").as_str().into()
}

fn group_id(at: usize) -> ExternalId {
    format!("{at:08x}-1111-4111-8111-111111111111").as_str().into()
}

pub(super) fn put(at: usize, name: &str, active: bool) -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: user_id(at),
        name: name.into(),
        first_name: format!("First{at}").into(),
        last_name: format!("Last{at}").into(),
        display_name: format!("First{at} Last{at}").into(),
        email: name.into(),
        active,
        created_at: Some(0),
    })
}

fn put_group(at: usize) -> Change {
    Change::PutGroup(GroupWish {
        owner: Owner::Source,
        external_id: group_id(at),
        name: format!("group {at:05} & friends").into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    })
}

pub(super) fn members(group: usize, add: &[usize], remove: &[usize]) -> Change {
    Change::Members {
        owner: Owner::Source,
        group: group_id(group),
        add_users: add.iter().copied().map(user_id).collect(),
        remove_users: remove.iter().copied().map(user_id).collect(),
        add_groups: vec![],
        remove_groups: vec![],
    }
}
