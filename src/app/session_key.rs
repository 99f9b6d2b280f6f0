//! The key file of single sign-on: made at the first start, read at every other.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::error::AppError;
use crate::directory::session::SessionKey;
use crate::store::StoreConfig;
use crate::store::config::Engine;

const NAME: &str = "session.key";

/// The key of an installation; one of this process alone where the store forgets, too. The store is open: its lock
/// keeps other processes away.
pub(super) fn session_key(store: &StoreConfig) -> Result<SessionKey, AppError> {
    if store.engine == Engine::Memory {
        return random();
    }
    let path = store.path.join(NAME);
    let unusable = |what: String| AppError::SessionKey {
        path: path.display().to_string(),
        what,
    };
    match fs::read(&path) {
        Ok(bytes) => {
            let readable = fs::metadata(&path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0);
            if readable {
                tracing::warn!(path = %path.display(), "others may read the key of all sessions; hint: `chmod 600`");
            }
            let length = bytes.len();
            let key = bytes.try_into().map(SessionKey::new);
            key.map_err(|_| unusable(format!("it has {length} bytes instead of 64")))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = random()?;
            make(&path, &key).map_err(|error| unusable(error.to_string()))?;
            Ok(key)
        }
        Err(error) => Err(unusable(error.to_string())),
    }
}

/// A key that ends with the process.
pub(super) fn random() -> Result<SessionKey, AppError> {
    SessionKey::random().map_err(|_| AppError::Random)
}

/// All of it is there afterwards, or nothing: half a key would end every session of a later start.
fn make(path: &Path, key: &SessionKey) -> io::Result<()> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key.expose())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(path: &Path) -> StoreConfig {
        StoreConfig {
            path: path.to_owned(),
            ..StoreConfig::default()
        }
    }

    #[test]
    fn the_key_is_made_once_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let made = session_key(&store(home.path())).unwrap();
        let file = home.path().join(NAME);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&file).unwrap(), made.expose());
        let read = session_key(&store(home.path())).unwrap();
        assert_eq!(made.expose(), read.expose());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_key_that_was_cut_off_is_refused_in_words() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(NAME), b"short").unwrap();
        let error = session_key(&store(home.path())).unwrap_err();
        assert_eq!(error.code(), "SESSION_KEY_UNUSABLE");
        assert!(error.to_string().contains("5 bytes instead of 64"), "{error}");
        // A draft of a start that was killed is no key.
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("session.new"), b"half").unwrap();
        assert!(session_key(&store(home.path())).is_ok());
    }
}
