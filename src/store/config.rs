//! The configuration of the store: the `[store]` section.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// What keeps the directories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// A folder of this machine, by sled.
    #[default]
    Sled,
    /// A folder of this machine, by redb; not in this version.
    Redb,
    /// Nothing outlives the process: for tests and trials.
    Memory,
    /// A server shared by several nodes; not in this version.
    Postgres,
}

/// The `[store]` section.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// What keeps the directories.
    pub engine: Engine,
    /// The data folder; relative to where throng starts.
    pub path: PathBuf,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            engine: Engine::default(),
            path: PathBuf::from("data"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_section_may_be_empty_and_knows_its_keys() {
        assert_eq!(toml::from_str::<StoreConfig>("").unwrap(), StoreConfig::default());
        let section: StoreConfig = toml::from_str("engine = 'memory'\npath = '/srv/throng'").unwrap();
        assert_eq!(
            (section.engine, section.path),
            (Engine::Memory, PathBuf::from("/srv/throng"))
        );
        assert!(toml::from_str::<StoreConfig>("pth = 'x'").is_err());
        assert!(toml::from_str::<StoreConfig>("engine = 'mysql'").is_err());
    }
}
