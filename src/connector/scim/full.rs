//! The full read: users, groups with their members, and the mark from which increments go on.

use std::collections::HashMap;

use super::Scim;
use super::abilities::Abilities;
use super::mark::{Kind, Recent};
use super::members::{self, Known, Told};
use super::page::Row;
use super::pass::IDS;
use super::whole::{self, Whole};
use crate::connector::api::{Batch, Coverage, Result};
use crate::connector::resource::{GroupRow, Resource, id};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::connector::tally::Tally;
use crate::model::ExternalId;
use crate::model::record::Record;

/// What the next increment will be told again: when an object was changed, a hash of all it says.
type Seen = HashMap<ExternalId, (Option<i64>, u64)>;

pub(super) async fn read(scim: Scim, out: Out) -> Result<Batch> {
    let full_at = scim.clock.now();
    let abilities = scim.abilities().await?;
    let (users, seen_users) = users(&scim, &out, abilities).await?;
    let (groups, seen_groups, mut told) = groups(&scim, &out, abilities).await?;
    let (Some(users), Some(groups)) = (users, groups) else {
        return Ok(incomplete());
    };
    let mut whole = users.complete && groups.complete;
    let tally = Tally::totals(users.pass.last, groups.pass.last);
    drop(out.send(Ok(Batch::Tally(tally))).await);
    whole &= members::complete(&scim, &out, &mut told).await?;
    let totals = (users.pass.ids.len() as u64, groups.pass.ids.len() as u64);
    let date = users.pass.date.filter(|_| abilities.filter && scim.increments);
    let known = Known {
        users: users.pass.ids,
        groups: groups.pass.ids,
    };
    let mut recent = Recent::since(date);
    for (kind, seen) in [(Kind::User, &seen_users), (Kind::Group, &seen_groups)] {
        for (id, (modified, content)) in seen {
            recent.note(kind, id, *modified, *content);
        }
    }
    let dates = seen_groups
        .iter()
        .map(|(id, (modified, _))| (id.clone(), *modified));
    if !scim.memory.dates_move(dates, &told) {
        recent.give_up();
        let what =
            "the SCIM server does not move `meta.lastModified` with memberships: every read is a full one";
        drop(out.send(Ok(Batch::Notice(what.to_owned()))).await);
    }
    whole &= members::tell(&scim, &out, abilities, &known, told).await?;
    if !whole {
        return Ok(incomplete());
    }
    scim.memory.remember(known.groups);
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(scim.cursor(recent.mark(totals.0, totals.1), abilities.cursor, full_at)?),
    })
}

fn incomplete() -> Batch {
    Batch::End {
        coverage: Coverage::ChangesOnly,
        cursor: None,
    }
}

/// Says that a list could not be read. Without credentials or the permission there is nothing to go on with.
async fn unread(out: &Out, what: &str, error: RestError) -> Result<()> {
    if let RestError::Unauthorised(_) | RestError::Refused(_) | RestError::Denied(..) = error {
        return Err(error.into());
    }
    let what = format!("not all {what} could be read: {}", error.into_sentence());
    drop(out.send(Ok(Batch::Incomplete(what))).await);
    Ok(())
}

fn wrong(what: &str, why: &str) -> RestError {
    RestError::Malformed(format!("the SCIM server answered {what} of which {why}"))
}

/// All users; `None` where not all could be read.
async fn users(scim: &Scim, out: &Out, abilities: Abilities) -> Result<(Option<Whole>, Seen)> {
    let mut seen = Seen::new();
    let mut take = |rows: Vec<Resource>| {
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let id = id(&row, &IDS).map_err(|why| wrong("users", &why))?;
            seen.insert(id.clone(), (row.modified(), row.content()));
            let user = scim.rows.user(id, &row);
            records.push(Record::User(user.map_err(|why| wrong("users", &why))?));
        }
        Ok(records)
    };
    let list = scim.list("Users", "users", abilities);
    match whole::read::<Resource>(scim, out, list, &mut take).await {
        Ok(whole) => {
            let gone = whole.gone.iter().cloned().map(Record::UserGone);
            drop(out.send(Ok(Batch::Records(gone.collect()))).await);
            seen.retain(|id, _| whole.pass.ids.contains(id));
            Ok((Some(whole), seen))
        }
        Err(error) => {
            unread(out, "users", error).await?;
            Ok((None, seen))
        }
    }
}

/// All groups with what they say of their members; `None` where not all could be read.
async fn groups(scim: &Scim, out: &Out, abilities: Abilities) -> Result<(Option<Whole>, Seen, Told)> {
    let (mut seen, mut told) = (Seen::new(), Told::new());
    let mut take = |rows: Vec<GroupRow>| {
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let group = row.group(&IDS).map_err(|why| wrong("groups", &why))?;
            seen.insert(group.id.clone(), (row.modified(), row.content()));
            // Told when it is known who is a user and who a group.
            told.insert(group.id.clone(), row.members);
            records.push(Record::Group(group));
        }
        Ok(records)
    };
    let list = scim.list("Groups", "groups", abilities);
    match whole::read::<GroupRow>(scim, out, list, &mut take).await {
        Ok(whole) => {
            let gone = whole.gone.iter().cloned().map(Record::GroupGone);
            drop(out.send(Ok(Batch::Records(gone.collect()))).await);
            seen.retain(|id, _| whole.pass.ids.contains(id));
            told.retain(|id, _| whole.pass.ids.contains(id));
            Ok((Some(whole), seen, told))
        }
        Err(error) => {
            unread(out, "groups", error).await?;
            Ok((None, seen, told))
        }
    }
}
