//! The configuration of a directory's synchronisation, mapping, scope, limits.

use schemars::JsonSchema;
use serde::Deserialize;

use super::mapping::{RuleConfig, known_group_attribute};
use crate::clock::Span;
use crate::directory::limits::{Limit, Limits};

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
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self {
            schedule: None,
            time_zone: "UTC".to_owned(),
            full_every: Span(std::time::Duration::from_hours(24)),
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
    /// E-mail address.
    pub email: Option<RuleConfig>,
    /// A group's name.
    pub group_name: Option<RuleConfig>,
}

impl MappingConfig {
    /// The first key that this version cannot follow.
    pub fn unsupported(&self) -> Option<&'static str> {
        let names = self.group_name.iter().flat_map(|rule| &rule.from);
        let foreign = names.into_iter().any(|name| !known_group_attribute(name));
        foreign.then_some("group_name.from")
    }
}

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

/// What becomes of a user who is missing at the source.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum MissingUsers {
    /// Stays, inactive, with its last memberships.
    #[default]
    Deactivate,
    /// Stays as it was.
    Keep,
    /// Is removed.
    Remove,
}

/// How long a missing user stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub enum RemoveAfter {
    /// For ever: `never`.
    #[default]
    Never,
    /// So long: `90d`.
    After(Span),
}

impl TryFrom<String> for RemoveAfter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self::Never);
        }
        Span::try_from(text).map(Self::After)
    }
}

/// `[directory.missing]`: what becomes of users who are missing at the source.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct MissingConfig {
    /// What becomes of them.
    pub users: MissingUsers,
    /// When they are removed: `never`, or a length of time.
    pub remove_after: RemoveAfter,
}

impl MissingConfig {
    /// The first key that this version cannot follow.
    pub fn unsupported(&self) -> Option<&'static str> {
        match (self.users, self.remove_after) {
            (MissingUsers::Deactivate, RemoveAfter::Never) => None,
            (MissingUsers::Deactivate, RemoveAfter::After(_)) => Some("remove_after"),
            _ => Some("users"),
        }
    }
}

/// Which users of a source belong to a directory.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum UsersScope {
    /// All.
    #[default]
    All,
    /// Who is in a group of the scope.
    InGroups,
    /// Who is assigned to the application at the source.
    Assigned,
}

/// Whether guests belong to a directory.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Guests {
    /// As anybody.
    #[default]
    Include,
    /// No.
    Exclude,
    /// Nobody else.
    Only,
}

/// `[directory.scope]`: what of a source belongs to a directory.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct ScopeConfig {
    /// Names, ids or `/regular expressions/` of groups; empty: all.
    pub groups_include: Vec<String>,
    /// Names, ids or `/regular expressions/` of groups that are left out.
    pub groups_exclude: Vec<String>,
    /// Which users.
    pub users: UsersScope,
    /// Whether guests.
    pub guests: Guests,
    /// Mail domains that this source may speak for; empty: any.
    pub domains: Vec<String>,
}

impl ScopeConfig {
    /// The first key that this version cannot follow.
    pub fn unsupported(&self) -> Option<&'static str> {
        let keys = [
            (!self.groups_include.is_empty(), "groups_include"),
            (!self.groups_exclude.is_empty(), "groups_exclude"),
            (self.users != UsersScope::All, "users"),
            (self.guests != Guests::Include, "guests"),
            (!self.domains.is_empty(), "domains"),
        ];
        keys.into_iter().find(|(set, _)| *set).map(|(_, key)| key)
    }
}

/// `[directory.groups]`: groups that rules make, and nesting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct GroupsConfig {
    /// Groups that every active user of this directory is a member of.
    pub default: Vec<String>,
    /// Whether groups in groups are read.
    pub nested: bool,
}

impl Default for GroupsConfig {
    fn default() -> Self {
        Self {
            default: Vec::new(),
            nested: true,
        }
    }
}

impl GroupsConfig {
    /// The first key that this version cannot follow.
    pub fn unsupported(&self) -> Option<&'static str> {
        if !self.default.is_empty() {
            return Some("default");
        }
        (!self.nested).then_some("nested")
    }
}
