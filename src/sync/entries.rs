//! Runs and plans as entries of the store.

use crate::model::commit::EntryWrite;

pub(super) fn read<T: serde::de::DeserializeOwned>(space: &str, key: &str, value: &[u8]) -> Option<T> {
    let read = serde_json::from_slice(value);
    read.inspect_err(|error| tracing::warn!(space, key, %error, "a kept entry cannot be read: it is ignored"))
        .ok()
}

pub(super) fn write<T: serde::Serialize>(
    space: &str,
    key: &str,
    value: &T,
    expires_at: Option<i64>,
) -> EntryWrite {
    let value = serde_json::to_vec(value).expect("runs and plans have string keys only");
    EntryWrite {
        space: space.to_owned(),
        key: key.to_owned(),
        value: Some(value),
        expires_at,
        expect: None,
    }
}

pub(super) fn delete(space: &str, key: &str) -> EntryWrite {
    EntryWrite {
        space: space.to_owned(),
        key: key.to_owned(),
        value: None,
        expires_at: None,
        expect: None,
    }
}
