//! Filters: what a Crowd search restriction *means*, whatever form it came in.

/// A property of a user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The source's immutable id.
    ExternalId,
    /// Active or not.
    Active,
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
    fn text(&self, property: &Property) -> Vec<&str>;
    /// The truth value of a property.
    fn truth(&self, property: &Property) -> Option<bool>;
    /// The date value of a property, milliseconds since 1970.
    fn date(&self, property: &Property) -> Option<i64>;
}

impl Filter {
    /// Whether `entity` is wanted. A comparison that makes no sense for the property is false.
    pub fn accepts(&self, entity: &dyn Filterable) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.accepts(entity)),
            Self::Or(parts) => parts.iter().any(|part| part.accepts(entity)),
            Self::Term {
                property,
                by: Match::Null,
                ..
            } => {
                entity.text(property).iter().all(|text| text.is_empty())
                    && entity.truth(property).is_none()
                    && entity.date(property).is_none()
            }
            Self::Term {
                property,
                by,
                value: Value::Text(wanted),
            } => entity
                .text(property)
                .iter()
                .any(|text| compare(*by, &super::name::fold(text), wanted)),
            Self::Term {
                property,
                by,
                value: Value::Bool(wanted),
            } => matches!(by, Match::Exact) && entity.truth(property) == Some(*wanted),
            Self::Term {
                property,
                by,
                value: Value::Date(wanted),
            } => entity
                .date(property)
                .is_some_and(|date| compare_dates(*by, date, *wanted)),
        }
    }
}

fn compare(by: Match, text: &str, wanted: &str) -> bool {
    match by {
        Match::Exact => text == wanted,
        Match::StartsWith => text.starts_with(wanted),
        Match::EndsWith => text.ends_with(wanted),
        Match::Contains => text.contains(wanted),
        Match::LessThan => text < wanted,
        Match::GreaterThan => text > wanted,
        Match::Null => text.is_empty(),
    }
}

fn compare_dates(by: Match, date: i64, wanted: i64) -> bool {
    match by {
        Match::Exact => date == wanted,
        Match::LessThan => date < wanted,
        Match::GreaterThan => date > wanted,
        _ => false,
    }
}
