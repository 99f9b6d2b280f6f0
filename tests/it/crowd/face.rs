//! A Crowd face over directories in memory: asked through its router, or served on a socket.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use throng::clock::{Clock, StoppedClock};
use throng::directory::session::SessionKey;
use throng::directory::webhooks::Webhooks;
use throng::directory::writes::Takes;
use throng::directory::{self, Applications, Directory, Marks, Sessions};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::http::hosts::Hosts;
use throng::model::commit::Cursor;
use throng::model::{Change, DirectoryId};
use throng::store::Store;
use throng::store::memory::MemoryStore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::changes::{group, join, user};
use super::said::Said;
use super::schema;

/// Where all paths of the protocol begin.
pub(super) const API: &str = "/crowd/rest/usermanagement/1";
/// Where all links begin, in answers asked for through the router.
pub(super) const BASE: &str = "http://127.0.0.1:8095/crowd/rest/usermanagement/1";
/// What Jira asks for all users.
pub(super) const ALL_USERS: &str = "/search?entity-type=user&start-index=0&max-results=-1&expand=user";
/// The body of it.
pub(super) const EVERYTHING: &str = "<null-search-restriction/>";
/// The content type of a body in XML.
pub(super) const XML: (&str, &str) = ("content-type", "application/xml");

/// The Basic credentials of a name and password.
pub(super) fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

/// What a face is made of.
pub(super) struct Setup {
    /// Its directories.
    pub(super) directories: &'static [&'static str],
    /// More keys of its application.
    pub(super) application: String,
    /// Whether the directories have been read completely.
    pub(super) read: bool,
    /// The store, perhaps one used before.
    pub(super) store: Arc<dyn Store>,
    /// Keys of `[crowd]`.
    pub(super) crowd: &'static str,
    /// More applications, with the password `pa:ss`, each with its directories.
    pub(super) others: &'static [(&'static str, &'static [&'static str])],
    /// The time of sessions.
    pub(super) clock: Arc<StoppedClock>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            directories: &["corp"],
            application: "password = { value = \"pa:ss\" }".to_owned(),
            read: true,
            store: MemoryStore::new(),
            crowd: "",
            others: &[],
            clock: StoppedClock::at(1_000),
        }
    }
}

/// A face with its directories.
pub(super) struct Face {
    pub(super) router: Router,
    pub(super) directories: Vec<Arc<Directory>>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) webhooks: Arc<Webhooks>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Face {
    /// With the users alice (in group devs) and bob.
    pub(super) async fn start() -> Self {
        let face = Self::with(Setup::default()).await;
        face.commit(vec![
            user("alice"),
            user("bob"),
            group("devs"),
            join("devs", "alice"),
        ])
        .await;
        face
    }

    /// With nothing in it yet.
    pub(super) async fn with(setup: Setup) -> Self {
        let mut directories = Vec::new();
        for id in setup.directories {
            let (store, clock) = (Arc::clone(&setup.store), StoppedClock::at(1_000));
            let directory = Directory::open((*id).into(), store, clock, &TaskTracker::new()).await;
            directories.push(directory.unwrap());
        }
        let mut configs = vec![application("jira", setup.directories, &setup.application)];
        let others = setup.others.iter();
        configs
            .extend(others.map(|(name, sees)| application(name, sees, "password = { value = \"pa:ss\" }")));
        let crowd: CrowdConfig = toml::from_str(setup.crowd).unwrap();
        let gate = Gate::new(&configs, vec!["10.0.0.0/8".parse().unwrap()]).unwrap();
        let gate = gate.with_hosts(hosts().await);
        let applications = configs.iter().map(ApplicationConfig::application).collect();
        let applications = Applications::new(setup.store.epoch(), applications, &directories);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let sessions = Sessions::open(
            SessionKey::new([7; 64]),
            crowd.sso.sessions(),
            Arc::clone(&setup.store),
            Arc::clone(&setup.clock) as Arc<dyn Clock>,
            &directories,
            (tasks.clone(), stop.clone()),
        );
        let sessions = sessions.await.unwrap();
        let applications = Arc::new(applications);
        let webhooks = Webhooks::open(
            Arc::clone(&setup.store),
            setup.clock,
            Arc::clone(&applications),
            throng::notify::admits,
        );
        let webhooks = webhooks.await.unwrap();
        // Ahead of the store's own clock: a mark that the store takes for expired cannot be changed.
        let marks = Marks::new(Arc::clone(&setup.store), StoppedClock::at(4_000_000_000_000));
        let state = CrowdState::new(&crowd, gate, applications, Arc::clone(&sessions))
            .with_webhooks(Arc::clone(&webhooks))
            .taking(takes(&directories))
            .with_marks(marks);
        let face = Self {
            router: router(state),
            directories,
            sessions,
            webhooks,
            tasks,
            stop,
        };
        if setup.read {
            for at in 0..face.directories.len() {
                face.complete(at).await;
            }
        }
        face
    }

    /// Ends it as a daemon does; its store can be used again.
    pub(super) async fn end(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Commits to the first directory.
    pub(super) async fn commit(&self, changes: Vec<Change>) {
        self.commit_to(0, changes).await;
    }

    pub(super) async fn commit_to(&self, directory: usize, changes: Vec<Change>) {
        let request = directory::Request {
            changes,
            ..directory::Request::default()
        };
        self.directories[directory].apply(request).await.unwrap();
    }

    /// Ends the first complete read of a directory.
    pub(super) async fn complete(&self, directory: usize) {
        let request = directory::Request {
            cursor: Some(Cursor {
                scope: String::new(),
                token: String::new(),
                full_at: 0,
            }),
            ..directory::Request::default()
        };
        self.directories[directory].apply(request).await.unwrap();
    }

    pub(super) async fn get(&self, path: &str) -> Said {
        self.ask("GET", path, &[], Body::empty()).await
    }

    pub(super) async fn get_json(&self, path: &str) -> serde_json::Value {
        let said = self
            .ask("GET", path, &[("accept", "application/json")], Body::empty())
            .await;
        assert_eq!(
            (said.status.as_u16(), said.header("content-type")),
            (200, "application/json")
        );
        said.json()
    }

    pub(super) async fn post(&self, path: &str, body: impl Into<Body>) -> Said {
        self.ask("POST", path, &[XML], body).await
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Said {
        self.ask_as("jira", method, path, headers, body).await
    }

    /// As another application.
    pub(super) async fn ask_as(
        &self,
        application: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Said {
        let mut all = vec![("authorization", basic(&format!("{application}:pa:ss")))];
        all.extend(headers.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.ask_from("127.0.0.1:9", method, &format!("{API}{path}"), &all, body.into())
            .await
    }

    /// The one way in. Whatever is asked, the answer says what it is and that it may not be cached; in XML it follows
    /// the schema.
    pub(super) async fn ask_from(
        &self,
        peer: &str,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Body,
    ) -> Said {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .extension(ConnectInfo(peer));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let said = Said {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        let version = concat!("throng/", env!("CARGO_PKG_VERSION"));
        assert_eq!(
            said.header("x-embedded-crowd-version"),
            version,
            "{method} {path}"
        );
        assert_eq!(
            said.header("x-crowd-user-management-version"),
            "1.4",
            "{method} {path}"
        );
        assert_eq!(
            said.header("cache-control"),
            "no-cache, no-store",
            "{method} {path}"
        );
        assert_ne!(said.header("content-type"), "", "{method} {path}");
        if said.header("content-type") == "application/xml" && !said.body.is_empty() {
            schema::record(&said.body);
            let checked = schema::check(&said.body);
            assert_eq!(checked, Ok(()), "{method} {path}: {}", said.body);
        }
        said
    }
}

fn application(name: &str, directories: &[&str], more: &str) -> ApplicationConfig {
    toml::from_str(&format!(
        "name = \"{name}\"\ndirectories = {directories:?}\n{more}"
    ))
    .unwrap()
}

/// A directory named `local` is one, and users of one named `passwords` may have a password here.
fn takes(directories: &[Arc<Directory>]) -> HashMap<DirectoryId, Takes> {
    let takes = |directory: &Arc<Directory>| {
        let id = directory.id().clone();
        let users = id.as_str() == "local";
        let passwords = users || id.as_str() == "passwords";
        (id, Takes { users, passwords })
    };
    directories.iter().map(takes).collect()
}

/// A resolver that knows one name.
async fn hosts() -> Arc<Hosts> {
    let resolve = |name: Arc<str>| {
        let known = (*name == *"jira.example").then(|| vec!["198.51.100.77".parse().unwrap()]);
        async { known.ok_or_else(|| std::io::ErrorKind::NotFound.into()) }.boxed()
    };
    let names = ["jira.example", "nowhere.example"].map(Into::into);
    let hosts = Hosts::with(names.into(), StoppedClock::at(1_000), Box::new(resolve));
    hosts.refresh().await;
    hosts
}
