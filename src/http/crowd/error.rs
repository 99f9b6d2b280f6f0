//! Refusals: what the Crowd face says instead of an answer.

use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::http::layers::Unread;
use crate::model::DirectoryId;
use crate::protocol::crowd::{BodyError, Reason, Writer};

/// Seconds after which a client should ask again for what is not there yet.
const AGAIN: HeaderValue = HeaderValue::from_static("30");

/// Why there is no answer. Travels as a response extension until the face knows the form to write it in.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// No application, or its password is wrong.
    BadCredentials,
    /// The application may not be used from there.
    ForeignAddress { application: Arc<str>, address: String },
    /// Too many unchecked passwords.
    Busy,
    /// A path that is none.
    UnknownPath { path: String },
    /// A method that the path does not have.
    Method,
    /// A body of a type that is not read.
    MediaType { given: String },
    /// A body over the limit.
    TooLarge { limit: usize },
    /// A body that did not arrive.
    Interrupted,
    /// A parameter or body that makes no sense.
    Illegal(String),
    /// No such user; 400 where it is not the resource itself.
    NoUser { name: String, status: StatusCode },
    /// No such group.
    NoGroup { name: String },
    /// No such membership.
    NoMembership { member: String, group: String },
    /// A user without a picture.
    NoAvatar { user: String },
    /// An account that has no password here.
    NoPassword { user: String },
    /// An account that is not active.
    Inactive { user: String },
    /// An account that the application does not see.
    NotAllowed { user: String },
    /// A write.
    ReadOnly,
    /// A user who cannot sign in.
    NoLogin { name: String },
    /// A session for or of a user whom the application does not see.
    NoAccess { application: Arc<str> },
    /// A session that does not exist.
    NoSession,
    /// A session that is bound to something else.
    OtherFactors,
    /// A webhook that does not exist.
    NoWebhook,
    /// Another application's webhook.
    ForeignWebhook,
    /// The client must read everything.
    TokenExpired,
    /// Directories without a first complete read: a client would delete whom it does not see.
    NotRead(Vec<DirectoryId>),
    /// What has a sentence of its own.
    Said {
        status: StatusCode,
        reason: Reason,
        sentence: String,
    },
    /// It should have worked.
    Failed,
}

impl Refusal {
    pub(super) fn missing(parameter: &str) -> Self {
        Self::Illegal(format!("query parameter `{parameter}` is missing"))
    }

    pub(super) fn no_user(name: &str) -> Self {
        Self::NoUser {
            name: name.to_owned(),
            status: StatusCode::NOT_FOUND,
        }
    }

    pub(super) fn no_group(name: &str) -> Self {
        Self::NoGroup {
            name: name.to_owned(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadCredentials => StatusCode::UNAUTHORIZED,
            Self::ForeignAddress { .. } | Self::ReadOnly | Self::NoAccess { .. } | Self::ForeignWebhook => {
                StatusCode::FORBIDDEN
            }
            Self::UnknownPath { .. }
            | Self::NoGroup { .. }
            | Self::NoMembership { .. }
            | Self::NoAvatar { .. }
            | Self::NoWebhook
            | Self::NoSession => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Interrupted => StatusCode::REQUEST_TIMEOUT,
            Self::Illegal(_)
            | Self::NoPassword { .. }
            | Self::NoLogin { .. }
            | Self::NotAllowed { .. }
            | Self::OtherFactors
            | Self::Inactive { .. } => StatusCode::BAD_REQUEST,
            Self::NoUser { status, .. } | Self::Said { status, .. } => *status,
            Self::TokenExpired => StatusCode::GONE,
            Self::Busy | Self::NotRead(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoWebhook => Reason::WebhookNotFound,
            Self::ReadOnly | Self::ForeignWebhook => Reason::ApplicationPermissionDenied,
            Self::BadCredentials | Self::ForeignAddress { .. } | Self::NoAccess { .. } => {
                Reason::ApplicationAccessDenied
            }
            Self::NoSession | Self::OtherFactors => Reason::InvalidSsoToken,
            Self::Said { reason, .. } => *reason,
            Self::NoUser { .. } => Reason::UserNotFound,
            Self::NoGroup { .. } => Reason::GroupNotFound,
            Self::NoMembership { .. } => Reason::MembershipNotFound,
            Self::NoPassword { .. } | Self::NotAllowed { .. } | Self::NoLogin { .. } => {
                Reason::InvalidUserAuthentication
            }
            Self::Inactive { .. } => Reason::InactiveAccount,
            Self::TokenExpired => Reason::EventTokenExpired,
            Self::UnknownPath { .. } | Self::Method | Self::NoAvatar { .. } => Reason::UnsupportedOperation,
            Self::MediaType { .. } | Self::TooLarge { .. } | Self::Interrupted | Self::Illegal(_) => {
                Reason::IllegalArgument
            }
            Self::Busy | Self::NotRead(_) | Self::Failed => Reason::OperationFailed,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::BadCredentials => "Application failed to authenticate".to_owned(),
            Self::ForeignAddress { application, address } => format!(
                "Client with address \"{address}\" is forbidden from making requests to the application, {application}."
            ),
            Self::Busy => "too many passwords of this application wait to be checked; hint: try again".to_owned(),
            Self::UnknownPath { path } => format!("null for uri: {path}"),
            Self::Method => "the resource does not have this method".to_owned(),
            Self::MediaType { given } => {
                format!("content type `{given}` is not read; hint: send `application/xml` or `application/json`")
            }
            Self::TooLarge { limit } => format!("the body is larger than {limit} bytes"),
            Self::Interrupted => "the body did not arrive in time".to_owned(),
            Self::Illegal(sentence) | Self::Said { sentence, .. } => sentence.clone(),
            Self::NoUser { name, .. } => format!("user `{name}` does not exist"),
            Self::NoGroup { name } => format!("group `{name}` does not exist"),
            Self::NoMembership { member, group } => format!("`{member}` is not in group `{group}`"),
            Self::NoAvatar { user } => format!("user `{user}` has no picture here"),
            Self::NoPassword { user } => format!(
                "account `{user}` has no password here, it belongs to the identity provider; hint: sign in by single sign-on"
            ),
            Self::NotAllowed { user } => format!("account `{user}` may not use this application"),
            Self::Inactive { user } => format!("account `{user}` is not active"),
            Self::ReadOnly => {
                "the directories of this application are read-only; hint: make the change at the identity provider, or let the application write with `permission = \"read-write\"`".to_owned()
            }
            Self::NoLogin { name } => format!("user `{name}` does not exist or may not sign in"),
            Self::NoAccess { application } => {
                format!("application `{application}` does not see this user")
            }
            Self::OtherFactors => "the session belongs to another client; hint: sign in again".to_owned(),
            Self::NoWebhook => "the webhook does not exist".to_owned(),
            Self::ForeignWebhook => "the webhook belongs to another application".to_owned(),
            Self::NoSession => "the session does not exist or has ended".to_owned(),
            Self::TokenExpired => "the event token is unknown or too old; hint: read everything".to_owned(),
            Self::NotRead(directories) => {
                let names: Vec<_> = directories.iter().map(|id| format!("`{id}`")).collect();
                format!(
                    "directory {} has not been read completely yet, so a whole listing would miss users; hint: try again after its first sync",
                    names.join(", ")
                )
            }
            Self::Failed => "the request failed inside the server; hint: its log says why".to_owned(),
        }
    }

    /// The refusal in the client's form. Bad credentials and foreign addresses are plain text, as clients compare it.
    pub(super) fn render(&self, writer: &Writer) -> Response {
        let message = self.message();
        if matches!(self, Self::BadCredentials | Self::ForeignAddress { .. }) {
            let mut response = (self.status(), message).into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
            if matches!(self, Self::BadCredentials) {
                let challenge = HeaderValue::from_static("BASIC realm=\"Crowd REST Service\"");
                headers.insert(WWW_AUTHENTICATE, challenge);
            }
            return response;
        }
        let mut body = String::new();
        writer.start(&mut body);
        match self {
            Self::UnknownPath { .. } => writer.status(&mut body, self.status().as_u16(), &message),
            _ => writer.error(&mut body, self.reason(), &message),
        }
        let mut response = (self.status(), body).into_response();
        let media_type = HeaderValue::from_static(writer.format().media_type());
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, AGAIN);
        }
        response
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        Self::Illegal(error.to_string())
    }
}

impl Refusal {
    pub(super) fn unread(unread: Unread, limit: usize) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge { limit },
            Unread::Interrupted => Self::Interrupted,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
