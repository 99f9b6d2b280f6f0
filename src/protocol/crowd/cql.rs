//! The Crowd query language of `GET /search?restriction=`: `name = "a*" and (active = true or email = x@example.com)`.
//!
//! `AND` binds tighter than `OR`, words have no case, an empty text wants everything.

use super::body::BodyError;
use super::lexer::{Lexer, Token};
use super::term::{Raw, bounded, term};
use super::tree::{MAX_DEPTH, MAX_NODES};
use super::wire::Entity;
use crate::model::filter::{Filter, Property};

/// Reads a restriction of users or of groups.
///
/// # Errors
/// When it does not follow the grammar, or names a property that they do not have. Custom attributes have no place in
/// this language.
pub fn query(text: &str, kind: Entity) -> Result<Filter, BodyError> {
    let mut parser = Parser {
        kind,
        tokens: Lexer::new(text),
        next: None,
        terms: 0,
    };
    parser.advance()?;
    if parser.next.is_none() {
        return Ok(Filter::All);
    }
    let filter = parser.any(0)?;
    match parser.next {
        None => bounded(filter),
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    kind: Entity,
    tokens: Lexer<'a>,
    next: Option<Token>,
    terms: usize,
}

impl Parser<'_> {
    fn advance(&mut self) -> Result<Option<Token>, BodyError> {
        let following = self.tokens.next_token()?;
        Ok(std::mem::replace(&mut self.next, following))
    }

    fn any(&mut self, depth: usize) -> Result<Filter, BodyError> {
        let mut parts = vec![self.all(depth)?];
        while self.is_word("or") {
            self.advance()?;
            parts.push(self.all(depth)?);
        }
        Ok(single(parts).unwrap_or_else(Filter::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Filter, BodyError> {
        let mut parts = vec![self.primary(depth)?];
        while self.is_word("and") {
            self.advance()?;
            parts.push(self.primary(depth)?);
        }
        Ok(single(parts).unwrap_or_else(Filter::And))
    }

    fn primary(&mut self, depth: usize) -> Result<Filter, BodyError> {
        self.terms += 1;
        if depth >= MAX_DEPTH || self.terms > MAX_NODES {
            return Err(BodyError::TooComplex);
        }
        match self.advance()? {
            Some(Token::Open) => {
                let filter = self.any(depth + 1)?;
                match self.advance()? {
                    Some(Token::Close) => Ok(filter),
                    _ => Err(self.expected("`)`")),
                }
            }
            Some(Token::Word(key) | Token::Quoted(key)) => self.comparison(&key),
            _ => Err(self.expected("the name of a property")),
        }
    }

    fn comparison(&mut self, key: &str) -> Result<Filter, BodyError> {
        let Some(Token::Operator(operator)) = self.advance()? else {
            return Err(self.expected("`=`, `<` or `>`"));
        };
        let Some(Token::Word(value) | Token::Quoted(value)) = self.advance()? else {
            return Err(self.expected("a value"));
        };
        let (mode, value) = match operator {
            '<' => ("LESS_THAN", value.as_str()),
            '>' => ("GREATER_THAN", value.as_str()),
            _ => pattern(&value),
        };
        let filter = term(&Raw {
            name: Some(key),
            kind: None,
            mode: Some(mode),
            value: Some(value),
        })?;
        match &filter {
            Filter::Term { property, .. } if !self.has(property) => Err(self.no_property(key)),
            _ => Ok(filter),
        }
    }

    fn has(&self, property: &Property) -> bool {
        match property {
            Property::Attribute(_) => false,
            Property::Email | Property::FirstName | Property::LastName | Property::DisplayName => {
                self.kind == Entity::User
            }
            Property::Description | Property::Local => self.kind == Entity::Group,
            Property::Name
            | Property::ExternalId
            | Property::Active
            | Property::CreatedDate
            | Property::UpdatedDate => true,
        }
    }

    fn no_property(&self, key: &str) -> BodyError {
        let own = match self.kind {
            Entity::User => "`email`, `firstName`, `lastName`, `displayName`",
            Entity::Group => "`description`, `local`",
        };
        let key: String = key.chars().take(60).collect();
        BodyError::NotUnderstood(format!(
            "property `{key}` is not known; hint: search {} by `name`, {own}, `active`, `createdDate` or `updatedDate`",
            self.kind.plural()
        ))
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.next, Some(Token::Word(next)) if next.eq_ignore_ascii_case(word))
    }

    fn expected(&self, what: &str) -> BodyError {
        self.tokens.wrong(&format!("{what} is expected"))
    }
}

fn single(mut parts: Vec<Filter>) -> Result<Filter, Vec<Filter>> {
    match parts.pop() {
        Some(only) if parts.is_empty() => Ok(only),
        Some(last) => {
            parts.push(last);
            Err(parts)
        }
        None => Ok(Filter::All),
    }
}

/// `*x*` contains, `x*` starts with, anything else is exact; a star in front alone means nothing.
fn pattern(value: &str) -> (&'static str, &str) {
    let inner = value.trim_start_matches('*');
    match (inner.strip_suffix('*'), inner.len() < value.len()) {
        (Some(inner), true) => ("CONTAINS", inner.trim_end_matches('*')),
        (Some(inner), false) => ("STARTS_WITH", inner.trim_end_matches('*')),
        (None, _) if inner.is_empty() && !value.is_empty() => ("STARTS_WITH", ""),
        (None, _) => ("EXACTLY_MATCHES", inner),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::filter::{Match, Value};

    fn name(by: Match, value: &str) -> Filter {
        Filter::Term {
            property: Property::Name,
            by,
            value: Value::Text(value.to_owned()),
        }
    }

    #[test]
    fn stars_make_patterns() {
        for (text, expected) in [
            ("name=alice", name(Match::Exact, "alice")),
            ("name = \"Al*\"", name(Match::StartsWith, "al")),
            ("name='*lic*'", name(Match::Contains, "lic")),
            ("name=*ice", name(Match::Exact, "ice")),
            ("name=*", name(Match::StartsWith, "")),
            ("name=**", name(Match::StartsWith, "")),
            ("name > b", name(Match::GreaterThan, "b")),
            (r#"name = "a\"\\\u00e9\ b""#, name(Match::Exact, "a\"\\é b")),
            (" ", Filter::All),
        ] {
            assert_eq!(query(text, Entity::User), Ok(expected), "{text}");
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_brackets_tighter_than_both() {
        let (a, b, c) = (
            name(Match::Exact, "a"),
            name(Match::Exact, "b"),
            name(Match::Exact, "c"),
        );
        let loose = Filter::Or(vec![a.clone(), Filter::And(vec![b.clone(), c.clone()])]);
        assert_eq!(query("name=a or name=b AND name=c", Entity::User), Ok(loose));
        let tight = Filter::And(vec![Filter::Or(vec![a, b]), c]);
        assert_eq!(query("(name=a OR (name=b)) and name=c", Entity::User), Ok(tight));
    }

    #[test]
    fn types_come_from_properties() {
        let active = Filter::Term {
            property: Property::Active,
            by: Match::Exact,
            value: Value::Bool(true),
        };
        assert_eq!(query("active = TRUE", Entity::Group), Ok(active));
        let since = Filter::Term {
            property: Property::CreatedDate,
            by: Match::GreaterThan,
            value: Value::Date(86_400_000),
        };
        assert_eq!(query("createdDate > 1970-01-02", Entity::User), Ok(since));
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_refused_in_words() {
        let deep = format!("{}name=a{}", "(".repeat(100_000), ")".repeat(100_000));
        for (text, words) in [
            ("name", "`=`, `<` or `>` is expected"),
            ("name=", "a value is expected"),
            ("name=a name=b", "`and`, `or` or the end is expected"),
            ("(name=a", "`)` is expected"),
            ("= a", "the name of a property is expected"),
            ("name='a", "a quote is not closed"),
            ("name=a & name=b", "`&` has no meaning"),
            (r"name=\q", "escape `\\q` is not known"),
            (r"name=\u12", "escape `\\u` needs four hexadecimal digits"),
            ("shoe=44", "property `shoe` is not known"),
            ("local = true", "hint: search users by `name`, `email`"),
            ("createdDate > soon", "date `soon` is not known"),
            (&deep, "nested more than 50 deep"),
        ] {
            let error = query(text, Entity::User).unwrap_err().to_string();
            assert!(error.contains(words), "{text:.80}: {error}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "([a-z]{0,6}|[=<>()\"'* \\\\]|and|or|name|é|\\PC){0,30}") {
            drop(query(&text, Entity::User));
        }
    }
}
