//! The configuration of evidence: how often it is written down.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;

/// `[activity]`: when users were last seen.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ActivityConfig {
    /// How long evidence is gathered before it is written down, all at once: what a kill or a power cut may lose.
    pub write_every: Span,
}

impl Default for ActivityConfig {
    fn default() -> Self {
        Self {
            write_every: Span(Duration::from_mins(1)),
        }
    }
}

impl ActivityConfig {
    /// The time between two writes; no less than a second, whatever is configured.
    pub fn write_every(&self) -> Duration {
        self.write_every.0.max(Duration::from_secs(1))
    }
}
