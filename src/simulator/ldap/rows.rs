//! The company as entries.

use std::collections::HashMap;

use super::Inside;
use crate::protocol::ldap::{Entry, value};
use crate::simulator::entra::journal::Touch;
use crate::simulator::entra::world::{Group, Node, State, User, World, slot};

/// Below what everything is.
pub const DOMAIN: &str = "DC=corp,DC=example";
/// The number of the last change before the company's first one.
const BEGIN: u64 = 1000;

/// Attributes before they are told.
pub(super) type Attributes = Vec<(String, Vec<Vec<u8>>)>;

fn one(name: &str, value: &str) -> (String, Vec<Vec<u8>>) {
    (name.to_owned(), vec![value.as_bytes().to_vec()])
}

fn classes(of: &[&str]) -> (String, Vec<Vec<u8>>) {
    let classes = of.iter().map(|class| class.as_bytes().to_vec());
    ("objectClass".to_owned(), classes.collect())
}

/// What the controller says of itself.
pub(super) fn root(world: &World) -> Entry {
    Entry {
        dn: String::new(),
        attributes: vec![
            classes(&["top"]),
            one("highestCommittedUSN", &(BEGIN + world.journal.len()).to_string()),
            one("dsServiceName", &service()),
            one("defaultNamingContext", DOMAIN),
            one(
                "currentTime",
                &world.time.machine().format("%Y%m%d%H%M%S.0Z").to_string(),
            ),
        ],
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
            classes(&["nTDSDSA"]),
            ("invocationId".to_owned(), vec![vec![life; 16]]),
        ],
    }
}

/// The number of each object's last change.
fn numbers(world: &World) -> HashMap<Node, u64> {
    let changes = world.journal.between(0, u64::MAX);
    changes
        .map(|(number, touch)| match touch {
            Touch::Object(node) => (node, number),
            Touch::Edge { group, .. } => (Node::Group(group), number),
        })
        .collect()
}

/// Everything below the domain; what is deleted only where it is asked for.
pub(super) fn all(inside: &Inside, world: &World, deleted: bool) -> Vec<Entry> {
    let numbers = numbers(world);
    let number = |node: &Node| (BEGIN + numbers.get(node).copied().unwrap_or(0)).to_string();
    let users = (0..slot(world.users.len())).map(Node::User);
    let nodes = users.chain((0..slot(world.groups.len())).map(Node::Group));
    let mut entries: Vec<Entry> = nodes
        .filter_map(|node| match (world.state(node), node) {
            (State::Live, Node::User(at)) => Some(user(at, world.user(at)?, &number(&node))),
            (State::Live, Node::Group(at)) => Some(group(world, at, world.group(at)?, &number(&node))),
            _ if deleted => Some(tombstone(world.id(node), &number(&node))),
            _ => None,
        })
        .collect();
    if deleted && !inside.options.hides_deleted {
        entries.push(Entry {
            dn: format!("CN=Deleted Objects,{DOMAIN}"),
            attributes: vec![classes(&["top", "container"])],
        });
    }
    entries
}

pub(super) fn name(world: &World, node: Node) -> Option<String> {
    match node {
        Node::User(at) => Some(format!("CN={},OU=People,{DOMAIN}", world.user(at)?.upn)),
        Node::Group(at) => Some(format!("CN=g{at},OU=Groups,{DOMAIN}")),
    }
}

fn guid(id: &str) -> (String, Vec<Vec<u8>>) {
    let bytes = value::guid_bytes(id).map(|bytes| bytes.to_vec());
    ("objectGUID".to_owned(), bytes.into_iter().collect())
}

fn user(at: u32, user: &User, number: &str) -> Entry {
    let text = |name: &str, value: &Option<Box<str>>| value.as_deref().map(|value| one(name, value));
    let mut attributes = vec![
        classes(&["top", "person", "organizationalPerson", "user"]),
        one("objectCategory", "person"),
        guid(&user.id),
        one("sAMAccountName", &user.upn),
        one("displayName", &user.display),
        one("userAccountControl", if user.enabled { "512" } else { "514" }),
        one("whenCreated", "20200101000000.0Z"),
        one("uSNChanged", number),
        // One in five has never signed in.
        one(
            "lastLogonTimestamp",
            &if at % 5 == 4 {
                0
            } else {
                133_000_000_000_000_000 + i64::from(at) * 10_000_000
            }
            .to_string(),
        ),
    ];
    attributes.extend(text("mail", &user.mail));
    attributes.extend(text("givenName", &user.given));
    attributes.extend(text("sn", &user.surname));
    Entry {
        dn: format!("CN={},OU=People,{DOMAIN}", user.upn),
        attributes,
    }
}

fn group(world: &World, at: u32, group: &Group, number: &str) -> Entry {
    let members = group.members.iter().filter(|member| world.live(**member));
    let members = members
        .filter_map(|member| name(world, *member))
        .map(String::into_bytes);
    Entry {
        dn: format!("CN=g{at},OU=Groups,{DOMAIN}"),
        attributes: vec![
            classes(&["top", "group"]),
            guid(&group.id),
            one("cn", &group.display),
            one("sAMAccountName", &group.nickname),
            one("whenCreated", "20200101000000.0Z"),
            one("uSNChanged", number),
            ("member".to_owned(), members.collect()),
        ],
    }
}

fn tombstone(id: &str, number: &str) -> Entry {
    Entry {
        dn: format!("CN=x\\0ADEL:{id},CN=Deleted Objects,{DOMAIN}"),
        attributes: vec![
            classes(&["top"]),
            guid(id),
            one("isDeleted", "TRUE"),
            one("uSNChanged", number),
        ],
    }
}

/// What is told of an entry: the attributes asked for, long lists of members part by part.
pub(super) fn told(entry: &Entry, asked: &[String], range: usize) -> Entry {
    let mut attributes: Attributes = Vec::new();
    for asked in asked {
        let wanted = value::Ranged::of(asked);
        let name = wanted.map_or(asked.as_str(), |wanted| wanted.name);
        let values = entry.values(name);
        let from = wanted.map_or(0, |wanted| usize::try_from(wanted.from).unwrap_or(usize::MAX));
        if !name.eq_ignore_ascii_case("member") || (wanted.is_none() && values.len() <= range) {
            if !values.is_empty() {
                attributes.push((name.to_owned(), values.to_vec()));
            }
            continue;
        }
        let part: Vec<Vec<u8>> = values.iter().skip(from).take(range).cloned().collect();
        let end = from.saturating_add(part.len());
        let last = if end >= values.len() {
            "*".to_owned()
        } else {
            end.saturating_sub(1).to_string()
        };
        attributes.push((name.to_owned(), Vec::new()));
        attributes.push((format!("{name};range={from}-{last}"), part));
    }
    Entry {
        dn: entry.dn.clone(),
        attributes,
    }
}
