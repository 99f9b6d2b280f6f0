//! `/holds`: who is kept out, why, since when; an operator's own holds and releases.

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::error::Refusal;
use super::routes::Operator;
use super::state::AdminState;
use crate::clock::{millis, rfc3339};
use crate::directory::Snapshot;
use crate::model::{ExternalId, HiddenGroups, Hold, UserId};

/// How many holds a page has when nobody says.
const PAGE: usize = 100;
/// How many holds a page has at the most.
const LARGEST_PAGE: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Of this directory only.
    directory: Option<String>,
    /// Of this policy only.
    policy: Option<String>,
    /// Go on after this place (a former answer's `next`).
    after: Option<String>,
    /// At most so many.
    limit: Option<usize>,
}

/// `GET /holds?directory=&policy=&after=&limit=`: by directory, the longest known users first.
pub(super) async fn list(
    State(state): State<AdminState>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Refusal> {
    if let Some(id) = &which.directory {
        state.directory(id)?;
    }
    let after = which.after.as_deref().map(place).transpose()?;
    let limit = which.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let mut reached = after.is_none();
    // One more than asked for tells that there is more.
    let mut shown: Vec<(String, Value)> = Vec::new();
    for directory in state.directories.iter() {
        let id = directory.id().as_str();
        let start = after.as_ref().filter(|(of, _)| of == id).map(|(_, row)| *row);
        reached |= start.is_some();
        if !reached || which.directory.as_deref().is_some_and(|wanted| wanted != id) {
            continue;
        }
        let snapshot = directory.snapshot();
        let asked = |hold: &Hold| which.policy.is_none() || hold.policy.as_deref() == which.policy.as_deref();
        let holds = snapshot.details().held(start).filter(|(_, hold)| asked(hold));
        let missing = (limit + 1).saturating_sub(shown.len());
        shown.extend(
            holds
                .take(missing)
                .map(|(row, hold)| (format!("{id}/{}", row.0), told(&snapshot, row, hold))),
        );
    }
    let more = shown.len() > limit;
    shown.truncate(limit);
    let (places, holds): (Vec<String>, Vec<Value>) = shown.into_iter().unzip();
    let next = places.into_iter().next_back().filter(|_| more);
    Ok(Json(json!({ "holds": holds, "next": next })))
}

/// What a person asks for.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Wanted {
    directory: String,
    /// The username, or the source's id.
    user: String,
    reason: String,
    /// RFC 3339; without it the hold ends by a release only.
    until: Option<String>,
    release_on_return: bool,
    /// Names or ids of groups, or `"all"`.
    hide_groups: Option<Hide>,
    /// No application is told of the user at all.
    remove: bool,
    /// Who it was is forgotten, for good.
    anonymise: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Hide {
    Word(String),
    These(Vec<String>),
}

impl Wanted {
    fn hold(&self, operator: &str, now: i64) -> Result<Hold, Refusal> {
        let malformed = |what: String| Err(Refusal::Malformed(what));
        if self.reason.trim().is_empty() {
            return malformed("`reason` is missing; hint: say why, others will ask".to_owned());
        }
        let until = match self.until.as_deref().map(|text| (text, millis(text))) {
            None => None,
            Some((_, Some(until))) if until > now => Some(until),
            Some((text, _)) => {
                return malformed(format!(
                    "`until` is `{text}`, no time to come; hint: write it as `2030-12-31T00:00:00Z`"
                ));
            }
        };
        let groups = match &self.hide_groups {
            None => HiddenGroups::default(),
            Some(Hide::These(names)) => {
                HiddenGroups::These(names.iter().map(|name| ExternalId::from(name.as_str())).collect())
            }
            Some(Hide::Word(word)) if word == "all" => HiddenGroups::All,
            Some(Hide::Word(word)) => {
                return malformed(format!(
                    "`hide_groups` is `{word}`; hint: send a list of names, or `\"all\"`"
                ));
            }
        };
        Ok(Hold {
            until,
            release_on_return: self.release_on_return,
            groups,
            removed: self.remove,
            anonymised: self.anonymise,
            ..Hold::new(self.reason.trim(), &format!("operator {operator}"), now)
        })
    }
}

/// `POST /holds`: 201 with the hold as it is now.
pub(super) async fn hold(
    State(state): State<AdminState>,
    Extension(Operator(operator)): Extension<Operator>,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let wanted: Wanted = body::json(body).await?;
    let directory = state.directory(&wanted.directory)?;
    let hold = wanted.hold(&operator, directory.now())?;
    let user = directory.hold_user(&wanted.user, hold).await?;
    let snapshot = directory.snapshot();
    let found = snapshot
        .user_id(&user)
        .and_then(|id| Some((id, snapshot.details().hold(id)?)));
    // Somebody may have been quicker to release it.
    let shown = found.map_or(Value::Null, |(id, hold)| told(&snapshot, id, hold));
    Ok((StatusCode::CREATED, Json(shown)))
}

/// `DELETE /holds/{directory}/{user}`: 204; named by its username, or by its source's id.
pub(super) async fn release(
    State(state): State<AdminState>,
    Extension(Operator(operator)): Extension<Operator>,
    Path((directory, user)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let by = format!("operator {operator}");
    state
        .directory(&directory)?
        .release_user(&user, &by, "asked for")
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn told(snapshot: &Snapshot, id: UserId, hold: &Hold) -> Value {
    let row = snapshot.user(id);
    let name = |group: &ExternalId| {
        let row = snapshot.group_id(group).and_then(|id| snapshot.group(id));
        row.map_or_else(|| group.to_string(), |row| row.name.to_string())
    };
    json!({
        "directory": snapshot.directory(),
        "user": row.map(|row| &row.name),
        "external_id": snapshot.user_external(id),
        "active_at_source": row.is_some_and(|row| row.active()),
        "reason": hold.reason,
        "policy": hold.policy,
        "by": hold.actor,
        "since": rfc3339(hold.since),
        "until": hold.until.map(rfc3339),
        "release_on_return": hold.release_on_return,
        "hidden_groups": match &hold.groups {
            HiddenGroups::All => json!("all"),
            HiddenGroups::These(groups) => groups.iter().map(name).collect(),
        },
        "removed": hold.removed,
        "anonymised": hold.anonymised,
    })
}

/// A place of the list: a directory with a row id.
fn place(text: &str) -> Result<(String, UserId), Refusal> {
    let parsed = text
        .rsplit_once('/')
        .and_then(|(directory, row)| Some((directory.to_owned(), UserId(row.parse().ok()?))));
    parsed.ok_or_else(|| {
        Refusal::Malformed(format!(
            "`after` is `{text}`; hint: send the `next` of a former answer"
        ))
    })
}
