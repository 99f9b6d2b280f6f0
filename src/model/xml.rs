//! The escaping of text for XML 1.0, shared by every writer.
//!
//! No parsing and no elements: those are the protocol's. Characters that XML 1.0 cannot carry are left out,
//! since even their character references end the reader's parse (W3C XML 1.0 §2.2).

use std::borrow::Cow;

/// The text as the value of an attribute in double quotes. TAB, CR and LF become character references, since
/// a reader turns them into blanks.
pub fn escape_attribute(text: &str) -> Cow<'_, str> {
    escape(text, |c| match c {
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        _ => None,
    })
}

/// The text as the content of an element. CR becomes a character reference, since a reader turns it into LF.
pub fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |_| None)
}

/// The text without the characters that XML 1.0 cannot carry.
pub fn strip_illegal(text: &str) -> Cow<'_, str> {
    if text.chars().all(legal) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| legal(*c)).collect())
}

fn escape(text: &str, also: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    let replacement = |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        c if legal(c) => also(c),
        _ => Some(""),
    };
    let Some((start, _)) = text.char_indices().find(|(_, c)| replacement(*c).is_some()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..start]);
    for c in text[start..].chars() {
        match replacement(c) {
            Some(reference) => out.push_str(reference),
            None => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(
            escape_attribute("Åse O'Hara 東"),
            Cow::Borrowed("Åse O'Hara 東")
        ));
        assert!(matches!(escape_text("a \"quoted\" word"), Cow::Borrowed(_)));
        assert!(matches!(strip_illegal("a\tb"), Cow::Borrowed("a\tb")));
    }

    #[test]
    fn attributes_keep_blanks_and_quotes() {
        assert_eq!(
            escape_attribute("a\t\"<b>\" & c\r\n"),
            "a&#x9;&quot;&lt;b&gt;&quot; &amp; c&#xD;&#xA;"
        );
    }

    #[test]
    fn illegal_characters_are_left_out() {
        assert_eq!(escape_text("a\u{1}b\u{fffe}\u{ffff}c\u{0}"), "abc");
        assert_eq!(escape_attribute("\u{b}x"), "x");
        assert_eq!(strip_illegal("a\u{1f}\u{10ffff}"), "a\u{10ffff}");
    }
}
