//! The words of the Crowd query language.

use super::body::BodyError;

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: a keyword, a property, a value.
    Word(String),
    /// A text in quotes, never a keyword.
    Quoted(String),
    /// `=`, `<` or `>`.
    Operator(char),
    /// `(`.
    Open,
    /// `)`.
    Close,
}

/// Reads a query word by word.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next word; `None` at the end.
    pub(super) fn next_token(&mut self) -> Result<Option<Token>, BodyError> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        let Some(first) = self.take() else {
            return Ok(None);
        };
        Ok(Some(match first {
            '(' => Token::Open,
            ')' => Token::Close,
            '=' | '<' | '>' => Token::Operator(first),
            '"' | '\'' => Token::Quoted(self.quoted(first)?),
            _ if ends_word(first) => return Err(self.wrong(&format!("`{first}` has no meaning"))),
            _ => {
                self.at -= first.len_utf8();
                Token::Word(self.word()?)
            }
        }))
    }

    /// What is wrong here.
    pub(super) fn wrong(&self, what: &str) -> BodyError {
        let place = self.text[..self.at].chars().count();
        BodyError::NotUnderstood(format!(
            "the restriction is not understood before character {}: {what}; hint: write `name = \"a*\" and active = true`",
            place + 1
        ))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn word(&mut self) -> Result<String, BodyError> {
        let mut word = String::new();
        while let Some(next) = self.peek().filter(|next| !ends_word(*next)) {
            self.at += next.len_utf8();
            word.push(if next == '\\' { self.escaped()? } else { next });
        }
        Ok(word)
    }

    fn quoted(&mut self, quote: char) -> Result<String, BodyError> {
        let mut text = String::new();
        loop {
            match self.take() {
                None => return Err(self.wrong("a quote is not closed")),
                Some(end) if end == quote => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(other) => text.push(other),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, BodyError> {
        match self.take() {
            Some('t') => Ok('\t'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some(same @ ('"' | '\'' | '\\' | ' ')) => Ok(same),
            Some('u') => self.code_point(),
            Some(other) => Err(self.wrong(&format!("escape `\\{other}` is not known"))),
            None => Err(self.wrong("an escape is not finished")),
        }
    }

    fn code_point(&mut self) -> Result<char, BodyError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.take().and_then(|digit| digit.to_digit(16));
            let digit = digit.ok_or_else(|| self.wrong("escape `\\u` needs four hexadecimal digits"))?;
            code = code << 4 | digit;
        }
        // Half of a surrogate pair is no character; it matches nothing.
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "=!<>(),[]|&\"'".contains(c)
}
