//! Patience: writes that can wait for each other cost one commit a second, however many they are.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::gather::{Asked, Reply};

/// What of the writer's queue is carried out together.
const TOGETHER: usize = 256;
/// For how long a patient write waits at most.
const WAIT: Duration = Duration::from_secs(1);

/// When the last patient writes were taken.
#[derive(Debug, Default)]
pub(super) struct Patience {
    taken: Option<Instant>,
}

impl Patience {
    /// The next requests to carry out; none when all who could ask are gone.
    ///
    /// The first patient one after a quiet second goes at once. Those behind it wait for the rest of that second, or for
    /// somebody who is in a hurry, or until there are as many as fit.
    pub(super) async fn next(
        &mut self,
        requests: &mut mpsc::Receiver<(Asked, Reply)>,
    ) -> Vec<(Asked, Reply)> {
        let mut pending = Vec::with_capacity(TOGETHER);
        requests.recv_many(&mut pending, TOGETHER).await;
        let is_patient = |(asked, _): &(Asked, Reply)| matches!(asked, Asked::PatientEdit(_));
        if let Some(taken) = self.taken {
            let due = taken + WAIT;
            while pending.iter().all(is_patient) && (1..TOGETHER).contains(&pending.len()) {
                let room = TOGETHER - pending.len();
                let more = tokio::time::timeout_at(due, requests.recv_many(&mut pending, room));
                if !matches!(more.await, Ok(1..)) {
                    break;
                }
            }
        }
        if pending.iter().any(is_patient) {
            self.taken = Some(Instant::now());
        }
        pending
    }
}
