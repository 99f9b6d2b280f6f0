//! Lists: filters, pages by index and by cursors.

use serde_json::{Value, json};

use super::Inside;
use super::answer::{error, scim};
use super::rows::Rows;
use super::time::Dates;
use crate::simulator::entra::FaultKind;
use crate::simulator::entra::page::{open, seal};
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::{Node, World, slot};
use crate::simulator::serve::Heard;

/// What a filter wants.
enum Filter {
    All,
    Since(chrono::DateTime<chrono::Utc>),
    In(String),
}

impl Filter {
    fn parse(text: Option<&str>, can: bool) -> Result<Self, Reply> {
        let Some(text) = text else { return Ok(Self::All) };
        let refuse = || error(400, "invalidFilter", "The filter is not supported.");
        let (what, value) = text.rsplit_once(' ').ok_or_else(refuse)?;
        let value: String = serde_json::from_str(value).map_err(|_| refuse())?;
        match what {
            _ if !can => Err(refuse()),
            "meta.lastModified ge" => {
                let date = chrono::DateTime::parse_from_rfc3339(&value).map_err(|_| refuse())?;
                Ok(Self::Since(date.to_utc()))
            }
            "groups.value eq" => Ok(Self::In(value)),
            _ => Err(refuse()),
        }
    }

    /// The objects that it wants, in order, none of them as a row.
    fn of<'a>(self, world: &'a World, dates: &'a Dates, users: bool) -> Box<dyn Iterator<Item = Node> + 'a> {
        let all: Box<dyn Iterator<Item = Node> + 'a> = match &self {
            Self::In(group) => {
                let group = world.find_group(group).and_then(|slot| world.group(slot));
                let members = group.into_iter().flat_map(|group| &group.members).copied();
                Box::new(members.filter(move |member| matches!(member, Node::User(_)) == users))
            }
            _ if users => Box::new((0..slot(world.users.len())).map(Node::User)),
            _ => Box::new((0..slot(world.groups.len())).map(Node::Group)),
        };
        let live = all.filter(|node| world.live(*node));
        match self {
            Self::Since(date) => Box::new(live.filter(move |node| dates.get(*node).1 >= date)),
            Self::All | Self::In(_) => Box::new(live),
        }
    }
}

/// Where a page begins, its turn, and whether it is of a list by cursors. The turn tells the cursor of an empty page from the
/// one before.
fn place(heard: &Heard, cursors: bool, fault: Option<&FaultKind>) -> Result<(usize, u32, bool), Reply> {
    let index = heard
        .parameter("startIndex")
        .and_then(|text| text.parse::<usize>().ok());
    let (start, turn) = match heard.parameter("cursor").as_deref() {
        None => return Ok((index.unwrap_or(1).max(1) - 1, 0, cursors && index.is_none())),
        Some("") => (0, 0),
        Some(_) if matches!(fault, Some(FaultKind::Expire { .. })) => {
            return Err(error(400, "expiredCursor", "The cursor has expired."));
        }
        Some(cursor) => open::<(usize, u32)>(cursor)
            .ok_or_else(|| error(400, "invalidCursor", "The cursor is not valid."))?,
    };
    Ok((start, turn, true))
}

/// Answers a list.
pub(super) fn list(
    inside: &Inside,
    world: &World,
    users: bool,
    heard: &Heard,
    fault: Option<&FaultKind>,
) -> Result<Reply, Reply> {
    let options = &inside.options;
    let filter = Filter::parse(heard.parameter("filter").as_deref(), options.filter)?;
    let dates = Dates::of(world, inside.first, options.dates_move);
    let found: Vec<Node> = filter.of(world, &dates, users).collect();
    let number = |name: &str| heard.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let (start, turn, by_cursor) = place(heard, options.cursors, fault)?;
    let is_loop = matches!(fault, Some(FaultKind::Loop));
    let start = if is_loop { 0 } else { start };
    let count = number("count").unwrap_or(options.cap).min(options.cap);
    let mut page: Vec<Node> = found.iter().skip(start).take(count).copied().collect();
    let mut next = start + page.len();
    match fault {
        Some(FaultKind::EmptyPage) => {
            page.clear();
            next = start;
        }
        Some(FaultKind::Short) => {
            page.clear();
            next = found.len();
        }
        Some(FaultKind::Duplicate) => page.extend(page.last().copied()),
        _ => {}
    }
    let base = format!("{}/scim/v2", heard.origin);
    let rows = Rows {
        world,
        options,
        dates: &dates,
        base: &base,
    };
    let only_id = heard.parameter("attributes").as_deref() == Some("id");
    let rows: Vec<Value> = page.iter().map(|node| rows.of(*node, true, only_id)).collect();
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": found.len(), "itemsPerPage": rows.len(),
    });
    if by_cursor && (next < found.len() || matches!(fault, Some(FaultKind::EmptyPage))) {
        let state = if is_loop { (0, 0) } else { (next, turn + 1) };
        body["nextCursor"] = json!(seal(&state));
    } else if !by_cursor {
        body["startIndex"] = json!(start + 1);
    }
    if !rows.is_empty() || !found.is_empty() {
        body["Resources"] = Value::Array(rows);
    }
    if matches!(fault, Some(FaultKind::MissingValue)) {
        body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"] });
    }
    Ok(scim(200, &body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::built::{assert_pages_cost_alike, even_company};

    #[tokio::test]
    async fn a_page_costs_what_is_on_it() {
        let running = even_company!(scim).await.unwrap();
        let inside = &running.inside;
        let world = &inside.tenant.lock().world;
        for users in [true, false] {
            assert_pages_cost_alike(|from| {
                let heard = Heard::of(&format!("startIndex={}&count=10", from + 1));
                list(inside, world, users, &heard, None).unwrap();
            });
        }
    }
}
