//! A pattern of groups: a name, an id, or a regular expression between slashes.

use regex::{Regex, RegexBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::ExternalId;
use crate::model::name::fold;

/// The most bytes that a compiled expression may take.
const COMPILED: usize = 1 << 20;

/// Which groups are meant.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct GroupPattern {
    text: String,
    folded: String,
    /// Of what is between slashes.
    expression: Option<Regex>,
}

impl PartialEq for GroupPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for GroupPattern {}

impl TryFrom<String> for GroupPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err(
                "a pattern of groups is empty; hint: write a name, an id or `/an expression/`".to_owned(),
            );
        }
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let expression = inner.map(|inner| {
            let built = RegexBuilder::new(inner).size_limit(COMPILED).build();
            built.map_err(|_| format!("`{text}` is not a regular expression; hint: see https://docs.rs/regex/latest/regex/#syntax"))
        });
        Ok(Self {
            folded: fold(text.trim()),
            expression: expression.transpose()?,
            text,
        })
    }
}

impl From<GroupPattern> for String {
    fn from(pattern: GroupPattern) -> Self {
        pattern.text
    }
}

impl GroupPattern {
    /// Whether a group of this id, or of one of these names, is meant. Names are compared without case, ids exactly,
    /// expressions as they are.
    pub fn matches(&self, id: &ExternalId, names: &[&str]) -> bool {
        match &self.expression {
            Some(expression) => names.iter().any(|name| expression.is_match(name)),
            None => id.as_str() == self.text || names.iter().any(|name| fold(name) == self.folded),
        }
    }
}
