//! The syscall record: between each write and its acknowledgement sled's log is synced, and no blob is ever written.

use std::path::Path;
use std::process::Command;

use crate::child::{Told, command};

fn strace() -> bool {
    Command::new("strace")
        .arg("-V")
        .output()
        .is_ok_and(|answer| answer.status.success())
}

/// The child's system calls that sync, write to its output, or open files, in order, with the paths of descriptors.
fn record(folder: &Path, log: &Path, work: &str) -> (Told, String) {
    let calls = "trace=fsync,fdatasync,write,pwrite64,openat,rename";
    let wrapper = [
        "strace",
        "-f",
        "-y",
        "-s",
        "64",
        "-e",
        calls,
        "-o",
        log.to_str().unwrap(),
    ];
    let mut child = command(&wrapper, folder, work, None).spawn().unwrap();
    let told = Told::read(child.stdout.take().unwrap(), |_| {});
    assert!(child.wait().unwrap().success());
    (told, std::fs::read_to_string(log).unwrap())
}

/// Whether a line is a sync of this file that succeeded or its completion. A call that another thread's interrupted
/// is split in two lines; the first has the path, the acknowledgement can only come after the second.
fn syncs(line: &str, file: &str) -> bool {
    (line.contains("fdatasync(") || line.contains("fsync(")) && line.contains(&format!("{file}>"))
}

#[test]
fn between_a_write_and_its_acknowledgement_the_log_and_then_the_heads_are_synced() {
    if !strace() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().canonicalize().unwrap().join("data");
    let (told, record) = record(&folder, &home.path().join("record"), "small");
    assert_eq!((told.of("partners"), told.of("entry")), (20, 20));
    let (mut log, mut heads, mut acknowledged) = (0, 0, 0);
    for line in record.lines() {
        if syncs(line, "data/db/db") && line.contains("fdatasync(") {
            (log, heads) = (log + 1, 0);
        } else if syncs(line, "data/HEADS.0") || syncs(line, "data/HEADS.1") {
            heads += usize::from(log > 0);
        } else if line.contains("write(1") && line.contains("\"done ") {
            acknowledged += 1;
            assert!(
                log > 0,
                "acknowledgement {acknowledged} came without a sync of the log"
            );
            assert!(
                heads > 0,
                "acknowledgement {acknowledged} came without a sync of the heads after the log's"
            );
            (log, heads) = (0, 0);
        }
        assert!(
            !line.contains("data/db/blobs/"),
            "a blob: sled never syncs those: {line}"
        );
    }
    assert_eq!(acknowledged, 40);
}

#[test]
fn a_new_store_is_synced_whole_before_it_counts() {
    if !strace() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().canonicalize().unwrap().join("data");
    let (_, record) = record(&folder, &home.path().join("record"), "small");
    let marked = record
        .lines()
        .position(|line| line.contains("rename(") && line.contains("CURRENT\""))
        .unwrap();
    let before: Vec<_> = record.lines().take(marked).collect();
    for file in [
        "data/db/conf",
        "data/db/db",
        "data/db",
        "data",
        "data/HEADS.new",
        "data/CURRENT.new",
    ] {
        assert!(
            before.iter().any(|line| syncs(line, file)),
            "`{file}` was not synced before the marker"
        );
    }
}

#[test]
fn a_big_commit_syncs_its_redo_file_first_and_its_fold_writes_no_blob() {
    if !strace() {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().canonicalize().unwrap().join("data");
    let (_, record) = record(&folder, &home.path().join("record"), "steps 6000");
    let first = |wanted: &dyn Fn(&str) -> bool| record.lines().position(wanted).unwrap();
    let redo =
        first(&|line| (line.contains("fdatasync(") || line.contains("fsync(")) && line.contains(".redo>"));
    let named = first(&|line| line.contains("openat(") && line.contains(".redo"));
    assert!(named < redo);
    let heads = record
        .lines()
        .skip(redo)
        .position(|line| syncs(line, "data/HEADS.0") || syncs(line, "data/HEADS.1"));
    assert!(
        heads.is_some(),
        "nothing was noted after the redo file was synced"
    );
    let blob = record.lines().find(|line| line.contains("data/db/blobs/"));
    assert_eq!(blob, None, "a blob: sled never syncs those");
}
