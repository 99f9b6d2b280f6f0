//! The full read: users and groups, held against Keycloak's own counts, then the members of each group.

use std::collections::HashSet;

use super::groups::Tree;
use super::memory::{Place, State, more};
use super::source::Keycloak;
use crate::connector::api::{Batch, ConnectorError, Coverage, Result};
use crate::connector::jwt::fresh_id;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::connector::tally::Tally;
use crate::model::record::Record;

/// How many passes are made over a list whose count disagrees.
const PASSES: u32 = 3;

pub(super) async fn read(keycloak: Keycloak, out: Out) -> Result<Batch> {
    let full_at = keycloak.clock.now();
    let Some(users) = users(&keycloak, &out).await? else {
        return Ok(incomplete());
    };
    let Some(groups) = groups(&keycloak, &out).await? else {
        return Ok(incomplete());
    };
    drop(
        out.send(Ok(Batch::Records(groups.tree.nesting().collect())))
            .await,
    );
    let ids = groups.tree.ids.iter().map(|id| id.as_str().into()).collect();
    let all_members = keycloak.tell_members(&out, ids).await?;
    if !(users.whole && groups.whole && all_members) {
        return Ok(incomplete());
    }
    let place = Place {
        memory: fresh_id().map_err(ConnectorError::Malformed)?,
        since: users.begun.unwrap_or(full_at),
        verified_at: full_at,
        group: None,
        user: 0,
    };
    let state = State {
        uncounted: (users.uncounted(), groups.uncounted()),
        users: users.ids.iter().map(|id| id.as_str().into()).collect(),
        groups: groups.tree.places(),
        ..State::default()
    };
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(keycloak.keep(place, state, full_at)?),
    })
}

/// All users.
pub(super) struct Users {
    pub(super) ids: HashSet<String>,
    count: u64,
    /// Their count agrees, or is not trusted.
    pub(super) whole: bool,
    /// Keycloak's time before the list, milliseconds since 1970.
    begun: Option<i64>,
}

impl Users {
    /// How many more are counted than told.
    pub(super) fn uncounted(&self) -> i64 {
        more(self.count, self.ids.len())
    }
}

/// All groups.
pub(super) struct Groups {
    pub(super) tree: Tree,
    count: u64,
    pub(super) whole: bool,
}

impl Groups {
    /// How many more are counted than told.
    pub(super) fn uncounted(&self) -> i64 {
        more(self.count, self.tree.ids.len())
    }
}

pub(super) fn incomplete() -> Batch {
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

/// Tells all users; `None` where they could not be read.
pub(super) async fn users(keycloak: &Keycloak, out: &Out) -> Result<Option<Users>> {
    let (mut told, mut first) = (HashSet::new(), None);
    let mut before: Option<(HashSet<String>, u64)> = None;
    for pass in 1.. {
        let read = async { Ok((keycloak.list_users(out).await?, keycloak.count_users().await?)) };
        let ((ids, begun), count) = match read.await {
            Ok(read) => read,
            Err(error) => return unread(out, "users", error).await,
        };
        first = first.or(begun);
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
        return Ok(Some(Users {
            ids,
            count,
            whole,
            begun: first,
        }));
    }
    Ok(None)
}

/// Tells all groups; `None` where they could not be read.
pub(super) async fn groups(keycloak: &Keycloak, out: &Out) -> Result<Option<Groups>> {
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
        return Ok(Some(Groups { tree, count, whole }));
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
