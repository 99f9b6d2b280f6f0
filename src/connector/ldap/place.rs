//! Where a read of changes goes on, and what is remembered beside it until the process ends.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::config::Flavour;
use super::error::LdapError;
use super::source::LdapSource;
use super::talk::Talk;
use crate::connector::api::{ConnectorError, Result};
use crate::model::ExternalId;
use crate::protocol::ldap::control::{Control, SHOW_DELETED, SYNC_REQUEST, sync_request};
use crate::protocol::ldap::{Entry, Filter, Scope, Search, dn, value};

/// Where the next read goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub(super) enum Place {
    /// After a change's number on one domain controller.
    Usn {
        /// The controller's database.
        dc: String,
        /// The number of the last change read.
        usn: i64,
        /// Below which name deleted objects are shown to us, if they are.
        deleted: Option<String>,
    },
    /// At content synchronisation's cookie.
    Sync {
        /// The cookie of users.
        users: String,
        /// The cookie of groups.
        groups: String,
    },
    /// The server tells no changes.
    Nowhere,
}

impl Place {
    pub(super) fn of(token: &str) -> Option<Self> {
        serde_json::from_str(token).ok()
    }

    pub(super) fn token(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| ConnectorError::Malformed(error.to_string()))
    }
}

/// The root of a server: what it says of itself.
pub(super) async fn root(talk: &mut Talk, attributes: &[&str]) -> Result<Entry, LdapError> {
    let found = talk
        .look(
            "the server's own entry",
            "",
            &Filter::present("objectClass"),
            attributes,
            &[],
        )
        .await?;
    found.ok_or_else(|| LdapError::Malformed("the server says nothing of itself".to_owned()))
}

/// The place of now, taken before a full read: what changes meanwhile is told by the first read of changes.
pub(super) async fn now(source: &LdapSource, talk: &mut Talk) -> Result<Place, LdapError> {
    match source.config.flavour {
        Flavour::Ad => usn(talk).await,
        Flavour::OpenLdap => csn(source, talk).await,
    }
}

async fn usn(talk: &mut Talk) -> Result<Place, LdapError> {
    let wanted = ["highestCommittedUSN", "dsServiceName", "defaultNamingContext"];
    let root = root(talk, &wanted).await?;
    let usn = root.text("highestCommittedUSN").and_then(|usn| usn.parse().ok());
    let (Some(usn), Some(service)) = (usn, root.text("dsServiceName")) else {
        let what = "the server says neither its highest USN nor its name; hint: is it Active Directory?";
        return Err(LdapError::Malformed(what.to_owned()));
    };
    let mut deleted = None;
    if let Some(domain) = root.text("defaultNamingContext") {
        let dn = format!("CN=Deleted Objects,{domain}");
        let show = [Control::plain(SHOW_DELETED, true)];
        let found = talk
            .look(
                "deleted objects",
                &dn,
                &Filter::present("objectClass"),
                &["objectClass"],
                &show,
            )
            .await;
        match found {
            Ok(Some(entry)) => {
                shown(&entry)?;
                deleted = Some(dn);
            }
            // Most accounts may not look there; then lists are compared.
            Ok(None) | Err(LdapError::Denied(..)) => {}
            Err(error) => return Err(error),
        }
    }
    let dc = database(talk, service).await?;
    Ok(Place::Usn { dc, usn, deleted })
}

/// Which copy of the database numbers are of: a restored controller gets another one. Its name, where that may not be read.
pub(super) async fn database(talk: &mut Talk, service: &str) -> Result<String, LdapError> {
    let all = Filter::present("objectClass");
    let found = talk
        .look(
            "the controller's entry",
            service,
            &all,
            &["objectClass", "invocationId"],
            &[],
        )
        .await;
    match found {
        Ok(found) => {
            found.as_ref().map_or(Ok(()), shown)?;
            let id = found
                .as_ref()
                .and_then(|entry| entry.values("invocationId").first());
            Ok(id
                .and_then(|id| value::guid(id))
                .unwrap_or_else(|| service.to_owned()))
        }
        Err(LdapError::Denied(..)) => Ok(service.to_owned()),
        Err(error) => Err(error),
    }
}

/// Whether an answer tells what was asked for, which every object has.
fn shown(entry: &Entry) -> Result<(), LdapError> {
    if entry.values("objectClass").is_empty() {
        let dn: String = entry.dn.chars().take(200).collect();
        return Err(LdapError::Malformed(format!(
            "the server tells nothing of `{dn}`"
        )));
    }
    Ok(())
}

async fn csn(source: &LdapSource, talk: &mut Talk) -> Result<Place, LdapError> {
    let root = root(talk, &["namingContexts", "supportedControl"]).await?;
    let knows = |oid: &str| {
        root.values("supportedControl")
            .iter()
            .any(|own| own == oid.as_bytes())
    };
    let contexts = root.values("namingContexts").iter();
    let mut contexts = contexts.filter_map(|name| std::str::from_utf8(name).ok());
    let suffix = contexts.find(|name| dn::is_within(&source.config.base_dn, name));
    let (true, Some(suffix)) = (knows(SYNC_REQUEST), suffix) else {
        return Ok(Place::Nowhere);
    };
    let all = Filter::present("objectClass");
    let entry = talk
        .look("the state of the database", suffix, &all, &["contextCSN"], &[])
        .await?;
    let numbers: Vec<&str> = entry
        .iter()
        .flat_map(|entry| entry.values("contextCSN"))
        .filter_map(|number| std::str::from_utf8(number).ok())
        .collect();
    if numbers.is_empty() {
        return Ok(Place::Nowhere);
    }
    let cookie = format!("rid=000,csn={}", numbers.join(";"));
    if !synchronises(talk, suffix, &cookie).await? {
        return Ok(Place::Nowhere);
    }
    Ok(Place::Sync {
        users: cookie.clone(),
        groups: cookie,
    })
}

/// Whether changes of this database are told: the server knows the control wherever one of its databases does.
async fn synchronises(talk: &mut Talk, suffix: &str, cookie: &str) -> Result<bool, LdapError> {
    let search = Search {
        base: suffix.to_owned(),
        scope: Scope::Base,
        filter: Filter::present("objectClass"),
        attributes: vec!["1.1".to_owned()],
    };
    match talk
        .ask("changes", &search, &[sync_request(cookie.as_bytes())])
        .await
    {
        Ok(_) => Ok(true),
        Err(LdapError::Unsupported(_) | LdapError::Expired(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Who is there, as of a place: needed where a server tells only what is still there.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Option<Known>>);

/// What is known as of a place.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// As of where.
    pub(super) place: Place,
    /// The users.
    pub(super) users: HashSet<ExternalId>,
    /// The groups.
    pub(super) groups: HashSet<ExternalId>,
}

impl Memory {
    pub(super) fn keep(&self, known: Known) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }

    /// What is known as of this place.
    pub(super) fn at(&self, place: &Place) -> Option<Known> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.clone().filter(|known| known.place == *place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_token_and_memory_is_of_one_place() {
        let place = Place::Usn {
            dc: "x".to_owned(),
            usn: 7,
            deleted: None,
        };
        assert_eq!(Place::of(&place.token().unwrap()), Some(place.clone()));
        assert_eq!(Place::of("}{"), None);
        let memory = Memory::default();
        memory.keep(Known {
            place: place.clone(),
            users: HashSet::from(["u".into()]),
            groups: HashSet::new(),
        });
        assert!(memory.at(&place).is_some_and(|known| known.users.len() == 1));
        assert!(memory.at(&Place::Nowhere).is_none());
    }
}
