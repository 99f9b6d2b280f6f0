//! Schedules: cron expressions with the job loop; knows no job by name.

mod cron;
mod jobs;

pub use cron::{Schedule, ScheduleError};
pub use jobs::{Job, run};
