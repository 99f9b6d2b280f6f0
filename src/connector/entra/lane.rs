//! The slow lane: when users last signed in. Its requests are metered apart and tightly, so it is read rarely and may fail alone.

use chrono::DateTime;
use serde_json::value::RawValue;

use super::chain::Chain;
use super::graph::GraphError;
use super::page::ListPage;
use super::{Entra, rows};
use crate::connector::api::{Evidence, Result};
use crate::connector::row::{field, texts};
use crate::model::ExternalId;

/// What reading sign-ins needs.
const PERMISSION: &str = "AuditLog.Read.All";
/// The largest page when sign-ins are selected.
const TOP: u32 = 500;

pub(super) async fn read(entra: &Entra) -> Result<Evidence> {
    let pages = pages(entra).await;
    pages.map_err(|error| error.lacking(PERMISSION))
}

async fn pages(entra: &Entra) -> Result<Evidence, GraphError> {
    let mut top = TOP;
    let from_start = |top: u32| {
        let path = format!("/users?$select=id,signInActivity&$top={top}");
        Chain::<ListPage>::new(entra.graph.url(&path), None)
    };
    let (mut chain, mut evidence) = (from_start(top), Evidence::default());
    loop {
        let page = match chain.page(&entra.graph).await {
            // The largest page was another one before, and may be again.
            Err(GraphError::Bad(_)) if evidence.seen.is_empty() && top > 50 => {
                top /= 2;
                chain = from_start(top);
                continue;
            }
            page => page?,
        };
        let Some(page) = page else { return Ok(evidence) };
        for row in page.rows()? {
            evidence.seen.extend(seen(row)?);
        }
        // Five requests in ten seconds are allowed.
        tokio::time::sleep(entra.graph.back_off * 2).await;
    }
}

/// The last sign-in that succeeded: attempts of others at a password are no use. Absent is unknown, not never.
fn seen(row: &RawValue) -> Result<Option<(ExternalId, i64)>, GraphError> {
    let id = rows::id(row)?;
    let activity = field(row, "signInActivity")?;
    let [moment] = match activity {
        Some(activity) => texts(activity, ["lastSuccessfulSignInDateTime"])?,
        None => [None],
    };
    let moment = moment.and_then(|moment| DateTime::parse_from_rfc3339(&moment).ok());
    // A year outside of these is a way of saying never.
    let moment = moment.filter(|moment| (1971..9000).contains(&chrono::Datelike::year(moment)));
    Ok(moment.map(|moment| (id, moment.timestamp_millis())))
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_a_success_at_a_real_time_counts() {
        let told = |activity: Value| {
            let row = json!({ "id": "u", "signInActivity": activity });
            seen(&to_raw_value(&row).unwrap()).unwrap()
        };
        let success = json!({ "lastSuccessfulSignInDateTime": "2026-01-02T03:04:05.1234567Z" });
        assert_eq!(told(success), Some(("u".into(), 1_767_323_045_123)));
        for nothing in [
            Value::Null,
            json!({}),
            json!({ "lastSignInDateTime": "2026-01-02T03:04:05Z" }),
            json!({ "lastSuccessfulSignInDateTime": "1601-01-01T00:00:00Z" }),
            json!({ "lastSuccessfulSignInDateTime": "" }),
        ] {
            assert_eq!(told(nothing.clone()), None, "{nothing}");
        }
        let nobody = json!({ "signInActivity": null });
        assert!(seen(&to_raw_value(&nobody).unwrap()).is_err());
    }
}
