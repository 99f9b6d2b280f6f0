//! One meaning in three forms: an arbitrary query finds the same entities as XML, as JSON, in the query language where
//! that can say it, and in an evaluation of its own that shares no code with the server's.

mod people;
mod render;
mod tree;

use std::cell::Cell;

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use super::face::{Face, Setup, XML};
use super::search::names;
use people::People;
use tree::{Query, queries};

const JSON: (&str, &str) = ("content-type", "application/json");

async fn found(
    face: &Face,
    kind: &str,
    query: &Query,
    other_spelling: bool,
) -> Vec<(&'static str, Vec<String>)> {
    let path = format!("/search?entity-type={kind}&max-results=-1");
    let mut all = Vec::new();
    let mut note = |form, said: super::said::Said| {
        assert_eq!(said.status, 200, "{form} of {query:?}: {}", said.body);
        all.push((form, names(&said.body).into_iter().map(str::to_owned).collect()));
    };
    note(
        "XML",
        face.ask("POST", &path, &[XML], render::xml(query, other_spelling))
            .await,
    );
    note(
        "JSON",
        face.ask(
            "POST",
            &path,
            &[JSON],
            render::json(query, other_spelling).to_string(),
        )
        .await,
    );
    if let Some(text) = render::query_language(query, kind) {
        let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        note("CQL", face.get(&format!("{path}&restriction={text}")).await);
    }
    all
}

fn same_in_all_forms(kind: &'static str) {
    let runtime = Runtime::new().unwrap();
    let people = People::new();
    let face = runtime.block_on(async {
        let face = Face::with(Setup::default()).await;
        face.commit(people.changes()).await;
        face
    });
    let (in_three_forms, some) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(Config {
        cases: 400,
        failure_persistence: None,
        ..Config::default()
    });
    let arbitrary = (queries(kind), proptest::bool::ANY);
    let outcome = runner.run(&arbitrary, |(query, other_spelling)| {
        let expected = people.accepted(kind, &query);
        let found = runtime.block_on(found(&face, kind, &query, other_spelling));
        for (form, found) in &found {
            if *found != expected {
                return Err(TestCaseError::fail(format!(
                    "{form} found {found:?} instead of {expected:?}"
                )));
            }
        }
        in_three_forms.set(in_three_forms.get() + usize::from(found.len() == 3));
        let is_part = !expected.is_empty() && expected.len() < people.count(kind);
        some.set(some.get() + usize::from(is_part));
        Ok(())
    });
    outcome.unwrap();
    // A property that only ever saw empty lists, or all, would prove nothing.
    let (in_three_forms, some) = (in_three_forms.get(), some.get());
    assert!(
        in_three_forms > 40 && some > 40,
        "{in_three_forms} in three forms, {some} found a part"
    );
}

#[test]
fn a_query_of_users_finds_the_same_in_every_form() {
    same_in_all_forms("user");
}

#[test]
fn a_query_of_groups_finds_the_same_in_every_form() {
    same_in_all_forms("group");
}
