//! One request as Jira makes it, with its cookie jar.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};

use super::client::Jira;
use super::error::JiraError;
use super::tree::{self, Element};

impl Jira {
    pub(super) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&str>,
    ) -> Result<Element, JiraError> {
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
        if !self.keeps_cookies {
            return;
        }
        for header in response.headers().get_all(SET_COOKIE) {
            let Ok(text) = header.to_str() else { continue };
            let pair = text.split(';').next().unwrap_or_default();
            let ended = text.to_ascii_lowercase().contains("max-age=0");
            self.cookie = if ended { None } else { Some(pair.to_owned()) };
        }
    }
}
