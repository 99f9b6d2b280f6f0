//! A group's members under change: what was touched, laid over the set that is there and is never copied.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::directory::Snapshot;
use crate::http::scim::config::UnknownMembers;
use crate::http::scim::error::Refusal;
use crate::http::scim::held::Held;
use crate::http::scim::realm::Realm;
use crate::model::{Change, ExternalId, GroupId, MemberKind, Owner};
use crate::protocol::scim::members::Absent;
use crate::protocol::scim::{Bound, MemberOp, MemberRef, MemberType, ScimError, ScimType};

const KINDS: [MemberKind; 2] = [MemberKind::User, MemberKind::Group];

/// Members by kind and id: whether they are to be members.
pub(super) struct Overlay<'s> {
    snapshot: &'s Snapshot,
    group: Option<GroupId>,
    touched: BTreeMap<(MemberKind, ExternalId), bool>,
}

/// What really comes and goes.
#[derive(Default)]
pub(super) struct Came {
    add: [Vec<ExternalId>; 2],
    remove: [Vec<ExternalId>; 2],
}

impl Came {
    pub(super) fn is_empty(&self) -> bool {
        self.add.iter().chain(&self.remove).all(Vec::is_empty)
    }

    pub(super) fn added(&self) -> Vec<String> {
        self.add.iter().flatten().map(ToString::to_string).collect()
    }

    pub(super) fn removed(&self) -> Vec<String> {
        self.remove.iter().flatten().map(ToString::to_string).collect()
    }
}

/// How many members a group has, as pushed.
pub(super) fn count(snapshot: &Snapshot, group: GroupId) -> usize {
    KINDS
        .iter()
        .map(|of| snapshot.members(group, *of, Owner::Source).len())
        .sum()
}

/// The change that makes them come and go.
pub(super) fn change(group: ExternalId, came: Came) -> Change {
    let ([add_users, add_groups], [remove_users, remove_groups]) = (came.add, came.remove);
    Change::Members {
        group,
        owner: Owner::Source,
        add_users,
        remove_users,
        add_groups,
        remove_groups,
    }
}

impl<'s> Overlay<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, group: Option<GroupId>) -> Self {
        Self {
            snapshot,
            group,
            touched: BTreeMap::new(),
        }
    }

    pub(super) fn apply(&mut self, realm: &Realm, operation: MemberOp) -> Result<(), Refusal> {
        match operation {
            MemberOp::Add(members) => self.add(realm, members),
            MemberOp::Remove(ids, absent) => {
                let mut any = false;
                for id in ids {
                    any |= self.remove(&id.into());
                }
                found(any, absent)
            }
            MemberOp::RemoveMatching(which, absent) => found(self.remove_matching(realm, &which), absent),
            MemberOp::ReplaceMatching(which, members) => {
                found(self.remove_matching(realm, &which), Absent::IsNoTarget)?;
                self.add(realm, members)
            }
            MemberOp::Set(members) => {
                for key in self.present() {
                    self.touched.insert(key, false);
                }
                self.touched.values_mut().for_each(|is_member| *is_member = false);
                self.add(realm, members)
            }
        }
    }

    fn add(&mut self, realm: &Realm, members: Vec<MemberRef>) -> Result<(), Refusal> {
        for member in members {
            let of = self.kind(realm, &member)?;
            self.touched.insert((of, member.id.into()), true);
        }
        Ok(())
    }

    /// What a member is: what the directory knows it as; of somebody unknown what the client says, a user if nothing.
    fn kind(&self, realm: &Realm, member: &MemberRef) -> Result<MemberKind, Refusal> {
        let told = member.kind.map(|kind| match kind {
            MemberType::User => MemberKind::User,
            MemberType::Group => MemberKind::Group,
        });
        let order = match told {
            Some(MemberKind::Group) => [MemberKind::Group, MemberKind::User],
            _ => KINDS,
        };
        let mut order = order.into_iter();
        if let Some(of) = order.find(|of| Held::of_id(self.snapshot, *of, &member.id).is_some()) {
            return Ok(of);
        }
        if realm.unknown_members == UnknownMembers::Park {
            return Ok(told.unwrap_or(MemberKind::User));
        }
        Err(ScimError::value(format!(
            "member `{}` does not exist; hint: create it first, or set `unknown_members` of the directory to `park`",
            member.id
        ))
        .into())
    }

    /// Answers whether it was a member.
    fn remove(&mut self, id: &ExternalId) -> bool {
        let mut any = false;
        for of in KINDS {
            let key = (of, id.clone());
            let was = self
                .touched
                .get(&key)
                .copied()
                .unwrap_or_else(|| self.is_in(of, id));
            if was {
                self.touched.insert(key, false);
                any = true;
            }
        }
        any
    }

    fn remove_matching(&mut self, realm: &Realm, which: &Bound) -> bool {
        let added = self.touched.iter().filter(|(_, is_member)| **is_member);
        let mut all: Vec<(MemberKind, ExternalId)> = added.map(|(key, _)| key.clone()).collect();
        all.extend(
            self.present()
                .into_iter()
                .filter(|key| !self.touched.contains_key(key)),
        );
        let mut any = false;
        for (of, id) in all {
            if which.matches_element(&self.element(realm, of, &id)) {
                self.touched.insert((of, id), false);
                any = true;
            }
        }
        any
    }

    fn element(&self, realm: &Realm, of: MemberKind, id: &ExternalId) -> Value {
        let held = Held::of_id(self.snapshot, of, id.as_str());
        json!({
            "value": id.as_str(),
            "$ref": realm.location(of, id.as_str()),
            "type": realm.kind(of).name,
            "display": held.map(|held| held.name.to_owned()),
        })
    }

    /// The members that are there, parked ones included.
    fn present(&self) -> Vec<(MemberKind, ExternalId)> {
        let Some(group) = self.group else {
            return Vec::new();
        };
        let users = self
            .snapshot
            .members(group, MemberKind::User, Owner::Source)
            .iter();
        let users = users.filter_map(|row| self.snapshot.user_external(crate::model::UserId(*row)));
        let groups = self
            .snapshot
            .members(group, MemberKind::Group, Owner::Source)
            .iter();
        let groups = groups.filter_map(|row| self.snapshot.group_external(GroupId(*row)));
        users
            .map(|id| (MemberKind::User, id.clone()))
            .chain(groups.map(|id| (MemberKind::Group, id.clone())))
            .collect()
    }

    fn is_in(&self, of: MemberKind, id: &ExternalId) -> bool {
        let row = match of {
            MemberKind::User => self.snapshot.user_id(id).map(|id| id.0),
            MemberKind::Group => self.snapshot.group_id(id).map(|id| id.0),
        };
        let members = self
            .group
            .map(|group| self.snapshot.members(group, of, Owner::Source));
        match (row, members) {
            (Some(row), Some(members)) => members.binary_search(&row).is_ok(),
            _ => false,
        }
    }

    pub(super) fn outcome(self) -> Came {
        let mut came = Came::default();
        for ((of, id), is_member) in &self.touched {
            let side = usize::from(*of == MemberKind::Group);
            match (self.is_in(*of, id), is_member) {
                (false, true) => came.add[side].push(id.clone()),
                (true, false) => came.remove[side].push(id.clone()),
                _ => {}
            }
        }
        came
    }
}

fn found(any: bool, absent: Absent) -> Result<(), Refusal> {
    if any || absent == Absent::IsFine {
        return Ok(());
    }
    let detail = "the path reaches no member; hint: it is none already";
    Err(ScimError::new(ScimType::NoTarget, detail).into())
}
