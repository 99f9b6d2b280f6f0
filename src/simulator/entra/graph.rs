//! Graph's URL table, with the way of a request past the faults.

use percent_encoding::percent_decode_str;

use super::cost::{cost, units};
use super::delta::delta;
use super::faults::FaultKind;
use super::lists::{List, count, list, single};
use super::page::{Bend, Place};
use super::query::Query;
use super::reply::Reply;
use super::tenant::Inside;
use super::token;
use super::{assigned, batch};

/// From which part of the units on it is told how many are used.
const TOLD: f64 = 0.8;

/// A request, from outside or from within a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) body: &'a str,
    /// `http://host:port`, as the client sees us.
    pub(crate) origin: &'a str,
    /// The header `Authorization`.
    pub(crate) authorization: Option<&'a str>,
    /// `ConsistencyLevel: eventual`.
    pub(crate) eventual: bool,
    /// From within a batch.
    pub(crate) inner: bool,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    List(List),
    User(String),
    Group(String),
    CountUsers,
    CountGroups,
    DeltaUsers,
    DeltaGroups,
    ServicePrincipals,
    AssignedTo(String),
    Batch,
}

impl Target {
    fn class(&self) -> &'static str {
        match self {
            Self::List(List::Users) => "users",
            Self::List(List::Groups) => "groups",
            Self::List(List::Members(_)) => "members",
            Self::List(List::MemberOf(_)) => "memberOf",
            Self::User(_) => "user",
            Self::Group(_) => "group",
            Self::CountUsers | Self::CountGroups => "count",
            Self::DeltaUsers => "users/delta",
            Self::DeltaGroups => "groups/delta",
            Self::ServicePrincipals => "servicePrincipals",
            Self::AssignedTo(_) => "appRoleAssignedTo",
            Self::Batch => "batch",
        }
    }

    fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/v1.0/")?.trim_end_matches('/');
        let decode = |part: &str| {
            percent_decode_str(part)
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        };
        let parts: Vec<String> = rest.split('/').map(decode).collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(match parts.as_slice() {
            ["$batch"] => Self::Batch,
            ["users"] => Self::List(List::Users),
            ["groups"] => Self::List(List::Groups),
            ["users", "$count"] => Self::CountUsers,
            ["groups", "$count"] => Self::CountGroups,
            ["servicePrincipals"] => Self::ServicePrincipals,
            ["servicePrincipals", id, "appRoleAssignedTo"] => Self::AssignedTo((*id).to_owned()),
            [
                "users",
                "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()",
            ] => Self::DeltaUsers,
            [
                "groups",
                "delta" | "delta()" | "microsoft.graph.delta" | "microsoft.graph.delta()",
            ] => Self::DeltaGroups,
            ["users", id] => Self::User((*id).to_owned()),
            ["groups", id] => Self::Group((*id).to_owned()),
            ["groups", id, "members"] => Self::List(List::Members(id.to_lowercase())),
            ["users" | "groups", id, "memberOf"] => Self::List(List::MemberOf(id.to_lowercase())),
            _ => return None,
        })
    }
}

/// Answers a request.
pub(crate) fn answer(inside: &mut Inside, client_id: &str, asked: &Asked<'_>) -> Reply {
    let Some(target) = Target::of(asked.path) else {
        let message = format!("Resource not found for the segment '{}'.", asked.path);
        return Reply::error(400, "BadRequest", &message);
    };
    let class = target.class();
    *inside.counts.entry(class).or_default() += 1;
    if asked.method != if target == Target::Batch { "POST" } else { "GET" } {
        return Reply::error(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        );
    }
    if !asked.inner && !inside.tokens.accepts(asked.authorization) {
        return if asked.authorization.is_none() {
            token::absent()
        } else {
            token::void()
        };
    }
    let fault = inside.faults.take(class, asked.path, asked.inner);
    if let Some(FaultKind::Unauthorized) = fault {
        inside.tokens.revoke(asked.authorization);
    }
    if let Some(FaultKind::Edit { edits }) = &fault {
        for edit in edits {
            inside.world.edit(edit).ok();
        }
    }
    let place = place(asked, fault.as_ref().and_then(FaultKind::bend));
    if let Some(reply) = fault.as_ref().and_then(|fault| fault.reply(&place)) {
        return reply;
    }
    if let Err(refusal) = inside.permissions.judge(class, asked.path, asked.query) {
        return refusal;
    }
    let used = match metered(inside, class, asked.query) {
        Ok(used) => used,
        Err(refusal) => return refusal,
    };
    let mut reply = dispatch(inside, target, (client_id, asked), &place).unwrap_or_else(|refusal| refusal);
    if let Some(used) = used.filter(|used| *used >= TOLD) {
        reply = reply.with("x-ms-throttle-limit-percentage", format!("{used:.2}"));
    }
    match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    }
}

/// Which part of its units the application uses with this request, where there is a limit; or the refusal to let it use more.
fn metered(inside: &mut Inside, class: &str, query: &str) -> Result<Option<f64>, Reply> {
    let cost = cost(class, query);
    if cost == 0 {
        return Ok(None);
    }
    let units = units(inside.world.upns.len());
    inside.quota.units(units, cost).transpose().map_err(|wait| {
        Reply::error(429, "TooManyRequests", "Too many requests.")
            .with("retry-after", format!("{:.3}", wait.as_secs_f64()))
            .with("x-ms-throttle-scope", "Tenant_Application/ReadWrite".to_owned())
    })
}

fn place(asked: &Asked<'_>, bend: Option<Bend>) -> Place {
    let separator = if asked.query.is_empty() { "" } else { "?" };
    Place {
        origin: asked.origin.to_owned(),
        asked: format!("{}{separator}{}", asked.path, asked.query),
        path: asked.path.to_owned(),
        bend,
    }
}

fn dispatch(
    inside: &mut Inside,
    target: Target,
    (client_id, asked): (&str, &Asked<'_>),
    place: &Place,
) -> Result<Reply, Reply> {
    let query = Query::parse(asked.query);
    let world = &inside.world;
    let tokens = (inside.life, inside.expired);
    match target {
        Target::Batch if asked.inner => Err(Reply::bad("A batch cannot hold a batch.")),
        Target::Batch => batch::batch(inside, client_id, asked, place),
        Target::ServicePrincipals => assigned::find(world, &query, client_id),
        Target::AssignedTo(id) => assigned::assigned(world, &id, &query, place),
        Target::List(which) => list(world, which, &query, asked.eventual, place),
        Target::User(id) => single(world, true, &id, &query, place),
        Target::Group(id) => single(world, false, &id, &query, place),
        // What is no number, where an answer without its content is asked for.
        Target::CountUsers | Target::CountGroups if place.bend == Some(Bend::MissingValue) => {
            Ok(Reply::text("\"many\"".to_owned()))
        }
        Target::CountUsers => count(world, true, asked.eventual),
        Target::CountGroups => count(world, false, asked.eventual),
        Target::DeltaUsers => delta(world, true, &query, place, tokens),
        Target::DeltaGroups => delta(world, false, &query, place, tokens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_delta_are_one() {
        for spelling in ["delta", "delta()", "microsoft.graph.delta()", "delta%28%29"] {
            assert_eq!(
                Target::of(&format!("/v1.0/users/{spelling}")),
                Some(Target::DeltaUsers),
                "{spelling}"
            );
        }
        assert_eq!(Target::of("/v1.0/%24batch"), Some(Target::Batch));
        assert_eq!(
            Target::of("/v1.0/groups/AB/members"),
            Some(Target::List(List::Members("ab".to_owned())))
        );
        assert_eq!(Target::of("/beta/users"), None);
    }
}
