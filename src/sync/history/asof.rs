//! A directory as it was after a past run: the present picture, led back through the plans applied since.

use std::sync::Arc;

use super::kept::History;
use super::past::Past;
use super::restore::restoration;
use crate::directory::Snapshot;
use crate::directory::rules::Draft;
use crate::model::Change;
use crate::store;
use crate::sync::ids::RunId;
use crate::sync::terms::Rules;

/// A directory as it was.
pub struct AsOf {
    /// The picture. Its number and its cursor mean nothing.
    pub snapshot: Arc<Snapshot>,
    /// How many plans were applied since.
    pub plans: usize,
    /// How many users, groups and member lists are shown as they are now, since something else has changed them.
    pub inexact: usize,
}

/// The plans between a run and the present, the newest first; `None` where not all of them are kept.
pub(in crate::sync) fn since(history: &History, snapshot: &Snapshot, run: &RunId) -> Option<Vec<Past>> {
    let mut plans = history.of(snapshot.directory());
    plans.retain(|past| past.run > *run);
    let before = match plans.last() {
        Some(oldest) => oldest.previous.clone(),
        None => history.last(snapshot.directory()),
    };
    before.is_some_and(|before| before <= *run).then_some(plans)
}

/// Leads a picture back; `None` where what a plan changed is kept no longer.
pub(in crate::sync) async fn led_back(
    history: &History,
    present: Arc<Snapshot>,
    plans: Vec<Past>,
) -> store::Result<Option<AsOf>> {
    let (mut snapshot, mut inexact) = (present, 0);
    let rules = Rules::default(); // whom no plan touches, none has touched
    for past in &plans {
        let Some(kept) = history.detail(&past.id).await? else {
            return Ok(None);
        };
        let back = restoration(&snapshot, &kept.changes, &rules);
        let changes: Vec<Change> = back.plan.steps.into_iter().map(|step| step.change).collect();
        let mut draft = Draft::new(&snapshot, 0);
        let refused = draft.apply_served(&changes, &back.served);
        inexact += back.plan.refused.len() + refused.len();
        snapshot = Arc::new(draft.snapshot().clone());
        tokio::task::yield_now().await;
    }
    Ok(Some(AsOf {
        snapshot,
        plans: plans.len(),
        inexact,
    }))
}
