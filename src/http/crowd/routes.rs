//! The resources below `/rest/usermanagement/1`.

use axum::Router;
use axum::extract::{Extension, State};
use axum::routing::{MethodRouter, get, post, put};

use super::call::{Call, Caller, Document};
use super::error::Refusal;
use super::state::CrowdState;
use super::{authentication, event, group, membership, search, session, user, webhook};
use crate::protocol::crowd::CookieConfig;

pub(super) fn resources(state: CrowdState) -> Router {
    let writable = |reads: MethodRouter<CrowdState>| reads.post(read_only).put(read_only).delete(read_only);
    Router::new()
        .route("/config/cookie", get(cookie_config))
        .route("/authentication", post(authentication::authenticate))
        .route("/authentication/notify", post(authentication::notify))
        .route("/user", writable(get(user::user)))
        .route("/user/attribute", writable(get(user::attributes)))
        .route("/user/avatar", get(user::avatar))
        .route("/user/rename", post(read_only))
        .route("/user/password", put(read_only).delete(read_only))
        .route("/user/mail/password", post(read_only))
        .route("/user/mail/usernames", post(read_only))
        .route("/user/expire-all-passwords", post(read_only))
        .route(
            "/user/group/direct",
            get(membership::groups_of_user).post(read_only).delete(read_only),
        )
        .route("/user/group/nested", get(membership::nested_groups_of_user))
        .route("/group", writable(get(group::group)))
        .route("/group/attribute", writable(get(group::attributes)))
        .route(
            "/group/user/direct",
            get(membership::users_of_group).post(read_only).delete(read_only),
        )
        .route("/group/user/nested", get(membership::nested_users_of_group))
        .route(
            "/group/parent-group/direct",
            get(membership::parents).post(read_only),
        )
        .route("/group/parent-group/nested", get(membership::nested_parents))
        .route(
            "/group/child-group/direct",
            get(membership::children).post(read_only).delete(read_only),
        )
        .route("/group/child-group/nested", get(membership::nested_children))
        .route("/group/membership", get(search::memberships))
        .route("/search", get(search::get).post(search::post))
        .route("/event", get(event::token))
        .route("/event/{token}", get(event::events))
        .route("/session", post(session::begin).delete(session::end_all))
        .route(
            "/session/{token}",
            get(session::show).post(session::validate).delete(session::end),
        )
        .route("/webhook", post(webhook::register))
        .route("/webhook/{id}", get(webhook::show).delete(webhook::remove))
        .fallback(unknown_path)
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(state)
}

async fn cookie_config(State(state): State<CrowdState>, call: Call) -> Document {
    let config = CookieConfig {
        domain: &state.sso.cookie_domain,
        secure: state.sso.secure_cookie,
        name: &state.sso.cookie_name,
    };
    call.document(|writer, out| writer.cookie_config(out, &config))
}

async fn read_only() -> Refusal {
    Refusal::ReadOnly
}

async fn unknown_path(Extension(caller): Extension<Caller>) -> Refusal {
    Refusal::UnknownPath { path: caller.path }
}
