//! Single sign-on over processes: the key file, a restart, what an operator is told.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use throng::client;
use throng::simulator::entra::{Edit, Running};

use crate::harness::{House, READER, company, configuration};
use crate::process::{ended_well, run, serve, throng, with_ports};

/// A client of single sign-on, in JSON.
struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    fn new(url: &str) -> Self {
        Self {
            http: client::build().unwrap(),
            base: format!("{url}/rest/usermanagement/1"),
        }
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let asked = request
            .basic_auth("jira", Some("secret"))
            .header("accept", "application/json");
        let response = asked.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn begin(&self, user: &str, address: &str) -> String {
        let body = json!({ "username": user, "validation-factors": factors(address) });
        let (status, session) = self.post("/session?validate-password=false", &body).await;
        assert_eq!(status, 201, "{session}");
        session["token"].as_str().unwrap().to_owned()
    }

    async fn validate(&self, token: &str, address: &str) -> u16 {
        self.post(&format!("/session/{token}"), &factors(address)).await.0
    }
}

fn factors(address: &str) -> Value {
    json!({ "validationFactors": [{ "name": "remote_address", "value": address }] })
}

/// Id and name of an active user.
fn somebody(company: &Running) -> (String, String) {
    let truth = company.tenant().truth();
    let (id, user) = truth.users.iter().find(|(_, user)| user.enabled).unwrap();
    (id.to_string(), user.upn.clone())
}

#[tokio::test]
async fn a_session_outlives_the_daemon_and_is_explained_on_the_command_line() {
    let company = company(20).await;
    let (_, name) = somebody(&company);
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (text, crowd, _) = with_ports(&configuration(&company, &data, ""));
    let file = folder.path().join("throng.toml");
    std::fs::write(&file, text).unwrap();
    let daemon = serve(&file).await;
    let mode = std::fs::metadata(data.join("session.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        run(throng().args(["sync", "corp", "--config"]).arg(&file))
            .await
            .0,
        0
    );
    let sso = Client::new(&format!("http://127.0.0.1:{crowd}/crowd"));
    let token = sso.begin(&name, "192.0.2.1").await;
    ended_well(daemon).await;

    let daemon = serve(&file).await;
    assert_eq!(sso.validate(&token, "192.0.2.1").await, 200);
    assert_eq!(sso.validate(&token, "198.51.100.1").await, 400);
    let explain = async |more: &[&str]| {
        run(throng()
            .args(["explain", "session", &token])
            .args(more)
            .arg("--config")
            .arg(&file))
        .await
    };
    let (code, out, err) = explain(&[]).await;
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("client    192.0.2.1 (from remote_address)"), "{out}");
    assert!(
        out.contains("by jira: 198.51.100.1 (from remote_address)"),
        "{out}"
    );
    assert!(!out.contains(&token), "an answer shows no token");
    let (_, out, _) = explain(&["--output", "json"]).await;
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&told["state"], &told["last_mismatch"]["times"]),
        (&json!("living"), &json!(1))
    );
    let (code, _, err) = run(throng()
        .args(["explain", "session", "nonsense", "--config"])
        .arg(&file))
    .await;
    assert!(
        code == 1 && err.contains("ADMIN_NOT_FOUND") && !err.contains("nonsense"),
        "{err}"
    );
    ended_well(daemon).await;
}

#[tokio::test]
async fn a_sync_that_deactivates_a_user_ends_the_sessions() {
    let house = House::of(30).await;
    let operator = house.operator();
    operator.sync(&json!({})).await;
    let (id, name) = somebody(&house.company);
    let sso = Client::new(house.daemon.crowd_url());
    let token = sso.begin(&name, "192.0.2.1").await;
    assert_eq!(sso.validate(&token, "192.0.2.1").await, 200);
    for (edit, expected) in [
        (Edit::DisableUser { user: id.clone() }, "a deactivation"),
        (Edit::EnableUser { user: id }, "a return"),
    ] {
        house.company.tenant().edit(&edit).unwrap();
        operator.sync(&json!({})).await;
        assert_eq!(sso.validate(&token, "192.0.2.1").await, 404, "{expected}");
    }
    let explain = json!({ "session": token });
    let reader = house.operator().with_token(READER);
    let told = reader.post("/api/v1/sessions/explain", &explain).await;
    assert_eq!((told.status, &told.body["state"]), (200, &json!("ended")));
    assert_eq!(told.body["because"], "the user was deactivated or removed");
    let nothing = reader.post("/api/v1/sessions/explain", &json!({})).await;
    assert_eq!(
        (nothing.status, &nothing.body["code"]),
        (400, &json!("ADMIN_REQUEST_MALFORMED"))
    );
}
