//! What went wrong for others, row by row, through the faces: a simulated tenant, a running throng, a Jira.

mod guard;
mod identity;
mod losses;
mod reading;
mod renames;
mod scope;
mod trials;

use serde_json::{Value, json};
use throng::simulator::entra::{Edit, Tenant};
use throng::simulator::jira::{CachedUser, Jira};

use crate::harness::{House, Operator};

const USERS: usize = 64;

/// A company that was read once, by throng and by Jira.
struct Scene {
    house: House,
    operator: Operator,
    jira: Jira,
}

async fn scene(more: &str) -> Scene {
    Scene::of(House::with(USERS, more, |text| text).await).await
}

impl Scene {
    async fn of(house: House) -> Self {
        let (operator, jira) = (house.operator(), house.jira());
        let mut scene = Self {
            house,
            operator,
            jira,
        };
        scene.run("succeeded").await;
        scene
    }

    /// The same store under another configuration.
    async fn reconfigured(self, more: &str) -> Self {
        let house = self.house.reconfigured(more).await;
        let operator = house.operator();
        let mut jira = house.jira();
        jira.cache = self.jira.cache;
        Self {
            house,
            operator,
            jira,
        }
    }

    /// A run that ends so; then Jira synchronises.
    async fn run(&mut self, state: &str) -> Value {
        self.asked(&json!({}), state).await
    }

    async fn run_in_full(&mut self, state: &str) -> Value {
        self.asked(&json!({ "full": true }), state).await
    }

    async fn asked(&mut self, ask: &Value, state: &str) -> Value {
        let run = self.operator.sync(ask).await;
        assert_eq!(run["state"], state, "{run}");
        self.jira.sync().await.unwrap();
        run
    }

    async fn approve(&mut self) -> Value {
        let plan = self.operator.plans().await.remove(0);
        let path = format!("/api/v1/plans/{}/approve", plan["id"].as_str().unwrap());
        let started = self.operator.post(&path, &json!({ "hash": plan["hash"] })).await;
        let run = self.operator.ended(&started.body).await;
        self.jira.sync().await.unwrap();
        run
    }

    fn tenant(&self) -> &Tenant {
        self.house.company.tenant()
    }

    fn edit(&self, edit: &Edit) -> String {
        self.tenant().edit(edit).unwrap()
    }

    /// The ids of enabled members of the company, guests left out.
    fn staff(&self) -> Vec<String> {
        let truth = self.tenant().truth();
        let staff = truth.users.iter().filter(|(_, user)| user.enabled && !user.guest);
        staff.map(|(id, _)| id.to_string()).collect()
    }

    fn upn(&self, user: &str) -> String {
        self.tenant().truth().users[user].upn.clone()
    }

    /// What Jira has of the user of this id.
    fn seen(&self, user: &str) -> Option<&CachedUser> {
        let key = format!("corp:{user}");
        self.jira.cache.users.values().find(|seen| seen.key == key)
    }

    /// The groups that Jira has of the user of this id.
    fn groups(&self, user: &str) -> Vec<String> {
        let name = &self.seen(user).unwrap().name;
        self.jira
            .cache
            .groups_of(name)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// How many users may log in to Jira.
    fn active(&self) -> usize {
        self.jira.cache.users.values().filter(|user| user.active).count()
    }

    /// A group with these users in it.
    fn team(&self, name: &str, members: &[String]) -> String {
        let name = name.to_owned();
        let group = self.edit(&Edit::CreateGroup { name, unified: false });
        for member in members {
            let (group, member) = (group.clone(), member.clone());
            self.edit(&Edit::Join { group, member });
        }
        group
    }
}
