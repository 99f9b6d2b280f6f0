//! The cases of the suite.

use std::time::Duration;

use futures_util::StreamExt;

use super::{Picture, Reader, Size, Subject, Trouble};
use crate::connector::api::Coverage;

/// Small enough to fail at every request in turn.
const SMALL: Size = Size {
    users: 12,
    groups: 4,
    memberships: 20,
};
/// A case that does not end fails; nothing waits for so long otherwise.
const PATIENCE: Duration = Duration::from_mins(1);

fn reader<S: Subject>() -> Reader {
    Reader::new(S::ATTRIBUTE)
}

/// A full read that must be complete and right.
async fn read_all<S: Subject>(subject: &S) -> Reader {
    let mut reader = reader::<S>();
    let went = reader
        .pull(subject.connector())
        .await
        .expect("an untroubled read succeeds");
    assert_eq!(
        (went.full, went.coverage, went.goes_on),
        (true, Some(Coverage::Everything), true),
        "{went:?}"
    );
    assert_eq!(reader.picture, subject.truth());
    reader
}

pub(super) async fn pages<S: Subject>() {
    for count in [S::PAGE - 1, S::PAGE, S::PAGE + 1] {
        // One group that everybody is in: users and members break at the same place.
        let size = Size {
            users: count,
            groups: 1,
            memberships: count,
        };
        let subject = S::fresh(size).await;
        let reader = read_all(&subject).await;
        assert_eq!(
            (reader.picture.users.len(), reader.picture.edges.len()),
            (count, count)
        );
        let size = Size {
            users: 1,
            groups: count,
            memberships: 0,
        };
        let reader = read_all(&S::fresh(size).await).await;
        assert_eq!(reader.picture.groups.len(), count);
    }
}

pub(super) async fn nobody<S: Subject>() {
    let subject = S::fresh(Size {
        users: 0,
        groups: 0,
        memberships: 0,
    })
    .await;
    let mut reader = read_all(&subject).await;
    assert!(reader.picture.users.is_empty());
    let went = reader
        .pull(subject.connector())
        .await
        .expect("an untroubled read succeeds");
    assert_eq!((went.full, went.records), (!S::INCREMENTS, 0));
}

pub(super) async fn changes<S: Subject>() {
    let subject = S::fresh(SMALL).await;
    let mut reader = read_all(&subject).await;
    for _ in 0..3 {
        let before = subject.truth();
        subject.edit();
        assert_ne!(subject.truth(), before, "the subject's edits change nothing");
        let went = reader
            .pull(subject.connector())
            .await
            .expect("an untroubled read succeeds");
        assert!(went.records > 0 && went.goes_on, "{went:?}");
        assert!(went.full || S::INCREMENTS, "{went:?}");
        assert_eq!(reader.picture, subject.truth());
    }
    let went = reader
        .pull(subject.connector())
        .await
        .expect("an untroubled read succeeds");
    assert_eq!(reader.picture, subject.truth());
    assert!(
        went.full || went.records == 0,
        "an increment tells again what it had told: {went:?}"
    );
}

pub(super) async fn repeated<S: Subject>() {
    for trouble in known::<S>([Trouble::Repeated, Trouble::EmptyPage]) {
        let requests = count::<S>().await;
        for after in 0..requests {
            let subject = S::fresh(SMALL).await;
            subject.trouble(trouble, after);
            read_all(&subject).await;
            assert!(subject.heal(), "{trouble:?} at request {after} never came");
        }
    }
    // The same cursor again: everything since is told again.
    let subject = S::fresh(SMALL).await;
    let mut reader = read_all(&subject).await;
    let cursor = reader.cursor.clone();
    for _ in 0..2 {
        subject.edit();
        reader.cursor.clone_from(&cursor);
        reader
            .pull(subject.connector())
            .await
            .expect("an untroubled read succeeds");
        assert_eq!(reader.picture, subject.truth());
    }
}

/// Those that can happen to the subject's protocol.
fn known<S: Subject>(troubles: impl IntoIterator<Item = Trouble>) -> impl Iterator<Item = Trouble> {
    troubles.into_iter().filter(|trouble| S::knows(*trouble))
}

/// How many requests a full read of a small source makes.
async fn count<S: Subject>() -> u32 {
    let subject = S::fresh(SMALL).await;
    read_all(&subject).await;
    let requests = subject.requests();
    assert!(requests > 2, "a read makes requests");
    requests
}

pub(super) async fn passing<S: Subject>() {
    let requests = count::<S>().await;
    for trouble in known::<S>([
        Trouble::Passing,
        Trouble::Throttled,
        Trouble::Truncated,
        Trouble::NotJson,
    ]) {
        for after in 0..requests {
            let subject = S::fresh(SMALL).await;
            subject.trouble(trouble, after);
            read_all(&subject).await;
            assert!(subject.heal(), "{trouble:?} at request {after} never came");
        }
    }
}

pub(super) async fn lasting<S: Subject>() {
    let requests = count::<S>().await;
    for trouble in known::<S>([Trouble::Lasting, Trouble::Forbidden]) {
        for after in 0..requests {
            never_everything::<S>(trouble, after).await;
        }
    }
}

pub(super) async fn nonsense<S: Subject>() {
    for after in 0..count::<S>().await {
        never_everything::<S>(Trouble::Nonsense, after).await;
    }
}

/// A full read under trouble ends in an error, or as incomplete without a cursor, and takes nothing away; the read after it is right.
async fn never_everything<S: Subject>(trouble: Trouble, after: u32) {
    let subject = S::fresh(SMALL).await;
    let mut reader = read_all(&subject).await;
    reader.cursor = None;
    subject.trouble(trouble, after);
    if let Ok(went) = reader.pull(subject.connector()).await {
        assert_eq!(
            (went.coverage, went.goes_on),
            (Some(Coverage::ChangesOnly), false),
            "{trouble:?} at {after}"
        );
        assert!(
            !went.incomplete.is_empty(),
            "{trouble:?} at request {after} is kept quiet"
        );
    }
    assert!(subject.heal(), "{trouble:?} at request {after} never came");
    assert_eq!(
        reader.picture,
        subject.truth(),
        "{trouble:?} at {after} took something away"
    );
    reader
        .pull(subject.connector())
        .await
        .expect("an untroubled read succeeds");
    assert_eq!(reader.picture, subject.truth());
}

pub(super) async fn increments<S: Subject>() {
    for after in 0.. {
        let subject = S::fresh(SMALL).await;
        let mut reader = read_all(&subject).await;
        subject.edit();
        let before = reader.cursor.clone();
        subject.trouble(Trouble::Lasting, after);
        let outcome = reader.pull(subject.connector()).await;
        if !subject.heal() {
            assert!(after > 0, "an increment makes requests");
            return; // beyond the last request
        }
        let goes_on = outcome.is_ok_and(|went| went.goes_on);
        assert!(
            !goes_on,
            "the increment that failed at request {after} moved the cursor"
        );
        assert_eq!(reader.cursor, before);
        reader
            .pull(subject.connector())
            .await
            .expect("an untroubled read succeeds");
        assert_eq!(
            reader.picture,
            subject.truth(),
            "lost by the failure at request {after}"
        );
    }
}

pub(super) async fn foreign_cursor<S: Subject>() {
    let subject = S::fresh(SMALL).await;
    let mut reader = read_all(&subject).await;
    let good = reader.cursor.clone().expect("a complete read gives a cursor");
    let mut foreign = good.clone();
    foreign.scope.push('x');
    let mut garbled = good;
    garbled.token.insert(0, '}');
    for cursor in [foreign, garbled] {
        subject.edit();
        reader.cursor = Some(cursor);
        let went = reader
            .pull(subject.connector())
            .await
            .expect("an untroubled read succeeds");
        assert_eq!((went.full, went.coverage), (true, Some(Coverage::Everything)));
        assert_eq!(reader.picture, subject.truth());
    }
}

pub(super) async fn astray<S: Subject>() {
    let requests = count::<S>().await;
    for trouble in known::<S>([Trouble::Loop, Trouble::ForeignLink]) {
        for after in 0..requests {
            let subject = S::fresh(SMALL).await;
            subject.trouble(trouble, after);
            let mut reader = reader::<S>();
            let reading = reader.pull(subject.connector());
            let went = tokio::time::timeout(PATIENCE, reading).await;
            let went = went.unwrap_or_else(|_| panic!("{trouble:?} at {after} has no end"));
            assert!(subject.heal(), "{trouble:?} at request {after} never came");
            // Not every answer has links: one without is as good as ever.
            if went.is_ok_and(|went| went.coverage == Some(Coverage::Everything)) {
                assert_eq!(reader.picture, subject.truth(), "{trouble:?} at {after}");
            }
        }
    }
}

pub(super) async fn account<S: Subject>() {
    let subject = S::fresh(SMALL).await;
    let mut reader = reader::<S>();
    let before = subject.requests();
    let went = reader
        .pull(subject.connector())
        .await
        .expect("an untroubled read succeeds");
    let Picture { users, groups, .. } = &reader.picture;
    let told = S::TOTALS.then_some((users.len() as u64, groups.len() as u64));
    assert_eq!(
        (went.tally.users, went.tally.groups),
        (told.map(|told| told.0), told.map(|told| told.1))
    );
    if !S::METERED {
        return;
    }
    // What is asked to be let in is counted by the reader alone, what is asked within a request by the source as well.
    let (asked, seen) = (
        went.meter.requests() + went.meter.asked_within(),
        subject.requests() - before,
    );
    assert!(asked >= u64::from(seen), "{seen} requests came, {asked} are told");
    assert!(
        asked <= u64::from(seen) + 3,
        "{seen} requests came, {asked} are told"
    );
    assert!(went.meter.pages() > 1, "{:?}", went.meter);
}

pub(super) async fn short<S: Subject>() {
    if !S::TOTALS {
        return; // nothing tells that more was to come
    }
    let size = Size {
        users: S::PAGE * 2,
        groups: 30,
        memberships: S::PAGE,
    };
    let mut seen = 0;
    for after in 0..6_u32 {
        let subject = S::fresh(size).await;
        let mut reader = reader::<S>();
        subject.shorten(after.checked_sub(1));
        let went = reader
            .pull(subject.connector())
            .await
            .expect("a short list is no error");
        if !subject.heal() {
            break; // beyond the last list
        }
        seen += 1;
        // Another pass may have told the rest.
        if went.coverage == Some(Coverage::Everything) {
            assert_eq!(reader.picture, subject.truth(), "short at list {after}");
        } else {
            assert!(!went.goes_on && !went.incomplete.is_empty(), "{went:?}");
        }
    }
    assert!(seen > 1, "no list was ever short");
}

pub(super) async fn dropped<S: Subject>() {
    let subject = S::fresh(Size {
        users: S::PAGE * 3,
        groups: 20,
        memberships: S::PAGE,
    })
    .await;
    let mut pull = subject
        .connector()
        .pull(None)
        .await
        .expect("an untroubled read begins");
    assert!(pull.batches.next().await.is_some_and(|batch| batch.is_ok()));
    drop(pull);
    subject.tasks().close();
    let ended = tokio::time::timeout(PATIENCE, subject.tasks().wait()).await;
    assert!(ended.is_ok(), "a read goes on that nobody reads");
}
