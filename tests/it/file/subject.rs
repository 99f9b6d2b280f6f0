//! A folder of files as a subject of the connectors' suite: its requests are the steps of a read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Value, json};
use tempfile::TempDir;
use throng::clock::StoppedClock;
use throng::connector::Connector;
use throng::connector::conformance::{self, Picture, Size, Subject, Trouble};
use throng::connector::file::FileSource;
use throng::model::{ExternalId, MemberKind};
use tokio_util::task::TaskTracker;

use super::{attributes, config};

/// What happens to the folder while it is read.
#[derive(Default)]
struct Mishap {
    steps: u32,
    due: Option<(Trouble, u32)>,
    begun: bool,
    /// A file to be put back at the next step.
    aside: Option<Vec<u8>>,
}

struct FileSubject {
    folder: TempDir,
    source: FileSource,
    tasks: TaskTracker,
    company: Mutex<Picture>,
    mishap: Arc<Mutex<Mishap>>,
    edits: Mutex<usize>,
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

fn write(folder: &Path, company: &Picture) {
    let users = company
        .users
        .iter()
        .map(|(id, (active, name))| json!({ "id": id, "userName": name, "active": active }));
    put(&folder.join("users.jsonl"), &lines(users));
    let members = |group: &ExternalId| -> Vec<Value> {
        let edges = company.edges.iter().filter(|(of, ..)| of == group);
        edges.map(|(_, member, _)| json!({ "value": member })).collect()
    };
    let groups = company
        .groups
        .iter()
        .map(|(id, name)| json!({ "id": id, "displayName": name, "members": members(id) }));
    put(&folder.join("groups.jsonl"), &lines(groups));
}

impl Mishap {
    fn step(&mut self, users: &Path) {
        let step = self.steps;
        self.steps += 1;
        if let Some(bytes) = self.aside.take() {
            put(users, &bytes);
        }
        let Some((trouble, _)) = self.due.filter(|(_, at)| *at == step) else {
            return;
        };
        self.begun = true;
        let whole = std::fs::read(users).unwrap();
        let last = whole.split_inclusive(|byte| *byte == b'\n').next_back().unwrap();
        match trouble {
            Trouble::Passing => {
                std::fs::write(users, b"").unwrap();
                self.aside = Some(whole);
            }
            Trouble::Truncated => {
                std::fs::write(users, &whole[..whole.len() / 2]).unwrap();
                self.aside = Some(whole);
            }
            Trouble::NotJson => {
                put(users, b"<html>\n");
                self.aside = Some(whole);
            }
            Trouble::Lasting => std::fs::remove_file(users).unwrap(),
            Trouble::Forbidden => {
                // A test may run as somebody whom no permission stops.
                std::fs::remove_file(users).unwrap();
                std::fs::create_dir(users).unwrap();
            }
            Trouble::Nonsense => put(users, b"{\"nonsense\":true}\n"),
            Trouble::Repeated => put(users, &[&whole, last].concat()),
            Trouble::EmptyPage => put(users, &[&b"\n \n"[..], &whole].concat()),
            Trouble::Throttled | Trouble::Loop | Trouble::ForeignLink => panic!("files know no {trouble:?}"),
        }
    }
}

fn company(size: Size) -> Picture {
    let users: Vec<ExternalId> = (0..size.users).map(|at| format!("u{at}").into()).collect();
    let groups: Vec<ExternalId> = (0..size.groups).map(|at| format!("g{at}").into()).collect();
    let edges: BTreeSet<_> = (0..size.memberships)
        .map(|at| {
            let (group, user) = (
                &groups[at % groups.len()],
                &users[(at / groups.len()) % users.len()],
            );
            (group.clone(), user.clone(), MemberKind::User)
        })
        .collect();
    let named = |(at, id): (usize, &ExternalId)| (id.clone(), (at % 5 != 4, format!("person{at}")));
    Picture {
        users: users.iter().enumerate().map(named).collect::<BTreeMap<_, _>>(),
        groups: groups
            .iter()
            .map(|id| (id.clone(), format!("Group {id}")))
            .collect(),
        edges,
    }
}

#[async_trait]
impl Subject for FileSubject {
    /// As many as one batch of records.
    const PAGE: usize = 500;

    fn knows(trouble: Trouble) -> bool {
        !matches!(trouble, Trouble::Throttled | Trouble::Loop | Trouble::ForeignLink)
    }

    async fn fresh(size: Size) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let company = company(size);
        write(folder.path(), &company);
        let (tasks, mishap) = (TaskTracker::new(), Arc::<Mutex<Mishap>>::default());
        let users: PathBuf = folder.path().join("users.jsonl");
        let moved = Arc::clone(&mishap);
        let watch = move || moved.lock().unwrap_or_else(PoisonError::into_inner).step(&users);
        let clock = StoppedClock::at(1_000);
        let source = FileSource::build(&config(folder.path()), &attributes(), clock, tasks.clone());
        Self {
            folder,
            source: source.watched(Arc::new(watch)),
            tasks,
            company: Mutex::new(company),
            mishap,
            edits: Mutex::default(),
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.source
    }

    fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    fn truth(&self) -> Picture {
        self.company.lock().unwrap().clone()
    }

    fn edit(&self) {
        let mut edits = self.edits.lock().unwrap();
        let mut company = self.company.lock().unwrap();
        let Picture { users, groups, edges } = &mut *company;
        let (gone, _) = users.pop_first().unwrap();
        users.first_entry().unwrap().get_mut().1 = format!("renamed{edits}");
        users.last_entry().unwrap().get_mut().0 ^= true;
        let (person, team): (ExternalId, ExternalId) =
            (format!("n{edits}").into(), format!("t{edits}").into());
        users.insert(person.clone(), (true, format!("new{edits}")));
        let (old, _) = groups.pop_first().unwrap();
        edges.retain(|(group, member, _)| *member != gone && *group != old && *member != old);
        *groups.first_entry().unwrap().get_mut() = format!("Renamed {edits}");
        let parent = groups.keys().next().unwrap().clone();
        groups.insert(team.clone(), format!("Team {edits}"));
        edges.pop_first();
        edges.insert((team.clone(), person, MemberKind::User));
        edges.insert((parent, team, MemberKind::Group));
        *edits += 1;
        write(self.folder.path(), &company);
    }

    fn requests(&self) -> u32 {
        self.mishap.lock().unwrap().steps
    }

    fn trouble(&self, trouble: Trouble, after: u32) {
        let mut mishap = self.mishap.lock().unwrap();
        mishap.due = Some((trouble, mishap.steps + after));
    }

    fn heal(&self) -> bool {
        let mut mishap = self.mishap.lock().unwrap();
        let begun = mishap.begun;
        *mishap = Mishap::default();
        std::fs::remove_dir(self.folder.path().join("users.jsonl")).ok();
        write(self.folder.path(), &self.company.lock().unwrap());
        begun
    }
}

#[tokio::test]
async fn the_file_connector_conforms() {
    conformance::run::<FileSubject>().await;
}
