//! The folder: what is there, what is not, what moves.

use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use throng::clock::{Clock, StoppedClock, SystemClock};
use throng::connector::Connector;
use throng::connector::conformance::Reader;
use throng::connector::file::FileSource;
use tokio_util::task::TaskTracker;

use super::{attributes, complaint, config, folder, read, source};

const ANN: (&str, &str) = ("users.jsonl", "{\"id\":\"1\",\"userName\":\"ann\"}\n");
const NO_GROUPS: (&str, &str) = ("groups.jsonl", "\n");

#[tokio::test]
async fn a_missing_file_is_an_error_never_an_empty_list() {
    for (files, told) in [
        (&[][..], "neither `users.jsonl` nor `users.csv`"),
        (&[ANN][..], "groups.jsonl` cannot be read"),
        (&[NO_GROUPS][..], "neither `users.jsonl` nor `users.csv`"),
        (
            &[("users.csv", "id,userName\n"), ("groups.csv", "id,displayName\n")][..],
            "memberships.csv` cannot be read",
        ),
    ] {
        let error = complaint(files).await;
        assert_eq!(error.code(), "SOURCE_UNAVAILABLE");
        assert!(error.to_string().contains(told), "{error}");
    }
    let error = complaint(&[ANN, NO_GROUPS, ("users.csv", "id,userName\n")]).await;
    assert!(error.to_string().contains("has both"), "{error}");
    let error = read(std::path::Path::new("no/such/folder")).await.err().unwrap();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[tokio::test]
async fn users_alone_are_enough_where_the_configuration_says_so() {
    let folder = folder(&[ANN]);
    let mut config = config(folder.path());
    config.users_only = true;
    let source = FileSource::build(
        &config,
        &attributes(),
        StoppedClock::at(1_000),
        TaskTracker::new(),
    );
    let mut reader = Reader::new("userName");
    assert!(reader.pull(&source).await.unwrap().goes_on);
    assert_eq!(reader.picture.users.len(), 1);
}

#[tokio::test]
async fn an_unchanged_folder_tells_nothing() {
    let folder = folder(&[ANN, NO_GROUPS]);
    let (mut reader, _) = read(folder.path()).await.unwrap();
    let source = source(folder.path());
    let before = reader.cursor.clone();
    let went = reader.pull(&source).await.unwrap();
    assert_eq!((went.full, went.records, &reader.cursor), (false, 0, &before));
    // Touched, but the same.
    std::fs::write(folder.path().join(ANN.0), ANN.1).unwrap();
    assert_eq!(reader.pull(&source).await.unwrap().records, 0);
    std::fs::write(folder.path().join(ANN.0), "{\"id\":\"1\",\"userName\":\"zoe\"}\n").unwrap();
    let went = reader.pull(&source).await.unwrap();
    assert!(went.full && reader.cursor != before);
}

#[tokio::test]
async fn a_folder_that_is_swapped_as_a_whole_is_read_from_one_version() {
    let (old, new) = (
        folder(&[ANN, NO_GROUPS]),
        folder(&[
            ("users.jsonl", "{\"id\":\"2\",\"userName\":\"bob\"}\n"),
            (
                "groups.jsonl",
                "{\"id\":\"g\",\"displayName\":\"G\",\"members\":[\"2\"]}\n",
            ),
        ]),
    );
    let place = tempfile::tempdir().unwrap();
    let link = place.path().join("current");
    for step in 0..6 {
        std::fs::remove_file(&link).ok();
        symlink(old.path(), &link).unwrap();
        let (swapped, steps) = (AtomicBool::new(false), std::sync::atomic::AtomicU32::new(0));
        let (at, to) = (link.clone(), new.path().to_owned());
        let source = source(&link).watched(Arc::new(move || {
            if steps.fetch_add(1, Ordering::SeqCst) == step && !swapped.swap(true, Ordering::SeqCst) {
                std::fs::remove_file(&at).unwrap();
                symlink(&to, &at).unwrap();
            }
        }));
        let mut reader = Reader::new("userName");
        assert!(reader.pull(&source).await.unwrap().goes_on);
        assert_eq!(
            reader.picture.users.values().next().unwrap().1,
            "bob",
            "swapped at step {step}"
        );
        assert_eq!(reader.picture.edges.len(), 1);
    }
}

#[tokio::test]
async fn a_folder_that_never_stands_still_is_not_read() {
    let folder = folder(&[ANN, NO_GROUPS]);
    let users = folder.path().join(ANN.0);
    let source = source(folder.path()).watched(Arc::new(move || {
        let text = std::fs::read_to_string(&users).unwrap();
        std::fs::write(&users, format!("{text}{}", ANN.1)).unwrap();
    }));
    let error = source.pull(None).await.err().unwrap();
    assert_eq!(error.code(), "SOURCE_UNAVAILABLE");
    assert!(
        error.to_string().contains("change while they are read"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn files_that_were_just_written_are_given_time() {
    let folder = folder(&[ANN, NO_GROUPS]);
    let clock = StoppedClock::at(SystemClock.now());
    let mut config = config(folder.path());
    config.settle = "1h".to_owned().try_into().unwrap();
    let source = FileSource::build(
        &config,
        &attributes(),
        Arc::clone(&clock) as Arc<dyn Clock>,
        TaskTracker::new(),
    );
    // The clock stands still, so the files never get old.
    let error = source.pull(None).await.err().unwrap();
    assert!(error.to_string().contains("hint"), "{error}");
    clock.advance(3_600_001);
    assert!(source.pull(None).await.is_ok());
}
