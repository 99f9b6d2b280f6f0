//! Counts the rows that answers are made of, for tests: a page costs what is on it, wherever in its list it is.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static ROWS: Cell<usize> = const { Cell::new(0) };
}

/// A row is made.
pub(super) fn row() {
    #[cfg(test)]
    ROWS.with(|rows| rows.set(rows.get() + 1));
}

/// Lets `ask` ask for pages of ten rows, of a list of a hundred at least: near its begin, in the middle, at the end.
#[cfg(test)]
pub(super) fn assert_pages_cost_alike(ask: impl Fn(usize)) {
    for from in [0, 45, 90] {
        let before = ROWS.with(Cell::get);
        ask(from);
        assert_eq!(ROWS.with(Cell::get) - before, 10, "the page from {from}");
    }
}

/// How large the company of such a test is: everybody in the first group.
#[cfg(test)]
pub(super) const SIZE: (usize, usize, usize) = (100, 100, 1000);
