//! The data folder: its lock, its marker, and the decision whether it is new, alive or damaged.
//!
//! ```text
//! LOCK              held while a process has the folder
//! CREATING          there while a new store is being made: without `CURRENT`, nothing was ever acknowledged
//! CURRENT           the marker: format, engine, epoch
//! HEADS.0, HEADS.1  what was acknowledged last
//! db/               sled
//! redo/             big commits that are not yet folded in
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::files::{damaged, exists, failed, read_whole, remove, sync_folder, write_whole};
use super::heads;
use crate::model::Epoch;
use crate::store::api::{Result, StoreError};

/// The layout that this version writes and reads.
pub(crate) const FORMAT: u32 = 1;

/// The data folder, locked.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Held, not read: the lock goes with it.
    _lock: File,
}

/// What a locked folder turned out to be.
pub(crate) enum State {
    /// Nothing was ever acknowledged in it.
    New,
    /// A store with this epoch lives in it.
    Alive(Epoch),
}

impl Folder {
    /// Makes the folder where it is missing, takes its lock.
    pub(crate) fn lock(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).map_err(failed("create", path))?;
        let file = path.join("LOCK");
        let open = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&file);
        let lock = open.map_err(failed("open", &file))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
                path: path.display().to_string(),
            }),
            Err(TryLockError::Error(error)) => Err(failed("lock", &file)(error)),
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("db")
    }

    pub(crate) fn redo(&self) -> PathBuf {
        self.path.join("redo")
    }

    fn marker(&self) -> PathBuf {
        self.path.join("CURRENT")
    }

    fn creating(&self) -> PathBuf {
        self.path.join("CREATING")
    }

    /// Reads the marker. A folder with a sign of life but without a marker is damaged, never new.
    pub(crate) fn state(&self) -> Result<State> {
        if let Some(bytes) = read_whole(&self.marker())? {
            let epoch = self.read_marker(&bytes)?;
            remove(&self.creating())?;
            return Ok(State::Alive(epoch));
        }
        if exists(&self.creating())? {
            self.clear()?;
            return Ok(State::New);
        }
        let signs = [
            self.database(),
            self.redo(),
            self.path.join(heads::NAMES[0]),
            self.path.join(heads::NAMES[1]),
        ];
        for sign in signs {
            if exists(&sign)? {
                let what = format!("no marker, although `{}` is there", sign.display());
                return Err(damaged(&self.marker(), what));
            }
        }
        Ok(State::New)
    }

    /// Takes away what a creation that was cut off left behind.
    fn clear(&self) -> Result<()> {
        for folder in [self.database(), self.redo()] {
            if exists(&folder)? {
                fs::remove_dir_all(&folder).map_err(failed("remove", &folder))?;
            }
        }
        heads::NAMES
            .iter()
            .try_for_each(|name| remove(&self.path.join(name)))
    }

    /// Says that a creation begins: until [`Folder::mark`] the folder counts as new.
    pub(crate) fn begin(&self) -> Result<()> {
        write_whole(&self.creating(), b"a new store is being made\n")?;
        fs::create_dir_all(self.redo()).map_err(failed("create", &self.redo()))?;
        sync_folder(&self.path)?;
        // The folder itself must be found again after a power cut.
        self.path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .map_or(Ok(()), sync_folder)
    }

    /// Writes the marker: from here on the store lives.
    pub(crate) fn mark(&self, epoch: Epoch) -> Result<()> {
        let text = format!(
            "throng store\nformat {FORMAT}\nengine sled\nepoch {:032x}\n",
            u128::from_be_bytes(epoch.0)
        );
        let sum = crc32c::crc32c(text.as_bytes());
        write_whole(&self.marker(), format!("{text}sum {sum:08x}\n").as_bytes())?;
        remove(&self.creating())
    }

    fn read_marker(&self, bytes: &[u8]) -> Result<Epoch> {
        let file = self.marker();
        let unreadable = || damaged(&file, "an unreadable marker");
        let text = str::from_utf8(bytes).map_err(|_| unreadable())?;
        let (text, sum) = text
            .strip_suffix('\n')
            .and_then(|text| text.rsplit_once("sum "))
            .ok_or_else(unreadable)?;
        if u32::from_str_radix(sum, 16).ok() != Some(crc32c::crc32c(text.as_bytes())) {
            return Err(damaged(&file, "a marker with a wrong checksum"));
        }
        let line = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        };
        let format: u32 = line("format")
            .and_then(|format| format.parse().ok())
            .ok_or_else(unreadable)?;
        if format > FORMAT {
            return Err(StoreError::Newer {
                path: self.path.display().to_string(),
                found: format,
            });
        }
        let engine = line("engine").ok_or_else(unreadable)?;
        if engine != "sled" {
            return Err(damaged(&file, format!("the marker of an engine `{engine}`")));
        }
        let epoch = line("epoch")
            .and_then(|epoch| u128::from_str_radix(epoch, 16).ok())
            .ok_or_else(unreadable)?;
        Ok(Epoch(epoch.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_new_until_it_is_marked_and_never_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::lock(home.path()).unwrap();
        assert!(matches!(folder.state().unwrap(), State::New));
        folder.begin().unwrap();
        fs::create_dir(folder.database()).unwrap();
        assert!(
            matches!(folder.state().unwrap(), State::New),
            "a creation was cut off"
        );
        folder.begin().unwrap();
        folder.mark(Epoch([9; 16])).unwrap();
        assert!(matches!(folder.state().unwrap(), State::Alive(Epoch(bytes)) if bytes == [9; 16]));
        remove(&folder.marker()).unwrap();
        assert!(matches!(folder.state(), Err(StoreError::Damaged { file, .. }) if file.ends_with("CURRENT")));
    }

    #[test]
    fn a_newer_format_is_told_from_damage() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::lock(home.path()).unwrap();
        folder.mark(Epoch([9; 16])).unwrap();
        let text = fs::read_to_string(folder.marker())
            .unwrap()
            .replace("format 1", "format 7");
        fs::write(folder.marker(), &text).unwrap();
        assert!(matches!(folder.state(), Err(StoreError::Damaged { .. })));
        let body = text.split("sum ").next().unwrap();
        fs::write(
            folder.marker(),
            format!("{body}sum {:08x}\n", crc32c::crc32c(body.as_bytes())),
        )
        .unwrap();
        assert!(matches!(folder.state(), Err(StoreError::Newer { found: 7, .. })));
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let _held = Folder::lock(home.path()).unwrap();
        assert!(matches!(
            Folder::lock(home.path()),
            Err(StoreError::Locked { .. })
        ));
    }
}
