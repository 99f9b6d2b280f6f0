//! Edits of the simulated tenant, as an administrator makes them.

use serde::{Deserialize, Serialize};

use super::journal::Touch;
use super::world::{DOMAIN, Group, Maybe, Members, Node, State, User, World, at};

/// One edit. Users are named by id or sign-in name, groups by id or (the first of that) display name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Edit {
    /// A new user; a name without `@` gets the company's domain.
    CreateUser { name: String },
    /// A new sign-in name.
    RenameUser { user: String, upn: String },
    /// A new display name.
    SetDisplayName { user: String, name: String },
    /// A new address; none clears it.
    SetMail { user: String, mail: Option<String> },
    /// No more sign-ins.
    DisableUser { user: String },
    /// Sign-ins again.
    EnableUser { user: String },
    /// Into the bin; memberships stay with it.
    DeleteUser { user: String },
    /// Out of the bin, with the memberships it had. By id.
    RestoreUser { user: String },
    /// Gone for good, from the bin or at once. By id or sign-in name.
    PurgeUser { user: String },
    /// A new security group, or a Microsoft 365 one.
    CreateGroup {
        name: String,
        #[serde(default)]
        unified: bool,
    },
    /// A new display name.
    RenameGroup { group: String, name: String },
    /// A security group is gone at once; a Microsoft 365 group goes into the bin.
    DeleteGroup { group: String },
    /// Out of the bin (Microsoft 365 groups only). By id.
    RestoreGroup { group: String },
    /// Members become invisible to whoever reads without `Member.Read.Hidden`: the group looks empty.
    HideMembers { group: String, hidden: bool },
    /// A user into a group.
    Join { group: String, member: String },
    /// A user out of a group.
    Leave { group: String, member: String },
    /// A group into a group; a cycle is allowed, as Entra allows it.
    Nest { parent: String, child: String },
    /// A group out of a group.
    Unnest { parent: String, child: String },
    /// A user or a group is assigned to the application; by id.
    Assign { to: String },
    /// No more; by id.
    Unassign { to: String },
    /// A user signed in at this time (RFC 3339).
    SignIn { user: String, at: String },
}

/// Why an edit was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Nothing of that id or name is in the state the edit needs.
    #[error("the simulated tenant has no {kind} `{name}`")]
    Unknown {
        /// `user`, `group`, `object`, `deleted user`, `deleted group`.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// Another live user signs in by that name.
    #[error("the sign-in name `{0}` is taken in the simulated tenant")]
    Taken(String),
    /// The membership is there already, or not there.
    #[error("the membership of `{member}` in `{group}` already is as wanted")]
    Unchanged {
        /// The group.
        group: String,
        /// The member.
        member: String,
    },
}

impl World {
    /// Does it; answers the id of the object in question (of the group, for memberships).
    pub(crate) fn edit(&mut self, edit: &Edit) -> Result<String, EditError> {
        let node = match edit {
            Edit::CreateUser { name } => self.create_user(name)?,
            Edit::RenameUser { user, upn } => self.rename_user(user, upn)?,
            Edit::SetDisplayName { user, name } => {
                self.change(user, |row| row.display = name.as_str().into())?
            }
            Edit::SetMail { user, mail } => {
                self.change(user, |row| row.mail = cleared(mail.as_deref(), &row.mail))?
            }
            Edit::DisableUser { user } => self.change(user, |row| row.enabled = false)?,
            Edit::EnableUser { user } => self.change(user, |row| row.enabled = true)?,
            Edit::DeleteUser { user } => self.bin(Node::User(self.live_user(user)?), State::Soft),
            Edit::RestoreUser { user } => self.restore_user(user)?,
            Edit::PurgeUser { user } => self.purge_user(user)?,
            Edit::CreateGroup { name, unified } => self.create_group(name, *unified),
            Edit::RenameGroup { group, name } => {
                self.change_group(group, |row| row.display = name.as_str().into())?
            }
            Edit::DeleteGroup { group } => self.delete_group(group)?,
            Edit::RestoreGroup { group } => self.restore_group(group)?,
            Edit::HideMembers { group, hidden } => self.change_group(group, |row| row.hidden = *hidden)?,
            Edit::Join { group, member } => self.relate(group, Node::User(self.live_user(member)?), true)?,
            Edit::Leave { group, member } => {
                self.relate(group, Node::User(self.live_user(member)?), false)?
            }
            Edit::Nest { parent, child } => {
                self.relate(parent, Node::Group(self.live_group(child)?), true)?
            }
            Edit::Unnest { parent, child } => {
                self.relate(parent, Node::Group(self.live_group(child)?), false)?
            }
            Edit::Assign { to } => self.assign(to, true)?,
            Edit::Unassign { to } => self.assign(to, false)?,
            Edit::SignIn { user, at } => {
                let slot = self.live_user(user)?;
                self.seen.insert(slot, at.as_str().into()); // no delta tells
                Node::User(slot)
            }
        };
        Ok(self.id(node).to_owned())
    }

    fn assign(&mut self, id: &str, there: bool) -> Result<Node, EditError> {
        let node = self.ids.get(id.to_lowercase().as_str()).copied();
        let node = node
            .filter(|node| self.live(*node))
            .ok_or_else(|| unknown("object", id))?;
        self.assigned.retain(|other| *other != node);
        if there {
            self.assigned.push(node);
        }
        Ok(node)
    }

    fn live_user(&self, name: &str) -> Result<u32, EditError> {
        self.find_user(name).ok_or_else(|| unknown("user", name))
    }

    /// The live group of this id, else the first live one of this display name.
    fn live_group(&self, name: &str) -> Result<u32, EditError> {
        let named = || {
            let found = self
                .groups
                .iter()
                .position(|row| row.state == State::Live && *row.display == *name);
            found.map(super::world::slot)
        };
        self.find_group(name)
            .or_else(named)
            .ok_or_else(|| unknown("group", name))
    }

    fn binned(&self, id: &str, kind: &'static str) -> Result<Node, EditError> {
        let found = self.ids.get(id.to_lowercase().as_str()).copied();
        let fits = |node: &Node| matches!(node, Node::User(_)) == (kind == "deleted user");
        found
            .filter(|node| fits(node) && self.state(*node) == State::Soft)
            .ok_or_else(|| unknown(kind, id))
    }

    fn create_user(&mut self, name: &str) -> Result<Node, EditError> {
        let (upn, display) = match name.split_once('@') {
            Some((local, _)) => (name.to_owned(), local),
            None => (
                format!("{}@{DOMAIN}", name.to_lowercase().replace(' ', ".")),
                name,
            ),
        };
        if self.upns.contains_key(upn.to_lowercase().as_str()) {
            return Err(EditError::Taken(upn));
        }
        let (given, surname) = display
            .split_once(' ')
            .map_or((None, None), |(a, b)| (Some(a), Some(b)));
        let slot = self.add_user(|id| User {
            id,
            mail: Some(upn.as_str().into()),
            display: display.into(),
            given: given.map(Into::into),
            surname: surname.map(Into::into),
            department: None,
            enabled: true,
            guest: upn.contains("#EXT#"),
            upn: upn.into(),
            state: State::Live,
            touched: 0,
            groups: Vec::new(),
        });
        self.touch(Node::User(slot));
        Ok(Node::User(slot))
    }

    fn rename_user(&mut self, user: &str, upn: &str) -> Result<Node, EditError> {
        let slot = self.live_user(user)?;
        let key: Box<str> = upn.to_lowercase().into();
        if self.upns.get(&key).is_some_and(|holder| *holder != slot) {
            return Err(EditError::Taken(upn.to_owned()));
        }
        if let Some(row) = self.users.get_mut(at(slot)) {
            self.upns.remove(row.upn.to_lowercase().as_str());
            row.upn = upn.into();
        }
        self.upns.insert(key, slot);
        self.touch(Node::User(slot));
        Ok(Node::User(slot))
    }

    fn change(&mut self, user: &str, change: impl FnOnce(&mut User)) -> Result<Node, EditError> {
        let slot = self.live_user(user)?;
        if let Some(row) = self.users.get_mut(at(slot)) {
            change(row);
        }
        self.touch(Node::User(slot));
        Ok(Node::User(slot))
    }

    fn change_group(&mut self, group: &str, change: impl FnOnce(&mut Group)) -> Result<Node, EditError> {
        let slot = self.live_group(group)?;
        if let Some(row) = self.groups.get_mut(at(slot)) {
            change(row);
        }
        self.touch(Node::Group(slot));
        Ok(Node::Group(slot))
    }

    /// Takes an object out of the living. No membership changes: the deltas say nothing of them.
    fn bin(&mut self, node: Node, state: State) -> Node {
        match node {
            Node::User(slot) => {
                if let Some(row) = self.users.get_mut(at(slot)) {
                    if row.state == State::Live {
                        self.upns.remove(row.upn.to_lowercase().as_str());
                    }
                    row.state = state;
                }
            }
            Node::Group(slot) => {
                if let Some(row) = self.groups.get_mut(at(slot)) {
                    row.state = state;
                }
            }
        }
        if state == State::Gone {
            self.forget(node);
        }
        self.touch(node);
        node
    }

    fn restore_user(&mut self, user: &str) -> Result<Node, EditError> {
        let node = self.binned(user, "deleted user")?;
        if let Node::User(slot) = node
            && let Some(row) = self.users.get_mut(at(slot))
        {
            let key: Box<str> = row.upn.to_lowercase().into();
            if self.upns.contains_key(&key) {
                return Err(EditError::Taken(row.upn.to_string()));
            }
            row.state = State::Live;
            self.upns.insert(key, slot);
        }
        self.touch(node);
        Ok(node)
    }

    fn purge_user(&mut self, user: &str) -> Result<Node, EditError> {
        let node = match self.find_user(user) {
            Some(slot) => Node::User(slot),
            None => self.binned(user, "deleted user")?,
        };
        Ok(self.bin(node, State::Gone))
    }

    fn create_group(&mut self, name: &str, unified: bool) -> Node {
        let number = self.groups.len();
        let slot = self.add_group(|id| Group {
            id,
            display: name.into(),
            nickname: format!("g{number}").into(),
            description: None,
            unified,
            hidden: false,
            state: State::Live,
            touched: 0,
            members: Members::new(),
            groups: Vec::new(),
        });
        self.touch(Node::Group(slot));
        Node::Group(slot)
    }

    fn delete_group(&mut self, group: &str) -> Result<Node, EditError> {
        let slot = self.live_group(group)?;
        let unified = self.group(slot).is_some_and(|row| row.unified);
        Ok(self.bin(Node::Group(slot), if unified { State::Soft } else { State::Gone }))
    }

    fn restore_group(&mut self, group: &str) -> Result<Node, EditError> {
        let node = self.binned(group, "deleted group")?;
        if let Node::Group(slot) = node
            && let Some(row) = self.groups.get_mut(at(slot))
        {
            row.state = State::Live;
        }
        self.touch(node);
        Ok(node)
    }

    fn relate(&mut self, group: &str, member: Node, there: bool) -> Result<Node, EditError> {
        let slot = self.live_group(group)?;
        let done = if there {
            self.link(slot, member)
        } else {
            self.unlink(slot, member)
        };
        if !done {
            let member = self.id(member).to_owned();
            return Err(EditError::Unchanged {
                group: group.to_owned(),
                member,
            });
        }
        self.journal.push(Touch::Edge { group: slot, member });
        Ok(Node::Group(slot))
    }
}

fn unknown(kind: &'static str, name: &str) -> EditError {
    EditError::Unknown {
        kind,
        name: name.to_owned(),
    }
}

/// The new value of a property that, once set, can only be cleared.
fn cleared(new: Option<&str>, old: &Maybe) -> Maybe {
    new.map_or_else(|| old.as_ref().map(|_| "".into()), |text| Some(text.into()))
}
