//! Holds: our own deactivation of a user, laid over what its source says, until it is released.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::ids::ExternalId;

/// Why a user is kept out, by whom, how long, and what of it is hidden meanwhile.
///
/// Kept beside the row under the row id, which a removed user's tombstone keeps: so it outlives its row and returns with it.
/// Written by the cleanup and by operators, never by a synchronisation; the source's facts go on beneath it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// Why, in words for people.
    pub reason: Arc<str>,
    /// The cleanup policy that asked for it; `None` where a person did.
    #[serde(default)]
    pub policy: Option<Arc<str>>,
    /// Who: `operator ops`, `cleanup ninety-days`.
    pub actor: Arc<str>,
    /// Milliseconds since 1970 of its beginning; a later stage of the same hold keeps it.
    pub since: i64,
    /// Milliseconds since 1970 of its end, if it ends by itself.
    #[serde(default)]
    pub until: Option<i64>,
    /// Whether new evidence of use, or a login, ends it.
    #[serde(default)]
    pub release_on_return: bool,
    /// The memberships that applications are not told of.
    #[serde(default)]
    pub groups: HiddenGroups,
    /// The person has been forgotten: what the source says of its identity is dropped.
    #[serde(default)]
    pub anonymised: bool,
    /// No application is told of the user at all.
    #[serde(default)]
    pub removed: bool,
}

/// Which direct memberships a hold hides.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HiddenGroups {
    /// Those in these groups, now and later; perhaps none.
    These(Arc<[ExternalId]>),
    /// All, now and later.
    All,
}

impl Default for HiddenGroups {
    fn default() -> Self {
        Self::These(Arc::from([]))
    }
}

impl Hold {
    /// A plain hold: the user is inactive, nothing of it is hidden.
    pub fn new(reason: &str, actor: &str, since: i64) -> Self {
        Self {
            reason: reason.into(),
            policy: None,
            actor: actor.into(),
            since,
            until: None,
            release_on_return: false,
            groups: HiddenGroups::default(),
            anonymised: false,
            removed: false,
        }
    }

    /// Whether any membership may be hidden.
    pub fn has_masks(&self) -> bool {
        self.removed || !matches!(&self.groups, HiddenGroups::These(groups) if groups.is_empty())
    }

    /// Whether the membership in this group is hidden.
    pub fn hides(&self, group: &ExternalId) -> bool {
        self.removed
            || match &self.groups {
                HiddenGroups::All => true,
                HiddenGroups::These(groups) => groups.contains(group),
            }
    }

    /// Whether it has ended by itself.
    pub fn is_over(&self, now: i64) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}
