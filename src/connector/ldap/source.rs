//! The connector.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use super::config::LdapConfig;
use super::place::{Memory, Place};
use super::rows::Rows;
use super::talk::{Server, Talk};
use super::wire::Tls;
use super::{changes, check, full, password, returning, seen};
use crate::client;
use crate::clock::Clock;
use crate::connector::api::{
    Batch, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result, Returning, Verdict,
};
use crate::connector::stream;
use crate::model::ExternalId;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use crate::protocol::ldap::{Filter, Scope, Search};
use crate::secret::Secret;

/// How many passwords are checked at once.
const SIGN_INS: usize = 16;

/// A connector of one server.
#[derive(Clone)]
pub struct LdapSource {
    pub(super) server: Arc<Server>,
    pub(super) config: Arc<LdapConfig>,
    pub(super) rows: Rows,
    pub(super) users: Filter,
    pub(super) groups: Filter,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) memory: Arc<Memory>,
    pub(super) sign_ins: Arc<Semaphore>,
    tasks: TaskTracker,
    scope: String,
}

impl LdapSource {
    /// A connector; `authority` is the only certificate authority that is trusted, where there is one; `attributes` are what the mapping
    /// wants; reads run on `tasks`.
    ///
    /// # Errors
    /// `Refused` where address, authority or filters cannot be used.
    pub fn build(
        config: &LdapConfig,
        secret: Secret,
        authority: Option<&[u8]>,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Result<Self> {
        config.verify().map_err(ConnectorError::Refused)?;
        let place = config.place().map_err(ConnectorError::Refused)?;
        let tls = (place.tls || config.start_tls).then(|| {
            let config_of =
                client::tls(authority).map_err(|error| ConnectorError::Refused(error.to_string()))?;
            Ok::<_, ConnectorError>(Tls {
                config: config_of,
                later: config.start_tls,
            })
        });
        let server = Server {
            place,
            tls: tls.transpose()?,
            bind_dn: config.bind_dn.clone(),
            password: secret,
            back_off: Duration::from_secs(1),
        };
        Ok(Self {
            server: Arc::new(server),
            config: Arc::new(config.clone()),
            rows: Rows {
                flavour: config.flavour,
                wanted: attributes.iter().map(|name| Arc::from(name.as_str())).collect(),
                group_name: config.group_name.as_str().into(),
            },
            users: config.users(),
            groups: config.groups(),
            clock,
            memory: Arc::default(),
            sign_ins: Arc::new(Semaphore::new(SIGN_INS)),
            tasks,
            scope: scope(config, attributes),
        })
    }

    /// The same with another first back-off, for tests that provoke failures.
    #[must_use]
    pub fn with_back_off(mut self, first: Duration) -> Self {
        if let Some(server) = Arc::get_mut(&mut self.server) {
            server.back_off = first;
        }
        self
    }

    pub(super) fn talk(&self) -> Talk {
        Talk::new(Arc::clone(&self.server))
    }

    pub(super) fn user_base(&self) -> &str {
        self.config.user_base.as_deref().unwrap_or(&self.config.base_dn)
    }

    pub(super) fn group_base(&self) -> &str {
        self.config.group_base.as_deref().unwrap_or(&self.config.base_dn)
    }

    /// The search for users, of all or of those that fit another filter too.
    pub(super) fn user_search(&self, and: Option<Filter>, attributes: Vec<String>) -> Search {
        search(self.user_base(), &self.users, and, attributes)
    }

    /// The search for groups.
    pub(super) fn group_search(&self, and: Option<Filter>, attributes: Vec<String>) -> Search {
        search(self.group_base(), &self.groups, and, attributes)
    }

    pub(super) fn cursor(&self, place: &Place, full_at: i64) -> Result<Cursor> {
        Ok(Cursor {
            scope: self.scope.clone(),
            token: place.token()?,
            full_at,
        })
    }
}

fn search(base: &str, kind: &Filter, and: Option<Filter>, attributes: Vec<String>) -> Search {
    let filter = match and {
        Some(and) => Filter::And(vec![kind.clone(), and]),
        None => kind.clone(),
    };
    Search {
        base: base.to_owned(),
        scope: Scope::Tree,
        filter,
        attributes,
    }
}

/// What a cursor is good for: with another server, base, filter or mapping another list is read.
fn scope(config: &LdapConfig, attributes: &BTreeSet<String>) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let parts = [
        config.url.clone(),
        config.base_dn.clone(),
        part(&config.user_base),
        part(&config.group_base),
        part(&config.user_filter),
        part(&config.group_filter),
        config.group_name.clone(),
        format!("{:?}", config.flavour),
    ];
    let mut hash = Sha256::new();
    for part in parts.iter().chain(attributes) {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    crate::connector::jwt::base64url(&hash.finalize())
}

#[async_trait]
impl Connector for LdapSource {
    async fn check(&self) -> Report {
        check::run(self).await
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let source = self.clone();
        let good = since.filter(|since| since.scope == self.scope);
        let place = good.and_then(|since| Some((Place::of(&since.token)?, since.full_at)));
        if let Some((place, full_at)) = place.filter(|(place, _)| !matches!(place, Place::Nowhere)) {
            return Ok(stream::pull(&self.tasks, false, move |out| async move {
                let next = changes::read(&source, &out, &place).await?;
                Ok(Batch::End {
                    coverage: Coverage::ChangesOnly,
                    cursor: Some(source.cursor(&next, full_at)?),
                })
            }));
        }
        Ok(stream::pull(&self.tasks, true, move |out| {
            full::read(source, out)
        }))
    }

    async fn memberships_of(&self, returning: &Returning) -> Result<Vec<Record>> {
        Ok(returning::read(self, returning).await?)
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        if !self.config.sign_in_activity {
            return Ok(None);
        }
        Ok(Some(seen::read(self).await?))
    }

    async fn verify_password(&self, user: &ExternalId, password: &Secret) -> Result<Verdict> {
        if !self.config.check_passwords {
            return Ok(Verdict::CannotVerify);
        }
        Ok(password::verify(self, user, password).await?)
    }
}
