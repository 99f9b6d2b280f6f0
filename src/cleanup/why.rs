//! Why a user is held, released or left alone: small while planned, a sentence when shown.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::lanes::Lane;
use crate::clock::rfc3339;

/// What becomes of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Stays as it is.
    Keep,
    /// Is stale, and waits for a later run.
    Wait,
    /// Is told by mail that a hold is coming.
    Warn,
    /// Was warned, and the hold is not coming any more.
    Withdraw,
    /// Is held.
    Hold,
    /// Goes on to the next stages of its hold.
    Stage,
    /// Is released from its hold.
    Release,
}

impl Verdict {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Keep,
        Self::Wait,
        Self::Warn,
        Self::Withdraw,
        Self::Hold,
        Self::Stage,
        Self::Release,
    ];

    /// Its spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Wait => "wait",
            Self::Warn => "warn",
            Self::Withdraw => "withdraw",
            Self::Hold => "hold",
            Self::Stage => "stage",
            Self::Release => "release",
        }
    }
}

/// Why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Among the protected names.
    Protected,
    /// Excluded by name.
    ExcludedUser,
    /// Excluded as a member of this group.
    ExcludedGroup(Arc<str>),
    /// Excluded by mail domain.
    ExcludedDomain,
    /// Of a mail domain that the policy is not about.
    OtherDomain,
    /// A guest, whom the policy leaves alone.
    Guest,
    /// No guest, and the policy is about guests.
    NoGuest,
    /// Disabled at the source: inactive already.
    Disabled,
    /// Gone at the source, and the policy does not ask how long.
    Gone,
    /// Gone at the source, not long enough.
    GoneSince(i64),
    /// Held already, by this policy, since then.
    Held(i64),
    /// Held by somebody else.
    HeldByOther(Arc<str>),
    /// Held by this policy; now protected or excluded, which only a person can settle.
    HeldThoughLeftAlone,
    /// The evidence of the directory may not be relied on.
    NoEvidence,
    /// Seen lately.
    SeenAt(i64, Lane),
    /// Released lately.
    ReleasedAt(i64),
    /// A young account.
    CreatedAt(i64),
    /// Never seen, and the policy does not hold for that.
    NeverSeen,
    /// Seen long ago, and the policy does not hold for that.
    SeenOnly(i64, Lane),
    /// Nobody has listened for long enough to say.
    ListeningSince(i64),
    /// Last seen so long ago.
    Idle(i64, Lane),
    /// Never seen since the account's creation.
    Unseen(i64),
    /// Gone at the source for so long.
    GoneFor(i64),
    /// Stale, but over the cap of one run.
    OverCap(u64),
    /// Stale, but enough seats are free.
    SeatsFree,
    /// Stale, but has no seat that could become free.
    NoSeat,
    /// To be told that it is held on that day.
    WarnedBefore(i64),
    /// Was told of the hold, which comes on that day.
    WarnedUntil(i64),
    /// Its warning is on its way.
    WarningUnsent,
    /// Stale, and held without a warning, since no mail reaches it; last seen then.
    Unwarned(Option<(i64, Lane)>),
    /// Stale, but no mail reaches it, and the policy leaves such users alone.
    WithoutMail,
    /// Has returned.
    Returned(i64, Lane),
    /// Has returned, but no seat is free.
    ReturnWithoutSeat(i64),
    /// The hold is so old that the next stages are due.
    Due(i64),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |at: &i64| rfc3339(*at);
        match self {
            Self::Protected => f.write_str("protected by `[protect]`"),
            Self::ExcludedUser => f.write_str("excluded by name"),
            Self::ExcludedGroup(group) => write!(f, "excluded as a member of group `{group}`"),
            Self::ExcludedDomain => f.write_str("excluded by mail domain"),
            Self::OtherDomain => f.write_str("of a mail domain that the policy is not about"),
            Self::Guest => f.write_str("a guest, whom the policy leaves alone"),
            Self::NoGuest => f.write_str("no guest; the policy is about guests only"),
            Self::Disabled => f.write_str("disabled at the source already"),
            Self::Gone => f.write_str("gone at the source; the policy has no `gone_for`"),
            Self::GoneSince(since) => write!(f, "gone at the source since {} only", at(since)),
            Self::Held(since) => write!(f, "held by this policy since {}", at(since)),
            Self::HeldByOther(actor) => write!(f, "held by `{actor}`"),
            Self::HeldThoughLeftAlone => {
                f.write_str("held by this policy, which leaves the user alone now; hint: release the hold")
            }
            Self::NoEvidence => f.write_str("no evidence that may be relied on: nothing is done"),
            Self::SeenAt(seen, lane) => write!(f, "seen {} by `{}`", at(seen), lane.name()),
            Self::ReleasedAt(released) => write!(f, "released from a hold {}", at(released)),
            Self::CreatedAt(created) => write!(f, "created {}", at(created)),
            Self::NeverSeen => {
                f.write_str("never seen, which is not inactivity; the policy has no `never_seen_for`")
            }
            Self::SeenOnly(seen, lane) => {
                write!(
                    f,
                    "last seen {} by `{}`; the policy has no `inactive_for`",
                    at(seen),
                    lane.name()
                )
            }
            Self::ListeningSince(since) => {
                write!(f, "unseen, but evidence is gathered since {} only", at(since))
            }
            Self::Idle(seen, lane) => write!(f, "last seen {} by `{}`", at(seen), lane.name()),
            Self::Unseen(created) => write!(f, "never seen since its creation {}", at(created)),
            Self::GoneFor(since) => write!(f, "gone at the source since {}", at(since)),
            Self::OverCap(cap) => write!(f, "stale, but one run holds {cap} users at most"),
            Self::SeatsFree => f.write_str("stale, but enough seats are free"),
            Self::NoSeat => f.write_str("stale, but has no seat that a hold could free"),
            Self::WarnedBefore(until) => write!(f, "to be warned by mail: a hold is due on {}", at(until)),
            Self::WarnedUntil(until) => write!(f, "warned by mail: the hold is due on {}", at(until)),
            Self::WarningUnsent => f.write_str("stale, but its warning has not been sent yet"),
            Self::Unwarned(Some((seen, lane))) => write!(
                f,
                "last seen {} by `{}`; no mail reaches it, so it was not warned",
                at(seen),
                lane.name()
            ),
            Self::Unwarned(None) => f.write_str("never seen; no mail reaches it, so it was not warned"),
            Self::WithoutMail => {
                f.write_str("stale, but no mail reaches it, and the policy's `without_mail` is `keep`")
            }
            Self::Returned(seen, lane) => write!(f, "returned: seen {} by `{}`", at(seen), lane.name()),
            Self::ReturnWithoutSeat(seen) => write!(f, "returned {}, but no seat is free", at(seen)),
            Self::Due(since) => write!(f, "held since {}: the next stage is due", at(since)),
        }
    }
}
