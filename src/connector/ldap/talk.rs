//! Asking: searches over a connection that is made anew where it breaks.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::config::Place;
use super::error::LdapError;
use super::wire::{Tls, Wire};
use crate::client::{Meter, Retry};
use crate::protocol::ldap::control::{self, Control, Page};
use crate::protocol::ldap::{Entry, Filter, Request, Response, Scope, Search};
use crate::secret::Secret;

/// How long one request may take in all.
const TOTAL: Duration = Duration::from_mins(10);
/// How many attempts follow the first.
const ATTEMPTS: u32 = 5;
/// How much one answer may have in all; a page of a thousand groups is a few MB.
const CAP: usize = 256 << 20;
/// Whoever tells more pages than this tells no list.
const MOST_PAGES: u32 = 1_000_000;

/// The server and who asks.
pub(super) struct Server {
    pub(super) place: Place,
    pub(super) tls: Option<Tls>,
    pub(super) bind_dn: String,
    pub(super) password: Secret,
    pub(super) back_off: Duration,
}

impl Server {
    /// A connection on which nobody has said who asks.
    pub(super) async fn connect(&self) -> Result<Wire, LdapError> {
        Wire::connect(&self.place, self.tls.as_ref()).await
    }

    /// Says who asks.
    pub(super) async fn bind(&self, wire: &mut Wire) -> Result<(), LdapError> {
        let outcome = bind(wire, &self.bind_dn, &self.password).await?;
        LdapError::judge("sign in as `bind_dn`", &outcome)
    }
}

/// Says who asks; answers what the server says to it.
pub(super) async fn bind(
    wire: &mut Wire,
    dn: &str,
    password: &Secret,
) -> Result<crate::protocol::ldap::Outcome, LdapError> {
    let request = Request::Bind {
        dn: dn.to_owned(),
        password: password.clone(),
    };
    match wire.ask(request).await? {
        (Response::Bind(outcome), _) => Ok(outcome),
        _ => Err(LdapError::Malformed(
            "a sign-in was answered by something else".to_owned(),
        )),
    }
}

/// What a search found.
#[derive(Default)]
pub(super) struct Found {
    /// The entries, each with its controls.
    pub(super) entries: Vec<(Entry, Vec<Control>)>,
    /// What came between them, each with the number of entries before it.
    pub(super) between: Vec<(usize, Vec<u8>)>,
    /// The controls of its end.
    pub(super) controls: Vec<Control>,
    /// It is not all.
    pub(super) partly: Option<LdapError>,
}

/// A conversation.
pub(super) struct Talk {
    server: Arc<Server>,
    wire: Option<Wire>,
    attempts: u32,
}

impl Talk {
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            wire: None,
            attempts: ATTEMPTS,
        }
    }

    /// One that asks once: somebody waits.
    pub(super) fn hasty(server: Arc<Server>) -> Self {
        Self {
            attempts: 0,
            ..Self::new(server)
        }
    }

    /// The entries of a search that fits into one answer.
    pub(super) async fn find(&mut self, what: &str, search: &Search) -> Result<Vec<Entry>, LdapError> {
        let found = self.ask(what, search, &[]).await?;
        if let Some(partly) = found.partly {
            return Err(partly);
        }
        Ok(found.entries.into_iter().map(|(entry, _)| entry).collect())
    }

    /// One object by its name; `None` where it is not, or the filter does not fit it.
    pub(super) async fn look(
        &mut self,
        what: &str,
        dn: &str,
        filter: &Filter,
        attributes: &[&str],
        controls: &[Control],
    ) -> Result<Option<Entry>, LdapError> {
        let search = Search {
            base: dn.to_owned(),
            scope: Scope::Base,
            filter: filter.clone(),
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
        };
        match self.ask(what, &search, controls).await {
            Ok(Found {
                entries,
                partly: Some(partly),
                ..
            }) if entries.is_empty() => Err(partly),
            Ok(found) => Ok(found.entries.into_iter().next().map(|(entry, _)| entry)),
            Err(LdapError::Absent(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A search, again where the connection breaks.
    pub(super) async fn ask(
        &mut self,
        what: &str,
        search: &Search,
        controls: &[Control],
    ) -> Result<Found, LdapError> {
        let mut retry = self.retry();
        loop {
            match self.attempt(what, search, controls).await {
                Err(error) if error.is_passing() => self.pause(&mut retry, error).await?,
                other => return other,
            }
        }
    }

    fn retry(&self) -> Retry {
        Retry::new(
            self.attempts,
            self.server.back_off,
            u64::from(self.server.place.port),
        )
    }

    /// Waits, if another attempt is to be made.
    async fn pause(&mut self, retry: &mut Retry, error: LdapError) -> Result<(), LdapError> {
        self.wire = None;
        let Some(wait) = retry.wait(None) else {
            return Err(error);
        };
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn attempt(
        &mut self,
        what: &str,
        search: &Search,
        controls: &[Control],
    ) -> Result<Found, LdapError> {
        let mut wire = if let Some(wire) = self.wire.take() {
            wire
        } else {
            let _under_way = Meter::request();
            let mut wire = self.server.connect().await?;
            self.server.bind(&mut wire).await?;
            wire
        };
        let reading = read(&mut wire, what, search, controls);
        let found = timeout(TOTAL, reading)
            .await
            .map_err(|_| LdapError::Transient(format!("{what}: the answer has no end")))?;
        // After an error nobody knows what is still on its way; a refusal is a proper end.
        if !matches!(
            &found,
            Err(LdapError::Transient(_) | LdapError::Unreachable(_) | LdapError::Malformed(_))
        ) {
            self.wire = Some(wire);
        }
        found
    }
}

async fn read(
    wire: &mut Wire,
    what: &str,
    search: &Search,
    controls: &[Control],
) -> Result<Found, LdapError> {
    let _under_way = Meter::request();
    let id = wire
        .send(Request::Search(search.clone()), controls.to_vec())
        .await?;
    let (mut found, mut size) = (Found::default(), 0_usize);
    loop {
        let (response, controls, bytes) = wire.receive(id).await?;
        size = size.saturating_add(bytes);
        if size > CAP {
            let what = format!(
                "{what}: one answer has more than {} MB; hint: lower `page_size`",
                CAP >> 20
            );
            return Err(LdapError::Malformed(what));
        }
        match response {
            Response::Entry(entry) => found.entries.push((entry, controls)),
            Response::Intermediate { oid, value } if oid == control::SYNC_INFO => {
                found.between.push((found.entries.len(), value));
            }
            Response::Intermediate { .. } => {}
            Response::Reference(urls) => {
                let url = urls.first().map_or("elsewhere", String::as_str);
                let url: String = url.chars().take(100).collect();
                let what = format!(
                    "{what}: the server sends us on to `{url}`, where throng does not follow; hint: a narrower `base_dn`"
                );
                found.partly = Some(LdapError::Incomplete(what));
            }
            Response::Done(outcome) => {
                found.controls = controls;
                match LdapError::judge(what, &outcome) {
                    Ok(()) => return Ok(found),
                    Err(partly @ LdapError::Incomplete(_)) => {
                        found.partly = Some(partly);
                        return Ok(found);
                    }
                    Err(error) => return Err(error),
                }
            }
            Response::Bind(_) | Response::Extended(_) => {
                return Err(LdapError::Malformed(format!(
                    "{what}: a search was answered by something else"
                )));
            }
        }
    }
}

/// A search read page by page; begun anew where the connection breaks, since a page's place dies with it.
pub(super) struct Pages {
    what: &'static str,
    search: Search,
    controls: Vec<Control>,
    size: u32,
    cookie: Vec<u8>,
    been: HashSet<Vec<u8>>,
    read: u32,
    end: Option<Result<(), LdapError>>,
    retry: Option<Retry>,
}

impl Pages {
    pub(super) fn new(what: &'static str, search: Search, controls: Vec<Control>, size: u32) -> Self {
        Self {
            what,
            search,
            controls,
            size,
            cookie: Vec::new(),
            been: HashSet::new(),
            read: 0,
            end: None,
            retry: None,
        }
    }

    /// The next page; `None` after the last. A repeated page tells again what was told before.
    pub(super) async fn next(&mut self, talk: &mut Talk) -> Result<Option<Vec<Entry>>, LdapError> {
        if let Some(end) = self.end.take() {
            return end.map(|()| None);
        }
        let mut retry = self.retry.take().unwrap_or_else(|| talk.retry());
        let found = loop {
            let mut controls = self.controls.clone();
            let page = Page {
                size: i64::from(self.size),
                cookie: self.cookie.clone(),
            };
            controls.push(page.control());
            match talk.attempt(self.what, &self.search, &controls).await {
                Ok(found) => break found,
                Err(error) if error.is_passing() => {
                    talk.pause(&mut retry, error).await?;
                    self.cookie.clear();
                    self.been.clear();
                }
                Err(error) => return Err(error.of_list()),
            }
        };
        self.retry = Some(retry);
        self.end = self.turn(&found)?;
        Meter::page();
        Ok(Some(found.entries.into_iter().map(|(entry, _)| entry).collect()))
    }

    /// Where to go on after a page.
    fn turn(&mut self, found: &Found) -> Result<Option<Result<(), LdapError>>, LdapError> {
        if let Some(partly) = &found.partly {
            return Ok(Some(Err(partly.clone())));
        }
        let page = control::find(&found.controls, control::PAGES).ok_or_else(|| {
            LdapError::Malformed(format!(
                "{}: the server does not say where a page ends",
                self.what
            ))
        })?;
        let page = Page::read(page)?;
        if page.cookie.is_empty() {
            return Ok(Some(Ok(())));
        }
        self.read += 1;
        if self.read > MOST_PAGES || !self.been.insert(page.cookie.clone()) {
            return Err(LdapError::Malformed(format!(
                "{}: the pages lead in a circle",
                self.what
            )));
        }
        self.cookie = page.cookie;
        Ok(None)
    }
}
