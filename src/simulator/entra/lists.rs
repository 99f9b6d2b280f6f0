//! Lists: users, groups, members, memberships, counts, single objects.

use serde::{Deserialize, Serialize};

use super::page::{Bend, NEXT, Page, Place, open, seal};
use super::query::{Kind, Query, Select};
use super::reply::Reply;
use super::rows::{Row, Shape};
use super::world::{Node, World, slot};

/// Which list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum List {
    /// All users.
    Users,
    /// All groups.
    Groups,
    /// The direct members of a group.
    Members(String),
    /// The groups that directly contain a user or a group.
    MemberOf(String),
}

/// Where a page begins.
#[derive(Debug, Serialize, Deserialize)]
struct Start {
    list: List,
    /// The rank of the first object.
    from: u64,
    /// Tells the token of an empty page from the one before.
    turn: u32,
}

/// The rank of an object in a list: groups, then users, each by slot.
pub(crate) fn rank(node: Node) -> u64 {
    match node {
        Node::Group(slot) => u64::from(slot),
        Node::User(slot) => u64::from(slot) | 1 << 32,
    }
}

/// The first object that can have this rank.
pub(crate) fn node(rank: u64) -> Node {
    let slot = u32::try_from(rank & 0xffff_ffff).unwrap_or(u32::MAX);
    if rank >> 32 == 0 {
        Node::Group(slot)
    } else {
        Node::User(slot)
    }
}

/// One page of a list.
pub(crate) fn list(
    world: &World,
    list: List,
    query: &Query,
    eventual: bool,
    place: &Place,
) -> Result<Reply, Reply> {
    query.only(&["$select", "$top", "$skiptoken", "$count"])?;
    let top = query.top()?;
    let (kind, typed) = match list {
        List::Users => (Kind::Users, false),
        List::Groups => (Kind::Groups, false),
        List::Members(_) | List::MemberOf(_) => (Kind::Objects, true),
    };
    let select = query.select(kind)?;
    let start = match query.get("$skiptoken") {
        None => Start { list, from: 0, turn: 0 },
        Some(token) => open::<Start>(token)
            .filter(|start| start.list == list)
            .ok_or_else(|| Reply::error(400, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."))?,
    };
    let wanted = query.get("$count") == Some("true") && eventual && start.from == 0;
    let count = if wanted {
        Some(nodes(world, &start.list, 0)?.count())
    } else {
        None
    };
    let mut found: Vec<Node> = nodes(world, &start.list, start.from)?.take(top + 1).collect();
    let mut next = (found.len() > top).then(|| found.pop()).flatten().map(rank);
    let turn = bent(place.bend.as_ref(), &start, &mut found, &mut next);
    let context = context(&start.list, &select);
    let link = next.map(|from| {
        let token = seal(&Start {
            list: start.list,
            from,
            turn,
        });
        (NEXT, format!("{}$skiptoken={token}", query.without_place()))
    });
    let rows = found.into_iter().map(|node| {
        let shape = if typed { Shape::Typed } else { Shape::Listed };
        Row {
            world,
            node,
            select: &select,
            shape,
        }
    });
    Ok(Page {
        context,
        rows: rows.collect(),
        count,
        link,
    }
    .reply(place))
}

/// Makes the page wrong where that was asked for; answers what tells its token from the one before.
fn bent(bend: Option<&Bend>, start: &Start, found: &mut Vec<Node>, next: &mut Option<u64>) -> u32 {
    match bend {
        Some(Bend::Empty) => {
            found.clear();
            *next = Some(start.from);
            return start.turn.wrapping_add(1);
        }
        Some(Bend::Short) => {
            found.clear();
            *next = None;
        }
        Some(Bend::Duplicate) => match (found.last().copied(), *next) {
            (Some(final_one), Some(_)) if found.len() > 1 => *next = Some(rank(final_one)),
            (Some(final_one), _) => found.push(final_one),
            (None, _) => {}
        },
        _ => {}
    }
    0
}

fn context(list: &List, select: &Select) -> String {
    let properties = select.properties.join(",");
    match list {
        List::Users => format!("users({properties})"),
        List::Groups => format!("groups({properties})"),
        List::Members(_) | List::MemberOf(_) => format!("directoryObjects({properties})"),
    }
}

/// The live objects of a list from a rank on, in order.
fn nodes<'a>(world: &'a World, list: &List, from: u64) -> Result<Box<dyn Iterator<Item = Node> + 'a>, Reply> {
    let first = u32::try_from(from & 0xffff_ffff).unwrap_or(u32::MAX);
    let live = move |node: &Node| world.live(*node);
    Ok(match list {
        List::Users => Box::new((first..slot(world.users.len())).map(Node::User).filter(live)),
        List::Groups => Box::new((first..slot(world.groups.len())).map(Node::Group).filter(live)),
        List::Members(id) => {
            let found = world.find_group(id).and_then(|slot| world.group(slot));
            let group = found.ok_or_else(|| Reply::missing(id))?;
            if world.hides(group) {
                return Ok(Box::new(std::iter::empty()));
            }
            Box::new(group.members.range(node(from)..).copied().filter(live))
        }
        List::MemberOf(id) => {
            let user = world
                .find_user(id)
                .and_then(|slot| world.user(slot))
                .map(|user| &user.groups);
            let group = || {
                world
                    .find_group(id)
                    .and_then(|slot| world.group(slot))
                    .map(|group| &group.groups)
            };
            let mut containers = user.or_else(group).ok_or_else(|| Reply::missing(id))?.clone();
            containers.sort_unstable();
            Box::new(
                containers
                    .into_iter()
                    .filter(move |slot| *slot >= first)
                    .filter(|slot| world.group(*slot).is_some_and(|group| !world.hides(group)))
                    .map(Node::Group)
                    .filter(live),
            )
        }
    })
}

/// One object by its id.
pub(crate) fn single(
    world: &World,
    users: bool,
    id: &str,
    query: &Query,
    place: &Place,
) -> Result<Reply, Reply> {
    query.only(&["$select"])?;
    let (kind, found, set) = if users {
        (Kind::Users, world.find_user(id).map(Node::User), "users")
    } else {
        (Kind::Groups, world.find_group(id).map(Node::Group), "groups")
    };
    let select = query.select(kind)?;
    let node = found.ok_or_else(|| Reply::missing(id))?;
    let row = Row {
        world,
        node,
        select: &select,
        shape: Shape::Listed,
    };
    let body = serde_json::to_value(&row).map_err(|error| Reply::bad(&error.to_string()))?;
    let mut whole = serde_json::Map::new();
    let context = format!(
        "{}/v1.0/$metadata#{set}({})/$entity",
        place.origin,
        select.properties.join(",")
    );
    whole.insert("@odata.context".to_owned(), context.into());
    whole.extend(body.as_object().cloned().unwrap_or_default());
    Ok(Reply::json(200, serde_json::Value::Object(whole).to_string()))
}

/// How many users or groups there are.
pub(crate) fn count(world: &World, users: bool, eventual: bool) -> Result<Reply, Reply> {
    if !eventual {
        let message = "Request with $count requires the header ConsistencyLevel with the value eventual.";
        return Err(Reply::error(400, "Request_UnsupportedQuery", message));
    }
    let list = if users { List::Users } else { List::Groups };
    Ok(Reply::text(nodes(world, &list, 0)?.count().to_string()))
}
