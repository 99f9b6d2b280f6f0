//! The words of a filter.

use super::super::error::ScimError;

/// A word of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: a name, an operator, a keyword, a value.
    Word(String),
    /// A text in quotes.
    Quoted(String),
    /// `(`, `)`, `[` or `]`.
    Bracket(char),
}

/// Reads a filter word by word.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next word; `None` at the end.
    pub(super) fn next_token(&mut self) -> Result<Option<Token>, ScimError> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return Ok(None);
        };
        match first {
            '(' | ')' | '[' | ']' => {
                self.at += 1;
                Ok(Some(Token::Bracket(first)))
            }
            '"' => self.quoted(rest).map(Some),
            '\'' => Err(self.wrong("texts stand in double quotes")),
            _ => {
                let length = rest.find(ends_word).unwrap_or(rest.len());
                self.at += length;
                Ok(Some(Token::Word(rest[..length].to_owned())))
            }
        }
    }

    /// What is wrong here.
    pub(super) fn wrong(&self, what: &str) -> ScimError {
        let place = self.text[..self.at].chars().count() + 1;
        ScimError::filter(format!(
            "the filter is not understood before character {place}: {what}; hint: write `userName eq \"alice\" and active eq true`"
        ))
    }

    /// A text in quotes is a JSON string.
    fn quoted(&mut self, rest: &str) -> Result<Token, ScimError> {
        let mut escaped = false;
        for (index, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    let text = serde_json::from_str(&rest[..=index])
                        .map_err(|_| self.wrong("an escape in the text is not JSON's"))?;
                    self.at += index + 1;
                    return Ok(Token::Quoted(text));
                }
                _ => {}
            }
        }
        Err(self.wrong("a quote is not closed"))
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "()[]\"".contains(c)
}
