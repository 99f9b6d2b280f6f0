//! The increment: what changed by `meta.lastModified`, held against the totals, since no SCIM server tells who is gone.

use std::collections::HashSet;

use super::Scim;
use super::mark::{Kind, Mark, Recent};
use super::page::{Page, Row};
use super::pass::{IDS, List, walk};
use crate::clock::rfc3339;
use crate::connector::resource::{GroupRow, Resource, id, moment};
use crate::connector::rest::RestError;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// More changes than this are read faster as a whole.
const MOST: usize = 20_000;

/// What an increment found.
#[derive(Debug)]
pub(super) enum Changes {
    /// These, and where the next one begins.
    Told(Vec<Record>, Mark),
    /// They cannot be told; why, in words.
    ReadAll(&'static str),
}

/// Objects of one kind that changed.
struct Changed<R> {
    /// Those that the read before did not tell just so.
    fresh: Vec<(ExternalId, R)>,
    /// How many there are in all.
    total: u64,
    /// The server's time when they were asked for.
    date: Option<i64>,
    /// Those that the total counts more than before.
    arrived: HashSet<ExternalId>,
    /// What the next increment will be told again.
    seen: Vec<(ExternalId, Option<i64>, u64)>,
}

/// Reads what changed since a mark.
pub(super) async fn read(scim: &Scim, mark: &Mark, since: i64, cursor: bool) -> Result<Changes, RestError> {
    let list = |path, what| List {
        path,
        what,
        filter: format!("meta.lastModified ge \"{}\"", rfc3339(since)),
        cursor,
        count: scim.count,
    };
    let users = list("Users", "users");
    let users = match changed::<Resource>(scim, users, mark, Kind::User, since).await? {
        Ok(users) => users,
        Err(why) => return Ok(Changes::ReadAll(why)),
    };
    let groups = list("Groups", "groups");
    let groups = match changed::<GroupRow>(scim, groups, mark, Kind::Group, since).await? {
        Ok(groups) => groups,
        Err(why) => return Ok(Changes::ReadAll(why)),
    };
    scim.memory
        .count(users.arrived.union(&groups.arrived).cloned().collect());
    let mut recent = Recent::since(users.date);
    for (kind, seen) in [(Kind::User, users.seen), (Kind::Group, groups.seen)] {
        for (id, modified, content) in seen {
            recent.note(kind, &id, modified, content);
        }
    }
    let mut records = Vec::new();
    for (id, row) in users.fresh {
        records.push(Record::User(scim.rows.user(id, &row).map_err(|why| wrong(&why))?));
    }
    scim.memory.learn(groups.fresh.iter().map(|(id, _)| id.clone()));
    for (_, row) in groups.fresh {
        if !group(scim, row, &mut records)? {
            return Ok(Changes::ReadAll(
                "not all members of a group are told, each with what it is",
            ));
        }
    }
    Ok(Changes::Told(records, recent.mark(users.total, groups.total)))
}

fn wrong(why: &str) -> RestError {
    RestError::Malformed(format!("the SCIM server answered an object of which {why}"))
}

/// What changed of one kind, or why that cannot be told: somebody is gone where there are fewer than the arrivals explain.
async fn changed<R: Row>(
    scim: &Scim,
    list: List,
    mark: &Mark,
    kind: Kind,
    since: i64,
) -> Result<Result<Changed<R>, &'static str>, RestError> {
    let mut rows: Vec<R> = Vec::new();
    let mut old = false;
    let mut take = |page: Vec<R>| {
        old |= page
            .iter()
            .any(|row| row.modified().is_none_or(|modified| modified < since));
        if !old && rows.len() <= MOST {
            rows.extend(page);
        }
        Ok(Vec::new())
    };
    let pass = walk::<R>(scim, &list, None, &mut take).await?;
    if old {
        return Ok(Err("the server does not filter by `meta.lastModified`"));
    }
    if rows.len() > MOST || !pass.is_whole() {
        return Ok(Err("too much changes at once"));
    }
    let path = format!("/{}?startIndex=1&count=1&attributes=id", list.path);
    let total = scim
        .rest
        .get::<Page<Resource>>(&path, &scim.clock)
        .await?
        .body
        .total;
    let Some(total) = total else {
        return Ok(Err("the server tells no totals"));
    };
    let mut changed = Changed {
        fresh: Vec::new(),
        total,
        date: pass.date,
        arrived: HashSet::new(),
        seen: Vec::with_capacity(rows.len()),
    };
    for row in rows {
        let id = id(row.attributes(), &IDS).map_err(|why| wrong(&why))?;
        let (told, content) = (mark.told(kind, &id), row.content());
        let Some(created) = moment(row.attributes(), "meta.created") else {
            return Ok(Err("an object does not say when it was created"));
        };
        if created >= since && told.is_none() {
            changed.arrived.insert(id.clone());
        }
        changed.seen.push((id.clone(), row.modified(), content));
        if told != Some(content) {
            changed.fresh.push((id, row));
        }
    }
    let before = match kind {
        Kind::User => mark.users,
        Kind::Group => mark.groups,
    };
    if before + changed.arrived.len() as u64 != total {
        return Ok(Err("somebody is gone"));
    }
    Ok(Ok(changed))
}

/// A changed group with all its members; `false` where it says nothing of them, or one could be a user or a group.
fn group(scim: &Scim, row: GroupRow, records: &mut Vec<Record>) -> Result<bool, RestError> {
    let group = row.group(&IDS).map_err(|why| wrong(&why))?;
    let Some(members) = row.members else {
        return Ok(false);
    };
    let id = group.id.clone();
    records.push(Record::Group(group));
    for member in members.into_iter().filter(|member| !member.id.is_empty()) {
        let known = || {
            let group = scim.memory.is_group(&member.id)?;
            Some(if group {
                MemberKind::Group
            } else {
                MemberKind::User
            })
        };
        let Some(kind) = member.kind.or_else(known) else {
            return Ok(false);
        };
        records.push(Record::Member {
            group: id.clone(),
            member: member.id.as_str().into(),
            kind,
        });
    }
    records.push(Record::MembersComplete(id));
    Ok(true)
}
