//! Objects as JSON rows.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::query::Select;
use super::world::{DOMAIN, Group, Maybe, Node, State, User, World};

/// What a row tells.
#[derive(Debug)]
pub(crate) enum Shape {
    /// All selected properties, null where there is none.
    Listed,
    /// The same with its type, for lists of mixed objects.
    Typed,
    /// As deltas tell it: never set is missing; changed memberships may follow, each there or not.
    Changed(Option<Vec<(Node, bool)>>),
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) world: &'a World,
    pub(crate) node: Node,
    pub(crate) select: &'a Select,
    pub(crate) shape: Shape,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let sparse = matches!(self.shape, Shape::Changed(_));
        let reason = match self.world.state(self.node) {
            State::Soft => Some("changed"),
            State::Gone => Some("deleted"),
            State::Live => None,
        };
        if let Some(reason) = reason.filter(|_| sparse) {
            map.serialize_entry("id", self.world.id(self.node))?;
            map.serialize_entry("@removed", &json!({"reason": reason}))?;
            return map.end();
        }
        if matches!(self.shape, Shape::Typed) {
            map.serialize_entry("@odata.type", kind(self.node))?;
        }
        for property in &self.select.properties {
            match self.node {
                Node::User(slot) => {
                    if let Some(user) = self.world.user(slot) {
                        let activity = || json!({ "lastSuccessfulSignInDateTime": self.world.seen(slot) });
                        let activity = self.world.seen(slot).map(|_| activity());
                        user_property(&mut map, user, slot, activity, property, sparse)?;
                    }
                }
                Node::Group(slot) => {
                    if let Some(group) = self.world.group(slot) {
                        group_property(&mut map, group, slot, property, sparse)?;
                    }
                }
            }
        }
        if let Shape::Changed(Some(members)) = &self.shape {
            map.serialize_entry("members@delta", &Links(self.world, members))?;
        }
        map.end()
    }
}

fn kind(node: Node) -> &'static str {
    match node {
        Node::User(_) => "#microsoft.graph.user",
        Node::Group(_) => "#microsoft.graph.group",
    }
}

/// Changed memberships.
struct Links<'a>(&'a World, &'a [(Node, bool)]);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|(member, there)| Link(self.0, *member, *there)))
    }
}

struct Link<'a>(&'a World, Node, bool);

impl Serialize for Link<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("@odata.type", kind(self.1))?;
        map.serialize_entry("id", self.0.id(self.1))?;
        if !self.2 {
            map.serialize_entry("@removed", &json!({"reason": "deleted"}))?;
        }
        map.end()
    }
}

/// The day on which the simulated company began, in seconds since 1970.
const FOUNDED: i64 = 1_546_300_800;

pub(super) fn created(slot: u32) -> String {
    let time = chrono::DateTime::from_timestamp(FOUNDED + i64::from(slot) * 600, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn user_property<M: SerializeMap>(
    map: &mut M,
    user: &User,
    slot: u32,
    activity: Option<serde_json::Value>,
    name: &str,
    sparse: bool,
) -> Result<(), M::Error> {
    let local = || user.upn.split(['@', '#']).next().unwrap_or_default();
    let staff = !user.guest;
    let synced = staff && slot.is_multiple_of(3);
    match name {
        "id" => map.serialize_entry(name, &*user.id),
        "userPrincipalName" => map.serialize_entry(name, &user.upn),
        "displayName" => map.serialize_entry(name, &user.display),
        "accountEnabled" => map.serialize_entry(name, &user.enabled),
        "mailNickname" => map.serialize_entry(name, local()),
        "createdDateTime" => map.serialize_entry(name, &created(slot)),
        "signInActivity" => optional(map, name, activity, sparse),
        "mail" => maybe(map, name, &user.mail, sparse),
        "givenName" => maybe(map, name, &user.given, sparse),
        "surname" => maybe(map, name, &user.surname, sparse),
        "department" => maybe(map, name, &user.department, sparse),
        // Accounts from before there were guests have no type.
        "userType" if slot % 101 == 100 && staff => optional::<M, &str>(map, name, None, sparse),
        "userType" => map.serialize_entry(name, if user.guest { "Guest" } else { "Member" }),
        "externalUserState" => {
            let state = if slot.is_multiple_of(2) {
                "Accepted"
            } else {
                "PendingAcceptance"
            };
            optional(map, name, user.guest.then_some(state), sparse)
        }
        "employeeId" => optional(map, name, staff.then(|| format!("E{slot:06}")), sparse),
        "onPremisesSyncEnabled" => optional(map, name, synced.then_some(true), sparse),
        "onPremisesSamAccountName" => optional(map, name, synced.then(|| format!("sam{slot:06}")), sparse),
        "onPremisesUserPrincipalName" => optional(map, name, synced.then_some(&user.upn), sparse),
        "proxyAddresses" => {
            let mail = user.mail.as_deref().filter(|mail| !mail.is_empty());
            map.serialize_entry(
                name,
                &mail.map(|mail| vec![format!("SMTP:{mail}")]).unwrap_or_default(),
            )
        }
        "otherMails" | "businessPhones" => map.serialize_entry::<_, [&str; 0]>(name, &[]),
        _ => optional::<M, &str>(map, name, None, sparse),
    }
}

fn group_property<M: SerializeMap>(
    map: &mut M,
    group: &Group,
    slot: u32,
    name: &str,
    sparse: bool,
) -> Result<(), M::Error> {
    match name {
        "id" => map.serialize_entry(name, &*group.id),
        "displayName" => map.serialize_entry(name, &group.display),
        "description" => maybe(map, name, &group.description, sparse),
        "mailNickname" => map.serialize_entry(name, &group.nickname),
        "mail" => {
            let mail = group.unified.then(|| format!("{}@{DOMAIN}", group.nickname));
            optional(map, name, mail, sparse)
        }
        "mailEnabled" => map.serialize_entry(name, &group.unified),
        "securityEnabled" => map.serialize_entry(name, &!group.unified),
        "groupTypes" => {
            let types: &[&str] = if group.unified { &["Unified"] } else { &[] };
            map.serialize_entry(name, types)
        }
        "visibility" => optional(map, name, group.hidden.then_some("HiddenMembership"), sparse),
        "createdDateTime" => map.serialize_entry(name, &created(slot)),
        _ => optional::<M, &str>(map, name, None, sparse),
    }
}

/// A property that may never have been set, or have been cleared.
fn maybe<M: SerializeMap>(map: &mut M, name: &str, value: &Maybe, sparse: bool) -> Result<(), M::Error> {
    match value.as_deref() {
        Some("") => map.serialize_entry(name, &()),
        value => optional(map, name, value, sparse),
    }
}

fn optional<M, T>(map: &mut M, name: &str, value: Option<T>, sparse: bool) -> Result<(), M::Error>
where
    M: SerializeMap,
    T: Serialize,
{
    match value {
        Some(value) => map.serialize_entry(name, &value),
        None if sparse => Ok(()),
        None => map.serialize_entry(name, &()),
    }
}
