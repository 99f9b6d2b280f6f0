//! Details: what is kept beside a user or a group, in records of its own.
//!
//! A change of memberships rewrites the row; what is long or rarely read must not be rewritten with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::hold::Hold;
use crate::model::row::MemberKind;

/// What a detail is about. One of each kind per user or group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DetailKind {
    /// Custom attributes that applications and administrators wrote; no sync touches them.
    Attributes,
    /// Custom attributes that the source reported.
    SourceAttributes,
    /// The password kept here.
    Credential,
    /// The whole resource as an identity provider pushed it.
    Resource,
    /// The hold that keeps a user out; stays beside a tombstone.
    Hold,
}

/// Whose detail it is, and what kind of it. The row id is one of users or of groups, as `of` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DetailKey {
    /// Whether `id` is a user's or a group's.
    pub of: MemberKind,
    /// The row id.
    pub id: u32,
    /// What it is about.
    pub kind: DetailKind,
}

/// A detail.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// See [`DetailKind::Attributes`].
    Attributes(Arc<Attributes>),
    /// See [`DetailKind::SourceAttributes`].
    SourceAttributes(Arc<Attributes>),
    /// See [`DetailKind::Credential`].
    Credential(Arc<Credential>),
    /// See [`DetailKind::Resource`].
    Resource(Arc<Resource>),
    /// See [`DetailKind::Hold`].
    Hold(Arc<Hold>),
}

impl Detail {
    /// What it is about.
    pub fn kind(&self) -> DetailKind {
        match self {
            Self::Attributes(_) => DetailKind::Attributes,
            Self::SourceAttributes(_) => DetailKind::SourceAttributes,
            Self::Credential(_) => DetailKind::Credential,
            Self::Resource(_) => DetailKind::Resource,
            Self::Hold(_) => DetailKind::Hold,
        }
    }
}

/// Custom attributes: each a name with values, sorted by name. An attribute without values does not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub BTreeMap<Arc<str>, Vec<Arc<str>>>);

impl Attributes {
    /// The values of an attribute; empty where there is none.
    pub fn values(&self, name: &str) -> &[Arc<str>] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }
}

/// A password kept here, as its hash.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Credential {
    /// `$argon2id$…` (PHC string format); empty where the account has none.
    pub hash: Arc<str>,
    /// Milliseconds since 1970 of the last change.
    pub changed_at: i64,
    /// Whether it must be changed before it is good again (`EXPIRED_CREDENTIAL`).
    pub expired: bool,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("changed_at", &self.changed_at)
            .field("expired", &self.expired)
            .finish_non_exhaustive()
    }
}

/// A SCIM resource as it was pushed, without what the row, the memberships or the server give (`id`, `meta`, members).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resource {
    /// The provider's own id (`externalId`), if it told one; compared exactly (RFC 7643 §3.1).
    pub external_id: Option<Arc<str>>,
    /// The folded name that it was pushed under, where the row is served under another; for the index.
    pub name: Option<Arc<str>>,
    /// Every e-mail address, folded, for the index.
    pub emails: Vec<Arc<str>>,
    /// The resource as one compact JSON text: no tree is kept of it.
    pub json: Arc<str>,
}
