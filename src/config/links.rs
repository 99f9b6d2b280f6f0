//! What only the whole configuration shows of linked directories: parts that are missing, or are seen twice.

use super::check::{Lines, Places};
use super::problem::Problem;
use super::sections::{DirectoryConfig, SourceConfig};
use crate::http::crowd::ApplicationConfig;
use crate::sync::config::LinkedConfig;

/// Checks that the parts exist and are none of them linked, that attributes are mapped, that no application sees a part beside the whole.
pub(super) fn check(
    directories: &[(DirectoryConfig, Places)],
    applications: &[(ApplicationConfig, Lines)],
    problems: &mut Vec<Problem>,
) {
    for (directory, places) in directories {
        let SourceConfig::Linked(linked) = &directory.source else {
            continue;
        };
        parts(directory, linked, directories, places.id, problems);
        for (application, lines) in applications {
            let sees = |id: &String| application.directories.contains(id);
            if let Some(part) = linked
                .directories
                .iter()
                .find(|id| sees(id) && sees(&directory.id))
            {
                let what = format!(
                    "application `{}` names the directory `{part}` beside `{}`, which it is a part of",
                    application.name, directory.id
                );
                let problem = Problem::new(lines.directories, what);
                problems
                    .push(problem.hint(format!("take `{part}` out: its users are in `{}`", directory.id)));
            }
        }
    }
}

fn parts(
    directory: &DirectoryConfig,
    linked: &LinkedConfig,
    directories: &[(DirectoryConfig, Places)],
    line: usize,
    problems: &mut Vec<Problem>,
) {
    let found = |id: &String| {
        directories
            .iter()
            .map(|(other, _)| other)
            .find(|other| other.id == *id)
    };
    for id in &linked.directories {
        let what = match found(id).map(|part| &part.source) {
            None => format!(
                "directory `{}` links the directory `{id}`, which does not exist",
                directory.id
            ),
            Some(SourceConfig::Linked(_)) => format!(
                "directory `{}` links `{id}`, which is linked itself",
                directory.id
            ),
            Some(_) => continue,
        };
        let problem = Problem::new(line, what);
        problems.push(problem.hint("name directories that have a source of their own"));
    }
    for by in linked.by.iter().filter(|by| *by != "email") {
        let maps = |id: &&String| found(id).is_some_and(|part| part.mapping.attributes.contains_key(by));
        if linked.directories.iter().filter(maps).count() < 2 {
            let what = format!(
                "directory `{}` links by `{by}`, which fewer than two of its directories map",
                directory.id
            );
            let problem = Problem::new(line, what);
            problems.push(problem.hint(format!(
                "add `attributes = {{ {by} = {{ from = [\"…\"] }} }}` to their `[directory.mapping]`"
            )));
        }
    }
}
