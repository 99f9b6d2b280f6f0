//! What SCIM calls an error: a kind with its `scimType`, a detail for the administrator, the body of the answer.

use serde_json::{Map, Value, json};

/// The URN of an error's body.
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The kinds of RFC 7644 §3.12 and RFC 9865 that a request's content can earn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// The filter is not one.
    InvalidFilter,
    /// More is asked than is answered.
    TooMany,
    /// The body is not what the operation reads.
    InvalidSyntax,
    /// The path of a patch names nothing of the schema.
    InvalidPath,
    /// The path of a patch reaches nothing in this resource.
    NoTarget,
    /// A value does not fit its attribute, or a needed one is missing.
    InvalidValue,
    /// The attribute cannot be changed thus.
    Mutability,
    /// Somebody else has the value.
    Uniqueness,
    /// The cursor is none of ours.
    InvalidCursor,
    /// The cursor was ours, and is too old.
    ExpiredCursor,
    /// The page size changed during a walk.
    InvalidCount,
}

impl ScimType {
    /// As bodies spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Mutability => "mutability",
            Self::Uniqueness => "uniqueness",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// Why a request's content is refused. Its text is shown to the administrator of the identity provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// What kind of refusal.
    pub kind: ScimType,
    /// What happened to which attribute, and what to do; never a secret.
    pub detail: String,
}

impl ScimError {
    /// A refusal of this kind.
    pub fn new(kind: ScimType, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, detail }
    }

    /// A body that is not what the operation reads.
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidSyntax, detail)
    }

    /// A value that does not fit its attribute.
    pub fn value(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidValue, detail)
    }

    /// A filter that is not one.
    pub fn filter(detail: impl Into<String>) -> Self {
        Self::new(ScimType::InvalidFilter, detail)
    }

    /// An attribute that clients cannot change thus.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ScimType::Mutability, detail)
    }

    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ScimType::InvalidFilter => "SCIM_FILTER_INVALID",
            ScimType::TooMany => "SCIM_TOO_MANY",
            ScimType::InvalidSyntax => "SCIM_BODY_INVALID",
            ScimType::InvalidPath => "SCIM_PATH_INVALID",
            ScimType::NoTarget => "SCIM_PATH_REACHES_NOTHING",
            ScimType::InvalidValue => "SCIM_VALUE_INVALID",
            ScimType::Mutability => "SCIM_ATTRIBUTE_IMMUTABLE",
            ScimType::Uniqueness => "SCIM_VALUE_TAKEN",
            ScimType::InvalidCursor => "SCIM_CURSOR_INVALID",
            ScimType::ExpiredCursor => "SCIM_CURSOR_EXPIRED",
            ScimType::InvalidCount => "SCIM_COUNT_CHANGED",
        }
    }
}

/// The body of an error answer: RFC 7644 §3.12 wants the status as a text.
pub fn error_body(status: u16, kind: Option<ScimType>, detail: &str) -> Value {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!([ERROR_URN]));
    body.insert("status".to_owned(), json!(status.to_string()));
    if let Some(kind) = kind {
        body.insert("scimType".to_owned(), json!(kind.name()));
    }
    body.insert("detail".to_owned(), json!(detail));
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_a_text_and_the_type_may_lack() {
        let body = error_body(404, None, "user `7` does not exist");
        assert_eq!(
            body.to_string(),
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404","detail":"user `7` does not exist"}"#
        );
        let body = error_body(409, Some(ScimType::Uniqueness), "taken");
        assert_eq!(body["scimType"], "uniqueness");
    }
}
