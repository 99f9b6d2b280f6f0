//! A reader that keeps what a connector tells, as the engine does, without rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::StreamExt;

use crate::client::Meter;
use crate::connector::api::{Batch, Connector, ConnectorError, Coverage, Result, Returning};
use crate::connector::tally::Tally;
use crate::model::commit::Cursor;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// An edge: group, member, the member's kind.
pub type Edge = (ExternalId, ExternalId, MemberKind);

/// Users and groups with what is told of them, and the edges between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// Whether each user is enabled, with the attributes compared.
    pub users: BTreeMap<ExternalId, (bool, String)>,
    /// The groups' names.
    pub groups: BTreeMap<ExternalId, String>,
    /// Direct memberships.
    pub edges: BTreeSet<Edge>,
}

/// A reader with the state that it keeps between reads.
#[derive(Debug)]
pub struct Reader {
    /// What it knows.
    pub picture: Picture,
    /// Where it goes on.
    pub cursor: Option<Cursor>,
    /// Which attribute of a user it compares.
    attribute: &'static str,
}

/// How one read went.
#[derive(Clone, Debug)]
pub struct Went {
    /// It was a full read.
    pub full: bool,
    /// What it covered; `None` when it ended without a word.
    pub coverage: Option<Coverage>,
    /// It gave a cursor.
    pub goes_on: bool,
    /// What could not be read.
    pub incomplete: Vec<String>,
    /// How many records came.
    pub records: usize,
    /// What the source says of itself.
    pub tally: Tally,
    /// What was asked.
    pub meter: Arc<Meter>,
}

impl Reader {
    /// One that knows nothing.
    pub fn new(attribute: &'static str) -> Self {
        Self {
            picture: Picture::default(),
            cursor: None,
            attribute,
        }
    }

    /// One read, of everything where the cursor turns out to be no longer good. A read that fails leaves everything as it was.
    ///
    /// # Errors
    /// What the connector says.
    pub async fn pull(&mut self, connector: &dyn Connector) -> Result<Went> {
        let before = self.cursor.clone();
        match self.attempt(connector).await {
            Err(ConnectorError::Expired(_)) if before.is_some() => {
                self.cursor = None;
                let went = self.attempt(connector).await;
                self.cursor = self.cursor.take().or(before);
                went
            }
            went => went,
        }
    }

    async fn attempt(&mut self, connector: &dyn Connector) -> Result<Went> {
        let meter = Arc::<Meter>::default();
        let mut went = meter.scope(self.metered(connector)).await?;
        went.meter = meter;
        Ok(went)
    }

    async fn metered(&mut self, connector: &dyn Connector) -> Result<Went> {
        let mut pull = connector.pull(self.cursor.as_ref()).await?;
        let mut went = Went {
            full: pull.full,
            coverage: None,
            goes_on: false,
            incomplete: Vec::new(),
            records: 0,
            tally: Tally::default(),
            meter: Arc::default(),
        };
        let (mut records, mut next) = (Vec::new(), None);
        while let Some(batch) = pull.batches.next().await {
            match batch? {
                Batch::Records(some) => records.extend(some),
                Batch::Incomplete(what) => went.incomplete.push(what),
                Batch::Notice(_) => {}
                Batch::Tally(tally) => went.tally.add(tally),
                Batch::End { coverage, cursor } => {
                    (went.coverage, went.goes_on, next) = (Some(coverage), cursor.is_some(), cursor);
                }
            }
        }
        if !went.full {
            let returning = self.returning(&records);
            records.extend(connector.memberships_of(&returning).await?);
        }
        went.records = records.len();
        let everything = went.full && went.coverage == Some(Coverage::Everything);
        self.keep(records, everything);
        self.cursor = next.or(self.cursor.take());
        Ok(went)
    }

    fn returning(&self, records: &[Record]) -> Returning {
        let mut returning = Returning::default();
        for record in records {
            match record {
                Record::User(user) if !self.picture.users.contains_key(&user.id) => {
                    returning.users.push(user.id.clone());
                }
                Record::Group(group) if !self.picture.groups.contains_key(&group.id) => {
                    returning.groups.push(group.id.clone());
                }
                _ => {}
            }
        }
        returning
    }

    fn keep(&mut self, records: Vec<Record>, everything: bool) {
        if everything {
            self.picture = Picture::default();
        }
        let (mut complete, mut at_home) = (BTreeSet::new(), BTreeSet::new());
        let mut told = BTreeSet::new();
        for record in records {
            match &record {
                Record::MembersComplete(group) => drop(complete.insert(group.clone())),
                Record::GroupsComplete(user) => drop(at_home.insert(user.clone())),
                Record::Member { group, member, kind } => {
                    told.insert((group.clone(), member.clone(), *kind));
                }
                _ => {}
            }
            self.take(record);
        }
        // What a group that was told completely does not tell is gone, and what a user's groups do not.
        let whole = |edge: &Edge| {
            complete.contains(&edge.0) || (edge.2 == MemberKind::User && at_home.contains(&edge.1))
        };
        self.picture
            .edges
            .retain(|edge| !whole(edge) || told.contains(edge));
        let Picture { users, groups, edges } = &mut self.picture;
        edges.retain(|(group, member, kind)| {
            groups.contains_key(group)
                && match kind {
                    MemberKind::User => users.contains_key(member),
                    MemberKind::Group => groups.contains_key(member),
                }
        });
    }

    fn take(&mut self, record: Record) {
        let Picture { users, groups, edges } = &mut self.picture;
        match record {
            Record::User(user) => {
                let told = user
                    .attributes
                    .get(self.attribute)
                    .map_or_else(String::new, ToString::to_string);
                users.insert(user.id, (user.active, told));
            }
            Record::UserGone(id) | Record::UserJoined(id) => drop(users.remove(&id)),
            Record::Group(group) => drop(groups.insert(group.id, group.name.to_string())),
            Record::GroupGone(id) => drop(groups.remove(&id)),
            Record::Member { group, member, kind } => drop(edges.insert((group, member, kind))),
            Record::MemberGone { group, member, kind } => drop(edges.remove(&(group, member, kind))),
            Record::MembersComplete(_) | Record::GroupsComplete(_) | Record::MembersUnknown(_) => {}
        }
    }
}
