//! The addresses of host names in address lists: looked up beside the requests, never by one.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// How often names are looked up.
const EVERY: Duration = Duration::from_mins(1);
/// How long addresses count after the last look-up that succeeded, in milliseconds.
const MAX_AGE: i64 = 10 * 60 * 1_000;
/// How long one look-up may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// How many names are looked up at a time.
const AT_ONCE: usize = 8;

/// Finds the addresses of a name.
pub type Resolve = dyn Fn(Arc<str>) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync;

/// Some names with the addresses that they had last.
pub struct Hosts {
    names: BTreeSet<Arc<str>>,
    known: ArcSwap<HashMap<Arc<str>, Known>>,
    clock: Arc<dyn Clock>,
    resolve: Box<Resolve>,
}

#[derive(Clone, Default)]
struct Known {
    addresses: Vec<IpAddr>,
    /// When they were found.
    at: i64,
    /// Whether the last look-up failed: said once, until one succeeds.
    failed: bool,
}

impl Hosts {
    /// Of the system's resolver. Nothing is known before the first [`Self::refresh`].
    pub fn new(names: BTreeSet<Arc<str>>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Self::with(names, clock, Box::new(|name| system(name).boxed()))
    }

    /// Of a resolver of one's own.
    pub fn with(names: BTreeSet<Arc<str>>, clock: Arc<dyn Clock>, resolve: Box<Resolve>) -> Arc<Self> {
        Arc::new(Self {
            names,
            known: ArcSwap::default(),
            clock,
            resolve,
        })
    }

    /// No names.
    pub fn none() -> Arc<Self> {
        Self::new(BTreeSet::new(), Arc::new(crate::clock::SystemClock))
    }

    /// Whether the name had the address when it was last looked up, not too long ago. Never waits.
    pub fn has(&self, name: &str, address: IpAddr) -> bool {
        self.known.load().get(name).is_some_and(|known| {
            known.addresses.contains(&address.to_canonical()) && self.clock.now() < known.at + MAX_AGE
        })
    }

    /// Looks all names up.
    pub async fn refresh(&self) {
        let found: Vec<_> = stream::iter(self.names.iter().map(Arc::clone))
            .map(|name| async {
                let answer = tokio::time::timeout(DEADLINE, (self.resolve)(Arc::clone(&name))).await;
                (
                    name,
                    answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
                )
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut known = HashMap::clone(&self.known.load());
        for (name, answer) in found {
            let before = known.remove(&name).unwrap_or_default();
            let after = self.learn(&name, before, answer);
            known.insert(name, after);
        }
        self.known.store(Arc::new(known));
    }

    fn learn(&self, name: &str, before: Known, answer: io::Result<Vec<IpAddr>>) -> Known {
        let reason = match answer {
            Ok(addresses) if !addresses.is_empty() => {
                if before.failed {
                    tracing::info!(host = name, "host `{name}` of an `allow_from` is found again");
                }
                return Known {
                    addresses: addresses.iter().map(IpAddr::to_canonical).collect(),
                    at: self.clock.now(),
                    failed: false,
                };
            }
            Ok(_) => "it has no address".to_owned(),
            Err(error) => error.to_string(),
        };
        if !before.failed {
            tracing::warn!(
                host = name,
                "host `{name}` of an `allow_from` cannot be found: {reason}; hint: until it is, it admits nobody, \
                 or for ten minutes whom it admitted last"
            );
        }
        Known {
            failed: true,
            ..before
        }
    }

    /// Looks all names up again and again, until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        while !self.names.is_empty() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(EVERY) => self.refresh().await,
            }
        }
    }
}

/// On a thread for blocking work, as tokio does it.
async fn system(name: Arc<str>) -> io::Result<Vec<IpAddr>> {
    let found = tokio::net::lookup_host((&*name, 0)).await?;
    Ok(found.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::clock::StoppedClock;

    type Answer = Arc<Mutex<io::Result<Vec<&'static str>>>>;

    fn hosts(answer: &Answer, clock: &Arc<StoppedClock>) -> Arc<Hosts> {
        let answer = Arc::clone(answer);
        let resolve = move |_| {
            let answer = match &*answer.lock().unwrap() {
                Ok(addresses) => Ok(addresses.iter().map(|text| text.parse().unwrap()).collect()),
                Err(error) => Err(error.kind().into()),
            };
            async { answer }.boxed()
        };
        let clock = Arc::clone(clock) as Arc<dyn Clock>;
        Hosts::with(BTreeSet::from(["jira.example".into()]), clock, Box::new(resolve))
    }

    #[tokio::test]
    async fn a_name_admits_its_addresses_while_they_are_fresh() {
        let (clock, answer) = (
            StoppedClock::at(0),
            Arc::new(Mutex::new(Ok(vec!["::ffff:192.0.2.7"]))),
        );
        let hosts = hosts(&answer, &clock);
        let has = |address: &str| hosts.has("jira.example", address.parse().unwrap());
        assert!(!has("192.0.2.7"), "nobody before the first look-up");
        hosts.refresh().await;
        assert!(has("192.0.2.7") && !has("192.0.2.8") && !hosts.has("other", "192.0.2.7".parse().unwrap()));
        *answer.lock().unwrap() = Err(io::ErrorKind::NotFound.into());
        clock.advance(MAX_AGE - 1);
        hosts.refresh().await;
        assert!(
            has("192.0.2.7"),
            "a resolver that is down locks nobody out at once"
        );
        clock.advance(1);
        assert!(!has("192.0.2.7"), "nor lets anybody in for ever");
        *answer.lock().unwrap() = Ok(vec!["192.0.2.8"]);
        hosts.refresh().await;
        assert!(has("192.0.2.8") && !has("192.0.2.7"));
    }

    #[tokio::test]
    async fn a_name_without_addresses_admits_nobody_and_is_told_once() {
        let (clock, answer) = (StoppedClock::at(0), Arc::new(Mutex::new(Ok(vec![]))));
        let hosts = hosts(&answer, &clock);
        hosts.refresh().await;
        assert!(
            hosts.known.load()["jira.example"].failed
                && !hosts.has("jira.example", "192.0.2.7".parse().unwrap())
        );
        let before = Known {
            failed: true,
            ..Known::default()
        };
        assert!(
            hosts
                .learn("jira.example", before, Err(io::ErrorKind::NotFound.into()))
                .failed
        );
    }

    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let found = system("localhost".into()).await.unwrap();
        assert!(found.iter().all(IpAddr::is_loopback) && !found.is_empty());
    }
}
