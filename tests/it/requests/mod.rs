//! What reading costs, for every source in small: requests counted to one, time by a paused clock against the limits that hold.
//!
//! The benchmark `requests` does the same at full size.

mod companies;
mod figures;
mod read;

use std::time::Duration;

use companies::found;
use figures::{Kind, Size};
use read::{Read, read};

/// More groups than a company of this size has, so that limits are felt.
const SIZE: Size = Size {
    users: 1_000,
    groups: 1_000,
    memberships: 10_000,
};
/// So many percent of the published limits hold.
const PERCENT: u32 = 10;

fn assert_whole(read: &Read) {
    let all = (SIZE.users, SIZE.groups, SIZE.memberships);
    assert_eq!(
        (read.full, read.everything, read.told, read.incomplete.len()),
        (true, true, all, 0),
        "{read:?}"
    );
}

/// Two reads, between which nothing changes.
async fn measured(kind: Kind) {
    let company = found(kind, SIZE, PERCENT, Duration::ZERO).await;
    let figures = kind.figures(SIZE, PERCENT);
    let first = read(&company, None).await;
    assert_whole(&first);
    let asked = figures.first..=figures.first + figures.again;
    assert!(asked.contains(&first.requests), "{first:?} {figures:?}");
    assert!(figures.again > 0 || first.throttled == 0, "{first:?}");
    assert!(first.took >= figures.least, "{first:?} {figures:?}");
    if let Some(floor) = figures.floor {
        assert!(first.took <= floor.mul_f64(1.1), "{first:?} {figures:?}");
    }
    let second = read(&company, first.cursor.as_ref()).await;
    assert_eq!((second.full, second.told), (false, (0, 0, 0)), "{second:?}");
    assert!(
        figures.second.contains(&second.requests),
        "{second:?} {figures:?}"
    );
}

#[test]
fn at_full_size_each_source_is_asked_little_more_than_is_needed() {
    let size = Size {
        users: 100_000,
        groups: 10_000,
        memberships: 1_000_000,
    };
    // What is needed; what is asked at first and after that; seconds that the limits make of it.
    let known = [
        ("entra", 617..=712, 720, 2, 25),
        ("google", 10_749..=10_749, 10_999, 252, 268),
        ("okta", 10_649..=10_649, 10_653, 3, 3044),
        ("keycloak", 10_212..=20_424, 10_215, 4, 0),
        ("ldap", 176..=900, 179, 2, 0),
        ("scim", 550..=600, 552, 4, 0),
    ];
    for (kind, (name, needed, first, second, seconds)) in Kind::ALL.into_iter().zip(known) {
        let figures = kind.figures(size, 100);
        assert_eq!((kind.name(), figures.first), (name, first));
        assert_eq!(figures.needed, needed, "{name}");
        assert_eq!(*figures.second.start(), second, "{name}");
        assert_eq!(
            figures.floor.map_or(0, |floor| floor.as_secs()),
            seconds,
            "{name}"
        );
        assert!(figures.is_near_what_is_needed(first + figures.again), "{name}");
        assert!(!figures.is_near_what_is_needed(first * 6), "{name}");
        assert!(figures.least <= figures.likely, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn entra_is_asked_as_often_as_reckoned_and_as_fast_as_it_allows() {
    measured(Kind::Entra).await;
}

#[tokio::test(start_paused = true)]
async fn google_is_asked_as_often_as_reckoned_and_as_fast_as_it_allows() {
    measured(Kind::Google).await;
}

#[tokio::test(start_paused = true)]
async fn okta_is_asked_as_often_as_reckoned_and_as_fast_as_its_share_allows() {
    measured(Kind::Okta).await;
}

#[tokio::test(start_paused = true)]
async fn keycloak_is_asked_as_often_as_reckoned() {
    measured(Kind::Keycloak).await;
}

#[tokio::test(start_paused = true)]
async fn active_directory_is_asked_as_often_as_reckoned() {
    measured(Kind::Ldap).await;
}

#[tokio::test(start_paused = true)]
async fn a_scim_server_is_asked_as_often_as_reckoned() {
    measured(Kind::Scim).await;
}
