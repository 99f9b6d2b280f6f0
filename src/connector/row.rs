//! Rows of JSON without a tree of values: a page keeps each row as it stands, and of a row only what is wanted is read.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A text, or a name, that is no Unicode: the row cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbled;

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

struct Fields<F>(F);

impl<'de, F: FnMut(&str, &'de RawValue)> Visitor<'de> for Fields<F> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Name<'_>>()? {
            (self.0)(&name.0, map.next_value()?);
        }
        Ok(())
    }
}

/// Shows each field of an object, in order; what is none has no fields. Of a field that comes twice the last counts: takers overwrite.
pub(super) fn fields<'a>(row: &'a RawValue, take: impl FnMut(&str, &'a RawValue)) -> Result<(), Garbled> {
    if !is_object(row) {
        return Ok(());
    }
    let mut read = serde_json::Deserializer::from_str(row.get());
    read.deserialize_map(Fields(take)).map_err(|_| Garbled)
}

/// One field of an object.
pub(super) fn field<'a>(row: &'a RawValue, name: &str) -> Result<Option<&'a RawValue>, Garbled> {
    let mut found = None;
    fields(row, |named, value| {
        if named == name {
            found = Some(value);
        }
    })?;
    Ok(found)
}

/// The texts of these fields; what is none is absent.
pub(super) fn texts<'a, const N: usize>(
    row: &'a RawValue,
    names: [&str; N],
) -> Result<[Option<Cow<'a, str>>; N], Garbled> {
    let mut found: [Option<&RawValue>; N] = [None; N];
    fields(row, |named, value| {
        if let Some(at) = names.iter().position(|name| *name == named) {
            found[at] = Some(value);
        }
    })?;
    let mut told: [Option<Cow<'a, str>>; N] = std::array::from_fn(|_| None);
    for (told, value) in told.iter_mut().zip(found) {
        *told = value.map(text).transpose()?.flatten();
    }
    Ok(told)
}

/// What a list holds; what is no list holds nothing.
pub(super) fn list(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

/// A text; what is none is absent.
pub(super) fn text(value: &RawValue) -> Result<Option<Cow<'_, str>>, Garbled> {
    if !value.get().starts_with('"') {
        return Ok(None);
    }
    let name: Name<'_> = serde_json::from_str(value.get()).map_err(|_| Garbled)?;
    Ok(Some(name.0))
}

/// A truth value; what is none is absent.
pub(super) fn truth(value: &RawValue) -> Option<bool> {
    value.get().parse().ok()
}

/// Whether it is an object.
pub(super) fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn what_is_wanted_is_read_and_the_rest_is_passed_over() {
        let row =
            raw(r#"{"id":"a","id":"b","deep":{"x":[1,{"y":2}]},"on":true,"n":null,"\u006dail":"a\"b"}"#);
        let [id, mail, deep] = texts(&row, ["id", "mail", "deep"]).unwrap();
        assert_eq!(
            (id.as_deref(), mail.as_deref(), deep),
            (Some("b"), Some("a\"b"), None)
        );
        assert!(matches!(
            text(field(&row, "id").unwrap().unwrap()),
            Ok(Some(Cow::Borrowed("b")))
        ));
        let of = |name: &str| field(&row, name).unwrap();
        assert_eq!(
            (of("on").and_then(truth), of("n").and_then(truth)),
            (Some(true), None)
        );
        assert!(of("deep").is_some_and(is_object) && !of("n").is_some_and(is_object) && of("none").is_none());
        assert_eq!(list(&raw(r#"[1,{"a":[]},"x"]"#)).len(), 3);
        for other in ["{}", "3", "null"] {
            assert!(list(&raw(other)).is_empty());
            assert_eq!(texts(&raw(other), ["id"]), Ok([None]));
        }
    }

    #[test]
    fn a_text_that_is_no_unicode_is_not_passed_over() {
        let row = raw(r#"{"id":"\ud800"}"#);
        assert_eq!(texts(&row, ["id"]), Err(Garbled));
        assert_eq!(texts(&row, ["other"]), Ok([None]));
        assert_eq!(texts(&raw(r#"{"\ud800":1}"#), ["id"]), Err(Garbled));
    }
}
