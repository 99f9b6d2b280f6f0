//! Counting the seats that are taken: a look at each member of a licence's group, away from the tasks that answer requests.

use std::sync::Arc;

use super::cleaner::Cleaner;
use super::policy::Policy;

impl Cleaner {
    /// How many seats of the policy's licence are taken, as its application sees them; `None` where the group is not there.
    pub async fn seats_used(&self, policy: &Arc<Policy>) -> Option<u64> {
        policy.seats.as_ref()?;
        let (applications, policy) = (Arc::clone(&self.parts.applications), Arc::clone(policy));
        let counting = self.parts.tasks.0.spawn_blocking(move || {
            let seats = policy.seats.as_ref()?;
            let view = applications.view(&seats.application)?;
            let group = view.group(&seats.group)?;
            let members = view.users_of(&group, view.application().nested_groups);
            Some(members.iter().filter(|user| user.active()).count() as u64)
        });
        counting.await.ok().flatten()
    }

    /// The number of a licence's seats, where none of them is free.
    pub(super) async fn limit_reached(&self, policy: &Arc<Policy>) -> Option<u64> {
        let limit = policy.seats.as_ref()?.limit;
        let used = self.seats_used(policy).await;
        used.filter(|used| *used >= limit).map(|_| limit)
    }
}
