//! The event token as text: URL-safe, opaque to clients, checked by a CRC.
//!
//! A token is no secret and no signature: it tells only where a client's picture stands.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const VERSION: u8 = 1;
const FIXED: usize = 1 + 1 + 8 + 16;
const CHECKSUM: usize = 4;
/// Well above what the directories of one application need, well below what a cookie may hold.
const MAX_TEXT: usize = 3_500;

/// Where a client's picture of its view stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The store's epoch.
    pub epoch: [u8; 16],
    /// The hash of the view: directories in order, filters, options.
    pub view: u64,
    /// The head of each of the view's directories, in the view's order.
    pub seqs: Vec<u64>,
    /// Handed out after a full sync (rule R8 of the feed).
    pub after_full: bool,
    /// Handed out to a client that sent no cookie: when it comes back, that client's full sync has ended.
    pub without_cookie: bool,
}

impl Token {
    /// The token as text: letters, digits, `-`, `_`.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(FIXED + self.seqs.len() * 4 + CHECKSUM);
        bytes.push(VERSION);
        bytes.push(u8::from(self.after_full) | u8::from(self.without_cookie) << 1);
        bytes.extend_from_slice(&self.view.to_be_bytes());
        bytes.extend_from_slice(&self.epoch);
        for seq in &self.seqs {
            push_number(&mut bytes, *seq);
        }
        let checksum = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&checksum.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The token of a text; `None` for whatever [`Token::encode`] did not write.
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
        if crc32c::crc32c(content) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (&[version, flags], rest) = content.split_first_chunk::<2>()?;
        if version != VERSION || flags > 3 {
            return None;
        }
        let (view, rest) = rest.split_first_chunk::<8>()?;
        let (epoch, mut rest) = rest.split_first_chunk::<16>()?;
        let mut seqs = Vec::new();
        while !rest.is_empty() {
            seqs.push(take_number(&mut rest)?);
        }
        Some(Self {
            epoch: *epoch,
            view: u64::from_be_bytes(*view),
            seqs,
            after_full: flags & 1 != 0,
            without_cookie: flags & 2 != 0,
        })
    }
}

/// LEB128: seven bits a byte, the lowest first.
fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push((number & 0x7f) as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        if shift == 63 && low > 1 {
            return None;
        }
        number |= low << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> Token {
        Token {
            epoch: [7; 16],
            view: u64::MAX,
            seqs: vec![0, 127, 128, u64::MAX],
            after_full: true,
            without_cookie: false,
        }
    }

    #[test]
    fn any_changed_character_makes_it_invalid() {
        let text = token().encode();
        assert_eq!(Token::decode(&text), Some(token()));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(Token::decode(std::str::from_utf8(&changed).unwrap()), None);
        }
    }

    #[test]
    fn foreign_texts_are_no_tokens() {
        for text in [
            "",
            "0",
            "42:108",
            "AAAA",
            "AAAAAAAA",
            "ünicode",
            "====",
            &"A".repeat(100_000),
        ] {
            assert_eq!(Token::decode(text), None);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(epoch: [u8; 16], view: u64, seqs in prop::collection::vec(any::<u64>(), 0..50), after_full: bool, without_cookie: bool) {
            let token = Token { epoch, view, seqs, after_full, without_cookie };
            let text = token.encode();
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            prop_assert_eq!(Token::decode(&text), Some(token));
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            prop_assert!(Token::decode(&text).is_none_or(|token| token.encode() == text));
        }
    }
}
