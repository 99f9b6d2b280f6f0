//! The shortest way by which a user is in each group.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::directory::{GroupRef, UserRef, View};

/// Every group of the user with the groups that lead to it: the direct one first, the group itself last; sorted by name.
pub(super) fn of(view: &View, user: &UserRef<'_>) -> Vec<Vec<String>> {
    // What is flattened is told as it is, with the way.
    let view = &view.unflattened();
    let mut found: HashMap<Arc<str>, Vec<String>> = HashMap::new();
    let mut open: VecDeque<(GroupRef<'_>, Vec<String>)> = view
        .groups_of(user, false)
        .into_iter()
        .map(|group| (group, Vec::new()))
        .collect();
    while let Some((group, mut path)) = open.pop_front() {
        if found.contains_key(group.folded()) {
            continue;
        }
        path.push(group.name().into_owned());
        if view.application().nested_groups {
            let parents = view.parents_of(&group, false).into_iter();
            open.extend(parents.map(|parent| (parent, path.clone())));
        }
        found.insert(Arc::clone(group.folded()), path);
    }
    let mut sorted: Vec<_> = found.into_iter().collect();
    sorted.sort_unstable();
    sorted.into_iter().map(|(_, path)| path).collect()
}
