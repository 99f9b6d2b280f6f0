//! The letters in memory: those to be sent in the order of their times, those that have ended by their keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::letter::{Ended, Lane, Letter};

/// All letters that are remembered.
#[derive(Default)]
pub(super) struct Kept {
    open: HashMap<String, Letter>,
    ended: HashMap<String, Letter>,
    /// The open ones that are not on their way, by lane, and by when they are to be tried.
    queues: BTreeMap<Lane, BTreeSet<(i64, String)>>,
}

impl Kept {
    /// Adds a letter, or what has become of one. `sendable`: whether there is a way to its receiver.
    pub(super) fn put(&mut self, letter: Letter, sendable: bool) {
        let key = letter.key();
        if let Some(before) = self.open.remove(&key) {
            self.unqueue(&before);
        }
        if letter.ended.is_some() {
            self.ended.insert(key, letter);
            return;
        }
        if sendable {
            let queue = self.queues.entry(letter.lane()).or_default();
            queue.insert((letter.next_at, key.clone()));
        }
        self.open.insert(key, letter);
    }

    /// Takes a letter out of its queue; answers whether it was there.
    fn unqueue(&mut self, letter: &Letter) -> bool {
        let queue = self.queues.get_mut(&letter.lane());
        queue.is_some_and(|queue| queue.remove(&(letter.next_at, letter.key())))
    }

    /// A letter, whether it has ended or not.
    pub(super) fn get(&self, key: &str) -> Option<&Letter> {
        self.open.get(key).or_else(|| self.ended.get(key))
    }

    /// The letters to send now, of each lane the longest waiting first and no more than are free there; they count as on their way
    /// until they are put again.
    pub(super) fn due(&mut self, now: i64, free: impl Fn(&Lane) -> usize) -> Vec<Letter> {
        let mut due = Vec::new();
        for (lane, queue) in &mut self.queues {
            for _ in 0..free(lane) {
                let Some((_, key)) = queue.first().filter(|(at, _)| *at <= now).cloned() else {
                    break;
                };
                queue.pop_first();
                due.extend(self.open.get(&key).cloned());
            }
        }
        due
    }

    /// When the next is due.
    pub(super) fn next_at(&self) -> Option<i64> {
        let firsts = self.queues.values().filter_map(BTreeSet::first);
        firsts.map(|(at, _)| *at).min()
    }

    /// Takes an open letter back that is not on its way just now.
    pub(super) fn take_back(&mut self, key: &str, now: i64) -> Option<Letter> {
        let mut letter = self.open.get(key)?.clone();
        if !self.unqueue(&letter) {
            return None;
        }
        letter.end(Ended::Withdrawn, now);
        self.put(letter.clone(), false);
        Some(letter)
    }

    /// Forgets whose time is over.
    pub(super) fn forget(&mut self, now: i64) {
        let over = |letter: &Letter| letter.expires() <= now;
        self.ended.retain(|_, letter| !over(letter));
        let old: Vec<Letter> = self
            .open
            .values()
            .filter(|letter| over(letter))
            .cloned()
            .collect();
        for letter in old {
            self.unqueue(&letter);
            self.open.remove(&letter.key());
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.open.len()
    }

    /// All, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Letter> {
        self.open.values().chain(self.ended.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str, next_at: i64) -> Letter {
        let mut letter = Letter::new("stale", (id, "cleanup.run"), String::new(), 0);
        letter.next_at = next_at;
        letter
    }

    #[test]
    fn letters_go_in_the_order_of_their_times_and_each_once() {
        let mut kept = Kept::default();
        for (id, at) in [("late", 30), ("first", 10), ("second", 20)] {
            kept.put(letter(id, at), true);
        }
        kept.put(letter("nowhere", 0), false);
        let ids = |due: Vec<Letter>| due.into_iter().map(|letter| letter.id).collect::<Vec<_>>();
        assert_eq!(ids(kept.due(25, |_| 1)), ["first"]);
        assert_eq!(ids(kept.due(25, |_| 9)), ["second"], "the first is on its way");
        assert!(kept.due(25, |_| 9).is_empty());
        assert_eq!((kept.next_at(), kept.waiting()), (Some(30), 4));
        kept.put(letter("first", 40), true);
        assert_eq!(ids(kept.due(50, |_| 9)), ["late", "first"]);
    }

    #[test]
    fn a_full_lane_holds_up_no_other() {
        let mut kept = Kept::default();
        for number in 0..9 {
            let warning = Letter::new(
                "@mail",
                (&format!("w{number}"), super::super::letter::WARNING),
                String::new(),
                0,
            );
            kept.put(warning, true);
        }
        kept.put(
            Letter::new("@mail", ("run", "cleanup.run"), String::new(), 5),
            true,
        );
        kept.put(
            Letter::new("stale", ("run", "cleanup.run"), String::new(), 6),
            true,
        );
        assert_eq!(kept.due(9, |_| 2).len(), 4, "two warnings and the two others");
        let full = |lane: &Lane| usize::from(!lane.1);
        assert!(kept.due(9, full).is_empty() && kept.next_at() == Some(0));
    }

    #[test]
    fn what_is_on_its_way_is_not_taken_back() {
        let mut kept = Kept::default();
        kept.put(letter("a", 0), true);
        kept.put(letter("b", 5), true);
        assert_eq!(kept.due(0, |_| 1).len(), 1);
        assert!(kept.take_back("stale/a", 1).is_none());
        assert_eq!(
            kept.take_back("stale/b", 1).unwrap().ended,
            Some(Ended::Withdrawn)
        );
        assert!(kept.due(9, |_| 9).is_empty());
        assert!(kept.take_back("stale/b", 1).is_none(), "it has ended");
    }

    #[test]
    fn what_is_over_is_forgotten() {
        let mut kept = Kept::default();
        kept.put(letter("a", 0), true);
        let mut ended = letter("b", 0);
        ended.end(Ended::Delivered, 0);
        kept.put(ended, true);
        kept.forget(399 * 86_400_000);
        assert_eq!(kept.all().count(), 2);
        kept.forget(400 * 86_400_000);
        assert_eq!((kept.all().count(), kept.next_at()), (0, None));
    }
}
