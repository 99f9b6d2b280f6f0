//! Golden feeds: each rule of the event feed as one test.

use std::sync::Arc;

use super::feed::{Event, EventToken, Expired};
use super::rules::Draft;
use super::snapshot::Snapshot;
use super::view::{View, ViewData};
use crate::model::change::{GroupWish, UserWish};
use crate::model::{Application, Change, Epoch, ExternalId};

/// Directories with one application, without store or writer.
pub(super) struct World {
    pub(super) snapshots: Vec<Arc<Snapshot>>,
    application: Arc<Application>,
}

impl World {
    pub(super) fn new(directories: usize) -> Self {
        let ids: Vec<_> = (1..=directories).map(|at| format!("d{at}").into()).collect();
        let snapshots = ids
            .iter()
            .map(|id: &crate::model::DirectoryId| Arc::new(Snapshot::empty(id.clone())))
            .collect();
        let application = Application {
            name: "jira".into(),
            directories: ids,
            nested_groups: true,
            lower_case: false,
        };
        Self {
            snapshots,
            application: Arc::new(application),
        }
    }

    pub(super) fn view(&self) -> View {
        let data = ViewData::new(
            Arc::clone(&self.application),
            self.snapshots.clone(),
            Epoch([7; 16]),
            42,
        );
        View(Arc::new(data))
    }

    pub(super) fn commit(&mut self, directory: usize, changes: &[Change]) {
        let mut draft = Draft::new(&self.snapshots[directory], 1_000);
        draft.apply(changes);
        self.snapshots[directory] = Arc::new(draft.snapshot().clone());
    }

    fn since(&self, token: &EventToken) -> String {
        match self.view().feed(token) {
            Err(expired) => format!("410 {expired:?}"),
            Ok(feed) => feed.events.iter().map(line).collect::<Vec<_>>().join("\n"),
        }
    }
}

fn line(event: &Event<'_>) -> String {
    let names = |groups: &[super::GroupRef<'_>]| {
        groups
            .iter()
            .map(|group| group.name().into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    match event {
        Event::UserDeleted(name) => format!("-user {name}"),
        Event::GroupDeleted(name) => format!("-group {name}"),
        Event::UserUpdated(user) => {
            format!(
                "user {} {} {}",
                user.name(),
                user.key(),
                if user.active() { "active" } else { "inactive" }
            )
        }
        Event::GroupUpdated(group) => format!("group {}", group.name()),
        Event::GroupMembership {
            group,
            parents,
            children,
        } => {
            format!(
                "nesting {} in [{}] has [{}]",
                group.name(),
                names(parents),
                names(children)
            )
        }
        Event::UserMembership { user, groups } => format!("groups of {}: [{}]", user.name(), names(groups)),
    }
}

pub(super) fn user(id: &str, name: &str, active: bool) -> Change {
    Change::PutUser(UserWish {
        external_id: id.into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active,
        created_at: Some(0),
    })
}

pub(super) fn group(id: &str, name: &str) -> Change {
    let (nickname, description) = ("".into(), "".into());
    Change::PutGroup(GroupWish {
        external_id: id.into(),
        name: name.into(),
        nickname,
        description,
        created_at: None,
    })
}

pub(super) fn members(group: &str, add: &[&str], remove: &[&str]) -> Change {
    let ids = |all: &[&str]| all.iter().map(|id| ExternalId::from(*id)).collect();
    let (add_users, remove_users) = (ids(add), ids(remove));
    Change::Members {
        group: group.into(),
        add_users,
        remove_users,
        add_groups: vec![],
        remove_groups: vec![],
    }
}

pub(super) fn nest(parent: &str, add: &[&str], remove: &[&str]) -> Change {
    let ids = |all: &[&str]| all.iter().map(|id| ExternalId::from(*id)).collect();
    let (add_groups, remove_groups) = (ids(add), ids(remove));
    Change::Members {
        group: parent.into(),
        add_users: vec![],
        remove_users: vec![],
        add_groups,
        remove_groups,
    }
}

pub(super) fn remove_user(id: &str) -> Change {
    Change::RemoveUser { user: id.into() }
}

pub(super) fn remove_group(id: &str) -> Change {
    Change::RemoveGroup { group: id.into() }
}

fn small() -> World {
    let mut world = World::new(1);
    world.commit(
        0,
        &[
            user("u1", "ann", true),
            user("u2", "bob", true),
            group("g1", "devs"),
            group("g2", "ops"),
        ],
    );
    world.commit(0, &[members("g1", &["u1", "u2"], &[])]);
    world
}

#[test]
fn the_head_token_has_no_events() {
    let world = small();
    assert_eq!(world.since(&world.view().token()), "");
}

#[test]
fn r2_a_hundred_edits_of_one_user_are_one_event() {
    let mut world = small();
    let token = world.view().token();
    for round in 0..100 {
        world.commit(0, &[user("u1", "ann", round % 2 == 0)]);
    }
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 inactive\ngroups of ann: [devs]"
    );
}

#[test]
fn r2_a_living_name_is_never_deleted() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[remove_user("u1")]);
    world.commit(0, &[user("u9", "Ann", true)]);
    assert_eq!(world.since(&token), "user Ann d1:u9 active\ngroups of Ann: []");
}

#[test]
fn r3_an_empty_membership_set_is_told() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[members("g1", &[], &["u2"])]);
    assert_eq!(world.since(&token), "user bob d1:u2 active\ngroups of bob: []");
}

#[test]
fn r4_entities_come_before_edges_deletions_first() {
    let mut world = small();
    let token = world.view().token();
    world.commit(
        0,
        &[
            remove_user("u1"),
            remove_group("g2"),
            user("u3", "eve", true),
            group("g3", "new"),
        ],
    );
    world.commit(0, &[members("g3", &["u3"], &[]), nest("g3", &["g1"], &[])]);
    let expected = "-user ann\n-group ops\nuser eve d1:u3 active\ngroup devs\ngroup new\n\
                    nesting devs in [new] has []\nnesting new in [] has [devs]\ngroups of eve: [new]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn r5a_a_rename_expires_the_token() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "anna", true)]);
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn r5a_a_swap_expires_the_token() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "bob", true), user("u2", "ann", true)]);
    assert_eq!(
        world.view().user("bob").map(|user| user.key()).as_deref(),
        Some("d1:u1")
    );
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn r5a_a_renamed_user_who_is_deleted_again_does_not() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "anna", true)]);
    world.commit(0, &[remove_user("u1")]);
    assert_eq!(world.since(&token), "-user ann\n-user anna");
}

#[test]
fn a_change_of_case_is_an_update() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[user("u1", "ANN", true)]);
    assert_eq!(
        world.since(&token),
        "user ANN d1:u1 active\ngroups of ANN: [devs]"
    );
}

#[test]
fn r5b_a_returning_key_expires_the_token_under_the_same_name_and_another() {
    for name in ["ann", "other"] {
        let mut world = small();
        world.commit(0, &[remove_user("u1")]);
        let token = world.view().token();
        world.commit(0, &[user("u1", name, true)]);
        assert_eq!(world.since(&token), "410 Reset", "{name}");
    }
}

#[test]
fn r5c_an_unshadowed_user_expires_the_token() {
    let mut world = World::new(2);
    world.commit(0, &[user("u1", "ann", true)]);
    world.commit(1, &[user("x1", "ann", true)]);
    let token = world.view().token();
    world.commit(0, &[remove_user("u1")]);
    assert_eq!(world.since(&token), "410 Reset");
}

#[test]
fn a_new_key_that_shadows_is_an_update() {
    let mut world = World::new(2);
    world.commit(
        1,
        &[
            user("x1", "ann", true),
            group("y1", "devs"),
            members("y1", &["x1"], &[]),
        ],
    );
    let token = world.view().token();
    world.commit(0, &[user("u1", "ann", true)]);
    assert_eq!(
        world.since(&token),
        "user ann d1:u1 active\ngroups of ann: [devs]"
    );
}

#[test]
fn r6_a_group_rename_tells_old_new_nesting_members() {
    let mut world = small();
    world.commit(0, &[nest("g2", &["g1"], &[])]);
    let token = world.view().token();
    world.commit(0, &[group("g1", "engineers")]);
    let expected = "-group devs\nuser ann d1:u1 active\nuser bob d1:u2 active\ngroup engineers\n\
                    nesting engineers in [ops] has []\ngroups of ann: [engineers]\ngroups of bob: [engineers]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn a_group_deleted_and_made_again_has_its_new_members() {
    let mut world = small();
    let token = world.view().token();
    world.commit(0, &[remove_group("g1")]);
    world.commit(0, &[group("g9", "devs"), members("g9", &["u2"], &[])]);
    let expected = "user ann d1:u1 active\nuser bob d1:u2 active\ngroup devs\nnesting devs in [] has []\n\
                    groups of ann: []\ngroups of bob: [devs]";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn r7_an_inactive_user_with_a_past_is_told_twice() {
    let mut world = small();
    world.commit(0, &[remove_user("u1")]);
    let token = world.view().token();
    world.commit(0, &[user("u9", "ann", false), user("u8", "fay", false)]);
    world.commit(0, &[user("u2", "bob", false)]);
    let expected = "user ann d1:u9 inactive\nuser ann d1:u9 inactive\nuser bob d1:u2 inactive\n\
                    user fay d1:u8 inactive\nuser fay d1:u8 inactive\n\
                    groups of ann: []\ngroups of bob: [devs]\ngroups of fay: []";
    assert_eq!(world.since(&token), expected);
}

#[test]
fn r8_a_token_of_a_full_sync_repairs_what_the_sync_revived() {
    let mut world = small();
    world.commit(0, &[remove_user("u1")]);
    world.commit(0, &[user("u9", "ann", false)]);
    let mut token = world.view().token();
    assert_eq!(world.since(&token), "");
    token.after_full = true;
    let expected = "user ann d1:u9 inactive\ngroups of ann: []";
    assert_eq!(
        world.since(&token).replacen("user ann d1:u9 inactive\n", "", 1),
        expected
    );
    let view = world.view();
    assert!(!view.feed(&token).is_ok_and(|feed| feed.token.after_full));
}

#[test]
fn r9_foreign_tokens_expire() {
    let world = small();
    let token = world.view().token();
    let mut other = EventToken {
        epoch: Epoch([8; 16]),
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        view: 43,
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        seqs: vec![token.seqs[0].next()],
        ..token.clone()
    };
    assert_eq!(world.since(&other), "410 Foreign");
    other = EventToken {
        seqs: vec![],
        ..token
    };
    assert_eq!(world.since(&other), "410 Foreign");
}

#[test]
fn r9_more_events_than_a_full_sync_is_worth_expire_the_token() {
    let mut world = World::new(1);
    let token = world.view().token();
    let changes: Vec<_> = (0..5_001)
        .map(|at| user(&format!("u{at}"), &format!("user{at}"), true))
        .collect();
    world.commit(0, &changes[..5_000]);
    assert!(
        world
            .view()
            .feed(&token)
            .is_ok_and(|feed| feed.events.len() == 10_000)
    );
    world.commit(0, &changes[5_000..]);
    assert_eq!(world.view().feed(&token).err(), Some(Expired::TooMany));
}

#[test]
fn a_reference_that_becomes_a_group_tells_its_members() {
    let mut world = small();
    world.commit(0, &[members("g7", &["u1"], &[])]);
    let token = world.view().token();
    world.commit(0, &[group("g7", "late")]);
    let expected = "user ann d1:u1 active\ngroup late\nnesting late in [] has []\ngroups of ann: [devs late]";
    assert_eq!(world.since(&token), expected);
}
