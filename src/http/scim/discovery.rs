//! What the service can do and what its resources have: `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`.

use axum::http::StatusCode;
use serde_json::Value;

use super::answer::Answer;
use super::cursor::LIVES;
use super::error::Refusal;
use super::front::{MAX_BODY, MAX_OPERATIONS};
use super::realm::Realm;
use super::search::{MAX_PAGE, USUAL_PAGE};
use crate::protocol::scim::discovery::{Abilities, service_provider_config};
use crate::protocol::scim::schema::Schema;
use crate::protocol::scim::{Page, list_response};

/// What is promised to everybody.
pub(super) const ABILITIES: Abilities = Abilities {
    bulk_operations: MAX_OPERATIONS,
    bytes: MAX_BODY,
    page: MAX_PAGE,
    usual_page: USUAL_PAGE,
    cursor_seconds: LIVES,
    passwords: false,
};

pub(super) fn service(realm: &Realm) -> Answer {
    Answer::of(StatusCode::OK, service_provider_config(&realm.base, ABILITIES))
}

pub(super) fn resource_types(realm: &Realm, wanted: Option<&str>) -> Result<Answer, Refusal> {
    let kinds = [&realm.users, &realm.groups];
    match wanted {
        None => Ok(list(kinds.map(|kind| kind.render(&realm.base)).into())),
        Some(name) => {
            let kind = kinds
                .into_iter()
                .find(|kind| kind.name.eq_ignore_ascii_case(name));
            one(kind.map(|kind| kind.render(&realm.base)), "resource type", name)
        }
    }
}

pub(super) fn schemas(realm: &Realm, wanted: Option<&str>) -> Result<Answer, Refusal> {
    let of = |kind: &'static str| {
        if kind == "User" {
            &realm.users
        } else {
            &realm.groups
        }
    };
    let mut schemas: Vec<&Schema> = Vec::new();
    for kind in ["User", "Group"].map(of) {
        schemas.push(&kind.schema);
        schemas.extend(kind.extensions.iter().map(|extension| &extension.schema));
    }
    match wanted {
        None => Ok(list(
            schemas.iter().map(|schema| schema.render(&realm.base)).collect(),
        )),
        Some(urn) => {
            let schema = schemas
                .into_iter()
                .find(|schema| schema.urn.eq_ignore_ascii_case(urn));
            one(schema.map(|schema| schema.render(&realm.base)), "schema", urn)
        }
    }
}

fn list(resources: Vec<Value>) -> Answer {
    let page = Page {
        total: Some(resources.len()),
        start_index: Some(1),
        next_cursor: None,
    };
    Answer::of(StatusCode::OK, list_response(&page, resources))
}

fn one(found: Option<Value>, what: &'static str, id: &str) -> Result<Answer, Refusal> {
    let id = id.to_owned();
    found
        .map(|found| Answer::of(StatusCode::OK, found))
        .ok_or(Refusal::NotFound { what, id })
}
