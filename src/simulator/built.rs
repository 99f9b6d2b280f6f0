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

/// Starts the simulator of a provider over a company for such a test: everybody is in the first group.
#[cfg(test)]
macro_rules! even_company {
    ($provider:ident) => {
        $crate::simulator::$provider::start($crate::simulator::$provider::Options {
            users: 100,
            groups: 100,
            memberships: 1000,
            shape: $crate::simulator::entra::Shape::Even,
            ..$crate::simulator::$provider::Options::default()
        })
    };
}
#[cfg(test)]
pub(super) use even_company;
