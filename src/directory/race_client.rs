//! A model of Jira's cache: what each event and each step of a full sync does to it.

use std::collections::{BTreeMap, BTreeSet};

use super::feed::{Event, EventToken};
use super::view::View;
use super::world::World;

/// A user as the client keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cached {
    key: String,
    active: bool,
    /// Jira keeps a user with content as "deleted externally"; a later add or update revives it as *active*.
    flagged: bool,
}

#[derive(Default)]
pub(super) struct Client {
    users: BTreeMap<String, Cached>,
    groups: BTreeSet<String>,
    memberships: BTreeSet<(String, String)>,
    nesting: BTreeSet<(String, String)>,
    token: Option<EventToken>,
}

/// What client and server are compared by.
pub(super) type Picture = (
    BTreeMap<String, (String, bool)>,
    BTreeSet<String>,
    BTreeSet<(String, String)>,
    BTreeSet<(String, String)>,
);

pub(super) fn truth(view: &View) -> Picture {
    let mut picture = Picture::default();
    for at in view.users().iter() {
        let Some(user) = view.user_at(*at) else { continue };
        picture
            .0
            .insert(user.name().into_owned(), (user.key(), user.active()));
        picture.2.extend(
            view.groups_of(&user, false)
                .iter()
                .map(|group| (user.name().into(), group.name().into())),
        );
    }
    for at in view.groups().iter() {
        let Some(group) = view.group_at(*at) else { continue };
        picture.1.insert(group.name().into_owned());
        let children = view.children_of(&group, false);
        picture.3.extend(
            children
                .iter()
                .map(|child| (group.name().into_owned(), child.name().into_owned())),
        );
    }
    picture
}

impl Client {
    pub(super) fn picture(&self) -> Picture {
        let living = self.users.iter().filter(|(_, cached)| !cached.flagged);
        let users = living
            .map(|(name, cached)| (name.clone(), (cached.key.clone(), cached.active)))
            .collect();
        let memberships = self
            .memberships
            .iter()
            .filter(|(user, _)| !self.users[user].flagged)
            .cloned()
            .collect();
        (users, self.groups.clone(), memberships, self.nesting.clone())
    }

    /// Whether this client vetoes deletions of the name (its user has content).
    fn vetoes(name: &str) -> bool {
        name.len().is_multiple_of(2)
    }

    fn delete_user(&mut self, name: &str) {
        if Self::vetoes(name) {
            if let Some(cached) = self.users.get_mut(name) {
                (cached.flagged, cached.active) = (true, false);
            }
        } else if self.users.remove(name).is_some() {
            self.memberships.retain(|(user, _)| user != name);
        }
    }

    fn put_user(&mut self, name: &str, key: &str, active: bool) {
        if let Some(cached) = self.users.get_mut(name) {
            cached.active = active || cached.flagged;
            cached.flagged = false;
            key.clone_into(&mut cached.key);
        } else if !self.users.values().any(|cached| cached.key == key) {
            self.users.insert(
                name.to_owned(),
                Cached {
                    key: key.to_owned(),
                    active,
                    flagged: false,
                },
            );
        } // else: swallowed at debug level, the user is lost
    }

    fn apply(&mut self, event: &Event<'_>) {
        match event {
            Event::UserDeleted(name) => self.delete_user(name),
            Event::GroupDeleted(name) => {
                self.groups.remove(&**name);
                self.memberships.retain(|(_, group)| **group != **name);
                self.nesting
                    .retain(|(parent, child)| **parent != **name && **child != **name);
            }
            Event::UserUpdated(user) => self.put_user(&user.name(), &user.key(), user.active()),
            Event::GroupUpdated(group) => {
                self.groups.insert(group.name().into_owned());
            }
            Event::GroupMembership {
                group,
                parents,
                children,
            } => {
                let name = group.name().into_owned();
                self.nesting
                    .retain(|(parent, child)| *parent != name && *child != name);
                let up = parents
                    .iter()
                    .map(|parent| (parent.name().into_owned(), name.clone()));
                let down = children
                    .iter()
                    .map(|child| (name.clone(), child.name().into_owned()));
                let known = |(parent, child): &(String, String)| {
                    self.groups.contains(parent) && self.groups.contains(child)
                };
                self.nesting.extend(up.chain(down).filter(known));
            }
            Event::UserMembership { user, groups } => {
                let name = user.name().into_owned();
                self.memberships.retain(|(member, _)| *member != name);
                let known = self.users.contains_key(&name);
                let groups = groups.iter().map(|group| group.name().into_owned());
                let kept = groups.filter(|group| known && self.groups.contains(group));
                self.memberships.extend(kept.map(|group| (name.clone(), group)));
            }
        }
    }

    /// The whole user listing: deletes the absent first, then matches by key, then by name.
    fn list_users(&mut self, view: &View) {
        let (users, ..) = truth(view);
        let keys: BTreeSet<&String> = users.values().map(|(key, _)| key).collect();
        let absent = self
            .users
            .iter()
            .filter(|(name, cached)| !users.contains_key(*name) && !keys.contains(&cached.key));
        let absent: Vec<_> = absent.map(|(name, _)| name.clone()).collect();
        for name in absent {
            self.delete_user(&name);
        }
        let before = std::mem::take(&mut self.users);
        for (name, (key, active)) in &users {
            let same = before
                .iter()
                .find(|(_, cached)| cached.key == *key)
                .or_else(|| before.get_key_value(name));
            let revived = same.is_some_and(|(_, cached)| cached.flagged);
            self.users.insert(
                name.clone(),
                Cached {
                    key: key.clone(),
                    active: *active || revived,
                    flagged: false,
                },
            );
        }
        let kept = before.into_iter().filter(|(name, cached)| {
            cached.flagged && !users.contains_key(name) && !keys.contains(&cached.key)
        });
        self.users.extend(kept);
        self.memberships.retain(|(user, _)| self.users.contains_key(user));
    }

    /// E, L users, L groups, M, E' with `between` run between every two requests.
    fn sync_in_full(&mut self, world: &mut World, between: &mut dyn FnMut(&mut World)) {
        between(world);
        let listed = world.view();
        self.list_users(&listed);
        between(world);
        let (_, groups, ..) = truth(&world.view());
        self.groups = groups;
        between(world);
        let (_, _, memberships, nesting) = truth(&world.view());
        let known =
            |(user, group): &(String, String)| self.users.contains_key(user) && self.groups.contains(group);
        self.memberships = memberships.into_iter().filter(known).collect();
        let known = |(one, two): &(String, String)| self.groups.contains(one) && self.groups.contains(two);
        self.nesting = nesting.into_iter().filter(known).collect();
        between(world);
        // The cookie brings the token of the user listing's snapshot.
        self.token = Some(EventToken {
            after_full: true,
            ..listed.token()
        });
    }

    /// Whether it went by events.
    pub(super) fn sync(&mut self, world: &mut World, between: &mut dyn FnMut(&mut World)) -> bool {
        let view = world.view();
        let feed = self.token.take().map(|token| view.feed(&token));
        let Some(Ok(feed)) = feed else {
            self.sync_in_full(world, between);
            return false;
        };
        feed.events.iter().for_each(|event| self.apply(event));
        self.token = Some(feed.token);
        true
    }
}
