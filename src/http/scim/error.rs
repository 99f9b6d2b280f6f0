//! What this face refuses, with its status.

use axum::http::{HeaderValue, StatusCode, header};

use super::answer::Answer;
use crate::directory::{Braked, DirectoryError, EditError};
use crate::http::layers::Unread;
use crate::model::plan::Refused;
use crate::protocol::scim::{ScimError, ScimType, error_body};

/// After how many seconds a held push may be tried again: a person has to look first.
const HELD_FOR: &str = "900";

/// Why a request is not answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No token, a wrong one, an expired one.
    Unauthenticated,
    /// A good token from a place that is not welcome.
    ForeignAddress { address: String },
    /// Nothing is at this path.
    UnknownPath { hint: String },
    /// No user or group has this id.
    NotFound { what: &'static str, id: String },
    /// The path has other methods.
    Method { allow: &'static str },
    /// What SCIM knows and we do not do.
    NotDone,
    /// The content is of another type.
    MediaType { given: String },
    /// The body is larger than what is read.
    TooLarge { limit: usize },
    /// A bulk request has more operations than are done.
    TooManyOperations { limit: usize },
    /// The body did not arrive.
    Interrupted,
    /// The content is refused, in SCIM's own words.
    Content(ScimError),
    /// A bulk operation refers to something that was not made.
    Unresolved { bulk_id: String },
    /// The resource is another by now.
    Precondition,
    /// Discovery is not searched (RFC 7644 §4).
    NoFilter,
    /// It takes away what is held until a person says otherwise.
    Held { reason: String },
    /// It could not be written now.
    Unavailable(String),
    /// A defect of ours.
    Failed,
}

impl Refusal {
    /// Its code in the catalogue.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "SCIM_UNAUTHENTICATED",
            Self::ForeignAddress { .. } => "SCIM_FOREIGN_ADDRESS",
            Self::UnknownPath { .. } => "SCIM_UNKNOWN_PATH",
            Self::NotFound { .. } => "SCIM_NOT_FOUND",
            Self::Method { .. } => "SCIM_WRONG_METHOD",
            Self::NotDone => "SCIM_NOT_DONE",
            Self::MediaType { .. } => "SCIM_MEDIA_TYPE",
            Self::TooLarge { .. } | Self::TooManyOperations { .. } => "SCIM_TOO_LARGE",
            Self::Interrupted => "SCIM_BODY_INTERRUPTED",
            Self::Content(error) => error.code(),
            Self::Unresolved { .. } => "SCIM_BULK_UNRESOLVED",
            Self::Precondition => "SCIM_VERSION_DIFFERS",
            Self::NoFilter => "SCIM_DISCOVERY_FILTER",
            Self::Held { .. } => "SCIM_HELD",
            Self::Unavailable(_) => "SCIM_UNAVAILABLE",
            Self::Failed => "SCIM_FAILED",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::ForeignAddress { .. } | Self::NoFilter => StatusCode::FORBIDDEN,
            Self::UnknownPath { .. } | Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotDone => StatusCode::NOT_IMPLEMENTED,
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge { .. } | Self::TooManyOperations { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Interrupted => StatusCode::REQUEST_TIMEOUT,
            Self::Content(error) if error.kind == ScimType::Uniqueness => StatusCode::CONFLICT,
            Self::Content(_) => StatusCode::BAD_REQUEST,
            Self::Unresolved { .. } => StatusCode::CONFLICT,
            Self::Precondition => StatusCode::PRECONDITION_FAILED,
            Self::Held { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Unauthenticated => {
                "the request has no bearer token of this directory, or an expired one; hint: `tokens` of the directory lists those that are good".to_owned()
            }
            Self::ForeignAddress { address } => {
                format!("requests from `{address}` are not welcome; hint: add the address to the directory's `allow_from`")
            }
            Self::UnknownPath { hint } => format!("nothing is at this path; hint: {hint}"),
            Self::NotFound { what, id } => format!("{what} `{id}` does not exist"),
            Self::Method { allow } => format!("the path does not have this method; hint: it has {allow}"),
            Self::NotDone => "tokens are no users, so there is no `/Me`; hint: ask for `/Users`".to_owned(),
            Self::MediaType { given } => {
                format!("content type `{given}` is not read; hint: send `application/scim+json`")
            }
            Self::TooLarge { limit } => {
                format!("the body is larger than {limit} bytes; hint: send it in parts")
            }
            Self::TooManyOperations { limit } => {
                format!("the request has more than {limit} operations; hint: send them in parts")
            }
            Self::Interrupted => "the body did not arrive in time".to_owned(),
            Self::Content(error) => error.detail.clone(),
            Self::Unresolved { bulk_id } => {
                format!("`bulkId:{bulk_id}` was not made by this request; hint: its operation failed, is missing, or waits for this one")
            }
            Self::Precondition => {
                "the resource is not of the version that `If-Match` names; hint: read it again".to_owned()
            }
            Self::NoFilter => "what the service can do is not searched; hint: leave `filter` out".to_owned(),
            Self::Held { reason } => {
                format!("what this directory would lose is held: {reason}; hint: an administrator of throng releases it")
            }
            Self::Unavailable(sentence) => sentence.clone(),
            Self::Failed => "the request failed inside the server; hint: its log says why".to_owned(),
        }
    }

    pub(super) fn answer(&self) -> Answer {
        let status = self.status();
        let kind = match self {
            Self::Content(error) => Some(error.kind),
            _ => None,
        };
        let mut answer = Answer::of(status, error_body(status.as_u16(), kind, &self.detail()));
        let header = match self {
            Self::Unauthenticated => Some((
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"SCIM\""),
            )),
            Self::Method { allow } => Some((header::ALLOW, HeaderValue::from_static(allow))),
            Self::Held { .. } => Some((header::RETRY_AFTER, HeaderValue::from_static(HELD_FOR))),
            Self::Unavailable(_) => Some((header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => None,
        };
        answer.more = header;
        answer
    }

    pub(super) fn taken(detail: String) -> Self {
        Self::Content(ScimError::new(ScimType::Uniqueness, detail))
    }

    pub(super) fn unread(unread: Unread, limit: usize) -> Self {
        match unread {
            Unread::TooLarge => Self::TooLarge { limit },
            Unread::Interrupted => Self::Interrupted,
        }
    }
}

impl From<ScimError> for Refusal {
    fn from(error: ScimError) -> Self {
        Self::Content(error)
    }
}

impl From<EditError<Braked<Self>>> for Refusal {
    fn from(error: EditError<Braked<Self>>) -> Self {
        match error {
            EditError::Declined(Braked::Declined(refusal)) => refusal,
            EditError::Declined(Braked::Held(holding)) => Self::Held {
                reason: holding.reason,
            },
            EditError::Rules(refused) => Self::taken(told(&refused)),
            EditError::Directory(error) => {
                if !matches!(error, DirectoryError::Store { .. }) {
                    tracing::warn!(code = error.code(), %error, "a push was not written");
                }
                Self::Unavailable("the directory cannot write now; hint: try again soon".to_owned())
            }
        }
    }
}

fn told(refused: &[Refused]) -> String {
    let told = refused
        .iter()
        .map(|refused| format!("{}: {}", refused.what, refused.reason));
    told.collect::<Vec<_>>().join("; ")
}
