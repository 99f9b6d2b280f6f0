//! The answer to a request, with what goes wrong on request.

use super::rows::{self, told};
use super::{Inside, matching};
use crate::protocol::ldap::control::{self, Control, Page};
use crate::protocol::ldap::{Entry, Filter, Message, Outcome, Request, Response, Scope, Search, dn};
use crate::simulator::entra::FaultKind;

/// What is sent, and whether the connection ends with it.
pub(super) struct Reply {
    pub(super) bytes: Vec<u8>,
    pub(super) cut: bool,
}

impl Reply {
    fn of(id: i64, messages: Vec<(Response, Vec<Control>)>) -> Self {
        let write = |(op, controls)| Message { id, op, controls }.write();
        Self {
            bytes: messages.into_iter().flat_map(write).collect(),
            cut: false,
        }
    }
}

fn outcome(code: i64) -> Outcome {
    Outcome {
        code,
        text: String::new(),
    }
}

/// Answers a request; `signed` is whether the reader has signed in on this connection.
pub(super) fn answer(inside: &Inside, request: &Message<Request>, signed: &mut bool) -> Reply {
    let one = |op| Reply::of(request.id, vec![(op, Vec::new())]);
    match &request.op {
        Request::Bind { dn: name, password } => {
            let outcome = sign_in(inside, name, password.expose());
            *signed = outcome.code == 0;
            one(Response::Bind(outcome))
        }
        Request::Search(_) if !*signed => one(Response::Done(outcome(1))),
        Request::Search(search) => searched(inside, request, search),
        Request::StartTls | Request::Other | Request::Unbind => one(Response::Extended(outcome(2))),
    }
}

fn sign_in(inside: &Inside, name: &str, password: &str) -> Outcome {
    let options = &inside.options;
    let refused = |text: &str| Outcome {
        code: 49,
        text: text.to_owned(),
    };
    if dn::key(name) == dn::key(&options.bind_dn) {
        let end = inside.tenant.lock().sign_in.account_end;
        if let Some(end) = end {
            return refused(&format!(
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {end}, v2580"
            ));
        }
        return if password == options.password {
            outcome(0)
        } else {
            refused("data 52e")
        };
    }
    let locked = inside.tenant.lock();
    let entries = rows::all(inside, &locked.world, false);
    let user = entries.iter().find(|entry| dn::key(&entry.dn) == dn::key(name));
    match user.and_then(|user| user.text("userAccountControl")) {
        Some("512") if password == options.user_password => outcome(0),
        Some("514") => refused("data 533"),
        _ => refused("data 52e"),
    }
}

fn searched(inside: &Inside, request: &Message<Request>, search: &Search) -> Reply {
    let mut locked = inside.tenant.lock();
    *locked.counts.entry("search").or_default() += 1;
    let fault = locked.faults.take("search", "/ldap", false);
    match &fault {
        Some(FaultKind::Error { status: 403 }) => return failed(request.id, 50),
        Some(FaultKind::Error { .. } | FaultKind::Throttle { .. }) => return failed(request.id, 51),
        Some(FaultKind::Html) => {
            return Reply {
                bytes: b"HTTP/1.1 400 Bad Request\r\n\r\n<html>".to_vec(),
                cut: true,
            };
        }
        _ => {}
    }
    let shows = control::find(&request.controls, control::SHOW_DELETED).is_some();
    let world = &locked.world;
    let entries = match search.scope {
        Scope::Base if search.base.is_empty() => vec![rows::root(world)],
        Scope::Base if dn::key(&search.base) == dn::key(&rows::service()) => {
            let life = inside.life.load(std::sync::atomic::Ordering::Relaxed);
            vec![rows::controller(life)]
        }
        Scope::Base => {
            let mut all = rows::all(inside, world, shows);
            all.retain(|entry| dn::key(&entry.dn) == dn::key(&search.base));
            if all.is_empty() {
                return match fault {
                    Some(FaultKind::MissingValue) => {
                        Reply::of(request.id, vec![(Response::Extended(outcome(0)), Vec::new())])
                    }
                    _ => failed(request.id, 32),
                };
            }
            all
        }
        // Who may not read is shown nothing, rather than refused.
        Scope::One | Scope::Tree if locked.permissions.revoked.contains(hidden(&search.filter)) => Vec::new(),
        Scope::One | Scope::Tree => {
            let mut all = rows::all(inside, world, shows);
            all.retain(|entry| dn::is_within(&entry.dn, &search.base));
            all
        }
    };
    drop(locked);
    let entries = entries
        .into_iter()
        .filter(|entry| matching::fits(&search.filter, entry));
    let entries = entries.map(|entry| told(&entry, &search.attributes, inside.options.range));
    tell(request, entries.collect(), fault.as_ref())
}

/// What a list is of, as it may be withheld.
fn hidden(filter: &Filter) -> &'static str {
    let group = |filter: &Filter| matches!(filter, Filter::Equal(_, value) if value == b"group");
    match filter {
        Filter::And(parts) if parts.iter().any(group) => "groups",
        filter if group(filter) => "groups",
        _ => "users",
    }
}

fn failed(id: i64, code: i64) -> Reply {
    Reply::of(id, vec![(Response::Done(outcome(code)), Vec::new())])
}

fn tell(request: &Message<Request>, entries: Vec<Entry>, fault: Option<&FaultKind>) -> Reply {
    let asked = control::find(&request.controls, control::PAGES).and_then(|page| Page::read(page).ok());
    let (mut entries, next) = match &asked {
        Some(asked) => page(entries, asked, fault),
        None => (entries, None),
    };
    let mut end: Vec<Control> = next.iter().map(Page::control).collect();
    match fault {
        Some(FaultKind::MissingValue) => {
            for entry in &mut entries {
                entry.attributes.clear();
            }
            end.clear();
        }
        Some(FaultKind::Duplicate) => entries.extend(entries.last().cloned()),
        _ => {}
    }
    let mut messages: Vec<(Response, Vec<Control>)> = Vec::new();
    messages.extend(
        entries
            .into_iter()
            .map(|entry| (Response::Entry(entry), Vec::new())),
    );
    if let Some(FaultKind::ForeignLink { host }) = fault {
        messages.push((
            Response::Reference(vec![host.replace("http", "ldap")]),
            Vec::new(),
        ));
    }
    messages.push((Response::Done(outcome(0)), end));
    let mut reply = Reply::of(request.id, messages);
    if matches!(fault, Some(FaultKind::Truncate | FaultKind::Drop)) {
        reply.bytes.truncate(reply.bytes.len() / 2);
        reply.cut = true;
    }
    reply
}

/// The entries of a page, and where the next one is.
fn page(entries: Vec<Entry>, asked: &Page, fault: Option<&FaultKind>) -> (Vec<Entry>, Option<Page>) {
    let from: u64 = std::str::from_utf8(&asked.cookie)
        .ok()
        .and_then(|cookie| cookie.trim_start_matches('e').parse().ok())
        .unwrap_or(0);
    let (start, size) = (
        usize::try_from(from).unwrap_or(usize::MAX),
        usize::try_from(asked.size).unwrap_or(1).max(1),
    );
    let end = start.saturating_add(size);
    let cookie = match fault {
        // Another cookie for the same place.
        Some(FaultKind::EmptyPage) => return (Vec::new(), at(format!("e{from}"))),
        Some(FaultKind::Loop) => format!("e{from}"),
        _ if end < entries.len() => end.to_string(),
        _ => String::new(),
    };
    (entries.into_iter().skip(start).take(size).collect(), at(cookie))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what it answers is where a page may be absent"
)]
fn at(cookie: String) -> Option<Page> {
    Some(Page {
        size: 0,
        cookie: cookie.into_bytes(),
    })
}
