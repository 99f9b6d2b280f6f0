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
    let text = format!(
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
    );
    let config = Config::parse(&text, Path::new("test")).unwrap();
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
