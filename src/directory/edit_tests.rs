//! Tests of edits, ownership and details, through a directory's own writer.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::world::{group, members, user};
use super::{Directory, Edit, EditError, Request, Snapshot};
use crate::clock::StoppedClock;
use crate::model::change::UserWish;
use crate::model::{
    Attributes, Change, Detail, DetailKind, ExternalId, MemberKind, Owner, Resource, Seq, UserId,
};
use crate::store::Store;
use crate::store::memory::MemoryStore;

async fn directory(store: &Arc<MemoryStore>) -> Arc<Directory> {
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    let opened = Directory::open("corp".into(), store, StoppedClock::at(5_000), &TaskTracker::new()).await;
    opened.expect("a memory store opens")
}

fn edit(changes: Vec<Change>) -> Edit {
    Edit {
        changes,
        ..Edit::default()
    }
}

fn resource(subject: &str, external: &str, email: &str) -> Change {
    Change::Detail {
        of: MemberKind::User,
        subject: subject.into(),
        kind: DetailKind::Resource,
        value: Some(Detail::Resource(Arc::new(Resource {
            external_id: Some(external.into()),
            name: Some(external.into()),
            emails: vec![email.into()],
            json: "{}".into(),
        }))),
    }
}

fn owned(mut change: Change, by: Owner) -> Change {
    match &mut change {
        Change::PutUser(UserWish { owner, .. }) | Change::Members { owner, .. } => *owner = by,
        Change::PutGroup(wish) => wish.owner = by,
        _ => {}
    }
    change
}

fn number(snapshot: &Snapshot, id: &str) -> UserId {
    snapshot.user_id(&ExternalId::from(id)).expect("known")
}

#[tokio::test]
async fn of_edits_at_once_each_decides_on_what_the_others_left() {
    let store = MemoryStore::new();
    let directory = directory(&store).await;
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..100 {
        let directory = Arc::clone(&directory);
        asked.spawn(async move {
            let decide = move |snapshot: &Snapshot| match snapshot.user_named("ann") {
                Some(row) => Err(row.external_id.to_string()),
                None => Ok((
                    edit(vec![user(&format!("u{number}"), "Ann", true)]),
                    snapshot.seq(),
                )),
            };
            directory.edit(decide).await
        });
    }
    let (mut won, mut lost) = (Vec::new(), Vec::new());
    while let Some(answer) = asked.join_next().await {
        match answer.expect("no panic") {
            Ok((applied, seq)) => {
                assert_eq!(applied.seq, seq, "decided on the picture of its own commit");
                won.push(seq);
            }
            Err(EditError::Declined(holder)) => lost.push(holder),
            Err(other) => panic!("{other:?}"),
        }
    }
    let holder = directory
        .snapshot()
        .user_named("ann")
        .map(|row| row.external_id.to_string());
    assert_eq!((won.len(), lost.len()), (1, 99));
    assert!(lost.iter().all(|told| Some(told) == holder.as_ref()));
}

#[tokio::test]
async fn an_edit_of_which_the_rules_leave_something_out_leaves_no_trace() {
    let store = MemoryStore::new();
    let directory = directory(&store).await;
    let changes = vec![user("u1", "ann", true), group("g1", "devs")];
    let request = Request {
        changes,
        ..Request::default()
    };
    directory.apply(request).await.expect("applied");
    let before = directory.snapshot();
    for (wrong, about) in [
        (user("u9", "ANN", true), "ANN"),
        (owned(user("u1", "ann", false), Owner::Local), "ann"),
        (owned(group("g1", "other"), Owner::Local), "devs"),
        (owned(group("g9", "DEVS"), Owner::Local), "DEVS"),
        (owned(members("g1", &["u1"], &[]), Owner::Local), "devs"),
        (resource("nobody", "x", "y"), "nobody"),
    ] {
        let both = edit(vec![user("u5", "eve", true), wrong]);
        let answer = directory.edit(move |_| Ok::<_, ()>((both, ()))).await;
        let Err(EditError::Rules(refused)) = answer else {
            panic!("{about}: {answer:?}")
        };
        assert!(
            refused.len() == 1 && refused[0].what.contains(about),
            "{refused:?}"
        );
    }
    assert!(
        Arc::ptr_eq(&before, &directory.snapshot()),
        "nothing was committed"
    );
    // A local group of a free name may have members whom the source owns.
    let local = [group("g9", "locals"), members("g9", &["u1"], &[])];
    let local = edit(local.map(|change| owned(change, Owner::Local)).into());
    directory
        .edit(move |_| Ok::<_, ()>((local, ())))
        .await
        .expect("applied");
    let after = directory.snapshot();
    let group = after.group_named("locals").expect("there").id;
    let ids = after.members(group, MemberKind::User, Owner::Local);
    assert_eq!(ids, [number(&after, "u1").0]);
}

#[tokio::test]
async fn details_are_found_by_their_indexes_outlive_a_restart_and_go_with_their_user() {
    let store = MemoryStore::new();
    let first = directory(&store).await;
    let attributes = Attributes([("phone".into(), vec!["1".into()])].into());
    let changes = vec![
        user("u1", "ann", true),
        user("u2", "bob", true),
        resource("u1", "ext-1", "ann@example.com"),
        resource("u2", "ext-2", "ann@example.com"),
        Change::Detail {
            of: MemberKind::User,
            subject: "u1".into(),
            kind: DetailKind::Attributes,
            value: Some(Detail::Attributes(Arc::new(attributes.clone()))),
        },
    ];
    let filled = edit(changes);
    first
        .edit(move |_| Ok::<_, ()>((filled, ())))
        .await
        .expect("applied");
    for directory in [first, directory(&store).await] {
        let snapshot = directory.snapshot();
        let (ann, bob) = (number(&snapshot, "u1"), number(&snapshot, "u2"));
        let details = snapshot.details();
        assert_eq!(details.attributes(MemberKind::User, ann.0), attributes);
        assert_eq!(
            details.of_external(MemberKind::User, "ext-2").collect::<Vec<_>>(),
            [bob.0]
        );
        assert_eq!(details.of_external(MemberKind::Group, "ext-2").count(), 0);
        assert_eq!(
            details.of_name(MemberKind::User, "ext-2").collect::<Vec<_>>(),
            [bob.0]
        );
        assert_eq!(
            details.users_of_email("ann@example.com").collect::<Vec<_>>(),
            [ann, bob]
        );
    }
    let last = directory(&store).await;
    let gone = edit(vec![
        Change::RemoveUser { user: "u1".into() },
        resource("u2", "ext-3", "bob@example.com"),
    ]);
    last.edit(move |_| Ok::<_, ()>((gone, ())))
        .await
        .expect("applied");
    for directory in [last, directory(&store).await] {
        let snapshot = directory.snapshot();
        let (ann, bob) = (number(&snapshot, "u1"), number(&snapshot, "u2"));
        let details = snapshot.details();
        assert_eq!(details.attributes(MemberKind::User, ann.0), Attributes::default());
        let found: [Vec<u32>; 3] =
            ["ext-1", "ext-2", "ext-3"].map(|id| details.of_external(MemberKind::User, id).collect());
        assert_eq!(found, [vec![], vec![], vec![bob.0]]);
        assert_eq!(details.of_name(MemberKind::User, "ext-2").count(), 0);
        assert_eq!(details.users_of_email("ann@example.com").count(), 0);
        assert_eq!(snapshot.user(bob).map(|row| row.seqs.attributes), Some(Seq(2)));
    }
}

fn logged_in(user: usize, at: usize) -> Change {
    let values = vec![at.to_string().into()];
    Change::Detail {
        of: MemberKind::User,
        subject: format!("u{user}").as_str().into(),
        kind: DetailKind::Attributes,
        value: Some(Detail::Attributes(Arc::new(Attributes(
            [("lastAuthenticated".into(), values)].into(),
        )))),
    }
}

/// The spans are those of the runtime's own time, which goes on by itself when all wait.
#[tokio::test(start_paused = true)]
async fn ten_thousand_patient_edits_in_a_minute_cost_one_commit_a_second_and_none_is_lost() {
    const USERS: usize = 100;
    let store = MemoryStore::new();
    let directory = directory(&store).await;
    let users = (0..USERS).map(|at| user(&format!("u{at}"), &format!("user{at}"), true));
    let request = Request {
        changes: users.collect(),
        ..Request::default()
    };
    directory.apply(request).await.expect("applied");
    let before = directory.snapshot().seq().0;
    let begin = tokio::time::Instant::now();
    let tasks = TaskTracker::new();
    for at in 0..10_000 {
        tokio::time::sleep_until(begin + std::time::Duration::from_millis(at as u64 * 6)).await;
        let directory = Arc::clone(&directory);
        tasks.spawn(async move {
            let noted =
                directory.edit_patiently(move |_| Ok::<_, ()>((edit(vec![logged_in(at % USERS, at)]), ())));
            noted.await.expect("noted");
        });
    }
    tasks.close();
    tasks.wait().await;
    let commits = directory.snapshot().seq().0 - before;
    assert!((2..=62).contains(&commits), "{commits} commits");
    let snapshot = directory.snapshot();
    for at in 0..USERS {
        let id = number(&snapshot, &format!("u{at}"));
        let last = snapshot
            .details()
            .attribute(MemberKind::User, id.0, "lastAuthenticated");
        assert_eq!(last, [Arc::from((10_000 - USERS + at).to_string())]);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_in_a_hurry_takes_the_patient_along() {
    let store = MemoryStore::new();
    let directory = directory(&store).await;
    let request = Request {
        changes: vec![user("u0", "ann", true), user("u1", "bob", true)],
        ..Request::default()
    };
    directory.apply(request).await.expect("applied");
    let patient =
        |user, at| directory.edit_patiently(move |_| Ok::<_, ()>((edit(vec![logged_in(user, at)]), ())));
    let begin = tokio::time::Instant::now();
    patient(0, 1).await.expect("noted");
    assert_eq!(
        begin.elapsed().as_millis(),
        0,
        "after a quiet second nobody waits"
    );
    let hurried = directory.edit(|_| Ok::<_, ()>((edit(vec![user("u1", "bobby", true)]), ())));
    let (noted, done) = tokio::join!(patient(0, 2), hurried);
    assert_eq!(noted.expect("noted").0.seq, done.expect("done").0.seq);
    assert_eq!(begin.elapsed().as_millis(), 0);
    patient(0, 3).await.expect("noted");
    assert_eq!(begin.elapsed().as_millis(), 1_000, "the rest of the second");
}
