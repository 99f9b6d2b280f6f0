//! Pages: rows under a key that is missing where there are none, and the token of the next page.

use serde::Deserialize;
use serde_json::Value;

use super::api::{Google, Lane};
use super::error::is_page_token;
use super::rows;
use crate::client::{Meter, Trail};
use crate::connector::rest::RestError;

/// A page of any list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    /// What tells a page without rows from something else.
    kind: String,
    next_page_token: Option<String>,
    #[serde(
        default,
        alias = "users",
        alias = "groups",
        alias = "members",
        alias = "items"
    )]
    rows: Vec<Value>,
}

/// Walks a list.
pub(super) struct Pages<'a> {
    google: &'a Google,
    lane: &'a Lane,
    path: String,
    /// What `kind` ends in.
    kind: &'static str,
    next: Next,
    trail: Trail,
    restarts: u32,
    /// Google's time at the first page, milliseconds since 1970.
    pub(super) begun: Option<i64>,
}

enum Next {
    First,
    Token(String),
    None,
}

/// What a step along a list came to.
pub(super) enum Step {
    Rows(Vec<Value>),
    /// The page token died: the list begins anew, what was told of it so far does not count.
    Again,
    End,
}

impl<'a> Pages<'a> {
    /// Of this path, with a query.
    pub(super) fn new(google: &'a Google, lane: &'a Lane, path: String, kind: &'static str) -> Self {
        Self {
            google,
            lane,
            path,
            kind,
            next: Next::First,
            trail: Trail::default(),
            restarts: 0,
            begun: None,
        }
    }

    /// The next page. Where it goes on is said by the token alone: a page may be without rows in the middle of a list.
    pub(super) async fn step(&mut self) -> Result<Step, RestError> {
        let path = match std::mem::replace(&mut self.next, Next::None) {
            Next::None => return Ok(Step::End),
            Next::First => self.path.clone(),
            Next::Token(token) => {
                self.trail
                    .follow(&token)
                    .map_err(|why| self.google.api.refuse(why))?;
                format!("{}&pageToken={}", self.path, super::api::encoded(&token))
            }
        };
        let got = match self.google.get::<Page>(self.lane, &path).await {
            Err(error) if is_page_token(&error) && self.restarts < 2 => {
                self.restarts += 1;
                (self.next, self.trail) = (Next::First, Trail::default());
                return Ok(Step::Again);
            }
            got => got?,
        };
        if !got.body.kind.ends_with(self.kind) {
            let what = format!("Google answered no page of `{}`", self.kind);
            return Err(RestError::Malformed(what));
        }
        Meter::page();
        self.begun = self.begun.or(got.date);
        if let Some(token) = got.body.next_page_token.filter(|token| !token.is_empty()) {
            self.next = Next::Token(token);
        }
        Ok(Step::Rows(got.body.rows))
    }
}

/// For the fuzzer: whatever a page says, it is read or refused.
#[doc(hidden)]
pub fn read_as_anything(body: &[u8]) {
    let Ok(page) = serde_json::from_slice::<Page>(body) else {
        return;
    };
    let users = rows::UserRows::new(["name.familyName", "organizations.department", "emails"]);
    for row in &page.rows {
        users.user(row).ok();
        rows::group(row).ok();
        rows::member(row);
        super::hints::groups_named(row).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_list_is_an_empty_page_and_another_shape_is_none() {
        let page = |text: &str| serde_json::from_str::<Page>(text);
        let empty = page(r#"{"kind":"admin#directory#users","nextPageToken":"t"}"#).unwrap();
        assert!(empty.rows.is_empty() && empty.next_page_token.is_some());
        let one = page(r#"{"kind":"admin#directory#groups","groups":[{}]}"#).unwrap();
        assert_eq!((one.rows.len(), one.next_page_token), (1, None));
        for other in [
            r#"{"value":[]}"#,
            "[]",
            r#"{"kind":"x","users":{}}"#,
            r#"{"users":[]}"#,
        ] {
            assert!(page(other).is_err(), "{other}");
        }
    }
}
