//! The read of who is assigned to the application: its users, its groups with their direct members. Entra does not extend an
//! assignment to groups in groups, so neither do we.
//!
//! No delta tells of assignments, nor of users who come with a group: each read is a full one.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use percent_encoding::utf8_percent_encode;
use serde_json::value::RawValue;

use super::chain::Chain;
use super::full::{anchor, list_groups, list_members, list_users};
use super::graph::GraphError;
use super::members::{KEPT, Known};
use super::page::ListPage;
use super::{Entra, GROUP_SELECT, Out, delta, rows};
use crate::connector::Denial;
use crate::connector::api::{Batch, CheckItem, Coverage, Result};
use crate::connector::row::texts;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// What reading assignments needs.
const PERMISSION: &str = "Application.Read.All";

/// Who is assigned.
#[derive(Debug, Default)]
struct Assigned {
    users: HashSet<ExternalId>,
    groups: HashSet<ExternalId>,
}

pub(super) async fn read(entra: Entra, out: Out) -> Result<Batch> {
    let full_at = entra.clock.now();
    let path = format!("/groups/delta?$deltatoken=latest&$select={GROUP_SELECT},members");
    let begun = anchor(&entra, &path).await?;
    tokio::time::sleep(entra.settle).await;
    let assigned = assignments(&entra)
        .await
        .map_err(|error| error.lacking(PERMISSION))?;
    let wanted = Mutex::new(assigned.users);
    let found = |records: &[Record]| {
        let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.extend(records.iter().filter_map(user));
    };
    let (groups, open, mut whole) =
        list_groups(&entra, &out, |group| assigned.groups.contains(group)).await?;
    let known = Known {
        users: HashSet::new(),
        groups,
    };
    let (_, all) = list_members(&entra, &out, known, open, &found).await?;
    // Who moved from a group not read yet into one read already was in neither.
    let moved = |row: &RawValue, records: &mut Vec<Record>| {
        if assigned.groups.contains(&rows::id(row)?) {
            rows::changed_group(row, records)?;
            found(records);
        }
        Ok(())
    };
    delta::round(&entra, &out, begun, None, moved).await?;
    let wanted = wanted.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (_, listed) = list_users(&entra, &out, |user| wanted.contains(user)).await?;
    whole &= all && listed;
    let cursor = Cursor {
        scope: entra.scope.clone(),
        token: "assigned".to_owned(),
        full_at,
    };
    Ok(Batch::End {
        coverage: if whole {
            Coverage::Everything
        } else {
            Coverage::ChangesOnly
        },
        cursor: whole.then_some(cursor),
    })
}

/// The user that a membership brings.
fn user(record: &Record) -> Option<ExternalId> {
    match record {
        Record::Member {
            member,
            kind: MemberKind::User,
            ..
        } => Some(member.clone()),
        _ => None,
    }
}

pub(super) async fn check(entra: &Entra) -> CheckItem {
    let outcome = match assignments(entra).await {
        Ok(assigned) => {
            let (users, groups) = (assigned.users.len(), assigned.groups.len());
            Ok(format!("allowed: {users} users, {groups} groups"))
        }
        Err(error) => Err(error.lacking(PERMISSION)),
    };
    CheckItem {
        what: "read assignments".to_owned(),
        outcome,
    }
}

async fn assignments(entra: &Entra) -> Result<Assigned, GraphError> {
    let graph = &entra.graph;
    let id = service_principal(entra).await?;
    let path = format!(
        "/servicePrincipals/{}/appRoleAssignedTo?$top=999",
        utf8_percent_encode(&id, KEPT)
    );
    let mut chain = Chain::<ListPage>::new(graph.url(&path), None);
    let mut assigned = Assigned::default();
    while let Some(page) = chain.page(graph).await? {
        for row in page.rows()? {
            let [whom, kind] = texts(row, ["principalId", "principalType"]).map_err(GraphError::from)?;
            let whom = whom.as_deref().filter(|id| !id.is_empty());
            let whom = whom.ok_or_else(|| {
                GraphError::Malformed("Graph answered an assignment without `principalId`".to_owned())
            })?;
            // One principal may have several roles.
            match kind.as_deref() {
                Some("User") => drop(assigned.users.insert(whom.into())),
                Some("Group") => drop(assigned.groups.insert(whom.into())),
                _ => {}
            }
        }
    }
    Ok(assigned)
}

/// The application as this tenant knows it. Without it nothing can be said of anybody.
async fn service_principal(entra: &Entra) -> Result<String, GraphError> {
    let client_id = entra.graph.client_id();
    let filter = utf8_percent_encode(client_id, KEPT);
    let path = format!("/servicePrincipals?$filter=appId%20eq%20'{filter}'&$select=id,appId");
    let page: ListPage = entra.graph.get(&entra.graph.url(&path)).await?;
    let found = match page.rows()?.first() {
        Some(row) => texts(row, ["id"])?,
        None => [None],
    };
    let [found] = found;
    found.map(String::from).ok_or_else(|| {
        let what = format!(
            "the tenant has no enterprise application of `{client_id}`; hint: consent to the application again"
        );
        GraphError::Denied(Denial::ApplicationUnknown, what)
    })
}
