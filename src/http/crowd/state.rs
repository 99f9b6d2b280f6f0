//! What every request of the Crowd face needs.

use std::sync::Arc;

use super::config::{CrowdConfig, SsoConfig};
use super::gate::Gate;
use crate::directory::webhooks::Webhooks;
use crate::directory::{Applications, Sessions};
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
        }
    }

    /// With webhooks, which somebody else sends.
    #[must_use]
    pub fn with_webhooks(mut self, webhooks: Arc<Webhooks>) -> Self {
        self.webhooks = Some(webhooks);
        self
    }
}
