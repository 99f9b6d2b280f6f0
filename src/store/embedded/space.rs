//! The entries of a space, decoded: stored ones, and over them those not yet in the engine.

use std::collections::BTreeMap;
use std::path::Path;

use super::codec::frame::Assembler;
use super::codec::records::StoredEntry;
use super::entries::living;
use super::files::damaged;
use super::request::SpaceContent;
use crate::model::commit::Entry;
use crate::store::api::Result;

/// The living entries, by key.
pub(crate) fn entries(file: &Path, content: SpaceContent, now: i64) -> Result<Vec<Entry>> {
    let flawed = |flaw| damaged(file, format!("an entry that {flaw}"));
    let mut found = BTreeMap::new();
    let mut assembler = Assembler::default();
    for (part_key, value) in &content.stored {
        if let Some((_, body)) = assembler.push(part_key, value).map_err(flawed)? {
            let entry = StoredEntry::decode(&body).map_err(flawed)?.entry;
            found.insert(entry.key.clone(), entry);
        }
    }
    assembler.finish().map_err(flawed)?;
    for (key, pending) in content.pending {
        match pending {
            Some(stored) => drop(found.insert(key, stored.entry)),
            None => drop(found.remove(&key)),
        }
    }
    Ok(found.into_values().filter(|entry| living(entry, now)).collect())
}
