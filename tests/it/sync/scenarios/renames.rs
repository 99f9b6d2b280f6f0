//! Ten thousand renames in one read: swaps, cycles, chains, names that others take over; and every key stays whose it is.

use std::collections::BTreeMap;

use throng::simulator::entra::{Edit, Options, Tenant, start};
use throng::simulator::jira::{Cache, Synced};

use super::Scene;
use crate::harness::House;

const USERS: usize = 10_000;
/// How many people come and take a name that somebody gives up in the same read.
const HIRES: usize = 100;

/// A large company with few groups, since it is its users that count here.
async fn multitude() -> Scene {
    let options = Options {
        users: USERS,
        groups: 40,
        memberships: 4_000,
        ..Options::default()
    };
    Scene::of(House::over(start(options).await.unwrap(), "", |text| text).await).await
}

/// Sign-in name and address of each user, by id.
fn names(tenant: &Tenant) -> BTreeMap<String, (String, Option<String>)> {
    let users = tenant.truth().users;
    users
        .into_iter()
        .map(|(id, user)| (id.to_string(), (user.upn, user.mail)))
        .collect()
}

/// Who gets whose name: at each place the place of the user whose name it is, or a place beyond all for a new one.
fn moves(count: usize) -> Vec<usize> {
    let ring = |from: usize, length: usize, at: usize| {
        let start = from + (at - from) / length * length;
        start + (at - start + 1) % length
    };
    let mut new = count;
    let mut unheard = || {
        new += 1;
        new
    };
    (0..count)
        .map(|at| match at {
            0..4_000 => ring(0, 2, at),
            4_000..7_000 => ring(4_000, 3, at),
            // Chains of ten: each takes the name of the next, the last one a new name; nobody keeps the first one's.
            7_000..9_000 if at % 10 != 9 => at + 1,
            _ => unheard(),
        })
        .collect()
}

/// Gives everybody the name and address of the place that `moves` says, as an administrator must: in two steps, since the
/// source allows no name twice.
fn rename(tenant: &Tenant, ids: &[String], told: &[(String, Option<String>)], moves: &[usize]) {
    let edit = |edit: Edit| tenant.edit(&edit).map(drop).unwrap();
    for (at, user) in ids.iter().enumerate() {
        let (user, upn) = (user.clone(), format!("parked-{at}@corp.example"));
        edit(Edit::RenameUser { user, upn });
    }
    for (user, to) in ids.iter().zip(moves) {
        let new = || {
            (
                format!("new-{to}@corp.example"),
                Some(format!("new-{to}@mail.example")),
            )
        };
        let (upn, mail) = told.get(*to).cloned().unwrap_or_else(new);
        edit(Edit::RenameUser {
            user: user.clone(),
            upn,
        });
        edit(Edit::SetMail {
            user: user.clone(),
            mail,
        });
    }
}

/// Groups by key of the user, whatever the user is called.
fn groups_by_key(cache: &Cache) -> BTreeMap<&str, Vec<&str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, user) in &cache.memberships {
        groups.entry(&cache.users[user].key).or_default().push(group);
    }
    groups
}

/// Every user of the source is in Jira under its own key with its present name and address; nobody else is.
fn all_are_who_they_are(scene: &Scene) {
    let truth = names(scene.tenant());
    let seen: BTreeMap<&str, _> = scene
        .jira
        .cache
        .users
        .values()
        .map(|user| (&*user.key, user))
        .collect();
    assert_eq!(seen.len(), truth.len());
    for (id, (upn, mail)) in &truth {
        let seen = seen[&*format!("corp:{id}")];
        assert_eq!(
            (&*seen.name, &*seen.email),
            (&**upn, mail.as_deref().unwrap_or_default()),
            "{id}"
        );
    }
}

/// The present picture, read by somebody who knew nothing.
async fn fresh(scene: &Scene) -> Cache {
    let mut jira = scene.house.jira();
    jira.sync().await.unwrap();
    jira.cache
}

#[tokio::test]
async fn ten_thousand_renames_with_swaps_keep_every_key() {
    let mut scene = multitude().await;
    let before = scene.jira.cache.clone();
    let (ids, told): (Vec<_>, Vec<_>) = names(scene.tenant()).into_iter().unzip();
    let moves = moves(ids.len());
    rename(scene.tenant(), &ids, &told, &moves);
    for chain in 0..HIRES {
        let name = told[7_000 + chain * 10].0.clone();
        scene.edit(&Edit::CreateUser { name });
    }

    let run = scene.operator.sync(&crate::harness::nothing()).await;
    assert_eq!(
        run["state"], "succeeded",
        "no limit counts a rename as a loss: {run}"
    );
    assert_eq!(run["full"], false, "a read of changes is enough");
    let counts = &run["counts"]["users"];
    assert_eq!(
        (
            counts["added"].as_u64(),
            counts["updated"].as_u64(),
            counts["deactivated"].as_u64()
        ),
        (Some(HIRES as u64), Some(USERS as u64), Some(0)),
        "{counts}"
    );
    assert_eq!(
        scene.jira.sync().await.unwrap(),
        Synced::Full,
        "a rename is told by no event"
    );
    all_are_who_they_are(&scene);
    assert_eq!(
        groups_by_key(&scene.jira.cache),
        groups_by_key(&before),
        "memberships go with the key"
    );
    assert_eq!(scene.jira.cache, fresh(&scene).await);

    // From here on Jira goes by events again, and sees what a fresh reader sees.
    let user = ids[0].clone();
    scene.edit(&Edit::SetDisplayName {
        user,
        name: "Somebody Else".to_owned(),
    });
    assert_eq!(
        scene.operator.sync(&crate::harness::nothing()).await["state"],
        "succeeded"
    );
    let by = scene.jira.sync().await.unwrap();
    assert!(matches!(by, Synced::Incremental { events: 1.. }), "{by:?}");
    assert_eq!(scene.jira.cache, fresh(&scene).await);
    taken_back(&mut scene, &ids, &told, &before).await;
}

/// All of it taken back, found by a full read; the hires give up what they took.
async fn taken_back(scene: &mut Scene, ids: &[String], told: &[(String, Option<String>)], before: &Cache) {
    let hired = names(scene.tenant())
        .into_keys()
        .filter(|id| !ids.contains(id))
        .collect::<Vec<_>>();
    assert_eq!(hired.len(), HIRES);
    for user in hired {
        scene.edit(&Edit::RenameUser {
            upn: format!("hired-{user}@corp.example"),
            user,
        });
    }
    rename(scene.tenant(), ids, told, &(0..ids.len()).collect::<Vec<_>>());
    let run = scene.run_in_full("succeeded").await;
    assert_eq!(run["counts"]["users"]["deactivated"], 0);
    all_are_who_they_are(scene);
    assert_eq!(groups_by_key(&scene.jira.cache), groups_by_key(before));
}
