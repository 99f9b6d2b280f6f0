//! What is read, how often, and what is told of it.

use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::api::Coverage;
use throng::model::MemberKind;
use throng::simulator::entra::{Edit, Expired, Fault, FaultKind};
use throng::simulator::google::{Options, Running, start};
use tokio_util::task::TaskTracker;

use super::{NOW, build, build_at, config, pull, reader, requests, small, source};
use crate::connector::picture;

#[tokio::test]
async fn everybody_is_in_the_group_of_everybody_and_strangers_are_nobody() {
    let options = Options {
        everybody: Some(3),
        strangers: true,
        ..small()
    };
    let running = start(options).await.unwrap();
    let (source, mut reader) = (source(&running), reader());
    let went = pull(&running, &source, &mut reader).await;
    let strangers = &went.tally.unresolved;
    // Of the two of each group one has no id, so that nothing can be told of it.
    assert_eq!((strangers.len(), strangers[0].count), (1, 30), "{strangers:?}");
    let everybody = reader
        .picture
        .edges
        .iter()
        .filter(|(_, _, kind)| *kind == MemberKind::User);
    assert!(everybody.count() >= 300);
    let new = running.tenant().create_user("new.person").unwrap();
    let went = pull(&running, &source, &mut reader).await;
    assert!(!went.full);
    assert!(
        reader
            .picture
            .edges
            .iter()
            .any(|(_, member, _)| member.as_str() == new)
    );
}

/// One member of a group for another: neither its date nor its size tells.
fn swap(running: &Running) {
    let truth = running.truth();
    let (group, member) = truth.members.first().unwrap();
    let is_in =
        |user: &&std::sync::Arc<str>| truth.members.iter().any(|(of, who)| of == group && who == *user);
    let other = truth.users.keys().find(|user| !is_in(user)).unwrap();
    running.tenant().leave(group, member).unwrap();
    running.tenant().join(group, other).unwrap();
}

#[tokio::test]
async fn a_swap_of_members_is_found_by_the_audit_log() {
    let running = start(small()).await.unwrap();
    let (source, mut reader) = (source(&running), reader());
    pull(&running, &source, &mut reader).await;
    swap(&running);
    running.tenant().reset_stats();
    let went = pull(&running, &source, &mut reader).await;
    assert_eq!((went.full, went.coverage), (false, Some(Coverage::ChangesOnly)));
    // A page of users, one of groups, both logs, the members of that group.
    let asked = [("groups", 1), ("log", 2), ("members", 1), ("users", 1)];
    assert_eq!(
        requests(&running),
        asked.map(|(class, count)| (class.to_owned(), count))
    );
    running.tenant().reset_stats();
    let went = pull(&running, &source, &mut reader).await;
    assert_eq!(went.records, 0, "nothing changed");
    assert_eq!(
        requests(&running).len(),
        3,
        "what the log said before is not followed again"
    );
}

#[tokio::test]
async fn without_hints_every_group_is_verified_within_a_day() {
    let running = start(small()).await.unwrap();
    let mut quiet = config();
    quiet["change_hints"] = false.into();
    let clock = StoppedClock::at(NOW);
    let source = build_at(
        &running,
        &quiet,
        std::sync::Arc::clone(&clock),
        &TaskTracker::new(),
    );
    let mut reader = reader();
    pull(&running, &source, &mut reader).await;
    swap(&running);
    let mut late = 0;
    while reader.picture != picture(&running.truth()) {
        assert!(late < 24, "the swap is not noticed within a day");
        late += 1;
        clock.advance(3_600_000);
        running.set_now(NOW + late * 3_600_000);
        running.tenant().reset_stats();
        reader.pull(&source).await.unwrap();
        // 30 groups, within an hour of 24.
        assert_eq!(
            requests(&running),
            [("groups", 1), ("members", 2), ("users", 1)].map(|(class, count)| (class.to_owned(), count))
        );
    }
}

#[tokio::test]
async fn a_page_token_that_dies_begins_the_list_anew() {
    for (class, after) in [("users", 1), ("groups", 1), ("members", 1)] {
        let options = Options {
            users: 1100,
            groups: 450,
            memberships: 3000,
            ..small()
        };
        let running = start(options).await.unwrap();
        let gone = running.truth().users.keys().next().unwrap().to_string();
        let answer = Expired::default();
        let faults = running.tenant().faults();
        faults.add(Fault::new(FaultKind::Expire { answer }, class).after(after));
        if class == "users" {
            // Told by the first attempt, gone before the second.
            let edits = vec![Edit::PurgeUser { user: gone }];
            faults.add(Fault::new(FaultKind::Edit { edits }, class).after(1));
        }
        let mut reader = reader();
        let went = pull(&running, &source(&running), &mut reader).await;
        assert_eq!(went.coverage, Some(Coverage::Everything), "{class}");
        assert!(faults.waiting().is_empty());
    }
}

#[tokio::test]
async fn who_is_missing_from_one_list_is_asked_for_before_being_gone() {
    let running = start(small()).await.unwrap();
    let user = running.truth().users.keys().next().unwrap().to_string();
    running.tenant().delete_user(&user).unwrap();
    // In the bin while the users are listed, back when the groups are.
    let edits = vec![Edit::RestoreUser { user: user.clone() }];
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "groups"));
    let (source, mut reader) = (source(&running), reader());
    let went = pull(&running, &source, &mut reader).await;
    assert_eq!(went.coverage, Some(Coverage::Everything));
    assert!(reader.picture.users.contains_key(user.as_str()));
    // Gone from the list, there again when asked for.
    let back = vec![Edit::RestoreUser { user: user.clone() }];
    running.tenant().delete_user(&user).unwrap();
    running
        .tenant()
        .faults()
        .add(Fault::new(FaultKind::Edit { edits: back }, "user"));
    pull(&running, &source, &mut reader).await;
    assert!(reader.picture.users.contains_key(user.as_str()));
}

#[tokio::test]
async fn after_a_restart_everything_is_read() {
    let running = start(small()).await.unwrap();
    let mut reader = reader();
    pull(&running, &source(&running), &mut reader).await;
    let went = pull(&running, &source(&running), &mut reader).await;
    assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
}

#[tokio::test]
async fn a_full_read_asks_for_no_more_than_its_pages() {
    let options = Options {
        users: 1500,
        groups: 400,
        memberships: 6000,
        ..small()
    };
    let running = start(options).await.unwrap();
    let truth = running.truth();
    let pages = |group| {
        let of = |edges: &std::collections::BTreeSet<(std::sync::Arc<str>, std::sync::Arc<str>)>| {
            edges.iter().filter(|(of, _)| of == group).count()
        };
        (of(&truth.members) + of(&truth.nested)).div_ceil(200).max(1) as u64
    };
    let members: u64 = truth.groups.keys().map(pages).sum();
    pull(&running, &source(&running), &mut reader()).await;
    // The lists twice: of what was there, and of what changed meanwhile.
    let asked = [("groups", 4), ("members", members), ("users", 6)];
    assert_eq!(
        requests(&running),
        asked.map(|(class, count)| (class.to_owned(), count))
    );
    let granted = running.tenant().stats().requests["token"];
    assert_eq!(granted, 1);
}

#[tokio::test]
async fn last_logins_are_read_where_they_are_wanted() {
    let running = start(small()).await.unwrap();
    assert_eq!(source(&running).last_seen().await.unwrap(), None);
    let mut curious = config();
    curious["sign_in_activity"] = true.into();
    let source = build(&running, &curious, &TaskTracker::new());
    let evidence = source.last_seen().await.unwrap().unwrap();
    let truth = running.truth();
    let seen = truth.users.values().filter(|user| user.seen.is_some()).count();
    assert_eq!(evidence.seen.len(), seen);
    assert!(seen > 200 && seen < 300, "those who never came are not told");
}

#[tokio::test]
async fn a_log_that_may_not_be_read_stops_no_increment() {
    let running = start(small()).await.unwrap();
    let (source, mut reader) = (source(&running), reader());
    pull(&running, &source, &mut reader).await;
    running.withhold("admin.reports.audit.readonly");
    running.revoke_tokens();
    let user = running.truth().users.keys().next().unwrap().to_string();
    running.tenant().disable_user(&user).unwrap();
    let went = pull(&running, &source, &mut reader).await;
    assert!(!went.full && went.incomplete.is_empty());
}

#[tokio::test]
async fn of_two_who_swap_addresses_while_they_are_read_both_are_told() {
    let options = Options {
        users: 20,
        most: 20,
        ..small()
    };
    let running = start(options).await.unwrap();
    let tenant = running.tenant();
    let first = tenant.truth().users.into_iter().next().unwrap();
    let (first, address) = (first.0.to_string(), first.1.upn);
    // Alone on the second page of users.
    let last = tenant.create_user("last@corp.example").unwrap();
    let (source, mut reader) = (source(&running), reader());
    pull(&running, &source, &mut reader).await;
    let rename = |user: &str, upn: &str| Edit::RenameUser {
        user: user.to_owned(),
        upn: upn.to_owned(),
    };
    let edits = vec![
        rename(&first, "between@corp.example"),
        rename(&last, &address),
        rename(&first, "last@corp.example"),
    ];
    tenant
        .faults()
        .add(Fault::new(FaultKind::Edit { edits }, "users").after(1));
    let went = pull(&running, &source, &mut reader).await;
    assert!(!went.full);
}

#[tokio::test]
async fn a_refused_audit_log_does_not_move_since_forward() {
    let running = start(small()).await.unwrap();
    let (source, mut reader) = (source(&running), reader());
    pull(&running, &source, &mut reader).await;
    swap(&running);
    running.refuse("log", "forbidden");
    reader.pull(&source).await.unwrap();
    assert_ne!(
        reader.picture,
        picture(&running.truth()),
        "nothing but the log tells"
    );
    // More than the overlap of two hours passes: each edit takes a minute.
    for number in 0..130 {
        running.tenant().create_user(&format!("later.{number}")).unwrap();
    }
    reader.pull(&source).await.unwrap();
    running.allow("log");
    pull(&running, &source, &mut reader).await;
}
