//! Full syncs of clients with and without cookies, mixed at random, with a commit between every two requests.

use throng::simulator::jira::{Jira, Synced};

use super::face::Setup;
use super::race::{STEPS, Story, assert_same, begin_with, step};
use super::socket::Socket;

/// Numbers that are the same for the same seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

/// A client somewhere in its life: in a full sync at a step, or between two rounds.
struct Client {
    jira: Jira,
    at: Option<usize>,
    what: &'static str,
}

fn clients(socket: &Socket, chance: &mut Chance) -> Vec<Client> {
    let kinds = |kind| match kind {
        0 => (socket.jira(), "modern with cookies"),
        1 => (
            socket.jira().of_the_first_era().without_cookies(),
            "2.4 without cookies",
        ),
        2 => (socket.jira().of_the_first_era(), "2.4 with cookies"),
        _ => (socket.jira().without_cookies(), "modern without cookies"),
    };
    let of = |chance: &mut Chance| {
        let (jira, what) = kinds(chance.below(6));
        Client {
            jira,
            at: Some(0),
            what,
        }
    };
    (0..2 + chance.below(3)).map(|_| of(chance)).collect()
}

async fn script(seed: u64, directories: &'static [&'static str], access: &str) -> usize {
    let mut chance = Chance(seed);
    let face = begin_with(Setup {
        directories,
        application: format!("password = {{ value = \"pa:ss\" }}\n{access}"),
        ..Setup::default()
    })
    .await;
    let socket = face.serve().await;
    let (mut story, mut increments) = (Story::default(), 0);
    let mut clients = clients(&socket, &mut chance);
    for _ in 0..40 {
        face.commit_to(chance.below(directories.len()), story.next())
            .await;
        let turn = chance.below(clients.len());
        let client = &mut clients[turn];
        match client.at {
            // A round that dies begins again.
            Some(at) if at > 0 && at < STEPS && chance.below(20) == 0 => client.at = Some(0),
            Some(STEPS) => client.at = None,
            Some(at) => {
                step(&mut client.jira, at).await;
                client.at = Some(at + 1);
            }
            None => match client.jira.sync().await.unwrap() {
                Synced::Full if chance.below(2) == 0 => client.at = Some(0),
                Synced::Full => {}
                Synced::Incremental { .. } => increments += 1,
            },
        }
    }
    for client in &mut clients {
        for at in client.at.unwrap_or(STEPS)..STEPS {
            step(&mut client.jira, at).await;
            face.commit_to(chance.below(directories.len()), story.next())
                .await;
        }
    }
    for client in &mut clients {
        if matches!(client.jira.sync().await.unwrap(), Synced::Incremental { .. }) {
            increments += 1;
        }
        assert_same(&client.jira, &socket, &format!("seed {seed}, {}", client.what)).await;
    }
    increments
}

/// More of them: `THRONG_SCRIPTS=1000 cargo test --test it cookie`.
async fn scripts(directories: &'static [&'static str], access: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a test may take is its runner's decision"
    )]
    let asked = std::env::var("THRONG_SCRIPTS")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut increments = 0;
    let count = asked.unwrap_or(60);
    for seed in 0..count {
        increments += script(seed, directories, access).await;
    }
    assert!(
        increments as u64 > 2 * count,
        "{increments} increments in {count} scripts prove little"
    );
}

#[tokio::test]
async fn clients_without_cookies_lose_nothing_whoever_shares_their_application() {
    scripts(&["corp"], "").await;
}

#[tokio::test]
async fn clients_without_cookies_of_two_directories_lose_nothing() {
    scripts(&["corp", "other"], "").await;
}

#[tokio::test]
async fn clients_without_cookies_that_see_the_members_of_some_groups_lose_nothing() {
    scripts(&["corp", "other"], "access = { groups = [\"devs\", \"ops\"] }").await;
}
