//! Names: how they are cleaned, compared, told apart.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The form in which names are compared: NFC, then Unicode lower case (the clients' own rule), then NFC again, since a
/// letter in lower case may compose with what follows it where the one in upper case did not (`J̌`, `ǰ`).
///
/// `straße` and `strasse` stay two names.
pub fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let lower = name.nfc().collect::<String>().to_lowercase();
    if is_nfc(&lower) {
        return lower;
    }
    lower.nfc().collect()
}

/// A form in which look-alikes meet (NFKC, lower case, `ß` as `ss`): only for reports, never for identity.
pub fn resemblance(name: &str) -> String {
    name.nfkc()
        .collect::<String>()
        .to_lowercase()
        .replace('ß', "ss")
        .replace('ς', "σ")
}

/// The text as it may be served: NFC, without blanks at the ends, control characters, or characters that XML 1.0
/// cannot carry (W3C XML 1.0 §2.2, also U+FFFE and U+FFFF). Borrowed when nothing had to change.
pub fn clean(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    if trimmed.is_ascii() && trimmed.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(trimmed);
    }
    if is_nfc(trimmed) && trimmed.chars().all(legal) {
        return Cow::Borrowed(trimmed);
    }
    let kept: String = trimmed.chars().filter(|c| legal(*c)).nfc().collect();
    Cow::Owned(kept.trim().to_owned())
}

fn legal(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_nfc_and_lower_case_only() {
        assert_eq!(fold("A\u{308}NNA"), "änna");
        assert_ne!(fold("straße"), fold("strasse"));
        assert_eq!(resemblance("straße"), resemblance("STRASSE"));
    }

    #[test]
    fn folding_twice_is_folding_once_and_case_never_matters() {
        let marks = [
            "", "\u{300}", "\u{301}", "\u{307}", "\u{308}", "\u{30a}", "\u{30c}", "\u{342}", "\u{345}",
        ];
        let changed = |c: &char| !c.to_lowercase().eq([*c]);
        let mut seen = 0;
        for c in ('\0'..=char::MAX).filter(changed) {
            for mark in marks {
                let name = format!("{c}{mark}x");
                let folded = fold(&name);
                assert_eq!(fold(&folded), folded, "{name}");
                assert_eq!(fold(&name.to_lowercase()), folded, "{name}");
                seen += 1;
            }
        }
        assert!(seen > 10_000, "{seen}");
    }

    #[test]
    fn cleaning_trims_and_strips() {
        assert_eq!(clean("  a\u{1}b\t\u{ffff} "), "ab");
        assert!(matches!(clean("plain"), Cow::Borrowed("plain")));
        assert_eq!(clean("\u{1} \u{2}"), "");
    }
}
