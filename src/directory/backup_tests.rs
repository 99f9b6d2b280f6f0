//! Tests of backups: there and back, cut at every line, touched at every byte of some.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::backup::{Backup, Contents};
use super::restore::{RestoreError, check, restore};
use super::world::{group, members, nest, remove_user, user};
use super::{Directory, Request, Snapshot};
use crate::clock::StoppedClock;
use crate::model::commit::{AuditRecord, Cursor, EntryWrite};
use crate::model::group::GroupSeqs;
use crate::model::user::UserSeqs;
use crate::model::{Attributes, Change, Credential, Detail, MemberKind, Row, Seq};
use crate::store::Store;
use crate::store::api::AuditQuery;
use crate::store::memory::MemoryStore;

async fn open(store: &Arc<MemoryStore>, id: &str) -> Arc<Directory> {
    let store: Arc<dyn Store> = Arc::clone(store) as _;
    let opened = Directory::open(id.into(), store, StoppedClock::at(5_000), &TaskTracker::new()).await;
    opened.expect("a memory store opens")
}

fn beside(user: &str, value: Detail) -> Change {
    Change::Detail {
        of: MemberKind::User,
        subject: user.into(),
        kind: value.kind(),
        value: Some(value),
    }
}

fn audit(subject: &str) -> AuditRecord {
    AuditRecord {
        at: 1,
        actor: "sync".to_owned(),
        action: "user added".to_owned(),
        subject: subject.to_owned(),
        reason: "new".to_owned(),
        run: None,
    }
}

/// Two directories with everything that a row can be.
async fn filled() -> (Arc<MemoryStore>, Vec<Arc<Snapshot>>) {
    let store = MemoryStore::new();
    let (corp, partners) = (open(&store, "corp").await, open(&store, "partners").await);
    let attributes = Attributes([("phone".into(), vec!["1".into(), "ß\n".into()])].into());
    let credential = Credential {
        hash: "$argon2id$…".into(),
        changed_at: 7,
        expired: true,
    };
    let first = Request {
        changes: vec![
            user("u1", "ann", true),
            user("u2", "bob", false),
            user("u3", "gone", true),
            group("g1", "devs"),
            group("g2", "ops"),
            members("g1", &["u1", "u2", "seen in an edge only"], &[]),
            nest("g2", &["g1"], &[]),
            beside("u1", Detail::Attributes(attributes.into())),
            beside("u1", Detail::Credential(credential.into())),
        ],
        cursor: Some(Cursor {
            scope: "s".to_owned(),
            token: "t".to_owned(),
            full_at: 3,
        }),
        entries: vec![EntryWrite {
            space: "run".to_owned(),
            key: "01J".to_owned(),
            value: Some(vec![0, 255, 7]),
            expires_at: Some(9_000),
            expect: None,
        }],
        audit: vec![audit("ann"), audit("bob")],
        ..Request::default()
    };
    corp.apply(first).await.expect("applied");
    let changes = vec![remove_user("u3"), user("u1", "anna", true)];
    let second = Request {
        changes,
        audit: vec![audit("anna")],
        ..Request::default()
    };
    corp.apply(second).await.expect("applied");
    let third = Request {
        changes: vec![user("p1", "petra", true)],
        ..Request::default()
    };
    partners.apply(third).await.expect("applied");
    (store, vec![corp.snapshot(), partners.snapshot()])
}

async fn written(store: &Arc<MemoryStore>, snapshots: Vec<Arc<Snapshot>>) -> Vec<u8> {
    let mut backup = Backup::new(Arc::clone(store) as _, snapshots, &["run"], 5_000);
    let mut bytes = Vec::new();
    while let Some(piece) = backup.next().await.expect("readable") {
        bytes.extend(piece);
    }
    bytes
}

/// The rows without what a restore makes anew.
fn facts(snapshot: &Arc<Snapshot>) -> Vec<String> {
    let told = super::rows::all(Arc::clone(snapshot)).map(|row| match row {
        Row::User(row) => {
            let mut row = row.as_ref().clone();
            row.seqs = UserSeqs::default();
            row.former.iter_mut().for_each(|name| name.ended = Seq(0));
            format!("{row:?}")
        }
        Row::Group(row) => {
            let mut row = row.as_ref().clone();
            row.seqs = GroupSeqs::default();
            format!("{row:?}")
        }
        Row::UserTombstone(gone) => format!("{} {} {}", gone.id, gone.external_id, gone.former.len()),
        Row::Detail(key, Some(Detail::Credential(credential))) => {
            format!("{key:?} {credential:?} {}", credential.hash)
        }
        other => format!("{other:?}"),
    });
    told.collect()
}

#[tokio::test]
async fn a_restored_directory_has_every_fact_and_another_epoch() {
    let (store, before) = filled().await;
    let bytes = written(&store, before.clone()).await;
    let contents = Contents {
        directories: 2,
        users: 3,
        groups: 2,
        memberships: 4,
        entries: 1,
        audit: 3,
    };
    assert_eq!(check(&*bytes).expect("whole"), contents);
    let fresh = MemoryStore::with_clock(StoppedClock::at(5_000));
    assert_eq!(
        restore(&*bytes, fresh.as_ref()).await.expect("restored"),
        contents
    );
    assert_ne!(fresh.epoch(), store.epoch());
    for old in &before {
        let new = open(&fresh, old.directory().as_str()).await.snapshot();
        assert_eq!(facts(&new), facts(old));
        assert_eq!(new.cursor(), old.cursor());
        assert_eq!(new.seq(), Seq(1));
    }
    let entry = fresh
        .entry("run", "01J", 5_000)
        .await
        .expect("readable")
        .expect("there");
    assert_eq!((entry.value, entry.expires_at), (vec![0, 255, 7], Some(9_000)));
    let of = |store: Arc<MemoryStore>| async move {
        store.audit(AuditQuery::default()).await.expect("readable").items
    };
    assert_eq!(of(Arc::clone(&fresh)).await, of(store).await);
    // What was restored can be backed up and restored again.
    let again = vec![
        open(&fresh, "corp").await.snapshot(),
        open(&fresh, "partners").await.snapshot(),
    ];
    assert_eq!(check(&*written(&fresh, again).await).expect("whole"), contents);
}

#[tokio::test]
async fn a_backup_that_was_cut_or_touched_is_refused_with_its_line() {
    let (store, snapshots) = filled().await;
    let bytes = written(&store, snapshots).await;
    let text = String::from_utf8(bytes).expect("JSON");
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for cut in 0..lines.len() {
        let short = lines[..cut].concat();
        assert!(
            matches!(check(short.as_bytes()), Err(RestoreError::Damaged { .. })),
            "cut after {cut} lines"
        );
        let missing: String = lines
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != cut)
            .map(|(_, line)| *line)
            .collect();
        assert!(check(missing.as_bytes()).is_err(), "without line {cut}");
    }
    let touched = text.replace("\"anna\"", "\"anne\"");
    let told = check(touched.as_bytes()).expect_err("touched").to_string();
    assert!(
        told.starts_with(&format!("line {} of the backup says otherwise", lines.len())),
        "{told}"
    );
    let newer = text.replacen("\"format\":1", "\"format\":2", 1);
    assert!(matches!(check(newer.as_bytes()), Err(RestoreError::Newer(2))));
    for foreign in ["", "{}\n", "\u{0}\n", "[1,2]", "{\"row\":{\"members\":{}}}\n"] {
        assert!(
            matches!(
                check(foreign.as_bytes()),
                Err(RestoreError::Damaged { line: 1, .. })
            ),
            "{foreign:?}"
        );
    }
    let long = format!("{text}{}", lines[0]);
    assert!(check(long.as_bytes()).is_err(), "something after the end");
}
