//! What differs from the read before: the lists whole, the members of groups that may have moved, and of some in turn.

use std::collections::{BTreeSet, HashSet};

use super::hints::{self, Hints};
use super::lists;
use super::members::{self, Who};
use super::memory::State;
use super::source::GoogleSource;
use crate::connector::api::{Batch, Result};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::ExternalId;

/// Which groups are read besides those that the lists say have moved.
pub(super) struct Besides<'a> {
    /// Ask the audit log since then.
    pub(super) hints: Option<i64>,
    pub(super) turn: &'a BTreeSet<ExternalId>,
}

/// What a read found.
pub(super) struct Read {
    /// What is there now.
    pub(super) state: State,
    /// Google's time at the beginning.
    pub(super) begun: Option<i64>,
    /// The audit log was asked and refused: what it would have told is still to be asked for.
    pub(super) unheard: bool,
}

/// Tells all that differs from `known`.
pub(super) async fn read(
    source: &GoogleSource,
    out: &Out,
    known: &State,
    besides: Besides<'_>,
) -> Result<Read, RestError> {
    let ((users, begun), mut groups) = tokio::try_join!(
        lists::users(source, out, &known.users),
        lists::groups(source, out, known)
    )?;
    let (mut events, mut unheard) = (HashSet::new(), false);
    if let Some(since) = besides.hints {
        let hints = match hints::read(source, since, &groups, &known.events).await {
            Err(RestError::Refused(why) | RestError::Denied(_, why) | RestError::Unauthorised(why)) => {
                let what = format!(
                    "the audit log cannot be read, so changed groups may be noticed a day late: {why}"
                );
                drop(out.send(Ok(Batch::Notice(what))).await);
                unheard = true;
                Hints {
                    events: known.events.clone(),
                    ..Hints::default()
                }
            }
            hints => hints?,
        };
        groups.moved.extend(hints.groups);
        events = hints.events;
    }
    let turn = besides.turn.iter().filter(|id| groups.known.contains_key(*id));
    groups.moved.extend(turn.cloned());
    // Whoever is new is in the groups of everybody; those whose own list is as before do not tell it.
    for (group, _) in groups.known.iter().filter(|(_, known)| known.everybody) {
        let new = users.keys().filter(|id| !known.users.contains_key(*id));
        members::send_everybody(out, group, new).await;
    }
    let members = |id: &ExternalId| groups.known.get(id).and_then(|known| known.members);
    let mut reads: Vec<_> = groups.moved.iter().map(|id| (id.clone(), members(id))).collect();
    groups.largest_first(&mut reads);
    let who = Who {
        users: &users,
        groups: &groups.known,
    };
    let outcome = members::read_all(source, out, who, reads).await;
    if let Some((group, error)) = outcome.failed.into_iter().next() {
        return Err(error.within(&format!("the members of group `{group}`")));
    }
    let mut now = State {
        users,
        groups: groups.known,
        events,
    };
    now.note(outcome.read);
    Ok(Read {
        state: now,
        begun,
        unheard,
    })
}

impl State {
    /// What was read of groups.
    pub(super) fn note(&mut self, read: Vec<(ExternalId, Option<members::Read>)>) {
        for (group, read) in read {
            let Some(read) = read else {
                self.groups.remove(&group);
                continue;
            };
            if let Some(known) = self.groups.get_mut(&group) {
                (known.members, known.everybody) = (Some(read.digest), read.everybody);
            }
        }
    }
}
