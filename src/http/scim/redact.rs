//! What of a request may be shown to operators: everything but secrets, up to a length.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::protocol::scim::schema::{Attribute, Mutability, ResourceType, Returned};

/// What stands in the place of a secret.
const REDACTED: &str = "(redacted)";
/// What stands in the place of what is too long.
const MORE: &str = "(…)";
/// Of a body's values so many are looked at: no user has more, and of groups' members none is a secret.
const NODES: usize = 20_000;
/// Keys with these words in them are secrets, whatever the schemas say.
const WORDS: [&str; 9] = [
    "password",
    "passwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "privatekey",
    "private_key",
];

/// Knows which attributes are secrets.
pub(super) struct Redactor {
    names: BTreeSet<String>,
}

/// A shown body, with the secrets that were in it.
pub(super) struct Redacted {
    pub(super) text: String,
    pub(super) secrets: Vec<String>,
}

impl Redactor {
    /// By what the schemas never tell: attributes that are only written, and those that are never returned.
    pub(super) fn new(kinds: [&ResourceType; 2]) -> Self {
        let mut names = BTreeSet::new();
        for kind in kinds {
            let more = kind
                .extensions
                .iter()
                .flat_map(|extension| &extension.schema.attributes);
            for attribute in kind.schema.attributes.iter().chain(more) {
                gather(attribute, &mut names);
            }
        }
        Self { names }
    }

    /// Whether a key, or the path of a patch, leads to a secret.
    fn is_secret(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let mut parts = name.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$')));
        WORDS.iter().any(|word| name.contains(word)) || parts.any(|part| self.names.contains(part))
    }

    /// A query's pairs, as text.
    pub(super) fn query(&self, pairs: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
        let shown = pairs.iter().map(|(key, value)| {
            let (key, value) = (key.as_ref(), value.as_ref());
            let is_secret = self.is_secret(key) || (is(key, "filter") && self.is_secret(value));
            format!("{key}={}", if is_secret { REDACTED } else { value })
        });
        shown.collect::<Vec<_>>().join("&")
    }

    /// A body of at most `longest` bytes.
    pub(super) fn body(&self, body: &Map<String, Value>, longest: usize) -> Redacted {
        let mut copying = Copying {
            redactor: self,
            left: longest,
            nodes: 0,
            secrets: Vec::new(),
        };
        let copy = Value::Object(copying.object(body));
        Redacted {
            text: copy.to_string(),
            secrets: copying.secrets,
        }
    }
}

/// Takes secrets out of a text that may repeat them.
pub(super) fn without(text: &str, secrets: &[String]) -> String {
    let said = secrets.iter().filter(|secret| !secret.is_empty());
    said.fold(text.to_owned(), |text, secret| {
        text.replace(secret.as_str(), REDACTED)
    })
}

fn is(key: &str, name: &str) -> bool {
    key.eq_ignore_ascii_case(name)
}

fn gather(attribute: &Attribute, names: &mut BTreeSet<String>) {
    if attribute.mutability == Mutability::WriteOnly || attribute.returned == Returned::Never {
        names.insert(attribute.name.to_ascii_lowercase());
    }
    for part in &attribute.sub_attributes {
        gather(part, names);
    }
}

struct Copying<'r> {
    redactor: &'r Redactor,
    left: usize,
    nodes: usize,
    secrets: Vec<String>,
}

impl Copying<'_> {
    fn object(&mut self, object: &Map<String, Value>) -> Map<String, Value> {
        let path = object.iter().find(|(key, _)| is(key, "path"));
        let path = path.and_then(|(_, path)| path.as_str());
        let of_secret = path.is_some_and(|path| self.redactor.is_secret(path));
        let mut copy = Map::new();
        for (key, value) in object {
            let in_filter =
                is(key, "filter") && value.as_str().is_some_and(|text| self.redactor.is_secret(text));
            let is_secret = in_filter || self.redactor.is_secret(key) || of_secret && is(key, "value");
            let has_room = self.pays(key.len() + 4);
            if !has_room {
                copy.insert(MORE.to_owned(), Value::Bool(true));
            }
            let shown = if is_secret {
                self.secret(value);
                Some(REDACTED.into())
            } else {
                self.value(value)
            };
            if let Some(shown) = shown.filter(|_| has_room) {
                copy.insert(key.clone(), shown);
            }
            if self.nodes > NODES {
                break;
            }
        }
        copy
    }

    /// The value as it may be shown, perhaps a beginning of it; without room it is looked at for its secrets alone.
    fn value(&mut self, value: &Value) -> Option<Value> {
        self.nodes += 1;
        match value {
            Value::Object(object) => {
                let has_room = self.pays(2);
                let copy = Value::Object(self.object(object));
                has_room.then_some(copy)
            }
            Value::Array(items) => {
                let has_room = self.pays(2);
                let mut copy = Vec::new();
                for item in items {
                    copy.extend(self.value(item));
                    if self.nodes > NODES {
                        break;
                    }
                }
                if copy.len() < items.len() {
                    copy.push(MORE.into());
                }
                has_room.then_some(Value::Array(copy))
            }
            Value::String(text) => self.pays(text.len() + 3).then(|| value.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.pays(8).then(|| value.clone()),
        }
    }

    /// Remembers every text of a secret.
    fn secret(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.secrets.push(text.clone()),
            Value::Number(number) => self.secrets.push(number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.secret(item)),
            Value::Object(object) => object.values().for_each(|item| self.secret(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Whether there is room for so many bytes; where there is not, nothing has room any more.
    fn pays(&mut self, bytes: usize) -> bool {
        let has_room = bytes < self.left;
        self.left = if has_room { self.left - bytes } else { 0 };
        has_room
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(body: &Value, longest: usize) -> (Value, Vec<String>) {
        let pin = Attribute {
            name: "pin".to_owned(),
            returned: Returned::Never,
            ..Attribute::default()
        };
        let mut user = ResourceType::user(Vec::new());
        user.schema.attributes.push(pin);
        let redactor = Redactor::new([&user, &ResourceType::group(Vec::new())]);
        let redacted = redactor.body(body.as_object().unwrap(), longest);
        assert!(redacted.text.len() <= longest + 100, "{}", redacted.text.len());
        (serde_json::from_str(&redacted.text).unwrap(), redacted.secrets)
    }

    #[test]
    fn secrets_are_found_by_schema_by_name_and_by_path() {
        let body = json!({ "userName": "a", "Password": "one", "PIN": 7301, "x": [{ "clientSecret": ["two"] }],
            "Operations": [
                { "op": "replace", "path": "password", "value": "three" },
                { "op": "add", "Path": "urn:ietf:params:scim:schemas:core:2.0:User:pin", "Value": "four" },
                { "op": "replace", "value": { "password": "five", "title": "Dr" } },
                { "op": "replace", "path": "title", "value": "shown" } ],
            "filter": "password eq \"six\"" });
        let (told, secrets) = shown(&body, 16_384);
        let text = told.to_string();
        for secret in ["one", "7301", "two", "three", "four", "five", "six"] {
            assert!(!text.contains(&format!("\"{secret}")), "{secret} in {text}");
        }
        assert_eq!(secrets.len(), 7, "{secrets:?}");
        assert_eq!(
            (&told["userName"], &told["Operations"][2]["value"]["title"]),
            (&json!("a"), &json!("Dr"))
        );
        assert_eq!(told["Operations"][3]["value"], "shown");
        let said = without("`three` is no password, one neither", &secrets);
        assert_eq!(said, "`(redacted)` is no password, (redacted) neither");
    }

    #[test]
    fn what_is_long_is_cut_and_its_secrets_are_known_all_the_same() {
        let members: Vec<Value> = (0..1000).map(|id| json!({ "value": id.to_string() })).collect();
        let (told, secrets) = shown(&json!({ "members": members, "password": "late" }), 2_000);
        assert!(told["members"].as_array().unwrap().len() > 50);
        assert_eq!(told["members"].as_array().unwrap().last().unwrap(), "(…)");
        assert_eq!(secrets, ["late"]);
    }
}
