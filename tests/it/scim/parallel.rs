//! Many clients at once on one group.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::Pushed;

/// Clients at once, each with members of its own.
const CLIENTS: usize = 16;
/// Operations of each client: 10,000 in all.
const OPERATIONS: usize = 625;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_clients_add_and_remove_members_of_one_group_and_lose_none() {
    let house = Arc::new(Pushed::start().await);
    let group = house.group("everybody", &[]).await;
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (house, group) = (Arc::clone(&house), group.clone());
        clients.spawn(async move {
            let mut ids = Vec::new();
            for number in 0..5 {
                ids.push(house.user(&format!("c{client}-{number}")).await);
            }
            let (path, mut left) = (
                format!("/Groups/{group}?excludedAttributes=members"),
                BTreeSet::new(),
            );
            for step in 0..OPERATIONS {
                let id = &ids[(step * 7 + client) % ids.len()];
                let operation = if left.remove(id) {
                    json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") })
                } else {
                    left.insert(id.clone());
                    json!({ "op": "add", "path": "members", "value": [{ "value": id }] })
                };
                house.patch(&path, &json!([operation])).await.is(200);
            }
            left
        });
    }
    let expected: BTreeSet<String> = clients.join_all().await.into_iter().flatten().collect();
    let members: BTreeSet<String> = house.members(&group).await.into_iter().collect();
    assert_eq!(members, expected);
    let mut jira = house.jira();
    jira.sync().await.unwrap();
    assert_eq!(jira.cache.memberships.len(), expected.len());
    assert_eq!(jira.cache.users.len(), CLIENTS * 5);
}
