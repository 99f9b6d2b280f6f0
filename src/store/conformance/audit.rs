//! Audit: newest first, in pages, by subject and run.

use std::sync::Arc;

use super::Backend;
use super::commits::again;
use super::support::{audit, clock, commit, put};
use crate::store::api::{AuditQuery, Store};

/// Writes `count` records in commits of different sizes; every tenth is of `rare` in `run-r`.
async fn filled(store: &dyn Store, count: i64) {
    let records: Vec<_> = (0..count)
        .map(|at| {
            if at % 10 == 3 {
                audit(at, "rare", Some("run-r"))
            } else {
                audit(at, "common", None)
            }
        })
        .collect();
    for (base, chunk) in (0..).zip(records.chunks(333)) {
        let mut next = commit(
            if base % 2 == 0 { "corp" } else { "partners" },
            base / 2,
            Vec::new(),
        );
        next.audit = chunk.to_vec();
        put(store, next).await;
    }
}

/// Reads page by page; answers the times told.
async fn all(store: &dyn Store, mut query: AuditQuery) -> Vec<i64> {
    let mut told = Vec::new();
    loop {
        let page = store.audit(query.clone()).await.expect("audit is readable");
        assert!(page.items.len() <= if query.limit == 0 { 100 } else { query.limit });
        assert!(
            page.next.is_none() || !page.items.is_empty(),
            "a page that has a next one is not empty"
        );
        told.extend(page.items.iter().map(|record| record.at));
        query.after = match page.next {
            Some(next) => Some(next),
            None => return told,
        };
    }
}

pub(super) async fn records_come_newest_first_in_pages(backend: &dyn Backend) {
    let clock = clock();
    let store = backend.open(Arc::clone(&clock)).await;
    assert!(all(&*store, AuditQuery::default()).await.is_empty());
    filled(&*store, 1_000).await;
    let store = again(backend, store, &clock).await;
    let newest_first: Vec<i64> = (0..1_000).rev().collect();
    for limit in [0, 1_000, 999, 256, 7] {
        assert_eq!(
            all(
                &*store,
                AuditQuery {
                    limit,
                    ..AuditQuery::default()
                }
            )
            .await,
            newest_first,
            "{limit}"
        );
    }
}

pub(super) async fn records_are_found_by_subject_and_run(backend: &dyn Backend) {
    let store = backend.open(clock()).await;
    filled(&*store, 1_000).await;
    let rare: Vec<i64> = (0..1_000).rev().filter(|at| at % 10 == 3).collect();
    let by_subject = AuditQuery {
        subject: Some("rare".to_owned()),
        limit: 30,
        ..AuditQuery::default()
    };
    assert_eq!(all(&*store, by_subject.clone()).await, rare);
    let by_run = AuditQuery {
        run: Some("run-r".to_owned()),
        ..AuditQuery::default()
    };
    assert_eq!(all(&*store, by_run).await, rare);
    let neither = AuditQuery {
        run: Some("run-x".to_owned()),
        ..by_subject
    };
    assert!(all(&*store, neither).await.is_empty());
}
