//! What Jira keeps of a Crowd directory, and how a full synchronisation changes it.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Element;

/// A user as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedUser {
    /// The name, in its own spelling.
    pub name: String,
    /// The directory's key.
    pub key: String,
    /// The name to show.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
    /// May log in.
    pub active: bool,
}

/// Users, groups, memberships, by name in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cache {
    /// Users.
    pub users: BTreeMap<String, CachedUser>,
    /// Groups: in lower case → as spelled.
    pub groups: BTreeMap<String, String>,
    /// (group, user), in lower case.
    pub memberships: BTreeSet<(String, String)>,
    /// (parent, child), in lower case.
    pub nesting: BTreeSet<(String, String)>,
}

/// Reads a full user entity.
pub(super) fn user_of(element: &Element) -> Option<CachedUser> {
    Some(CachedUser {
        name: element.attribute("name")?.to_owned(),
        key: element.child_text("key").to_owned(),
        display_name: element.child_text("display-name").to_owned(),
        email: element.child_text("email").to_owned(),
        active: matches!(element.child_text("active"), "true" | "1"),
    })
}

impl Cache {
    pub(super) fn list_users(&mut self, listing: &Element) {
        let users = listing.children.iter().filter_map(user_of);
        self.users = users.map(|user| (user.name.to_lowercase(), user)).collect();
        let users = &self.users;
        self.memberships.retain(|(_, user)| users.contains_key(user));
    }

    pub(super) fn list_groups(&mut self, listing: &Element) {
        // Jira throws where the type is missing; a group without it is as good as absent.
        let groups = listing
            .children
            .iter()
            .filter(|group| group.child_text("type") == "GROUP");
        let names = groups.filter_map(|group| group.attribute("name"));
        self.groups = names.map(|name| (name.to_lowercase(), name.to_owned())).collect();
    }

    pub(super) fn list_memberships(&mut self, listing: &Element) {
        self.memberships.clear();
        self.nesting.clear();
        for membership in &listing.children {
            let Some(group) = membership.attribute("group").map(str::to_lowercase) else {
                continue;
            };
            if !self.groups.contains_key(&group) {
                continue;
            }
            for user in membership
                .child("users")
                .iter()
                .flat_map(|users| users.names())
                .map(str::to_lowercase)
            {
                if self.users.contains_key(&user) {
                    self.memberships.insert((group.clone(), user));
                }
            }
            for child in membership
                .child("groups")
                .iter()
                .flat_map(|groups| groups.names())
                .map(str::to_lowercase)
            {
                if self.groups.contains_key(&child) {
                    self.nesting.insert((group.clone(), child));
                }
            }
        }
    }

    /// The groups of a user, as spelled.
    pub fn groups_of(&self, user: &str) -> Vec<&str> {
        let user = user.to_lowercase();
        let of = self.memberships.iter().filter(|(_, member)| *member == user);
        of.filter_map(|(group, _)| self.groups.get(group))
            .map(String::as_str)
            .collect()
    }
}
