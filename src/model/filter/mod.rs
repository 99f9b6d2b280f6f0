//! Filters: what a Crowd search restriction asks for, whatever form it came in.

mod prepared;

use std::borrow::Cow;
use std::collections::HashSet;

pub use prepared::Prepared;

/// A property of a user or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// The name.
    Name,
    /// E-mail address (users).
    Email,
    /// Given name (users).
    FirstName,
    /// Family name (users).
    LastName,
    /// The name to show (users).
    DisplayName,
    /// Description (groups).
    Description,
    /// The source's immutable id, with or without the directory's before it.
    ExternalId,
    /// Active or not.
    Active,
    /// Made here rather than reported by a source.
    Local,
    /// Creation, milliseconds since 1970.
    CreatedDate,
    /// Last change, milliseconds since 1970.
    UpdatedDate,
    /// A custom attribute.
    Attribute(String),
}

/// How a value is compared. Text is compared without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Equal.
    Exact,
    /// Begins with.
    StartsWith,
    /// Ends with.
    EndsWith,
    /// Contains.
    Contains,
    /// Smaller (dates: before).
    LessThan,
    /// Greater (dates: after).
    GreaterThan,
    /// Has no value.
    Null,
}

/// A value to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, already folded by [`crate::model::name::fold`].
    Text(String),
    /// Truth.
    Bool(bool),
    /// Milliseconds since 1970.
    Date(i64),
}

/// A filter. Depth and size are capped by the parsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Everything.
    All,
    /// One property compared with one value.
    Term {
        /// Which property.
        property: Property,
        /// How.
        by: Match,
        /// With what.
        value: Value,
    },
    /// All of them.
    And(Vec<Filter>),
    /// Any of them.
    Or(Vec<Filter>),
}

/// What a filter can be asked of.
pub trait Filterable {
    /// The text values of a property; empty where it has none.
    fn text(&self, property: &Property) -> Vec<Cow<'_, str>>;
    /// The truth value of a property.
    fn truth(&self, property: &Property) -> Option<bool>;
    /// The date value of a property, milliseconds since 1970.
    fn date(&self, property: &Property) -> Option<i64>;
}

impl Filter {
    /// How many comparisons one entity costs: those of an *any of* with equal values are one look-up per property.
    pub fn cost(&self) -> usize {
        match self {
            Self::All => 0,
            Self::Term { .. } => 1,
            Self::And(parts) => parts.iter().map(Self::cost).sum(),
            Self::Or(parts) => {
                let (equal, others): (Vec<_>, Vec<_>) =
                    parts.iter().partition(|part| part.equals().is_some());
                let properties: HashSet<_> = equal
                    .iter()
                    .filter_map(|part| part.equals())
                    .map(|(property, _)| property)
                    .collect();
                properties.len() + others.into_iter().map(Self::cost).sum::<usize>()
            }
        }
    }

    /// The property and the text of a comparison that asks for equality.
    fn equals(&self) -> Option<(&Property, &str)> {
        match self {
            Self::Term {
                property,
                by: Match::Exact,
                value: Value::Text(wanted),
            } => Some((property, wanted)),
            _ => None,
        }
    }
}
