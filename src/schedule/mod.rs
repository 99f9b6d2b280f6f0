//! Schedules: cron expressions with the job loop; knows no job by name.

mod cron;
mod jitter;
mod jobs;

pub use cron::{Schedule, ScheduleError};
pub use jitter::Jitter;
pub use jobs::{Job, run};
