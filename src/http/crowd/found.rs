//! What a filter finds in a view.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::listing::Entries;
use crate::directory::{GroupAt, GroupRef, UserAt, UserRef, View};
use crate::model::filter::{Filter, Match, Prepared, Property, Value};
use crate::protocol::crowd::Entity;

/// All that `filter` accepts, sorted by name. Looks at every entity, unless the filter names those that it wants.
pub(super) fn entries(view: &View, kind: Entity, filter: &Filter) -> Entries {
    let prepared = Prepared::new(filter);
    match (kind, names(filter)) {
        (Entity::User, Some(names)) => Entries::Users(named_users(view, &names, &prepared)),
        (Entity::Group, Some(names)) => Entries::Groups(named_groups(view, &names, &prepared)),
        (Entity::User, None) => Entries::Users(users(view, filter, &prepared)),
        (Entity::Group, None) => Entries::Groups(groups(view, filter, &prepared)),
    }
}

/// The names, as compared, that a filter chooses from; `None` where it may accept others.
fn names(filter: &Filter) -> Option<BTreeSet<&str>> {
    match filter {
        Filter::Term {
            property: Property::Name,
            by: Match::Exact,
            value: Value::Text(name),
        } => Some(BTreeSet::from([name.as_str()])),
        Filter::And(parts) => parts.iter().find_map(names),
        Filter::Or(parts) => {
            let all: Vec<_> = parts.iter().map(names).collect::<Option<_>>()?;
            Some(all.into_iter().flatten().collect())
        }
        Filter::All | Filter::Term { .. } => None,
    }
}

fn named_users(view: &View, names: &BTreeSet<&str>, filter: &Prepared<'_>) -> Arc<[UserAt]> {
    let found = names.iter().filter_map(|name| view.user(name));
    found
        .filter(|user| filter.accepts(user))
        .map(|user| UserRef::at(&user))
        .collect()
}

fn named_groups(view: &View, names: &BTreeSet<&str>, filter: &Prepared<'_>) -> Arc<[GroupAt]> {
    let found = names.iter().filter_map(|name| view.group(name));
    found
        .filter(|group| filter.accepts(group))
        .map(|group| GroupRef::at(&group))
        .collect()
}

fn users(view: &View, filter: &Filter, prepared: &Prepared<'_>) -> Arc<[UserAt]> {
    let all = view.users();
    if *filter == Filter::All {
        return all;
    }
    let wanted = |at: &&UserAt| view.user_at(**at).is_some_and(|user| prepared.accepts(&user));
    all.iter().filter(wanted).copied().collect()
}

fn groups(view: &View, filter: &Filter, prepared: &Prepared<'_>) -> Arc<[GroupAt]> {
    let all = view.groups();
    if *filter == Filter::All {
        return all;
    }
    let wanted = |at: &&GroupAt| view.group_at(**at).is_some_and(|group| prepared.accepts(&group));
    all.iter().filter(wanted).copied().collect()
}
