//! Transforms: changes of one value's text, as a mapping asks for them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The most bytes that a compiled expression may take.
const COMPILED: usize = 1 << 20;
/// The most bytes that a replacement leaves of a value: `$1$1$1…` must not grow without end.
const LONGEST: usize = 4096;

/// A change of a value's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// What is before the last `@`.
    StripDomain,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without blanks at the ends.
    Trim,
    /// Every match replaced.
    Regex(Pattern),
    /// Another value for some values; those that are not listed stay as they are.
    Map(BTreeMap<String, String>),
    /// The given or the family part of a person's whole name.
    NamePart(NamePart),
}

/// A regular expression with what takes the place of its matches.
#[derive(Clone, Debug, Serialize)]
pub struct Pattern {
    text: String,
    replace: String,
    #[serde(skip)]
    compiled: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.replace) == (&other.text, &other.replace)
    }
}

impl Eq for Pattern {}

/// Which part of a whole name.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NamePart {
    /// All but the family name: `Anna Maria` of `Anna Maria Berg` or of `Berg, Anna Maria`.
    First,
    /// The last word, or what is before a comma.
    Last,
}

impl Transform {
    /// As a configuration names it; of long lists that it is one.
    pub fn in_words(&self) -> String {
        match self {
            Self::StripDomain => "strip_domain".to_owned(),
            Self::Lower => "lower".to_owned(),
            Self::Upper => "upper".to_owned(),
            Self::Trim => "trim".to_owned(),
            Self::Regex(pattern) => format!("regex `{}` to `{}`", pattern.text, pattern.replace),
            Self::Map(values) => format!("a map of {} values", values.len()),
            Self::NamePart(NamePart::First) => "the first part of the name".to_owned(),
            Self::NamePart(NamePart::Last) => "the last part of the name".to_owned(),
        }
    }

    /// The text, changed.
    pub fn apply(&self, text: &str) -> Arc<str> {
        match self {
            Self::StripDomain => text.rsplit_once('@').map_or(text, |(local, _)| local).into(),
            Self::Lower => text.to_lowercase().into(),
            Self::Upper => text.to_uppercase().into(),
            Self::Trim => text.trim().into(),
            Self::Regex(pattern) => pattern.apply(text),
            Self::Map(values) => values.get(text).map_or(text, String::as_str).into(),
            Self::NamePart(part) => part.of(text).into(),
        }
    }
}

impl Pattern {
    /// An expression of the `regex` crate, which takes linear time whatever it is given.
    ///
    /// # Errors
    /// A sentence, where it is no expression or a far too large one.
    pub fn new(text: &str, replace: &str) -> Result<Self, String> {
        let compiled = RegexBuilder::new(text).size_limit(COMPILED).build();
        let compiled = compiled.map_err(|error| {
            let why = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
            format!("`{text}` is not a regular expression: {why}; hint: see https://docs.rs/regex/latest/regex/#syntax")
        })?;
        Ok(Self {
            text: text.to_owned(),
            replace: replace.to_owned(),
            compiled,
        })
    }

    fn apply(&self, text: &str) -> Arc<str> {
        // Each match may grow by so much only: what comes out is bounded before it is made.
        if self.replace.len().saturating_mul(text.len() + 1) > LONGEST * 16 {
            return text.into();
        }
        let replaced = self.compiled.replace_all(text, self.replace.as_str());
        let end = (0..=LONGEST.min(replaced.len()))
            .rev()
            .find(|end| replaced.is_char_boundary(*end));
        replaced[..end.unwrap_or(0)].into()
    }
}

impl NamePart {
    fn of(self, name: &str) -> &str {
        let name = name.trim();
        let (first, last) = match name.split_once(',') {
            Some((last, first)) => (first.trim(), last.trim()),
            None => name.rsplit_once(char::is_whitespace).unwrap_or((name, "")),
        };
        match self {
            Self::First => first.trim_end(),
            Self::Last => last,
        }
    }
}

/// As written: a word, or a table with one of these.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Table {
    /// A regular expression; every match is replaced by `replace`.
    regex: Option<String>,
    /// What takes a match's place; `$1` is its first group.
    replace: Option<String>,
    /// Another value for some values.
    map: Option<BTreeMap<String, String>>,
    /// A part of a whole name.
    name_part: Option<NamePart>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    StripDomain,
    Lower,
    Upper,
    Trim,
}

/// For the schema only: what [`Transform`] reads.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it stands for its shape in the schema")]
enum Written {
    Word(Word),
    Table(Table),
}

impl JsonSchema for Transform {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Transform".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl TryFrom<Table> for Transform {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        match table {
            Table { regex: Some(text), replace, map: None, name_part: None } => {
                Pattern::new(&text, &replace.unwrap_or_default()).map(Self::Regex)
            }
            Table { regex: None, replace: None, map: Some(values), name_part: None } => Ok(Self::Map(values)),
            Table { regex: None, replace: None, map: None, name_part: Some(part) } => Ok(Self::NamePart(part)),
            _ => Err("a transform is one thing; hint: write `{ regex = \"…\", replace = \"…\" }`, `{ map = { … } }` or `{ name_part = \"first\" }`".to_owned()),
        }
    }
}

impl<'de> Deserialize<'de> for Transform {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Transform;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a transform, or a table")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Transform, E> {
        let known = Word::deserialize(serde::de::value::StrDeserializer::new(word))?;
        Ok(match known {
            Word::StripDomain => Transform::StripDomain,
            Word::Lower => Transform::Lower,
            Word::Upper => Transform::Upper,
            Word::Trim => Transform::Trim,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Transform, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(table))?;
        Transform::try_from(table).map_err(Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn applied(transform: serde_json::Value, text: &str) -> String {
        let transform: Transform = serde_json::from_value(transform).unwrap();
        transform.apply(text).to_string()
    }

    #[test]
    fn expressions_replace_tables_translate_names_are_parted() {
        let digits = json!({ "regex": r"^(\w+)\.(\w+?)\d*$", "replace": "$2-$1" });
        assert_eq!(applied(digits, "anna.berg7"), "berg-anna");
        assert_eq!(applied(json!({ "regex": "[^a-z]" }), "a b_c"), "abc");
        let map = json!({ "map": { "Oslo": "OSL" } });
        assert_eq!(
            (applied(map.clone(), "Oslo"), applied(map, "Rome")),
            ("OSL".to_owned(), "Rome".to_owned())
        );
        for (name, first, last) in [
            ("Anna Maria Berg", "Anna Maria", "Berg"),
            (" Berg,  Anna Maria ", "Anna Maria", "Berg"),
            ("Plato", "Plato", ""),
            ("", "", ""),
        ] {
            assert_eq!(applied(json!({ "name_part": "first" }), name), first);
            assert_eq!(applied(json!({ "name_part": "last" }), name), last);
        }
    }

    #[test]
    fn what_no_transform_is_is_refused_with_a_reason() {
        let refused = |value: serde_json::Value| {
            serde_json::from_value::<Transform>(value)
                .unwrap_err()
                .to_string()
        };
        assert!(refused(json!("reverse")).contains("unknown variant"));
        assert!(refused(json!({ "regex": "(" })).contains("`(` is not a regular expression: "));
        assert!(refused(json!({ "regex": r"(\w{1000}){1000}" })).contains("is not a regular expression"));
        assert!(refused(json!({})).contains("a transform is one thing"));
        assert!(refused(json!({ "map": {}, "regex": "a" })).contains("a transform is one thing"));
        assert!(refused(json!({ "name_part": "middle" })).contains("unknown variant"));
    }

    #[test]
    fn a_replacement_is_bounded_whatever_it_says() {
        let swollen = json!({ "regex": ".", "replace": "$0".repeat(2_000) });
        let text = "x".repeat(4_000);
        assert_eq!(applied(swollen, &text), text);
        let longer = json!({ "regex": "x", "replace": "ää" });
        assert!(applied(longer, &text).len() <= LONGEST);
    }
}
