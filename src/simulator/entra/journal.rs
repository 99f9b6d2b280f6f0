//! The journal: what changed, in order, without copies of it.

use super::world::Node;

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// An object came, changed, went, or returned.
    Object(Node),
    /// A direct membership came or went.
    Edge {
        /// The containing group's slot.
        group: u32,
        /// The member.
        member: Node,
    },
}

/// All changes since the tenant was generated. A place in it is what a delta token remembers.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Touch>,
}

impl Journal {
    /// Adds an entry; answers the journal's length with it.
    pub(crate) fn push(&mut self, touch: Touch) -> u64 {
        self.entries.push(touch);
        self.len()
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.entries.len()).unwrap_or(u64::MAX)
    }

    /// The entries after the first `from` up to the first `upto`, each with the journal's length at it.
    pub(crate) fn between(&self, from: u64, upto: u64) -> impl Iterator<Item = (u64, Touch)> + '_ {
        let start = usize::try_from(from)
            .unwrap_or(usize::MAX)
            .min(self.entries.len());
        let end = usize::try_from(upto)
            .unwrap_or(usize::MAX)
            .clamp(start, self.entries.len());
        let entries = self.entries.get(start..end).unwrap_or_default();
        (from + 1..).zip(entries.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_the_journal_is_numbered_by_its_length() {
        let mut journal = Journal::default();
        for slot in 0..5 {
            journal.push(Touch::Object(Node::User(slot)));
        }
        let span: Vec<_> = journal.between(2, 4).collect();
        assert_eq!(
            span,
            [
                (3, Touch::Object(Node::User(2))),
                (4, Touch::Object(Node::User(3)))
            ]
        );
        assert_eq!(journal.between(9, 4).count(), 0);
    }
}
