//! Lists: users, groups, members, an app's assignments, the log; paged by a place in `after`.

use serde_json::{Value, json};

use super::rows::Rows;
use super::time::Dates;
use crate::simulator::entra::page::Bend;
use crate::simulator::entra::reply::Reply;
use crate::simulator::entra::world::{Node, World, slot};
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
    let rows = whole(world, &dates, list, heard)?;
    let mut page: Vec<Value> = rows.iter().skip(from).take(limit).cloned().collect();
    let mut next = (from + limit < rows.len()).then_some(from + limit);
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

fn whole(world: &World, dates: &Dates, list: &List, heard: &Heard) -> Result<Vec<Value>, Reply> {
    let rows = Rows { world, dates };
    let filter = heard.parameter("filter").unwrap_or_default();
    let users = || (0..slot(world.users.len())).filter_map(|slot| rows.user(slot));
    let groups = || (0..slot(world.groups.len())).filter_map(|slot| rows.group(slot));
    let filtered = |rows: &mut dyn Iterator<Item = Value>| -> Result<Vec<Value>, Reply> {
        rows.filter_map(|row| matches(&filter, &row).map(|fits| fits.then_some(row)).transpose())
            .collect()
    };
    Ok(match list {
        // What no filter asks for is left out.
        List::Users if filter.is_empty() => users().filter(|row| row["status"] != "DEPROVISIONED").collect(),
        List::Users => filtered(&mut users())?,
        List::Groups if filter.is_empty() => groups().collect(),
        List::Groups => filtered(&mut groups())?,
        List::Members(id) => {
            let group = world.find_group(id).and_then(|slot| world.group(slot));
            let group = group.ok_or_else(|| {
                error(
                    404,
                    "E0000007",
                    &format!("Not found: Resource not found: {id} (UserGroup)"),
                )
            })?;
            let users = group.members.iter().filter_map(|member| match member {
                Node::User(slot) => rows.user(*slot),
                Node::Group(_) => None,
            });
            users.collect()
        }
        List::AppUsers => app_users(rows),
        List::AppGroups => app_groups(rows),
        List::Log => log(rows, &heard.parameter("since").unwrap_or_default()),
    })
}

fn app_users(rows: Rows<'_>) -> Vec<Value> {
    let row = |slot| {
        let user = rows.user(slot)?;
        let name = json!({ "userName": user["profile"]["login"] });
        Some(json!({ "id": user["id"], "credentials": name, "_embedded": { "user": user } }))
    };
    super::truth::app_users(rows.world)
        .into_iter()
        .filter_map(row)
        .collect()
}

fn app_groups(rows: Rows<'_>) -> Vec<Value> {
    let assigned = rows.world.assigned.iter().filter_map(|node| match node {
        Node::Group(slot) => rows.group(*slot),
        Node::User(_) => None,
    });
    assigned
        .map(|group| json!({ "id": group["id"], "_embedded": { "group": group } }))
        .collect()
}

/// What was deleted since a moment, in the order of it.
fn log(rows: Rows<'_>, since: &str) -> Vec<Value> {
    let world = rows.world;
    let nodes = (0..slot(world.users.len())).map(Node::User);
    let nodes = nodes.chain((0..slot(world.groups.len())).map(Node::Group));
    let mut events: Vec<Value> = nodes
        .filter(|node| !world.live(*node))
        .filter_map(|node| rows.deletion(node))
        .filter(|event| {
            event["published"]
                .as_str()
                .is_some_and(|published| published >= since)
        })
        .collect();
    events.sort_by_key(|event| event["published"].as_str().map(str::to_owned));
    events
}

/// Whether a row fits a filter of comparisons joined by `or`, each `name eq "…"` or `name gt "…"`.
fn matches(filter: &str, row: &Value) -> Result<bool, Reply> {
    let bad = || error(400, "E0000031", &format!("Invalid search criteria: {filter}"));
    let mut fits = false;
    for part in filter.split(" or ") {
        let mut words = part.splitn(3, ' ');
        let (Some(name), Some(operator), Some(value)) = (words.next(), words.next(), words.next()) else {
            return Err(bad());
        };
        let value = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .ok_or_else(bad)?;
        let told = row[name].as_str().ok_or_else(bad)?;
        fits |= match operator {
            "eq" => told == value,
            "gt" => told > value,
            _ => return Err(bad()),
        };
    }
    Ok(fits)
}

/// One group.
pub(super) fn single(world: &World, id: &str) -> Result<Reply, Reply> {
    let dates = Dates::of(world);
    let rows = Rows { world, dates: &dates };
    let group = world.find_group(id).and_then(|slot| rows.group(slot));
    let group = group.ok_or_else(|| {
        error(
            404,
            "E0000007",
            &format!("Not found: Resource not found: {id} (UserGroup)"),
        )
    })?;
    Ok(Reply::json(200, group.to_string()))
}
