//! Filters: comparisons joined by `or`, each `name eq "…"` or `name gt "…"`.

use super::lists::error;
use super::rows::{Item, Rows, status};
use super::time::text;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::Node;

/// What is wanted of a list; without comparisons everything is.
#[derive(Debug)]
pub(super) struct Filter {
    spelled: String,
    any: Vec<Comparison>,
}

#[derive(Debug)]
struct Comparison {
    name: String,
    greater: bool,
    value: String,
}

impl Filter {
    pub(super) fn parse(spelled: &str) -> Result<Self, Reply> {
        let parts = spelled.split(" or ").filter(|part| !part.is_empty());
        let any: Option<Vec<Comparison>> = parts.map(Comparison::parse).collect();
        Ok(Self {
            any: any.ok_or_else(|| bad(spelled))?,
            spelled: spelled.to_owned(),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.any.is_empty()
    }

    /// Refuses what is not among `known`.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Reply> {
        let all = self.any.iter().all(|one| known.contains(&one.name.as_str()));
        all.then_some(()).ok_or_else(|| bad(&self.spelled))
    }

    pub(super) fn fits(&self, rows: Rows<'_>, item: Item) -> bool {
        let fits = |one: &Comparison| {
            told(rows, item, &one.name).is_some_and(|told| {
                if one.greater {
                    told > one.value
                } else {
                    told == one.value
                }
            })
        };
        self.any.iter().any(fits)
    }
}

fn bad(spelled: &str) -> Reply {
    error(400, "E0000031", &format!("Invalid search criteria: {spelled}"))
}

impl Comparison {
    fn parse(part: &str) -> Option<Self> {
        let mut words = part.splitn(3, ' ');
        let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
        Some(Self {
            name: name.to_owned(),
            greater: match operator {
                "eq" => false,
                "gt" => true,
                _ => return None,
            },
            value: value.strip_prefix('"')?.strip_suffix('"')?.to_owned(),
        })
    }
}

/// What a row would say of a name.
fn told(rows: Rows<'_>, item: Item, name: &str) -> Option<String> {
    let node = match item {
        Item::User(slot) => Node::User(slot),
        Item::Group(slot) => Node::Group(slot),
        Item::AppUser(_) | Item::AppGroup(_) | Item::Event(_) => return None,
    };
    Some(match (name, node) {
        ("id", _) => rows.world.id(node).to_owned(),
        ("status", Node::User(slot)) => status(rows.world, slot)?.to_owned(),
        ("type", Node::Group(_)) => "OKTA_GROUP".to_owned(),
        ("lastUpdated", _) => text(rows.dates.updated(node)),
        ("lastMembershipUpdated", Node::Group(slot)) => text(rows.dates.members(slot)),
        _ => return None,
    })
}
