//! Entries as records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::config::Flavour;
use super::error::LdapError;
use super::{posix, primary, state};
use crate::model::ExternalId;
use crate::model::record::{SourceGroup, SourceUser};
use crate::protocol::ldap::{Entry, value};

/// Reads entries of a kind of server.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) flavour: Flavour,
    /// What the mapping wants of a user.
    pub(super) wanted: Arc<[Arc<str>]>,
    /// The attribute that has a group's name.
    pub(super) group_name: Arc<str>,
}

impl Rows {
    /// The attribute that has the immutable id.
    pub(super) fn id_name(&self) -> &'static str {
        match self.flavour {
            Flavour::Ad => "objectGUID",
            Flavour::OpenLdap => "entryUUID",
        }
    }

    fn created_name(&self) -> &'static str {
        match self.flavour {
            Flavour::Ad => "whenCreated",
            Flavour::OpenLdap => "createTimestamp",
        }
    }

    /// By what groups name users besides their entries' names, or users their group.
    fn besides(&self) -> &'static [&'static str] {
        match self.flavour {
            Flavour::Ad => &[primary::SID, primary::GROUP],
            Flavour::OpenLdap => &[posix::UID],
        }
    }

    /// The id, and what else of a user leads to its groups.
    pub(super) fn of_members(&self) -> Vec<String> {
        let all = [self.id_name()].into_iter().chain(self.besides().iter().copied());
        all.map(str::to_owned).collect()
    }

    /// What is asked for of a user.
    pub(super) fn of_users(&self) -> Vec<String> {
        let own = [self.id_name(), self.created_name()].into_iter();
        let own = own.chain(state::names(self.flavour).iter().copied());
        let own = own.chain(self.besides().iter().copied());
        let all = own.chain(self.wanted.iter().map(AsRef::as_ref));
        // `dn` is no attribute: every entry has it.
        let all: BTreeSet<&str> = all.filter(|name| *name != "dn").collect();
        all.into_iter().map(str::to_owned).collect()
    }

    /// What is asked for of a group.
    pub(super) fn of_groups(&self) -> Vec<String> {
        let all = [
            self.id_name(),
            self.created_name(),
            &*self.group_name,
            "sAMAccountName",
            "description",
            "member",
            "uniqueMember",
            match self.flavour {
                Flavour::Ad => primary::SID,
                Flavour::OpenLdap => posix::MEMBER,
            },
        ];
        let all: BTreeSet<&str> = all.into_iter().collect();
        all.into_iter().map(str::to_owned).collect()
    }

    /// The immutable id.
    pub(super) fn id(&self, entry: &Entry) -> Result<ExternalId, LdapError> {
        let bytes = entry.values(self.id_name()).first();
        let text = bytes.and_then(|bytes| match self.flavour {
            Flavour::Ad => value::guid(bytes),
            Flavour::OpenLdap => value::uuid(bytes),
        });
        text.map(|text| text.as_str().into()).ok_or_else(|| {
            let dn: String = entry.dn.chars().take(200).collect();
            LdapError::Malformed(format!("`{dn}` has no `{}`", self.id_name()))
        })
    }

    /// The value by which an object of this id is found.
    pub(super) fn id_value(&self, id: &ExternalId) -> Option<Vec<u8>> {
        match self.flavour {
            Flavour::Ad => value::guid_bytes(id.as_str()).map(|bytes| bytes.to_vec()),
            Flavour::OpenLdap => value::uuid_bytes(id.as_str()).map(|_| id.as_str().as_bytes().to_vec()),
        }
    }

    fn created(&self, entry: &Entry) -> Option<i64> {
        value::generalized_time(entry.text(self.created_name())?)
    }

    /// A user, as of this moment: accounts have an end.
    pub(super) fn user(&self, entry: &Entry, now: i64) -> Result<SourceUser, LdapError> {
        let mut attributes: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for name in self.wanted.iter() {
            let text = if &**name == "dn" {
                Some(entry.dn.as_str())
            } else {
                entry.text(name)
            };
            attributes.extend(text.map(|text| (Arc::clone(name), Arc::from(text))));
        }
        Ok(SourceUser {
            id: self.id(entry)?,
            active: state::is_active(self.flavour, entry, now),
            created_at: self.created(entry),
            attributes,
        })
    }

    /// A group.
    pub(super) fn group(&self, entry: &Entry) -> Result<SourceGroup, LdapError> {
        let text = |name: &str| Arc::from(entry.text(name).unwrap_or_default());
        Ok(SourceGroup {
            id: self.id(entry)?,
            name: text(&self.group_name),
            nickname: text("sAMAccountName"),
            description: text("description"),
            created_at: self.created(entry),
        })
    }

    /// When a user was last seen, by what the server keeps of it.
    pub(super) fn seen(&self, entry: &Entry) -> Option<i64> {
        match self.flavour {
            Flavour::Ad => value::file_time(entry.text("lastLogonTimestamp")?),
            Flavour::OpenLdap => {
                let moments = ["authTimestamp", "pwdLastSuccess"].into_iter();
                moments
                    .filter_map(|name| value::generalized_time(entry.text(name)?))
                    .max()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(flavour: Flavour) -> Rows {
        Rows {
            flavour,
            wanted: ["uid", "dn"].map(Arc::from).into(),
            group_name: "cn".into(),
        }
    }

    fn entry(attributes: &[(&str, &[u8])]) -> Entry {
        Entry {
            dn: "uid=ada,dc=x".to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), vec![value.to_vec()]))
                .collect(),
        }
    }

    #[test]
    fn names_of_attributes_have_no_case_and_the_mappings_spelling_counts() {
        let uuid = b"00010203-0405-0607-0809-0A0B0C0D0E0F".as_slice();
        let user = rows(Flavour::OpenLdap)
            .user(&entry(&[("UID", b"ada"), ("ENTRYUUID", uuid)]), 0)
            .unwrap();
        assert_eq!(user.id.as_str(), "00010203-0405-0607-0809-0a0b0c0d0e0f");
        assert_eq!(user.attributes.get("uid").map(AsRef::as_ref), Some("ada"));
        assert_eq!(user.attributes.get("dn").map(AsRef::as_ref), Some("uid=ada,dc=x"));
        assert!(
            rows(Flavour::OpenLdap)
                .user(&entry(&[("uid", b"ada")]), 0)
                .is_err()
        );
    }

    #[test]
    fn an_id_leads_back_to_its_value() {
        for flavour in [Flavour::Ad, Flavour::OpenLdap] {
            let rows = rows(flavour);
            let bytes: Vec<u8> = (0..16).collect();
            let id = rows.id(&entry(&[(rows.id_name(), &bytes)])).unwrap();
            let value = rows.id_value(&id).unwrap();
            assert_eq!(rows.id(&entry(&[(rows.id_name(), &value)])).unwrap(), id);
            assert_eq!(rows.id_value(&"*".into()), None);
        }
    }
}
