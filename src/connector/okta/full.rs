//! The full read: lists first, then what changed since they began.

use futures_util::StreamExt;
use serde_json::value::RawValue;

use super::changes::{self, Place};
use super::error::OktaError;
use super::members::{self, segment};
use super::pages::Pages;
use super::{OktaSource, Out, PARALLEL, rows};
use crate::connector::api::{Batch, Coverage, Result};
use crate::connector::row;
use crate::model::ExternalId;
use crate::model::record::Record;

/// Everybody, also those whom the plain list leaves out.
pub(super) async fn read(source: OktaSource, out: Out) -> Result<Batch> {
    let full_at = source.okta.clock.now();
    let user = |row: &RawValue| Ok(Record::User(source.rows.user(row)?));
    let (begun, mut whole) = list(&source, &out, "/api/v1/users?limit=200", "users", user).await?;
    let left = "/api/v1/users?filter=status%20eq%20%22DEPROVISIONED%22&limit=200";
    let (_, all) = list(&source, &out, left, "users", user).await?;
    whole &= all;
    let mut groups = Vec::new();
    let group = |row: &RawValue| {
        let group = rows::group(row)?;
        groups.push(group.id.clone());
        Ok(Record::Group(group))
    };
    let (_, all) = list(&source, &out, "/api/v1/groups?limit=200", "groups", group).await?;
    whole &= all;
    whole &= list_members(&source, &out, groups).await?;
    if !whole {
        return Ok(incomplete_end());
    }
    // Who changed from one list to the other was in neither. A group read twice may have lost a member in between: what this tells
    // is told again by the next read.
    let place = Place::at(begun.unwrap_or(full_at));
    changes::read(&source, &out, &place).await?;
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(source.cursor(&place, full_at)?),
    })
}

/// The users and groups of one app: no list of changes tells of assignments, so each read is a full one.
pub(super) async fn read_app(source: OktaSource, out: Out, app: String) -> Result<Batch> {
    let full_at = source.okta.clock.now();
    let app = format!("/api/v1/apps/{}", segment(&app));
    let mut groups = Vec::new();
    let group = |row: &RawValue| {
        let group = rows::group(embedded(row, "group")?)?;
        groups.push(group.id.clone());
        Ok(Record::Group(group))
    };
    let path = format!("{app}/groups?limit=200&expand=group");
    let (_, mut whole) = list(&source, &out, &path, "apps", group).await?;
    whole &= list_members(&source, &out, groups).await?;
    // Last, so that whoever came with a group meanwhile is among them.
    let user = |row: &RawValue| {
        let user = source.rows.assigned(embedded(row, "user")?, row)?;
        Ok(Record::User(user))
    };
    let path = format!("{app}/users?limit=500&expand=user");
    let (_, all) = list(&source, &out, &path, "apps", user).await?;
    whole &= all;
    if !whole {
        return Ok(incomplete_end());
    }
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(source.cursor(&Place::default(), full_at)?),
    })
}

/// What an assignment is of.
fn embedded<'a>(row: &'a RawValue, name: &str) -> Result<&'a RawValue, OktaError> {
    let all = row::field(row, "_embedded")?;
    let object = all.map(|all| row::field(all, name)).transpose()?.flatten();
    let missing = || OktaError::Malformed(format!("Okta answered an assignment without its {name}"));
    object.filter(|object| row::is_object(object)).ok_or_else(missing)
}

fn incomplete_end() -> Batch {
    Batch::End {
        coverage: Coverage::ChangesOnly,
        cursor: None,
    }
}

/// Says that a part could not be read. Where a person must act, the run ends instead.
async fn incomplete(out: &Out, what: String, error: OktaError) -> Result<bool> {
    if error.is_refusal() {
        return Err(error.into());
    }
    let error = crate::connector::ConnectorError::from(error);
    drop(out.send(Ok(Batch::Incomplete(format!("{what}: {error}")))).await);
    Ok(false)
}

/// A list as records. Answers Okta's time at its begin, and whether it is whole.
async fn list(
    source: &OktaSource,
    out: &Out,
    path: &str,
    counter: &'static str,
    record: impl FnMut(&RawValue) -> Result<Record, OktaError> + Send,
) -> Result<(Option<i64>, bool)> {
    let mut pages = Pages::new(&source.okta, path, counter);
    match walk(source, out, &mut pages, record).await {
        Ok(()) => Ok((pages.begun, true)),
        Err(error) => {
            let what = format!("not all {counter} could be read");
            Ok((None, incomplete(out, what, error).await?))
        }
    }
}

async fn walk(
    source: &OktaSource,
    out: &Out,
    pages: &mut Pages,
    mut record: impl FnMut(&RawValue) -> Result<Record, OktaError> + Send,
) -> Result<(), OktaError> {
    while let Some(page) = pages.page(&source.okta).await? {
        let records: Result<Vec<Record>, _> = page.iter().map(|row| record(row)).collect();
        drop(out.send(Ok(Batch::Records(records?))).await);
    }
    Ok(())
}

/// The members of these groups; answers whether all could be read.
async fn list_members(source: &OktaSource, out: &Out, mut groups: Vec<ExternalId>) -> Result<bool> {
    groups.sort_unstable();
    groups.dedup(); // a page may tell a group again
    let mut reads = futures_util::stream::iter(groups)
        .map(|group| async move {
            let told = members::read(source, out, group.clone()).await;
            told.map_err(|error| (group, error))
        })
        .buffer_unordered(PARALLEL);
    let mut failed: Vec<(ExternalId, OktaError)> = Vec::new();
    while let Some(read) = reads.next().await {
        failed.extend(read.err());
    }
    let Some((group, error)) = failed.pop() else {
        return Ok(true);
    };
    let what = format!(
        "the members of {} groups could not be read, `{group}` among them",
        failed.len() + 1
    );
    incomplete(out, what, error).await
}
