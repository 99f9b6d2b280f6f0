//! `throng check --online` as a process against each simulator: what is wrong is named, with its code and its remedy.

mod common;
mod entra;
mod file;
mod google;
mod keycloak;
mod ldap;
mod okta;
mod row;
mod scim;

use futures_util::StreamExt;

use row::Row;

/// What every source that is asked over the network must be able to say.
const NEEDED: [&str; 8] = [
    "permission",
    "secret",
    "clock",
    "server expired",
    "server untrusted",
    "refused",
    "name",
    "no TLS",
];

async fn rows() -> Vec<Row> {
    let mut rows = entra::rows().await;
    rows.extend(google::rows().await);
    rows.extend(okta::rows().await);
    rows.extend(keycloak::rows().await);
    rows.extend(scim::rows().await);
    rows.extend(ldap::rows().await);
    rows.extend(file::rows());
    rows
}

#[tokio::test]
async fn whatever_is_wrong_with_a_source_is_named_with_its_code_and_remedy() {
    let rows = rows().await;
    for of in ["entra", "google", "okta", "keycloak", "scim", "ldap"] {
        for fault in NEEDED {
            let has = rows.iter().any(|row| row.of == of && row.fault == fault);
            assert!(has, "{of}: {fault} is not tried");
        }
    }
    for fault in ["secret's id", "certificate expired"] {
        assert!(rows.iter().any(|row| row.of == "entra" && row.fault == fault));
    }
    let judged = futures_util::stream::iter(&rows)
        .map(Row::judge)
        .buffer_unordered(4);
    let wrong: Vec<String> = judged.filter_map(std::future::ready).collect().await;
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn a_person_reads_code_and_remedy_and_nothing_is_wrong_where_nothing_is() {
    let rows = keycloak::rows().await;
    let row = rows.iter().find(|row| row.fault == "secret").unwrap();
    let (code, out) = row.shown().await;
    assert_eq!(code, 1, "{out}");
    assert!(
        out.contains("[SOURCE_SECRET_WRONG]\n        remedy: copy it again"),
        "{out}"
    );
    for row in [
        entra::good().await,
        google::good().await,
        okta::good().await,
        keycloak::good().await,
        scim::good().await,
        ldap::good().await,
        file::good(),
    ] {
        let (code, out) = row.shown().await;
        assert_eq!(code, 0, "{}: {out}", row.of);
        let online = row.of != "file";
        assert_eq!(out.contains(": clock: within "), online, "{}: {out}", row.of);
    }
}
