//! NOUNS: the pure types that every room shares.
//!
//! Nothing here does I/O, asks the time, or knows a protocol.

pub mod application;
pub mod change;
pub mod commit;
pub mod detail;
pub mod facts;
pub mod filter;
pub mod group;
pub mod hold;
pub mod ids;
pub mod moment;
pub mod name;
pub mod plan;
pub mod record;
pub mod remnant;
pub mod row;
pub mod ulid;
pub mod user;
pub mod xml;

pub use application::Application;
pub use change::Change;
pub use detail::{Attributes, Credential, Detail, DetailKey, DetailKind, Resource};
pub use hold::{HiddenGroups, Hold};
pub use ids::{CommitId, DirectoryId, Epoch, ExternalId, GroupId, Seq, UserId};
pub use row::{MemberBlock, MemberKind, Owner, Row};
