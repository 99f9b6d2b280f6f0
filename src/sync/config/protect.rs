//! The configuration of who is touched by no plan.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::name::fold;

/// `[protect]`: accounts for emergencies.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ProtectConfig {
    /// Usernames whose bearers no plan deactivates, removes, renames or takes out of a group.
    pub users: Vec<String>,
}

impl ProtectConfig {
    /// The names as compared.
    pub fn names(&self) -> BTreeSet<String> {
        self.users.iter().map(|name| fold(name.trim())).collect()
    }
}
