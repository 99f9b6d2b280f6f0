//! Bulk requests: one operation after the other, each a commit of its own (RFC 7644 §3.7).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::error::Refusal;
use super::front::MAX_OPERATIONS;
use super::realm::Realm;
use super::single::{self, Verb};
use super::write::{Asking, Link, link};
use crate::model::MemberKind;
use crate::protocol::scim::bulk::{
    BULK_RESPONSE_URN, BulkOperation, BulkRequest, Method, Step, leave_out, resolve,
};
use crate::protocol::scim::etag::Tags;
use crate::protocol::scim::{Projection, ScimError};

/// Does a bulk request.
pub(super) async fn run(
    realm: Arc<Realm>,
    actor: Arc<str>,
    body: Map<String, Value>,
) -> Result<Answer, Refusal> {
    let request = BulkRequest::read(body, realm.tolerances)?;
    if request.operations.len() > MAX_OPERATIONS {
        return Err(Refusal::TooManyOperations {
            limit: MAX_OPERATIONS,
        });
    }
    let mut work = Work {
        realm,
        actor,
        request: &request,
        made: BTreeMap::new(),
        told: HashMap::new(),
        errors: 0,
    };
    for step in request.plan() {
        if request.fail_on_errors.is_some_and(|most| work.errors >= most) {
            break;
        }
        work.step(step).await;
    }
    Ok(Answer::of(StatusCode::OK, work.response()))
}

struct Work<'w> {
    realm: Arc<Realm>,
    actor: Arc<str>,
    request: &'w BulkRequest,
    /// What each `bulkId` became.
    made: BTreeMap<String, String>,
    told: HashMap<usize, Answer>,
    errors: usize,
}

impl Work<'_> {
    async fn step(&mut self, step: Step) {
        match step {
            Step::Do { index, later } => {
                let done = self.operation(&self.request.operations[index], &later).await;
                self.tell(index, done);
            }
            Step::Unresolvable { index, bulk_id } => self.tell(index, Err(Refusal::Unresolved { bulk_id })),
            Step::Link { index, members } => {
                let linked = self.link(index, &members).await;
                match linked {
                    Some(Ok(answer)) => {
                        // The group's answer is that of its making, with its last version.
                        if let Some(told) = self.told.get_mut(&index) {
                            told.version = answer.version;
                        }
                    }
                    Some(Err(refusal)) => self.tell(index, Err(refusal)),
                    None => {}
                }
            }
        }
    }

    fn tell(&mut self, index: usize, done: Result<Answer, Refusal>) {
        if done.is_err() {
            self.errors += 1;
        }
        let answer = done.unwrap_or_else(|refusal| refusal.answer());
        let operation = &self.request.operations[index];
        if let (Some(bulk_id), Some(location), true) = (&operation.bulk_id, &answer.location, answer.made) {
            let id = location.rsplit('/').next().unwrap_or_default();
            self.made.insert(bulk_id.clone(), id.to_owned());
        }
        self.told.insert(index, answer);
    }

    async fn operation(&self, operation: &BulkOperation, later: &[String]) -> Result<Answer, Refusal> {
        let mut operation = operation.clone();
        leave_out(&mut operation.data, later);
        resolve(&mut operation, &self.made).map_err(|bulk_id| Refusal::Unresolved { bulk_id })?;
        let (of, id) = target(&operation.path)?;
        let data = operation.data;
        let verb = match (operation.method, id) {
            (Method::Post, None) => Verb::Create(data),
            (Method::Put, Some(id)) => Verb::Replace(id, data),
            (Method::Patch, Some(id)) => Verb::Patch(id, data),
            (Method::Delete, Some(id)) => Verb::Remove(id),
            (Method::Post, Some(_)) => {
                return Err(Refusal::Method {
                    allow: "PUT, PATCH, DELETE",
                });
            }
            (_, None) => return Err(Refusal::Method { allow: "POST" }),
        };
        let only_if = operation.version.as_deref().map(Tags::parse);
        single::write(self.asking(of, only_if), verb).await
    }

    async fn link(&self, index: usize, members: &[String]) -> Option<Result<Answer, Refusal>> {
        let bulk_id = self.request.operations[index].bulk_id.as_ref()?;
        let group = self.made.get(bulk_id)?.clone();
        let mut ids = Vec::with_capacity(members.len());
        for member in members {
            let Some(id) = self.made.get(member) else {
                let bulk_id = member.clone();
                return Some(Err(Refusal::Unresolved { bulk_id }));
            };
            ids.push(id.clone());
        }
        let asking = self.asking(MemberKind::Group, None);
        Some(link(asking, Link { group, members: ids }).await)
    }

    fn asking(&self, of: MemberKind, only_if: Option<Tags>) -> Asking {
        Asking {
            realm: Arc::clone(&self.realm),
            actor: Arc::clone(&self.actor),
            of,
            projection: Projection::default(),
            only_if,
            credential: None,
        }
    }

    /// The outcomes, in the client's order; of operations that were not begun nothing is told.
    fn response(mut self) -> Value {
        let operations = self.request.operations.iter().enumerate();
        let told: Vec<Value> = operations
            .filter_map(|(index, operation)| {
                Some(outcome(
                    &self.realm,
                    operation,
                    self.told.remove(&index)?,
                    &self.made,
                ))
            })
            .collect();
        json!({ "schemas": [BULK_RESPONSE_URN], "Operations": told })
    }
}

fn outcome(
    realm: &Realm,
    operation: &BulkOperation,
    answer: Answer,
    made: &BTreeMap<String, String>,
) -> Value {
    let mut told = Map::new();
    let mut put = |name: &str, value: Value| drop(told.insert(name.to_owned(), value));
    put("method", json!(operation.method.name()));
    if let Some(bulk_id) = &operation.bulk_id {
        put("bulkId", json!(bulk_id));
    }
    // A failed creation has no address; whatever else was meant has the one that it has.
    let mut meant = operation.clone();
    meant.data = Map::new();
    let known = resolve(&mut meant, made)
        .ok()
        .and_then(|()| target(&meant.path).ok());
    let own = known.and_then(|(of, id)| Some(realm.location(of, &id?)));
    if let Some(location) = answer.location.or(own) {
        put("location", json!(location));
    }
    if let Some(version) = answer.version {
        put("version", json!(version));
    }
    put("status", json!(answer.status.as_u16().to_string()));
    if let Some(body) = answer.body.filter(|_| !answer.status.is_success()) {
        put("response", body);
    }
    Value::Object(told)
}

/// `/Users`, `/Groups/{id}`: what an operation is about.
fn target(path: &str) -> Result<(MemberKind, Option<String>), Refusal> {
    let path = path.split('?').next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let of = match parts.next() {
        Some("Users") => MemberKind::User,
        Some("Groups") => MemberKind::Group,
        _ => {
            return Err(ScimError::value(format!(
                "path `{path}` is not `/Users` or `/Groups`; hint: bulk requests change users and groups only"
            ))
            .into());
        }
    };
    match (parts.next().map(str::to_owned), parts.next()) {
        (id, None) => Ok((of, id)),
        _ => Err(ScimError::value(format!("path `{path}` has too many parts")).into()),
    }
}
