//! ACTIVITY: when each user was last seen, by which lane of evidence, and how each lane fares.
//!
//! Evidence is kept in memory, a slot per user and lane, and written down once in a while in blocks of users. It is no
//! row: it moves no `Seq`, and no application hears of it. Nothing here judges who is inactive.

mod block;
mod book;
mod health;
mod keeper;
mod kept;
mod lane;
mod picture;
mod register;
mod report;
#[cfg(test)]
mod tests;

pub use health::{LaneFailure, LaneHealth, SKEW};
pub use kept::SPACES;
pub use lane::{Attempt, How, Lane, Origin, Seen, Sighting};
pub use picture::Picture;
pub use register::{Activity, Took};
pub use report::{Counts, Names, Reported, Who};
