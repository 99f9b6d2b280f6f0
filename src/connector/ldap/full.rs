//! A full read: users, then groups with their members, each page by page.

use std::collections::HashSet;

use super::error::LdapError;
use super::members::{self, Waiting};
use super::names::Names;
use super::place::{self, Known, Place};
use super::primary::Primaries;
use super::source::LdapSource;
use super::talk::{Pages, Talk};
use crate::connector::api::{Batch, Coverage, Result};
use crate::connector::stream::Out;
use crate::model::MemberKind;
use crate::model::record::Record;
use crate::protocol::ldap::control::{Control, DOMAIN_SCOPE};
use crate::protocol::ldap::{Entry, Search};

use super::config::Flavour;

/// Spellings of members that lead nowhere, kept to be shown.
const SHOWN: usize = 100;

pub(super) async fn read(source: LdapSource, out: Out) -> Result<Batch> {
    let full_at = source.clock.now();
    let mut talk = source.talk();
    let place = place::now(&source, &mut talk).await?;
    if place == Place::Nowhere {
        let what = "the server tells no changes, so every read is a full one; hint: let the account read `contextCSN` of a server with `syncprov`";
        drop(out.send(Ok(Batch::Notice(what.to_owned()))).await);
    }
    let mut reading = Reading {
        source: &source,
        talk: &mut talk,
        out: &out,
        names: Names::default(),
        primaries: Primaries::default(),
        now: full_at,
        known: Known {
            place,
            users: HashSet::new(),
            groups: HashSet::new(),
        },
    };
    // Groups only after all users: a member whose name is not known is not there.
    let read = match reading.users().await {
        Ok(()) => reading.groups().await.map_err(|error| ("groups", error)),
        Err(error) => Err(("users", error)),
    };
    if let Err((what, error)) = read {
        if let LdapError::Denied(..) = error {
            return Err(error.into());
        }
        let what = format!("not all {what} could be read: {}", error.into_sentence());
        drop(out.send(Ok(Batch::Incomplete(what))).await);
        return Ok(Batch::End {
            coverage: Coverage::ChangesOnly,
            cursor: None,
        });
    }
    let known = reading.known;
    let cursor = source.cursor(&known.place, full_at)?;
    source.memory.keep(known);
    Ok(Batch::End {
        coverage: Coverage::Everything,
        cursor: Some(cursor),
    })
}

/// The controls of every list.
pub(super) fn controls(flavour: Flavour) -> Vec<Control> {
    match flavour {
        // Else every list of a whole domain ends with pointers to parts that have no users.
        Flavour::Ad => vec![Control::plain(DOMAIN_SCOPE, true)],
        Flavour::OpenLdap => Vec::new(),
    }
}

struct Reading<'a> {
    source: &'a LdapSource,
    talk: &'a mut Talk,
    out: &'a Out,
    names: Names,
    primaries: Primaries,
    /// When it is.
    now: i64,
    known: Known,
}

impl Reading<'_> {
    fn pages(&self, what: &'static str, search: Search) -> Pages {
        let config = &self.source.config;
        Pages::new(what, search, controls(config.flavour), config.page_size)
    }

    async fn users(&mut self) -> Result<(), LdapError> {
        let search = self.source.user_search(None, self.source.rows.of_users());
        let mut pages = self.pages("users", search);
        while let Some(page) = pages.next(self.talk).await? {
            let mut records = Vec::with_capacity(page.len());
            for entry in &page {
                let user = self.source.rows.user(entry, self.now)?;
                self.names.add_user(self.source.config.flavour, entry, &user.id);
                self.primaries.note(entry, &user.id);
                self.known.users.insert(user.id.clone());
                records.push(Record::User(user));
            }
            self.tell(records).await;
        }
        Ok(())
    }

    async fn groups(&mut self) -> Result<(), LdapError> {
        let search = self.source.group_search(None, self.source.rows.of_groups());
        let mut pages = self.pages("groups", search);
        let mut waiting = Waiting::keeping(SHOWN);
        while let Some(page) = pages.next(self.talk).await? {
            for entry in &page {
                let records = self.group(entry, &mut waiting).await?;
                self.tell(records).await;
            }
        }
        let records = waiting.resolve(&self.names);
        self.tell(records).await;
        if let Some(lost) = waiting.lost() {
            drop(self.out.send(Ok(Batch::Notice(lost))).await);
        }
        Ok(())
    }

    async fn group(&mut self, entry: &Entry, waiting: &mut Waiting) -> Result<Vec<Record>, LdapError> {
        let group = self.source.rows.group(entry)?;
        let id = group.id.clone();
        self.names.add(&entry.dn, MemberKind::Group, id.clone());
        self.known.groups.insert(id.clone());
        let members = members::names(self.talk, entry).await?;
        let mut records = vec![Record::Group(group)];
        let besides = self.primaries.of(entry).iter();
        records.extend(besides.map(|user| Record::Member {
            group: id.clone(),
            member: user.clone(),
            kind: MemberKind::User,
        }));
        records.extend(waiting.add(&id, members, &self.names));
        Ok(records)
    }

    async fn tell(&self, records: Vec<Record>) {
        if !records.is_empty() {
            drop(self.out.send(Ok(Batch::Records(records))).await);
        }
    }
}
