//! `/search` with `/group/membership`: the lists that clients fill their caches from.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use futures_util::stream;

use super::adapter;
use super::call::{Call, with_body};
use super::error::Refusal;
use super::mark;
use super::state::CrowdState;
use super::{found, listing};
use crate::directory::told::Answer;
use crate::model::filter::{Filter, Match, Property};
use crate::protocol::crowd::writer::{MEMBERSHIPS_END, MEMBERSHIPS_START};
use crate::protocol::crowd::{self, Entity, Format};

/// `GET /search` with a restriction in the query language, or everything.
pub(super) async fn get(State(state): State<CrowdState>, call: Call) -> Result<Response, Refusal> {
    let kind = kind(&call)?;
    let filter = crowd::cql::query(call.query.get("restriction").unwrap_or_default(), kind)?;
    search(&state, call, kind, filter).await
}

/// `POST /search` with a restriction.
pub(super) async fn post(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent) = with_body(request, &state).await?;
    let kind = kind(&call)?;
    let filter = crowd::restriction(&sent.bytes, sent.format)?;
    search(&state, call, kind, filter).await
}

fn kind(call: &Call) -> Result<Entity, Refusal> {
    match call.query.need("entity-type")?.to_ascii_lowercase().as_str() {
        "user" => Ok(Entity::User),
        "group" => Ok(Entity::Group),
        other => Err(Refusal::Illegal(format!(
            "entity type `{other}` is neither `user` nor `group`"
        ))),
    }
}

async fn search(state: &CrowdState, call: Call, kind: Entity, filter: Filter) -> Result<Response, Refusal> {
    let page = call.query.page()?;
    let is_everything = filter == Filter::All && page.start == 0 && page.results.is_none();
    // Clients that page (Jenkins, Openfire) would miss users as those that read all at once would. Test settings asks
    // for one, and who asks for one name or address is looking somebody up.
    if page.results != Some(1) && !looks_up(&filter) {
        call.need_whole()?;
    }
    let (token, application) = (call.view.token(), Arc::clone(&call.view.application().name));
    let fills_a_cache = is_everything && kind == Entity::User;
    let mark = adapter::to_text(&token);
    if fills_a_cache {
        state.marks.listed(call.client(), &mark).await;
    }
    let mut response =
        listing::answer(call, move |call| Ok(found::entries(&call.view, kind, &filter))).await?;
    if fills_a_cache {
        mark::set(response.headers_mut(), &mark);
        state
            .applications
            .told()
            .told(&application, Answer::Listing, token);
    }
    Ok(response)
}

/// Whether a search is for somebody in particular, not for a part of all.
fn looks_up(filter: &Filter) -> bool {
    match filter {
        Filter::Term { by, property, .. } => {
            matches!(by, Match::Null) || (*by == Match::Exact && *property != Property::Active)
        }
        Filter::And(parts) => parts.iter().any(looks_up),
        Filter::Or(parts) => parts.iter().all(looks_up),
        Filter::All => false,
    }
}

/// `GET /group/membership`: every group with its direct members, streamed; XML whatever is asked for.
pub(super) async fn memberships(call: Call) -> Result<Response, Refusal> {
    call.need_whole()?;
    let view = call.view;
    let chunks = tokio::task::spawn_blocking(move || view.memberships())
        .await
        .map_err(|_| Refusal::Failed)?;
    let start = std::iter::once(Bytes::from_static(MEMBERSHIPS_START.as_bytes()));
    let end = std::iter::once(Bytes::from_static(MEMBERSHIPS_END.as_bytes()));
    let all = start.chain(chunks.map(Bytes::from)).chain(end);
    let mut response = Response::new(Body::from_stream(stream::iter(all.map(Ok::<_, Infallible>))));
    let media_type = HeaderValue::from_static(Format::Xml.media_type());
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}
