//! What changed on a domain controller since a number of its own.

use std::collections::HashSet;

use super::changes::Changes;
use super::error::LdapError;
use super::full::controls;
use super::names::each;
use super::place::{self, Place, database};
use super::source::LdapSource;
use super::talk::{Pages, Talk};
use crate::connector::api::Result;
use crate::model::ExternalId;
use crate::protocol::ldap::control::{Control, SHOW_DELETED};
use crate::protocol::ldap::{Entry, Filter, Scope, Search};

/// All users and groups, whatever the filters: who no longer fits them has left.
fn anybody() -> Filter {
    let class = |name: &[u8]| Filter::equal("objectClass", name);
    Filter::Or(vec![class(b"user"), class(b"group")])
}

pub(super) async fn read(
    source: &LdapSource,
    talk: &mut Talk,
    before: &Place,
    (dc, usn, deleted): (&str, i64, Option<&str>),
) -> Result<Changes> {
    let root = place::root(talk, &["highestCommittedUSN", "dsServiceName"]).await?;
    let highest = root
        .text("highestCommittedUSN")
        .and_then(|usn| usn.parse::<i64>().ok());
    let (Some(highest), Some(service)) = (highest, root.text("dsServiceName")) else {
        let what = "the server says neither its highest USN nor its name".to_owned();
        return Err(LdapError::Malformed(what).into());
    };
    if database(talk, service).await? != dc || highest < usn {
        let what = "another domain controller answers, or a restored one: its numbers are not those of before; hint: name one controller in `url`";
        return Err(LdapError::Expired(what.to_owned()).into());
    }
    let next = Place::Usn {
        dc: dc.to_owned(),
        usn: highest,
        deleted: deleted.map(str::to_owned),
    };
    if highest == usn {
        return Ok(Changes::none(next));
    }
    let since = Filter::AtLeast(
        "uSNChanged".to_owned(),
        usn.saturating_add(1).to_string().into_bytes(),
    );
    let search = source.user_search(Some(since.clone()), source.rows.of_users());
    let users = all(source, talk, "changed users", search).await?;
    let search = source.group_search(Some(since.clone()), source.rows.of_groups());
    let groups = all(source, talk, "changed groups", search).await?;
    let mut told = HashSet::new();
    for entry in users.iter().chain(&groups) {
        told.insert(source.rows.id(entry)?);
    }
    let mut gone = left(source, talk, &since, &told).await?;
    match deleted {
        Some(container) => gone.extend(tombstones(source, talk, container, &since).await?),
        None => gone.extend(missing(source, talk, before).await?),
    }
    gone.retain(|id| !told.contains(id));
    Ok(Changes {
        next,
        users,
        groups,
        users_gone: gone.clone(),
        groups_gone: gone,
    })
}

async fn all(
    source: &LdapSource,
    talk: &mut Talk,
    what: &'static str,
    search: Search,
) -> Result<Vec<Entry>, LdapError> {
    let mut pages = Pages::new(
        what,
        search,
        controls(source.config.flavour),
        source.config.page_size,
    );
    let mut entries = Vec::new();
    while let Some(page) = pages.next(talk).await? {
        entries.extend(page);
    }
    Ok(entries)
}

/// Who changed and does not fit base and filters any more.
async fn left(
    source: &LdapSource,
    talk: &mut Talk,
    since: &Filter,
    told: &HashSet<ExternalId>,
) -> Result<HashSet<ExternalId>, LdapError> {
    let search = Search {
        base: source.config.base_dn.clone(),
        scope: Scope::Tree,
        filter: Filter::And(vec![anybody(), since.clone()]),
        attributes: vec![source.rows.id_name().to_owned()],
    };
    let mut left = HashSet::new();
    for entry in all(source, talk, "whatever changed", search).await? {
        let id = source.rows.id(&entry)?;
        if !told.contains(&id) {
            left.insert(id);
        }
    }
    Ok(left)
}

async fn tombstones(
    source: &LdapSource,
    talk: &mut Talk,
    container: &str,
    since: &Filter,
) -> Result<HashSet<ExternalId>, LdapError> {
    let search = Search {
        base: container.to_owned(),
        scope: Scope::Tree,
        filter: Filter::And(vec![Filter::equal("isDeleted", b"TRUE"), since.clone()]),
        attributes: vec![source.rows.id_name().to_owned()],
    };
    let mut shown = controls(source.config.flavour);
    shown.push(Control::plain(SHOW_DELETED, true));
    let mut pages = Pages::new("deleted objects", search, shown, source.config.page_size);
    let mut gone = HashSet::new();
    while let Some(page) = pages.next(talk).await? {
        for entry in &page {
            gone.insert(source.rows.id(entry)?);
        }
    }
    Ok(gone)
}

/// Where tombstones may not be seen: who was known, and is not in the lists of ids any more.
async fn missing(source: &LdapSource, talk: &mut Talk, before: &Place) -> Result<HashSet<ExternalId>> {
    let known = source.memory.at(before).ok_or_else(|| {
        let what = "deleted objects may not be read, and since the start there was no full read to compare with; hint: let the account list `CN=Deleted Objects`";
        LdapError::Expired(what.to_owned())
    })?;
    let id = vec![source.rows.id_name().to_owned()];
    let mut there = HashSet::new();
    for search in [
        source.user_search(None, id.clone()),
        source.group_search(None, id),
    ] {
        each(source, talk, "ids", search, |entry| {
            there.insert(source.rows.id(entry)?);
            Ok(())
        })
        .await?;
    }
    let all = known.users.iter().chain(&known.groups);
    Ok(all.filter(|id| !there.contains(*id)).cloned().collect())
}
