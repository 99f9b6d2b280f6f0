//! The client itself: what Jira asks, in Jira's order.

use reqwest::Method;

use super::cache::Cache;
use super::error::JiraError;
use crate::secret::Secret;

const EVERYTHING: &str =
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><null-search-restriction/>"#;
const NAME_IS_NULL: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><property-search-restriction><property><name>name</name><type>STRING</type></property><match-mode>NULL</match-mode></property-search-restriction>"#;

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
    pub(super) http: reqwest::Client,
    pub(super) base: String,
    pub(super) application: String,
    pub(super) password: Secret,
    pub(super) cookie: Option<String>,
    token: Option<String>,
    keeps_first_token: bool,
    pub(super) keeps_cookies: bool,
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
            keeps_cookies: true,
            cache: Cache::default(),
        }
    }

    /// Makes it a client of the Crowd 2.4 era, which asks for a token once, before it reads, and keeps that one.
    #[must_use]
    pub fn of_the_first_era(mut self) -> Self {
        self.keeps_first_token = true;
        self
    }

    /// Makes it forget cookies, as behind a proxy that strips them.
    #[must_use]
    pub fn without_cookies(mut self) -> Self {
        self.keeps_cookies = false;
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
}
