//! Terms: what a plan depends on besides the directory and what was read.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::config::{MissingConfig, MissingUsers, RemoveAfter};
use super::planner::Completeness;
use super::scope::Scope;
use super::withheld::Withheld;
use crate::model::name::fold;

/// What a directory's configuration says of its plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What of the source belongs to the directory.
    pub scope: Scope,
    /// Whether groups in groups are read.
    pub nested: bool,
    /// What becomes of users who are missing at the source.
    pub missing: MissingConfig,
    /// What else decides what is read: the rules of linked directories, as one text.
    pub links: String,
    /// Folded names of users whom no plan touches.
    pub protected: BTreeSet<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            scope: Scope::default(),
            nested: true,
            missing: MissingConfig::default(),
            links: String::new(),
            protected: BTreeSet::new(),
        }
    }
}

impl Rules {
    /// Whether no plan may touch the user of this name.
    pub(super) fn protects(&self, name: &str) -> bool {
        !self.protected.is_empty() && self.protected.contains(&fold(name))
    }

    /// After how many milliseconds a vanished user is removed.
    pub(super) fn remove_after(&self) -> Option<i64> {
        match (self.missing.users, self.missing.remove_after) {
            (MissingUsers::Remove, _) => Some(0),
            (MissingUsers::Keep, _) | (_, RemoveAfter::Never) => None,
            (_, RemoveAfter::After(span)) => Some(i64::try_from(span.0.as_millis()).unwrap_or(i64::MAX)),
        }
    }
}

/// The terms of one plan.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What may be concluded from what was not told.
    pub read: Completeness,
    /// Milliseconds since 1970.
    pub now: i64,
    /// The directory's own.
    pub rules: Arc<Rules>,
    /// What the plan must not take away.
    pub(super) withheld: Withheld,
}

impl Terms {
    /// Terms under which nothing is withheld.
    pub fn new(read: Completeness, now: i64, rules: Arc<Rules>) -> Self {
        let withheld = Withheld::default();
        Self {
            read,
            now,
            rules,
            withheld,
        }
    }
}

/// The terms of a directory of which nothing is configured.
impl From<Completeness> for Terms {
    fn from(read: Completeness) -> Self {
        Self::new(read, 0, Arc::default())
    }
}
