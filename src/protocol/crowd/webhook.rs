//! Webhooks: where an application wants to be told that something has happened.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::body::{self, BodyError};
use super::links::Links;
use super::tree;
use super::wire::Format;
use super::writer::Writer;
use super::xml;

/// What an application sends to register one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookWish {
    /// Where to.
    pub endpoint: String,
    /// What the application wants to recognise the sender by.
    pub token: Option<String>,
}

/// A registered one, as the writers borrow it.
#[derive(Clone, Debug)]
pub struct Webhook<'a> {
    /// Its number.
    pub id: u64,
    /// Where to.
    pub endpoint: &'a str,
    /// The application's own token.
    pub token: Option<&'a str>,
}

/// Reads a `webhook`.
///
/// # Errors
/// When the body is none.
pub fn webhook(body: &[u8], format: Format) -> Result<WebhookWish, BodyError> {
    let text = body::text(body)?;
    let (endpoint, token) = match format {
        Format::Xml => {
            let node = tree::parse(text)?;
            if node.name != "webhook" {
                let what = format!("element `{}` is not `webhook`", node.name);
                return Err(BodyError::NotUnderstood(what));
            }
            let within = |name| node.child(name).map(|child| child.text.trim().to_owned());
            (within("endpointUrl"), within("token"))
        }
        Format::Json => {
            let value = body::json(text)?;
            (member(&value, "endpointUrl")?, member(&value, "token")?)
        }
    };
    let endpoint = endpoint
        .filter(|url| !url.is_empty())
        .ok_or_else(|| BodyError::NotUnderstood("the webhook has no `endpointUrl`".to_owned()))?;
    Ok(WebhookWish {
        endpoint,
        token: token.filter(|token| !token.is_empty()),
    })
}

fn member(value: &Value, name: &str) -> Result<Option<String>, BodyError> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(BodyError::NotUnderstood(format!("member `{name}` is not a text"))),
    }
}

impl Links {
    /// A webhook.
    pub fn webhook(&self, id: u64) -> String {
        self.below(&format!("/webhook/{id}"))
    }
}

impl Writer {
    /// A registered webhook.
    pub fn webhook(&self, out: &mut String, webhook: &Webhook<'_>) {
        if self.format() == Format::Xml {
            out.push_str("<webhook>");
            xml::element(out, "id", &webhook.id.to_string());
            xml::element(out, "endpointUrl", webhook.endpoint);
            if let Some(token) = webhook.token {
                xml::element(out, "token", token);
            }
            out.push_str("</webhook>");
            return;
        }
        let mut value = Map::new();
        value.insert("id".to_owned(), webhook.id.into());
        value.insert("endpointUrl".to_owned(), webhook.endpoint.into());
        if let Some(token) = webhook.token {
            value.insert("token".to_owned(), token.into());
        }
        _ = write!(out, "{}", Value::Object(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let xml =
            "<webhook><endpointUrl> https://a.example/x?y&amp;z </endpointUrl><token>t</token></webhook>";
        let json = r#"{"endpointUrl":"https://a.example/x?y&z","token":"t","id":7}"#;
        let wish = webhook(xml.as_bytes(), Format::Xml).unwrap();
        assert_eq!(webhook(json.as_bytes(), Format::Json), Ok(wish.clone()));
        assert_eq!(wish.endpoint, "https://a.example/x?y&z");
        let bare = webhook(
            b"<webhook><endpointUrl>x</endpointUrl><token/></webhook>",
            Format::Xml,
        );
        assert_eq!(bare.unwrap().token, None);
    }

    #[test]
    fn a_webhook_without_an_address_is_none() {
        for (body, format) in [
            ("<webhook/>", Format::Xml),
            ("<hook/>", Format::Xml),
            ("", Format::Xml),
            ("{}", Format::Json),
            (r#"{"endpointUrl":1}"#, Format::Json),
        ] {
            assert!(webhook(body.as_bytes(), format).is_err(), "{body}");
        }
    }
}
