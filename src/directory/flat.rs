//! Groups in groups flattened: what an event feed cannot tell of it.
//!
//! Who is moved with a group into another is touched in no row of its own. To name them all would be to compare two whole
//! pictures, of which the older is gone: so a client is sent to a full synchronisation. That is rare, where people come and
//! go all day.

use super::snapshot::{Slot, Snapshot};
use super::view::{View, ViewData};
use crate::model::{Application, GroupId, MemberKind, Seq};

impl ViewData {
    /// Whether since these heads a group came into a group or left one, or one in such a place came, went or has another name.
    pub(super) fn is_nested_anew(&self, heads: &[Seq]) -> bool {
        let mut snapshots = self.snapshots.iter().zip(heads);
        snapshots.any(|(snapshot, since)| snapshot.seq() > *since && is_nested_anew(snapshot, *since))
    }
}

impl View {
    /// The same view with its groups in groups, to show by which way somebody is in one.
    #[must_use]
    pub fn unflattened(&self) -> Self {
        if !self.application.flatten_groups {
            return self.clone();
        }
        let application = Application {
            flatten_groups: false,
            ..self.application.as_ref().clone()
        };
        let data = ViewData::new(application.into(), self.snapshots.clone(), self.epoch, self.hash);
        Self(data.into())
    }
}

fn is_nested_anew(snapshot: &Snapshot, since: Seq) -> bool {
    if snapshot.ended_edges.values().any(|ended| *ended > since) {
        return true;
    }
    let mut live = snapshot.groups.iter().filter_map(Slot::live);
    live.any(|live| {
        let seqs = &live.row.seqs;
        let id = GroupId(live.row.id.0);
        let has_place =
            || !snapshot.parents_of(id).is_empty() || !snapshot.all_members(id, MemberKind::Group).is_empty();
        live.touched > since && (seqs.nesting > since || (seqs.name > since && has_place()))
    })
}
