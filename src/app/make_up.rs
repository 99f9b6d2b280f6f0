//! What was missed while throng was down: reads that were asked for and had not begun, times of a schedule.

use std::sync::Arc;

use crate::config::{Config, DirectoryConfig};
use crate::directory::Directory;
use crate::schedule::Schedule;
use crate::sync::{Engine, Run, RunKind, RunState};

/// Asks, once for each directory, for the read that should have been; a scheduled directory that was never read is read now.
///
/// A read that was going on when the process died is not made again before its time: it may be what killed it.
pub(super) fn make_up(config: &Config, engine: &Arc<Engine>, directories: &[Arc<Directory>], now: i64) {
    for directory in &config.directories {
        let id = directory.directory_id();
        let Some(open) = directories.iter().find(|open| *open.id() == id) else {
            continue;
        };
        let reads: Vec<Run> = engine.runs(Some(&id)).into_iter().filter(reads).collect();
        let asked = reads.first().filter(|run| not_made(run));
        let unread = open.snapshot().cursor().is_none() && schedule(directory).is_some();
        if unread || asked.is_some() || missed(directory, &reads, now) {
            let full = unread || asked.is_some_and(|run| run.full);
            engine.request_unasked(&id, full, "start");
        }
    }
}

/// Whether a run reads its directory to apply what it finds.
fn reads(run: &Run) -> bool {
    run.kind == RunKind::Sync && !run.dry_run
}

/// Whether a run waited for another when the process died, or was ended by an orderly stop.
fn not_made(run: &Run) -> bool {
    let stopped = run
        .error
        .as_ref()
        .is_some_and(|error| error.code == "SHUTTING_DOWN");
    run.state == RunState::Failed && (stopped || run.started.is_none())
}

/// Whether a time of the schedule has passed since the last read began.
fn missed(directory: &DirectoryConfig, reads: &[Run], now: i64) -> bool {
    let last = reads.iter().find_map(|run| run.started);
    let next = schedule(directory)
        .zip(last)
        .and_then(|(schedule, last)| schedule.next_after(last));
    next.is_some_and(|next| next <= now)
}

fn schedule(directory: &DirectoryConfig) -> Option<Schedule> {
    let sync = directory.sync.as_ref()?;
    // The configuration has been checked: what does not parse is not there.
    Schedule::parse(sync.schedule.as_ref()?, &sync.time_zone).ok()
}
