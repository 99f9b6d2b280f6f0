//! The conformance suite of Connector: what every source must hold, whatever it speaks.
//!
//! A connector enlists with one line: `conformance::run::<Subject>().await`.

mod cases;
mod reader;

use std::panic::AssertUnwindSafe;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_util::task::TaskTracker;

pub use reader::{Edge, Picture, Reader, Went};

use super::Connector;

/// How much a fresh source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Direct memberships.
    pub memberships: usize,
}

/// What goes wrong with requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// One request fails in passing.
    Passing,
    /// One request is put off by the source's limits.
    Throttled,
    /// One answer ends in its middle.
    Truncated,
    /// One answer is a page for people.
    NotJson,
    /// One request and all after it fail, until healed.
    Lasting,
    /// From one request on the permission is gone, until healed.
    Forbidden,
    /// One answer is well-formed, but not what the protocol allows.
    Nonsense,
    /// The last object of a page comes twice.
    Repeated,
    /// A page without objects comes before those with them.
    EmptyPage,
    /// A page leads to itself, again and again.
    Loop,
    /// A page leads to another host.
    ForeignLink,
}

/// A source under test with its connector.
#[async_trait]
pub trait Subject: Send + Sync + Sized + 'static {
    /// The most objects of one page.
    const PAGE: usize;
    /// Whether it can tell what changed; else every read is a full one.
    const INCREMENTS: bool = true;
    /// Whether this can happen to its protocol.
    fn knows(trouble: Trouble) -> bool {
        let _ = trouble;
        true
    }
    /// The attribute of a user that [`Self::truth`] tells.
    const ATTRIBUTE: &'static str = "userName";
    /// Whether it tells how many users and groups there are.
    const TOTALS: bool = false;
    /// Whether its requests are counted by [`Subject::requests`] one by one, what is asked within a request too.
    const METERED: bool = false;
    /// A fresh source of this size, with a connector that retries at once.
    async fn fresh(size: Size) -> Self;
    /// The connector.
    fn connector(&self) -> &dyn Connector;
    /// Where the connector's reads run.
    fn tasks(&self) -> &TaskTracker;
    /// What a complete, correct reader would see now.
    fn truth(&self) -> Picture;
    /// One edit of each kind that the source knows.
    fn edit(&self);
    /// How many requests came so far.
    fn requests(&self) -> u32;
    /// Makes trouble at the request that comes after `after` more.
    fn trouble(&self, trouble: Trouble, after: u32);
    /// Ends the list of users, or the page of groups after so many more, as if there were no rows any more. For who has totals.
    fn shorten(&self, groups_after: Option<u32>) {
        let _ = groups_after;
    }
    /// Ends all trouble. Answers whether any had begun.
    fn heal(&self) -> bool;
}

type Case = fn() -> BoxFuture<'static, ()>;

/// Every case by its name.
pub fn cases<S: Subject>() -> Vec<(&'static str, Case)> {
    vec![
        ("pages end where they should", || cases::pages::<S>().boxed()),
        ("an empty source is read as such", || cases::nobody::<S>().boxed()),
        ("changes are told by increments", || cases::changes::<S>().boxed()),
        ("repeated and replayed objects are no trouble", || {
            cases::repeated::<S>().boxed()
        }),
        ("a passing failure at any request is outlived", || {
            cases::passing::<S>().boxed()
        }),
        (
            "a lasting failure at any request never counts as everything",
            || cases::lasting::<S>().boxed(),
        ),
        (
            "a lasting failure at any request of an increment loses nothing",
            || cases::increments::<S>().boxed(),
        ),
        ("nonsense at any request never counts as everything", || {
            cases::nonsense::<S>().boxed()
        }),
        ("a cursor of another scope leads to a full read", || {
            cases::foreign_cursor::<S>().boxed()
        }),
        ("a read tells what it asked, and the source's totals", || {
            cases::account::<S>().boxed()
        }),
        (
            "a list that ends before the source's total is not everything",
            || cases::short::<S>().boxed(),
        ),
        ("links that lead astray are not followed for ever", || {
            cases::astray::<S>().boxed()
        }),
        ("a dropped stream leaves no task", || {
            cases::dropped::<S>().boxed()
        }),
    ]
}

/// Runs every case.
///
/// # Panics
/// Where a case fails, with its name.
pub async fn run<S: Subject>() {
    for (name, case) in cases::<S>() {
        let outcome = AssertUnwindSafe(case()).catch_unwind().await;
        assert!(outcome.is_ok(), "connector conformance: `{name}` does not hold");
    }
}
