//! Delta queries: rounds of changes, remembered by tokens alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::journal::Touch;
use super::lists::{node as node_of, rank};
use super::page::{Bend, DELTA, NEXT, Page, Place, open, seal};
use super::query::{Kind, Query, Select, select};
use super::reply::Reply;
use super::rows::{Row, Shape};
use super::world::{Node, State, World, slot};

/// The most objects of a page.
const OBJECTS: usize = 200;
/// The most membership links of a page.
const LINKS: usize = 500;

/// How an expired token is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expired {
    /// 410 with a `Location` to begin at.
    #[default]
    Gone,
    /// 400 `syncStateNotFound`.
    SyncStateNotFound,
    /// 410 `resyncRequired` without a `Location`.
    ResyncRequired,
}

/// What a token remembers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Round {
    users: bool,
    select: Option<String>,
    /// Which life of the tokens: another one has expired.
    life: u64,
    /// The journal's length at which the round reads on; in a first round: at its start.
    from: u64,
    /// The journal's length at which the round ends.
    upto: u64,
    /// In a first round: the slot to go on with, with the rank of the member to go on with.
    first: Option<(u32, u64)>,
    /// Tells the token of an empty page from the one before.
    turn: u32,
}

/// Changed memberships of a group: its members, each there or not; `None` where nothing is told of them.
type Links = Option<Vec<(Node, bool)>>;

/// One page of a delta. `life` is what the tokens of today carry, `expired` the answer to others.
pub(crate) fn delta(
    world: &World,
    users: bool,
    query: &Query,
    place: &Place,
    (life, expired): (u64, Expired),
) -> Result<Reply, Reply> {
    query.only(&["$select", "$skiptoken", "$deltatoken", "$top"])?;
    let kind = if users { Kind::Users } else { Kind::Groups };
    let asked = query.get("$select");
    let begin = || Round {
        users,
        select: asked.map(str::to_owned),
        life,
        from: world.journal.len(),
        upto: world.journal.len(),
        first: Some((0, 0)),
        turn: 0,
    };
    let round = match (query.get("$skiptoken"), query.get("$deltatoken")) {
        (None, None | Some("")) => begin(),
        (None, Some("latest")) => {
            let round = Round {
                first: None,
                ..begin()
            };
            select(asked, kind)?;
            return Ok(page(
                world,
                &round,
                &Select {
                    properties: Vec::new(),
                    members: false,
                },
                place,
            ));
        }
        (Some(token), None) => resume(token, users, life).ok_or_else(|| refused(expired, place))?,
        (None, Some(token)) => {
            let round = resume(token, users, life).ok_or_else(|| refused(expired, place))?;
            Round {
                upto: world.journal.len(),
                ..round
            }
        }
        (Some(_), Some(_)) => return Err(Reply::bad("A skip token and a delta token exclude each other.")),
    };
    if asked.is_some() && asked != round.select.as_deref() {
        return Err(Reply::bad("The $select of a delta token cannot be changed."));
    }
    let select = select(round.select.as_deref(), kind)?;
    Ok(page(world, &round, &select, place))
}

fn resume(token: &str, users: bool, life: u64) -> Option<Round> {
    open::<Round>(token).filter(|round| round.users == users && round.life == life)
}

/// The answer to a token that is not known any more.
pub(crate) fn refused(expired: Expired, place: &Place) -> Reply {
    let gone = "The delta token is expired or invalid; start again without a token.";
    match expired {
        Expired::Gone => Reply::error(410, "syncStateNotFound", gone)
            .with("location", format!("{}{}?$deltatoken=", place.origin, place.path)),
        Expired::SyncStateNotFound => Reply::error(400, "syncStateNotFound", gone),
        Expired::ResyncRequired => Reply::error(410, "resyncRequired", gone),
    }
}

fn page(world: &World, round: &Round, select: &Select, place: &Place) -> Reply {
    let (mut found, next) = match &place.bend {
        Some(Bend::Empty) => {
            let turn = round.turn.wrapping_add(1);
            (
                Vec::new(),
                Some(Round {
                    turn,
                    ..round.clone()
                }),
            )
        }
        bend => {
            let (mut found, mut next) = match round.first {
                Some(start) => enumerate(world, round, select, start),
                None => changes(world, round, select),
            };
            if let Some(Bend::Duplicate) = bend
                && let Some(last) = found.pop()
            {
                found.push((last.0, last.1.clone()));
                match &mut next {
                    Some(Round {
                        first: Some(first), ..
                    }) if found.len() > 1 => *first = (number(last.0), 0),
                    _ => found.push(last),
                }
            }
            (found, next)
        }
    };
    let end = || Round {
        from: round.upto,
        first: None,
        turn: round.turn.wrapping_add(1),
        ..round.clone()
    };
    let link = match next {
        Some(next) => (NEXT, format!("$skiptoken={}", seal(&next))),
        None => (DELTA, format!("$deltatoken={}", seal(&end()))),
    };
    let rows = found.drain(..).map(|(node, links)| Row {
        world,
        node,
        select,
        shape: Shape::Changed(links),
    });
    let set = if round.users { "users" } else { "groups" };
    Page {
        context: set.to_owned(),
        rows: rows.collect(),
        count: None,
        link: Some(link),
    }
    .reply(place)
}

fn number(node: Node) -> u32 {
    match node {
        Node::User(slot) | Node::Group(slot) => slot,
    }
}

/// A page of a first round: everything that is there, long member lists split over pages.
fn enumerate(
    world: &World,
    round: &Round,
    select: &Select,
    (start, mut member): (u32, u64),
) -> (Vec<(Node, Links)>, Option<Round>) {
    let mut found = Vec::new();
    let mut links = LINKS;
    let end = slot(if round.users {
        world.users.len()
    } else {
        world.groups.len()
    });
    let at = |slot, member| {
        Some(Round {
            first: Some((slot, member)),
            ..round.clone()
        })
    };
    for slot in start..end {
        let node = if round.users {
            Node::User(slot)
        } else {
            Node::Group(slot)
        };
        let from = std::mem::take(&mut member);
        if !world.live(node) {
            continue;
        }
        if found.len() == OBJECTS || links == 0 {
            return (found, at(slot, from));
        }
        let Some(group) = world
            .group(slot)
            .filter(|group| !round.users && select.members && !world.hides(group))
        else {
            found.push((node, None));
            continue;
        };
        let mut rest = group
            .members
            .range(node_of(from)..)
            .copied()
            .filter(|member| world.live(*member));
        let listed: Vec<_> = rest.by_ref().take(links).map(|member| (member, true)).collect();
        links -= listed.len();
        found.push((node, (!listed.is_empty()).then_some(listed)));
        if let Some(more) = rest.next() {
            return (found, at(slot, rank(more)));
        }
    }
    (found, None)
}

/// A page of a later round: what the journal names, as it is now.
fn changes(world: &World, round: &Round, select: &Select) -> (Vec<(Node, Links)>, Option<Round>) {
    let mut found: BTreeMap<Node, BTreeMap<Node, bool>> = BTreeMap::new();
    let mut links = 0;
    for (now, touch) in world.journal.between(round.from, round.upto) {
        if found.len() == OBJECTS || links == LINKS {
            let next = Round {
                from: now - 1,
                turn: round.turn.wrapping_add(1),
                ..round.clone()
            };
            return (rows(world, found), Some(next));
        }
        match touch {
            Touch::Object(node) if matches!(node, Node::User(_)) == round.users => {
                if last(world, node, now, round.upto) {
                    found.entry(node).or_default();
                }
            }
            Touch::Edge { group, member } if !round.users && select.members => {
                // Who is deleted keeps quiet: no word of its memberships, neither come nor gone.
                let told = world.live(Node::Group(group)) && world.live(member);
                if told && let Some(row) = world.group(group).filter(|row| !world.hides(row)) {
                    let there = row.members.contains(&member);
                    links += 1;
                    found.entry(Node::Group(group)).or_default().insert(member, there);
                }
            }
            Touch::Object(_) | Touch::Edge { .. } => {}
        }
    }
    (rows(world, found), None)
}

/// Whether an object does not come again in this round.
fn last(world: &World, node: Node, now: u64, upto: u64) -> bool {
    let touched = match node {
        Node::User(slot) => world.user(slot).map_or(0, |user| user.touched),
        Node::Group(slot) => world.group(slot).map_or(0, |group| group.touched),
    };
    touched <= now || touched > upto
}

fn rows(world: &World, found: BTreeMap<Node, BTreeMap<Node, bool>>) -> Vec<(Node, Links)> {
    let rows = found.into_iter().map(|(node, members)| {
        let told = !members.is_empty() && world.state(node) == State::Live;
        (node, told.then(|| members.into_iter().collect()))
    });
    rows.collect()
}
