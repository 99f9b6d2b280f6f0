//! The cleanup: its policies opened over the directories, its schedules, what it asks of the sources.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::error::AppError;
use crate::cleanup::config::Guests;
use crate::cleanup::{Cleaner, Leave, Parts, Policy, PolicyConfig, USER_TYPE};
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig};
use crate::directory::{Activity, Applications, Directory};
use crate::http::crowd::{MayReturn, Permit};
use crate::model::{DirectoryId, ExternalId};
use crate::notify::Outbox;
use crate::schedule::{Job, Schedule};
use crate::store::Store;
use crate::sync::RuleConfig;

/// How often the cleaner looks whether somebody has returned.
const LOOK_AROUND: &str = "0 */5 * * * *";

/// The cleaner of the configured policies, with all it works with.
pub(super) async fn open(
    config: &Config,
    (store, clock): (&Arc<dyn Store>, &Arc<dyn Clock>),
    directories: &[Arc<Directory>],
    (applications, activity): (&Arc<Applications>, &Arc<Activity>),
    outbox: &Arc<Outbox>,
    (tasks, stop): (&TaskTracker, &CancellationToken),
) -> Result<Arc<Cleaner>, AppError> {
    let ids = config.directories.iter().map(DirectoryConfig::directory_id);
    let ids: Vec<DirectoryId> = ids.collect();
    let sections = config.directories.iter().zip(directories);
    let limited = sections.map(|(section, directory)| (Arc::clone(directory), section.limits.limits()));
    let parts = Parts {
        store: Arc::clone(store),
        clock: Arc::clone(clock),
        tasks: (tasks.clone(), stop.clone()),
        directories: limited.collect(),
        applications: Arc::clone(applications),
        activity: Arc::clone(activity),
        outbox: Arc::clone(outbox),
    };
    let policies = config.cleanup.iter();
    let policies = policies
        .map(|policy| Policy::new(policy, &ids, config.protect.names()).telling(policy, &config.notify));
    Ok(Cleaner::open(parts, policies.collect()).await?)
}

/// Whether a held user may come back by itself: where its policy counts seats, if one is free.
pub(super) fn may_return(cleaner: &Arc<Cleaner>) -> Arc<MayReturn> {
    let cleaner = Arc::clone(cleaner);
    Arc::new(move |directory: DirectoryId, user: ExternalId| {
        let cleaner = Arc::clone(&cleaner);
        Box::pin(async move {
            match cleaner.may_return(&directory, &user).await {
                Leave::Yes(permit) => Some(Box::new(permit) as Permit),
                Leave::NoSeat => None,
            }
        })
    })
}

/// One job for each policy with a schedule, one that looks for who has returned.
pub(super) fn jobs(config: &Config, cleaner: &Arc<Cleaner>) -> Vec<Job> {
    let scheduled = config.cleanup.iter().filter_map(|policy| {
        let (cleaner, name) = (Arc::clone(cleaner), policy.name.clone());
        Some(Job::new(schedule(policy)?, move || {
            let (cleaner, name) = (Arc::clone(&cleaner), name.clone());
            async move {
                if let Some(run) = cleaner.request_unasked(&name, "schedule") {
                    cleaner.finished(&run).await;
                }
            }
        }))
    });
    let looking = Arc::clone(cleaner);
    let around = Schedule::parse(LOOK_AROUND, "UTC").ok().map(|schedule| {
        Job::new(schedule, move || {
            let cleaner = Arc::clone(&looking);
            async move { cleaner.look_around().await }
        })
    });
    // Evidence is watched for a policy that may come, but without any there is nothing to release.
    scheduled.chain(around).collect()
}

/// Makes up, once, for a time that passed while throng was down.
pub(super) fn make_up(config: &Config, cleaner: &Arc<Cleaner>, now: i64) {
    for policy in &config.cleanup {
        let Some(schedule) = schedule(policy) else {
            continue;
        };
        let runs = cleaner.runs(None);
        let mut own = runs
            .iter()
            .filter(|run| run.policy == policy.name && matches!(&*run.by, "schedule" | "start"));
        let last = own.find_map(|run| run.started);
        let missed = last
            .and_then(|last| schedule.next_after(last))
            .is_some_and(|next| next <= now);
        if missed {
            cleaner.request_unasked(&policy.name, "start");
        }
    }
}

fn schedule(policy: &PolicyConfig) -> Option<Schedule> {
    // The configuration has been checked: what does not parse is not there.
    Schedule::parse(policy.schedule.as_ref()?, &policy.time_zone).ok()
}

/// A directory's section; where a policy tells guests from others, with the attribute that says who is one.
pub(super) fn telling_guests(section: &DirectoryConfig, policies: &[PolicyConfig]) -> DirectoryConfig {
    let mut section = section.clone();
    let asks = policies.iter().any(|policy| {
        let here = policy.directories.is_empty() || policy.directories.contains(&section.id);
        here && policy.guests != Guests::Include
    });
    if asks {
        let rule = RuleConfig {
            from: vec![USER_TYPE.to_owned()],
            transform: Vec::new(),
        };
        section
            .mapping
            .attributes
            .entry(USER_TYPE.to_owned())
            .or_insert(rule);
    }
    section
}
