//! The check: one small request for each right that is needed, each missing role by name.

use serde_json::Value;

use super::events::{self, NoHints};
use super::source::Keycloak;
use crate::connector::api::{CheckItem, ConnectorError, Report, Result};
use crate::connector::denial::Denial;
use crate::connector::rest::RestError;

pub(super) async fn run(keycloak: &Keycloak) -> Report {
    let mut report = Report::default();
    let admin = match keycloak.admin().await {
        Ok(admin) => admin,
        Err(error) => {
            tell(&mut report, "realm", Err(error.into()));
            return report;
        }
    };
    tell(&mut report, "realm", Ok("found".to_owned()));
    let users = match keycloak.count_users().await {
        Err(error @ RestError::Unauthorised(_)) => {
            tell(&mut report, "token", Err(error.into()));
            return report;
        }
        other => other,
    };
    tell(&mut report, "token", Ok("granted".to_owned()));
    let listed = keycloak
        .first("/users?first=0&max=1&briefRepresentation=true")
        .await;
    let outcome = match (users, listed) {
        (Err(error), _) | (_, Err(error)) => Err(hinted(error, "view-users")),
        // With `query-users` alone Keycloak answers empty lists, not a refusal.
        (Ok(count), Ok(None)) if count > 0 => {
            let what = format!(
                "Keycloak counts {count} users and lists none; hint: {}",
                hint("view-users")
            );
            Err(ConnectorError::Denied(Denial::PermissionMissing, what))
        }
        (Ok(count), Ok(_)) => Ok(format!("allowed, there are {count}")),
    };
    tell(&mut report, "read users", outcome);
    groups(keycloak, &mut report).await;
    if keycloak.config.change_hints {
        let kept = match events::are_kept(keycloak).await {
            Ok(_) => Ok("allowed, they are kept".to_owned()),
            Err(none) => Err(without_hints(none)),
        };
        tell(&mut report, "read admin events", kept);
    }
    report.server_time = admin.api.server_time();
    report
}

async fn groups(keycloak: &Keycloak, report: &mut Report) {
    let group = keycloak
        .first("/groups?first=0&max=1&briefRepresentation=true")
        .await;
    let outcome = match keycloak.count_groups().await {
        Ok(count) => Ok(format!("allowed, there are {count}")),
        Err(error) => Err(error),
    };
    let outcome = group.as_ref().map_err(Clone::clone).and(outcome);
    let roles = "query-groups` and `view-users";
    tell(
        report,
        "read groups",
        outcome.map_err(|error| hinted(error, roles)),
    );
    if let Ok(Some(group)) = group {
        let id = group["id"].as_str().unwrap_or_default();
        let path = format!("/groups/{id}/members?first=0&max=1&briefRepresentation=true");
        let members = keycloak.first(&path).await;
        let outcome = members.map(|_| "allowed".to_owned());
        tell(
            report,
            "read members",
            outcome.map_err(|error| hinted(error, "view-users")),
        );
    }
}

impl Keycloak {
    /// The first object of a list.
    async fn first(&self, path: &str) -> Result<Option<Value>, RestError> {
        let admin = self.admin().await?;
        let rows = admin.get::<Vec<Value>>(path, &self.clock).await?.body;
        Ok(rows.into_iter().next())
    }
}

/// What is missing is not needed: it makes reads small.
fn without_hints(none: NoHints) -> ConnectorError {
    const OR: &str = "or say `change_hints = false`; every read is a full one then";
    match none {
        NoHints::Unseen(why) => ConnectorError::Denied(Denial::PermissionMissing, format!("{why}, {OR}")),
        NoHints::ReadAll(why) => ConnectorError::Refused(format!("{why}, {OR}")),
        NoHints::Failed(error) => error.into(),
    }
}

fn tell(report: &mut Report, what: &str, outcome: Result<String>) {
    report.items.push(CheckItem {
        what: what.to_owned(),
        outcome,
    });
}

fn hint(roles: &str) -> String {
    format!("give the client's service account `{roles}` of `realm-management`")
}

fn hinted(error: RestError, roles: &str) -> ConnectorError {
    error.hinting(&hint(roles)).into()
}
