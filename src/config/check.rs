//! What only the whole configuration shows: names that are missing, doubled or unusable.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use super::problem::Problem;
use super::sections::{DirectoryConfig, Missing};
use super::wording::nearest;
use crate::http::crowd::ApplicationConfig;
use crate::schedule::Schedule;

/// More would skip whole times of a schedule.
const MOST_JITTER: Duration = Duration::from_hours(1);

/// Where a directory says what may be wrong.
pub(super) struct Places {
    pub(super) id: usize,
    pub(super) schedule: usize,
}

/// Where an application says what may be wrong.
pub(super) struct Lines {
    pub(super) name: usize,
    pub(super) directories: usize,
}

/// Checks that every id is usable and its own, that schedules can be followed.
pub(super) fn directories(directories: &[(DirectoryConfig, Places)], problems: &mut Vec<Problem>) {
    let mut ids = HashSet::new();
    for (directory, places) in directories {
        let line = places.id;
        let id = directory.id.as_str();
        if !usable(id) {
            let problem = Problem::new(line, format!("`directory.id` cannot be `{id}`"));
            problems
                .push(problem.hint("use small letters, digits, `-` and `_`: it is part of every Crowd key"));
        }
        if !ids.insert(id) {
            let problem = Problem::new(line, format!("directory `{id}` is configured twice"));
            problems.push(problem.hint("give each directory its own `id`"));
        }
        schedule(directory, places.schedule, problems);
    }
}

/// Checks that the faces have addresses of their own.
pub(super) fn faces(faces: &[(&str, SocketAddr, usize)], problems: &mut Vec<Problem>) {
    for (at, (key, address, line)) in faces.iter().enumerate() {
        let mut before = faces[..at].iter();
        if let Some((first, ..)) = before.find(|(_, other, _)| other == address && address.port() != 0) {
            let what = format!("`{key}` is `{address}`, where `{first}` is already");
            problems.push(
                Problem::new(*line, what).hint("give each its own port: 8095, 8096 and 8097 are usual"),
            );
        }
    }
}

/// Checks that every name is its own; answers the directories named that have no section. While not `all_read`, a missing
/// directory may be one that has its own problem: that is told instead.
pub(super) fn applications(
    applications: &[(ApplicationConfig, Lines)],
    directories: &[(DirectoryConfig, Places)],
    all_read: bool,
    problems: &mut Vec<Problem>,
) -> Vec<Missing> {
    let mut missing = Vec::new();
    let ids: HashSet<&str> = directories
        .iter()
        .map(|(directory, _)| directory.id.as_str())
        .collect();
    let mut names = HashSet::new();
    for (application, lines) in applications {
        if !names.insert(application.name.as_str()) {
            let what = format!("application `{}` is configured twice", application.name);
            problems.push(Problem::new(lines.name, what).hint("give each application its own `name`"));
        }
        if application.name.is_empty() || application.name.contains(':') {
            let what = format!("`application.name` cannot be `{}`", application.name);
            let hint = "choose a name without `:`, where Basic authentication splits name and password";
            problems.push(Problem::new(lines.name, what).hint(hint));
        }
        if application.directories.is_empty() {
            let what = format!("application `{}` names no directory", application.name);
            problems.push(Problem::new(lines.name, what).hint("add `directories = [\"…\"]`"));
        }
        if application.flatten_groups && !application.nested_groups {
            let what = format!(
                "application `{}` has `flatten_groups` without `nested_groups`",
                application.name
            );
            let hint = "take one of the two lines out: without groups in groups there is nothing to flatten";
            problems.push(Problem::new(lines.name, what).hint(hint));
        }
        let mut seen = HashSet::new();
        if let Some(again) = application
            .directories
            .iter()
            .find(|id| !seen.insert(id.as_str()))
        {
            let what = format!(
                "application `{}` names the directory `{again}` twice",
                application.name
            );
            problems.push(Problem::new(lines.directories, what).hint("name it once: the first place counts"));
        }
        let wanted = application.directories.iter().map(String::as_str);
        for wanted in wanted.filter(|wanted| all_read && !ids.contains(wanted)) {
            missing.push(Missing {
                id: wanted.to_owned(),
                problem: dangling(wanted, &application.name, &ids, lines.directories),
            });
        }
    }
    missing
}

fn dangling(wanted: &str, application: &str, ids: &HashSet<&str>, line: usize) -> Problem {
    let what = format!("application `{application}` names the directory `{wanted}`, which does not exist");
    let problem = Problem::new(line, what);
    match nearest(wanted, ids.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!("add a `[[directory]]` with `id = \"{wanted}\"`")),
    }
}

fn schedule(directory: &DirectoryConfig, line: usize, problems: &mut Vec<Problem>) {
    let Some(sync) = &directory.sync else { return };
    if sync.jitter.0 > MOST_JITTER {
        let what = format!(
            "`directory.sync.jitter` of `{}` is more than an hour",
            directory.id
        );
        problems
            .push(Problem::new(line, what).hint("write a part of the time between two runs, such as `2m`"));
    }
    let own = sync.schedule.as_ref().map(|expression| ("schedule", expression));
    for (key, expression) in own
        .into_iter()
        .chain([("last_seen_schedule", &sync.last_seen_schedule)])
    {
        if let Err(error) = Schedule::parse(expression, &sync.time_zone) {
            let path = format!("directory.sync.{key}` of `{}", directory.id);
            problems.push(Problem::told(line, &path, &error.to_string()));
            // The same time zone would be told twice.
            return;
        }
    }
}

pub(super) fn usable(id: &str) -> bool {
    let small = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    !id.is_empty() && id.len() <= 64 && id.chars().all(small)
}
