//! Admin events as hints: what they name is read again. What users do themselves, and what federation brings, is in none.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::DateTime;
use serde::Deserialize;

use super::realm::WHO;
use super::source::Keycloak;
use crate::client::Meter;
use crate::connector::api::ConnectorError;
use crate::connector::rest::RestError;
use crate::model::ExternalId;

/// Between clocks of one Keycloak's nodes, and of what stands before them; milliseconds.
const OVERLAP: i64 = 600_000;
/// Events are asked for by the day, of whatever time zone Keycloak is in.
const A_DAY: i64 = 86_400_000;
/// More events than this are read faster as a whole.
const MOST: usize = 100_000;
/// After so many pages of nothing new Keycloak is not believed to get anywhere.
const STALE: u32 = 3;
/// What the service account needs.
pub(super) const ROLE: &str = "view-events";

/// An event, as far as it says what it is about.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Event {
    id: Option<String>,
    time: Option<i64>,
    operation_type: Option<String>,
    resource_type: Option<String>,
    resource_path: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    admin_events_enabled: bool,
}

/// What events name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    pub(super) users: BTreeSet<ExternalId>,
    pub(super) groups: BTreeSet<ExternalId>,
    /// Groups with users that came or went.
    pub(super) memberships: BTreeSet<(ExternalId, ExternalId)>,
    /// An event of users names none: any may have changed.
    pub(super) all_users: bool,
    /// The same of groups; a group that moves to the top is named by nothing else.
    pub(super) all_groups: bool,
    /// Hashes of the events within the window.
    pub(super) events: HashSet<u64>,
    /// Keycloak's time when it was asked.
    pub(super) begun: Option<i64>,
}

/// Why there are no hints.
#[derive(Debug)]
pub(super) enum NoHints {
    /// They may not be seen. The sentence says what is missing.
    Unseen(String),
    /// There are none, or too many.
    ReadAll(String),
    Failed(RestError),
}

impl From<RestError> for NoHints {
    fn from(error: RestError) -> Self {
        match error {
            RestError::Refused(_) | RestError::Absent(_) => {
                let hint = format!("give the client's service account `{ROLE}` of `realm-management`");
                Self::Unseen(format!(
                    "admin events cannot be read: {}",
                    error.hinting(&hint).into_sentence()
                ))
            }
            error => Self::Failed(error),
        }
    }
}

impl From<NoHints> for ConnectorError {
    fn from(none: NoHints) -> Self {
        match none {
            NoHints::Unseen(why) | NoHints::ReadAll(why) => Self::Expired(why),
            NoHints::Failed(error) => error.into(),
        }
    }
}

/// Whether the realm keeps admin events; answers Keycloak's time.
pub(super) async fn are_kept(keycloak: &Keycloak) -> Result<Option<i64>, NoHints> {
    let admin = keycloak.admin().await?;
    let got = admin.get::<Settings>("/events/config", &keycloak.clock).await?;
    if got.body.admin_events_enabled {
        return Ok(got.date);
    }
    let realm = &keycloak.config.realm;
    Err(NoHints::ReadAll(format!(
        "realm `{realm}` keeps no admin events; hint: switch on Realm settings → Events → Admin events settings → Save events"
    )))
}

/// What the events since a moment name that were not followed before, the newest first.
pub(super) async fn read(keycloak: &Keycloak, since: i64, followed: &HashSet<u64>) -> Result<Hints, NoHints> {
    let mut hints = Hints {
        begun: are_kept(keycloak).await?,
        ..Hints::default()
    };
    let from = since.saturating_sub(OVERLAP);
    let day = DateTime::from_timestamp_millis(from.saturating_sub(A_DAY)).unwrap_or_default();
    let day = day.format("%Y-%m-%d");
    let kinds = "resourceTypes=USER&resourceTypes=GROUP&resourceTypes=GROUP_MEMBERSHIP";
    let (max, mut first, mut stale) = (u64::from(keycloak.config.page_size), 0_u64, 0);
    loop {
        let path = format!("/admin-events?dateFrom={day}&{kinds}&first={first}&max={max}");
        let admin = keycloak.admin().await?;
        let page = admin.get::<Vec<Event>>(&path, &keycloak.clock).await?.body;
        Meter::page();
        let (came, before) = (page.len() as u64, hints.events.len());
        let mut beyond = false;
        for event in &page {
            beyond |= !hints.take(event, from, followed)?;
        }
        if hints.events.len() > MOST {
            return Err(NoHints::ReadAll(format!(
                "there are more than {MOST} admin events"
            )));
        }
        if beyond || came < max {
            return Ok(hints);
        }
        // Newer events push the others along: a page may tell again what the one before told.
        stale = if hints.events.len() == before {
            stale + 1
        } else {
            0
        };
        if stale >= STALE {
            let what = format!("{WHO} sends the same page again and again");
            return Err(NoHints::Failed(RestError::Malformed(what)));
        }
        first += came;
    }
}

impl Hints {
    /// Follows an event; `false` where it is older than what is asked for, as all after it are.
    fn take(&mut self, event: &Event, from: i64, followed: &HashSet<u64>) -> Result<bool, RestError> {
        let none = || RestError::Malformed(format!("{WHO} answered an admin event without `time`"));
        if event.time.ok_or_else(none)? < from {
            return Ok(false);
        }
        let path = event.resource_path.as_deref().unwrap_or_default();
        let mut hash = DefaultHasher::new();
        (
            &event.id,
            event.time,
            &event.operation_type,
            &event.resource_type,
            path,
        )
            .hash(&mut hash);
        let event_hash = hash.finish();
        self.events.insert(event_hash);
        if followed.contains(&event_hash) {
            return Ok(true);
        }
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts[..] {
            ["users", user, "groups", group] => {
                self.memberships.insert((group.into(), user.into()));
            }
            ["users", user, ..] => drop(self.users.insert(user.into())),
            ["groups", group, "children", child, ..] => self.groups.extend([group.into(), child.into()]),
            ["groups", group, ..] => drop(self.groups.insert(group.into())),
            _ if event.resource_type.as_deref() == Some("USER") => self.all_users = true,
            _ => self.all_groups = true,
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(time: i64, kind: &str, path: &str) -> Event {
        Event {
            time: Some(time),
            resource_type: Some(kind.to_owned()),
            resource_path: Some(path.to_owned()),
            ..Event::default()
        }
    }

    #[test]
    fn a_path_names_what_changed() {
        let mut hints = Hints::default();
        let events = [
            event(9, "USER", "users/u1"),
            event(9, "USER", "users/u2/reset-password"),
            event(9, "GROUP_MEMBERSHIP", "users/u3/groups/g1"),
            event(9, "GROUP", "groups/g2"),
            event(9, "GROUP", "groups/g3/children"),
            event(9, "GROUP", "groups/g4/children/g5"),
        ];
        for event in &events {
            assert!(hints.take(event, 9, &HashSet::new()).unwrap());
        }
        assert_eq!(hints.users, ["u1", "u2"].map(Into::into).into());
        assert_eq!(hints.groups, ["g2", "g3", "g4", "g5"].map(Into::into).into());
        assert_eq!(hints.memberships, [("g1".into(), "u3".into())].into());
        assert!(!hints.all_users && !hints.all_groups);
        let again = hints.events.clone();
        let mut second = Hints::default();
        for event in &events {
            second.take(event, 9, &again).unwrap();
        }
        let expected = Hints {
            events: again,
            ..Hints::default()
        };
        assert_eq!(second, expected, "what was followed is not followed again");
    }

    #[test]
    fn what_names_nothing_concerns_all_of_its_kind_and_what_is_old_nobody() {
        let mut hints = Hints::default();
        let none = HashSet::new();
        assert!(!hints.take(&event(8, "USER", "users/u1"), 9, &none).unwrap());
        assert_eq!(hints, Hints::default());
        hints.take(&event(9, "USER", "users"), 9, &none).unwrap();
        assert!(hints.all_users && !hints.all_groups);
        hints.take(&event(9, "GROUP", "groups"), 9, &none).unwrap();
        assert!(hints.all_groups);
        assert!(hints.take(&Event::default(), 9, &none).is_err());
    }
}
