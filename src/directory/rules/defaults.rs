//! The rule of default groups: every active user of the directory is a member, at every commit.
//!
//! Whoever becomes inactive stays a member, as in the groups of the source: coming back changes nothing then. The edges are the
//! rule's own, so that no synchronisation takes them away.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::membership::Edges;
use super::{Draft, groups};
use crate::model::change::GroupWish;
use crate::model::name::{clean, fold};
use crate::model::{GroupId, MemberKind, Owner, UserId};

impl Draft {
    /// Makes the rule hold for whom the draft touched.
    pub fn keep_defaults(&mut self) {
        if self.next.defaults.is_empty() || self.is_empty() {
            return;
        }
        let touched: Vec<u32> = self
            .users
            .iter()
            .copied()
            .filter(|id| self.lets_in(*id))
            .collect();
        for name in Arc::clone(&self.next.defaults).iter() {
            self.fill(name, &touched);
        }
    }

    /// Other default groups than before: the rule is made to hold for everybody, what no rule asks for any more goes.
    pub fn set_defaults(&mut self, names: &[Arc<str>]) {
        let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(&*clean(name))).collect();
        let kept: BTreeSet<String> = names.iter().map(|name| fold(name)).collect();
        self.next.defaults = names.into();
        self.drop_defaults(&kept);
        let everybody = self.everybody();
        for name in Arc::clone(&self.next.defaults).iter() {
            self.fill(name, &everybody);
        }
    }

    fn lets_in(&self, user: u32) -> bool {
        self.next.live_user(UserId(user)).is_some_and(|live| live.active)
    }

    fn everybody(&self) -> Vec<u32> {
        let users = (0..).take(self.next.users.len());
        users.filter(|id| self.lets_in(*id)).collect()
    }

    /// Puts users into a default group; one that is new, or lost its edges with a group that ended, gets everybody.
    fn fill(&mut self, name: &Arc<str>, users: &[u32]) {
        let Some(group) = self.default_group(name, users) else {
            return;
        };
        let present = self.next.members(group, MemberKind::User, Owner::Rule);
        let all;
        let users = if present.is_empty() {
            all = self.everybody();
            &all
        } else {
            users
        };
        let missing = users
            .iter()
            .copied()
            .filter(|id| present.binary_search(id).is_err())
            .collect();
        let mut edges = Edges::default();
        self.edit_members(
            group,
            MemberKind::User,
            Owner::Rule,
            missing,
            Vec::new(),
            &mut edges,
        );
        self.apply_edges(edges);
    }

    /// The group of this name, whoever owns it; where there is none and somebody would be in it, one of the rule's own.
    fn default_group(&mut self, name: &Arc<str>, users: &[u32]) -> Option<GroupId> {
        let folded = fold(name);
        let named = |draft: &Self| draft.next.group_names.get(folded.as_str()).copied().map(GroupId);
        if let Some(group) = named(self) {
            return Some(group);
        }
        if users.is_empty()
            && !self
                .next
                .users
                .iter()
                .any(|slot| slot.live().is_some_and(|live| live.active))
        {
            return None;
        }
        let wish = GroupWish {
            external_id: format!("default:{folded}").into(),
            owner: Owner::Rule,
            name: Arc::clone(name),
            nickname: "".into(),
            description: "".into(),
            created_at: None,
        };
        let served = groups::settle(&self.next, &[&wish]);
        self.put_groups(&[&wish], &served);
        named(self)
    }

    /// Takes away the rule's edges and groups under other names than these.
    fn drop_defaults(&mut self, kept: &BTreeSet<String>) {
        let rows = self
            .next
            .groups()
            .map(|row| (row.id, row.external_id.clone(), row.owner, fold(&row.name)));
        let stale: Vec<_> = rows.filter(|(.., folded)| !kept.contains(folded)).collect();
        for (id, external, owner, _) in stale {
            if owner == Owner::Rule {
                self.remove_group(&external);
                continue;
            }
            let members = self.next.members(id, MemberKind::User, Owner::Rule).to_vec();
            let mut edges = Edges::default();
            self.edit_members(id, MemberKind::User, Owner::Rule, Vec::new(), members, &mut edges);
            self.apply_edges(edges);
        }
    }
}
