//! A read of changes: by content synchronisation (RFC 4533) here, by the numbers of Active Directory beside it.

use std::collections::{HashMap, HashSet};

use super::error::LdapError;
use super::members::{self, Waiting};
use super::names::Names;
use super::place::Place;
use super::source::LdapSource;
use super::talk::Talk;
use super::{primary, usn};
use crate::connector::api::{Batch, Result};
use crate::connector::stream::Out;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};
use crate::protocol::ldap::control::{self, State, SyncDone, SyncInfo, SyncState, sync_request};
use crate::protocol::ldap::{Entry, Search, value};

/// Unknown members' names kept to be looked up.
const LOOKED_UP: usize = 1000;

pub(super) async fn read(source: &LdapSource, out: &Out, place: &Place) -> Result<Place> {
    let mut talk = source.talk();
    let changes = match place {
        Place::Usn { dc, usn, deleted } => {
            usn::read(source, &mut talk, place, (dc, *usn, deleted.as_deref())).await?
        }
        Place::Sync { users, groups } => synchronise(source, &mut talk, place, users, groups).await?,
        Place::Nowhere => Changes::none(Place::Nowhere),
    };
    let (next, records, lost) = changes.records(source, &mut talk, place).await?;
    if !records.is_empty() {
        drop(out.send(Ok(Batch::Records(records))).await);
    }
    if let Some(lost) = lost {
        drop(out.send(Ok(Batch::Notice(lost))).await);
    }
    Ok(next)
}

/// What changed since a place.
pub(super) struct Changes {
    /// Where the next read goes on.
    pub(super) next: Place,
    /// Users as they are now.
    pub(super) users: Vec<Entry>,
    /// Groups as they are now.
    pub(super) groups: Vec<Entry>,
    /// Users who are gone. What was never a user may be among them: OpenLDAP tells of everything that does not fit the filter.
    pub(super) users_gone: HashSet<ExternalId>,
    /// Groups that are gone, and what was never one.
    pub(super) groups_gone: HashSet<ExternalId>,
}

impl Changes {
    pub(super) fn none(next: Place) -> Self {
        Self {
            next,
            users: Vec::new(),
            groups: Vec::new(),
            users_gone: HashSet::new(),
            groups_gone: HashSet::new(),
        }
    }

    async fn records(
        self,
        source: &LdapSource,
        talk: &mut Talk,
        before: &Place,
    ) -> Result<(Place, Vec<Record>, Option<String>), LdapError> {
        let (mut records, mut names) = (Vec::new(), Names::default());
        let mut known = source.memory.at(before);
        let mut primaries = primary::Groups::default();
        for entry in &self.users {
            let user = source.rows.user(entry, source.clock.now())?;
            names.add_user(source.config.flavour, entry, &user.id);
            let group = primaries.of(source, talk, entry).await?;
            records.extend(group.map(|group| member(&group, &user.id)));
            if let Some(known) = &mut known {
                known.users.insert(user.id.clone());
            }
            records.push(Record::User(user));
        }
        let mut waiting = Waiting::keeping(LOOKED_UP);
        let mut told = Vec::new();
        for entry in &self.groups {
            let group = source.rows.group(entry)?;
            names.add(&entry.dn, MemberKind::Group, group.id.clone());
            if let Some(known) = &mut known {
                known.groups.insert(group.id.clone());
            }
            let besides = primary::members(source, talk, entry).await?;
            records.extend(besides.iter().map(|user| member(&group.id, user)));
            told.push((group.id.clone(), members::names(talk, entry).await?));
            records.push(Record::Group(group));
        }
        for (group, members) in told {
            records.extend(waiting.add(&group, members, &names));
        }
        names.learn(source, talk, &waiting.unknown).await?;
        records.extend(waiting.resolve(&names));
        let user = |id: &&ExternalId| known.as_ref().is_none_or(|known| known.users.contains(*id));
        let group = |id: &&ExternalId| known.as_ref().is_none_or(|known| known.groups.contains(*id));
        records.extend(self.users_gone.iter().filter(user).cloned().map(Record::UserGone));
        records.extend(
            self.groups_gone
                .iter()
                .filter(group)
                .cloned()
                .map(Record::GroupGone),
        );
        if let Some(mut known) = known {
            known.users.retain(|id| !self.users_gone.contains(id));
            known.groups.retain(|id| !self.groups_gone.contains(id));
            known.place = self.next.clone();
            source.memory.keep(known);
        }
        Ok((self.next, records, waiting.lost()))
    }
}

fn member(group: &ExternalId, user: &ExternalId) -> Record {
    Record::Member {
        group: group.clone(),
        member: user.clone(),
        kind: MemberKind::User,
    }
}

async fn synchronise(
    source: &LdapSource,
    talk: &mut Talk,
    place: &Place,
    users: &str,
    groups: &str,
) -> Result<Changes> {
    let known = source.memory.at(place);
    let search = source.user_search(None, source.rows.of_users());
    let changed = sync(talk, "changed users", &search, users).await?;
    let users_gone = changed.gone(source, known.as_ref().map(|known| &known.users))?;
    let search = source.group_search(None, source.rows.of_groups());
    let regrouped = sync(talk, "changed groups", &search, groups).await?;
    let groups_gone = regrouped.gone(source, known.as_ref().map(|known| &known.groups))?;
    Ok(Changes {
        next: Place::Sync {
            users: changed.cookie,
            groups: regrouped.cookie,
        },
        users: changed.entries.into_values().collect(),
        groups: regrouped.entries.into_values().collect(),
        users_gone,
        groups_gone,
    })
}

/// What one synchronisation told.
#[derive(Default)]
struct Synced {
    cookie: String,
    /// New and changed entries by their ids.
    entries: HashMap<Vec<u8>, Entry>,
    /// The ids of entries that are there, unchanged.
    present: HashSet<Vec<u8>>,
    gone: HashSet<Vec<u8>>,
    /// Who is gone was told.
    deletes: bool,
    moved: bool,
}

async fn sync(talk: &mut Talk, what: &str, search: &Search, cookie: &str) -> Result<Synced, LdapError> {
    let found = talk.ask(what, search, &[sync_request(cookie.as_bytes())]).await?;
    if let Some(partly) = found.partly {
        return Err(partly);
    }
    let missing = |part: &str| LdapError::Malformed(format!("{what}: the server does not tell {part}"));
    let done = control::find(&found.controls, control::SYNC_DONE).ok_or_else(|| missing("where to go on"))?;
    let done = SyncDone::read(done)?;
    let mut synced = Synced {
        deletes: done.deletes,
        ..Synced::default()
    };
    let mut between = found.between.into_iter().peekable();
    let mut entries = found.entries.into_iter().enumerate().peekable();
    // In the order told: OpenLDAP tells what was modified as gone first, then as it is.
    while between.peek().is_some() || entries.peek().is_some() {
        let first = entries.peek().map_or(usize::MAX, |(at, _)| *at);
        if let Some((_, value)) = between.next_if(|(before, _)| *before <= first) {
            if let SyncInfo::Set { gone, uuids } = SyncInfo::read(&value)? {
                synced.set(uuids, gone);
            }
        } else if let Some((_, (entry, controls))) = entries.next() {
            let state = control::find(&controls, control::SYNC_STATE);
            let SyncState { state, uuid } =
                SyncState::read(state.ok_or_else(|| missing("what became of an entry"))?)?;
            match state {
                State::Present => synced.set(vec![uuid], false),
                State::Gone => synced.set(vec![uuid], true),
                State::Changed => {
                    synced.gone.remove(&uuid);
                    synced.entries.insert(uuid, entry);
                }
            }
        }
    }
    let next = done.cookie.map(String::from_utf8).transpose();
    let next = next
        .map_err(|_| missing("a place as text"))?
        .unwrap_or_else(|| cookie.to_owned());
    synced.moved = next != cookie;
    synced.cookie = next;
    Ok(synced)
}

impl Synced {
    fn set(&mut self, uuids: Vec<Vec<u8>>, gone: bool) {
        for uuid in uuids {
            if gone {
                self.entries.remove(&uuid);
                self.gone.insert(uuid);
            } else {
                self.present.insert(uuid);
            }
        }
    }

    /// Who is gone: as told, or everybody known who was not told as there.
    fn gone(&self, source: &LdapSource, known: Option<&HashSet<ExternalId>>) -> Result<HashSet<ExternalId>> {
        let ids = |bytes: &HashSet<Vec<u8>>| -> HashSet<ExternalId> {
            let texts = bytes.iter().filter_map(|bytes| value::uuid(bytes));
            texts.map(|text| text.as_str().into()).collect()
        };
        let mut gone = ids(&self.gone);
        if self.deletes || (self.present.is_empty() && self.entries.is_empty() && !self.moved) {
            return Ok(gone);
        }
        let known = known.ok_or_else(|| {
            LdapError::Expired(
                "the server tells only who is still there, and since the start there was no full read to compare with"
                    .to_owned(),
            )
        })?;
        let mut there = ids(&self.present);
        for entry in self.entries.values() {
            there.insert(source.rows.id(entry)?);
        }
        gone.extend(known.difference(&there).cloned());
        Ok(gone)
    }
}
