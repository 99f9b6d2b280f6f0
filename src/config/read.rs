//! Reading: from the file's text to a [`Config`].

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use super::check;
use super::document::Document;
use super::links;
use super::policies;
use super::problem::{ConfigError, Problem};
use super::section::Section;
use super::sections::{Config, DirectoryConfig, SourceConfig};
use super::settings::Settings;
use super::telling;
use super::wording::{nearest, not_toml};
use crate::connector::entra::EntraConfig;
use crate::connector::file::FileConfig;
use crate::connector::google::GoogleConfig;
use crate::connector::keycloak::KeycloakConfig;
use crate::connector::ldap::LdapConfig;
use crate::connector::okta::OktaConfig;
use crate::connector::scim::ScimSourceConfig;
use crate::http::admin::AdminConfig;
use crate::http::crowd::{ApplicationConfig, CrowdConfig};
use crate::http::scim::{PushConfig, ScimConfig};
use crate::store::StoreConfig;
use crate::store::config::Engine;
use crate::sync::config::{LinkedConfig, ScopeConfig, UsersScope};

/// Sections of the contract that this version has no code for.
const LATER: [&str; 1] = ["audit"];
/// Kinds of source that this version has.
const KINDS: [&str; 10] = [
    "entra",
    "google",
    "okta",
    "keycloak",
    "scim",
    "ldap",
    "file",
    "linked",
    "local",
    "scim-push",
];

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// Every problem found, with its line.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(file) {
            Ok(text) => Self::parse(&text, file),
            Err(error) => {
                let problem = Problem {
                    line: None,
                    what: format!("the configuration cannot be read: {error}"),
                    hint: Some("name it with `--config FILE`".to_owned()),
                };
                Err(ConfigError::new(file, vec![problem]))
            }
        }
    }

    /// Reads a text; `file` is for messages.
    ///
    /// # Errors
    /// Every problem found, with its line.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let document =
            Document::parse(text).map_err(|error| ConfigError::new(file, vec![not_toml(text, &error)]))?;
        let mut problems = Vec::new();
        let config = whole(&document, file, &mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::new(file, problems))
        }
    }
}

fn whole(document: &Document<'_>, file: &Path, problems: &mut Vec<Problem>) -> Config {
    let mut root = Section::new(document, document.root.get_ref().clone(), "", 0);
    let store = root
        .take_built("store", unbuilt_engine, problems)
        .unwrap_or_default();
    let crowd: CrowdConfig = root.take("crowd", problems).unwrap_or_default();
    let scim_line = root.line_of("scim");
    let scim: ScimConfig = root.take("scim", problems).unwrap_or_default();
    let admin_line = root.line_of("admin");
    let admin: AdminConfig = root.take("admin", problems).unwrap_or_default();
    let activity = root.take("activity", problems).unwrap_or_default();
    let protect = root.take("protect", problems).unwrap_or_default();
    let telling = telling::read(&mut root, problems);
    let told = items(&mut root, "directory", problems);
    let declared = told.len();
    let directories: Vec<_> = told
        .into_iter()
        .filter_map(|(value, line)| directory(document, value, line, problems))
        .collect();
    let applications: Vec<_> = items(&mut root, "application", problems)
        .into_iter()
        .filter_map(|(value, line)| application(document, value, line, problems))
        .collect();
    let policies = policies::read(document, &mut root, problems);
    telling::check(&telling, &policies, problems);
    later(&mut root, problems);
    root.finish(problems);
    check::faces(
        &[
            ("crowd.listen", crowd.listen, 0),
            ("scim.listen", scim.listen, scim_line),
            ("admin.listen", admin.listen, admin_line),
        ],
        problems,
    );
    check::directories(&directories, problems);
    let all_read = directories.len() == declared;
    let missing = check::applications(&applications, &directories, all_read, problems);
    if all_read {
        links::check(&directories, &applications, problems);
    }
    policies::check(&policies, &applications, &directories, all_read, problems);
    Config {
        file: file.to_owned(),
        store,
        crowd,
        scim,
        admin,
        activity,
        protect,
        smtp: telling.smtp,
        notify: telling.notify,
        cleanup: policies.into_iter().map(|placed| placed.policy).collect(),
        directories: directories.into_iter().map(|(directory, _)| directory).collect(),
        applications: applications
            .into_iter()
            .map(|(application, _)| application)
            .collect(),
        missing,
    }
}

/// Sections that a later version will follow.
fn later(root: &mut Section<'_, '_>, problems: &mut Vec<Problem>) {
    for section in LATER {
        if let Some((value, line)) = root.raw(section) {
            let shown = if matches!(value.get_ref(), DeValue::Array(_)) {
                format!("[[{section}]]")
            } else {
                format!("[{section}]")
            };
            let problem = Problem::new(line, format!("this version does not have `{shown}`"));
            problems.push(problem.hint("take the section out, or wait for the version that has it"));
        }
    }
}

/// The engines that this version has no code for.
fn unbuilt_engine(store: &StoreConfig) -> Option<&'static str> {
    matches!(store.engine, Engine::Redb | Engine::Postgres).then_some("engine")
}

/// The tables of `[[key]]`, each with its line.
pub(super) fn items<'a, 'd>(
    root: &mut Section<'d, 'a>,
    key: &'d str,
    problems: &mut Vec<Problem>,
) -> Vec<(Spanned<DeValue<'a>>, usize)> {
    let Some((value, line)) = root.raw(key) else {
        return Vec::new();
    };
    if let DeValue::Array(items) = value.into_inner() {
        return items.into_iter().map(|item| (item, line)).collect();
    }
    let problem = Problem::new(line, format!("`{key}` must be a list of tables"));
    problems.push(problem.hint(format!("write `[[{key}]]` with two brackets")));
    Vec::new()
}

pub(super) fn section<'d, 'a>(
    document: &'d Document<'a>,
    value: Spanned<DeValue<'a>>,
    path: &'d str,
    line: usize,
    problems: &mut Vec<Problem>,
) -> Option<Section<'d, 'a>> {
    let offset = value.span().start;
    if let DeValue::Table(table) = value.into_inner() {
        return Some(Section::new(document, table, path, offset));
    }
    let problem = Problem::new(line, format!("`{path}` must be a table"));
    problems.push(problem.hint(format!("write `[{path}]` on a line of its own")));
    None
}

fn directory(
    document: &Document<'_>,
    value: Spanned<DeValue<'_>>,
    line: usize,
    problems: &mut Vec<Problem>,
) -> Option<(DirectoryConfig, check::Places)> {
    let mut table = section(document, value, "directory", line, problems)?;
    let line = table.line();
    let id = table.need("id", problems);
    let unread = UNREAD.map(|key| (key, table.line_of(key), table.has(key)));
    let source = if let Some((value, line)) = table.raw("source") {
        source(document, value, line, problems)
    } else {
        let problem = Problem::new(line, "`directory` lacks its `[directory.source]`".to_owned());
        problems.push(problem.hint("add it with `kind = \"entra\"`"));
        None
    };
    let schedule_line = table.line_below("sync", "schedule");
    let sync = table.take("sync", problems);
    let scope_line = table.line_of("scope");
    let settings = Settings::take(&mut table, problems);
    table.finish(problems);
    let (source, local_passwords) = source?;
    if let Some(scope) = &settings.scope {
        problems.extend(unassigned(scope, &source, scope_line));
    }
    let pushed = matches!(source, SourceConfig::ScimPush(_));
    if !source.is_read() {
        let kind = if pushed { "scim-push" } else { "local" };
        // What is pushed is mapped, and its losses are limited.
        let used = |key: &str| pushed && matches!(key, "mapping" | "limits");
        let given = unread.into_iter().filter(|(key, _, given)| *given && !used(key));
        problems.extend(given.map(|(key, line, _)| nothing_to_read(key, kind, line)));
    }
    let directory = DirectoryConfig {
        id: id?,
        source,
        local_passwords,
        sync,
        scope: settings.scope.unwrap_or_default(),
        mapping: settings.mapping.unwrap_or_default(),
        missing: settings.missing.unwrap_or_default(),
        limits: settings.limits.unwrap_or_default(),
        groups: settings.groups.unwrap_or_default(),
    };
    Some((
        directory,
        check::Places {
            id: line,
            schedule: schedule_line,
        },
    ))
}

fn source(
    document: &Document<'_>,
    value: Spanned<DeValue<'_>>,
    line: usize,
    problems: &mut Vec<Problem>,
) -> Option<(SourceConfig, bool)> {
    let mut table = section(document, value, "directory.source", line, problems)?;
    let (line, kind_line) = (table.line(), table.line_of("kind"));
    let kind: String = table.need("kind", problems)?;
    let local_passwords = table.take("local_passwords", problems).unwrap_or(false);
    let source = match kind.as_str() {
        "entra" => {
            let entra: EntraConfig = table.rest_built(|_| None, problems)?;
            if let Err(sentence) = entra.one_credential() {
                problems.push(Problem::told(line, "directory.source", sentence));
            }
            Some(SourceConfig::Entra(Box::new(entra)))
        }
        "okta" => {
            let okta: OktaConfig = table.rest_built(|_| None, problems)?;
            if let Err(sentence) = okta.check() {
                problems.push(Problem::told(line, "directory.source", sentence));
            }
            Some(SourceConfig::Okta(Box::new(okta)))
        }
        "google" => google(table, line, problems),
        "file" => {
            let file = table.rest_built(|_: &FileConfig| None, problems)?;
            Some(SourceConfig::File(file))
        }
        "linked" => linked(table, line, problems),
        "local" => table.rest_built(|_| None, problems).map(SourceConfig::Local),
        "scim-push" => {
            let push = table.rest_built(|_: &PushConfig| None, problems)?;
            if let Some(flaw) = push.flaw() {
                problems.push(Problem::told(line, "directory.source", &flaw));
            }
            Some(SourceConfig::ScimPush(Box::new(push)))
        }
        "scim" => {
            let scim = table.rest_built(|_: &ScimSourceConfig| None, problems)?;
            if let Err(sentence) = scim.verify() {
                problems.push(Problem::told(line, "directory.source", sentence));
            }
            Some(SourceConfig::Scim(Box::new(scim)))
        }
        "ldap" => ldap(table, line, problems),
        "keycloak" => {
            let keycloak = table.rest_built(|_: &KeycloakConfig| None, problems)?;
            if let Err(sentence) = keycloak.verify() {
                problems.push(Problem::told(line, "directory.source", sentence));
            }
            Some(SourceConfig::Keycloak(Box::new(keycloak)))
        }
        other => {
            problems.push(unknown_kind(other, kind_line));
            None
        }
    };
    Some((source?, local_passwords))
}

fn google(table: Section<'_, '_>, line: usize, problems: &mut Vec<Problem>) -> Option<SourceConfig> {
    let google: GoogleConfig = table.rest_built(|_| None, problems)?;
    if let Err(sentence) = google.verify() {
        problems.push(Problem::told(line, "directory.source", sentence));
    }
    Some(SourceConfig::Google(Box::new(google)))
}

fn linked(table: Section<'_, '_>, line: usize, problems: &mut Vec<Problem>) -> Option<SourceConfig> {
    let mut linked: LinkedConfig = table.rest_built(|_| None, problems)?;
    if let Err(sentence) = linked.verify() {
        problems.push(Problem::told(line, "directory.source", &sentence));
    } else if let Err(flaws) = linked.read_map() {
        let told = |flaw: &String| Problem::told(line, "directory.source.map_file", flaw);
        problems.extend(flaws.iter().map(told));
    }
    Some(SourceConfig::Linked(linked))
}

fn ldap(table: Section<'_, '_>, line: usize, problems: &mut Vec<Problem>) -> Option<SourceConfig> {
    let ldap = table.rest_built(|_: &LdapConfig| None, problems)?;
    if let Err(sentence) = ldap.verify() {
        problems.push(Problem::told(line, "directory.source", &sentence));
    }
    Some(SourceConfig::Ldap(Box::new(ldap)))
}

fn unknown_kind(kind: &str, line: usize) -> Problem {
    let problem = Problem::new(line, format!("`directory.source.kind` cannot be `{kind}`"));
    problem.hint(match nearest(kind, KINDS) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("it is one of {}", kinds()),
    })
}

/// Entra ID tells who is assigned; an Okta source does where it names its `app`.
pub(super) fn unassigned(scope: &ScopeConfig, source: &SourceConfig, line: usize) -> Option<Problem> {
    let tells = match source {
        SourceConfig::Entra(_) => true,
        SourceConfig::Okta(okta) => okta.app.is_some(),
        _ => false,
    };
    let asked = scope.users == UsersScope::Assigned && !tells;
    let what = "`directory.scope.users` can be `assigned` for sources of kind `entra`, and `okta` with its `app`, only";
    let problem = Problem::new(line, what.to_owned());
    asked.then(|| problem.hint("name the `app` of an Okta source; for others take the key out"))
}

/// Sections that say how a source is read.
const UNREAD: [&str; 5] = ["sync", "scope", "mapping", "missing", "limits"];

fn nothing_to_read(key: &str, kind: &str, line: usize) -> Problem {
    let what = format!(
        "`[directory.{key}]` means nothing for a directory of kind `{kind}`, which nothing is read into"
    );
    Problem::new(line, what).hint("take the section out")
}

/// The kinds that this version has, to be shown.
fn kinds() -> String {
    KINDS.map(|kind| format!("`{kind}`")).join(", ")
}

fn application(
    document: &Document<'_>,
    value: Spanned<DeValue<'_>>,
    line: usize,
    problems: &mut Vec<Problem>,
) -> Option<(ApplicationConfig, check::Lines)> {
    let table = section(document, value, "application", line, problems)?;
    let lines = check::Lines {
        name: table.line_of("name"),
        directories: table.line_of("directories"),
    };
    let application = table.rest_built(|_: &ApplicationConfig| None, problems)?;
    Some((application, lines))
}
