//! `/event`: the token of a picture, then what changed since.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::adapter;
use super::call::{Call, Document, Named};
use super::error::Refusal;
use super::mark;
use super::state::CrowdState;
use crate::directory::told::Answer;
use crate::directory::{EventToken, View};

/// `GET /event`: the token to go on from: the mark of the client's full sync, or the head.
pub(super) async fn token(State(state): State<CrowdState>, call: Call) -> Response {
    if let Err(refusal) = call.need_whole() {
        return refusal.into_response();
    }
    let text = if let Some(cookie) = mark::value(&call.headers) {
        state.marks.brought_back(call.client(), cookie).await;
        adapter::to_text(&after_full(mark::carried(&call.headers, &call.view), &call.view))
    } else {
        let kept = state.marks.oldest(call.client()).await;
        let kept = kept.and_then(|text| adapter::from_text(&text));
        let kept = kept.filter(|token| call.view.knows(token));
        adapter::to_text_without_cookie(&after_full(kept, &call.view))
    };
    let document = call.document(|writer, out| {
        writer.events_start(out, &text);
        writer.events_end(out);
    });
    let mut response = document.into_response();
    mark::clear(response.headers_mut(), &call.headers);
    response
}

fn after_full(mark: Option<EventToken>, view: &View) -> EventToken {
    EventToken {
        after_full: true,
        ..mark.unwrap_or_else(|| view.token())
    }
}

/// `GET /event/{token}`: everything since the token, or 410.
pub(super) async fn events(State(state): State<CrowdState>, Named(text): Named, call: Call) -> Response {
    let request = call.headers.clone();
    match mark::value(&request) {
        Some(cookie) => state.marks.brought_back(call.client(), cookie).await,
        None if adapter::was_without_cookie(&text) => state.marks.went_on(call.client()).await,
        None => {}
    }
    let told = tokio::task::spawn_blocking(move || tell(&state, &call, &text)).await;
    let mut response = told.unwrap_or(Err(Refusal::Failed)).into_response();
    mark::clear(response.headers_mut(), &request);
    response
}

fn tell(state: &CrowdState, call: &Call, text: &str) -> Result<Document, Refusal> {
    call.need_whole()?;
    let token = adapter::from_text(text).ok_or(Refusal::TokenExpired)?;
    let feed = call.view.feed(&token).map_err(|_| Refusal::TokenExpired)?;
    let application = &call.view.application().name;
    state
        .applications
        .told()
        .told(application, Answer::Events, feed.token.clone());
    Ok(call.document(|writer, out| {
        writer.events_start(out, &adapter::to_text(&feed.token));
        for (at, event) in feed.events.iter().enumerate() {
            if at > 0 {
                writer.separator(out);
            }
            writer.event(out, &adapter::event(event));
        }
        writer.events_end(out);
    }))
}
