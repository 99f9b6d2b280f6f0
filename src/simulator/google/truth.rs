//! What a complete, correct reader would see.

use std::sync::Arc;

use super::Inside;
use crate::simulator::entra::Truth;
use crate::simulator::entra::world::Node;

/// That of the company, and everybody in the group of everybody.
pub(super) fn truth(inside: &Inside) -> Truth {
    let mut truth = inside.tenant.truth();
    let locked = inside.tenant.lock();
    let everybody = inside
        .options
        .everybody
        .filter(|slot| locked.world.live(Node::Group(*slot)))
        .and_then(|slot| locked.world.group(slot));
    if let Some(group) = everybody {
        let all = truth
            .users
            .keys()
            .map(|user| (Arc::clone(&group.id), Arc::clone(user)));
        let all: Vec<_> = all.collect();
        truth.members.extend(all);
    }
    truth
}
