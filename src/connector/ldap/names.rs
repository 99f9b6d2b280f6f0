//! Who is behind a name: members are told by their names, everything else by ids.

use std::collections::HashMap;

use super::config::Flavour;
use super::error::LdapError;
use super::posix;
use super::source::LdapSource;
use super::talk::{Pages, Talk};
use crate::model::{ExternalId, MemberKind};
use crate::protocol::ldap::dn::{self, Key};
use crate::protocol::ldap::{Entry, Filter, Search};

/// How many names are looked up one by one; of more the whole list is read.
const ONE_BY_ONE: usize = 100;

/// What is behind each name.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Key, (MemberKind, ExternalId)>);

impl Names {
    pub(super) fn add(&mut self, dn: &str, kind: MemberKind, id: ExternalId) {
        self.0.insert(dn::key(dn), (kind, id));
    }

    /// A user, by all names that groups have for it.
    pub(super) fn add_user(&mut self, flavour: Flavour, entry: &Entry, id: &ExternalId) {
        self.add(&entry.dn, MemberKind::User, id.clone());
        for name in posix::names(flavour, entry) {
            self.add(&name, MemberKind::User, id.clone());
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&(MemberKind, ExternalId)> {
        self.0.get(&key)
    }

    /// Learns who is behind names that are not known yet.
    pub(super) async fn learn(
        &mut self,
        source: &LdapSource,
        talk: &mut Talk,
        unknown: &HashMap<Key, String>,
    ) -> Result<(), LdapError> {
        if unknown.len() > ONE_BY_ONE {
            return self.list(source, talk).await;
        }
        for name in unknown.values() {
            if let Some(uid) = posix::uid(name) {
                let only = Some(Filter::equal(posix::UID, uid.as_bytes()));
                let search = source.user_search(only, source.rows.of_members());
                for entry in talk.find("a member", &search).await? {
                    self.add(name, MemberKind::User, source.rows.id(&entry)?);
                }
                continue;
            }
            for (kind, base, filter) in [
                (MemberKind::User, source.user_base(), &source.users),
                (MemberKind::Group, source.group_base(), &source.groups),
            ] {
                if dn::is_within(name, base)
                    && let Some(entry) = look(source, talk, name, filter).await?
                {
                    self.add(name, kind, source.rows.id(&entry)?);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads the names of everybody.
    async fn list(&mut self, source: &LdapSource, talk: &mut Talk) -> Result<(), LdapError> {
        let search = source.user_search(None, source.rows.of_members());
        each(source, talk, "names", search, |entry| {
            self.add_user(source.config.flavour, entry, &source.rows.id(entry)?);
            Ok(())
        })
        .await?;
        let search = source.group_search(None, vec![source.rows.id_name().to_owned()]);
        each(source, talk, "names", search, |entry| {
            self.add(&entry.dn, MemberKind::Group, source.rows.id(entry)?);
            Ok(())
        })
        .await
    }
}

async fn look(
    source: &LdapSource,
    talk: &mut Talk,
    name: &str,
    filter: &Filter,
) -> Result<Option<Entry>, LdapError> {
    let found = talk
        .look("a member", name, filter, &[source.rows.id_name()], &[])
        .await;
    match found {
        // A member that is not even a name.
        Err(LdapError::NoName(_)) => Ok(None),
        other => other,
    }
}

/// Every entry of a search, page by page.
pub(super) async fn each(
    source: &LdapSource,
    talk: &mut Talk,
    what: &'static str,
    search: Search,
    mut take: impl FnMut(&Entry) -> Result<(), LdapError>,
) -> Result<(), LdapError> {
    let mut pages = Pages::new(what, search, Vec::new(), source.config.page_size);
    while let Some(page) = pages.next(talk).await? {
        page.iter().try_for_each(&mut take)?;
    }
    Ok(())
}
