//! Opening: a new store is made step by step, a living one is checked against what was acknowledged.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use super::codec::frame::{Assembler, Tally};
use super::codec::keys;
use super::codec::records::{HeadRecord, Meta, StoredEntry};
use super::disk::Disk;
use super::engine::Engine;
use super::entries::{Soon, Sweep};
use super::files::{damaged, failed};
use super::fold::Fold;
use super::folder::{FORMAT, Folder, State};
use super::group::Group;
use super::heads::{Acknowledged, Heads};
use super::redo::remove_unnamed;
use super::request::Watchers;
use super::staging::Staging;
use super::store::Options;
use super::writer::Writer;
use crate::model::{DirectoryId, Epoch};
use crate::store::api::{Result, StoreError};

/// How many entry values are checked at a time.
const VALUES: usize = 4_096;

/// Opens the folder and brings the store to where it was.
pub(crate) fn open(path: &Path, options: Options, watchers: Arc<Watchers>) -> Result<Writer> {
    let folder = Folder::lock(path)?;
    let disk = Disk::new(path.to_owned(), options.free_space);
    let (engine, epoch) = match folder.state()? {
        State::New => {
            disk.check(0)?;
            create(&folder)?
        }
        State::Alive(epoch) => (Engine::open(&folder.database())?, epoch),
    };
    disk.warn(engine.size());
    let meta = read_meta(&engine, &folder, epoch)?;
    let heads = read_heads(&engine, &meta)?;
    let (noted, acknowledged) = Heads::open(&folder.path)?;
    compare(&engine, &meta, &heads, &acknowledged)?;
    let mut writer = Writer {
        engine,
        folder,
        noted,
        clock: options.clock,
        disk,
        hook: options.hook,
        meta,
        heads,
        soon: Soon::default(),
        sweep: Sweep::new(),
        folds: VecDeque::new(),
        released: false,
        pins: HashMap::new(),
        waiting: VecDeque::new(),
        watchers,
    };
    writer.recover()?;
    for (directory, head) in &writer.heads {
        writer.watchers.tell(directory, head.seq);
    }
    Ok(writer)
}

/// Makes a new store; until its last step the folder counts as new, since nothing was acknowledged.
fn create(folder: &Folder) -> Result<(Engine, Epoch)> {
    folder.begin()?;
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        failed("make the epoch of", &folder.path)(std::io::Error::other(error.to_string()))
    })?;
    let epoch = Epoch(bytes);
    let engine = Engine::create(&folder.database())?;
    let meta = Meta {
        format: FORMAT,
        epoch,
        write: 0,
        directories: 0,
        audit: 0,
        entries: Tally::default(),
    };
    let mut staging = Staging::default();
    staging.put(&engine, keys::META, Some(&meta.encode()), &mut Tally::default())?;
    engine.apply(staging.batch())?;
    engine.sync()?;
    Heads::create(&folder.path, epoch)?;
    folder.mark(epoch)?;
    Ok((engine, epoch))
}

fn read_meta(engine: &Engine, folder: &Folder, epoch: Epoch) -> Result<Meta> {
    let lost = || {
        damaged(
            engine.file(),
            "no record of the store itself, although the folder had one",
        )
    };
    let body = Staging::default().body(engine, keys::META)?.ok_or_else(lost)?;
    let meta =
        Meta::decode(&body).map_err(|flaw| damaged(engine.file(), format!("a store record that {flaw}")))?;
    if meta.format > FORMAT {
        return Err(StoreError::Newer {
            path: folder.path.display().to_string(),
            found: meta.format,
        });
    }
    if meta.epoch != epoch {
        return Err(damaged(
            engine.file(),
            "the database of another store than `CURRENT` tells of",
        ));
    }
    Ok(meta)
}

fn read_heads(engine: &Engine, meta: &Meta) -> Result<HashMap<DirectoryId, HeadRecord>> {
    let flawed = |flaw| damaged(engine.file(), format!("a head record that {flaw}"));
    let mut assembler = Assembler::default();
    let mut heads = HashMap::new();
    for (part_key, value) in engine.scan(keys::HEADS, None, usize::MAX)? {
        if let Some((_, body)) = assembler.push(&part_key, &value).map_err(flawed)? {
            let head = HeadRecord::decode(&body).map_err(flawed)?;
            heads.insert(head.directory.clone(), head);
        }
    }
    assembler.finish().map_err(flawed)?;
    if heads.len() as u64 != u64::from(meta.directories) {
        let what = format!(
            "{} head records where there were {}",
            heads.len(),
            meta.directories
        );
        return Err(damaged(engine.file(), what));
    }
    Ok(heads)
}

/// Refuses a database that is behind what was acknowledged: sled drops a damaged tail in silence.
fn compare(
    engine: &Engine,
    meta: &Meta,
    heads: &HashMap<DirectoryId, HeadRecord>,
    acknowledged: &Acknowledged,
) -> Result<()> {
    if acknowledged.epoch != meta.epoch {
        return Err(damaged(
            engine.file(),
            "the database of another store than the heads files tell of",
        ));
    }
    for (directory, seq) in &acknowledged.heads {
        if heads.get(directory).is_none_or(|head| head.seq < *seq) {
            let what =
                format!("a rolled back database: acknowledged commit {seq} of `{directory}` is missing");
            return Err(damaged(engine.file(), what));
        }
    }
    if meta.write < acknowledged.write {
        let what = format!(
            "a rolled back database: acknowledged write {} is missing, the last one is {}",
            acknowledged.write, meta.write
        );
        return Err(damaged(engine.file(), what));
    }
    Ok(())
}

impl Writer {
    /// Folds in what was effective, removes what was not, then checks entries and audit.
    fn recover(&mut self) -> Result<()> {
        let named: Vec<_> = self
            .heads
            .values()
            .filter_map(|head| Some((&head.directory, head.redo.as_ref()?)))
            .collect();
        let files: HashSet<_> = named.iter().map(|(_, redo)| redo.file.as_str()).collect();
        remove_unnamed(&self.folder.redo(), &files)?;
        let folds = named
            .iter()
            .map(|(directory, redo)| Fold::verify(&self.folder.redo(), (*directory).clone(), redo));
        self.folds = folds.collect::<Result<_>>()?;
        while !self.folds.is_empty() {
            self.fold()?;
        }
        self.check_entries()?;
        self.check_audit()
    }

    /// Reads every entry: their tally must be the stored one. Expired ones go.
    fn check_entries(&mut self) -> Result<()> {
        let (mut tally, mut assembler, mut after) =
            (Tally::default(), Assembler::default(), None::<sled::IVec>);
        let now = self.clock.now();
        let mut group = Group::default();
        let mut expired = Vec::new();
        loop {
            let pairs = self.engine.scan(keys::ENTRIES, after.as_deref(), VALUES)?;
            let Some((last, _)) = pairs.last() else { break };
            after = Some(last.clone());
            for (part_key, value) in &pairs {
                tally.add(value);
                let whole = assembler
                    .push(part_key, value)
                    .map_err(|flaw| self.damaged_entry(flaw))?;
                let Some((key, body)) = whole else { continue };
                let stored = StoredEntry::decode(&body).map_err(|flaw| self.damaged_entry(flaw))?;
                if !super::entries::living(&stored.entry, now) {
                    expired.push(key);
                }
            }
        }
        assembler.finish().map_err(|flaw| self.damaged_entry(flaw))?;
        if tally != self.meta.entries {
            let what = format!(
                "{} values of entries where there were {}",
                tally.values, self.meta.entries.values
            );
            return Err(damaged(self.engine.file(), what));
        }
        for key in expired.iter().take(VALUES / 2) {
            self.begin(&mut group)?;
            self.stage(&mut group, key, None, None)?;
        }
        self.land(group)
    }

    /// Audit records are numbered without a gap: the first and the last must be there.
    fn check_audit(&self) -> Result<()> {
        let Some(last) = self.meta.audit.checked_sub(1) else {
            return Ok(());
        };
        let first = self.engine.scan(keys::AUDIT, None, 1)?;
        let newest = self
            .engine
            .scan_back(keys::AUDIT, &keys::audit(self.meta.audit), |_| true)?;
        for (pairs, number) in [(first, 0), (newest, last)] {
            if pairs
                .first()
                .is_none_or(|(key, _)| !key.starts_with(&keys::audit(number)))
            {
                return Err(damaged(
                    self.engine.file(),
                    format!("no audit record {number}, although it was written"),
                ));
            }
        }
        Ok(())
    }
}
