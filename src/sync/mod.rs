//! SYNC: from what a source reported to one guarded commit.
//!
//! The [`Engine`] makes runs: [`Stage`] what the source tells, [`plan`] the way there, ask the limits, apply or hold.

mod agreement;
mod books;
mod carried;
mod chronicle;
pub mod config;
pub mod engine;
mod error;
mod failure;
mod gone;
mod held;
mod history;
mod judged;
mod last_seen;
mod ledger;
pub mod links;
mod losses;
pub mod mapping;
mod members;
mod namesakes;
mod near;
mod notices;
pub mod planner;
mod read;
mod read_report;
mod recycled;
mod returning;
mod run;
pub mod scope;
mod shared;
mod shield;
pub mod stage;
pub mod terms;
pub mod tester;
pub mod trace;
mod trail;
pub mod transform;
mod trial;
mod undoing;
mod verdict;
mod waiting;
mod withheld;
mod work;

use crate::model::ulid as ids;
use crate::store::json as entries;

pub use engine::{Ask, Engine, Synced};
pub use error::EngineError;
pub use held::{HeldPlan, PlanDetail, PlanState};
pub use history::{AsOf, Past, PastDetail, export};
pub use ids::{PlanId, RunId};
pub use last_seen::{SlowLanes, SlowRead};
pub use mapping::{Mapping, OnCollision, RuleConfig};
pub use planner::{Completeness, plan};
pub use read_report::{ReadReport, Totals};
pub use run::{Run, RunError, RunKind, RunState};
pub use scope::Scope;
pub use stage::Stage;
pub use terms::{Rules, Terms};
pub use tester::Tested;
pub use transform::Transform;
pub use trial::Trial;

#[cfg(test)]
mod judged_tests;
#[cfg(test)]
mod notices_tests;
#[cfg(test)]
mod planner_tests;
#[cfg(test)]
mod planner_worlds;
#[cfg(test)]
mod size_tests;
#[cfg(test)]
mod undo_tests;
