//! A filter that knows its schema, and is asked of whole resources.

use serde_json::{Map, Value};

use super::test::{Operand, Test};
use super::tree::Operator;

/// A filter bound to a type of resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound(pub(super) Node);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Nothing: it names an attribute that this type lacks.
    Never,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Test(Place, Test),
    Each(Place, Box<Node>),
    /// The id is among a group's `members`, or a user's `groups`: answered by whoever knows, without listing them.
    Related(String, String),
}

/// Where the values are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) extension: Option<String>,
    pub(super) attribute: String,
    pub(super) part: Option<String>,
}

/// An equality that every match has, so that an index can name the candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup<'b> {
    /// The attribute of the type's own.
    pub attribute: &'b str,
    /// What it equals: as folded, where case does not tell its values apart.
    pub text: &'b str,
}

impl Bound {
    /// Whether a whole resource matches; `related` answers whether an id is among its members (a user: its groups).
    pub fn matches(&self, resource: &Map<String, Value>, related: &dyn Fn(&str) -> bool) -> bool {
        self.0.matches(resource, related)
    }

    /// Whether an element of a list matches.
    pub fn matches_element(&self, element: &Value) -> bool {
        self.0.matches_element(element)
    }

    /// Whether it has to see all values of one of the type's own attributes.
    pub fn reads(&self, attribute: &str) -> bool {
        self.0.reads(attribute)
    }

    /// The equalities that every match has.
    pub fn lookups(&self) -> Vec<Lookup<'_>> {
        let mut found = Vec::new();
        self.0.lookups(&mut found);
        found
    }
}

impl Node {
    /// The elements of a simple list are their own `value`.
    fn matches_element(&self, element: &Value) -> bool {
        if let Value::Object(members) = element {
            return self.matches(members, &|_| false);
        }
        let mut wrapped = Map::new();
        wrapped.insert("value".to_owned(), element.clone());
        self.matches(&wrapped, &|_| false)
    }

    fn matches(&self, resource: &Map<String, Value>, related: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Never => false,
            Self::And(parts) => parts.iter().all(|part| part.matches(resource, related)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(resource, related)),
            Self::Not(inner) => !inner.matches(resource, related),
            Self::Test(place, test) => test.holds(place.values(resource)),
            Self::Each(place, inner) => place
                .elements(resource)
                .any(|element| inner.matches_element(element)),
            Self::Related(_, id) => related(id),
        }
    }

    fn reads(&self, attribute: &str) -> bool {
        match self {
            Self::Never | Self::Related(..) => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.reads(attribute)),
            Self::Not(inner) => inner.reads(attribute),
            Self::Test(place, _) | Self::Each(place, _) => {
                place.extension.is_none() && place.attribute == attribute
            }
        }
    }

    fn lookups<'b>(&'b self, found: &mut Vec<Lookup<'b>>) {
        match self {
            Self::And(parts) => parts.iter().for_each(|part| part.lookups(found)),
            Self::Related(attribute, text) => found.push(Lookup { attribute, text }),
            Self::Test(place, test) => found.extend(place.lookup(test, "value")),
            Self::Each(place, inner) if place.extension.is_none() => {
                let parts = match inner.as_ref() {
                    Self::And(parts) => parts.as_slice(),
                    one => std::slice::from_ref(one),
                };
                found.extend(parts.iter().filter_map(|part| match part {
                    Self::Test(inner, test) if inner.attribute == "value" => place.lookup(test, ""),
                    _ => None,
                }));
            }
            Self::Never | Self::Or(_) | Self::Not(_) | Self::Each(..) => {}
        }
    }
}

impl Place {
    fn lookup<'b>(&'b self, asked: &'b Test, part: &str) -> Option<Lookup<'b>> {
        let Test::Compare(Operator::Eq, Operand::Exact(text) | Operand::Folded(text)) = asked else {
            return None;
        };
        let bare = self.part.as_deref().is_none_or(|own| own == part);
        (self.extension.is_none() && bare).then_some(Lookup {
            attribute: &self.attribute,
            text,
        })
    }

    /// The elements of the attribute; one value is a list of one.
    fn elements<'v>(&self, resource: &'v Map<String, Value>) -> impl Iterator<Item = &'v Value> + use<'v> {
        let level = match &self.extension {
            None => Some(resource),
            Some(urn) => resource.get(urn).and_then(Value::as_object),
        };
        let value = level.and_then(|level| level.get(&self.attribute));
        let items = match value {
            None => &[],
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        items.iter()
    }

    /// The values asked about: of the part, where there is one.
    fn values<'v>(&'v self, resource: &'v Map<String, Value>) -> impl Iterator<Item = &'v Value> + 'v {
        self.elements(resource)
            .filter_map(|element| match (element, &self.part) {
                (Value::Object(members), Some(part)) => members.get(part),
                (simple, _) => Some(simple),
            })
    }
}
