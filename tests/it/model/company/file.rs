//! The company as files of a folder: each read is a whole one, of one moment; faults are what happens to the files meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;
use throng::clock::StoppedClock;
use throng::connector::file::{FileConfig, FileSource};
use throng::simulator::entra::{self, Fault, FaultKind, Running, Tenant, Truth};
use throng::sync::Mapping;
use tokio_util::task::TaskTracker;

use super::{Company, Habits, Opened, Passing, SIZE, ageless, elsewhere};

/// What happens to the folder while it is read.
#[derive(Default)]
struct Mishap {
    due: Option<(FaultKind, u32)>,
    /// A file to be put back at the next step.
    aside: Option<Vec<u8>>,
}

struct Inside {
    tenant: Tenant,
    folder: PathBuf,
    mishap: Mutex<Mishap>,
}

struct Files {
    inside: Arc<Inside>,
    _company: Running,
    _folder: TempDir,
}

pub(super) async fn open(seed: u64) -> Opened {
    let (users, groups, memberships) = SIZE;
    let options = entra::Options {
        users,
        groups,
        memberships,
        seed,
        ..entra::Options::default()
    };
    let (company, folder) = (entra::start(options).await.unwrap(), tempfile::tempdir().unwrap());
    let inside = Arc::new(Inside {
        tenant: company.tenant().clone(),
        folder: folder.path().to_owned(),
        mishap: Mutex::default(),
    });
    let config: FileConfig = serde_json::from_value(json!({ "path": folder.path() })).unwrap();
    let (attributes, tasks) = (Mapping::scim().attributes(), TaskTracker::new());
    let connector = FileSource::build(&config, &attributes, StoppedClock::at(1_000), tasks);
    let moved = Arc::clone(&inside);
    Opened {
        company: Box::new(Files {
            inside,
            _company: company,
            _folder: folder,
        }),
        connector: Arc::new(connector.watched(Arc::new(move || moved.step()))),
        mapping: Mapping::scim(),
    }
}

/// Puts a file in place at once.
fn put(file: &Path, bytes: &[u8]) {
    let new = file.with_extension("new");
    std::fs::write(&new, bytes).unwrap();
    std::fs::rename(new, file).unwrap();
}

fn lines(rows: impl Iterator<Item = Value>) -> Vec<u8> {
    let text = rows.fold(String::new(), |text, row| format!("{text}{row}\n"));
    if text.is_empty() {
        b"\n".to_vec()
    } else {
        text.into_bytes()
    }
}

fn users(truth: &Truth) -> Vec<u8> {
    lines(truth.users.iter().map(|(id, user)| {
        let emails: Vec<Value> = user.mail.iter().map(|mail| json!({ "value": mail })).collect();
        json!({ "id": id, "userName": user.upn, "displayName": user.display, "active": user.enabled, "emails": emails })
    }))
}

fn groups(truth: &Truth, stray: bool) -> Vec<u8> {
    let edges = truth.members.iter().chain(&truth.nested);
    let edges: Vec<_> = edges.collect();
    lines(truth.groups.iter().map(|(id, group)| {
        let of = edges.iter().filter(|(of, _)| of == id);
        let mut members: Vec<Value> = of.map(|(_, member)| json!({ "value": member })).collect();
        if stray {
            members.push(json!({ "value": "nobody" }));
        }
        json!({ "id": id, "displayName": group.display, "nickName": group.nickname, "members": members })
    }))
}

impl Inside {
    fn write(&self, stray: bool) {
        let truth = self.tenant.truth();
        put(&self.folder.join("users.jsonl"), &users(&truth));
        put(&self.folder.join("groups.jsonl"), &groups(&truth, stray));
    }

    /// Before each step of a read.
    fn step(&self) {
        let mut mishap = self.mishap.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.folder.join("users.jsonl");
        if let Some(bytes) = mishap.aside.take() {
            put(&file, &bytes);
        }
        let Some((kind, after)) = mishap.due.take() else {
            return;
        };
        if after > 0 {
            mishap.due = Some((kind, after - 1));
            return;
        }
        let whole = std::fs::read(&file).unwrap();
        let last = whole
            .split_inclusive(|byte| *byte == b'\n')
            .next_back()
            .unwrap_or_default();
        let mut broken = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            mishap.aside = Some(whole.clone());
        };
        match kind {
            FaultKind::Drop => broken(b""),
            FaultKind::Truncate => broken(&whole[..whole.len() / 2]),
            FaultKind::Html => broken(b"<html>\n"),
            FaultKind::EmptyPage => put(&file, &[b"\n \n", &whole[..]].concat()),
            FaultKind::Duplicate => put(&file, &[&whole[..], last].concat()),
            FaultKind::MissingValue => put(&file, b"{\"nonsense\":true}\n"),
            FaultKind::ForeignLink { .. } => self.write(true),
            FaultKind::Error { status: 403 } => {
                std::fs::remove_file(&file).unwrap();
                std::fs::create_dir(&file).unwrap();
            }
            FaultKind::Error { .. } => std::fs::remove_file(&file).unwrap(),
            FaultKind::Edit { edits } => {
                for edit in &edits {
                    self.tenant.edit(edit).ok();
                }
                self.write(false);
            }
            other => panic!("files know no {other:?}"),
        }
    }
}

impl Company for Files {
    fn tenant(&self) -> &Tenant {
        &self.inside.tenant
    }

    /// Nothing is said of a group's age.
    fn truth(&self) -> Truth {
        ageless(self.tenant().truth())
    }

    fn habits(&self) -> Habits {
        Habits {
            requests: &["step"],
            refusable: &["step"],
            spared: &[Passing::Throttled, Passing::Unavailable, Passing::Unauthorized],
            once: &[],
        }
    }

    /// A folder without the file, a file that nobody may read, one without people, members who are in no file.
    fn lasting(&self) -> Vec<(FaultKind, u32)> {
        vec![
            (FaultKind::Error { status: 503 }, 1),
            (FaultKind::Error { status: 403 }, 1),
            (FaultKind::MissingValue, 1),
            elsewhere(),
        ]
    }

    /// Files are read again until all are of one version.
    fn is_atomic(&self) -> bool {
        true
    }

    fn trouble(&self, fault: Fault) {
        let mut mishap = self.inside.mishap.lock().unwrap();
        mishap.due = Some((fault.kind, fault.after));
    }

    fn heal(&self) {
        *self.inside.mishap.lock().unwrap() = Mishap::default();
        std::fs::remove_dir(self.inside.folder.join("users.jsonl")).ok();
    }

    fn publish(&self) {
        self.inside.write(false);
    }
}
