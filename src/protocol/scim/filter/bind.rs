//! Binding: names are looked up, values read as their attributes' kinds.

use serde_json::Number;

use super::super::error::ScimError;
use super::super::schema::{Attribute, Found, Kind, Located, ResourceType, Returned};
use super::super::tolerances::Tolerances;
use super::bound::{Bound, Node, Place};
use super::test::{Operand, Test, instant};
use super::tree::{Filter, Literal, Operator};
use crate::model::name::fold;

impl Filter {
    /// Binds it to a type; an attribute that the type lacks is refused.
    ///
    /// # Errors
    /// `invalidFilter`, naming the attribute.
    pub fn bind(&self, kind: &ResourceType, tolerances: Tolerances) -> Result<Bound, ScimError> {
        let binder = Binder {
            tolerances,
            spans_types: false,
        };
        binder.filter(self, Scope::Resource(kind)).map(Bound)
    }

    /// Binds it to one of several types that are searched together: what a type lacks matches nothing of it.
    ///
    /// # Errors
    /// `invalidFilter` when a value does not fit its attribute.
    pub fn bind_among(&self, kind: &ResourceType, tolerances: Tolerances) -> Result<Bound, ScimError> {
        let binder = Binder {
            tolerances,
            spans_types: true,
        };
        binder.filter(self, Scope::Resource(kind)).map(Bound)
    }

    /// Binds what stands in the brackets behind a list attribute to its elements.
    ///
    /// # Errors
    /// `invalidFilter`, naming the attribute.
    pub fn bind_element(&self, list: &Attribute, tolerances: Tolerances) -> Result<Bound, ScimError> {
        let binder = Binder {
            tolerances,
            spans_types: false,
        };
        binder.filter(self, Scope::Element(list)).map(Bound)
    }
}

#[derive(Clone, Copy)]
enum Scope<'s> {
    Resource(&'s ResourceType),
    Element(&'s Attribute),
}

struct Binder {
    tolerances: Tolerances,
    spans_types: bool,
}

impl Binder {
    fn filter(&self, filter: &Filter, scope: Scope<'_>) -> Result<Node, ScimError> {
        let all = |parts: &[Filter]| -> Result<Vec<Node>, ScimError> {
            parts.iter().map(|part| self.filter(part, scope)).collect()
        };
        match filter {
            Filter::And(parts) => Ok(Node::And(all(parts)?)),
            Filter::Or(parts) => Ok(Node::Or(all(parts)?)),
            Filter::Not(inner) => Ok(Node::Not(Box::new(self.filter(inner, scope)?))),
            Filter::Present(name) => self.leaf(scope, name, |_, place| Ok(Node::Test(place, Test::Present))),
            Filter::Compare(name, operator, literal) => self.leaf(scope, name, |attribute, place| {
                let node = self.comparison(name, attribute, place, *operator, literal)?;
                Ok(related(scope, node))
            }),
            Filter::Each(name, inner) => self.leaf(scope, name, |attribute, place| {
                self.each(name, attribute, place, inner, scope)
            }),
        }
    }

    fn each(
        &self,
        name: &str,
        list: &Attribute,
        place: Place,
        inner: &Filter,
        scope: Scope<'_>,
    ) -> Result<Node, ScimError> {
        if place.part.is_some() || !(list.multi_valued || list.kind == Kind::Complex) {
            return Err(ScimError::filter(format!(
                "attribute `{name}` has no elements; hint: brackets stand behind lists such as `emails[…]`"
            )));
        }
        match self.filter(inner, Scope::Element(list))? {
            Node::Test(part, Test::Compare(Operator::Eq, Operand::Exact(id)))
                if is_relation(scope, &place) && part.attribute == "value" =>
            {
                Ok(Node::Related(place.attribute, id))
            }
            inner => Ok(Node::Each(place, Box::new(inner))),
        }
    }

    /// Looks a name up; of what is not there nothing matches, or it is refused.
    fn leaf<'s>(
        &self,
        scope: Scope<'s>,
        name: &str,
        then: impl FnOnce(&'s Attribute, Place) -> Result<Node, ScimError>,
    ) -> Result<Node, ScimError> {
        let Some((attribute, place)) = scope.find(name) else {
            if self.spans_types {
                return Ok(Node::Never);
            }
            return Err(ScimError::filter(format!(
                "attribute `{name}` is not known; hint: `/Schemas` lists what can be asked"
            )));
        };
        if attribute.returned == Returned::Never {
            return Err(ScimError::filter(format!(
                "attribute `{name}` cannot be asked about; hint: it is never shown"
            )));
        }
        then(attribute, place)
    }

    fn comparison(
        &self,
        name: &str,
        attribute: &Attribute,
        mut place: Place,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Node, ScimError> {
        if *literal == Literal::Null {
            return match operator {
                Operator::Eq => Ok(Node::Test(place, Test::Absent)),
                Operator::Ne => Ok(Node::Test(place, Test::Present)),
                _ => Err(misfit(name, "`null` is equal or not, nothing else")),
            };
        }
        let mut leaf = attribute;
        if leaf.kind == Kind::Complex {
            leaf = leaf
                .sub("value")
                .ok_or_else(|| misfit(name, "it is complex; name one of its parts"))?;
            place.part = Some(leaf.name.clone());
        }
        let ordered = !matches!(leaf.kind, Kind::Boolean | Kind::Binary);
        let textual = matches!(leaf.kind, Kind::String | Kind::Reference | Kind::Binary);
        if operator.is_ordering() && !ordered {
            return Err(misfit(name, "its values have no order"));
        }
        if matches!(operator, Operator::Co | Operator::Sw | Operator::Ew) && !textual {
            return Err(misfit(name, "it is no text; compare with `eq`"));
        }
        let operand = self.operand(name, leaf, literal)?;
        Ok(Node::Test(place, Test::Compare(operator, operand)))
    }

    fn operand(&self, name: &str, leaf: &Attribute, literal: &Literal) -> Result<Operand, ScimError> {
        let wrong = || misfit(name, "the value is not of its kind; texts stand in double quotes");
        match leaf.kind {
            Kind::String | Kind::Reference | Kind::Binary => {
                let text = match literal {
                    Literal::Text(text) => text.clone(),
                    bare if self.tolerances.unquoted_values => bare.to_string(),
                    _ => return Err(wrong()),
                };
                Ok(if leaf.case_exact {
                    Operand::Exact(text)
                } else {
                    Operand::Folded(fold(&text))
                })
            }
            Kind::Boolean => match literal {
                Literal::Bool(flag) => Ok(Operand::Bool(*flag)),
                Literal::Text(text) if self.tolerances.string_booleans => {
                    truth(text).map(Operand::Bool).ok_or_else(wrong)
                }
                _ => Err(wrong()),
            },
            Kind::Decimal | Kind::Integer => match literal {
                Literal::Number(text) => {
                    let number: Number = serde_json::from_str(text).map_err(|_| wrong())?;
                    Ok(Operand::Number(number))
                }
                _ => Err(wrong()),
            },
            Kind::DateTime => match literal {
                Literal::Text(text) | Literal::Bare(text) => {
                    instant(text).map(Operand::Instant).ok_or_else(wrong)
                }
                _ => Err(wrong()),
            },
            Kind::Complex => Err(wrong()),
        }
    }
}

impl<'s> Scope<'s> {
    fn find(self, name: &str) -> Option<(&'s Attribute, Place)> {
        match self {
            Self::Resource(kind) => match kind.find(name)? {
                Found::Attribute(located) => Some((located.leaf(), Place::of(located))),
                Found::Core | Found::Extension(_) => None,
            },
            // The elements of a simple list are their own `value`.
            Self::Element(list) if list.sub_attributes.is_empty() => name
                .eq_ignore_ascii_case("value")
                .then(|| (list, Place::named("value"))),
            Self::Element(list) => list.sub(name).map(|part| (part, Place::named(&part.name))),
        }
    }
}

impl Place {
    fn of(located: Located<'_>) -> Self {
        Self {
            extension: located.extension.map(|schema| schema.urn.clone()),
            attribute: located.attribute.name.clone(),
            part: located.part.map(|part| part.name.clone()),
        }
    }

    fn named(name: &str) -> Self {
        Self {
            extension: None,
            attribute: name.to_owned(),
            part: None,
        }
    }
}

/// `members eq "…"` is asked of whoever knows the members.
fn related(scope: Scope<'_>, node: Node) -> Node {
    match node {
        Node::Test(place, Test::Compare(Operator::Eq, Operand::Exact(id)))
            if is_relation(scope, &place) && place.part.as_deref() == Some("value") =>
        {
            Node::Related(place.attribute, id)
        }
        other => other,
    }
}

fn is_relation(scope: Scope<'_>, place: &Place) -> bool {
    matches!(scope, Scope::Resource(_))
        && place.extension.is_none()
        && matches!(place.attribute.as_str(), "members" | "groups")
}

fn misfit(name: &str, why: &str) -> ScimError {
    ScimError::filter(format!("attribute `{name}` cannot be compared thus: {why}"))
}

/// `True` and `False` as Entra writes them.
pub(in crate::protocol::scim) fn truth(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
