//! Wiring: faces and jobs over the open directories.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use futures_util::future::BoxFuture;

use super::backup::SPACES;
use super::error::AppError;
use super::linked::keeps_passwords;
use super::push;
use super::served_on::ServedOn;
use crate::cleanup::Cleaner;
use crate::clock::Clock;
use crate::config::{Config, SourceConfig};
use crate::connector::api::Verdict;
use crate::directory::backup::Backup;
use crate::directory::webhooks::Webhooks;
use crate::directory::writes::Takes;
use crate::directory::{Activity, Applications, Directory, Marks, Sessions};
use crate::http::admin::{self, AdminGate, AdminState, Begin, Try};
use crate::http::crowd::{self, Ask, Asked, Asks, CrowdConfig, CrowdState, Gate, MayReturn};
use crate::http::health::Readiness;
use crate::http::hosts::Hosts;
use crate::http::origin::Origin;
use crate::http::scim::{self, Realm, ScimConfig, ScimState};
use crate::model::{DirectoryId, Epoch, ExternalId};
use crate::schedule::{Jitter, Job, Schedule};
use crate::secret::Secret;
use crate::store::Store;
use crate::sync::{Engine, SlowLanes, Synced};

/// The applications, each with its view of the directories.
pub(super) fn applications(
    config: &Config,
    epoch: Epoch,
    directories: &[Arc<Directory>],
    clock: &Arc<dyn Clock>,
    served_on: &ServedOn,
) -> Arc<Applications> {
    let applications = config.applications.iter().map(|section| {
        let mut application = section.application();
        served_on.complete(&mut application);
        application
    });
    let applications = Applications::new(epoch, applications.collect(), directories);
    Arc::new(applications.with_clock(Arc::clone(clock)))
}

/// The hosts that applications' address lists name.
pub(super) fn hosts(config: &Config, clock: Arc<dyn Clock>) -> Arc<Hosts> {
    let lists = config
        .applications
        .iter()
        .flat_map(|application| &application.allow_from);
    Hosts::new(lists.filter_map(Origin::host).map(Arc::clone).collect(), clock)
}

/// The face of the applications.
pub(super) fn crowd(
    config: &Config,
    section: &CrowdConfig,
    applications: Arc<Applications>,
    (sessions, activity): (Arc<Sessions>, Arc<Activity>),
    webhooks: Arc<Webhooks>,
    (marks, hosts): (Marks, Arc<Hosts>),
    (asks, may_return): (Asks, Arc<MayReturn>),
) -> Result<Router, AppError> {
    let gate = Gate::new(&config.applications, section.trusted_proxies.clone())?.with_hosts(hosts);
    let takes = config.directories.iter().map(|directory| {
        let made_here = matches!(directory.source, SourceConfig::Local(_));
        let takes = Takes {
            users: made_here,
            passwords: keeps_passwords(directory),
        };
        (directory.directory_id(), takes)
    });
    let state = CrowdState::new(section, gate, applications, sessions).taking(takes.collect());
    let state = state.asking(asks);
    let state = state
        .with_webhooks(webhooks)
        .with_marks(marks)
        .with_returns(may_return);
    Ok(crowd::router(state.with_activity(activity)))
}

/// Whom the face of the applications asks for passwords that are not kept here: the sources that check them.
pub(super) fn asks(config: &Config, synced: &[Synced]) -> Asks {
    let checks = |synced: &&Synced| {
        let own = config
            .directories
            .iter()
            .find(|own| own.directory_id() == *synced.directory.id());
        own.is_some_and(|own| matches!(&own.source, SourceConfig::Ldap(ldap) if ldap.check_passwords))
    };
    let asking = |synced: &Synced| {
        let (source, directory) = (Arc::clone(&synced.source), synced.directory.id().clone());
        let of = directory.clone();
        let ask = move |user: ExternalId, password: Secret| -> BoxFuture<'static, Asked> {
            let (source, directory) = (Arc::clone(&source), of.clone());
            Box::pin(async move {
                match source.verify_password(&user, &password).await {
                    Ok(Verdict::Right) => Asked::Right,
                    Ok(Verdict::Wrong) => Asked::Wrong,
                    Ok(Verdict::Expired) => Asked::Expired,
                    Ok(Verdict::CannotVerify) => Asked::Nobody,
                    Err(error) => {
                        tracing::error!(%directory, code = error.code(), "a password could not be checked: {error}");
                        Asked::Failed
                    }
                }
            })
        };
        (directory, Arc::new(ask) as Ask)
    };
    synced.iter().filter(checks).map(asking).collect()
}

/// The face of the identity providers that push, where it listens, over the realms that it serves.
pub(super) async fn scim(
    config: &Config,
    listens: Option<SocketAddr>,
    epoch: Epoch,
    directories: &[Arc<Directory>],
    known: (&Arc<Activity>, &Arc<dyn Clock>),
) -> Result<(Router, Vec<Arc<Realm>>), AppError> {
    let section = ScimConfig {
        listen: listens.unwrap_or(config.scim.listen),
        ..config.scim.clone()
    };
    let url = section.url();
    let realms = push::realms(config, &url, epoch, directories, known).await?;
    let state = ScimState::new(&url, realms.clone(), section.trusted_proxies);
    Ok((scim::router(state), realms))
}

/// What is known of when users were last seen, and what reads it from the sources.
type Seen = (Arc<Activity>, Arc<SlowLanes>);

/// The face of the operators.
pub(super) fn admin(
    config: &Config,
    engine: Arc<Engine>,
    directories: Vec<Arc<Directory>>,
    applications: Arc<Applications>,
    (sessions, (activity, slow), cleaner): (Arc<Sessions>, Seen, Arc<Cleaner>),
    (clock, store): (&Arc<dyn Clock>, Arc<dyn Store>),
    (realms, trials, served_on): (&[Arc<Realm>], Box<Try>, Vec<DirectoryId>),
) -> Result<Router, AppError> {
    let gate = AdminGate::new(&config.admin)?;
    let ready = readiness(directories.clone());
    let (backup, started) = (
        backups(directories.clone(), Arc::clone(clock), store),
        clock.now(),
    );
    let state = AdminState::new(gate, engine, directories, applications, sessions, started, backup);
    let state = state.with_activity(activity, slow).with_cleaner(cleaner);
    let pushed = realms.iter().map(push::pushed).collect();
    let state = state.with_pushed(pushed).with_trials(Arc::clone(clock), trials);
    Ok(admin::router(state.with_served_on(served_on), ready))
}

/// A backup of what is served when it begins.
fn backups(directories: Vec<Arc<Directory>>, clock: Arc<dyn Clock>, store: Arc<dyn Store>) -> Arc<Begin> {
    Arc::new(move || {
        let snapshots = directories.iter().map(|directory| directory.snapshot()).collect();
        Backup::new(Arc::clone(&store), snapshots, &SPACES, clock.now())
    })
}

/// Ready is: every directory has had one complete read. Before that, whole listings are refused.
fn readiness(directories: Vec<Arc<Directory>>) -> Readiness {
    Arc::new(move || {
        let unread = directories
            .iter()
            .find(|directory| directory.snapshot().cursor().is_none());
        match unread {
            None => Ok(()),
            Some(directory) => Err(format!(
                "directory `{}` has not been read completely yet; hint: `throng sync {}`",
                directory.id(),
                directory.id()
            )),
        }
    })
}

/// Every minute, whoever's hold is over is released.
pub(super) fn expiry(directories: &[Arc<Directory>]) -> Option<Job> {
    let directories: Arc<[Arc<Directory>]> = directories.into();
    let every_minute = Schedule::parse("0 * * * * *", "UTC").ok()?;
    Some(Job::new(every_minute, move || {
        let directories = Arc::clone(&directories);
        async move {
            for directory in directories.iter() {
                if let Err(error) = directory.release_over().await {
                    tracing::error!(directory = %directory.id(), code = error.code(), %error, "holds that are over were not released");
                }
            }
        }
    }))
}

/// One job for each directory with a schedule.
pub(super) fn jobs(config: &Config, engine: &Arc<Engine>) -> Vec<Job> {
    let scheduled = config.directories.iter().filter_map(|directory| {
        let sync = directory.sync.as_ref()?;
        // The configuration has been checked: what does not parse is not there.
        let schedule = Schedule::parse(sync.schedule.as_ref()?, &sync.time_zone).ok()?;
        let (engine, id) = (Arc::clone(engine), directory.directory_id());
        // Another seed in every process: neighbours with the same configuration ask at other times.
        let jitter = Jitter::new(sync.jitter.0, getrandom::u64().unwrap_or_default());
        let job = Job::new(schedule, move || {
            let (engine, id) = (Arc::clone(&engine), id.clone());
            async move {
                if let Some(run) = engine.request_unasked(&id, false, "schedule") {
                    engine.finished(&run).await;
                }
            }
        });
        Some(job.jittered(jitter))
    });
    scheduled.collect()
}
