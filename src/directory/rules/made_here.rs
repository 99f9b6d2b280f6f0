//! The rules of what people and applications make: usable names, no group in itself.
//!
//! What a source has is served as it is; who asks here can ask for something else.

use std::collections::HashSet;

use super::{Draft, Sorted};
use crate::model::plan::Refused;
use crate::model::{ExternalId, GroupId, MemberKind, Owner};

/// Characters of a name: what the applications' own tables hold.
const LONGEST: usize = 255;

impl Draft {
    /// Takes out wishes for names that cannot be made here.
    pub(super) fn refuse_unusable(sorted: &mut Sorted<'_>) -> Vec<Refused> {
        let mut refused = Vec::new();
        sorted.users.retain(|wish| {
            let reason = unusable(&wish.name).filter(|_| wish.owner != Owner::Source);
            refused.extend(reason.map(|reason| told("username", &wish.name, reason)));
            reason.is_none()
        });
        sorted.groups.retain(|wish| {
            let reason = unusable(&wish.name).filter(|_| wish.owner != Owner::Source);
            refused.extend(reason.map(|reason| told("group name", &wish.name, reason)));
            reason.is_none()
        });
        refused
    }

    /// Why these children may not be put into this group: it would be in itself. A source's own circles are served.
    pub(super) fn circle(
        &self,
        group: &ExternalId,
        children: &[ExternalId],
        owner: Owner,
    ) -> Option<Refused> {
        let group = self.next.group_id(group).filter(|_| owner != Owner::Source)?;
        let children = children.iter().filter_map(|child| self.next.group_id(child));
        let mut open: Vec<GroupId> = children.collect();
        let mut seen: HashSet<GroupId> = open.iter().copied().collect();
        while let Some(next) = open.pop() {
            if next == group {
                let name = self.next.group(group).map(|row| row.name.to_string());
                return Some(Refused {
                    what: format!("group `{}`", name.unwrap_or_default()),
                    reason: "it would be in itself".to_owned(),
                });
            }
            let below = self.next.all_members(next, MemberKind::Group);
            open.extend(below.iter().map(|id| GroupId(*id)).filter(|id| seen.insert(*id)));
        }
        None
    }
}

/// What is wrong with a name, if anything.
fn unusable(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("it is blank")
    } else if name.trim() != name {
        Some("it begins or ends with a blank")
    } else if name
        .chars()
        .any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        Some("it has control characters")
    } else if name.chars().count() > LONGEST {
        Some("it has more than 255 characters")
    } else {
        None
    }
}

/// A name that cannot be is not repeated whole: it may be a megabyte.
fn told(kind: &str, name: &str, reason: &str) -> Refused {
    let head: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    Refused {
        what: format!("{kind} `{head}`"),
        reason: reason.to_owned(),
    }
}
