//! From text to a filter or a path, by hand; what a hostile text may cost is capped.

use super::super::error::{ScimError, ScimType};
use super::lexer::{Lexer, Token};
use super::tree::{Filter, Literal, Operator, Path};

/// The longest text, in bytes.
pub const MAX_TEXT: usize = 4096;
/// The deepest nesting.
pub const MAX_DEPTH: usize = 32;
/// The most comparisons, negations and brackets.
pub const MAX_NODES: usize = 128;

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter` when it does not follow the grammar, `tooMany` when it is beyond the caps.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let mut parser = Parser::new(text)?;
        let filter = parser.any(0, false)?;
        parser.end("`and`, `or` or the end is expected")?;
        Ok(filter)
    }
}

impl Path {
    /// Reads the path of a patch.
    ///
    /// # Errors
    /// `invalidPath` when it does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        path(text).map_err(|error| {
            let detail = error.detail.replacen("the filter", "the path", 1);
            ScimError::new(ScimType::InvalidPath, detail)
        })
    }
}

fn path(text: &str) -> Result<Path, ScimError> {
    let mut parser = Parser::new(text)?;
    let name = parser.name()?;
    let (mut filter, mut part) = (None, None);
    if parser.takes_bracket('[')? {
        filter = Some(parser.any(1, true)?);
        parser.close(']')?;
        part = parser.part()?;
    }
    parser.end("the end is expected")?;
    Ok(Path { name, filter, part })
}

struct Parser<'a> {
    tokens: Lexer<'a>,
    next: Option<Token>,
    nodes: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self, ScimError> {
        if text.len() > MAX_TEXT {
            let what = format!(
                "the filter has {} bytes, more than {MAX_TEXT}; hint: split the question",
                text.len()
            );
            return Err(ScimError::new(ScimType::TooMany, what));
        }
        let mut tokens = Lexer::new(text);
        let next = tokens.next_token()?;
        Ok(Self {
            tokens,
            next,
            nodes: 0,
        })
    }

    fn advance(&mut self) -> Result<Option<Token>, ScimError> {
        let following = self.tokens.next_token()?;
        Ok(std::mem::replace(&mut self.next, following))
    }

    fn any(&mut self, depth: usize, inside: bool) -> Result<Filter, ScimError> {
        let first = self.all(depth, inside)?;
        let mut parts = vec![first];
        while self.takes_word("or")? {
            parts.push(self.all(depth, inside)?);
        }
        Ok(several(parts, Filter::Or))
    }

    fn all(&mut self, depth: usize, inside: bool) -> Result<Filter, ScimError> {
        let first = self.primary(depth, inside)?;
        let mut parts = vec![first];
        while self.takes_word("and")? {
            parts.push(self.primary(depth, inside)?);
        }
        Ok(several(parts, Filter::And))
    }

    fn primary(&mut self, depth: usize, inside: bool) -> Result<Filter, ScimError> {
        self.nodes += 1;
        if depth >= MAX_DEPTH || self.nodes > MAX_NODES {
            let what = format!(
                "the filter is nested more than {MAX_DEPTH} deep or has more than {MAX_NODES} parts; hint: split the question"
            );
            return Err(ScimError::new(ScimType::TooMany, what));
        }
        if self.takes_bracket('(')? {
            let filter = self.any(depth + 1, inside)?;
            self.close(')')?;
            return Ok(filter);
        }
        let name = self.name()?;
        if name.eq_ignore_ascii_case("not") && self.takes_bracket('(')? {
            let filter = self.any(depth + 1, inside)?;
            self.close(')')?;
            return Ok(Filter::Not(Box::new(filter)));
        }
        if self.next == Some(Token::Bracket('[')) {
            return self.each(name, depth, inside);
        }
        self.comparison(name)
    }

    /// `attr[…]`, or Entra's `attr[…].part op value`.
    fn each(&mut self, name: String, depth: usize, inside: bool) -> Result<Filter, ScimError> {
        if inside {
            return Err(self.tokens.wrong("brackets cannot stand in brackets"));
        }
        self.advance()?;
        let inner = self.any(depth + 1, true)?;
        self.close(']')?;
        let Some(part) = self.part()? else {
            return Ok(Filter::Each(name, Box::new(inner)));
        };
        let more = self.comparison(part)?;
        let mut parts = match inner {
            Filter::And(parts) => parts,
            other => vec![other],
        };
        parts.push(more);
        Ok(Filter::Each(name, Box::new(Filter::And(parts))))
    }

    fn comparison(&mut self, name: String) -> Result<Filter, ScimError> {
        let Some(Token::Word(word)) = self.advance()? else {
            return Err(self.tokens.wrong("an operator is expected"));
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(name));
        }
        let known = Operator::ALL
            .iter()
            .find(|(spelled, _)| word.eq_ignore_ascii_case(spelled));
        let Some((_, operator)) = known else {
            return Err(self.tokens.wrong("the operator is not known"));
        };
        let literal = match self.advance()? {
            Some(Token::Quoted(text)) => Literal::Text(text),
            Some(Token::Word(word)) => literal(word),
            _ => return Err(self.tokens.wrong("a value is expected")),
        };
        Ok(Filter::Compare(name, *operator, literal))
    }

    fn name(&mut self) -> Result<String, ScimError> {
        match self.advance()? {
            Some(Token::Word(name)) if is_name(&name) => Ok(name),
            _ => Err(self.tokens.wrong("the name of an attribute is expected")),
        }
    }

    /// `.part`, directly behind a bracket.
    fn part(&mut self) -> Result<Option<String>, ScimError> {
        let part = match &self.next {
            Some(Token::Word(word)) => word.strip_prefix('.').map(str::to_owned),
            _ => None,
        };
        match part {
            Some(part) if is_name(&part) => {
                self.advance()?;
                Ok(Some(part))
            }
            Some(_) => Err(self.tokens.wrong("the name of a sub-attribute is expected")),
            None => Ok(None),
        }
    }

    fn takes_word(&mut self, word: &str) -> Result<bool, ScimError> {
        let found = matches!(&self.next, Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn takes_bracket(&mut self, bracket: char) -> Result<bool, ScimError> {
        let found = self.next == Some(Token::Bracket(bracket));
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn close(&mut self, bracket: char) -> Result<(), ScimError> {
        if self.takes_bracket(bracket)? {
            return Ok(());
        }
        Err(self.tokens.wrong(&format!("`{bracket}` is expected")))
    }

    fn end(&self, what: &str) -> Result<(), ScimError> {
        match self.next {
            None => Ok(()),
            Some(_) => Err(self.tokens.wrong(what)),
        }
    }
}

fn several(mut parts: Vec<Filter>, join: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}

/// Letters first, then what names and URNs are made of.
fn is_name(word: &str) -> bool {
    let starts = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$');
    starts
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "$-_.:/%+#".contains(c))
}

fn literal(word: String) -> Literal {
    match word.as_str() {
        _ if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
        _ if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
        _ if word.eq_ignore_ascii_case("null") => Literal::Null,
        _ if serde_json::from_str::<serde_json::Number>(&word).is_ok() => Literal::Number(word),
        _ => Literal::Bare(word),
    }
}
