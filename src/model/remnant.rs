//! What stays of a pushed resource once its person is forgotten: digests by which its provider finds it again.
//!
//! An identity provider that no longer found the account by name or `externalId` would push the person anew, under another
//! id and without the hold. A digest tells nobody a name; whoever reads the store can still try whether a name that they
//! guess is the one, which is why the account's deletion at the provider takes the digests away, too.

use std::fmt::Write;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::model::detail::Resource;
use crate::model::ids::DirectoryId;

/// Begins every digest, so that none is taken for a name.
const MARK: &str = "sha256:";

/// The digest of a folded name, a folded address or an `externalId` of this directory.
pub fn digest(directory: &DirectoryId, text: &str) -> Arc<str> {
    let mut hash = Sha256::new();
    hash.update(directory.as_str());
    hash.update([0]);
    hash.update(text);
    let mut written = String::from(MARK);
    for byte in hash.finalize() {
        _ = write!(written, "{byte:02x}"); // writes to a `String` cannot fail
    }
    written.into()
}

impl Resource {
    /// The resource without its person. `served` is the folded name that its row was served under.
    #[must_use]
    pub fn without_person(&self, directory: &DirectoryId, served: &str) -> Self {
        if self.is_without_person() {
            return self.clone();
        }
        let of = |text: &str| digest(directory, text);
        Self {
            external_id: self.external_id.as_deref().map(of),
            name: Some(of(self.name.as_deref().unwrap_or(served))),
            emails: self.emails.iter().map(|email| of(email)).collect(),
            json: "".into(),
        }
    }

    /// Whether its person is forgotten.
    pub fn is_without_person(&self) -> bool {
        self.json.is_empty()
    }
}
