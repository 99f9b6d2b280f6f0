//! Marked rows: one bit of truth for each row id of each directory of a view.

/// Marks on the rows of one kind, by directory and row id.
#[derive(Clone, Debug)]
pub(super) struct Flags(Vec<Vec<bool>>);

/// A row: its directory's place in the view, its id.
pub(super) type At = (usize, u32);

impl Flags {
    /// No marks on so many rows a directory.
    pub(super) fn none(rows: impl Iterator<Item = usize>) -> Self {
        Self(rows.map(|rows| vec![false; rows]).collect())
    }

    pub(super) fn has(&self, (directory, id): At) -> bool {
        self.0
            .get(directory)
            .and_then(|rows| rows.get(id as usize))
            .is_some_and(|marked| *marked)
    }

    /// Marks a row; whether it was not marked before.
    pub(super) fn mark(&mut self, (directory, id): At) -> bool {
        let row = self
            .0
            .get_mut(directory)
            .and_then(|rows| rows.get_mut(id as usize));
        row.is_some_and(|marked| !std::mem::replace(marked, true))
    }

    /// The marked rows.
    pub(super) fn all(&self) -> impl Iterator<Item = At> + '_ {
        self.0.iter().enumerate().flat_map(|(directory, rows)| {
            let marked = (0u32..).zip(rows).filter(|(_, marked)| **marked);
            marked.map(move |(id, _)| (directory, id))
        })
    }

    /// Marks the seeds with everything reachable from them; the marks themselves end cycles.
    pub(super) fn spread(&mut self, seeds: Vec<At>, next: impl Fn(At, &mut Vec<At>)) {
        let mut open: Vec<At> = seeds.into_iter().filter(|at| self.mark(*at)).collect();
        let mut found = Vec::new();
        while let Some(at) = open.pop() {
            next(at, &mut found);
            open.extend(found.drain(..).filter(|at| self.mark(*at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_spread_once_and_end_in_cycles() {
        let mut flags = Flags::none([3, 1].into_iter());
        flags.spread(vec![(0, 0), (7, 7)], |(directory, id), found| {
            found.extend([(directory, (id + 1) % 2), (1, 0), (1, 9)]);
        });
        assert_eq!(flags.all().collect::<Vec<_>>(), [(0, 0), (0, 1), (1, 0)]);
        assert!(flags.has((1, 0)) && !flags.has((0, 2)) && !flags.has((9, 9)));
        assert!(!flags.mark((0, 0)) && !flags.mark((9, 9)));
    }
}
