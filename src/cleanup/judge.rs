//! One user judged by one policy, as if nobody else were there. Pure.

use std::sync::Arc;

use super::config::Guests;
use super::facts::{Facts, Place};
use super::policy::{Act, Policy};
use super::why::Why;
use crate::model::name::fold;

/// What a user by itself deserves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// Nothing.
    Keep(Why),
    /// To be held; stale since then, by which the longest stale come first.
    Stale(i64, Why),
    /// Stale since then, and to be held from that moment on, which is so near that a warning is due.
    Soon(i64, i64, Why),
    /// To go on to these stages, a bit each.
    Due(u64, Why),
    /// To be released; returned then.
    Returned(i64, Why),
}

/// Judges a user.
pub(super) fn judge(policy: &Policy, place: &Place, facts: &Facts<'_>, now: i64) -> Judged {
    if facts.hold.is_some() {
        return held(policy, place, facts, now);
    }
    if let Some(why) = left_alone(policy, facts) {
        return Judged::Keep(why);
    }
    let listening = match &place.listening {
        Ok(since) => *since,
        Err(_) => return Judged::Keep(Why::NoEvidence),
    };
    if let Some(since) = facts.vanished_since {
        return gone(policy, facts, since, now);
    }
    if !facts.source_active {
        return Judged::Keep(Why::Disabled);
    }
    unseen(policy, facts, listening, now)
}

/// Why the policy has nothing to say about a user.
fn left_alone(policy: &Policy, facts: &Facts<'_>) -> Option<Why> {
    if policy.protects(facts.folded) {
        return Some(Why::Protected);
    }
    if policy.excludes_user(facts.folded) {
        return Some(Why::ExcludedUser);
    }
    if let Some(group) = facts.excluded_group {
        return Some(Why::ExcludedGroup(group.into()));
    }
    if policy.asks_domains() {
        let domain = facts.email.rsplit_once('@').map(|(_, domain)| fold(domain));
        let domain = domain.unwrap_or_default();
        if policy.excludes_domain(&domain) {
            return Some(Why::ExcludedDomain);
        }
        if !policy.is_about(&domain) {
            return Some(Why::OtherDomain);
        }
    }
    match policy.guests {
        Guests::Exclude if facts.guest => Some(Why::Guest),
        Guests::Only if !facts.guest => Some(Why::NoGuest),
        Guests::Include | Guests::Exclude | Guests::Only => None,
    }
}

fn held(policy: &Policy, place: &Place, facts: &Facts<'_>, now: i64) -> Judged {
    let Some(hold) = facts.hold else {
        return Judged::Keep(Why::Disabled); // who is not held is not judged here
    };
    if hold.policy.as_deref() != Some(&*policy.name) {
        return Judged::Keep(Why::HeldByOther(Arc::clone(&hold.actor)));
    }
    // Being seen is a fact whatever else is doubtful: a return never waits for healthy evidence.
    if hold.release_on_return
        && let Some((at, lane)) = facts.seen.filter(|(at, _)| *at > hold.since)
    {
        return Judged::Returned(at, Why::Returned(at, lane));
    }
    if left_alone(policy, facts).is_some() {
        return Judged::Keep(Why::HeldThoughLeftAlone);
    }
    if place.listening.is_err() {
        return Judged::Keep(Why::Held(hold.since));
    }
    let age = now.saturating_sub(hold.since);
    let mut due = 0;
    for (at, stage) in policy.stages.iter().enumerate() {
        let undone = facts.stages_done & (1 << at) == 0;
        if undone && stage.after <= age {
            due |= 1 << at;
        }
    }
    if due == 0 {
        return Judged::Keep(Why::Held(hold.since));
    }
    Judged::Due(due, Why::Due(hold.since))
}

fn gone(policy: &Policy, facts: &Facts<'_>, since: i64, now: i64) -> Judged {
    let Some(long) = policy.gone_for else {
        return Judged::Keep(Why::Gone);
    };
    let last = since.max(facts.seen.map_or(i64::MIN, |(at, _)| at));
    let last = last.max(facts.released_at.unwrap_or(i64::MIN));
    if now.saturating_sub(last) < long {
        return Judged::Keep(Why::GoneSince(since));
    }
    Judged::Stale(last, Why::GoneFor(since))
}

/// Somebody whom the source has enabled: last seen long ago, or never.
fn unseen(policy: &Policy, facts: &Facts<'_>, listening: i64, now: i64) -> Judged {
    // An account is no older than itself, whatever date was told of it.
    let born = facts.created_at.max(facts.released_at.unwrap_or(i64::MIN));
    let (asked, last, young, stale) = match facts.seen {
        Some((at, lane)) if policy.inactive_for.is_none() => return Judged::Keep(Why::SeenOnly(at, lane)),
        Some((at, lane)) => (
            policy.inactive_for,
            at.max(born),
            Why::SeenAt(at, lane),
            Why::Idle(at, lane),
        ),
        None => {
            let created = facts.created_at;
            (
                policy.never_seen_for,
                born,
                Why::CreatedAt(created),
                Why::Unseen(created),
            )
        }
    };
    let Some(long) = asked else {
        return Judged::Keep(Why::NeverSeen);
    };
    // Who is warned is looked at so much earlier.
    let soon = now.saturating_add(policy.warning.map_or(0, |warning| warning.before));
    let (unseen, unheard) = (last.saturating_add(long), listening.saturating_add(long));
    if soon < unseen {
        return Judged::Keep(match facts.released_at {
            Some(at) if at == last => Why::ReleasedAt(at),
            _ if last == facts.created_at => Why::CreatedAt(last),
            _ => young,
        });
    }
    if soon < unheard {
        return Judged::Keep(Why::ListeningSince(listening));
    }
    let due = unseen.max(unheard);
    if due > now {
        return Judged::Soon(last, due, stale);
    }
    Judged::Stale(last, stale)
}

impl Policy {
    /// The stages, a bit each, of a hold that has just begun.
    pub(super) fn stages_at_once(&self) -> u64 {
        let at_once = self
            .stages
            .iter()
            .enumerate()
            .filter(|(_, stage)| stage.after == 0);
        at_once.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// Whether any of these stages cannot be taken back.
    pub(super) fn erases(&self, stages: u64) -> bool {
        let among = |at: usize| stages & (1 << at) != 0;
        let mut all = self.stages.iter().enumerate();
        all.any(|(at, stage)| among(at) && !matches!(stage.act, Act::Leave(_)))
    }
}
