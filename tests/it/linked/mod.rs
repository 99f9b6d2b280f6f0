//! Linked directories through the faces: a running throng, its parts as a script moves them, a Jira.

mod changes;
mod persons;
mod random;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use throng::app::Daemon;
use throng::clock::{Clock, StoppedClock};
use throng::config::Config;
use throng::directory::{Directory, Request};
use throng::model::change::{GroupWish, UserWish};
use throng::model::commit::Cursor;
use throng::model::{Attributes, Change, Detail, DetailKind, MemberKind, Owner};
use throng::simulator::jira::{Cache, CachedUser, Jira};
use throng::store::Store;
use throng::store::memory::MemoryStore;

use crate::harness::{Operator, TOKEN, new_jira};

/// Two directories with sources that are never asked, and one that links them.
fn configuration(more: &str) -> String {
    let part = |id: &str| {
        format!(
            "[[directory]]\nid = \"{id}\"\n[directory.source]\nkind = \"file\"\npath = \"nowhere\"\nlocal_passwords = true\n\
             [directory.mapping]\nattributes = {{ number = {{ from = [\"number\"] }} }}\n"
        )
    };
    let (corp, plant) = (part("corp"), part("plant"));
    format!(
        r#"
[crowd]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
tokens = [ {{ name = "ops", secret = {{ value = "{TOKEN}" }}, scopes = ["*"] }} ]
{corp}{plant}
[[directory]]
id = "people"
[directory.source]
kind = "linked"
directories = ["corp", "plant"]
by = ["number", "email"]
email_domains = ["corp.example"]
{more}
[[application]]
name = "jira"
password = {{ value = "secret" }}
directories = ["people"]
"#
    )
}

struct House {
    daemon: Daemon,
    store: Arc<dyn Store>,
    /// In the order of the section.
    parts: Vec<&'static str>,
    /// Under what was read before its parts were others.
    stale: Option<String>,
    jira: Jira,
    operator: Operator,
}

impl House {
    async fn open(more: &str) -> Self {
        Self::on(MemoryStore::new(), configuration(more), vec!["corp", "plant"]).await
    }

    async fn with(edit: impl FnOnce(String) -> String) -> Self {
        let text = edit(configuration(""));
        Self::on(MemoryStore::new(), text, vec!["corp", "plant"]).await
    }

    /// Another daemon on the same store, under another text: what of the present one is asked for no more stays away.
    async fn reopened(self, parts: &[&'static str], edit: impl FnOnce(String) -> String) -> Self {
        let Self {
            daemon,
            store,
            jira,
            parts: before,
            ..
        } = self;
        let people = daemon.directory(&"people".into()).unwrap().snapshot();
        let read = people.cursor().map(|cursor| cursor.scope.clone());
        drop(daemon); // not stopped: that would close the store
        let mut house = Self::on(store, edit(configuration("")), parts.to_vec()).await;
        house.jira.cache = jira.cache;
        house.stale = read.filter(|_| before != parts);
        house
    }

    async fn on(store: Arc<dyn Store>, text: String, parts: Vec<&'static str>) -> Self {
        let config = Config::parse(&text, Path::new("test")).unwrap();
        let clock: Arc<dyn Clock> = StoppedClock::at(1_800_000_000_000);
        let daemon = Daemon::start_on(&config, clock, Arc::clone(&store))
            .await
            .unwrap();
        let (jira, operator) = (
            new_jira(daemon.crowd_url()),
            Operator::new(&daemon.admin().to_string(), TOKEN),
        );
        Self {
            daemon,
            store,
            parts,
            stale: None,
            jira,
            operator,
        }
    }

    fn directory(&self, id: &str) -> &Arc<Directory> {
        self.daemon.directory(&id.into()).unwrap()
    }

    /// The source of a part tells this, completely.
    async fn tell(&self, part: &str, changes: Vec<Change>) {
        let cursor = Some(Cursor {
            scope: "test".to_owned(),
            token: "test".to_owned(),
            full_at: 0,
        });
        let request = Request {
            changes,
            cursor,
            ..Request::default()
        };
        let applied = self.directory(part).apply(request).await.unwrap();
        assert!(applied.refused.is_empty(), "{:?}", applied.refused);
    }

    /// Waits until the linked directory has read what its parts are now; then Jira synchronises.
    async fn settle(&mut self) {
        let people = Arc::clone(self.directory("people"));
        let heads: Vec<String> = self
            .parts
            .iter()
            .map(|id| self.directory(id).snapshot().seq().to_string())
            .collect();
        let mut moved = people.heads();
        while people.snapshot().cursor().is_none_or(|cursor| {
            cursor.token != heads.join(" ") || self.stale.as_ref() == Some(&cursor.scope)
        }) {
            moved.changed().await.unwrap();
        }
        self.jira.sync().await.unwrap();
    }

    async fn told(&mut self, part: &str, changes: Vec<Change>) {
        self.tell(part, changes).await;
        self.settle().await;
    }

    /// What Jira has under a name.
    fn seen(&self, name: &str) -> Option<&CachedUser> {
        self.jira.cache.users.get(name)
    }

    /// Names and keys of all whom Jira has.
    fn everybody(&self) -> Vec<(&str, &str, bool)> {
        let users = self.jira.cache.users.values();
        users
            .map(|user| (user.name.as_str(), user.key.as_str(), user.active))
            .collect()
    }

    /// The present picture, read by somebody who knew nothing.
    async fn fresh(&self) -> Cache {
        let mut fresh = new_jira(self.daemon.crowd_url());
        fresh.sync().await.unwrap();
        fresh.cache
    }

    async fn last_run(&self) -> Value {
        let runs = self.operator.get("/api/v1/runs?directory=people").await.body;
        runs.as_array()
            .unwrap_or_else(|| runs["runs"].as_array().unwrap())[0]
            .clone()
    }
}

pub(crate) fn user(id: &str, name: &str, email: &str, active: bool) -> Change {
    Change::PutUser(UserWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: email.into(),
        active,
        created_at: Some(0),
    })
}

/// Whether it has a number, and which.
pub(crate) fn number(id: &str, number: &str) -> Change {
    let values = (!number.is_empty()).then(|| ("number".into(), vec![number.into()]));
    Change::Detail {
        of: MemberKind::User,
        subject: id.into(),
        kind: DetailKind::SourceAttributes,
        value: Some(Detail::SourceAttributes(Arc::new(Attributes(
            values.into_iter().collect(),
        )))),
    }
}

fn group(id: &str) -> Change {
    Change::PutGroup(GroupWish {
        owner: Owner::Source,
        external_id: id.into(),
        name: id.into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    })
}

fn joins(group: &str, user: &str, there: bool) -> Change {
    let (yes, no) = (vec![user.into()], vec![]);
    let (add_users, remove_users) = if there { (yes, no) } else { (no, yes) };
    Change::Members {
        owner: Owner::Source,
        group: group.into(),
        add_users,
        remove_users,
        add_groups: vec![],
        remove_groups: vec![],
    }
}
