//! VERBS: one live directory, its rules, its one writer.
//!
//! All reads are answered from an immutable [`Snapshot`]; all writes go through [`Directory::apply`], whose one writer
//! drafts them by the [`rules`], commits them to the store, publishes the new snapshot, then acknowledges.

pub mod activity;
pub mod applications;
pub mod backup;
mod border;
pub mod brake;
mod crossing;
mod crossing_groups;
mod details;
pub mod difference;
mod edit;
pub mod feed;
mod flags;
mod flat;
mod gather;
pub mod holds;
mod judgement;
mod kin;
pub mod limits;
mod listing;
mod live;
mod load;
pub mod lockout;
pub mod marks;
mod memberships;
mod notes;
mod open_listings;
mod past;
mod patience;
mod refs;
pub mod restore;
pub mod retire;
mod rows;
pub mod rules;
mod scope;
mod seen;
pub mod session;
mod shown;
pub mod snapshot;
mod tally;
pub mod told;
mod touched;
pub mod view;
pub mod webhooks;
pub mod writer;
pub mod writes;

pub use activity::Activity;
pub use applications::Applications;
pub use brake::{Brake, Braked};
pub use details::Details;
pub use edit::{Edit, EditError};
pub use feed::{Event, EventToken, Expired, Feed};
pub use judgement::{Held, Judgement};
pub use listing::{GroupAt, UserAt};
pub use marks::{ClientId, Marks};
pub use memberships::Memberships;
pub use refs::{GroupRef, UserRef};
pub use session::Sessions;
pub use snapshot::{LiveGroup, LiveUser, Slot, Snapshot};
pub use tally::count;
pub use told::Tellings;
pub use view::View;
pub use writer::{Applied, Directory, DirectoryError, Request};

#[cfg(test)]
mod backup_tests;
#[cfg(test)]
mod edit_tests;
#[cfg(test)]
mod feed_reset_tests;
#[cfg(test)]
mod feed_tests;
#[cfg(test)]
mod hold_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod race_client;
#[cfg(test)]
mod race_tests;
#[cfg(test)]
mod scope_tests;
#[cfg(test)]
mod world;
