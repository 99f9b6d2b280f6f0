//! The primary group of Active Directory: a user names it by its number, and no list of members has the user.

use std::collections::HashMap;

use super::config::Flavour;
use super::error::LdapError;
use super::source::LdapSource;
use super::talk::{Pages, Talk};
use crate::model::ExternalId;
use crate::protocol::ldap::{Entry, Filter};

/// The security identifier: a domain's, then the number of the user or group in it.
pub(super) const SID: &str = "objectSid";
/// The number of a user's primary group, in the user's own domain.
pub(super) const GROUP: &str = "primaryGroupID";

/// A security identifier without its last number, and that number (MS-DTYP §2.4.2.2).
fn parts(sid: &[u8]) -> Option<(&[u8], u32)> {
    let numbers = usize::from(*sid.get(1)?);
    let (domain, last) = sid.split_at_checked(sid.len().checked_sub(4)?)?;
    let is_whole = numbers > 0 && sid.len() == 8 + 4 * numbers;
    is_whole.then_some((domain, u32::from_le_bytes(last.try_into().ok()?)))
}

fn sid(entry: &Entry) -> Option<&[u8]> {
    entry.values(SID).first().map(Vec::as_slice)
}

/// The security identifier of a user's primary group.
fn of(user: &Entry) -> Option<Vec<u8>> {
    let (domain, _) = parts(sid(user)?)?;
    let number: u32 = user.text(GROUP)?.trim().parse().ok()?;
    Some([domain, &number.to_le_bytes()].concat())
}

/// Whose primary group is which, while everybody is read.
#[derive(Debug, Default)]
pub(super) struct Primaries(HashMap<Vec<u8>, Vec<ExternalId>>);

impl Primaries {
    pub(super) fn note(&mut self, user: &Entry, id: &ExternalId) {
        if let Some(group) = of(user) {
            self.0.entry(group).or_default().push(id.clone());
        }
    }

    /// The users whose primary group this is.
    pub(super) fn of(&self, group: &Entry) -> &[ExternalId] {
        let users = sid(group).and_then(|sid| self.0.get(sid));
        users.map(Vec::as_slice).unwrap_or_default()
    }
}

/// The groups that changed users have as their primary ones, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Groups(HashMap<Vec<u8>, Option<ExternalId>>);

impl Groups {
    /// A user's primary group; `None` where it has none, or one that is not read.
    pub(super) async fn of(
        &mut self,
        source: &LdapSource,
        talk: &mut Talk,
        user: &Entry,
    ) -> Result<Option<ExternalId>, LdapError> {
        let Some(sid) = of(user) else { return Ok(None) };
        if let Some(known) = self.0.get(&sid) {
            return Ok(known.clone());
        }
        let only = Some(Filter::equal(SID, &sid));
        let search = source.group_search(only, vec![source.rows.id_name().to_owned()]);
        let found = talk.find("a primary group", &search).await?;
        let group = found.first().map(|entry| source.rows.id(entry)).transpose()?;
        self.0.insert(sid, group.clone());
        Ok(group)
    }
}

/// The users whose primary group this one is: its own list of members does not have them.
pub(super) async fn members(
    source: &LdapSource,
    talk: &mut Talk,
    group: &Entry,
) -> Result<Vec<ExternalId>, LdapError> {
    let mut users = Vec::new();
    let Some((_, number)) = sid(group).and_then(parts) else {
        return Ok(users);
    };
    if source.config.flavour != Flavour::Ad {
        return Ok(users);
    }
    let only = Some(Filter::equal(GROUP, number.to_string().as_bytes()));
    let search = source.user_search(only, source.rows.of_members());
    let controls = super::full::controls(source.config.flavour);
    let mut pages = Pages::new(
        "users of a primary group",
        search,
        controls,
        source.config.page_size,
    );
    while let Some(page) = pages.next(talk).await? {
        for user in page.iter().filter(|user| of(user).as_deref() == sid(group)) {
            users.push(source.rows.id(user)?);
        }
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(numbers: u8) -> Vec<u8> {
        let mut sid = vec![1, numbers, 0, 0, 0, 0, 0, 5];
        sid.extend((1..numbers).flat_map(|number| u32::from(number).to_le_bytes()));
        sid
    }

    fn entry(sid: Vec<u8>, group: &str) -> Entry {
        Entry {
            dn: "CN=x".to_owned(),
            attributes: vec![
                ("objectSid".to_owned(), vec![sid]),
                ("primaryGroupID".to_owned(), vec![group.as_bytes().to_vec()]),
            ],
        }
    }

    #[test]
    fn a_user_leads_to_the_group_of_its_own_domain() {
        let sid = |number: u32| [domain(5), number.to_le_bytes().to_vec()].concat();
        let user = entry(sid(1104), "513");
        assert_eq!(of(&user), Some(sid(513)));
        let mut primaries = Primaries::default();
        primaries.note(&user, &"u".into());
        assert_eq!(primaries.of(&entry(sid(513), "")), [ExternalId::from("u")]);
        assert!(primaries.of(&entry(sid(514), "")).is_empty());
        let elsewhere = [domain(4), 513_u32.to_le_bytes().to_vec()].concat();
        assert!(primaries.of(&entry(elsewhere, "")).is_empty());
    }

    #[test]
    fn what_is_no_identifier_leads_nowhere() {
        let whole = [domain(5), 7_u32.to_le_bytes().to_vec()].concat();
        assert!(parts(&whole).is_some());
        for broken in [&whole[..whole.len() - 1], &whole[..8], &whole[..3], &[]] {
            assert_eq!(parts(broken), None);
        }
        assert_eq!(of(&entry(whole, "many")), None);
    }
}
