//! Audit pages: chunks of records from the writer, decoded and filtered here, so that a rare find blocks nobody.

use super::codec::frame::Assembler;
use super::codec::{keys, records};
use super::files::damaged;
use super::request::{AuditChunk, Request};
use super::store::EmbeddedStore;
use crate::model::commit::AuditRecord;
use crate::store::api::{AUDIT_PAGE, AuditQuery, Page, Result};

/// The newest records that a query wants.
pub(crate) async fn page(store: &EmbeddedStore, query: AuditQuery) -> Result<Page<AuditRecord>> {
    let limit = if query.limit == 0 { AUDIT_PAGE } else { query.limit };
    let mut items: Vec<AuditRecord> = Vec::new();
    let (mut before, mut last) = (query.after, None);
    loop {
        let chunk = store
            .answer(store.send(|reply| Request::Audit(before, reply)))
            .await?;
        let numbered = decode(store, &chunk)?;
        for (number, record) in numbered {
            before = Some(number);
            if !query.wants(&record) {
                continue;
            }
            if items.len() == limit {
                return Ok(Page { items, next: last });
            }
            items.push(record);
            last = Some(number);
        }
        if before.is_none_or(|before| before == 0) || chunk.before == 0 {
            return Ok(Page { items, next: None });
        }
    }
}

/// The records of a chunk, newest first; their numbers have no gap.
fn decode(store: &EmbeddedStore, chunk: &AuditChunk) -> Result<Vec<(u64, AuditRecord)>> {
    let flawed = |flaw| damaged(&store.file, format!("an audit record that {flaw}"));
    let mut assembler = Assembler::default();
    let mut found = Vec::new();
    for (part_key, value) in chunk.pairs.iter().rev() {
        if let Some((key, body)) = assembler.push(part_key, value).map_err(flawed)? {
            found.push((key, records::decode_audit(&body).map_err(flawed)?));
        }
    }
    assembler.finish().map_err(flawed)?;
    let mut numbered = Vec::with_capacity(found.len());
    for (number, (key, record)) in (0..chunk.before).rev().zip(found.into_iter().rev()) {
        if key != keys::audit(number) {
            return Err(damaged(
                &store.file,
                format!("no audit record {number}, although it was written"),
            ));
        }
        numbered.push((number, record));
    }
    if numbered.is_empty() && chunk.before > 0 {
        return Err(damaged(&store.file, "no audit records, although there were some"));
    }
    Ok(numbered)
}
