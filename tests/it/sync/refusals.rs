//! Any interleaving of refusals: whoever is refused a name gets it when it is free, however it became free, and whatever else
//! happens meanwhile; a run of changes leaves nothing to do for a read of everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use throng::directory::Request;
use throng::directory::limits::{Limit, Limits};
use throng::model::change::UserWish;
use throng::model::name::fold;
use throng::model::plan::Counts;
use throng::model::record::Record;
use throng::model::{Change, Owner};
use throng::sync::config::MappingConfig;
use throng::sync::{Ask, Mapping, PlanState, Run, RunState, Scope};

use super::{House, Manner, Say, configured, gone, group, house, member, named, told};
use crate::model::chance::Chance;

const PEOPLE: usize = 6;
/// Fewer names than people, two spellings of each.
const NAMES: [&str; 8] = ["ann", "Ann", "bob", "BOB", "cy", "Cy", "dee", "DEE"];

/// What the source has.
#[derive(Clone, Default)]
struct Truth {
    /// Name and whether enabled.
    users: BTreeMap<usize, (&'static str, bool)>,
    members: BTreeSet<usize>,
}

impl Truth {
    fn everything(&self) -> Vec<Record> {
        let mut all: Vec<Record> = self
            .users
            .iter()
            .map(|(id, (name, on))| told(*id, name, *on))
            .collect();
        all.push(group(1));
        all.extend(self.members.iter().map(|id| member(1, *id)));
        all.push(Record::MembersComplete("g1".into()));
        all
    }

    /// Something happens; what a source tells of it: of who comes, all memberships.
    fn edit(&mut self, chance: &mut Chance) -> Vec<Record> {
        let id = chance.below(PEOPLE);
        match chance.below(8) {
            0 => {
                self.users.remove(&id);
                self.members.remove(&id);
                vec![gone(id)]
            }
            1 if self.users.contains_key(&id) => {
                self.members.insert(id);
                vec![member(1, id)]
            }
            _ => {
                let name = NAMES[chance.below(NAMES.len())];
                let enabled = !chance.one_in(5);
                let comes = self.users.insert(id, (name, enabled)).is_none();
                let groups = comes.then(|| Record::GroupsComplete(format!("u{id}").into()));
                [told(id, name, enabled)].into_iter().chain(groups).collect()
            }
        }
    }
}

fn user_of_nobodys_source(id: &str, name: &str) -> UserWish {
    UserWish {
        owner: Owner::Local,
        external_id: id.into(),
        name: name.into(),
        first_name: "".into(),
        last_name: "".into(),
        display_name: "".into(),
        email: "".into(),
        active: true,
        created_at: None,
    }
}

/// Something that nobody's source told.
async fn local(house: &House, change: Change) {
    let request = Request {
        changes: vec![change],
        ..Request::default()
    };
    house.directory.apply(request).await.unwrap();
}

struct Scene {
    house: House,
    truth: Truth,
    /// What was told and not taken: a source tells it again.
    untaken: Vec<Record>,
    /// The row of each user ever seen.
    rows: BTreeMap<String, u32>,
}

impl Scene {
    async fn of(lets_go: u64, suffix: bool) -> Self {
        let limit = Limit {
            max: lets_go,
            percent: 100.0,
            at_least: 100,
        };
        let mut manner = Manner::of(Limits::new(limit, limit, limit, &[]));
        if suffix {
            let config: MappingConfig = serde_json::from_value(json!({ "on_collision": "suffix" })).unwrap();
            manner.mapping = Mapping::from_config(&config, Mapping::entra());
        }
        Self {
            house: configured(manner).await,
            truth: Truth::default(),
            untaken: Vec::new(),
            rows: BTreeMap::new(),
        }
    }

    /// One run, of what happened since the last one that told all, or of everything, whole or in part.
    async fn run(&mut self, chance: &mut Chance) -> Run {
        let edits = chance.below(4);
        self.untaken
            .extend((0..edits).flat_map(|_| self.truth.edit(chance)));
        let (told, whole) = match chance.below(8) {
            0 => (Say::Everything(self.truth.everything()), true),
            1 => (Say::Part(self.truth.everything()), false),
            _ => (Say::Changes(self.untaken.clone()), true),
        };
        if whole {
            self.untaken.clear();
        }
        let run = self.house.sync(told).await;
        assert!(run.error.is_none(), "{run:?}");
        run
    }

    /// A user of nobody's source takes a name or leaves one.
    async fn local(&self, chance: &mut Chance) {
        let (name, id) = (
            NAMES[chance.below(NAMES.len())],
            format!("local{}", chance.below(2)),
        );
        let wish = if chance.one_in(2) {
            Change::RemoveUser {
                user: id.as_str().into(),
            }
        } else {
            Change::PutUser(user_of_nobodys_source(&id, name))
        };
        // Where the name is taken the rules refuse it, and nothing happens.
        local(&self.house, wish).await;
    }

    /// A person decides about the plan that waits, if one does.
    async fn decide(&self, chance: &mut Chance) {
        let plans = self.house.engine.plans();
        let Some(plan) = plans.iter().find(|plan| plan.state == PlanState::Held) else {
            return;
        };
        if chance.one_in(4) {
            self.house.engine.reject(&plan.id, None, "ops").await.unwrap();
            return;
        }
        let everything = Say::Everything(self.truth.everything());
        let told = if plan.full {
            everything
        } else {
            Say::Changes(self.untaken.clone())
        };
        self.house.script([told]);
        let run = self.house.engine.approve(&plan.id, None, "ops").unwrap();
        self.house.engine.finished(&run).await.unwrap();
    }

    /// Names are unique, rows are whose they were.
    fn invariants(&mut self) {
        let snapshot = self.house.snapshot();
        let mut names = BTreeSet::new();
        for row in snapshot.users() {
            assert!(
                names.insert(fold(&row.name)),
                "two users are named `{}`",
                row.name
            );
            let known = self.rows.entry(row.external_id.to_string()).or_insert(row.id.0);
            assert_eq!(*known, row.id.0, "a key moved");
        }
    }

    /// What a read of everything would do.
    async fn left(&self) -> Run {
        self.house.script([Say::Everything(self.truth.everything())]);
        let ask = Ask {
            dry_run: true,
            full: true,
            by: "ops".to_owned(),
        };
        let id = self.house.ask(ask);
        self.house.engine.finished(&id).await.unwrap()
    }

    /// Who of the source has its own name.
    fn served(&self) -> usize {
        let snapshot = self.house.snapshot();
        let own = |(id, (name, _)): &(&usize, &(&str, bool))| {
            let row = snapshot.user_named(&fold(name));
            row.is_some_and(|row| *row.external_id.as_str() == format!("u{id}"))
        };
        self.truth.users.iter().filter(own).count()
    }
}

#[tokio::test]
async fn in_any_interleaving_of_refusals_a_run_of_changes_leaves_a_full_read_nothing_to_do() {
    let (mut compared, mut waited, mut held, mut fulfilled) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut chance = Chance(seed);
        let lets_go = [100, 100, 0][chance.below(3)];
        let mut scene = Scene::of(lets_go, chance.one_in(2)).await;
        scene.house.sync(Say::Everything(scene.truth.everything())).await;
        for step in 0..25 {
            match chance.below(8) {
                0 | 1 => scene.local(&mut chance).await,
                2 => scene.house = scene.house.restarted().await,
                3 => scene.decide(&mut chance).await,
                _ => {}
            }
            let run = scene.run(&mut chance).await;
            scene.invariants();
            held += usize::from(run.state == RunState::Held);
            if run.state != RunState::Succeeded {
                continue;
            }
            let left = scene.left().await;
            assert_eq!(
                left.counts,
                Counts::default(),
                "seed {seed}, step {step}: {left:?}\nafter {run:?}"
            );
            let everybody = scene.served() == scene.truth.users.len();
            assert_eq!(run.names_wait, !everybody, "seed {seed}, step {step}: {run:?}");
            compared += 1;
            waited += usize::from(run.names_wait);
            let (told, counts) = (run.read.as_ref().unwrap().users, run.counts.users);
            fulfilled += usize::from(!run.full && counts.added + counts.updated > told);
        }
    }
    assert!(
        compared > 500 && waited > 200 && held > 50 && fulfilled > 20,
        "{compared} compared, {waited} with somebody waiting, {held} held, {fulfilled} times somebody got a name without being told again"
    );
}

#[tokio::test]
async fn a_name_that_no_source_freed_is_given_by_the_next_run_also_after_a_restart() {
    let mut house = house().await;
    local(&house, Change::PutUser(user_of_nobodys_source("local", "ann"))).await;
    house.sync(Say::Everything(vec![named(9, "other")])).await;
    let run = house
        .sync(Say::Changes(vec![named(1, "Ann"), group(1), member(1, 1)]))
        .await;
    assert_eq!((run.refused.len(), run.names_wait), (1, true));
    let run = house.sync(Say::Changes(Vec::new())).await;
    assert_eq!(
        (run.refused.len(), run.read.unwrap().users),
        (1, 0),
        "it waits still, and was not told"
    );
    house = house.restarted().await;
    local(&house, Change::RemoveUser { user: "local".into() }).await;
    let run = house.sync(Say::Changes(Vec::new())).await;
    assert_eq!(
        (run.state, run.full, run.counts.users.added),
        (RunState::Succeeded, false, 1)
    );
    let snapshot = house.snapshot();
    let ann = snapshot.user_named("ann").unwrap();
    assert_eq!(
        (ann.external_id.as_str(), snapshot.groups_of(ann.id).len()),
        ("u1", 1),
        "with its memberships"
    );
    assert!(!run.names_wait);
}

#[tokio::test]
async fn who_waits_belongs_to_a_directory_of_users_in_groups_as_anybody_else() {
    let config = serde_json::from_value(json!({ "users": "in-groups" })).unwrap();
    let mut manner = Manner::of(Limits::default());
    manner.rules.scope = Scope::from_config(&config);
    let house = configured(manner).await;
    local(&house, Change::PutUser(user_of_nobodys_source("local", "ann"))).await;
    let all = vec![
        named(9, "other"),
        group(1),
        member(1, 9),
        Record::MembersComplete("g1".into()),
    ];
    house.sync(Say::Everything(all)).await;
    let run = house
        .sync(Say::Changes(vec![named(1, "Ann"), member(1, 1)]))
        .await;
    assert_eq!((run.refused.len(), run.names_wait), (1, true));
    let run = house
        .sync(Say::Changes(vec![named(8, "bob"), member(1, 8)]))
        .await;
    assert_eq!(
        (run.counts.users.added, run.names_wait, run.full),
        (1, true, false)
    );
    local(&house, Change::RemoveUser { user: "local".into() }).await;
    let run = house.sync(Say::Changes(Vec::new())).await;
    assert_eq!((run.counts.users.added, run.full), (1, false));
    assert_eq!(
        house.snapshot().user_named("ann").unwrap().external_id.as_str(),
        "u1"
    );
}

#[tokio::test]
async fn of_very_many_who_wait_those_who_are_not_kept_are_found_by_a_read_of_everything() {
    const MANY: usize = 10_001;
    let house = house().await;
    let everything = |bearer: &str| {
        let crowd = (1..=MANY).map(|id| named(id, "Ann"));
        let others = [named(0, "ann"), named(90_000, bearer)];
        Say::Everything(
            others
                .into_iter()
                .chain(crowd)
                .chain([named(80_000, "Bob")])
                .collect(),
        )
    };
    let run = house.sync(everything("bob")).await;
    assert_eq!(
        (run.counts.users.added, run.refused.len(), run.names_wait),
        (2, 500, true)
    );
    house.script([Say::Changes(vec![named(90_000, "robert")]), everything("robert")]);
    let changes = house.ask(Ask::default());
    house.engine.finished(&changes).await.unwrap();
    let next = house.engine.runs(None).remove(0);
    assert_eq!((next.by.as_str(), next.full), ("a freed name", true));
    house.engine.finished(&next.id).await.unwrap();
    let snapshot = house.snapshot();
    assert_eq!(snapshot.user_named("bob").unwrap().external_id.as_str(), "u80000");
}
