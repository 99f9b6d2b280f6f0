//! The configuration of what of a source belongs to a directory, and of what is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Span;
use crate::sync::scope::GroupPattern;

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
        // Whoever stays as it was, or is removed at once, is not removed later.
        let after = self.remove_after != RemoveAfter::Never;
        (after && self.users != MissingUsers::Deactivate).then_some("remove_after")
    }
}

/// Which users of a source belong to a directory.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
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
    pub groups_include: Vec<GroupPattern>,
    /// Names, ids or `/regular expressions/` of groups that are left out.
    pub groups_exclude: Vec<GroupPattern>,
    /// Which users.
    pub users: UsersScope,
    /// Whether guests.
    pub guests: Guests,
    /// Mail domains that this source may speak for; empty: any.
    pub domains: Vec<String>,
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
