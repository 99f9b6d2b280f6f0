//! The members of groups: the names that entries tell, part by part where the server tells parts, then who is behind them.

use std::collections::HashMap;

use super::error::LdapError;
use super::names::Names;
use super::posix;
use super::talk::Talk;
use crate::model::ExternalId;
use crate::model::record::Record;
use crate::protocol::ldap::dn::{self, Key};
use crate::protocol::ldap::value::Ranged;
use crate::protocol::ldap::{Entry, Filter};

/// The attributes that have members.
const MEMBERS: [&str; 2] = ["member", "uniqueMember"];
/// How many names that lead nowhere are shown.
const SHOWN: usize = 3;

/// The names of a group's members, all of them.
pub(super) async fn names(talk: &mut Talk, entry: &Entry) -> Result<Vec<String>, LdapError> {
    let mut names = Vec::new();
    for (description, values) in &entry.attributes {
        let ranged = Ranged::of(description);
        let name = ranged.map_or(description.as_str(), |range| range.name);
        if name.eq_ignore_ascii_case(posix::MEMBER) {
            let uids = values.iter().map(|uid| String::from_utf8_lossy(uid));
            names.extend(uids.map(|uid| posix::name(&uid)));
            continue;
        }
        if !MEMBERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            continue;
        }
        take(&mut names, values);
        if let Some(Ranged { upto: Some(upto), .. }) = ranged {
            rest(talk, entry, name, upto, &mut names).await?;
        }
    }
    Ok(names)
}

fn take(names: &mut Vec<String>, values: &[Vec<u8>]) {
    // What is not UTF-8 is no name; it leads nowhere and is counted as that.
    names.extend(
        values
            .iter()
            .map(|value| String::from_utf8_lossy(value).into_owned()),
    );
}

/// The parts after the first.
async fn rest(
    talk: &mut Talk,
    entry: &Entry,
    name: &str,
    mut upto: u64,
    names: &mut Vec<String>,
) -> Result<(), LdapError> {
    loop {
        let next = upto.saturating_add(1);
        let asked = format!("{name};range={next}-*");
        let found = talk
            .look(
                "the members of a group",
                &entry.dn,
                &Filter::present("objectClass"),
                &[&asked],
                &[],
            )
            .await?;
        let found = found
            .ok_or_else(|| LdapError::Incomplete("a group went while its members were read".to_owned()))?;
        let told = found.attributes.iter().find_map(|(description, values)| {
            let range = Ranged::of(description).filter(|range| range.from == next)?;
            Some((range.upto, values))
        });
        let Some((end, values)) = told else {
            let what = "the server does not tell the part of a group's members that was asked for";
            return Err(LdapError::Malformed(what.to_owned()));
        };
        take(names, values);
        match end {
            None => return Ok(()),
            Some(end) if end > upto && !values.is_empty() => upto = end,
            Some(_) => {
                return Err(LdapError::Malformed(
                    "the members of a group lead in a circle".to_owned(),
                ));
            }
        }
    }
}

/// Memberships by names, until all names are known.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    groups: Vec<ExternalId>,
    /// The group by its place, the member.
    edges: Vec<(u32, Key)>,
    /// Spellings of names that were not known when they came; only so many as are shown or looked up.
    pub(super) unknown: HashMap<Key, String>,
    most: usize,
    lost: usize,
    shown: Vec<String>,
}

impl Waiting {
    /// Keeps the spelling of at most so many unknown names.
    pub(super) fn keeping(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// The members of a group; those whose names are known are told at once.
    pub(super) fn add(&mut self, group: &ExternalId, members: Vec<String>, known: &Names) -> Vec<Record> {
        let place = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        self.groups.push(group.clone());
        let mut records = Vec::new();
        for name in members {
            let key = dn::key(unique(&name));
            if let Some(found) = known.get(key) {
                records.push(edge(group, found));
                continue;
            }
            self.edges.push((place, key));
            if self.unknown.len() < self.most {
                self.unknown.insert(key, unique(&name).to_owned());
            }
        }
        records
    }

    /// The memberships whose names are known by now, then the word that each group was told completely.
    pub(super) fn resolve(&mut self, known: &Names) -> Vec<Record> {
        let mut records = Vec::new();
        for (place, key) in std::mem::take(&mut self.edges) {
            let group = usize::try_from(place)
                .ok()
                .and_then(|place| self.groups.get(place));
            let Some(group) = group else { continue };
            if let Some(found) = known.get(key) {
                records.push(edge(group, found));
                continue;
            }
            self.lost += 1;
            let spelling = self.unknown.get(&key).filter(|_| self.shown.len() < SHOWN);
            self.shown
                .extend(spelling.map(|name| name.chars().take(200).collect()));
        }
        records.extend(self.groups.drain(..).map(Record::MembersComplete));
        records
    }

    /// What is to be told of members that are neither users nor groups of ours.
    pub(super) fn lost(&self) -> Option<String> {
        (self.lost > 0).then(|| {
            let shown: Vec<_> = self.shown.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "{} members of groups are neither users nor groups that are read: {}{}",
                self.lost,
                shown.join(", "),
                if self.lost > self.shown.len() { ", …" } else { "" }
            )
        })
    }
}

/// A name without the bits that may follow it in `uniqueMember` (RFC 4517 §3.3.21).
fn unique(name: &str) -> &str {
    match name.rsplit_once("#'") {
        Some((name, bits))
            if bits
                .strip_suffix("'B")
                .is_some_and(|bits| bits.bytes().all(|bit| matches!(bit, b'0' | b'1'))) =>
        {
            name
        }
        _ => name,
    }
}

fn edge(group: &ExternalId, (kind, member): &(crate::model::MemberKind, ExternalId)) -> Record {
    Record::Member {
        group: group.clone(),
        member: member.clone(),
        kind: *kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MemberKind;

    #[test]
    fn members_come_before_or_after_their_names_are_known() {
        let mut known = Names::default();
        known.add("uid=ada,dc=x", MemberKind::User, "a".into());
        let mut waiting = Waiting::keeping(10);
        let members = ["UID=Ada, DC=x", "cn=team,dc=x", "cn=nobody,dc=x"].map(str::to_owned);
        let records = waiting.add(&"g".into(), members.into(), &known);
        assert_eq!(records.len(), 1);
        known.add("cn=team,dc=x", MemberKind::Group, "t".into());
        let records = waiting.resolve(&known);
        let nested = Record::Member {
            group: "g".into(),
            member: "t".into(),
            kind: MemberKind::Group,
        };
        assert_eq!(records, [nested, Record::MembersComplete("g".into())]);
        let lost = waiting.lost().unwrap();
        assert!(
            lost.starts_with("1 members") && lost.contains("`cn=nobody,dc=x`"),
            "{lost}"
        );
    }

    #[test]
    fn bits_after_a_name_are_none_of_it() {
        assert_eq!(unique("cn=a,dc=x#'0101'B"), "cn=a,dc=x");
        assert_eq!(unique("cn=a#'b'B,dc=x"), "cn=a#'b'B,dc=x");
    }
}
