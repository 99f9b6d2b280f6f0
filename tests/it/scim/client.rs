//! A daemon with a pushed directory, and a client that pushes.

use std::path::Path;
use std::sync::Arc;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use throng::app::Daemon;
use throng::client;
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::simulator::jira::Jira;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use crate::harness::new_jira;

/// The token of the client.
pub(crate) const TOKEN: &str = "token-of-the-pushing-client";
/// The token that ends.
pub(crate) const OLD_TOKEN: &str = "token-that-ends-before-long";

/// The token of an operator who may approve.
pub(crate) const OPERATOR: &str = "token-of-an-operator";
/// The token of an operator who may read.
pub(crate) const READER: &str = "token-of-a-reader";

/// A daemon on a store in memory, with a stopped clock.
pub(crate) struct Pushed {
    pub(crate) daemon: Daemon,
    pub(crate) clock: Arc<StoppedClock>,
    store: Arc<dyn Store>,
    config: Config,
    http: reqwest::Client,
    token: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Said {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{self:?}"))
            .to_owned()
    }

    /// Status and `scimType` of a refusal.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        assert_eq!(self.body["status"], json!(self.status.to_string()), "{self:?}");
        (self.status, self.body["scimType"].as_str().unwrap_or_default())
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

impl Pushed {
    pub(crate) async fn start() -> Self {
        Self::with("").await
    }

    /// With more keys of the directory's source.
    pub(crate) async fn with(more: &str) -> Self {
        let text = format!(
            r#"
[crowd]
listen = "127.0.0.1:0"
[scim]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [
  {{ name = "ops", secret = {{ value = "{OPERATOR}" }}, scopes = ["approve"] }},
  {{ name = "eyes", secret = {{ value = "{READER}" }}, scopes = ["read"] }},
]
[[directory]]
id = "corp"
[directory.source]
kind = "scim-push"
tokens = [
  {{ name = "idp", secret = {{ value = "{TOKEN}" }} }},
  {{ name = "old", secret = {{ value = "{OLD_TOKEN}" }}, expires = "2027-01-14" }},
]
{more}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#
        );
        let config = Config::parse(&text, Path::new("test")).unwrap();
        let clock = StoppedClock::at(1_800_000_000_000); // 2027-01-15
        let store: Arc<dyn Store> = MemoryStore::new();
        let daemon = daemon(&config, &clock, &store).await;
        Self {
            daemon,
            clock,
            store,
            config,
            http: client::build().unwrap(),
            token: TOKEN.to_owned(),
        }
    }

    pub(crate) async fn restarted(self) -> Self {
        drop(self.daemon); // not stopped: that would close the store
        let daemon = daemon(&self.config, &self.clock, &self.store).await;
        Self { daemon, ..self }
    }

    pub(crate) fn by_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/scim/v2/corp{path}", self.daemon.scim().unwrap())
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(&self.token)
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Said {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        Said {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }

    async fn sent(&self, method: Method, path: &str, body: &Value) -> Said {
        let request = self.request(method, path);
        let request = request.header("content-type", "application/scim+json");
        self.send(request.body(body.to_string())).await
    }

    /// Asks the admin face.
    pub(crate) async fn operator(&self, token: &str, method: Method, path: &str) -> Said {
        let url = format!("http://{}/api/v1{path}", self.daemon.admin());
        self.send(self.http.request(method, url).bearer_auth(token)).await
    }

    /// Asks the admin face for a change, as the operator who may approve.
    pub(crate) async fn operate(&self, method: Method, path: &str, body: &Value) -> Said {
        let url = format!("http://{}/api/v1{path}", self.daemon.admin());
        let request = self.http.request(method, url).bearer_auth(OPERATOR);
        self.send(request.json(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Said {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Said {
        self.sent(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Said {
        self.sent(Method::PUT, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Said {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Sends the operations of a patch.
    pub(crate) async fn patch(&self, path: &str, operations: &Value) -> Said {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = json!({ "schemas": schemas, "Operations": operations });
        self.sent(Method::PATCH, path, &body).await
    }

    /// Makes a user; answers its id.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.post("/Users", &user(name)).await.is(201).id()
    }

    /// Makes a group; answers its id.
    pub(crate) async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
        self.post("/Groups", &body).await.is(201).id()
    }

    /// The ids of a group's members.
    pub(crate) async fn members(&self, group: &str) -> Vec<String> {
        let said = self
            .get(&format!("/Groups/{group}?attributes=members"))
            .await
            .is(200);
        let members = said.body["members"].as_array().cloned().unwrap_or_default();
        let ids = members
            .iter()
            .map(|member| member["value"].as_str().unwrap().to_owned());
        ids.collect()
    }

    /// How many match, and the first one's id.
    pub(crate) async fn find(&self, endpoint: &str, filter: &str) -> (u64, String) {
        let request = self.request(Method::GET, endpoint).query(&[("filter", filter)]);
        let said = self.send(request).await.is(200);
        let first = said.body["Resources"][0]["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (said.body["totalResults"].as_u64().unwrap(), first)
    }

    pub(crate) fn jira(&self) -> Jira {
        new_jira(self.daemon.crowd_url())
    }
}

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(crate) fn user(name: &str) -> Value {
    json!({ "schemas": [USER], "userName": name, "active": true })
}

async fn daemon(config: &Config, clock: &Arc<StoppedClock>, store: &Arc<dyn Store>) -> Daemon {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Daemon::start_on(config, clock, Arc::clone(store)).await.unwrap()
}
