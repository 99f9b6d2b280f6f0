//! Jira's users sign in with their password of a real OpenLDAP, through the Crowd face.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use throng::app::Daemon;
use throng::client;
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::store::Store;
use throng::store::memory::MemoryStore;

use super::slapd::{BASE, Options, PASSWORD, READER, Slapd, user};
use crate::harness::{Operator, TOKEN, nothing};

async fn daemon(server: &Slapd) -> Daemon {
    opened(&configuration(server)).await
}

fn configuration(server: &Slapd) -> String {
    format!(
        r#"
[crowd]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [{{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }}]
[[directory]]
id = "corp"
[directory.source]
kind = "ldap"
flavour = "openldap"
url = "{url}"
bind_dn = "{READER}"
bind_password = {{ value = "{PASSWORD}" }}
base_dn = "{BASE}"
check_passwords = true
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#,
        url = server.url(),
    )
}

async fn opened(text: &str) -> Daemon {
    let config = Config::parse(text, Path::new("test")).unwrap();
    let clock: Arc<dyn Clock> = StoppedClock::at(1_800_000_000_000);
    let store: Arc<dyn Store> = MemoryStore::new();
    Daemon::start_on(&config, clock, store).await.unwrap()
}

/// The status of a sign-in, and the body.
async fn sign_in(daemon: &Daemon, name: &str, password: &str) -> (u16, String) {
    let url = format!(
        "{}/rest/usermanagement/1/authentication?username={name}",
        daemon.crowd_url()
    );
    let asked = client::build()
        .unwrap()
        .post(url)
        .basic_auth("jira", Some("secret"));
    let asked = asked
        .header("accept", "application/json")
        .json(&json!({ "value": password }));
    let answer = asked.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn users_sign_in_with_the_password_of_their_directory() {
    let Some(mut server) = Slapd::start(&Options::default()) else {
        return;
    };
    let daemon = daemon(&server).await;
    let operator = Operator::new(&daemon.admin().to_string(), TOKEN);
    let disabled = format!(
        "dn: {}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n",
        user(22)
    );
    server.change(&disabled);
    let run = operator.sync(&nothing()).await;
    assert_eq!(run["state"], "succeeded", "{run}");
    assert_eq!(run["counts"]["users"]["added"], 60, "{run}");
    for name in ["u3", "U3", "u7"] {
        let (status, body) = sign_in(&daemon, name, PASSWORD).await;
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("\"active\":true"), "{body}");
    }
    for wrong in ["another", ""] {
        let (status, body) = sign_in(&daemon, "u3", wrong).await;
        assert_eq!(status, 400);
        assert!(body.contains("INVALID_USER_AUTHENTICATION"), "{body}");
    }
    let (status, body) = sign_in(&daemon, "u22", PASSWORD).await;
    assert!(status == 400 && body.contains("INACTIVE_ACCOUNT"), "{body}");
    server.stop();
    let (status, body) = sign_in(&daemon, "u3", PASSWORD).await;
    assert!(
        status == 500 && body.contains("OPERATION_FAILED"),
        "{status} {body}"
    );
}

#[tokio::test]
async fn a_linked_user_signs_in_with_the_password_of_the_part_that_is_a_directory() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let linked = r#"
[directory.mapping]
attributes = { number = { from = ["uid"] } }
[[directory]]
id = "plant"
[directory.source]
kind = "file"
path = "nowhere"
[directory.mapping]
attributes = { number = { from = ["number"] } }
[[directory]]
id = "people"
[directory.source]
kind = "linked"
directories = ["plant", "corp"]
by = ["number"]
[[application]]"#;
    let text = configuration(&server)
        .replace("[[application]]", linked)
        .replace("[\"corp\"]", "[\"people\"]");
    let daemon = opened(&text).await;
    let operator = Operator::new(&daemon.admin().to_string(), TOKEN);
    assert_eq!(operator.sync(&nothing()).await["state"], "succeeded");
    let plant = daemon.directory(&"plant".into()).unwrap();
    let cursor = throng::model::commit::Cursor {
        scope: "test".to_owned(),
        token: "test".to_owned(),
        full_at: 0,
    };
    let request = throng::directory::Request {
        changes: vec![
            crate::linked::user("p3", "three.of.the.plant", "", true),
            crate::linked::number("p3", "u3"),
            crate::linked::user("p9", "alone", "", true),
        ],
        cursor: Some(cursor),
        ..throng::directory::Request::default()
    };
    plant.apply(request).await.unwrap();
    let people = daemon.directory(&"people".into()).unwrap();
    let mut heads = people.heads();
    while people.snapshot().user_named("three.of.the.plant").is_none() {
        heads.changed().await.unwrap();
    }
    for name in ["three.of.the.plant", "u7"] {
        let (status, body) = sign_in(&daemon, name, PASSWORD).await;
        assert!(status == 200 && body.contains(name), "{status} {body}");
        assert_eq!(sign_in(&daemon, name, "another").await.0, 400);
    }
    let (status, body) = sign_in(&daemon, "alone", PASSWORD).await;
    assert!(status != 200, "no part can check this one: {body}");
}
