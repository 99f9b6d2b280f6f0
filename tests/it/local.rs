//! A directory of kind `local`: nothing is read into it, and it is complete from its first start on.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use throng::app::{self, Daemon};
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use crate::harness::{Operator, TOKEN};

pub(crate) fn configuration() -> Config {
    let text = format!(
        r#"
[crowd]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [ {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
[[directory]]
id = "local"
[directory.source]
kind = "local"
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["local"]
permission = "read-only"
"#
    );
    Config::parse(&text, Path::new("test")).unwrap()
}

#[tokio::test]
async fn a_local_directory_is_complete_from_its_first_start_and_cannot_be_read() {
    let store: Arc<dyn Store> = MemoryStore::new();
    for _ in 0..2 {
        let clock: Arc<dyn Clock> = StoppedClock::at(1_800_000_000_000);
        let daemon = Daemon::start_on(&configuration(), clock, Arc::clone(&store))
            .await
            .unwrap();
        let operator = Operator::new(&daemon.admin().to_string(), TOKEN);
        let shown = operator.get("/api/v1/directories/local").await;
        assert_eq!(
            (&shown.body["read_completely"], &shown.body["seq"]),
            (&json!(true), &json!(1)),
            "begun once"
        );
        assert!(daemon.applications().view("jira").unwrap().ready().is_ok());
        let refused = operator.post("/api/v1/directories/local/sync", &json!({})).await;
        assert_eq!(refused.status, 409);
        assert_eq!(refused.body["code"], "DIRECTORY_HAS_NO_SOURCE");
        let told = refused.body["detail"].as_str().unwrap();
        assert_eq!(told, "directory `local` has no source that could be read");
    }
}

#[tokio::test]
async fn the_check_of_a_configuration_says_that_a_local_directory_has_no_source() {
    for online in [false, true] {
        let lines = app::check::run(&configuration(), online, StoppedClock::at(1)).await;
        let line = lines.iter().find(|line| line.of == "directory `local`").unwrap();
        let said = line.outcome.as_ref().unwrap();
        assert_eq!(said, "none: its users and groups are made here");
    }
}
