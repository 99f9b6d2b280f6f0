//! Evidence in the store: a block of users to an entry, a lane's health to another.

use std::sync::Arc;

use super::block::{Block, USERS};
use super::book::{BlockAt, Book, Untold};
use super::lane::Lane;
use super::picture::{ATTEMPTS, COLUMNS};
use super::register::Activity;
use crate::directory::Directory;
use crate::directory::snapshot::Slot;
use crate::model::commit::EntryWrite;
use crate::model::{DirectoryId, UserId};
use crate::store;
use crate::store::api::Durability;

const BLOCKS: &str = "activity";
const HEALTH: &str = "activity-health";

/// The spaces of the entries, for backups.
pub const SPACES: [&str; 2] = [BLOCKS, HEALTH];

/// How many entries are written at once: some 400 KB, far from what a store calls large.
const TOGETHER: usize = 100;

impl Activity {
    /// Writes down what the store does not know yet.
    ///
    /// # Errors
    /// What the store says; what it did not take is kept for the next time.
    pub async fn write(&self, durability: Durability) -> store::Result<()> {
        let _alone = self.writing.lock().await;
        let ids: Vec<DirectoryId> = self.books.keys().cloned().collect();
        for directory in ids {
            self.write_one(&directory, durability).await?;
        }
        Ok(())
    }

    /// The same, soon; whether the store took it. If not, that is logged.
    pub async fn write_soon(&self) -> bool {
        let written = self.write(Durability::Soon).await;
        written
            .inspect_err(|error| {
                let code = error.code();
                tracing::warn!(code, %error, "who was seen was not written down; the next write has it");
            })
            .is_ok()
    }

    async fn write_one(&self, directory: &DirectoryId, durability: Durability) -> store::Result<()> {
        let Some((untold, writes)) = self.untold_of(directory) else {
            return Ok(());
        };
        for some in writes.chunks(TOGETHER) {
            if let Err(error) = self.store.put_entries(some.to_vec(), durability).await {
                if let Some(mut book) = self.book(directory) {
                    book.put_back(untold);
                }
                return Err(error);
            }
        }
        Ok(())
    }

    fn untold_of(&self, directory: &DirectoryId) -> Option<(Untold, Vec<EntryWrite>)> {
        let mut book = self.book(directory)?;
        let untold = book.take_untold();
        // Shared, not encoded yet: nobody's log-in waits for that.
        let picture = (!untold.is_empty()).then(|| book.now.clone())?;
        drop(book);
        let blocks = untold.blocks.iter().map(|(column, at)| {
            let block = picture.columns[*column][*at]
                .as_ref()
                .filter(|block| !block.is_empty());
            let value = block.map(|block| block.encode(&picture.names));
            entry(BLOCKS, key(directory, (*column, *at)), value)
        });
        let health = untold.health.iter().map(|lane| {
            let value = serde_json::to_vec(&picture.health[*lane]).ok();
            entry(HEALTH, format!("{directory}/{}", name(*lane)), value)
        });
        let writes = blocks.chain(health).collect();
        Some((untold, writes))
    }

    /// Reads what the store has, without what it has of nobody.
    pub(super) async fn load(&self, directories: &[Arc<Directory>]) -> store::Result<()> {
        let now = self.clock.now();
        for entry in self.store.entries(BLOCKS, now).await? {
            let Some((directory, at)) = directories
                .iter()
                .find_map(|directory| place(directory, &entry.key))
            else {
                continue;
            };
            let Some(mut book) = self.book(directory) else {
                continue;
            };
            if let Some(block) = Block::decode(&entry.value, |application| book.name(application)) {
                book.load(at, block);
            } else {
                tracing::warn!(key = entry.key, "who was seen cannot be read here: it is ignored");
            }
        }
        for entry in self.store.entries(HEALTH, now).await? {
            let Some((directory, lane)) = entry.key.split_once('/') else {
                continue;
            };
            let lane = Lane::ALL.into_iter().find(|known| known.name() == lane);
            let (Some(lane), Ok(health)) = (lane, serde_json::from_slice(&entry.value)) else {
                continue;
            };
            if let Some(mut book) = self.book(&directory.into()) {
                book.now.health[lane.at()] = health;
            }
        }
        for directory in directories {
            if let Some(mut book) = self.book(directory.id()) {
                purge(&mut book, directory);
            }
        }
        self.untold.notify_one();
        Ok(())
    }
}

/// A user of whom not even a tombstone is left is nobody's business any more.
fn purge(book: &mut Book, directory: &Directory) {
    let snapshot = directory.snapshot();
    let of = |id: UserId| snapshot.users.get(id.0 as usize);
    book.retain(|id| matches!(of(id), Some(Slot::Live(_) | Slot::Gone(_))));
}

fn name(column: usize) -> &'static str {
    Lane::ALL.get(column).map_or("attempts", |lane| lane.name())
}

fn key(directory: &DirectoryId, (column, at): BlockAt) -> String {
    format!("{directory}/{}/{at:06x}", name(column))
}

/// The block of a key, if it is this directory's and one that it can have: its ids are below those given so far.
fn place<'d>(directory: &'d Directory, key: &str) -> Option<(&'d DirectoryId, BlockAt)> {
    let (of, rest) = key.split_once('/')?;
    let (lane, at) = rest.split_once('/')?;
    let column = (0..COLUMNS).find(|column| name(*column) == lane)?;
    let at = usize::from_str_radix(at, 16).ok()?;
    let given = directory.snapshot().users.len();
    (directory.id().as_str() == of && at < given.div_ceil(USERS)).then(|| (directory.id(), (column, at)))
}

fn entry(space: &str, key: String, value: Option<Vec<u8>>) -> EntryWrite {
    EntryWrite {
        space: space.to_owned(),
        key,
        value,
        expires_at: None,
        expect: None,
    }
}

const _: () = assert!(ATTEMPTS == Lane::ALL.len(), "what is no lane is an attempt");
