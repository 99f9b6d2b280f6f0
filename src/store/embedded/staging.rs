//! Staging: what one batch will write, with the tallies that it changes.

use std::collections::BTreeMap;

use sled::{Batch, IVec};

use super::codec::frame::{self, Assembler, Tally};
use super::engine::Engine;
use super::files::damaged;
use crate::store::api::Result;

/// The writes of a batch; the last one per key wins, and reads see them.
#[derive(Default)]
pub(crate) struct Staging {
    writes: BTreeMap<Vec<u8>, Option<IVec>>,
    bytes: usize,
}

impl Staging {
    /// How many values it writes.
    pub(crate) fn values(&self) -> usize {
        self.writes.len()
    }

    /// How many bytes it writes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What a value will be once the batch is applied.
    fn value(&self, engine: &Engine, part_key: &[u8]) -> Result<Option<IVec>> {
        match self.writes.get(part_key) {
            Some(staged) => Ok(staged.clone()),
            None => engine.get(part_key),
        }
    }

    /// The body of a record, all its parts put together.
    pub(crate) fn body(&self, engine: &Engine, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut assembler = Assembler::default();
        for part in 0..=u16::MAX {
            let part_key = frame::part_key(key, part);
            let Some(value) = self.value(engine, &part_key)? else {
                return if part == 0 {
                    Ok(None)
                } else {
                    Err(damaged(engine.file(), "a record without its last parts"))
                };
            };
            let whole = assembler.push(&part_key, &value);
            if let Some((_, body)) =
                whole.map_err(|flaw| damaged(engine.file(), format!("a record that {flaw}")))?
            {
                return Ok(Some(body));
            }
        }
        Ok(None)
    }

    /// Writes a record in place of the one that has its key; `None` deletes.
    pub(crate) fn put(
        &mut self,
        engine: &Engine,
        key: &[u8],
        body: Option<&[u8]>,
        tally: &mut Tally,
    ) -> Result<()> {
        for part in 0..self.parts(engine, key)? {
            let part_key = frame::part_key(key, part);
            if let Some(old) = self.value(engine, &part_key)? {
                tally.remove(&old);
                self.stage(part_key, None);
            }
        }
        for (part_key, value) in body.into_iter().flat_map(|body| frame::parts(key, body)) {
            tally.add(&value);
            self.stage(part_key, Some(value.into()));
        }
        Ok(())
    }

    /// How many parts the record has now.
    fn parts(&self, engine: &Engine, key: &[u8]) -> Result<u16> {
        let part_key = frame::part_key(key, 0);
        let Some(first) = self.value(engine, &part_key)? else {
            return Ok(0);
        };
        let part = frame::open(&part_key, &first);
        let part = part.map_err(|flaw| damaged(engine.file(), format!("a record that {flaw}")))?;
        Ok(part.count.unwrap_or(1))
    }

    fn stage(&mut self, part_key: Vec<u8>, value: Option<IVec>) {
        self.bytes += part_key.len() + value.as_ref().map_or(0, |value| value.len());
        self.writes.insert(part_key, value);
    }

    /// The batch to apply.
    pub(crate) fn batch(self) -> Batch {
        let mut batch = Batch::default();
        for (key, value) in self.writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch
    }
}
