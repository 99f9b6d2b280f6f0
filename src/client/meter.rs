//! How much one piece of work asks of its peers, whoever of its parts asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::{Busy, Work};

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// What was asked so far within a [`Meter::scope`].
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    parts: AtomicU64,
    pages: AtomicU64,
    /// Whoever is to know when a request is under way.
    busy: Option<Arc<Busy>>,
}

impl Meter {
    /// Counts what is asked within this work. A task that it spawns counts elsewhere, unless it is given [`Meter::current`].
    pub async fn scope<F: Future>(self: &Arc<Self>, work: F) -> F::Output {
        METER.scope(Arc::clone(self), work).await
    }

    /// The meter of the work that goes on, if it has one.
    pub fn current() -> Option<Arc<Self>> {
        METER.try_with(Arc::clone).ok()
    }

    /// One that lets others know when a request is under way.
    pub fn telling(busy: Arc<Busy>) -> Arc<Self> {
        Arc::new(Self {
            busy: Some(busy),
            ..Self::default()
        })
    }

    /// A request goes out, whatever becomes of it: under way until what this answers is dropped.
    pub fn request() -> Option<Work> {
        let begin = |meter: &Arc<Self>| {
            add(&meter.requests, 1);
            meter.busy.as_ref().map(Busy::begin)
        };
        METER.try_with(begin).ok().flatten()
    }

    /// A request goes out that asks so many things at once, each of which may fail alone.
    pub fn parts(count: usize) {
        METER
            .try_with(|meter| add(&meter.parts, count as u64))
            .unwrap_or(());
    }

    /// A page of a list came, and can be used.
    pub fn page() {
        METER.try_with(|meter| add(&meter.pages, 1)).unwrap_or(());
    }

    /// Requests that went out, those that were tried again included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// What was asked within requests for several things.
    pub fn asked_within(&self) -> u64 {
        self.parts.load(Ordering::Relaxed)
    }

    /// Pages that came.
    pub fn pages(&self) -> u64 {
        self.pages.load(Ordering::Relaxed)
    }
}

fn add(to: &AtomicU64, count: u64) {
    to.fetch_add(count, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_asked_is_counted_where_it_belongs() {
        let (one, two) = (Arc::new(Meter::default()), Arc::new(Meter::default()));
        Meter::request(); // nobody's
        let within = async {
            Meter::request();
            Meter::parts(20);
            tokio::task::yield_now().await;
            two.scope(async { Meter::request() }).await;
            Meter::page();
            let mine = Meter::current().expect("within a scope");
            let others: Vec<_> = (0..3)
                .map(|_| {
                    let mine = Arc::clone(&mine);
                    async move { mine.scope(async { Meter::request() }).await }
                })
                .collect();
            futures_util::future::join_all(others).await;
        };
        one.scope(within).await;
        assert_eq!((one.requests(), one.asked_within(), one.pages()), (4, 20, 1));
        assert_eq!((two.requests(), two.pages()), (1, 0));
        assert!(Meter::current().is_none());
    }
}
