//! An application that may write, asking in either form.

use std::sync::Arc;

use serde_json::{Value, json};
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::face::{Face, Setup};
use super::said::Said;

pub(super) const JSON: [(&str, &str); 2] = [
    ("content-type", "application/json"),
    ("accept", "application/json"),
];

/// A face whose application may write.
pub(super) async fn writer(directories: &'static [&'static str]) -> Face {
    on(directories, MemoryStore::new(), "").await
}

/// The same on a store, with more keys of the application.
pub(super) async fn on(directories: &'static [&'static str], store: Arc<dyn Store>, more: &str) -> Face {
    Face::with(Setup {
        directories,
        application: format!("password = {{ value = \"pa:ss\" }}\npermission = \"read-write\"\n{more}"),
        store,
        ..Setup::default()
    })
    .await
}

impl Face {
    /// Sends a body in JSON.
    pub(super) async fn json(&self, method: &str, path: &str, body: &Value) -> Said {
        self.ask(method, path, &JSON, body.to_string()).await
    }

    /// Sends nothing.
    pub(super) async fn bare(&self, method: &str, path: &str) -> Said {
        self.ask(method, path, &[JSON[1]], "").await
    }

    pub(super) async fn new_user(&self, name: &str) {
        let said = self.json("POST", "/user", &json!({ "name": name })).await;
        assert_eq!(said.status, 201, "{}", said.body);
    }

    pub(super) async fn new_group(&self, name: &str) {
        let said = self.json("POST", "/group", &json!({ "name": name })).await;
        assert_eq!(said.status, 201, "{}", said.body);
    }

    /// Logs in; answers the status and the reason, which is empty where it worked.
    pub(super) async fn login(&self, name: &str, password: &str) -> (u16, String) {
        let path = format!("/authentication?username={name}");
        reasoned(&self.json("POST", &path, &json!({ "value": password })).await)
    }
}

/// The status with the reason of a refusal.
pub(super) fn reasoned(said: &Said) -> (u16, String) {
    let body: Value = serde_json::from_str(&said.body).unwrap_or_default();
    let reason = body["reason"].as_str().unwrap_or_default();
    (said.status.as_u16(), reason.to_owned())
}

/// What a refusal is expected to be.
pub(super) fn refused(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}
