//! One webhook with what its pings came to: when to try again, when to give up.

use serde::{Deserialize, Serialize};

use crate::model::Seq;

/// Changes within so long of a ping are one more ping, in milliseconds.
const GATHERED: i64 = 2_000;
/// The waits after failures: from the first to the longest, in milliseconds.
const WAITS: (i64, i64) = (10_000, 3_600_000);
/// After so long of nothing but failure a webhook is removed, in milliseconds.
const PATIENCE: i64 = 7 * 86_400_000;

/// A registered webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub id: u64,
    /// Whose it is.
    pub application: String,
    /// Where to.
    pub endpoint: String,
    /// What the application wants to recognise the sender by.
    pub token: Option<String>,
    /// The heads that it knows of.
    pub(super) told: Vec<Seq>,
    /// Milliseconds since 1970 of the first failure after the last success.
    pub(super) failing_since: Option<i64>,
}

/// A webhook at work.
pub(super) struct State {
    pub(super) webhook: Webhook,
    pub(super) failures: u32,
    pub(super) next_at: i64,
    pub(super) on_its_way: bool,
}

/// A ping that is due.
#[derive(Clone, Debug)]
pub struct Ping {
    pub(super) id: u64,
    pub(super) heads: Vec<Seq>,
    /// Where to.
    pub endpoint: String,
    /// What the application wants to recognise the sender by.
    pub token: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Nothing,
    Write(Webhook),
    GiveUp,
}

impl State {
    pub(super) fn of(webhook: Webhook) -> Self {
        Self {
            webhook,
            failures: 0,
            next_at: 0,
            on_its_way: false,
        }
    }

    /// What a ping came to; `random` moves the wait.
    pub(super) fn settle(&mut self, ping: &Ping, sent: Result<(), String>, now: i64, random: u32) -> Outcome {
        self.on_its_way = false;
        let Err(why) = sent else {
            self.failures = 0;
            self.next_at = now + GATHERED;
            self.webhook.failing_since = None;
            self.webhook.told.clone_from(&ping.heads);
            return Outcome::Write(self.webhook.clone());
        };
        let (id, application) = (self.webhook.id, &self.webhook.application);
        let first = self.webhook.failing_since.is_none();
        let since = *self.webhook.failing_since.get_or_insert(now);
        if now - since >= PATIENCE {
            tracing::warn!(
                webhook = id,
                application,
                why,
                "removed webhook {id} of `{application}`: it has failed for a week"
            );
            return Outcome::GiveUp;
        }
        self.failures = self.failures.saturating_add(1);
        self.next_at = now + wait(self.failures, random);
        if first {
            tracing::warn!(
                webhook = id,
                application,
                why,
                "webhook {id} of `{application}` cannot be told: {why}"
            );
            return Outcome::Write(self.webhook.clone());
        }
        Outcome::Nothing
    }
}

/// 10, 20, 40 … seconds up to an hour, of which a random half is left out.
fn wait(failures: u32, random: u32) -> i64 {
    let whole = WAITS
        .0
        .saturating_mul(1 << failures.saturating_sub(1).min(20))
        .min(WAITS.1);
    whole / 2 + (whole / 2) * i64::from(random % 1_000) / 1_000
}

/// Moves the waits of many; one that is not random moves none.
pub(super) fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (State, Ping) {
        let webhook = Webhook {
            id: 1,
            application: "stash".to_owned(),
            endpoint: "https://stash.example/".to_owned(),
            token: None,
            told: vec![Seq(1)],
            failing_since: None,
        };
        let ping = Ping {
            id: 1,
            heads: vec![Seq(2)],
            endpoint: webhook.endpoint.clone(),
            token: None,
        };
        (State::of(webhook), ping)
    }

    #[test]
    fn waits_double_up_to_an_hour_less_a_random_half() {
        assert_eq!((wait(1, 0), wait(2, 0), wait(3, 0)), (5_000, 10_000, 20_000));
        assert_eq!(wait(1, 999), 9_995);
        assert_eq!((wait(40, 0), wait(u32::MAX, 0)), (1_800_000, 1_800_000));
    }

    #[test]
    fn a_week_of_failure_is_enough_and_a_success_begins_anew() {
        let (mut state, ping) = state();
        let fails = || Err("no".to_owned());
        assert!(
            matches!(state.settle(&ping, fails(), 0, 0), Outcome::Write(webhook) if webhook.failing_since == Some(0))
        );
        assert_eq!(state.next_at, 5_000);
        assert_eq!(state.settle(&ping, fails(), PATIENCE - 1, 0), Outcome::Nothing);
        assert_eq!(state.webhook.told, [Seq(1)], "it has not been told");
        let Outcome::Write(told) = state.settle(&ping, Ok(()), PATIENCE - 1, 0) else {
            panic!("not written")
        };
        assert_eq!((told.told, told.failing_since), (vec![Seq(2)], None));
        assert_eq!(state.next_at, PATIENCE - 1 + GATHERED);
        assert!(matches!(
            state.settle(&ping, fails(), PATIENCE, 0),
            Outcome::Write(_)
        ));
        assert_eq!(state.next_at, PATIENCE + 5_000, "the first wait again");
        assert_eq!(state.settle(&ping, fails(), 2 * PATIENCE, 0), Outcome::GiveUp);
    }
}
