//! The configuration of how much a plan may take away.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::directory::limits::{Limit, Limits};

/// `[directory.limits]`: a plan that takes more away is held.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Users deactivated or removed.
    #[serde(deserialize_with = "users")]
    #[schemars(with = "Written")]
    pub users: LimitConfig,
    /// Groups removed.
    #[serde(deserialize_with = "groups")]
    #[schemars(with = "Written")]
    pub groups: LimitConfig,
    /// Memberships removed.
    #[serde(deserialize_with = "memberships")]
    #[schemars(with = "Written")]
    pub memberships: LimitConfig,
    /// Groups, by name, that no plan may remove, rename or empty.
    pub protected_groups: Vec<String>,
}

/// One limit: over `max`, or over `percent` once more than `at_least` are concerned, a plan is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitConfig {
    /// Never more than so many.
    pub max: u64,
    /// Never more than this part of what is there.
    pub percent: f64,
    /// So many are always allowed, whatever their part.
    pub at_least: u64,
}

const USERS: LimitConfig = LimitConfig {
    max: 500,
    percent: 10.0,
    at_least: 5,
};
const GROUPS: LimitConfig = LimitConfig {
    max: 100,
    percent: 10.0,
    at_least: 2,
};
const MEMBERSHIPS: LimitConfig = LimitConfig {
    max: 5000,
    percent: 20.0,
    at_least: 50,
};

/// Over `max`, or over `percent` once more than `at_least` are concerned, a plan is held. What is absent has the
/// default of its place.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Limit")]
struct Written {
    /// Never more than so many.
    max: Option<u64>,
    /// Never more than this part of what is there, from 0 to 100.
    percent: Option<f64>,
    /// So many are always allowed, whatever their part.
    at_least: Option<u64>,
}

fn written<'de, D: serde::Deserializer<'de>>(from: D, default: LimitConfig) -> Result<LimitConfig, D::Error> {
    let written = Written::deserialize(from)?;
    let percent = written.percent.unwrap_or(default.percent);
    if !(0.0..=100.0).contains(&percent) {
        let what = format!("`percent` is {percent}; hint: write a number from 0 to 100");
        return Err(serde::de::Error::custom(what));
    }
    Ok(LimitConfig {
        max: written.max.unwrap_or(default.max),
        percent,
        at_least: written.at_least.unwrap_or(default.at_least),
    })
}

fn users<'de, D: serde::Deserializer<'de>>(from: D) -> Result<LimitConfig, D::Error> {
    written(from, USERS)
}

fn groups<'de, D: serde::Deserializer<'de>>(from: D) -> Result<LimitConfig, D::Error> {
    written(from, GROUPS)
}

fn memberships<'de, D: serde::Deserializer<'de>>(from: D) -> Result<LimitConfig, D::Error> {
    written(from, MEMBERSHIPS)
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            users: USERS,
            groups: GROUPS,
            memberships: MEMBERSHIPS,
            protected_groups: Vec::new(),
        }
    }
}

impl LimitsConfig {
    /// The limits as judged.
    pub fn limits(&self) -> Limits {
        let limit = |config: LimitConfig| Limit {
            max: config.max,
            percent: config.percent,
            at_least: config.at_least,
        };
        Limits::new(
            limit(self.users),
            limit(self.groups),
            limit(self.memberships),
            &self.protected_groups,
        )
    }
}
