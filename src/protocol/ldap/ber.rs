//! BER as LDAP restricts it (RFC 4511 §5.1): definite lengths, tags of one byte.

/// BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// INTEGER.
pub const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub const OCTETS: u8 = 0x04;
/// ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// SET.
pub const SET: u8 = 0x31;

/// Bytes that are no LDAP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BerError(pub &'static str);

/// What a tag and its length say.
struct Head {
    tag: u8,
    /// Bytes before the content.
    own: usize,
    content: usize,
}

/// `None` where more bytes are needed.
fn head(bytes: &[u8]) -> Result<Option<Head>, BerError> {
    let [tag, first, rest @ ..] = bytes else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err(BerError("a tag is longer than one byte"));
    }
    let (own, content) = match first {
        0..=0x7f => (2, usize::from(*first)),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let Some(length) = rest.get(..count) else {
                return Ok(None);
            };
            let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (2 + count, length)
        }
        _ => return Err(BerError("a length is indefinite or beyond all measure")),
    };
    Ok(Some(Head {
        tag: *tag,
        own,
        content,
    }))
}

/// How many bytes the message has that these bytes begin; `None` where that cannot be told yet.
///
/// # Errors
/// Where it is no message, or one of more than `cap` bytes.
pub fn length(bytes: &[u8], cap: usize) -> Result<Option<usize>, BerError> {
    if bytes.first().is_some_and(|tag| *tag != SEQUENCE) {
        return Err(BerError("what came is no LDAP message"));
    }
    let Some(head) = head(bytes)? else { return Ok(None) };
    let whole = head.own.saturating_add(head.content);
    if whole > cap {
        return Err(BerError("a message is longer than is ever read"));
    }
    Ok(Some(whole))
}

/// Reads one element after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Over these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element's tag.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its tag and its content.
    pub fn element(&mut self) -> Result<(u8, &'a [u8]), BerError> {
        let short = BerError("an element ends too early");
        let head = head(self.0)?.ok_or(short)?;
        let end = head.own.saturating_add(head.content);
        let content = self.0.get(head.own..end).ok_or(short)?;
        self.0 = self.0.get(end..).ok_or(short)?;
        Ok((head.tag, content))
    }

    /// The content of the next element, which has this tag.
    pub fn content(&mut self, tag: u8) -> Result<&'a [u8], BerError> {
        let (found, content) = self.element()?;
        if found == tag {
            return Ok(content);
        }
        Err(BerError("an element is of another kind than it should be"))
    }

    /// The content of the next element, if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, BerError> {
        if self.peek() == Some(tag) {
            return self.content(tag).map(Some);
        }
        Ok(None)
    }

    /// The elements within the next one, which has this tag.
    pub fn within(&mut self, tag: u8) -> Result<Self, BerError> {
        self.content(tag).map(Self)
    }

    /// A number.
    pub fn number(&mut self, tag: u8) -> Result<i64, BerError> {
        let content = self.content(tag)?;
        let (1..=8, Some(first)) = (content.len(), content.first()) else {
            return Err(BerError("a number is empty or beyond all measure"));
        };
        let start = if first & 0x80 == 0 { 0 } else { -1 };
        Ok(content
            .iter()
            .fold(start, |sum, byte| sum << 8 | i64::from(*byte)))
    }

    /// A truth.
    pub fn truth(&mut self, tag: u8) -> Result<bool, BerError> {
        Ok(self.content(tag)?.iter().any(|byte| *byte != 0))
    }

    /// A text.
    pub fn text(&mut self, tag: u8) -> Result<String, BerError> {
        let content = self.content(tag)?.to_vec();
        String::from_utf8(content).map_err(|_| BerError("a text is not UTF-8"))
    }
}

/// Writes one element after the other.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// An element of this content.
    pub fn put(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        let length = content.len();
        if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
            self.0.push(short);
        } else {
            let bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
            self.0.push(0x84);
            self.0.extend(bytes);
        }
        self.0.extend_from_slice(content);
    }

    /// An element of elements.
    pub fn nest(&mut self, tag: u8, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.put(tag, &inner.0);
    }

    /// A number, in as few bytes as it needs.
    pub fn number(&mut self, tag: u8, number: i64) {
        let bytes = number.to_be_bytes();
        let spare = |at: usize| match (bytes.get(at), bytes.get(at + 1)) {
            (Some(0), Some(next)) => next & 0x80 == 0,
            (Some(0xff), Some(next)) => next & 0x80 != 0,
            _ => false,
        };
        let from = (0..7).find(|at| !spare(*at)).unwrap_or(7);
        self.put(tag, bytes.get(from..).unwrap_or_default());
    }

    /// A truth.
    pub fn truth(&mut self, tag: u8, truth: bool) {
        self.put(tag, &[if truth { 0xff } else { 0 }]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_survive(number: i64) {
            let mut writer = Writer::default();
            writer.number(INTEGER, number);
            let bytes = writer.finish();
            prop_assert_eq!(Reader::new(&bytes).number(INTEGER), Ok(number));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while reader.element().is_ok() {}
            length(&bytes, 100).ok();
        }
    }

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        for (number, bytes) in [
            (0, vec![2, 1, 0]),
            (127, vec![2, 1, 127]),
            (128, vec![2, 2, 0, 128]),
            (-1, vec![2, 1, 255]),
        ] {
            let mut writer = Writer::default();
            writer.number(INTEGER, number);
            assert_eq!(writer.finish(), bytes);
        }
    }

    #[test]
    fn a_message_is_as_long_as_it_says_and_no_longer_than_the_cap() {
        assert_eq!(length(&[0x30], 10), Ok(None));
        assert_eq!(length(&[0x30, 3, 1], 10), Ok(Some(5)));
        assert_eq!(length(&[0x30, 0x82, 0, 1], 10), Ok(Some(5)));
        assert!(length(&[0x30, 0x84, 255, 255, 255, 255], 10).is_err());
        assert!(length(b"HTTP/1.1 400", 10).is_err());
        assert!(length(&[0x30, 0x80], 10).is_err(), "an indefinite length");
    }
}
