//! Memberships of users and groups that were not there before.

use futures_util::{StreamExt, stream};

use super::changes::nesting;
use super::memory::State;
use super::source::{Keycloak, PARALLEL};
use crate::connector::api::Returning;
use crate::connector::rest::RestError;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

impl Keycloak {
    /// What users are in, and who is in groups; where groups are is what the read before found.
    pub(super) async fn returns(&self, returning: &Returning) -> Result<Vec<Record>, RestError> {
        let state = self.memory.latest().unwrap_or_default();
        let mut records = Vec::new();
        let user = |id: &ExternalId| {
            let id = id.clone();
            async move { self.groups_of(&id).await }
        };
        let mut users = stream::iter(&returning.users)
            .map(user)
            .buffer_unordered(PARALLEL);
        while let Some(told) = users.next().await {
            records.extend(told?);
        }
        let group = |id: &ExternalId| {
            let id = id.clone();
            async move { (self.members_of(&id).await, id) }
        };
        let mut groups = stream::iter(&returning.groups)
            .map(group)
            .buffer_unordered(PARALLEL);
        while let Some((told, id)) = groups.next().await {
            let told = match told {
                Ok(told) => told,
                Err(RestError::Absent(_)) => continue,
                Err(error) => return Err(error.within(&format!("group `{id}`"))),
            };
            records.extend(place_of(&state, &id));
            records.extend(told);
            records.push(Record::MembersComplete(id));
        }
        Ok(records)
    }
}

/// Where a group is, and the groups within it.
fn place_of(state: &State, id: &ExternalId) -> Vec<Record> {
    let mut records = nesting(state, id);
    let parents = state.groups.get(id).map_or(&[][..], |within| &within.parents);
    records.extend(parents.iter().map(|parent| Record::Member {
        group: parent.clone(),
        member: id.clone(),
        kind: MemberKind::Group,
    }));
    records
}
