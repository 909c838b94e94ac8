//! The list of promises, and what they are tried on.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Recorder, appending, checkpointing};
use crate::journal::Journal;

/// One place where a journal can be opened again and again.
#[async_trait]
pub trait Place: Send + Sync {
    /// Opens the journal that is there and replays it. The one that was opened before is closed.
    async fn open(&self) -> Opened;

    /// Whether a later owner finds what an earlier one wrote.
    fn memory(&self) -> Memory;
}

/// Whether a journal remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It is a real journal.
    Everything,
    /// It is there for benchmarks.
    Nothing,
}

/// A journal, with what it had to tell when it was opened.
#[derive(Debug)]
pub struct Opened {
    /// Ready for entries.
    pub journal: Arc<dyn Journal>,
    /// What was replayed.
    pub replayed: Recorder,
}

/// Checks every promise, each in a place of its own.
///
/// # Panics
/// When a promise does not hold.
pub async fn check_all<P: Place>(new_place: impl Fn() -> P) {
    appending::numbers_are_given_without_gaps(&new_place()).await;
    appending::a_wait_ends_when_the_entry_is_durable(&new_place()).await;
    appending::what_was_waited_for_is_replayed_in_order(&new_place()).await;
    appending::an_entry_that_nobody_waits_for_becomes_durable(&new_place()).await;
    appending::entries_of_any_length_up_to_the_limit_are_kept(&new_place()).await;
    appending::an_entry_that_is_too_long_is_refused_and_leaves_no_gap(&new_place()).await;
    appending::many_appenders_are_served_each_in_its_order(&new_place()).await;
    appending::a_wait_that_is_given_up_disturbs_nobody(&new_place()).await;
    appending::a_closed_journal_refuses(&new_place()).await;
    appending::every_owner_has_a_higher_epoch(&new_place()).await;
    checkpointing::a_checkpoint_stands_for_the_entries_below_it(&new_place()).await;
    checkpointing::the_newest_checkpoint_is_loaded(&new_place()).await;
    checkpointing::entries_are_appended_while_a_checkpoint_is_written(&new_place()).await;
    checkpointing::a_checkpoint_that_is_given_up_changes_nothing(&new_place()).await;
    checkpointing::a_checkpoint_of_nothing_is_a_checkpoint(&new_place()).await;
}
