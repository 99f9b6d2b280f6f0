//! The lists of users and of groups, held against what was found before: what differs is told, and who is gone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::StreamExt;
use serde_json::Value;

use super::api::encoded;
use super::memory::{Known, State};
use super::pages::{Pages, Step};
use super::rows;
use super::source::{GoogleSource, PARALLEL};
use super::twins::Twins;
use crate::connector::api::Batch;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::ExternalId;
use crate::model::record::Record;

/// The largest page of users.
const USERS_PAGE: u32 = 500;
/// The largest page of groups, and of members.
pub(super) const PAGE: u32 = 200;
/// How often those are asked alone who bear one address; a chain of swaps is longer seldom.
const ROUNDS: usize = 3;
/// What is read of a group.
pub(super) const GROUP: &str = "id,name,email,description,etag,directMembersCount,aliases,nonEditableAliases";

/// What a list of groups said besides.
#[derive(Debug, Default)]
pub(super) struct Groups {
    pub(super) known: BTreeMap<ExternalId, Known>,
    /// Those whose members are to be read.
    pub(super) moved: HashSet<ExternalId>,
    /// By each address, in lower case.
    pub(super) addresses: HashMap<String, ExternalId>,
    /// How many members each is said to have: no proof of anything, but large ones are better begun early.
    sizes: HashMap<ExternalId, u64>,
}

pub(super) async fn send(out: &Out, records: Vec<Record>) {
    if !records.is_empty() {
        drop(out.send(Ok(Batch::Records(records))).await);
    }
}

/// A path of the Directory API.
pub(super) fn path(rest: &str) -> String {
    format!("/admin/directory/v1{rest}")
}

/// Tells users that differ; answers them all, and Google's time at the beginning.
pub(super) async fn users(
    source: &GoogleSource,
    out: &Out,
    known: &HashMap<ExternalId, u64>,
) -> Result<(HashMap<ExternalId, u64>, Option<i64>), RestError> {
    let path = path(&format!(
        "/users?customer={}&maxResults={USERS_PAGE}&projection={}&fields=kind,nextPageToken,users({})",
        encoded(&source.customer),
        source.rows.projection(),
        source.rows.fields(),
    ));
    let mut pages = Pages::new(&source.google, &source.google.directory, path, "directory#users");
    let (mut found, mut lost, mut twins) = (HashMap::new(), HashSet::new(), Twins::default());
    loop {
        let page = match pages.step().await? {
            Step::Rows(page) => page,
            Step::Again => {
                lost.extend(std::mem::take(&mut found).into_keys());
                twins = Twins::default();
                continue;
            }
            Step::End => break,
        };
        let mut records = Vec::new();
        for row in &page {
            let user = source.rows.user(row)?;
            twins.see(&user.id, row);
            let digest = rows::digest_of_user(&user);
            let before = found.insert(user.id.clone(), digest);
            // A list that began anew told other things of some: those are told again, whatever was known.
            let told_else = lost.contains(&user.id) || before.is_some_and(|before| before != digest);
            if told_else || (before.is_none() && known.get(&user.id) != Some(&digest)) {
                records.push(Record::User(user));
            }
        }
        send(out, records).await;
    }
    let absent = known.keys().chain(&lost).filter(|id| !found.contains_key(*id));
    let absent: HashSet<ExternalId> = absent.cloned().collect();
    let fields = format!(
        "/users/{{}}?projection={}&fields={}",
        source.rows.projection(),
        source.rows.fields()
    );
    ask_alone(source, out, absent, &fields, (&mut found, &mut twins)).await?;
    // Somebody bears the address that another is still told with: each says alone what it is now.
    for _ in 0..ROUNDS {
        let ask = twins.take();
        ask_alone(source, out, ask, &fields, (&mut found, &mut twins)).await?;
    }
    Ok((found, pages.begun))
}

/// Tells these users by what each says alone, or that it is gone.
async fn ask_alone(
    source: &GoogleSource,
    out: &Out,
    users: HashSet<ExternalId>,
    fields: &str,
    (found, twins): (&mut HashMap<ExternalId, u64>, &mut Twins),
) -> Result<(), RestError> {
    for (id, row) in still_there(source, users, fields).await? {
        let Some(row) = row else {
            found.remove(&id);
            send(out, vec![Record::UserGone(id)]).await;
            continue;
        };
        let user = source.rows.user(&row)?;
        twins.see(&id, &row);
        found.insert(id, rows::digest_of_user(&user));
        send(out, vec![Record::User(user)]).await;
    }
    Ok(())
}

/// Tells groups that differ.
pub(super) async fn groups(source: &GoogleSource, out: &Out, known: &State) -> Result<Groups, RestError> {
    let path = path(&format!(
        "/groups?customer={}&maxResults={PAGE}&fields=kind,nextPageToken,groups({GROUP})",
        encoded(&source.customer),
    ));
    let mut pages = Pages::new(&source.google, &source.google.directory, path, "directory#groups");
    let (mut groups, mut lost) = (Groups::default(), HashSet::new());
    loop {
        let page = match pages.step().await? {
            Step::Rows(page) => page,
            Step::Again => {
                lost.extend(std::mem::take(&mut groups).known.into_keys());
                continue;
            }
            Step::End => break,
        };
        let mut records = Vec::new();
        for row in &page {
            groups.take(row, known, &lost, &mut records)?;
        }
        send(out, records).await;
    }
    let absent = known.groups.keys().chain(&lost);
    let absent: HashSet<ExternalId> = absent
        .filter(|id| !groups.known.contains_key(*id))
        .cloned()
        .collect();
    for (id, row) in still_there(source, absent, &format!("/groups/{{}}?fields={GROUP}")).await? {
        let mut records = Vec::new();
        match row {
            Some(row) => groups.take(&row, known, &lost, &mut records)?,
            None => records.push(Record::GroupGone(id)),
        }
        send(out, records).await;
    }
    Ok(groups)
}

impl Groups {
    /// Puts groups into an order in which the last ones to be read are short: a group's pages can only be read one by one.
    pub(super) fn largest_first<T>(&self, groups: &mut [(ExternalId, T)]) {
        groups.sort_by_key(|(id, _)| Reverse(self.sizes.get(id).copied()));
    }

    fn take(
        &mut self,
        row: &Value,
        state: &State,
        lost: &HashSet<ExternalId>,
        records: &mut Vec<Record>,
    ) -> Result<(), RestError> {
        let group = rows::group(row)?;
        let (digest, hint) = (rows::digest_of_group(&group), rows::hint_of_group(row));
        let before = state.groups.get(&group.id);
        let (members, everybody) = before.map_or((None, false), |known| (known.members, known.everybody));
        if members.is_none() || before.is_none_or(|known| known.hint != hint) {
            self.moved.insert(group.id.clone());
        }
        self.sizes.insert(group.id.clone(), rows::members_of_group(row));
        let aliases = [&row["aliases"], &row["nonEditableAliases"]];
        let aliases = aliases.into_iter().filter_map(Value::as_array).flatten();
        for address in aliases.chain([&row["email"]]).filter_map(Value::as_str) {
            self.addresses.insert(address.to_lowercase(), group.id.clone());
        }
        let next = Known {
            row: digest,
            hint,
            members,
            everybody,
        };
        let again = self.known.insert(group.id.clone(), next);
        let told_else = lost.contains(&group.id) || again.is_some_and(|again| again.row != digest);
        if told_else || (again.is_none() && before.is_none_or(|known| known.row != digest)) {
            records.push(Record::Group(group));
        }
        Ok(())
    }
}

/// Each of these by itself: a list that moves while it is read may leave somebody out. `None` for what is gone.
async fn still_there(
    source: &GoogleSource,
    absent: HashSet<ExternalId>,
    pattern: &str,
) -> Result<Vec<(ExternalId, Option<Value>)>, RestError> {
    let mut asks = futures_util::stream::iter(absent)
        .map(|id| async move {
            let path = path(&pattern.replace("{}", &encoded(id.as_str())));
            let google = &source.google;
            match google.get::<Value>(&google.directory, &path).await {
                Ok(got) if got.body["id"].as_str() == Some(id.as_str()) => Ok((id, Some(got.body))),
                Ok(_) => Err(RestError::Malformed(
                    "Google answered another object than asked for".to_owned(),
                )),
                // Whom another organisation took over is refused, as everybody there is.
                Err(RestError::Absent(_) | RestError::Refused(_)) => Ok((id, None)),
                Err(error) => Err(error),
            }
        })
        .buffer_unordered(PARALLEL);
    let mut told = Vec::new();
    while let Some(ask) = asks.next().await {
        told.push(ask?);
    }
    Ok(told)
}
