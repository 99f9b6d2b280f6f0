//! The increment: what admin events name is read again, and some of the rest in turn; Keycloak's counts are held against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::events::{self, Hints};
use super::full::{self, incomplete};
use super::memory::{Place, State, more};
use super::source::{Keycloak, PARALLEL};
use super::subtree;
use crate::connector::api::{Batch, ConnectorError, Coverage, Result};
use crate::connector::jwt::fresh_id;
use crate::connector::rest::RestError;
use crate::connector::rounds::{due, turn, turned};
use crate::connector::stream::Out;
use crate::connector::tally::Tally;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// More users than this who came to, or left, one group are read faster by the group's list.
const FEW: usize = 10;

pub(super) async fn read(
    keycloak: Keycloak,
    out: Out,
    place: Place,
    known: Arc<State>,
    full_at: i64,
) -> Result<Batch> {
    let now = keycloak.clock.now();
    let mut hints = events::read(&keycloak, place.since, &known.events).await?;
    let mut next = Place {
        memory: fresh_id().map_err(ConnectorError::Malformed)?,
        since: hints.begun.unwrap_or(now).max(place.since),
        verified_at: now.max(place.verified_at),
        ..place.clone()
    };
    let mut state = (*known).clone();
    state.events = std::mem::take(&mut hints.events);
    let elapsed = now.saturating_sub(place.verified_at);
    let whole = users(&keycloak, &out, &mut hints, &mut state).await?
        && groups(&keycloak, &out, &mut hints, &mut state).await?;
    let read = whole && {
        let after = place.group.as_deref();
        let turn = turn(known.groups.keys(), after, due(known.groups.len(), elapsed));
        next.group = turned(&turn, after);
        next.user = keycloak
            .verify_users(&out, &mut state, place.user, elapsed)
            .await?;
        members(&keycloak, &out, &hints, turn, &state).await?
    };
    if !read {
        // What it told may be added to the directory all the same.
        keycloak.memory.keep(next.memory, state);
        return Ok(incomplete());
    }
    Ok(Batch::End {
        coverage: Coverage::ChangesOnly,
        cursor: Some(keycloak.keep(next, state, full_at)?),
    })
}

/// Users that events name, or all of them; answers whether that was everything to be read.
async fn users(keycloak: &Keycloak, out: &Out, hints: &mut Hints, state: &mut State) -> Result<bool> {
    let named = std::mem::take(&mut hints.users);
    let pages = state.users.len() / keycloak.page().max(1);
    let mut all = hints.all_users || named.len() > pages.max(20);
    if !all {
        keycloak.tell_users(out, named, &mut state.users).await?;
        let count = keycloak.count_users().await?;
        drop(out.send(Ok(Batch::Tally(Tally::totals(Some(count), None)))).await);
        // Somebody came or went of whom no event tells.
        all = more(count, state.users.len()) != state.uncounted.0;
    }
    if !all {
        return Ok(true);
    }
    let Some(users) = full::users(keycloak, out).await? else {
        return Ok(false);
    };
    if !users.whole {
        return Ok(false);
    }
    state.uncounted.0 = users.uncounted();
    let now = users.ids.iter().map(|id| id.as_str().into()).collect();
    let before = std::mem::replace(&mut state.users, now);
    let gone = before.into_iter().filter(|id| !state.users.contains(id));
    drop(
        out.send(Ok(Batch::Records(gone.map(Record::UserGone).collect())))
            .await,
    );
    Ok(true)
}

/// Groups that events name, or all of them; answers whether that was everything to be read.
async fn groups(keycloak: &Keycloak, out: &Out, hints: &mut Hints, state: &mut State) -> Result<bool> {
    let named = std::mem::take(&mut hints.groups);
    let doubted = state.groups.values().any(|within| within.doubted);
    let mut places = None;
    if !hints.all_groups && !doubted {
        places = subtree::read(keycloak, out, state, &named).await?;
    }
    if let Some(now) = &places {
        let count = keycloak.count_groups().await?;
        drop(out.send(Ok(Batch::Tally(Tally::totals(None, Some(count))))).await);
        if more(count, now.len()) != state.uncounted.1 {
            places = None;
        }
    }
    let places = if let Some(places) = places {
        places
    } else {
        let Some(groups) = full::groups(keycloak, out).await? else {
            return Ok(false);
        };
        if !groups.whole {
            return Ok(false);
        }
        state.uncounted.1 = groups.uncounted();
        groups.tree.places()
    };
    let before = std::mem::replace(&mut state.groups, places);
    subtree::tell_moves(out, &before, &state.groups).await;
    Ok(true)
}

/// Memberships that events name, by user or by group as is less to read, and those of groups whose turn it is.
async fn members(
    keycloak: &Keycloak,
    out: &Out,
    hints: &Hints,
    turn: BTreeSet<ExternalId>,
    state: &State,
) -> Result<bool> {
    let mut of: BTreeMap<&ExternalId, Vec<&ExternalId>> = BTreeMap::new();
    for (group, user) in &hints.memberships {
        of.entry(group).or_default().push(user);
    }
    let mut lists = turn;
    let mut people = BTreeSet::new();
    for (group, users) in of {
        if users.len() > FEW {
            lists.insert(group.clone());
        } else if !lists.contains(group) {
            people.extend(
                users
                    .into_iter()
                    .filter(|user| state.users.contains(*user))
                    .cloned(),
            );
        }
    }
    let one = |user: ExternalId| async move { keycloak.groups_of(&user).await };
    let mut asks = stream::iter(people).map(one).buffer_unordered(PARALLEL);
    while let Some(records) = asks.next().await {
        drop(out.send(Ok(Batch::Records(records?))).await);
    }
    lists.retain(|group| state.groups.contains_key(group));
    for group in &lists {
        drop(out.send(Ok(Batch::Records(nesting(state, group)))).await);
    }
    Ok(keycloak.tell_members(out, lists.into_iter().collect()).await?)
}

/// The groups directly within one, as memberships.
pub(super) fn nesting(state: &State, group: &ExternalId) -> Vec<Record> {
    let edge = |member: &ExternalId| Record::Member {
        group: group.clone(),
        member: member.clone(),
        kind: MemberKind::Group,
    };
    state.children(group).map(edge).collect()
}

impl Keycloak {
    /// How many objects a page has.
    pub(super) fn page(&self) -> usize {
        usize::try_from(self.config.page_size).unwrap_or(usize::MAX)
    }

    /// Tells the users of so many pages as that time is worth, going on at this place of the list; answers where the next turn does.
    async fn verify_users(
        &self,
        out: &Out,
        state: &mut State,
        place: u64,
        elapsed: i64,
    ) -> Result<u64, RestError> {
        let pages = due(state.users.len().div_ceil(self.page().max(1)), elapsed);
        let mut first = place;
        for _ in 0..pages {
            let rows = self.page_of_users(first).await?;
            let came = rows.len();
            let users: Vec<_> = rows.iter().map(|row| self.user(row)).collect();
            state.users.extend(users.iter().map(|user| user.id.clone()));
            drop(
                out.send(Ok(Batch::Records(users.into_iter().map(Record::User).collect())))
                    .await,
            );
            first += came as u64;
            if came < self.page() {
                first = 0;
            }
        }
        Ok(first)
    }
}
