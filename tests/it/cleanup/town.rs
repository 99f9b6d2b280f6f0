//! A town whose people a test moves about: a folder of files as the source, a daemon with a stopped clock, a Jira.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use throng::app::Daemon;
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::directory::Request;
use throng::directory::activity::{How, Lane, Sighting, Took};
use throng::model::Change;
use throng::model::commit::AuditRecord;
use throng::simulator::jira::Jira;
use throng::store::Store;
use throng::store::api::AuditQuery;
use throng::store::memory::MemoryStore;

use crate::harness::{Answer, Operator, TOKEN, new_jira, nothing};

pub(super) const DAY: i64 = 86_400_000;
/// Day 0 of every test.
pub(super) const BEGIN: i64 = 1_800_000_000_000;

/// Somebody at the source.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) created: i64,
    pub(super) guest: bool,
}

pub(super) struct Town {
    folder: TempDir,
    pub(super) people: BTreeMap<String, Person>,
    /// Names of members, by group; `@name` is a group.
    pub(super) groups: BTreeMap<String, Vec<String>>,
    pub(super) daemon: Daemon,
    pub(super) clock: Arc<StoppedClock>,
    pub(super) store: Arc<dyn Store>,
    pub(super) jira: Jira,
}

/// A person who was created so many days after (before) day 0.
pub(super) fn person(name: &str, created: i64) -> Person {
    Person {
        name: name.to_owned(),
        title: String::new(),
        created,
        guest: false,
    }
}

fn config(folder: &Path, policies: &str) -> Config {
    let text = format!(
        r#"
[store]
engine = "memory"
[crowd]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [ {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
[protect]
users = ["break-glass"]
[[directory]]
id = "corp"
[directory.source]
kind = "file"
path = "{}"
settle = "0s"
local_passwords = true
[directory.limits]
users = {{ max = 500, percent = 60 }}
memberships = {{ max = 50000, percent = 100 }}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["corp"]
permission = "read-write"
{policies}
"#,
        folder.display()
    );
    Config::parse(&text, Path::new("test")).unwrap()
}

async fn start(config: &Config, clock: &Arc<StoppedClock>, store: &Arc<dyn Store>) -> (Daemon, Jira) {
    let time = Arc::clone(clock) as Arc<dyn Clock>;
    let daemon = Daemon::start_on(config, time, Arc::clone(store)).await.unwrap();
    let jira = new_jira(daemon.crowd_url());
    (daemon, jira)
}

impl Town {
    pub(super) async fn of(people: Vec<Person>, groups: &[(&str, Vec<String>)], policies: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = StoppedClock::at(BEGIN);
        let store: Arc<dyn Store> = MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let config = config(folder.path(), policies);
        let (daemon, jira) = start(&config, &clock, &store).await;
        let groups = groups
            .iter()
            .map(|(name, members)| ((*name).to_owned(), members.clone()));
        let town = Self {
            folder,
            people: people
                .into_iter()
                .map(|person| (person.name.clone(), person))
                .collect(),
            groups: groups.collect(),
            daemon,
            clock,
            store,
            jira,
        };
        assert_eq!(town.sync(true).await["state"], "succeeded");
        town
    }

    /// Another daemon on the same store, perhaps with other policies.
    pub(super) async fn restarted(self, policies: &str) -> Self {
        let config = config(self.folder.path(), policies);
        self.daemon
            .activity()
            .write(throng::store::api::Durability::Now)
            .await
            .unwrap();
        drop(self.daemon); // not stopped: that would close the store
        let (daemon, jira) = start(&config, &self.clock, &self.store).await;
        Self { daemon, jira, ..self }
    }

    pub(super) fn operator(&self) -> Operator {
        Operator::new(&self.daemon.admin().to_string(), TOKEN)
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The source told anew.
    pub(super) async fn sync(&self, full: bool) -> Value {
        let users = self.people.values().map(|person| {
            let created = throng::clock::rfc3339(BEGIN + person.created * DAY);
            let kind = if person.guest { "Guest" } else { "Member" };
            json!({
                "id": format!("id-{}", person.name), "userName": person.name, "displayName": format!("{} {}", person.name, person.title),
                "active": true, "userType": kind, "emails": [{ "value": format!("{}@corp.example", person.name), "primary": true }],
                "meta": { "created": created },
            })
            .to_string()
        });
        let groups = self.groups.iter().map(|(name, members)| {
            let members: Vec<_> = members
                .iter()
                .filter(|member| member.starts_with('@') || self.people.contains_key(*member))
                .map(|member| match member.strip_prefix('@') {
                    Some(group) => json!({ "value": format!("g-{group}"), "type": "Group" }),
                    None => json!({ "value": format!("id-{member}"), "type": "User" }),
                })
                .collect();
            json!({ "id": format!("g-{name}"), "displayName": name, "members": members }).to_string()
        });
        let write = |file: &str, lines: Vec<String>| {
            std::fs::write(self.folder.path().join(file), lines.join("\n") + "\n").unwrap();
        };
        write("users.jsonl", users.collect());
        write("groups.jsonl", groups.collect());
        let run = self.operator().sync(&json!({ "full": full })).await;
        assert_eq!(run["error"], Value::Null, "{run}");
        run
    }

    /// Somebody is seen now.
    pub(super) fn sees(&self, name: &str) {
        assert_eq!(self.told(name, self.now()), Took::Newer, "{name}");
    }

    /// These are seen now.
    pub(super) fn sees_all(&self, names: &[String]) {
        for name in names {
            self.sees(name);
        }
    }

    /// Somebody is told to have been seen.
    pub(super) fn told(&self, name: &str, at: i64) -> Took {
        let corp = "corp".into();
        let snapshot = self.daemon.directory(&corp).unwrap().snapshot();
        let user = snapshot.user_named(name).unwrap().id;
        let sighting = Sighting {
            lane: Lane::ActivityApi,
            at,
            how: How::Report,
            application: Some("jira"),
        };
        self.daemon.activity().saw(&corp, user, sighting)
    }

    /// A person ends somebody's hold.
    pub(super) async fn release(&self, name: &str) {
        let user = format!("id-{name}").into();
        let request = Request {
            changes: vec![Change::Release { user }],
            ..Request::default()
        };
        let corp = self.daemon.directory(&"corp".into()).unwrap();
        corp.apply(request).await.unwrap();
    }

    /// Days pass, one by one: `seen` are seen on each.
    pub(super) async fn days(&self, days: i64, seen: &[String]) {
        for _ in 0..days {
            self.clock.advance(DAY);
            self.sees_all(seen);
            self.daemon.cleaner().look_around().await;
        }
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.operator().post(&format!("/api/v1{path}"), body).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.operator().get(&format!("/api/v1{path}")).await.body
    }

    /// A run of a policy, to its end.
    pub(super) async fn clean(&self, policy: &str, body: &Value) -> Value {
        let started = self.post(&format!("/cleanup/{policy}/runs"), body).await;
        assert_eq!(started.status, 202, "{}", started.body);
        self.operator().ended(&started.body).await
    }

    /// The same, as the configuration says.
    pub(super) async fn cleaned(&self, policy: &str) -> Value {
        self.clean(policy, &nothing()).await
    }

    pub(super) async fn approve(&self, plan: &Value, body: &Value) -> Value {
        let started = self
            .post(&format!("/plans/{}/approve", plan.as_str().unwrap()), body)
            .await;
        assert_eq!(started.status, 202, "{}", started.body);
        self.operator().ended(&started.body).await
    }

    pub(super) async fn pack(&self, policy: &str, run: &Value) -> Value {
        self.get(&format!(
            "/cleanup/{policy}/runs/{}/pack",
            run["id"].as_str().unwrap()
        ))
        .await
    }

    /// Whom Jira lets in, by name.
    pub(super) async fn active(&mut self) -> Vec<String> {
        self.jira.sync().await.unwrap();
        let users = self.jira.cache.users.values();
        users
            .filter(|user| user.active)
            .map(|user| user.name.clone())
            .collect()
    }

    /// The records of the audit trail with this action, oldest first.
    pub(super) async fn audit(&self, action: &str) -> Vec<AuditRecord> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let query = AuditQuery {
                after,
                limit: 1_000,
                ..AuditQuery::default()
            };
            let page = self.store.audit(query).await.unwrap();
            all.extend(page.items.into_iter().filter(|record| record.action == action));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        all.reverse();
        all
    }
}
