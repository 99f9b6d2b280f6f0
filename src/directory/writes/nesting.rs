//! Groups in groups: as memberships, and never a circle.

use super::members::{Container, Member, exists};
use super::{Unwritten, Writes};
use crate::model::MemberKind;

impl Writes {
    /// Puts a group into a group.
    ///
    /// A circle within one directory is refused by the rules at the commit itself; one that runs through several is
    /// seen here, on a picture that the caller must not let others change meanwhile.
    ///
    /// # Errors
    /// `NotNested`, `NoGroup`, `InvalidMembership` (a circle), `MembershipExists`, `Owned`, `Directory`.
    pub async fn add_group(&self, child: &str, parent: &str) -> Result<(), Unwritten> {
        let (member, container) = (self.group(child)?, self.group(parent)?);
        self.need_nesting()?;
        if self.view.is_child(&member, &container, false) {
            return Err(exists(child, parent));
        }
        let mut below = self.view.children_of(&member, true).into_iter();
        if member.folded() == container.folded() || below.any(|group| group.folded() == container.folded()) {
            let what =
                format!("group `{child}` cannot be in group `{parent}`: that would put it into itself");
            return Err(Unwritten::InvalidMembership(what));
        }
        let (directory, _) = &self.places[member.at().directory];
        let member = Member {
            kind: MemberKind::Group,
            id: member.row().external_id.clone(),
            name: child.to_owned(),
        };
        self.add(directory, member, Container::of(&container)).await
    }

    /// Takes a group out of a group.
    ///
    /// # Errors
    /// `NotNested`, `NoGroup`, `NoMembership`, `Owned`, `Directory`.
    pub async fn remove_group_from(&self, child: &str, parent: &str) -> Result<(), Unwritten> {
        let (member, container) = (self.group(child)?, self.group(parent)?);
        self.need_nesting()?;
        let found = self.edges(MemberKind::Group, member.folded(), container.folded());
        self.remove(found, child, parent).await
    }

    fn need_nesting(&self) -> Result<(), Unwritten> {
        let application = self.view.application();
        if application.nested_groups && !application.flatten_groups {
            Ok(())
        } else {
            Err(Unwritten::NotNested)
        }
    }
}
