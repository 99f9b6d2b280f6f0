//! CLEANUP: stale accounts held by policy, shown before they are touched.
//!
//! [`plan`] is a pure function from a [`Policy`] and the [`Facts`] of each user to a decision with its reason; the
//! [`Cleaner`] makes runs of it: report, ask a person, or act. Nothing here ever writes to an identity provider.

mod act;
mod books;
pub mod cleaner;
pub mod config;
mod count;
mod error;
pub mod facts;
mod gather;
pub mod handoff;
mod judge;
pub mod lanes;
mod memory;
mod notice;
pub mod pack;
pub mod planner;
pub mod policy;
mod returns;
mod run;
mod seats;
mod warn;
pub mod warning;
pub mod why;
pub mod words;
mod work;

pub use cleaner::{Cleaner, Parts};
pub use config::PolicyConfig;
pub use error::CleanupError;
pub use facts::{Facts, Place};
pub use gather::USER_TYPE;
pub use lanes::{Health, Lane};
pub use planner::{CleanupPlan, Decision, Seats, plan};
pub use policy::Policy;
pub use returns::{Leave, RefusedReturn};
pub use run::{CleanupHeld, CleanupPlanDetail, CleanupRun, CleanupStep, PlanState, RunState};
pub use seats::{Forecast, SeatReport};
pub use why::{Verdict, Why};

#[cfg(test)]
mod planner_tests;
