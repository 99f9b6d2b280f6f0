//! The configuration of a folder as a source.

use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Span;

/// `[directory.source]` with `kind = "file"`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileConfig {
    /// The folder: `users.jsonl` with `groups.jsonl`, or `users.csv` with `groups.csv` and `memberships.csv`.
    pub path: PathBuf,
    /// The folder has users only: no file of groups is expected.
    #[serde(default)]
    pub users_only: bool,
    /// How long the files must have been still before they are read: whoever writes them may not have finished; `2s` by default.
    #[serde(default = "two_seconds")]
    pub settle: Span,
    /// The attribute that tells when a user last logged in, as RFC 3339 or milliseconds since 1970 have it: evidence of use.
    #[serde(default)]
    pub last_login: Option<String>,
}

fn two_seconds() -> Span {
    Span(Duration::from_secs(2))
}
