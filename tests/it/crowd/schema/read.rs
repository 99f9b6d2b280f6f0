//! The part of XML Schema that `schemas/crowd.xsd` uses, read; anything else in the file is an error.

use std::collections::HashMap;

use throng::simulator::jira::Element;

/// A schema: its documents, types, groups of elements.
pub(super) struct Schema {
    pub(super) documents: HashMap<String, String>,
    pub(super) types: HashMap<String, Type>,
    pub(super) groups: HashMap<String, Particle>,
}

/// What an element or an attribute may hold.
pub(super) enum Type {
    Complex {
        content: Option<Particle>,
        attributes: Vec<Attribute>,
    },
    Simple {
        allowed: Vec<String>,
        min_length: usize,
    },
}

pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) required: bool,
}

/// Something that may occur among the children of an element.
pub(super) struct Particle {
    pub(super) what: What,
    pub(super) min: usize,
    pub(super) max: usize,
}

pub(super) enum What {
    Element { name: String, kind: String },
    Group(String),
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
}

impl Schema {
    pub(super) fn read(text: &str) -> Self {
        let root = Element::read(text).unwrap();
        let mut schema = Self {
            documents: HashMap::new(),
            types: HashMap::new(),
            groups: HashMap::new(),
        };
        for part in &root.children {
            let name = need(part, "name");
            let before = match part.name.as_str() {
                "xs:element" => schema.documents.insert(name, need(part, "type")).is_some(),
                "xs:complexType" => schema.types.insert(name, complex(part)).is_some(),
                "xs:simpleType" => schema.types.insert(name, simple(part)).is_some(),
                "xs:group" => schema.groups.insert(name, particle(&part.children[0])).is_some(),
                other => panic!("`{other}` is not understood"),
            };
            assert!(!before, "{part:?} exists twice");
        }
        schema
    }
}

fn complex(part: &Element) -> Type {
    let (attributes, content): (Vec<_>, Vec<_>) = part
        .children
        .iter()
        .partition(|child| child.name == "xs:attribute");
    assert!(content.len() <= 1, "{part:?}");
    Type::Complex {
        content: content.first().map(|content| particle(content)),
        attributes: attributes.into_iter().map(attribute).collect(),
    }
}

fn attribute(part: &Element) -> Attribute {
    Attribute {
        name: need(part, "name"),
        kind: need(part, "type"),
        required: part.attribute("use") == Some("required"),
    }
}

fn simple(part: &Element) -> Type {
    let [restriction] = part.children.as_slice() else {
        panic!("{part:?}");
    };
    assert_eq!(
        (restriction.name.as_str(), restriction.attribute("base")),
        ("xs:restriction", Some("xs:string"))
    );
    let (mut allowed, mut min_length) = (Vec::new(), 0);
    for facet in &restriction.children {
        match facet.name.as_str() {
            "xs:enumeration" => allowed.push(need(facet, "value")),
            "xs:minLength" => min_length = need(facet, "value").parse().unwrap(),
            other => panic!("`{other}` is not understood"),
        }
    }
    Type::Simple { allowed, min_length }
}

fn particle(part: &Element) -> Particle {
    let parts = || part.children.iter().map(particle).collect();
    let what = match part.name.as_str() {
        "xs:element" => What::Element {
            name: need(part, "name"),
            kind: need(part, "type"),
        },
        "xs:group" => What::Group(need(part, "ref")),
        "xs:sequence" => What::Sequence(parts()),
        "xs:choice" => What::Choice(parts()),
        other => panic!("`{other}` is not understood"),
    };
    let times = |name| match part.attribute(name) {
        None => 1,
        Some("unbounded") => usize::MAX,
        Some(number) => number.parse().unwrap(),
    };
    Particle {
        what,
        min: times("minOccurs"),
        max: times("maxOccurs"),
    }
}

fn need(part: &Element, attribute: &str) -> String {
    part.attribute(attribute)
        .unwrap_or_else(|| panic!("{part:?} has no `{attribute}`"))
        .to_owned()
}
