//! The cleanup's policies: read, then checked against the directories and applications that they name.

use std::collections::{HashMap, HashSet};

use super::check;
use super::document::Document;
use super::problem::Problem;
use super::read::{items, section};
use super::section::Section;
use super::sections::DirectoryConfig;
use super::wording::nearest;
use crate::cleanup::PolicyConfig;
use crate::http::crowd::ApplicationConfig;
use crate::schedule::Schedule;

/// Keys whose values may be wrong in a way that only a check shows.
const KEYS: [&str; 13] = [
    "name",
    "directories",
    "schedule",
    "seats",
    "exclude",
    "inactive_for",
    "never_seen_for",
    "gone_for",
    "fresh_within",
    "evidence",
    "max",
    "actions",
    "notify",
];

/// A policy with the lines of its keys.
pub(super) struct Placed {
    pub(super) policy: PolicyConfig,
    lines: HashMap<&'static str, usize>,
}

impl Placed {
    pub(super) fn line(&self, key: &str) -> usize {
        self.lines.get(key).copied().unwrap_or_default()
    }
}

/// Reads all `[[cleanup]]`.
pub(super) fn read<'d>(
    document: &'d Document<'_>,
    root: &mut Section<'d, '_>,
    problems: &mut Vec<Problem>,
) -> Vec<Placed> {
    let mut read = Vec::new();
    for (value, line) in items(root, "cleanup", problems) {
        let Some(table) = section(document, value, "cleanup", line, problems) else {
            continue;
        };
        let mut lines: HashMap<_, _> = KEYS.map(|key| (key, table.line_of(key))).into();
        lines.insert("notify.warning", table.line_below("notify", "warning"));
        lines.insert("notify.report", table.line_below("notify", "report"));
        if let Some(policy) = table.rest_built(|_: &PolicyConfig| None, problems) {
            read.push(Placed { policy, lines });
        }
    }
    read
}

/// Checks that names are usable and known, that schedules can be followed, that each policy makes sense by itself.
pub(super) fn check(
    policies: &[Placed],
    applications: &[(ApplicationConfig, check::Lines)],
    directories: &[(DirectoryConfig, check::Places)],
    all_read: bool,
    problems: &mut Vec<Problem>,
) {
    let ids: Vec<&str> = directories
        .iter()
        .map(|(directory, _)| directory.id.as_str())
        .collect();
    let names: Vec<&str> = applications
        .iter()
        .map(|(application, _)| application.name.as_str())
        .collect();
    let mut seen = HashSet::new();
    for placed in policies {
        let name = placed.policy.name.as_str();
        if !check::usable(name) {
            let what = format!("`cleanup.name` cannot be `{name}`");
            let problem = Problem::new(placed.line("name"), what);
            problems.push(problem.hint("use small letters, digits, `-` and `_`: it is part of addresses"));
        }
        if !seen.insert(name) {
            let what = format!("policy `{name}` is configured twice");
            let problem = Problem::new(placed.line("name"), what);
            problems.push(problem.hint("give each policy its own `name`"));
        }
        if all_read {
            problems.extend(dangling(placed, &ids));
        }
        problems.extend(seatless(placed, &names));
        problems.extend(by_itself(placed));
    }
}

/// Directories that are not there.
fn dangling(placed: &Placed, ids: &[&str]) -> Vec<Problem> {
    let policy = &placed.policy;
    let here = policy.directories.iter().map(|id| ("directories", id));
    let excluded = policy.exclude.directories.iter().map(|id| ("exclude", id));
    let missing = here.chain(excluded).filter(|(_, id)| !ids.contains(&id.as_str()));
    let told = missing.map(|(key, wanted)| {
        let what = format!(
            "policy `{}` names the directory `{wanted}`, which does not exist",
            policy.name
        );
        self::missing(placed.line(key), what, wanted, ids)
    });
    told.collect()
}

/// Seats of an application that is not there.
fn seatless(placed: &Placed, names: &[&str]) -> Option<Problem> {
    let wanted = &placed.policy.seats.as_ref()?.application;
    let name = &placed.policy.name;
    let what = format!("policy `{name}` counts the seats of application `{wanted}`, which does not exist");
    let known = names.contains(&wanted.as_str());
    (!known).then(|| missing(placed.line("seats"), what, wanted, names))
}

/// What is wrong whatever else is configured.
fn by_itself(placed: &Placed) -> Vec<Problem> {
    let (policy, name) = (&placed.policy, &placed.policy.name);
    let mut problems = Vec::new();
    let parsed = policy
        .schedule
        .as_ref()
        .map(|text| Schedule::parse(text, &policy.time_zone));
    if let Some(Err(error)) = parsed {
        let path = format!("cleanup.schedule` of `{name}");
        problems.push(Problem::told(placed.line("schedule"), &path, &error.to_string()));
    }
    if let Some((key, sentence)) = policy.flaw() {
        let path = if key == "name" {
            format!("`cleanup` `{name}`")
        } else {
            format!("`cleanup.{key}` of `{name}`")
        };
        let (flaw, hint) = sentence.split_once("; hint: ").unwrap_or((&sentence, ""));
        let problem = Problem::new(placed.line(key), format!("{path} {flaw}"));
        problems.push(if hint.is_empty() {
            problem
        } else {
            problem.hint(hint)
        });
    }
    problems
}

fn missing(line: usize, what: String, wanted: &str, known: &[&str]) -> Problem {
    let problem = Problem::new(line, what);
    match nearest(wanted, known.iter().copied()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint("name one that is configured"),
    }
}
