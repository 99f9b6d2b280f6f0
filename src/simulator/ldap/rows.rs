//! The objects of the company, whose attributes are spelled where they are asked for.

use std::collections::HashMap;

use crate::protocol::ldap::{Entry, value};
use crate::simulator::built;
use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Group, Node, State, User, World};

/// Below what everything is.
pub const DOMAIN: &str = "DC=corp,DC=example";
/// The beginning of 1970, as Windows counts.
const EPOCH: &str = "116444736000000000";
/// The number of the last change before the company's first one.
const BEGIN: u64 = 1000;

/// What the controller says of itself.
pub(super) fn root(world: &World) -> Entry {
    let committed = BEGIN + world.journal.len();
    let time = world.time.machine().format("%Y%m%d%H%M%S.0Z");
    let attributes = [
        ("objectClass", "top".to_owned()),
        ("highestCommittedUSN", committed.to_string()),
        ("dsServiceName", service()),
        ("defaultNamingContext", DOMAIN.to_owned()),
        ("currentTime", time.to_string()),
    ];
    Entry {
        dn: String::new(),
        attributes: attributes
            .map(|(name, value)| (name.to_owned(), one(value)))
            .into(),
    }
}

pub(super) fn service() -> String {
    format!("CN=NTDS Settings,CN=DC1,CN=Configuration,{DOMAIN}")
}

/// The controller's entry.
pub(super) fn controller(life: u8) -> Entry {
    Entry {
        dn: service(),
        attributes: vec![
            ("objectClass".to_owned(), one("nTDSDSA")),
            ("invocationId".to_owned(), vec![vec![life; 16]]),
        ],
    }
}

/// The number of each object's last change. Who comes to the primary group, or leaves it, is changed as well.
pub(super) fn numbers(world: &World, primary: Option<u32>) -> HashMap<Node, u64> {
    let changes = world.journal.between(0, u64::MAX);
    let touched = changes.flat_map(|(number, touch)| {
        let (one, other) = match touch {
            Touch::Object(node) => (node, None),
            Touch::Edge { group, member } => {
                let user = matches!(member, Node::User(_)) && primary == Some(group);
                (Node::Group(group), user.then_some(member))
            }
        };
        [Some(one), other]
            .into_iter()
            .flatten()
            .map(move |node| (node, number))
    });
    touched.collect()
}

/// A security identifier of this domain.
fn sid(number: u32) -> Vec<Vec<u8>> {
    let mut sid = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, number] {
        sid.extend(part.to_le_bytes());
    }
    one(sid)
}

/// The number of a group within the domain; those of users are even.
fn group_number(at: u32) -> u32 {
    10_001 + at * 2
}

pub(super) fn name(world: &World, node: Node) -> Option<String> {
    match node {
        Node::User(at) => Some(format!("CN={},OU=People,{DOMAIN}", world.user(at)?.upn)),
        Node::Group(at) => Some(format!("CN=g{at},OU=Groups,{DOMAIN}")),
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    User(u32, &'a User),
    Group(u32, &'a Group),
    /// What is left of a deleted one, by its id.
    Tombstone(&'a str),
    /// Where those are.
    Bin,
}

/// An object of the directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object<'a> {
    pub(super) world: &'a World,
    pub(super) what: What<'a>,
    /// The number of its last change.
    pub(super) number: u64,
    /// The group whose users have it as their primary one: they are in no list of members.
    pub(super) primary: Option<u32>,
    /// The user whose account ended in 1970.
    pub(super) ended: Option<u32>,
}

fn one(value: impl AsRef<[u8]>) -> Vec<Vec<u8>> {
    vec![value.as_ref().to_vec()]
}

fn several(values: &[&str]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.as_bytes().to_vec()).collect()
}

fn maybe(value: Option<&str>) -> Vec<Vec<u8>> {
    value.into_iter().map(|value| value.as_bytes().to_vec()).collect()
}

fn guid(id: &str) -> Vec<Vec<u8>> {
    let bytes = value::guid_bytes(id).map(|bytes| bytes.to_vec());
    bytes.into_iter().collect()
}

impl<'a> Object<'a> {
    /// This user or group, or what is left of it.
    pub(super) fn of(
        world: &'a World,
        node: Node,
        numbers: &HashMap<Node, u64>,
        (primary, ended): (Option<u32>, Option<u32>),
    ) -> Self {
        let what = match (world.state(node), node) {
            (State::Live, Node::User(at)) => world.user(at).map(|user| What::User(at, user)),
            (State::Live, Node::Group(at)) => world.group(at).map(|group| What::Group(at, group)),
            _ => None,
        };
        Self {
            world,
            what: what.unwrap_or_else(|| What::Tombstone(world.id(node))),
            number: BEGIN + numbers.get(&node).copied().unwrap_or(0),
            primary,
            ended,
        }
    }

    pub(super) fn dn(self) -> String {
        match self.what {
            What::User(_, user) => format!("CN={},{}", user.upn, self.container()),
            What::Group(at, _) => format!("CN=g{at},{}", self.container()),
            What::Tombstone(id) => format!("CN=x\\0ADEL:{id},{}", self.container()),
            What::Bin => self.container(),
        }
    }

    /// What it lies in; the bin lies in itself.
    pub(super) fn container(self) -> String {
        let unit = match self.what {
            What::User(..) => "OU=People",
            What::Group(..) => "OU=Groups",
            What::Tombstone(_) | What::Bin => "CN=Deleted Objects",
        };
        format!("{unit},{DOMAIN}")
    }

    /// The values of an attribute, whatever the case of its name.
    pub(super) fn values(self, name: &str) -> Vec<Vec<u8>> {
        let name = name.to_ascii_lowercase();
        match (self.what, name.as_str()) {
            (What::Bin, "objectclass") => several(&["top", "container"]),
            (What::Bin, _) => Vec::new(),
            (_, "usnchanged") => one(self.number.to_string()),
            (What::User(_, user), "primarygroupid") => {
                let primary = self.primary.filter(|group| user.groups.contains(group));
                one(primary.map_or(513, group_number).to_string())
            }
            (What::User(at, _), "accountexpires") if self.ended == Some(at) => one(EPOCH),
            (What::User(at, _), "objectsid") => sid(10_000 + at * 2),
            (What::Group(at, _), "objectsid") => sid(group_number(at)),
            (What::User(at, user), name) => of_user(at, user, name),
            (What::Group(_, group), name) => self.of_group(group, name),
            (What::Tombstone(id), "objectguid") => guid(id),
            (What::Tombstone(_), "isdeleted") => one("TRUE"),
            (What::Tombstone(_), "objectclass") => several(&["top"]),
            (What::Tombstone(_), _) => Vec::new(),
        }
    }

    fn of_group(self, group: &'a Group, name: &str) -> Vec<Vec<u8>> {
        match name {
            "objectclass" => several(&["top", "group"]),
            "objectguid" => guid(&group.id),
            "cn" => one(&*group.display),
            "samaccountname" => one(&*group.nickname),
            "whencreated" => one("20200101000000.0Z"),
            "member" => self.members().collect(),
            _ => Vec::new(),
        }
    }

    /// The names of a group's members.
    fn members(self) -> impl Iterator<Item = Vec<u8>> + use<'a> {
        let Self {
            world, what, primary, ..
        } = self;
        let (group, is_primary) = match what {
            What::Group(at, group) => (Some(group), primary == Some(at)),
            _ => (None, false),
        };
        let members = group.into_iter().flat_map(|group| &group.members);
        let listed = members.filter(move |member| !is_primary || matches!(member, Node::Group(_)));
        let there = listed.filter(move |member| world.live(**member));
        there.filter_map(move |member| Some(name(world, *member)?.into_bytes()))
    }

    /// What is told of it: the attributes asked for, long lists of members part by part.
    pub(super) fn told(self, asked: &[String], range: usize) -> Entry {
        built::row();
        let mut attributes = Vec::new();
        for asked in asked {
            let wanted = value::Ranged::of(asked);
            let name = wanted.map_or(asked.as_str(), |wanted| wanted.name);
            if !name.eq_ignore_ascii_case("member") {
                let values = self.values(name);
                if !values.is_empty() {
                    attributes.push((name.to_owned(), values));
                }
                continue;
            }
            let from = wanted.map_or(0, |wanted| usize::try_from(wanted.from).unwrap_or(usize::MAX));
            let mut rest = self.members().skip(from);
            let part: Vec<Vec<u8>> = rest.by_ref().take(range).collect();
            let is_all = rest.next().is_none();
            if wanted.is_none() && is_all {
                if !part.is_empty() {
                    attributes.push((name.to_owned(), part));
                }
                continue;
            }
            let last = if is_all {
                "*".to_owned()
            } else {
                from.saturating_add(part.len()).saturating_sub(1).to_string()
            };
            attributes.push((name.to_owned(), Vec::new()));
            attributes.push((format!("{name};range={from}-{last}"), part));
        }
        Entry {
            dn: self.dn(),
            attributes,
        }
    }
}

fn of_user(at: u32, user: &User, name: &str) -> Vec<Vec<u8>> {
    match name {
        "objectclass" => several(&["top", "person", "organizationalPerson", "user"]),
        "objectcategory" => one("person"),
        "objectguid" => guid(&user.id),
        "samaccountname" => one(&*user.upn),
        "displayname" => one(&*user.display),
        "useraccountcontrol" => one(if user.enabled { "512" } else { "514" }),
        "whencreated" => one("20200101000000.0Z"),
        "accountexpires" => one(if at.is_multiple_of(2) {
            "0"
        } else {
            "9223372036854775807"
        }),
        // One in five has never signed in.
        "lastlogontimestamp" => one(if at % 5 == 4 {
            "0".to_owned()
        } else {
            (133_000_000_000_000_000 + i64::from(at) * 10_000_000).to_string()
        }),
        "mail" => maybe(user.mail.as_deref()),
        "givenname" => maybe(user.given.as_deref()),
        "sn" => maybe(user.surname.as_deref()),
        _ => Vec::new(),
    }
}
