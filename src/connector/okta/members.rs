//! The members of a group: users only, groups of Okta are flat.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::error::OktaError;
use super::pages::Pages;
use super::{OktaSource, Out};
use crate::connector::api::Batch;
use crate::model::record::Record;
use crate::model::{ExternalId, MemberKind};

/// What is left as it is within a path.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// An id within a path.
pub(super) fn segment(id: &str) -> String {
    utf8_percent_encode(id, KEPT).to_string()
}

/// Tells them, then that they are all. A group that is gone meanwhile is gone, if it says so itself.
pub(super) async fn read(source: &OktaSource, out: &Out, group: ExternalId) -> Result<(), OktaError> {
    let path = format!("/api/v1/groups/{}/users?limit=1000", segment(group.as_str()));
    // Okta counts them together with the list of groups: one counter, one share of it.
    let mut pages = Pages::new(&source.okta, &path, "groups");
    loop {
        let page = match pages.page(&source.okta).await {
            Err(OktaError::Absent(why)) => {
                if is_gone(source, &group).await? {
                    drop(out.send(Ok(Batch::Records(vec![Record::GroupGone(group)]))).await);
                    return Ok(());
                }
                return Err(OktaError::Transient(why, None));
            }
            page => page?,
        };
        let Some(page) = page else { break };
        let mut records = Vec::with_capacity(page.len());
        for row in &page {
            records.push(Record::Member {
                group: group.clone(),
                member: super::rows::id(row)?,
                kind: MemberKind::User,
            });
        }
        drop(out.send(Ok(Batch::Records(records))).await);
    }
    drop(
        out.send(Ok(Batch::Records(vec![Record::MembersComplete(group)])))
            .await,
    );
    Ok(())
}

async fn is_gone(source: &OktaSource, group: &ExternalId) -> Result<bool, OktaError> {
    let url = source
        .okta
        .api
        .url(&format!("/api/v1/groups/{}", segment(group.as_str())));
    match source.okta.get::<Value>(&url, "group").await {
        Ok(_) => Ok(false),
        Err(OktaError::Absent(_)) => Ok(true),
        Err(error) => Err(error),
    }
}
