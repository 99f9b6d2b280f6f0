//! What is kept beside the rows of a snapshot, with the indexes that pushed resources are found by.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{HashMap, HashSet, OrdSet};

use crate::model::{
    Attributes, Credential, Detail, DetailKey, DetailKind, Hold, MemberKind, Resource, UserId,
};

/// Details by row, persistent as the snapshot is.
#[derive(Clone, Debug, Default)]
pub struct Details {
    all: HashMap<DetailKey, Detail>,
    /// Pushed resources by the provider's own id.
    external: OrdSet<(MemberKind, Arc<str>, u32)>,
    /// Pushed resources by their own folded names, where these are not those of the rows.
    names: OrdSet<(MemberKind, Arc<str>, u32)>,
    /// Users by each folded e-mail address of their pushed resource.
    emails: OrdSet<(Arc<str>, u32)>,
    /// The users that are held, removed ones included.
    held: OrdSet<u32>,
    /// Those of them whose hold may hide a membership.
    masked: HashSet<u32>,
}

impl Details {
    /// One detail.
    pub fn get(&self, of: MemberKind, id: u32, kind: DetailKind) -> Option<&Detail> {
        self.all.get(&DetailKey { of, id, kind })
    }

    /// The custom attributes of a user or a group: what applications wrote wins over what the source reported.
    pub fn attributes(&self, of: MemberKind, id: u32) -> Attributes {
        let mut attributes = Attributes::default();
        for kind in [DetailKind::SourceAttributes, DetailKind::Attributes] {
            if let Some(Detail::Attributes(some) | Detail::SourceAttributes(some)) = self.get(of, id, kind) {
                let copies = some
                    .0
                    .iter()
                    .map(|(name, values)| (Arc::clone(name), values.clone()));
                attributes.0.extend(copies);
            }
        }
        attributes
    }

    /// The values of one custom attribute, as [`Self::attributes`] has them.
    pub fn attribute(&self, of: MemberKind, id: u32, name: &str) -> &[Arc<str>] {
        let layers = [DetailKind::Attributes, DetailKind::SourceAttributes];
        let found = layers.into_iter().find_map(|kind| match self.get(of, id, kind)? {
            Detail::Attributes(some) | Detail::SourceAttributes(some) => some.0.get(name),
            _ => None,
        });
        found.map_or(&[], Vec::as_slice)
    }

    /// The password kept here of a user.
    pub fn credential(&self, user: UserId) -> Option<&Arc<Credential>> {
        match self.get(MemberKind::User, user.0, DetailKind::Credential)? {
            Detail::Credential(credential) => Some(credential),
            _ => None,
        }
    }

    /// The hold that keeps a user out; also of a removed one.
    pub fn hold(&self, user: UserId) -> Option<&Arc<Hold>> {
        match self.get(MemberKind::User, user.0, DetailKind::Hold)? {
            Detail::Hold(hold) => Some(hold),
            _ => None,
        }
    }

    /// The users that are held, by row id after one, removed ones included.
    pub fn held(&self, after: Option<UserId>) -> impl Iterator<Item = (UserId, &Arc<Hold>)> {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(id.0));
        let ids = self.held.range((start, Bound::Unbounded));
        ids.filter_map(|id| Some((UserId(*id), self.hold(UserId(*id))?)))
    }

    /// How many users are held.
    pub fn held_count(&self) -> usize {
        self.held.len()
    }

    /// The users whose hold may hide a membership.
    pub(super) fn masked(&self) -> &HashSet<u32> {
        &self.masked
    }

    /// The pushed resource of a user or a group.
    pub fn resource(&self, of: MemberKind, id: u32) -> Option<&Arc<Resource>> {
        match self.get(of, id, DetailKind::Resource)? {
            Detail::Resource(resource) => Some(resource),
            _ => None,
        }
    }

    /// The row ids of users or groups whose pushed resource has this `externalId`, compared exactly.
    pub fn of_external(&self, of: MemberKind, external: &str) -> impl Iterator<Item = u32> + use<'_> {
        let text: Arc<str> = external.into();
        let range = (
            Bound::Included((of, Arc::clone(&text), 0)),
            Bound::Included((of, text, u32::MAX)),
        );
        self.external.range(range).map(|(_, _, id)| *id)
    }

    /// The row ids of users or groups that were pushed under this folded name and are served under another.
    pub fn of_name(&self, of: MemberKind, folded: &str) -> impl Iterator<Item = u32> + use<'_> {
        let text: Arc<str> = folded.into();
        let range = (
            Bound::Included((of, Arc::clone(&text), 0)),
            Bound::Included((of, text, u32::MAX)),
        );
        self.names.range(range).map(|(_, _, id)| *id)
    }

    /// The users whose pushed resource has this e-mail address, folded, by row id.
    pub fn users_of_email(&self, folded: &str) -> impl Iterator<Item = UserId> + use<'_> {
        let text: Arc<str> = folded.into();
        let range = (
            Bound::Included((Arc::clone(&text), 0)),
            Bound::Included((text, u32::MAX)),
        );
        self.emails.range(range).map(|(_, id)| UserId(*id))
    }

    /// The keys of all details, in order.
    pub(super) fn keys(&self) -> Vec<DetailKey> {
        let mut keys: Vec<_> = self.all.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// Writes or deletes one detail with its place in the indexes. Answers whether anything changed.
    pub(super) fn set(&mut self, key: DetailKey, value: Option<Detail>) -> bool {
        if self.all.get(&key) == value.as_ref() {
            return false;
        }
        match self.all.get(&key).cloned() {
            Some(Detail::Resource(before)) => self.forget(key, &before),
            Some(Detail::Hold(_)) => {
                self.held.remove(&key.id);
                self.masked.remove(&key.id);
            }
            _ => {}
        }
        match value {
            None => drop(self.all.remove(&key)),
            Some(value) => {
                match &value {
                    Detail::Resource(resource) => self.learn(key, resource),
                    Detail::Hold(hold) => self.keep_out(key.id, hold),
                    _ => {}
                }
                self.all.insert(key, value);
            }
        }
        true
    }

    fn keep_out(&mut self, id: u32, hold: &Hold) {
        self.held.insert(id);
        if hold.has_masks() {
            self.masked.insert(id);
        }
    }

    fn learn(&mut self, key: DetailKey, resource: &Resource) {
        if let Some(external) = &resource.external_id {
            self.external.insert((key.of, Arc::clone(external), key.id));
        }
        if let Some(name) = &resource.name {
            self.names.insert((key.of, Arc::clone(name), key.id));
        }
        if key.of == MemberKind::User {
            let pairs = resource.emails.iter().map(|email| (Arc::clone(email), key.id));
            self.emails.extend(pairs);
        }
    }

    fn forget(&mut self, key: DetailKey, resource: &Resource) {
        if let Some(external) = &resource.external_id {
            self.external.remove(&(key.of, Arc::clone(external), key.id));
        }
        if let Some(name) = &resource.name {
            self.names.remove(&(key.of, Arc::clone(name), key.id));
        }
        for email in &resource.emails {
            self.emails.remove(&(Arc::clone(email), key.id));
        }
    }
}
