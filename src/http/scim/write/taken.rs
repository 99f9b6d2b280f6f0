//! Names: unique in the directory without case, as the client spells them and as they are served.

use crate::directory::Snapshot;
use crate::http::scim::error::Refusal;
use crate::http::scim::held::Held;
use crate::http::scim::realm::Realm;
use crate::http::scim::search::named;
use crate::model::MemberKind;
use crate::model::name::{clean, fold};

/// The attribute that names a resource.
pub(super) fn name_of(of: MemberKind) -> &'static str {
    match of {
        MemberKind::User => "userName",
        MemberKind::Group => "displayName",
    }
}

/// Whoever was pushed under this name.
pub(super) fn holder<'s>(
    realm: &Realm,
    snapshot: &'s Snapshot,
    of: MemberKind,
    name: &str,
) -> Option<Held<'s>> {
    let folded = fold(name);
    let rows = named(snapshot, of, &folded).into_iter();
    rows.filter_map(|row| Held::of_row(snapshot, of, row))
        .find(|held| {
            let attributes = held.attributes(realm);
            let pushed = attributes.get(name_of(of)).and_then(|name| name.as_str());
            pushed.is_some_and(|pushed| fold(pushed) == folded)
        })
}

/// Refuses a name that another has: the one that is pushed, or the one that it is served under.
pub(super) fn check(
    realm: &Realm,
    snapshot: &Snapshot,
    of: MemberKind,
    own: Option<u32>,
    pushed: &str,
    served: &str,
) -> Result<(), Refusal> {
    let what = match of {
        MemberKind::User => "user",
        MemberKind::Group => "group",
    };
    let attribute = name_of(of);
    if let Some(held) = holder(realm, snapshot, of, pushed).filter(|held| Some(held.row) != own) {
        return Err(Refusal::taken(format!(
            "`{attribute}` `{pushed}` is taken by {what} `{}`; hint: change that one, or choose another name",
            held.id
        )));
    }
    let folded = fold(&clean(served));
    let row = match of {
        MemberKind::User => snapshot.user_named(&folded).map(|user| user.id.0),
        MemberKind::Group => snapshot.group_named(&folded).map(|group| group.id.0),
    };
    let Some(row) = row.filter(|row| Some(*row) != own) else {
        return Ok(());
    };
    let whom = match Held::of_row(snapshot, of, row) {
        Some(held) => format!("{what} `{}`", held.id),
        None => format!("a {what} that was made in the directory itself"),
    };
    Err(Refusal::taken(format!(
        "`{pushed}` is served as `{served}`, which is taken by {whom}; hint: rename one of the two"
    )))
}
