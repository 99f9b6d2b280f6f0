//! SSO SESSIONS: who is signed in, from where, until when.
//!
//! All of them are in memory, each has an entry in the store. A token is a keyed hash of a random id, so that the same
//! one can be given again while the store knows hashes only.

mod book;
mod differences;
mod ends;
mod explained;
mod factors;
mod keeper;
mod key;
mod record;
mod sessions;
mod terms;

pub use explained::{Difference, Ended, Explained, Living, Why};
pub use factors::{Address, Factors, Origin};
pub use key::SessionKey;
pub use sessions::Sessions;
pub use terms::{Begin, BeginError, Invalid, Session, SessionSettings};

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::no_sessions;
