//! The letters in memory: those to be sent in the order of their times, those that have ended by their keys.

use std::collections::{BTreeSet, HashMap};

use super::letter::{Ended, Letter};

/// All letters that are remembered.
#[derive(Default)]
pub(super) struct Kept {
    open: HashMap<String, Letter>,
    ended: HashMap<String, Letter>,
    /// The open ones that are not on their way, by when they are to be tried.
    queue: BTreeSet<(i64, String)>,
}

impl Kept {
    /// Adds a letter, or what has become of one. `sendable`: whether there is a way to its receiver.
    pub(super) fn put(&mut self, letter: Letter, sendable: bool) {
        let key = letter.key();
        if let Some(before) = self.open.remove(&key) {
            self.queue.remove(&(before.next_at, key.clone()));
        }
        if letter.ended.is_some() {
            self.ended.insert(key, letter);
            return;
        }
        if sendable {
            self.queue.insert((letter.next_at, key.clone()));
        }
        self.open.insert(key, letter);
    }

    /// A letter, whether it has ended or not.
    pub(super) fn get(&self, key: &str) -> Option<&Letter> {
        self.open.get(key).or_else(|| self.ended.get(key))
    }

    /// The letters to send now, the longest waiting first; they count as on their way until they are put again.
    pub(super) fn due(&mut self, now: i64, most: usize) -> Vec<Letter> {
        let mut due = Vec::new();
        while due.len() < most
            && let Some((at, key)) = self.queue.pop_first()
        {
            if at > now {
                self.queue.insert((at, key));
                break;
            }
            due.extend(self.open.get(&key).cloned());
        }
        due
    }

    /// When the next is due.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// Takes an open letter back that is not on its way just now.
    pub(super) fn take_back(&mut self, key: &str, now: i64) -> Option<Letter> {
        let mut letter = self.open.get(key)?.clone();
        if !self.queue.contains(&(letter.next_at, key.to_owned())) {
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
        let queue = &mut self.queue;
        self.open.retain(|key, letter| {
            if over(letter) {
                queue.remove(&(letter.next_at, key.clone()));
            }
            !over(letter)
        });
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
        assert_eq!(ids(kept.due(25, 1)), ["first"]);
        assert_eq!(ids(kept.due(25, 9)), ["second"], "the first is on its way");
        assert!(kept.due(25, 9).is_empty());
        assert_eq!((kept.next_at(), kept.waiting()), (Some(30), 4));
        kept.put(letter("first", 40), true);
        assert_eq!(ids(kept.due(50, 9)), ["late", "first"]);
    }

    #[test]
    fn what_is_on_its_way_is_not_taken_back() {
        let mut kept = Kept::default();
        kept.put(letter("a", 0), true);
        kept.put(letter("b", 5), true);
        assert_eq!(kept.due(0, 1).len(), 1);
        assert!(kept.take_back("stale/a", 1).is_none());
        assert_eq!(
            kept.take_back("stale/b", 1).unwrap().ended,
            Some(Ended::Withdrawn)
        );
        assert!(kept.due(9, 9).is_empty());
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
