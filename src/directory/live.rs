//! What a row id of a snapshot stands for, with what is derived from its row.

use std::sync::Arc;

use crate::model::group::GroupRow;
use crate::model::name::fold;
use crate::model::row::{FormerName, Tombstone};
use crate::model::user::UserRow;
use crate::model::xml::escape_attribute;
use crate::model::{ExternalId, Hold, Seq};

/// A user with what is derived from its row.
#[derive(Debug)]
pub struct LiveUser {
    /// The stored row.
    pub row: Arc<UserRow>,
    /// Its name as compared.
    pub folded: Arc<str>,
    /// `<user name="…"/>`, ready for the wire.
    pub element: Box<str>,
    /// The last commit of which an event feed tells. Here and not only in the row, since a feed looks at every user:
    /// one miss of the processor's caches each instead of two.
    pub touched: Seq,
    /// Whether applications may let the user in: the source would, and no hold keeps it out. Here for the same reason.
    pub active: bool,
    /// What keeps it out.
    pub hold: Option<Arc<Hold>>,
}

/// A group with what is derived from its row.
#[derive(Debug)]
pub struct LiveGroup {
    /// The stored row.
    pub row: Arc<GroupRow>,
    /// Its name as compared.
    pub folded: Arc<str>,
    /// `<group name="…"/>`, ready for the wire.
    pub element: Box<str>,
    /// The last commit of which an event feed tells.
    pub touched: Seq,
}

impl LiveUser {
    /// Derives what the wire and the indexes need.
    pub fn new(row: Arc<UserRow>, hold: Option<Arc<Hold>>) -> Arc<Self> {
        let folded = fold(&row.name).into();
        let element = format!("<user name=\"{}\"/>", escape_attribute(&row.name)).into();
        Self::named(row, hold, folded, element)
    }

    /// Of another row with the same name.
    pub fn with_row(&self, row: UserRow) -> Arc<Self> {
        let (folded, element) = (Arc::clone(&self.folded), self.element.clone());
        Self::named(Arc::new(row), self.hold.clone(), folded, element)
    }

    /// The same user, held or not.
    pub fn with_hold(&self, hold: Option<Arc<Hold>>) -> Arc<Self> {
        let (folded, element) = (Arc::clone(&self.folded), self.element.clone());
        Self::named(Arc::clone(&self.row), hold, folded, element)
    }

    /// Whether no application is told of the user at all.
    pub fn is_hidden(&self) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.removed)
    }

    fn named(row: Arc<UserRow>, hold: Option<Arc<Hold>>, folded: Arc<str>, element: Box<str>) -> Arc<Self> {
        let ended = last_ended(&row.former);
        Arc::new(Self {
            touched: row.seqs.changed.max(row.seqs.groups).max(ended),
            active: row.active() && hold.is_none(),
            hold,
            row,
            folded,
            element,
        })
    }
}

impl LiveGroup {
    /// Derives what the wire and the indexes need.
    pub fn new(row: Arc<GroupRow>) -> Arc<Self> {
        let folded = fold(&row.name).into();
        let element = format!("<group name=\"{}\"/>", escape_attribute(&row.name)).into();
        Self::named(row, folded, element)
    }

    /// Of another row with the same name.
    pub fn with_row(&self, row: GroupRow) -> Arc<Self> {
        Self::named(Arc::new(row), Arc::clone(&self.folded), self.element.clone())
    }

    fn named(row: Arc<GroupRow>, folded: Arc<str>, element: Box<str>) -> Arc<Self> {
        let seqs = &row.seqs;
        let own = seqs.created.max(seqs.changed).max(seqs.nesting).max(seqs.name);
        Arc::new(Self {
            touched: own.max(last_ended(&row.former)),
            row,
            folded,
            element,
        })
    }
}

fn last_ended(former: &[FormerName]) -> Seq {
    former.iter().map(|name| name.ended).max().unwrap_or_default()
}

/// What a row id stands for.
#[derive(Debug)]
pub enum Slot<T> {
    /// A row.
    Live(Arc<T>),
    /// An id seen in an edge only.
    Reference(ExternalId),
    /// A removed row.
    Gone(Arc<Tombstone>),
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Live(live) => Self::Live(Arc::clone(live)),
            Self::Reference(external) => Self::Reference(external.clone()),
            Self::Gone(tombstone) => Self::Gone(Arc::clone(tombstone)),
        }
    }
}

impl<T> Slot<T> {
    /// The row, if it is one.
    pub fn live(&self) -> Option<&Arc<T>> {
        match self {
            Self::Live(live) => Some(live),
            Self::Reference(_) | Self::Gone(_) => None,
        }
    }
}
