//! Lists: users, groups, members, an app's assignments, the log; paged by a place in `after`.

use serde_json::{Value, json};

use super::filter::Filter;
use super::rows::{Item, Rows, status};
use super::time::{Dates, text};
use crate::simulator::entra::page::Bend;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::{Node, State, World, slot};
use crate::simulator::serve::Heard;

/// Which list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    Users,
    Groups,
    Members(String),
    AppUsers,
    AppGroups,
    Log,
}

impl List {
    /// The rows of a page when none are asked for, and at most.
    fn limits(&self) -> (usize, usize) {
        match self {
            Self::Users => (200, 200),
            Self::Groups => (200, 10_000),
            Self::Members(_) => (1000, 1000),
            Self::AppUsers => (50, 500),
            Self::AppGroups => (20, 200),
            Self::Log => (100, 1000),
        }
    }
}

/// Okta's error object.
pub(super) fn error(status: u16, code: &str, summary: &str) -> Reply {
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "simulated", "errorCauses": [],
    });
    Reply::json(status, body.to_string())
}

/// One page of a list.
/// No page has more rows than `cap`.
pub(super) fn list(
    world: &World,
    (list, cap): (&List, usize),
    heard: &Heard,
    bend: Option<&Bend>,
) -> Result<Reply, Reply> {
    let (usual, most) = list.limits();
    let limit = match heard.parameter("limit") {
        None => usual,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=most).contains(limit))
            .ok_or_else(|| error(400, "E0000001", "Api validation failed: limit"))?,
    }
    .min(cap);
    let from: usize = heard
        .parameter("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(0);
    let dates = Dates::of(world);
    let rows = Rows { world, dates: &dates };
    let mut rest = items(rows, list, heard)?.skip(from);
    let mut page: Vec<Value> = rest
        .by_ref()
        .take(limit)
        .filter_map(|item| rows.of(item))
        .collect();
    let mut next = rest.next().is_some().then_some(from + limit);
    // The log's last page leads on to what is still to come.
    if *list == List::Log && !page.is_empty() {
        next = Some(from + page.len());
    }
    match bend {
        Some(Bend::MissingValue) => return Ok(Reply::json(200, json!({ "nothing": page }).to_string())),
        Some(Bend::Empty) if *list != List::Log => (page, next) = (Vec::new(), Some(from)),
        Some(Bend::Duplicate) => match (page.last().cloned(), next) {
            (Some(_), Some(at)) if page.len() > 1 => next = Some(at - 1),
            (Some(again), _) => page.push(again),
            (None, _) => {}
        },
        _ => {}
    }
    let origin = match bend {
        Some(Bend::ForeignLink(host)) => host,
        _ => &heard.origin,
    };
    let asked = format!("{}?{}", heard.path, heard.query);
    let mut reply = Reply::json(200, Value::Array(page).to_string())
        .with("link", format!("<{}{asked}>; rel=\"self\"", heard.origin));
    let kept = url::form_urlencoded::parse(heard.query.as_bytes())
        .filter(|(name, _)| name != "after" && name != "turn");
    let kept: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    let turn = usize::from(matches!(bend, Some(Bend::Empty)));
    let link = match bend {
        Some(Bend::Loop) => Some(asked),
        Some(Bend::ForeignLink(_)) => Some(format!("{}?after=0&turn=1", heard.path)),
        _ => next.map(|next| format!("{}?{kept}&after={next}&turn={turn}", heard.path)),
    };
    if let Some(link) = link {
        reply = reply.with("link", format!("<{origin}{link}>; rel=\"next\""));
    }
    Ok(reply)
}

/// The rows of a list in order, none of them made.
fn items<'a>(
    rows: Rows<'a>,
    list: &List,
    heard: &Heard,
) -> Result<Box<dyn Iterator<Item = Item> + 'a>, Reply> {
    let world = rows.world;
    let filter = Filter::parse(&heard.parameter("filter").unwrap_or_default())?;
    let users = (0..slot(world.users.len())).filter(move |slot| status(world, *slot).is_some());
    let groups = (0..slot(world.groups.len())).filter(move |slot| world.live(Node::Group(*slot)));
    Ok(match list {
        // What no filter asks for is left out.
        List::Users if filter.is_empty() => {
            let plain = users.filter(move |slot| status(world, *slot) != Some("DEPROVISIONED"));
            Box::new(plain.map(Item::User))
        }
        List::Users => {
            filter.only(&["id", "status", "lastUpdated"])?;
            Box::new(users.map(Item::User).filter(move |item| filter.fits(rows, *item)))
        }
        List::Groups => {
            filter.only(&["id", "type", "lastUpdated", "lastMembershipUpdated"])?;
            let fits = move |item: &Item| filter.is_empty() || filter.fits(rows, *item);
            Box::new(groups.map(Item::Group).filter(fits))
        }
        List::Members(id) => {
            let group = world.find_group(id).and_then(|slot| world.group(slot));
            let group = group.ok_or_else(|| absent(id))?;
            let users = group.members.iter().filter_map(move |member| match member {
                Node::User(slot) => status(world, *slot).map(|_| Item::User(*slot)),
                Node::Group(_) => None,
            });
            Box::new(users)
        }
        List::AppUsers => Box::new(super::truth::app_users(world).into_iter().map(Item::AppUser)),
        List::AppGroups => {
            let assigned = world.assigned.iter().filter_map(move |node| match node {
                Node::Group(slot) => world.live(*node).then_some(Item::AppGroup(*slot)),
                Node::User(_) => None,
            });
            Box::new(assigned)
        }
        List::Log => Box::new(log(rows, &heard.parameter("since").unwrap_or_default()).into_iter()),
    })
}

fn absent(id: &str) -> Reply {
    let summary = format!("Not found: Resource not found: {id} (UserGroup)");
    error(404, "E0000007", &summary)
}

/// What was deleted since a moment, in the order of it.
fn log(rows: Rows<'_>, since: &str) -> Vec<Item> {
    let world = rows.world;
    let nodes = (0..slot(world.users.len())).map(Node::User);
    let nodes = nodes.chain((0..slot(world.groups.len())).map(Node::Group));
    let gone = nodes.filter(|node| match node {
        Node::User(_) => world.state(*node) == State::Gone,
        Node::Group(_) => !world.live(*node),
    });
    let mut events: Vec<Node> = gone
        .filter(|node| text(rows.dates.updated(*node)).as_str() >= since)
        .collect();
    events.sort_by_key(|node| rows.dates.updated(*node));
    events.into_iter().map(Item::Event).collect()
}

/// One group.
pub(super) fn single(world: &World, id: &str) -> Result<Reply, Reply> {
    let dates = Dates::of(world);
    let rows = Rows { world, dates: &dates };
    let group = world.find_group(id).and_then(|slot| rows.group(slot));
    let group = group.ok_or_else(|| absent(id))?;
    Ok(Reply::json(200, group.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::built::{assert_pages_cost_alike, even_company};

    #[tokio::test]
    async fn a_page_costs_what_is_on_it() {
        let running = even_company!(okta).await.unwrap();
        let inside = &running.inside;
        let world = &inside.tenant.lock().world;
        let first = List::Members(world.id(Node::Group(0)).to_owned());
        for which in [List::Users, List::Groups, first] {
            assert_pages_cost_alike(|from| {
                let heard = Heard::of(&format!("limit=10&after={from}"));
                list(world, (&which, usize::MAX), &heard, None).unwrap();
            });
        }
        let filter = "filter=lastUpdated+gt+%222000%22&limit=10";
        assert_pages_cost_alike(|from| {
            let heard = Heard::of(&format!("{filter}&after={from}"));
            list(world, (&List::Users, usize::MAX), &heard, None).unwrap();
        });
    }
}
