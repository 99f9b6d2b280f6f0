//! The model: whatever happens at the source and on the way, applications see the truth, or the run said that it could not.
//!
//! Scripts of random edits and troubles, the same for the same seed. `THRONG_SCRIPTS` asks for more of them, `THRONG_SEED` for one.

pub(crate) mod chance;
mod company;
mod house;
mod oracle;
mod script;
mod trouble;

use futures_util::{StreamExt, stream};

use company::Source;
use script::script;

#[expect(
    clippy::disallowed_methods,
    reason = "how long the model runs is no configuration of the product"
)]
fn asked_for(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_whatever_happens() {
    scripts(Source::Entra, 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_a_scim_server_whatever_happens() {
    scripts(Source::Scim, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_okta_whatever_happens() {
    scripts(Source::Okta, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_google_whatever_happens() {
    scripts(Source::Google, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_keycloak_whatever_happens() {
    scripts(Source::Keycloak, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_active_directory_whatever_happens() {
    scripts(Source::Ldap, 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_see_the_truth_of_files_whatever_happens() {
    scripts(Source::File, 24).await;
}

async fn scripts(source: Source, usual: u64) {
    let seeds = match asked_for("THRONG_SEED") {
        Some(seed) => seed..=seed,
        None => 1..=asked_for("THRONG_SCRIPTS").unwrap_or(usual),
    };
    let many = seeds.clone().count() > 20;
    let mut scripts = stream::iter(seeds)
        .map(|seed| script(source, seed))
        .buffer_unordered(4);
    let mut seen = [0; 5];
    while let Some(outcome) = scripts.next().await {
        let tally = outcome.unwrap_or_else(|why| panic!("{why}"));
        let met = [
            tally.complete,
            tally.incomplete,
            tally.failed,
            tally.increments,
            tally.fulls,
        ];
        seen = std::array::from_fn(|at| seen[at] + met[at]);
    }
    assert!(
        !many || seen.iter().all(|count| *count >= 5),
        "the model met too little: {seen:?}"
    );
}
