//! What all writes need: the question, the changes that a resource comes to, the answer.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::members::{self, Overlay};
use super::taken;
use super::trail::{self, Trail};
use crate::directory::{Edit, Snapshot};
use crate::http::scim::answer::Answer;
use crate::http::scim::error::Refusal;
use crate::http::scim::held::Held;
use crate::http::scim::nameless;
use crate::http::scim::realm::Realm;
use crate::model::name::{clean, fold};
use crate::model::{
    Change, Credential, Detail, DetailKind, ExternalId, GroupId, MemberKind, Resource, UserId,
};
use crate::protocol::scim::etag::Tags;
use crate::protocol::scim::{MemberOp, MemberRef, Projection, ScimError};

/// The longest resource, as compact JSON.
const MAX_RESOURCE: usize = 128 * 1024;
/// Up to how many members a changed group is answered with them; above, its answer is empty (as Entra advises).
const SHOWN_MEMBERS: usize = 1000;

/// Who asks for a write, and what they say beside it.
#[derive(Clone)]
pub(in crate::http::scim) struct Asking {
    /// The directory.
    pub(in crate::http::scim) realm: Arc<Realm>,
    /// The token's name.
    pub(in crate::http::scim) actor: Arc<str>,
    /// Users or groups.
    pub(in crate::http::scim) of: MemberKind,
    /// What is shown of the outcome.
    pub(in crate::http::scim) projection: Projection,
    /// `If-Match`.
    pub(in crate::http::scim) only_if: Option<Tags>,
    /// The password that comes with it, hashed.
    pub(in crate::http::scim) credential: Option<Arc<Credential>>,
}

impl Asking {
    pub(super) fn trail(&self) -> Trail {
        Trail {
            at: self.realm.clock.now(),
            actor: Arc::clone(&self.actor),
        }
    }

    /// The resource that is to be written, if it is of the version that is meant.
    pub(super) fn target<'s>(&self, snapshot: &'s Snapshot, id: &str) -> Result<Held<'s>, Refusal> {
        let held = Held::of_id(snapshot, self.of, id).ok_or_else(|| self.missing(id))?;
        match &self.only_if {
            Some(tags) if !tags.include(&held.version(&self.realm)) => Err(Refusal::Precondition),
            _ => Ok(held),
        }
    }

    pub(in crate::http::scim) fn missing(&self, id: &str) -> Refusal {
        Refusal::NotFound {
            what: self.noun(),
            id: id.to_owned(),
        }
    }

    pub(super) fn noun(&self) -> &'static str {
        match self.of {
            MemberKind::User => "user",
            MemberKind::Group => "group",
        }
    }

    /// The resource after the write, as it is served now.
    pub(super) fn outcome(&self, id: &str, made: bool) -> Result<Answer, Refusal> {
        let snapshot = self.realm.directory.snapshot();
        let held = Held::of_id(&snapshot, self.of, id).ok_or_else(|| self.missing(id))?;
        if let (MemberKind::User, Some(told)) = (self.of, &self.realm.told) {
            told(UserId(held.row), &held.attributes(&self.realm));
        }
        let status = if made { StatusCode::CREATED } else { StatusCode::OK };
        let mut answer = if made || self.projection.is_narrow() || !is_large(&snapshot, &held) {
            Answer::of(status, held.shown(&self.realm, &snapshot, &self.projection))
        } else {
            Answer::empty(StatusCode::NO_CONTENT)
        };
        answer.version = Some(held.version(&self.realm));
        answer.location = Some(self.realm.location(self.of, id));
        answer.made = made;
        Ok(answer)
    }

    /// The changes that make the row and what is kept beside it say this. `own` is the row, where there is one.
    pub(super) fn put(
        &self,
        snapshot: &Snapshot,
        own: Option<u32>,
        id: &ExternalId,
        mut attributes: Map<String, Value>,
    ) -> Result<Vec<Change>, Refusal> {
        // Never part of what is kept to be told.
        attributes.shift_remove("password");
        let held = own.and_then(|row| Held::of_row(snapshot, self.of, row));
        if let Some(changes) = held.and_then(|held| nameless::changes(snapshot, &held, &attributes)) {
            return Ok(changes);
        }
        let pushed = attributes.get(taken::name_of(self.of)).and_then(Value::as_str);
        let pushed = pushed.unwrap_or_default().to_owned();
        let unmapped = |why: String| ScimError::value(format!("the {} cannot be mapped: {why}", self.noun()));
        let (change, served) = match self.of {
            MemberKind::User => {
                let wish = (self.realm.mapper.user)(id.clone(), &attributes).map_err(unmapped)?;
                let served = Arc::clone(&wish.name);
                (Change::PutUser(wish), served)
            }
            MemberKind::Group => {
                let wish = (self.realm.mapper.group)(id.clone(), &attributes).map_err(unmapped)?;
                let served = Arc::clone(&wish.name);
                (Change::PutGroup(wish), served)
            }
        };
        let folded = fold(&clean(&served));
        if folded.is_empty() {
            let why = "its name is blank; hint: look at `mapping` of the directory".to_owned();
            return Err(unmapped(why).into());
        }
        let mut resource = resource(&attributes, (fold(&pushed) != folded).then(|| fold(&pushed)))?;
        if self.is_forgotten(snapshot, id) {
            resource = resource.without_person(snapshot.directory(), &folded);
        } else {
            taken::check(&self.realm, snapshot, self.of, own, &pushed, &served)?;
        }
        let detail = Change::Detail {
            of: self.of,
            subject: id.clone(),
            kind: DetailKind::Resource,
            value: Some(Detail::Resource(Arc::new(resource))),
        };
        Ok(vec![change, detail])
    }

    /// Whether the person of a user is forgotten, also of one that was deleted.
    pub(super) fn is_forgotten(&self, snapshot: &Snapshot, id: &ExternalId) -> bool {
        let user = snapshot.user_id(id).filter(|_| self.of == MemberKind::User);
        user.is_some_and(|user| snapshot.has_forgotten(user))
    }

    /// The changes that do these things to a group's members, with their record.
    pub(super) fn change_members(
        &self,
        snapshot: &Snapshot,
        group: (Option<GroupId>, &ExternalId, &str),
        operations: Vec<MemberOp>,
        edit: &mut Edit,
    ) -> Result<(), Refusal> {
        let (row, id, name) = group;
        let mut overlay = Overlay::new(snapshot, row);
        for operation in operations {
            overlay.apply(&self.realm, operation)?;
        }
        let came = overlay.outcome();
        if came.is_empty() {
            return Ok(());
        }
        let reason = trail::members(&came.added(), &came.removed());
        edit.audit
            .push(self.trail().record("memberships changed", name, reason));
        edit.changes.push(members::change(id.clone(), came));
        Ok(())
    }
}

fn is_large(snapshot: &Snapshot, held: &Held<'_>) -> bool {
    held.of == MemberKind::Group && members::count(snapshot, GroupId(held.row)) > SHOWN_MEMBERS
}

fn resource(attributes: &Map<String, Value>, name: Option<String>) -> Result<Resource, ScimError> {
    let json = serde_json::to_string(attributes).map_err(|_| ScimError::value("the resource is no JSON"))?;
    if json.len() > MAX_RESOURCE {
        return Err(ScimError::value(format!(
            "the resource has {} bytes, more than {MAX_RESOURCE}; hint: leave pictures and certificates out",
            json.len()
        )));
    }
    Ok(Resource {
        external_id: attributes
            .get("externalId")
            .and_then(Value::as_str)
            .map(Arc::from),
        name: name.map(Arc::from),
        emails: emails(attributes),
        json: json.into(),
    })
}

/// Every e-mail address of a resource, folded.
pub(in crate::http::scim) fn emails(attributes: &Map<String, Value>) -> Vec<Arc<str>> {
    let items = attributes
        .get("emails")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let addresses = items.iter().filter_map(|email| email.get("value")?.as_str());
    let mut emails: Vec<Arc<str>> = addresses.map(|email| fold(email).into()).collect();
    emails.sort_unstable();
    emails.dedup();
    emails
}

/// Members that were left out when a group of a bulk request was made.
pub(in crate::http::scim) struct Link {
    /// The group.
    pub(in crate::http::scim) group: String,
    /// The members.
    pub(in crate::http::scim) members: Vec<String>,
}

/// Adds members to a group.
pub(in crate::http::scim) async fn link(asking: Asking, link: Link) -> Result<Answer, Refusal> {
    let (asked, id) = (asking.clone(), link.group.clone());
    let decide = move |snapshot: &Snapshot| {
        let held = asked.target(snapshot, &link.group)?;
        let members = link.members.into_iter().map(|id| MemberRef { id, kind: None });
        let group = (Some(GroupId(held.row)), held.id, held.name);
        let mut edit = Edit::default();
        asked.change_members(snapshot, group, vec![MemberOp::Add(members.collect())], &mut edit)?;
        Ok((edit, ()))
    };
    asking.realm.brake.edit(decide).await?;
    asking.outcome(&id, false)
}
