//! What messages say, as bytes.

use super::ber::{BOOLEAN, BerError, ENUMERATED, INTEGER, OCTETS, Reader, SEQUENCE, SET, Writer};
use super::filter::Filter;
use super::message::{Entry, Operation, Outcome, Request, Response, Scope, Search};
use crate::secret::Secret;

/// The extended request that begins TLS.
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

impl Operation for Request {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Bind { dn, password } => out.nest(0x60, |out| {
                out.number(INTEGER, 3);
                out.put(OCTETS, dn.as_bytes());
                out.put(0x80, password.expose().as_bytes());
            }),
            Self::Unbind | Self::Other => out.put(0x42, &[]),
            Self::Search(search) => out.nest(0x63, |out| write_search(search, out)),
            Self::StartTls => out.nest(0x77, |out| out.put(0x80, START_TLS.as_bytes())),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, BerError> {
        let (tag, content) = reader.element()?;
        let mut inner = Reader::new(content);
        Ok(match tag {
            0x60 => {
                inner.number(INTEGER)?;
                let dn = inner.text(OCTETS)?;
                let password = Secret::new(inner.text(0x80)?);
                Self::Bind { dn, password }
            }
            0x42 => Self::Unbind,
            0x63 => Self::Search(read_search(inner)?),
            0x77 if inner.text(0x80)? == START_TLS => Self::StartTls,
            _ => Self::Other,
        })
    }
}

fn write_search(search: &Search, out: &mut Writer) {
    out.put(OCTETS, search.base.as_bytes());
    let scope = match search.scope {
        Scope::Base => 0,
        Scope::One => 1,
        Scope::Tree => 2,
    };
    out.number(ENUMERATED, scope);
    out.number(ENUMERATED, 0); // aliases are not followed
    out.number(INTEGER, 0); // the server's own limits
    out.number(INTEGER, 0);
    out.truth(BOOLEAN, false);
    search.filter.write(out);
    out.nest(SEQUENCE, |out| {
        for name in &search.attributes {
            out.put(OCTETS, name.as_bytes());
        }
    });
}

fn read_search(mut inner: Reader<'_>) -> Result<Search, BerError> {
    let base = inner.text(OCTETS)?;
    let scope = match inner.number(ENUMERATED)? {
        0 => Scope::Base,
        1 => Scope::One,
        _ => Scope::Tree,
    };
    inner.number(ENUMERATED)?;
    inner.number(INTEGER)?;
    inner.number(INTEGER)?;
    inner.truth(BOOLEAN)?;
    let filter = Filter::read(&mut inner)?;
    let (mut list, mut attributes) = (inner.within(SEQUENCE)?, Vec::new());
    while !list.is_empty() {
        attributes.push(list.text(OCTETS)?);
    }
    Ok(Search {
        base,
        scope,
        filter,
        attributes,
    })
}

impl Operation for Response {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Bind(outcome) => out.nest(0x61, |out| write_outcome(outcome, out)),
            Self::Done(outcome) => out.nest(0x65, |out| write_outcome(outcome, out)),
            Self::Extended(outcome) => out.nest(0x78, |out| write_outcome(outcome, out)),
            Self::Entry(entry) => out.nest(0x64, |out| write_entry(entry, out)),
            Self::Reference(urls) => out.nest(0x73, |out| {
                for url in urls {
                    out.put(OCTETS, url.as_bytes());
                }
            }),
            Self::Intermediate { oid, value } => out.nest(0x79, |out| {
                out.put(0x80, oid.as_bytes());
                out.put(0x81, value);
            }),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, BerError> {
        let (tag, content) = reader.element()?;
        let mut inner = Reader::new(content);
        Ok(match tag {
            0x61 => Self::Bind(read_outcome(&mut inner)?),
            0x64 => Self::Entry(read_entry(inner)?),
            0x65 => Self::Done(read_outcome(&mut inner)?),
            0x73 => {
                let mut urls = Vec::new();
                while !inner.is_empty() {
                    urls.push(inner.text(OCTETS)?);
                }
                Self::Reference(urls)
            }
            0x78 => Self::Extended(read_outcome(&mut inner)?),
            0x79 => {
                let oid = inner.optional(0x80)?.unwrap_or_default();
                Self::Intermediate {
                    oid: String::from_utf8_lossy(oid).into_owned(),
                    value: inner.optional(0x81)?.unwrap_or_default().to_vec(),
                }
            }
            _ => return Err(BerError("an answer is of an unknown kind")),
        })
    }
}

fn write_outcome(outcome: &Outcome, out: &mut Writer) {
    out.number(ENUMERATED, outcome.code);
    out.put(OCTETS, &[]);
    out.put(OCTETS, outcome.text.as_bytes());
}

fn read_outcome(inner: &mut Reader<'_>) -> Result<Outcome, BerError> {
    let code = inner.number(ENUMERATED)?;
    inner.content(OCTETS)?;
    // Servers end it with a zero, or write it in a code of their own.
    let text = String::from_utf8_lossy(inner.content(OCTETS)?);
    let text = text.trim_end_matches('\0').to_owned();
    Ok(Outcome { code, text })
}

fn write_entry(entry: &Entry, out: &mut Writer) {
    out.put(OCTETS, entry.dn.as_bytes());
    out.nest(SEQUENCE, |out| {
        for (name, values) in &entry.attributes {
            out.nest(SEQUENCE, |out| {
                out.put(OCTETS, name.as_bytes());
                out.nest(SET, |out| values.iter().for_each(|value| out.put(OCTETS, value)));
            });
        }
    });
}

fn read_entry(mut inner: Reader<'_>) -> Result<Entry, BerError> {
    let dn = inner.text(OCTETS)?;
    let (mut list, mut attributes) = (inner.within(SEQUENCE)?, Vec::new());
    while !list.is_empty() {
        let mut attribute = list.within(SEQUENCE)?;
        let name = attribute.text(OCTETS)?;
        let (mut set, mut values) = (attribute.within(SET)?, Vec::new());
        while !set.is_empty() {
            values.push(set.content(OCTETS)?.to_vec());
        }
        attributes.push((name, values));
    }
    Ok(Entry { dn, attributes })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::message::Message;
    use super::*;

    fn again(op: Response) {
        let controls = vec![super::super::Control::plain("1.2.3", true)];
        let message = Message { id: 7, op, controls };
        let read = Message::<Response>::read(&message.write()).unwrap();
        assert_eq!(
            (read.id, &read.op, &read.controls),
            (7, &message.op, &message.controls)
        );
    }

    #[test]
    fn answers_survive_their_way() {
        let outcome = Outcome {
            code: 49,
            text: "no".to_owned(),
        };
        again(Response::Bind(outcome.clone()));
        again(Response::Done(outcome.clone()));
        again(Response::Extended(outcome));
        again(Response::Reference(vec!["ldap://elsewhere".to_owned()]));
        again(Response::Intermediate {
            oid: "1.2".to_owned(),
            value: vec![1, 2],
        });
        again(Response::Entry(Entry {
            dn: "cn=a".to_owned(),
            attributes: vec![("cn".to_owned(), vec![b"a".to_vec(), vec![0; 300]])],
        }));
    }

    #[test]
    fn a_search_survives_its_way() {
        let search = Search {
            base: "dc=x".to_owned(),
            scope: Scope::Tree,
            filter: Filter::present("cn"),
            attributes: vec!["cn".to_owned()],
        };
        let message = Message {
            id: 1,
            op: Request::Search(search.clone()),
            controls: Vec::new(),
        };
        let read = Message::<Request>::read(&message.write()).unwrap();
        assert!(matches!(read.op, Request::Search(read) if read == search));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_parsers_panic(bytes: Vec<u8>) {
            super::super::read_as_anything(&bytes);
            let mut message = vec![0x30];
            message.push(u8::try_from(bytes.len().min(120) + 3).unwrap());
            message.extend([2, 1, 1]);
            message.extend(bytes.iter().take(120));
            super::super::read_as_anything(&message);
        }
    }
}
