//! The pool for argon2id: so many at once, so many waiting, never on the async threads.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// At once: each takes a core and up to 64 MiB.
const AT_ONCE: usize = 2;
/// How many may wait: more than any application has connections.
const WAITING: usize = 1_000;

/// One of a process, shared by applications' and users' passwords. Cheap to clone.
#[derive(Clone)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }

    /// Does slow work when it is its turn; `None` where too many wait, or where it panicked. Once begun it is finished,
    /// whoever has stopped waiting for it, so that leaving early saves nobody a count.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        done.await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_sent_away() {
        let hashing = Hashing::new();
        let all = u32::try_from(AT_ONCE + WAITING).unwrap();
        let taken = hashing.places.try_acquire_many(all).unwrap();
        assert_eq!(hashing.run(|| 1).await, None);
        drop(taken);
        assert_eq!(hashing.run(|| 1).await, Some(1));
    }

    #[tokio::test]
    async fn no_more_than_its_turns_work_at_once_and_all_get_one() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NOW: AtomicUsize = AtomicUsize::new(0);
        static MOST: AtomicUsize = AtomicUsize::new(0);
        let hashing = Hashing::new();
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let hashing = hashing.clone();
            all.spawn(async move {
                let work = || {
                    MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    NOW.fetch_sub(1, Ordering::SeqCst);
                };
                hashing.run(work).await
            });
        }
        let done = all.join_all().await;
        assert!(done.len() == 50 && done.iter().all(Option::is_some));
        assert!(MOST.load(Ordering::SeqCst) <= AT_ONCE);
    }
}
