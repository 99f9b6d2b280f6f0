//! What the cases are made of: rows, commits, and a picture of what a load tells.

use std::sync::Arc;

use crate::clock::StoppedClock;
use crate::model::commit::{AuditRecord, Commit, Cursor, EntryWrite};
use crate::model::group::{GroupRow, GroupSeqs};
use crate::model::row::FormerName;
use crate::model::user::{UserRow, UserSeqs};
use crate::model::{
    CommitId, DirectoryId, ExternalId, GroupId, MemberBlock, MemberKind, Owner, Row, Seq, UserId,
};
use crate::store::api::{Result, RowSink, Store};

/// A clock that stands at a moment of 2023.
pub fn clock() -> Arc<StoppedClock> {
    StoppedClock::at(1_700_000_000_000)
}

/// A user with every field set.
pub fn user(id: u32, name: &str) -> Row {
    Row::User(Arc::new(UserRow {
        id: UserId(id),
        external_id: ExternalId::from(format!("external-{id}")),
        owner: Owner::Source,
        name: name.into(),
        first_name: "Åse".into(),
        last_name: "O'Hara".into(),
        display_name: format!("Åse O'Hara {id}").into(),
        email: format!("{id}@example.com").into(),
        source_active: id.is_multiple_of(2),
        vanished: id.is_multiple_of(3),
        created_at: i64::from(id) - 5,
        updated_at: i64::from(id) + 1_700_000_000_000,
        seqs: UserSeqs {
            created: Seq(1),
            changed: Seq(2),
            groups: Seq(3),
            attributes: Seq(4),
            reset: Seq(5),
        },
        former: vec![FormerName {
            name: format!("former-{id}").into(),
            ended: Seq(u64::from(id)),
        }],
    }))
}

/// A group with every field set.
pub fn group(id: u32, name: &str) -> Row {
    Row::Group(Arc::new(GroupRow {
        id: GroupId(id),
        external_id: ExternalId::from(format!("external-group-{id}")),
        owner: Owner::Local,
        name: name.into(),
        source_name: format!("source {name}").into(),
        nickname: "nick".into(),
        description: "What it is for".into(),
        created_at: -1,
        updated_at: i64::from(id),
        seqs: GroupSeqs {
            created: Seq(1),
            changed: Seq(2),
            name: Seq(3),
            users: Seq(4),
            nesting: Seq(5),
        },
        former: Vec::new(),
    }))
}

/// The block of a group's source-owned users that holds these ids.
pub fn members(group: u32, high: u32, ids: Vec<u32>) -> Row {
    Row::Members(MemberBlock {
        group: GroupId(group),
        kind: MemberKind::User,
        owner: Owner::Source,
        high,
        ids,
    })
}

/// A commit on `base`, whose id is made of the directory, the base and the count of its rows.
pub fn commit(directory: &str, base: u64, rows: Vec<Row>) -> Commit {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&base.to_le_bytes());
    id[8..12].copy_from_slice(&crc32c::crc32c(directory.as_bytes()).to_le_bytes());
    id[12..].copy_from_slice(&u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
    Commit {
        id: CommitId(id),
        directory: DirectoryId::from(directory),
        base: Seq(base),
        fence: None,
        rows,
        cursor: None,
        entries: Vec::new(),
        audit: Vec::new(),
    }
}

/// A cursor with this token.
pub fn cursor(token: &str) -> Cursor {
    Cursor {
        scope: "5c0be".to_owned(),
        token: token.to_owned(),
        full_at: 17,
    }
}

/// A write of an entry that neither expects nor expires.
pub fn write(space: &str, key: &str, value: &[u8]) -> EntryWrite {
    EntryWrite {
        space: space.to_owned(),
        key: key.to_owned(),
        value: Some(value.to_vec()),
        expires_at: None,
        expect: None,
    }
}

/// An audit record.
pub fn audit(at: i64, subject: &str, run: Option<&str>) -> AuditRecord {
    AuditRecord {
        at,
        actor: "sync".to_owned(),
        action: "user added".to_owned(),
        subject: subject.to_owned(),
        reason: "it is new at the source".to_owned(),
        run: run.map(ToOwned::to_owned),
    }
}

/// What a load told, in an order of its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The head.
    pub seq: Seq,
    /// Every row as text, sorted.
    pub rows: Vec<String>,
    /// The cursor.
    pub cursor: Option<Cursor>,
}

impl RowSink for Picture {
    fn row(&mut self, row: Row) -> Result<()> {
        self.rows.push(format!("{row:?}"));
        Ok(())
    }

    fn cursor(&mut self, cursor: Cursor) -> Result<()> {
        assert_eq!(self.cursor.replace(cursor), None, "a cursor is told once");
        Ok(())
    }
}

/// Loads a directory.
pub async fn load(store: &dyn Store, directory: &str) -> Picture {
    let mut picture = Picture::default();
    let seq = store.load(&DirectoryId::from(directory), &mut picture).await;
    picture.seq = seq.expect("a healthy directory loads");
    picture.rows.sort_unstable();
    picture
}

/// What a load of these rows tells.
pub fn picture(seq: u64, rows: &[Row], cursor: Option<Cursor>) -> Picture {
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.sort_unstable();
    Picture {
        seq: Seq(seq),
        rows,
        cursor,
    }
}

/// Commits what must be accepted.
pub async fn put(store: &dyn Store, commit: Commit) -> Seq {
    let base = commit.base;
    let seq = store
        .commit(commit)
        .await
        .expect("a commit on the head is accepted");
    assert_eq!(seq, base.next());
    seq
}

/// Numbers that look random and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// Below `limit`.
    pub fn below(&mut self, limit: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(limit.max(1))).unwrap_or(0)
    }
}
