//! Evidence by scripts: `POST /activity`, in both forms, well and badly made.

use serde_json::{Value, json};
use throng::client;

use super::{explained, fares, newest, people};
use crate::harness::{Answer, House, READER, nothing};

const SCRIPT: &str = "script-token-of-the-tests";

/// A house with a token for scripts, and another application.
async fn house() -> House {
    let edit = |text: String| {
        let token = format!(
            "tokens = [\n  {{ name = \"script\", secret = {{ value = \"{SCRIPT}\" }}, scopes = [\"activity\"] }},"
        );
        let text = text.replacen("tokens = [", &token, 1);
        format!(
            "{text}\n[[application]]\nname = \"wiki\"\npassword = {{ value = \"secret\" }}\ndirectories = [\"corp\"]\n"
        )
    };
    let house = House::with(40, "", edit).await;
    house.operator().sync(&nothing()).await;
    house
}

async fn send(house: &House, query: &str, kind: &str, body: impl Into<reqwest::Body>) -> Answer {
    let url = format!("http://{}/api/v1/activity{query}", house.daemon.admin());
    let request = client::build()
        .unwrap()
        .post(url)
        .header("content-type", kind)
        .body(body);
    house.operator().with_token(SCRIPT).send(request).await.unwrap()
}

async fn taken(house: &House, query: &str, kind: &str, body: impl Into<reqwest::Body>) -> Value {
    let answer = send(house, query, kind, body).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    answer.body
}

#[tokio::test]
async fn a_report_names_users_as_the_application_sees_them_and_the_answer_counts_its_lines() {
    let house = house().await;
    let people = people(&house.company, 2);
    let (ann, bob) = (people[0].1.to_uppercase(), &people[1].1);
    let body = json!([
        { "user": ann, "seen": "2027-01-14T08:00:00Z", "application": "jira" },
        { "user": ann, "seen": "2027-01-13T08:00:00Z", "application": "wiki" },
        { "user": bob, "seen": 1_799_999_000_000_i64, "application": "wiki" },
        { "user": bob, "seen": null, "application": "jira" },
        { "user": bob, "seen": "2028-01-14T08:00:00Z", "application": "jira" },
        { "user": "nobody", "seen": "2027-01-14T08:00:00Z", "application": "jira" },
        { "user": ann, "seen": "2027-01-14T08:00:00Z", "application": "bamboo" },
    ]);
    let counts = taken(&house, "", "application/json", body.to_string()).await;
    assert_eq!(
        counts,
        json!({
            "lines": 7, "newer": 2, "older": 1, "never": 1, "ahead": 1,
            "unknown": { "count": 1, "names": ["nobody"] },
            "ambiguous": { "count": 0, "names": [] },
            "unknown_applications": { "count": 1, "names": ["bamboo"] },
        })
    );
    let operator = house.operator();
    let seen = explained(&operator, &people[0].1).await;
    assert_eq!(
        newest(&seen),
        ["2027-01-14T08:00:00.000Z", "activity-api", "report", "jira"]
    );
    let seen = explained(&operator, bob).await;
    assert_eq!(
        newest(&seen),
        ["2027-01-15T07:43:20.000Z", "activity-api", "report", "wiki"]
    );
    let health = fares(&operator, "activity-api").await;
    assert_eq!(
        (&health["newest"], &health["told"]),
        (&json!("2027-01-15T07:43:20.000Z"), &json!(3))
    );
    let again = taken(&house, "", "application/json", body.to_string()).await;
    assert_eq!(
        (&again["newer"], &again["older"]),
        (&json!(0), &json!(3)),
        "sending it again is harmless"
    );
}

#[tokio::test]
async fn a_table_names_users_by_address_if_it_is_one_users_only() {
    let house = house().await;
    let truth = house.company.tenant().truth();
    let mails: Vec<&String> = truth
        .users
        .values()
        .filter_map(|user| user.mail.as_ref())
        .collect();
    let only = |mail: &&&String| {
        mails
            .iter()
            .filter(|other| other.eq_ignore_ascii_case(mail))
            .count()
            == 1
    };
    let mail = mails.iter().find(only).unwrap();
    let table = format!(
        "email,seen\r\n{},2027-01-14T08:00:00Z\r\nno@where.example,\r\n",
        mail.to_uppercase()
    );
    let counts = taken(&house, "?application=jira", "text/csv; charset=utf-8", table).await;
    assert_eq!(
        (&counts["lines"], &counts["newer"]),
        (&json!(2), &json!(1)),
        "{counts}"
    );
    assert_eq!(
        counts["unknown"],
        json!({ "count": 1, "names": ["no@where.example"] })
    );
}

#[tokio::test]
async fn an_import_of_old_dates_makes_no_lane_fresh_and_takes_nothing_newer_away() {
    let house = house().await;
    let (_, name) = people(&house.company, 1).remove(0);
    let line = |seen: &str| json!([{ "user": name, "seen": seen, "application": "jira" }]).to_string();
    taken(&house, "", "application/json", line("2027-01-10T08:00:00Z")).await;
    taken(&house, "", "application/json", line("2019-01-10T08:00:00Z")).await;
    let operator = house.operator();
    assert_eq!(
        newest(&explained(&operator, &name).await)[0],
        "2027-01-10T08:00:00.000Z"
    );
    assert_eq!(
        fares(&operator, "activity-api").await["newest"],
        "2027-01-10T08:00:00.000Z"
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_whole_and_long_lists_of_names_are_cut() {
    let house = house().await;
    let (_, name) = people(&house.company, 1).remove(0);
    for (kind, body, told) in [
        (
            "application/json",
            format!(r#"[{{"user":"{name}","seen":1799999000000}},{{"user":"{name}","seen":"x"}}]"#),
            "element 2",
        ),
        ("application/json", "{}".to_owned(), "expected a sequence"),
        (
            "text/csv",
            format!("user,seen\n{name},1799999000000\n{name},soon\n"),
            "line 3",
        ),
        ("text/csv", String::new(), "column `seen`"),
        ("text/plain", "ann".to_owned(), "text/plain"),
    ] {
        let answer = send(&house, "?application=jira", kind, body).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &json!("ADMIN_REQUEST_MALFORMED"))
        );
        assert!(
            answer.body["detail"].as_str().unwrap().contains(told),
            "{}",
            answer.body
        );
    }
    assert_eq!(
        explained(&house.operator(), &name).await["last_seen"],
        json!([]),
        "nothing by half"
    );
    let ghosts: Vec<String> = (0..5_000).map(|at| format!("ghost-{at},1")).collect();
    let table = ghosts.join("\n");
    let counts = taken(
        &house,
        "?application=jira",
        "text/csv",
        format!("user,seen\n{table}"),
    )
    .await;
    assert_eq!(counts["unknown"]["count"], 5_000);
    assert_eq!(counts["unknown"]["names"].as_array().unwrap().len(), 100);
    let answer = send(&house, "", "text/csv", "x".repeat(17 * 1024 * 1024)).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (413, &json!("ADMIN_REQUEST_TOO_LARGE"))
    );
}

#[tokio::test]
async fn a_scripts_token_may_report_and_nothing_else() {
    let house = house().await;
    let script = house.operator().with_token(SCRIPT);
    for path in ["/api/v1/status", "/api/v1/directories/corp/users"] {
        assert_eq!(script.get(path).await.status, 403, "{path}");
    }
    assert_eq!(
        script
            .post("/api/v1/directories/corp/sync", &nothing())
            .await
            .status,
        403
    );
    let reader = house.operator().with_token(READER);
    assert_eq!(reader.post("/api/v1/activity", &json!([])).await.status, 403);
    assert_eq!(script.post("/api/v1/activity", &json!([])).await.status, 202);
    assert_eq!(
        house.operator().post("/api/v1/activity", &json!([])).await.status,
        202
    );
}
