//! One notice with what its deliveries came to: when to try again, when to give up, what is remembered of it afterwards.

use serde::{Deserialize, Serialize};

use super::target::Unsent;

/// The waits after failures: from the first to the longest, in milliseconds.
const WAITS: (i64, i64) = (10_000, 3_600_000);
/// After so long a notice is given up, in milliseconds.
const PATIENCE: i64 = 3 * 86_400_000;
/// So long an id that has ended is remembered, so that nobody is told the same twice, in milliseconds.
const MEMORY: i64 = 400 * 86_400_000;
/// The same of a mail: of these there are many, and no cause of one comes again so late.
const MEMORY_OF_MAILS: i64 = 90 * 86_400_000;
/// The longest sentence that is kept of why it failed.
const LONGEST_WHY: usize = 300;

/// The target of mails. No policy can have this name.
pub const MAIL: &str = "@mail";

/// What a warning to a user tells of.
pub const WARNING: &str = "cleanup.warning";

/// What a letter waits behind: a target, and whether it is a warning to a user, of which there are many. A receiver that hangs, or
/// thousands of warnings, hold up nothing of another lane.
pub(super) type Lane = (String, bool);

/// A notice to a receiver, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The id of what happened: a receiver is told of each once.
    pub id: String,
    /// Whom to tell: the name of a target, never its address.
    pub target: String,
    /// What it tells of: `cleanup.run`, `cleanup.warning`, …
    #[serde(default)]
    pub event: String,
    /// The document to send; empty once the letter has ended.
    pub body: String,
    /// When it was written.
    pub(super) created: i64,
    /// How it ended.
    pub(super) ended: Option<Ended>,
    /// When it ended.
    #[serde(default)]
    pub(super) ended_at: Option<i64>,
    /// Why it failed the last time.
    #[serde(default)]
    pub(super) why: Option<String>,
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
pub enum Ended {
    /// The receiver has it.
    Delivered,
    /// Nobody took it for so long that it is not tried any more.
    GivenUp,
    /// It was refused for good.
    Refused,
    /// There is no such address.
    NoMailbox,
    /// It was taken back before it was sent: what it told of is no longer so.
    Withdrawn,
}

impl Letter {
    /// A letter to be sent at once.
    pub(super) fn new(target: &str, (id, event): (&str, &str), body: String, now: i64) -> Self {
        Self {
            id: id.to_owned(),
            target: target.to_owned(),
            event: event.to_owned(),
            body,
            created: now,
            ended: None,
            ended_at: None,
            why: None,
            failures: 0,
            next_at: now,
        }
    }

    /// The key of its entry.
    pub(super) fn key(&self) -> String {
        key(&self.target, &self.id)
    }

    /// The lane that it goes out by.
    pub(super) fn lane(&self) -> Lane {
        (self.target.clone(), self.event == WARNING)
    }

    /// When its entry is forgotten.
    pub(super) fn expires(&self) -> i64 {
        let memory = if self.target == MAIL {
            MEMORY_OF_MAILS
        } else {
            MEMORY
        };
        self.created.saturating_add(memory)
    }

    /// Takes note of a delivery. `random` moves the wait before the next.
    pub(super) fn settle(&mut self, sent: Result<(), Unsent>, now: i64, random: u32) {
        let Err(unsent) = sent else {
            self.why = None;
            self.end(Ended::Delivered, now);
            return;
        };
        self.failures = self.failures.saturating_add(1);
        self.why = Some(unsent.why().chars().take(LONGEST_WHY).collect());
        let asked = match unsent {
            Unsent::Never(_) => return self.end(Ended::Refused, now),
            Unsent::NoMailbox(_) => return self.end(Ended::NoMailbox, now),
            Unsent::Later(_, asked) => asked.unwrap_or(0).min(WAITS.1),
        };
        if now.saturating_sub(self.created) >= PATIENCE {
            return self.end(Ended::GivenUp, now);
        }
        self.next_at = now.saturating_add(wait(self.failures, random).max(asked));
    }

    /// It is over, and what it said is forgotten.
    pub(super) fn end(&mut self, how: Ended, now: i64) {
        self.ended = Some(how);
        self.ended_at = Some(now);
        self.body = String::new();
    }
}

/// The key of a letter's entry.
pub(super) fn key(target: &str, id: &str) -> String {
    format!("{target}/{id}")
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

    fn letter() -> Letter {
        Letter::new("stale", ("run-1", "cleanup.run"), "{}".to_owned(), 0)
    }

    fn later(asked: Option<i64>) -> Result<(), Unsent> {
        Err(Unsent::Later("it answered 503".to_owned(), asked))
    }

    #[test]
    fn a_letter_is_tried_for_three_days_with_growing_waits_and_then_given_up() {
        let mut letter = letter();
        letter.settle(later(None), 0, 0);
        assert_eq!((letter.ended, letter.next_at), (None, 5_000));
        letter.settle(later(None), 5_000, 999);
        assert_eq!(letter.next_at, 5_000 + 19_990, "20 s less next to nothing");
        letter.settle(later(Some(60_000)), 30_000, 0);
        assert_eq!(letter.next_at, 90_000, "the receiver asked for a minute");
        letter.settle(later(Some(i64::MAX)), 90_000, 0);
        assert_eq!(
            letter.next_at,
            90_000 + 3_600_000,
            "nobody makes it wait for more than an hour"
        );
        letter.settle(later(None), PATIENCE, 0);
        assert_eq!((letter.ended, letter.body.as_str()), (Some(Ended::GivenUp), ""));
        assert_eq!(letter.why.as_deref(), Some("it answered 503"));
    }

    #[test]
    fn what_was_delivered_is_remembered_without_its_body() {
        let mut letter = letter();
        letter.settle(later(None), 0, 0);
        letter.settle(Ok(()), 7_000, 0);
        assert_eq!((letter.ended, letter.body.as_str()), (Some(Ended::Delivered), ""));
        assert_eq!((letter.ended_at, letter.why), (Some(7_000), None));
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again_and_says_why() {
        let mut refused = letter();
        refused.settle(Err(Unsent::Never("x".repeat(1_000))), 0, 0);
        assert_eq!(
            (refused.ended, refused.why.unwrap().len()),
            (Some(Ended::Refused), LONGEST_WHY)
        );
        let mut nobody = letter();
        nobody.settle(Err(Unsent::NoMailbox("550".to_owned())), 0, 0);
        assert_eq!(nobody.ended, Some(Ended::NoMailbox));
    }

    #[test]
    fn what_an_older_throng_kept_can_be_read() {
        let kept = r#"{"id":"run-1","target":"stale","body":"{}","created":0,"ended":null,"failures":2,"next_at":5}"#;
        let letter: Letter = serde_json::from_str(kept).unwrap();
        assert_eq!((letter.failures, letter.event.as_str()), (2, ""));
    }
}
