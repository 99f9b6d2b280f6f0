//! Delivery: which pings are due, sending them a few at a time, what came of each.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use super::registry::Webhooks;
use super::state::{Outcome, Ping, random};
use crate::directory::writer::Directory;
use crate::store::api::Durability;

/// So many pings go out at once.
const AT_ONCE: usize = 8;
/// The longest sleep: a clock that was set is noticed after so long.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

impl Webhooks {
    /// How many pings are being sent.
    pub fn on_their_way(&self) -> usize {
        self.all().values().filter(|state| state.on_its_way).count()
    }

    /// Wakes [`Self::run`] whenever the head of a directory moves, until `stop`.
    pub async fn watch(self: Arc<Self>, directory: Arc<Directory>, stop: CancellationToken) {
        let mut heads = directory.heads();
        drop(directory); // its writer ends with the last handle
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                moved = heads.changed() => if moved.is_err() { return },
            }
            self.changed.notify_one();
        }
    }

    /// Sends what is due by `post`, until `stop`.
    pub async fn run<F>(self: Arc<Self>, post: impl Fn(Ping) -> F, stop: CancellationToken)
    where
        F: Future<Output = Result<(), String>>,
    {
        let mut running = FuturesUnordered::new();
        loop {
            for ping in self.due(AT_ONCE - running.len()) {
                let sent = post(ping.clone());
                running.push(async move { (ping, sent.await) });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some((ping, sent)) = running.next() => self.done(&ping, sent).await,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(self.sleep()) => {}
            }
        }
    }

    /// The pings to send now; they count as on their way.
    fn due(&self, most: usize) -> Vec<Ping> {
        let now = self.clock.now();
        let mut all = self.all();
        let mut due = Vec::new();
        for state in all
            .values_mut()
            .filter(|state| !state.on_its_way && state.next_at <= now)
        {
            let heads = self.heads(&state.webhook.application);
            if due.len() == most || heads.is_empty() || heads == state.webhook.told {
                continue;
            }
            state.on_its_way = true;
            due.push(Ping {
                id: state.webhook.id,
                heads,
                endpoint: state.webhook.endpoint.clone(),
                token: state.webhook.token.clone(),
            });
        }
        due
    }

    async fn done(&self, ping: &Ping, sent: Result<(), String>) {
        let now = self.clock.now();
        let outcome = {
            let mut all = self.all();
            let Some(state) = all.get_mut(&ping.id) else {
                return;
            };
            let outcome = state.settle(ping, sent, now, random());
            if outcome == Outcome::GiveUp {
                all.remove(&ping.id);
            }
            outcome
        };
        let written = match outcome {
            Outcome::Nothing => Ok(()),
            Outcome::Write(webhook) => self.write(&webhook, Durability::Soon).await,
            Outcome::GiveUp => self.delete(ping.id).await,
        };
        if let Err(error) = written {
            tracing::warn!(webhook = ping.id, code = error.code(), %error, "a webhook's state was not written down");
        }
    }

    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let all = self.all();
        let waiting = all
            .values()
            .filter(|state| !state.on_its_way && state.next_at > now);
        let first = waiting.map(|state| state.next_at - now).min();
        first.map_or(LONGEST_SLEEP, |wait| {
            Duration::from_millis(wait.unsigned_abs()).min(LONGEST_SLEEP)
        })
    }
}
