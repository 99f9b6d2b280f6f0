//! Lists by `maxResults` and `pageToken`; an empty one has no key for its rows.

use serde_json::{Map, Value, json};

use super::Inside;
use super::answer::{Target, error};
use super::log::activities;
use super::rows::{Item, Rows, address};
use crate::simulator::entra::page::Bend;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::{Node, State, World, slot};
use crate::simulator::serve::Heard;

/// What a list is called, and how many rows it has unless asked otherwise and at most.
struct Shape {
    kind: &'static str,
    key: &'static str,
    usual: usize,
    most: usize,
}

fn shape(target: &Target) -> Shape {
    let (kind, key, usual, most) = match target {
        Target::Users => ("admin#directory#users", "users", 100, 500),
        Target::Members(_) => ("admin#directory#members", "members", 200, 200),
        Target::Log(_) => ("admin#reports#activities", "items", 1000, 1000),
        _ => ("admin#directory#groups", "groups", 200, 200),
    };
    Shape {
        kind,
        key,
        usual,
        most,
    }
}

/// The group of this id or address.
pub(super) fn find_group(world: &World, key: &str) -> Option<u32> {
    world.find_group(key).or_else(|| {
        let mut live = (0..slot(world.groups.len())).filter(|slot| world.live(Node::Group(*slot)));
        live.find(|slot| address(world, *slot).eq_ignore_ascii_case(key))
    })
}

fn missing(what: &str, key: &str) -> Reply {
    error(404, "notFound", &format!("Resource Not Found: {what}: {key}"))
}

/// One object.
pub(super) fn single(inside: &Inside, world: &World, target: &Target) -> Result<Value, Reply> {
    let rows = Rows {
        world,
        options: &inside.options,
    };
    match target {
        Target::User(key) => {
            let found = world.find_user(key).and_then(|slot| rows.user(slot, State::Live));
            found.ok_or_else(|| missing("userKey", key))
        }
        Target::Group(key) => {
            let found = find_group(world, key).and_then(|slot| rows.group(slot));
            found.ok_or_else(|| missing("groupKey", key))
        }
        _ => Err(error(404, "notFound", "Not Found")),
    }
}

/// One page of a list.
pub(super) fn list(
    inside: &Inside,
    world: &World,
    target: &Target,
    heard: &Heard,
    bend: Option<&Bend>,
) -> Result<Value, Reply> {
    let shape = shape(target);
    let limit = match heard.parameter("maxResults") {
        None => shape.usual,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=shape.most).contains(limit))
            .ok_or_else(|| error(400, "invalid", "Invalid Value: maxResults"))?,
    }
    .min(inside.options.most);
    let (from, turn) = match heard.parameter("pageToken") {
        None => (0, 0),
        Some(token) => place(&token).ok_or_else(|| error(400, "invalid", "Invalid Value: pageToken"))?,
    };
    let rows = Rows {
        world,
        options: &inside.options,
    };
    let mut rest = items(rows, target, heard)?.skip(from);
    let mut page: Vec<Value> = rest
        .by_ref()
        .take(limit)
        .filter_map(|item| rows.of(item))
        .collect();
    let mut next = rest.next().map(|_| format!("{}.0", from + limit));
    match bend {
        Some(Bend::MissingValue) => return Ok(json!({ "nothing": page })),
        Some(Bend::Empty) => (page, next) = (Vec::new(), Some(format!("{from}.{}", turn + 1))),
        Some(Bend::Loop) => next = Some(format!("{from}.{turn}")),
        Some(Bend::Duplicate) => page.extend(page.last().cloned()),
        _ => {}
    }
    let mut body = Map::from_iter([
        ("kind".to_owned(), json!(shape.kind)),
        ("etag".to_owned(), json!("\"page\"")),
    ]);
    if !page.is_empty() {
        body.insert(shape.key.to_owned(), Value::Array(page));
    }
    if let Some(next) = next {
        body.insert("nextPageToken".to_owned(), json!(next));
    }
    Ok(Value::Object(body))
}

fn place(token: &str) -> Option<(usize, u32)> {
    let (from, turn) = token.split_once('.')?;
    Some((from.parse().ok()?, turn.parse().ok()?))
}

/// The rows of a list in order, none of them made.
fn items<'a>(
    rows: Rows<'a>,
    target: &Target,
    heard: &Heard,
) -> Result<Box<dyn Iterator<Item = Item> + 'a>, Reply> {
    let world = rows.world;
    let customer = || {
        let customer = heard.parameter("customer").unwrap_or_default();
        if ["my_customer", super::CUSTOMER].contains(&customer.as_str()) {
            Ok(())
        } else {
            Err(error(400, "badRequest", "Bad Request"))
        }
    };
    Ok(match target {
        Target::Users => {
            customer()?;
            let state = if heard.parameter("showDeleted").as_deref() == Some("true") {
                State::Soft
            } else {
                State::Live
            };
            let users = (0..slot(world.users.len())).map(Node::User);
            let there = users.filter(move |user| world.state(*user) == state);
            Box::new(there.map(move |user| Item::Listed(user, state)))
        }
        Target::Members(key) => {
            let group = find_group(world, key).ok_or_else(|| missing("groupKey", key))?;
            Box::new(rows.members(group))
        }
        Target::Log(application) => {
            let since = heard.parameter("startTime").unwrap_or_default();
            Box::new(activities(world, application, &since).map(Item::Activity))
        }
        _ => {
            let groups: Box<dyn Iterator<Item = u32>> = if let Some(key) = heard.parameter("userKey") {
                Box::new(containers(world, &key)?.into_iter())
            } else {
                customer()?;
                Box::new(0..slot(world.groups.len()))
            };
            let there = groups.map(Node::Group).filter(move |group| world.live(*group));
            Box::new(there.map(|group| Item::Listed(group, State::Live)))
        }
    })
}

/// The groups that a user or a group is directly in.
fn containers(world: &World, key: &str) -> Result<Vec<u32>, Reply> {
    let user = world
        .find_user(key)
        .and_then(|slot| world.user(slot))
        .map(|user| &user.groups);
    let group = || {
        find_group(world, key)
            .and_then(|slot| world.group(slot))
            .map(|group| &group.groups)
    };
    let groups = user.or_else(group).ok_or_else(|| missing("userKey", key))?;
    let mut groups = groups.clone();
    groups.sort_unstable();
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::built::{assert_pages_cost_alike, even_company};

    #[tokio::test]
    async fn a_page_costs_what_is_on_it() {
        let running = even_company!(google).await.unwrap();
        let inside = &running.inside;
        let world = &inside.tenant.lock().world;
        let first = Target::Members(world.id(Node::Group(0)).to_owned());
        for target in [Target::Users, Target::Groups, first] {
            assert_pages_cost_alike(|from| {
                let query = format!("customer=my_customer&maxResults=10&pageToken={from}.0");
                list(inside, world, &target, &Heard::of(&query), None).unwrap();
            });
        }
    }
}
