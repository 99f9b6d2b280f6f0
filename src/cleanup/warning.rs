//! Warnings: whether a user is told of a hold to come, waits for it, or is held. Pure.

use super::config::WithoutMail;
use super::facts::Facts;
use super::policy::Policy;
use super::why::Why;
use crate::notify::is_address;

/// A warning is a warning for so long after the day that it names, in milliseconds; who is held later is warned again.
const WORTH: i64 = 60 * 86_400_000;

/// How a policy warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning {
    /// How long before the hold, in milliseconds.
    pub before: i64,
    /// What becomes of who has no address.
    pub without_mail: WithoutMail,
}

/// What a user was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warned {
    /// When it was written.
    pub at: i64,
    /// The moment that it names: nobody is held before.
    pub until: i64,
    /// What has become of it.
    pub told: Told,
}

/// What has become of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It waits, or is on its way.
    Waiting,
    /// The mail server took it then.
    Sent(i64),
    /// There is no such address.
    Unreachable,
}

/// What is next for a stale user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Its hold.
    Hold,
    /// Its hold, though no warning reached it.
    HoldUnwarned,
    /// A warning, which names that moment.
    Warn(i64),
    /// To wait, since a warning is out.
    Wait(Why),
    /// To be left alone.
    Leave(Why),
    /// Nothing yet.
    Nothing,
}

/// What is next for a user who is stale since `since`, from `due` on.
pub(super) fn next(policy: &Policy, facts: &Facts<'_>, (since, due): (i64, i64), now: i64) -> Next {
    let is_due = due <= now;
    // Who is gone at the source has lost its mailbox with its account.
    let Some(warning) = policy.warning.filter(|_| facts.vanished_since.is_none()) else {
        return if is_due { Next::Hold } else { Next::Nothing };
    };
    // One that is older than the last sign of life was about another absence.
    let valid = |warned: &Warned| since <= warned.at && now <= warned.until.saturating_add(WORTH);
    let reaches = match facts.warned.filter(valid).map(|warned| (warned.told, warned)) {
        Some((Told::Waiting, _)) => return Next::Wait(Why::WarningUnsent),
        Some((Told::Sent(sent), warned)) => {
            let until = warned.until.max(sent.saturating_add(warning.before)).max(due);
            return if until <= now {
                Next::Hold
            } else {
                Next::Wait(Why::WarnedUntil(until))
            };
        }
        Some((Told::Unreachable, _)) => false,
        None => is_address(facts.email),
    };
    if reaches {
        return Next::Warn(due.max(now.saturating_add(warning.before)));
    }
    match warning.without_mail {
        WithoutMail::Hold if is_due => Next::HoldUnwarned,
        WithoutMail::Keep if is_due => Next::Leave(Why::WithoutMail),
        WithoutMail::Hold | WithoutMail::Keep => Next::Nothing,
    }
}

/// Whether what a policy finds of a user who was warned takes the warning back. Doubtful evidence says nothing of anybody.
pub(super) fn is_withdrawn(facts: &Facts<'_>, why: &Why) -> bool {
    facts.warned.is_some() && !matches!(why, Why::NoEvidence | Why::ListeningSince(_))
}
