//! One attribute with its characteristics (RFC 7643 §2.2 and §7).

use schemars::JsonSchema;
use serde::Deserialize;

/// What values are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Text.
    #[default]
    String,
    /// Truth.
    Boolean,
    /// A number.
    Decimal,
    /// A whole number.
    Integer,
    /// RFC 3339, compared as an instant.
    DateTime,
    /// Base64.
    Binary,
    /// A URI.
    Reference,
    /// Sub-attributes.
    Complex,
}

/// Who may write it, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only we.
    ReadOnly,
    /// Anybody, always.
    #[default]
    ReadWrite,
    /// Set once.
    Immutable,
    /// Never shown.
    WriteOnly,
}

/// When it is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// Always.
    Always,
    /// Never.
    Never,
    /// Unless left out.
    #[default]
    Default,
    /// Only where named.
    Request,
}

/// Whether two resources may share a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// They may.
    #[default]
    None,
    /// Not within a directory.
    Server,
}

/// An attribute. The configuration's own schemas are written in the same words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name, in its own spelling; compared without case.
    pub name: String,
    /// What values are.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// A list of them.
    #[serde(default)]
    pub multi_valued: bool,
    /// Cannot be absent.
    #[serde(default)]
    pub required: bool,
    /// Whether case tells texts apart.
    #[serde(default)]
    pub case_exact: bool,
    /// Who may write it.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is shown.
    #[serde(default)]
    pub returned: Returned,
    /// Whether two resources may share a value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// The usual values; others are taken as well.
    #[serde(default)]
    pub canonical_values: Vec<String>,
    /// What a reference refers to.
    #[serde(default)]
    pub reference_types: Vec<String>,
    /// The parts of a complex attribute.
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// A sub-attribute by its name, whatever its case.
    pub fn sub(&self, name: &str) -> Option<&Self> {
        find(&self.sub_attributes, name)
    }

    /// Whether a value is one of the usual ones.
    pub fn is_canonical(&self, value: &str) -> bool {
        self.canonical_values
            .iter()
            .any(|known| known.eq_ignore_ascii_case(value))
    }

    pub(super) fn of(kind: Kind, name: &str, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            description: description.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn text(name: &str, description: &str) -> Self {
        Self::of(Kind::String, name, description)
    }

    pub(super) fn flag(name: &str, description: &str) -> Self {
        Self::of(Kind::Boolean, name, description)
    }

    pub(super) fn reference(name: &str, description: &str, to: &[&str]) -> Self {
        Self {
            case_exact: true,
            reference_types: owned(to),
            ..Self::of(Kind::Reference, name, description)
        }
    }

    pub(super) fn complex(name: &str, description: &str, sub_attributes: Vec<Self>) -> Self {
        Self {
            sub_attributes,
            ..Self::of(Kind::Complex, name, description)
        }
    }

    pub(super) fn list(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    pub(super) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) fn exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    pub(super) fn mutable(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    pub(super) fn shown(mut self, returned: Returned) -> Self {
        self.returned = returned;
        self
    }

    pub(super) fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::Server;
        self
    }

    pub(super) fn usually(mut self, values: &[&str]) -> Self {
        self.canonical_values = owned(values);
        self
    }
}

/// An attribute of a list by its name, whatever its case.
pub(super) fn find<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
