//! The full read: anchors first, then lists with members by batches, then one round of each delta.

use futures_util::StreamExt;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::delta::{self, Chain};
use super::graph::{GraphError, judge};
use super::{Entra, GROUP_SELECT, Links, Out, rows};
use crate::client::{Retry, parse_seconds};
use crate::connector::api::{Batch, ConnectorError, Coverage, Result};
use crate::model::ExternalId;
use crate::model::record::Record;

/// Graph takes at most 20 requests in a batch.
const BATCH: usize = 20;
/// Batches under way at once.
const PARALLEL: usize = 8;
/// How often the failed inner requests of a batch are tried again.
const ATTEMPTS: u32 = 6;

pub(super) async fn read(entra: Entra, out: Out) -> Result<Batch> {
    let full_at = entra.clock.now();
    let anchors = Links {
        users: anchor(
            &entra,
            &format!("/users/delta?$deltatoken=latest&$select={}", entra.user_select),
        )
        .await?,
        groups: anchor(
            &entra,
            &format!("/groups/delta?$deltatoken=latest&$select={GROUP_SELECT},members"),
        )
        .await?,
    };
    let mut whole = list_users(&entra, &out).await?;
    let (groups, listed) = list_groups(&entra, &out).await?;
    whole &= listed;
    let chunks = futures_util::stream::iter(groups.chunks(BATCH).map(<[_]>::to_vec).collect::<Vec<_>>());
    let mut batches = chunks
        .map(|groups| members(entra.clone(), out.clone(), groups))
        .buffer_unordered(PARALLEL);
    while let Some(complete) = batches.next().await {
        whole &= complete?;
    }
    drop(batches);
    if !whole {
        return Ok(Batch::End {
            coverage: Coverage::ChangesOnly,
            cursor: None,
        });
    }
    let users = delta::users(&entra, &out, anchors.users, None).await?;
    let groups = delta::groups(&entra, &out, anchors.groups, None).await?;
    let cursor = Some(entra.cursor(&Links { users, groups }, full_at)?);
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor,
    })
}

async fn anchor(entra: &Entra, path: &str) -> Result<String> {
    let mut chain = Chain::new(entra.graph.url(path), None);
    while let Some(page) = chain.page(&entra.graph).await? {
        if let Some(link) = page["@odata.deltaLink"].as_str() {
            return Ok(link.to_owned());
        }
    }
    Err(ConnectorError::Malformed(
        "Graph gave no delta link for `latest`".to_owned(),
    ))
}

/// Says that a part could not be read. Credentials and permissions end the run instead.
async fn incomplete(out: &Out, what: &str, error: GraphError) -> Result<bool> {
    if let GraphError::Refused(_) | GraphError::Unauthorised(_) = error {
        return Err(error.into_error());
    }
    drop(
        out.send(Ok(Batch::Incomplete(format!("{what}: {}", error.into_error()))))
            .await,
    );
    Ok(false)
}

/// The pages of a list. A `$top` that the service does not like is halved.
async fn list(
    entra: &Entra,
    out: &Out,
    path: &str,
    mut row: impl FnMut(&Value, &mut Vec<Record>) -> Result<(), GraphError> + Send,
) -> Result<(), GraphError> {
    let mut top = 999;
    let mut chain = Chain::new(entra.graph.url(&format!("{path}&$top={top}")), None);
    let mut begun = false;
    loop {
        let page = match chain.page(&entra.graph).await {
            Err(GraphError::Missing(_)) if !begun && top > 50 => {
                top /= 2;
                chain = Chain::new(entra.graph.url(&format!("{path}&$top={top}")), None);
                continue;
            }
            page => page?,
        };
        let Some(page) = page else { return Ok(()) };
        begun = true;
        let mut records = Vec::new();
        for value in rows::list(&page)? {
            row(value, &mut records)?;
        }
        drop(out.send(Ok(Batch::Records(records))).await);
    }
}

async fn list_users(entra: &Entra, out: &Out) -> Result<bool> {
    let path = format!("/users?$select={}", entra.user_select);
    let row = |row: &Value, records: &mut Vec<Record>| {
        records.push(rows::user(row, &entra.attributes)?);
        Ok(())
    };
    match list(entra, out, &path, row).await {
        Ok(()) => Ok(true),
        Err(error) => incomplete(out, "not all users could be read", error).await,
    }
}

/// The groups whose members are to be read, and whether the list is whole.
async fn list_groups(entra: &Entra, out: &Out) -> Result<(Vec<ExternalId>, bool)> {
    let mut open = Vec::new();
    let path = format!("/groups?$select={GROUP_SELECT}");
    let row = |row: &Value, records: &mut Vec<Record>| {
        records.push(rows::group(row)?);
        if rows::hidden(row) {
            records.push(Record::MembersUnknown(rows::id(row)?));
        } else {
            open.push(rows::id(row)?);
        }
        Ok(())
    };
    match list(entra, out, &path, row).await {
        Ok(()) => Ok((open, true)),
        Err(error) => Ok((
            open,
            incomplete(out, "not all groups could be read", error).await?,
        )),
    }
}

/// Reads the members of up to 20 groups. Only the inner requests that failed are tried again.
async fn members(entra: Entra, out: Out, mut groups: Vec<ExternalId>) -> Result<bool> {
    let mut retry = Retry::new(ATTEMPTS, entra.graph.back_off, 11);
    let mut whole = true;
    loop {
        let (failed, wait, complete) = members_once(&entra, &out, &groups).await?;
        whole &= complete;
        if failed.is_empty() {
            return Ok(whole);
        }
        let Some(wait) = retry.wait(wait) else {
            let what = format!(
                "the members of {} groups could not be read, `{}` among them",
                failed.len(),
                failed[0]
            );
            return incomplete(
                &out,
                &what,
                GraphError::Transient("Graph kept failing".to_owned(), None),
            )
            .await;
        };
        tokio::time::sleep(wait).await;
        groups = failed;
    }
}

type Failed = (Vec<ExternalId>, Option<std::time::Duration>, bool);

async fn members_once(entra: &Entra, out: &Out, groups: &[ExternalId]) -> Result<Failed> {
    let requests: Vec<Value> = groups
        .iter()
        .enumerate()
        .map(|(at, group)| json!({ "id": at.to_string(), "method": "GET", "url": format!("/groups/{group}/members?$select=id&$top=999") }))
        .collect();
    let answer = match entra
        .graph
        .post(&entra.graph.url("/$batch"), &json!({ "requests": requests }))
        .await
    {
        Ok(answer) => answer,
        Err(error) => {
            return Ok((
                Vec::new(),
                None,
                incomplete(out, "a batch of members failed", error).await?,
            ));
        }
    };
    let answers = answer["responses"].as_array();
    let (mut failed, mut wait, mut whole) = (Vec::new(), None, true);
    for (at, group) in groups.iter().enumerate() {
        let inner = answers
            .into_iter()
            .flatten()
            .find(|inner| inner["id"].as_str() == Some(&at.to_string()));
        let Some(inner) = inner else {
            failed.push(group.clone()); // not answered: as good as failed
            continue;
        };
        let status = inner["status"]
            .as_u64()
            .and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
        let status = status.unwrap_or(StatusCode::BAD_GATEWAY);
        let asked = inner["headers"]["Retry-After"].as_str().and_then(parse_seconds);
        let error = if status.is_success() {
            one_group(entra, out, group, inner["body"].clone()).await.err()
        } else {
            Some(judge(status, &inner["body"], asked))
        };
        match error {
            None => {}
            // Deleted since it was listed: gone, as a fact about this group only.
            Some(GraphError::Missing(_)) if status == StatusCode::NOT_FOUND => {
                drop(
                    out.send(Ok(Batch::Records(vec![Record::GroupGone(group.clone())])))
                        .await,
                );
            }
            Some(GraphError::Transient(_, asked)) => {
                wait = wait.max(asked);
                failed.push(group.clone());
            }
            Some(error) => whole &= incomplete(out, &format!("members of group `{group}`"), error).await?,
        }
    }
    Ok((failed, wait, whole))
}

/// The members of one group, its further pages followed; then the word that they are all.
async fn one_group(entra: &Entra, out: &Out, group: &ExternalId, first: Value) -> Result<(), GraphError> {
    let link = entra
        .graph
        .url(&format!("/groups/{group}/members?$select=id&$top=999"));
    let mut chain = Chain::new(link, Some(first));
    while let Some(page) = chain.page(&entra.graph).await? {
        let mut records = Vec::new();
        for row in rows::list(&page)? {
            if let Some(kind) = rows::kind(row) {
                records.push(Record::Member {
                    group: group.clone(),
                    member: rows::id(row)?,
                    kind,
                });
            }
        }
        drop(out.send(Ok(Batch::Records(records))).await);
    }
    drop(
        out.send(Ok(Batch::Records(vec![Record::MembersComplete(group.clone())])))
            .await,
    );
    Ok(())
}
