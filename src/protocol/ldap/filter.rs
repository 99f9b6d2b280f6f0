//! Filters: as text (RFC 4515) and as bytes (RFC 4511 §4.5.1.7).

use super::ber::{BerError, OCTETS, Reader, Writer};

/// How deep filters may nest.
const DEPTH: usize = 32;

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    And(Vec<Filter>),
    /// One of them.
    Or(Vec<Filter>),
    /// Not it.
    Not(Box<Filter>),
    /// An attribute with this value.
    Equal(String, Vec<u8>),
    /// An attribute of at least this value.
    AtLeast(String, Vec<u8>),
    /// An attribute of at most this value.
    AtMost(String, Vec<u8>),
    /// An attribute with about this value.
    About(String, Vec<u8>),
    /// An attribute with any value.
    Present(String),
    /// An attribute whose value begins, goes on and ends thus; the first and the last may be empty.
    Parts(String, Vec<Vec<u8>>),
    /// A rule of the server's, by its id, on an attribute or all.
    Rule {
        /// The rule.
        rule: Option<String>,
        /// The attribute.
        name: Option<String>,
        /// The value.
        value: Vec<u8>,
        /// Whether the name's own parts are looked at too.
        names: bool,
    },
}

impl Filter {
    /// `(name=value)`.
    pub fn equal(name: &str, value: &[u8]) -> Self {
        Self::Equal(name.to_owned(), value.to_vec())
    }

    /// `(name=*)`.
    pub fn present(name: &str) -> Self {
        Self::Present(name.to_owned())
    }

    /// Of a text.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (filter, rest) = parse(text.trim(), 0)?;
        if rest.is_empty() {
            return Ok(filter);
        }
        Err("something follows the filter's end")
    }

    /// As bytes.
    pub fn write(&self, out: &mut Writer) {
        let assertion = |out: &mut Writer, tag, name: &str, value: &[u8]| {
            out.nest(tag, |out| {
                out.put(OCTETS, name.as_bytes());
                out.put(OCTETS, value);
            });
        };
        match self {
            Self::And(inner) => out.nest(0xa0, |out| inner.iter().for_each(|filter| filter.write(out))),
            Self::Or(inner) => out.nest(0xa1, |out| inner.iter().for_each(|filter| filter.write(out))),
            Self::Not(inner) => out.nest(0xa2, |out| inner.write(out)),
            Self::Equal(name, value) => assertion(out, 0xa3, name, value),
            Self::Parts(name, parts) => out.nest(0xa4, |out| write_parts(out, name, parts)),
            Self::AtLeast(name, value) => assertion(out, 0xa5, name, value),
            Self::AtMost(name, value) => assertion(out, 0xa6, name, value),
            Self::Present(name) => out.put(0x87, name.as_bytes()),
            Self::About(name, value) => assertion(out, 0xa8, name, value),
            Self::Rule {
                rule,
                name,
                value,
                names,
            } => out.nest(0xa9, |out| {
                if let Some(rule) = rule {
                    out.put(0x81, rule.as_bytes());
                }
                if let Some(name) = name {
                    out.put(0x82, name.as_bytes());
                }
                out.put(0x83, value);
                if *names {
                    out.truth(0x84, true);
                }
            }),
        }
    }

    /// Of bytes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, BerError> {
        read(reader, 0)
    }
}

fn write_parts(out: &mut Writer, name: &str, parts: &[Vec<u8>]) {
    out.put(OCTETS, name.as_bytes());
    out.nest(0x30, |out| {
        let last = parts.len().saturating_sub(1);
        for (at, part) in parts.iter().enumerate() {
            let tag = match at {
                0 => 0x80,
                at if at == last => 0x82,
                _ => 0x81,
            };
            if !part.is_empty() {
                out.put(tag, part);
            }
        }
    });
}

fn read(reader: &mut Reader<'_>, depth: usize) -> Result<Filter, BerError> {
    if depth > DEPTH {
        return Err(BerError("a filter is nested too deeply"));
    }
    let (tag, content) = reader.element()?;
    let mut inner = Reader::new(content);
    let name = |content: &[u8]| {
        String::from_utf8(content.to_vec()).map_err(|_| BerError("an attribute's name is not UTF-8"))
    };
    let mut several = || {
        let mut filters = Vec::new();
        while !inner.is_empty() {
            filters.push(read(&mut inner, depth + 1)?);
        }
        Ok(filters)
    };
    match tag {
        0xa0 => several().map(Filter::And),
        0xa1 => several().map(Filter::Or),
        0xa2 => Ok(Filter::Not(Box::new(read(&mut inner, depth + 1)?))),
        0x87 => name(content).map(Filter::Present),
        0xa4 => read_parts(inner),
        0xa9 => read_rule(inner),
        0xa3 | 0xa5 | 0xa6 | 0xa8 => {
            let name = inner.text(OCTETS)?;
            let value = inner.content(OCTETS)?.to_vec();
            Ok(match tag {
                0xa3 => Filter::Equal(name, value),
                0xa5 => Filter::AtLeast(name, value),
                0xa6 => Filter::AtMost(name, value),
                _ => Filter::About(name, value),
            })
        }
        _ => Err(BerError("a filter is of an unknown kind")),
    }
}

fn read_parts(mut inner: Reader<'_>) -> Result<Filter, BerError> {
    let name = inner.text(OCTETS)?;
    let mut list = inner.within(0x30)?;
    let mut parts = vec![Vec::new()];
    let mut end = Vec::new();
    while !list.is_empty() {
        match list.element()? {
            (0x80, part) => parts = vec![part.to_vec()],
            (0x81, part) => parts.push(part.to_vec()),
            (0x82, part) => end = part.to_vec(),
            _ => return Err(BerError("a part of a filter is of an unknown kind")),
        }
    }
    parts.push(end);
    Ok(Filter::Parts(name, parts))
}

fn read_rule(mut inner: Reader<'_>) -> Result<Filter, BerError> {
    let text = |content: Option<&[u8]>| {
        let text = content
            .map(|content| String::from_utf8(content.to_vec()))
            .transpose();
        text.map_err(|_| BerError("a rule is not UTF-8"))
    };
    Ok(Filter::Rule {
        rule: text(inner.optional(0x81)?)?,
        name: text(inner.optional(0x82)?)?,
        value: inner.content(0x83)?.to_vec(),
        names: inner.peek() == Some(0x84) && inner.truth(0x84)?,
    })
}

/// The first filter of a text, and what follows it.
fn parse(text: &str, depth: usize) -> Result<(Filter, &str), &'static str> {
    if depth > DEPTH {
        return Err("the filter is nested too deeply");
    }
    let inner = text.strip_prefix('(').ok_or("a filter begins with `(`")?;
    let closed = |rest: &str| rest.strip_prefix(')').is_some();
    let (filter, rest) = match inner.chars().next() {
        Some(sign @ ('&' | '|')) => {
            let (mut filters, mut rest) = (Vec::new(), inner.get(1..).unwrap_or_default());
            while !closed(rest) {
                let (filter, after) = parse(rest, depth + 1)?;
                filters.push(filter);
                rest = after;
            }
            let filter = if sign == '&' {
                Filter::And(filters)
            } else {
                Filter::Or(filters)
            };
            (filter, rest)
        }
        Some('!') => {
            let (filter, rest) = parse(inner.get(1..).unwrap_or_default(), depth + 1)?;
            (Filter::Not(Box::new(filter)), rest)
        }
        _ => {
            let end = inner.find(')').ok_or("a `)` is missing")?;
            let (item, rest) = inner.split_at(end);
            (simple(item)?, rest)
        }
    };
    let rest = rest.strip_prefix(')').ok_or("a `)` is missing")?;
    Ok((filter, rest))
}

fn simple(item: &str) -> Result<Filter, &'static str> {
    let (left, value) = item.split_once('=').ok_or("a `=` is missing")?;
    if value.contains('(') {
        return Err("a `(` in a value is written `\\28`");
    }
    let named = |sign: char| left.strip_suffix(sign).map(name).transpose();
    if let Some(name) = named('>')? {
        return Ok(Filter::AtLeast(name, plain(value)?));
    }
    if let Some(name) = named('<')? {
        return Ok(Filter::AtMost(name, plain(value)?));
    }
    if let Some(name) = named('~')? {
        return Ok(Filter::About(name, plain(value)?));
    }
    if let Some(left) = left.strip_suffix(':') {
        return rule(left, value);
    }
    let name = name(left)?;
    if value == "*" {
        return Ok(Filter::Present(name));
    }
    if value.contains('*') {
        let parts: Result<Vec<_>, _> = value.split('*').map(plain).collect();
        let parts = parts?;
        let within = parts.get(1..parts.len().saturating_sub(1)).unwrap_or_default();
        if within.iter().any(Vec::is_empty) {
            return Err("two `*` follow each other");
        }
        return Ok(Filter::Parts(name, parts));
    }
    Ok(Filter::Equal(name, plain(value)?))
}

fn name(text: &str) -> Result<String, &'static str> {
    let known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | ';' | '_');
    if text.is_empty() || !text.chars().all(known) {
        return Err("an attribute's name is empty or has a sign that names do not have");
    }
    Ok(text.to_owned())
}

/// `name:dn:rule` without its last colon.
fn rule(left: &str, value: &str) -> Result<Filter, &'static str> {
    let mut parts = left.split(':');
    let first = parts.next().unwrap_or_default();
    let (mut names, mut rule) = (false, None);
    for part in parts {
        if part.eq_ignore_ascii_case("dn") && !names && rule.is_none() {
            names = true;
        } else if rule.is_none() {
            rule = Some(name(part)?);
        } else {
            return Err("a rule has too many parts");
        }
    }
    let name = if first.is_empty() {
        None
    } else {
        Some(name(first)?)
    };
    if name.is_none() && rule.is_none() {
        return Err("a rule names neither an attribute nor itself");
    }
    Ok(Filter::Rule {
        rule,
        name,
        value: plain(value)?,
        names,
    })
}

/// A value without its escapes.
fn plain(value: &str) -> Result<Vec<u8>, &'static str> {
    let wrong = "a `\\` is followed by two hexadecimal digits";
    let (mut bytes, mut rest) = (Vec::new(), value.bytes());
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(wrong);
        };
        bytes.push(u8::try_from(high << 4 | low).map_err(|_| wrong)?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives(text: &str) -> Filter {
        let filter = Filter::parse(text).unwrap();
        let mut out = Writer::default();
        filter.write(&mut out);
        assert_eq!(Filter::read(&mut Reader::new(&out.finish())), Ok(filter.clone()));
        filter
    }

    #[test]
    fn filters_are_the_same_as_text_and_as_bytes() {
        let simple = survives("(&(objectClass=person)(!(uid=a\\2a*b))(|(x>=1)(y<=2)(z~=3)(w=*)))");
        assert!(matches!(simple, Filter::And(inner) if inner.len() == 3));
        survives("(userAccountControl:1.2.840.113556.1.4.803:=2)");
        survives("(:dn:2.4.6.8.10:=Dino)");
        survives("(cn=*a*b*)");
        survives("(&)");
        assert_eq!(survives("(cn=\\28x\\29)"), Filter::equal("cn", b"(x)"));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for wrong in [
            "",
            "cn=a",
            "(cn=a",
            "(cn=a))",
            "(cn)",
            "(=a)",
            "(cn=\\zz)",
            "(cn=\\",
            "(&(cn=a)",
            "(c n=a)",
            "(cn=a**b)",
            "(cn=(a))",
            "(:=a)",
        ] {
            assert!(Filter::parse(wrong).is_err(), "{wrong}");
        }
        let deep = format!("{}(a=b){}", "(!".repeat(100), ")".repeat(100));
        assert!(Filter::parse(&deep).is_err());
    }
}
