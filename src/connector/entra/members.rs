//! Memberships by batches: the members of groups, the groups of whoever returns.

use std::collections::{BTreeSet, HashSet};

use futures_util::{StreamExt, TryStreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use serde_json::value::RawValue;

use super::Entra;
use super::batch::{self, BATCH, Outcome};
use super::chain::Chain;
use super::graph::{GraphError, parse};
use super::page::MembersPage;
use crate::connector::api::{Result, Returning};
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// Batches under way at once.
pub(super) const PARALLEL: usize = 8;
/// What is left as it is within a path.
pub(super) const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

/// The ids that the lists told, so that a million edges share them.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) users: HashSet<ExternalId>,
    pub(super) groups: HashSet<ExternalId>,
}

impl Known {
    fn id(&self, kind: MemberKind, id: &str) -> ExternalId {
        let known = match kind {
            MemberKind::User => self.users.get(id),
            MemberKind::Group => self.groups.get(id),
        };
        known.map_or_else(|| id.into(), ExternalId::clone)
    }
}

/// A list of memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The members of a group.
    Members,
    /// The groups that a user is directly in.
    OfUser,
    /// The groups that a group is directly in.
    OfGroup,
}

impl List {
    fn path(self, id: &ExternalId) -> String {
        let id = utf8_percent_encode(id.as_str(), KEPT);
        let (set, list) = match self {
            Self::Members => ("groups", "members"),
            Self::OfUser => ("users", "memberOf"),
            Self::OfGroup => ("groups", "memberOf"),
        };
        format!("/{set}/{id}/{list}?$select=id&$top=999")
    }

    /// Asks for this list of up to 20 objects. The outer error is of the batch as a whole.
    pub(super) async fn of(self, entra: &Entra, ids: &[ExternalId]) -> Result<Vec<Outcome>, GraphError> {
        let paths: Vec<String> = ids.iter().map(|id| self.path(id)).collect();
        batch::get(&entra.graph, &paths).await
    }

    /// The pages of one object's list, of which the first came in a batch.
    fn pages(
        self,
        entra: &Entra,
        id: &ExternalId,
        first: &RawValue,
    ) -> Result<Chain<MembersPage>, GraphError> {
        let first = parse(first.get().as_bytes())?;
        Ok(Chain::new(entra.graph.url(&self.path(id)), Some(first)))
    }
}

/// Whether a group is not there, after its members were not.
pub(super) async fn is_gone(entra: &Entra, group: &ExternalId) -> Result<bool, GraphError> {
    is_gone_from(entra, "groups", group).await
}

async fn is_gone_from(entra: &Entra, list: &str, id: &ExternalId) -> Result<bool, GraphError> {
    let id = utf8_percent_encode(id.as_str(), KEPT);
    match entra
        .graph
        .get::<Value>(&entra.graph.url(&format!("/{list}/{id}?$select=id")))
        .await
    {
        Ok(_) => Ok(false),
        Err(GraphError::Absent(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// One page of a group's members at a time; `first` came in a batch. Answers how many are neither users nor groups.
pub(super) async fn members<F>(
    entra: &Entra,
    known: &Known,
    group: &ExternalId,
    first: &RawValue,
    mut take: impl FnMut(Vec<Record>) -> F,
) -> Result<u64, GraphError>
where
    F: Future<Output = ()>,
{
    let mut chain = List::Members.pages(entra, group, first)?;
    let mut others = 0;
    while let Some(page) = chain.page(&entra.graph).await? {
        let members = page.members()?;
        others += (page.rows() - members.len()) as u64;
        let records = members.into_iter().map(|(member, kind)| Record::Member {
            group: group.clone(),
            member: known.id(kind, member),
            kind,
        });
        take(records.collect()).await;
    }
    Ok(others)
}

/// Reads anew what no delta tells of objects that return.
pub(super) async fn reread(entra: &Entra, returning: &Returning) -> Result<Vec<Record>> {
    let chunks = |list: List, ids: &[ExternalId]| -> Vec<(List, Vec<ExternalId>)> {
        ids.chunks(BATCH).map(|ids| (list, ids.to_vec())).collect()
    };
    // Where somebody is in a group that hides its members is told to nobody: what is known of that stays.
    let hidden = if entra.graph.sees_hidden().await? {
        Some(BTreeSet::new())
    } else {
        entra.hidden.known()
    };
    let mut work = chunks(List::OfUser, &returning.users);
    work.extend(chunks(List::OfGroup, &returning.groups));
    work.extend(chunks(List::Members, &returning.groups));
    let parts = futures_util::stream::iter(work)
        .map(|(list, ids)| part(entra, list, ids))
        .buffered(PARALLEL);
    let parts: Vec<Vec<Record>> = parts.try_collect().await?;
    let mut records: Vec<Record> = parts.into_iter().flatten().collect();
    match hidden {
        Some(groups) if !returning.users.is_empty() => {
            records.extend(groups.into_iter().map(Record::MembersUnknown));
        }
        Some(_) => {}
        None => records.retain(|record| !matches!(record, Record::GroupsComplete(_))),
    }
    Ok(records)
}

async fn part(entra: &Entra, list: List, ids: Vec<ExternalId>) -> Result<Vec<Record>, GraphError> {
    let mut records = Vec::new();
    let outcomes = list.of(entra, &ids).await?;
    for (id, outcome) in ids.into_iter().zip(outcomes) {
        let told = match outcome {
            Ok(first) => one(entra, list, &id, &first, &mut records).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(()) => {}
            Err(GraphError::Absent(why)) => {
                let kind = if list == List::OfUser { "users" } else { "groups" };
                if !is_gone_from(entra, kind, &id).await? {
                    // A stale replica: nothing would tell these memberships again, so the cursor must not move on.
                    return Err(GraphError::Transient(why, None));
                }
                // Gone again: the next read tells.
            }
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

async fn one(
    entra: &Entra,
    list: List,
    id: &ExternalId,
    first: &RawValue,
    records: &mut Vec<Record>,
) -> Result<(), GraphError> {
    if list == List::Members {
        let take = |page: Vec<Record>| {
            records.extend(page);
            std::future::ready(())
        };
        return members(entra, &Known::default(), id, first, take).await.map(drop);
    }
    let mut pages = list.pages(entra, id, first)?;
    let kind = if list == List::OfUser {
        MemberKind::User
    } else {
        MemberKind::Group
    };
    while let Some(page) = pages.page(&entra.graph).await? {
        records.extend(page.groups()?.into_iter().map(|group| Record::Member {
            group: group.into(),
            member: id.clone(),
            kind,
        }));
    }
    if list == List::OfUser {
        records.push(Record::GroupsComplete(id.clone()));
    }
    Ok(())
}
