//! The bodies that clients send, apart from restrictions.

use serde_json::Value;

use super::tree;
use super::wire::Format;
use crate::secret::Secret;

/// Why a body was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is not what its content type says.
    #[error("{0}")]
    Malformed(String),
    /// It is nested too deeply, has too many elements, or costs too much.
    #[error(
        "the restriction is nested more than 50 deep, has more than 10000 elements or more than 1000 comparisons (an `or` of \
         equal values is one); hint: send a smaller one"
    )]
    TooComplex,
    /// It is well-formed and means nothing here.
    #[error("{0}")]
    NotUnderstood(String),
}

impl BodyError {
    /// Its code in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "CROWD_BODY_MALFORMED",
            Self::TooComplex => "CROWD_BODY_TOO_COMPLEX",
            Self::NotUnderstood(_) => "CROWD_BODY_NOT_UNDERSTOOD",
        }
    }
}

/// Reads a `password` entity; `None` where it has no value.
///
/// # Errors
/// When the body is not a password entity.
pub fn password(body: &[u8], format: Format) -> Result<Option<Secret>, BodyError> {
    let text = text(body)?;
    match format {
        Format::Xml => {
            let node = tree::parse(text)?;
            if node.name != "password" {
                return Err(BodyError::NotUnderstood(format!(
                    "element `{}` is not `password`",
                    node.name
                )));
            }
            Ok(node.child("value").map(|value| Secret::new(value.text.as_str())))
        }
        Format::Json => match json(text)?.get("value") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(value)) => Ok(Some(Secret::new(value.as_str()))),
            Some(_) => Err(BodyError::NotUnderstood(
                "member `value` of the password is not a text".to_owned(),
            )),
        },
    }
}

pub(super) fn text(body: &[u8]) -> Result<&str, BodyError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        BodyError::Malformed(format!("the body is not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// An object, within the bounds of [`tree`].
pub(super) fn json(text: &str) -> Result<Value, BodyError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| BodyError::Malformed(format!("the JSON is malformed: {error}")))?;
    let mut nodes = 0;
    check_bounds(&value, 0, &mut nodes)?;
    if !value.is_object() {
        return Err(BodyError::NotUnderstood("the JSON is not an object".to_owned()));
    }
    Ok(value)
}

fn check_bounds(value: &Value, depth: usize, nodes: &mut usize) -> Result<(), BodyError> {
    *nodes += 1;
    // A restriction takes two levels of JSON (object, array) and four values where XML takes one element.
    if depth > 2 * tree::MAX_DEPTH || *nodes > 4 * tree::MAX_NODES {
        return Err(BodyError::TooComplex);
    }
    match value {
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| check_bounds(item, depth + 1, nodes)),
        Value::Object(members) => members
            .values()
            .try_for_each(|item| check_bounds(item, depth + 1, nodes)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, format: Format) -> Result<Option<String>, BodyError> {
        Ok(password(body.as_bytes(), format)?.map(|secret| secret.expose().to_owned()))
    }

    #[test]
    fn a_password_may_have_any_characters() {
        let xml = "<password><link href='x'/><value>p&amp;&lt;ä b </value></password>";
        assert_eq!(read(xml, Format::Xml), Ok(Some("p&<ä b ".to_owned())));
        assert_eq!(
            read(r#"{"value":"p\u00e4"}"#, Format::Json),
            Ok(Some("pä".to_owned()))
        );
        assert_eq!(read("<password/>", Format::Xml), Ok(None));
        assert_eq!(read("{}", Format::Json), Ok(None));
    }

    #[test]
    fn other_bodies_are_refused_in_words() {
        assert!(matches!(
            read("<user/>", Format::Xml),
            Err(BodyError::NotUnderstood(_))
        ));
        assert!(matches!(
            read("[]", Format::Json),
            Err(BodyError::NotUnderstood(_))
        ));
        assert!(matches!(
            read(r#"{"value":1}"#, Format::Json),
            Err(BodyError::NotUnderstood(_))
        ));
        assert!(matches!(read("{", Format::Json), Err(BodyError::Malformed(_))));
        assert!(matches!(
            password(b"\xff", Format::Xml),
            Err(BodyError::Malformed(_))
        ));
        let deep = "[".repeat(100_000);
        assert!(matches!(read(&deep, Format::Json), Err(BodyError::Malformed(_))));
    }
}
