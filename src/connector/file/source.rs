//! The connector: reads the folder's files as a whole, tells whether anything changed by their hash.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use super::collect::{Collect, Found};
use super::config::FileConfig;
use super::folder::{self, Contents, Format, Watch};
use super::{jsonl, table};
use crate::clock::Clock;
use crate::connector::api::{
    Batch, CheckItem, Connector, ConnectorError, Coverage, Evidence, Pull, Report, Result,
};
use crate::connector::resource::{UserRows, login_time};
use crate::connector::stream;
use crate::model::commit::Cursor;
use crate::model::record::Record;

/// How often a folder that changes while it is read is read again.
const ATTEMPTS: u32 = 5;
/// How long to wait before.
const PAUSE: Duration = Duration::from_millis(200);

/// A connector of one folder.
#[derive(Clone)]
pub struct FileSource {
    path: PathBuf,
    users_only: bool,
    last_login: Option<UserRows>,
    settle: i64,
    pause: Duration,
    rows: UserRows,
    scope: String,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    watch: Arc<Watch>,
}

impl FileSource {
    /// A connector; `attributes` are what the mapping wants; reads run on `tasks`.
    pub fn build(
        config: &FileConfig,
        attributes: &BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Self {
        // The same files tell something else where other attributes are wanted.
        let mut hash = Sha256::new();
        hash.update([u8::from(config.users_only)]);
        for name in attributes {
            hash.update(name);
            hash.update([0]);
        }
        let scope = hash
            .finalize()
            .iter()
            .fold("file ".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        Self {
            path: config.path.clone(),
            users_only: config.users_only,
            last_login: config.last_login.as_deref().map(|name| UserRows::new([name])),
            settle: config.settle.millis(),
            pause: PAUSE,
            rows: UserRows::new(attributes.iter().map(String::as_str)),
            scope,
            clock,
            tasks,
            watch: Arc::new(|| {}),
        }
    }

    /// The same without pauses, with a call before each step of a read, for tests that move the folder under it.
    #[must_use]
    pub fn watched(mut self, watch: Arc<dyn Fn() + Send + Sync>) -> Self {
        (self.watch, self.pause) = (watch, Duration::ZERO);
        self
    }

    /// The files when they have been still for a while, all of one version.
    async fn contents(&self) -> Result<Contents> {
        for _ in 0..ATTEMPTS {
            let (path, watch, users_only) = (self.path.clone(), Arc::clone(&self.watch), self.users_only);
            let reading = self
                .tasks
                .spawn_blocking(move || folder::read(&path, users_only, &*watch));
            let read = reading
                .await
                .map_err(|_| ConnectorError::Unavailable("reading the files panicked".to_owned()))?;
            let Some(contents) = read? else {
                tokio::time::sleep(self.pause).await;
                continue;
            };
            let age = self.clock.now().saturating_sub(contents.changed);
            if !(0..self.settle).contains(&age) {
                return Ok(contents);
            }
            let left = u64::try_from(self.settle - age).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(left)).await;
        }
        Err(ConnectorError::Unavailable(format!(
            "the files in `{}` change while they are read; hint: write them elsewhere, then move them here at once",
            self.path.display()
        )))
    }

    fn cursor(&self, token: String, full_at: i64) -> Cursor {
        Cursor {
            scope: self.scope.clone(),
            token,
            full_at,
        }
    }
}

/// Reads the contents; blocks.
fn parse(contents: &Contents, rows: &UserRows, emit: &mut dyn FnMut(Batch) -> bool) -> Result<Found> {
    let mut into = Collect::new(emit);
    match contents.format {
        Format::Lines => jsonl::read(&contents.files, rows, &mut into)?,
        Format::Table => table::read(&contents.files, rows, &mut into)?,
    }
    into.finish()
}

fn panicked() -> ConnectorError {
    ConnectorError::Malformed("reading the files panicked".to_owned())
}

/// When the users of the contents last logged in, where the one attribute that is read says so; blocks.
fn seen(contents: &Contents, rows: &UserRows) -> Result<Evidence> {
    let mut evidence = Evidence::default();
    let mut take = |batch| {
        if let Batch::Records(records) = batch {
            evidence
                .seen
                .extend(records.into_iter().filter_map(|record| match record {
                    Record::User(user) => {
                        let (_, text) = user.attributes.into_iter().next()?;
                        Some((user.id, login_time(&text)?))
                    }
                    _ => None,
                }));
        }
        true
    };
    parse(contents, rows, &mut take)?;
    Ok(evidence)
}

#[async_trait]
impl Connector for FileSource {
    async fn check(&self) -> Report {
        let mut report = Report::default();
        let mut tell = |what: &str, outcome: Result<String>| {
            report.items.push(CheckItem {
                what: what.to_owned(),
                outcome,
            });
        };
        let contents = match self.contents().await {
            Ok(contents) => contents,
            Err(error) => {
                tell("files", Err(error));
                return report;
            }
        };
        let files = contents.files.iter();
        let shown: Vec<String> = files
            .map(|file| format!("{} ({} bytes)", file.name, file.bytes.len()))
            .collect();
        tell("files", Ok(shown.join(", ")));
        let rows = self.rows.clone();
        let reading = self.tasks.spawn_blocking(move || {
            let mut dangling = Vec::new();
            let found = parse(&contents, &rows, &mut |batch| {
                if let Batch::Incomplete(what) = batch {
                    dangling.push(what);
                }
                true
            });
            (found, dangling)
        });
        match reading.await {
            Ok((Ok(found), dangling)) => {
                tell(
                    "users",
                    Ok(format!("{}, {} of them disabled", found.users, found.disabled)),
                );
                let Found {
                    groups,
                    memberships,
                    nested,
                    ..
                } = found;
                tell(
                    "groups",
                    Ok(format!(
                        "{groups}, with {memberships} users and {nested} groups as members"
                    )),
                );
                if !dangling.is_empty() {
                    tell("members", Err(ConnectorError::Malformed(dangling.join("; "))));
                }
            }
            Ok((Err(error), _)) => tell("content", Err(error)),
            Err(_) => tell("content", Err(panicked())),
        }
        report
    }

    async fn last_seen(&self) -> Result<Option<Evidence>> {
        let Some(rows) = self.last_login.clone() else {
            return Ok(None);
        };
        let contents = self.contents().await?;
        let reading = self.tasks.spawn_blocking(move || seen(&contents, &rows));
        reading.await.map_err(|_| panicked())?.map(Some)
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let full_at = self.clock.now();
        let contents = self.contents().await?;
        let token = contents.hash();
        if let Some(since) = since.filter(|since| since.scope == self.scope && since.token == token) {
            let end = Batch::End {
                coverage: Coverage::ChangesOnly,
                cursor: Some(since.clone()),
            };
            return Ok(Pull {
                full: false,
                batches: futures_util::stream::iter([Ok(end)]).boxed(),
            });
        }
        let source = self.clone();
        Ok(stream::pull(&self.tasks, true, move |out| async move {
            let rows = source.rows.clone();
            let reading = source.tasks.spawn_blocking(move || {
                let mut whole = true;
                let found = parse(&contents, &rows, &mut |batch| {
                    whole &= !matches!(batch, Batch::Incomplete(_));
                    out.blocking_send(Ok(batch)).is_ok()
                });
                found.map(|_| whole)
            });
            let whole = reading
                .await
                .map_err(|_| ConnectorError::Unavailable("reading the files panicked".to_owned()))??;
            Ok(Batch::End {
                coverage: if whole {
                    Coverage::Everything
                } else {
                    Coverage::ChangesOnly
                },
                cursor: whole.then(|| source.cursor(token, full_at)),
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::folder::Content;
    use super::*;

    /// Reads bytes as each file of each format; answers how many records came.
    fn read_as_anything(bytes: &[u8]) -> usize {
        let rows = UserRows::new(["userName", "emails.work", "urn:x:y:z"]);
        let mut records = 0;
        let formats = [
            (Format::Lines, ["users.jsonl", "groups.jsonl"].as_slice()),
            (Format::Table, &["users.csv", "groups.csv", "memberships.csv"]),
        ];
        for (format, names) in formats {
            let file = |name: &&'static str| Content {
                name,
                bytes: bytes.to_vec(),
            };
            let contents = Contents {
                format,
                files: names.iter().map(file).collect(),
                changed: 0,
            };
            let mut emit = |batch| {
                if let Batch::Records(some) = batch {
                    records += some.len();
                }
                true
            };
            parse(&contents, &rows, &mut emit).ok();
        }
        records
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_readers_panic(bytes: Vec<u8>) {
            read_as_anything(&[bytes.as_slice(), b"\n"].concat());
        }

        #[test]
        fn no_lines_make_the_readers_panic(
            text in r#"(id|userName|displayName|group|member|type|[,"{}:\[\]\n]|é|"id":|"members":|\{"id":"a"\}){0,40}"#,
        ) {
            read_as_anything(format!("{text}\n").as_bytes());
        }
    }

    #[test]
    fn what_can_be_read_is() {
        let line = r#"{"id":"a","displayName":"A","members":[{"value":"a","type":"User"}]}"#;
        // As users, as groups with their one member and the word that there are no others.
        assert_eq!(read_as_anything(format!("{line}\n").as_bytes()), 4);
    }
}
