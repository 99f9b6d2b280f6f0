//! The harness: a real throng over a simulated company, asked through its faces.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use throng::app::Daemon;
use throng::client;
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::secret::Secret;
use throng::simulator::entra::{Options, Running, start};
use throng::simulator::jira::Jira;
use throng::store::Store;
use throng::store::memory::MemoryStore;

/// The token that may do everything.
pub(crate) const TOKEN: &str = "operator-token-of-the-tests";
/// The token that may only read.
pub(crate) const READER: &str = "reader-token-of-the-tests";

/// A simulated company.
pub(crate) async fn company(users: usize) -> Running {
    let options = Options {
        users,
        groups: users.div_ceil(8),
        memberships: users * 4,
        ..Options::default()
    };
    start(options).await.unwrap()
}

/// What an administrator would write for it. Listeners take free ports.
pub(crate) fn configuration(company: &Running, data: &Path, more: &str) -> String {
    let options = Options::default();
    format!(
        r#"
[store]
path = "{data}"
[crowd]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [
  {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }},
  {{ name = "reader", secret = {{ value = "{READER}" }}, scopes = ["read"] }},
]
[[directory]]
id = "corp"
[directory.source]
kind = "entra"
tenant = "{tenant}"
client_id = "{client}"
client_secret = {{ value = "{secret}" }}
login_url = "{url}"
graph_url = "{url}"
{more}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#,
        data = data.display(),
        tenant = options.tenant,
        client = options.client_id,
        secret = options.client_secret,
        url = company.url(),
    )
}

/// A daemon in this process, on a store in memory, with a stopped clock.
pub(crate) struct House {
    pub(crate) company: Running,
    pub(crate) daemon: Daemon,
    pub(crate) clock: Arc<StoppedClock>,
    store: Arc<dyn Store>,
    config: Config,
}

impl House {
    pub(crate) async fn of(users: usize) -> Self {
        Self::with(users, "", |text| text).await
    }

    /// With more sections of the directory, and the whole text as `edit` leaves it.
    pub(crate) async fn with(users: usize, more: &str, edit: impl FnOnce(String) -> String) -> Self {
        Self::over(company(users).await, more, edit).await
    }

    /// The same over a company of one's own making.
    pub(crate) async fn over(company: Running, more: &str, edit: impl FnOnce(String) -> String) -> Self {
        let text = edit(configuration(&company, Path::new("unused"), more));
        let config = Config::parse(&text, Path::new("test")).unwrap();
        let clock = StoppedClock::at(1_800_000_000_000);
        let store: Arc<dyn Store> = MemoryStore::new();
        let daemon = daemon(&config, &clock, &store).await;
        Self {
            company,
            daemon,
            clock,
            store,
            config,
        }
    }

    /// Another daemon on the same store, as after a restart (of which a store in memory knows nothing but its rows).
    pub(crate) async fn restarted(self) -> Self {
        let config = self.config.clone();
        self.restarted_as(config).await
    }

    /// The same, with other sections of the directory.
    pub(crate) async fn reconfigured(self, more: &str) -> Self {
        let text = configuration(&self.company, Path::new("unused"), more);
        let config = Config::parse(&text, Path::new("test")).unwrap();
        self.restarted_as(config).await
    }

    async fn restarted_as(self, config: Config) -> Self {
        let Self {
            company,
            daemon,
            clock,
            store,
            ..
        } = self;
        drop(daemon); // not stopped: that would close the store
        let daemon = self::daemon(&config, &clock, &store).await;
        Self {
            company,
            daemon,
            clock,
            store,
            config,
        }
    }

    pub(crate) fn operator(&self) -> Operator {
        Operator::new(&self.daemon.admin().to_string(), TOKEN)
    }

    pub(crate) fn jira(&self) -> Jira {
        new_jira(self.daemon.crowd_url())
    }
}

/// A Jira that has just been connected to the application `jira` of a Crowd face.
pub(crate) fn new_jira(crowd: &str) -> Jira {
    Jira::new(client::build().unwrap(), crowd, "jira", Secret::new("secret"))
}

/// The configuration of a daemon whose directory `corp` has this section, on a store in memory.
pub(crate) fn with_source(source: &str) -> String {
    format!(
        r#"
store = {{ engine = "memory" }}
crowd = {{ listen = "127.0.0.1:0" }}
[admin]
listen = "127.0.0.1:0"
tokens = [ {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
[[directory]]
id = "corp"
[directory.source]
{source}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
"#
    )
}

/// A daemon of a configuration on an empty store, with its clock at `now`; its operator, its Jira.
pub(crate) async fn started(text: &str, now: i64) -> (Daemon, Operator, Jira) {
    let config = Config::parse(text, Path::new("test")).unwrap();
    let store: Arc<dyn Store> = MemoryStore::new();
    let daemon = daemon(&config, &StoppedClock::at(now), &store).await;
    let operator = Operator::new(&daemon.admin().to_string(), TOKEN);
    let jira = new_jira(daemon.crowd_url());
    (daemon, operator, jira)
}

async fn daemon(config: &Config, clock: &Arc<StoppedClock>, store: &Arc<dyn Store>) -> Daemon {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Daemon::start_on(config, clock, Arc::clone(store)).await.unwrap()
}

/// A client of the admin face.
pub(crate) struct Operator {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// An answer: status, content type, body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: String,
    pub(crate) body: Value,
}

impl Operator {
    pub(crate) fn new(address: &str, token: &str) -> Self {
        Self {
            http: client::build().unwrap(),
            base: format!("http://{address}"),
            token: token.to_owned(),
        }
    }

    pub(crate) fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.http.get(format!("{}{path}", self.base)))
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body))
            .await
            .unwrap()
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.bearer_auth(&self.token).send().await?;
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("content-type")
            .map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().await?;
        Ok(Answer {
            status,
            kind: kind.unwrap_or_default(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        })
    }

    /// The body of a successful answer; `None` where nobody answered.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Value> {
        let sent = self.send(self.http.get(format!("{}{path}", self.base))).await;
        sent.ok().map(|answer| answer.body)
    }

    /// As [`Self::try_get`], with an empty ask.
    pub(crate) async fn try_post(&self, path: &str) -> Option<Value> {
        let sent = self
            .send(self.http.post(format!("{}{path}", self.base)).json(&nothing()))
            .await;
        sent.ok().map(|answer| answer.body)
    }

    /// Starts a run; answers how it ended.
    pub(crate) async fn sync(&self, ask: &Value) -> Value {
        let started = self.post("/api/v1/directories/corp/sync", ask).await;
        assert_eq!(started.status, 202, "{}", started.body);
        self.ended(&started.body).await
    }

    /// The end of the run named by a 202.
    pub(crate) async fn ended(&self, started: &Value) -> Value {
        let id = started["run"].as_str().unwrap();
        loop {
            let run = self.get(&format!("/api/v1/runs/{id}?wait=20")).await;
            assert_eq!(run.status, 200, "{}", run.body);
            if !matches!(run.body["state"].as_str(), Some("queued" | "running")) {
                return run.body;
            }
        }
    }

    /// The held plans.
    pub(crate) async fn plans(&self) -> Vec<Value> {
        let answer = self.get("/api/v1/plans").await;
        answer.body["plans"].as_array().unwrap().clone()
    }
}

/// An empty ask.
pub(crate) fn nothing() -> Value {
    json!({})
}
