//! Evidence of use, from outside: told through each face, explained, kept over restarts and kills.

mod crowd;
mod kept;
mod report;
mod source;

use serde_json::{Value, json};
use throng::client;
use throng::simulator::entra::Running;

use crate::harness::{Operator, nothing};

/// The moment at which the house's clock stands.
pub(crate) const NOW: &str = "2027-01-15T08:00:00.000Z";

/// An application of the Crowd face, in JSON.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            http: client::build().unwrap(),
            base: format!("{url}/rest/usermanagement/1"),
        }
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).json(body);
        let asked = request
            .basic_auth("jira", Some("secret"))
            .header("accept", "application/json");
        let response = asked.send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    pub(crate) async fn notify(&self, user: &str) -> u16 {
        let path = format!("/authentication/notify?username={user}");
        self.post(&path, &json!({})).await.0
    }

    pub(crate) async fn begin(&self, user: &str) -> Option<String> {
        let body = json!({ "username": user, "validation-factors": factors() });
        let (_, session) = self.post("/session?validate-password=false", &body).await;
        session["token"].as_str().map(str::to_owned)
    }
}

pub(crate) fn factors() -> Value {
    json!({ "validationFactors": [{ "name": "remote_address", "value": "192.0.2.1" }] })
}

/// Ids and names of active users.
pub(crate) fn people(company: &Running, count: usize) -> Vec<(String, String)> {
    let truth = company.tenant().truth();
    let enabled = truth.users.iter().filter(|(_, user)| user.enabled);
    let some = enabled.map(|(id, user)| (id.to_string(), user.upn.clone()));
    some.take(count).collect()
}

/// Reads the lane; what a start reads of itself is waited for.
pub(crate) async fn read_lane(operator: &Operator) -> Value {
    loop {
        let answer = operator
            .post("/api/v1/directories/corp/last-seen", &nothing())
            .await;
        if answer.status != 202 {
            assert_eq!(answer.status, 200, "{}", answer.body);
            return answer.body;
        }
    }
}

/// What `explain` says of a user.
pub(crate) async fn explained(operator: &Operator, user: &str) -> Value {
    let answer = operator
        .get(&format!("/api/v1/users/{user}/explain?application=jira"))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["user"].clone()
}

/// How a lane of `corp` fares.
pub(crate) async fn fares(operator: &Operator, lane: &str) -> Value {
    let answer = operator.get("/api/v1/directories/corp").await;
    answer.body["last_seen"][lane].clone()
}

/// The first lane's time, how, application.
pub(crate) fn newest(user: &Value) -> [&str; 4] {
    let seen = &user["last_seen"][0];
    ["at", "lane", "how", "application"].map(|key| seen[key].as_str().unwrap_or_default())
}
