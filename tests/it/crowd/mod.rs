//! The Crowd face over a directory in memory, asked through its router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use throng::clock::StoppedClock;
use throng::directory::{self, Applications, Directory};
use throng::http::crowd::{ApplicationConfig, CrowdConfig, CrowdState, Gate, router};
use throng::model::change::{GroupWish, UserWish};
use throng::model::commit::Cursor;
use throng::model::{Change, DirectoryId};
use throng::store::Store;
use throng::store::memory::MemoryStore;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

const LISTED: &str = r#"<user name="alice"><link href="http://127.0.0.1:8095/crowd/rest/usermanagement/1/user?username=alice" rel="self"/></user>"#;

struct Face {
    router: Router,
    directory: Arc<Directory>,
}

struct Said {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Said {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

fn user(name: &str) -> Change {
    Change::PutUser(UserWish {
        external_id: name.into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: name.into(),
        email: "".into(),
        active: true,
        created_at: Some(0),
    })
}

fn group(name: &str) -> Change {
    Change::PutGroup(GroupWish {
        external_id: name.into(),
        name: name.into(),
        nickname: "".into(),
        description: "".into(),
        created_at: None,
    })
}

fn join(group: &str, user: &str) -> Change {
    Change::Members {
        group: group.into(),
        add_users: vec![user.into()],
        remove_users: vec![],
        add_groups: vec![],
        remove_groups: vec![],
    }
}

impl Face {
    async fn start(read: bool) -> Self {
        let store: Arc<dyn Store> = MemoryStore::new();
        let epoch = store.epoch();
        let id = DirectoryId::from("corp");
        let directory = Directory::open(id, store, StoppedClock::at(1_000), &TaskTracker::new())
            .await
            .unwrap();
        let config: ApplicationConfig =
            toml::from_str("name = \"jira\"\npassword = { value = \"pa:ss\" }\ndirectories = [\"corp\"]")
                .unwrap();
        let gate = Gate::new(std::slice::from_ref(&config), Vec::new()).unwrap();
        let applications = Applications::new(
            epoch,
            vec![config.application()],
            std::slice::from_ref(&directory),
        );
        let router = router(CrowdState::new(
            &CrowdConfig::default(),
            gate,
            Arc::new(applications),
        ));
        let face = Self { router, directory };
        let cursor = read.then(|| Cursor {
            scope: String::new(),
            token: String::new(),
            full_at: 0,
        });
        face.commit(
            vec![user("alice"), user("bob"), group("devs"), join("devs", "alice")],
            cursor,
        )
        .await;
        face
    }

    async fn commit(&self, changes: Vec<Change>, cursor: Option<Cursor>) {
        let request = directory::Request {
            changes,
            base: None,
            cursor,
            entries: vec![],
            audit: vec![],
        };
        self.directory.apply(request).await.unwrap();
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Said {
        let basic = base64::engine::general_purpose::STANDARD.encode("jira:pa:ss");
        self.ask_as(
            &format!("Basic {basic}"),
            "127.0.0.1:9",
            method,
            path,
            headers,
            body.into(),
        )
        .await
    }

    async fn get(&self, path: &str) -> Said {
        self.ask("GET", path, &[], Body::empty()).await
    }

    async fn ask_as(
        &self,
        authorization: &str,
        peer: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Said {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/crowd/rest/usermanagement/1{path}"))
            .header("authorization", authorization)
            .extension(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let said = Said {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        assert!(
            !said.header("x-embedded-crowd-version").is_empty(),
            "{method} {path}"
        );
        assert_eq!(said.header("cache-control"), "no-cache, no-store");
        said
    }
}

const ALL_USERS: &str = "/search?entity-type=user&start-index=0&max-results=-1&expand=user";

#[tokio::test]
async fn a_user_is_told_in_both_forms() {
    let face = Face::start(true).await;
    let said = face.get("/user?username=ALICE").await;
    assert_eq!(
        (said.status, said.header("content-type")),
        (StatusCode::OK, "application/xml")
    );
    assert!(said.body.starts_with(r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><user expand="attributes" name="alice"><link "#));
    assert!(
        said.body
            .contains("<key>corp:alice</key><active>true</active><created-date>1970-01-01T00:00:00.000Z<"),
        "{}",
        said.body
    );
    let said = face.get("/user.json?username=alice").await;
    assert_eq!(said.header("content-type"), "application/json");
    let value: serde_json::Value = serde_json::from_str(&said.body).unwrap();
    assert_eq!(
        (&value["key"], &value["active"]),
        (&"corp:alice".into(), &true.into())
    );
    let said = face.get("/user?username=nobody").await;
    assert_eq!(said.status, StatusCode::NOT_FOUND);
    assert!(said.body.ends_with(
        "<error><reason>USER_NOT_FOUND</reason><message>user `nobody` does not exist</message></error>"
    ));
}

#[tokio::test]
async fn memberships_are_checked_and_listed() {
    let face = Face::start(true).await;
    for kind in ["direct", "nested"] {
        let said = face.get(&format!("/group/user/{kind}?groupname=devs")).await;
        assert!(
            said.body
                .ends_with(&format!(r#"<users expand="user">{LISTED}</users>"#)),
            "{}",
            said.body
        );
        let said = face
            .get(&format!("/user/group/{kind}?username=alice&groupname=Devs"))
            .await;
        assert_eq!(said.status, StatusCode::OK);
        let said = face
            .get(&format!("/user/group/{kind}?username=bob&groupname=devs"))
            .await;
        assert_eq!(said.status, StatusCode::NOT_FOUND);
        assert!(said.body.contains("MEMBERSHIP_NOT_FOUND"));
    }
    let said = face.get("/group/membership").await;
    assert!(said.body.ends_with(r#"<memberships><membership group="devs"><users><user name="alice"/></users><groups></groups></membership></memberships>"#), "{}", said.body);
}

#[tokio::test]
async fn a_change_during_a_full_sync_reaches_the_client_by_the_next_increment() {
    let face = Face::start(true).await;
    let said = face
        .ask(
            "POST",
            ALL_USERS,
            &[("content-type", "application/xml")],
            "<null-search-restriction/>",
        )
        .await;
    assert_eq!(said.body.matches("<user ").count(), 2);
    let cookie = said.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("throng-sync="));
    face.commit(vec![user("carol")], None).await;
    let said = face
        .ask("GET", "/event", &[("cookie", &cookie)], Body::empty())
        .await;
    assert!(said.header("set-cookie").contains("Max-Age=0"));
    let token = said
        .body
        .split("newEventToken=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let said = face.get(&format!("/event/{token}")).await;
    assert!(
        said.body
            .contains(r#"<userEvent><operation>UPDATED</operation><user expand="attributes" name="carol">"#),
        "{}",
        said.body
    );
    assert!(said.body.contains("</childUser><parentGroups></parentGroups>"));
    let said = face.get("/event/42:108").await;
    assert_eq!(said.status, StatusCode::GONE);
    assert!(said.body.contains("EVENT_TOKEN_EXPIRED"));
}

#[tokio::test]
async fn whole_listings_wait_for_the_first_complete_read() {
    let face = Face::start(false).await;
    for path in [ALL_USERS, "/group/membership"] {
        let said = face.get(path).await;
        assert_eq!(
            (said.status, said.header("retry-after")),
            (StatusCode::SERVICE_UNAVAILABLE, "30")
        );
        assert!(said.body.contains("`corp`"));
    }
    assert_eq!(face.get("/user?username=alice").await.status, StatusCode::OK);
}

#[tokio::test]
async fn strangers_are_kept_out() {
    let face = Face::start(true).await;
    let encode = |text: &str| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text));
    for wrong in ["jira:wrong", "nobody:pa:ss", "jira"] {
        let said = face
            .ask_as(&encode(wrong), "127.0.0.1:9", "GET", "/group", &[], Body::empty())
            .await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED);
        assert_eq!(
            said.header("www-authenticate"),
            "BASIC realm=\"Crowd REST Service\""
        );
        assert_eq!(said.header("content-type"), "text/plain;charset=UTF-8");
        assert_eq!(said.body, "Application failed to authenticate");
    }
    let said = face
        .ask_as(
            &encode("jira:pa:ss"),
            "192.0.2.1:9",
            "GET",
            "/group",
            &[("x-forwarded-for", "127.0.0.1")],
            Body::empty(),
        )
        .await;
    assert_eq!(said.status, StatusCode::FORBIDDEN);
    assert!(
        said.body
            .starts_with("Client with address \"192.0.2.1\" is forbidden")
    );
}

#[expect(clippy::too_many_lines, reason = "one table of cases")]
#[tokio::test]
async fn bad_input_is_answered_in_words() {
    let face = Face::start(true).await;
    let xml = [("content-type", "application/xml")];
    let search = "/search?entity-type=user";
    for (method, path, headers, body, status, words) in [
        (
            "POST",
            search,
            &xml[..],
            "<null".to_owned(),
            400,
            "ILLEGAL_ARGUMENT",
        ),
        (
            "POST",
            search,
            &xml,
            "<!DOCTYPE a><a/>".to_owned(),
            400,
            "DOCTYPE",
        ),
        (
            "POST",
            search,
            &xml,
            "x".repeat(10_000_000),
            413,
            "larger than 1048576 bytes",
        ),
        (
            "POST",
            search,
            &[("content-type", "text/plain")],
            "x".to_owned(),
            415,
            "text/plain",
        ),
        (
            "GET",
            "/search",
            &[],
            String::new(),
            400,
            "`entity-type` is missing",
        ),
        (
            "GET",
            "/search?entity-type=user&start-index=x",
            &[],
            String::new(),
            400,
            "`start-index` is not a number",
        ),
        ("PUT", "/search", &[], String::new(), 405, "method"),
        (
            "POST",
            "/user",
            &xml,
            "<user/>".to_owned(),
            403,
            "APPLICATION_PERMISSION_DENIED",
        ),
        (
            "GET",
            "/non-existent/location",
            &[],
            String::new(),
            404,
            "<status><status-code>404</status-code><message>null for uri: /crowd/rest/usermanagement/1/non-existent/location</message></status>",
        ),
        (
            "POST",
            "/authentication?username=nobody",
            &xml,
            "<password><value>x</value></password>".to_owned(),
            400,
            "USER_NOT_FOUND",
        ),
        (
            "POST",
            "/authentication?username=alice",
            &xml,
            "<password><value>x</value></password>".to_owned(),
            400,
            "INVALID_USER_AUTHENTICATION",
        ),
    ] {
        let said = face.ask(method, path, headers, body).await;
        assert_eq!(said.status.as_u16(), status, "{method} {path}: {}", said.body);
        assert!(said.body.contains(words), "{method} {path}: {}", said.body);
    }
}
