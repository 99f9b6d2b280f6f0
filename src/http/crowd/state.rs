//! What every request of the Crowd face needs.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::ask::{Ask, Asks};
use super::config::{CrowdConfig, SsoConfig};
use super::gate::Gate;
use super::returning::MayReturn;
use crate::clock::SystemClock;
use crate::directory::lockout::Lockout;
use crate::directory::webhooks::Webhooks;
use crate::directory::writes::Takes;
use crate::directory::{Activity, Applications, Marks, Sessions, UserRef};
use crate::model::{Credential, DirectoryId};
use crate::protocol::crowd::Links;

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct CrowdState {
    pub(super) context: Arc<str>,
    pub(super) url: Arc<str>,
    pub(super) links: Links,
    pub(super) sso: Arc<SsoConfig>,
    pub(super) gate: Arc<Gate>,
    pub(super) applications: Arc<Applications>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) webhooks: Option<Arc<Webhooks>>,
    /// Whom it tells who was seen.
    pub(super) activity: Option<Arc<Activity>>,
    takes: Arc<HashMap<DirectoryId, Takes>>,
    asks: Arc<Asks>,
    /// Whose password was wrong how often.
    pub(super) lockout: Arc<Lockout>,
    /// Held by who puts a group into a group.
    pub(super) nesting: Arc<Mutex<()>>,
    /// Whether a held user may come back by itself; without it, whoever's hold says so.
    pub(super) may_return: Option<Arc<MayReturn>>,
    /// The marks of clients without cookies.
    pub(super) marks: Arc<Marks>,
}

impl CrowdState {
    /// A face of `config` for `applications`, whose passwords `gate` knows, with the `sessions` of their users.
    pub fn new(
        config: &CrowdConfig,
        gate: Gate,
        applications: Arc<Applications>,
        sessions: Arc<Sessions>,
    ) -> Self {
        let url = config.url();
        Self {
            context: config.context().into(),
            links: Links::new(&url),
            url: url.into(),
            sso: Arc::new(config.sso.clone()),
            gate: Arc::new(gate),
            applications,
            sessions,
            webhooks: None,
            activity: None,
            takes: Arc::default(),
            asks: Arc::default(),
            lockout: Arc::default(),
            nesting: Arc::default(),
            may_return: None,
            marks: Arc::new(Marks::in_memory(Arc::new(SystemClock))),
        }
    }

    /// With marks of clients without cookies that outlive the process.
    #[must_use]
    pub fn with_marks(mut self, marks: Marks) -> Self {
        self.marks = Arc::new(marks);
        self
    }

    /// With a judge of returns, who counts seats.
    #[must_use]
    pub fn with_returns(mut self, may_return: Arc<MayReturn>) -> Self {
        self.may_return = Some(may_return);
        self
    }

    /// With webhooks, which somebody else sends.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: Arc<Webhooks>) -> Self {
        self.webhooks = Some(webhooks);
        self
    }

    /// With somebody to tell who was seen.
    #[must_use]
    pub fn with_activity(mut self, activity: Arc<Activity>) -> Self {
        self.activity = Some(activity);
        self
    }

    /// The same, with what each directory takes from applications that may write; others take groups and attributes.
    #[must_use]
    pub fn taking(mut self, takes: HashMap<DirectoryId, Takes>) -> Self {
        self.takes = Arc::new(takes);
        self
    }

    /// The same, with whom to ask for passwords that are not kept here.
    #[must_use]
    pub fn asking(mut self, asks: Asks) -> Self {
        self.asks = Arc::new(asks);
        self
    }

    /// Whom to ask for the password of a user.
    pub(super) fn ask(&self, user: &UserRef<'_>) -> Option<&Ask> {
        self.asks.get(user.snapshot().directory())
    }

    pub(super) fn takes(&self, directory: &DirectoryId) -> Takes {
        self.takes.get(directory).copied().unwrap_or_default()
    }

    /// The password kept here of a user, where its directory lets it have one.
    pub(super) fn credential(&self, user: &UserRef<'_>) -> Option<Arc<Credential>> {
        let snapshot = user.snapshot();
        let credential = snapshot.details().credential(user.row().id)?;
        self.takes(snapshot.directory())
            .passwords
            .then(|| Arc::clone(credential))
    }
}
