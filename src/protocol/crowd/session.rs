//! Single sign-on: what clients send to begin and to check a session, and the session itself.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::body::{self, BodyError};
use super::links::Links;
use super::tree::{self, Node};
use super::wire::{Entity, Format, User};
use super::writer::Writer;
use super::{json, xml};
use crate::clock::rfc3339;
use crate::secret::Secret;

/// The most factors of one body; clients send two.
const MOST_FACTORS: usize = 32;
/// The longest name or value of a factor, in bytes.
const LONGEST: usize = 2_048;

/// Something that a session is bound to, such as the client's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// What it is.
    pub name: String,
    /// What the application saw.
    pub value: String,
}

/// What a client sends to begin a session.
#[derive(Clone, Debug)]
pub struct AuthenticationContext {
    /// Whose.
    pub username: String,
    /// The user's password, where the client has it.
    pub password: Option<Secret>,
    /// What the session is bound to.
    pub factors: Vec<Factor>,
}

/// A session, as the writers borrow it.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// The token.
    pub token: &'a str,
    /// Whose it is.
    pub user: SessionUser<'a>,
    /// Milliseconds since 1970 of its beginning.
    pub created_at: i64,
    /// Milliseconds since 1970 of its end, unless it is used before.
    pub expires_at: i64,
}

/// The user of a session, in the length that was asked for.
#[derive(Clone, Debug)]
pub enum SessionUser<'a> {
    /// By name alone.
    Name(&'a str),
    /// Whole.
    Whole(User<'a>),
}

/// Reads an `authentication-context`.
///
/// Members are known by every spelling that clients use: `username` or `userName`, `validation-factors` or
/// `validationFactors`, with a list in it or being one.
///
/// # Errors
/// When the body is none.
pub fn authentication_context(body: &[u8], format: Format) -> Result<AuthenticationContext, BodyError> {
    let text = body::text(body)?;
    let (username, password, factors) = match format {
        Format::Xml => {
            let node = tree::parse(text)?;
            if node.name != "authentication-context" {
                let what = format!("element `{}` is not `authentication-context`", node.name);
                return Err(BodyError::NotUnderstood(what));
            }
            let within = |name| child(&node, name).map(|child| child.text.clone());
            let factors = child(&node, "validationfactors").map_or(Ok(Vec::new()), factors_of_node)?;
            (within("username"), within("password"), factors)
        }
        Format::Json => {
            let value = body::json(text)?;
            let factors = member(&value, "validationfactors").map_or(Ok(Vec::new()), factors_of_value)?;
            (
                text_of(&value, "username")?,
                text_of(&value, "password")?,
                factors,
            )
        }
    };
    let username = username
        .filter(|name| !name.is_empty())
        .ok_or_else(|| BodyError::NotUnderstood("the authentication context has no `username`".to_owned()))?;
    Ok(AuthenticationContext {
        username,
        password: password.map(Secret::new),
        factors,
    })
}

/// Reads `validation-factors`; an empty body and an empty object mean none.
///
/// # Errors
/// When the body is something else.
pub fn validation_factors(body: &[u8], format: Format) -> Result<Vec<Factor>, BodyError> {
    let text = body::text(body)?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    match format {
        Format::Xml => {
            let node = tree::parse(text)?;
            if !is(&node.name, "validationfactors") {
                let what = format!("element `{}` is not `validation-factors`", node.name);
                return Err(BodyError::NotUnderstood(what));
            }
            factors_of_node(&node)
        }
        Format::Json => factors_of_value(&body::json(text)?),
    }
}

/// Whether a name is one of the spellings of `plain`, which has neither hyphens nor capitals.
fn is(name: &str, plain: &str) -> bool {
    let letters = name.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase());
    letters.eq(plain.chars())
}

fn child<'a>(node: &'a Node, plain: &str) -> Option<&'a Node> {
    node.children.iter().find(|child| is(&child.name, plain))
}

fn member<'a>(value: &'a Value, plain: &str) -> Option<&'a Value> {
    let (_, found) = value.as_object()?.iter().find(|(name, _)| is(name, plain))?;
    Some(found)
}

fn text_of(value: &Value, plain: &str) -> Result<Option<String>, BodyError> {
    match member(value, plain) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BodyError::NotUnderstood(format!(
            "member `{plain}` is not a text"
        ))),
    }
}

fn factors_of_node(node: &Node) -> Result<Vec<Factor>, BodyError> {
    let listed = node
        .children
        .iter()
        .filter(|child| is(&child.name, "validationfactor"));
    let text = |factor: &Node, name| child(factor, name).map(|child| child.text.clone());
    bounded(listed.map(|factor| (text(factor, "name"), text(factor, "value"))))
}

/// A list, a holder of one, or a single factor.
fn factors_of_value(value: &Value) -> Result<Vec<Factor>, BodyError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => {
            let pairs: Result<Vec<_>, _> = items
                .iter()
                .map(|item| Ok((text_of(item, "name")?, text_of(item, "value")?)))
                .collect();
            bounded(pairs?.into_iter())
        }
        Value::Object(_) => {
            if let Some(within) =
                member(value, "validationfactors").or_else(|| member(value, "validationfactor"))
            {
                return factors_of_value(within);
            }
            match text_of(value, "name")? {
                None => Ok(Vec::new()),
                name => bounded(std::iter::once((name, text_of(value, "value")?))),
            }
        }
        _ => Err(BodyError::NotUnderstood(
            "the validation factors are not a list".to_owned(),
        )),
    }
}

fn bounded(pairs: impl Iterator<Item = (Option<String>, Option<String>)>) -> Result<Vec<Factor>, BodyError> {
    let mut factors = Vec::new();
    for (name, value) in pairs {
        let name = name
            .filter(|name| !name.is_empty())
            .ok_or_else(|| BodyError::NotUnderstood("a validation factor has no `name`".to_owned()))?;
        let value = value.unwrap_or_default();
        if factors.len() == MOST_FACTORS || name.len() > LONGEST || value.len() > LONGEST {
            return Err(BodyError::NotUnderstood(format!(
                "there are more than {MOST_FACTORS} validation factors, or one is longer than {LONGEST} bytes"
            )));
        }
        factors.push(Factor { name, value });
    }
    Ok(factors)
}

impl Links {
    /// A session.
    pub fn session(&self, token: &str) -> String {
        self.below(&format!("/session/{token}"))
    }
}

impl Writer {
    /// A session: token first, user second, as a streaming parser of an old client demands.
    pub fn session(&self, out: &mut String, session: &Session<'_>) {
        let link = self.links().session(session.token);
        if self.format() == Format::Xml {
            out.push_str(r#"<session expand="user">"#);
            xml::element(out, "token", session.token);
            match &session.user {
                SessionUser::Name(name) => self.minimal(out, Entity::User, name),
                SessionUser::Whole(user) => self.user(out, user),
            }
            xml::link(out, &link, "self");
            xml::element(out, "created-date", &rfc3339(session.created_at));
            xml::element(out, "expiry-date", &rfc3339(session.expires_at));
            out.push_str("</session>");
            return;
        }
        let user = match &session.user {
            SessionUser::Name(name) => json::minimal(self.links(), Entity::User, name),
            SessionUser::Whole(user) => json::user(self.links(), user),
        };
        let value = json!({
            "expand": "user",
            "token": session.token,
            "user": user,
            "link": { "href": link, "rel": "self" },
            "created-date": session.created_at,
            "expiry-date": session.expires_at,
        });
        _ = write!(out, "{value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(body: &str, format: Format) -> Vec<(String, String)> {
        let read = validation_factors(body.as_bytes(), format).unwrap();
        read.into_iter()
            .map(|factor| (factor.name, factor.value))
            .collect()
    }

    #[test]
    fn factors_come_in_many_spellings() {
        let expected = vec![("remote_address".to_owned(), "192.0.2.1".to_owned())];
        let one = r#"{"name":"remote_address","value":"192.0.2.1"}"#;
        for body in [
            format!(r#"{{"validationFactors":[{one}]}}"#),
            format!(r#"{{"validation-factor":[{one}]}}"#),
            format!(r#"{{"validation-factors":{{"validationFactors":[{one}]}}}}"#),
            format!(r#"{{"validationFactors":{one}}}"#),
        ] {
            assert_eq!(factors(&body, Format::Json), expected, "{body}");
        }
        let listed =
            "<validation-factor><name>remote_address</name><value>192.0.2.1</value></validation-factor>";
        for root in ["validation-factors", "validationFactors"] {
            assert_eq!(
                factors(&format!("<{root}>{listed}</{root}>"), Format::Xml),
                expected
            );
        }
        for (none, format) in [("{}", Format::Json), ("", Format::Json), (" ", Format::Xml)] {
            assert_eq!(factors(none, format), []);
        }
        assert_eq!(factors("<validation-factors/>", Format::Xml), []);
    }

    #[test]
    fn a_context_needs_no_more_than_a_name() {
        let read = |body: &str, format| authentication_context(body.as_bytes(), format).unwrap();
        let factors = r#"{"validationFactors":[{"name":"a","value":"1"},{"name":"b"}]}"#;
        let body = format!(r#"{{"userName":"alice","password":"pä","validation-factors":{factors}}}"#);
        let json = read(&body, Format::Json);
        let xml = read(
            "<authentication-context><username>alice</username><password>pä</password><validation-factors>\
             <validation-factor><name>a</name><value>1</value></validation-factor>\
             <validation-factor><name>b</name></validation-factor></validation-factors></authentication-context>",
            Format::Xml,
        );
        assert_eq!(json.factors, xml.factors);
        assert_eq!((json.factors.len(), json.factors[1].value.as_str()), (2, ""));
        for context in [json, xml] {
            assert_eq!(context.username, "alice");
            assert_eq!(context.password.as_ref().map(Secret::expose), Some("pä"));
        }
        let bare = read(r#"{"username":"alice"}"#, Format::Json);
        assert!(bare.password.is_none() && bare.factors.is_empty());
    }

    #[test]
    fn what_is_none_of_it_is_refused_in_words() {
        let many = format!(
            r#"{{"validationFactors":[{}]}}"#,
            vec![r#"{"name":"a","value":"b"}"#; MOST_FACTORS + 1].join(",")
        );
        let long = format!(r#"{{"name":"a","value":"{}"}}"#, "x".repeat(LONGEST + 1));
        for body in [
            many.as_str(),
            &long,
            "[]",
            r#"{"validationFactors":7}"#,
            r#"{"validationFactors":[{}]}"#,
        ] {
            assert!(
                validation_factors(body.as_bytes(), Format::Json).is_err(),
                "{body}"
            );
        }
        for body in ["", "{}", r#"{"username":""}"#, r#"{"username":7}"#] {
            assert!(
                authentication_context(body.as_bytes(), Format::Json).is_err(),
                "{body}"
            );
        }
        for body in ["<user/>", "<authentication-context/>"] {
            assert!(
                authentication_context(body.as_bytes(), Format::Xml).is_err(),
                "{body}"
            );
        }
    }
}
