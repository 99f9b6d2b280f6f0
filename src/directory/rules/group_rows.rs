//! The rules that make, change, end groups.

use std::sync::Arc;

use super::membership::Edges;
use super::users::{OWNERS, ended, kept};
use super::{Draft, groups};
use crate::directory::snapshot::{LiveGroup, Slot};
use crate::model::change::GroupWish;
use crate::model::group::{GroupRow, GroupSeqs};
use crate::model::name::{clean, fold};
use crate::model::row::{FormerName, Tombstone};
use crate::model::{ExternalId, GroupId, MemberKind};

impl Draft {
    pub(super) fn put_groups(&mut self, wishes: &[&GroupWish], served: &groups::Served) {
        for (wish, name) in wishes.iter().zip(&served.names) {
            let live = self
                .next
                .group_id(&wish.external_id)
                .and_then(|id| self.next.live_group(id))
                .map(Arc::clone);
            if let (Some(live), Some(name)) = (live, name)
                && live.row.name != *name
            {
                self.next.group_names.remove(&live.folded);
            }
        }
        for (wish, name) in wishes.iter().zip(&served.names) {
            if let Some(name) = name {
                self.put_group(wish, name);
            }
        }
    }

    fn put_group(&mut self, wish: &GroupWish, name: &Arc<str>) {
        let id = self.group_slot(&wish.external_id);
        let seq = self.seq;
        let mut row = GroupRow {
            id,
            external_id: wish.external_id.clone(),
            owner: wish.owner,
            name: Arc::clone(name),
            source_name: kept(&wish.name),
            nickname: kept(&wish.nickname),
            description: kept(&wish.description),
            created_at: wish.created_at.unwrap_or(self.now),
            updated_at: self.now,
            seqs: GroupSeqs {
                created: seq,
                changed: seq,
                name: seq,
                users: seq,
                nesting: seq,
            },
            former: Vec::new(),
        };
        let folded: Arc<str> = fold(name).into();
        match self.next.groups[id.0 as usize].clone() {
            // What its members are told changes: a group that was not served now is.
            Slot::Reference(_) => self.touch_members(id),
            Slot::Gone(tombstone) => row.former.clone_from(&tombstone.former),
            Slot::Live(live) => {
                if as_wished_group(&live.row, wish, name) {
                    self.next.group_names.insert(folded, id.0);
                    return;
                }
                self.carry_group(&mut row, &live.row, live.folded != folded);
            }
        }
        self.next.group_names.insert(folded, id.0);
        self.next
            .groups
            .set(id.0 as usize, Slot::Live(LiveGroup::new(Arc::new(row))));
        self.groups.insert(id.0);
    }

    /// Carries over what a wish does not tell.
    fn carry_group(&self, row: &mut GroupRow, before: &GroupRow, renamed: bool) {
        row.created_at = before.created_at;
        row.seqs = before.seqs;
        row.former.clone_from(&before.former);
        row.seqs.changed = self.seq;
        if renamed {
            row.seqs.name = self.seq;
            row.former.push(FormerName {
                name: Arc::clone(&before.name),
                ended: self.seq,
            });
        }
    }

    pub(super) fn remove_group(&mut self, external: &ExternalId) {
        let live = self
            .next
            .group_id(external)
            .and_then(|id| self.next.live_group(id))
            .map(Arc::clone);
        let Some(live) = live else { return };
        let id = live.row.id;
        let mut edges = Edges::default();
        for owner in OWNERS {
            for kind in [MemberKind::User, MemberKind::Group] {
                let all = self.next.members(id, kind, owner).to_vec();
                self.edit_members(id, kind, owner, Vec::new(), all, &mut edges);
            }
            for parent in self.next.parents_of(id).to_vec() {
                self.edit_members(
                    GroupId(parent),
                    MemberKind::Group,
                    owner,
                    Vec::new(),
                    vec![id.0],
                    &mut edges,
                );
            }
        }
        self.apply_edges(edges);
        let former = ended(&live.row.former, &live.row.name, self.seq);
        self.next.group_names.remove(&live.folded);
        let tombstone = Tombstone {
            id: id.0,
            external_id: external.clone(),
            former,
            ended: self.seq,
        };
        self.next
            .groups
            .set(id.0 as usize, Slot::Gone(Arc::new(tombstone)));
        self.groups.insert(id.0);
        self.drop_details(MemberKind::Group, id.0);
    }
}

/// Whether a row already says what is wished, under the name that it is to be served by.
pub fn as_wished_group(row: &GroupRow, wish: &GroupWish, name: &str) -> bool {
    row.owner == wish.owner
        && *row.name == *name
        && *row.source_name == *clean(&wish.name)
        && *row.nickname == *clean(&wish.nickname)
        && *row.description == *clean(&wish.description)
}
