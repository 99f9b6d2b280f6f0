//! Passwords that are checked elsewhere: what is asked, and what may be answered. Who is asked is handed in.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::model::{DirectoryId, ExternalId};
use crate::secret::Secret;

/// What somebody else says of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is the user's.
    Right,
    /// It is not.
    Wrong,
    /// It is the user's, and must be changed before it is good again.
    Expired,
    /// Nobody checks passwords there.
    Nobody,
    /// It could not be asked.
    Failed,
}

/// Asks whether a password is a user's.
pub type Ask = Arc<dyn Fn(ExternalId, Secret) -> BoxFuture<'static, Asked> + Send + Sync>;

/// Whom to ask of the users of each directory; of those that are missing nobody.
pub type Asks = HashMap<DirectoryId, Ask>;
