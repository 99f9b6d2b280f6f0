//! The configuration of when a source is read, and of how its records are mapped.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;
use crate::sync::mapping::{OnCollision, RuleConfig, known_group_attribute};

/// `[directory.sync]`: when a directory is read. Without it only triggers start a run.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// A cron expression of six fields: second, minute, hour, day of month, month, day of week.
    pub schedule: Option<String>,
    /// The time zone of the schedule, by its IANA name.
    pub time_zone: String,
    /// How often everything is read; otherwise only changes.
    pub full_every: Span,
    /// By how much later than the schedule says a run may start, another while each time.
    pub jitter: Span,
    /// When a source that can is asked who signed in when; a cron expression as `schedule` is.
    pub last_seen_schedule: String,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self {
            schedule: None,
            time_zone: "UTC".to_owned(),
            full_every: Span(std::time::Duration::from_hours(24)),
            jitter: Span(std::time::Duration::ZERO),
            last_seen_schedule: "0 30 1 * * *".to_owned(),
        }
    }
}

/// `[directory.mapping]`: from a source's attributes to the fields that applications know.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct MappingConfig {
    /// The username.
    pub username: Option<RuleConfig>,
    /// The name to show.
    pub display_name: Option<RuleConfig>,
    /// Given name.
    pub first_name: Option<RuleConfig>,
    /// Family name.
    pub last_name: Option<RuleConfig>,
    /// E-mail address.
    pub email: Option<RuleConfig>,
    /// A group's name.
    pub group_name: Option<RuleConfig>,
    /// Custom attributes, by the names that applications read them under.
    pub attributes: BTreeMap<String, RuleConfig>,
    /// What becomes of a new user whose username another user of the directory has.
    pub on_collision: OnCollision,
}

impl MappingConfig {
    /// The first key that this version cannot follow.
    pub fn unsupported(&self) -> Option<&'static str> {
        let names = self.group_name.iter().flat_map(|rule| &rule.from);
        let foreign = names.into_iter().any(|name| !known_group_attribute(name));
        foreign.then_some("group_name.from")
    }
}
