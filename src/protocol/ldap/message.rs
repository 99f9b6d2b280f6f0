//! Messages: requests and answers with their controls (RFC 4511 §4).

use super::ber::{BerError, INTEGER, Reader, SEQUENCE, Writer};
use super::control::Control;
use super::filter::Filter;
use crate::secret::Secret;

/// A request or an answer, with what goes with it.
#[derive(Clone, Debug)]
pub struct Message<Op> {
    /// Which request it is, or answers; 0 where the server speaks unasked.
    pub id: i64,
    /// What it says.
    pub op: Op,
    /// Its controls.
    pub controls: Vec<Control>,
}

/// A request.
#[derive(Clone, Debug)]
pub enum Request {
    /// Who asks, proven by a password.
    Bind {
        /// The name.
        dn: String,
        /// The password.
        password: Secret,
    },
    /// The end.
    Unbind,
    /// A search.
    Search(Search),
    /// TLS from here on (RFC 4511 §4.14).
    StartTls,
    /// Something that throng never asks.
    Other,
}

/// How far below its base a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The base alone.
    Base,
    /// What is directly below it.
    One,
    /// The base and all below it.
    Tree,
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Where.
    pub base: String,
    /// How far below.
    pub scope: Scope,
    /// What.
    pub filter: Filter,
    /// Which attributes are told; none: all that are not operational.
    pub attributes: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To a bind.
    Bind(Outcome),
    /// A search found it.
    Entry(Entry),
    /// A search would go on elsewhere.
    Reference(Vec<String>),
    /// A search has ended.
    Done(Outcome),
    /// To an extended request.
    Extended(Outcome),
    /// Something between entries.
    Intermediate {
        /// Of which kind.
        oid: String,
        /// What it says.
        value: Vec<u8>,
    },
}

/// How a request ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result's code; 0 is success.
    pub code: i64,
    /// What the server says for people.
    pub text: String,
}

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub dn: String,
    /// Its attributes, by description, each with its values.
    pub attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// The values of an attribute, whatever the case of its name.
    pub fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self
            .attributes
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// The first value of an attribute that is a text, and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let texts = self
            .values(name)
            .iter()
            .filter_map(|value| std::str::from_utf8(value).ok());
        texts.into_iter().find(|text| !text.is_empty())
    }
}

/// A kind of message's content.
pub trait Operation: Sized {
    /// As bytes.
    fn write(&self, out: &mut Writer);
    /// Of bytes.
    ///
    /// # Errors
    /// Where they are none.
    fn read(reader: &mut Reader<'_>) -> Result<Self, BerError>;
}

impl<Op: Operation> Message<Op> {
    /// As bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.nest(SEQUENCE, |out| {
            out.number(INTEGER, self.id);
            self.op.write(out);
            if !self.controls.is_empty() {
                out.nest(0xa0, |out| {
                    self.controls.iter().for_each(|control| control.write(out));
                });
            }
        });
        out.finish()
    }

    /// Of the bytes of exactly one message.
    ///
    /// # Errors
    /// Where they are none.
    pub fn read(bytes: &[u8]) -> Result<Self, BerError> {
        let mut message = Reader::new(bytes).within(SEQUENCE)?;
        let id = message.number(INTEGER)?;
        let op = Op::read(&mut message)?;
        let mut controls = Vec::new();
        if let Some(content) = message.optional(0xa0)? {
            let mut list = Reader::new(content);
            while !list.is_empty() {
                controls.push(Control::read(&mut list)?);
            }
        }
        Ok(Self { id, op, controls })
    }
}
