//! Groups that hide their members: read where the token says so, unknown otherwise. Graph answers an empty list to who may not see them.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Entra;
use super::graph::{Graph, GraphError};
use crate::connector::api::CheckItem;
use crate::model::ExternalId;

/// What shows them.
const PERMISSION: &str = "Member.Read.Hidden";

/// What a token for an application says.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: Vec<String>,
}

/// Whether a token tells this permission. One that cannot be read tells none.
fn tells(token: &str, permission: &str) -> bool {
    let claims = token.split('.').nth(1);
    let claims = claims.and_then(|claims| URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok());
    let claims = claims.and_then(|claims| serde_json::from_slice::<Claims>(&claims).ok());
    claims.is_some_and(|claims| claims.roles.iter().any(|role| role == permission))
}

impl Graph {
    /// Whether members that groups hide are told. What an administrator grants is in the next token, at the latest in an hour.
    pub(super) async fn sees_hidden(&self) -> Result<bool, GraphError> {
        Ok(tells(self.authorise().await?.expose(), PERMISSION))
    }
}

/// The groups of which the last full read could not see the members; nothing before the first one.
#[derive(Debug, Default)]
pub(super) struct Hidden(Mutex<Option<BTreeSet<ExternalId>>>);

impl Hidden {
    fn lock(&self) -> MutexGuard<'_, Option<BTreeSet<ExternalId>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn learn(&self, groups: BTreeSet<ExternalId>) {
        *self.lock() = Some(groups);
    }

    pub(super) fn known(&self) -> Option<BTreeSet<ExternalId>> {
        self.lock().clone()
    }
}

/// Needed by few: who lacks it is told what that means.
pub(super) async fn check(entra: &Entra) -> CheckItem {
    let outcome = match entra.graph.sees_hidden().await {
        Ok(true) => Ok("allowed".to_owned()),
        Ok(false) => Ok(format!(
            "not allowed: what is known of groups that hide their members stays as it is; hint: grant `{PERMISSION}` if they matter"
        )),
        Err(error) => Err(error.into_error()),
    };
    CheckItem {
        what: "read hidden members".to_owned(),
        outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_a_token_that_says_so_shows_hidden_members() {
        assert!(tells(
            &token(r#"{"aud":"x","roles":["User.Read.All","Member.Read.Hidden"]}"#),
            PERMISSION
        ));
        for other in [
            token(r#"{"roles":["Member.Read.HiddenToo"]}"#),
            token("{}"),
            token("7"),
            "opaque".to_owned(),
            "a.b.c".to_owned(),
        ] {
            assert!(!tells(&other, PERMISSION), "{other}");
        }
    }
}
