//! One notice with what its deliveries came to: when to try again, when to give up, what is remembered of it afterwards.

use serde::{Deserialize, Serialize};

/// The waits after failures: from the first to the longest, in milliseconds.
const WAITS: (i64, i64) = (10_000, 3_600_000);
/// After so long a notice is given up, in milliseconds.
const PATIENCE: i64 = 3 * 86_400_000;
/// So long an id that has ended is remembered, so that nobody is told the same twice, in milliseconds.
const MEMORY: i64 = 400 * 86_400_000;

/// A notice to a receiver, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The id of what happened: a receiver is told of each once.
    pub id: String,
    /// Whom to tell: the name of a target, never its address.
    pub target: String,
    /// The document to send; empty once the letter has ended.
    pub body: String,
    /// When it was written.
    pub(super) created: i64,
    /// When it ended, and how.
    pub(super) ended: Option<Ended>,
    /// How often it failed.
    #[serde(default)]
    pub(super) failures: u32,
    /// When it is to be tried.
    #[serde(default)]
    pub(super) next_at: i64,
}

/// How a letter ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ended {
    /// The receiver has it.
    Delivered,
    /// Nobody took it for so long that it is not tried any more.
    GivenUp,
}

impl Letter {
    /// A letter to be sent at once.
    pub(super) fn new(target: &str, id: &str, body: String, now: i64) -> Self {
        Self {
            id: id.to_owned(),
            target: target.to_owned(),
            body,
            created: now,
            ended: None,
            failures: 0,
            next_at: now,
        }
    }

    /// The key of its entry.
    pub(super) fn key(&self) -> String {
        format!("{}/{}", self.target, self.id)
    }

    /// When its entry is forgotten.
    pub(super) fn expires(&self) -> i64 {
        self.created.saturating_add(MEMORY)
    }

    /// Takes note of a delivery; a receiver may ask for a wait, in milliseconds. `random` moves the wait.
    pub(super) fn settle(&mut self, sent: Result<(), Option<i64>>, now: i64, random: u32) {
        let Err(asked) = sent else {
            self.end(Ended::Delivered);
            return;
        };
        self.failures = self.failures.saturating_add(1);
        if now.saturating_sub(self.created) >= PATIENCE {
            self.end(Ended::GivenUp);
            return;
        }
        let wait = wait(self.failures, random).max(asked.unwrap_or(0).min(WAITS.1));
        self.next_at = now.saturating_add(wait);
    }

    pub(super) fn end(&mut self, how: Ended) {
        self.ended = Some(how);
        self.body = String::new();
    }
}

/// 10, 20, 40 … seconds up to an hour, of which a random half is left out.
fn wait(failures: u32, random: u32) -> i64 {
    let doubled = WAITS.0.saturating_mul(1 << failures.saturating_sub(1).min(20));
    let whole = doubled.min(WAITS.1);
    whole / 2 + (whole / 2) * i64::from(random % 1_000) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_tried_for_three_days_with_growing_waits_and_then_given_up() {
        let mut letter = Letter::new("stale", "run-1", "{}".to_owned(), 0);
        letter.settle(Err(None), 0, 0);
        assert_eq!((letter.ended, letter.next_at), (None, 5_000));
        letter.settle(Err(None), 5_000, 999);
        assert_eq!(letter.next_at, 5_000 + 19_990, "20 s less next to nothing");
        letter.settle(Err(Some(60_000)), 30_000, 0);
        assert_eq!(letter.next_at, 90_000, "the receiver asked for a minute");
        letter.settle(Err(Some(i64::MAX)), 90_000, 0);
        assert_eq!(
            letter.next_at,
            90_000 + 3_600_000,
            "nobody makes it wait for more than an hour"
        );
        letter.settle(Err(None), PATIENCE, 0);
        assert_eq!((letter.ended, letter.body.as_str()), (Some(Ended::GivenUp), ""));
    }

    #[test]
    fn what_was_delivered_is_remembered_without_its_body() {
        let mut letter = Letter::new("stale", "run-1", "{}".to_owned(), 0);
        letter.settle(Ok(()), 0, 0);
        assert_eq!((letter.ended, letter.body.as_str()), (Some(Ended::Delivered), ""));
    }
}
