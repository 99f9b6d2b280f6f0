//! The members of groups: direct ones only, told by ids, found among the users and groups that the lists told.

use std::collections::BTreeMap;
use std::collections::HashMap;

use futures_util::StreamExt;

use super::api::encoded;
use super::lists::{PAGE, path, send};
use super::memory::Known;
use super::pages::{Pages, Step};
use super::rows::{Member, What, digest_of_members, member};
use super::source::{GoogleSource, PARALLEL};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// How many records go together.
const CHUNK: usize = 1000;

/// Who is there, as the lists told.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) users: &'a HashMap<ExternalId, u64>,
    pub(super) groups: &'a BTreeMap<ExternalId, Known>,
}

/// What was read of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// A hash of its members.
    pub(super) digest: u64,
    pub(super) everybody: bool,
    /// Members that are neither a user nor a group of this customer.
    pub(super) strangers: usize,
}

/// What became of the groups that were read.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// `None`: the group is gone.
    pub(super) read: Vec<(ExternalId, Option<Read>)>,
    pub(super) failed: Vec<(ExternalId, RestError)>,
}

/// Reads groups, some at once; tells those whose members differ from what is known.
pub(super) async fn read_all(
    source: &GoogleSource,
    out: &Out,
    who: Who<'_>,
    groups: impl IntoIterator<Item = (ExternalId, Option<u64>)>,
) -> Outcome {
    let mut reads = futures_util::stream::iter(groups)
        .map(|(group, known)| async move {
            let read = read(source, out, who, &group, known).await;
            (group, read)
        })
        .buffer_unordered(PARALLEL);
    let mut outcome = Outcome::default();
    while let Some((group, read)) = reads.next().await {
        match read {
            Ok(read) => outcome.read.push((group, read)),
            Err(error) => outcome.failed.push((group, error)),
        }
    }
    outcome
}

/// One group; `None` where it is gone, if it says so itself.
async fn read(
    source: &GoogleSource,
    out: &Out,
    who: Who<'_>,
    group: &ExternalId,
    known: Option<u64>,
) -> Result<Option<Read>, RestError> {
    let members = match list(source, group).await {
        Err(RestError::Absent(why)) => {
            if is_there(source, group).await? {
                return Err(RestError::Transient(why, None));
            }
            send(out, vec![Record::GroupGone(group.clone())]).await;
            return Ok(None);
        }
        members => members?,
    };
    let digest = digest_of_members(&members);
    let everybody = members.iter().any(|member| member.what == What::Everybody);
    let (told, strangers) = records(group, &members, who);
    if known != Some(digest) {
        for chunk in told.chunks(CHUNK) {
            send(out, chunk.to_vec()).await;
        }
        if everybody {
            send_everybody(out, group, who.users.keys()).await;
        }
        send(out, vec![Record::MembersComplete(group.clone())]).await;
    }
    Ok(Some(Read {
        digest,
        everybody,
        strangers,
    }))
}

/// That all these are members of a group of everybody. Also the inactive: they come back with it.
pub(super) async fn send_everybody(
    out: &Out,
    group: &ExternalId,
    users: impl Iterator<Item = &ExternalId> + Send,
) {
    let mut records = Vec::with_capacity(CHUNK);
    for user in users {
        records.push(Record::Member {
            group: group.clone(),
            member: user.clone(),
            kind: MemberKind::User,
        });
        if records.len() == CHUNK {
            send(out, std::mem::replace(&mut records, Vec::with_capacity(CHUNK))).await;
        }
    }
    send(out, records).await;
}

/// All members of a group. Whom Google tells nothing of is left out: nobody asks for members one by one, since those of other
/// organisations are refused.
pub(super) async fn list(source: &GoogleSource, group: &ExternalId) -> Result<Vec<Member>, RestError> {
    let path = path(&format!(
        "/groups/{}/members?maxResults={PAGE}&fields=kind,nextPageToken,members(id,type)",
        encoded(group.as_str())
    ));
    let mut pages = Pages::new(
        &source.google,
        &source.google.directory,
        path,
        "directory#members",
    );
    let mut members: BTreeMap<ExternalId, Member> = BTreeMap::new();
    loop {
        match pages.step().await? {
            Step::Rows(page) => {
                let told = page.iter().filter_map(member);
                members.extend(told.map(|member| (member.id.clone(), member)));
            }
            Step::Again => members.clear(),
            Step::End => return Ok(members.into_values().collect()),
        }
    }
}

/// Members as records, and how many are strangers here.
pub(super) fn records(group: &ExternalId, members: &[Member], who: Who<'_>) -> (Vec<Record>, usize) {
    let mut records = Vec::with_capacity(members.len());
    let mut strangers = 0;
    for member in members {
        let here = if who.users.contains_key(&member.id) {
            Some(MemberKind::User)
        } else if who.groups.contains_key(&member.id) {
            Some(MemberKind::Group)
        } else {
            None
        };
        let kind = match (here, member.what) {
            (Some(kind), _) => kind,
            // Who came after the list was read is told by the next one.
            (None, What::Kind(kind)) => {
                strangers += 1;
                kind
            }
            (None, What::Everybody) => continue,
            (None, What::Unknown) => {
                strangers += 1;
                continue;
            }
        };
        records.push(Record::Member {
            group: group.clone(),
            member: member.id.clone(),
            kind,
        });
    }
    (records, strangers)
}

async fn is_there(source: &GoogleSource, group: &ExternalId) -> Result<bool, RestError> {
    let path = path(&format!("/groups/{}?fields=id", encoded(group.as_str())));
    let google = &source.google;
    match google.get::<serde_json::Value>(&google.directory, &path).await {
        Ok(_) => Ok(true),
        Err(RestError::Absent(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
