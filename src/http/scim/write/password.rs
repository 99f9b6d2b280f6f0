//! Pushed passwords: hashed before their write is decided, kept beside the user's row, never told.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::push::Asking;
use crate::directory::Edit;
use crate::http::scim::error::Refusal;
use crate::model::{Change, Credential, Detail, DetailKind, ExternalId, MemberKind};
use crate::protocol::scim::ScimError;
use crate::secret::Secret;

/// Bytes of a password.
const LONGEST: usize = 1024;

impl Asking {
    /// Whether a password would be kept.
    pub(super) fn keeps_passwords(&self) -> bool {
        self.of == MemberKind::User && self.realm.passwords.is_some()
    }

    /// Hashes the password among the attributes, if there is one and the directory accepts it.
    pub(super) async fn with_password(mut self, attributes: &Map<String, Value>) -> Result<Self, Refusal> {
        let Some(passwords) = self.realm.passwords.as_ref().filter(|_| self.keeps_passwords()) else {
            return Ok(self);
        };
        let password = attributes.get("password").and_then(Value::as_str);
        let Some(password) = password.filter(|password| !password.is_empty()) else {
            return Ok(self);
        };
        if password.len() > LONGEST {
            let told = format!("`password` has more than {LONGEST} bytes; hint: choose a shorter one");
            return Err(ScimError::value(told).into());
        }
        let hash = passwords
            .hash(Secret::new(password))
            .await
            .ok_or(Refusal::Failed)?;
        self.credential = Some(Arc::new(Credential {
            hash: hash.into(),
            changed_at: self.realm.clock.now(),
            expired: false,
        }));
        Ok(self)
    }

    /// Adds the hashed password, if there is one.
    pub(super) fn set_password(&self, id: &ExternalId, name: &str, edit: &mut Edit) {
        let Some(credential) = &self.credential else {
            return;
        };
        edit.audit
            .push(self.trail().record("password changed", name, "pushed"));
        edit.changes.push(Change::Detail {
            of: MemberKind::User,
            subject: id.clone(),
            kind: DetailKind::Credential,
            value: Some(Detail::Credential(Arc::clone(credential))),
        });
    }
}

/// Whether a password is anywhere in a body: only then is a patch looked at twice.
pub(super) fn mentions(body: &Map<String, Value>) -> bool {
    fn is(text: &str) -> bool {
        text.to_ascii_lowercase().contains("password")
    }
    let within = |value: &Value| match value {
        Value::Object(object) => mentions(object),
        Value::Array(items) => items.iter().any(|item| item.as_object().is_some_and(mentions)),
        _ => false,
    };
    body.iter().any(|(key, value)| {
        is(key) || key.eq_ignore_ascii_case("path") && value.as_str().is_some_and(is) || within(value)
    })
}
