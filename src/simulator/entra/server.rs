//! The HTTP server around the simulated tenant.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;

use super::Options;
use super::control::control;
use super::graph::{Asked, answer};
use super::reply::Reply;
use super::tenant::Tenant;
use super::token::grant;
use crate::simulator::serve::{Served, host};
use crate::simulator::time::header;

/// A simulator that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    tenant: Tenant,
    served: Served,
}

impl Running {
    /// The base URL, without a slash at its end; login and Graph are both under it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The tenant, to be edited.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Stops listening, waits a moment for connections.
    pub async fn stop(self) {
        self.served.stop().await;
    }
}

/// Generates the company, listens.
pub async fn start(options: Options) -> std::io::Result<Running> {
    let listener = TcpListener::bind(options.listen).await?;
    let nonce = getrandom::u64().map_err(std::io::Error::other)?;
    let build = move || Tenant::new(&options, nonce);
    let tenant = tokio::task::spawn_blocking(build)
        .await
        .map_err(std::io::Error::other)?;
    let router = Router::new().fallback(serve).with_state(tenant.clone());
    let served = host(listener, router)?;
    Ok(Running {
        address: served.address,
        tenant,
        served,
    })
}

async fn serve(
    State(tenant): State<Tenant>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<String, axum::extract::rejection::StringRejection>,
) -> Response {
    let _under_way = tenant.enter();
    let body = match body {
        Ok(body) => body,
        Err(refusal) => return refusal.into_response(),
    };
    let path = uri.path();
    if path.starts_with("/_control/") {
        let (method, path) = (method.to_string(), path.to_owned());
        let work = move || control(&tenant, &method, &path, &body);
        return match tokio::task::spawn_blocking(work).await {
            Ok(reply) => reply.into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    #[expect(
        clippy::single_match_else,
        reason = "sign-in or Graph: two cases of one weight"
    )]
    let reply = match path.strip_suffix("/oauth2/v2.0/token") {
        Some(named) => login(&tenant, &method, named.trim_start_matches('/'), &body, path),
        None => {
            let asked = Asked {
                method: method.as_str(),
                path,
                query: uri.query().unwrap_or_default(),
                body: &body,
                origin: &format!("http://{}", text(HOST.as_str()).unwrap_or("localhost")),
                authorization: text(AUTHORIZATION.as_str()),
                eventual: text("consistencylevel")
                    .is_some_and(|level| level.eq_ignore_ascii_case("eventual")),
                inner: false,
            };
            let mut inside = tenant.lock();
            inside.low_priority += u64::from(text("x-ms-throttle-priority") == Some("low"));
            answer(&mut inside, &tenant.credentials.client_id, &asked)
        }
    };
    let date = header(tenant.lock().world.time.machine());
    let reply = reply.with("date", date);
    tenant.delay(reply.delay).await;
    reply.into_response()
}

fn login(tenant: &Tenant, method: &Method, named: &str, form: &str, path: &str) -> Reply {
    if method != Method::POST {
        return Reply::error(405, "Request_BadRequest", "The token endpoint is for POST.");
    }
    let mut inside = tenant.lock();
    let inside = &mut *inside;
    *inside.counts.entry("token").or_default() += 1;
    let place = super::page::Place {
        origin: String::new(),
        asked: path.to_owned(),
        path: path.to_owned(),
        bend: None,
    };
    let fault = inside.faults.take("token", path, false);
    if let Some(reply) = fault.as_ref().and_then(|fault| fault.reply(&place)) {
        return reply;
    }
    let reply = grant(
        &tenant.credentials,
        (&inside.sign_in, &inside.permissions),
        &mut inside.tokens,
        (named, form),
        inside.world.time.machine().timestamp(),
    );
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}
