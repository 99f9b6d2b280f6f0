//! What differs from the read before: the lists whole, the members of groups that may have moved, and of some in turn.

use std::collections::{BTreeSet, HashSet};

use super::hints::{self, Hints};
use super::lists;
use super::members::{self, Who};
use super::memory::{Place, State};
use super::source::GoogleSource;
use crate::connector::api::{Batch, Result};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::ExternalId;

/// Within so long every group's members are read, whatever no hint says of them; milliseconds.
const ROUND: i64 = 86_400_000;

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
    let (users, begun) = lists::users(source, out, &known.users).await?;
    let mut groups = lists::groups(source, out, known).await?;
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
    let reads: Vec<_> = groups.moved.iter().map(|id| (id.clone(), members(id))).collect();
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

/// The groups whose turn it is: the part of all of them that the time since the last turn is of the round.
pub(super) fn turn(known: &State, place: &Place, now: i64) -> BTreeSet<ExternalId> {
    let elapsed = now.saturating_sub(place.verified_at).clamp(0, ROUND);
    let all = known.groups.len() as u64;
    let due =
        (u128::from(all) * u128::from(elapsed.unsigned_abs())).div_ceil(u128::from(ROUND.unsigned_abs()));
    let due = usize::try_from(due).unwrap_or(usize::MAX);
    let after = place.verified.as_deref().unwrap_or_default();
    let (before, rest): (Vec<_>, Vec<_>) = known.groups.keys().partition(|id| id.as_str() <= after);
    rest.into_iter().chain(before).take(due).cloned().collect()
}

/// After which group the next turn goes on.
pub(super) fn turned(turn: &BTreeSet<ExternalId>, place: &Place) -> Option<String> {
    let after = place.verified.clone().unwrap_or_default();
    // Where it went beyond the end, it goes on after the last of those from the beginning.
    let wrapped = turn.iter().rfind(|id| id.as_str() <= after.as_str());
    let last = wrapped.or_else(|| turn.last());
    last.map(|id| id.as_str().to_owned())
        .or_else(|| place.verified.clone())
}

#[cfg(test)]
mod tests {
    use super::super::memory::Known;
    use super::*;

    fn state(groups: usize) -> State {
        let groups = (0..groups).map(|number| (format!("g{number:02}").as_str().into(), Known::default()));
        State {
            groups: groups.collect(),
            ..State::default()
        }
    }

    #[test]
    fn every_group_has_its_turn_within_a_day() {
        let state = state(50);
        let mut place = Place {
            memory: String::new(),
            since: 0,
            verified_at: 0,
            verified: None,
        };
        let mut seen = BTreeSet::new();
        for hour in 1..=24 {
            let now = hour * 3_600_000;
            let due = turn(&state, &place, now);
            assert_eq!(due.len(), 3, "of 50 within an hour of 24");
            (place.verified, place.verified_at) = (turned(&due, &place), now);
            seen.extend(due);
        }
        assert_eq!(seen.len(), 50);
        assert!(
            turn(&state, &place, place.verified_at).is_empty(),
            "no time, no turn"
        );
        assert_eq!(turn(&state, &place, i64::MAX).len(), 50);
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_turn() {
        let place = Place {
            memory: String::new(),
            since: 0,
            verified_at: 1_000,
            verified: Some("g01".to_owned()),
        };
        assert!(turn(&state(3), &place, 0).is_empty());
        assert_eq!(turned(&BTreeSet::new(), &place).as_deref(), Some("g01"));
    }
}
