//! Bulk requests of SCIM: every operation has its place in the plan, once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use throng::protocol::scim::bulk::{BulkRequest, Step};
use throng::protocol::scim::{Tolerances, json};

fuzz_target!(|body: &[u8]| {
    let Ok(body) = json::object(body) else { return };
    let Ok(request) = BulkRequest::read(body, Tolerances::default()) else { return };
    let mut planned: Vec<usize> = request
        .plan()
        .iter()
        .filter_map(|step| match step {
            Step::Do { index, .. } | Step::Unresolvable { index, .. } => Some(*index),
            Step::Link { .. } => None,
        })
        .collect();
    planned.sort_unstable();
    assert_eq!(planned, (0..request.operations.len()).collect::<Vec<_>>());
});
