//! Evidence packs and the hand-off list as auditors and spreadsheets get them: hashed, chained, inert.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use throng::client;

use super::town::{Town, person};
use crate::harness::TOKEN;

const POLICY: &str = "[[cleanup]]\nname = \"stale\"\nmode = \"apply\"\ninactive_for = \"90d\"\nnever_seen_for = \"30d\"\n\
     evidence = [\"activity-api\"]\nmax = { users = 100, percent = 100, at_least = 100 }\n";

/// Names that a careless spreadsheet or browser would run.
const NASTY: [&str; 4] = ["=sum(a1)", "+sum(a1)", "<i>idle</i>", "say \"hi\", all"];

#[derive(Deserialize)]
struct Pack {
    sha256: String,
    body: Box<RawValue>,
}

/// The answer's type and text.
async fn raw(town: &Town, path: &str) -> (String, String) {
    let url = format!("http://{}/api/v1{path}", town.daemon.admin());
    let request = client::build().unwrap().get(url).bearer_auth(TOKEN);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    (kind, response.text().await.unwrap())
}

async fn pack(town: &Town, run: &Value) -> Pack {
    let (_, text) = raw(town, &path(run, "json")).await;
    let pack: Pack = serde_json::from_str(&text).unwrap();
    let digest = Sha256::digest(pack.body.get().as_bytes());
    assert_eq!(
        pack.sha256,
        format!("{digest:x}"),
        "the hash is of the body as it stands"
    );
    pack
}

fn path(run: &Value, format: &str) -> String {
    format!(
        "/cleanup/stale/runs/{}/pack?format={format}",
        run["id"].as_str().unwrap()
    )
}

/// The rows of a table of which the first line names the columns; what guards a formula is taken off.
fn rows(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let rows = table.deserialize::<BTreeMap<String, String>>();
    let rows = rows.map(|row| {
        let mut row = row.unwrap();
        for cell in row.values_mut() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "a formula: {cell}"
            );
            *cell = cell.strip_prefix('\'').unwrap_or(cell).to_owned();
        }
        row
    });
    rows.collect()
}

/// A policy that has reported and then held everybody but one.
async fn cleaned() -> (Town, [Value; 2]) {
    let busy = ["busy".to_owned()];
    let names: Vec<String> = busy.iter().cloned().chain(NASTY.map(str::to_owned)).collect();
    let people = names.iter().map(|name| person(name, -400)).collect();
    let town = Town::of(people, &[("staff", names)], &POLICY.replace("apply", "review")).await;
    town.sees_all(&busy);
    town.daemon.cleaner().look_around().await;
    town.days(100, &busy).await;
    let report = town.cleaned("stale").await;
    let asked = town.cleaned("stale").await;
    let held = town.approve(&asked["plan"], &json!({})).await;
    assert_eq!(held["counts"]["holds"]["added"], 4, "{held}");
    (town, [report, held])
}

#[tokio::test]
async fn a_pack_says_the_same_as_a_table_a_page_and_a_document_and_nothing_in_it_runs() {
    let (town, [_, held]) = cleaned().await;
    let pack = pack(&town, &held).await;
    let body: Value = serde_json::from_str(pack.body.get()).unwrap();
    let users = body["users"].as_array().unwrap();
    let decided = |name: &str| {
        let found = users.iter().find(|row| row["user"] == name);
        found.map(|row| row["decision"].as_str().unwrap().to_owned())
    };
    for name in NASTY {
        assert_eq!(decided(name).as_deref(), Some("hold"), "{body}");
    }

    let (kind, text) = raw(&town, &path(&held, "csv")).await;
    assert_eq!(kind, "text/csv; charset=utf-8");
    let table = rows(&text);
    let cell = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(table.len(), users.len());
    for (row, user) in table.iter().zip(users) {
        for key in [
            "directory",
            "user",
            "external_id",
            "reason",
            "last_seen",
            "created",
        ] {
            assert_eq!(row[key], cell(&user[key]), "{key}");
        }
    }

    let (kind, page) = raw(&town, &path(&held, "html")).await;
    assert_eq!(kind, "text/html; charset=utf-8");
    assert!(
        page.contains(&pack.sha256) && page.contains("approved by operator ops"),
        "{page}"
    );
    assert!(
        page.contains("&lt;i&gt;idle&lt;/i&gt;") && !page.contains("<i>"),
        "{page}"
    );
}

#[tokio::test]
async fn each_pack_names_the_one_before_it_and_the_audit_trail_has_them_all() {
    let (town, [report, _]) = cleaned().await;
    town.cleaned("stale").await;
    let runs = town.get("/cleanup/stale/runs").await;
    let mut runs = runs["runs"].as_array().unwrap().clone();
    runs.reverse();
    assert_eq!((runs.len(), &runs[0]["id"]), (4, &report["id"]), "oldest first");
    let mut previous = Value::Null;
    let mut hashes = Vec::new();
    for run in &runs {
        let pack = pack(&town, run).await;
        let body: Value = serde_json::from_str(pack.body.get()).unwrap();
        assert_eq!(body["previous"], previous);
        previous = json!(pack.sha256);
        hashes.push(pack.sha256);
    }
    let trail = town.audit("cleanup run").await;
    for hash in &hashes {
        let told = trail
            .iter()
            .filter(|record| record.reason.contains(&format!("evidence {hash} after")))
            .count();
        assert_eq!(told, 1, "{hash} in {trail:?}");
    }
}

#[tokio::test]
async fn the_hand_off_list_names_exactly_whom_the_policy_holds() {
    let (town, _) = cleaned().await;
    let list = town.get("/cleanup/stale/handoff").await;
    let users = list["users"].as_array().unwrap();
    let mut names: Vec<&str> = users.iter().filter_map(|user| user["user"].as_str()).collect();
    names.sort_unstable();
    let mut expected = NASTY;
    expected.sort_unstable();
    assert_eq!(names, expected);
    assert!(
        users.iter().all(|user| user["enabled_at_source"] == true),
        "{list}"
    );
    let (_, text) = raw(&town, "/cleanup/stale/handoff?format=csv").await;
    let table = rows(&text);
    let of = |name: &str| table.iter().find(|row| row["user"] == name).unwrap()["external_id"].clone();
    for name in NASTY {
        assert_eq!(of(name), format!("id-{name}"));
    }
    assert_eq!(table.len(), NASTY.len());
    town.release(NASTY[0]).await;
    let list = town.get("/cleanup/stale/handoff").await;
    assert_eq!(list["users"].as_array().unwrap().len(), NASTY.len() - 1);
}
