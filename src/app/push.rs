//! Pushed directories: their realms, with the mapping that reads what is pushed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::AppError;
use super::open;
use crate::clock::Clock;
use crate::config::{Config, SourceConfig};
use crate::connector::resource::UserRows;
use crate::directory::{Brake, Directory};
use crate::http::admin::Pushed;
use crate::http::crowd::password::hash_password;
use crate::http::scim::{Mapper, Realm};
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
    clock: &Arc<dyn Clock>,
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
        realm.remember().await;
        realms.push(Arc::new(realm));
    }
    Ok(realms)
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
