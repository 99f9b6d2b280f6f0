//! The full read: lists and all members, then what changed meanwhile.

use std::collections::BTreeSet;

use super::changes::{self, Besides};
use super::lists::{self, Groups};
use super::members::{self, Who};
use super::memory::{Place, State};
use super::source::GoogleSource;
use crate::connector::ConnectorError;
use crate::connector::api::{Batch, Coverage, Result};
use crate::connector::jwt::fresh_id;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::connector::tally::Tally;
use crate::model::ExternalId;

pub(super) async fn read(source: GoogleSource, out: Out) -> Result<Batch> {
    let full_at = source.google.clock.now();
    let nothing = State::default();
    let mut whole = true;
    let (users, groups) = tokio::join!(
        lists::users(&source, &out, &nothing.users),
        lists::groups(&source, &out, &nothing)
    );
    let (users, begun) = or_incomplete(&out, "users", users, &mut whole).await?;
    let groups = or_incomplete::<Groups>(&out, "groups", groups, &mut whole).await?;
    let mut order: Vec<_> = groups.known.keys().map(|id| (id.clone(), None)).collect();
    groups.largest_first(&mut order);
    let mut first = State {
        users,
        groups: groups.known,
        ..State::default()
    };
    whole &= list_members(&source, &out, &mut first, order).await?;
    if !whole {
        return Ok(incomplete_end());
    }
    // Who changed while the lists were read may be in none of them; a read of a large customer takes minutes.
    let besides = Besides {
        hints: None,
        turn: &BTreeSet::new(),
    };
    let second = changes::read(&source, &out, &first, besides).await;
    let second = second.map(|read| read.state);
    let state = or_incomplete::<State>(&out, "changes of the meantime", second, &mut whole).await?;
    if !whole {
        return Ok(incomplete_end());
    }
    let place = Place {
        memory: fresh_id().map_err(ConnectorError::Malformed)?,
        since: begun.unwrap_or(full_at),
        verified_at: full_at,
        verified: None,
    };
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(source.keep(place, state, full_at)?),
    })
}

fn incomplete_end() -> Batch {
    Batch::End {
        coverage: Coverage::ChangesOnly,
        cursor: None,
    }
}

/// What was read, or that it could not be. Where a person must act, the run ends instead.
async fn or_incomplete<T: Default>(
    out: &Out,
    what: &str,
    read: Result<T, RestError>,
    whole: &mut bool,
) -> Result<T> {
    match read {
        Ok(read) => Ok(read),
        Err(error) if is_refusal(&error) => Err(error.into()),
        Err(error) => {
            *whole = false;
            let what = format!("not all {what} could be read: {}", error.into_sentence());
            drop(out.send(Ok(Batch::Incomplete(what))).await);
            Ok(T::default())
        }
    }
}

fn is_refusal(error: &RestError) -> bool {
    matches!(
        error,
        RestError::Unauthorised(_) | RestError::Refused(_) | RestError::Denied(..)
    )
}

/// The members of all groups; answers whether all could be read.
async fn list_members(
    source: &GoogleSource,
    out: &Out,
    state: &mut State,
    groups: Vec<(ExternalId, Option<u64>)>,
) -> Result<bool> {
    let who = Who {
        users: &state.users,
        groups: &state.groups,
    };
    let mut outcome = members::read_all(source, out, who, groups).await;
    let strangers = outcome
        .read
        .iter()
        .filter_map(|(_, read)| *read)
        .map(|read| read.strangers);
    let strangers = strangers.map(|count| count as u64).sum();
    let strangers = Tally::unresolved("members that belong to another organisation", strangers);
    drop(out.send(Ok(Batch::Tally(strangers))).await);
    state.note(outcome.read);
    let failed = outcome.failed.len();
    let Some((group, error)) = outcome.failed.pop() else {
        return Ok(true);
    };
    let mut whole = true;
    let what = format!("members of {failed} groups, `{group}` among them,");
    or_incomplete::<()>(out, &what, Err(error), &mut whole).await?;
    Ok(whole)
}
