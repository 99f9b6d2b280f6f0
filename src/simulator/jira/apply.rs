//! How Jira applies one event: in document order, no sorting, unknown names swallowed.

use super::cache::{Cache, user_of};
use super::tree::Element;

impl Cache {
    pub(super) fn apply(&mut self, event: &Element) {
        let deleted = event.child_text("operation") == "DELETED";
        match event.name.as_str() {
            "userEvent" => self.user_event(event, deleted),
            "groupEvent" => self.group_event(event, deleted),
            "userMembershipEvent" => self.user_membership_event(event),
            "groupMembershipEvent" => self.group_membership_event(event),
            _ => {}
        }
    }

    fn user_event(&mut self, event: &Element, deleted: bool) {
        let Some(element) = event.child("user") else {
            return;
        };
        let Some(name) = element.attribute("name").map(str::to_lowercase) else {
            return;
        };
        if deleted {
            self.users.remove(&name);
            self.memberships.retain(|(_, user)| *user != name);
        } else if let Some(user) = user_of(element) {
            // A key under another name is swallowed: the user would be lost, if the server sent renames as events.
            let elsewhere = self
                .users
                .values()
                .any(|known| known.key == user.key && known.name.to_lowercase() != name);
            if self.users.contains_key(&name) || !elsewhere {
                self.users.insert(name, user);
            }
        }
    }

    fn group_event(&mut self, event: &Element, deleted: bool) {
        let Some(element) = event.child("group") else {
            return;
        };
        let Some(spelled) = element.attribute("name") else {
            return;
        };
        let name = spelled.to_lowercase();
        if deleted {
            self.groups.remove(&name);
            self.memberships.retain(|(group, _)| *group != name);
            self.nesting
                .retain(|(parent, child)| *parent != name && *child != name);
        } else if element.child_text("type") == "GROUP" {
            self.groups.insert(name, spelled.to_owned());
        }
    }

    fn user_membership_event(&mut self, event: &Element) {
        let user = event
            .child("childUser")
            .and_then(|user| user.attribute("name"))
            .map(str::to_lowercase);
        let (Some(user), Some(parents)) = (user, event.child("parentGroups")) else {
            return;
        };
        self.memberships.retain(|(_, member)| *member != user);
        if self.users.contains_key(&user) {
            let groups = parents
                .names()
                .map(str::to_lowercase)
                .filter(|group| self.groups.contains_key(group));
            let edges: Vec<_> = groups.map(|group| (group, user.clone())).collect();
            self.memberships.extend(edges);
        }
    }

    fn group_membership_event(&mut self, event: &Element) {
        let group = event
            .child("group")
            .and_then(|group| group.attribute("name"))
            .map(str::to_lowercase);
        let Some(group) = group.filter(|group| self.groups.contains_key(group)) else {
            return;
        };
        let (Some(parents), Some(children)) = (event.child("parentGroups"), event.child("childGroups"))
        else {
            return;
        };
        self.nesting
            .retain(|(parent, child)| *parent != group && *child != group);
        let up = parents
            .names()
            .map(|parent| (parent.to_lowercase(), group.clone()));
        let down = children
            .names()
            .map(|child| (group.clone(), child.to_lowercase()));
        let known =
            |(one, two): &(String, String)| self.groups.contains_key(one) && self.groups.contains_key(two);
        let edges: Vec<_> = up.chain(down).filter(known).collect();
        self.nesting.extend(edges);
    }
}
