//! The bodies of the other records: the store's own, heads, cursors, entries, audit.

use super::Flaw;
use super::frame::Tally;
use super::rows::CURSOR;
use super::wire::{Reader, Writer};
use crate::model::commit::{AuditRecord, Cursor, Entry};
use crate::model::{CommitId, DirectoryId, Epoch, Seq};

/// The store's own record: rewritten by every write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The layout of everything here.
    pub(crate) format: u32,
    /// The store's identity; the marker file has it too.
    pub(crate) epoch: Epoch,
    /// Rises with every durable write; the heads files have the last acknowledged one.
    pub(crate) write: u64,
    /// How many directories have a number.
    pub(crate) directories: u32,
    /// The next audit record's number.
    pub(crate) audit: u64,
    /// Over all entries.
    pub(crate) entries: Tally,
}

impl Meta {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.number(self.format.into()).raw(&self.epoch.0).number(self.write);
        w.number(self.directories.into()).number(self.audit);
        tally(&mut w, self.entries);
        w.finish()
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Flaw> {
        let mut r = Reader::new(body);
        let meta = Self {
            format: r.small()?,
            epoch: Epoch(r.array()?),
            write: r.number()?,
            directories: r.small()?,
            audit: r.number()?,
            entries: read_tally(&mut r)?,
        };
        r.finish()?;
        Ok(meta)
    }
}

/// A file that holds what a big commit writes, until it is folded in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedoName {
    /// Its name within the redo folder.
    pub(crate) file: String,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// CRC32C of all of it.
    pub(crate) checksum: u32,
}

/// A directory's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeadRecord {
    /// The number that its rows' keys begin with.
    pub(crate) number: u32,
    /// The directory.
    pub(crate) directory: DirectoryId,
    /// Its last commit.
    pub(crate) seq: Seq,
    /// That commit's id.
    pub(crate) commit: CommitId,
    /// Over all rows and the cursor.
    pub(crate) rows: Tally,
    /// What is effective and not yet folded in.
    pub(crate) redo: Option<RedoName>,
}

impl HeadRecord {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.number(self.number.into()).text(self.directory.as_str());
        w.number(self.seq.0).raw(&self.commit.0);
        tally(&mut w, self.rows);
        w.option(self.redo.as_ref(), |w, redo| {
            w.text(&redo.file)
                .number(redo.length)
                .number(redo.checksum.into());
        });
        w.finish()
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Flaw> {
        let mut r = Reader::new(body);
        let head = Self {
            number: r.small()?,
            directory: DirectoryId::from(r.text()?),
            seq: Seq(r.number()?),
            commit: CommitId(r.array()?),
            rows: read_tally(&mut r)?,
            redo: r.option(|r| {
                Ok(RedoName {
                    file: r.text()?.to_owned(),
                    length: r.number()?,
                    checksum: r.small()?,
                })
            })?,
        };
        r.finish()?;
        Ok(head)
    }
}

fn tally(w: &mut Writer, tally: Tally) {
    w.number(tally.values).raw(&tally.digest.to_le_bytes());
}

fn read_tally(r: &mut Reader<'_>) -> Result<Tally, Flaw> {
    Ok(Tally {
        values: r.number()?,
        digest: u64::from_le_bytes(r.array()?),
    })
}

/// A cursor's body, told from rows by its first byte.
pub(crate) fn encode_cursor(cursor: &Cursor) -> Vec<u8> {
    let mut w = Writer::default();
    w.byte(CURSOR)
        .text(&cursor.scope)
        .text(&cursor.token)
        .signed(cursor.full_at);
    w.finish()
}

/// The cursor of a body that begins with [`CURSOR`].
pub(crate) fn decode_cursor(body: &[u8]) -> Result<Cursor, Flaw> {
    let mut r = Reader::new(body);
    if r.byte()? != CURSOR {
        return Err(Flaw("is no cursor"));
    }
    let cursor = Cursor {
        scope: r.text()?.to_owned(),
        token: r.text()?.to_owned(),
        full_at: r.signed()?,
    };
    r.finish()?;
    Ok(cursor)
}

/// An entry with its space, as stored; the key of the record has both only when they are short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredEntry {
    pub(crate) space: String,
    pub(crate) entry: Entry,
}

impl StoredEntry {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        let entry = &self.entry;
        w.text(&self.space).text(&entry.key).number(entry.version);
        w.option(entry.expires_at, |w, at| {
            w.signed(at);
        });
        w.raw(&entry.value);
        w.finish()
    }

    pub(crate) fn decode(body: &[u8]) -> Result<Self, Flaw> {
        let mut r = Reader::new(body);
        Ok(Self {
            space: r.text()?.to_owned(),
            entry: Entry {
                key: r.text()?.to_owned(),
                version: r.number()?,
                expires_at: r.option(Reader::signed)?,
                value: r.rest().to_vec(),
            },
        })
    }
}

/// An audit record's body.
pub(crate) fn encode_audit(record: &AuditRecord) -> Vec<u8> {
    let mut w = Writer::default();
    w.signed(record.at).text(&record.actor).text(&record.action);
    w.text(&record.subject).text(&record.reason);
    w.option(record.run.as_deref(), |w, run| {
        w.text(run);
    });
    w.finish()
}

/// The audit record of a body.
pub(crate) fn decode_audit(body: &[u8]) -> Result<AuditRecord, Flaw> {
    let mut r = Reader::new(body);
    let record = AuditRecord {
        at: r.signed()?,
        actor: r.text()?.to_owned(),
        action: r.text()?.to_owned(),
        subject: r.text()?.to_owned(),
        reason: r.text()?.to_owned(),
        run: r.option(|r| r.text().map(ToOwned::to_owned))?,
    };
    r.finish()?;
    Ok(record)
}
