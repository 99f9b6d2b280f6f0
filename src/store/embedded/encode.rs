//! A commit as records: encoded one by one, so that a big one is never in memory twice.

use std::io::ErrorKind;
use std::path::Path;

use super::codec::frame::BODY_MAX;
use super::codec::records::{self, StoredEntry};
use super::codec::{keys, rows};
use super::entries::Place;
use super::files::failed;
use super::redo::RedoRecord;
use crate::model::commit::Commit;
use crate::model::{DirectoryId, Row};
use crate::store::api::{Result, StoreError};

/// What one batch carries at most: sled's time and space for a batch grow faster than its size.
pub(crate) const BATCH_VALUES: usize = 2_000;
/// The same, in bytes.
pub(crate) const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Gives records to a taker.
pub(crate) type Take<'a> = &'a mut dyn FnMut(&[u8], Option<&[u8]>) -> Result<()>;

/// The records of a part of a commit, or `None` when they are too many for a batch.
pub(crate) fn collect(
    count: usize,
    each: &dyn Fn(Take<'_>) -> Result<()>,
) -> Result<Option<Vec<RedoRecord>>> {
    if count > BATCH_VALUES {
        return Ok(None);
    }
    let mut records = Vec::with_capacity(count);
    each(&mut |key, body| {
        records.push((key.to_vec(), body.map(<[u8]>::to_vec)));
        Ok(())
    })?;
    Ok(Some(records).filter(|records| size(records) <= BATCH_BYTES))
}

/// The bytes of records.
pub(crate) fn size(records: &[RedoRecord]) -> usize {
    records
        .iter()
        .map(|(key, body)| key.len() + body.as_ref().map_or(0, Vec::len))
        .sum()
}

/// Entries, then audit.
pub(crate) fn each_beside(
    entries: &[(Place, Option<StoredEntry>)],
    commit: &Commit,
    audit: u64,
    take: Take<'_>,
) -> Result<()> {
    for ((space, key), entry) in entries {
        let body = entry.as_ref().map(StoredEntry::encode);
        take(&keys::entry(space, key), body.as_deref())?;
    }
    for (number, record) in (audit..).zip(&commit.audit) {
        let body = records::encode_audit(record);
        fits(body.len(), "an audit record")?;
        take(&keys::audit(number), Some(&body))?;
    }
    Ok(())
}

/// The cursor, then the rows.
pub(crate) fn each_row(number: u32, commit: &Commit, take: Take<'_>) -> Result<()> {
    if let Some(cursor) = &commit.cursor {
        let body = records::encode_cursor(cursor);
        fits(body.len(), "a cursor")?;
        take(&keys::cursor(number), Some(&body))?;
    }
    for row in &commit.rows {
        let body = rows::encode(row).map_err(|flaw| unfit(&commit.directory, row, flaw.0))?;
        fits(body.as_ref().map_or(0, Vec::len), "a row")?;
        take(&keys::row(number, row), body.as_deref())?;
    }
    Ok(())
}

/// Whether a body can be stored at all.
pub(crate) fn fits(length: usize, what: &str) -> Result<()> {
    // Room for the texts that an entry's body has beside its value.
    if length < BODY_MAX / 2 {
        return Ok(());
    }
    Err(failed("store", Path::new(what))(ErrorKind::FileTooLarge.into()))
}

fn unfit(directory: &DirectoryId, row: &Row, flaw: &'static str) -> StoreError {
    let group = if let Row::Members(block) = row {
        block.group.0
    } else {
        0
    };
    let what = format!("the members of group row {group} of {directory}");
    failed("store", Path::new(&what))(std::io::Error::new(ErrorKind::InvalidInput, flaw))
}
