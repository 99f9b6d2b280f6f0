//! Schedules: cron expressions with the job loop; knows no job by name.
