//! The SCIM face: identity providers push users and groups to `/scim/v2/{directory}`.
//!
//! Every write is decided by its directory's writer on the picture that it changes, so that pushes at the same time lose nothing.

mod answer;
mod bulk;
mod config;
mod cursor;
mod discovery;
mod error;
mod front;
mod gate;
mod held;
mod nameless;
mod passwords;
mod realm;
mod recorder;
mod redact;
mod schemas;
mod search;
mod single;
mod tokens;
mod write;

pub use config::{
    Extended, OnExisting, PushConfig, PushSchemaConfig, PushTokenConfig, ScimConfig, UnknownMembers,
};
pub use front::{ScimState, router};
pub use gate::{ScimGate, ScimGateError};
pub use passwords::Hashes;
pub use realm::{Mapper, Maps, Realm, Told};
pub use schemas::schemas;
