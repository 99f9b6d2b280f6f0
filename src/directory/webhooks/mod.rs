//! Webhooks: applications that want to hear that their view has changed.
//!
//! How a ping is sent is the business of whoever runs this.

mod delivery;
mod registry;
mod state;

pub use registry::{Admits, WebhookError, Webhooks};
pub use state::{Ping, Webhook};
