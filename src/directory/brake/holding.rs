//! What is held, as it is kept and told.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::ExternalId;

/// Why losses are refused, since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Milliseconds since 1970.
    pub since: i64,
    /// The breach, as a sentence.
    pub reason: String,
}

/// How a brake stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// All losses are held.
    pub held: Option<Holding>,
    /// The losses of single groups are held.
    pub groups: BTreeMap<ExternalId, Holding>,
    /// Milliseconds since 1970 until which everything is let through: somebody has released it.
    pub open_until: i64,
    /// Reasons that have not been written down yet.
    #[serde(skip)]
    pub(super) untold: BTreeSet<String>,
}

impl Standing {
    /// Whether anything is held.
    pub fn holds(&self) -> bool {
        self.held.is_some() || !self.groups.is_empty()
    }

    /// Everything that is held.
    pub fn holdings(&self) -> impl Iterator<Item = &Holding> {
        self.held.iter().chain(self.groups.values())
    }
}
