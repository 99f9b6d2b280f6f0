//! Okta's rows as records: of each row what is wanted, without a tree of values.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::DateTime;
use serde_json::Number;
use serde_json::value::RawValue;

use super::config::Staged;
use super::error::OktaError;
use crate::connector::row::{self, Garbled};
use crate::model::ExternalId;
use crate::model::record::{SourceGroup, SourceUser};

/// Reads users: knows which attributes are wanted, as `profile.login`, in order.
#[derive(Clone, Debug)]
pub(super) struct UserRows {
    pub(super) attributes: Arc<[Arc<str>]>,
    pub(super) staged: Staged,
}

impl From<Garbled> for OktaError {
    fn from(_: Garbled) -> Self {
        Self::Malformed("Okta answered a text that is no Unicode".to_owned())
    }
}

/// The texts of these fields of a row.
pub(super) fn texts<'a, const N: usize>(
    row: &'a RawValue,
    names: [&str; N],
) -> Result<[Option<Cow<'a, str>>; N], OktaError> {
    Ok(row::texts(row, names)?)
}

pub(super) fn id(row: &RawValue) -> Result<ExternalId, OktaError> {
    let [id] = texts(row, ["id"])?;
    id_of(id.as_deref())
}

pub(super) fn id_of(id: Option<&str>) -> Result<ExternalId, OktaError> {
    let none = || OktaError::Malformed("Okta answered an object without `id`".to_owned());
    id.filter(|id| !id.is_empty())
        .map(ExternalId::from)
        .ok_or_else(none)
}

/// Milliseconds since 1970; anything unreadable is unknown.
pub(super) fn moment(text: Option<&str>) -> Option<i64> {
    let moment = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(moment.timestamp_millis())
}

/// Where an assignment has what a user is called in its app.
const CREDENTIALS: &str = "credentials";

/// What was found of a user while its row was walked.
struct Walk<'a, 'r> {
    rows: &'r UserRows,
    /// By the places of the wanted attributes.
    wanted: Vec<Option<&'a RawValue>>,
    /// First and last name.
    names: [Option<&'a RawValue>; 2],
}

impl<'a> Walk<'a, '_> {
    /// Looks at the fields of an object that stands at `path` (empty, or with a dot at its end); within it at what is wanted.
    fn object(&mut self, path: &str, object: &'a RawValue, skip: &str) -> Result<(), OktaError> {
        let mut within: Vec<(String, &'a RawValue)> = Vec::new();
        row::fields(object, |name, value| {
            if name == skip || name.contains('.') {
                return;
            }
            match (path, name) {
                ("profile.", "firstName") => self.names[0] = Some(value),
                ("profile.", "lastName") => self.names[1] = Some(value),
                _ => {}
            }
            let full = format!("{path}{name}");
            let at = self.rows.attributes.partition_point(|wanted| **wanted < *full);
            let after = self.rows.attributes.get(at..).unwrap_or_default();
            if let Some(found) = self.wanted.get_mut(at)
                && after.first().is_some_and(|wanted| **wanted == *full)
            {
                *found = Some(value);
            }
            let deeper = format!("{full}.");
            if full == "profile" || after.iter().any(|wanted| wanted.starts_with(&deeper)) {
                within.retain(|(known, _)| *known != deeper);
                within.push((deeper, value));
            }
        })?;
        for (path, value) in within {
            self.object(&path, value, "")?;
        }
        Ok(())
    }

    /// The attributes, with a name to show where there is none.
    fn attributes(self) -> Result<BTreeMap<Arc<str>, Arc<str>>, OktaError> {
        let mut attributes: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
        for (name, found) in self.rows.attributes.iter().zip(self.wanted) {
            if let Some(text) = found.map(text).transpose()?.flatten() {
                attributes.insert(Arc::clone(name), text);
            }
        }
        if let Entry::Vacant(display) = attributes.entry("profile.displayName".into()) {
            let part = |found: Option<&RawValue>| -> Result<String, OktaError> {
                let text = found.map(row::text).transpose()?.flatten();
                Ok(text.unwrap_or_default().trim().to_owned())
            };
            let name = format!("{} {}", part(self.names[0])?, part(self.names[1])?);
            if !name.trim().is_empty() {
                display.insert(name.trim().into());
            }
        }
        Ok(attributes)
    }
}

impl UserRows {
    pub(super) fn user(&self, row: &RawValue) -> Result<SourceUser, OktaError> {
        self.read(row, None)
    }

    /// The user of an assignment: credentials are those for the app.
    pub(super) fn assigned(&self, user: &RawValue, assignment: &RawValue) -> Result<SourceUser, OktaError> {
        self.read(user, Some(assignment))
    }

    fn read(&self, row: &RawValue, assignment: Option<&RawValue>) -> Result<SourceUser, OktaError> {
        let mut walk = Walk {
            rows: self,
            wanted: vec![None; self.attributes.len()],
            names: [None; 2],
        };
        walk.object("", row, if assignment.is_some() { CREDENTIALS } else { "" })?;
        let credentials = assignment.map(|assignment| row::field(assignment, CREDENTIALS));
        if let Some(credentials) = credentials.transpose()?.flatten() {
            walk.object("credentials.", credentials, "")?;
        }
        let [id, status, created] = texts(row, ["id", "status", "created"])?;
        Ok(SourceUser {
            id: id_of(id.as_deref())?,
            active: self.is_active(status.as_deref())?,
            created_at: moment(created.as_deref()),
            attributes: walk.attributes()?,
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

/// What an attribute says: a text, a number, a truth value.
fn text(value: &RawValue) -> Result<Option<Arc<str>>, OktaError> {
    if let Some(text) = row::text(value)? {
        return Ok(Some(text)
            .filter(|text| !text.is_empty())
            .map(|text| text.as_ref().into()));
    }
    if let Some(truth) = row::truth(value) {
        return Ok(Some(if truth { "true" } else { "false" }.into()));
    }
    let number = serde_json::from_str::<Number>(value.get()).ok();
    Ok(number.map(|number| number.to_string().into()))
}

pub(super) fn group(row: &RawValue) -> Result<SourceGroup, OktaError> {
    let [id, created] = texts(row, ["id", "created"])?;
    let [name, description] = match row::field(row, "profile")? {
        Some(profile) => texts(profile, ["name", "description"])?,
        None => [None, None],
    };
    Ok(SourceGroup {
        id: id_of(id.as_deref())?,
        name: name.unwrap_or_default().as_ref().into(),
        nickname: Arc::default(),
        description: description.unwrap_or_default().as_ref().into(),
        created_at: moment(created.as_deref()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn raw(value: &Value) -> Box<RawValue> {
        serde_json::value::to_raw_value(value).unwrap()
    }

    fn rows(staged: Staged) -> UserRows {
        UserRows {
            attributes: ["profile.displayName", "profile.login"].map(Arc::from).into(),
            staged,
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let active = |status: &str, staged| {
            rows(staged)
                .user(&raw(&json!({ "id": "u", "status": status, "profile": {} })))
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
            let user = rows(Staged::Inactive).user(&raw(
                &json!({ "id": "u", "status": "ACTIVE", "profile": profile }),
            ));
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

    #[test]
    fn any_attribute_may_be_wanted_wherever_it_stands_and_whatever_it_is() {
        let mut wanted = [
            "credentials.provider.name",
            "credentials.userName",
            "profile.badge",
            "profile.login",
            "profile.nested.deep",
            "profile.on",
            "status",
            "type.id",
        ];
        wanted.sort_unstable();
        let rows = UserRows {
            attributes: wanted.map(Arc::from).into(),
            staged: Staged::Inactive,
        };
        let user = json!({
            "id": "u", "status": "ACTIVE", "type": { "id": "t" }, "a.b": 1, "created": "2026-01-02T03:04:05.000Z",
            "profile": { "login": "ann", "badge": 17, "on": true, "nested": { "deep": "x" }, "list": [1], "firstName": "Ann" },
            "credentials": { "userName": "not this one", "provider": { "name": "ACTIVE_DIRECTORY" } },
        });
        let told = |user: SourceUser| {
            let pairs = user.attributes.into_iter();
            pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
        };
        let plain = rows.user(&raw(&user)).unwrap();
        assert_eq!(plain.created_at, Some(1_767_323_045_000));
        assert_eq!(
            told(plain),
            [
                "credentials.provider.name=ACTIVE_DIRECTORY",
                "credentials.userName=not this one",
                "profile.badge=17",
                "profile.displayName=Ann",
                "profile.login=ann",
                "profile.nested.deep=x",
                "profile.on=true",
                "status=ACTIVE",
                "type.id=t"
            ]
        );
        let assignment = json!({ "id": "u", "credentials": { "userName": "this one" } });
        let assigned = told(rows.assigned(&raw(&user), &raw(&assignment)).unwrap());
        assert_eq!(assigned[0], "credentials.userName=this one");
        assert!(
            !assigned
                .iter()
                .any(|told| told.starts_with("credentials.provider"))
        );
    }

    #[test]
    fn what_is_no_object_is_nobody() {
        for nobody in [
            json!(null),
            json!([]),
            json!({ "status": "ACTIVE" }),
            json!({ "id": 7, "status": "ACTIVE" }),
        ] {
            assert!(rows(Staged::Inactive).user(&raw(&nobody)).is_err() && group(&raw(&nobody)).is_err());
        }
    }
}
