//! What stands in the files.

use std::path::Path;

use throng::connector::Connector;
use throng::connector::api::Coverage;
use throng::model::MemberKind;

use super::{complaint, folder, read, source};

fn acme() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/acme")
}

#[tokio::test]
async fn the_sample_company_is_read_whole() {
    let (reader, went) = read(&acme()).await.unwrap();
    assert_eq!(
        (went.full, went.coverage, went.goes_on),
        (true, Some(Coverage::Everything), true)
    );
    let picture = &reader.picture;
    assert_eq!(
        (picture.users.len(), picture.groups.len(), picture.edges.len()),
        (61, 15, 78)
    );
    assert_eq!(picture.users.values().filter(|(active, _)| !active).count(), 4);
    let of = |kind| picture.edges.iter().filter(|(.., of)| *of == kind).count();
    assert_eq!((of(MemberKind::User), of(MemberKind::Group)), (64, 14));
}

#[tokio::test]
async fn a_check_tells_what_was_found() {
    let report = source(&acme()).check().await;
    let told: Vec<&str> = report
        .items
        .iter()
        .map(|item| item.outcome.as_ref().unwrap().as_str())
        .collect();
    assert!(told[0].starts_with("users.jsonl ("), "{told:?}");
    assert_eq!(told[1], "61, 4 of them disabled");
    assert_eq!(told[2], "15, with 64 users and 14 groups as members");
}

#[tokio::test]
async fn tables_tell_the_same_as_lines() {
    let table = folder(&[
        (
            "users.csv",
            "id,userName,active,name.givenName,emails.work,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\r\n\
             u1,ann,true,Ann,ann@corp.example,\"R, D\"\r\nu2,zoë,False,,,\r\n",
        ),
        ("groups.csv", "displayName,id\nStaff,g1\n\"All, really\",g2\n"),
        (
            "memberships.csv",
            "group,member,type\ng1,u1,\ng2,g1,Group\ng1,u2,User\n",
        ),
    ]);
    let lines = folder(&[
        (
            "users.jsonl",
            "{\"id\":\"u1\",\"userName\":\"ann\"}\n{\"id\":\"u2\",\"userName\":\"zoë\",\"active\":false}\n",
        ),
        (
            "groups.jsonl",
            "{\"id\":\"g2\",\"displayName\":\"All, really\",\"members\":[{\"value\":\"g1\"}]}\n\
             {\"id\":\"g1\",\"displayName\":\"Staff\",\"members\":[{\"value\":\"u1\"},{\"value\":\"u2\"}]}\n",
        ),
    ]);
    let (table, went) = read(table.path()).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::Everything));
    assert_eq!(table.picture, read(lines.path()).await.unwrap().0.picture);
    assert_eq!((table.picture.users.len(), table.picture.edges.len()), (2, 3));
}

#[tokio::test]
async fn mistakes_are_told_by_file_line_and_field() {
    const NOBODY: (&str, &str) = ("groups.jsonl", "\n");
    for (text, told) in [
        ("{\"id\":\"1\"\n", "users.jsonl:1: this is no JSON (column"),
        ("[1]\n", "users.jsonl:1: this is no user (column"),
        (
            "\n{\"userName\":\"x\"}\n",
            "users.jsonl:2: `id` or `externalId` is missing",
        ),
        ("{\"id\":7}\n", "users.jsonl:1: `id` is no text"),
        (
            "{\"id\":\"1\",\"active\":\"perhaps\"}\n",
            "users.jsonl:1: `active` is neither true nor false",
        ),
        (
            "{\"id\":\"1\"}\n{\"id\":\"2\"}",
            "users.jsonl:2: the file ends without a line end",
        ),
        ("", "users.jsonl:1: the file ends without a line end"),
        (
            "x\ny\n",
            "users.jsonl:1: this is no JSON (column 1); users.jsonl:2: this is no JSON",
        ),
    ] {
        let error = complaint(&[("users.jsonl", text), NOBODY]).await;
        assert_eq!(error.code(), "SOURCE_MALFORMED");
        assert!(error.to_string().contains(told), "{error}");
    }
    let deep = "[".repeat(10_000);
    let error = complaint(&[("users.jsonl", &format!("{{\"id\":{deep}\n")), NOBODY]).await;
    assert!(error.to_string().contains("no JSON"), "{error}");
    for (groups, told) in [
        ("{\"id\":\"g\"}\n", "groups.jsonl:1: `displayName` is missing"),
        (
            "{\"id\":\"g\",\"displayName\":\"G\",\"members\":5}\n",
            "groups.jsonl:1: this is no group",
        ),
        (
            "{\"id\":\"g\",\"displayName\":\"G\",\"members\":[{}]}\n",
            "groups.jsonl:1: a member has no `value`",
        ),
    ] {
        let error = complaint(&[("users.jsonl", "\n"), ("groups.jsonl", groups)]).await;
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn mistakes_in_tables_are_told_by_file_line_and_column() {
    let good = ("groups.csv", "id,displayName\ng,G\n");
    let none = ("memberships.csv", "group,member\n");
    for (text, told) in [
        ("id\n1\n", "users.csv:1: column `userName` is missing"),
        (
            "id,userName,dispayName\n",
            "users.csv:1: column `dispayName` is not known; hint: did you mean `displayName`?",
        ),
        ("id,userName,ID\n", "users.csv:1: column `ID` stands twice"),
        ("id,userName\n1,a,b\n", "users.csv:2: there are 3 cells, not 2"),
        (
            "id,userName\n1,\"a\n2,b\n",
            "users.csv:2: `userName` has a line end within it",
        ),
        ("id,userName\n1,a\n,b\n", "users.csv:3: `id` is missing"),
        (
            "id,userName\n1,a",
            "users.csv:2: the file ends without a line end",
        ),
        ("\n", "users.csv:1: the line of headers is missing"),
    ] {
        let error = complaint(&[("users.csv", text), good, none]).await;
        assert!(error.to_string().contains(told), "{error}");
    }
    let error = complaint(&[
        ("users.csv", "id,userName\n1,a\n"),
        good,
        ("memberships.csv", "group,member,type\ng,1,Robot\n"),
    ])
    .await;
    assert!(
        error.to_string().contains("memberships.csv:2: `type` is neither"),
        "{error}"
    );
}

#[tokio::test]
async fn a_member_in_no_file_means_that_a_file_is_not_whole() {
    let files = folder(&[
        ("users.jsonl", "{\"id\":\"1\",\"userName\":\"a\"}\n"),
        (
            "groups.jsonl",
            "\n{\"id\":\"g\",\"displayName\":\"G\",\"members\":[{\"value\":\"1\"},{\"value\":\"2\"}]}\n",
        ),
    ]);
    let (reader, went) = read(files.path()).await.unwrap();
    assert_eq!(
        (went.coverage, went.goes_on),
        (Some(Coverage::ChangesOnly), false)
    );
    assert_eq!(
        went.incomplete,
        ["groups.jsonl:2: member `2` of group `g` is in no file"]
    );
    assert_eq!(reader.picture.edges.len(), 1);
}

#[tokio::test]
async fn of_lines_with_one_id_the_last_counts() {
    let files = folder(&[
        (
            "users.jsonl",
            "{\"id\":\"1\",\"userName\":\"old\"}\n{\"id\":\"1\",\"userName\":\"new\"}\n",
        ),
        (
            "groups.jsonl",
            "{\"id\":\"g\",\"displayName\":\"Old\",\"members\":[{\"value\":\"1\"}]}\n{\"id\":\"g\",\"displayName\":\"New\"}\n",
        ),
    ]);
    let (reader, went) = read(files.path()).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::Everything));
    assert_eq!(reader.picture.users.values().next().unwrap().1, "new");
    assert_eq!(reader.picture.groups.values().next().unwrap(), "New");
    assert!(reader.picture.edges.is_empty());
}
