//! DELETE: gone at once, name and all, with every membership.

use axum::http::StatusCode;

use super::push::Asking;
use crate::directory::{Edit, Snapshot};
use crate::http::scim::answer::Answer;
use crate::http::scim::error::Refusal;
use crate::model::{Change, MemberKind};

/// Removes a user or a group.
pub(in crate::http::scim) async fn remove(asking: Asking, id: String) -> Result<Answer, Refusal> {
    let asked = asking.clone();
    let decide = move |snapshot: &Snapshot| {
        let held = asked.target(snapshot, &id)?;
        let (change, action) = match asked.of {
            MemberKind::User => (
                Change::RemoveUser {
                    user: held.id.clone(),
                },
                "user removed",
            ),
            MemberKind::Group => (
                Change::RemoveGroup {
                    group: held.id.clone(),
                },
                "group removed",
            ),
        };
        let edit = Edit {
            changes: vec![change],
            audit: vec![asked.trail().record(action, held.name, "pushed")],
            ..Edit::default()
        };
        Ok((edit, ()))
    };
    asking.realm.brake.edit(decide).await?;
    Ok(Answer::empty(StatusCode::NO_CONTENT))
}
