//! One pushed directory with all that its requests need.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::config::{OnExisting, PushConfig, UnknownMembers};
use super::cursor::CursorKey;
use super::gate::{ScimGate, ScimGateError};
use super::passwords::{Hashes, Passwords};
use super::recorder::Recorder;
use crate::clock::Clock;
use crate::directory::{Brake, Directory};
use crate::model::change::{GroupWish, UserWish};
use crate::model::{Epoch, ExternalId, MemberKind, UserId};
use crate::protocol::scim::{ResourceType, Tolerances};

/// How many searches without an index may go through the directory at once.
const SCANS: usize = 2;

/// From a resource of an id to a wish; the error says why it cannot be one.
pub type Maps<W> = dyn Fn(ExternalId, &Map<String, Value>) -> Result<W, String> + Send + Sync;

/// Hears of a user by its row and its attributes.
pub type Told = dyn Fn(UserId, &Map<String, Value>) + Send + Sync;

/// From a resource to what applications know: the directory's mapping, which lives elsewhere.
#[derive(Clone)]
pub struct Mapper {
    /// Of a user.
    pub user: Arc<Maps<UserWish>>,
    /// Of a group.
    pub group: Arc<Maps<GroupWish>>,
}

/// A pushed directory.
pub struct Realm {
    pub(super) directory: Arc<Directory>,
    /// All writes go through it.
    pub(super) brake: Arc<Brake>,
    pub(super) gate: ScimGate,
    pub(super) mapper: Mapper,
    pub(super) users: ResourceType,
    pub(super) groups: ResourceType,
    pub(super) tolerances: Tolerances,
    pub(super) on_existing: OnExisting,
    pub(super) unknown_members: UnknownMembers,
    pub(super) clock: Arc<dyn Clock>,
    /// The address that resources' addresses begin with.
    pub(super) base: String,
    /// In every version, because restored numbers repeat.
    pub(super) epoch: String,
    pub(super) cursors: CursorKey,
    pub(super) scans: Semaphore,
    pub(super) recorder: Recorder,
    /// Where passwords are kept.
    pub(super) passwords: Option<Passwords>,
    /// Who is told of users as they are after a write.
    pub(super) told: Option<Arc<Told>>,
}

impl Realm {
    /// A realm of the brake's directory below `url`.
    ///
    /// # Errors
    /// When a token is missing or unusable.
    pub fn new(
        brake: Arc<Brake>,
        config: &PushConfig,
        mapper: Mapper,
        clock: Arc<dyn Clock>,
        epoch: Epoch,
        url: &str,
    ) -> Result<Self, ScimGateError> {
        let directory = Arc::clone(brake.directory());
        let gate = ScimGate::new(directory.id().as_str(), config)?;
        Ok(Self {
            base: format!("{url}/scim/v2/{}", directory.id()),
            gate,
            mapper,
            users: config.users(),
            groups: config.groups(),
            tolerances: config.tolerances,
            on_existing: config.on_existing,
            unknown_members: config.unknown_members,
            clock,
            epoch: format!(
                "{:08x}",
                u32::from_be_bytes([epoch.0[0], epoch.0[1], epoch.0[2], epoch.0[3]])
            ),
            cursors: CursorKey::random(),
            scans: Semaphore::new(SCANS),
            recorder: Recorder::new([&config.users(), &config.groups()]),
            passwords: None,
            told: None,
            directory,
            brake,
        })
    }

    /// Keeps pushed passwords, hashed so.
    #[must_use]
    pub fn keeping_passwords(self, hashes: Arc<Hashes>) -> Self {
        let passwords = Some(Passwords::new(hashes));
        Self { passwords, ..self }
    }

    /// Tells of each user as it is after a write.
    #[must_use]
    pub fn telling(self, told: Arc<Told>) -> Self {
        Self {
            told: Some(told),
            ..self
        }
    }

    pub(super) fn kind(&self, of: MemberKind) -> &ResourceType {
        match of {
            MemberKind::User => &self.users,
            MemberKind::Group => &self.groups,
        }
    }

    /// The brake that all its writes go through.
    pub fn brake(&self) -> &Arc<Brake> {
        &self.brake
    }

    /// The address of a resource.
    pub(super) fn location(&self, of: MemberKind, id: &str) -> String {
        format!("{}/{}/{id}", self.base, self.kind(of).endpoint)
    }
}
