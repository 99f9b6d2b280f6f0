//! What a connector remembers from read to read, until the process ends: nothing that a full read would not find again.

use std::sync::{Arc, Mutex, PoisonError};

/// What a read found.
pub(super) trait Found: Clone {
    /// Forgets for sure what another read, of which nobody knows whether it was committed, found otherwise.
    fn doubt(&mut self, other: &Self);
}

/// How many reads are remembered: that of the last committed cursor, and those that began there without a commit.
const READS: usize = 4;

/// The memory, oldest read first, each by the name that its cursor bears.
#[derive(Debug)]
pub(super) struct Memory<S>(Mutex<Vec<(String, Arc<S>)>>);

impl<S> Default for Memory<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Found> Memory<S> {
    /// What the read with this name found; those older than it are forgotten. Of what later reads found otherwise nothing is
    /// known for sure: they may have been committed or not.
    pub(super) fn recall(&self, name: &str) -> Option<Arc<S>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| of == name)?;
        kept.drain(..at);
        let (first, later) = kept.split_first()?;
        let mut found = Arc::clone(&first.1);
        for (_, state) in later {
            Arc::make_mut(&mut found).doubt(state);
        }
        Some(found)
    }

    /// Keeps what a read found.
    pub(super) fn keep(&self, name: String, state: S) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == READS {
            kept.clear();
        }
        kept.push((name, Arc::new(state)));
    }

    /// What the last read found.
    pub(super) fn latest(&self) -> Option<Arc<S>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last().map(|(_, state)| Arc::clone(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each read found; those that are doubted are there too.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Words(Vec<&'static str>);

    impl Found for Words {
        fn doubt(&mut self, other: &Self) {
            self.0.extend(&other.0);
        }
    }

    #[test]
    fn a_read_is_recalled_with_doubts_about_those_after_it_and_without_those_before_it() {
        let memory = Memory::default();
        for name in ["a", "b", "c"] {
            memory.keep(name.to_owned(), Words(vec![name]));
        }
        assert_eq!(*memory.recall("b").unwrap(), Words(vec!["b", "c"]));
        assert!(memory.recall("a").is_none(), "older than what was committed");
        assert_eq!(*memory.recall("c").unwrap(), Words(vec!["c"]));
    }

    #[test]
    fn a_memory_of_too_many_attempts_is_none() {
        let memory = Memory::default();
        for name in ["a", "b", "c", "d", "e"] {
            memory.keep(name.to_owned(), Words(Vec::new()));
        }
        assert!(memory.recall("a").is_none());
        assert!(memory.recall("e").is_some() && memory.latest().is_some());
    }
}
