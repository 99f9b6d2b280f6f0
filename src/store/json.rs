//! Entries whose bytes are JSON: runs, plans and the like.

use crate::model::commit::EntryWrite;

/// The value of an entry; one that cannot be read is told of, and ignored.
pub(crate) fn read<T: serde::de::DeserializeOwned>(space: &str, key: &str, value: &[u8]) -> Option<T> {
    let read = serde_json::from_slice(value);
    read.inspect_err(|error| tracing::warn!(space, key, %error, "a kept entry cannot be read: it is ignored"))
        .ok()
}

/// Writes an entry.
pub(crate) fn write<T: serde::Serialize>(
    space: &str,
    key: &str,
    value: &T,
    expires_at: Option<i64>,
) -> EntryWrite {
    let value = serde_json::to_vec(value).expect("what is kept has string keys only");
    EntryWrite {
        space: space.to_owned(),
        key: key.to_owned(),
        value: Some(value),
        expires_at,
        expect: None,
    }
}

/// Deletes an entry.
pub(crate) fn delete(space: &str, key: &str) -> EntryWrite {
    EntryWrite {
        space: space.to_owned(),
        key: key.to_owned(),
        value: None,
        expires_at: None,
        expect: None,
    }
}
