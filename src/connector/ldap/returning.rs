//! The memberships of what returns: which groups name it as their member.

use super::config::Flavour;
use super::error::LdapError;
use super::source::LdapSource;
use super::talk::{Pages, Talk};
use super::{posix, primary};
use crate::connector::api::Returning;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};
use crate::protocol::ldap::{Entry, Filter};

pub(super) async fn read(source: &LdapSource, returning: &Returning) -> Result<Vec<Record>, LdapError> {
    let mut talk = source.talk();
    let (mut records, mut primaries) = (Vec::new(), primary::Groups::default());
    for (kind, ids) in [
        (MemberKind::User, &returning.users),
        (MemberKind::Group, &returning.groups),
    ] {
        for id in ids {
            let Some(entry) = by_id(source, &mut talk, id, kind).await? else {
                continue; // the next read tells that it has gone again
            };
            let mut groups = containing(source, &mut talk, &entry).await?;
            groups.extend(primaries.of(source, &mut talk, &entry).await?);
            records.extend(groups.into_iter().map(|group| Record::Member {
                group,
                member: id.clone(),
                kind,
            }));
            if kind == MemberKind::User {
                records.push(Record::GroupsComplete(id.clone()));
            }
        }
    }
    Ok(records)
}

/// The object of an id.
pub(super) async fn by_id(
    source: &LdapSource,
    talk: &mut Talk,
    id: &ExternalId,
    kind: MemberKind,
) -> Result<Option<Entry>, LdapError> {
    let Some(value) = source.rows.id_value(id) else {
        return Ok(None);
    };
    let name = source.rows.id_name();
    let only = Some(Filter::equal(name, &value));
    let search = match kind {
        MemberKind::User => source.user_search(only, source.rows.of_members()),
        MemberKind::Group => source.group_search(only, vec![name.to_owned()]),
    };
    Ok(talk.find("one object", &search).await?.into_iter().next())
}

async fn containing(
    source: &LdapSource,
    talk: &mut Talk,
    entry: &Entry,
) -> Result<Vec<ExternalId>, LdapError> {
    let mut any = vec![
        Filter::equal("member", entry.dn.as_bytes()),
        Filter::equal("uniqueMember", entry.dn.as_bytes()),
    ];
    if source.config.flavour == Flavour::OpenLdap {
        let uids = entry.values(posix::UID).iter();
        any.extend(uids.map(|uid| Filter::equal(posix::MEMBER, uid)));
    }
    let only = Filter::Or(any);
    let search = source.group_search(Some(only), vec![source.rows.id_name().to_owned()]);
    let controls = super::full::controls(source.config.flavour);
    let mut pages = Pages::new(
        "the groups of a member",
        search,
        controls,
        source.config.page_size,
    );
    let mut groups = Vec::new();
    while let Some(page) = pages.next(talk).await? {
        for entry in &page {
            groups.push(source.rows.id(entry)?);
        }
    }
    Ok(groups)
}
