//! SYNC: from what a source reported to one guarded commit.
//!
//! The [`Engine`] makes runs: [`Stage`] what the source tells, [`plan`] the way there, ask the limits, apply or hold.

mod books;
pub mod config;
pub mod engine;
mod entries;
mod error;
mod failure;
mod held;
mod ids;
mod ledger;
mod losses;
pub mod mapping;
mod members;
mod notices;
pub mod planner;
mod read;
mod returning;
mod run;
pub mod stage;
mod trail;
pub mod transform;
mod verdict;
mod work;

pub use engine::{Ask, Engine, Synced};
pub use error::EngineError;
pub use held::{HeldPlan, PlanDetail, PlanState};
pub use ids::{PlanId, RunId};
pub use mapping::{Mapping, OnCollision, RuleConfig};
pub use planner::{Completeness, plan};
pub use run::{Run, RunError, RunKind, RunState};
pub use stage::Stage;
pub use transform::Transform;

#[cfg(test)]
mod notices_tests;
#[cfg(test)]
mod planner_tests;
#[cfg(test)]
mod planner_worlds;
#[cfg(test)]
mod size_tests;
