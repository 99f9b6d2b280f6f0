//! Folding: moving a big commit from its redo file into the trees, chunk by chunk, between other requests.

use std::path::Path;

use super::codec::keys;
use super::codec::records::RedoName;
use super::encode::{BATCH_BYTES, BATCH_VALUES};
use super::files::remove;
use super::group::Group;
use super::redo::{RedoReader, RedoRecord};
use super::step::Step;
use super::writer::Writer;
use crate::model::DirectoryId;
use crate::store::api::Result;

/// A big commit on its way.
pub(crate) struct Fold {
    directory: DirectoryId,
    reader: RedoReader,
    next: Option<RedoRecord>,
    file: String,
}

impl Fold {
    /// Of a file that this process wrote.
    pub(crate) fn open(folder: &Path, directory: DirectoryId, name: &RedoName) -> Result<Self> {
        Self::read(directory, RedoReader::open(folder, name)?, name)
    }

    /// Of a file that a former process wrote.
    pub(crate) fn verify(folder: &Path, directory: DirectoryId, name: &RedoName) -> Result<Self> {
        Self::read(directory, RedoReader::verify(folder, name)?, name)
    }

    fn read(directory: DirectoryId, mut reader: RedoReader, name: &RedoName) -> Result<Self> {
        let next = reader.next()?;
        Ok(Self {
            directory,
            reader,
            next,
            file: name.file.clone(),
        })
    }

    /// Whether entries are still to come; they come first.
    pub(crate) fn has_entries(&self) -> bool {
        self.next
            .as_ref()
            .is_some_and(|(key, _)| key.starts_with(keys::ENTRIES))
    }

    /// Whether audit records may still come; they come before the rows.
    pub(crate) fn has_audit(&self) -> bool {
        self.has_entries()
            || self
                .next
                .as_ref()
                .is_some_and(|(key, _)| key.starts_with(keys::AUDIT))
    }
}

impl Writer {
    /// Folds one chunk of the fold for which most requests wait.
    pub(crate) fn fold(&mut self) -> Result<()> {
        let urgent = |wanted: fn(&Fold) -> bool| self.folds.iter().position(wanted);
        let at = urgent(Fold::has_entries)
            .or_else(|| urgent(Fold::has_audit))
            .unwrap_or(0);
        let Some(mut fold) = self.folds.remove(at) else {
            return Ok(());
        };
        self.fold_chunk(&mut fold)?;
        self.released = true;
        self.step(&Step::ChunkFolded(fold.directory.clone()));
        if fold.next.is_some() {
            self.folds.insert(at, fold);
            return Ok(());
        }
        self.finish_fold(fold)
    }

    /// The chunk's batch has the tallies with it, so a chunk folded twice changes nothing.
    fn fold_chunk(&mut self, fold: &mut Fold) -> Result<()> {
        let mut group = Group::default();
        while group.staging.values() < BATCH_VALUES && group.staging.bytes() < BATCH_BYTES {
            let Some((key, body)) = fold.next.take() else {
                break;
            };
            self.stage(&mut group, &key, body.as_deref(), Some(&fold.directory))?;
            fold.next = fold.reader.next()?;
        }
        group.touched.insert(fold.directory.clone());
        self.stage_heads(&mut group)?;
        self.engine.apply(group.staging.batch())
    }

    /// Drops the file's name once its records are durable without it, then the file.
    fn finish_fold(&mut self, fold: Fold) -> Result<()> {
        let Fold { directory, file, .. } = fold;
        self.engine.sync()?;
        self.step(&Step::FoldSynced(directory.clone()));
        if let Some(head) = self.heads.get_mut(&directory) {
            head.redo = None;
        }
        let mut group = Group::default();
        group.touched.insert(directory.clone());
        self.stage_heads(&mut group)?;
        self.engine.apply(group.staging.batch())?;
        self.engine.sync()?;
        self.step(&Step::NameDropped(directory.clone()));
        remove(&self.folder.redo().join(file))?;
        self.step(&Step::FileRemoved(directory));
        Ok(())
    }
}
