//! Members of groups: a list for each group.

use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value;

use super::list::{End, Pages, Row};
use super::named::encoded;
use super::source::{Keycloak, PARALLEL};
use crate::connector::api::Batch;
use crate::connector::rest::RestError;
use crate::connector::stream::Out;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// A member, of whom only the id is wanted.
#[derive(Debug, Deserialize)]
struct Member {
    id: Option<String>,
}

impl Row for Member {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Keycloak {
    /// Tells the members of all these groups; answers whether none is missing.
    pub(super) async fn tell_members(&self, out: &Out, groups: Vec<ExternalId>) -> Result<bool, RestError> {
        let one = |group: ExternalId| async move { (self.members(out, &group).await, group) };
        let mut reading = stream::iter(groups).map(one).buffer_unordered(PARALLEL);
        let (mut failed, mut last) = (0, None);
        while let Some((outcome, group)) = reading.next().await {
            match outcome {
                Ok(()) => {}
                Err(error @ RestError::Unauthorised(_)) => return Err(error),
                Err(error) => {
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

    async fn members(&self, out: &Out, group: &ExternalId) -> Result<(), RestError> {
        let id = encoded(group);
        let mut pages = self.pages_of_members(&id);
        let word = loop {
            match pages.next::<Member>().await {
                Ok(None) => break Record::MembersComplete(group.clone()),
                Ok(Some(rows)) => drop(out.send(Ok(Batch::Records(edges(group, rows)))).await),
                // Deleted since it was listed, if it says so itself.
                Err(RestError::Absent(why)) => {
                    if !self.is_gone(&id).await? {
                        return Err(RestError::Absent(why));
                    }
                    break Record::GroupGone(group.clone());
                }
                Err(error) => return Err(error),
            }
        };
        drop(out.send(Ok(Batch::Records(vec![word]))).await);
        Ok(())
    }

    /// The members of one group.
    pub(super) async fn members_of(&self, group: &ExternalId) -> Result<Vec<Record>, RestError> {
        let id = encoded(group);
        let mut pages = self.pages_of_members(&id);
        let mut records = Vec::new();
        while let Some(rows) = pages.next::<Member>().await? {
            records.extend(edges(group, rows));
        }
        Ok(records)
    }

    fn pages_of_members(&self, id: &str) -> Pages<'_> {
        let path = format!("/groups/{id}/members");
        Pages::new(self, &path, "briefRepresentation=true", End::Short)
    }

    async fn is_gone(&self, id: &str) -> Result<bool, RestError> {
        let admin = self.admin().await?;
        match admin.get::<Value>(&format!("/groups/{id}"), &self.clock).await {
            Ok(_) => Ok(false),
            Err(RestError::Absent(_)) => Ok(true),
            Err(error) => Err(error),
        }
    }
}

fn edges(group: &ExternalId, rows: Vec<Member>) -> Vec<Record> {
    let edges = rows.into_iter().filter_map(|member| {
        Some(Record::Member {
            group: group.clone(),
            member: member.id?.into(),
            kind: MemberKind::User,
        })
    });
    edges.collect()
}
