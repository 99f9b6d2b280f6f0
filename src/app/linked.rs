//! Directories in which others are linked: built once all are open, followed as these move, asked for passwords through them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::open;
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig, SourceConfig};
use crate::connector::Connector;
use crate::directory::Directory;
use crate::http::crowd::{Ask, Asked, Asks, verify_kept};
use crate::model::{DirectoryId, ExternalId};
use crate::secret::Secret;
use crate::sync::config::LinkedConfig;
use crate::sync::links::{self, Linked};
use crate::sync::{Engine, Mapping, SlowLanes};

/// The mapping of a directory; of a linked one with every custom attribute that its parts map.
pub(super) fn mapping(section: &DirectoryConfig, all: &[DirectoryConfig]) -> Mapping {
    let mut mapping = open::mapping(section);
    if let SourceConfig::Linked(linked) = &section.source {
        let parts = all.iter().filter(|part| linked.directories.contains(&part.id));
        let names: BTreeSet<&str> = parts
            .flat_map(|part| part.mapping.attributes.keys().map(String::as_str))
            .collect();
        for (name, rule) in Mapping::linked(names.into_iter()).attributes {
            mapping.attributes.entry(name).or_insert(rule);
        }
    }
    mapping
}

/// The connector of a linked directory; `None` of any other.
pub(super) fn source(
    section: &DirectoryConfig,
    mapping: &Mapping,
    directories: &[Arc<Directory>],
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
) -> Option<Arc<dyn Connector>> {
    let SourceConfig::Linked(linked) = &section.source else {
        return None;
    };
    let id = section.directory_id();
    let own = directories.iter().find(|open| *open.id() == id)?;
    let open = (parts(linked, directories), Arc::clone(own));
    Some(Arc::new(Linked::new(
        linked,
        open,
        mapping.attributes(),
        clock,
        tasks,
    )))
}

fn parts(linked: &LinkedConfig, directories: &[Arc<Directory>]) -> Vec<Arc<Directory>> {
    let find = |id: &String| {
        directories
            .iter()
            .find(|open| open.id().as_str() == id)
            .map(Arc::clone)
    };
    linked.directories.iter().filter_map(find).collect()
}

/// The parts of each linked directory.
pub(super) fn all_parts(
    config: &Config,
    directories: &[Arc<Directory>],
) -> BTreeMap<DirectoryId, Vec<Arc<Directory>>> {
    let sections = config.directories.iter();
    let linked = sections.filter_map(|section| match &section.source {
        SourceConfig::Linked(linked) => Some((section.directory_id(), parts(linked, directories))),
        _ => None,
    });
    linked.collect()
}

/// Has every linked directory follow its parts; after each of its reads it has their evidence.
pub(super) fn follow(
    config: &Config,
    (engine, slow): (&Arc<Engine>, &Arc<SlowLanes>),
    directories: &[Arc<Directory>],
    (tasks, stop): (&TaskTracker, &CancellationToken),
) {
    for (id, parts) in all_parts(config, directories) {
        let (slow, whole) = (Arc::clone(slow), id.clone());
        let read = move || drop(slow.start(&whole));
        let following = links::follow(Arc::clone(engine), id, parts, read, stop.clone());
        tasks.spawn(following);
    }
}

/// A part of which a password may be asked.
struct Asking {
    part: Arc<Directory>,
    /// Whether it may keep passwords of its own.
    keeps: bool,
    ask: Option<Ask>,
}

/// Whom to ask for the passwords of linked directories' users: the part that can check them, the first in precedence.
pub(super) fn asks(
    config: &Config,
    directories: &[Arc<Directory>],
    asks: &Asks,
    tasks: &TaskTracker,
) -> Asks {
    let mut found = Asks::new();
    for section in &config.directories {
        let SourceConfig::Linked(linked) = &section.source else {
            continue;
        };
        let asking = parts(linked, directories).into_iter().map(|part| {
            let own = config.directories.iter().find(|own| own.id == part.id().as_str());
            Asking {
                keeps: own.is_some_and(keeps_passwords),
                ask: asks.get(part.id()).map(Arc::clone),
                part,
            }
        });
        let asking: Arc<[Asking]> = asking
            .filter(|asking| asking.keeps || asking.ask.is_some())
            .collect();
        let own = directories.iter().find(|open| open.id().as_str() == section.id);
        let Some(own) = own.filter(|_| !asking.is_empty()) else {
            continue;
        };
        let (own, tasks) = (Arc::clone(own), tasks.clone());
        let ask = move |user: ExternalId, password: Secret| -> BoxFuture<'static, Asked> {
            let (own, asking, tasks) = (Arc::clone(&own), Arc::clone(&asking), tasks.clone());
            Box::pin(async move { asked(&own, &asking, &tasks, &user, password).await })
        };
        found.insert(section.directory_id(), Arc::new(ask));
    }
    found
}

/// Whether users of a directory may have a password that is kept here.
pub(super) fn keeps_passwords(section: &DirectoryConfig) -> bool {
    let made_here = matches!(section.source, SourceConfig::Local(_));
    let pushed = matches!(&section.source, SourceConfig::ScimPush(push) if push.accept_passwords);
    made_here || pushed || section.local_passwords
}

/// The verdict of the first of a person's users whose directory has one; none of a user who may not come in there.
async fn asked(
    own: &Directory,
    asking: &[Asking],
    tasks: &TaskTracker,
    user: &ExternalId,
    password: Secret,
) -> Asked {
    let picture = own.snapshot();
    let Some(row) = picture.user_id(user).and_then(|id| picture.user(id)) else {
        return Asked::Nobody;
    };
    let members = links::members(&picture, row);
    for Asking { part, keeps, ask } in asking {
        let of_part = |key: &String| {
            Some(ExternalId::from(
                key.strip_prefix(part.id().as_str())?.strip_prefix(':')?,
            ))
        };
        let Some(external) = members.iter().find_map(of_part) else {
            continue;
        };
        let picture = part.snapshot();
        let live = picture.user_id(&external).and_then(|id| picture.live_user(id));
        let Some(live) = live.filter(|live| live.active) else {
            continue;
        };
        if let Some(kept) = picture.details().credential(live.row.id).filter(|_| *keeps) {
            return verify_kept(kept, password, tasks).await;
        }
        if let Some(ask) = ask {
            match ask(external, password.clone()).await {
                Asked::Nobody => {}
                verdict => return verdict,
            }
        }
    }
    Asked::Nobody
}
