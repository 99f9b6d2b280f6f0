//! Primary groups of the simulated Active Directory, and accounts that have ended.

use std::time::Duration;

use serde_json::json;
use throng::clock::StoppedClock;
use throng::connector::conformance::Reader;
use throng::connector::ldap::{LdapConfig, LdapSource};
use throng::simulator::ldap::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use crate::connector::picture;

async fn running() -> Running {
    let options = Options {
        users: 60,
        groups: 6,
        memberships: 200,
        primary: Some(2),
        ended: Some(3),
        range: 5,
        ..Options::default()
    };
    start(options).await.unwrap()
}

fn source(running: &Running) -> LdapSource {
    let options = Options::default();
    let config: LdapConfig = serde_json::from_value(json!({
        "url": running.url(), "bind_dn": options.bind_dn, "bind_password": { "value": options.password },
        "base_dn": "DC=corp,DC=example", "flavour": "ad", "page_size": 10,
    }))
    .unwrap();
    let secret = config.bind_password.read().unwrap();
    let (attributes, tasks) = (Mapping::active_directory().attributes(), TaskTracker::new());
    let built = LdapSource::build(&config, secret, None, &attributes, StoppedClock::at(1_000), tasks);
    built.unwrap().with_back_off(Duration::from_micros(100))
}

/// The group that is a primary one, with its users, and somebody who has just left it.
fn primary(running: &Running) -> (String, Vec<String>, String) {
    let truth = running.truth();
    let of = |group: &str| -> Vec<String> {
        let members = truth.members.iter().filter(|(of, _)| **of == *group);
        members.map(|(_, user)| user.to_string()).collect()
    };
    let group = running.primary_group().unwrap();
    let mut members = of(&group);
    let outsider = members.remove(0);
    running.tenant().leave(&group, &outsider).unwrap();
    (group, members, outsider)
}

#[tokio::test]
async fn whoever_has_a_group_as_the_primary_one_is_in_it() {
    let running = running().await;
    let (group, members, outsider) = primary(&running);
    assert!(members.len() > 3, "{members:?}");
    let (source, mut reader) = (source(&running), Reader::new("sAMAccountName"));
    let pull = async |reader: &mut Reader, full: bool, what: &str| {
        let went = reader.pull(&source).await.unwrap();
        assert_eq!((went.full, went.goes_on), (full, true), "{what}: {went:?}");
        assert_eq!(reader.picture, picture(&running.truth()), "{what}");
    };
    pull(&mut reader, true, "everything").await;
    let tenant = running.tenant();
    tenant.join(&group, &outsider).unwrap();
    pull(&mut reader, false, "somebody came").await;
    tenant.leave(&group, &members[0]).unwrap();
    pull(&mut reader, false, "somebody left").await;
    tenant.rename_group(&group, "Everybody").unwrap();
    pull(&mut reader, false, "the group alone changed").await;
    tenant.rename_user(&members[1], "renamed@corp.example").unwrap();
    pull(&mut reader, false, "a user alone changed").await;
    tenant.delete_user(&members[2]).unwrap();
    pull(&mut reader, false, "somebody went").await;
    tenant.restore_user(&members[2]).unwrap();
    pull(&mut reader, false, "and came back").await;
    let person = tenant.create_user("new.person").unwrap();
    tenant.join(&group, &person).unwrap();
    pull(&mut reader, false, "somebody new").await;
}

#[tokio::test]
async fn an_account_at_its_end_is_inactive() {
    let running = running().await;
    let mut reader = Reader::new("sAMAccountName");
    reader.pull(&source(&running)).await.unwrap();
    let told = &reader.picture.users;
    let inactive = running
        .truth()
        .users
        .values()
        .filter(|user| !user.enabled)
        .count();
    let enabled = running
        .tenant()
        .truth()
        .users
        .values()
        .filter(|user| !user.enabled)
        .count();
    assert_eq!(told.values().filter(|(active, _)| !active).count(), inactive);
    assert_eq!(*told, picture(&running.truth()).users);
    assert!(enabled <= inactive);
}
