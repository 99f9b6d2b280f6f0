//! What a person is told of a plan.

use super::notices::of_steps as of;
use crate::directory::Snapshot;
use crate::model::change::{GroupWish, UserWish};
use crate::model::plan::{Effect, Step};
use crate::model::{Change, Owner};

fn nest(group: &str, children: &[&str]) -> Step {
    let change = Change::Members {
        owner: Owner::Source,
        group: group.into(),
        add_users: Vec::new(),
        remove_users: Vec::new(),
        add_groups: children.iter().map(|id| (*id).into()).collect(),
        remove_groups: Vec::new(),
    };
    step(change, Effect::Membership, group)
}

fn step(change: Change, effect: Effect, subject: &str) -> Step {
    Step {
        change,
        effect,
        subject: subject.into(),
        reason: "".into(),
    }
}

fn group(name: &str) -> Step {
    let wish = GroupWish {
        owner: Owner::Source,
        external_id: name.into(),
        name: name.into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    };
    step(Change::PutGroup(wish), Effect::Add, name)
}

fn user(name: &str) -> Step {
    let wish = UserWish {
        owner: Owner::Source,
        external_id: "id".into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active: true,
        created_at: None,
    };
    step(Change::PutUser(wish), Effect::Add, name)
}

#[test]
fn groups_that_contain_each_other_are_told_once() {
    let empty = Snapshot::empty("corp".into());
    let steps = [
        nest("a", &["b", "x"]),
        nest("b", &["c"]),
        nest("c", &["a"]),
        nest("x", &["y"]),
        nest("z", &["z"]),
    ];
    let expected = [
        "groups `a`, `b`, `c` contain each other: each has the members of all",
        "group `z` contains itself",
    ];
    assert_eq!(of(&empty, &steps), expected);
    assert_eq!(of(&empty, &[nest("a", &["b", "c"]), nest("b", &["c"])]), [""; 0]);
}

#[test]
fn look_alikes_and_cleaned_names_are_told_when_they_come() {
    let mut draft = crate::directory::rules::Draft::new(&Snapshot::empty("corp".into()), 0);
    draft.apply(&[user("strasse").change]);
    let expected = ["the usernames `strasse`, `straße` look alike and are different users"];
    assert_eq!(of(draft.snapshot(), &[user("Straße")]), expected);
    assert_eq!(of(draft.snapshot(), &[]), [""; 0]);
    let groups = [group("\u{fb01}le"), group("file")];
    let expected = ["the group names `file`, `\u{fb01}le` look alike and are different groups"];
    assert_eq!(of(draft.snapshot(), &groups), expected);
    let told = of(draft.snapshot(), &[user(" blank\u{1}")]);
    assert!(
        told.len() == 1 && told[0].contains("served as `blank`"),
        "{told:?}"
    );
}
