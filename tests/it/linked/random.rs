//! Whatever the linked directories do: a Jira that goes by events ends with the picture of one that reads everything.

use throng::model::Change;

use super::{House, group, joins, number, user};
use crate::model::chance::Chance;

/// Something that happens to one of a few users of a directory.
fn edit(chance: &mut Chance, part: &str) -> Vec<Change> {
    let at = chance.below(5);
    let id = at.to_string();
    let whole = |active: bool, address: usize| {
        let email = if address == 0 {
            String::new()
        } else {
            format!("{address}@corp.example")
        };
        user(&id, &format!("{part}{at}"), &email, active)
    };
    match chance.below(6) {
        0 => vec![whole(chance.below(3) > 0, chance.below(4))],
        1 => vec![whole(true, 0), number(&id, &chance.below(5).to_string())],
        2 => vec![
            whole(true, 0),
            Change::VanishUser {
                user: id.as_str().into(),
            },
        ],
        3 => vec![whole(true, 1), number(&id, "")],
        _ => vec![
            whole(true, 0),
            joins(["devs", "ops"][chance.below(2)], &id, chance.below(3) > 0),
        ],
    }
}

#[tokio::test]
async fn jiras_increments_end_where_a_full_synchronisation_does() {
    let open = "[directory.limits]\nusers = { max = 100000, percent = 100, at_least = 1000 }\ngroups = { max = 1000, percent = 100, at_least = 1000 }\nmemberships = { max = 100000, percent = 100, at_least = 1000 }";
    let (mut increments, mut linked) = (0, 0);
    for seed in 0..5 {
        let mut chance = Chance(seed);
        let mut house = House::open(open).await;
        for part in ["corp", "plant"] {
            house.tell(part, vec![group("devs"), group("ops")]).await;
        }
        house.settle().await;
        for _ in 0..25 {
            for _ in 0..=chance.below(3) {
                let part = ["corp", "plant"][chance.below(2)];
                let changes = edit(&mut chance, part);
                house.tell(part, changes).await;
            }
            house.settle().await;
            assert_eq!(house.jira.cache, house.fresh().await, "seed {seed}");
            let went = house.jira.sync().await.unwrap();
            increments += usize::from(matches!(
                went,
                throng::simulator::jira::Synced::Incremental { .. }
            ));
        }
        let people = house.directory("people").snapshot();
        linked += people
            .users()
            .filter(|row| throng::sync::links::members(&people, row).len() > 1)
            .count();
    }
    assert!(
        increments > 60 && linked > 0,
        "{increments} increments, {linked} linked persons"
    );
}
