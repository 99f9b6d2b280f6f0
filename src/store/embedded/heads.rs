//! The heads files: what was acknowledged last, kept outside the database.
//!
//! sled silently drops the tail of a damaged log. So each write is noted here, durably, after the database has it and
//! before it is acknowledged; a database that is behind the note has lost something. A kill between the two leaves the
//! database ahead, which is no fault. The two files are written in turn: a torn write spoils at most the one
//! in hand, and the other tells what was acknowledged before.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::codec::Flaw;
use super::codec::wire::{Reader, Writer};
use super::files::{damaged, failed, read_whole, write_whole};
use crate::model::{DirectoryId, Epoch, Seq};
use crate::store::api::Result;

/// The two files' names.
pub(crate) const NAMES: [&str; 2] = ["HEADS.0", "HEADS.1"];

/// What was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) epoch: Epoch,
    /// The number of the last durable write.
    pub(crate) write: u64,
    /// Each directory's head.
    pub(crate) heads: BTreeMap<DirectoryId, Seq>,
}

impl Acknowledged {
    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.raw(&self.epoch.0)
            .number(self.write)
            .number(self.heads.len() as u64);
        for (directory, seq) in &self.heads {
            w.text(directory.as_str()).number(seq.0);
        }
        let body = w.finish();
        let mut framed = Writer::default();
        framed
            .raw(&(body.len() as u64).to_le_bytes())
            .raw(&crc32c::crc32c(&body).to_le_bytes())
            .raw(&body);
        framed.finish()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Flaw> {
        let mut r = Reader::new(bytes);
        let length = usize::try_from(u64::from_le_bytes(r.array()?)).map_err(|_| Flaw("is too long"))?;
        let sum = u32::from_le_bytes(r.array()?);
        let body = r.take(length)?; // what follows is left over from a longer write
        if crc32c::crc32c(body) != sum {
            return Err(Flaw("has a wrong checksum"));
        }
        let mut r = Reader::new(body);
        let (epoch, write, count) = (Epoch(r.array()?), r.number()?, r.number()?);
        let mut heads = BTreeMap::new();
        for _ in 0..count {
            heads.insert(DirectoryId::from(r.text()?), Seq(r.number()?));
        }
        r.finish()?;
        Ok(Self { epoch, write, heads })
    }
}

/// Notes what is acknowledged.
pub(crate) struct Heads {
    files: [(PathBuf, File); 2],
}

impl Heads {
    /// Writes both files for a new store.
    pub(crate) fn create(folder: &Path, epoch: Epoch) -> Result<()> {
        let nothing = Acknowledged {
            epoch,
            write: 0,
            heads: BTreeMap::new(),
        }
        .encode();
        NAMES
            .iter()
            .try_for_each(|name| write_whole(&folder.join(name), &nothing))
    }

    /// Opens the files and reads the newer of the two.
    pub(crate) fn open(folder: &Path) -> Result<(Self, Acknowledged)> {
        let paths = NAMES.map(|name| folder.join(name));
        let mut newest: Option<Acknowledged> = None;
        for path in &paths {
            let bytes = read_whole(path)?.ok_or_else(|| damaged(path, "nothing (it is missing)"))?;
            match Acknowledged::decode(&bytes) {
                Ok(read) if newest.as_ref().is_none_or(|other| other.write < read.write) => {
                    newest = Some(read);
                }
                Ok(_) => {}
                Err(flaw) => tracing::warn!("`{}` {flaw}; the other one counts", path.display()),
            }
        }
        let newest =
            newest.ok_or_else(|| damaged(&paths[0], "no readable head, nor in the other heads file"))?;
        let open = |path: PathBuf| {
            let file = OpenOptions::new()
                .write(true)
                .open(&path)
                .map_err(failed("open", &path))?;
            Ok((path, file))
        };
        let [first, second] = paths;
        Ok((
            Self {
                files: [open(first)?, open(second)?],
            },
            newest,
        ))
    }

    /// Notes durably what is about to be acknowledged.
    pub(crate) fn note(&mut self, acknowledged: &Acknowledged) -> Result<()> {
        let (path, file) = &self.files[usize::from(acknowledged.write % 2 == 1)];
        let written = file
            .write_all_at(&acknowledged.encode(), 0)
            .and_then(|()| file.sync_data());
        written.map_err(failed("write", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(write: u64) -> Acknowledged {
        let heads = BTreeMap::from([(DirectoryId::from("corp"), Seq(write))]);
        Acknowledged {
            epoch: Epoch([1; 16]),
            write,
            heads,
        }
    }

    #[test]
    fn the_newer_note_counts_and_a_torn_one_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        Heads::create(folder.path(), Epoch([1; 16])).unwrap();
        let (mut heads, _) = Heads::open(folder.path()).unwrap();
        heads.note(&at(1)).unwrap();
        heads.note(&at(2)).unwrap();
        assert_eq!(Heads::open(folder.path()).unwrap().1, at(2));
        let newest = folder.path().join(NAMES[0]);
        let mut bytes = std::fs::read(&newest).unwrap();
        bytes[20] ^= 1;
        std::fs::write(&newest, &bytes).unwrap();
        assert_eq!(Heads::open(folder.path()).unwrap().1, at(1));
        std::fs::write(folder.path().join(NAMES[1]), b"").unwrap();
        let error = Heads::open(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("HEADS.0"), "{error}");
    }
}
