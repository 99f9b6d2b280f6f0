//! A stand-in for Jira's embedded Crowd client: it asks as Jira asks, in Jira's order, and keeps what Jira would keep.

mod apply;
mod cache;
mod tree;

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};

pub use cache::{Cache, CachedUser};
pub use tree::Element;

use crate::secret::Secret;

const EVERYTHING: &str =
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><null-search-restriction/>"#;
const NAME_IS_NULL: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><property-search-restriction><property><name>name</name><type>STRING</type></property><match-mode>NULL</match-mode></property-search-restriction>"#;

/// Why the client could not go on.
#[derive(Debug, thiserror::Error)]
pub enum JiraError {
    /// No answer.
    #[error("cannot reach `{url}`: {source}; hint: is the Crowd face listening there?")]
    Unreachable {
        /// Where.
        url: String,
        /// What the network said.
        source: reqwest::Error,
    },
    /// An answer without the header that the client looks at before the status.
    #[error("`{0}` is not a Crowd service: its answer has no X-Embedded-Crowd-Version")]
    NotCrowd(String),
    /// A refusal.
    #[error("`{url}` answered {status}: {body}")]
    Refused {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// An answer that the client cannot read.
    #[error("`{url}` answered something unreadable: {what}")]
    Unreadable {
        /// Where.
        url: String,
        /// What is wrong with it.
        what: String,
    },
}

/// How a synchronisation went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synced {
    /// By events.
    Incremental {
        /// How many there were.
        events: usize,
    },
    /// By reading everything.
    Full,
}

/// A Jira with one Crowd directory.
pub struct Jira {
    http: reqwest::Client,
    base: String,
    application: String,
    password: Secret,
    cookie: Option<String>,
    token: Option<String>,
    keeps_first_token: bool,
    /// What it knows of the directory.
    pub cache: Cache,
}

impl Jira {
    /// A client of the Crowd service at `base` (such as `http://127.0.0.1:8095/crowd`).
    pub fn new(http: reqwest::Client, base: &str, application: &str, password: Secret) -> Self {
        Self {
            http,
            base: format!("{}/rest/usermanagement/1", base.trim_end_matches('/')),
            application: application.to_owned(),
            password,
            cookie: None,
            token: None,
            keeps_first_token: false,
            cache: Cache::default(),
        }
    }

    /// Makes it a client of the Crowd 2.4 era, which asks for a token once, before it reads, and keeps that one.
    #[must_use]
    pub fn of_the_first_era(mut self) -> Self {
        self.keeps_first_token = true;
        self
    }

    /// What the *Test settings* button asks.
    ///
    /// # Errors
    /// [`JiraError`] where Jira would show one.
    pub async fn test_settings(&mut self) -> Result<(), JiraError> {
        let path = "/search?entity-type=user&start-index=0&max-results=1&expand=user";
        self.ask(Method::POST, path, Some(NAME_IS_NULL)).await.map(drop)
    }

    /// A scheduled synchronisation: by events where there is a token, in full where that fails.
    ///
    /// # Errors
    /// [`JiraError`] when the full synchronisation fails too.
    pub async fn sync(&mut self) -> Result<Synced, JiraError> {
        if let Some(token) = self.token.take()
            && let Ok(events) = self.increment(&token).await
        {
            return Ok(Synced::Incremental { events });
        }
        self.sync_in_full().await?;
        Ok(Synced::Full)
    }

    async fn increment(&mut self, token: &str) -> Result<usize, JiraError> {
        let answer = self.ask(Method::GET, &format!("/event/{token}"), None).await?;
        let url = format!("{}/event/{token}", self.base);
        let next = answer.attribute("newEventToken").map(str::to_owned);
        let next = next.ok_or(JiraError::Unreadable {
            url,
            what: "no newEventToken".to_owned(),
        })?;
        for event in &answer.children {
            self.cache.apply(event);
        }
        self.token = Some(next);
        Ok(answer.children.len())
    }

    /// Reads everything, in Jira's order: event token, users, groups, memberships, event token.
    ///
    /// # Errors
    /// [`JiraError`]; the cache then keeps what it had, except what the steps before have changed.
    pub async fn sync_in_full(&mut self) -> Result<(), JiraError> {
        self.first_token().await?;
        self.list_users().await?;
        self.list_groups().await?;
        self.list_memberships().await?;
        self.last_token().await
    }

    /// Step 1: the opening token, which modern clients only log.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn first_token(&mut self) -> Result<(), JiraError> {
        let answer = self.ask(Method::GET, "/event", None).await?;
        if self.keeps_first_token {
            self.token = answer.attribute("newEventToken").map(str::to_owned);
        }
        Ok(())
    }

    /// Step 2: all users.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn list_users(&mut self) -> Result<(), JiraError> {
        let path = "/search?entity-type=user&start-index=0&max-results=-1&expand=user";
        let answer = self.ask(Method::POST, path, Some(EVERYTHING)).await?;
        self.cache.list_users(&answer);
        Ok(())
    }

    /// Step 3: all groups.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn list_groups(&mut self) -> Result<(), JiraError> {
        let path = "/search?entity-type=group&start-index=0&max-results=-1&expand=group";
        let answer = self.ask(Method::POST, path, Some(EVERYTHING)).await?;
        self.cache.list_groups(&answer);
        Ok(())
    }

    /// Step 4: all memberships.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn list_memberships(&mut self) -> Result<(), JiraError> {
        let answer = self.ask(Method::GET, "/group/membership", None).await?;
        self.cache.list_memberships(&answer);
        Ok(())
    }

    /// Step 5: the token that modern clients keep.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn last_token(&mut self) -> Result<(), JiraError> {
        if self.keeps_first_token {
            return Ok(());
        }
        let answer = self.ask(Method::GET, "/event", None).await?;
        self.token = answer.attribute("newEventToken").map(str::to_owned);
        Ok(())
    }

    /// A login: the user's canonical name, or the refusal's status with its reason.
    ///
    /// # Errors
    /// [`JiraError`]; a wrong password is `Refused` with 400.
    pub async fn log_in(&mut self, username: &str, password: &str) -> Result<String, JiraError> {
        let body = format!(
            "<password><value>{}</value></password>",
            crate::model::xml::escape_text(password)
        );
        let name = percent_encoding::utf8_percent_encode(username, percent_encoding::NON_ALPHANUMERIC);
        let answer = self
            .ask(
                Method::POST,
                &format!("/authentication?username={name}"),
                Some(&body),
            )
            .await?;
        Ok(answer.attribute("name").unwrap_or_default().to_owned())
    }

    /// The groups that the service says the user is directly in, as asked after a login.
    ///
    /// # Errors
    /// [`JiraError`].
    pub async fn groups_of(&mut self, username: &str) -> Result<Vec<String>, JiraError> {
        let name = percent_encoding::utf8_percent_encode(username, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("/user/group/direct?username={name}&start-index=0&max-results=-1");
        let answer = self.ask(Method::GET, &path, None).await?;
        Ok(answer
            .children
            .iter()
            .filter_map(|group| group.attribute("name"))
            .map(str::to_owned)
            .collect())
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<&str>) -> Result<Element, JiraError> {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .http
            .request(method, &url)
            .basic_auth(&self.application, Some(self.password.expose()));
        request = request
            .header(ACCEPT, "application/xml")
            .header("X-Atlassian-Token", "no-check");
        request = request.timeout(Duration::from_mins(10));
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, "application/xml; charset=UTF-8")
                .body(body.to_owned());
        }
        let unreachable = |source| JiraError::Unreachable {
            url: url.clone(),
            source,
        };
        let response = request.send().await.map_err(unreachable)?;
        self.keep_cookie(&response);
        let (status, headers) = (response.status(), response.headers());
        if !headers.contains_key("X-Embedded-Crowd-Version") {
            return Err(JiraError::NotCrowd(url));
        }
        let text = response.text().await.map_err(|source| JiraError::Unreachable {
            url: url.clone(),
            source,
        })?;
        if status >= StatusCode::MULTIPLE_CHOICES {
            let body = text.chars().take(300).collect();
            return Err(JiraError::Refused {
                url,
                status: status.as_u16(),
                body,
            });
        }
        tree::parse(&text).map_err(|what| JiraError::Unreadable { url, what })
    }

    /// A cookie jar for one host: the last value per name wins, `Max-Age=0` takes it away.
    fn keep_cookie(&mut self, response: &Response) {
        for header in response.headers().get_all(SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let pair = text.split(';').next().unwrap_or_default();
            let ended = text.to_ascii_lowercase().contains("max-age=0");
            self.cookie = if ended { None } else { Some(pair.to_owned()) };
        }
    }
}
