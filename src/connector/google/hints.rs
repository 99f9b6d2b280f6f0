//! The audit log as a hint: which groups to read first. It may be late, so nothing rests on it alone.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use super::api::encoded;
use super::lists::Groups;
use super::pages::{Pages, Step};
use super::source::GoogleSource;
use crate::connector::rest::RestError;
use crate::model::ExternalId;

/// What the log may tell late, in milliseconds.
const OVERLAP: i64 = 7_200_000;
/// Where changes of groups are logged: by administrators, and by owners and managers of groups.
const APPLICATIONS: [&str; 2] = ["admin", "groups_enterprise"];
/// How many events are remembered, so that they are not followed again.
const REMEMBERED: usize = 100_000;

/// What the log says.
#[derive(Debug, Default)]
pub(super) struct Hints {
    pub(super) groups: HashSet<ExternalId>,
    /// Hashes of the events within the window.
    pub(super) events: HashSet<u64>,
}

/// The groups of events since a moment that were not followed before.
pub(super) async fn read(
    source: &GoogleSource,
    since: i64,
    groups: &Groups,
    followed: &HashSet<u64>,
) -> Result<Hints, RestError> {
    let from = DateTime::from_timestamp_millis(since.saturating_sub(OVERLAP)).unwrap_or_default();
    let from = encoded(&from.to_rfc3339_opts(SecondsFormat::Millis, true));
    let mut hints = Hints::default();
    for application in APPLICATIONS {
        let path = format!(
            "/admin/reports/v1/activity/users/all/applications/{application}?startTime={from}&maxResults=1000\
             &fields=kind,nextPageToken,items(id,events(name,parameters))"
        );
        let mut pages = Pages::new(&source.google, &source.google.reports, path, "reports#activities");
        loop {
            match pages.step().await? {
                Step::Rows(page) => page.iter().for_each(|item| hints.take(item, groups, followed)),
                Step::Again => {}
                Step::End => break,
            }
        }
    }
    if hints.events.len() > REMEMBERED {
        hints.events.clear(); // their groups are read once more, which is no harm
    }
    Ok(hints)
}

impl Hints {
    fn take(&mut self, item: &Value, groups: &Groups, followed: &HashSet<u64>) {
        let named = groups_named(item).map(str::to_lowercase);
        let named: Vec<ExternalId> = named
            .filter_map(|name| {
                groups
                    .addresses
                    .get(&name)
                    .or_else(|| Some(groups.known.get_key_value(name.as_str())?.0))
            })
            .cloned()
            .collect();
        if named.is_empty() {
            return;
        }
        let mut hash = DefaultHasher::new();
        (
            item["id"]["time"].as_str(),
            item["id"]["uniqueQualifier"].as_str(),
            &named,
        )
            .hash(&mut hash);
        let event = hash.finish();
        if !followed.contains(&event) {
            self.groups.extend(named);
        }
        self.events.insert(event);
    }
}

/// Whatever the parameters of an activity's events say of groups: addresses, or ids.
pub(super) fn groups_named(item: &Value) -> impl Iterator<Item = &str> {
    let events = item["events"].as_array().into_iter().flatten();
    let parameters = events.flat_map(|event| event["parameters"].as_array().into_iter().flatten());
    parameters
        .filter(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            ["GROUP_EMAIL", "group_email", "group_id", "GROUP_ID"].contains(&name)
        })
        .flat_map(|parameter| {
            let several = parameter["multiValue"].as_array().into_iter().flatten();
            several.chain([&parameter["value"]]).filter_map(Value::as_str)
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(unique: &str, name: &str, value: &Value) -> Value {
        let mut parameter = json!({ "name": name });
        parameter[if value.is_array() { "multiValue" } else { "value" }] = value.clone();
        json!({
            "id": { "time": "2026-11-25T10:00:00Z", "uniqueQualifier": unique },
            "events": [{ "name": "ADD_GROUP_MEMBER", "parameters": [{ "name": "USER_EMAIL", "value": "a@b" }, parameter] }],
        })
    }

    #[test]
    fn a_groups_address_leads_to_it_whatever_its_case_and_only_once() {
        let mut groups = Groups::default();
        groups
            .addresses
            .insert("team@corp.example".to_owned(), "g1".into());
        groups
            .known
            .insert("g2".into(), super::super::memory::Known::default());
        let mut first = Hints::default();
        let items = [
            item("1", "GROUP_EMAIL", &json!("Team@corp.example")),
            item("2", "group_id", &json!(["g2"])),
            item("3", "GROUP_EMAIL", &json!("elsewhere@corp.example")),
            json!({ "events": "none" }),
        ];
        for item in &items {
            first.take(item, &groups, &HashSet::new());
        }
        assert_eq!(first.groups, HashSet::from(["g1".into(), "g2".into()]));
        assert_eq!(first.events.len(), 2, "other events are not remembered");
        let mut again = Hints::default();
        for item in &items {
            again.take(item, &groups, &first.events);
        }
        assert!(again.groups.is_empty() && again.events == first.events);
    }
}
