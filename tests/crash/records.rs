//! Single records lost or changed inside a healthy sled: each is told, none is passed over.

use std::path::Path;
use std::sync::Arc;

use throng::clock::SystemClock;
use throng::store::Store;
use throng::store::api::AuditQuery;
use throng::store::conformance::support::Picture;
use throng::store::embedded::EmbeddedStore;

use crate::child::run;

/// Reads everything there is.
async fn read(path: &Path) -> throng::store::Result<()> {
    let store = EmbeddedStore::open(path, Arc::new(SystemClock))?;
    store.load(&"partners".into(), &mut Picture::default()).await?;
    store
        .audit(AuditQuery {
            limit: 1_000,
            ..AuditQuery::default()
        })
        .await?;
    store.close().await
}

/// The refusal after sled's own contents were changed behind the store's back.
async fn refusal(change: impl FnOnce(&sled::Db)) -> String {
    let home = tempfile::tempdir().unwrap();
    run(home.path(), "small", None);
    {
        let db = sled::Config::new().path(home.path().join("db")).open().unwrap();
        change(&db);
        db.flush().unwrap();
    }
    let told = read(home.path())
        .await
        .map(|()| "nothing was noticed")
        .unwrap_err()
        .to_string();
    assert!(told.contains("hint:") && told.contains("db/db"), "{told}");
    told
}

/// The keys of a kind, which is a key's first letter.
fn keys(db: &sled::Db, kind: &[u8]) -> Vec<sled::IVec> {
    db.scan_prefix(kind).keys().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_lost_record_of_any_kind_is_told() {
    for (kind, expected) in [
        ("r", "values of directory `partners` where there were"),
        ("e", "values of entries where there were"),
        ("a", "no audit record"),
        ("h", "head records where there were"),
        ("m", "no record of the store itself"),
    ] {
        for place in [0, 1, 2] {
            let told = refusal(|db| {
                let keys = keys(db, kind.as_bytes());
                db.remove(&keys[(keys.len() - 1) * place / 2]).unwrap();
            });
            let told = told.await;
            let head = kind == "h" && told.contains("acknowledged commit");
            assert!(told.contains(expected) || head, "`{kind}` at {place}: {told}");
        }
    }
}

#[tokio::test]
async fn a_record_under_another_ones_key_is_told() {
    for kind in ["r", "e", "a"] {
        let told = refusal(|db| {
            let keys = keys(db, kind.as_bytes());
            let value = db.get(&keys[0]).unwrap().unwrap();
            db.insert(&keys[1], value).unwrap();
        });
        let told = told.await;
        assert!(told.contains("has a wrong checksum"), "`{kind}`: {told}");
    }
}

#[tokio::test]
async fn an_old_record_in_place_of_a_new_one_is_told() {
    let old = tempfile::tempdir().unwrap();
    run(old.path(), "small", Some("Acknowledged:20"));
    let before = sled::Config::new().path(old.path().join("db")).open().unwrap();
    let told = refusal(|db| {
        let differs = |key: &sled::IVec| {
            before
                .get(key)
                .unwrap()
                .is_some_and(|old| db.get(key).unwrap() != Some(old))
        };
        let key = keys(db, b"r").into_iter().find(differs).unwrap();
        db.insert(&key, before.get(&key).unwrap().unwrap()).unwrap();
    });
    assert!(told.await.contains("rows of another state"));
}
