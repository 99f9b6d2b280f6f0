//! The connector: other directories of this house, read from their pictures.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use tokio_util::task::TaskTracker;

use super::people::LinkRules;
use super::records::{Told, tell};
use crate::clock::Clock;
use crate::connector::api::{Batch, CheckItem, Connector, ConnectorError, Coverage, Pull, Report, Result};
use crate::directory::{Directory, Snapshot};
use crate::model::commit::Cursor;
use crate::sync::config::LinkedConfig;

/// How many records a batch has.
const BATCH: usize = 1_000;

/// Several directories as the source of one.
pub struct Linked {
    parts: Vec<Arc<Directory>>,
    /// The directory that is read into: it knows which key each person has.
    own: Arc<Directory>,
    rules: Arc<LinkRules>,
    wanted: Arc<BTreeSet<String>>,
    scope: String,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
}

impl Linked {
    /// Of open directories, in the order of the section; `wanted` are the attributes that the mapping reads.
    pub fn new(
        config: &LinkedConfig,
        (parts, own): (Vec<Arc<Directory>>, Arc<Directory>),
        wanted: BTreeSet<String>,
        clock: Arc<dyn Clock>,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            parts,
            own,
            rules: Arc::new(config.rules()),
            scope: scope(config, &wanted),
            wanted: Arc::new(wanted),
            clock,
            tasks,
        }
    }

    /// The pictures, once each is of a directory that was read completely.
    fn pictures(&self) -> Result<Vec<Arc<Snapshot>>> {
        let pictures: Vec<_> = self.parts.iter().map(|part| part.snapshot()).collect();
        match pictures.iter().find(|picture| picture.cursor().is_none()) {
            None => Ok(pictures),
            Some(unread) => Err(ConnectorError::Unavailable(format!(
                "directory `{}` has not been read completely yet; hint: `throng sync {}`",
                unread.directory(),
                unread.directory()
            ))),
        }
    }
}

/// What was read by which rules, as short as a cursor should be.
fn scope(config: &LinkedConfig, wanted: &BTreeSet<String>) -> String {
    let text = format!("{} {wanted:?}", config.text());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[async_trait]
impl Connector for Linked {
    async fn check(&self) -> Report {
        let outcome = self.pictures().map(|pictures| {
            let told: Vec<String> = pictures
                .iter()
                .map(|picture| format!("{} users of `{}`", picture.user_count(), picture.directory()))
                .collect();
            told.join(", ")
        });
        let what = "directories".to_owned();
        Report {
            items: vec![CheckItem { what, outcome }],
            server_time: None,
        }
    }

    async fn pull(&self, since: Option<&Cursor>) -> Result<Pull> {
        let pictures = self.pictures()?;
        let heads: Vec<String> = pictures.iter().map(|picture| picture.seq().to_string()).collect();
        let token = heads.join(" ");
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
        let cursor = Cursor {
            scope: self.scope.clone(),
            token,
            full_at: self.clock.now(),
        };
        let (known, rules, wanted) = (
            self.own.snapshot(),
            Arc::clone(&self.rules),
            Arc::clone(&self.wanted),
        );
        let telling = self
            .tasks
            .spawn_blocking(move || tell(&pictures, &known, &rules, &wanted));
        let told = telling.await;
        let Told { records, notices } =
            told.map_err(|_| ConnectorError::Unavailable("linking the directories panicked".to_owned()))?;
        let mut batches: Vec<Result<Batch>> =
            notices.into_iter().map(|what| Ok(Batch::Notice(what))).collect();
        let mut records = records.into_iter();
        loop {
            let some: Vec<_> = records.by_ref().take(BATCH).collect();
            if some.is_empty() {
                break;
            }
            batches.push(Ok(Batch::Records(some)));
        }
        batches.push(Ok(Batch::End {
            coverage: Coverage::Everything,
            cursor: Some(cursor),
        }));
        Ok(Pull {
            full: true,
            batches: futures_util::stream::iter(batches).boxed(),
        })
    }
}
