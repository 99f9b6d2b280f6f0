//! Names with everything that means something in a URL, in XML, in JSON or in the query language: as users and as
//! groups, through every read, over a socket, in both forms.

use serde_json::Value;
use throng::simulator::jira::{Element, Synced};

use super::changes::{group, join, nest, user};
use super::face::{Face, Setup};
use super::socket::Socket;

pub(super) fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "straße",
        "İstanbul",
        "ёжик",
        "a+b",
        "a&b;c",
        "a/b",
        "100%41",
        "#1",
        "who?",
        "two  words",
        "it's",
        "\"so\"",
        "<b>",
        "a=b",
        "a\\b",
        "a,b",
        "😀👩‍🚀",
        "*",
        "x.json",
        "..",
        "null",
        "](){}|!~`^$@:",
        "e\u{301}",
        "J\u{30c}ane",
    ]
    .map(str::to_owned)
    .into();
    names.push("ßİё+&/%#? '\"<>😀".to_owned());
    names.push("é".repeat(255));
    names.push("&+%".repeat(85));
    names
}

/// A client that reads one form.
struct Client {
    http: reqwest::Client,
    base: String,
    is_json: bool,
}

impl Client {
    fn new(socket: &Socket, is_json: bool) -> Self {
        Self {
            http: throng::client::build().unwrap(),
            base: format!("{}/rest/usermanagement/1", socket.url()),
            is_json,
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> String {
        let accept = if self.is_json {
            "application/json"
        } else {
            "application/xml"
        };
        let response = request
            .basic_auth("jira", Some("pa:ss"))
            .header("accept", accept)
            .send()
            .await
            .unwrap();
        let url = response.url().clone();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{url}: {text}");
        text
    }

    /// The names, in order, in the answer to a path with these parameters.
    async fn names(&self, path: &str, query: &[(&str, &str)]) -> Vec<String> {
        let url = format!("{}{path}", self.base);
        let text = self.send(self.http.get(url).query(query)).await;
        self.names_in(&text)
    }

    fn names_in(&self, text: &str) -> Vec<String> {
        if self.is_json {
            let value: Value = serde_json::from_str(text).unwrap();
            let list = value["users"].as_array().or(value["groups"].as_array());
            let all = list.map_or_else(|| vec![&value], |list| list.iter().collect());
            return all
                .iter()
                .map(|one| one["name"].as_str().unwrap().to_owned())
                .collect();
        }
        let root = Element::read(text).unwrap();
        if root.attribute("name").is_some() {
            return vec![root.attribute("name").unwrap().to_owned()];
        }
        root.names().map(str::to_owned).collect()
    }

    /// What the link of an entity leads to.
    async fn linked(&self, path: &str, query: &[(&str, &str)]) -> Vec<String> {
        let text = self
            .send(self.http.get(format!("{}{path}", self.base)).query(query))
            .await;
        let href = if self.is_json {
            serde_json::from_str::<Value>(&text).unwrap()["link"]["href"]
                .as_str()
                .unwrap()
                .to_owned()
        } else {
            Element::read(&text)
                .unwrap()
                .child("link")
                .unwrap()
                .attribute("href")
                .unwrap()
                .to_owned()
        };
        let href = href.replace(super::face::BASE, &self.base);
        self.names_in(&self.send(self.http.get(href)).await)
    }
}

/// Each name is a user's and a group's; the user is in the group, the group in `all`.
async fn face() -> Face {
    let face = Face::with(Setup::default()).await;
    let mut changes = vec![group("all")];
    for name in odd_names() {
        changes.extend([user(&name), group(&name), join(&name, &name), nest("all", &name)]);
    }
    face.commit(changes).await;
    face
}

/// NFC is what is stored: two spellings of one name are one.
fn stored(name: &str) -> String {
    name.replace("e\u{301}", "é")
}

/// Asks for the bearer of a name, perhaps in another case.
async fn walk(client: &Client, given: &str, asked: &str) {
    let name = stored(given);
    let (user, group) = (("username", asked), ("groupname", asked));
    let key = format!("corp:{given}");
    let all = ("groupname", "all");
    for (path, query, expected) in [
        ("/user", vec![user], vec![&*name]),
        ("/user", vec![("key", &*key)], vec![&name]),
        ("/user", vec![user, ("expand", "attributes")], vec![&name]),
        ("/group", vec![group], vec![&name]),
        ("/user/group/direct", vec![user], vec![&name]),
        ("/user/group/direct", vec![user, ("expand", "group")], vec![&name]),
        ("/user/group/direct", vec![user, group], vec![&name]),
        ("/user/group/nested", vec![user, all], vec!["all"]),
        ("/group/user/direct", vec![group], vec![&name]),
        ("/group/user/direct", vec![group, user], vec![&name]),
        (
            "/group/user/nested",
            vec![all, user, ("expand", "user")],
            vec![&name],
        ),
        ("/group/parent-group/direct", vec![group], vec!["all"]),
        (
            "/group/parent-group/nested",
            vec![group, ("parent-groupname", "all")],
            vec!["all"],
        ),
        (
            "/group/child-group/direct",
            vec![all, ("child-groupname", asked)],
            vec![&name],
        ),
        (
            "/group/child-group/nested",
            vec![all, ("child-groupname", asked)],
            vec![&name],
        ),
    ] {
        assert_eq!(client.names(path, &query).await, expected, "{path} {query:?}");
    }
    let quoted = format!("name = \"{}\"", asked.replace('\\', "\\\\").replace('"', "\\\""));
    for kind in ["user", "group"] {
        // A star is a pattern in the query language, and cannot be anything else.
        if !asked.contains('*') {
            let query = [("entity-type", kind), ("restriction", &quoted)];
            assert_eq!(client.names("/search", &query).await, [&*name], "{quoted}");
        }
        let parameter = if kind == "user" { user } else { group };
        assert_eq!(
            client.linked(&format!("/{kind}"), &[parameter]).await,
            [&*name],
            "the link of {asked}"
        );
        let attributes = format!("{}/{kind}/attribute", client.base);
        client.send(client.http.get(attributes).query(&[parameter])).await;
    }
}

#[tokio::test]
async fn odd_names_survive_every_read_in_both_forms() {
    let face = face().await;
    let socket = face.serve().await;
    for is_json in [false, true] {
        let client = Client::new(&socket, is_json);
        for name in odd_names() {
            walk(&client, &name, &name).await;
            walk(&client, &name, &name.to_lowercase()).await;
        }
    }
}

#[tokio::test]
async fn odd_names_survive_searches_in_both_forms_and_whole_listings() {
    let face = face().await;
    let socket = face.serve().await;
    let mut everybody: Vec<_> = odd_names().iter().map(|name| stored(name)).collect();
    everybody.sort();
    for is_json in [false, true] {
        let client = Client::new(&socket, is_json);
        let post = async |kind: &str, body: String| {
            let url = format!("{}/search?entity-type={kind}&max-results=-1", client.base);
            let sent = if is_json {
                "application/json"
            } else {
                "application/xml"
            };
            let text = client
                .send(client.http.post(url).header("content-type", sent).body(body))
                .await;
            client.names_in(&text)
        };
        for name in odd_names() {
            let body = if is_json {
                serde_json::json!({ "restriction-type": "property-search-restriction", "property": { "name": "name", "type": "STRING" },
                    "match-mode": "EXACTLY_MATCHES", "value": name })
                .to_string()
            } else {
                let value = throng::protocol::crowd::escape_attribute(&name);
                format!(
                    "<property-search-restriction><property><name>name</name><type>STRING</type></property><match-mode>EXACTLY_MATCHES</match-mode><value>{value}</value></property-search-restriction>"
                )
            };
            assert_eq!(post("user", body.clone()).await, [&*stored(&name)]);
            assert_eq!(post("group", body).await, [&*stored(&name)]);
        }
        let mut found = post("user", String::new()).await;
        found.sort();
        assert_eq!(found, everybody);
        let mut found = client
            .names("/group/child-group/direct", &[("groupname", "all")])
            .await;
        found.sort();
        assert_eq!(found, everybody);
    }
}

#[tokio::test]
async fn odd_names_survive_full_and_incremental_syncs_of_jira() {
    let face = Face::with(Setup::default()).await;
    let socket = face.serve().await;
    let mut jira = socket.jira();
    jira.sync().await.unwrap();
    let mut changes = Vec::new();
    for name in odd_names() {
        changes.extend([user(&name), group(&name), join(&name, &name)]);
    }
    face.commit(changes).await;
    let told = jira.sync().await.unwrap();
    let mut fresh = socket.jira();
    let read = fresh.sync().await.unwrap();
    assert!(matches!(told, Synced::Incremental { .. }) && read == Synced::Full);
    for jira in [&jira, &fresh] {
        for name in odd_names() {
            let name = stored(&name);
            assert!(jira.cache.users.values().any(|user| user.name == name), "{name}");
        }
        assert_eq!(jira.cache.memberships.len(), odd_names().len());
    }
    assert_eq!(jira.cache, fresh.cache);
}
