//! Where letters go, and why one did not get there.

use super::letter::Letter;
use super::signed::Signed;
use super::smtp::Mailer;

/// Where letters go.
pub enum Target {
    /// To an address of the web, signed.
    Webhook(Signed),
    /// To the mail server.
    Mail(Mailer),
}

/// Why a letter did not get there, as a sentence without the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// It may later; the receiver may have asked for a wait, in milliseconds.
    Later(String, Option<i64>),
    /// It is refused for good.
    Never(String),
    /// There is no such address.
    NoMailbox(String),
}

impl Unsent {
    /// The sentence.
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Later(why, _) | Self::Never(why) | Self::NoMailbox(why) => why,
        }
    }

    /// Servers like to repeat the address.
    pub(super) fn without(self, address: &str) -> Self {
        let hide = |why: String| why.replace(address, "…");
        match self {
            Self::Later(why, asked) => Self::Later(hide(why), asked),
            Self::Never(why) => Self::Never(hide(why)),
            Self::NoMailbox(why) => Self::NoMailbox(hide(why)),
        }
    }
}

impl Target {
    /// Sends a letter; `now` is milliseconds since 1970.
    pub(super) async fn send(&self, letter: &Letter, now: i64) -> Result<(), Unsent> {
        match self {
            Self::Webhook(webhook) => webhook.send(letter, now).await,
            Self::Mail(mailer) => mailer.send(letter, now).await,
        }
    }
}
