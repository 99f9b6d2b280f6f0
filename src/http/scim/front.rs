//! The front of the SCIM face: which directory, who asks, which resource.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use axum::response::Response;
use futures_util::FutureExt;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use super::answer::Answer;
use super::error::Refusal;
use super::realm::Realm;
use super::recorder::Draft;
use super::single::{self, Verb};
use super::write::Asking;
use super::{bulk, discovery, search};
use crate::http::address::{self, Network};
use crate::http::layers::{compression, read_body};
use crate::model::MemberKind;
use crate::protocol::scim::etag::Tags;
use crate::protocol::scim::{Projection, Query, json};

/// The largest body.
pub(super) const MAX_BODY: usize = 10 * 1024 * 1024;
/// The most operations of one bulk request.
pub(super) const MAX_OPERATIONS: usize = 1000;
/// What is read in the same breath; larger bodies wait for one of few places.
const SMALL_BODY: usize = 256 * 1024;
/// How many large bodies are in memory at once.
const LARGE_BODIES: usize = 4;

const USERS: &[MemberKind] = &[MemberKind::User];
const GROUPS: &[MemberKind] = &[MemberKind::Group];
const BOTH: &[MemberKind] = &[MemberKind::User, MemberKind::Group];

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub struct ScimState {
    url: Arc<str>,
    realms: Arc<HashMap<String, Arc<Realm>>>,
    trusted: Arc<[Network]>,
    large: Arc<Semaphore>,
}

impl ScimState {
    /// A face at `url` for these directories; believes `trusted` proxies.
    pub fn new(url: &str, realms: Vec<Arc<Realm>>, trusted: Vec<Network>) -> Self {
        let realms = realms.into_iter().map(|realm| {
            let id = realm.directory.id().as_str().to_owned();
            (id, realm)
        });
        Self {
            url: url.into(),
            realms: Arc::new(realms.collect()),
            trusted: trusted.into(),
            large: Arc::new(Semaphore::new(LARGE_BODIES)),
        }
    }
}

/// The whole face.
pub fn router(state: ScimState) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(state)
        .layer(compression())
}

async fn answer(State(state): State<ScimState>, request: Request) -> Response {
    let answered = AssertUnwindSafe(served(&state, request)).catch_unwind().await;
    let answered = answered.unwrap_or_else(|_| {
        tracing::error!("a request of the SCIM face panicked");
        Err(Refusal::Failed)
    });
    let answer = answered.unwrap_or_else(|refusal| {
        tracing::debug!(code = refusal.code(), "refused a push");
        refusal.answer()
    });
    answer.response()
}

/// What every request comes with.
struct Call<'c> {
    realm: Arc<Realm>,
    actor: Arc<str>,
    method: Method,
    headers: HeaderMap,
    query: Query,
    body: Body,
    state: &'c ScimState,
    /// What is recorded of it.
    draft: &'c Mutex<Draft>,
}

async fn served(state: &ScimState, request: Request) -> Result<Answer, Refusal> {
    let (parts, body) = request.into_parts();
    // Doubled slashes and one at the end are pasted by administrators.
    let path: Vec<String> = parts
        .uri
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let ["scim", "v2", directory, rest @ ..] = path.as_slice() else {
        return Err(elsewhere(state));
    };
    let realm = state.realms.get(*directory).ok_or_else(|| elsewhere(state))?;
    let draft = Mutex::new(realm.recorder.draft(&parts, realm.clock.now()));
    let outcome = recorded(state, realm, (parts, body), rest, &draft).await;
    let draft = draft.into_inner().unwrap_or_else(PoisonError::into_inner);
    realm.recorder.keep(draft, &outcome);
    outcome
}

async fn recorded(
    state: &ScimState,
    realm: &Arc<Realm>,
    (parts, body): (Parts, Body),
    path: &[&str],
    draft: &Mutex<Draft>,
) -> Result<Answer, Refusal> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip());
    let address: Option<IpAddr> = peer.and_then(|peer| address::client(peer, &parts.headers, &state.trusted));
    let actor = realm.gate.admit(address, &parts.headers, realm.clock.now())?;
    drafted(draft).token = Some(Arc::clone(&actor));
    realm.used(&actor).await;
    let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let pairs: Vec<_> = pairs.collect();
    let query = Query::from_pairs(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))?;
    let call = Call {
        realm: Arc::clone(realm),
        actor,
        // The server sends the head of the answer only (RFC 9110 §9.3.2).
        method: if parts.method == Method::HEAD {
            Method::GET
        } else {
            parts.method
        },
        headers: parts.headers,
        query,
        body,
        state,
        draft,
    };
    call.route(path).await
}

fn drafted(draft: &Mutex<Draft>) -> MutexGuard<'_, Draft> {
    draft.lock().unwrap_or_else(PoisonError::into_inner)
}

fn elsewhere(state: &ScimState) -> Refusal {
    let hint = format!(
        "the tenant URL of a directory is `{}/scim/v2/{{directory}}`",
        state.url
    );
    Refusal::UnknownPath { hint }
}

impl Call<'_> {
    async fn route(self, path: &[&str]) -> Result<Answer, Refusal> {
        match path {
            [] => self.root().await,
            ["ServiceProviderConfig"] => {
                self.discovery()?;
                Ok(discovery::service(&self.realm))
            }
            ["ResourceTypes", rest @ ..] if rest.len() < 2 => {
                self.discovery()?;
                discovery::resource_types(&self.realm, rest.first().copied())
            }
            ["Schemas", rest @ ..] if rest.len() < 2 => {
                self.discovery()?;
                discovery::schemas(&self.realm, rest.first().copied())
            }
            [".search"] => self.search(BOTH).await,
            ["Users", ".search"] => self.search(USERS).await,
            ["Groups", ".search"] => self.search(GROUPS).await,
            ["Users", rest @ ..] if rest.len() < 2 => {
                self.resource(MemberKind::User, rest.first().copied()).await
            }
            ["Groups", rest @ ..] if rest.len() < 2 => {
                self.resource(MemberKind::Group, rest.first().copied()).await
            }
            ["Bulk"] => {
                self.only(&Method::POST, "POST")?;
                let (realm, actor) = (Arc::clone(&self.realm), Arc::clone(&self.actor));
                let body = self.object().await?;
                bulk::run(realm, actor, body).await
            }
            ["Me", ..] => Err(Refusal::NotDone),
            _ => Err(elsewhere(self.state)),
        }
    }

    /// The root is searched; to list everything there is one list for each type.
    async fn root(self) -> Result<Answer, Refusal> {
        self.only(&Method::GET, "GET")?;
        if self.query.filter.is_none() {
            return Err(elsewhere(self.state));
        }
        search::search(self.realm, self.actor, BOTH, self.query).await
    }

    async fn search(mut self, types: &'static [MemberKind]) -> Result<Answer, Refusal> {
        self.only(&Method::POST, "POST")?;
        let (realm, actor) = (Arc::clone(&self.realm), Arc::clone(&self.actor));
        let query = Query::from_body(self.take_object().await?, realm.tolerances)?;
        search::search(realm, actor, types, query).await
    }

    fn discovery(&self) -> Result<(), Refusal> {
        self.only(&Method::GET, "GET")?;
        if self.query.filter.is_some() {
            return Err(Refusal::NoFilter);
        }
        Ok(())
    }

    async fn resource(mut self, of: MemberKind, id: Option<&str>) -> Result<Answer, Refusal> {
        let asking = Asking {
            realm: Arc::clone(&self.realm),
            actor: Arc::clone(&self.actor),
            of,
            projection: Projection::new(self.realm.kind(of), &self.query.attributes, &self.query.excluded),
            only_if: tags(&self.headers, IF_MATCH),
            credential: None,
        };
        let Some(id) = id else {
            return match self.method {
                Method::GET => {
                    let types = if of == MemberKind::User { USERS } else { GROUPS };
                    search::search(self.realm, self.actor, types, self.query).await
                }
                Method::POST => single::write(asking, Verb::Create(self.take_object().await?)).await,
                _ => Err(Refusal::Method { allow: "GET, POST" }),
            };
        };
        let id = id.to_owned();
        let verb = match self.method {
            Method::GET => return single::read(&asking, &id, tags(&self.headers, IF_NONE_MATCH).as_ref()),
            Method::PUT => Verb::Replace(id, self.take_object().await?),
            Method::PATCH => Verb::Patch(id, self.take_object().await?),
            Method::DELETE => Verb::Remove(id),
            _ => {
                return Err(Refusal::Method {
                    allow: "GET, PUT, PATCH, DELETE",
                });
            }
        };
        single::write(asking, verb).await
    }

    fn only(&self, method: &Method, allow: &'static str) -> Result<(), Refusal> {
        if self.method == *method {
            return Ok(());
        }
        Err(Refusal::Method { allow })
    }

    async fn object(mut self) -> Result<Map<String, Value>, Refusal> {
        self.take_object().await
    }

    /// The body, read as JSON, and recorded.
    async fn take_object(&mut self) -> Result<Map<String, Value>, Refusal> {
        let object = self.read_object().await?;
        self.realm.recorder.body(&mut drafted(self.draft), &object);
        Ok(object)
    }

    async fn read_object(&mut self) -> Result<Map<String, Value>, Refusal> {
        check_type(&self.headers)?;
        let length = self
            .headers
            .get("content-length")
            .and_then(|value| value.to_str().ok());
        let length: Option<usize> = length.and_then(|length| length.parse().ok());
        let body = std::mem::take(&mut self.body);
        if length.is_some_and(|length| length <= SMALL_BODY) {
            let bytes = read_body(body, SMALL_BODY).await;
            let bytes = bytes.map_err(|unread| Refusal::unread(unread, SMALL_BODY))?;
            return Ok(json::object(&bytes)?);
        }
        let place = Arc::clone(&self.state.large).acquire_owned().await;
        let place = place.map_err(|_| Refusal::Failed)?;
        let bytes = read_body(body, MAX_BODY).await;
        let bytes = bytes.map_err(|unread| Refusal::unread(unread, MAX_BODY))?;
        let read = tokio::task::spawn_blocking(move || {
            let read = json::object(&bytes);
            drop(place);
            read
        });
        Ok(read.await.map_err(|_| Refusal::Failed)??)
    }
}

fn tags(headers: &HeaderMap, name: HeaderName) -> Option<Tags> {
    headers.get(name)?.to_str().ok().map(Tags::parse)
}

/// SCIM's type, plain JSON, or none at all; whatever the charset says, JSON is UTF-8.
fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(given) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let given = given.to_str().unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    let read = ["application/scim+json", "application/json"];
    if read.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Refusal::MediaType {
        given: given.to_owned(),
    })
}
