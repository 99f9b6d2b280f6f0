//! Reading JSON within caps: a hostile body costs no more than a real one.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{ScimError, ScimType};

/// The deepest nesting: a Bulk request around a patch around a resource takes eight.
pub const MAX_DEPTH: usize = 24;
/// The most values of one body: 20,000 members of four values each, several times over.
pub const MAX_VALUES: usize = 500_000;

const TOO_DEEP: &str = "nested too deeply";
const TOO_MANY: &str = "too many values";

/// Reads a body that must be an object.
///
/// # Errors
/// `invalidSyntax` when it is no JSON object, `tooMany` when it is beyond the caps.
pub fn object(body: &[u8]) -> Result<Map<String, Value>, ScimError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut left = MAX_VALUES;
    let mut reader = serde_json::Deserializer::from_slice(body);
    let seed = Capped {
        depth: MAX_DEPTH,
        left: &mut left,
    };
    let value = seed.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    match value {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ScimError::syntax(
            "the body is no JSON object; hint: send one with `schemas`",
        )),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &serde_json::Error) -> ScimError {
    let text = error.to_string();
    if text.starts_with(TOO_DEEP) {
        let detail = format!("the body is nested more than {MAX_DEPTH} deep; hint: no SCIM body is");
        return ScimError::new(ScimType::InvalidSyntax, detail);
    }
    if text.starts_with(TOO_MANY) {
        let detail = format!("the body has more than {MAX_VALUES} values; hint: send it in parts");
        return ScimError::new(ScimType::TooMany, detail);
    }
    let (line, column) = (error.line(), error.column());
    ScimError::syntax(format!(
        "the body is malformed JSON at line {line}, column {column}; hint: send UTF-8 encoded JSON"
    ))
}

struct Capped<'c> {
    depth: usize,
    left: &'c mut usize,
}

impl<'de> DeserializeSeed<'de> for Capped<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        *self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| D::Error::custom(TOO_MANY))?;
        from.deserialize_any(self)
    }
}

impl Capped<'_> {
    fn below<E: Error>(&mut self) -> Result<Capped<'_>, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))?;
        let left = &mut *self.left;
        Ok(Capped { depth, left })
    }
}

impl<'de> Visitor<'de> for Capped<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below()?)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            let value = members.next_value_seed(self.below()?)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

/// A member of an object by its name, whatever its case (RFC 7643 §2.1).
pub fn member<'o>(object: &'o Map<String, Value>, name: &str) -> Option<&'o Value> {
    object.get(name).or_else(|| {
        let mut members = object.iter();
        members
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

/// Takes a member out of an object, whatever its name's case.
pub fn take(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    if let Some(value) = object.shift_remove(name) {
        return Some(value);
    }
    let key = object
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))
        .cloned()?;
    object.shift_remove(&key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(body: &str) -> (ScimType, String) {
        let error = object(body.as_bytes()).unwrap_err();
        (error.kind, error.detail)
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_refused_before_it_costs() {
        for deep in ["[", "{\"a\":"] {
            let (kind, detail) = why(&format!("{{\"x\":{}", deep.repeat(10_000)));
            assert_eq!(kind, ScimType::InvalidSyntax);
            assert!(detail.contains("24 deep"), "{detail}");
        }
        let (kind, _) = why(&format!("{{\"x\":[{}0]}}", "0,".repeat(MAX_VALUES)));
        assert_eq!(kind, ScimType::TooMany);
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        assert_eq!(why("[]").0, ScimType::InvalidSyntax);
        assert_eq!(why("").0, ScimType::InvalidSyntax);
        assert!(why("{\"a\":1}x").1.contains("line 1, column 8"));
        assert!(why("{\"a\":tru}").1.contains("line 1"));
        assert_eq!(object(b"\xff").unwrap_err().kind, ScimType::InvalidSyntax);
    }

    #[test]
    fn values_are_read_as_they_are() {
        let text = r#"{"a":[1,-2,2.5,true,null,"ä\u00e9"],"B":{}}"#;
        let read = object(text.as_bytes()).unwrap();
        assert_eq!(
            Value::Object(read.clone()),
            serde_json::from_str::<Value>(text).unwrap()
        );
        assert_eq!(member(&read, "b"), Some(&Value::Object(Map::new())));
    }
}
