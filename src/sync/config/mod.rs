//! The configuration of a directory's synchronisation, mapping, scope, limits.

mod activity;
mod limits;
mod linked;
mod protect;
mod reading;
mod scope;

pub use activity::ActivityConfig;
pub use limits::{LimitConfig, LimitsConfig};
pub use linked::LinkedConfig;
pub use protect::ProtectConfig;
pub use reading::{MappingConfig, SyncConfig};
pub use scope::{GroupsConfig, Guests, MissingConfig, MissingUsers, RemoveAfter, ScopeConfig, UsersScope};
