//! Distinguished names, to be compared (RFC 4514): one key for all spellings of one name.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// A name's key: the same for every spelling. A digest, because a million of them are held at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key([u8; 16]);

/// The key of a name.
pub fn key(dn: &str) -> Key {
    // What is no name is compared letter by letter.
    let text = normal(dn).unwrap_or_else(|| dn.to_owned());
    let digest = Sha256::digest(text.as_bytes());
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(digest) {
        *to = from;
    }
    Key(key)
}

/// Whether a name is `base` or below it.
pub fn is_within(dn: &str, base: &str) -> bool {
    let (Some(dn), Some(base)) = (normal(dn), normal(base)) else {
        return false;
    };
    // Commas within values are escaped: one without an escape before it ends a part.
    base.is_empty() || dn == base || dn.strip_suffix(&base).is_some_and(|rest| rest.ends_with(','))
}

/// The one spelling: types and values folded, spaces at the ends and in rows dropped, parts of one step sorted.
/// `None` for what is no name.
pub fn normal(dn: &str) -> Option<String> {
    if dn.trim().is_empty() {
        return Some(String::new());
    }
    let mut steps = Vec::new();
    let mut step = Vec::new();
    let mut rest = dn;
    loop {
        let (part, end) = part(rest)?;
        step.push(part);
        rest = match end {
            Some((',' | ';', after)) => {
                steps.push(joined(&mut step));
                after
            }
            Some((_, after)) => after,
            None => {
                steps.push(joined(&mut step));
                return Some(steps.join(","));
            }
        };
    }
}

fn joined(step: &mut Vec<String>) -> String {
    step.sort_unstable();
    let text = step.join("+");
    step.clear();
    text
}

/// The first `type=value`, with what ended it and what comes after.
fn part(text: &str) -> Option<(String, Option<(char, &str)>)> {
    let (kind, rest) = text.split_once('=')?;
    let kind = kind.trim().to_ascii_lowercase();
    let kind = kind.trim_start_matches("oid.").trim();
    if kind.is_empty() || kind.contains([',', '+', ';', '\\']) {
        return None;
    }
    let (value, end) = value(rest)?;
    Some((format!("{kind}={value}"), end))
}

fn value(text: &str) -> Option<(String, Option<(char, &str)>)> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut quoted = false;
    let mut letters = text.char_indices();
    let mut end = None;
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                let (_, next) = letters.next()?;
                if let Some(high) = next.to_digit(16) {
                    let low = letters.next()?.1.to_digit(16)?;
                    bytes.push(u8::try_from(high << 4 | low).ok()?);
                } else {
                    bytes.extend(next.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            '"' => quoted = !quoted,
            ',' | ';' | '+' if !quoted => {
                end = Some((letter, text.get(at + 1..)?));
                break;
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some((folded(&bytes), end))
}

/// Without case, composed, without spaces at the ends, a row of them as one (RFC 4518); with what separates names escaped.
fn folded(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else {
        // Not a text: its bytes.
        return bytes
            .iter()
            .fold(String::new(), |text, byte| format!("{text}\\{byte:02x}"));
    };
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for letter in text.nfc().flat_map(char::to_lowercase) {
        if letter == ' ' {
            space = !out.is_empty();
            continue;
        }
        if space {
            out.push(' ');
            space = false;
        }
        if matches!(letter, ',' | ';' | '+' | '\\' | '=' | '"') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let spellings = [
            "CN=Ada Lovelace,OU=People,DC=corp,DC=example",
            "cn=ada lovelace, ou=PEOPLE , dc=Corp,dc=example",
            "cn=Ada  Lovelace;ou=People;dc=corp;dc=example",
            "cn=\"Ada Lovelace\",ou=People,dc=corp,dc=example",
            "cn=\\41da\\20Lovelace,ou=People,dc=corp,dc=example",
            "oid.cn=Ada Lovelace,ou=People,dc=corp,dc=example",
        ];
        for spelling in spellings {
            assert_eq!(key(spelling), key(spellings[0]), "{spelling}");
        }
        assert_eq!(key("cn=a+uid=b,dc=x"), key("UID=B + CN=A, DC=x"));
        assert_eq!(key("cn=e\u{301}"), key("cn=\u{e9}"));
        assert_eq!(key("cn=M\\C3\\BCller"), key("CN=m\u{fc}ller"));
    }

    #[test]
    fn names_that_differ_have_different_keys() {
        let names = [
            "cn=a,dc=x",
            "cn=a\\,dc=x",
            "cn=a\\, dc\\=x",
            "cn=a,dc=x,dc=x",
            "cn=a+dc=x",
            "cn=a\\+dc=x",
            "uid=a,dc=x",
            "",
        ];
        for (at, name) in names.iter().enumerate() {
            for other in &names[at + 1..] {
                assert_ne!(key(name), key(other), "{name} and {other}");
            }
        }
    }

    #[test]
    fn what_is_below_a_base_is_within_it() {
        let base = "OU=People,DC=corp,DC=example";
        assert!(is_within("cn=a,ou=people,dc=corp,dc=example", base));
        assert!(is_within(base, base));
        assert!(!is_within("cn=a,ou=peoples,dc=corp,dc=example", base));
        assert!(!is_within("cn=a\\,ou=people,dc=corp,dc=example", base));
        assert!(is_within("dc=anything", ""));
    }

    proptest! {
        #[test]
        fn the_one_spelling_is_its_own(name in "[a-zA-Z,=+\\\\ \"#\u{e9}\u{130}0-9]{0,30}") {
            if let Some(once) = normal(&name) {
                prop_assert_eq!(normal(&once), Some(once));
            }
        }

        #[test]
        fn no_text_makes_it_panic(name: String) {
            key(&name);
        }
    }
}
