//! Pushed directories: their realms, with the mapping that reads what is pushed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::AppError;
use super::open;
use crate::clock::Clock;
use crate::config::{Config, SourceConfig};
use crate::connector::resource::{UserRows, last_login};
use crate::directory::activity::{Activity, How, Lane, Sighting, Took};
use crate::directory::{Brake, Directory};
use crate::http::admin::Pushed;
use crate::http::crowd::password::hash_password;
use crate::http::scim::{Mapper, Realm, Told};
use crate::model::Epoch;
use crate::model::record::SourceGroup;
use crate::secret::Secret;
use crate::sync::Mapping;

/// The realm of each pushed directory, below the face's address.
pub(super) async fn realms(
    config: &Config,
    url: &str,
    epoch: Epoch,
    directories: &[Arc<Directory>],
    (activity, clock): (&Arc<Activity>, &Arc<dyn Clock>),
) -> Result<Vec<Arc<Realm>>, AppError> {
    let mut realms = Vec::new();
    for (section, directory) in config.directories.iter().zip(directories) {
        let SourceConfig::ScimPush(push) = &section.source else {
            continue;
        };
        let mapper = mapper(open::mapping(section));
        let brake = Brake::open(directory, section.limits.limits(), Arc::clone(clock)).await?;
        let mut realm = Realm::new(brake, push, mapper, Arc::clone(clock), epoch, url)?;
        if push.accept_passwords {
            realm = realm.keeping_passwords(Arc::new(hash));
        }
        if let Some(attribute) = &push.last_login {
            realm = realm.telling(seen(activity, directory, attribute));
        }
        realm.remember().await;
        realms.push(Arc::new(realm));
    }
    Ok(realms)
}

/// Takes down when pushed users last logged in. Silence of a provider means something only since it tells at all, as with
/// reports of applications: so it is their lane.
fn seen(activity: &Arc<Activity>, directory: &Arc<Directory>, attribute: &str) -> Arc<Told> {
    let (activity, directory) = (Arc::clone(activity), directory.id().clone());
    let attribute = attribute.to_owned();
    Arc::new(move |user, attributes| {
        let Some(at) = last_login(attributes, &attribute) else {
            return;
        };
        let sighting = Sighting {
            lane: Lane::ActivityApi,
            at,
            how: How::SignIn,
            application: None,
        };
        if activity.saw(&directory, user, sighting) == Took::Ahead {
            tracing::warn!(%directory, "a pushed log-in lies ahead of this machine's clock; hint: set it");
        }
    })
}

/// What the operators see of a realm.
pub(super) fn pushed(realm: &Arc<Realm>) -> Pushed {
    let (tokens, requests) = (Arc::clone(realm), Arc::clone(realm));
    Pushed {
        brake: Arc::clone(realm.brake()),
        tokens: Arc::new(move || tokens.tokens()),
        requests: Arc::new(move || requests.requests()),
    }
}

fn hash(password: &Secret) -> Option<String> {
    hash_password(password)
        .inspect_err(|error| tracing::error!(code = error.code(), %error, "a pushed password was not hashed"))
        .ok()
}

/// A directory's mapping, for resources as they are kept.
fn mapper(mapping: Mapping) -> Mapper {
    let rows = UserRows::new(mapping.attributes().iter().map(String::as_str));
    let (users, groups) = (Arc::new(mapping.clone()), Arc::new(mapping));
    Mapper {
        user: Arc::new(move |id, resource| Ok(users.user(&rows.user(id, resource)?))),
        group: Arc::new(move |id, resource| {
            let text = |name: &str| text(resource, name).into();
            Ok(groups.group(&SourceGroup {
                id,
                name: text("displayName"),
                nickname: text("nickName"),
                description: text("description"),
                created_at: None,
            }))
        }),
    }
}

fn text<'r>(resource: &'r Map<String, Value>, name: &str) -> &'r str {
    resource.get(name).and_then(Value::as_str).unwrap_or_default()
}
