//! Values of attributes: ids, moments, ranges.

use chrono::{DateTime, NaiveDateTime};

/// Milliseconds between 1601, where Windows begins to count, and 1970.
const WINDOWS: i64 = 11_644_473_600_000;

/// A GUID of Active Directory as text: its first three parts have their lowest byte first (MS-DTYP §2.3.4.2).
pub fn guid(bytes: &[u8]) -> Option<String> {
    let mut bytes: [u8; 16] = bytes.try_into().ok()?;
    swap(&mut bytes);
    Some(hyphened(&bytes))
}

/// The bytes of a GUID as text, as Active Directory keeps them.
pub fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let mut bytes = uuid_bytes(text)?;
    swap(&mut bytes);
    Some(bytes)
}

fn swap(bytes: &mut [u8; 16]) {
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
}

fn hyphened(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
    }
    text
}

/// A UUID (RFC 4530) as text in lower case: of its text, or of its sixteen bytes.
pub fn uuid(value: &[u8]) -> Option<String> {
    if let Ok(bytes) = <&[u8; 16]>::try_from(value) {
        return Some(hyphened(bytes));
    }
    let text = std::str::from_utf8(value).ok()?;
    uuid_bytes(text).map(|bytes| hyphened(&bytes))
}

/// The bytes of a UUID's text.
pub fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    let places = text.char_indices().filter(|(_, letter)| *letter == '-');
    if text.len() != 36 || !places.map(|(at, _)| at).eq([8, 13, 18, 23]) {
        return None;
    }
    let digits = text.chars().filter(|letter| *letter != '-');
    let digits: Option<Vec<u32>> = digits.map(|letter| letter.to_digit(16)).collect();
    let digits = digits?;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

/// A generalised time (RFC 4517 §3.3.13), in milliseconds since 1970: `20261125093000Z`, `20261125093000.0Z`, with an offset.
pub fn generalized_time(text: &str) -> Option<i64> {
    let (digits, rest) = text.split_at_checked(14)?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
            rest.split_at_checked(end)?
        }
        None => ("", rest),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let moment = if zone == "Z" {
        NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S")
            .ok()?
            .and_utc()
    } else {
        DateTime::parse_from_str(&format!("{digits}{zone}"), "%Y%m%d%H%M%S%z")
            .ok()?
            .to_utc()
    };
    moment.timestamp_millis().checked_add(millis)
}

/// A moment of Windows: hundreds of nanoseconds since 1601, as text, in milliseconds since 1970. Zero and the end of time are never.
pub fn file_time(text: &str) -> Option<i64> {
    let ticks: i64 = text.parse().ok()?;
    if ticks <= 0 || ticks == i64::MAX {
        return None;
    }
    Some(ticks / 10_000 - WINDOWS)
}

/// An attribute of which Active Directory told a part: `member;range=0-1499`, the last part `member;range=1500-*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranged<'a> {
    /// The attribute.
    pub name: &'a str,
    /// The first value told.
    pub from: u64,
    /// The last value told; `None`: to the end.
    pub upto: Option<u64>,
}

impl<'a> Ranged<'a> {
    /// Of an attribute's description; `None` where it is whole.
    pub fn of(description: &'a str) -> Option<Self> {
        let (name, option) = description.split_once(';')?;
        let range = option.get(6..).filter(|_| {
            option
                .get(..6)
                .is_some_and(|word| word.eq_ignore_ascii_case("range="))
        })?;
        let (from, upto) = range.split_once('-')?;
        let upto = if upto == "*" {
            None
        } else {
            Some(upto.parse().ok()?)
        };
        Some(Self {
            name,
            from: from.parse().ok()?,
            upto,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_shown_as_windows_shows_it() {
        let bytes: Vec<u8> = (0..16).collect();
        let text = "03020100-0504-0706-0809-0a0b0c0d0e0f";
        assert_eq!(guid(&bytes).as_deref(), Some(text));
        assert_eq!(guid_bytes(text).as_ref().map(<[u8; 16]>::as_slice), Some(&*bytes));
        assert_eq!(guid(&bytes[1..]), None);
    }

    #[test]
    fn a_uuid_is_the_same_as_text_and_as_bytes() {
        let bytes: Vec<u8> = (0..16).collect();
        let text = "00010203-0405-0607-0809-0A0B0C0D0E0F";
        assert_eq!(uuid(&bytes), uuid(text.as_bytes()));
        assert_eq!(uuid(text.as_bytes()), Some(text.to_lowercase()));
        for wrong in ["", "0001", "0001020304050607080-0A0B0C0D0E0F-00-", "é"] {
            assert_eq!(uuid(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_read() {
        assert_eq!(generalized_time("19700101000001Z"), Some(1000));
        assert_eq!(generalized_time("19700101000001.0Z"), Some(1000));
        assert_eq!(generalized_time("19700101000001.25Z"), Some(1250));
        assert_eq!(generalized_time("19700101010001+0100"), Some(1000));
        for wrong in [
            "",
            "now",
            "1970010100000",
            "19700101000001",
            "+9700101000001Z",
            "19701301000001Z",
        ] {
            assert_eq!(generalized_time(wrong), None, "{wrong}");
        }
        assert_eq!(file_time("116444736010000000"), Some(1000));
        for never in ["0", "9223372036854775807", "-1", "x"] {
            assert_eq!(file_time(never), None);
        }
    }

    #[test]
    fn a_range_says_what_it_covers() {
        let range = Ranged::of("member;range=0-1499").unwrap();
        assert_eq!((range.name, range.from, range.upto), ("member", 0, Some(1499)));
        assert_eq!(Ranged::of("member;Range=1500-*").unwrap().upto, None);
        for whole in ["member", "member;binary", "member;range=x-*", "member;range=1"] {
            assert_eq!(Ranged::of(whole), None, "{whole}");
        }
    }
}
