//! The rules of what is kept beside users and groups.

use super::Draft;
use crate::model::change::Change;
use crate::model::plan::Refused;
use crate::model::{Detail, DetailKey, DetailKind, GroupId, MemberKind, UserId};

/// Every kind that a removed row leaves nothing of: a hold stays with the tombstone and returns with the user.
const KINDS: [DetailKind; 4] = [
    DetailKind::Attributes,
    DetailKind::SourceAttributes,
    DetailKind::Credential,
    DetailKind::Resource,
];

impl Draft {
    pub(super) fn change_detail(&mut self, change: &Change, refused: &mut Vec<Refused>) {
        let Change::Detail {
            of,
            subject,
            kind,
            value,
        } = change
        else {
            return;
        };
        let id = match of {
            MemberKind::User => self
                .next
                .user_id(subject)
                .filter(|id| self.next.user(*id).is_some())
                .map(|id| id.0),
            MemberKind::Group => self
                .next
                .group_id(subject)
                .filter(|id| self.next.group(*id).is_some())
                .map(|id| id.0),
        };
        // A hold changes what is served, so it has changes of its own.
        let fits = *kind != DetailKind::Hold && value.as_ref().is_none_or(|value| value.kind() == *kind);
        let Some(id) = id.filter(|_| fits) else {
            refused.push(Refused {
                what: format!("what is kept beside {subject}"),
                reason: "there is nobody and nothing of this id".to_owned(),
            });
            return;
        };
        let tells = value.as_ref().is_some_and(|value| match value {
            Detail::Resource(resource) => !resource.is_without_person(),
            _ => true,
        });
        if *of == MemberKind::User && tells && self.next.has_forgotten(UserId(id)) {
            refused.push(Refused {
                what: format!("what is kept beside {subject}"),
                reason: "who it was is forgotten".to_owned(),
            });
            return;
        }
        let key = DetailKey {
            of: *of,
            id,
            kind: *kind,
        };
        if !self.next.details.set(key, value.clone()) {
            return;
        }
        self.details.insert(key);
        self.touch_owner(key);
    }

    /// Tells the row that something beside it changed. No feed tells of a user's attributes; a group has no number of
    /// its own for them, so an event repeats it unchanged, which is harmless.
    fn touch_owner(&mut self, key: DetailKey) {
        let (seq, now) = (self.seq, self.now);
        match (key.of, key.kind) {
            (MemberKind::User, DetailKind::Credential) => {
                self.touch_user(UserId(key.id), |row| row.seqs.attributes = seq);
            }
            (MemberKind::User, _) => self.touch_user(UserId(key.id), |row| {
                row.seqs.attributes = seq;
                row.updated_at = now;
            }),
            (MemberKind::Group, _) => self.touch_group(GroupId(key.id), |row| {
                row.seqs.changed = seq;
                row.updated_at = now;
            }),
        }
    }

    /// Nothing is kept beside who or what is removed.
    pub(super) fn drop_details(&mut self, of: MemberKind, id: u32) {
        for kind in KINDS {
            let key = DetailKey { of, id, kind };
            if self.next.details.set(key, None) {
                self.details.insert(key);
            }
        }
    }
}
