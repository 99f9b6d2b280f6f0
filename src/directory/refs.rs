//! Users and groups as an application sees them.

use std::borrow::Cow;
use std::sync::Arc;

use super::listing::{GroupAt, UserAt};
use super::snapshot::{LiveGroup, LiveUser, Snapshot};
use crate::model::filter::{Filterable, Property};
use crate::model::{Attributes, Hold, MemberKind, Owner};

/// A user as an application sees it.
#[derive(Clone, Copy)]
pub struct UserRef<'a> {
    pub(super) lower_case: bool,
    pub(super) snapshot: &'a Snapshot,
    pub(super) at: UserAt,
    pub(super) live: &'a Arc<LiveUser>,
}

/// A group as an application sees it.
#[derive(Clone, Copy)]
pub struct GroupRef<'a> {
    pub(super) lower_case: bool,
    pub(super) snapshot: &'a Snapshot,
    pub(super) at: GroupAt,
    pub(super) live: &'a Arc<LiveGroup>,
}

impl<'a> UserRef<'a> {
    /// The username, in the spelling of the winning row.
    pub fn name(&self) -> Cow<'a, str> {
        if self.lower_case {
            Cow::Owned(self.live.row.name.to_lowercase())
        } else {
            Cow::Borrowed(&self.live.row.name)
        }
    }

    /// Its place in listings of the view.
    pub fn at(&self) -> UserAt {
        self.at
    }

    /// The row itself.
    pub fn row(&self) -> &'a crate::model::user::UserRow {
        &self.live.row
    }

    /// The name as compared.
    pub fn folded(&self) -> &'a Arc<str> {
        &self.live.folded
    }

    /// The Crowd key: the directory's id with the source's immutable id.
    pub fn key(&self) -> String {
        format!("{}:{}", self.snapshot.directory(), self.live.row.external_id)
    }

    /// The picture that the row is of.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// The custom attributes.
    pub fn attributes(&self) -> Attributes {
        self.snapshot
            .details()
            .attributes(MemberKind::User, self.live.row.id.0)
    }

    /// The directory that the user is of.
    pub fn directory(&self) -> &'a crate::model::DirectoryId {
        self.snapshot.directory()
    }

    /// Whether applications may let the user in.
    pub fn active(&self) -> bool {
        self.live.active
    }

    /// What keeps the user out, whatever its source says.
    pub fn hold(&self) -> Option<&'a Arc<Hold>> {
        self.live.hold.as_ref()
    }
}

impl<'a> GroupRef<'a> {
    /// The group's name, in the spelling of the winning row.
    pub fn name(&self) -> Cow<'a, str> {
        if self.lower_case {
            Cow::Owned(self.live.row.name.to_lowercase())
        } else {
            Cow::Borrowed(&self.live.row.name)
        }
    }

    /// Its place in listings of the view.
    pub fn at(&self) -> GroupAt {
        self.at
    }

    /// The row itself.
    pub fn row(&self) -> &'a crate::model::group::GroupRow {
        &self.live.row
    }

    /// The name as compared.
    pub fn folded(&self) -> &'a Arc<str> {
        &self.live.folded
    }

    /// The picture that the row is of.
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// The custom attributes.
    pub fn attributes(&self) -> Attributes {
        self.snapshot
            .details()
            .attributes(MemberKind::Group, self.live.row.id.0)
    }
}

fn texts(values: &[Arc<str>]) -> Vec<Cow<'_, str>> {
    values.iter().map(|value| Cow::Borrowed(&**value)).collect()
}

impl Filterable for UserRef<'_> {
    fn text(&self, property: &Property) -> Vec<Cow<'_, str>> {
        let row = &self.live.row;
        let text: &str = match property {
            Property::Name => &row.name,
            Property::Email => &row.email,
            Property::FirstName => &row.first_name,
            Property::LastName => &row.last_name,
            Property::DisplayName => &row.display_name,
            // Clients know the key by this name.
            Property::ExternalId => return vec![row.external_id.as_str().into(), self.key().into()],
            Property::Attribute(name) => {
                return texts(
                    self.snapshot
                        .details()
                        .attribute(MemberKind::User, row.id.0, name),
                );
            }
            _ => return Vec::new(),
        };
        vec![text.into()]
    }

    fn truth(&self, property: &Property) -> Option<bool> {
        match property {
            Property::Active => Some(self.active()),
            Property::Local => Some(self.live.row.owner != Owner::Source),
            _ => None,
        }
    }

    fn date(&self, property: &Property) -> Option<i64> {
        match property {
            Property::CreatedDate => Some(self.live.row.created_at),
            Property::UpdatedDate => Some(self.live.row.updated_at),
            _ => None,
        }
    }
}

impl Filterable for GroupRef<'_> {
    fn text(&self, property: &Property) -> Vec<Cow<'_, str>> {
        let row = &self.live.row;
        let text: &str = match property {
            Property::Name => &row.name,
            Property::Description => &row.description,
            Property::ExternalId => row.external_id.as_str(),
            Property::Attribute(name) => {
                return texts(
                    self.snapshot
                        .details()
                        .attribute(MemberKind::Group, row.id.0, name),
                );
            }
            _ => return Vec::new(),
        };
        vec![text.into()]
    }

    fn truth(&self, property: &Property) -> Option<bool> {
        match property {
            Property::Active => Some(true),
            Property::Local => Some(self.live.row.owner != Owner::Source),
            _ => None,
        }
    }

    fn date(&self, property: &Property) -> Option<i64> {
        match property {
            Property::CreatedDate => Some(self.live.row.created_at),
            Property::UpdatedDate => Some(self.live.row.updated_at),
            _ => None,
        }
    }
}
