//! One session as the store keeps it.

use serde::{Deserialize, Serialize};

use super::factors::Factors;
use super::key::{Hash, hex};
use crate::model::commit::EntryWrite;
use crate::model::{DirectoryId, ExternalId};

/// The space of the store's entries.
pub(super) const SPACE: &str = "session";

/// A session. Neither its token nor anything that a token could be made of without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Random; the token is its keyed hash.
    pub(super) id: String,
    pub(super) directory: DirectoryId,
    pub(super) user: ExternalId,
    /// Who began it.
    pub(super) application: String,
    pub(super) created_at: i64,
    /// The last creation or validation.
    pub(super) used_at: i64,
    /// Milliseconds that it lives without being used.
    pub(super) lifetime: i64,
    pub(super) factors: Factors,
}

impl Record {
    pub(super) fn expires_at(&self) -> i64 {
        self.used_at.saturating_add(self.lifetime)
    }

    pub(super) fn write(&self, hash: &Hash) -> EntryWrite {
        let value = serde_json::to_vec(self).expect("a session has text keys only");
        EntryWrite {
            space: SPACE.to_owned(),
            key: hex(hash),
            value: Some(value),
            expires_at: Some(self.expires_at()),
            expect: None,
        }
    }
}

pub(super) fn delete(hash: &Hash) -> EntryWrite {
    EntryWrite {
        space: SPACE.to_owned(),
        key: hex(hash),
        value: None,
        expires_at: None,
        expect: None,
    }
}
