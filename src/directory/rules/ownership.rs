//! The rule of ownership: nobody writes what another owns.

use super::{Draft, Sorted};
use crate::model::plan::Refused;
use crate::model::{ExternalId, Owner};

impl Draft {
    /// Takes out the wishes for rows that another owner has.
    pub(super) fn refuse_foreign(&self, sorted: &mut Sorted<'_>) -> Vec<Refused> {
        let mut refused = Vec::new();
        sorted.users.retain(|wish| {
            let row = self
                .next
                .user_id(&wish.external_id)
                .and_then(|id| self.next.user(id));
            let foreign = row.filter(|row| row.owner != wish.owner);
            refused.extend(foreign.map(|row| told(format!("user `{}`", row.name), row.owner)));
            foreign.is_none()
        });
        sorted.groups.retain(|wish| {
            let row = self
                .next
                .group_id(&wish.external_id)
                .and_then(|id| self.next.group(id));
            let foreign = row.filter(|row| row.owner != wish.owner);
            refused.extend(foreign.map(|row| told(format!("group `{}`", row.name), row.owner)));
            foreign.is_none()
        });
        refused
    }

    /// Why edges of this owner may not be written to a group: the source's own groups have its members only, so that
    /// nobody is let in whom the source does not know of.
    pub(super) fn foreign_members(&self, group: &ExternalId, owner: Owner) -> Option<Refused> {
        let row = self.next.group_id(group).and_then(|id| self.next.group(id))?;
        let foreign = owner == Owner::Local && row.owner == Owner::Source;
        foreign.then(|| told(format!("the members of group `{}`", row.name), row.owner))
    }
}

fn told(what: String, owner: Owner) -> Refused {
    Refused {
        what,
        reason: reason(owner).to_owned(),
    }
}

/// The sentence that refuses to write what this owner has.
pub fn foreign(what: &str, owner: Owner) -> String {
    format!("{what}: {}", reason(owner))
}

fn reason(owner: Owner) -> &'static str {
    match owner {
        Owner::Source => "its source owns it; hint: change it there",
        Owner::Local => "it was made here; hint: change it through an application",
        Owner::Rule => "a rule of the configuration made it",
    }
}
