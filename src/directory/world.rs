//! Directories without store or writer, for tests of feeds.

use std::sync::Arc;

use super::feed::{Event, EventToken};
use super::rules::Draft;
use super::snapshot::Snapshot;
use super::view::{View, ViewData};
use crate::model::change::{GroupWish, UserWish};
use crate::model::{Application, Change, Epoch, ExternalId, Owner};

/// Directories with one application, without store or writer.
pub(super) struct World {
    pub(super) snapshots: Vec<Arc<Snapshot>>,
    application: Arc<Application>,
}

impl World {
    pub(super) fn new(directories: usize) -> Self {
        Self::scoped(directories, &[], true)
    }

    /// Whose application sees the members of some groups only, or has no groups in groups.
    pub(super) fn scoped(directories: usize, access: &[&str], nested_groups: bool) -> Self {
        let ids: Vec<_> = (1..=directories).map(|at| format!("d{at}").into()).collect();
        let snapshots = ids
            .iter()
            .map(|id: &crate::model::DirectoryId| Arc::new(Snapshot::empty(id.clone())))
            .collect();
        let application = Application {
            name: "jira".into(),
            directories: ids,
            nested_groups,
            flatten_groups: false,
            lower_case: false,
            access: access.iter().map(|name| (*name).into()).collect(),
        };
        Self {
            snapshots,
            application: Arc::new(application),
        }
    }

    /// The same, with groups in groups flattened.
    pub(super) fn flattened(mut self) -> Self {
        let application = Application {
            flatten_groups: true,
            ..self.application.as_ref().clone()
        };
        self.application = Arc::new(application);
        self
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

    pub(super) fn since(&self, token: &EventToken) -> String {
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
        owner: Owner::Source,
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
        owner: Owner::Source,
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
        owner: Owner::Source,
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
        owner: Owner::Source,
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

/// ann and bob in devs; ops is empty.
pub(super) fn small() -> World {
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
