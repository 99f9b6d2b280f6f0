//! What a filter means: prepared once, then asked of many entities.
//!
//! An entity's texts are folded once each, however many comparisons look at them, and an *any of* with equal values is
//! one look-up: a client may ask for some thousand names at once, of a hundred thousand users.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::{Filter, Filterable, Match, Property, Value};
use crate::model::name::fold;

/// A filter, ready to be asked.
pub struct Prepared<'f> {
    root: Node<'f>,
    /// The properties whose texts are compared, each once.
    texts: Vec<&'f Property>,
}

enum Node<'f> {
    All,
    And(Vec<Node<'f>>),
    Or(Vec<Node<'f>>),
    /// Any value of the property is one of these.
    OneOf(usize, HashSet<&'f str>),
    Text(usize, Match, &'f str),
    Bool(&'f Property, Match, bool),
    Date(&'f Property, Match, i64),
    Null(usize),
}

/// An entity with what has been folded of it.
struct Asked<'e> {
    entity: &'e dyn Filterable,
    folded: Vec<OnceCell<Vec<String>>>,
}

impl<'f> Prepared<'f> {
    /// Makes a filter ready.
    pub fn new(filter: &'f Filter) -> Self {
        let mut texts = Vec::new();
        let root = node(filter, &mut texts);
        Self { root, texts }
    }

    /// Whether `entity` is wanted. A comparison that makes no sense for the property is false.
    pub fn accepts(&self, entity: &dyn Filterable) -> bool {
        let asked = Asked {
            entity,
            folded: self.texts.iter().map(|_| OnceCell::new()).collect(),
        };
        self.holds(&self.root, &asked)
    }

    fn holds(&self, node: &Node<'_>, asked: &Asked<'_>) -> bool {
        match node {
            Node::All => true,
            Node::And(parts) => parts.iter().all(|part| self.holds(part, asked)),
            Node::Or(parts) => parts.iter().any(|part| self.holds(part, asked)),
            Node::OneOf(at, wanted) => self
                .texts(*at, asked)
                .iter()
                .any(|text| wanted.contains(text.as_str())),
            Node::Text(at, by, wanted) => self
                .texts(*at, asked)
                .iter()
                .any(|text| compare(*by, text, wanted)),
            Node::Bool(property, by, wanted) => {
                *by == Match::Exact && asked.entity.truth(property) == Some(*wanted)
            }
            Node::Date(property, by, wanted) => {
                let date = asked.entity.date(property);
                date.is_some_and(|date| compare_dates(*by, date, *wanted))
            }
            Node::Null(at) => {
                let property = self.texts[*at];
                self.texts(*at, asked).iter().all(String::is_empty)
                    && asked.entity.truth(property).is_none()
                    && asked.entity.date(property).is_none()
            }
        }
    }

    fn texts<'a>(&self, at: usize, asked: &'a Asked<'_>) -> &'a [String] {
        let property = self.texts[at];
        asked.folded[at].get_or_init(|| {
            asked
                .entity
                .text(property)
                .iter()
                .map(|text| fold(text))
                .collect()
        })
    }
}

fn node<'f>(filter: &'f Filter, texts: &mut Vec<&'f Property>) -> Node<'f> {
    match filter {
        Filter::All => Node::All,
        Filter::And(parts) => Node::And(parts.iter().map(|part| node(part, texts)).collect()),
        Filter::Or(parts) => any_of(parts, texts),
        Filter::Term {
            property,
            by: Match::Null,
            ..
        } => Node::Null(slot(property, texts)),
        Filter::Term { property, by, value } => match value {
            Value::Text(wanted) => Node::Text(slot(property, texts), *by, wanted),
            Value::Bool(wanted) => Node::Bool(property, *by, *wanted),
            Value::Date(wanted) => Node::Date(property, *by, *wanted),
        },
    }
}

fn any_of<'f>(parts: &'f [Filter], texts: &mut Vec<&'f Property>) -> Node<'f> {
    let mut equal: Vec<(usize, HashSet<&str>)> = Vec::new();
    let mut all = Vec::new();
    for part in parts {
        let Some((property, wanted)) = part.equals() else {
            all.push(node(part, texts));
            continue;
        };
        let at = slot(property, texts);
        match equal.iter_mut().find(|(known, _)| *known == at) {
            Some((_, values)) => _ = values.insert(wanted),
            None => equal.push((at, HashSet::from([wanted]))),
        }
    }
    all.extend(equal.into_iter().map(|(at, wanted)| Node::OneOf(at, wanted)));
    Node::Or(all)
}

fn slot<'f>(property: &'f Property, texts: &mut Vec<&'f Property>) -> usize {
    let known = texts.iter().position(|known| *known == property);
    known.unwrap_or_else(|| {
        texts.push(property);
        texts.len() - 1
    })
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
