//! Okta's JSON as records.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::DateTime;
use serde_json::Value;

use super::config::Staged;
use super::error::OktaError;
use crate::model::ExternalId;
use crate::model::record::{SourceGroup, SourceUser};

/// Reads users: knows which attributes are wanted, as `profile.login`.
#[derive(Clone, Debug)]
pub(super) struct UserRows {
    pub(super) attributes: Arc<[Arc<str>]>,
    pub(super) staged: Staged,
}

pub(super) fn id(row: &Value) -> Result<ExternalId, OktaError> {
    let id = row["id"].as_str().filter(|id| !id.is_empty());
    id.map(ExternalId::from)
        .ok_or_else(|| OktaError::Malformed("Okta answered an object without `id`".to_owned()))
}

/// Milliseconds since 1970; anything unreadable is unknown.
pub(super) fn moment(row: &Value, name: &str) -> Option<i64> {
    let moment = DateTime::parse_from_rfc3339(row[name].as_str()?).ok()?;
    Some(moment.timestamp_millis())
}

impl UserRows {
    pub(super) fn user(&self, row: &Value) -> Result<SourceUser, OktaError> {
        let mut attributes: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for name in self.attributes.iter() {
            let value = name.split('.').fold(row, |value, part| &value[part]);
            if let Some(text) = text(value) {
                attributes.insert(Arc::clone(name), text.into());
            }
        }
        if let Entry::Vacant(display) = attributes.entry("profile.displayName".into()) {
            let part = |name: &str| {
                row["profile"][name]
                    .as_str()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            let name = format!("{} {}", part("firstName"), part("lastName"));
            if !name.trim().is_empty() {
                display.insert(name.trim().into());
            }
        }
        Ok(SourceUser {
            id: id(row)?,
            active: self.is_active(row["status"].as_str())?,
            created_at: moment(row, "created"),
            attributes,
        })
    }

    fn is_active(&self, status: Option<&str>) -> Result<bool, OktaError> {
        match status {
            Some("ACTIVE" | "PASSWORD_EXPIRED" | "LOCKED_OUT" | "RECOVERY") => Ok(true),
            Some("STAGED" | "PROVISIONED") => Ok(self.staged == Staged::Active),
            Some("SUSPENDED" | "DEPROVISIONED") => Ok(false),
            // A guess would let somebody in, or lock somebody out.
            other => {
                let what = format!("Okta answered a user of status `{}`", other.unwrap_or("none"));
                Err(OktaError::Malformed(what))
            }
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

pub(super) fn group(row: &Value) -> Result<SourceGroup, OktaError> {
    let text = |name: &str| Arc::from(row["profile"][name].as_str().unwrap_or_default());
    Ok(SourceGroup {
        id: id(row)?,
        name: text("name"),
        nickname: Arc::default(),
        description: text("description"),
        created_at: moment(row, "created"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(staged: Staged) -> UserRows {
        UserRows {
            attributes: ["profile.login", "profile.displayName"].map(Arc::from).into(),
            staged,
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let active = |status: &str, staged| {
            rows(staged)
                .user(&json!({ "id": "u", "status": status, "profile": {} }))
                .map(|user| user.active)
        };
        for status in ["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY"] {
            assert!(active(status, Staged::Inactive).unwrap(), "{status}");
        }
        for status in ["SUSPENDED", "DEPROVISIONED"] {
            assert!(!active(status, Staged::Active).unwrap(), "{status}");
        }
        for status in ["STAGED", "PROVISIONED"] {
            assert!(!active(status, Staged::Inactive).unwrap());
            assert!(active(status, Staged::Active).unwrap());
        }
        assert!(active("TRANSCENDED", Staged::Active).is_err());
    }

    #[test]
    fn a_name_to_show_is_made_where_there_is_none() {
        let of = |profile: Value| {
            let user =
                rows(Staged::Inactive).user(&json!({ "id": "u", "status": "ACTIVE", "profile": profile }));
            user.unwrap()
                .attributes
                .get("profile.displayName")
                .map(ToString::to_string)
        };
        assert_eq!(
            of(json!({ "firstName": "Ada", "lastName": "L" })),
            Some("Ada L".to_owned())
        );
        assert_eq!(
            of(json!({ "firstName": "Ada", "displayName": "A" })),
            Some("A".to_owned())
        );
        assert_eq!(of(json!({ "lastName": null })), None);
    }
}
