//! The conformance suite of Store: every promise of the seam as a case; a backend enlists with one line.
//!
//! Cases panic where a promise is broken. What only an embedded backend promises is tested beside it.

mod audit;
mod commits;
mod contents;
mod entries;
mod lifecycle;
pub mod support;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use super::Store;
use crate::clock::StoppedClock;

/// A backend as the suite sees it; each case gets its own.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Opens the store: the same one again where the backend persists and the former handle was closed.
    async fn open(&self, clock: Arc<StoppedClock>) -> Arc<dyn Store>;
    /// Whether a store outlives its handle.
    fn persists(&self) -> bool;
}

/// What a case is: a future that panics where a promise is broken.
pub type Run<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A promise and its proof.
pub struct Case {
    /// The promise, as a sentence.
    pub name: &'static str,
    /// The proof.
    pub run: fn(&dyn Backend) -> Run<'_>,
}

macro_rules! cases {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// Every case.
        pub const CASES: &[Case] = &[$(Case { name: stringify!($name), run: |backend| Box::pin($module::$name(backend)) }),*];
    };
}

cases! {
    commits::a_directory_never_committed_to_is_empty,
    commits::a_commit_outlives_the_store,
    commits::a_base_that_is_not_the_head_is_a_conflict_without_a_trace,
    commits::the_last_commit_sent_again_answers_its_number,
    commits::two_directories_know_nothing_of_each_other,
    commits::the_directories_ever_committed_to_are_listed,
    commits::a_big_commit_is_whole_and_a_small_one_on_top_of_it_stays,
    commits::any_sequence_of_commits_loads_as_the_memory_store_does,
    contents::a_user_its_reference_and_its_tombstone_share_a_slot,
    contents::an_empty_block_deletes,
    contents::details_of_any_length_come_back_until_they_are_deleted,
    contents::blocks_of_every_size_come_back,
    contents::values_of_any_length_come_back,
    contents::a_cursor_stays_until_it_is_moved,
    entries::versions_rise_and_expectations_hold,
    entries::all_writes_of_a_call_happen_or_none,
    entries::an_expired_entry_is_absent_to_readers_and_writers,
    entries::what_may_wait_is_visible_at_once_and_rides_with_the_next_commit,
    entries::an_unmet_expectation_refuses_the_whole_commit,
    entries::a_space_is_listed_by_key,
    audit::records_come_newest_first_in_pages,
    audit::records_are_found_by_subject_and_run,
    lifecycle::an_epoch_is_made_with_the_store,
    lifecycle::followers_are_told_of_the_head,
    lifecycle::a_closed_store_has_stopped,
    lifecycle::requests_at_once_are_each_answered,
}

/// Runs every case, each on a backend of its own.
pub async fn run<B: Backend>(make: impl Fn() -> B) {
    for case in CASES {
        tracing::debug!(case = case.name, "a conformance case");
        (case.run)(&make()).await;
    }
}
