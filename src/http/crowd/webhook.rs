//! `/webhook`: an application registers where it wants to hear of changes.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::call::{Call, Document, Named, with_body};
use super::error::Refusal;
use super::state::CrowdState;
use crate::directory::webhooks::{Webhook, WebhookError, Webhooks};
use crate::protocol::crowd;

/// `POST /webhook`: 201.
pub(super) async fn register(State(state): State<CrowdState>, request: Request) -> Result<Response, Refusal> {
    let (call, sent) = with_body(request, &state).await?;
    let wish = crowd::webhook(&sent.bytes, sent.format)?;
    let application = &call.view.application().name;
    let registered = webhooks(&state)?
        .register(application, &wish.endpoint, wish.token.as_deref())
        .await;
    let webhook = registered.map_err(refusal)?;
    let mut response = document(&call, &webhook).into_response();
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(link) = HeaderValue::try_from(state.links.webhook(webhook.id)) {
        response.headers_mut().insert(LOCATION, link);
    }
    Ok(response)
}

/// `GET /webhook/{id}`.
pub(super) async fn show(
    State(state): State<CrowdState>,
    Named(id): Named,
    call: Call,
) -> Result<Document, Refusal> {
    let found = webhooks(&state)?.show(&call.view.application().name, number(&id)?);
    Ok(document(&call, &found.map_err(refusal)?))
}

/// `DELETE /webhook/{id}`.
pub(super) async fn remove(
    State(state): State<CrowdState>,
    Named(id): Named,
    call: Call,
) -> Result<StatusCode, Refusal> {
    let removed = webhooks(&state)?
        .remove(&call.view.application().name, number(&id)?)
        .await;
    removed.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A face without webhooks has none of any number; clients live without them.
fn webhooks(state: &CrowdState) -> Result<&Arc<Webhooks>, Refusal> {
    state.webhooks.as_ref().ok_or(Refusal::NoWebhook)
}

fn number(id: &str) -> Result<u64, Refusal> {
    id.parse().map_err(|_| Refusal::NoWebhook)
}

fn document(call: &Call, webhook: &Webhook) -> Document {
    let shown = crowd::Webhook {
        id: webhook.id,
        endpoint: &webhook.endpoint,
        token: webhook.token.as_deref(),
    };
    call.document(|writer, out| writer.webhook(out, &shown))
}

fn refusal(error: WebhookError) -> Refusal {
    match error {
        WebhookError::Missing => Refusal::NoWebhook,
        WebhookError::Foreign => Refusal::ForeignWebhook,
        WebhookError::Endpoint(_) | WebhookError::TooMany => Refusal::Illegal(error.to_string()),
        WebhookError::Store(error) => {
            tracing::error!(code = error.code(), %error, "a webhook could not be written down");
            Refusal::Failed
        }
    }
}
