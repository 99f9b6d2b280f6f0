//! The full read: anchors first, then lists with members by batches, then one round of each delta.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::value::RawValue;

use super::batch::BATCH;
use super::chain::Chain;
use super::graph::GraphError;
use super::members::{self, Known, List, PARALLEL};
use super::page::ListPage;
use super::rows::GroupRow;
use super::totals::{Listed, Totals};
use super::{Entra, GROUP_SELECT, Links, Out, delta};
use crate::connector::api::{Batch, ConnectorError, Coverage, Result, Returning};
use crate::connector::tally::Tally;
use crate::model::ExternalId;
use crate::model::record::Record;

pub(super) async fn read(entra: Entra, out: Out) -> Result<Batch> {
    let full_at = entra.clock.now();
    let users = format!("/users/delta?$deltatoken=latest&$select={}", entra.user_select);
    let groups = format!("/groups/delta?$deltatoken=latest&$select={GROUP_SELECT},members");
    let anchors = Links {
        users: anchor(&entra, &users).await?,
        groups: anchor(&entra, &groups).await?,
    };
    // What a stale replica answers to the lists may be older than the anchors by so much.
    tokio::time::sleep(entra.settle).await;
    let before = Totals::ask(&entra).await;
    let (users, mut whole) = list_users(&entra, &out, |_| true).await?;
    let (groups, open, listed) = list_groups(&entra, &out, |_| true).await?;
    whole &= listed;
    let known = Known { users, groups };
    if whole {
        whole = counted(&entra, &out, before, &known).await?;
    }
    let (read, all) = list_members(&entra, &out, known, open, &|_| {}).await?;
    if !(whole && all) {
        return Ok(Batch::End {
            coverage: Coverage::ChangesOnly,
            cursor: None,
        });
    }
    let links = close(&entra, &out, anchors, &read).await?;
    let cursor = Some(entra.cursor(&links, full_at).await?);
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor,
    })
}

/// Holds the lists against the tenant's counts before and after them. A count that cannot be read proves nothing.
async fn counted(
    entra: &Entra,
    out: &Out,
    before: Result<Totals, GraphError>,
    known: &Known,
) -> Result<bool> {
    let listed = Listed {
        users: known.users.len() as u64,
        groups: known.groups.len() as u64,
    };
    let both = async { Ok((before?, Totals::ask(entra).await?)) };
    match both.await {
        Ok((before, after)) => Ok(before.agree(after, listed, out).await),
        Err(error) => incomplete(out, "the tenant's own counts could not be read", error).await,
    }
}

/// The members of these groups, each page shown to `found` as well. Answers the groups that were read, and whether all were.
pub(super) async fn list_members(
    entra: &Entra,
    out: &Out,
    known: Known,
    groups: Vec<ExternalId>,
    found: &Found<'_>,
) -> Result<(HashSet<ExternalId>, bool)> {
    let known = Arc::new(known);
    let chunks: Vec<Vec<ExternalId>> = groups.chunks(BATCH).map(<[_]>::to_vec).collect();
    let mut batches = futures_util::stream::iter(chunks)
        .map(|groups| all_members(entra, out, Arc::clone(&known), groups, found))
        .buffer_unordered(PARALLEL);
    let (mut read, mut whole, mut others) = (HashSet::new(), true, 0);
    while let Some(part) = batches.next().await {
        let part = part?;
        whole &= part.whole;
        others += part.others;
        read.extend(part.read);
    }
    let others = Tally::unresolved("members that are devices, contacts or applications", others);
    drop(out.send(Ok(Batch::Tally(others))).await);
    Ok((read, whole))
}

pub(super) async fn anchor(entra: &Entra, path: &str) -> Result<String> {
    let mut chain = Chain::<ListPage>::new(entra.graph.url(path), None);
    while let Some(page) = chain.page(&entra.graph).await? {
        if let Some(link) = page.delta {
            entra.graph.check_origin(&link)?;
            return Ok(link);
        }
    }
    let what = "Graph gave no delta link for `latest`".to_owned();
    Err(ConnectorError::Malformed(what))
}

/// What happened since the anchors. Who came meanwhile may have been away while the lists were read: its memberships are in neither.
async fn close(entra: &Entra, out: &Out, anchors: Links, read: &HashSet<ExternalId>) -> Result<Links> {
    let users = delta::users(entra, out, anchors.users, None).await?;
    let groups = delta::groups(entra, out, anchors.groups, None).await?;
    let unread = groups.there.into_iter().filter(|group| !read.contains(group));
    let returning = Returning {
        users: users.there,
        groups: unread.collect(),
    };
    let records = members::reread(entra, &returning).await?;
    if !records.is_empty() {
        drop(out.send(Ok(Batch::Records(records))).await);
    }
    Ok(Links {
        users: users.link,
        groups: groups.link,
    })
}

/// Says that a part could not be read. Credentials that are not accepted end the run instead.
async fn incomplete(out: &Out, what: &str, error: GraphError) -> Result<bool> {
    if let GraphError::Unauthorised(_) = error {
        return Err(error.into_error());
    }
    let what = format!("{what}: {}", error.into_error());
    drop(out.send(Ok(Batch::Incomplete(what))).await);
    Ok(false)
}

/// Like [`incomplete`], for whole lists: without the permission there is nothing to go on with.
async fn unlisted(out: &Out, what: &str, error: GraphError) -> Result<bool> {
    if error.is_refusal() {
        return Err(error.into_error());
    }
    incomplete(out, what, error).await
}

/// The pages of a list. A `$top` that the service does not like is halved.
async fn list(
    entra: &Entra,
    out: &Out,
    path: &str,
    mut row: impl FnMut(&RawValue, &mut Vec<Record>) -> Result<(), GraphError> + Send,
) -> Result<(), GraphError> {
    let mut top = 999;
    let from_start = |top: u32| Chain::<ListPage>::new(entra.graph.url(&format!("{path}&$top={top}")), None);
    let mut chain = from_start(top);
    let mut begun = false;
    loop {
        let page = match chain.page(&entra.graph).await {
            Err(GraphError::Bad(_)) if !begun && top > 50 => {
                top /= 2;
                chain = from_start(top);
                continue;
            }
            page => page?,
        };
        let Some(page) = page else { return Ok(()) };
        begun = true;
        let mut records = Vec::new();
        for value in page.rows()? {
            row(value, &mut records)?;
        }
        drop(out.send(Ok(Batch::Records(records))).await);
    }
}

/// The ids of all users who are wanted, and whether the list is whole.
pub(super) async fn list_users(
    entra: &Entra,
    out: &Out,
    wanted: impl Fn(&ExternalId) -> bool + Send + Sync,
) -> Result<(HashSet<ExternalId>, bool)> {
    let path = format!("/users?$select={}", entra.user_select);
    let mut known = HashSet::new();
    let row = |row: &RawValue, records: &mut Vec<Record>| {
        let user = entra.rows.user(row)?;
        if !wanted(&user.id) {
            return Ok(());
        }
        known.insert(user.id.clone());
        records.push(Record::User(user));
        Ok(())
    };
    let whole = match list(entra, out, &path, row).await {
        Ok(()) => true,
        Err(error) => unlisted(out, "not all users could be read", error).await?,
    };
    Ok((known, whole))
}

/// The ids of all groups that are wanted, those whose members are to be read, whether the list is whole.
pub(super) async fn list_groups(
    entra: &Entra,
    out: &Out,
    wanted: impl Fn(&ExternalId) -> bool + Send + Sync,
) -> Result<(HashSet<ExternalId>, Vec<ExternalId>, bool)> {
    let sees_hidden = entra.graph.sees_hidden().await?;
    let path = format!("/groups?$select={GROUP_SELECT}");
    let (mut known, mut open, mut unseen) = (HashSet::new(), Vec::new(), BTreeSet::new());
    let row = |row: &RawValue, records: &mut Vec<Record>| {
        let GroupRow { group, hidden, .. } = GroupRow::read(row)?;
        let id = group.id.clone();
        if !wanted(&id) {
            return Ok(());
        }
        records.push(Record::Group(group));
        if hidden && !sees_hidden {
            records.push(Record::MembersUnknown(id.clone()));
            unseen.insert(id.clone());
        } else if !known.contains(&id) {
            open.push(id.clone()); // a page may tell a group again
        }
        known.insert(id);
        Ok(())
    };
    let whole = match list(entra, out, &path, row).await {
        Ok(()) => true,
        Err(error) => unlisted(out, "not all groups could be read", error).await?,
    };
    if whole {
        entra.hidden.learn(unseen);
    }
    Ok((known, open, whole))
}

/// What became of the members of up to 20 groups.
struct Part {
    whole: bool,
    read: Vec<ExternalId>,
    /// Members that are neither users nor groups.
    others: u64,
}

/// Is shown the members as they come.
pub(super) type Found<'a> = dyn Fn(&[Record]) + Send + Sync + 'a;

async fn all_members(
    entra: &Entra,
    out: &Out,
    known: Arc<Known>,
    groups: Vec<ExternalId>,
    found: &Found<'_>,
) -> Result<Part> {
    let mut part = Part {
        whole: true,
        read: Vec::new(),
        others: 0,
    };
    let outcomes = match List::Members.of(entra, &groups).await {
        Ok(outcomes) => outcomes,
        Err(error) => {
            part.whole = unlisted(out, "a batch of members failed", error).await?;
            return Ok(part);
        }
    };
    let mut failed: Vec<(ExternalId, GraphError)> = Vec::new();
    for (group, outcome) in groups.into_iter().zip(outcomes) {
        let told = async {
            let first = outcome?;
            let send = |records: Vec<Record>| async {
                found(&records);
                drop(out.send(Ok(Batch::Records(records))).await);
            };
            members::members(entra, &known, &group, &first, send).await
        };
        let word = match told.await {
            Ok(others) => {
                part.others += others;
                Record::MembersComplete(group.clone())
            }
            // Deleted since it was listed, if it says so itself: gone, as a fact about this group only.
            Err(GraphError::Absent(why)) => match members::is_gone(entra, &group).await {
                Ok(true) => Record::GroupGone(group.clone()),
                Ok(false) => {
                    failed.push((group, GraphError::Absent(why)));
                    continue;
                }
                Err(error) => {
                    failed.push((group, error));
                    continue;
                }
            },
            Err(error) => {
                failed.push((group, error));
                continue;
            }
        };
        if let Record::MembersComplete(_) = word {
            part.read.push(group);
        }
        drop(out.send(Ok(Batch::Records(vec![word]))).await);
    }
    if let Some((group, error)) = failed.pop() {
        let what = format!(
            "the members of {} groups could not be read, `{group}` among them",
            failed.len() + 1
        );
        part.whole = incomplete(out, &what, error).await?;
    }
    Ok(part)
}
