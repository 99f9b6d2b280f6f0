//! Commits on the writer's thread: judged, encoded, staged, or written to a redo file when they are big.

use super::codec::frame::Tally;
use super::codec::records::{HeadRecord, StoredEntry};
use super::encode::{BATCH_BYTES, BATCH_VALUES, Take, collect, each_beside, each_row, size};
use super::entries::Place;
use super::fold::Fold;
use super::group::Group;
use super::redo::{RedoRecord, RedoWriter};
use super::request::{Reply, Request, answer};
use super::step::Step;
use super::writer::Writer;
use crate::model::commit::Commit;
use crate::model::{DirectoryId, Seq};
use crate::store::api::{Result, StoreError};

/// An accepted commit, encoded.
struct Prepared {
    /// What goes into the batch.
    inline: Vec<RedoRecord>,
    /// What went into a redo file.
    redo: Option<RedoWriter>,
}

/// What is to be done with a commit.
enum Verdict {
    /// It is the directory's last one, sent again.
    Known(Seq),
    /// The directory or the entries are held still.
    Wait,
    Go,
}

impl Writer {
    /// Judges and stages a commit; it is answered here when it is refused, by the group when it is durable.
    pub(crate) fn commit(&mut self, commit: Commit, reply: Reply<Seq>, group: &mut Group) -> Result<()> {
        match self.judge(&commit) {
            Ok(Verdict::Known(seq)) => {
                group.commits.push((reply, seq));
                return Ok(());
            }
            Ok(Verdict::Wait) => {
                self.waiting.push_back(Request::Commit(commit, reply));
                return Ok(());
            }
            Ok(Verdict::Go) => {}
            Err(refusal) => {
                answer(reply, Err(refusal));
                return Ok(());
            }
        }
        let prepared = self
            .resolve(&commit.entries, group)
            .and_then(|entries| self.prepare(&commit, &entries));
        match prepared {
            Ok(prepared) => self.carry(&commit, prepared, reply, group),
            Err(refusal) => {
                answer(reply, Err(refusal));
                Ok(())
            }
        }
    }

    fn judge(&self, commit: &Commit) -> Result<Verdict> {
        let head = self.heads.get(&commit.directory);
        let seq = head.map_or(Seq(0), |head| head.seq);
        if seq != commit.base {
            let resent = head.is_some_and(|head| head.commit == commit.id && seq == commit.base.next());
            if resent {
                return Ok(Verdict::Known(seq));
            }
            let (directory, base) = (commit.directory.clone(), commit.base);
            return Err(StoreError::Conflict {
                directory,
                head: seq,
                base,
            });
        }
        let entries_wait = !commit.entries.is_empty() && self.entries_wait();
        Ok(if self.is_held(&commit.directory) || entries_wait {
            Verdict::Wait
        } else {
            Verdict::Go
        })
    }

    /// Whether a directory is being folded or loaded.
    pub(crate) fn is_held(&self, directory: &DirectoryId) -> bool {
        let folding = self.heads.get(directory).is_some_and(|head| head.redo.is_some());
        folding || self.pins.values().any(|pinned| pinned == directory)
    }

    /// Encodes everything, to a redo file when it is big. Refusing here leaves no trace.
    fn prepare(&self, commit: &Commit, entries: &[(Place, Option<StoredEntry>)]) -> Result<Prepared> {
        let number = self.number(&commit.directory);
        let beside = |take: Take<'_>| each_beside(entries, commit, self.meta.audit, take);
        let small_rows = |take: Take<'_>| each_row(number, commit, take);
        let side = collect(entries.len() + commit.audit.len(), &beside)?;
        let rows = side
            .as_ref()
            .map(|_| collect(commit.rows.len(), &small_rows))
            .transpose()?
            .flatten();
        if let (Some(side), Some(rows)) = (&side, &rows) {
            let (values, bytes) = (side.len() + rows.len(), size(side) + size(rows));
            if values <= BATCH_VALUES && bytes <= BATCH_BYTES {
                self.disk.check(bytes as u64)?;
                return Ok(Prepared {
                    inline: [&side[..], &rows[..]].concat(),
                    redo: None,
                });
            }
        }
        self.disk.check(0)?;
        let name = format!("{number}-{}.redo", commit.base.next());
        let mut redo = RedoWriter::create(&self.folder.redo(), name)?;
        let mut take = |key: &[u8], body: Option<&[u8]>| redo.record(key, body);
        let mut written = if side.is_some() { Ok(()) } else { beside(&mut take) };
        written = written
            .and_then(|()| small_rows(&mut take))
            .and_then(|()| redo.flush());
        if let Err(refusal) = written.and_then(|()| self.disk.check(redo.length())) {
            redo.abandon();
            return Err(refusal);
        }
        self.step(&Step::RedoWritten(commit.directory.clone()));
        Ok(Prepared {
            inline: side.unwrap_or_default(),
            redo: Some(redo),
        })
    }

    /// The number of a directory, or the one that it will have.
    fn number(&self, directory: &DirectoryId) -> u32 {
        self.heads
            .get(directory)
            .map_or(self.meta.directories, |head| head.number)
    }

    /// Stages an accepted commit.
    fn carry(
        &mut self,
        commit: &Commit,
        prepared: Prepared,
        reply: Reply<Seq>,
        group: &mut Group,
    ) -> Result<()> {
        let redo = match prepared.redo.map(RedoWriter::sync).transpose() {
            Ok(redo) => redo,
            Err(refusal) => {
                answer(reply, Err(refusal)); // nothing names the file: the next start removes it
                return Ok(());
            }
        };
        let directory = &commit.directory;
        if redo.is_some() {
            self.step(&Step::RedoSynced(directory.clone()));
        }
        self.begin(group)?;
        let number = self.number(directory);
        let seq = commit.base.next();
        let head = self.heads.entry(directory.clone()).or_insert_with(|| HeadRecord {
            number,
            directory: directory.clone(),
            seq,
            commit: commit.id,
            rows: Tally::default(),
            redo: None,
        });
        (head.seq, head.commit, head.redo) = (seq, commit.id, redo.clone());
        self.meta.directories = self.meta.directories.max(number + 1);
        self.meta.audit += commit.audit.len() as u64;
        for (key, body) in prepared.inline {
            self.stage(group, &key, body.as_deref(), Some(directory))?;
        }
        if let Some(redo) = redo {
            self.folds
                .push_back(Fold::open(&self.folder.redo(), directory.clone(), &redo)?);
        }
        group.touched.insert(directory.clone());
        group.commits.push((reply, seq));
        Ok(())
    }
}
