//! Users whom one read shows under one address: it is unique with Google, so the list moved while it was read.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use serde_json::Value;

use crate::model::ExternalId;

/// Finds them. Of addresses only hashes are kept: two that meet by chance cost two requests.
#[derive(Debug, Default)]
pub(super) struct Twins {
    bearers: HashMap<u64, ExternalId>,
    twins: HashSet<ExternalId>,
}

impl Twins {
    /// A user as told.
    pub(super) fn see(&mut self, id: &ExternalId, row: &Value) {
        let Some(address) = row["primaryEmail"].as_str() else {
            return;
        };
        let mut hash = DefaultHasher::new();
        address.to_lowercase().hash(&mut hash);
        let Some(other) = self.bearers.insert(hash.finish(), id.clone()) else {
            return;
        };
        if other != *id {
            self.twins.extend([other, id.clone()]);
        }
    }

    /// Those found so far: what was told of them does not count any more.
    pub(super) fn take(&mut self) -> HashSet<ExternalId> {
        let twins = std::mem::take(&mut self.twins);
        if !twins.is_empty() {
            self.bearers.retain(|_, id| !twins.contains(id));
        }
        twins
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn who_is_told_twice_is_no_twin_but_who_bears_anothers_address_is() {
        let mut twins = Twins::default();
        let mut see = |id: &str, address: &str| {
            twins.see(&id.into(), &json!({ "primaryEmail": address }));
            twins.take().len()
        };
        assert_eq!(see("a", "ann@corp.example"), 0);
        assert_eq!(see("a", "ann@corp.example"), 0);
        assert_eq!(see("b", "bob@corp.example"), 0);
        assert_eq!(see("c", "ANN@corp.example"), 2);
        // Asked again, the first has another's address, who was told before.
        assert_eq!(see("a", "bob@corp.example"), 2);
        assert_eq!(see("b", "cy@corp.example"), 0);
    }
}
