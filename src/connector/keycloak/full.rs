//! The read: users and groups, held against Keycloak's own counts, then the members of each group.

use std::collections::HashSet;

use super::groups::Tree;
use super::source::Keycloak;
use crate::connector::api::{Batch, Coverage, Result};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::connector::tally::Tally;
use crate::model::record::Record;

/// How many passes are made over a list whose count disagrees.
const PASSES: u32 = 3;

pub(super) async fn read(keycloak: Keycloak, out: Out) -> Result<Batch> {
    let full_at = keycloak.clock.now();
    let Some(mut whole) = users(&keycloak, &out).await? else {
        return Ok(incomplete());
    };
    let Some((tree, complete)) = groups(&keycloak, &out).await? else {
        return Ok(incomplete());
    };
    whole &= complete;
    drop(out.send(Ok(Batch::Records(tree.nesting().collect()))).await);
    let groups = tree.ids.into_iter().map(Into::into).collect();
    whole &= keycloak.tell_members(&out, groups).await?;
    if !whole {
        return Ok(incomplete());
    }
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(keycloak.cursor(full_at)),
    })
}

fn incomplete() -> Batch {
    Batch::End {
        coverage: Coverage::ChangesOnly,
        cursor: None,
    }
}

/// Says that a list could not be read. Without credentials or the permission there is nothing to go on with.
async fn unread<T>(out: &Out, what: &str, error: RestError) -> Result<Option<T>> {
    if let RestError::Unauthorised(_) | RestError::Refused(_) | RestError::Denied(..) = error {
        return Err(error.into());
    }
    let what = format!("not all {what} could be read: {}", error.into_sentence());
    drop(out.send(Ok(Batch::Incomplete(what))).await);
    Ok(None)
}

/// Whether all users were told; `None` where they could not be read.
async fn users(keycloak: &Keycloak, out: &Out) -> Result<Option<bool>> {
    let mut told = HashSet::new();
    let mut before: Option<(HashSet<String>, u64)> = None;
    for pass in 1.. {
        let read = async { Ok((keycloak.list_users(out).await?, keycloak.count_users().await?)) };
        let (ids, count) = match read.await {
            Ok(read) => read,
            Err(error) => return unread(out, "users", error).await,
        };
        let verdict = judge(
            "users",
            ids.len(),
            count,
            before
                .as_ref()
                .is_some_and(|last| last.0 == ids && last.1 == count),
            pass,
        );
        told.extend(ids.iter().cloned());
        let Some(verdict) = verdict else {
            before = Some((ids, count));
            continue;
        };
        drop(out.send(Ok(Batch::Tally(Tally::totals(Some(count), None)))).await);
        let whole = settle(keycloak, out, verdict).await;
        // A list that is not proven whole proves nobody gone.
        let gone = told.difference(&ids).filter(|_| whole);
        let gone = gone.map(|id| Record::UserGone(id.as_str().into()));
        drop(out.send(Ok(Batch::Records(gone.collect()))).await);
        return Ok(Some(whole));
    }
    Ok(None)
}

/// The groups, and whether they are all; `None` where they could not be read.
async fn groups(keycloak: &Keycloak, out: &Out) -> Result<Option<(Tree, bool)>> {
    let mut told = HashSet::new();
    let mut before: Option<(HashSet<String>, u64)> = None;
    for pass in 1.. {
        let read = async { Ok((keycloak.list_groups(out).await?, keycloak.count_groups().await?)) };
        let (tree, count) = match read.await {
            Ok(read) => read,
            Err(error) => return unread(out, "groups", error).await,
        };
        let agree = before
            .as_ref()
            .is_some_and(|last| last.0 == tree.ids && last.1 == count);
        let verdict = judge("groups", tree.ids.len(), count, agree, pass);
        told.extend(tree.ids.iter().cloned());
        let Some(verdict) = verdict else {
            before = Some((tree.ids, count));
            continue;
        };
        drop(out.send(Ok(Batch::Tally(Tally::totals(None, Some(count))))).await);
        let whole = settle(keycloak, out, verdict).await;
        let gone = told.difference(&tree.ids).filter(|_| whole);
        let gone = gone.map(|id| Record::GroupGone(id.as_str().into()));
        drop(out.send(Ok(Batch::Records(gone.collect()))).await);
        return Ok(Some((tree, whole)));
    }
    Ok(None)
}

/// What becomes of a list that was read.
enum Verdict {
    Whole,
    /// Keycloak counts fewer than it tells, pass after pass.
    More(String),
    Fewer(String),
    Moves(String),
}

/// `None`: another pass is needed. Two passes that agree are not of a moving list.
fn judge(what: &str, told: usize, count: u64, agree: bool, pass: u32) -> Option<Verdict> {
    let told = told as u64;
    match told.cmp(&count) {
        std::cmp::Ordering::Equal => Some(Verdict::Whole),
        std::cmp::Ordering::Less if agree => Some(Verdict::Fewer(format!(
            "Keycloak counts {count} {what}, and tells {told} of them"
        ))),
        std::cmp::Ordering::Greater if agree => Some(Verdict::More(format!(
            "Keycloak tells {told} {what}, and counts {count} of them"
        ))),
        _ if pass >= PASSES => Some(Verdict::Moves(format!(
            "the list of {what} moves while it is read, {PASSES} times in a row"
        ))),
        _ => None,
    }
}

async fn settle(keycloak: &Keycloak, out: &Out, verdict: Verdict) -> bool {
    let (batch, whole) = match verdict {
        Verdict::Whole => return true,
        Verdict::More(what) => (Batch::Notice(what), true),
        Verdict::Fewer(what) if !keycloak.config.trust_counts => (Batch::Notice(what), true),
        Verdict::Fewer(what) | Verdict::Moves(what) => (Batch::Incomplete(what), false),
    };
    drop(out.send(Ok(batch)).await);
    whole
}
