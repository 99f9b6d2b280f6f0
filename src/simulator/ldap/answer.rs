//! The answer to a request, with what goes wrong on request.

use super::rows::{self, Object, What};
use super::tree::Tree;
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
    let object = Tree::new(&locked.world, (false, false), &inside.options).find(name);
    match object.map(|object| object.what) {
        Some(What::User(_, user)) if !user.enabled => refused("data 533"),
        Some(What::User(..)) if password == options.user_password => outcome(0),
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
    let tree = Tree::new(world, (shows, inside.options.hides_deleted), &inside.options);
    let objects: Box<dyn Iterator<Item = Object<'_>>> = match search.scope {
        Scope::Base if search.base.is_empty() => {
            return alone(request, search, rows::root(world), fault.as_ref());
        }
        Scope::Base if dn::key(&search.base) == dn::key(&rows::service()) => {
            let life = inside.life.load(std::sync::atomic::Ordering::Relaxed);
            return alone(request, search, rows::controller(life), fault.as_ref());
        }
        Scope::Base => match (tree.find(&search.base), &fault) {
            (Some(object), _) => Box::new(std::iter::once(object)),
            (None, Some(FaultKind::MissingValue)) => {
                return Reply::of(request.id, vec![(Response::Extended(outcome(0)), Vec::new())]);
            }
            (None, _) => return failed(request.id, 32),
        },
        // Who may not read is shown nothing, rather than refused.
        Scope::One | Scope::Tree if locked.permissions.revoked.contains(hidden(&search.filter)) => {
            Box::new(std::iter::empty())
        }
        Scope::One | Scope::Tree => Box::new(tree.below(&search.base)),
    };
    let fitting = objects.filter(|object| matching::fits(&search.filter, &|name| object.values(name)));
    let told = |object: Object<'_>| object.told(&search.attributes, inside.options.range);
    let asked = control::find(&request.controls, control::PAGES).and_then(|page| Page::read(page).ok());
    let (entries, next) = match &asked {
        Some(asked) => page(fitting, told, asked, fault.as_ref()),
        None => (fitting.map(told).collect(), None),
    };
    tell(request, entries, next.as_ref(), fault.as_ref())
}

/// An entry that is of no company.
fn alone(request: &Message<Request>, search: &Search, mut entry: Entry, fault: Option<&FaultKind>) -> Reply {
    let fits = matching::fits(&search.filter, &|name| entry.values(name).to_vec());
    let asked = |name: &String| {
        search
            .attributes
            .iter()
            .any(|asked| asked.eq_ignore_ascii_case(name))
    };
    entry.attributes.retain(|(name, _)| asked(name));
    tell(request, fits.then_some(entry).into_iter().collect(), None, fault)
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

fn tell(
    request: &Message<Request>,
    mut entries: Vec<Entry>,
    next: Option<&Page>,
    fault: Option<&FaultKind>,
) -> Reply {
    let mut end: Vec<Control> = next.into_iter().map(Page::control).collect();
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
fn page<'a>(
    mut fitting: impl Iterator<Item = Object<'a>>,
    told: impl Fn(Object<'a>) -> Entry,
    asked: &Page,
    fault: Option<&FaultKind>,
) -> (Vec<Entry>, Option<Page>) {
    let from: u64 = std::str::from_utf8(&asked.cookie)
        .ok()
        .and_then(|cookie| cookie.trim_start_matches('e').parse().ok())
        .unwrap_or(0);
    let (start, size) = (
        usize::try_from(from).unwrap_or(usize::MAX),
        usize::try_from(asked.size).unwrap_or(1).max(1),
    );
    // Another cookie for the same place.
    if let Some(FaultKind::EmptyPage) = fault {
        return (Vec::new(), at(format!("e{from}")));
    }
    let mut rest = fitting.by_ref().skip(start);
    let entries = rest.by_ref().take(size).map(told).collect();
    let cookie = match fault {
        Some(FaultKind::Loop) => format!("e{from}"),
        _ if rest.next().is_some() => start.saturating_add(size).to_string(),
        _ => String::new(),
    };
    (entries, at(cookie))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::built::{assert_pages_cost_alike, even_company};

    #[tokio::test]
    async fn a_page_costs_what_is_on_it() {
        let running = even_company!(ldap).await.unwrap();
        let inside = &running.inside;
        for kind in ["user", "group"] {
            assert_pages_cost_alike(|from| {
                let page = Page {
                    size: 10,
                    cookie: from.to_string().into_bytes(),
                };
                let search = Search {
                    base: rows::DOMAIN.to_owned(),
                    scope: Scope::Tree,
                    filter: Filter::equal("objectClass", kind.as_bytes()),
                    attributes: vec!["objectGUID".to_owned(), "member".to_owned()],
                };
                let request = Message {
                    id: 1,
                    op: Request::Search(search.clone()),
                    controls: vec![page.control()],
                };
                searched(inside, &request, &search);
            });
        }
    }
}
