//! SYNC: from what a source reported to one guarded commit.

pub mod mapping;
pub mod planner;
pub mod returning;
pub mod stage;

pub use mapping::Mapping;
pub use planner::{Completeness, plan};
pub use returning::{complete_groups, returning};
pub use stage::Stage;
