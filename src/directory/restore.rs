//! Restoring: a backup's lines checked whole, then written to a fresh store.

use std::io::{BufRead, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::backup::{Beginning, Contents, FORMAT, Line};
use super::load::Loader;
use crate::model::commit::{AuditRecord, Commit, EntryWrite};
use crate::model::group::GroupSeqs;
use crate::model::row::FormerName;
use crate::model::user::UserSeqs;
use crate::model::{CommitId, DirectoryId, Row, Seq};
use crate::store::api::Durability;
use crate::store::{RowSink, Store, StoreError};

/// The longest line that is read: a resource of 10 MiB, escaped.
const LONGEST: u64 = 64 * 1024 * 1024;
/// How many entries one write has.
const ENTRIES: usize = 1_000;

/// Why a backup is not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file cannot be read.
    #[error("cannot read the backup: {0}")]
    Io(#[from] std::io::Error),
    /// It is not what it should be.
    #[error("line {line} of the backup {what}; hint: take another copy of the file, this one is not whole")]
    Damaged {
        /// Counted from 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// A newer throng wrote it.
    #[error(
        "the backup has format {0}, newer than this version knows; hint: restore it with the version that wrote it"
    )]
    Newer(u32),
    /// The store refuses.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl RestoreError {
    /// The catalogue's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "BACKUP_UNREADABLE",
            Self::Damaged { .. } => "BACKUP_DAMAGED",
            Self::Newer(_) => "BACKUP_NEWER",
            Self::Store(error) => error.code(),
        }
    }
}

/// Reads a whole backup and says what is in it, without keeping it.
///
/// # Errors
/// Where it is not whole, or its rows contradict each other.
pub fn check(file: impl BufRead) -> Result<Contents, RestoreError> {
    let mut lines = Lines::new(file);
    let mut directory: Option<(DirectoryId, Loader)> = None;
    while let Some(line) = lines.next()? {
        match line {
            Line::Directory(Beginning { id, .. }) => {
                lines.sound(directory.replace((id, Loader::default())))?;
            }
            Line::Row(row) => match &mut directory {
                Some((_, loader)) => loader.row(row)?,
                None => return Err(lines.damaged("is a row outside of any directory")),
            },
            _ => lines.sound(directory.take())?,
        }
    }
    lines.sound(directory.take())?;
    Ok(lines.contents)
}

/// Writes a checked backup to a store that has nothing yet. Every directory begins with commit 1: the store's own new
/// epoch ends all event tokens, so no number of the former one means anything.
///
/// # Errors
/// As [`check`]; what the store says.
pub async fn restore(file: impl BufRead, store: &dyn Store) -> Result<Contents, RestoreError> {
    let mut lines = Lines::new(file);
    let mut open: Option<Commit> = None;
    let mut entries = Vec::new();
    let mut audit: Vec<AuditRecord> = Vec::new();
    while let Some(line) = lines.next()? {
        match line {
            Line::Directory(beginning) => {
                if let Some(whole) = open.replace(first_commit(beginning)) {
                    store.commit(whole).await?;
                }
            }
            Line::Row(row) => match &mut open {
                Some(commit) => commit.rows.push(renumbered(row)),
                None => return Err(lines.damaged("is a row outside of any directory")),
            },
            Line::Entry {
                space,
                key,
                value,
                expires_at,
            } => {
                let value = STANDARD
                    .decode(value)
                    .map_err(|_| lines.damaged("has a value that is not base64"))?;
                entries.push(EntryWrite {
                    space,
                    key,
                    value: Some(value),
                    expires_at,
                    expect: None,
                });
            }
            Line::Audit(record) => audit.push(record),
            Line::ThrongBackup(_) | Line::End(_) => {}
        }
        if entries.len() >= ENTRIES {
            store
                .put_entries(std::mem::take(&mut entries), Durability::Now)
                .await?;
        }
    }
    store.put_entries(entries, Durability::Now).await?;
    if let Some(mut last) = open {
        audit.reverse();
        last.audit = audit;
        store.commit(last).await?;
    }
    Ok(lines.contents)
}

fn first_commit(beginning: Beginning) -> Commit {
    Commit {
        id: CommitId([0; 16]),
        directory: beginning.id,
        base: Seq(0),
        fence: None,
        rows: Vec::new(),
        cursor: beginning.cursor,
        entries: Vec::new(),
        audit: Vec::new(),
    }
}

/// The row as if the first commit had made it.
fn renumbered(row: Row) -> Row {
    let one = Seq(1);
    let former = |names: &mut Vec<FormerName>| names.iter_mut().for_each(|name| name.ended = one);
    match row {
        Row::User(row) => {
            let mut row = row.as_ref().clone();
            row.seqs = UserSeqs {
                created: one,
                changed: one,
                groups: one,
                attributes: one,
                reset: one,
            };
            former(&mut row.former);
            Row::User(row.into())
        }
        Row::Group(row) => {
            let mut row = row.as_ref().clone();
            row.seqs = GroupSeqs {
                created: one,
                changed: one,
                name: one,
                users: one,
                nesting: one,
            };
            former(&mut row.former);
            Row::Group(row.into())
        }
        Row::UserTombstone(mut gone) => {
            gone.ended = one;
            former(&mut gone.former);
            Row::UserTombstone(gone)
        }
        Row::GroupTombstone(mut gone) => {
            gone.ended = one;
            former(&mut gone.former);
            Row::GroupTombstone(gone)
        }
        other => other,
    }
}

/// Reads lines and holds them against the last one.
struct Lines<R> {
    file: R,
    number: u64,
    hash: Sha256,
    contents: Contents,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    fn new(file: R) -> Self {
        Self {
            file,
            number: 0,
            hash: Sha256::new(),
            contents: Contents::default(),
            ended: false,
        }
    }

    fn next(&mut self) -> Result<Option<Line>, RestoreError> {
        let mut bytes = Vec::new();
        (&mut self.file).take(LONGEST).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return if self.ended {
                Ok(None)
            } else {
                Err(self.damaged("is missing: the file was cut short"))
            };
        }
        self.number += 1;
        if self.ended {
            return Err(self.damaged("comes after the last one"));
        }
        let line: Line = serde_json::from_slice(&bytes)
            .map_err(|error| self.damaged(&format!("cannot be read ({error})")))?;
        match &line {
            Line::ThrongBackup(opening) if opening.format > FORMAT => {
                return Err(RestoreError::Newer(opening.format));
            }
            Line::ThrongBackup(_) if self.number == 1 => {}
            _ if self.number == 1 => return Err(self.damaged("is not that of a throng backup")),
            Line::End(closing) => {
                let sum = format!("{:x}", std::mem::take(&mut self.hash).finalize());
                if closing.sha256 != sum
                    || closing.lines + 1 != self.number
                    || closing.contents != self.contents
                {
                    return Err(self.damaged("says otherwise than the lines before it"));
                }
                self.ended = true;
            }
            _ => {}
        }
        self.hash.update(&bytes);
        self.contents.count(&line);
        Ok(Some(line))
    }

    fn damaged(&self, what: &str) -> RestoreError {
        RestoreError::Damaged {
            line: self.number.max(1),
            what: what.to_owned(),
        }
    }

    /// Whether the rows of a directory make a picture.
    fn sound(&self, directory: Option<(DirectoryId, Loader)>) -> Result<(), RestoreError> {
        let Some((id, loader)) = directory else {
            return Ok(());
        };
        loader
            .finish(id, Seq(1))
            .map(drop)
            .map_err(|error| self.damaged(&format!("ends rows that contradict each other ({error})")))
    }
}
