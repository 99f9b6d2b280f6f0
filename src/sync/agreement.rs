//! The agreement: under which scope and mapping a directory was read, and which of them a person or a harmless run let through.
//!
//! A typing error in a filter must not empty a directory: after a change of what is read, everything that would be taken away
//! waits until a person has seen it, or until nothing would be.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::mapping::Mapping;
use super::terms::Rules;

/// Hashes of scope and mapping; empty where there were none yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agreement {
    /// Those whose losses were let through.
    pub(super) agreed: String,
    /// Those that the cursor was read with.
    pub(super) read: String,
}

impl Agreement {
    /// The agreement of a directory that was read before there were any.
    pub(super) fn to(hash: &str) -> Self {
        Self {
            agreed: hash.to_owned(),
            read: hash.to_owned(),
        }
    }

    /// Why everything that is taken away must wait under these settings.
    pub(super) fn reserve(&self, hash: &str) -> Option<String> {
        if self.agreed == hash {
            return None;
        }
        Some(if self.agreed.is_empty() {
            "nobody has agreed yet to what a complete read of this directory takes away: the first one adds only".to_owned()
        } else {
            "scope or mapping of the directory have changed: whatever that takes away waits, however little"
                .to_owned()
        })
    }
}

/// What makes two readings of one source comparable, in hex.
pub(super) fn settings(mapping: &Mapping, rules: &Rules) -> String {
    let text = serde_json::to_vec(&(mapping, &rules.scope, rules.nested));
    let mut text = text.expect("mapping and scope are texts, lists and maps of texts");
    text.extend_from_slice(rules.links.as_bytes());
    Sha256::digest(&text)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Scope;
    use crate::sync::config::ScopeConfig;

    #[test]
    fn whatever_changes_what_is_read_changes_the_hash() {
        let rules = Rules::default();
        let hash = settings(&Mapping::entra(), &rules);
        let mut mapping = Mapping::entra();
        mapping.email.from.push("otherMails".to_owned());
        let flat = Rules {
            nested: false,
            ..Rules::default()
        };
        let config: ScopeConfig = serde_json::from_value(serde_json::json!({ "guests": "exclude" })).unwrap();
        let narrow = Rules {
            scope: Scope::from_config(&config),
            ..Rules::default()
        };
        assert_eq!(hash, settings(&Mapping::entra(), &Rules::default()));
        for other in [
            settings(&mapping, &rules),
            settings(&Mapping::entra(), &flat),
            settings(&Mapping::entra(), &narrow),
        ] {
            assert_ne!(other, hash);
        }
        let linked = Rules {
            links: "by employee_id".to_owned(),
            ..Rules::default()
        };
        assert_ne!(settings(&Mapping::entra(), &linked), hash);
        let agreement = Agreement::to(&hash);
        assert_eq!(agreement.reserve(&hash), None);
        assert!(
            agreement
                .reserve("else")
                .is_some_and(|why| why.contains("have changed"))
        );
        assert!(
            Agreement::default()
                .reserve(&hash)
                .is_some_and(|why| why.contains("first one"))
        );
    }
}
