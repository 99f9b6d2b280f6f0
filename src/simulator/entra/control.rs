//! The control endpoints, for whoever is in another process.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::delta::Expired;
use super::edits::Edit;
use super::faults::Fault;
use super::reply::Reply;
use super::tenant::Tenant;

/// Answers a request under `/_control/`.
pub(crate) fn control(tenant: &Tenant, method: &str, path: &str, body: &str) -> Reply {
    match (method, path.trim_start_matches("/_control/")) {
        ("POST", "edit") => edits(tenant, body),
        ("GET", "truth") => json_of(&tenant.truth()),
        ("GET", "stats") => json_of(&tenant.stats()),
        ("DELETE", "stats") => {
            tenant.reset_stats();
            Reply::json(200, "{}".to_owned())
        }
        ("GET", "faults") => json_of(&tenant.faults().waiting()),
        ("DELETE", "faults") => {
            tenant.faults().clear();
            Reply::json(200, "[]".to_owned())
        }
        ("POST", "faults") => match several::<Fault>(body) {
            Ok(faults) => {
                for fault in faults {
                    tenant.faults().add(fault);
                }
                json_of(&tenant.faults().waiting())
            }
            Err(reply) => reply,
        },
        ("POST", "expire-delta-tokens") => match expired(body) {
            Ok(answer) => {
                tenant.expire_delta_tokens(answer);
                Reply::json(200, "{}".to_owned())
            }
            Err(reply) => reply,
        },
        ("POST", "revoke-access-tokens") => {
            tenant.revoke_access_tokens();
            Reply::json(200, "{}".to_owned())
        }
        (method, other) => {
            let message =
                format!("the simulator has no `{method} /_control/{other}`; hint: see its documentation");
            Reply::error(404, "NotFound", &message)
        }
    }
}

/// Every edit is tried; one that is refused says so in its place, under status 409.
fn edits(tenant: &Tenant, body: &str) -> Reply {
    let list = match several::<Edit>(body) {
        Ok(list) => list,
        Err(reply) => return reply,
    };
    let mut status = 200;
    let mut results: Vec<Value> = Vec::with_capacity(list.len());
    for edit in &list {
        results.push(match tenant.edit(edit) {
            Ok(id) => json!({"id": id}),
            Err(error) => {
                status = 409;
                json!({"error": error.to_string()})
            }
        });
    }
    Reply::json(status, Value::Array(results).to_string())
}

fn expired(body: &str) -> Result<Expired, Reply> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[serde(default)]
        answer: Expired,
    }
    if body.trim().is_empty() {
        return Ok(Expired::default());
    }
    serde_json::from_str::<Body>(body)
        .map(|body| body.answer)
        .map_err(|error| refuse(&error))
}

fn several<T: DeserializeOwned>(body: &str) -> Result<Vec<T>, Reply> {
    // By hand, since an untagged enum would hide what is wrong with the value.
    let value: Value = serde_json::from_str(body).map_err(|error| refuse(&error))?;
    if value.is_array() {
        serde_json::from_value(value).map_err(|error| refuse(&error))
    } else {
        serde_json::from_value(value)
            .map(|one| vec![one])
            .map_err(|error| refuse(&error))
    }
}

fn refuse(error: &serde_json::Error) -> Reply {
    Reply::error(
        400,
        "BadRequest",
        &format!("the body is not what this endpoint reads: {error}"),
    )
}

fn json_of(value: &impl serde::Serialize) -> Reply {
    serde_json::to_string(value).map_or_else(
        |error| Reply::error(500, "InternalServerError", &error.to_string()),
        |body| Reply::json(200, body),
    )
}
