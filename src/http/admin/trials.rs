//! Trials: directories under settings that are not saved, as whoever knows the configuration makes them.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use crate::clock::Clock;
use crate::sync::Trial;

/// Makes a trial of a directory; `one` says that one record is looked for, whoever belongs to the directory.
pub type Try = dyn Fn(&str, &Value, bool) -> Result<Trial, String> + Send + Sync;

/// The maker, with the one turn that tests of single records take.
pub(super) struct Trials {
    make: Box<Try>,
    clock: Arc<dyn Clock>,
    turn: Mutex<()>,
}

impl Trials {
    pub(super) fn new(make: Box<Try>, clock: Arc<dyn Clock>) -> Self {
        let turn = Mutex::new(());
        Self { make, clock, turn }
    }

    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// To be planned.
    pub(super) fn of_all(&self, directory: &str, settings: &Value) -> Result<Trial, String> {
        (self.make)(directory, settings, false)
    }

    /// To look for one record.
    pub(super) fn of_one(&self, directory: &str, settings: &Value) -> Result<Trial, String> {
        (self.make)(directory, settings, true)
    }

    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }
}
