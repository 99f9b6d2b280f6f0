//! The check: a token for each scope by itself, so that each missing one is named; then one small request for each right.

use super::api::{GROUPS, MEMBERS, REPORTS, USERS, encoded, spelled};
use super::lists::path;
use super::pages::{Pages, Step};
use super::source::GoogleSource;
use crate::connector::api::{CheckItem, ConnectorError, Report, Result};
use crate::connector::denial::Denial;
use crate::connector::rest::RestError;

pub(super) async fn run(source: &GoogleSource) -> Report {
    let mut report = Report::default();
    if !scopes(source, &mut report).await {
        return report;
    }
    let customer = encoded(&source.customer);
    let users = path(&format!(
        "/users?customer={customer}&maxResults=1&fields=kind,users(id)"
    ));
    if let Some(page) = ask(
        source,
        "read users",
        users,
        "directory#users",
        "Users: Read",
        &mut report,
    )
    .await
        && page.is_empty()
    {
        let what = "Google shows no users; hint: give `admin` a role with the privilege Users: Read of all organisational units";
        let denied = ConnectorError::Denied(Denial::PermissionMissing, what.to_owned());
        tell(&mut report, "see users", Err(denied));
    }
    groups(source, &customer, &mut report).await;
    if source.change_hints && report.ok() {
        log(source, &mut report).await;
    }
    report.server_time = source.google.api.server_time();
    report
}

async fn groups(source: &GoogleSource, customer: &str, report: &mut Report) {
    let groups = path(&format!(
        "/groups?customer={customer}&maxResults=1&fields=kind,groups(id)"
    ));
    let privilege = "Groups: Read";
    let groups = ask(
        source,
        "read groups",
        groups,
        "directory#groups",
        privilege,
        report,
    )
    .await;
    let Some(group) = groups.as_ref().and_then(|page| page.first()?["id"].as_str()) else {
        return;
    };
    let group = encoded(group);
    let members = path(&format!(
        "/groups/{group}/members?maxResults=1&fields=kind,members(id)"
    ));
    ask(
        source,
        "read members",
        members,
        "directory#members",
        privilege,
        report,
    )
    .await;
}

async fn log(source: &GoogleSource, report: &mut Report) {
    let google = &source.google;
    let log = "/admin/reports/v1/activity/users/all/applications/admin?maxResults=1&fields=kind,items(id)";
    let mut pages = Pages::new(google, &google.reports, log.to_owned(), "reports#activities");
    let outcome = pages.step().await.map(|_| "allowed".to_owned());
    let outcome = outcome.map_err(|error| lacking(error, "Reports"));
    tell(report, "read the audit log", outcome);
}

/// Whether every scope is granted. What is wrong with the credential itself is said once.
async fn scopes(source: &GoogleSource, report: &mut Report) -> bool {
    let google = &source.google;
    let wanted = [USERS, GROUPS, MEMBERS].into_iter();
    for scope in wanted.chain(source.change_hints.then_some(REPORTS)) {
        let asked = google.grants.ask(&spelled(&[scope]), google.clock.now()).await;
        let what = format!("scope {scope}");
        match asked {
            Ok(_) => tell(report, &what, Ok("granted".to_owned())),
            Err(error @ RestError::Denied(Denial::PermissionMissing, _)) => {
                tell(report, &what, Err(error.into()));
            }
            Err(error) => {
                tell(report, "token", Err(error.into()));
                return false;
            }
        }
    }
    report.ok()
}

async fn ask(
    source: &GoogleSource,
    what: &str,
    path: String,
    kind: &'static str,
    privilege: &str,
    report: &mut Report,
) -> Option<Vec<serde_json::Value>> {
    let google = &source.google;
    match Pages::new(google, &google.directory, path, kind).step().await {
        Ok(step) => {
            tell(report, what, Ok("allowed".to_owned()));
            match step {
                Step::Rows(rows) => Some(rows),
                Step::Again | Step::End => Some(Vec::new()),
            }
        }
        Err(error) => {
            tell(report, what, Err(lacking(error, privilege)));
            None
        }
    }
}

fn lacking(error: RestError, privilege: &str) -> ConnectorError {
    let hint = format!("give `admin` a role with the privilege {privilege}");
    error.hinting(&hint).into()
}

fn tell(report: &mut Report, what: &str, outcome: Result<String>) {
    report.items.push(CheckItem {
        what: what.to_owned(),
        outcome,
    });
}
