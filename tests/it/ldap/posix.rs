//! Groups of user names, and accounts at their end, at a real OpenLDAP.

use std::collections::BTreeSet;

use serde_json::json;
use throng::connector::conformance::Reader;
use throng::model::ExternalId;

use super::slapd::{BASE, Options, PASSWORD, Slapd, user};
use super::{reader, source};

/// The user names in a group.
fn members(reader: &Reader, group: &str) -> BTreeSet<String> {
    let id: Vec<&ExternalId> = reader
        .picture
        .groups
        .iter()
        .filter_map(|(id, name)| (name == group).then_some(id))
        .collect();
    assert_eq!(id.len(), 1, "{group} in {:?}", reader.picture.groups);
    let edges = reader.picture.edges.iter().filter(|edge| edge.0 == *id[0]);
    edges
        .map(|edge| reader.picture.users[&edge.1].1.clone())
        .collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[tokio::test]
async fn a_posix_group_has_users_by_their_names() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    let group = format!("cn=unix,ou=groups,{BASE}");
    server.change(&format!(
        "dn: {group}\nchangetype: add\nobjectClass: posixGroup\ncn: unix\ngidNumber: 5000\nmemberUid: u5\nmemberUid: u14\nmemberUid: late.riser\n"
    ));
    let (source, mut reader) = (source(&server, &json!({})), reader());
    let went = reader.pull(&source).await.unwrap();
    assert!(went.full && went.goes_on, "{went:?}");
    assert_eq!(members(&reader, "unix"), names(["u5", "u14"]));
    assert_eq!(members(&reader, "team 1").len(), 10, "other groups are as ever");
    let pull = async |reader: &mut Reader| {
        let went = reader.pull(&source).await.unwrap();
        assert!(!went.full && went.goes_on, "{went:?}");
    };
    server.change(&format!(
        "dn: {group}\nchangetype: modify\nadd: memberUid\nmemberUid: u30\n-\ndelete: memberUid\nmemberUid: u5\n"
    ));
    pull(&mut reader).await;
    assert_eq!(members(&reader, "unix"), names(["u14", "u30"]));
    // Whom the group named before is in it from the first moment on.
    server.change(&format!(
        "dn: uid=late.riser,ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: late.riser\ncn: Late\nsn: Riser\nuserPassword: {PASSWORD}\n"
    ));
    pull(&mut reader).await;
    assert_eq!(members(&reader, "unix"), names(["late.riser", "u14", "u30"]));
    // So many that they are not looked up one by one.
    let many = |letter: &str| {
        (0..60).fold(String::new(), |all, number| {
            format!("{all}memberUid: {letter}{number}\n")
        })
    };
    let (many, more) = (many("u"), many("x"));
    server.change(&format!(
        "dn: {group}\nchangetype: modify\nreplace: memberUid\n{many}{more}"
    ));
    pull(&mut reader).await;
    assert_eq!(members(&reader, "unix").len(), 60);
}

#[tokio::test]
async fn an_account_at_its_end_is_inactive() {
    let Some(server) = Slapd::start(&Options::default()) else {
        return;
    };
    for (number, day) in [(1, "0"), (2, "1"), (3, "-1")] {
        server.change(&format!(
            "dn: {}\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: {day}\n",
            user(number)
        ));
    }
    let mut reader = reader();
    reader.pull(&source(&server, &json!({}))).await.unwrap();
    let inactive = reader.picture.users.values().filter(|(active, _)| !active);
    // It is the first of January 1970 still.
    assert_eq!(inactive.map(|(_, uid)| uid.as_str()).collect::<Vec<_>>(), ["u1"]);
}
