//! XML answers as a small tree.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element with its attributes, its children, its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The tag.
    pub name: String,
    /// Attributes, in order.
    pub attributes: Vec<(String, String)>,
    /// Child elements, in order.
    pub children: Vec<Element>,
    /// Its own text.
    pub text: String,
}

impl Element {
    /// Reads a document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        parse(text)
    }

    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first child of a tag.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a tag, or nothing.
    pub fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| &child.text)
    }

    /// The `name` attributes of the children.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.children.iter().filter_map(|child| child.attribute("name"))
    }
}

/// Reads a document.
///
/// # Errors
/// What is wrong with it.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(tag) => open.push(element(&tag)?),
            Event::Empty(tag) => attach(&mut open, element(&tag)?)?,
            Event::End(_) => {
                let done = open.pop().ok_or("an end without a start")?;
                attach(&mut open, done)?;
            }
            Event::Text(part) => {
                open.last_mut().ok_or("text outside")?.text.push_str(&part);
            }
            Event::GeneralRef(entity) => {
                let resolved = resolve(&entity)?;
                open.last_mut().ok_or("text outside")?.text.push_str(&resolved);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let root = open.pop().ok_or("nothing")?;
    if !open.is_empty() {
        return Err("premature end of file".to_owned());
    }
    root.children
        .into_iter()
        .next()
        .ok_or_else(|| "no root element".to_owned())
}

fn attach(open: &mut [Element], done: Element) -> Result<(), String> {
    open.last_mut()
        .ok_or("an end without a start")?
        .children
        .push(done);
    Ok(())
}

fn element(tag: &BytesStart<'_>) -> Result<Element, String> {
    let name = tag.name().0.to_owned();
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(|error| error.to_string())?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(Element {
        name,
        attributes,
        ..Element::default()
    })
}

fn resolve(entity: &quick_xml::events::BytesRef<'_>) -> Result<String, String> {
    let raw = format!("&{};", &**entity);
    quick_xml::escape::unescape(&raw)
        .map(std::borrow::Cow::into_owned)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_attributes_text_entities() {
        let tree = parse(r#"<?xml version="1.0"?><a n="1 &lt; 2"><b>x &amp; &#233;</b><c/></a>"#).unwrap();
        assert_eq!(tree.attribute("n"), Some("1 < 2"));
        assert_eq!(tree.child_text("b"), "x & é");
        assert_eq!(tree.children.len(), 2);
    }

    #[test]
    fn refuses_what_ends_early() {
        assert!(parse("<a><b></b>").is_err());
        assert!(parse("").is_err());
    }
}
