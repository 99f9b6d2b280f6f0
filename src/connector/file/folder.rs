//! The folder's files as one moment has them: all of one version, or an error.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use crate::connector::api::{ConnectorError, Result};

/// The most that one file may have: far more than 100,000 people or a million memberships need.
const CAP: u64 = 512 << 20;

/// How the folder's files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One SCIM resource a line.
    Lines,
    /// A table with a line of headers.
    Table,
}

impl Format {
    /// The files that it needs.
    fn files(self, users_only: bool) -> &'static [&'static str] {
        match (self, users_only) {
            (Self::Lines, true) => &["users.jsonl"],
            (Self::Lines, false) => &["users.jsonl", "groups.jsonl"],
            (Self::Table, true) => &["users.csv"],
            (Self::Table, false) => &["users.csv", "groups.csv", "memberships.csv"],
        }
    }
}

/// A file's content.
#[derive(Debug)]
pub(super) struct Content {
    /// Its name without the folder.
    pub(super) name: &'static str,
    /// All of it.
    pub(super) bytes: Vec<u8>,
}

/// All files, of one moment.
#[derive(Debug)]
pub(super) struct Contents {
    /// How they are written.
    pub(super) format: Format,
    /// Users first.
    pub(super) files: Vec<Content>,
    /// When the youngest was changed, milliseconds since 1970.
    pub(super) changed: i64,
}

impl Contents {
    /// Tells whether anything changed: the hash of all bytes.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.files {
            hash.update(file.name);
            hash.update(file.bytes.len().to_le_bytes());
            hash.update(&file.bytes);
        }
        let digest = hash.finalize();
        digest
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

/// Called before each step of a read, so that tests can move the folder under it.
pub(super) type Watch = dyn Fn() + Send + Sync;

/// What tells one version of a file from another.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// Moves also where somebody sets the other one back.
    changed: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// All files; `None` where they changed while they were read.
pub(super) fn read(folder: &Path, users_only: bool, watch: &Watch) -> Result<Option<Contents>> {
    // A folder that is a link may be swapped as a whole: all files are read from where it leads now.
    watch();
    let real = std::fs::canonicalize(folder).map_err(|error| unreadable(folder, &error))?;
    let format = format(&real, folder)?;
    let (mut files, mut stamps, mut changed, mut whole) = (Vec::new(), Vec::new(), 0, true);
    for name in format.files(users_only) {
        watch();
        let path = real.join(name);
        let shown = folder.join(name);
        let mut file = File::open(&path).map_err(|error| unreadable(&shown, &error))?;
        let metadata = file.metadata().map_err(|error| unreadable(&shown, &error))?;
        if !metadata.is_file() {
            return Err(ConnectorError::Unavailable(format!(
                "`{}` is no file",
                shown.display()
            )));
        }
        watch();
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(CAP)).unwrap_or(0));
        let taken = (&mut file).take(CAP + 1).read_to_end(&mut bytes);
        taken.map_err(|error| unreadable(&shown, &error))?;
        if bytes.len() as u64 > CAP {
            return Err(ConnectorError::Malformed(format!(
                "`{}` has more than {CAP} bytes",
                shown.display()
            )));
        }
        whole &= bytes.len() as u64 == metadata.len();
        let modified = metadata.modified().ok();
        let age = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let age = age.and_then(|age| i64::try_from(age.as_millis()).ok());
        changed = changed.max(age.unwrap_or(0));
        stamps.push((path, Stamp::of(&metadata)));
        files.push(Content { name, bytes });
    }
    watch();
    let unmoved = whole && same(&stamps) && std::fs::canonicalize(folder).is_ok_and(|now| now == real);
    Ok(unmoved.then_some(Contents {
        format,
        files,
        changed,
    }))
}

fn same(stamps: &[(PathBuf, Stamp)]) -> bool {
    stamps
        .iter()
        .all(|(path, stamp)| std::fs::metadata(path).is_ok_and(|now| Stamp::of(&now) == *stamp))
}

/// Which files are there. Both kinds would leave open which are meant.
fn format(real: &Path, folder: &Path) -> Result<Format> {
    let there = |name: &str| real.join(name).exists();
    match (there("users.jsonl"), there("users.csv")) {
        (true, false) => Ok(Format::Lines),
        (false, true) => Ok(Format::Table),
        (true, true) => Err(ConnectorError::Refused(format!(
            "`{}` has both `users.jsonl` and `users.csv`; hint: take one of them away",
            folder.display()
        ))),
        (false, false) => Err(ConnectorError::Unavailable(format!(
            "`{}` has neither `users.jsonl` nor `users.csv`; hint: put one there, or correct `path`",
            folder.display()
        ))),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> ConnectorError {
    ConnectorError::Unavailable(format!("`{}` cannot be read: {error}", path.display()))
}
