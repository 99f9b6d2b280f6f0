//! Two who decide on one plan at the same time.

use throng::sync::{PlanState, RunState};

use super::{Say, company, house, users, whole};

fn shrunk() -> Say {
    Say::Everything([users(0..80), whole(1, 0..20), whole(2, 20..40)].concat())
}

#[tokio::test]
async fn a_plan_held_again_before_its_approval_is_being_approved_still() {
    let house = house().await;
    house.sync(company()).await;
    let held = house.sync(shrunk()).await;
    let plan = held.plan.unwrap();
    house.source.gate.forget_permits(1_000);
    house.script([shrunk(), shrunk()]);
    // A scheduled run reads; the approval waits behind it.
    let scheduled = house.ask(throng::sync::Ask::default());
    let approval = house.engine.approve(&plan, None, "ops").unwrap();
    house.source.gate.add_permits(1);
    let again = house.engine.finished(&scheduled).await.unwrap();
    assert_eq!((again.state, again.plan.as_ref()), (RunState::Held, Some(&plan)));
    // What is being applied is not rejected behind its back.
    let late = house.engine.reject(&plan, None, "other").await.unwrap_err();
    assert_eq!(late.code(), "PLAN_BEING_APPROVED");
    house.source.gate.add_permits(1);
    let applied = house.engine.finished(&approval).await.unwrap();
    assert_eq!((applied.state, house.living()), (RunState::Succeeded, 80));
    assert_eq!(house.engine.plans()[0].state, PlanState::Approved);
}
