//! NOTIFICATIONS: tells others what happened, decides nothing.
//!
//! A [`Pinger`] sends pings that say nothing; the [`Outbox`] keeps documents until their receivers have them.

mod letter;
pub mod outbox;
mod signed;
mod webhook;

pub use letter::Letter;
pub use outbox::Outbox;
pub use signed::Target;
pub use webhook::{Pinger, admits};
