//! The main path: from the simulator through connector, planner, directory to an application's view.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use throng::clock::StoppedClock;
use throng::directory::limits::Limits;
use throng::directory::{Applications, Directory};
use throng::model::Application;
use throng::model::plan::Counts;
use throng::simulator::entra::{Edit, Running};
use throng::store::memory::MemoryStore;
use throng::sync::{Ask, Engine, Mapping, Run, RunState, Synced};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connector::{connector, simulator};

struct House {
    running: Running,
    engine: Arc<Engine>,
    applications: Applications,
}

async fn house() -> House {
    let running = simulator().await;
    let source = connector(&running, "simulated-secret");
    let store: Arc<dyn throng::store::Store> = MemoryStore::new();
    let epoch = store.epoch();
    let clock: Arc<dyn throng::clock::Clock> = StoppedClock::at(1_000);
    let tasks = TaskTracker::new();
    let directory = Directory::open("corp".into(), Arc::clone(&store), Arc::clone(&clock), &tasks)
        .await
        .unwrap();
    let synced = Synced {
        directory: Arc::clone(&directory),
        source: Arc::new(source),
        mapping: Mapping::entra(),
        rules: Arc::default(),
        limits: Limits::default(),
        full_every: None,
    };
    let engine = Engine::open(store, clock, tasks, CancellationToken::new(), vec![synced])
        .await
        .unwrap();
    let application = Application {
        name: "jira".into(),
        directories: vec!["corp".into()],
        nested_groups: true,
        flatten_groups: false,
        lower_case: false,
        access: BTreeSet::new(),
    };
    let applications = Applications::new(epoch, vec![application], &[Arc::clone(&directory)]);
    House {
        running,
        engine,
        applications,
    }
}

async fn sync(house: &House) -> Run {
    let id = house.engine.request(&"corp".into(), Ask::default()).unwrap();
    let run = house.engine.finished(&id).await.unwrap();
    assert_eq!(run.state, RunState::Succeeded, "{:?}", run.error);
    run
}

fn assert_truth(house: &House) {
    let view = house.applications.view("jira").unwrap();
    let truth = house.running.tenant().truth();
    let mut users = BTreeMap::new();
    let mut edges = BTreeSet::new();
    for at in view.users().iter() {
        let user = view.user_at(*at).unwrap();
        if !user.row().vanished {
            users.insert(user.key(), (user.name().into_owned(), user.active()));
            let id = user.row().external_id.to_string();
            edges.extend(
                view.groups_of(&user, false)
                    .iter()
                    .map(|group| (group.row().external_id.to_string(), id.clone())),
            );
        }
    }
    let expected: BTreeMap<_, _> = truth
        .users
        .iter()
        .map(|(id, user)| (format!("corp:{id}"), (user.upn.clone(), user.enabled)))
        .collect();
    assert_eq!(users, expected);
    assert_eq!(view.groups().len(), truth.groups.len());
    let expected = truth
        .members
        .iter()
        .map(|(group, user)| (group.to_string(), user.to_string()))
        .collect();
    assert_eq!(edges, expected);
}

#[tokio::test]
async fn a_company_appears_then_changes_then_stays() {
    let house = house().await;
    let view = house.applications.view("jira").unwrap();
    assert!(view.ready().is_err());
    assert_eq!(sync(&house).await.counts.users.added, 300);
    assert!(house.applications.view("jira").unwrap().ready().is_ok());
    assert_truth(&house);
    assert_eq!(sync(&house).await.counts, Counts::default());

    let truth = house.running.tenant().truth();
    let (group, member) = truth
        .members
        .first()
        .map(|(group, user)| (group.to_string(), user.to_string()))
        .unwrap();
    let mut enabled = truth
        .users
        .iter()
        .filter(|(id, user)| user.enabled && ***id != *member);
    let (first, second) = (
        enabled.next().unwrap().0.to_string(),
        enabled.next().unwrap().0.to_string(),
    );
    let edits = [
        Edit::CreateUser {
            name: "new.person".to_owned(),
        },
        Edit::DisableUser { user: first },
        Edit::RenameUser {
            user: second,
            upn: "renamed@corp.example".to_owned(),
        },
        Edit::Leave {
            group: group.clone(),
            member,
        },
        Edit::DeleteGroup {
            group: truth
                .groups
                .keys()
                .find(|id| ***id != *group)
                .unwrap()
                .to_string(),
        },
        Edit::RenameGroup {
            group,
            name: "Renamed".to_owned(),
        },
    ];
    for edit in &edits {
        house.running.tenant().edit(edit).unwrap();
    }
    let counts = sync(&house).await.counts;
    assert_eq!(
        (counts.users.added, counts.users.updated, counts.users.deactivated),
        (1, 1, 1)
    );
    assert_eq!((counts.groups.updated, counts.groups.removed), (1, 1));
    assert_truth(&house);
    assert_eq!(sync(&house).await.counts, Counts::default());
}

#[tokio::test]
async fn a_deleted_user_stays_inactive_with_its_groups() {
    let house = house().await;
    sync(&house).await;
    let (_, member) = house.running.tenant().truth().members.first().cloned().unwrap();
    let name = house.running.tenant().truth().users[&member].upn.clone();
    let view = house.applications.view("jira").unwrap();
    let groups = view.groups_of(&view.user(&name).unwrap(), false).len();
    house
        .running
        .tenant()
        .edit(&Edit::DeleteUser {
            user: member.to_string(),
        })
        .unwrap();
    sync(&house).await;
    let view = house.applications.view("jira").unwrap();
    let user = view.user(&name).unwrap();
    assert!(!user.active());
    assert_eq!(view.groups_of(&user, false).len(), groups);
    assert_truth_without_members(&house);
}

fn assert_truth_without_members(house: &House) {
    let view = house.applications.view("jira").unwrap();
    let living = view
        .users()
        .iter()
        .filter(|at| !view.user_at(**at).unwrap().row().vanished)
        .count();
    assert_eq!(living, house.running.tenant().truth().users.len());
}
