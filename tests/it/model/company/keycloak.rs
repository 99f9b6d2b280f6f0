//! The company in Keycloak: nobody returns, user names are in lower case, a name to show is made of two, a group is in one other.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use throng::simulator::entra::{Edit, Tenant, Truth};
use throng::simulator::keycloak::{Options, Running, start};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{Company, Habits, Opened, PAGE, Passing, SIZE, ageless, without_group_returns};
use crate::keycloak::build;

const REQUESTS: [&str; 10] = [
    "users", "user", "groups", "group", "children", "members", "memberOf", "events", "count", "*",
];

struct Keycloak {
    running: Running,
    /// Groups are served by their paths.
    by_path: bool,
}

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = Options {
        users,
        groups,
        memberships,
        seed,
        old: seed.is_multiple_of(3),
        ..Options::default()
    };
    let secret = options.client_secret.clone();
    let running = start(options).await.unwrap();
    let by_path = seed.is_multiple_of(2);
    let names = if by_path { "path" } else { "name" };
    let more = json!({ "page_size": PAGE, "group_names": names });
    let connector = build(&running, &secret, &more, TaskTracker::new());
    Opened {
        company: Box::new(Keycloak { running, by_path }),
        connector: Arc::new(connector),
        mapping: Mapping::keycloak(),
    }
}

impl Company for Keycloak {
    fn tenant(&self) -> &Tenant {
        self.running.tenant()
    }

    fn truth(&self) -> Truth {
        let mut truth = ageless(self.running.truth());
        for user in truth.users.values_mut() {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            user.display = format!("{} {}", part(&user.given), part(&user.surname));
        }
        let above: BTreeMap<_, _> = truth
            .nested
            .iter()
            .cloned()
            .map(|(above, id)| (id, above))
            .collect();
        let names: BTreeMap<_, _> = truth
            .groups
            .iter()
            .map(|(id, group)| (Arc::clone(id), group.display.clone()))
            .collect();
        for (id, group) in &mut truth.groups {
            let mut path = format!("/{}", group.display);
            let mut at = id;
            while let Some(parent) = above.get(at) {
                path = format!("/{}{path}", names[parent]);
                at = parent;
            }
            group.nickname.clone_from(&path);
            if self.by_path {
                group.display = path;
            }
        }
        truth
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &REQUESTS,
            // Without its events Keycloak is read whole, which is said.
            refusable: &REQUESTS[..7],
            // An empty page is the end of a list.
            spared: &[Passing::EmptyPage],
            // A list that is longer than its count, pass after pass, is one that moves.
            once: &[Passing::Duplicate, Passing::Unauthorized],
        }
    }

    fn expressed(&self, edits: Vec<Edit>) -> Vec<Edit> {
        let returns = |edit: &Edit| matches!(edit, Edit::RestoreUser { .. });
        let edits = without_group_returns(edits).into_iter();
        edits.filter(|edit| !returns(edit)).collect()
    }
}
