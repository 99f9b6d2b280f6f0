//! A small XML document read into a tree, within bounds.
//!
//! No DOCTYPE, no entities but XML's own five, no namespaces (prefixes are dropped), no attribute kept but the two that entities need.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::body::BodyError;
use crate::model::xml::strip_illegal;

/// Elements within elements.
pub(super) const MAX_DEPTH: usize = 50;
/// Elements of one body.
pub(super) const MAX_NODES: usize = 10_000;

/// One element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// The local name.
    pub(super) name: String,
    /// All text directly within.
    pub(super) text: String,
    /// The attribute `boolean-logic`.
    pub(super) logic: Option<String>,
    /// The attribute `name`.
    pub(super) named: Option<String>,
    /// The elements directly within.
    pub(super) children: Vec<Node>,
}

impl Node {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Node, BodyError> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Node> = Vec::new();
    let mut root = None;
    let mut nodes = 0;
    loop {
        let at = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|error| malformed(reader.error_position(), &error))?;
        match event {
            Event::Start(start) => {
                let node = begin(&start, &mut nodes, open.len(), root.is_some())?;
                open.push(node);
            }
            Event::Empty(start) => {
                let node = begin(&start, &mut nodes, open.len(), root.is_some())?;
                close(node, &mut open, &mut root);
            }
            Event::End(_) => {
                let node = open
                    .pop()
                    .ok_or_else(|| malformed(at, &"an end tag without its start"))?;
                close(node, &mut open, &mut root);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content(), at)?,
            Event::CData(data) => append(&mut open, &data.xml10_content(), at)?,
            Event::GeneralRef(reference) => append(&mut open, &resolve(&reference, at)?, at)?,
            Event::DocType(_) => return Err(malformed(at, &"a DOCTYPE is not accepted")),
            Event::Decl(declaration) => check_encoding(declaration.encoding(), at)?,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (root, open.last()) {
        (Some(root), None) => Ok(root),
        (_, Some(unclosed)) => Err(malformed(
            reader.buffer_position(),
            &format!("element `{}` is not closed", unclosed.name),
        )),
        (None, None) => Err(malformed(0, &"there is no element")),
    }
}

fn begin(start: &BytesStart<'_>, nodes: &mut usize, depth: usize, has_root: bool) -> Result<Node, BodyError> {
    *nodes += 1;
    if depth == 0 && has_root {
        return Err(BodyError::Malformed("the XML has two root elements".to_owned()));
    }
    if depth >= MAX_DEPTH || *nodes > MAX_NODES {
        return Err(BodyError::TooComplex);
    }
    let (mut logic, mut named) = (None, None);
    for attribute in start.attributes() {
        let attribute = attribute
            .map_err(|error| BodyError::Malformed(format!("the XML has a malformed attribute: {error}")))?;
        match attribute.key.local_name().as_ref() {
            "boolean-logic" => logic = Some(attribute.value.into_owned()),
            "name" => {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                let value = value.map_err(|error| {
                    BodyError::Malformed(format!("the XML has a malformed attribute: {error}"))
                })?;
                named = Some(value.into_owned());
            }
            _ => {}
        }
    }
    let name = start.local_name().as_ref().to_owned();
    Ok(Node {
        name,
        logic,
        named,
        ..Node::default()
    })
}

fn close(node: Node, open: &mut [Node], root: &mut Option<Node>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(node),
        None => *root = Some(node),
    }
}

fn append(open: &mut [Node], text: &str, at: u64) -> Result<(), BodyError> {
    match open.last_mut() {
        Some(node) => node.text.push_str(&strip_illegal(text)),
        None if text.trim_matches('\u{feff}').trim().is_empty() => {}
        None => return Err(malformed(at, &"there is text outside of the root element")),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>, at: u64) -> Result<String, BodyError> {
    if let Some(c) = reference
        .resolve_char_ref()
        .map_err(|error| malformed(at, &error))?
    {
        return Ok(c.to_string());
    }
    let text = resolve_xml_entity(reference).ok_or_else(|| malformed(at, &"an entity is not defined"))?;
    Ok(text.to_owned())
}

fn check_encoding(
    encoding: Option<Result<std::borrow::Cow<'_, str>, quick_xml::events::attributes::AttrError>>,
    at: u64,
) -> Result<(), BodyError> {
    let Some(encoding) = encoding else { return Ok(()) };
    let encoding = encoding.map_err(|error| malformed(at, &error))?;
    if ["utf-8", "utf8", "us-ascii", "ascii"].contains(&encoding.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(malformed(
        at,
        &format!("encoding `{encoding}` is not accepted; hint: send UTF-8"),
    ))
}

fn malformed(at: u64, what: &dyn std::fmt::Display) -> BodyError {
    BodyError::Malformed(format!("the XML is malformed at byte {at}: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_sections_join_the_text() {
        let node = parse("\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><p:a x='1'>a&amp;b&#x41;<![CDATA[<c>]]><b/>d</p:a>\n").unwrap();
        assert_eq!((node.name.as_str(), node.text.as_str()), ("a", "a&bA<c>d"));
        assert_eq!(node.children[0].name, "b");
    }

    #[test]
    fn what_is_not_one_small_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(51), "</a>".repeat(51));
        let wide = format!("<a>{}</a>", "<b/>".repeat(10_000));
        for text in [
            "",
            " ",
            "a",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a b=1/>",
            "<a b='1' b='2'/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a",
            "<a>&amp</a>",
            "<?xml version='1.0' encoding='UTF-16'?><a/>",
            &deep,
            &wide,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
