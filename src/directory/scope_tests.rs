//! Scoped views against a definition in its own words: what is visible is the same by look-up, list and stream.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use proptest::prelude::*;

use super::race_tests::{edit, furnish};
use super::view::View;
use super::world::{World, group, members, nest, user};
use crate::model::{ExternalId, HiddenGroups, Hold, MemberKind, UserId};

type Names = BTreeSet<Arc<str>>;
type Edges = BTreeMap<Arc<str>, Names>;

/// Everything by name, as the directories together have it.
#[derive(Default)]
struct Merged {
    groups_of: Edges,
    parents: Edges,
    groups: Names,
}

/// What a hold hides, in other words than the code's.
fn hides(hold: Option<&Hold>, group: &ExternalId) -> bool {
    match hold {
        None => false,
        Some(Hold { removed: true, .. }) => true,
        Some(hold) => match &hold.groups {
            HiddenGroups::All => true,
            HiddenGroups::These(these) => these.iter().any(|one| one == group),
        },
    }
}

impl Merged {
    fn of(world: &World) -> Self {
        let mut merged = Self::default();
        for snapshot in &world.snapshots {
            for row in snapshot.users() {
                let live = snapshot.live_user(row.id).unwrap();
                if live.hold.as_ref().is_some_and(|hold| hold.removed) {
                    continue;
                }
                merged.groups_of.entry(Arc::clone(&live.folded)).or_default();
            }
            for row in snapshot.groups() {
                let name = &snapshot.live_group(row.id).unwrap().folded;
                merged.groups.insert(Arc::clone(name));
                for id in snapshot.all_members(row.id, MemberKind::User).iter() {
                    if let Some(live) = snapshot.live_user(UserId(*id))
                        && !hides(live.hold.as_deref(), &row.external_id)
                    {
                        let groups = merged.groups_of.entry(Arc::clone(&live.folded)).or_default();
                        groups.insert(Arc::clone(name));
                    }
                }
                for id in snapshot.parents_of(row.id) {
                    if let Some(live) = snapshot.live_group(crate::model::GroupId(*id)) {
                        let parents = merged.parents.entry(Arc::clone(name)).or_default();
                        parents.insert(Arc::clone(&live.folded));
                    }
                }
            }
        }
        merged
    }

    /// The groups of a user, ancestors included where the application has groups in groups.
    fn above(&self, user: &Arc<str>, nested: bool) -> Names {
        let mut all = self.groups_of[user].clone();
        for _ in 0..self.groups.len() {
            let more: Names = all
                .iter()
                .filter_map(|group| self.parents.get(group))
                .flatten()
                .cloned()
                .collect();
            all.extend(more.into_iter().filter(|_| nested));
        }
        all
    }

    fn visible(&self, access: &[&str], nested: bool) -> (Names, Names) {
        let is_in = |all: &Names| access.iter().any(|name| all.contains(*name));
        let users = self
            .groups_of
            .keys()
            .filter(|user| is_in(&self.above(user, nested)));
        let users: Names = users.cloned().collect();
        let groups = users.iter().flat_map(|user| self.above(user, nested)).collect();
        (users, groups)
    }
}

fn listed(view: &View) -> (Names, Names) {
    let users = view.users();
    let users = users
        .iter()
        .map(|at| Arc::clone(view.user_at(*at).unwrap().folded()));
    let groups = view.groups();
    let groups = groups
        .iter()
        .map(|at| Arc::clone(view.group_at(*at).unwrap().folded()));
    (users.collect(), groups.collect())
}

/// What the stream of memberships names, in order.
fn streamed(view: &View) -> String {
    let chunks: Vec<_> = view.memberships().flatten().collect();
    String::from_utf8(chunks).unwrap()
}

/// The same stream from look-ups alone.
fn looked_up(view: &View) -> String {
    let mut all = String::new();
    for at in view.groups().iter() {
        let group = view.group_at(*at).unwrap();
        let users = view.users_of(&group, false);
        let mut users: Vec<_> = users
            .iter()
            .map(|user| format!("<user name=\"{}\"/>", user.name()))
            .collect();
        let groups = view.children_of(&group, false);
        let mut groups: Vec<_> = groups
            .iter()
            .map(|child| format!("<group name=\"{}\"/>", child.name()))
            .collect();
        users.sort();
        groups.sort();
        writeln!(all, "{}: {users:?} {groups:?}", group.name()).unwrap();
    }
    all
}

/// The stream, its elements sorted: a stream has them in the order of row ids.
fn sorted(stream: &str) -> String {
    let mut all = String::new();
    for element in stream.split("<membership group=\"").skip(1) {
        let (name, rest) = element.split_once("\"><users>").unwrap();
        let (users, groups) = rest.split_once("</users><groups>").unwrap();
        let elements = |text: &str| {
            let mut all: Vec<_> = text
                .split_inclusive("/>")
                .filter(|one| one.starts_with("<user") || one.starts_with("<group"))
                .map(str::to_owned)
                .collect();
            all.sort();
            all
        };
        writeln!(all, "{name}: {:?} {:?}", elements(users), elements(groups)).unwrap();
    }
    all
}

fn assert_one_meaning(world: &World, access: &[&str], nested: bool) {
    let merged = Merged::of(world);
    let (users, groups) = merged.visible(access, nested);
    let view = world.view();
    for name in merged.groups_of.keys() {
        let found = view.user(name);
        assert_eq!(found.is_some(), users.contains(name), "user {name} by look-up");
        assert_eq!(
            found.is_some_and(|user| view.user_by_key(&user.key()).is_some()),
            users.contains(name)
        );
    }
    for name in &merged.groups {
        assert_eq!(
            view.group(name).is_some(),
            groups.contains(name),
            "group {name} by look-up"
        );
    }
    for name in &users {
        let user = view.user(name).unwrap();
        let of: Names = view
            .groups_of(&user, true)
            .iter()
            .map(|group| Arc::clone(group.folded()))
            .collect();
        assert_eq!(of, merged.above(name, nested), "groups of {name}");
    }
    assert_eq!(looked_up(&world.view()), sorted(&streamed(&world.view())));
    assert_eq!(listed(&view), (users, groups));
    for name in merged.groups_of.keys() {
        assert_eq!(
            view.user(name).is_some(),
            listed(&view).0.contains(name),
            "user {name} after the listing"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_visible_is_the_same_by_look_up_list_and_stream(
        script in prop::collection::vec(prop::array::uniform6(0u8..), 1..30),
        directories in 1_usize..3,
        nested: bool,
    ) {
        let access = ["devs", "top"];
        let mut world = World::scoped(directories, &access, nested);
        furnish(&mut world);
        for [which, what, id, name, other, flag] in script {
            let directory = which as usize % directories;
            let changes = edit(&world, directory, [what, id, name, other, flag]);
            world.commit(directory, &changes);
            assert_one_meaning(&world, &access, nested);
        }
    }
}

/// So many that look-ups lose patience and everything is gathered.
#[test]
fn a_big_group_of_outsiders_is_not_visible() {
    let mut world = World::scoped(1, &["devs"], true);
    let ids: Vec<_> = (0..1_500).map(|at| format!("u{at}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut changes: Vec<_> = ids.iter().map(|id| user(id, id, true)).collect();
    changes.extend([group("g0", "devs"), group("g1", "all"), group("g2", "top")]);
    changes.extend([members("g1", &ids[1..], &[]), nest("g2", &["g1"], &[])]);
    world.commit(0, &changes);
    assert!(world.view().group("top").is_none() && world.view().group("devs").is_none());
    world.commit(0, &[members("g0", &["u1499"], &[])]);
    let view = world.view();
    let top = view.group("top").unwrap();
    let found: Vec<_> = view
        .users_of(&top, true)
        .iter()
        .map(|user| user.name().into_owned())
        .collect();
    assert_eq!(found, ["u1499"]);
}
