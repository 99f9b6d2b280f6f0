//! The entities that clients send to be written: users, groups, attributes, new names.

use std::sync::Arc;

use serde_json::Value;

use super::body::{self, BodyError};
use super::tree::{self, Node};
use super::wire::Format;
use crate::model::Attributes;
use crate::secret::Secret;

/// A user as sent; what is absent was not told.
#[derive(Debug, Default)]
pub struct SentUser {
    /// The username.
    pub name: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The name to show.
    pub display_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the user may log in.
    pub active: Option<bool>,
    /// A password.
    pub password: Option<Secret>,
    /// A password's hash.
    pub encrypted_password: Option<Secret>,
    /// Custom attributes.
    pub attributes: Attributes,
}

/// A group as sent; what is absent was not told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SentGroup {
    /// The name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// `GROUP`, or a kind that only old servers have.
    pub kind: Option<String>,
    /// Whether it counts.
    pub active: Option<bool>,
    /// Custom attributes.
    pub attributes: Attributes,
}

/// Reads a user.
///
/// # Errors
/// When the body is not a user.
pub fn user(body: &[u8], format: Format) -> Result<SentUser, BodyError> {
    let sent = Sent::read(body, format, Some("user"))?;
    Ok(SentUser {
        name: sent.name()?,
        first_name: sent.text("first-name")?,
        last_name: sent.text("last-name")?,
        display_name: sent.text("display-name")?,
        email: sent.text("email")?,
        active: sent.truth("active")?,
        password: sent.secret("password")?,
        encrypted_password: sent.secret("encrypted-password")?,
        attributes: sent.attributes()?,
    })
}

/// Reads a group.
///
/// # Errors
/// When the body is not a group.
pub fn group(body: &[u8], format: Format) -> Result<SentGroup, BodyError> {
    let sent = Sent::read(body, format, Some("group"))?;
    Ok(SentGroup {
        name: sent.name()?,
        description: sent.text("description")?,
        kind: sent.text("type")?,
        active: sent.truth("active")?,
        attributes: sent.attributes()?,
    })
}

/// Reads the name of the user or group that is to be a member, or to get one.
///
/// # Errors
/// When the body is something else, or has no name.
pub fn member(body: &[u8], format: Format, element: &str) -> Result<String, BodyError> {
    let name = Sent::read(body, format, Some(element))?.name()?;
    name.ok_or_else(|| BodyError::NotUnderstood(format!("the {element} has no name")))
}

/// Reads the new name of a user.
///
/// # Errors
/// When the body has none. Its root is not looked at: clients differ in it.
pub fn new_name(body: &[u8], format: Format) -> Result<String, BodyError> {
    let sent = Sent::read(body, format, None)?;
    // `atlassian-python-api` spells it its own way.
    let name = match sent.text("new-name")? {
        None => sent.text("newName")?,
        told => told,
    };
    name.ok_or_else(|| BodyError::NotUnderstood("the body has no `new-name`".to_owned()))
}

/// Reads attributes: each named one with the values it is to have.
///
/// # Errors
/// When the body is not attributes.
pub fn attributes(body: &[u8], format: Format) -> Result<Attributes, BodyError> {
    match Sent::read(body, format, Some("attributes"))? {
        Sent::Xml(node) => from_nodes(&node),
        Sent::Json(value) => from_json(&value),
    }
}

/// An entity in either form.
enum Sent {
    Xml(Node),
    Json(Value),
}

impl Sent {
    fn read(bytes: &[u8], format: Format, root: Option<&str>) -> Result<Self, BodyError> {
        let text = body::text(bytes)?;
        if format == Format::Json {
            return Ok(Self::Json(body::json(text)?));
        }
        let node = tree::parse(text)?;
        match root {
            Some(wanted) if node.name != wanted => Err(BodyError::NotUnderstood(format!(
                "element `{}` is not `{wanted}`",
                node.name
            ))),
            _ => Ok(Self::Xml(node)),
        }
    }

    /// An attribute in XML, a member in JSON.
    fn name(&self) -> Result<Option<String>, BodyError> {
        match self {
            Self::Xml(node) => Ok(node.named.clone()),
            Self::Json(value) => json_text(value, "name"),
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, BodyError> {
        match self {
            Self::Xml(node) => Ok(node.child(key).map(|child| child.text.clone())),
            Self::Json(value) => json_text(value, key),
        }
    }

    fn truth(&self, key: &str) -> Result<Option<bool>, BodyError> {
        if let Self::Json(value) = self
            && let Some(Value::Bool(truth)) = value.get(key)
        {
            return Ok(Some(*truth));
        }
        match self.text(key)?.as_deref().map(str::trim) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(BodyError::NotUnderstood(format!(
                "`{key}` is neither `true` nor `false`"
            ))),
        }
    }

    fn secret(&self, key: &str) -> Result<Option<Secret>, BodyError> {
        let text = match self {
            Self::Xml(node) => node
                .child(key)
                .and_then(|node| node.child("value"))
                .map(|node| node.text.clone()),
            Self::Json(value) => value
                .get(key)
                .map(|holder| json_text(holder, "value"))
                .transpose()?
                .flatten(),
        };
        Ok(text.map(Secret::new))
    }

    fn attributes(&self) -> Result<Attributes, BodyError> {
        match self {
            Self::Xml(node) => node
                .child("attributes")
                .map_or_else(|| Ok(Attributes::default()), from_nodes),
            Self::Json(value) => match value.get("attributes") {
                None | Some(Value::Null) => Ok(Attributes::default()),
                Some(holder) => from_json(holder),
            },
        }
    }
}

fn json_text(holder: &Value, key: &str) -> Result<Option<String>, BodyError> {
    match holder.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BodyError::NotUnderstood(format!("member `{key}` is not a text"))),
    }
}

fn from_nodes(holder: &Node) -> Result<Attributes, BodyError> {
    let mut attributes = Attributes::default();
    for node in holder.children.iter().filter(|node| node.name == "attribute") {
        let name = node.named.as_deref().ok_or_else(nameless)?;
        let values = node.child("values").map_or(&[][..], |values| &values.children);
        let values = values.iter().filter(|value| value.name == "value");
        let texts = values.map(|value| Arc::from(value.text.as_str()));
        attributes.0.insert(name.into(), texts.collect());
    }
    Ok(attributes)
}

/// The list has either of two names: clients differ.
fn from_json(holder: &Value) -> Result<Attributes, BodyError> {
    let list = holder.get("attributes").or_else(|| holder.get("attribute"));
    let not_understood = |what: &str| BodyError::NotUnderstood(what.to_owned());
    let items = match list {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(items)) => items,
        Some(_) => return Err(not_understood("member `attributes` is not a list")),
    };
    let mut attributes = Attributes::default();
    for item in items {
        let name = json_text(item, "name")?.ok_or_else(nameless)?;
        let values = match item.get("values") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values
                .iter()
                .map(|value| value.as_str().map(Arc::from))
                .collect::<Option<Vec<Arc<str>>>>()
                .ok_or_else(|| not_understood("a value of an attribute is not a text"))?,
            Some(_) => return Err(not_understood("member `values` of an attribute is not a list")),
        };
        attributes.0.insert(name.into(), values);
    }
    Ok(attributes)
}

fn nameless() -> BodyError {
    BodyError::NotUnderstood("an attribute has no name".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<user name=\"a&amp;&#xE4;&#10;\"><first-name>A</first-name><last-name/><active>false</active>\
        <password><value>p&lt;</value></password><attributes><attribute name=\"k\"><values><value>1</value><value>2</value></values>\
        </attribute><attribute name=\"gone\"/></attributes></user>";
    const JSON: &str = r#"{"name":"a&ä\n","first-name":"A","last-name":"","active":false,"password":{"value":"p<"},
        "attributes":{"attributes":[{"name":"k","values":["1","2"]},{"name":"gone","values":[]}]}}"#;

    #[test]
    fn both_forms_of_a_user_say_the_same() {
        for (body, format) in [(XML, Format::Xml), (JSON, Format::Json)] {
            let sent = user(body.as_bytes(), format).unwrap();
            assert_eq!(sent.name.as_deref(), Some("a&ä\n"));
            assert_eq!(
                (
                    sent.first_name.as_deref(),
                    sent.last_name.as_deref(),
                    sent.email.as_deref()
                ),
                (Some("A"), Some(""), None)
            );
            assert_eq!(sent.active, Some(false));
            assert_eq!(sent.password.unwrap().expose(), "p<");
            assert!(sent.encrypted_password.is_none());
            assert_eq!(sent.attributes.values("k"), ["1".into(), "2".into()]);
            assert_eq!(sent.attributes.0.get("gone"), Some(&Vec::new()));
        }
    }

    #[test]
    fn members_names_and_attributes_are_read_in_both_forms() {
        let xml = |text: &str| member(text.as_bytes(), Format::Xml, "group");
        assert_eq!(xml("<group name='devs'><link/></group>"), Ok("devs".to_owned()));
        assert!(xml("<user name='devs'/>").is_err() && xml("<group/>").is_err());
        assert_eq!(
            member(br#"{"name":"devs"}"#, Format::Json, "group"),
            Ok("devs".to_owned())
        );
        for (body, format) in [
            ("<rename><new-name>n</new-name></rename>", Format::Xml),
            ("<whatever><new-name>n</new-name></whatever>", Format::Xml),
            (r#"{"new-name":"n"}"#, Format::Json),
            (r#"{"newName":"n"}"#, Format::Json),
        ] {
            assert_eq!(new_name(body.as_bytes(), format), Ok("n".to_owned()), "{body}");
        }
        let other = br#"{"attribute":[{"name":"k","values":["v"]}]}"#;
        assert_eq!(attributes(other, Format::Json).unwrap().values("k"), ["v".into()]);
    }

    #[test]
    fn what_means_nothing_is_refused_in_words() {
        for body in [
            r#"{"name":1}"#,
            r#"{"active":"yes"}"#,
            r#"{"attributes":[]}"#,
            r#"{"attributes":{"attributes":[{"values":[]}]}}"#,
            r#"{"attributes":{"attributes":[{"name":"a","values":[1]}]}}"#,
            "[]",
        ] {
            let refused = user(body.as_bytes(), Format::Json);
            assert_eq!(refused.is_err(), body != r#"{"attributes":[]}"#, "{body}");
        }
        assert!(user(b"<user><active>TRUE</active></user>", Format::Xml).is_err());
    }
}
