//! A file's lines with their numbers, and what is wrong with them.

use std::fmt::Display;

use crate::connector::api::{ConnectorError, Result};

/// The longest line: a group of 100,000 people with names and links has some 20 MB.
const CAP: usize = 64 << 20;

/// The lines that have something in them, each with its number. The last one must be ended: a writer that has not finished
/// leaves a line without its end.
pub(super) fn lines<'a>(
    file: &'static str,
    bytes: &'a [u8],
) -> Result<impl Iterator<Item = (usize, &'a [u8])> + Clone> {
    if bytes.last() != Some(&b'\n') {
        let number = bytes.split(|byte| *byte == b'\n').count();
        let what = "the file ends without a line end; hint: it may be half-written";
        return Err(wrong(file, number, &what));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let numbered = (1..).zip(bytes.split(|byte| *byte == b'\n'));
    if let Some((number, _)) = numbered.clone().find(|(_, line)| line.len() > CAP) {
        return Err(wrong(
            file,
            number,
            &format!("the line has more than {CAP} bytes"),
        ));
    }
    Ok(numbered.filter(|(_, line)| !line.trim_ascii().is_empty()))
}

/// What is wrong with a line.
pub(super) fn wrong(file: &str, line: usize, what: &dyn Display) -> ConnectorError {
    ConnectorError::Malformed(format!("{file}:{line}: {what}"))
}

/// What is wrong with many lines: the first ones in words, the others as a number.
#[derive(Debug, Default)]
pub(super) struct Told {
    words: Vec<String>,
    more: usize,
}

/// How many are told in words.
const WORDS: usize = 20;

impl Told {
    /// Tells one more.
    pub(super) fn tell(&mut self, file: &str, line: usize, what: &dyn Display) {
        if self.words.len() < WORDS {
            self.words.push(format!("{file}:{line}: {what}"));
        } else {
            self.more += 1;
        }
    }

    /// All, in words; empty where nothing was told.
    pub(super) fn into_words(self) -> Vec<String> {
        let Self { mut words, more } = self;
        if more > 0 {
            words.push(format!("and {more} more"));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<usize> {
        lines("x", text.as_bytes())
            .unwrap()
            .map(|(number, _)| number)
            .collect()
    }

    #[test]
    fn lines_keep_their_numbers() {
        assert_eq!(numbers("a\n\r\n \nb\r\n"), [1, 4]);
        assert!(numbers("\n").is_empty());
        assert_eq!(
            lines("x", b"\xef\xbb\xbfa\n").unwrap().next(),
            Some((1, &b"a"[..]))
        );
    }

    #[test]
    fn a_file_without_its_last_line_end_is_half_written() {
        for text in ["", "a", "a\nb"] {
            let told = lines("users.jsonl", text.as_bytes()).err().unwrap().to_string();
            assert!(told.contains("half-written"), "{told}");
        }
        let told = lines("users.jsonl", b"a\nb").err().unwrap().to_string();
        assert!(told.starts_with("users.jsonl:2: "), "{told}");
    }

    #[test]
    fn of_many_mistakes_the_first_are_told_in_words() {
        let mut told = Told::default();
        for line in 1..=25 {
            told.tell("f", line, &"x");
        }
        let words = told.into_words();
        assert_eq!(
            (words.len(), &*words[0], &*words[20]),
            (21, "f:1: x", "and 5 more")
        );
    }
}
