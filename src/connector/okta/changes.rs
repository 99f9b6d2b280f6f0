//! What changed since a moment: users, groups with their members, deletions from the system log.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::error::OktaError;
use super::members;
use super::pages::Pages;
use super::{OktaSource, Out, PARALLEL, rows};
use crate::connector::api::{Batch, Result};
use crate::connector::row::{field, list};
use crate::model::record::Record;

/// What Okta may tell late, in milliseconds.
const OVERLAP: i64 = 300_000;
/// How many changes of the overlap are remembered, so that they are not told again.
const REMEMBERED: usize = 5_000;

/// Where the next read goes on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Place {
    /// Milliseconds since 1970, by Okta's clock.
    pub(super) since: i64,
    /// What was told of the time after that: each by its digest, with its moment.
    #[serde(default)]
    told: BTreeMap<String, i64>,
}

impl Place {
    /// To go on from what happened at `now` and shortly before.
    pub(super) fn at(now: i64) -> Self {
        Self {
            since: now - OVERLAP,
            told: BTreeMap::new(),
        }
    }

    /// Whether this change was told before.
    fn knows(&self, change: &str) -> bool {
        self.told.contains_key(change)
    }

    /// The place after a read that began at `now` and told this.
    fn after(&self, now: i64, told: BTreeMap<String, i64>) -> Self {
        let mut next = Self::at(now.max(self.since + OVERLAP));
        let recent = self.told.clone().into_iter().chain(told);
        next.told = recent.filter(|(_, moment)| *moment > next.since).collect();
        if next.told.len() > REMEMBERED {
            next.told.clear(); // they are told once more, which is no harm
        }
        next
    }
}

/// A change by what tells it from others.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    crate::connector::jwt::base64url(hash.finalize().get(..12).unwrap_or_default())
}

/// Tells all changes since a place. Answers the next one.
pub(super) async fn read(source: &OktaSource, out: &Out, from: &Place) -> Result<Place> {
    let since = DateTime::from_timestamp_millis(from.since).unwrap_or_default();
    let since = since.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut told = BTreeMap::new();
    let begun = users(source, out, from, &since, &mut told).await?;
    groups(source, out, from, &since, &mut told).await?;
    deletions(source, out, from, &since, &mut told).await?;
    Ok(from.after(begun, told))
}

fn encoded(filter: &str) -> String {
    url::form_urlencoded::byte_serialize(filter.as_bytes()).collect()
}

async fn send(out: &Out, records: Vec<Record>) {
    if !records.is_empty() {
        drop(out.send(Ok(Batch::Records(records))).await);
    }
}

async fn users(
    source: &OktaSource,
    out: &Out,
    from: &Place,
    since: &str,
    told: &mut BTreeMap<String, i64>,
) -> Result<i64, OktaError> {
    let filter = encoded(&format!("lastUpdated gt \"{since}\""));
    let mut pages = Pages::new(
        &source.okta,
        &format!("/api/v1/users?filter={filter}&limit=200"),
        "users",
    );
    while let Some(page) = pages.page(&source.okta).await? {
        let mut records = Vec::new();
        for row in &page {
            let user = source.rows.user(row)?;
            let [stamp] = rows::texts(row, ["lastUpdated"])?;
            let change = digest(&["user", user.id.as_str(), stamp.as_deref().unwrap_or_default()]);
            if !from.knows(&change) {
                records.push(Record::User(user));
            }
            told.insert(change, rows::moment(stamp.as_deref()).unwrap_or(i64::MAX));
        }
        send(out, records).await;
    }
    Ok(pages.begun.unwrap_or_else(|| source.okta.clock.now()))
}

async fn groups(
    source: &OktaSource,
    out: &Out,
    from: &Place,
    since: &str,
    told: &mut BTreeMap<String, i64>,
) -> Result<(), OktaError> {
    let filter = encoded(&format!(
        "lastUpdated gt \"{since}\" or lastMembershipUpdated gt \"{since}\""
    ));
    let mut pages = Pages::new(
        &source.okta,
        &format!("/api/v1/groups?filter={filter}&limit=200"),
        "groups",
    );
    let mut changed = Vec::new();
    while let Some(page) = pages.page(&source.okta).await? {
        for row in &page {
            let group = rows::group(row)?;
            let [updated, members] = rows::texts(row, ["lastUpdated", "lastMembershipUpdated"])?;
            let stamps = [updated.as_deref(), members.as_deref()];
            let [updated, members] = stamps.map(Option::unwrap_or_default);
            let change = digest(&["group", group.id.as_str(), updated, members]);
            let [updated, members] = stamps.map(|stamp| rows::moment(stamp).unwrap_or(i64::MIN));
            let last = updated.max(members);
            if !from.knows(&change) && !told.contains_key(&change) {
                changed.push(group.id.clone());
                send(out, vec![Record::Group(group)]).await;
            }
            told.insert(change, last);
        }
    }
    let mut reads = futures_util::stream::iter(changed)
        .map(|group| members::read(source, out, group))
        .buffer_unordered(PARALLEL);
    while let Some(read) = reads.next().await {
        read?;
    }
    Ok(())
}

/// What the log says was deleted: lists do not tell what they leave out.
async fn deletions(
    source: &OktaSource,
    out: &Out,
    from: &Place,
    since: &str,
    told: &mut BTreeMap<String, i64>,
) -> Result<()> {
    let filter = encoded(
        "eventType eq \"user.lifecycle.delete.completed\" or eventType eq \"group.lifecycle.delete\"",
    );
    let path = format!(
        "/api/v1/logs?since={}&filter={filter}&limit=1000&sortOrder=ASCENDING",
        encoded(since)
    );
    let mut pages = Pages::new(&source.okta, &path, "logs");
    loop {
        let page = pages
            .page(&source.okta)
            .await
            .map_err(|error| error.lacking("okta.logs.read"))?;
        let Some(page) = page else { return Ok(()) };
        // The log's last page leads on to what is still to come.
        let last = page.is_empty();
        let mut records = Vec::new();
        for event in &page {
            let [uuid, published] = rows::texts(event, ["uuid", "published"])?;
            let published = published.as_deref();
            let change = digest(&[
                "event",
                uuid.as_deref().unwrap_or_default(),
                published.unwrap_or_default(),
            ]);
            if !from.knows(&change) {
                let targets = field(event, "target").map_err(OktaError::from)?;
                records.extend(targets.map(list).unwrap_or_default().into_iter().filter_map(gone));
            }
            told.insert(change, rows::moment(published).unwrap_or(i64::MAX));
        }
        send(out, records).await;
        if last {
            return Ok(());
        }
    }
}

fn gone(target: &RawValue) -> Option<Record> {
    let [id, kind] = rows::texts(target, ["id", "type"]).ok()?;
    let id = rows::id_of(id.as_deref()).ok()?;
    match &*kind? {
        "User" => Some(Record::UserGone(id)),
        "UserGroup" => Some(Record::GroupGone(id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_remembered_for_the_overlap_only() {
        let start = Place::at(1_000_000);
        assert_eq!(start.since, 700_000);
        let told = BTreeMap::from([("a".to_owned(), 900_000), ("b".to_owned(), 1_190_000)]);
        let next = start.after(1_200_000, told);
        assert_eq!(next.since, 900_000);
        assert!(next.knows("b") && !next.knows("a"));
        let last = next.after(1_600_000, BTreeMap::new());
        assert!(!last.knows("b"));
    }

    #[test]
    fn a_clock_that_goes_back_takes_the_place_not_back() {
        assert_eq!(Place::at(1_000_000).after(10, BTreeMap::new()).since, 700_000);
    }

    #[test]
    fn a_flood_of_changes_is_told_again_rather_than_remembered() {
        let many = (0..=REMEMBERED)
            .map(|number| (number.to_string(), i64::MAX))
            .collect();
        assert!(Place::at(0).after(1, many).told.is_empty());
    }
}
