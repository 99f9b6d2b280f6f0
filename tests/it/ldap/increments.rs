//! Changes at a real OpenLDAP, told by content synchronisation.

use serde_json::json;
use throng::connector::api::Coverage;

use super::slapd::{BASE, Options, PASSWORD, Slapd, user};
use super::{assert_truth, read_all, source};

/// One change of each kind, as LDIF.
fn changes() -> Vec<(&'static str, String)> {
    let group = format!("cn=team 1,ou=groups,{BASE}");
    vec![
        (
            "a new user",
            format!(
                "dn: uid=new,ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: new\ncn: New\nsn: New\nuserPassword: {PASSWORD}\n"
            ),
        ),
        (
            "a user in another group",
            format!("dn: {group}\nchangetype: modify\nadd: member\nmember: uid=new,ou=people,{BASE}\n"),
        ),
        (
            "a user renamed",
            format!(
                "dn: {}\nchangetype: modify\nreplace: uid\nuid: renamed\n",
                user(21)
            ),
        ),
        (
            "a user disabled",
            format!(
                "dn: {}\nchangetype: modify\nadd: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n",
                user(22)
            ),
        ),
        (
            "a user out of a group",
            format!(
                "dn: {group}\nchangetype: modify\ndelete: member\nmember: {}\n",
                user(12)
            ),
        ),
        (
            "a user deleted",
            format!("dn: {}\nchangetype: delete\n", user(33)),
        ),
        (
            "a new group in another, and in it a group",
            format!(
                "dn: cn=new,ou=groups,{BASE}\nchangetype: add\nobjectClass: groupOfNames\ncn: new\nmember: cn=team 2,ou=groups,{BASE}\nmember: {}\n\n\
                 dn: {group}\nchangetype: modify\nadd: member\nmember: cn=new,ou=groups,{BASE}\n",
                user(41)
            ),
        ),
        (
            "a group renamed",
            format!("dn: cn=team 3,ou=groups,{BASE}\nchangetype: modrdn\nnewrdn: cn=crew\ndeleteoldrdn: 1\n"),
        ),
        (
            "a group deleted",
            format!("dn: cn=team 4,ou=groups,{BASE}\nchangetype: delete\n"),
        ),
    ]
}

#[tokio::test]
async fn each_kind_of_change_is_told_once() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let source = source(&server, &json!({}));
    let mut reader = read_all(&server, &source).await;
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.records), (false, 0), "{went:?}");
    for (what, ldif) in changes() {
        server.change(&ldif);
        let went = reader.pull(&source).await.unwrap();
        assert_eq!(
            (went.full, went.coverage),
            (false, Some(Coverage::ChangesOnly)),
            "{what}"
        );
        assert!(went.records > 0 && went.records < 60, "{what}: {went:?}");
        if what == "a group renamed" {
            // Its old name stays in the groups that contain it: OpenLDAP alone mends no references.
            reader = read_all(&server, &source).await;
        }
        assert_truth(&reader, &server, what);
        let went = reader.pull(&source).await.unwrap();
        assert_eq!((went.full, went.records), (false, 0), "{what} is told twice");
    }
}

#[tokio::test]
async fn who_is_only_not_told_as_there_is_found_out() {
    let options = Options {
        log: false,
        ..Options::default()
    };
    let Some(server) = Slapd::start(&options) else {
        return;
    };
    let source = source(&server, &json!({}));
    let mut reader = read_all(&server, &source).await;
    for (what, ldif) in changes() {
        server.change(&ldif);
        let went = reader.pull(&source).await.unwrap();
        assert!(!went.full, "{what}");
        if what == "a group renamed" {
            reader = read_all(&server, &source).await;
        }
        assert_truth(&reader, &server, what);
    }
    // After a start nothing is remembered to compare with: everything is read.
    let again = super::source(&server, &json!({}));
    server.change(&format!("dn: {}\nchangetype: delete\n", user(52)));
    let went = reader.pull(&again).await.unwrap();
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
    assert_truth(&reader, &server, "read");
}

#[tokio::test]
async fn a_restart_of_throng_reads_on_where_deletions_are_told() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let mut reader = read_all(&server, &source(&server, &json!({}))).await;
    for (_, ldif) in changes().into_iter().take(6) {
        server.change(&ldif);
    }
    let again = source(&server, &json!({}));
    let went = reader.pull(&again).await.unwrap();
    assert!(!went.full);
    assert_truth(&reader, &server, "read");
}

#[tokio::test]
async fn a_cursor_that_the_server_does_not_know_leads_to_a_full_read() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let source = source(&server, &json!({}));
    let mut reader = read_all(&server, &source).await;
    server.change(&format!("dn: {}\nchangetype: delete\n", user(3)));
    let mut old = reader.cursor.clone().unwrap();
    let at = old.token.find("csn=").unwrap();
    let year = old.token[at..at + 8].to_owned();
    old.token = old.token.replace(&year, "csn=2001");
    reader.cursor = Some(old);
    let again = super::source(&server, &json!({}));
    let went = reader.pull(&again).await.unwrap();
    assert!(went.full, "{went:?}");
    assert_truth(&reader, &server, "read");
    let went = reader.pull(&again).await.unwrap();
    assert_eq!((went.full, went.records), (false, 0));
}
