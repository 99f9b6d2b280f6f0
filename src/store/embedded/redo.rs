//! Redo files: a big commit's records beside the database, effective once a head record names the file.
//!
//! ```text
//! "throng-redo 1\n", then records: key length u32, body length u32 (all ones: delete), key, body, CRC32C u32
//! ```
//! Lengths are little-endian. The head record has the file's length and a checksum over all of it.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::codec::records::RedoName;
use super::files::{damaged, failed, remove, sync_folder};
use crate::store::api::Result;

const MAGIC: &[u8] = b"throng-redo 1\n";
const DELETE: u32 = u32::MAX;
const BUFFER: usize = 256 * 1024;

/// Writes a redo file.
pub(crate) struct RedoWriter {
    path: PathBuf,
    file: BufWriter<File>,
    name: RedoName,
}

impl RedoWriter {
    /// A new file in the redo folder, in place of an unnamed one that a kill left.
    pub(crate) fn create(folder: &Path, name: String) -> Result<Self> {
        let path = folder.join(&name);
        let file = File::create(&path).map_err(failed("create", &path))?;
        let name = RedoName {
            file: name,
            length: 0,
            checksum: 0,
        };
        let mut writer = Self {
            path,
            file: BufWriter::with_capacity(BUFFER, file),
            name,
        };
        writer.write(MAGIC)?;
        Ok(writer)
    }

    /// Adds a record; `None` deletes.
    pub(crate) fn record(&mut self, key: &[u8], body: Option<&[u8]>) -> Result<()> {
        let length = |bytes: &[u8]| {
            let length = u32::try_from(bytes.len()).ok().filter(|length| *length != DELETE);
            length.ok_or_else(|| failed("write", &self.path)(ErrorKind::FileTooLarge.into()))
        };
        let lengths = [length(key)?, body.map_or(Ok(DELETE), length)?];
        let body = body.unwrap_or_default();
        let sum = crc32c::crc32c_append(crc32c::crc32c(key), body);
        for number in lengths {
            self.write(&number.to_le_bytes())?;
        }
        self.write(key)?;
        self.write(body)?;
        self.write(&sum.to_le_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(failed("write", &self.path))?;
        self.name.length += bytes.len() as u64;
        self.name.checksum = crc32c::crc32c_append(self.name.checksum, bytes);
        Ok(())
    }

    /// The bytes so far.
    pub(crate) fn length(&self) -> u64 {
        self.name.length
    }

    /// Hands everything to the system; not yet durable.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(failed("write", &self.path))
    }

    /// Makes file and folder durable.
    pub(crate) fn sync(mut self) -> Result<RedoName> {
        let synced = self.flush().and_then(|()| {
            self.file
                .get_ref()
                .sync_all()
                .map_err(failed("sync", &self.path))?;
            self.path.parent().map_or(Ok(()), sync_folder)
        });
        match synced {
            Ok(()) => Ok(self.name),
            Err(error) => {
                self.abandon();
                Err(error)
            }
        }
    }

    /// Gives up.
    pub(crate) fn abandon(self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(%error, "an abandoned redo file stays until the next start");
        }
    }
}

/// A record of a redo file: key and body; `None` deletes.
pub(crate) type RedoRecord = (Vec<u8>, Option<Vec<u8>>);

/// Reads a redo file, record by record.
pub(crate) struct RedoReader {
    path: PathBuf,
    file: BufReader<File>,
    left: u64,
}

impl RedoReader {
    /// Opens a file that this process wrote.
    pub(crate) fn open(folder: &Path, name: &RedoName) -> Result<Self> {
        let path = folder.join(&name.file);
        let file = File::open(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => damaged(
                &path,
                "nothing (it is missing, and it held an acknowledged commit)",
            ),
            _ => failed("open", &path)(error),
        })?;
        let mut reader = Self {
            path,
            file: BufReader::with_capacity(BUFFER, file),
            left: name.length,
        };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(damaged(&reader.path, "no redo file"));
        }
        Ok(reader)
    }

    /// Opens a file that a former process wrote: length and checksum must be those that the head record names.
    pub(crate) fn verify(folder: &Path, name: &RedoName) -> Result<Self> {
        let mut reader = Self::open(folder, name)?;
        let mut sum = crc32c::crc32c(MAGIC);
        let mut length = MAGIC.len() as u64;
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = reader
                .file
                .read(&mut buffer)
                .map_err(failed("read", &reader.path))?;
            if read == 0 {
                break;
            }
            sum = crc32c::crc32c_append(sum, &buffer[..read]);
            length += read as u64;
        }
        if (length, sum) != (name.length, name.checksum) {
            return Err(damaged(&reader.path, "a redo file of another length or checksum"));
        }
        Self::open(folder, name)
    }

    /// The next record; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<RedoRecord>> {
        if self.left == 0 {
            return Ok(None);
        }
        let key_length = self.number()?;
        let body_length = self.number()?;
        let key = self.take(key_length as usize)?;
        let body = match body_length {
            DELETE => None,
            length => Some(self.take(length as usize)?),
        };
        let sum = crc32c::crc32c_append(crc32c::crc32c(&key), body.as_deref().unwrap_or_default());
        if self.number()? != sum {
            return Err(damaged(&self.path, "a record with a wrong checksum"));
        }
        Ok(Some((key, body)))
    }

    fn number(&mut self) -> Result<u32> {
        let bytes = self.take(4)?;
        Ok(bytes.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes)))
    }

    fn take(&mut self, length: usize) -> Result<Vec<u8>> {
        self.left = self
            .left
            .checked_sub(length as u64)
            .ok_or_else(|| damaged(&self.path, "a record cut off"))?;
        let mut bytes = vec![0; length];
        self.file
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => damaged(&self.path, "a record cut off"),
                _ => failed("read", &self.path)(error),
            })?;
        Ok(bytes)
    }
}

/// Removes the files that no head names: their commits never took effect, or are folded in.
pub(crate) fn remove_unnamed(folder: &Path, named: &HashSet<&str>) -> Result<()> {
    let list = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(folder).map_err(failed("create", folder))?;
            return Ok(());
        }
        list => list.map_err(failed("list", folder))?,
    };
    let paths: io::Result<Vec<_>> = list.map(|entry| entry.map(|entry| entry.path())).collect();
    for path in paths.map_err(failed("list", folder))? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !named.contains(name.as_str()) {
            remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(folder: &Path) -> RedoName {
        let mut writer = RedoWriter::create(folder, "1-1.redo".to_owned()).unwrap();
        writer.record(b"key", Some(b"body")).unwrap();
        writer.record(b"gone", None).unwrap();
        writer.record(b"long", Some(&[7; 10_000])).unwrap();
        writer.sync().unwrap()
    }

    fn all(mut reader: RedoReader) -> Result<Vec<RedoRecord>> {
        let mut records = Vec::new();
        while let Some(record) = reader.next()? {
            records.push(record);
        }
        Ok(records)
    }

    #[test]
    fn what_was_written_is_read_and_anything_else_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let name = written(folder.path());
        let records = all(RedoReader::verify(folder.path(), &name).unwrap()).unwrap();
        let expected = [
            (&b"key"[..], Some(b"body".to_vec())),
            (b"gone", None),
            (b"long", Some(vec![7; 10_000])),
        ];
        assert_eq!(records, expected.map(|(key, body)| (key.to_vec(), body)));
        let path = folder.path().join(&name.file);
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(97) {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            fs::write(&path, &flipped).unwrap();
            assert!(
                RedoReader::verify(folder.path(), &name).is_err(),
                "byte {at} flipped"
            );
            let read = RedoReader::open(folder.path(), &name).and_then(all);
            assert!(read.is_err(), "byte {at} flipped, unverified");
            fs::write(&path, &whole[..at]).unwrap();
            assert!(RedoReader::verify(folder.path(), &name).is_err(), "cut at {at}");
        }
        fs::remove_file(&path).unwrap();
        assert!(
            RedoReader::verify(folder.path(), &name)
                .map(|_| ())
                .unwrap_err()
                .to_string()
                .contains("missing")
        );
    }

    #[test]
    fn only_named_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let name = written(folder.path());
        fs::write(folder.path().join("2-9.redo"), b"half").unwrap();
        remove_unnamed(folder.path(), &HashSet::from([name.file.as_str()])).unwrap();
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["1-1.redo"]);
    }
}
