//! The resources below `/rest/usermanagement/1`.

use axum::Router;
use axum::extract::{Extension, State};
use axum::routing::{get, post, put};

use super::call::{Call, Caller, Document};
use super::error::Refusal;
use super::state::CrowdState;
use super::{attribute_write, authentication, event, group, group_write, membership, membership_write};
use super::{password_write, search, session, user, user_write, webhook};
use crate::protocol::crowd::CookieConfig;

pub(super) fn resources(state: CrowdState) -> Router {
    Router::new()
        .route("/config/cookie", get(cookie_config))
        .route("/authentication", post(authentication::authenticate))
        .route("/authentication/notify", post(authentication::notify))
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
        .merge(users())
        .merge(groups())
        .fallback(unknown_path)
        .method_not_allowed_fallback(async || Refusal::Method)
        .with_state(state)
}

/// What begins with `/user`.
fn users() -> Router<CrowdState> {
    Router::new()
        .route(
            "/user",
            get(user::user)
                .post(user_write::create)
                .put(user_write::update)
                .delete(user_write::remove),
        )
        .route(
            "/user/attribute",
            get(user::attributes)
                .post(attribute_write::set_of_user)
                .put(attribute_write::set_of_user)
                .delete(attribute_write::delete_of_user),
        )
        .route("/user/avatar", get(user::avatar))
        .route("/user/rename", post(user_write::rename))
        .route(
            "/user/password",
            put(password_write::set).delete(password_write::remove),
        )
        .route("/user/mail/password", post(password_write::mail_password))
        .route("/user/mail/usernames", post(password_write::mail_names))
        .route("/user/expire-all-passwords", post(password_write::expire))
        .route(
            "/user/group/direct",
            get(membership::groups_of_user)
                .post(membership_write::add_group_of_user)
                .delete(membership_write::remove_user),
        )
        .route("/user/group/nested", get(membership::nested_groups_of_user))
}

/// What begins with `/group`.
fn groups() -> Router<CrowdState> {
    Router::new()
        .route(
            "/group",
            get(group::group)
                .post(group_write::create)
                .put(group_write::update)
                .delete(group_write::remove),
        )
        .route(
            "/group/attribute",
            get(group::attributes)
                .post(attribute_write::set_of_group)
                .put(attribute_write::set_of_group)
                .delete(attribute_write::delete_of_group),
        )
        .route(
            "/group/user/direct",
            get(membership::users_of_group)
                .post(membership_write::add_user_of_group)
                .delete(membership_write::remove_user),
        )
        .route("/group/user/nested", get(membership::nested_users_of_group))
        .route(
            "/group/parent-group/direct",
            get(membership::parents).post(membership_write::add_parent),
        )
        .route("/group/parent-group/nested", get(membership::nested_parents))
        .route(
            "/group/child-group/direct",
            get(membership::children)
                .post(membership_write::add_child)
                .delete(membership_write::remove_child),
        )
        .route("/group/child-group/nested", get(membership::nested_children))
        .route("/group/membership", get(search::memberships))
}

async fn cookie_config(State(state): State<CrowdState>, call: Call) -> Document {
    let config = CookieConfig {
        domain: &state.sso.cookie_domain,
        secure: state.sso.secure_cookie,
        name: &state.sso.cookie_name,
    };
    call.document(|writer, out| writer.cookie_config(out, &config))
}

async fn unknown_path(Extension(caller): Extension<Caller>) -> Refusal {
    Refusal::UnknownPath { path: caller.path }
}
