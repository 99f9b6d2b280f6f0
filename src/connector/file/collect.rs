//! What the files tell, gathered into batches: both formats report here.

use std::collections::HashMap;

use super::lines::Told;
use crate::connector::api::{Batch, ConnectorError, Result};
use crate::model::record::{Record, SourceGroup, SourceUser};
use crate::model::{ExternalId, MemberKind};

/// How many records one batch has.
const BATCH: usize = 500;

/// How much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) users: usize,
    pub(super) disabled: usize,
    pub(super) groups: usize,
    pub(super) memberships: usize,
    pub(super) nested: usize,
}

/// A place in a file.
pub(super) type Place = (&'static str, usize);

/// Gathers; `emit` answers whether somebody still listens.
pub(super) struct Collect<'a> {
    emit: &'a mut dyn FnMut(Batch) -> bool,
    batch: Vec<Record>,
    /// The line of each, with whether it is disabled.
    users: HashMap<ExternalId, (usize, bool)>,
    groups: HashMap<ExternalId, usize>,
    found: Found,
    repeated: Told,
    unknown: Told,
    problems: Told,
    gone: bool,
}

impl<'a> Collect<'a> {
    pub(super) fn new(emit: &'a mut dyn FnMut(Batch) -> bool) -> Self {
        Self {
            emit,
            batch: Vec::with_capacity(BATCH),
            users: HashMap::new(),
            groups: HashMap::new(),
            found: Found::default(),
            repeated: Told::default(),
            unknown: Told::default(),
            problems: Told::default(),
            gone: false,
        }
    }

    /// Whether nobody wants the rest.
    pub(super) fn is_idle(&self) -> bool {
        self.gone
    }

    /// Something is wrong with a line: the read will fail, but the other lines are looked at too.
    pub(super) fn problem(&mut self, (file, line): Place, what: &str) {
        self.problems.tell(file, line, &what);
    }

    /// A user, or what is wrong with it.
    pub(super) fn user(&mut self, place: Place, told: Result<SourceUser, String>) {
        let user = match told {
            Ok(user) => user,
            Err(what) => return self.problem(place, &what),
        };
        let said = (place.1, !user.active);
        if let Some((before, _)) = self.users.insert(user.id.clone(), said) {
            let what = format!(
                "user `{}` stands on line {before} already; this one counts",
                user.id
            );
            self.repeated.tell(place.0, place.1, &what);
        }
        self.push(Record::User(user));
    }

    /// A group will be told from this line; a later one takes its place.
    pub(super) fn announce(&mut self, place: Place, group: &ExternalId) {
        if let Some(before) = self.groups.insert(group.clone(), place.1) {
            let what = format!("group `{group}` stands on line {before} already; this one counts");
            self.repeated.tell(place.0, place.1, &what);
        }
    }

    /// The group's id, if it was announced.
    pub(super) fn known_group(&self, id: &str) -> Option<ExternalId> {
        self.groups.get_key_value(id).map(|(id, _)| id.clone())
    }

    /// A membership in a group that is in no file.
    pub(super) fn stray(&mut self, (file, line): Place, group: &str) {
        self.unknown
            .tell(file, line, &format!("group `{group}` is in no file"));
    }

    /// Whether the group's line is the one that counts.
    pub(super) fn counts(&self, group: &ExternalId, line: usize) -> bool {
        self.groups.get(group) == Some(&line)
    }

    /// A group, announced before.
    pub(super) fn group(&mut self, group: SourceGroup) {
        self.push(Record::Group(group));
    }

    /// A direct membership. What the member is, is told or known by its id.
    pub(super) fn member(&mut self, place: Place, group: &ExternalId, id: &str, kind: Option<MemberKind>) {
        let user = || {
            self.users
                .get_key_value(id)
                .map(|(id, _)| (id.clone(), MemberKind::User))
        };
        let nested = || {
            self.groups
                .get_key_value(id)
                .map(|(id, _)| (id.clone(), MemberKind::Group))
        };
        let known = match kind {
            Some(MemberKind::User) => user(),
            Some(MemberKind::Group) => nested(),
            None => match (user(), nested()) {
                (Some(_), Some(_)) => {
                    let what = format!("member `{id}` is both a user and a group; hint: write its `type`");
                    return self.problem(place, &what);
                }
                (user, nested) => user.or(nested),
            },
        };
        let Some((member, kind)) = known else {
            let what = format!("member `{id}` of group `{group}` is in no file");
            return self.unknown.tell(place.0, place.1, &what);
        };
        match kind {
            MemberKind::User => self.found.memberships += 1,
            MemberKind::Group => self.found.nested += 1,
        }
        self.push(Record::Member {
            group: group.clone(),
            member,
            kind,
        });
    }

    fn push(&mut self, record: Record) {
        self.batch.push(record);
        if self.batch.len() >= BATCH {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let records = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.send(Batch::Records(records));
    }

    fn send(&mut self, batch: Batch) {
        self.gone = self.gone || !(self.emit)(batch);
    }

    /// Everything was told. The files are all there is: a member in none of them means that one is not whole.
    pub(super) fn finish(mut self) -> Result<Found> {
        let problems = std::mem::take(&mut self.problems).into_words();
        if !problems.is_empty() {
            return Err(ConnectorError::Malformed(problems.join("; ")));
        }
        let groups: Vec<ExternalId> = self.groups.keys().cloned().collect();
        for group in groups {
            self.push(Record::MembersComplete(group));
        }
        self.flush();
        for what in std::mem::take(&mut self.repeated).into_words() {
            self.send(Batch::Notice(what));
        }
        for what in std::mem::take(&mut self.unknown).into_words() {
            self.send(Batch::Incomplete(what));
        }
        Ok(Found {
            users: self.users.len(),
            disabled: self.users.values().filter(|(_, disabled)| *disabled).count(),
            groups: self.groups.len(),
            ..self.found
        })
    }
}
