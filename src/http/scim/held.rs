//! Users and groups of a snapshot as this face knows them: those that were pushed.

use serde_json::{Map, Value, json};

use super::realm::Realm;
use crate::clock::rfc3339;
use crate::directory::Snapshot;
use crate::model::{ExternalId, GroupId, MemberKind, Owner, Resource, UserId};
use crate::protocol::scim::{MemberType, Projection, etag};

/// A user or a group.
pub(super) struct Held<'s> {
    pub(super) of: MemberKind,
    pub(super) row: u32,
    pub(super) id: &'s ExternalId,
    pub(super) name: &'s str,
    pub(super) active: bool,
    created_at: i64,
    updated_at: i64,
    changed: u64,
    resource: Option<&'s Resource>,
}

impl<'s> Held<'s> {
    /// The one of a row, if it was pushed: what was made here, or by a rule, is none of a client's business.
    pub(super) fn of_row(snapshot: &'s Snapshot, of: MemberKind, row: u32) -> Option<Self> {
        let resource = snapshot.details().resource(of, row).map(AsRef::as_ref);
        match of {
            MemberKind::User => {
                let user = snapshot
                    .user(UserId(row))
                    .filter(|user| user.owner == Owner::Source)?;
                let seqs = &user.seqs;
                Some(Self {
                    of,
                    row,
                    id: &user.external_id,
                    name: &user.name,
                    active: user.active(),
                    created_at: user.created_at,
                    updated_at: user.updated_at,
                    changed: seqs.changed.max(seqs.attributes).max(seqs.groups).0,
                    resource,
                })
            }
            MemberKind::Group => {
                let group = snapshot
                    .group(GroupId(row))
                    .filter(|group| group.owner == Owner::Source)?;
                let seqs = &group.seqs;
                Some(Self {
                    of,
                    row,
                    id: &group.external_id,
                    name: &group.name,
                    active: true,
                    created_at: group.created_at,
                    updated_at: group.updated_at,
                    changed: seqs.changed.max(seqs.name).max(seqs.users).max(seqs.nesting).0,
                    resource,
                })
            }
        }
    }

    /// The one of an id.
    pub(super) fn of_id(snapshot: &'s Snapshot, of: MemberKind, id: &str) -> Option<Self> {
        let id = ExternalId::from(id);
        let row = match of {
            MemberKind::User => snapshot.user_id(&id)?.0,
            MemberKind::Group => snapshot.group_id(&id)?.0,
        };
        Self::of_row(snapshot, of, row)
    }

    /// Whether a user's person is forgotten, and stays so.
    pub(super) fn is_forgotten(&self, snapshot: &Snapshot) -> bool {
        self.of == MemberKind::User && snapshot.has_forgotten(UserId(self.row))
    }

    /// What is left of a user whose person is forgotten.
    pub(super) fn without_person(&self) -> Option<&'s Resource> {
        self.resource.filter(|resource| resource.is_without_person())
    }

    /// What was pushed. Of somebody who came otherwise, or is forgotten, what the row says.
    pub(super) fn attributes(&self, realm: &Realm) -> Map<String, Value> {
        let read = self
            .resource
            .and_then(|resource| serde_json::from_str(&resource.json).ok());
        if let Some(Value::Object(attributes)) = read {
            return attributes;
        }
        let told = match self.of {
            MemberKind::User => json!({ "userName": self.name, "active": self.active }),
            MemberKind::Group => json!({ "displayName": self.name }),
        };
        let mut attributes = match told {
            Value::Object(attributes) => attributes,
            _ => Map::new(),
        };
        attributes.insert("schemas".to_owned(), json!([realm.kind(self.of).schema.urn]));
        attributes
    }

    /// Its entity tag.
    pub(super) fn version(&self, realm: &Realm) -> String {
        etag::weak(&format!("{}-{}", realm.epoch, self.changed))
    }

    /// The whole resource, but for what needs not be read: members and groups that are not asked for.
    pub(super) fn whole(
        &self,
        realm: &Realm,
        snapshot: &Snapshot,
        with_relations: bool,
    ) -> Map<String, Value> {
        let mut told = self.attributes(realm);
        let mut whole = Map::new();
        if let Some(schemas) = told.shift_remove("schemas") {
            whole.insert("schemas".to_owned(), schemas);
        }
        whole.insert("id".to_owned(), json!(self.id.as_str()));
        whole.extend(told);
        if with_relations {
            let (name, related) = match self.of {
                MemberKind::User => ("groups", self.groups(realm, snapshot)),
                MemberKind::Group => ("members", self.members(realm, snapshot)),
            };
            whole.insert(name.to_owned(), Value::Array(related));
        }
        whole.insert(
            "meta".to_owned(),
            json!({
                "resourceType": realm.kind(self.of).name,
                "created": rfc3339(self.created_at),
                "lastModified": rfc3339(self.updated_at),
                "location": realm.location(self.of, self.id.as_str()),
                "version": self.version(realm),
            }),
        );
        whole
    }

    /// The resource as it is shown.
    pub(super) fn shown(&self, realm: &Realm, snapshot: &Snapshot, projection: &Projection) -> Value {
        let kind = realm.kind(self.of);
        let whole = self.whole(realm, snapshot, projection.shows(kind, self.relation()));
        Value::Object(projection.apply(kind, whole))
    }

    /// The attribute that is not kept in the resource.
    pub(super) fn relation(&self) -> &'static str {
        relation(self.of)
    }

    fn members(&self, realm: &Realm, snapshot: &Snapshot) -> Vec<Value> {
        let group = GroupId(self.row);
        let kinds = [
            (MemberKind::User, MemberType::User),
            (MemberKind::Group, MemberType::Group),
        ];
        let mut members = Vec::new();
        for (of, kind) in kinds {
            for row in snapshot.members(group, of, Owner::Source) {
                let member = Held::of_row(snapshot, of, *row);
                members.extend(member.map(|member| reference(realm, &member, kind.name())));
            }
        }
        members
    }

    fn groups(&self, realm: &Realm, snapshot: &Snapshot) -> Vec<Value> {
        let rows = snapshot.groups_of(UserId(self.row)).iter();
        let pushed = rows.filter(|group| self.is_in(snapshot, GroupId(**group)));
        pushed
            .filter_map(|group| Held::of_row(snapshot, MemberKind::Group, *group))
            .map(|group| reference(realm, &group, "direct"))
            .collect()
    }

    /// Whether it is a direct member of a group, as pushed.
    pub(super) fn is_in(&self, snapshot: &Snapshot, group: GroupId) -> bool {
        let members = snapshot.members(group, self.of, Owner::Source);
        members.binary_search(&self.row).is_ok()
    }

    /// Whether an id is among a group's members, or a user's groups.
    pub(super) fn is_related(&self, snapshot: &Snapshot, id: &str) -> bool {
        let other = |of| Held::of_id(snapshot, of, id);
        match self.of {
            MemberKind::User => {
                other(MemberKind::Group).is_some_and(|group| self.is_in(snapshot, GroupId(group.row)))
            }
            MemberKind::Group => [MemberKind::User, MemberKind::Group]
                .into_iter()
                .filter_map(other)
                .any(|member| member.is_in(snapshot, GroupId(self.row))),
        }
    }
}

/// The attribute of a type that is made from the memberships.
pub(super) fn relation(of: MemberKind) -> &'static str {
    match of {
        MemberKind::User => "groups",
        MemberKind::Group => "members",
    }
}

fn reference(realm: &Realm, other: &Held<'_>, kind: &str) -> Value {
    json!({
        "value": other.id.as_str(),
        "$ref": realm.location(other.of, other.id.as_str()),
        "display": other.name,
        "type": kind,
    })
}
