//! Memberships: which members are users and which are groups, and whether all were shown.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Scim;
use super::abilities::Abilities;
use super::page::Page;
use crate::connector::api::Batch;
use crate::connector::resource::{GroupRow, Member, Resource};
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// Groups asked for at once.
const PARALLEL: usize = 8;
/// Lists of members that end at a multiple of this are suspected to have been cut there.
const ROUND: usize = 100;

/// The members of each group; `None`: not told.
pub(super) type Told = HashMap<ExternalId, Option<Vec<Member>>>;

/// Everybody, by id.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) users: HashSet<ExternalId>,
    pub(super) groups: HashSet<ExternalId>,
}

impl Known {
    /// Who a member is, by what it is said to be and by who is there; and whether it is there.
    pub(super) fn resolve(&self, member: &Member) -> (ExternalId, MemberKind, bool) {
        let user = self.users.get(member.id.as_str());
        let group = self.groups.get(member.id.as_str());
        let found = match (member.kind, user, group) {
            (Some(MemberKind::Group), _, Some(group)) | (_, None, Some(group)) => {
                Some((group, MemberKind::Group))
            }
            (_, Some(user), _) => Some((user, MemberKind::User)),
            (_, None, None) => None,
        };
        let Some((id, kind)) = found else {
            let kind = member.kind.unwrap_or(MemberKind::User);
            return (member.id.as_str().into(), kind, false);
        };
        (id.clone(), kind, true)
    }
}

/// Reads one by one the groups that a list tells without members, where it does so of all: it tells members of none then.
/// Answers whether all could be read.
pub(super) async fn complete(scim: &Scim, out: &Out, told: &mut Told) -> Result<bool, RestError> {
    if told.values().any(Option::is_some) {
        return Ok(true);
    }
    let groups: Vec<ExternalId> = told.keys().cloned().collect();
    let one = |group: ExternalId| async move {
        let id = utf8_percent_encode(group.as_str(), NON_ALPHANUMERIC).to_string();
        let got = scim
            .rest
            .get::<GroupRow>(&format!("/Groups/{id}"), &scim.clock)
            .await;
        (group, got)
    };
    let mut reading = stream::iter(groups).map(one).buffer_unordered(PARALLEL);
    let (mut failed, mut last) = (0, None);
    while let Some((group, got)) = reading.next().await {
        match got {
            Ok(got) => drop(told.insert(group, Some(got.body.members.unwrap_or_default()))),
            // Deleted since it was listed.
            Err(RestError::Absent(_)) => {
                told.remove(&group);
                drop(out.send(Ok(Batch::Records(vec![Record::GroupGone(group)]))).await);
            }
            Err(error @ RestError::Unauthorised(_)) => return Err(error),
            Err(error) => {
                told.remove(&group); // unknown, not empty
                failed += 1;
                last = Some(error.within(&format!("group `{group}`")));
            }
        }
    }
    let Some(error) = last else { return Ok(true) };
    let what = format!(
        "the members of {failed} groups could not be read: {}",
        error.into_sentence()
    );
    drop(out.send(Ok(Batch::Incomplete(what))).await);
    Ok(false)
}

/// Tells all memberships; answers whether nothing is missing.
pub(super) async fn tell(
    scim: &Scim,
    out: &Out,
    abilities: Abilities,
    known: &Known,
    told: Told,
) -> Result<bool, RestError> {
    let (mut whole, mut strangers, mut can_ask) = (true, 0_usize, abilities.filter);
    for (group, members) in told {
        let Some(members) = members else {
            // Others have members in the same list: this one has none.
            drop(
                out.send(Ok(Batch::Records(vec![Record::MembersComplete(group)])))
                    .await,
            );
            continue;
        };
        let mut nested = false;
        let mut records = Vec::with_capacity(members.len() + 1);
        for member in members.iter().filter(|member| !member.id.is_empty()) {
            let (member, kind, there) = known.resolve(member);
            nested |= kind == MemberKind::Group;
            strangers += usize::from(!there);
            records.push(Record::Member {
                group: group.clone(),
                member,
                kind,
            });
        }
        let suspect = !nested && !members.is_empty() && members.len().is_multiple_of(ROUND);
        let mut shown = true;
        if suspect && can_ask {
            match count(scim, &group).await {
                Ok(all) if all > members.len() as u64 => {
                    let what = format!("group `{group}` shows {} of {all} members", members.len());
                    drop(out.send(Ok(Batch::Incomplete(what))).await);
                    (shown, whole) = (false, false);
                }
                Ok(_) => {}
                Err(RestError::Bad(..) | RestError::Absent(_) | RestError::Malformed(_)) => can_ask = false,
                Err(error) => return Err(error),
            }
        }
        if shown {
            records.push(Record::MembersComplete(group));
        }
        drop(out.send(Ok(Batch::Records(records))).await);
    }
    if strangers > 0 {
        let what =
            format!("{strangers} memberships are of neither users nor groups that the SCIM server lists");
        drop(out.send(Ok(Batch::Notice(what))).await);
    }
    Ok(whole)
}

/// How many users say that they are in a group.
async fn count(scim: &Scim, group: &ExternalId) -> Result<u64, RestError> {
    let filter = format!("groups.value eq {}", serde_json::Value::from(group.as_str()));
    let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
    let path = format!("/Users?startIndex=1&count=1&attributes=id&filter={filter}");
    let got = scim.rest.get::<Page<Resource>>(&path, &scim.clock).await?;
    let none = || RestError::Malformed("the SCIM server answered a list without `totalResults`".to_owned());
    got.body.total.ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_is_believed_before_what_is_said() {
        let known = Known {
            users: ["u".into(), "both".into()].into(),
            groups: ["g".into(), "both".into()].into(),
        };
        let of = |id: &str, kind| {
            let (_, kind, there) = known.resolve(&Member {
                id: id.to_owned(),
                kind,
            });
            (kind, there)
        };
        let (user, group) = (MemberKind::User, MemberKind::Group);
        assert_eq!(of("u", None), (user, true));
        assert_eq!(of("g", None), (group, true));
        assert_eq!(of("g", Some(user)), (group, true), "said to be a user");
        assert_eq!(of("both", None), (user, true));
        assert_eq!(of("both", Some(group)), (group, true));
        assert_eq!(of("x", Some(group)), (group, false));
        assert_eq!(of("x", None), (user, false));
    }
}
