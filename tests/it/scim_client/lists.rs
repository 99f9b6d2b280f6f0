//! Lists as servers page them, cut them, move them.

use serde_json::json;
use throng::connector::api::{Connector, Coverage};
use throng::simulator::entra::{Edit, Expired, Fault, FaultKind};
use throng::simulator::scim::Options;

use super::{asked, assert_truth, full, reader, scim, simulator, small, with};

#[tokio::test]
async fn a_server_that_caps_pages_in_silence_is_read_whole() {
    let running = simulator(Options { cap: 7, ..small() }).await;
    full(&running, &scim(&running)).await;
    // 120 users by 7, 20 groups by 7.
    assert_eq!((asked(&running, "users"), asked(&running, "groups")), (18, 3));
}

#[tokio::test]
async fn an_attribute_tells_when_users_last_logged_in() {
    let running = simulator(small()).await;
    assert!(
        scim(&running).last_seen().await.unwrap().is_none(),
        "not asked for"
    );
    // The simulated server keeps no log-ins; any date will do.
    let told = with(&running, &json!({ "last_login": "meta.created" }));
    let told = told.last_seen().await.unwrap().unwrap();
    let truth = running.tenant().truth();
    assert_eq!(told.seen.len(), truth.users.len());
    assert!(
        told.seen
            .iter()
            .all(|(user, at)| truth.users.contains_key(user.as_str()) && *at > 0)
    );
}

#[tokio::test]
async fn a_server_without_a_word_about_itself_is_read_by_index() {
    let running = simulator(Options {
        told: false,
        ..small()
    })
    .await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    // It did not say that it can filter: everything is read again.
    assert!(reader.pull(&scim).await.unwrap().full);
}

#[tokio::test]
async fn cursors_are_used_where_the_server_prefers_them_or_the_configuration_does() {
    for (cursors, paging) in [(true, "auto"), (true, "index"), (false, "cursor")] {
        let running = simulator(Options {
            cursors,
            cap: 9,
            ..small()
        })
        .await;
        full(&running, &with(&running, &json!({ "paging": paging }))).await;
    }
}

#[tokio::test]
async fn an_expired_cursor_begins_the_list_anew() {
    let running = simulator(Options {
        cursors: true,
        cap: 10,
        ..small()
    })
    .await;
    let expire = FaultKind::Expire {
        answer: Expired::default(),
    };
    running
        .tenant()
        .faults()
        .add(Fault::new(expire, "users").after(4));
    full(&running, &scim(&running)).await;
    assert_eq!(asked(&running, "users"), 5 + 12);
}

#[tokio::test]
async fn a_list_that_moves_is_read_again() {
    for cursors in [false, true] {
        let running = simulator(Options {
            cursors,
            cap: 10,
            ..small()
        })
        .await;
        let tenant = running.tenant();
        let first = tenant.truth().users.keys().next().unwrap().to_string();
        let second = tenant.truth().users.keys().nth(1).unwrap().to_string();
        for (after, user) in [(4, first), (17, second)] {
            let edits = vec![Edit::PurgeUser { user }];
            let fault = Fault::new(FaultKind::Edit { edits }, "users").after(after);
            tenant.faults().add(fault);
        }
        let (reader, _) = full(&running, &scim(&running)).await;
        assert_eq!(reader.picture.users.len(), 118);
    }
}

#[tokio::test]
async fn a_list_that_always_moves_is_never_everything() {
    let running = simulator(Options { cap: 10, ..small() }).await;
    for number in 0..50 {
        let edits = vec![Edit::CreateUser {
            name: format!("new{number}"),
        }];
        let fault = Fault::new(FaultKind::Edit { edits }, "users").after(5 * (number + 1));
        running.tenant().faults().add(fault);
    }
    let mut reader = reader();
    let went = reader.pull(&scim(&running)).await.unwrap();
    assert_eq!(
        (went.coverage, went.goes_on),
        (Some(Coverage::ChangesOnly), false)
    );
    assert!(
        went.incomplete[0].contains("the list of users moves while it is read"),
        "{went:?}"
    );
}

#[tokio::test]
async fn a_server_that_promises_more_than_it_tells_is_never_everything() {
    // What it hides stays hidden: every pass sees the same.
    let running = simulator(small()).await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::EmptyPage, "users").after(1).times(50));
    let mut reader = reader();
    let went = reader.pull(&scim(&running)).await.unwrap();
    assert_eq!(
        (went.coverage, went.goes_on),
        (Some(Coverage::ChangesOnly), false)
    );
    assert!(
        went.incomplete[0].contains("there are 120 users, and tells 0 of them"),
        "{went:?}"
    );
    // Those of the first pass are not gone for that.
    assert_eq!(reader.picture.users.len(), 50);
}

#[tokio::test]
async fn groups_listed_without_members_are_asked_one_by_one() {
    let running = simulator(Options {
        inline: false,
        ..small()
    })
    .await;
    full(&running, &scim(&running)).await;
    assert_eq!(asked(&running, "group"), 20);
    let running = simulator(Options {
        inline: false,
        ..small()
    })
    .await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Error { status: 500 }, "group").times(u32::MAX));
    let went = reader().pull(&scim(&running)).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::ChangesOnly));
    assert!(
        went.incomplete[0].contains("the members of 20 groups could not be read"),
        "{went:?}"
    );
}

#[tokio::test]
async fn members_that_are_cut_in_silence_are_noticed() {
    let options = Options {
        users: 150,
        groups: 1,
        memberships: 150,
        shown: 100,
        ..Options::default()
    };
    let running = simulator(options.clone()).await;
    let went = reader().pull(&scim(&running)).await.unwrap();
    assert_eq!(went.coverage, Some(Coverage::ChangesOnly));
    assert!(
        went.incomplete[0].contains("shows 100 of 150 members"),
        "{went:?}"
    );
    // A hundred members that are all there are no trouble.
    let options = Options {
        memberships: 100,
        ..options
    };
    let running = simulator(options).await;
    full(&running, &scim(&running)).await;
}

#[tokio::test]
async fn a_group_deleted_after_it_was_listed_is_gone_alone() {
    let running = simulator(Options {
        inline: false,
        ..small()
    })
    .await;
    let group = running.tenant().truth().groups.keys().next().unwrap().to_string();
    let edits = vec![Edit::DeleteGroup { group }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "group"));
    let mut reader = reader();
    reader.pull(&scim(&running)).await.unwrap();
    assert_truth(&running, &reader);
}

#[tokio::test]
async fn a_page_that_is_too_much_is_asked_for_in_smaller_pieces() {
    let running = simulator(small()).await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Error { status: 413 }, "users").times(2));
    full(&running, &scim(&running)).await;
    // By 50, by 25, then 120 by 12.
    assert_eq!(asked(&running, "users"), 2 + 10);
}

#[tokio::test]
async fn one_page_told_as_often_as_the_total_fits_is_never_everything() {
    let options = Options {
        users: 10,
        groups: 1,
        memberships: 10,
        cap: 5,
        ..Options::default()
    };
    let running = simulator(options).await;
    let scim = scim(&running);
    let (mut reader, _) = full(&running, &scim).await;
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Loop, "users").times(u32::MAX));
    reader.cursor = None;
    let went = reader.pull(&scim).await.unwrap();
    assert_eq!(
        (went.coverage, went.goes_on),
        (Some(Coverage::ChangesOnly), false)
    );
    assert!(
        went.incomplete[0].contains("there are 10 users, and tells 5 of them"),
        "{went:?}"
    );
    assert_truth(&running, &reader);
}
